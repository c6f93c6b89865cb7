package monitoring

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

// only is the incident that is open.
func (d *deciding) only() uptime.Incident {
	d.t.Helper()
	open := d.book.open()
	if len(open) != 1 {
		d.t.Fatalf("%d incidents are open: %+v", len(open), open)
	}
	return open[0]
}

// opened is how many incidents there are, open or not.
func (d *deciding) opened(want int) {
	d.t.Helper()
	if got := len(d.book.incidents); got != want {
		d.t.Errorf("%d incidents, want %d: %v", got, want, d.book.summary())
	}
}

// What people have ended is not begun again by the outage that it was about,
// however that goes on, and neither by a restart.
func TestAnIncidentThatPeopleEndedStaysEnded(t *testing.T) {
	for _, phase := range []uptime.IncidentPhase{uptime.Resolved, uptime.FalseAlarm} {
		t.Run(string(phase), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // a conflict is waited for
				shop := componentOf("shop", uptime.Critical)
				d := decidingFor(t, shop)
				d.is("shop", uptime.Down)
				down := d.clock.Add(-20 * time.Second)
				d.book.person(d.only().ID, func(i *uptime.Incident) { i.Phase, i.ResolvedAt = phase, d.clock })
				good := d.turned("shop", uptime.Up, time.Second)
				for _, kind := range []turnKind{recovering, relapsed, recovering, relapsed} {
					d.clock = d.clock.Add(time.Minute)
					n := d.turned("shop", uptime.Down, time.Second)
					n.turns[0].kind = kind
					d.hear(n)
				}
				d.pass(4 * time.Hour)
				d.opened(1)
				if len(d.book.open()) != 0 {
					t.Error("it is open again")
				}

				again := decidingFor(t, shop) // after a restart
				again.book, again.ledger, again.clock = d.book, d.book, d.clock
				catalogue := uptime.Catalogue{Components: []uptime.Component{shop}}
				states, since := map[uptime.MonitorID]uptime.State{"shop": uptime.Down}, map[uptime.MonitorID]time.Time{"shop": down}
				if err := again.restore(t.Context(), states, since, catalogue); err != nil {
					t.Fatal(err)
				}
				again.pass(time.Hour)
				again.opened(1)
				again.hear(good)
				again.clock = again.clock.Add(time.Minute)
				again.is("shop", uptime.Up)
				again.pass(time.Minute)
				again.is("shop", uptime.Down) // another outage
				again.opened(2)
			})
		})
	}
}

// An outage that follows upon one that people said is over goes on with it, and
// one that follows upon a false alarm does not.
func TestTheNextOutageAfterPeopleEndedOne(t *testing.T) {
	for phase, want := range map[uptime.IncidentPhase]int{uptime.Resolved: 1, uptime.FalseAlarm: 2} {
		synctest.Test(t, func(t *testing.T) {
			d := decidingFor(t, componentOf("shop", uptime.Critical))
			d.is("shop", uptime.Down)
			d.book.person(d.only().ID, func(i *uptime.Incident) { i.Phase, i.ResolvedAt = phase, d.clock })
			d.pass(time.Minute)
			d.is("shop", uptime.Up)
			d.pass(time.Minute)
			d.is("shop", uptime.Down)
			d.opened(want)
			if i := d.only(); i.Phase != uptime.Investigating {
				t.Errorf("after %s: %+v", phase, i)
			}
		})
	}
}

// People's words and choices stay when a monitor's turns follow.
func TestPeopleGoOnWithAnAutomaticIncident(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := decidingFor(t, componentOf("base", uptime.Critical), componentOf("shop", uptime.Critical, "base"))
		d.is("base", uptime.Down)
		d.book.person(d.only().ID, func(i *uptime.Incident) {
			i.Title, i.Impact, i.Phase = "No orders today", uptime.ImpactMinor, uptime.Identified
			i.Updates = append(i.Updates, uptime.Update{ID: "by-hand", Phase: uptime.Identified, WrittenAt: d.clock, At: d.clock})
		})
		d.clock = d.clock.Add(time.Minute)
		d.is("shop", uptime.Down)
		i := d.only()
		if i.Title != "No orders today" || i.Impact != uptime.ImpactMinor || i.Phase != uptime.Identified || len(i.Updates) != 3 || !i.Touches("shop") {
			t.Errorf("%+v", i)
		}
		d.clock = d.clock.Add(time.Minute)
		d.hear(d.turned("base", uptime.Up, time.Second), d.turned("shop", uptime.Up, time.Second))
		if len(d.book.open()) != 0 {
			t.Errorf("it did not end: %v", d.book.summary())
		}
	})
}

