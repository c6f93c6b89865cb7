package statuspage

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// planTime is when a plan lies by one of its announcements, by the page's clocks
// and by UTC; and by Sydney's, where the page's are Brisbane's.
func (b *book) planTime(p uptime.Plan, r uptime.Revision) PlanTime {
	var t PlanTime
	from, to := b.reading(p, r, b.zone, false)
	t.From = Stamp{Machine: r.From.UTC().Format(time.RFC3339), Text: from}
	if to != "" {
		t.To = Stamp{Machine: r.To.UTC().Format(time.RFC3339), Text: to}
	}
	if sameClock(b.zone, time.UTC, r) {
		return t
	}
	also := func(zone *time.Location, where string) {
		first, last := b.reading(p, r, zone, true)
		if last != "" {
			first += " – " + last
		}
		t.Also = append(t.Also, first+where)
	}
	also(time.UTC, "")
	for _, end := range []time.Time{r.From, r.To} {
		if there, differs := calendar.InSydney(end, b.zone); differs {
			also(there.Location(), " in Sydney")
			break
		}
	}
	return t
}

// sameClock tells whether the clocks of two zones read the same at both ends of
// an announced time.
func sameClock(a, c *time.Location, r uptime.Revision) bool {
	return !slices.ContainsFunc([]time.Time{r.From, r.To}, func(t time.Time) bool {
		_, first := t.In(a).Zone()
		_, second := t.In(c).Zone()
		return first != second
	})
}

// reading writes both ends of an announced time by the clocks of a zone; the
// second is empty of a change. Beside another reading, the day is named only
// where it is another.
func (b *book) reading(p uptime.Plan, r uptime.Revision, zone *time.Location, beside bool) (from, to string) {
	first, last := r.From.In(zone), r.To.In(zone)
	day := "Mon 2 Jan, "
	if first.Year() != b.now.In(zone).Year() {
		day = "Mon 2 Jan 2006, "
	}
	layout := day + "15:04"
	if beside && first.Format(time.DateOnly) == r.From.In(b.zone).Format(time.DateOnly) {
		layout = "15:04"
	}
	if p.Change() {
		return first.Format(layout + " MST"), ""
	}
	end := "15:04 MST"
	if first.Format(time.DateOnly) != last.Format(time.DateOnly) {
		end = day + end
		layout = day + "15:04"
	}
	return first.Format(layout), last.Format(end)
}
