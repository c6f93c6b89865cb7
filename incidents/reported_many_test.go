package incidents

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// fireIn has an alert of a group fire from now on, without a decision.
func (w *alertWorld) fireIn(group string) {
	w.alerts[group] = uptime.ReceivedAlert{
		Fingerprint: group, Group: group, Labels: map[string]string{"alertname": group}, StartsAt: w.clock, ReceivedAt: w.clock,
	}
}

// open counts the incidents that are open, and finds the one of many groups.
func (w *alertWorld) open() (open int, many uptime.Incident) {
	for _, i := range w.kept {
		if !i.Open() {
			continue
		}
		open++
		if strings.HasPrefix(string(i.ID), ReportedAs(w.rule.Name, gathered)) {
			many = i
		}
	}
	return open, many
}

func TestAFloodOfGroupsIsAFewIncidentsAndOneForTheRest(t *testing.T) {
	w := alertWorldOf(t)
	for n := range 200 {
		w.fireIn(fmt.Sprint("g", n))
	}
	w.decide()
	open, many := w.open()
	if open != reportsApart+1 || many.Title != "Many alerts at once: search-latency" || !many.Draft() ||
		!strings.HasPrefix(many.Updates[0].Body, "More groups of alerts fire than are told of one by one. 190 alerts fire: ") {
		t.Fatalf("%d are open, one of them %+v", open, many)
	}
	if len(w.notices) != reportsApart+1 {
		t.Errorf("%d notices", len(w.notices))
	}
	for n := range 50 { // and more, a while later
		w.later(time.Second)
		w.fireIn(fmt.Sprint("h", n))
	}
	w.later(2 * time.Minute)
	if open, many = w.open(); open != reportsApart+1 || !strings.HasPrefix(many.Updates[len(many.Updates)-1].Body, "240 alerts fire: ") {
		t.Errorf("%d are open, one of them %+v", open, many.Updates)
	}
	last := w.alerts["h49"]
	for name, a := range w.alerts {
		a.EndsAt, a.ReceivedAt = w.clock, w.clock
		w.alerts[name] = a
	}
	w.alerts["h49"] = last
	w.later(time.Hour)
	if open, many = w.open(); open != 1 || !many.Open() {
		t.Errorf("while one of them fires %d are open", open)
	}
	w.end("h49")
	if open, _ = w.open(); open != 0 || len(w.kept) != reportsApart+1 {
		t.Errorf("%d of %d are open after the last has ended", open, len(w.kept))
	}
}

// An incident that gathers does so for a while: what begins later is told anew,
// though something of the old still fires.
func TestWhatBeginsLongAfterAFloodIsAnIncidentOfItsOwn(t *testing.T) {
	w := alertWorldOf(t)
	for n := range 50 {
		w.fireIn(fmt.Sprint("g", n))
	}
	w.decide()
	w.later(gatherTime + time.Minute)
	w.fireIn("late")
	w.decide()
	if open, _ := w.open(); open != reportsApart+2 || w.newest().Title != "late" {
		t.Errorf("%d are open, the newest %q", open, w.newest().Title)
	}
}

// What a person has ended stays so, and what begins after that does not.
func TestAFloodThatAPersonEndedStaysEnded(t *testing.T) {
	w := alertWorldOf(t)
	for n := range 50 {
		w.fireIn(fmt.Sprint("g", n))
	}
	w.decide()
	_, many := w.open()
	w.later(time.Minute)
	many.Version++
	many.Phase, many.ResolvedAt = uptime.FalseAlarm, w.clock
	many.Updates = append(many.Updates, uptime.Update{ID: "by-hand", Phase: many.Phase, At: w.clock, WrittenAt: w.clock})
	w.kept[many.ID] = many
	w.later(time.Minute)
	w.later(24 * time.Hour) // all of it fires on
	if open, _ := w.open(); open != reportsApart {
		t.Errorf("%d are open", open)
	}
	w.fireIn("new")
	w.decide()
	if open, _ := w.open(); open != reportsApart+1 {
		t.Errorf("%d are open with a new one", open)
	}
}

// A flood that comes and goes does not make an incident each time.
func TestAFloodThatComesAndGoesIsGatheredOnceInAWhile(t *testing.T) {
	w := alertWorldOf(t)
	for range 30 {
		for n := range 40 {
			w.fireIn(fmt.Sprint("g", n))
		}
		w.later(30 * time.Second)
		for n := range 40 {
			a := w.alerts[fmt.Sprint("g", n)]
			a.EndsAt, a.ReceivedAt = w.clock, w.clock
			w.alerts[a.Group] = a
		}
		w.later(30 * time.Second)
	}
	if open, _ := w.open(); open != 0 || len(w.kept) > reportsApart+3 {
		t.Errorf("%d incidents of half an hour, %d open", len(w.kept), open)
	}
}

// The ledger names a few of the groups that announced work holds back.
func TestTheLedgerIsNotFloodedByWhatAnnouncedWorkHoldsBack(t *testing.T) {
	w := alertWorldOf(t)
	w.covered = start.Add(time.Hour)
	for n := range 100 {
		w.fireIn(fmt.Sprint("g", n))
	}
	w.decide()
	w.fireIn("another")
	w.later(time.Minute)
	if len(w.notices) != heldRows+1 || !strings.HasPrefix(w.notices[heldRows].Summary, "Further alerts fire during announced work, Database upgrade") {
		t.Errorf("%d rows, the last %+v", len(w.notices), w.notices[len(w.notices)-1])
	}
	w.later(time.Hour)
	if open, _ := w.open(); open != reportsApart+1 {
		t.Errorf("%d are open after the work", open)
	}
}

// Whatever fires belongs to an incident, whenever it began and whatever was
// decided in between; and when nothing fires nothing is open.
func TestWhateverFiresHasAnIncident(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := alertWorldOf(t)
		firing := 0
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			from := rapid.IntRange(0, 30).Draw(r, "from")
			over := rapid.Bool().Draw(r, "over")
			for n := from; n < from+rapid.IntRange(1, 25).Draw(r, "count"); n++ {
				name := fmt.Sprint("g", n)
				a, known := w.alerts[name]
				switch {
				case over && known && a.Firing():
					a.EndsAt, a.ReceivedAt = w.clock, w.clock
					w.alerts[name] = a
					firing--
				case !over && (!known || !a.Firing()):
					w.fireIn(name)
					firing++
				}
			}
			w.decide()
			open, many := w.open()
			if open > firing || (open == 0) != (firing == 0) || open < min(firing, 1) || firing > open && many.ID == "" {
				r.Fatalf("%d groups fire, %d incidents are open: %+v", firing, open, many)
			}
			w.later(time.Duration(rapid.IntRange(1, 2000).Draw(r, "seconds")) * time.Second)
		}
	})
}