// A component that people took out of an incident gets no other one for the same
// outage.
func TestAComponentThatPeopleTookOutStaysOut(t *testing.T) {
	d := decidingFor(t, componentOf("base", uptime.Critical), componentOf("shop", uptime.Critical, "base"))
	d.is("base", uptime.Down)
	d.is("shop", uptime.Down)
	d.book.person(d.only().ID, func(i *uptime.Incident) { i.Components = []uptime.ComponentID{"base"} })
	d.heed(d.book.open())
	d.reread(t.Context())
	d.pass(time.Hour)
	d.opened(1)
	if i := d.only(); i.Touches("shop") {
		t.Errorf("%+v", i)
	}
}

// A statement that lasts keeps an incident open when the checks pass; when it is
// taken back, quiet time ends it.
func TestAnIncidentWaitsForTheStatementsOfPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := decidingFor(t, componentOf("shop", uptime.Critical))
		d.is("shop", uptime.Down)
		id := d.only().ID
		d.book.statements[id] = []uptime.Statement{{Incident: id, Component: "shop", State: uptime.Partial, From: d.clock}}
		d.book.person(id, func(i *uptime.Incident) {
			i.Updates = append(i.Updates, uptime.Update{ID: "by-hand", Phase: uptime.Investigating, WrittenAt: d.clock, At: d.clock})
		})
		d.clock = d.clock.Add(time.Minute)
		d.is("shop", uptime.Up)
		d.pass(3 * time.Hour)
		if i := d.only(); i.Phase != uptime.Monitoring || len(i.Updates) != 3 {
			t.Errorf("%+v", i)
		}
		d.book.statements[id][0].To = d.clock
		d.book.person(id, func(i *uptime.Incident) {
			i.Updates = append(i.Updates, uptime.Update{ID: "by-hand-2", Phase: uptime.Monitoring, WrittenAt: d.clock, At: d.clock})
		})
		d.heed(d.book.open())
		d.reread(t.Context())
		d.pass(incidents.QuietTime + 2*time.Minute)
		if len(d.book.open()) != 0 {
			t.Errorf("it is still open: %v", d.book.summary())
		}
	})
}

// Incidents are read anew when people have changed one, and only then.
func TestWhatPeopleChangeIsReadAnew(t *testing.T) {
	d := decidingFor(t, componentOf("shop", uptime.Critical))
	d.is("shop", uptime.Down)
	if d.differs(d.book.open()) {
		t.Error("nothing was changed, and it is read anew")
	}
	d.book.person(d.only().ID, func(i *uptime.Incident) { i.Tier = 3 })
	d.heed(d.book.open())
	d.reread(context.Background())
	if open := d.openByTier(); open[3] != 1 || open[1] != 0 {
		t.Errorf("open incidents %v", open)
	}
	d.book.person(d.only().ID, func(i *uptime.Incident) { i.ResolvedAt = d.clock })
	d.heed([]uptime.Incident{})
	d.reread(context.Background())
	if open := d.openByTier(); len(open) != 0 {
		t.Errorf("open incidents %v", open)
	}
}

// Incidents that no decision depends on are not held for ever.
func TestOldIncidentsAreForgotten(t *testing.T) {
	d := decidingFor(t, componentOf("shop", uptime.Critical))
	for range 5 {
		d.is("shop", uptime.Down)
		d.pass(time.Minute)
		d.is("shop", uptime.Up)
		d.pass(3 * time.Hour)
	}
	if len(d.known) != 0 || len(d.homes) != 0 || len(d.counted) != 0 {
		t.Errorf("held: %v, %v, %v", d.known, d.homes, d.counted)
	}
	d.opened(5)
}
