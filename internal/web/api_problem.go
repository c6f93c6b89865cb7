package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/register"
	"github.com/upheld/upheld/internal/subscribers"
)

// apiProblem is an error as the API tells it (RFC 9457): problem, with what is
// wrong field by field.
type apiProblem struct {
	Type      string         `json:"type" doc:"about:blank: the status says it all."`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty" doc:"What happened, and what to do next."`
	RequestID string         `json:"request_id,omitempty" doc:"Stands in our log beside the cause, where the fault is ours."`
	Errors    []fieldProblem `json:"errors,omitempty" doc:"What is wrong, field by field."`
	Broken    []brokenBody   `json:"broken,omitempty" doc:"The promises that planned work would break."`
	Earliest  *time.Time     `json:"earliest_start,omitempty" doc:"The first start that would keep every promise."`

	wait time.Duration
}

func newAPIProblem(p problem, fields []fieldProblem) *apiProblem {
	return &apiProblem{Type: p.Type, Title: p.Title, Status: p.Status, Detail: p.Detail, Errors: fields, wait: p.wait}
}

// fieldProblem never repeats what was sent: it may be a secret.
type fieldProblem struct {
	Location string `json:"location" doc:"Where, as body.title or query.limit."`
	Message  string `json:"message" doc:"What is wrong, and what would do."`
}

// Error, GetStatus, GetHeaders and ContentType are what huma asks of an error.
func (p *apiProblem) Error() string { return p.Detail }

func (p *apiProblem) GetStatus() int { return p.Status }

func (p *apiProblem) ContentType(string) string { return "application/problem+json" }

func (p *apiProblem) GetHeaders() http.Header {
	h := http.Header{}
	if p.RequestID != "" {
		h.Set("X-Request-Id", p.RequestID)
	}
	if p.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.wait+time.Second-1)/time.Second)))
	}
	return h
}

// errPrecondition: the incident is at another version than If-Match names.
var errPrecondition = errors.New("it is at another version")

// fieldError is one thing that is wrong with a request, and where.
type fieldError fieldProblem

func (e fieldError) Error() string { return e.Location + " " + e.Message }

// apiProblem puts an error into the API's form. A fault of ours is logged.
func (s *site) apiProblem(ctx context.Context, operation string, err error) error {
	told, fields := describe(err), fieldsOf(err)
	var (
		tries *identity.WaitError
		asks  *subscribers.TooOften
	)
	switch {
	case errors.As(err, &tries):
		told = newProblem(http.StatusTooManyRequests, "There were too many tries. Wait, and try again.", tries.After)
	case errors.As(err, &asks):
		told = newProblem(http.StatusTooManyRequests, "Call less often.", asks.Wait)
	case errors.Is(err, identity.ErrBusy):
		told = newProblem(http.StatusServiceUnavailable, "Too many passwords are being checked at this moment. Try again.", retryAfter)
	case len(fields) > 0:
		told = newProblem(http.StatusUnprocessableEntity, "Some of what was sent cannot be: see errors.", 0)
	case errors.Is(err, errPrecondition):
		told = newProblem(http.StatusPreconditionFailed, "It has changed since the version of If-Match. Read it again.", 0)
	case errors.Is(err, identity.ErrLastAdmin):
		told = newProblem(http.StatusConflict, "This is the last administrator who can sign in. Make another one first.", 0)
	case errors.Is(err, subscribers.ErrKnown):
		told = newProblem(http.StatusConflict, "The address is on the list already.", 0)
	case errors.Is(err, subscribers.ErrNotOne):
		told = newProblem(http.StatusConflict, "There is nothing to be done.", 0)
	}
	p := newAPIProblem(told, fields)
	if breaks := (incidents.BreaksPromise{}); errors.As(err, &breaks) {
		p.Detail, p.Broken = "It would break a promise. Take another start, or give the reason to announce it all the same (override).", showBroken(breaks.Broken)
		if breaks.Room {
			p.Earliest = instant(breaks.Earliest)
		}
	}
	if p.Status >= http.StatusInternalServerError {
		p.RequestID = rand.Text()
		who, _ := actorOf(ctx)
		s.fault(ctx, err, "request_id", p.RequestID, "operation", operation, "status", p.Status, "client", who.Address)
	}
	return p
}

// fieldsOf is what an error says field by field; none where it does not.
func fieldsOf(err error) (fields []fieldProblem) {
	var (
		invalid incidents.Invalid
		kept    register.Invalid
		asked   *subscribers.Invalid
		rule    *identity.RuleError
		one     fieldError
	)
	switch {
	case errors.As(err, &one):
		fields = append(fields, fieldProblem(one))
	case errors.As(err, &invalid):
		for _, f := range invalid {
			fields = append(fields, fieldProblem{"body." + f.Field, f.Text})
		}
	case errors.As(err, &kept):
		for _, f := range kept {
			fields = append(fields, fieldProblem{"body." + f.Field, f.Text})
		}
	case errors.As(err, &asked):
		for _, f := range asked.Fields {
			fields = append(fields, fieldProblem{"body." + f.Name, f.Text})
		}
	case errors.As(err, &rule):
		fields = append(fields, fieldProblem{"body." + rule.Field, rule.Text})
	}
	return fields
}

// tellProblem puts the errors of the machinery into our own form, without the
// values that it would repeat.
func tellProblem(_ huma.Context, _ string, v any) (any, error) {
	model, is := v.(*huma.ErrorModel)
	if !is {
		return v, nil
	}
	p := newAPIProblem(newProblem(model.Status, "The request cannot be read.", 0), nil)
	switch model.Status {
	case http.StatusUnprocessableEntity:
		p.Detail = "Some of what was sent cannot be: see errors."
		for _, e := range model.Errors {
			p.Errors = append(p.Errors, fieldProblem{e.Location, plainly(e.Message)})
		}
	case http.StatusBadRequest:
		p.Detail = "The body is missing, or is not the JSON object that this address takes in."
	case http.StatusRequestEntityTooLarge:
		p.Detail = "The body is larger than what is taken in here."
	case http.StatusRequestTimeout:
		p.Detail = "The body did not come in time."
	case http.StatusInternalServerError: // the machinery fails at reading alone
		p.Detail = "The body broke off."
	}
	return p, nil
}

// plainly is what a validator says, unless it is what a parser says: that
// repeats what it was given.
func plainly(message string) string {
	for _, parser := range []string{"parsing time", "json: ", "invalid character"} {
		if strings.Contains(message, parser) {
			return "cannot be read as what it should be"
		}
	}
	return message
}

func indented(text []byte) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		panic(err) // it was just written
	}
	return append(out.Bytes(), '\n')
}
