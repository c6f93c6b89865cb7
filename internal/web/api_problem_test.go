package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// problemOf reads a refusal, which is always in the one form.
func problemOf(t *testing.T, r *http.Response) (p apiProblem, text string) {
	t.Helper()
	text = body(t, r)
	if err := json.Unmarshal([]byte(text), &p); err != nil || r.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%d %s: %s", r.StatusCode, r.Header.Get("Content-Type"), text)
	}
	if p.Type != "about:blank" || p.Status != r.StatusCode || p.Title != http.StatusText(p.Status) || p.Detail == "" {
		t.Errorf("%+v", p)
	}
	return p, text
}

func TestWhatIsWrongIsSaidByPlaceAndNeverRepeated(t *testing.T) {
	u := newUnder(fixtureOptions(&fixture{}))
	const at = apiPrefix + "/incidents/" + exampleIncident
	for name, tc := range map[string]struct {
		method, target, content string
		fields                  []string
		status                  int
		location                string
	}{
		"an unknown field":       {"POST", apiPrefix + "/incidents", `{"title":"a","body":"b","sekret":"s3cret"}`, nil, 422, "body.sekret"},
		"a word of none":         {"POST", apiPrefix + "/incidents", `{"title":"a","body":"b","impact":"s3cret"}`, nil, 422, "body.impact"},
		"a number as a text":     {"POST", apiPrefix + "/incidents", `{"title":"a","body":"b","tier":"s3cret"}`, nil, 422, "body.tier"},
		"a time that is none":    {"POST", apiPrefix + "/incidents", `{"title":"a","body":"b","started_at":"s3cret"}`, nil, 422, "body.started_at"},
		"an odd state":           {"POST", apiPrefix + "/incidents", `{"title":"a","body":"b","states":{"api":"s3cret"}}`, nil, 422, "body.states.api"},
		"a missing field":        {"POST", at + "/waive", `{}`, nil, 422, "body"},
		"a role of none":         {"POST", apiPrefix + "/users", `{"name":"a","role":"s3cret","password":"s3cret"}`, nil, 422, "body.role"},
		"a password as a number": {"POST", apiPrefix + "/users", `{"name":"a","role":"admin","password":311337}`, nil, 422, "body.password"},
		"a limit out of range":   {"GET", apiPrefix + "/incidents?limit=501", "", nil, 422, "query.limit"},
		"a limit that is none":   {"GET", apiPrefix + "/incidents?limit=s3cret", "", nil, 422, "query.limit"},
		"an unknown parameter":   {"GET", apiPrefix + "/incidents?sekret=s3cret", "", nil, 422, "query.sekret"},
		"a key with a space":     {"POST", apiPrefix + "/incidents", `{"title":"a","body":"b"}`, []string{"Idempotency-Key", "s3cret s3cret"}, 422, "header.Idempotency-Key"},
		"a long key":             {"POST", apiPrefix + "/incidents", `{"title":"a","body":"b"}`, []string{"Idempotency-Key", strings.Repeat("s3cret", 43)}, 422, "header.Idempotency-Key"},
		"no consent":             {"POST", apiPrefix + "/subscribers/import", "email\n", []string{"Content-Type", typeCSV}, 422, "query.consent"},
		"no report":              {"POST", apiPrefix + "/bounces", "Subject: s3cret\n\ns3cret", []string{"Content-Type", typeMail}, 422, "body"},
		"no JSON":                {"POST", apiPrefix + "/incidents", `{"title":s3cret`, nil, 400, ""},
		"a list":                 {"POST", apiPrefix + "/incidents", `["s3cret"]`, nil, 422, "body"},
		"no body":                {"POST", apiPrefix + "/incidents", "", nil, 400, ""},
		"another type":           {"POST", apiPrefix + "/incidents", `<s3cret/>`, []string{"Content-Type", "text/xml"}, 415, ""},
		"a file where none is":   {"POST", apiPrefix + "/incidents", `s3cret`, []string{"Content-Type", typeCSV}, 415, ""},
		"too large":              {"POST", apiPrefix + "/incidents", `{"title":"` + strings.Repeat("s3cret", 200_000) + `"}`, nil, 413, ""},
		"nothing there":          {"GET", apiPrefix + "/incidents/nobody", "", nil, 404, ""},
		"no such address":        {"GET", apiPrefix + "/nothing", "", nil, 404, ""},
		"no such method":         {"DELETE", at, "", nil, 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, text := problemOf(t, ask(u.public, tc.method, tc.target, tc.content, append([]string{"Content-Type", typeJSON}, tc.fields...)...))
			if p.Status != tc.status || strings.Contains(text, "s3cret") || strings.Contains(text, "311337") {
				t.Errorf("%d, want %d: %s", p.Status, tc.status, text)
			}
			if tc.location != "" && (len(p.Errors) == 0 || p.Errors[0].Location != tc.location || p.Errors[0].Message == "") {
				t.Errorf("want %s: %s", tc.location, text)
			}
		})
	}
}

