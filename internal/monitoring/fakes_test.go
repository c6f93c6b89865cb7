package monitoring

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// target is a prober whose answers follow a script of spans.
type target struct {
	mu     sync.Mutex
	looks  []time.Time
	answer func(at time.Time) probes.Result
}

func (t *target) Look(ctx context.Context) probes.Result {
	now := time.Now()
	t.mu.Lock()
	t.looks = append(t.looks, now)
	answer := t.answer
	t.mu.Unlock()
	return answer(now)
}

func (t *target) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.looks)
}

func pass() probes.Result { return probes.Result{Outcome: uptime.Pass, Code: uptime.OK} }

func broken() probes.Result {
	return probes.Result{Outcome: uptime.Fail, Code: uptime.HTTPStatus, Facts: uptime.Facts{HTTPStatus: 503}}
}

func silence() probes.Result {
	return probes.Result{Outcome: uptime.Fail, Code: uptime.TimedOut}
}

// during answers bad within the spans and good outside of them.
func during(bad probes.Result, spans ...[2]time.Time) func(time.Time) probes.Result {
	return func(at time.Time) probes.Result {
		for _, s := range spans {
			if !at.Before(s[0]) && at.Before(s[1]) {
				return bad
			}
		}
		return pass()
	}
}

// tally counts what an Observer is told.
type tally struct {
	mu          sync.Mutex
	outcomes    map[uptime.Outcome]int
	transitions map[uptime.State]int
	blips       int
}

func newTally() *tally {
	return &tally{outcomes: map[uptime.Outcome]int{}, transitions: map[uptime.State]int{}}
}

func (c *tally) Observe(o uptime.Observation) { c.mu.Lock(); c.outcomes[o.Outcome]++; c.mu.Unlock() }
func (c *tally) Transition(to uptime.State)   { c.mu.Lock(); c.transitions[to]++; c.mu.Unlock() }
func (c *tally) Blip()                        { c.mu.Lock(); c.blips++; c.mu.Unlock() }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func monitorOf(id string, interval, retry time.Duration) uptime.Monitor {
	return uptime.Monitor{
		ID: uptime.MonitorID(id), Component: uptime.ComponentID(id), Type: "http",
		Interval: interval, Timeout: interval / 2, Grace: interval / 2,
		Confirm: uptime.Confirmation{Failures: 3, Successes: 2, Retry: retry},
	}
}

// catalogueOf makes one critical component a monitor.
func catalogueOf(watches ...Watch) (c uptime.Catalogue) {
	for _, w := range watches {
		c.Monitors = append(c.Monitors, w.Monitor)
		c.Components = append(c.Components, uptime.Component{
			ID: w.Monitor.Component, Name: string(w.Monitor.Component), Importance: uptime.Critical,
			Monitors: []uptime.MonitorID{w.Monitor.ID},
		})
	}
	return c
}
