package statuspage

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Standing is how a service stands by the newest edition, in exact numbers: the
// same that its page shows rounded down.
type Standing struct {
	Service      uptime.ServiceID
	Availability []Reading // the commitment figure, 0 to 1
	Observed     []Reading // the share of the time that counts in which somebody saw
	Burn         []Reading // how many times faster than sustainable the budget burns
	// Remaining is the share of the error budget that is left in the current
	// period of the promise: 1 to 0, below 0 once it is overspent. Nil: nothing
	// is promised, or nothing was observed.
	Remaining *big.Rat
	// RemainingSeconds is the same in seconds.
	RemainingSeconds *big.Rat
}

// Reading is one figure of one window that ends now.
type Reading struct {
	Window string   // "24h", "30d", "calendar_month"; of burn "5m" to "3d"
	Value  *big.Rat // nil: nothing was observed
}

// Standings are how all services stand, in the order of the configuration.
func (p *Publisher) Standings() []Standing {
	return p.current(context.Background()).standings()
}

func (b *book) standings() []Standing {
	out := make([]Standing, len(b.in.Catalogue.Services))
	for i, s := range b.in.Catalogue.Services {
		out[i] = b.standing(s)
	}
	return out
}

func (b *book) standing(s uptime.Service) Standing {
	standing := Standing{Service: s.ID}
	read := func(window string, span calendar.Span) {
		m := b.measureService(s, span).Commitment
		standing.Availability = append(standing.Availability, Reading{window, m.Availability()})
		standing.Observed = append(standing.Observed, Reading{window, m.Coverage()})
	}
	for _, days := range rollingDays {
		read(windowName(time.Duration(days)*24*time.Hour), calendar.Rolling(days, b.now))
	}
	read("calendar_month", b.monthPeriod(s, b.now).elapsed)
	if !promised(s) {
		return standing
	}
	for length, window := range b.burnWindows(s) {
		standing.Burn = append(standing.Burn, Reading{windowName(length), window.Rate(s.Target.Rat())})
	}
	now := b.current(s)
	if a := b.measureService(s, now.elapsed); a.Commitment.Availability() != nil {
		left := judge(s, now, a).budget
		standing.Remaining, standing.RemainingSeconds = left.Left, left.Remaining
	}
	return standing
}

// promised tells whether a verdict can be given of a service. A mean is for
// display.
func promised(s uptime.Service) bool {
	return s.Target != 0 && s.Composition != uptime.WeightedMean
}

// burnWindows are what the windows of the burn rules came to, by their length.
func (b *book) burnWindows(s uptime.Service) map[time.Duration]availability.BurnWindow {
	windows := map[time.Duration]availability.BurnWindow{}
	for _, rule := range availability.BurnRules() {
		for _, length := range []time.Duration{rule.Long, rule.Short} {
			span := calendar.Span{From: b.now.Add(-length), To: b.now}
			windows[length] = availability.BurnWindowOf(b.measureService(s, span).Commitment)
		}
	}
	return windows
}

// leastSeen is the share of a window that must have been observed for a burn
// rule to say anything (docs/method.md).
var leastSeen = big.NewRat(1, 2)

// burns are the burn rules as they stand for a service.
func (b *book) burns(s uptime.Service) []Burn {
	if !promised(s) {
		return nil
	}
	rules, windows, target := availability.BurnRules(), b.burnWindows(s), s.Target.Rat()
	alarm := availability.Watch(rules, windows, target, leastSeen)
	rate := func(length time.Duration) string {
		if r := windows[length].Rate(target); r != nil {
			return "× " + availability.Floor(r, 2)
		}
		return "–"
	}
	out := make([]Burn, len(rules))
	for i, rule := range rules {
		out[i] = Burn{
			Long: tally(rule.Long), Short: tally(rule.Short), Limit: "× " + decimal(rule.Burn),
			LongRate: rate(rule.Long), ShortRate: rate(rule.Short), Word: "calm",
		}
		switch {
		case fires(alarm.Fired, rule):
			out[i].Word, out[i].Class = "burning", "miss"
		case fires(alarm.Insufficient, rule):
			out[i].Word = "too little observed"
		}
	}
	return out
}

func fires(rules []availability.BurnRule, rule availability.BurnRule) bool {
	for _, r := range rules {
		if r.Long == rule.Long {
			return true
		}
	}
	return false
}

// windowName is a window's name in metrics: "5m", "24h", "3d".
func windowName(length time.Duration) string {
	switch {
	case length > 24*time.Hour:
		return fmt.Sprintf("%dd", length/(24*time.Hour))
	case length >= time.Hour:
		return fmt.Sprintf("%dh", length/time.Hour)
	}
	return fmt.Sprintf("%dm", length/time.Minute)
}
