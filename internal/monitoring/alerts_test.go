package monitoring

import (
	"context"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// alerting is an engine with one monitor that goes by alerts of a service, and a
// rule that makes incidents of those of a team.
type alerting struct {
	running
	t    *testing.T
	deaf *atomic.Bool // whether the store takes nothing
}

// deafToAlerts is a store that does not take alerts for a while.
type deafToAlerts struct {
	*store.DB
	deaf *atomic.Bool
}

func (s deafToAlerts) SaveAlerts(ctx context.Context, alerts []uptime.ReceivedAlert) error {
	if s.deaf.Load() {
		return errAway
	}
	return s.DB.SaveAlerts(ctx, alerts)
}

// laterAlerts are an engine's, once there is one.
type laterAlerts struct{ engine atomic.Pointer[Engine] }

func (s *laterAlerts) Reported(match uptime.AlertMatch) probes.Reported {
	if e := s.engine.Load(); e != nil {
		return e.Reported(match)
	}
	return probes.Reported{}
}

func labelled(label, value string) uptime.AlertMatch {
	return uptime.AlertMatch{{Label: label, Values: []string{value}}}
}

func alertingOn(t *testing.T, path string) alerting {
	t.Helper()
	told, deaf := &laterAlerts{}, &atomic.Bool{}
	settings := &probes.Alertmanager{Match: config.Labels{"service": {"checkout"}}, Within: config.Duration(5 * time.Minute)}
	prober, err := settings.Build(probes.Env{Monitor: "checkout", Alerts: told, Egress: egress.New(egress.Policy{}, nil)})
	if err != nil {
		t.Fatal(err)
	}
	m := monitorOf("checkout", 30*time.Second, 10*time.Second)
	m.Type, m.Confirm.Failures, m.Confirm.Successes = "alertmanager", 1, 1
	w := Watch{Monitor: m, Prober: prober, Match: probes.MatchOf(settings.Match)}
	catalogue := catalogueOf(w)
	catalogue.Watchdog = labelled("alertname", "Watchdog")
	catalogue.AlertRules = []uptime.AlertRule{{Name: "search", Match: labelled("team", "search"), Components: []uptime.ComponentID{"checkout"}, Tier: 2}}
	db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
	if err != nil {
		t.Fatal(err)
	}
	r := beginCatalogue(t, path, Options{Store: deafToAlerts{db, deaf}}, catalogue, w)
	told.engine.Store(r.Engine)
	stop := r.stop
	r.stop = func() {
		stop()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	synctest.Wait()
	return alerting{r, t, deaf}
}

// alert is one that fires since now.
func alert(name, label, value string) uptime.ReceivedAlert {
	return uptime.ReceivedAlert{
		Fingerprint: name, Group: "g", Labels: map[string]string{"alertname": name, label: value}, StartsAt: time.Now().UTC().Truncate(time.Millisecond),
	}
}

func (a alerting) tell(told ...uptime.ReceivedAlert) {
	a.t.Helper()
	if err := a.Receive(a.t.Context(), uptime.AlertGroup{Key: "g"}, told); err != nil {
		a.t.Error(err)
	}
}

// over tells that an alert has ended.
func (a alerting) over(one uptime.ReceivedAlert) {
	a.t.Helper()
	one.EndsAt = time.Now()
	a.tell(one)
}

// barks lets time pass in which the watchdog is told every minute.
func (a alerting) barks(length time.Duration) {
	a.t.Helper()
	for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(time.Minute) {
		a.tell(alert("Watchdog", "severity", "none"))
	}
}

func (a alerting) is(state uptime.State, when string) {
	a.t.Helper()
	time.Sleep(time.Second) // a look that was woken is over, and decided on
	synctest.Wait()
	if got := a.Healths()[0].At(a.Now()); got != state {
		a.t.Errorf("%s it is %s, want %s", when, got, state)
	}
}

// reports are the incidents that were opened for alerts.
func (a alerting) reports() (found []uptime.Incident) {
	a.t.Helper()
	all, err := incidentsOf(a.t, a.db)
	if err != nil {
		a.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(i uptime.Incident) bool { return !ofAlerts(i.ID) })
}

func TestWhatAnAlertmanagerTellsIsBelieved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		a := alertingOn(t, path)
		defer a.stop()
		a.is(uptime.Unknown, "before anything was told")
		a.barks(2 * time.Minute)
		a.is(uptime.Up, "after the watchdog barked")
		bad := alert("Errors", "service", "checkout")
		a.tell(bad, alert("Others", "service", "search"))
		a.is(uptime.Down, "while the alert fires")
		a.barks(20 * time.Minute)
		a.is(uptime.Down, "while the alert is not repeated and the watchdog is")
		a.over(bad)
		a.is(uptime.Up, "at once when it is resolved")
		time.Sleep(4 * time.Minute)
		a.is(uptime.Up, "within the watchdog's time")
		time.Sleep(2 * time.Minute)
		a.is(uptime.Unknown, "when the watchdog is silent")
		a.barks(time.Minute)
		a.is(uptime.Up, "when it barks again")
		a.tell(bad)
		a.is(uptime.Down, "when it fires again with the start that it had")
		time.Sleep(7 * time.Minute)
		a.is(uptime.Unknown, "when nothing is heard while it is down")
		if open, err := incidentsOf(t, a.db); err != nil || !slices.ContainsFunc(open, uptime.Incident.Open) {
			t.Errorf("the outage's incident ended although nobody said so: %+v, %v", open, err)
		}
		if got := a.AlertsReceived(); time.Since(got) < 6*time.Minute || time.Since(got) > 8*time.Minute {
			t.Errorf("the newest message is of %v", got)
		}
	})
}

