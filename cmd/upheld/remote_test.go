package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// heard is one request that the made-up server got.
type heard struct{ line, token, key, kind, body string }

// answering is a server that gives every request one answer, and what it heard.
func answering(t *testing.T, status int, answer string) *heard {
	t.Helper()
	h := &heard{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*h = heard{r.Method + " " + r.URL.String(), r.Header.Get("Authorization"), r.Header.Get("Idempotency-Key"), r.Header.Get("Content-Type"), string(body)}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	t.Setenv("UPHELD_SERVER", server.URL)
	t.Setenv("UPHELD_TOKEN", "uph_test")
	return h
}

const answeredIncident = `{"id":"i-1","title":"Signing in fails","phase":"investigating","tier":1,"impact":"critical","draft":true,
	"components":["sign-in"],"started_at":"2026-03-07T12:00:00Z","updates":[{"phase":"investigating","body":"We look.","at":"2026-03-07T12:00:00Z"}]}`

func TestCommandsSpeakTheAPI(t *testing.T) {
	people := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(people, []byte("email\nreader@example.org\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args         []string
		status       int
		answer       string
		line, body   string // of the request
		code         int
		out, problem string
	}{
		"list": {[]string{"incident", "list", "--open"}, 200, `{"items":[` + answeredIncident + `],"next":"i-1"}`,
			"GET /api/v1/incidents?limit=50&open=true", "", 0, "i-1  2026-03-07T12:00:00Z  tier 1  investigating, draft  Signing in fails", "There are more"},
		"show": {[]string{"incident", "show", "i-1"}, 200, answeredIncident, "GET /api/v1/incidents/i-1", "", 0, "affects  sign-in", ""},
		"open": {[]string{"incident", "open", "--title", "Signing in fails", "--body", "We look.", "--tier", "1", "--state", "sign-in=down", "--component", "sign-in", "--key", "k"}, 201,
			answeredIncident, "POST /api/v1/incidents", `"states":{"sign-in":"down"}`, 0, "i-1: Signing in fails (investigating, draft)", ""},
		"update":  {[]string{"incident", "update", "i-1", "--phase", "resolved", "--body", "Over."}, 200, answeredIncident, "POST /api/v1/incidents/i-1/updates", `"phase":"resolved"`, 0, "i-1: ", ""},
		"publish": {[]string{"incident", "publish", "i-1", "--json"}, 200, answeredIncident, "POST /api/v1/incidents/i-1/publish", `{"silent":false}`, 0, `"started_at"`, ""},
		"close": {[]string{"incident", "close", "../me"}, 422, `{"status":422,"title":"Unprocessable Entity","detail":"Some of it cannot be.","errors":[{"location":"body.phase","message":"lasts"}]}`,
			"POST /api/v1/incidents/..%2Fme/close", "", 1, "", "refused (422 Unprocessable Entity): Some of it cannot be; phase lasts"},
		"import": {[]string{"subscribers", "import", people, "--consent", "ticket 1", "--dry-run"}, 200, `{"applied":false,"lines":1,"added":1}`,
			"POST /api/v1/subscribers/import?consent=ticket+1&dry_run=true&skip_invalid=false", "reader@example.org", 0, "Would add 1 of 1 lines", ""},
		"import of a bad file": {[]string{"subscribers", "import", people, "--consent", "ticket 1"}, 200, `{"applied":false,"lines":1,"invalid":1,"problems":[{"line":2,"field":"email","kind":"invalid","text":"is no address"}]}`,
			"POST /api/v1/subscribers/import?consent=ticket+1&dry_run=false&skip_invalid=false", "", 1, "", people + ":2: email: is no address"},
		"export":          {[]string{"subscribers", "export"}, 200, "email\nreader@example.org\n", "GET /api/v1/subscribers/export", "", 0, "reader@example.org", ""},
		"channels":        {[]string{"channel", "list"}, 200, `{"items":[{"id":"on-call","type":"slack","name":"On call"}]}`, "GET /api/v1/channels", "", 0, "on-call  slack  On call  in use", ""},
		"a channel":       {[]string{"channel", "test", "on-call"}, 200, `{"state":"accepted","reply":"200 ok"}`, "POST /api/v1/channels/on-call/test", "", 0, "on-call: accepted 200 ok", ""},
		"a dead channel":  {[]string{"channel", "test", "on-call"}, 200, `{"state":"failed","error":"410"}`, "POST /api/v1/channels/on-call/test", "", 1, "", "on-call does not take messages: 410"},
		"another program": {[]string{"channel", "list"}, 404, `<html>`, "GET /api/v1/channels", "", 1, "", "is not Upheld's API; check --server"},
		"a way elsewhere": {[]string{"channel", "list"}, 302, ``, "GET /api/v1/channels", "", 1, "", "answers 302 Found"},
	} {
		t.Run(name, func(t *testing.T) {
			h := answering(t, tc.status, tc.answer)
			code, out, problem := call(tc.args...)
			if code != tc.code || !strings.Contains(out, tc.out) || !strings.Contains(problem, tc.problem) {
				t.Errorf("exit %d, printed %q, complained %q", code, out, problem)
			}
			if h.line != tc.line || h.token != "Bearer uph_test" || !strings.Contains(h.body, tc.body) {
				t.Errorf("heard %+v", *h)
			}
			if name == "open" && h.key != "k" {
				t.Errorf("key %q", h.key)
			}
			if strings.Contains(out+problem, "uph_test") {
				t.Error("the token was printed")
			}
		})
	}
}

func TestCommandsSayWhatTheyLack(t *testing.T) {
	t.Setenv("UPHELD_TOKEN", "")
	if code, _, problem := call("channel", "list"); code != 1 || !strings.Contains(problem, "UPHELD_TOKEN") {
		t.Errorf("without a token: %d, %q", code, problem)
	}
	t.Setenv("UPHELD_TOKEN", "uph_x")
	if code, _, problem := call("channel", "list", "--server", "http://127.0.0.1:1"); code != 1 || !strings.Contains(problem, "is Upheld running there?") {
		t.Errorf("without a server: %d, %q", code, problem)
	}
}
