package monitoring

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// A process that starts with a clock behind the record goes on from the record.
// Otherwise its looks would lie before those that were believed, count for
// nothing, and what was up stayed up for as long as the clock is behind.
func TestARestartWithTheClockSetBackSeesWhatIsDown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		m := monitorOf("api", 30*time.Second, 10*time.Second)
		first := time.Now().UTC().Add(3 * time.Hour)
		looks := make([]uptime.Observation, 30) // more than a restart reads
		for i := range looks {
			at := first.Add(time.Duration(i) * m.Interval)
			looks[i] = uptime.Observation{Monitor: m.ID, Vantage: uptime.Local, Slot: at, At: at, Outcome: uptime.Pass, Code: uptime.OK}
		}
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Record(t.Context(), looks); err != nil {
			t.Fatal(err)
		}
		up := uptime.Segment{Monitor: m.ID, Vantage: uptime.Local, From: first, State: uptime.Up, Code: uptime.OK}
		if err := db.Apply(t.Context(), uptime.Changes{Segments: []uptime.Segment{up}}); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}

		r := begin(t, path, Watch{Monitor: m, Prober: &target{answer: always(broken())}})
		time.Sleep(2 * time.Minute)
		if state := r.Healths()[0].At(r.Now()); state != uptime.Down {
			t.Errorf("after two minutes of failures it is %s", state)
		}
		if now, newest := r.Now(), looks[len(looks)-1].At; !now.After(newest) {
			t.Errorf("it is %v, and the record ends at %v", now, newest)
		}
		if open, err := r.db.OpenSegments(t.Context()); err != nil || len(open) != 1 || open[0].State != uptime.Down {
			t.Errorf("open segments %+v, error %v; want the outage alone", open, err)
		}
		r.stop()
	})
}

// A configuration that changes between the restart and the first look puts
// nothing on the schedule twice.
func TestAConfigurationThatChangesAtTheStartIsLookedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		e, err := New(Options{Store: db, Observer: newTally(), Log: quiet(), Changed: func() {}, Owed: func() {}})
		if err != nil {
			t.Fatal(err)
		}
		was, fresh := &target{answer: always(pass())}, &target{answer: always(pass())}
		stays := Watch{Monitor: monitorOf("stays", time.Minute, 10*time.Second), Prober: was}
		comes := Watch{Monitor: monitorOf("comes", 30*time.Second, 10*time.Second), Prober: fresh}
		if err := e.Restore(t.Context(), catalogueOf(stays), []Watch{stays}); err != nil {
			t.Fatal(err)
		}
		stays.Monitor.Interval = 30 * time.Second
		if err := e.Configure(t.Context(), catalogueOf(stays, comes), []Watch{stays, comes}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		time.Sleep(10 * time.Minute)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		for _, looked := range []*target{was, fresh} {
			if n := looked.count(); n < 20 || n > 21 { // one of them may be out of turn
				t.Errorf("%d looks in ten minutes, want twenty", n)
			}
		}
	})
}
