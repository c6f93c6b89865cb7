package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Recurrence is a rule of RFC 5545 (RRULE) that recurs by the clocks on the wall
// of a zone: what begins at 02:30 begins at 02:30 on every day that it names, by
// Resolve where that time occurs twice or never. None is dropped; two that come
// to be the same instant, because the zone skipped a day, are one.
type Recurrence struct {
	rule  *rrule.RRule // in UTC, by the wall's reading, moved by shift
	zone  *time.Location
	first time.Time
	until time.Time // the last instant that may be; zero: no end
	shift int       // years
}

// Bounds of a rule. What recurs more often than hourly is no maintenance, and
// what is longer was not written by hand.
const (
	maxRule     = 300       // characters
	maxInterval = 1000      // of years, months, weeks, days or hours
	maxWalked   = 1_000_000 // occurrences from the first on: over a century of hours
)

// NewRecurrence reads a rule without DTSTART, as "FREQ=WEEKLY;BYDAY=SU", which
// begins at first: its occurrences are first, if the rule names it, and those
// after it. UNTIL is an instant in UTC, or a local time, or a date, that day
// included. A rule is refused that recurs more often than every hour, that ends
// in two ways, or that never occurs.
func NewRecurrence(text string, first time.Time, zone *time.Location) (Recurrence, error) {
	r, err := newRecurrence(text, first, zone)
	if err != nil {
		return Recurrence{}, fmt.Errorf("%s is no rule of recurrence: %w", strconv.Quote(text[:min(len(text), maxRule)]), err)
	}
	return r, nil
}

func newRecurrence(text string, first time.Time, zone *time.Location) (Recurrence, error) {
	text = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "RRULE:")
	until, rest, err := words(text)
	if err != nil {
		return Recurrence{}, err
	}
	option, err := rrule.StrToROptionInLocation(rest, time.UTC)
	if err != nil {
		return Recurrence{}, err
	}
	r := Recurrence{zone: zone, first: first}
	local := first.In(zone)
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
	if err := bounded(option, wall); err != nil {
		return Recurrence{}, err
	}
	if r.until, err = untilOf(until, zone); err != nil {
		return Recurrence{}, err
	}
	// The library looks for an occurrence until the year 9999, whose days would
	// take it most of a second. The calendar repeats itself every 400 years, and
	// so the search may as well begin near the end of that.
	r.shift = (maxYear - leastYears - wall.Year()) / cycle * cycle
	option.Dtstart, option.Until = wall.AddDate(r.shift, 0, 0), time.Time{}
	if r.rule, err = rrule.NewRRule(*option); err != nil {
		return Recurrence{}, err
	}
	if at, occurs := r.rule.Iterator()(); !occurs || !r.until.IsZero() && r.at(at).After(r.until) {
		return Recurrence{}, errors.New("it never occurs; check that its days, months and end go together")
	}
	return r, nil
}

// Years of the library's search and of the calendar.
const (
	maxYear    = 9999
	leastYears = 100
	cycle      = 400
)

// words looks at a rule's words before the library does, which takes unknown
// forms for harmless ones. It returns UNTIL and the rule without it.
func words(text string) (until, rest string, err error) {
	if len(text) > maxRule {
		return "", "", fmt.Errorf("it has more than %d characters", maxRule)
	}
	var kept []string
	seen := map[string]bool{}
	for _, word := range strings.Split(strings.TrimSuffix(text, ";"), ";") {
		key, value, _ := strings.Cut(word, "=")
		if seen[key] {
			return "", "", fmt.Errorf("%s is given twice", key)
		}
		seen[key] = true
		switch key {
		case "DTSTART", "BYEASTER":
			return "", "", fmt.Errorf("%s has no place in it", key)
		case "UNTIL":
			until = value
			continue
		case "COUNT", "INTERVAL":
			if n, err := strconv.Atoi(value); err != nil || n < 1 {
				return "", "", fmt.Errorf("%s must be a whole number of at least 1", key)
			}
		}
		if strings.ContainsAny(word, "\r\n") {
			return "", "", errors.New("it has a line break")
		}
		kept = append(kept, word)
	}
	if seen["UNTIL"] && (seen["COUNT"] || until == "") {
		return "", "", errors.New("it ends by COUNT or by UNTIL, not by both")
	}
	return until, strings.Join(kept, ";"), nil
}

