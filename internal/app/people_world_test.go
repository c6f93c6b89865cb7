//go:build slow

package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/upheld/upheld/internal/store/storetest"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// office is a mail server that keeps what it is handed.
type office struct {
	address string
	mu      sync.Mutex
	letters []letter
}

type letter struct {
	to     []string
	header mail.Header
	body   string
	raw    []byte
	from   string // of the envelope
}

func openOffice(t testing.TB) *office {
	t.Helper()
	o := &office{}
	server := smtp.NewServer(o)
	server.Domain, server.MaxMessageBytes = "mail.example.org", 1<<20
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = listener.Addr().String()
	done := make(chan struct{})
	go func() { _ = server.Serve(listener); close(done) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return o
}

func (o *office) NewSession(*smtp.Conn) (smtp.Session, error) { return &counter{office: o}, nil }

func (o *office) all() []letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.letters)
}

// to are the letters for one address, oldest first.
func (o *office) to(address string) (own []letter) {
	for _, l := range o.all() {
		if slices.Contains(l.to, address) {
			own = append(own, l)
		}
	}
	return own
}

type counter struct {
	office *office
	from   string
	to     []string
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error { c.from, c.to = from, nil; return nil }
func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error   { c.to = append(c.to, to); return nil }
func (c *counter) Reset()                                      { c.to = nil }
func (c *counter) Logout() error                               { return nil }
func (c *counter) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(message.Body)
	if err != nil {
		return err
	}
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.letters = append(c.office.letters, letter{c.to, message.Header, string(body), raw, c.from})
	return nil
}

// hooks is a receiver of webhooks that verifies what it gets.
type hooks struct {
	*httptest.Server
	mu     sync.Mutex
	secret string // empty: signatures are not looked at
	got    []hook
	wrong  []error
}

type hook struct {
	id   string
	body []byte
	at   time.Time
}

func openHooks(t testing.TB) *hooks {
	h := &hooks{}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hooks) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // who called is gone
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.secret != "" {
		var verifier *standardwebhooks.Webhook
		if verifier, err = standardwebhooks.NewWebhook(h.secret); err == nil {
			err = verifier.Verify(body, r.Header)
		}
	}
	if err != nil {
		h.wrong = append(h.wrong, err)
	}
	h.got = append(h.got, hook{r.Header.Get("webhook-id"), body, time.Now()})
}

func (h *hooks) all() []hook {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// target is a server that is up or down as told.
func target(t testing.TB) (address string, down *atomic.Bool) {
	down = &atomic.Bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, down
}

var confirmLink = regexp.MustCompile(`/subscribe/confirm/[A-Za-z0-9._=\r\n-]+`)

// subscribe asks by the public form and confirms by the link of the mail.
func (u *upheld) subscribe(o *office, address string, components ...string) {
	u.t.Helper()
	u.subscribeTo(o, address, []string{"incidents"}, components...)
}

func (u *upheld) subscribeTo(o *office, address string, news []string, components ...string) {
	u.t.Helper()
	form := url.Values{"address": {address}, "news": news, "component": components}
	u.postForm("/subscribe", form)
	u.within(10*time.Second, "the request to confirm comes", func() bool { return len(o.to(address)) > 0 })
	found := confirmLink.FindString(o.to(address)[0].body)
	found, _, _ = strings.Cut(strings.ReplaceAll(found, "=\r\n", ""), "\r\n")
	u.postForm(found, url.Values{})
}

func (u *upheld) postForm(path string, form url.Values) {
	u.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answer, err := client.PostForm("http://"+u.Public().String()+path, form)
	if err != nil {
		u.t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode >= 400 {
		u.t.Fatalf("POST %s: %s\n%s", path, answer.Status, text)
	}
}

// call calls the API and decodes its answer.
func (u *upheld) call(token, method, path string, body, into any) {
	u.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		u.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(u.t.Context(), method, "http://"+u.Public().String()+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		u.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answer, err := client.Do(request)
	if err != nil {
		u.t.Fatal(err)
	}
	defer answer.Body.Close()
	got, _ := io.ReadAll(answer.Body)
	if answer.StatusCode >= 300 {
		u.t.Fatalf("%s %s: %s\n%s", method, path, answer.Status, got)
	}
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			u.t.Fatalf("%s: %v in %s", path, err, got)
		}
	}
}

// token is one of a new administrator's.
func (u *upheld) token() string {
	u.t.Helper()
	desk, err := OpenDesk(u.t.Context(), u.current(), u.data)
	if err != nil {
		u.t.Fatal(err)
	}
	defer desk.Close()
	if _, err := desk.CreateAdmin(u.t.Context(), "ada", "a battery, a horse and a staple"); err != nil {
		u.t.Fatal(err)
	}
	secret, err := desk.CreateToken(u.t.Context(), "ada", "test", uptime.Admin, 90*24*time.Hour)
	if err != nil {
		u.t.Fatal(err)
	}
	return secret
}

// An outage, two updates, a recovery: every confirmed subscriber of the
// component has each message once, in one thread, and nobody else has any.
func TestEverybodyWhoAskedIsToldOnce(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { everybodyIsToldOnce(t, "sqlite") })
	t.Run("PostgreSQL", func(t *testing.T) { everybodyIsToldOnce(t, storetest.Postgres(t)) })
}

