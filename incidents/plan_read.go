package incidents

import (
	"maps"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Bounds of what is planned.
const (
	MaxWindow = 7 * 24 * time.Hour // of work
	MaxYears  = 3                  // ahead
	// Lately is how long ago an emergency may have begun that is announced.
	Lately = 5 * time.Minute
)

// read checks what was entered and completes it.
func (w Work) read(k planKnown) (Work, error) {
	var f fields
	w.Title = f.line("title", w.Title, "what is planned")
	w.Body = f.body(w.Body, true)
	w.places(&f, k)
	w.times(&f, k)
	if w.Override != "" {
		w.Override = f.line("override", w.Override, "why it is announced all the same")
	}
	return w, f.err()
}

// places reads what the work is on, and whom that serves.
func (w *Work) places(f *fields, k planKnown) {
	switch w.Kind {
	case "":
		w.Kind = uptime.MaintenanceWork
	case uptime.MaintenanceWork, uptime.Release, uptime.PriceChange, uptime.Behaviour:
	default:
		f.fault("kind", "is %q: use maintenance, release, price or behaviour", w.Kind)
		w.Kind = uptime.MaintenanceWork // so that its times are read as given
	}
	w.Components = f.components("components", w.Components, k.plan.Components, k.rules.Catalogue)
	if len(w.Components) == 0 && w.Kind == uptime.MaintenanceWork {
		f.fault("components", "is empty: name what is worked on")
	}
	w.Regions = f.regions(w.Regions, k.plan.Regions, k.rules.Catalogue)
	f.served(w.Regions, w.Components, k.rules.Catalogue)
	if len(w.Regions) == 0 {
		w.Regions = regionsOf(w.Components, k.rules.Catalogue)
	}
}

// times reads when the work is. What is announced may not lie in the past.
func (w *Work) times(f *fields, k planKnown) {
	w.From, w.To = whole(w.From), whole(w.To)
	if w.Kind != uptime.MaintenanceWork {
		if !w.To.IsZero() && !w.To.Equal(w.From) {
			f.fault("to", "is given: a change takes effect at one time, leave it out")
		}
		w.To = w.From
	}
	if w.From.IsZero() {
		f.fault("from", "is missing: say when it begins")
		return
	}
	if w.Publish {
		w.From = lately(w.From, w.Emergency, k.now)
		if w.Kind != uptime.MaintenanceWork {
			w.To = w.From
		}
		f.ahead(w.From, w.Emergency, k.now)
	}
	f.window(w.From, w.To, w.Kind, k.now)
}

// lately takes the start of an emergency that was a moment ago for now.
func lately(from time.Time, emergency bool, now time.Time) time.Time {
	if emergency && from.Before(now) && now.Sub(from) <= Lately {
		return now
	}
	return from
}

// ahead finds a start that cannot be announced any more.
func (f *fields) ahead(from time.Time, emergency bool, now time.Time) {
	switch {
	case !from.Before(now):
	case emergency:
		f.fault("from", "was more than %d minutes ago: announce the work that is left, from now on", int(Lately.Minutes()))
	default:
		f.fault("from", "is in the past: give a later time")
	}
}

// window finds times that no work can have.
func (f *fields) window(from, to time.Time, kind uptime.PlanKind, now time.Time) {
	switch {
	case from.After(now.AddDate(MaxYears, 0, 0)):
		f.fault("from", "is more than %d years away: plan it later", MaxYears)
	case from.Before(now.AddDate(-1, 0, 0)): // a draft; also of years that JSON cannot say
		f.fault("from", "is more than a year ago: give a later time")
	case kind != uptime.MaintenanceWork:
	case to.IsZero():
		f.fault("to", "is missing: say when it ends")
	case !from.Before(to):
		f.fault("to", "is not after the start: give a later time")
	case to.Sub(from) > MaxWindow:
		f.fault("to", "is more than %d days after the start: plan several windows", int(MaxWindow.Hours()/24))
	}
}

// regions reads a list of regions: each once, and each known. Those that stand
// there already may have left the configuration since.
func (f *fields) regions(ids, already []uptime.RegionID, catalogue uptime.Catalogue) []uptime.RegionID {
	var out []uptime.RegionID
	for _, id := range ids {
		if slices.Contains(out, id) {
			continue
		}
		out = append(out, id)
		exists := func(r uptime.Region) bool { return r.ID == id }
		if !slices.Contains(already, id) && !slices.ContainsFunc(catalogue.Regions, exists) {
			f.fault("regions", "names %q, which is no region", id)
		}
	}
	return out
}

// served finds regions that none of the components serves: whose hours are left
// alone would be chosen freely otherwise. One that has left the configuration
// since is not asked for again.
func (f *fields) served(ids []uptime.RegionID, components []uptime.ComponentID, catalogue uptime.Catalogue) {
	serve := regionsOf(components, catalogue)
	if len(serve) == 0 { // all
		return
	}
	for _, r := range catalogue.Regions {
		if slices.Contains(ids, r.ID) && !slices.Contains(serve, r.ID) {
			f.fault("regions", "names %q, which is served by none of the components: leave it out", r.ID)
		}
	}
}

// regionsOf are the regions that the components serve, in the catalogue's order;
// none, which means all, where one of them serves all or none is named.
func regionsOf(components []uptime.ComponentID, catalogue uptime.Catalogue) []uptime.RegionID {
	served := map[uptime.RegionID]bool{}
	for _, id := range components {
		at := slices.IndexFunc(catalogue.Components, func(c uptime.Component) bool { return c.ID == id })
		if at < 0 || len(catalogue.Components[at].Regions) == 0 {
			return nil
		}
		for _, r := range catalogue.Components[at].Regions {
			served[r] = true
		}
	}
	var out []uptime.RegionID
	for _, r := range catalogue.Regions {
		if served[r.ID] {
			out = append(out, r.ID)
			delete(served, r.ID)
		}
	}
	return append(out, slices.Sorted(maps.Keys(served))...)
}
