package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/statuspage"
)

func TestMain(m *testing.M) {
	// net/http lingers for half a second on a connection that it refused.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const goodToken = "0123456789abcdef0123456789abcdef"

// pages is a set of documents, one for each way in which they differ.
type pages map[string]*statuspage.Document

func (p pages) Document(_ context.Context, path string) (*statuspage.Document, error) {
	switch path {
	case "/slow", "/api/slow":
		return nil, fmt.Errorf("reading: %w", context.DeadlineExceeded)
	case "/broken", "/api/broken":
		return nil, errors.New("secret detail of the database")
	case "/panics":
		panic("secret detail of a bug")
	case "/nil":
		return nil, nil
	}
	if doc := p[path]; doc != nil {
		return doc, nil
	}
	return nil, fmt.Errorf("page %q: %w", path, uptime.ErrNotFound)
}

func (p pages) NotFound() *statuspage.Document { return p["/404"] }

func document(contentType, body string, status int) *statuspage.Document {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	return &statuspage.Document{
		Status: status, ContentType: contentType, Body: []byte(body), Gzip: zipped.Bytes(),
		ETag: fmt.Sprintf(`W/"%x"`, sha256.Sum256([]byte(body))), LastModified: start,
		CacheControl: "public, max-age=10", CSP: "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
	}
}

func samplePages() pages {
	p := pages{
		"/":                     document("text/html; charset=utf-8", "<!doctype html><title>Up</title>"+strings.Repeat("<p>all is well</p>", 200), 200),
		"/history":              document("text/html; charset=utf-8", "<!doctype html><title>History</title>", 200),
		"/api/v2/summary.json":  document("application/json; charset=utf-8", `{"page":{}}`, 200),
		"/static/page-1a2b.css": document("text/css; charset=utf-8", "p{color:red}", 200),
	}
	p["/404"] = document("text/html; charset=utf-8", "<!doctype html><title>Not found</title>"+strings.Repeat(" nothing", 99), 404)
	p["/api/v2/summary.json"].Shared = true
	p["/api/v2/summary.json"].Gzip = nil
	p["/static/page-1a2b.css"].CacheControl = "public, max-age=31536000, immutable"
	return p
}

// jobs stores signals, or fails to.
type jobs struct {
	mu      sync.Mutex
	signals []uptime.Signal
	err     error
}

func (j *jobs) Signal(ctx context.Context, token string, s uptime.Signal) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if token != goodToken {
		return fmt.Errorf("token: %w", uptime.ErrNotFound)
	}
	if j.err != nil {
		return j.err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	j.signals = append(j.signals, s)
	return nil
}

// site under test: handlers with their log and jobs.
type under struct {
	public, ops http.Handler
	log         *bytes.Buffer
	jobs        *jobs
	now         time.Time
}

func newUnder(change ...func(*Options)) *under {
	u := &under{log: &bytes.Buffer{}, jobs: &jobs{}, now: start}
	o := Options{
		Log: slog.New(slog.NewTextHandler(u.log, nil)), Now: func() time.Time { return u.now },
		Documents: samplePages(), Signals: u.jobs,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("up 1\n")) }),
	}
	for _, f := range change {
		f(&o)
	}
	u.public, u.ops = Public(o), Ops(o)
	return u
}

