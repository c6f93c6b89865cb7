package monitoring

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jonboulle/clockwork"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// running is an engine at work on a real database, inside a bubble.
type running struct {
	*Engine
	db   *store.DB
	seen *tally
	stop func()
}

func begin(t *testing.T, path string, watches ...Watch) running {
	t.Helper()
	return beginOptions(t, path, Options{}, watches...)
}

func beginWith(t *testing.T, path string, clock clockwork.Clock, watches ...Watch) running {
	t.Helper()
	return beginOptions(t, path, Options{Clock: clock}, watches...)
}

func beginOptions(t *testing.T, path string, o Options, watches ...Watch) running {
	t.Helper()
	return beginCatalogue(t, path, o, catalogueOf(watches...), watches...)
}

func beginCatalogue(t *testing.T, path string, o Options, catalogue uptime.Catalogue, watches ...Watch) running {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
	if err != nil {
		t.Fatal(err)
	}
	seen := newTally()
	o.Observer, o.Log, o.Changed, o.Owed = seen, quiet(), func() {}, func() {}
	if o.Store == nil {
		o.Store = db
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Restore(t.Context(), catalogue, watches); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	return running{e, db, seen, func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the engine ended with %v", err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}}
}

// incidentsOf are all incidents, the newest start first.
func incidentsOf(t *testing.T, db *store.DB) ([]uptime.Incident, error) {
	t.Helper()
	return db.Incidents(t.Context(), uptime.IncidentFilter{}, uptime.Cursor{Limit: 500})
}

// noticesOf are all notices that were planned, the oldest first.
func noticesOf(t *testing.T, db *store.DB) (notices []uptime.Notice) {
	t.Helper()
	records, err := db.Notices(t.Context(), uptime.NoticeFilter{}, uptime.Cursor{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Backward(records) {
		notices = append(notices, r.Notice)
	}
	return notices
}

// history is what was recorded, in seconds after the start.
func (r running) history(t *testing.T, start time.Time) (h []span) {
	t.Helper()
	segments, err := r.db.SegmentsBetween(t.Context(), start.Add(-time.Hour), start.Add(1000*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range segments {
		end := -1
		if !s.To.IsZero() {
			end = int(s.To.Sub(start) / time.Second)
		}
		h = append(h, span{int(s.From.Sub(start) / time.Second), end, s.State.String()})
	}
	return h
}

type span struct {
	From, To int
	State    string
}

// stalling is a clock whose timers do not fire while the process is stopped:
// what was due fires at once when it goes on.
type stalling struct {
	clockwork.Clock
	from, to time.Time
}

func (s stalling) AfterFunc(d time.Duration, f func()) clockwork.Timer {
	return s.Clock.AfterFunc(d, func() {
		if now := time.Now(); !now.Before(s.from) && now.Before(s.to) {
			time.Sleep(s.to.Sub(now))
		}
		f()
	})
}

// A process that was stopped for an hour leaves an unknown hour, looks at each
// monitor once in the interval after it, and alerts nobody.
func TestAStallLeavesAGapAndNoBurst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		const interval, monitors = 30 * time.Second, 20
		prober := &target{answer: during(broken())}
		var watches []Watch
		for i := range monitors {
			watches = append(watches, Watch{Monitor: monitorOf(fmt.Sprintf("m%d", i), interval, 10*time.Second), Prober: prober})
		}
		start := time.Now().Truncate(time.Minute).Add(10 * time.Minute)
		stop, goOn := start.Add(7*time.Second), start.Add(time.Hour+13*time.Second)
		r := beginWith(t, path, stalling{newSteadyClock(), stop, goOn}, watches...)
		time.Sleep(time.Until(goOn) - time.Second)
		during := prober.count()
		time.Sleep(time.Second + interval)
		synctest.Wait()
		if after := prober.count() - during; after != monitors {
			t.Errorf("%d looks in the interval after the stall, want one for each of %d monitors", after, monitors)
		}
		time.Sleep(time.Minute)
		segments, err := r.db.SegmentsBetween(t.Context(), start.Add(-time.Hour), goOn.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		unknown := map[uptime.MonitorID]time.Duration{}
		for _, s := range segments {
			switch s.State {
			case uptime.Unknown:
				unknown[s.Monitor] += s.To.Sub(s.From)
			case uptime.Up:
			default:
				t.Errorf("%s was believed to be %s", s.Monitor, s.State)
			}
		}
		for _, w := range watches {
			if gap := unknown[w.Monitor.ID]; gap < time.Hour-2*interval || gap > time.Hour+2*interval {
				t.Errorf("%s was unknown for %v of a stall of an hour", w.Monitor.ID, gap)
			}
		}
		r.stop()
	})
}

// Half of the world going silent at once is our own fault until one target
// answers: unknown, no incident, one line for the operators.
func TestABlindVantageOpensNoIncident(t *testing.T) {
	for name, test := range map[string]struct {
		canaries []Canary
		monitors int
	}{
		"without canaries, by comparison": {nil, 8},
		"with canaries":                   {[]Canary{fixedCanary(false), fixedCanary(false), fixedCanary(false)}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "upheld.db")
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
				prober := &target{answer: during(silence(), [2]time.Time{at(5), at(15)})}
				var watches []Watch
				for i := range test.monitors {
					watches = append(watches, Watch{Monitor: monitorOf(fmt.Sprintf("m%d", i), 30*time.Second, 10*time.Second), Prober: prober})
				}
				r := beginOptions(t, path, Options{Canaries: test.canaries}, watches...)
				time.Sleep(10 * time.Minute)
				for _, h := range r.Healths() {
					if state := h.At(r.Now()); state != uptime.Unknown {
						t.Errorf("while blind, %s is %s", h.Monitor, state)
					}
				}
				time.Sleep(10 * time.Minute)
				for _, h := range r.Healths() {
					if state := h.At(r.Now()); state != uptime.Up {
						t.Errorf("afterwards, %s is %s", h.Monitor, state)
					}
				}
				incidents, err := incidentsOf(t, r.db)
				if err != nil || len(incidents) != 0 {
					t.Errorf("incidents %+v, error %v", incidents, err)
				}
				var reasons []uptime.NoticeReason
				for _, n := range noticesOf(t, r.db) {
					reasons = append(reasons, n.Reason)
					if n.Audience != nil {
						t.Errorf("our own sight is told to the public: %+v", n.Audience)
					}
				}
				if diff := cmp.Diff([]uptime.NoticeReason{uptime.WentBlind, uptime.SeesAgain}, reasons); diff != "" {
					t.Errorf("notices (-want +got):\n%s", diff)
				}
				segments, err := r.db.SegmentsBetween(t.Context(), start, at(30))
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range segments {
					if s.State == uptime.Down {
						t.Errorf("recorded as down: %+v", s)
					}
				}
				r.stop()
			})
		})
	}
}

// A process that dies in the middle of an outage finds it again: the same
// incident, and one notice of it.
func TestARestartOpensNothingTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
		m := monitorOf("api", 30*time.Second, 10*time.Second)
		w := Watch{Monitor: m, Prober: &target{answer: during(broken(), [2]time.Time{at(10), at(30)})}}
		for i := range 8 {
			r := begin(t, path, w)
			time.Sleep(time.Until(at(5*i + 4).Add(17 * time.Second)))
			r.stop()
			time.Sleep(20 * time.Second)
		}
		r := begin(t, path, w)
		incidents, err := incidentsOf(t, r.db)
		if err != nil {
			t.Fatal(err)
		}
		if len(incidents) != 1 || incidents[0].Open() || len(incidents[0].Updates) != 3 {
			t.Errorf("incidents %+v, want one: opened, passing again, resolved", incidents)
		}
		segments, err := r.db.SegmentsBetween(t.Context(), start, at(60))
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(segments); i++ {
			if !segments[i].From.Equal(segments[i-1].To) {
				t.Errorf("between %+v and %+v there is a hole or an overlap", segments[i-1], segments[i])
			}
		}
		r.stop()
	})
}