func everybodyIsToldOnce(t *testing.T, database string) {
	o, receiver, channel := openOffice(t), openHooks(t), openHooks(t)
	address, down := target(t)
	u := begin(t, fmt.Sprintf(`
database: %q
mail: {server: "%s", tls: none, from: "Example Status <status@example.org>"}
egress: {allow: [127.0.0.0/8]}
channels: [{name: On call, type: webhook, url: "%s"}]
components:
  - {name: Web, importance: critical, monitors: [{type: http, url: "%s", interval: 1s, timeout: 500ms, confirm: {failures: 2, retry: 100ms}}]}
  - {name: Other, importance: critical, monitors: [{type: tcp, address: "%s", interval: 1s, timeout: 500ms}]}
`, database, o.address, channel.URL, address, o.address))
	token := u.token()
	u.subscribe(o, "all@example.com")
	u.subscribe(o, "web@example.com", "web")
	u.subscribe(o, "other@example.com", "other")
	u.postForm("/subscribe", url.Values{"address": {"never@example.com"}, "news": {"incidents"}})
	hooked, err := u.subscribers.Add(t.Context(), uptime.Actor{Kind: "command", Role: uptime.Admin}, subscribers.Addition{
		Kind: uptime.ToWebhook, Address: receiver.URL, Consent: "a test",
	})
	if err != nil {
		t.Fatal(err)
	}
	receiver.secret = hooked.Secret

	down.Store(true)
	var open struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	u.within(10*time.Second, "an incident is open", func() bool {
		u.call(token, http.MethodGet, "/incidents?open=true", struct{}{}, &open)
		return len(open.Items) == 1
	})
	say := "/incidents/" + open.Items[0].ID + "/updates"
	u.call(token, http.MethodPost, say, map[string]any{"phase": "identified", "body": "A *disk* is full."}, nil)
	u.call(token, http.MethodPost, say, map[string]any{"phase": "monitoring", "body": "We made room."}, nil)
	down.Store(false)
	u.within(15*time.Second, "the incident is over", func() bool {
		u.call(token, http.MethodGet, "/incidents?open=true", struct{}{}, &open)
		return len(open.Items) == 0
	})

	const news = 4 // down, two updates, up
	u.within(20*time.Second, "everybody has all of it", func() bool {
		return len(o.to("all@example.com")) >= 1+news && len(o.to("web@example.com")) >= 1+news && len(receiver.all()) >= news && len(channel.all()) >= news
	})
	for address, want := range map[string]int{"all@example.com": 1 + news, "web@example.com": 1 + news, "other@example.com": 1, "never@example.com": 1} {
		checkLetters(t, address, o.to(address), want)
	}
	if n := len(o.all()); n != 2*(1+news)+2 {
		t.Errorf("%d letters went out", n)
	}
	for name, h := range map[string]*hooks{"subscriber": receiver, "channel": channel} {
		ids := map[string]bool{}
		for _, got := range h.all() {
			ids[got.id] = true
		}
		if len(h.all()) != news || len(ids) != news || len(h.wrong) > 0 {
			t.Errorf("the %s's webhook was called %d times with %d ids; not verified: %v", name, len(h.all()), len(ids), h.wrong)
		}
	}
	if first := string(receiver.all()[0].body); !strings.Contains(first, `"incident_updates"`) {
		t.Errorf("a subscriber's webhook is sent\n%s", first)
	}
}

// checkLetters wants the request to confirm and, in one thread, each piece of
// news once.
func checkLetters(t *testing.T, address string, letters []letter, want int) {
	t.Helper()
	if len(letters) != want {
		t.Errorf("%s has %d letters, want %d", address, len(letters), want)
		return
	}
	ids, threads := map[string]bool{}, map[string]bool{}
	for i, l := range letters {
		ids[l.header.Get("Message-Id")] = true
		if len(l.to) != 1 || l.to[0] != address {
			t.Errorf("a letter went to %v", l.to)
		}
		if i == 0 {
			continue // the request to confirm
		}
		threads[l.header.Get("References")] = true
		if !strings.Contains(l.header.Get("List-Unsubscribe"), "/unsubscribe/") || l.header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("%s cannot leave by one click: %q", address, l.header.Get("List-Unsubscribe"))
		}
	}
	if len(ids) != want || want > 1 && (len(threads) != 1 || threads[""]) {
		t.Errorf("%s: %d ids for %d letters, threads %v", address, len(ids), want, threads)
	}
}
