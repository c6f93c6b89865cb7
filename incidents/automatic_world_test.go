package incidents

import (
	"slices"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// world is a scene that keeps what is decided, as a store would.
type world struct {
	t          *testing.T
	parts      map[uptime.ComponentID]Part
	order      []uptime.ComponentID
	incidents  map[uptime.IncidentID]uptime.Incident
	opened     []uptime.IncidentID
	notices    []uptime.Notice
	statements map[uptime.IncidentID]bool
	storm      bool
	takes      uptime.IncidentID
	terms      Terms
}

func worldOf(t *testing.T, components ...uptime.Component) *world {
	w := &world{
		t: t, parts: map[uptime.ComponentID]Part{}, incidents: map[uptime.IncidentID]uptime.Incident{},
		statements: map[uptime.IncidentID]bool{},
		terms: Terms{Rules: notice.Rules{
			Public: true, Catalogue: uptime.Catalogue{Components: components}, Channels: []notice.Channel{{Name: "ops"}},
		}},
	}
	for _, c := range components {
		w.parts[c.ID] = Part{Component: c, Watched: true, State: uptime.Up}
		w.order = append(w.order, c.ID)
	}
	return w
}

func (w *world) Part(id uptime.ComponentID) Part {
	if part, known := w.parts[id]; known {
		return part
	}
	return Part{Component: uptime.Component{ID: id, Name: string(id)}}
}

func (w *world) Dependents(id uptime.ComponentID) (dependents []uptime.ComponentID) {
	for _, other := range w.order {
		if slices.Contains(w.parts[other].Component.DependsOn, id) {
			dependents = append(dependents, other)
		}
	}
	return dependents
}

func (w *world) Automatic(id uptime.ComponentID) (all []uptime.Incident) {
	for _, incident := range w.incidents {
		if incident.Touches(id) {
			all = append(all, incident)
		}
	}
	slices.SortFunc(all, func(a, b uptime.Incident) int {
		if a.Open() != b.Open() {
			return map[bool]int{true: -1, false: 1}[a.Open()]
		}
		return b.StartedAt.Compare(a.StartedAt)
	})
	return all
}

func (w *world) Incident(id uptime.IncidentID) (uptime.Incident, bool) {
	incident, known := w.incidents[id]
	return incident, known
}

func (w *world) Stated(id uptime.IncidentID) bool                 { return w.statements[id] }
func (w *world) Storm(time.Time) (uptime.IncidentID, bool)        { return w.takes, w.storm }
func (w *world) at(seconds int) time.Time                         { return start.Add(time.Duration(seconds) * time.Second) }
func (w *world) only() uptime.Incident                            { w.t.Helper(); return w.open(1)[0] }
func (w *world) down(id uptime.ComponentID, s int) uptime.Changes { return w.event(WentDown, id, s) }
func (w *world) up(id uptime.ComponentID, s int) uptime.Changes   { return w.event(Recovered, id, s) }

// event plays what happened to a component, so many seconds after the start.
func (w *world) event(kind Kind, id uptime.ComponentID, seconds int) uptime.Changes {
	w.t.Helper()
	part := w.parts[id]
	switch kind {
	case WentDown:
		part.Down, part.State = true, uptime.Down
	case Recovered, Cleared:
		part.Down, part.State, part.Recovered = false, uptime.Up, w.at(seconds)
	default:
	}
	w.parts[id] = part
	return w.decide(Event{
		Kind: kind, Component: part.Component, At: w.at(seconds), Confirmed: w.at(seconds + 20),
		Code: uptime.HTTPStatus, Facts: uptime.Facts{HTTPStatus: 503}, Looks: 3,
	})
}

func (w *world) decide(e Event) uptime.Changes {
	w.t.Helper()
	changes := Decide(w, w.terms, e, e.At.Add(20*time.Second))
	for _, c := range changes.Incidents {
		if held := w.incidents[c.Incident.ID]; c.Expect != held.Version || c.Incident.Version != held.Version+1 {
			w.t.Errorf("version %d → %d on expectation %d", held.Version, c.Incident.Version, c.Expect)
		} else if !held.ClosedAt.IsZero() {
			w.t.Errorf("%s is closed and was changed", held.ID)
		}
		if c.Expect == 0 {
			w.opened = append(w.opened, c.Incident.ID)
		}
		w.incidents[c.Incident.ID] = c.Incident
	}
	for _, n := range changes.Outbox {
		if slices.ContainsFunc(w.notices, func(other uptime.Notice) bool { return other.ID == n.ID }) {
			w.t.Errorf("two notices are called %s", n.ID)
		}
		w.notices = append(w.notices, n)
	}
	return changes
}

// person changes the only open incident.
func (w *world) person(change func(*uptime.Incident)) {
	w.t.Helper()
	incident := w.only()
	incident.Version++
	change(&incident)
	w.incidents[incident.ID] = incident
}

// open are the open incidents, in the order in which they were opened.
func (w *world) open(want int) (open []uptime.Incident) {
	w.t.Helper()
	for _, id := range w.opened {
		if i := w.incidents[id]; i.Open() {
			open = append(open, i)
		}
	}
	if len(open) != want {
		w.t.Fatalf("%d incidents are open, want %d: %+v", len(open), want, open)
	}
	return open
}

func (w *world) last() uptime.Notice { return w.notices[len(w.notices)-1] }

// one is the only incident that there is.
func (w *world) one() uptime.Incident {
	w.t.Helper()
	if len(w.opened) != 1 {
		w.t.Fatalf("incidents %v, want one", w.opened)
	}
	return w.incidents[w.opened[0]]
}

func (w *world) is(phase uptime.IncidentPhase, open bool) {
	w.t.Helper()
	if i := w.one(); i.Phase != phase || i.Open() != open {
		w.t.Errorf("incident is %s, open %v; want %s, %v", i.Phase, i.Open(), phase, open)
	}
}
