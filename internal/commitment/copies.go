package commitment

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// HeldCopy is a job with those of its own local days that it is held to.
type HeldCopy struct {
	Job  uptime.Job
	Days []calendar.Day
}

// CopyDay is a date that was a whole day of some copies, and which of them are
// missing.
type CopyDay struct {
	Date    calendar.Date
	Missing []MissingCopy
}

// MissingCopy is a site without a copy of the day.
type MissingCopy struct {
	Site string
	At   time.Time // the end of the day there
}

// Daily holds copies to their days, oldest first (golden family backup): each job
// needs a success within each of its days, and one at midnight belongs to the day
// that begins. A day that a zone skipped is none. Signals may be in any order, and
// those of other jobs are passed over.
func Daily(held []HeldCopy, signals []uptime.Signal) []CopyDay {
	made := successes(signals)
	byDate := map[calendar.Date]*CopyDay{}
	for _, h := range held {
		for _, day := range h.Days {
			if day.Empty() {
				continue
			}
			d := byDate[day.Date]
			if d == nil {
				d = &CopyDay{Date: day.Date}
				byDate[day.Date] = d
			}
			if !within(made[h.Job.Monitor], day.Span) {
				d.Missing = append(d.Missing, MissingCopy{siteOf(h.Job).name, day.To})
			}
		}
	}
	out := make([]CopyDay, 0, len(byDate))
	for _, d := range byDate {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b CopyDay) int {
		if a.Date.Before(b.Date) {
			return -1
		}
		return 1
	})
	return out
}

// successes are when each job said that it was done, oldest first.
func successes(signals []uptime.Signal) map[uptime.MonitorID][]time.Time {
	made := map[uptime.MonitorID][]time.Time{}
	for _, s := range signals {
		if s.Kind == uptime.Succeeded {
			made[s.Monitor] = append(made[s.Monitor], s.At)
		}
	}
	for _, times := range made {
		slices.SortFunc(times, time.Time.Compare)
	}
	return made
}

// within tells whether one of the times, which are in order, lies in the span.
func within(times []time.Time, span calendar.Span) bool {
	i, exact := slices.BinarySearchFunc(times, span.From, time.Time.Compare)
	return exact || i < len(times) && times[i].Before(span.To)
}

// cases are the sites without a copy, each once.
func (d CopyDay) cases() (out []uptime.Case) {
	for _, m := range d.Missing {
		key := d.Date.String() + "/" + m.Site
		if slices.ContainsFunc(out, func(c uptime.Case) bool { return c.Key == key }) {
			continue
		}
		out = append(out, uptime.Case{Key: key, At: m.At, Summary: fmt.Sprintf("no copy was made at %s on %s", m.Site, d.Date)})
	}
	return out
}

// Close is a region whose copies are in too few data-centres.
type Close struct {
	Region uptime.RegionID // empty: of the jobs that name none
	Text   string          // what there is, and what is promised
}

// Apart are the regions whose copies are in too few data-centres (golden family
// backup): of those that have any copy, or of all there are. Copies at two sites
// need two data-centres whatever the terms; the copies of jobs that name no region
// are one group. None: the copies are apart.
func Apart(t uptime.HeartbeatTerms, jobs []uptime.Job, all []uptime.Region) []Close {
	ids := regionsOf(jobs)
	if t.Ask == uptime.AllRegion {
		for _, r := range all {
			if !slices.Contains(ids, r.ID) {
				ids = append(ids, r.ID)
			}
		}
	}
	var out []Close
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
			out = append(out, Close{id, fmt.Sprintf("%s has no copy at all", regionName(id, all))})
		case have < need:
			out = append(out, Close{id, fmt.Sprintf("%s has %s in %s, and %d are promised",
				regionName(id, all), uptime.Count(len(sites), "site"), uptime.Count(have, "data-centre"), need)})
		}
	}
	return out
}

// found is the case of copies that are too close.
func (c Close) found(now time.Time) uptime.Case {
	return uptime.Case{Key: cmp.Or(string(c.Region), "all"), At: now, Summary: c.Text}
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

// site is a place that a copy is kept at.
type site struct{ name, datacentre string }

// sitesOf are the distinct sites of jobs, in their order.
func sitesOf(jobs []uptime.Job) []site {
	var out []site
	for _, j := range jobs {
		if s := siteOf(j); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// siteOf is where a job's copy is. A job that names no site has one of its own.
func siteOf(j uptime.Job) site {
	return site{name: cmp.Or(j.Site, string(j.Monitor)), datacentre: j.Datacentre}
}

// datacentres are the distinct ones of the sites, in their order. A site that
// names none is in none.
func datacentres(sites []site) []string {
	var out []string
	for _, s := range sites {
		if s.datacentre != "" && !slices.Contains(out, s.datacentre) {
			out = append(out, s.datacentre)
		}
	}
	return out
}
