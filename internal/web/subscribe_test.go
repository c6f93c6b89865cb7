package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/keys"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/statuspage"
)

// club is the public handler with the list and the pages that it has in the
// program.
type club struct {
	*under
	rolls *rolls
	list  *subscribers.Service
	page  *statuspage.Publisher
	asks  int

	members *members
}

// members is the list that is in force.
type members struct{ *subscribers.Service }

// still is a page on which nothing has happened.
type still struct{ statuspage.Source }

func (still) Healths() []uptime.Health { return nil }
func (still) PublishedPlans(context.Context, time.Time, time.Time) ([]uptime.Plan, error) {
	return nil, nil
}
func (still) Proofs(context.Context, map[uptime.PlanID]time.Time) ([]uptime.Proof, error) {
	return nil, nil
}
func (still) SegmentsBetween(context.Context, time.Time, time.Time) ([]uptime.Segment, error) {
	return nil, nil
}

func (still) PublishedIncidents(context.Context, time.Time, time.Time, int) ([]uptime.Incident, error) {
	return nil, nil
}

func (still) Statements(context.Context, time.Time, time.Time) ([]uptime.Statement, error) {
	return nil, nil
}

func sampleCatalogue() uptime.Catalogue {
	return uptime.Catalogue{
		Page:       uptime.Page{Name: "Acme", URL: "https://status.acme.example", Zone: time.UTC},
		Components: []uptime.Component{{ID: "api", Name: "Public API"}, {ID: "web", Name: "Web Shop"}},
	}
}

func newClub(t testing.TB) *club {
	t.Helper()
	c := &club{members: &members{}}
	c.page = statuspage.NewPublisher(sampleCatalogue(), statuspage.Options{
		Live: still{}, Source: still{}, Subscribing: true,
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return start },
	})
	c.page.Refresh(t.Context())
	c.under = newUnder(func(o *Options) { o.Documents, o.Subscribers, o.SubscriberPages = c.page, c.members, c.page })
	c.found(t)
	return c
}

// found begins with an empty list and an hour in which nobody asked.
func (c *club) found(t testing.TB) {
	t.Helper()
	ring, err := keys.New(strings.Repeat("0123456789abcdef", 4))
	if err != nil {
		t.Fatal(err)
	}
	c.now, c.asks, c.rolls = start, 0, &rolls{}
	c.list = subscribers.New(subscribers.Options{
		Store: c.rolls, Ring: ring, Now: func() time.Time { return c.now }, Catalogue: sampleCatalogue, Pace: 1,
	})
	c.members.Service = c.list
}

// post sends a form from a client of its own.
func (c *club) post(path string, fields url.Values, headers ...string) *http.Response {
	return c.send(path, typeForm, fields.Encode(), headers...)
}

func (c *club) send(path, contentType, body string, headers ...string) *http.Response {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	c.asks++
	r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1", c.asks%250)
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "X-From" {
			r.RemoteAddr = headers[i+1]
		}
	}
	w := httptest.NewRecorder()
	c.public.ServeHTTP(w, r)
	return w.Result()
}

func wants(address string) url.Values {
	return url.Values{"address": {address}, "scope": {"all"}, "news": {"incidents", "maintenance"}}
}

