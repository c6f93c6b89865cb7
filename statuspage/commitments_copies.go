package statuspage

import (
	"cmp"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// copyDays is how many days of copies a page shows.
const copyDays = 30

// copies are the days of the jobs of a set, site by site. Nil: there is no job.
func (b *book) copies(t uptime.HeartbeatTerms) *CopiesView {
	v := &CopiesView{}
	made := b.successes()
	dates := b.copyDates()
	for _, j := range b.in.Catalogue.Jobs {
		if j.Set != t.Set {
			continue
		}
		if j.Zone == nil {
			j.Zone = b.zone
		}
		site := CopySite{Name: b.copyName(j)}
		for _, date := range dates {
			site.Days = append(site.Days, b.copyDay(j, made[j.Monitor], calendar.DayOn(date, j.Zone)))
		}
		v.Sites = append(v.Sites, site)
	}
	if len(v.Sites) == 0 {
		return nil
	}
	for _, d := range dates {
		v.Days = append(v.Days, time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format("2 Jan"))
	}
	return v
}

// copyDates are the newest dates of the page's zone, newest first.
func (b *book) copyDates() []calendar.Date {
	var out []calendar.Date
	for _, day := range slices.Backward(calendar.LastDays(copyDays, b.now, b.zone)) {
		out = append(out, day.Date)
	}
	return out
}

// successes are when each job said that it was done, oldest first.
func (b *book) successes() map[uptime.MonitorID][]time.Time {
	out := make(map[uptime.MonitorID][]time.Time)
	for _, s := range b.in.Kept.Signals {
		if s.Kind == uptime.Succeeded {
			out[s.Monitor] = append(out[s.Monitor], s.At)
		}
	}
	for _, times := range out {
		slices.SortFunc(times, time.Time.Compare)
	}
	return out
}

// copyName is a copy in the public's words: never the monitor's id.
func (b *book) copyName(j uptime.Job) string {
	name := ""
	for _, c := range b.in.Catalogue.Components {
		if slices.Contains(c.Monitors, j.Monitor) {
			name = isolate(c.Name)
		}
	}
	text := cmp.Or(isolate(j.Site), name, isolate(j.Set))
	if j.Region != "" {
		text = b.regionName(j.Region) + sep + text
	}
	if j.Datacentre != "" {
		text += " (" + isolate(j.Datacentre) + ")"
	}
	return text
}

// copyDay is one local day of a copy. A day that is not over, or that lies
// before the job's record, is no missed one.
func (b *book) copyDay(j uptime.Job, made []time.Time, day calendar.Day) CopyDay {
	v := CopyDay{Date: day.Date.String()}
	i, _ := slices.BinarySearchFunc(made, day.From, time.Time.Compare)
	began := b.jobBegan(j.Monitor)
	switch {
	case i < len(made) && made[i].Before(day.To):
		v.Mark, v.Note = Mark{"up", "✓", "done"}, made[i].In(j.Zone).Format("15:04 MST")
	case day.Empty():
		v.Mark = Mark{"unk", "·", "no such day there"}
	case day.To.After(b.now):
		v.Mark = Mark{"unk", "·", "not over yet"}
	case began.IsZero() || began.After(day.From):
		v.Mark = Mark{"unk", "○", "not on record"}
	default:
		v.Mark = Mark{"down", "■", "missed"}
	}
	return v
}

// jobBegan is when the record of a job begins; zero: it has none.
func (b *book) jobBegan(id uptime.MonitorID) time.Time {
	began := earliest(b.segments[id])
	for _, s := range b.in.Kept.Signals {
		if s.Monitor == id && (began.IsZero() || s.At.Before(began)) {
			began = s.At
		}
	}
	return began
}
