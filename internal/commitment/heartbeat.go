package commitment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// recentDays is how many days the figure of daily copies is about.
const recentDays = 30

// settling is how long after the end of a day it is judged: what a job said in
// its last second has to be written and read first.
const settling = time.Minute

// fewest is in how many data-centres copies are that are promised to be in
// distinct ones, where no number is named.
const fewest = 2

// heartbeat says how a promise about jobs stands.
func heartbeat(c uptime.Commitment, f Facts, now time.Time) uptime.Standing {
	t := *c.Heartbeat
	var jobs []uptime.Job
	for _, j := range f.Jobs {
		if j.Set == t.Set {
			j.Zone = cmp.Or(j.Zone, f.Zone)
			jobs = append(jobs, j)
		}
	}
	if len(jobs) == 0 {
		return unjudged(uptime.InsufficientData, fmt.Sprintf("no monitor reports to the set “%s”, so nothing is known of it", t.Set))
	}
	apart := Apart(t, jobs, f.Regions)
	if t.Ask != uptime.Daily {
		return placed(t, jobs, apart, now)
	}
	return daily(c, f, jobs, apart, now)
}

// placed is the standing of a promise that the configuration alone decides.
func placed(t uptime.HeartbeatTerms, jobs []uptime.Job, bad []Close, now time.Time) uptime.Standing {
	s := uptime.Standing{Verdict: uptime.Met, Value: placedValue(jobs)}
	if len(bad) > 0 {
		s.Verdict = uptime.Breached
		var why []string
		for _, b := range bad {
			why = append(why, b.Text)
			s.Cases = append(s.Cases, b.found(now))
		}
		s.Why = strings.Join(why, "; ")
	}
	if t.Ask == uptime.AllRegion {
		s.Value = fmt.Sprintf("%s, %s", s.Value, uptime.Count(len(regionsOf(jobs)), "region"))
	}
	return s
}

func placedValue(jobs []uptime.Job) string {
	return fmt.Sprintf("%s in %s", uptime.Count(len(sitesOf(jobs)), "site"), uptime.Count(len(datacentres(sitesOf(jobs))), "data-centre"))
}

// daily is the standing of a promise of a copy a day.
func daily(c uptime.Commitment, f Facts, jobs []uptime.Job, apart []Close, now time.Time) uptime.Standing {
	sc := scope{f.since(c.Policy), f.recorded(jobs)}
	days := gather(f, jobs, sc.since, now)
	var s uptime.Standing
	all := lastMonths(now, f.Zone)
	for _, m := range all {
		kept, missed := 0, 0
		for _, d := range days {
			if d.Date.Year != m.first.Year || d.Date.Month != m.first.Month {
				continue
			}
			if len(d.Missing) > 0 {
				missed++
				s.Cases = append(s.Cases, d.cases()...)
			} else {
				kept++
			}
		}
		cell := uptime.Cell{Month: m.label, Verdict: sc.verdict(m, missed)}
		switch cell.Value = sc.why(cell.Verdict); {
		case kept+missed > 0:
			cell.Value = fmt.Sprintf("%d of %s", kept, uptime.Count(kept+missed, "day"))
		case m.open && len(days) == 0:
			cell.Verdict, cell.Value = uptime.InsufficientData, "no whole day yet"
		case m.open:
			cell.Value = "no day is over yet"
		}
		s.Cells = append(s.Cells, cell)
	}
	s.Verdict = s.Cells[months-1].Verdict
	s.Since = breachedSince(s.Cases, all[months-1].From)
	s.Value = recently(days)
	if len(days) == 0 {
		s.Verdict, s.Why = uptime.InsufficientData, "no whole day has been recorded yet"
	}
	for _, a := range apart {
		s.Verdict, s.Since = uptime.Breached, time.Time{}
		s.Cells[months-1].Verdict = uptime.Breached
		s.Why = a.Text
		s.Cases = append(s.Cases, a.found(now))
	}
	return s
}

// recorded is since when something is known of the first of the jobs; zero:
// nothing is.
func (f Facts) recorded(jobs []uptime.Job) (first time.Time) {
	if f.Began.IsZero() {
		return first
	}
	for i, j := range jobs {
		if began := uptime.Later(f.Began, f.Begins[j.Monitor]); i == 0 || began.Before(first) {
			first = began
		}
	}
	return first
}

// recently is how the newest days went: "29 of 30 days".
func recently(days []CopyDay) string {
	newest := days[max(0, len(days)-recentDays):]
	kept := 0
	for _, d := range newest {
		if len(d.Missing) == 0 {
			kept++
		}
	}
	if len(newest) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s", kept, uptime.Count(len(newest), "day"))
}

// gather are the days of jobs, oldest first: each job's own local days that were
// recorded whole since the promise was made, and are over. A site needs a success
// of each of its jobs.
func gather(f Facts, jobs []uptime.Job, since, now time.Time) []CopyDay {
	if f.Began.IsZero() {
		return nil
	}
	from := uptime.Later(since, lastMonths(now, f.Zone)[0].From)
	byZone := map[zoneKey][]calendar.Day{}
	held := make([]HeldCopy, len(jobs))
	for i, j := range jobs {
		key := keyOf(j.Zone, now)
		days, known := byZone[key]
		if !known {
			days = over(from, now, j.Zone)
			byZone[key] = days
		}
		began := uptime.Later(f.Began, f.Begins[j.Monitor])
		first, _ := slices.BinarySearchFunc(days, began, func(d calendar.Day, at time.Time) int { return d.From.Compare(at) })
		held[i] = HeldCopy{j, days[first:]}
	}
	return Daily(held, f.Signals)
}

// zoneKey tells zones apart. The same one may have been loaded twice, and fixed
// ones may share a name.
type zoneKey struct {
	name   string
	offset int
}

func keyOf(zone *time.Location, now time.Time) zoneKey {
	_, offset := now.In(zone).Zone()
	return zoneKey{zone.String(), offset}
}

// over are the whole local days from an instant on that are over at now, and
// settled.
func over(from, now time.Time, zone *time.Location) []calendar.Day {
	return slices.DeleteFunc(calendar.Days(calendar.Span{From: from, To: now}, zone), func(d calendar.Day) bool {
		return d.From.Before(from) || d.To.Add(settling).After(now)
	})
}