func do(h http.Handler, method, target string, fields ...string) *http.Response {
	r := httptest.NewRequest(method, "http://status.example.org/", nil)
	path, query, _ := strings.Cut(target, "?")
	r.URL.Path, r.URL.RawQuery, r.RequestURI = path, query, target
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDocuments(t *testing.T) {
	u, all := newUnder(), samplePages()
	home, css, api := all["/"], all["/static/page-1a2b.css"], all["/api/v2/summary.json"]
	for name, tc := range map[string]struct {
		path   string
		fields []string
		status int
		body   []byte
		want   map[string]string
	}{
		"plain": {"/", nil, 200, home.Body, map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "", "Vary": "Accept-Encoding", "Etag": home.ETag,
			"Cache-Control": "public, max-age=10", "Content-Security-Policy": home.CSP, "Access-Control-Allow-Origin": "",
			"Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT", "Content-Length": fmt.Sprint(len(home.Body))}},
		"gzip": {"/", []string{"Accept-Encoding", "gzip, deflate, br"}, 200, home.Gzip, map[string]string{
			"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Etag": home.ETag, "Content-Length": fmt.Sprint(len(home.Gzip))}},
		"gzip refused":            {"/", []string{"Accept-Encoding", "br, gzip;q=0"}, 200, home.Body, map[string]string{"Content-Encoding": ""}},
		"a query changes nothing": {"/?a=b", nil, 200, home.Body, nil},
		"unchanged": {"/", []string{"If-None-Match", home.ETag, "Accept-Encoding", "gzip"}, 304, nil, map[string]string{
			"Etag": home.ETag, "Vary": "Accept-Encoding", "Cache-Control": "public, max-age=10", "Content-Type": "", "Content-Encoding": ""}},
		"unchanged, strong tag": {"/", []string{"If-None-Match", strings.TrimPrefix(home.ETag, "W/")}, 304, nil, nil},
		"changed":               {"/", []string{"If-None-Match", `"other", W/"another"`}, 200, home.Body, nil},
		"only the tag decides":  {"/", []string{"If-Modified-Since", "Sun, 01 Mar 2026 12:00:00 GMT"}, 200, home.Body, nil},
		"named by its content":  {"/static/page-1a2b.css", nil, 200, css.Body, map[string]string{"Cache-Control": "public, max-age=31536000, immutable"}},
		"for any site's script": {"/api/v2/summary.json", []string{"Accept-Encoding", "gzip"}, 200, api.Body, map[string]string{
			"Access-Control-Allow-Origin": "*", "Content-Type": "application/json; charset=utf-8", "Vary": "", "Content-Encoding": ""}},
		"one slash too many":            {"/history/", nil, 301, []byte("Moved to /history\n"), map[string]string{"Location": "/history"}},
		"slash too many, nothing there": {"/nothing/", nil, 404, all.NotFound().Body, map[string]string{"Location": ""}},
		"nothing there": {"/nothing", []string{"If-None-Match", "*"}, 404, all.NotFound().Body, map[string]string{
			"Cache-Control": "no-store", "Etag": "", "Content-Type": "text/html; charset=utf-8"}},
		"a document that is nil": {"/nil", nil, 404, all.NotFound().Body, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				r := do(u.public, method, tc.path, tc.fields...)
				if r.StatusCode != tc.status {
					t.Errorf("%s: status %d, want %d", method, r.StatusCode, tc.status)
				}
				for field, want := range tc.want {
					if got := r.Header.Get(field); got != want {
						t.Errorf("%s: %s is %q, want %q", method, field, got, want)
					}
				}
				want := string(tc.body)
				if method == "HEAD" {
					want = ""
				}
				if got := body(t, r); got != want {
					t.Errorf("%s: body %q, want %q", method, got, want)
				}
			}
		})
	}
	if u.log.Len() > 0 {
		t.Errorf("successes and 404s are logged: %s", u.log)
	}
}

func TestErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		path, contentType string
		status            int
		logged            bool
		has               string
	}{
		"page, too slow": {"/slow", "text/plain; charset=utf-8", 503, true, "Service Unavailable"},
		"page, broken":   {"/broken", "text/plain; charset=utf-8", 500, true, "Internal Server Error"},
		"page, panic":    {"/panics", "text/plain; charset=utf-8", 500, true, "Internal Server Error"},
		"API, broken":    {"/api/broken", "application/problem+json", 500, true, `"status":500`},
		"API, too slow":  {"/api/slow", "application/problem+json", 503, true, `"status":503`},
		"API, nothing":   {"/api/v2/nothing.json", "application/problem+json", 404, false, `"title":"Not Found"`},
		"page, nothing":  {"/nothing", "text/html; charset=utf-8", 404, false, "<title>Not found</title>"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUnder()
			r := do(u.public, "GET", tc.path)
			text := body(t, r)
			if r.StatusCode != tc.status || r.Header.Get("Content-Type") != tc.contentType || !strings.Contains(text, tc.has) {
				t.Errorf("%d %s %s", r.StatusCode, r.Header.Get("Content-Type"), text)
			}
			if strings.Contains(text, "secret") {
				t.Errorf("the answer holds the cause: %s", text)
			}
			if got := strings.Count(u.log.String(), "a request failed"); (got == 1) != tc.logged || got > 1 {
				t.Errorf("logged %d times, want %v", got, tc.logged)
			}
			if id := r.Header.Get("X-Request-Id"); tc.logged && (id == "" || !strings.Contains(u.log.String(), id) || !strings.Contains(text, id)) {
				t.Errorf("request id %q is not in the log and the answer", id)
			}
			if tc.status == 503 && r.Header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			if got := r.Header.Get("Access-Control-Allow-Origin"); (got == "*") != strings.HasPrefix(tc.path, "/api/") {
				t.Errorf("Access-Control-Allow-Origin %q", got)
			}
		})
	}
}

