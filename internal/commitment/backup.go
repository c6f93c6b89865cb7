package commitment

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
)

// Site is a place that a copy is kept at.
type Site struct {
	Name       string
	Datacentre string
	Zone       *time.Location // of its days
}

// Beat is what a job said of a site's copy.
type Beat struct {
	Site string
	At   time.Time
	OK   bool // a failed job makes no copy
}

// Gap is a day without a copy at a site.
type Gap struct {
	Day  calendar.Date
	Site string
}

// Copies is what a number of days came to.
type Copies struct {
	Days    int // that there were: a zone may skip one
	Kept    int // with a copy at every site, in enough data-centres
	Missing []Gap
	Apart   bool // the sites are in enough data-centres
}

// Daily holds copies to the days (golden family backup): every site needs a
// success within each of its own local days, a success at midnight belonging to
// the day that begins; and two or more sites must be in two data-centres at
// least. Where there is no site there is no copy. Missing are by day, then in the
// order of the sites.
func Daily(sites []Site, days []calendar.Date, beats []Beat) Copies {
	c := Copies{Apart: len(sites) == 1 || len(datacentres(sites)) > 1}
	made := map[string][]time.Time{}
	for _, b := range beats {
		if b.OK {
			made[b.Site] = append(made[b.Site], b.At)
		}
	}
	for _, times := range made {
		slices.SortFunc(times, time.Time.Compare)
	}
	for _, day := range days {
		exists, missing := len(sites) == 0, len(c.Missing)
		for _, s := range sites {
			span := calendar.DayOn(day, zoneOr(s.Zone, time.UTC)).Span
			if span.Empty() {
				continue
			}
			exists = true
			if !within(made[s.Name], span) {
				c.Missing = append(c.Missing, Gap{day, s.Name})
			}
		}
		if !exists {
			continue
		}
		c.Days++
		if missing == len(c.Missing) && c.Apart {
			c.Kept++
		}
	}
	return c
}

// within tells whether one of the times, which are in order, lies in the span.
func within(times []time.Time, span calendar.Span) bool {
	i, exact := slices.BinarySearchFunc(times, span.From, time.Time.Compare)
	return exact || i < len(times) && times[i].Before(span.To)
}

// datacentres are the distinct ones of the sites, in their order. A site that
// names none is in none.
func datacentres(sites []Site) []string {
	var out []string
	for _, s := range sites {
		if s.Datacentre != "" && !slices.Contains(out, s.Datacentre) {
			out = append(out, s.Datacentre)
		}
	}
	return out
}

// Stale is the time of a span during which the newest success was older than
// oldest, or there was none (golden family backup). A copy of exactly that age is
// not stale yet. Successes may be in any order.
func Stale(successes []time.Time, oldest time.Duration, span calendar.Span) calendar.Spans {
	var fresh []calendar.Span
	for _, at := range successes {
		fresh = append(fresh, calendar.Span{From: at, To: at.Add(oldest)})
	}
	return calendar.Union(span).Subtract(calendar.Union(fresh...))
}
