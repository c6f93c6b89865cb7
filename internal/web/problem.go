package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
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

func (e storeError) Error() string { return "it was not stored: " + e.cause.Error() }
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

	allow     string
	wait      time.Duration // before trying again; 0: not said
	challenge string        // how to sign in (RFC 9110 §11.6.1)
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
		told   refusal
		large  *http.MaxBytesError
	)
	if p, known := describeAccess(err); known {
		return p
	}
	switch {
	case errors.As(err, &store):
		return newProblem(http.StatusServiceUnavailable, "It was not stored. Send it again.", retryAfter)
	case errors.Is(err, uptime.ErrNotFound):
		return newProblem(http.StatusNotFound, "There is nothing at this address.", 0)
	case errors.As(err, &method):
		p := newProblem(http.StatusMethodNotAllowed, "This address answers "+string(method)+".", 0)
		p.allow = string(method)
		return p
	case errors.As(err, &told):
		return newProblem(told.status, told.detail, 0)
	case errors.As(err, &large):
		return newProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("At most %d bytes are taken in here.", large.Limit), 0)
	case errors.Is(err, uptime.ErrConflict):
		return newProblem(http.StatusConflict, "It has changed in the meantime. Look at it again.", 0)
	case errors.Is(err, uptime.ErrKeyReused):
		return newProblem(http.StatusUnprocessableEntity, "The key was used for another request.", 0)
	case errors.As(err, &busy):
		return newProblem(http.StatusTooManyRequests, "Call less often.", busy.wait)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return newProblem(http.StatusServiceUnavailable, "This takes too long at the moment. Try again.", retryAfter)
	case errors.As(err, &routed) && routed.Code == http.StatusNotFound:
		return newProblem(http.StatusNotFound, "There is nothing at this address.", 0)
	}
	return newProblem(http.StatusInternalServerError, "Something went wrong on our side; it has been logged.", 0)
}

// describeAccess is the part of the table about who may.
func describeAccess(err error) (p problem, known bool) {
	var (
		unknown signInError
		role    roleError
	)
	switch {
	case errors.As(err, &unknown):
		p = newProblem(http.StatusUnauthorized, "Send a token: Authorization: Bearer uph_…", 0)
		p.challenge = `Bearer realm="upheld"`
		if unknown.given {
			p.Detail = "The token is wrong, or it has ended."
			p.challenge += `, error="invalid_token"`
		}
	case errors.As(err, &role):
		p = newProblem(http.StatusForbidden, fmt.Sprintf("This needs the role %s; yours is %s.", role.needs, role.has), 0)
	case errors.Is(err, uptime.ErrForbidden):
		p = newProblem(http.StatusForbidden, "Your role does not allow this.", 0)
	case errors.Is(err, errCrossSite):
		p = newProblem(http.StatusForbidden, "Another site had your browser send this. Nothing was done.", 0)
	default:
		return problem{}, false
	}
	return p, true
}

func newProblem(status int, detail string, wait time.Duration) problem {
	return problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, wait: wait}
}

// fault logs a fault of ours. That whoever asked is gone is none.
func (s *site) fault(ctx context.Context, err error, about ...any) {
	if errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled) {
		s.Log.Debug("a request was left by whoever made it", append(about, "error", err)...)
		return
	}
	s.Log.Error("a request failed", append(about, "error", err)...)
}

// fail answers with an error: JSON below /api/, the page's own 404, and plain
// text for the rest. A fault of ours is logged once, with the route and never
// with the path, which may hold a token.
func (s *site) fail(c echo.Context, err error) {
	p := describe(err)
	if p.Status >= http.StatusInternalServerError {
		p.RequestID = rand.Text()
		s.fault(c.Request().Context(), err, "request_id", p.RequestID, "method", c.Request().Method,
			"route", c.Path(), "status", p.Status, "client", c.RealIP())
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
		retryIn(h, p.wait)
	}
	switch path := c.Request().URL.Path; {
	case p.challenge != "" && inConsole(path):
		seeOther(c, signInAddress(c.Request()))
	case inConsole(path) && (p.Status != http.StatusNotFound || actor(c).Role != uptime.NoRole):
		show(c, p.Status, problemPage(c, p))
	case inAPI(path):
		h.Set("Access-Control-Allow-Origin", "*")
		if p.challenge != "" {
			h.Set("Www-Authenticate", p.challenge)
		}
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

// problemPage is an error as a page of the console.
func problemPage(c echo.Context, p problem) console.Page {
	who := actor(c)
	return console.Problem(console.ProblemView{
		Frame:  console.Frame{Title: p.Title, Person: who.Name, Role: who.Role.String()},
		Detail: p.Detail, Request: p.RequestID,
	})
}

// retryIn says when to try again.
func retryIn(h http.Header, wait time.Duration) {
	h.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
}

const (
	textPlain = "text/plain; charset=utf-8"
	typeHTML  = "text/html; charset=utf-8"
)

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
