package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

// What another site has a browser send is refused on every route, whoever is
// signed in, and nothing is done. What is sent without a browser passes.
func TestNothingIsDoneForAnotherSite(t *testing.T) {
	w := newWorld()
	root := w.person("root", uptime.Admin)
	_, secret := w.token(t, root, uptime.Admin)
	fields := append(bearerOf(secret), "Cookie", w.begin(t, root))
	for range 20 { // so that signing in is refused before a password is hashed
		_, _ = w.service.SetUp(t.Context(), "", "", "", "192.0.2.1")
	}
	before := w.copied()
	foreign := map[string][]string{
		"cross-site":                {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"cross-site without Origin": {"Sec-Fetch-Site", "cross-site"},
		"a sibling":                 {"Sec-Fetch-Site", "same-site", "Origin", "https://other.example.org"},
		"an old browser":            {"Origin", "https://evil.example"},
		"a sandboxed frame":         {"Origin", "null"},
		"a name that begins alike":  {"Origin", "https://status.example.org.evil.example"},
		"another port":              {"Origin", "https://status.example.org:8443"},
		"no origin at all":          {"Origin", "evil"},
		"a claim of the host":       {"Origin", "https://evil.example", "X-Forwarded-Host", "evil.example"},
		"a claim of the method":     {"Origin", "https://evil.example", "X-HTTP-Method-Override", "GET"},
	}
	own := map[string][]string{
		"our own page":   {"Sec-Fetch-Site", "same-origin", "Origin", "https://status.example.org"},
		"the person":     {"Sec-Fetch-Site", "none"},
		"an old browser": {"Origin", "https://status.example.org"},
		"no browser":     {},
	}
	tried := 0
	for _, r := range routes() {
		if r.policy == ops {
			continue
		}
		for _, address := range addressesOf(t, r.path) {
			for _, method := range slices.DeleteFunc(slices.Clone(r.methods), safe) {
				tried++
				for name, site := range foreign {
					w.restore(before)
					w.entered, w.jobs.signals = 0, nil
					done := w.deeds()
					answer := w.send(method, address, "", slices.Concat(fields, site)...)
					if answer.StatusCode != http.StatusForbidden || w.entered > 0 || len(answer.Cookies()) > 0 || len(w.jobs.signals) > 0 || w.deeds() > done ||
						!maps.Equal(w.users, before.users) || !maps.Equal(w.sessions, before.sessions) || len(w.audit) != len(before.audit) {
						t.Errorf("%s %s from %s: %d, entered %d times", method, address, name, answer.StatusCode, w.entered)
					}
				}
				for name, site := range own {
					w.restore(before)
					w.entered = 0
					if w.send(method, address, "", slices.Concat(fields, site)...); w.entered != 1 {
						t.Errorf("%s %s from %s is kept out", method, address, name)
					}
				}
			}
		}
	}
	if tried < 5 {
		t.Errorf("only %d routes change anything", tried)
	}
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// Reading changes nothing, so that links may be followed by whoever follows
// links. A heartbeat is the exception: every scheduler can call an address.
func TestReadingChangesNothing(t *testing.T) {
	w := newWorld()
	root := w.person("root", uptime.Admin)
	_, secret := w.token(t, root, uptime.Admin)
	fields := append(bearerOf(secret), "Cookie", w.begin(t, root))
	before := w.copied()
	for _, r := range routes() {
		if r.policy == ops || strings.HasPrefix(r.path, "/heartbeat/") {
			continue
		}
		for _, address := range addressesOf(t, r.path) {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				w.send(method, address, "", append([]string{"Sec-Fetch-Site", "cross-site"}, fields...)...)
				if after := w.copied(); w.deeds() > 0 || !maps.Equal(after.users, before.users) || !maps.Equal(after.tokens, before.tokens) ||
					!maps.Equal(after.sessions, before.sessions) || len(after.audit) != len(before.audit) {
					t.Fatalf("%s %s changed something", method, address)
				}
			}
		}
	}
}

// Every answer carries what protects the reader, whoever asks and whatever
// comes of it.
func TestEveryAnswerProtectsItsReader(t *testing.T) {
	w := newWorld()
	root := w.person("root", uptime.Admin)
	_, secret := w.token(t, root, uptime.Admin)
	for range 20 {
		_, _ = w.service.SetUp(t.Context(), "", "", "", "192.0.2.1")
	}
	known := append(bearerOf(secret), "Cookie", w.begin(t, root))
	before := w.copied()
	for _, r := range routes() {
		if r.policy == ops {
			continue
		}
		for _, address := range addressesOf(t, r.path) {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
				for _, fields := range [][]string{nil, known, {"Sec-Fetch-Site", "cross-site"}, {"Content-Type", "text/plain"}} {
					w.restore(before)
					checkAnswer(t, method+" "+address, r, w.send(method, address, "", fields...))
				}
			}
		}
	}
}

func checkAnswer(t *testing.T, what string, r route, answer *http.Response) {
	t.Helper()
	h := answer.Header
	for field, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
	} {
		if h.Get(field) != want {
			t.Errorf("%s: %s is %q", what, field, h.Get(field))
		}
	}
	csp := h.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "script-src") {
		t.Errorf("%s: Content-Security-Policy %q", what, csp)
	}
	private := inConsole(r.path) || r.policy.least() > uptime.NoRole
	if private && h.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: Cache-Control %q", what, h.Get("Cache-Control"))
	}
	if vary := strings.Join(h.Values("Vary"), ","); strings.Contains(vary, "Cookie") {
		t.Errorf("%s: varies by %q", what, vary)
	}
	for _, cookie := range h.Values("Set-Cookie") {
		if !inConsole(r.path) {
			t.Errorf("%s sets a cookie", what)
		}
		checkCookie(t, what, cookie)
	}
}

// checkCookie wants every flag on every cookie, also on those that take one
// away.
func checkCookie(t *testing.T, what, cookie string) {
	t.Helper()
	parts := strings.Split(cookie, "; ")
	if !strings.HasPrefix(parts[0], "__Host-") {
		t.Errorf("%s: cookie %q", what, parts[0])
	}
	for _, flag := range []string{"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} {
		if !slices.Contains(parts[1:], flag) {
			t.Errorf("%s: the cookie %s has no %s", what, parts[0], flag)
		}
	}
	if strings.Contains(cookie, "Domain=") {
		t.Errorf("%s: a cookie for a whole domain", what)
	}
}

// Who reads the public pages signed in leaves no trace and gets what everybody
// gets.
func TestThePublicPagesKnowNoSession(t *testing.T) {
	w := newWorld()
	cookie := w.begin(t, w.person("root", uptime.Admin))
	w.asked = 0
	for _, path := range []string{"/", "/history", "/nothing", "/api/v2/summary.json", "/static/page-1a2b.css", "/subscribe", "/heartbeat/" + goodToken} {
		with, without := w.send("GET", path, "", "Cookie", cookie), w.send("GET", path, "")
		if len(with.Cookies()) > 0 || body(t, with) != body(t, without) || with.Header.Get("Cache-Control") != without.Header.Get("Cache-Control") {
			t.Errorf("%s depends on the session", path)
		}
	}
	if w.asked > 0 {
		t.Errorf("the session was looked for %d times", w.asked)
	}
}