// bounded refuses what would take long to work out.
func bounded(o *rrule.ROption, wall time.Time) error {
	switch {
	case o.Freq > rrule.HOURLY || len(o.Byminute) > 1 || len(o.Bysecond) > 1:
		return errors.New("it recurs more often than every hour; use FREQ=HOURLY or longer, and one minute of the hour")
	case o.Interval > maxInterval:
		return fmt.Errorf("INTERVAL must be at most %d", maxInterval)
	case wall.Year() < 1900 || wall.Year() > 2500:
		return errors.New("it begins before 1900 or after 2500")
	case o.Freq == rrule.HOURLY && !reaches(o.Byhour, wall.Hour(), max(o.Interval, 1)):
		// The library would look for that hour for ever.
		return errors.New("it never occurs: its hours are not reached in steps of INTERVAL")
	case len(o.Byweekno) > 0 && o.Freq != rrule.YEARLY:
		return errors.New("BYWEEKNO goes with FREQ=YEARLY only")
	}
	// The library reads beyond its tables for the sixth Monday of a month.
	most := 0
	switch {
	case o.Freq == rrule.YEARLY && len(o.Bymonth) == 0:
		most = 53
	case o.Freq <= rrule.MONTHLY:
		most = 5
	}
	for _, day := range o.Byweekday {
		if n := day.N(); n > most || n < -most {
			return fmt.Errorf("BYDAY=%+d%s is no day of its weeks, months or years", n, [...]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}[day.Day()])
		}
	}
	return nil
}

// reaches tells whether one who starts at an hour and goes on in such steps
// comes to one of the hours.
func reaches(hours []int, start, step int) bool {
	if len(hours) == 0 {
		return true
	}
	for n := range 24 {
		if slices.Contains(hours, (start+n*(step%24))%24) {
			return true
		}
	}
	return false
}

// untilOf reads UNTIL; zero where there is none.
func untilOf(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse("20060102T150405Z", text); err == nil {
		return at, nil
	}
	local, err := time.Parse("20060102T150405", text)
	if err != nil {
		day, err := time.Parse("20060102", text)
		if err != nil {
			return time.Time{}, fmt.Errorf("UNTIL=%s is not an instant such as 20261231T235959Z", text)
		}
		return Midnight(DateOf(day, time.UTC).AddDays(1), zone).Add(-time.Second), nil
	}
	at, _ := Resolve(DateOf(local, time.UTC), local.Sub(local.Truncate(24*time.Hour)), zone)
	return at, nil
}

// at is the instant of an occurrence that the library names.
func (r Recurrence) at(moved time.Time) time.Time {
	wall := moved.AddDate(-r.shift, 0, 0)
	if moved.Equal(r.rule.GetDTStart()) {
		return r.first // also where it is the second of two that read alike
	}
	at, _ := Resolve(DateOf(wall, time.UTC), wall.Sub(wall.Truncate(24*time.Hour)), r.zone)
	return at
}

// Between are the occurrences in the span, oldest first, at most so many.
func (r Recurrence) Between(within Span, most int) []time.Time {
	var out []time.Time
	if r.rule == nil || within.Empty() {
		return nil
	}
	next := r.rule.Iterator()
	for range maxWalked {
		moved, more := next()
		if !more {
			break
		}
		at := r.at(moved)
		// An hour that is skipped, or a day, may move one behind the next.
		if at.After(within.To.Add(reach)) || len(out) >= most+maxMoved {
			break
		}
		if within.Contains(at) && (r.until.IsZero() || !at.After(r.until)) {
			out = append(out, at)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	out = slices.CompactFunc(out, time.Time.Equal)
	return out[:min(len(out), max(most, 0))]
}

// maxMoved is how many occurrences a clock that is put forward may move at
// once: those of a day that the zone skips, hourly.
const maxMoved = 48
