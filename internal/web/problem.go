package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/uptime"
)

// methodError refuses a method and names those that there are.
type methodError string

func (e methodError) Error() string { return "the methods of this address are " + string(e) }

// busyError refuses one call too many.
type busyError struct{ wait time.Duration }

func (e busyError) Error() string { return "called too often" }

// storeError says that what was sent could not be stored.
type storeError struct{ cause error }

func (e storeError) Error() string { return "the signal was not stored: " + e.cause.Error() }
func (e storeError) Unwrap() error { return e.cause }

// errOddPath is an address that is written in a way in which none of ours is.
var errOddPath = fmt.Errorf("odd path: %w", uptime.ErrNotFound)

// problem is what a client is told of an error: RFC 9457's members, and what
// goes into the headers. It holds nothing of the error itself.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// RequestID is in the log beside the cause. Only for our own faults.
	RequestID string `json:"request_id,omitempty"`

	allow string
	wait  time.Duration // before trying again; 0: not said
}

// retryAfter is how long a client waits after a fault of ours that will pass.
const retryAfter = 5 * time.Second

// describe is the one table from errors to HTTP. Order matters: the first that
// fits. An error that nobody expected is "internal", whatever it says.
func describe(err error) problem {
	var (
		method methodError
		busy   busyError
		store  storeError
		routed *echo.HTTPError
	)
	switch {
	case errors.As(err, &store):
		return newProblem(http.StatusServiceUnavailable, "The signal was not stored. Send it again.", retryAfter)
	case errors.Is(err, uptime.ErrNotFound):
		return newProblem(http.StatusNotFound, "There is nothing at this address.", 0)
	case errors.As(err, &method):
		p := newProblem(http.StatusMethodNotAllowed, "This address answers "+string(method)+".", 0)
		p.allow = string(method)
		return p
	case errors.As(err, &busy):
		return newProblem(http.StatusTooManyRequests, "Call less often.", busy.wait)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return newProblem(http.StatusServiceUnavailable, "This takes too long at the moment. Try again.", retryAfter)
	case errors.As(err, &routed) && routed.Code == http.StatusNotFound:
		return newProblem(http.StatusNotFound, "There is nothing at this address.", 0)
	}
	return newProblem(http.StatusInternalServerError, "Something went wrong on our side; it has been logged.", 0)
}

func newProblem(status int, detail string, wait time.Duration) problem {
	return problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, wait: wait}
}

// fail answers with an error: JSON below /api/, the page's own 404, and plain
// text for the rest. A fault of ours is logged once, with the route and never
// with the path, which may hold a token.
func (s *site) fail(c echo.Context, err error) {
	p := describe(err)
	if p.Status >= http.StatusInternalServerError {
		p.RequestID = rand.Text()
		s.Log.Error("a request failed", "request_id", p.RequestID, "method", c.Request().Method,
			"route", c.Path(), "status", p.Status, "client", c.RealIP(), "error", err)
	}
	if c.Response().Committed {
		return
	}
	h := c.Response().Header()
	if p.RequestID != "" {
		h.Set("X-Request-Id", p.RequestID)
	}
	if p.allow != "" {
		h.Set("Allow", p.allow)
	}
	if p.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.wait+time.Second-1)/time.Second)))
	}
	switch {
	case strings.HasPrefix(c.Request().URL.Path, "/api/"):
		h.Set("Access-Control-Allow-Origin", "*")
		body, _ := json.Marshal(p) // strings and a number cannot fail
		send(c, p.Status, "application/problem+json", append(body, '\n'))
	case p.Status == http.StatusNotFound && s.Documents != nil:
		s.serve(c, s.Documents.NotFound(), http.StatusNotFound)
	default:
		text := p.Title + ". " + p.Detail
		if p.RequestID != "" {
			text += " Request " + p.RequestID + "."
		}
		send(c, p.Status, textPlain, []byte(text+"\n"))
	}
}

const textPlain = "text/plain; charset=utf-8"

// send answers with something that no cache may keep.
func send(c echo.Context, status int, contentType string, body []byte) {
	w := c.Response()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if c.Request().Method != http.MethodHead {
		_, _ = w.Write(body) // the client is gone: nobody to tell
	}
}
