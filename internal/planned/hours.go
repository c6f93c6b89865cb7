package planned

import (
	"slices"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Forbidden is a stretch of time in which no work may be done, and whose hours
// they are.
type Forbidden struct {
	calendar.Span
	Rule uptime.BlackoutRule
}

// ForbiddenHours are the forbidden stretches that touch a span, each whole, in
// order.
func ForbiddenHours(rules []uptime.BlackoutRule, within calendar.Span) []Forbidden {
	var out []Forbidden
	for _, rule := range rules {
		for _, s := range hoursOf(rule, within) {
			out = append(out, Forbidden{s, rule})
		}
	}
	slices.SortStableFunc(out, func(a, b Forbidden) int { return a.From.Compare(b.From) })
	return out
}

// forbidden are the instants of a span that any of the rules forbids.
func forbidden(rules []uptime.BlackoutRule, within calendar.Span) calendar.Spans {
	var all []calendar.Span
	for _, rule := range rules {
		all = append(all, hoursOf(rule, within)...)
	}
	return calendar.Union(all...).Clip(within)
}

// hoursOf are one rule's stretches that touch the span: on each civil day that
// the rule names and that is not exempt, from its first hour to its last by the
// clocks on the wall; where that is not after the first, to that of the next day.
func hoursOf(rule uptime.BlackoutRule, within calendar.Span) (out []calendar.Span) {
	zone := zoneOf(rule.Zone)
	if within.Empty() {
		return nil
	}
	first := calendar.DateOf(within.From, zone).AddDays(-1)
	last := calendar.DateOf(within.To, zone).AddDays(1)
	for day := first; !last.Before(day); day = day.AddDays(1) {
		if !slices.Contains(rule.Days, day.Weekday()) || slices.Contains(rule.Exempt, day.String()) {
			continue
		}
		from, _ := calendar.Resolve(day, rule.From, zone)
		until := day
		if rule.To <= rule.From { // over midnight
			until = day.AddDays(1)
		}
		to, _ := calendar.Resolve(until, rule.To, zone)
		if s := (calendar.Span{From: from, To: to}); s.From.Before(within.To) && within.From.Before(s.To) {
			out = append(out, s)
		}
	}
	return out
}
