package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/uptime"
)

// readyTime is how long the database may take to answer.
const readyTime = 2 * time.Second

// readiness remembers the last answer, so that a change is logged and a
// repetition is not: this address is asked every few seconds for ever.
type readiness struct{ failing atomic.Bool }

// index lists what there is to read.
func (s *site) index(c echo.Context) error {
	list := "/metrics\n/healthz\n/readyz\n"
	if s.probing() {
		list += "/probe\n"
	}
	send(c, http.StatusOK, textPlain, []byte(list))
	return nil
}

func (s *site) metrics(c echo.Context) error {
	if s.Metrics == nil {
		return uptime.ErrNotFound
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	s.Metrics.ServeHTTP(c.Response(), c.Request())
	return nil
}

// healthz tells whether the process can do its work: 200, or 503 with the loops
// that have stalled. It asks nothing but memory, because a process whose
// database is away must not be restarted for it.
func (s *site) healthz(c echo.Context) error {
	var stalled []string
	if s.Alive != nil {
		for _, loop := range s.Alive() {
			if loop.Age >= loop.Limit {
				stalled = append(stalled, fmt.Sprintf("stalled: %s gave no sign of life for %s, expected within %s\n",
					loop.Name, loop.Age.Round(time.Millisecond), loop.Limit))
			}
		}
	}
	if len(stalled) > 0 {
		slices.Sort(stalled)
		send(c, http.StatusServiceUnavailable, textPlain, []byte(strings.Join(stalled, "")))
		return nil
	}
	send(c, http.StatusOK, textPlain, []byte("ok\n"))
	return nil
}

// readyz tells whether the process can be sent traffic: the database answers.
func (s *site) readyz(c echo.Context) error {
	status, text := http.StatusOK, "ready\n"
	if !s.isReady(c.Request().Context()) {
		status, text = http.StatusServiceUnavailable, "not ready: the log has the reason\n"
	}
	send(c, status, textPlain, []byte(text))
	return nil
}

func (s *site) isReady(ctx context.Context) bool {
	if s.Ready == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	err := s.Ready(ctx)
	if failing := err != nil; s.ready.failing.Swap(failing) != failing {
		if failing {
			s.Log.Warn("not ready", "error", err)
		} else {
			s.Log.Info("ready again")
		}
	}
	return err == nil
}
