package statuspage

import (
	"context"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/uptime"
)

// Burns are how the burn rules of all promised services stand by the newest
// edition: four of each promise of availability, and of each target of a service
// that no promise names. They are fed with confirmed time alone.
func (p *Publisher) Burns() []uptime.Burn {
	return p.current(context.Background()).book.allBurns()
}

func (b *book) allBurns() []uptime.Burn {
	var out []uptime.Burn
	named := make(map[uptime.ServiceID]bool)
	for _, c := range b.in.Catalogue.Commitments(b.now) {
		if c.Availability == nil {
			continue
		}
		if s, why := b.held(*c.Availability); why == "" {
			named[s.ID] = true
			out = append(out, b.burnsOf(string(c.ID), s)...)
		}
	}
	for _, s := range b.in.Catalogue.Services {
		if promised(s) && !named[s.ID] {
			out = append(out, b.burnsOf(string(s.ID), s)...)
		}
	}
	return out
}

func (b *book) burnsOf(subject string, s uptime.Service) []uptime.Burn {
	rules, windows, target := availability.BurnRules(), b.burnWindows(s), s.Target.Rat()
	alarm := availability.Watch(rules, windows, target, leastSeen)
	out := make([]uptime.Burn, len(rules))
	for i, rule := range rules {
		limit, long, short := decimal(rule.Burn), windowName(rule.Long), windowName(rule.Short)
		out[i] = uptime.Burn{
			Subject: subject, Name: s.Name, Rule: limit + " over " + long + " and " + short, Severity: string(rule.Severity), State: uptime.BurnClear,
		}
		switch {
		case fires(alarm.Fired, rule):
			out[i].State = uptime.BurnFires
		case fires(alarm.Insufficient, rule):
			out[i].State = uptime.BurnUnknown
		}
		out[i].Summary = burnSummary(s, windows, rule, out[i].State)
	}
	return out
}

// burnSummary says in a sentence how fast a budget burns.
func burnSummary(s uptime.Service, windows map[time.Duration]availability.BurnWindow, rule availability.BurnRule, state uptime.BurnState) string {
	long, short := windowName(rule.Long), windowName(rule.Short)
	if state == uptime.BurnUnknown {
		return s.Name + ": too little was observed in the last " + long + " or " + short + " to say how fast its budget burns."
	}
	rate := func(w availability.BurnWindow) string { return availability.Floor(w.Rate(s.Target.Rat()), 2) }
	return s.Name + ": the budget of " + s.Target.String() + " % burns × " + rate(windows[rule.Long]) + " over " + long +
		" and × " + rate(windows[rule.Short]) + " over " + short + "; the limit is × " + decimal(rule.Burn) + "."
}
