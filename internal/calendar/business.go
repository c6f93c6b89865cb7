package calendar

import (
	"slices"
	"time"
)

// Business is when somebody is there: hours of the week by the clocks on the
// wall of a zone, without the holidays.
type Business struct {
	ID       string
	Zone     *time.Location
	Always   bool    // open at every instant; Hours and Holidays then say nothing
	Hours    []Hours // may overlap
	Holidays Holidays
}

// Hours are one stretch of some weekdays, [From, To) since midnight; To is at
// most 24 h, the midnight at the day's end.
type Hours struct {
	Days     []time.Weekday
	From, To time.Duration
}

// on are the open spans of one civil day. Where the clock skips an hour, it is
// not open; where an hour comes twice, it is open for both.
func (b Business) on(d Date) Spans {
	day := DayOn(d, b.Zone)
	if day.Empty() {
		return nil
	}
	if _, holiday := b.Holidays.On(d); holiday {
		return nil
	}
	var open []Span
	for _, h := range b.Hours {
		if !slices.Contains(h.Days, d.Weekday()) {
			continue
		}
		from, _ := Resolve(d, h.From, b.Zone)
		to, _ := Resolve(d, h.To, b.Zone)
		open = append(open, Span{from, to}.Clip(day.Span))
	}
	return Union(open...)
}

// OpenBetween are the open stretches of a span.
func (b Business) OpenBetween(within Span) Spans {
	if within.Empty() {
		return nil
	}
	if b.Always {
		return Spans{within}
	}
	var open []Span
	for _, day := range Days(within, b.Zone) {
		open = append(open, b.on(day.Date)...)
	}
	return Union(open...).Clip(within)
}

// Open tells whether it is open at t.
func (b Business) Open(t time.Time) bool {
	return b.Always || b.on(DayAt(t, b.Zone).Date).Contains(t)
}

// Closes is when the stretch ends that t lies in; false where it is closed at t,
// or never closes.
func (b Business) Closes(t time.Time) (time.Time, bool) {
	if b.Always || !b.Open(t) {
		return time.Time{}, false
	}
	// Hours to 24:00 go on after midnight where the next day begins with some.
	for n, end := 0, t; n <= b.search(); n++ {
		day := DayAt(end, b.Zone)
		open := b.on(day.Date)
		i := slices.IndexFunc(open, func(s Span) bool { return s.Contains(end) })
		if i < 0 {
			return end, true
		}
		if end = open[i].To; end.Before(day.To) {
			return end, true
		}
	}
	return time.Time{}, false
}

// NextOpen is the first instant at or after t at which it is open; false where
// it never is.
func (b Business) NextOpen(t time.Time) (time.Time, bool) {
	if b.Open(t) {
		return t, true
	}
	for day, n := DayAt(t, b.Zone), 0; n <= b.search(); day, n = DayAt(day.To, b.Zone), n+1 {
		for _, s := range b.on(day.Date) {
			if !s.From.Before(t) {
				return s.From, true
			}
		}
	}
	return time.Time{}, false
}

// search is after how many days a search repeats itself: once every holiday is
// behind it, one week is like the next.
func (b Business) search() int { return len(b.Holidays.Days)*7 + 14 }