// Every route answers every method, with every header that no answer goes
// without.
func TestEveryRouteAndMethodCarriesTheHeaders(t *testing.T) {
	u := newUnder()
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "ODD"}
	for _, r := range routes() {
		h := u.public
		if r.policy == ops {
			h = u.ops
		}
		for _, path := range concrete(t, r.path) {
			for _, method := range methods {
				answer := do(h, method, path)
				for _, f := range securityHeaders() {
					if answer.Header.Get(f.name) == "" {
						t.Errorf("%s %s: no %s", method, path, f.name)
					}
				}
				if answer.Header.Get("Cache-Control") == "" {
					t.Errorf("%s %s: no Cache-Control", method, path)
				}
				wantAllow := ""
				if there := methodsAt(r.path); !slices.Contains(there, method) {
					wantAllow = strings.Join(there, ", ")
				}
				if got := answer.Header.Get("Allow"); got != wantAllow {
					t.Errorf("%s %s: Allow %q, want %q", method, path, got, wantAllow)
				}
				if (answer.StatusCode == http.StatusMethodNotAllowed) != (wantAllow != "") {
					t.Errorf("%s %s: status %d", method, path, answer.StatusCode)
				}
			}
		}
	}
}

func concrete(t testing.TB, pattern string) []string {
	switch pattern {
	case "/*":
		return []string{"/", "/history", "/history/", "/nothing", "/slow", "/broken", "/panics", "/api/v2/summary.json", "/api/nothing", "/metrics", "/heartbeat"}
	case "/heartbeat/*":
		return []string{"/heartbeat/" + goodToken, "/heartbeat/unknown", "/heartbeat/" + goodToken + "/fail",
			"/heartbeat/" + goodToken + "/odd", "/heartbeat/a/b/c", "/heartbeat/"}
	}
	return slices.Collect(maps.Values(addressesOf(t, pattern)))
}

// methodsAt are the methods of every route at an address.
func methodsAt(path string) (methods []string) {
	for _, r := range routes() {
		if r.path == path {
			methods = append(methods, r.methods...)
		}
	}
	slices.Sort(methods)
	return methods
}

func TestEveryRouteIsDeclared(t *testing.T) {
	u := newUnder()
	for name, h := range map[string]http.Handler{"public": u.public, "ops": u.ops} {
		registered, want := map[string]bool{}, map[string]bool{}
		for _, r := range h.(*echo.Echo).Routes() {
			registered[r.Path] = true
		}
		for _, r := range routes() {
			if (r.policy == ops) == (name == "ops") {
				want[r.path] = true
			}
			if r.policy == 0 || r.policy.least() > uptime.Admin {
				t.Errorf("%s has no policy", r.path)
			}
			if seen := methodsAt(r.path); len(slices.Compact(slices.Clone(seen))) != len(seen) {
				t.Errorf("%s declares a method twice: %s", r.path, seen)
			}
		}
		if diff := cmp.Diff(want, registered); diff != "" {
			t.Errorf("%s: declared and registered differ (-declared +registered):\n%s", name, diff)
		}
	}
}

