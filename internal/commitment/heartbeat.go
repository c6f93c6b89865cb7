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
			j.Zone = zoneOr(j.Zone, f.Zone)
			jobs = append(jobs, j)
		}
	}
	if len(jobs) == 0 {
		return unjudged(uptime.InsufficientData, fmt.Sprintf("no monitor reports to the set “%s”, so nothing is known of it", t.Set))
	}
	apart := apart(t, jobs, f.Regions)
	if t.Ask != uptime.Daily {
		return placed(t, jobs, apart, now)
	}
	return daily(c, f, jobs, apart, now)
}

// placed is the standing of a promise that the configuration alone decides.
func placed(t uptime.HeartbeatTerms, jobs []uptime.Job, bad []apartness, now time.Time) uptime.Standing {
	s := uptime.Standing{Verdict: uptime.Met, Value: placedValue(jobs)}
	if len(bad) > 0 {
		s.Verdict = uptime.Breached
		var why []string
		for _, b := range bad {
			why = append(why, b.text)
			s.Cases = append(s.Cases, uptime.Case{Key: b.key, At: now, Summary: b.text})
		}
		s.Why = strings.Join(why, "; ")
	}
	if t.Ask == uptime.AllRegion {
		s.Value = fmt.Sprintf("%s, %s", s.Value, count(len(regionsOf(jobs)), "region"))
	}
	return s
}

func placedValue(jobs []uptime.Job) string {
	return fmt.Sprintf("%s in %s", count(len(sitesOf(jobs)), "site"), count(len(datacentres(sitesOf(jobs))), "data-centre"))
}

// apartness is a region whose copies are in too few data-centres.
type apartness struct{ key, text string }

// apart are the regions whose copies are in too few data-centres: of those that
// have any, or of all there are. Copies at two sites need two data-centres
// whatever the terms; the copies of jobs that name no region are one group.
func apart(t uptime.HeartbeatTerms, jobs []uptime.Job, all []uptime.Region) []apartness {
	ids := regionsOf(jobs)
	if t.Ask == uptime.AllRegion {
		for _, r := range all {
			if !slices.Contains(ids, r.ID) {
				ids = append(ids, r.ID)
			}
		}
	}
	var out []apartness
	for _, id := range ids {
		var here []uptime.Job
		for _, j := range jobs {
			if j.Region == id {
				here = append(here, j)
			}
		}
		sites := sitesOf(here)
		need := t.Datacentres
		if need == 0 && (t.Ask != uptime.Daily || len(sites) > 1) {
			need = fewest
		}
		have := len(datacentres(sites))
		switch {
		case len(sites) == 0:
			out = append(out, apartness{string(id), fmt.Sprintf("%s has no copy at all", regionName(id, all))})
		case have < need:
			out = append(out, apartness{cmp.Or(string(id), "all"), fmt.Sprintf("%s has %s in %s, and %d are promised",
				regionName(id, all), count(len(sites), "site"), count(have, "data-centre"), need)})
		}
	}
	return out
}

func regionName(id uptime.RegionID, all []uptime.Region) string {
	if id == "" {
		return "The set"
	}
	for _, r := range all {
		if r.ID == id && r.Name != "" {
			return r.Name
		}
	}
	return "Region " + string(id)
}

func regionsOf(jobs []uptime.Job) []uptime.RegionID {
	var out []uptime.RegionID
	for _, j := range jobs {
		if !slices.Contains(out, j.Region) {
			out = append(out, j.Region)
		}
	}
	return out
}

