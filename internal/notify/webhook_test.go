package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// sink takes requests and answers as it is told.
type sink struct {
	*httptest.Server
	mu   sync.Mutex
	got  []arrival
	next http.HandlerFunc
}

type arrival struct {
	path   string
	header http.Header
	body   []byte
}

func newSink(t *testing.T, answer http.HandlerFunc) *sink {
	t.Helper()
	s := &sink{next: answer}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.got = append(s.got, arrival{r.URL.RequestURI(), r.Header, body})
	s.mu.Unlock()
	if s.next != nil {
		s.next(w, r)
	}
}

func (s *sink) arrivals() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]arrival(nil), s.got...)
}

// last is the newest arrival, its body read as JSON.
func (s *sink) last(t *testing.T) (arrival, map[string]any) {
	t.Helper()
	all := s.arrivals()
	if len(all) == 0 {
		t.Fatal("nothing arrived")
	}
	var body map[string]any
	if err := json.Unmarshal(all[len(all)-1].body, &body); err != nil {
		t.Fatal(err)
	}
	return all[len(all)-1], body
}

func hook(t *testing.T, s *Webhook) Sender {
	t.Helper()
	sender, err := s.Build(testEnv())
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func TestAWebhookIsSignedWithEverySecret(t *testing.T) {
	s := newSink(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "req-1")
		_, _ = io.WriteString(w, "thanks")
	})
	newer, older := NewWebhookSecret(), NewWebhookSecret()
	sender := hook(t, &Webhook{URL: s.URL + "/hooks/x?y=1", Secrets: []string{newer, older}, Headers: map[string]string{"Authorization": "Bearer hunter2hunter2"}})
	m := messages()["went_down"]
	m.To = channel
	receipt, err := sender.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := s.last(t)
	sum := sha256.Sum256(got.body)
	want := Receipt{State: uptime.DeliveryAccepted, Reply: "HTTP 200 OK: thanks", RemoteID: "req-1", Digest: hex.EncodeToString(sum[:])}
	if diff := cmp.Diff(want, receipt); diff != "" {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
	for name, secret := range map[string]string{"the newer": newer, "the older": older} {
		receiver, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := receiver.Verify(got.body, got.header); err != nil {
			t.Errorf("with %s secret: %v", name, err)
		}
	}
	stranger, _ := standardwebhooks.NewWebhook(NewWebhookSecret())
	if stranger.Verify(got.body, got.header) == nil {
		t.Error("any secret verifies")
	}
	if got.header.Get("Webhook-Id") != m.ID || got.header.Get("Authorization") != "Bearer hunter2hunter2" ||
		got.header.Get("Content-Type") != "application/json" || got.path != "/hooks/x?y=1" {
		t.Errorf("it came to %s with %v", got.path, got.header)
	}
	// The same message again is the same body under the same id.
	if _, err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if again, _ := s.last(t); string(again.body) != string(got.body) || again.header.Get("Webhook-Id") != m.ID {
		t.Error("the same message is another one the second time")
	}
}

func TestShapesOfWebhooks(t *testing.T) {
	for _, format := range []string{FormatStandard, FormatStatuspage, FormatCloudEvents} {
		for _, name := range []string{"update", "recovered", "digest", "test", "rescheduled", "scheduled_emergency", "cancelled", "starts_soon_price", "promise_broken"} {
			m := messages()[name]
			body, kind, err := payload(m, links, format)
			if err != nil {
				t.Fatal(err)
			}
			var indented map[string]any
			if err := json.Unmarshal(body, &indented); err != nil {
				t.Fatal(err)
			}
			text, _ := json.MarshalIndent(indented, "", "  ")
			golden(t, fmt.Sprintf("webhook_%s_%s.json", format, name), kind+"\n"+string(text)+"\n")
		}
	}
	if _, _, err := payload(notice.Message{}, links, FormatStandard); err == nil {
		t.Error("nothing is told, and that in JSON")
	}
}

// Statuspage's readers take the newest update without looking, and know four
// states of an incident and five of a component.
func TestStatuspageShapeKeepsToItsWords(t *testing.T) {
	for name, m := range messages() {
		if m.Notices[0].Content.Incident.ID == "" || m.Reason == uptime.Digest {
			continue
		}
		for range 2 {
			hook := newStatuspage(m, links)
			if len(hook.Incident.Updates) == 0 || hook.Incident.Updates[0].Body == "" || hook.Incident.Components == nil {
				t.Errorf("%s: %+v", name, hook.Incident)
			}
			for _, u := range append(hook.Incident.Updates, spUpdate{Status: hook.Incident.Status}) {
				switch u.Status {
				case "investigating", "identified", "monitoring", "resolved", "postmortem":
				default:
					t.Errorf("%s: the status is %q", name, u.Status)
				}
			}
			if m.Notices[0].Content.Incident.Open() && hook.Page.Indicator == "none" {
				t.Errorf("%s: a page with an open incident is %+v", name, hook.Page)
			}
			m.Notices[0].Content.Incident.Updates = nil // the same without any
		}
	}
	unknown := messages()["recovered"]
	unknown.Notices[0].Content.Components[0].State = uptime.Unknown
	if hook := newStatuspage(unknown, links); hook.Page.Indicator == "none" || hook.Incident.Components[0].Status == "operational" {
		t.Errorf("what is not known is %+v %+v", hook.Page, hook.Incident.Components)
	}
	draft := messages()["went_down_draft"]
	if hook := newStatuspage(draft, links); hook.Incident.Shortlink != "https://status.example.org/console/incidents/2026-03-07-api" {
		t.Errorf("a draft's page is %s", hook.Incident.Shortlink)
	}
}