// An outage goes on over a restart, and what is told afterwards ends it. That
// nothing fires has to be said anew.
func TestAlertsOutlastARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		a := alertingOn(t, path)
		a.barks(2 * time.Minute)
		bad, slow := alert("Errors", "service", "checkout"), alert("Slow", "team", "search")
		a.tell(bad, slow)
		time.Sleep(time.Minute)
		if r := a.reports(); len(r) != 1 || !r[0].Open() || !r[0].Draft() || r[0].Title != "Slow" {
			t.Errorf("%+v", r)
		}
		a.stop()
		time.Sleep(2 * time.Minute)
		a = alertingOn(t, path)
		time.Sleep(30 * time.Second)
		a.is(uptime.Down, "after a restart")
		if a.AlertsReceived().IsZero() {
			t.Error("no message is known any more")
		}
		a.over(bad)
		a.over(slow)
		time.Sleep(time.Minute)
		if got := a.Healths()[0].At(a.Now()); got == uptime.Up {
			t.Error("it is up, and nobody has said since the restart that nothing fires")
		}
		a.barks(time.Minute)
		a.is(uptime.Up, "once the watchdog barked")
		if r := a.reports(); len(r) != 1 || r[0].Open() {
			t.Errorf("%+v", r)
		}
		a.stop()
	})
}

// A clock that was set back makes the watchdog's last word before a restart lie in
// the future. It was told to another process all the same.
func TestAWordOfTheFutureVouchesForNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		ahead := alert("Watchdog", "severity", "none")
		ahead.ReceivedAt = time.Now().Add(10 * time.Minute)
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		if err := db.SaveAlerts(t.Context(), []uptime.ReceivedAlert{ahead}); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		a := alertingOn(t, path)
		defer a.stop()
		time.Sleep(time.Minute)
		a.is(uptime.Unknown, "after a restart with the clock set back")
		a.barks(time.Minute)
		a.is(uptime.Up, "once the watchdog barked")
	})
}

// A crash between storing and deciding loses nothing: the next process decides.
func TestWhatWasStoredIsDecidedAfterACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		slow := alert("Slow", "team", "search")
		slow.ReceivedAt = time.Now()
		if err := db.SaveAlerts(t.Context(), []uptime.ReceivedAlert{slow}); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		a := alertingOn(t, path)
		time.Sleep(10 * time.Second)
		if r := a.reports(); len(r) != 1 || !r[0].Open() {
			t.Errorf("%+v", r)
		}
		a.stop()
	})
}

// What could not be stored is refused, so that it is told again, and until the
// watchdog barks nothing is known.
func TestAlertsThatCannotBeStoredAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		a := alertingOn(t, path)
		defer a.stop()
		a.barks(time.Minute)
		a.is(uptime.Up, "at first")
		a.deaf.Store(true)
		bad := alert("Errors", "service", "checkout")
		if err := a.Receive(t.Context(), uptime.AlertGroup{Key: "g"}, []uptime.ReceivedAlert{bad}); err == nil {
			t.Error("it was taken and is not stored")
		}
		time.Sleep(time.Minute)
		a.is(uptime.Unknown, "after something could not be stored")
		a.deaf.Store(false)
		a.tell(bad)
		a.is(uptime.Down, "after it was told again")
	})
}

// An incident of alerts is not the monitors' to end, and the loop leaves people's
// words alone.
func TestMonitorsDoNotEndIncidentsOfAlerts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		a := alertingOn(t, path)
		defer a.stop()
		slow := alert("Slow", "team", "search")
		a.tell(slow)
		a.barks(5 * time.Minute)
		a.is(uptime.Up, "by its monitor")
		r := a.reports()
		if len(r) != 1 || !r[0].Open() || len(r[0].Updates) != 1 {
			t.Fatalf("%+v", r)
		}
		person := r[0]
		person.Version, person.Phase = 2, uptime.Identified
		word := uptime.Update{ID: string(person.ID) + "-2", Phase: uptime.Identified, Body: "We know.", At: time.Now(), WrittenAt: time.Now(), Author: "ann"}
		if err := a.db.Apply(t.Context(), uptime.Changes{Incidents: []uptime.IncidentChange{{Incident: person, Expect: 1, Updates: []uptime.Update{word}}}}); err != nil {
			t.Fatal(err)
		}
		a.over(slow)
		a.barks(2 * time.Minute)
		if r := a.reports(); len(r) != 1 || !r[0].Open() || r[0].Phase != uptime.Identified || len(r[0].Updates) != 3 {
			t.Errorf("%+v", r)
		}
	})
}

// Another configuration decides anew of what was told before.
func TestARuleThatComesAndGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		a := alertingOn(t, path)
		defer a.stop()
		a.tell(alert("Old", "team", "mail"))
		catalogue := uptime.Catalogue{Components: []uptime.Component{{ID: "checkout", Name: "checkout"}}, Watchdog: labelled("alertname", "Watchdog")}
		rule := uptime.AlertRule{Name: "mail", Match: labelled("team", "mail"), Components: []uptime.ComponentID{"checkout"}, Tier: 3}
		catalogue.AlertRules = []uptime.AlertRule{rule}
		for _, want := range []bool{true, false} {
			if err := a.Configure(t.Context(), catalogue, nil); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			if r := a.reports(); len(r) != 1 || r[0].Open() != want {
				t.Errorf("%+v, want it open: %t", r, want)
			}
			catalogue.AlertRules = nil
		}
	})
}