func TestOperatorsRoutesAreNotPublic(t *testing.T) {
	u := newUnder()
	for _, path := range []string{"/metrics", "/healthz", "/readyz", "/debug/pprof/"} {
		if r := do(u.public, "GET", path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d on the public handler", path, r.StatusCode)
		}
	}
	for _, path := range []string{"/history", "/heartbeat/" + goodToken, "/debug/pprof/", "/nothing"} {
		if r := do(u.ops, "GET", path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d on the operators' handler", path, r.StatusCode)
		}
	}
}

func TestOddPathsLeadNowhere(t *testing.T) {
	server := httptest.NewServer(newUnder().public)
	defer server.Close()
	for _, path := range []string{
		"//", "//evil.example/", "/history//", "/./history", "/static/../history", "/../history", "/history/.", "/history/..",
		"/%2e%2e/history", "/%2fhistory", "/history%2f", "/%68istory", "/history%00", "/hist%20ory", "/history;a=b",
		"/history%5c", "/..%2fhistory", "/%ff", "/é", "/history%0d%0aX-Evil:1", "/heartbeat/" + goodToken + "%2ffail", "*",
	} {
		if status, _ := raw(t, server.Listener.Addr().String(), "GET "+path+" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"); status != 404 && status != 400 {
			t.Errorf("%s: status %d", path, status)
		}
	}
}

// raw sends bytes as they are and reads the answer's status and text.
func raw(t testing.TB, addr, request string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, request) // the server may have hung up already
	answer, _ := io.ReadAll(conn)
	var status int
	_, _ = fmt.Sscanf(string(answer), "HTTP/1.1 %d", &status)
	return status, string(answer)
}

func TestTheHostIsNeverReflected(t *testing.T) {
	server := httptest.NewServer(newUnder().public)
	defer server.Close()
	for _, path := range []string{"/", "/history/", "/nothing", "/api/nothing", "/broken", "/heartbeat/x"} {
		for _, field := range []string{"Host", "X-Forwarded-Host"} {
			_, answer := raw(t, server.Listener.Addr().String(),
				"GET "+path+" HTTP/1.1\r\nHost: a.example\r\n"+field+": evil.example\r\nConnection: close\r\n\r\n")
			if strings.Contains(answer, "evil.example") {
				t.Errorf("%s: %s is reflected:\n%s", path, field, answer)
			}
		}
	}
}

func TestProxies(t *testing.T) {
	trusted := func(o *Options) {
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	}
	for name, tc := range map[string]struct {
		change func(*Options)
		from   string
		hsts   bool
		client string
	}{
		"direct":                            {func(*Options) {}, "192.0.2.1:1", false, "client=192.0.2.1 "},
		"a trusted proxy":                   {trusted, "192.0.2.1:1", true, "client=203.0.113.7 "},
		"a trusted one on v6":               {trusted, "[2001:db8::1]:1", true, "client=203.0.113.7 "},
		"somebody else":                     {trusted, "198.51.100.1:1", false, "client=198.51.100.1 "},
		"loopback is no proxy unless named": {trusted, "127.0.0.1:1", false, "client=127.0.0.1 "},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUnder(tc.change)
			r := httptest.NewRequest(http.MethodGet, "/broken", nil)
			r.RemoteAddr = tc.from
			r.Header.Set("X-Forwarded-Proto", "https")
			r.Header.Set("X-Forwarded-For", "203.0.113.7")
			r.Header.Set("X-Real-Ip", "203.0.113.8")
			w := httptest.NewRecorder()
			u.public.ServeHTTP(w, r)
			if got := w.Header().Get("Strict-Transport-Security") != ""; got != tc.hsts {
				t.Errorf("HSTS %v, want %v", got, tc.hsts)
			}
			if !strings.Contains(u.log.String(), tc.client) {
				t.Errorf("want %q in the log: %s", tc.client, u.log)
			}
		})
	}
}