func TestSubscribersAreToldNoFacts(t *testing.T) {
	m := messages()["update"]
	m.Notices[0].Content.Facts = map[string]string{"host": "db-7.internal"}
	for _, format := range []string{FormatStandard, FormatStatuspage, FormatCloudEvents} {
		if body, _, err := payload(m, links, format); err != nil || strings.Contains(string(body), "db-7") {
			t.Errorf("%s: %s (%v)", format, body, err)
		}
	}
	m.To = channel
	if body, _, _ := payload(m, links, FormatStandard); !strings.Contains(string(body), "db-7") || strings.Contains(string(body), "unsubscribe") {
		t.Errorf("operators are told %s", body)
	}
}

func TestWhatAnAnswerComesTo(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	for _, c := range []struct {
		status int
		after  string
		want   Refusal
	}{
		{http.StatusMovedPermanently, "", Refusal{}},
		{http.StatusBadRequest, "", Refusal{Permanent: true}},
		{http.StatusNotFound, "60", Refusal{Permanent: true}},
		{http.StatusRequestTimeout, "", Refusal{}},
		{http.StatusGone, "", Refusal{Permanent: true, Gone: true}},
		{http.StatusTooEarly, "", Refusal{}},
		{http.StatusTooManyRequests, "120", Refusal{After: 2 * time.Minute}},
		{http.StatusTooManyRequests, now.Add(time.Hour).UTC().Format(http.TimeFormat), Refusal{After: time.Hour}},
		{http.StatusTooManyRequests, now.Add(-time.Hour).UTC().Format(http.TimeFormat), Refusal{}},
		{http.StatusServiceUnavailable, "5", Refusal{After: 5 * time.Second}},
		{http.StatusServiceUnavailable, "-5", Refusal{}},
		{http.StatusServiceUnavailable, "soon", Refusal{}},
		{http.StatusServiceUnavailable, "99999999999999", Refusal{After: 24 * time.Hour}},
		{http.StatusInternalServerError, "", Refusal{}},
	} {
		followed := false
		s := newSink(t, func(w http.ResponseWriter, r *http.Request) {
			followed = followed || r.URL.Path == "/elsewhere"
			if c.after != "" {
				w.Header().Set("Retry-After", c.after)
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, "no: secret-path https://x.example/y a@b.example")
		})
		env := testEnv()
		env.Now = func() time.Time { return now }
		sender, err := (&Webhook{URL: s.URL + "/secret-path"}).Build(env)
		if err != nil {
			t.Fatal(err)
		}
		_, err = sender.Send(t.Context(), messages()["update"])
		var refused *Refusal
		if !errors.As(err, &refused) {
			t.Fatalf("%d: %v", c.status, err)
		}
		got := *refused
		got.Reply = ""
		if got != c.want || followed {
			t.Errorf("%d %q: %+v, want %+v (followed: %t)", c.status, c.after, got, c.want, followed)
		}
		if !strings.HasPrefix(refused.Reply, fmt.Sprintf("HTTP %d", c.status)) || strings.Contains(refused.Reply, "secret-path") ||
			strings.Contains(refused.Reply, "://") || strings.Contains(refused.Reply, "@") {
			t.Errorf("the reply is %q", refused.Reply)
		}
	}
}

// A sink that is slow, endless or broken holds nobody up, and its address is in
// no error.
func TestHostileSinks(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		taken  bool
	}{
		"says nothing":  {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, false},
		"breaks off":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
		"a huge header": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 64<<10)) }, false},
		"an endless yes": {func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}, true},
		"a dripped yes": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "y")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, true},
	} {
		s := newSink(t, c.answer)
		sender, err := (&Webhook{URL: s.URL + "/path-that-is-secret", Timeout: config.Duration(time.Second)}).Build(testEnv())
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := sender.Send(t.Context(), messages()["update"])
		var refused *Refusal
		if c.taken != (err == nil) || errors.As(err, &refused) && refused.Permanent || len(receipt.Reply) > 600 {
			t.Errorf("%s: %+v %v", name, receipt, err)
		}
		if err != nil && (strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: the error tells the address: %v", name, err)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := hook(t, &Webhook{URL: newSink(t, nil).URL}).Send(stopped, messages()["update"]); err == nil {
		t.Error("a stop does not stop it")
	}
}

