package statuspage

import (
	"fmt"
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// promise is a service on the home page: what was promised, what was done.
func (b *book) promise(s uptime.Service) Promise {
	state := b.serviceState(s)
	now := b.current(s)
	a := b.measureService(s, now.elapsed)
	p := Promise{
		Mark:    mark(state),
		ID:      string(s.ID),
		Name:    s.Name,
		Covers:  b.covers(s),
		Period:  now.name,
		Figures: figuresOf(a, b.interval(s.Components...)),
	}
	if s.Target == 0 {
		return p
	}
	p.Target = s.Target.String()
	j := judge(s, now, a)
	p.Verdict = j.verdict
	p.Budget, p.Used = tally(j.budget), tally(j.used)
	p.UsedShare, p.Overspent = j.share, j.overspent
	p.LastPeriod = b.lastPeriod(s, now)
	return p
}

// covers says in a sentence what a service is made of.
func (b *book) covers(s uptime.Service) string {
	names := make([]string, 0, len(s.Components))
	for _, link := range b.componentLinks(s.Components) {
		names = append(names, link.Text)
	}
	if len(names) == 1 && names[0] == s.Name {
		return ""
	}
	if len(names) < 2 {
		return "covers " + list(names, mostNames)
	}
	switch s.Composition {
	case uptime.AnyOf:
		return "covers " + list(names, mostNames) + "; down when none of them works"
	case uptime.WeightedMean:
		return "covers " + list(names, mostNames) + ", on average"
	case uptime.AllOf:
	}
	return "covers " + list(names, mostNames) + "; down when any of them is"
}

// lastPeriod tells how the month before ended, where enough of it is known.
func (b *book) lastPeriod(s uptime.Service, now period) string {
	if s.Window.Kind != uptime.CalendarMonth {
		return ""
	}
	before := b.monthPeriod(s, now.From.Add(-time.Hour))
	a := b.measureService(s, before.Span)
	if a.Commitment.Availability() == nil {
		return ""
	}
	j := judge(s, before, a)
	return fmt.Sprintf("%s: %s %% of %s %% promised — %s", before.name,
		percent(a.Commitment.Availability(), figureDecimals), s.Target, j.verdict.Word)
}

// monthPeriod is the whole calendar month that at lies in.
func (b *book) monthPeriod(s uptime.Service, at time.Time) period {
	zone := s.Zone
	if zone == nil {
		zone = b.zone
	}
	p := period{Span: calendar.MonthAt(at, zone)}
	p.name = p.From.In(zone).Format("January 2006")
	p.elapsed, p.closed = p.Span, !p.To.After(b.now)
	if !p.closed {
		p.elapsed.To = b.now
		p.name += " so far"
	}
	return p
}

// judgement is how a promise stands in one period.
type judgement struct {
	verdict   Verdict
	budget    time.Duration // bad time that the target allows, rounded down
	used      time.Duration
	share     int // of the budget, in percent, 0 to 100
	overspent bool
	allowed   *big.Rat // the budget, exactly, in seconds
	name      string   // the verdict in the JSON
}
