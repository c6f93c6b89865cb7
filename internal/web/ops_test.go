package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestOps(t *testing.T) {
	u := newUnder()
	for path, want := range map[string]string{
		"/": "/metrics\n/healthz\n/readyz\n", "/metrics": "up 1\n", "/healthz": "ok\n", "/readyz": "ready\n",
	} {
		if r := do(u.ops, "GET", path); r.StatusCode != http.StatusOK || body(t, r) != want || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, %v", path, r.StatusCode, r.Header)
		}
	}
}

func TestHealthNamesStalledLoops(t *testing.T) {
	loops := []LoopAge{{"tick", time.Second, time.Minute}, {"recorder", 2 * time.Second, 3 * time.Second}}
	u := newUnder(func(o *Options) {
		o.Alive = func() []LoopAge { return loops }
		o.Ready = func(context.Context) error { t.Error("healthz asked the database"); return nil }
	})
	if r := do(u.ops, "GET", "/healthz"); r.StatusCode != http.StatusOK {
		t.Errorf("all alive: %d", r.StatusCode)
	}
	loops[1].Age = 3 * time.Second
	r := do(u.ops, "GET", "/healthz")
	if text := body(t, r); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "recorder") || strings.Contains(text, "tick") {
		t.Errorf("one stalled: %d %s", r.StatusCode, text)
	}
}

func TestReadyFollowsTheDatabaseAndLogsChangesOnly(t *testing.T) {
	var err error
	u := newUnder(func(o *Options) { o.Ready = func(context.Context) error { return err } })
	for i, step := range []struct {
		err    error
		status int
		lines  int
	}{
		{nil, 200, 0}, {errors.New("password=hunter2"), 503, 1}, {errors.New("password=hunter2"), 503, 1}, {nil, 200, 2}, {nil, 200, 2},
	} {
		err = step.err
		r := do(u.ops, "GET", "/readyz")
		if text := body(t, r); r.StatusCode != step.status || strings.Contains(text, "hunter2") {
			t.Errorf("step %d: %d %s", i, r.StatusCode, text)
		}
		if got := strings.Count(u.log.String(), "\n"); got != step.lines {
			t.Errorf("step %d: %d lines logged, want %d", i, got, step.lines)
		}
	}
}

func TestReadyWaitsTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUnder(func(o *Options) {
			o.Ready = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		})
		began := time.Now()
		if r := do(u.ops, "GET", "/readyz"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("status %d", r.StatusCode)
		}
		if took := time.Since(began); took != readyTime {
			t.Errorf("took %s", took)
		}
	})
}