// all is the list as it is kept.
func (c *club) all(t testing.TB) []uptime.Subscriber {
	t.Helper()
	list, err := c.rolls.Subscribers(t.Context(), uptime.SubscriberFilter{}, uptime.Cursor{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (c *club) only(t testing.TB) uptime.Subscriber {
	t.Helper()
	list := c.all(t)
	if len(list) != 1 {
		t.Fatalf("%d subscribers, want one", len(list))
	}
	return list[0]
}

// member asks and confirms.
func (c *club) member(t testing.TB, address string) uptime.Subscriber {
	t.Helper()
	if r := c.post("/subscribe", wants(address)); r.StatusCode != http.StatusOK {
		t.Fatalf("asking: %d", r.StatusCode)
	}
	who := c.all(t)[0]
	if r := c.post("/subscribe/confirm/"+c.list.Word("confirm", who.ID), nil); r.StatusCode != http.StatusOK {
		t.Fatalf("confirming: %d", r.StatusCode)
	}
	return c.all(t)[0]
}

func TestSubscribingFromTheFormToTheLastLeave(t *testing.T) {
	c := newClub(t)
	if r := do(c.public, "GET", "/subscribe"); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), `action="/subscribe"`) {
		t.Errorf("the form: %d", r.StatusCode)
	}
	form := url.Values{"address": {" Ada@Example.org "}, "scope": {"some"}, "component": {"web", "web"}, "news": {"incidents", "reports", "incidents"}}
	if r := c.post("/subscribe", form); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "One more step") {
		t.Fatalf("asking: %d", r.StatusCode)
	}
	who := c.only(t)
	if who.State != uptime.SubscriberPending || who.Address != "Ada@example.org" || who.Source != "form" ||
		!slices.Equal(who.Components, []uptime.ComponentID{"web"}) || !slices.Equal(who.News, []uptime.News{uptime.NewsIncidents, uptime.NewsReports}) {
		t.Errorf("%+v", who)
	}
	if owed := c.rolls.notices; len(owed) != 1 || owed[0].Audience.Only != who.ID || owed[0].Reason != uptime.ConfirmSubscription {
		t.Fatalf("owed: %+v", owed)
	}

	confirm := "/subscribe/confirm/" + c.list.Word("confirm", who.ID)
	if r := do(c.public, "GET", confirm); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), `action="`+confirm+`"`) {
		t.Errorf("the button: %d", r.StatusCode)
	}
	for range 2 { // pressed twice
		if r := c.post(confirm, url.Values{}); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "You are subscribed") {
			t.Errorf("confirming: %d", r.StatusCode)
		}
	}
	if who = c.only(t); who.State != uptime.SubscriberConfirmed || !who.ConfirmedAt.Equal(start) || who.ConsentFrom == "" {
		t.Errorf("%+v", who)
	}

	manage := "/subscribe/manage/" + c.list.Word("manage", who.ID)
	if text := body(t, do(c.public, "GET", manage)); !strings.Contains(text, "Ada@example.org") || !strings.Contains(text, "/unsubscribe/") {
		t.Errorf("the choice: %s", text)
	}
	if r := c.post(manage, url.Values{"scope": {"all"}, "news": {"maintenance"}}); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "Saved") {
		t.Errorf("choosing: %d", r.StatusCode)
	}
	if who = c.only(t); len(who.Components) != 0 || !slices.Equal(who.News, []uptime.News{uptime.NewsMaintenance}) {
		t.Errorf("%+v", who)
	}

	leave := "/unsubscribe/" + c.list.Word("unsubscribe", who.ID)
	if r := do(c.public, "GET", leave); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), `action="`+leave+`"`) {
		t.Errorf("the last button: %d", r.StatusCode)
	}
	for range 2 {
		if r := c.post(leave, nil); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "You have unsubscribed") {
			t.Errorf("leaving: %d", r.StatusCode)
		}
	}
	if len(c.all(t)) != 0 {
		t.Error("they are still on the list")
	}
	for path, want := range map[string]int{manage: 200, leave: 200, confirm: 404} {
		if r := do(c.public, "GET", path); r.StatusCode != want || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s after leaving: %d %s", path, r.StatusCode, r.Header.Get("Cache-Control"))
		}
	}
}

