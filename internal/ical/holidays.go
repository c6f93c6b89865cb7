package ical

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Day is one whole day of a list.
type Day struct {
	Date string // "2026-12-25"
	Name string // one line; may be empty
}

// Bounds of a file that lists holidays.
const (
	mostBytes  = 1 << 20
	mostEvents = 5_000
	mostDays   = 20_000
	longestRun = 366 // days of one event
)

// ReadHolidays reads the whole days that a calendar file lists, oldest first; a
// date that has two names comes twice. An event of several days is a Day each,
// without the one that its DTEND names (RFC 5545, 3.6.1). What was cancelled is
// left out. The file has at most 1 MiB and 5,000 events.
//
// What is not understood is refused with its line, rather than left out: a list
// that lacks a holiday is worse than none. That is an event with a time of day
// (unless it lasts from one midnight of the clock on the wall to another) and
// one that recurs.
func ReadHolidays(r io.Reader) ([]Day, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("the calendar file could not be read: %w", err)
	}
	if len(text) > mostBytes {
		return nil, fmt.Errorf("the calendar file has more than %d bytes", mostBytes)
	}
	var reading holidays
	for _, l := range unfold(text) {
		if err := reading.take(l); err != nil {
			return nil, fmt.Errorf("line %d: %w", l.number, err)
		}
	}
	return reading.end()
}

// holidays are read line by line.
type holidays struct {
	within []string // the components that have begun and not ended, outermost first
	seen   bool     // a calendar
	events int
	event  entry // that has begun
	days   []Day
}

// take reads one line.
func (h *holidays) take(l contentLine) error {
	name, p, err := l.property()
	if err != nil || name == "" {
		return err
	}
	if len(h.within) == 0 && (name != "BEGIN" || !strings.EqualFold(strings.TrimSpace(p.Value), "VCALENDAR")) {
		return errors.New("no calendar begins here; a calendar file begins with BEGIN:VCALENDAR")
	}
	switch {
	case name == "BEGIN":
		return h.begin(strings.ToUpper(strings.TrimSpace(p.Value)), l.number)
	case name == "END":
		return h.close(strings.ToUpper(strings.TrimSpace(p.Value)))
	case p == nil, len(h.within) != 2, h.within[1] != "VEVENT": // of a zone, an alarm, the calendar itself
		return nil
	}
	return h.event.take(name, p)
}

// deepest is how deep components may lie in each other: iCalendar needs three.
const deepest = 8

func (h *holidays) begin(component string, number int) error {
	switch {
	case len(h.within) >= deepest:
		return fmt.Errorf("%d components lie within each other", deepest)
	case component == "VEVENT" && len(h.within) == 1:
		if h.events++; h.events > mostEvents {
			return fmt.Errorf("there are more than %d events", mostEvents)
		}
		h.event = entry{begins: number}
	}
	h.within, h.seen = append(h.within, component), true
	return nil
}

func (h *holidays) close(component string) error {
	last := len(h.within) - 1
	if open := h.within[last]; open != component {
		return fmt.Errorf("%s ends where %s has to", line(component, 40), line(open, 40))
	}
	h.within = h.within[:last]
	if component != "VEVENT" || last != 1 {
		return nil
	}
	days, err := h.event.days()
	if err != nil {
		return fmt.Errorf("of the event that begins on line %d: %w", h.event.begins, err)
	}
	if h.days = append(h.days, days...); len(h.days) > mostDays {
		return fmt.Errorf("there are more than %d days", mostDays)
	}
	return nil
}

// end is what was read.
func (h *holidays) end() ([]Day, error) {
	switch {
	case !h.seen:
		return nil, errors.New("there is no calendar; a calendar file begins with BEGIN:VCALENDAR")
	case len(h.within) > 0:
		return nil, fmt.Errorf("the calendar file ends within %s; it was cut off", line(h.within[len(h.within)-1], 40))
	}
	slices.SortFunc(h.days, func(a, b Day) int { return cmp.Or(strings.Compare(a.Date, b.Date), strings.Compare(a.Name, b.Name)) })
	return slices.Compact(h.days), nil
}

// entry is an event as far as it was read.
type entry struct {
	begins    int // its line
	from, to  bound
	length    int // days that DURATION gives; 0: none
	name      string
	cancelled bool
}

// bound is one end of an event.
type bound struct {
	day   time.Time // midnight, in UTC
	whole bool      // a date, without a time
	zone  string
	given bool
}

// days are the dates of the event.
func (e entry) days() ([]Day, error) {
	if e.cancelled {
		return nil, nil
	}
	if !e.from.given {
		return nil, errors.New("it has no DTSTART")
	}
	n := max(e.length, 1)
	switch {
	case e.to.given && e.length > 0:
		return nil, errors.New("it has both DTEND and DURATION")
	case e.to.given && (e.to.whole != e.from.whole || e.to.zone != e.from.zone):
		return nil, errors.New("DTSTART and DTEND are not of one kind: write both as dates, DTSTART;VALUE=DATE:20261225")
	case e.to.given:
		n = int(e.to.day.Sub(e.from.day) / (24 * time.Hour))
		if n == 0 && e.from.whole { // what some programs write for one day
			n = 1
		}
	}
	switch {
	case n < 1 && e.from.whole:
		return nil, errors.New("it ends before it begins")
	case n < 1, !e.from.whole && !e.to.given && e.length == 0:
		return nil, errors.New("it is no whole day: write it as dates, DTSTART;VALUE=DATE:20261225")
	case n > longestRun:
		return nil, fmt.Errorf("it lasts %d days; more than %d are no holiday", n, longestRun)
	}
	out := make([]Day, n)
	for i := range out {
		out[i] = Day{e.from.day.AddDate(0, 0, i).Format(time.DateOnly), e.name}
	}
	return out, nil
}
