package calendar

import (
	"fmt"
	"time"

	"github.com/teambition/rrule-go"
)

// Recurrence is a rule of RFC 5545 (RRULE) that recurs by the clocks on the wall
// of a zone: what begins at 02:30 begins at 02:30 on every day that it names, by
// Resolve where that time occurs twice or never. None is dropped.
type Recurrence struct {
	rule  *rrule.RRule // in UTC, by the wall's reading
	zone  *time.Location
	first time.Time
}

// NewRecurrence reads a rule without DTSTART, as "FREQ=WEEKLY;BYDAY=SU", of
// which the first occurrence is at first.
func NewRecurrence(text string, first time.Time, zone *time.Location) (Recurrence, error) {
	option, err := rrule.StrToROptionInLocation(text, time.UTC)
	if err != nil {
		return Recurrence{}, fmt.Errorf("%q is no rule of recurrence: %w", text, err)
	}
	local := first.In(zone)
	option.Dtstart = time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return Recurrence{}, fmt.Errorf("%q is no rule of recurrence: %w", text, err)
	}
	return Recurrence{rule, zone, first}, nil
}

// Between are the occurrences in the span, oldest first, at most so many.
func (r Recurrence) Between(within Span, most int) []time.Time {
	var out []time.Time
	wide := Span{within.From.Add(-48 * time.Hour), within.To.Add(48 * time.Hour)}
	for _, wall := range r.rule.Between(wide.From.UTC(), wide.To.UTC(), true) {
		at, _ := Resolve(DateOf(wall, time.UTC), wall.Sub(wall.Truncate(24*time.Hour)), r.zone)
		if within.Contains(at) && len(out) < most {
			out = append(out, at)
		}
	}
	return out
}
