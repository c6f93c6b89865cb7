package monitoring

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// nosy is a canary that looks whether others could look at the watch meanwhile.
type nosy struct {
	watch *atomic.Pointer[watch]
	asked *atomic.Bool
	t     *testing.T
}

func (c nosy) Look(context.Context) bool {
	c.asked.Store(true)
	if !c.watch.Load().mu.TryLock() {
		c.t.Error("the page has to wait for the canaries")
		return true
	}
	c.watch.Load().mu.Unlock()
	return true
}

func TestNobodyWaitsForTheCanaries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		var watched atomic.Pointer[watch]
		var asked atomic.Bool
		silent := Watch{Monitor: monitorOf("silent", 30*time.Second, 10*time.Second), Prober: &target{answer: always(silence())}}
		r := beginOptions(t, path, Options{Canaries: []Canary{nosy{&watched, &asked, t}}}, silent)
		watched.Store(r.watches["silent"])
		time.Sleep(5 * time.Minute)
		if !asked.Load() {
			t.Error("no canary was asked")
		}
		r.stop()
	})
}

// A look that is under way when its monitor is taken away changes nothing any
// more: a segment that it opened would never be closed.
func TestALookThatEndsAfterItsMonitorLeavesNoTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		leaves := Watch{Monitor: monitorOf("leaves", 30*time.Second, 10*time.Second), Prober: &target{answer: always(pass())}}
		leaves.Monitor.Confirm.Failures = 1
		r := begin(t, path, leaves)
		time.Sleep(10 * time.Minute)
		watched := r.watches["leaves"]
		if err := r.Configure(t.Context(), uptime.Catalogue{}, nil); err != nil {
			t.Fatal(err)
		}
		now := r.Now()
		watched.observed(t.Context(), uptime.Observation{
			Monitor: "leaves", Vantage: uptime.Local, Slot: now, At: now, Outcome: uptime.Fail, Code: uptime.Refused,
		})
		time.Sleep(10 * time.Second)
		if open, err := r.db.OpenSegments(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("left open: %+v, error %v", open, err)
		}
		r.stop()
	})
}

// A signal that comes during a look is looked at when that is over, and not an
// interval later.
func TestASignalDuringALookIsLookedAt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		job := &target{answer: func(time.Time) probes.Result { time.Sleep(time.Second); return pass() }}
		r := begin(t, path, Watch{Monitor: monitorOf("job", time.Hour, time.Minute), Prober: job, Token: "a-token-of-its-own"})
		for range 2 {
			if err := r.Signal(t.Context(), "a-token-of-its-own", uptime.Signal{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		if n := job.count(); n != 2 {
			t.Errorf("%d looks for two signals", n)
		}
		r.stop()
	})
}
