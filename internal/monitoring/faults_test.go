package monitoring

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// failing is a database that does not answer for a while. In half of the cases
// it has done what it says it could not.
type failing struct {
	*store.DB
	down  atomic.Bool
	calls atomic.Int64
}

var errAway = errors.New("the database is away")

func (f *failing) Apply(ctx context.Context, c uptime.Changes) error {
	if !f.down.Load() {
		return f.DB.Apply(ctx, c)
	}
	if f.calls.Add(1)%2 == 0 {
		_ = f.DB.Apply(ctx, c)
	}
	return errAway
}

func (f *failing) Record(ctx context.Context, o []uptime.Observation) error {
	if !f.down.Load() {
		return f.DB.Record(ctx, o)
	}
	if f.calls.Add(1)%2 == 0 {
		_ = f.DB.Record(ctx, o)
	}
	return errAway
}

// An outage that begins and ends while the database is away is written when it
// is back, once; and a database that is away is nobody's outage.
func TestADatabaseThatIsAwayLosesAndInventsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		away := &failing{DB: db}
		bad := &target{answer: during(broken(), [2]time.Time{at(10), at(20)})}
		good := &target{answer: during(broken())}
		watches := []Watch{
			{Monitor: monitorOf("bad", 30*time.Second, 10*time.Second), Prober: bad},
			{Monitor: monitorOf("good", 30*time.Second, 10*time.Second), Prober: good},
		}
		r := beginOptions(t, path, Options{Store: away}, watches...)
		time.Sleep(5 * time.Minute)
		away.down.Store(true)
		time.Sleep(25 * time.Minute)
		for _, h := range r.Healths() {
			if state := h.At(r.Now()); state != uptime.Up {
				t.Errorf("%s is %s", h.Monitor, state)
			}
		}
		away.down.Store(false)
		time.Sleep(time.Minute)
		r.stop()

		incidents, err := incidentsOf(t, db)
		if err != nil {
			t.Fatal(err)
		}
		if len(incidents) != 1 || incidents[0].Open() || len(incidents[0].Updates) != 3 {
			t.Errorf("incidents %+v, want one of three updates", incidents)
		}
		if notices := noticesOf(t, db); len(notices) != 3 {
			t.Errorf("notices %+v, want 3", notices)
		}
		for _, w := range watches {
			days, err := db.DailyRollups(t.Context(), w.Monitor.ID, start.Add(-48*time.Hour), start.Add(48*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			looks := 0
			for _, d := range days {
				looks += d.Passed + d.Failed
			}
			if want := w.Prober.(*target).count(); looks != want {
				t.Errorf("%s: %d looks are counted of %d", w.Monitor.ID, looks, want)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A component is as bad as the worst of its monitors, and its incident ends
// when the last of them is back.
func TestAComponentOfTwoMonitorsHasOneIncident(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
		a, b := monitorOf("a", 30*time.Second, 10*time.Second), monitorOf("b", 30*time.Second, 10*time.Second)
		a.Component, b.Component = "shop", "shop"
		watches := []Watch{
			{Monitor: a, Prober: &target{answer: during(broken(), [2]time.Time{at(10), at(30)})}},
			{Monitor: b, Prober: &target{answer: during(broken(), [2]time.Time{at(20), at(40)})}},
		}
		catalogue := uptime.Catalogue{
			Monitors: []uptime.Monitor{a, b},
			Components: []uptime.Component{{
				ID: "shop", Name: "Shop", Importance: uptime.Critical, Monitors: []uptime.MonitorID{"a", "b"},
			}},
		}
		r := beginCatalogue(t, path, Options{}, catalogue, watches...)
		time.Sleep(time.Hour)
		incidents, err := incidentsOf(t, r.db)
		if err != nil {
			t.Fatal(err)
		}
		if len(incidents) != 1 {
			t.Fatalf("%d incidents", len(incidents))
		}
		from, to := incidents[0].StartedAt, incidents[0].ResolvedAt
		if from.Before(at(10)) || from.After(at(11)) || to.Before(at(40)) || to.After(at(41)) {
			t.Errorf("the incident lasts from %v to %v, want minute 10 to minute 40", from.Sub(start), to.Sub(start))
		}
		r.stop()
	})
}

// Slow answers are degraded once they are confirmed, and open no incident.
func TestSlowIsDegraded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		slow := probes.Result{Outcome: uptime.Slow, Code: uptime.TooSlow}
		m := monitorOf("api", 30*time.Second, 10*time.Second)
		r := begin(t, path, Watch{Monitor: m, Prober: &target{answer: during(slow, [2]time.Time{start.Add(10 * time.Minute), start.Add(20 * time.Minute)})}})
		time.Sleep(15 * time.Minute)
		if h := r.Healths()[0]; h.State != uptime.Degraded {
			t.Errorf("after five slow minutes it is %s", h.State)
		}
		time.Sleep(15 * time.Minute)
		if h := r.Healths()[0]; h.State != uptime.Up {
			t.Errorf("afterwards it is %s", h.State)
		}
		if open := r.OpenIncidents(); len(open) != 0 {
			t.Errorf("open incidents: %v", open)
		}
		r.stop()
	})
}

