package monitoring

import (
	"context"
	"path/filepath"
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

// deafStore does not keep signals for a while.
type deafStore struct {
	*store.DB
	deaf *atomic.Bool
}

func (s deafStore) SaveSignal(ctx context.Context, signal uptime.Signal) error {
	if s.deaf.Load() {
		return errAway
	}
	return s.DB.SaveSignal(ctx, signal)
}

// A job that calls on time is not down because we could not hear it: neither
// when we were stopped, nor when its signals could not be kept. When it really
// falls silent, that is told.
func TestAJobIsNotDownBecauseWeWereDeaf(t *testing.T) {
	const token, every, grace = "abcdefghijklmnop-1234", time.Minute, 10 * time.Second
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		heard := &laterSignals{}
		settings := &probes.Heartbeat{Every: config.Duration(every), Grace: config.Duration(grace), Token: token}
		prober, err := settings.Build(probes.Env{Monitor: "job", Signals: heard, Egress: egress.New(egress.Policy{}, nil)})
		if err != nil {
			t.Fatal(err)
		}
		m := monitorOf("job", 10*time.Second, 10*time.Second)
		m.Type, m.Confirm.Failures, m.Confirm.Successes = "heartbeat", 1, 1
		w := Watch{Monitor: m, Prober: prober, Token: token}
		deaf := &atomic.Bool{}
		start := func() running {
			db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
			if err != nil {
				t.Fatal(err)
			}
			r := beginOptions(t, path, Options{Store: deafStore{db, deaf}}, w)
			heard.engine.Store(r.Engine)
			stop := r.stop
			r.stop = func() {
				stop()
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}
			return r
		}
		call := func(r running, length time.Duration) {
			for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(every) {
				_ = r.Signal(t.Context(), token, uptime.Signal{Kind: uptime.Succeeded}) // a refusal is what is tested
			}
		}
		state := func(r running) uptime.State { return r.Healths()[0].At(r.Now()) }

		r := start()
		call(r, 5*time.Minute)
		deaf.Store(true)
		call(r, 3*time.Minute)
		deaf.Store(false)
		call(r, 5*time.Minute)
		if got := state(r); got != uptime.Up {
			t.Errorf("after signals could not be kept, the job is %s", got)
		}
		r.stop()
		time.Sleep(10 * time.Minute)
		r = start()
		time.Sleep(every - time.Second) // it calls when its period is over
		if got := state(r); got == uptime.Down {
			t.Error("a job that we could not hear is down after a restart")
		}
		call(r, 5*time.Minute)
		incidents, err := incidentsOf(t, r.db)
		if err != nil || len(incidents) != 0 {
			t.Errorf("incidents %+v, error %v", incidents, err)
		}
		time.Sleep(2*every + 2*grace)
		if got := state(r); got != uptime.Down {
			t.Errorf("a job that fell silent is %s", got)
		}
		r.stop()
	})
}

// laterSignals are an engine's, once there is one.
type laterSignals struct{ engine atomic.Pointer[Engine] }

func (s *laterSignals) Heard(id uptime.MonitorID) probes.Heard {
	if e := s.engine.Load(); e != nil {
		return e.Heard(id)
	}
	return probes.Heard{}
}
