package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

// caller calls the API over the services and the database that are used, with
// a token of every role.
type caller struct {
	*bureau
	secrets map[uptime.Role]string
	answers strings.Builder // everything that was answered
}

func newCaller(t *testing.T, change ...func(*Options)) *caller {
	t.Helper()
	c := &caller{bureau: newBureau(t, change...), secrets: map[uptime.Role]string{}}
	for _, role := range []uptime.Role{uptime.Viewer, uptime.Responder, uptime.Publisher, uptime.Admin} {
		_, secret, err := c.people.NewToken(t.Context(), commander(), identity.NewToken{Name: role.String(), Role: role, Owner: "u-" + role.String()})
		if err != nil {
			t.Fatal(err)
		}
		c.secrets[role] = secret
	}
	return c
}

// reading is an answer, read.
type reading struct {
	status int
	header http.Header
	body   map[string]any
}

func (a reading) text(name string) string { return fmt.Sprint(a.body[name]) }

func (a reading) items() []any { items, _ := a.body["items"].([]any); return items }

func (c *caller) call(t *testing.T, role uptime.Role, method, path, content string, fields ...string) reading {
	t.Helper()
	fields = append([]string{"Authorization", "Bearer " + c.secrets[role]}, fields...)
	if content != "" && !slices.Contains(fields, "Content-Type") {
		fields = append(fields, "Content-Type", typeJSON)
	}
	r := ask(c.public, method, apiPrefix+path, content, fields...)
	text := body(t, r)
	c.answers.WriteString(text)
	a := reading{status: r.StatusCode, header: r.Header}
	if strings.Contains(r.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal([]byte(text), &a.body); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return a
}

func (c *caller) must(t *testing.T, status int, role uptime.Role, method, path, content string, fields ...string) reading {
	t.Helper()
	a := c.call(t, role, method, path, content, fields...)
	if a.status != status {
		t.Fatalf("%s %s: %d, want %d: %v", method, path, a.status, status, a.body)
	}
	return a
}

const draft = `{"title":"Signing in fails","tier":1,"body":"We look into it.","components":["sign-in"],"states":{"sign-in":"down"}}`

func TestTheLifeOfAnIncidentByTheAPI(t *testing.T) {
	c := newCaller(t)
	if p := c.must(t, 200, uptime.Responder, "POST", "/incidents/preview", draft); p.text("held_back") != "draft" || p.text("text") != "" {
		t.Errorf("a draft would be sent as %v", p.body)
	}
	public := strings.Replace(draft, "{", `{"publish":true,`, 1)
	if p := c.must(t, 200, uptime.Publisher, "POST", "/incidents/preview", public); p.text("subscribers") != "2" || !strings.Contains(p.text("text"), "We look into it.") {
		t.Errorf("preview %v", p.body)
	}
	i := c.must(t, 201, uptime.Responder, "POST", "/incidents", draft, "Idempotency-Key", "a-1")
	at := "/incidents/" + i.text("id")
	if i.text("impact") != "critical" || i.header.Get("ETag") != `"1"` || i.body["draft"] != true {
		t.Errorf("opened %v", i.body)
	}
	again := c.must(t, 201, uptime.Responder, "POST", "/incidents", draft, "Idempotency-Key", "a-1")
	if again.text("id") != i.text("id") || again.header.Get("Idempotency-Replayed") != "true" || i.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("repeated %v, %v", again.header, again.body)
	}
	c.must(t, 422, uptime.Responder, "POST", "/incidents", strings.Replace(draft, "fails", "failed", 1), "Idempotency-Key", "a-1")
	c.must(t, 201, uptime.Publisher, "POST", "/incidents", draft, "Idempotency-Key", "a-1") // another client's key is another
	c.must(t, 403, uptime.Responder, "POST", at+"/publish", "")
	c.must(t, 412, uptime.Publisher, "POST", at+"/publish", "", "If-Match", `"7"`)
	c.must(t, 200, uptime.Publisher, "POST", at+"/publish", "", "If-Match", `"1"`)
	c.must(t, 403, uptime.Responder, "POST", at+"/updates", `{"body":"x"}`)
	c.must(t, 403, uptime.Responder, "PATCH", at, `{"title":"x"}`)
	c.must(t, 403, uptime.Viewer, "POST", "/incidents", draft)

	said := c.must(t, 200, uptime.Publisher, "POST", at+"/updates", `{"phase":"identified","body":"Found."}`, "Idempotency-Key", "u-1")
	if r := c.must(t, 200, uptime.Publisher, "POST", at+"/updates", `{"phase":"identified","body":"Found."}`, "Idempotency-Key", "u-1"); r.header.Get("Idempotency-Replayed") != "true" || r.text("version") != said.text("version") {
		t.Errorf("said twice: %v", r.body)
	}
	update := said.body["updates"].([]any)[0].(map[string]any)["id"].(string)
	for _, r := range []struct{ method, path, content string }{
		{"PUT", "/updates/" + update, `{"body":"Found it."}`}, {"PUT", "/postmortem", `{"body":"x"}`}, {"POST", "/waive", `{"reason":"x"}`},
		{"POST", "/close", ""}, {"POST", "/discard", ""}, {"PATCH", "", `{"title":"x"}`}, {"POST", "/updates", `{"body":"x"}`},
	} {
		for _, version := range []string{`"1"`, `W/"1"`, "odd"} {
			c.must(t, 412, uptime.Publisher, r.method, at+r.path, r.content, "If-Match", version)
		}
	}
	c.must(t, 200, uptime.Publisher, "PUT", at+"/updates/"+update, `{"body":"Found it."}`, "If-Match", said.header.Get("ETag"))
	if s := c.must(t, 200, uptime.Viewer, "GET", "/components", "").items()[1].(map[string]any); s["id"] != "sign-in" || s["stated"].(map[string]any)["state"] != "down" {
		t.Errorf("stated: %v", s)
	}
	c.now = c.now.Add(time.Minute)
	c.must(t, 422, uptime.Publisher, "POST", at+"/close", "") // it lasts
	c.must(t, 200, uptime.Publisher, "POST", at+"/updates", `{"phase":"resolved","body":"Fixed."}`)
	c.must(t, 200, uptime.Publisher, "PUT", at+"/postmortem", `{"body":"Learned.","publish":true}`)
	if done := c.must(t, 200, uptime.Publisher, "POST", at+"/close", ""); done.body["closed_at"] == nil {
		t.Errorf("closed %v", done.body)
	}
	reasons := []string{}
	for _, n := range c.must(t, 200, uptime.Viewer, "GET", "/notices?incident="+i.text("id"), "").items() {
		reasons = append(reasons, n.(map[string]any)["reason"].(string))
	}
	if want := []string{"postmortem", "recovered", "update", "went_down"}; !slices.Equal(slices.Compact(reasons)[:len(want)], want) {
		t.Errorf("the ledger has %v", reasons)
	}
	if d := c.must(t, 200, uptime.Viewer, "GET", "/deliveries?state=queued&incident="+i.text("id"), ""); len(d.items()) == 0 {
		t.Error("nobody is owed anything")
	}
	actions := map[string]bool{}
	for _, e := range c.must(t, 200, uptime.Admin, "GET", "/audit", "").items() {
		actions[e.(map[string]any)["action"].(string)] = true
	}
	for _, action := range []string{"incident.open", "incident.publish", "incident.close"} {
		if !actions[action] {
			t.Errorf("the audit log lacks %s: %v", action, actions)
		}
	}
	if check := c.must(t, 200, uptime.Admin, "GET", "/audit/check", ""); check.body["whole"] != true {
		t.Errorf("%v", check.body)
	}
	for _, secret := range []string{"argon2id", "anna@example.org", c.secrets[uptime.Admin]} {
		if strings.Contains(c.answers.String(), secret) {
			t.Errorf("an answer holds %s", secret)
		}
	}
}

func TestAListThatGrowsLosesNothingAndRepeatsNothing(t *testing.T) {
	c := newCaller(t)
	open := func(n int) string {
		c.now = c.now.Add(time.Second)
		return c.must(t, 201, uptime.Responder, "POST", "/incidents", fmt.Sprintf(`{"title":"No. %d","body":"x"}`, n)).text("id")
	}
	want := map[string]bool{}
	for n := range 7 {
		want[open(n)] = true
	}
	seen, next := map[string]int{}, ""
	for page := range 20 {
		a := c.must(t, 200, uptime.Viewer, "GET", "/incidents?limit=2"+next, "")
		for _, i := range a.items() {
			seen[i.(map[string]any)["id"].(string)]++
		}
		open(100 + page) // in front of what was read
		if a.body["next"] == nil {
			break
		}
		next = "&after=" + a.text("next")
	}
	for id := range want {
		if seen[id] != 1 {
			t.Errorf("%s was listed %d times", id, seen[id])
		}
	}
	if a := c.must(t, 422, uptime.Viewer, "GET", "/incidents?after=unknown", ""); !strings.Contains(fmt.Sprint(a.body), "query.after") {
		t.Errorf("%v", a.body)
	}
}