// sitesOf are the distinct sites of jobs, in their order.
func sitesOf(jobs []uptime.Job) []Site {
	var out []Site
	for _, j := range jobs {
		if s := siteOf(j); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// siteOf is where a job's copy is. A job that names no site has one of its own.
func siteOf(j uptime.Job) Site {
	return Site{Name: cmp.Or(j.Site, string(j.Monitor)), Datacentre: j.Datacentre, Zone: j.Zone}
}

// daily is the standing of a promise of a copy a day.
func daily(c uptime.Commitment, f Facts, jobs []uptime.Job, apart []apartness, now time.Time) uptime.Standing {
	sc := scope{f.since(c.Policy), f.recorded(jobs)}
	days := gather(f, jobs, sc.since, now)
	var s uptime.Standing
	all := lastMonths(now, f.Zone)
	for _, m := range all {
		kept, missed := 0, 0
		for _, d := range days {
			if d.date.Year != m.first.Year || d.date.Month != m.first.Month {
				continue
			}
			if len(d.missing) > 0 {
				missed++
				s.Cases = append(s.Cases, d.cases()...)
			} else {
				kept++
			}
		}
		cell := uptime.Cell{Month: m.label, Verdict: sc.verdict(m, missed)}
		switch cell.Value = sc.why(cell.Verdict); {
		case kept+missed > 0:
			cell.Value = fmt.Sprintf("%d of %s", kept, count(kept+missed, "day"))
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
		s.Why = a.text
		s.Cases = append(s.Cases, uptime.Case{Key: a.key, At: now, Summary: a.text})
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
		if began := later(f.Began, f.Begins[j.Monitor]); i == 0 || began.Before(first) {
			first = began
		}
	}
	return first
}

// recently is how the newest days went: "29 of 30 days".
func recently(days []copyDay) string {
	newest := days[max(0, len(days)-recentDays):]
	kept := 0
	for _, d := range newest {
		if len(d.missing) == 0 {
			kept++
		}
	}
	if len(newest) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s", kept, count(len(newest), "day"))
}

// copyDay is a day that is over for some of the jobs, and at which sites a copy
// was missing.
type copyDay struct {
	date    calendar.Date
	missing []missed
}

type missed struct {
	site string
	at   time.Time // the end of the day there
}

// cases are the sites without a copy, each once.
func (d copyDay) cases() (out []uptime.Case) {
	for _, m := range d.missing {
		key := d.date.String() + "/" + m.site
		if slices.ContainsFunc(out, func(c uptime.Case) bool { return c.Key == key }) {
			continue
		}
		out = append(out, uptime.Case{Key: key, At: m.at, Summary: fmt.Sprintf("no copy was made at %s on %s", m.site, d.date)})
	}
	return out
}

// gather are the days of jobs, oldest first: each job's own local days that were
// recorded whole since the promise was made, and are over. A site needs a success
// of each of its jobs.
func gather(f Facts, jobs []uptime.Job, since, now time.Time) []copyDay {
	made := map[uptime.MonitorID][]time.Time{}
	for _, s := range f.Signals {
		if s.Kind == uptime.Succeeded {
			made[s.Monitor] = append(made[s.Monitor], s.At)
		}
	}
	from := later(since, lastMonths(now, f.Zone)[0].From)
	byZone, byDate := map[zoneKey][]calendar.Day{}, map[calendar.Date]*copyDay{}
	for _, j := range jobs {
		slices.SortFunc(made[j.Monitor], time.Time.Compare)
		key := keyOf(j.Zone, now)
		days, known := byZone[key]
		if !known {
			days = over(from, now, j.Zone)
			byZone[key] = days
		}
		began := later(f.Began, f.Begins[j.Monitor])
		for _, day := range days {
			if f.Began.IsZero() || day.From.Before(began) {
				continue
			}
			d := byDate[day.Date]
			if d == nil {
				d = &copyDay{date: day.Date}
				byDate[day.Date] = d
			}
			if !within(made[j.Monitor], day.Span) {
				d.missing = append(d.missing, missed{siteOf(j).Name, day.To})
			}
		}
	}
	out := make([]copyDay, 0, len(byDate))
	for _, d := range byDate {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b copyDay) int {
		if a.date.Before(b.date) {
			return -1
		}
		return 1
	})
	return out
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

// count is a number of things in words: "1 day", "2 days".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