// What is answered must not tell who is on the list: byte by byte, headers
// included.
func TestTheAnswerTellsNothingOfTheList(t *testing.T) {
	prepared := map[string]func(*club){
		"unknown":   func(*club) {},
		"pending":   func(c *club) { c.post("/subscribe", wants("ada@example.org")) },
		"confirmed": func(c *club) { c.member(t, "ada@example.org") },
		"quarantined": func(c *club) {
			who := c.member(t, "ada@example.org")
			who.State, who.Reason = uptime.SubscriberQuarantined, "550"
			if err := c.rolls.Apply(t.Context(), uptime.Changes{Subscribers: []uptime.SubscriberChange{{Subscriber: who}}}); err != nil {
				t.Fatal(err)
			}
		},
		"left": func(c *club) {
			c.post("/unsubscribe/"+c.list.Word("unsubscribe", c.member(t, "ada@example.org").ID), nil)
		},
	}
	type answer struct {
		Status int
		Header http.Header
		Body   string
	}
	c := newClub(t)
	for _, later := range []time.Duration{0, time.Minute, time.Hour} {
		answers := map[string][]answer{}
		for name, prepare := range prepared {
			c.found(t)
			prepare(c)
			c.now = c.now.Add(later)
			for _, r := range []*http.Response{
				c.post("/subscribe", wants("ada@example.org")),
				c.post("/subscribe", wants("ADA@EXAMPLE.ORG")),
				c.send("/api/v2/subscribers.json", "application/json", `{"subscriber":{"email":"ada@example.org"}}`),
			} {
				if r.StatusCode != http.StatusOK {
					t.Errorf("%s: %d", name, r.StatusCode)
				}
				answers[name] = append(answers[name], answer{r.StatusCode, r.Header, body(t, r)})
			}
		}
		for name := range prepared {
			if diff := cmp.Diff(answers["unknown"], answers[name]); diff != "" {
				t.Errorf("%s later, %s (-unknown +%s):\n%s", later, name, name, diff)
			}
		}
	}
}

func TestMailIsWrittenOnceInTenMinutesHoweverOftenItIsAsked(t *testing.T) {
	c := newClub(t)
	for range 40 {
		c.post("/subscribe", wants("ada@example.org"))
		c.now = c.now.Add(30 * time.Second) // twenty minutes in all
	}
	if n := len(c.rolls.notices); n != 2 {
		t.Errorf("%d notices", n)
	}
}

func TestAClientThatAsksTooOftenIsToldWhenToTryAgain(t *testing.T) {
	c := newClub(t)
	from := []string{"X-From", "203.0.113.5:1"}
	for i := range 5 {
		if r := c.post("/subscribe", wants(fmt.Sprintf("a%d@example.org", i)), from...); r.StatusCode != http.StatusOK {
			t.Fatalf("%d: %d", i, r.StatusCode)
		}
	}
	c.now = c.now.Add(20*time.Minute + 500*time.Millisecond)
	forged := append(slices.Clone(from), "X-Forwarded-For", "198.51.100.9")
	for path, r := range map[string]*http.Response{
		"/subscribe": c.post("/subscribe", wants("b@example.org"), forged...),
		"/api":       c.send("/api/v2/subscribers.json", "application/json", `{"subscriber":{"email":"b@example.org"}}`, forged...),
	} {
		if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "2400" || !strings.Contains(body(t, r), "too often") {
			t.Errorf("%s: %d, Retry-After %q", path, r.StatusCode, r.Header.Get("Retry-After"))
		}
	}
	c.now = c.now.Add(40 * time.Minute)
	if r := c.post("/subscribe", wants("b@example.org"), from...); r.StatusCode != http.StatusOK || len(c.all(t)) != 6 {
		t.Errorf("after the wait: %d, %d subscribers", r.StatusCode, len(c.all(t)))
	}
}

