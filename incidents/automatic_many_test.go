package incidents

import (
	"fmt"
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

// crowd is a component with so many others that depend on it.
func crowd(t *testing.T, others int) *world {
	components := []uptime.Component{named("Base", uptime.Critical)}
	for n := range others {
		components = append(components, named(fmt.Sprint("C", n), uptime.Critical, "base"))
	}
	return worldOf(t, components...)
}

func (w *world) count(seconds int) uptime.Changes {
	w.t.Helper()
	return w.decide(Event{Kind: Counted, Incident: w.one().ID, At: w.at(seconds)})
}

// An incident of many is counted instead of told part by part.
func TestManyEffectsAreCounted(t *testing.T) {
	const others = 40
	w := crowd(t, others)
	w.down("base", 0)
	for n := range others {
		w.down(uptime.ComponentID(fmt.Sprint("c", n)), n)
	}
	if i := w.only(); len(i.Components) != others+1 || len(i.Updates) != Few || i.Title != "Base outage" {
		t.Errorf("%d components, %d updates, %q", len(i.Components), len(i.Updates), i.Title)
	}
	w.count(100)
	i := w.only()
	if body := i.Updates[Few].Body; body != "41 components are down: Base, C0, C1 and 38 more." {
		t.Error(body)
	}
	if w.last().Channels[0].Held != uptime.HeldDependsOn {
		t.Errorf("effects are told while the cause is: %+v", w.last().Channels)
	}
	if again := w.count(160); !again.Empty() {
		t.Errorf("the same count is told again: %+v", again)
	}
	w.up("base", 200)
	for n := range 10 {
		w.up(uptime.ComponentID(fmt.Sprint("c", n)), 200+n)
	}
	w.count(220)
	if body := w.last().Content.Update.Body; body != "11 of 41 components are up again. Still down: C10, C11, C12 and 27 more." || w.last().Channels[0].Held != "" {
		t.Errorf("%q, held %+v", body, w.last().Channels)
	}
	for n := range others {
		w.up(uptime.ComponentID(fmt.Sprint("c", n)), 300+n)
	}
	if i := w.one(); i.Open() || !i.ResolvedAt.Equal(w.at(300+others-1)) {
		t.Errorf("%s at %v", i.Phase, i.ResolvedAt)
	}
	if changes := w.count(400); !changes.Empty() {
		t.Errorf("after its end it is counted: %+v", changes)
	}
}

// What is not watched any more is not up again.
func TestWhatIsNotWatchedIsNotCountedAsUp(t *testing.T) {
	w := crowd(t, 9)
	w.down("base", 0)
	for n := range 9 {
		w.down(uptime.ComponentID(fmt.Sprint("c", n)), n)
	}
	delete(w.parts, "c0")
	delete(w.parts, "c1")
	w.count(60)
	if body := w.last().Content.Update.Body; !strings.HasPrefix(body, "8 of 10 components are down: ") {
		t.Error(body)
	}
}

func TestAStormIsOneIncidentOfManyComponents(t *testing.T) {
	w := worldOf(t, named("A", uptime.Important), named("B", uptime.Important), named("C", uptime.Critical), named("D", uptime.Important))
	w.storm = true
	w.down("a", 0)
	if i := w.only(); i.Title != "A outage" {
		t.Errorf("a storm of one is %q", i.Title)
	}
	w.takes = w.one().ID
	if changes := w.down("b", 1); len(changes.Outbox) != 0 || len(changes.Incidents) != 1 || len(changes.Incidents[0].Updates) != 0 {
		t.Errorf("a second one is told by itself: %+v", changes)
	}
	if i := w.only(); i.Title != "Outage of 2 components" || !i.Draft() {
		t.Errorf("%+v", i)
	}
	w.down("c", 2)
	if i := w.only(); i.Title != "Outage of 3 components" || i.Draft() || i.Tier != 1 || w.last().Reason != uptime.WentDown {
		t.Errorf("a critical one does not make it graver: %+v", i)
	}
	w.person(func(i *uptime.Incident) { i.Title = "The building has no power" })
	w.down("d", 3)
	if i := w.only(); i.Title != "The building has no power" || len(i.Components) != 4 {
		t.Errorf("%+v", i)
	}
}

// A storm that begins again at once is the same one.
func TestAStormThatBeginsAgainIsReopened(t *testing.T) {
	w := worldOf(t, named("A", uptime.Critical), named("B", uptime.Critical), named("C", uptime.Critical))
	w.storm = true
	w.down("a", 0)
	w.takes = w.one().ID
	w.down("b", 1)
	w.down("c", 2)
	for n, id := range []uptime.ComponentID{"a", "b", "c"} {
		w.up(id, 60+n)
	}
	w.takes = ""
	w.down("b", 120)
	if i := w.one(); !i.Open() || i.Title != "Outage of 3 components" {
		t.Errorf("%+v", i)
	}
}