// A monitor that leaves the configuration leaves its history behind, closed;
// one whose settings change goes on; the incident of one that is not watched
// any more ends without a claim of recovery.
func TestAChangedConfigurationKeepsTheHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		leaves := Watch{Monitor: monitorOf("leaves", 30*time.Second, 10*time.Second), Prober: &target{answer: func(time.Time) probes.Result { return broken() }}}
		stays := Watch{Monitor: monitorOf("stays", 30*time.Second, 10*time.Second), Prober: &target{answer: during(broken())}}
		r := begin(t, path, leaves, stays)
		time.Sleep(10 * time.Minute)
		if open := r.OpenIncidents(); open[1] != 1 {
			t.Errorf("open incidents before: %v", open)
		}
		stays.Monitor.Interval = time.Minute
		comes := Watch{Monitor: monitorOf("comes", 30*time.Second, 10*time.Second), Prober: &target{answer: during(broken())}}
		if err := r.Configure(t.Context(), catalogueOf(stays, comes), []Watch{stays, comes}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if open := r.OpenIncidents(); open[1] != 0 {
			t.Errorf("open incidents after: %v", open)
		}
		r.stop()
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		segments, err := db.SegmentsBetween(t.Context(), start, start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		type kept struct {
			Monitor uptime.MonitorID
			State   uptime.State
			Open    bool
		}
		var got []kept
		for _, s := range segments {
			got = append(got, kept{s.Monitor, s.State, s.To.IsZero()})
		}
		want := []kept{{"comes", uptime.Up, true}, {"leaves", uptime.Down, false}, {"stays", uptime.Up, true}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// forgetful does what it is told and says once that it could not: the first
// time that the changes hold an outage and its end.
type forgetful struct {
	*store.DB
	away, forgot atomic.Bool
}

func (f *forgetful) Apply(ctx context.Context, c uptime.Changes) error {
	if f.away.Load() {
		return errAway
	}
	err := f.DB.Apply(ctx, c)
	if len(c.Incidents) > 1 && !f.forgot.Swap(true) {
		return errAway
	}
	return err
}

// A whole outage that is written when the database is back, with an answer that
// is lost, is neither decided twice nor does it hold up what follows, however
// long ago it was.
func TestALostAnswerOfAnOldOutageHoldsNothingUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		outage := func(from, to int) [2]time.Time {
			return [2]time.Time{start.Add(time.Duration(from) * time.Minute), start.Add(time.Duration(to) * time.Minute)}
		}
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		ledger := &forgetful{DB: db}
		first := Watch{Monitor: monitorOf("first", 30*time.Second, 10*time.Second), Prober: &target{answer: during(broken(), outage(6, 300))}}
		then := Watch{Monitor: monitorOf("then", 30*time.Second, 10*time.Second), Prober: &target{answer: during(broken(), outage(10, 15), outage(100, 300))}}
		r := beginOptions(t, path, Options{Store: ledger}, first, then)
		time.Sleep(5 * time.Minute)
		ledger.away.Store(true)
		time.Sleep(75 * time.Minute)
		ledger.away.Store(false)
		time.Sleep(30 * time.Minute)
		if !ledger.forgot.Load() {
			t.Error("no answer was lost")
		}
		incidents, err := incidentsOf(t, db)
		if err != nil {
			t.Fatal(err)
		}
		var updates []int // newest incident first
		for _, i := range incidents {
			updates = append(updates, len(i.Updates))
			if took := i.DetectedAt.Sub(i.StartedAt); took != 20*time.Second {
				t.Errorf("%s was detected after %v, want the two re-checks, however late it was written", i.ID, took)
			}
		}
		if diff := cmp.Diff([]int{1, 3, 1}, updates); diff != "" {
			t.Errorf("updates of the incidents (-want +got):\n%s", diff)
		}
		r.stop()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A component that comes to be critical while it is down makes its incident
// graver, and public. One that is watched again while it is down has an incident
// again.
func TestAComponentThatBecomesCriticalWhileItIsDownIsPublished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		w := Watch{Monitor: monitorOf("api", 30*time.Second, 10*time.Second), Prober: &target{answer: func(time.Time) probes.Result { return broken() }}}
		minor, critical := catalogueOf(w), catalogueOf(w)
		minor.Components[0].Importance = uptime.Important
		r := beginCatalogue(t, path, Options{}, minor, w)
		time.Sleep(10 * time.Minute)
		expect := func(open map[uptime.Tier]int) {
			t.Helper()
			if diff := cmp.Diff(open, r.OpenIncidents()); diff != "" {
				t.Fatalf("open incidents (-want +got):\n%s", diff)
			}
		}
		expect(map[uptime.Tier]int{2: 1})
		down := r.Healths()[0].Since
		configure := func(c uptime.Catalogue, watches ...Watch) {
			t.Helper()
			if err := r.Configure(t.Context(), c, watches); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Minute)
		}
		configure(critical, w)
		expect(map[uptime.Tier]int{1: 1})
		incidents, err := incidentsOf(t, r.db)
		if err != nil || len(incidents) != 1 || !incidents[0].StartedAt.Equal(down) || incidents[0].Draft() {
			t.Errorf("incidents %+v, error %v; want one from %v, published", incidents, err, down)
		}
		configure(catalogueOf())
		expect(map[uptime.Tier]int{})
		configure(critical, w)
		expect(map[uptime.Tier]int{1: 1})
		r.stop()
	})
}