func TestServerLimits(t *testing.T) {
	server := Server(newUnder().public, "127.0.0.1:0")
	want := []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second, time.Minute}
	got := []time.Duration{server.ReadHeaderTimeout, server.ReadTimeout, server.WriteTimeout, server.IdleTimeout}
	if diff := cmp.Diff(want, got); diff != "" || server.MaxHeaderBytes != 16<<10 {
		t.Errorf("limits: %s, %d header bytes", diff, server.MaxHeaderBytes)
	}
	// The same limits, made short, on a real listener.
	server.ReadHeaderTimeout, server.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond
	listener, err := net.Listen("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	addr := listener.Addr().String()
	for name, tc := range map[string]struct {
		request string
		status  int // 0: hung up without an answer
	}{
		"headers that never end":    {"GET / HTTP/1.1\r\nHost: a\r\n", 0},
		"headers that are too long": {"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", 431},
		"a body that never comes":   {"POST /heartbeat/" + goodToken + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 99\r\n\r\n", 200},
		"OPTIONS *":                 {"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404},
		"no host":                   {"GET / HTTP/1.1\r\n\r\n", 400},
	} {
		if status, answer := raw(t, addr, tc.request); status != tc.status {
			t.Errorf("%s: status %d, want %d: %s", name, status, tc.status, answer)
		}
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

func TestTwoHandlersInOneProcess(t *testing.T) {
	a, b := newUnder(), newUnder()
	for range signalRate {
		do(a.public, "GET", "/heartbeat/"+goodToken)
	}
	if r := do(a.public, "GET", "/heartbeat/"+goodToken); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the first: %d", r.StatusCode)
	}
	if r := do(b.public, "GET", "/heartbeat/"+goodToken); r.StatusCode != http.StatusOK {
		t.Errorf("the second: %d", r.StatusCode)
	}
}

func TestAPanicAfterTheAnswerBeganCutsItOff(t *testing.T) {
	u := newUnder(func(o *Options) {
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte("half "), 4096))
			panic("in the middle")
		})
	})
	server := httptest.NewServer(u.ops)
	defer server.Close()
	r, err := http.Get(server.URL + "/metrics")
	if err == nil {
		_, err = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	if err == nil {
		t.Error("half an answer passes for a whole one")
	}
	http.DefaultClient.CloseIdleConnections()
	server.Close()
	if got := strings.Count(u.log.String(), "a request failed"); got != 1 {
		t.Errorf("logged %d times", got)
	}
}

func TestAtOnce(t *testing.T) {
	u := newUnder()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				do(u.public, "GET", "/", "Accept-Encoding", "gzip")
				do(u.public, "POST", "/heartbeat/"+goodToken)
				do(u.public, "GET", fmt.Sprintf("/heartbeat/unknown-%d", i))
				do(u.ops, "GET", "/readyz")
			}
		})
	}
	all.Wait()
	if n := len(u.jobs.signals); n != signalRate {
		t.Errorf("%d signals of one token in one moment, want %d", n, signalRate)
	}
}

func FuzzPaths(f *testing.F) {
	for _, path := range []string{"/", "/history", "/history/", "//", "/../x", "/heartbeat/x/1", "/%2e", "/a\x00", "", "*", "/api/é"} {
		f.Add("GET", path, "gzip;q=0.5, *", `W/"a", "b`)
	}
	u, known := newUnder(), samplePages()
	f.Fuzz(func(t *testing.T, method, path, encodings, tags string) {
		u.log.Reset()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method, r.URL.Path = method, path
		r.Header["Accept-Encoding"], r.Header["If-None-Match"] = []string{encodings}, []string{tags}
		w := httptest.NewRecorder()
		u.public.ServeHTTP(w, r)
		switch w.Code {
		case 200, 304:
			if known[path] == nil && !strings.HasPrefix(path, "/heartbeat/") {
				t.Errorf("%s %q: %d", method, path, w.Code)
			}
		case 301:
			if known[w.Header().Get("Location")] == nil {
				t.Errorf("%s %q is sent to %q", method, path, w.Header().Get("Location"))
			}
		case 404, 405, 429:
		case 500, 503:
			if !slices.Contains([]string{"/slow", "/broken", "/panics", "/api/slow", "/api/broken"}, strings.TrimSuffix(path, "/")) {
				t.Errorf("%s %q: %d", method, path, w.Code)
			}
		default:
			t.Errorf("%s %q: %d", method, path, w.Code)
		}
	})
}

func BenchmarkHome(b *testing.B) {
	u := newUnder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		u.public.ServeHTTP(w, r)
	}
}

// sink is a writer that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}