// RFC 8058: no cookie, no referrer, no question, at once, in both forms of a
// body.
func TestOneClickUnsubscribes(t *testing.T) {
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	_ = w.WriteField("List-Unsubscribe", "One-Click")
	_ = w.Close()
	c := newClub(t)
	for name, tc := range map[string]struct{ contentType, body string }{
		"form":      {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		"multipart": {w.FormDataContentType(), parts.String()},
	} {
		for _, purpose := range []string{"unsubscribe", "manage"} {
			c.found(t)
			path := "/unsubscribe/" + c.list.Word(purpose, c.member(t, "ada@example.org").ID)
			for range 2 {
				r := c.send(path, tc.contentType, tc.body)
				if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != textPlain || r.Header.Get("Cache-Control") != "no-store" ||
					r.Header.Get("Set-Cookie") != "" || r.Header.Get("Location") != "" || !strings.HasPrefix(body(t, r), "You have unsubscribed.") {
					t.Errorf("%s, %s: %d %v", name, purpose, r.StatusCode, r.Header)
				}
				if len(c.all(t)) != 0 {
					t.Fatalf("%s, %s: still on the list", name, purpose)
				}
			}
		}
	}
	c.found(t)
	who := c.member(t, "ada@example.org")
	if r := c.send("/unsubscribe/"+c.list.Word("confirm", who.ID), typeForm, "List-Unsubscribe=One-Click"); r.StatusCode != http.StatusNotFound || len(c.all(t)) != 1 {
		t.Errorf("another word: %d", r.StatusCode)
	}
}

// What filters mail opens every link in it, and HEADs it, and follows what it
// finds.
func TestReadingALinkChangesNothing(t *testing.T) {
	c := newClub(t)
	c.post("/subscribe", wants("ada@example.org"))
	who := c.only(t)
	for range 2 {
		before := c.all(t)
		for _, path := range []string{"/subscribe/confirm/" + c.list.Word("confirm", who.ID), "/subscribe/manage/" + c.list.Word("manage", who.ID),
			"/unsubscribe/" + c.list.Word("unsubscribe", who.ID), "/subscribe"} {
			for _, method := range []string{"GET", "HEAD"} {
				for _, query := range []string{"", "?List-Unsubscribe=One-Click&news=reports&scope=all&secret=new&address=eve@example.org", "?_method=POST"} {
					r := do(c.public, method, path+query, "X-HTTP-Method-Override", "POST")
					if r.StatusCode != http.StatusOK {
						t.Errorf("%s %s: %d", method, path, r.StatusCode)
					}
				}
			}
		}
		if diff := cmp.Diff(before, c.all(t)); diff != "" {
			t.Errorf("reading changed the list:\n%s", diff)
		}
		c.post("/subscribe/confirm/"+c.list.Word("confirm", who.ID), nil) // and once more as a member
	}
}

func TestAnotherSiteSubscribesNobody(t *testing.T) {
	c := newClub(t)
	who := c.member(t, "ada@example.org")
	for _, path := range []string{"/subscribe", "/subscribe/manage/" + c.list.Word("manage", who.ID), "/unsubscribe/" + c.list.Word("unsubscribe", who.ID), "/api/v2/subscribers.json"} {
		if r := c.post(path, wants("bob@example.org"), "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	if diff := cmp.Diff(who, c.only(t)); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}

func TestWhatIsWrongWithTheFormStandsOnIt(t *testing.T) {
	c := newClub(t)
	for name, tc := range map[string]struct {
		fields url.Values
		has    string
	}{
		"no address":                    {wants(""), "neither a mail address"},
		"no such thing":                 {wants("ada"), "neither a mail address"},
		"another line":                  {wants("ada@example.org\r\nBcc: b@x.org"), "neither a mail address"},
		"a NUL":                         {wants("ada@exam\x00ple.org"), "neither a mail address"},
		"not encrypted":                 {wants("http://example.org/hook"), "We may not call"},
		"no news":                       {url.Values{"address": {"ada@example.org"}}, "at least one kind"},
		"some of none":                  {url.Values{"address": {"ada@example.org"}, "news": {"incidents"}, "scope": {"some"}}, "at least one component"},
		"a component that is not there": {url.Values{"address": {"ada@example.org"}, "news": {"incidents"}, "scope": {"some"}, "component": {"old"}}, "at least one component"},
		"markup":                        {wants(`"><script>alert(1)</script>`), "&#34;&gt;&lt;script&gt;"},
	} {
		r := c.post("/subscribe", tc.fields)
		if text := body(t, r); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, tc.has) || strings.Contains(text, "<script>") {
			t.Errorf("%s: %d %s", name, r.StatusCode, text)
		}
	}
	if len(c.all(t)) != 0 {
		t.Error("somebody was subscribed")
	}
	who := c.member(t, "ada@example.org")
	if r := c.post("/subscribe/manage/"+c.list.Word("manage", who.ID), url.Values{"scope": {"some"}}); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body(t, r), "at least one kind") {
		t.Errorf("an empty choice: %d", r.StatusCode)
	}
}

func TestBodiesThatNoFormSends(t *testing.T) {
	c := newClub(t)
	for name, tc := range map[string]struct {
		path, contentType, body string
		status                  int
	}{
		"too large":          {"/subscribe", typeForm, "address=" + strings.Repeat("a", 64<<10), 413},
		"JSON":               {"/subscribe", "application/json", `{"address":"ada@example.org"}`, 415},
		"plain text":         {"/subscribe", "text/plain", "address=ada@example.org", 415},
		"no escape":          {"/subscribe", typeForm, "address=%zz", 400},
		"broken parts":       {"/subscribe", "multipart/form-data; boundary=x", "--x\r\nnonsense", 400},
		"API, too large":     {"/api/v2/subscribers.json", "application/json", `{"subscriber":{"email":"` + strings.Repeat("a", 64<<10) + `"}}`, 413},
		"API, a form":        {"/api/v2/subscribers.json", typeForm, "subscriber[email]=ada@example.org", 415},
		"API, no JSON":       {"/api/v2/subscribers.json", "application/json", `{"subscriber":`, 400},
		"API, no subscriber": {"/api/v2/subscribers.json", "application/json", `{"email":"ada@example.org"}`, 400},
		"API, another type":  {"/api/v2/subscribers.json", "application/json", `{"subscriber":{"email":["ada@example.org"]}}`, 400},
	} {
		if r := c.send(tc.path, tc.contentType, tc.body); r.StatusCode != tc.status {
			t.Errorf("%s: %d, want %d: %s", name, r.StatusCode, tc.status, body(t, r))
		}
	}
	if len(c.all(t)) != 0 {
		t.Error("somebody was subscribed")
	}
}

func TestAWebhookLearnsItsSecretWhenItConfirms(t *testing.T) {
	c := newClub(t)
	if r := c.send("/api/v2/subscribers.json", "application/json", `{"subscriber":{"email":"ops@example.org","endpoint":"https://example.org/hook","component_ids":["api"]}}`); r.StatusCode != http.StatusOK {
		t.Fatalf("asking: %d", r.StatusCode)
	}
	who := c.only(t)
	if who.Kind != uptime.ToWebhook || who.Address != "https://example.org/hook" || who.Source != "api" || len(who.Secrets) != 1 {
		t.Errorf("%+v", who)
	}
	path := "/subscribe/confirm/" + c.list.Word("confirm", who.ID)
	r := c.post(path, nil, "Accept", "application/json")
	var told struct {
		State, Secret string
		Manage        string `json:"manage_path"`
		Leave         string `json:"unsubscribe_path"`
	}
	if err := json.Unmarshal([]byte(body(t, r)), &told); err != nil || r.StatusCode != http.StatusOK || told.State != "confirmed" || !strings.HasPrefix(told.Secret, "whsec_") {
		t.Fatalf("%d %+v %v", r.StatusCode, told, err)
	}
	kept, err := c.list.Secrets(who.ID, who.Secrets)
	if err != nil || !slices.Equal(kept, []string{told.Secret}) {
		t.Errorf("told %q, kept %q, %v", told.Secret, kept, err)
	}
	if text := body(t, c.post(path, nil)); strings.Contains(text, "whsec_") {
		t.Error("told twice")
	}
	if text := body(t, do(c.public, "GET", told.Manage)); !strings.Contains(text, `name="secret" value="new"`) || strings.Contains(text, "whsec_") {
		t.Errorf("no button for a new secret: %s", text)
	}
	r = c.post(told.Manage, url.Values{"secret": {"new"}})
	if text := body(t, r); r.StatusCode != http.StatusOK || strings.Count(text, "whsec_") != 1 || strings.Contains(text, told.Secret) {
		t.Errorf("a new secret: %d", r.StatusCode)
	}
	if secrets := c.only(t).Secrets; len(secrets) != 2 {
		t.Errorf("%d secrets in rotation", len(secrets))
	}
	if r := c.post(told.Leave, nil); r.StatusCode != http.StatusOK || len(c.all(t)) != 0 {
		t.Errorf("leaving: %d", r.StatusCode)
	}
	mail := c.member(t, "ada@example.org")
	if r := c.post("/subscribe/manage/"+c.list.Word("manage", mail.ID), url.Values{"secret": {"new"}}); r.StatusCode != http.StatusConflict {
		t.Errorf("mail has no secret: %d", r.StatusCode)
	}
}

func TestStatuspagesClientsSubscribe(t *testing.T) {
	c := newClub(t)
	r := c.send("/api/v2/subscribers.json", "application/json; charset=utf-8", `{"subscriber":{"email":"ada@example.org","component_id":"web","more":1}}`)
	var answer map[string]any
	if err := json.Unmarshal([]byte(body(t, r)), &answer); err != nil {
		t.Fatal(err)
	}
	page, _ := answer["page"].(map[string]any)
	if r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Access-Control-Allow-Origin") != "*" ||
		answer["mode"] != "email_sms" || answer["email"] != "ada@example.org" || answer["can_select_components"] != true || page["name"] != "Acme" {
		t.Errorf("%d %v", r.StatusCode, answer)
	}
	if who := c.only(t); !slices.Equal(who.Components, []uptime.ComponentID{"web"}) || len(who.News) != 2 {
		t.Errorf("%+v", who)
	}
	for request, want := range map[string]string{
		`{}`:              "email",
		`{"email":"ada"}`: "email",
		`{"email":"a@example.org","endpoint":"http://example.org/"}`: "endpoint",
		`{"email":"a@example.org","component_ids":["api","old"]}`:    "component_ids",
		`{"email":"a@example.org","incident_id":"i1"}`:               "incident_id",
		`{"phone_number":"123","phone_country":"us"}`:                "phone_number",
	} {
		r := c.send("/api/v2/subscribers.json", "application/json", `{"subscriber":`+request+`}`)
		var p invalidProblem
		if err := json.Unmarshal([]byte(body(t, r)), &p); err != nil || r.StatusCode != http.StatusUnprocessableEntity || r.Header.Get("Content-Type") != "application/problem+json" ||
			p.Status != 422 || len(p.Errors) != 1 || p.Errors[0].Field != want || p.Errors[0].Detail == "" {
			t.Errorf("%s: %d %+v", request, r.StatusCode, p)
		}
	}
}

func TestAQuarantinedSubscriberIsNotToldThatAllIsWell(t *testing.T) {
	c := newClub(t)
	who := c.member(t, "ada@example.org")
	who.State = uptime.SubscriberQuarantined
	if err := c.rolls.Apply(t.Context(), uptime.Changes{Subscribers: []uptime.SubscriberChange{{Subscriber: who}}}); err != nil {
		t.Fatal(err)
	}
	path := "/subscribe/confirm/" + c.list.Word("confirm", who.ID)
	for _, r := range []*http.Response{do(c.public, "GET", path), c.post(path, nil)} {
		if text := body(t, r); r.StatusCode != http.StatusConflict || strings.Contains(text, "You are subscribed") {
			t.Errorf("%d %s", r.StatusCode, text)
		}
	}
}

func TestNothingOfSubscribersIsLogged(t *testing.T) {
	c := newClub(t)
	who := c.member(t, "ada@example.org")
	words := []string{c.list.Word("confirm", who.ID), c.list.Word("manage", who.ID), c.list.Word("unsubscribe", who.ID)}
	c.rolls.err = errors.New("disk full")
	for _, r := range []*http.Response{
		c.post("/subscribe", wants("bob@example.org")),
		c.send("/api/v2/subscribers.json", "application/json", `{"subscriber":{"email":"bob@example.org"}}`),
		do(c.public, "GET", "/subscribe/confirm/"+words[0]), c.post("/subscribe/confirm/"+words[0], nil),
		do(c.public, "GET", "/subscribe/manage/"+words[1]), c.post("/subscribe/manage/"+words[1], wants("")),
		c.post("/unsubscribe/"+words[2], nil), do(c.public, "GET", "/unsubscribe/"+words[2]),
	} {
		id := r.Header.Get("X-Request-Id")
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || id == "" || !strings.Contains(c.log.String(), id) {
			t.Errorf("%d, Retry-After %q, %q", r.StatusCode, r.Header.Get("Retry-After"), id)
		}
	}
	for _, secret := range append(words, "ada@", "bob@") {
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("%q is in the log: %s", secret, c.log)
		}
	}
}

func TestWhereNobodyCanSubscribeThereIsNoSuchAddress(t *testing.T) {
	c := newClub(t)
	who := c.member(t, "ada@example.org")
	c.page.SetSubscribing(false)
	c.page.Refresh(t.Context())
	for _, r := range []*http.Response{
		do(c.public, "GET", "/subscribe"), c.post("/subscribe", wants("bob@example.org")),
		c.send("/api/v2/subscribers.json", "application/json", `{"subscriber":{"email":"bob@example.org"}}`),
	} {
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("%d", r.StatusCode)
		}
	}
	if r := c.post("/unsubscribe/"+c.list.Word("unsubscribe", who.ID), nil); r.StatusCode != http.StatusOK || len(c.all(t)) != 0 {
		t.Errorf("who is on the list cannot leave it: %d", r.StatusCode)
	}
	none := newUnder()
	for _, path := range []string{"/subscribe", "/subscribe/confirm/a.b", "/subscribe/manage/a.b", "/unsubscribe/a.b", "/api/v2/subscribers.json"} {
		r := httptest.NewRequest(http.MethodPost, path, http.NoBody)
		w := httptest.NewRecorder()
		none.public.ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s without a list: %d", path, w.Code)
		}
	}
}

// A word survives the trip through an address, and no other spelling of it
// does.
func TestWordsAreWrittenAsAddresses(t *testing.T) {
	c := newClub(t)
	server := httptest.NewServer(c.public)
	defer server.Close()
	who := c.member(t, "ada@example.org")
	word := c.list.Word("unsubscribe", who.ID)
	client := server.Client()
	for _, odd := range []string{word + "/", word + "/x", word + "%20", strings.ToUpper(word), word[1:], "%2e" + word, word + "."} {
		r, err := client.PostForm(server.URL+"/unsubscribe/"+odd, url.Values{"List-Unsubscribe": {"One-Click"}})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		if r.StatusCode != http.StatusNotFound || len(c.all(t)) != 1 {
			t.Errorf("%q: %d", odd, r.StatusCode)
		}
	}
	r, err := client.PostForm(server.URL+"/unsubscribe/"+word, url.Values{"List-Unsubscribe": {"One-Click"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusOK || len(c.all(t)) != 0 {
		t.Errorf("as it is: %d", r.StatusCode)
	}
}