func TestWebhooksReachNothingThatTheyMayNot(t *testing.T) {
	s := newSink(t, nil)
	m := messages()["update"]
	var refused *Refusal
	// What the configuration names may be on this machine, but no metadata.
	if _, err := hook(t, &Webhook{URL: s.URL}).Send(t.Context(), m); err != nil {
		t.Error(err)
	}
	if _, err := hook(t, &Webhook{URL: "http://169.254.169.254/latest"}).Send(t.Context(), m); !errors.As(err, &refused) || !refused.Permanent {
		t.Errorf("metadata: %v", err)
	}
	// What a subscriber entered may be neither.
	m.To = uptime.Recipient{Kind: uptime.ToWebhook, ID: "sub1", Address: s.URL}
	if _, err := NewSubscriberWebhook(testEnv()).Send(t.Context(), m); !errors.As(err, &refused) || !refused.Permanent || strings.Contains(err.Error(), "127") {
		t.Errorf("this machine: %v", err)
	}
	if len(s.arrivals()) != 1 {
		t.Errorf("%d requests arrived", len(s.arrivals()))
	}
}

func TestASubscribersWebhook(t *testing.T) {
	s := newSink(t, nil)
	env := testEnv()
	env.Public = egress.New(egress.Policy{Asker: egress.Author}, nil) // as with egress.allow
	secret := NewWebhookSecret()
	env.Open = func(id uptime.SubscriberID, sealed string) (string, error) {
		if id != "sub1" || sealed != "sealed" {
			return "", errors.New("a sealed value cannot be opened")
		}
		return secret, nil
	}
	m := messages()["update"]
	m.To = uptime.Recipient{Kind: uptime.ToWebhook, ID: "sub1", Address: s.URL, Secrets: []string{"sealed"}}
	sender := NewSubscriberWebhook(env)
	if _, err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got, body := s.last(t)
	receiver, _ := standardwebhooks.NewWebhook(secret)
	if err := receiver.Verify(got.body, got.header); err != nil {
		t.Error(err)
	}
	if meta := body["meta"].(map[string]any); meta["unsubscribe"] != "https://status.example.org/unsubscribe/sub1.unsubscribe" || body["incident"] == nil {
		t.Errorf("the body is %s", got.body)
	}
	// Whoever has not confirmed is asked, in the standard shape.
	confirm := messages()["confirm_subscription"]
	confirm.To = m.To
	if _, err := sender.Send(t.Context(), confirm); err != nil {
		t.Fatal(err)
	}
	if _, body := s.last(t); body["type"] != "subscription.confirm_subscription" ||
		body["data"].(map[string]any)["links"].(map[string]any)["confirm"] != "https://status.example.org/subscribe/confirm/sub1.confirm" {
		t.Errorf("the request to confirm is %v", body)
	}
	m.To.Secrets = []string{"damaged"}
	var refused *Refusal
	if _, err := sender.Send(t.Context(), m); !errors.As(err, &refused) || !refused.Permanent {
		t.Errorf("a damaged secret: %v", err)
	}
	m.To.Address = "ftp://x.example"
	if _, err := sender.Send(t.Context(), m); !errors.As(err, &refused) || !refused.Permanent {
		t.Errorf("no address of the web: %v", err)
	}
}

func TestWebhookSettingsAreChecked(t *testing.T) {
	for path, s := range map[string]Webhook{
		"url":        {URL: "hooks.example.org"},
		"format":     {URL: "https://h.example", Format: "xml"},
		"secrets":    {URL: "https://h.example", Secrets: []string{NewWebhookSecret(), NewWebhookSecret(), NewWebhookSecret()}},
		"secrets[0]": {URL: "https://h.example", Secrets: []string{"whsec_short"}},
		"headers":    {URL: "https://h.example", Headers: map[string]string{"A": "b\r\nC: d"}},
		"timeout":    {URL: "https://h.example", Timeout: config.Duration(time.Hour)},
	} {
		_, err := s.Build(testEnv())
		var setting *SettingError
		if !errors.As(err, &setting) || setting.Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, text := range []string{"", "https://", "javascript:alert(1)", "file:///etc/passwd", "http://a\nb/", "//x", "https://\u202e.example/"} {
		if _, err := checkURL(text); err == nil {
			t.Errorf("%q is an address", text)
		}
	}
	s := &Webhook{URL: "https://h.example/hunter2"}
	if shown := fmt.Sprintf("%v %+v %#v %s", s, s, s, s); strings.Contains(shown, "hunter2") {
		t.Error(shown)
	}
	for _, name := range []string{"", "a b", "a:b", "ü", "Webhook-Id", "content-type", "Host"} {
		if isHeader(name, "x") && !ours(name) {
			t.Errorf("the header %q can be set", name)
		}
	}
}