func TestWhatHasNoLengthIsBoundedAllTheSame(t *testing.T) {
	u := newUnder(fixtureOptions(&fixture{}))
	endless := struct{ io.Reader }{strings.NewReader(`{"title":"` + strings.Repeat("a", 3<<20))}
	r := askWith(u.public, "POST", apiPrefix+"/incidents", endless, "Authorization", "Bearer uph_x", "Content-Type", typeJSON)
	if p, text := problemOf(t, r); p.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("%s", text)
	}
}

func TestEveryRefusalOfTheServicesHasItsStatus(t *testing.T) {
	for status, errs := range map[int][]error{
		http.StatusForbidden:             {uptime.ErrForbidden},
		http.StatusConflict:              {uptime.ErrConflict, identity.ErrLastAdmin, subscribers.ErrKnown, subscribers.ErrNotOne},
		http.StatusUnprocessableEntity:   {uptime.ErrKeyReused, incidents.Invalid{{Field: "title", Text: "is empty"}}, &identity.RuleError{Field: "name", Text: "x"}},
		http.StatusTooManyRequests:       {&identity.WaitError{After: 7 * time.Second}, &subscribers.TooOften{Wait: 7 * time.Second}},
		http.StatusServiceUnavailable:    {identity.ErrBusy},
		http.StatusInternalServerError:   {errors.New("s3cret of the database")},
		http.StatusRequestEntityTooLarge: {&http.MaxBytesError{Limit: 9}},
	} {
		for _, err := range errs {
			u := newUnder(fixtureOptions(&fixture{err: err}))
			r := ask(u.public, "POST", apiPrefix+"/incidents", `{"title":"a","body":"b"}`, "Content-Type", typeJSON)
			p, text := problemOf(t, r)
			if p.Status != status || strings.Contains(text, "s3cret") {
				t.Errorf("%v: %s", err, text)
			}
			if status == http.StatusTooManyRequests && r.Header.Get("Retry-After") != "7" {
				t.Errorf("%v: wait %q", err, r.Header.Get("Retry-After"))
			}
			if status == http.StatusInternalServerError && (p.RequestID == "" || !strings.Contains(u.log.String(), p.RequestID)) {
				t.Errorf("the fault is not in the log: %s", u.log)
			}
		}
	}
}

func TestATokenThatCallsTooOftenWaits(t *testing.T) {
	u := newUnder(fixtureOptions(&fixture{}))
	for n := range callsAToken {
		if r := ask(u.public, "GET", apiPrefix+"/me", ""); r.StatusCode != http.StatusOK {
			t.Fatalf("call %d: %d", n, r.StatusCode)
		}
	}
	r := ask(u.public, "GET", apiPrefix+"/me", "")
	if p, _ := problemOf(t, r); p.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
		t.Errorf("%d, %v", p.Status, r.Header)
	}
}

// What the services keep for themselves is "hidden" in the fixture.
func TestNoAnswerTellsWhatIsKeptHidden(t *testing.T) {
	if text := string(exampleText); strings.Contains(text, "hidden") {
		t.Error("an answer of the examples holds what is kept hidden") // TestEveryExampleIsWhatIsAnswered: these are the answers
	}
}
