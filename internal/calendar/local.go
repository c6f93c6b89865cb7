package calendar

import (
	"cmp"
	"fmt"
	"time"
)

// Date is a day of the Gregorian calendar, without a zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the date that a calendar on the wall shows in the zone at t.
func DateOf(t time.Time, zone *time.Location) Date {
	year, month, day := t.In(zone).Date()
	return Date{year, month, day}
}

// ParseDate reads "2026-04-05".
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date such as 2026-04-05", text)
	}
	return DateOf(t, time.UTC), nil
}

// String writes the date as ISO 8601 has it: "2026-04-05".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// AddDays is the date n days later, or earlier where n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC), time.UTC)
}

// Compare is negative where d is the earlier day, positive where it is the
// later, and zero where both are the same.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.Year, other.Year), cmp.Compare(d.Month, other.Month), cmp.Compare(d.Day, other.Day))
}

// Before tells whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}

// Kind says what the zone made of a wall clock's reading.
type Kind uint8

// The kinds.
const (
	Normal Kind = iota // it occurs once
	Gap                // it never occurs: the clock was put forward over it
	Fold               // it occurs more than once: the clock was put back
)

// String is the kind's name in the golden vectors.
func (k Kind) String() string { return [...]string{"normal", "gap", "fold"}[k] }

// reach is further than any zone's clock has ever been from UTC (under 16 h).
const reach = 36 * time.Hour

// Resolve is the instant at which the clocks of a zone read the given time of
// the given day: the only way in this program from a wall clock to an instant.
// The reading counts from midnight on the clock's face; 24 h is the midnight at
// the day's end.
//
// A reading that occurs twice means its first occurrence. One that never occurs
// is read with the UTC offset in force before the gap (RFC 5545 section 3.3.5).
// time.Date promises neither, and in most zones picks the second occurrence.
func Resolve(d Date, reading time.Duration, zone *time.Location) (time.Time, Kind) {
	wall := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Add(reading)
	var first, beforeGap time.Time
	occurrences := 0
	for from := wall.Add(-reach); ; {
		offset, end := steady(from, zone)
		t := wall.Add(-time.Duration(offset) * time.Second)
		switch {
		case !end.IsZero() && !t.Before(end):
			beforeGap = t
		case !t.Before(from):
			if occurrences++; occurrences == 1 {
				first = t
			}
		}
		if end.IsZero() || end.After(wall.Add(reach)) {
			break
		}
		from = end
	}
	switch occurrences {
	case 0:
		return beforeGap, Gap
	case 1:
		return first, Normal
	default:
		return first, Fold
	}
}

// steady is the zone's offset from UTC in seconds at t, and an instant after t up
// to which it does not change; zero where it never will.
func steady(t time.Time, zone *time.Location) (offset int, end time.Time) {
	local := t.In(zone)
	_, offset = local.Zone()
	_, end = local.ZoneBounds()
	if !end.IsZero() && !end.After(t) {
		// Go takes every year beyond its table for 365 days long, and so names a
		// past bound on the last day of a leap year. Nothing changes on it.
		end = t.Add(time.Hour)
	}
	return offset, end
}

// Midnight is the instant at which the civil day d begins in the zone.
func Midnight(d Date, zone *time.Location) time.Time {
	t, _ := Resolve(d, 0, zone)
	return t
}
