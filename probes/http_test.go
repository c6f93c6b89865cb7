package probes

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// site is a small web site with an answer for each expectation.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Release", "7")
		_, _ = io.WriteString(w, `{"status": "UP", "checks": [{"name": "db", "ms": 1.0, "ok": true, "note": null}]}`)
	})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		var code int
		_, _ = fmt.Sscan(r.PathValue("code"), &code)
		w.WriteHeader(code)
	})
	mux.HandleFunc("/hop/{left}", func(w http.ResponseWriter, r *http.Request) {
		var left int
		_, _ = fmt.Sscan(r.PathValue("left"), &left)
		if left == 0 {
			_, _ = io.WriteString(w, "landed")
			return
		}
		http.Redirect(w, r, fmt.Sprintf("/hop/%d", left-1), http.StatusFound)
	})
	mux.HandleFunc("/zipped", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			http.Error(w, "gzip is not accepted", http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, strings.Repeat("a", 100_000)+"needle")
		_ = z.Close()
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(60 * time.Millisecond):
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s auth=%q type=%q host=%q body=%q", r.Method, r.URL.RequestURI(),
			r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.Host, body)
	})
	mux.HandleFunc("/cookie", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("seen"); err == nil && c.Value == "1" {
			_, _ = io.WriteString(w, "welcome back")
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
		http.Redirect(w, r, "/cookie", http.StatusSeeOther)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func redirects(n int) *Redirects {
	r := Redirects(n)
	return &r
}

func TestHTTPExpectations(t *testing.T) {
	url := site(t).URL
	for name, row := range map[string]struct {
		settings HTTP
		outcome  uptime.Outcome
		code     uptime.Code
	}{
		"plain":              {HTTP{URL: url + "/health"}, uptime.Pass, uptime.OK},
		"head":               {HTTP{URL: url + "/health", Method: "head"}, uptime.Pass, uptime.OK},
		"204":                {HTTP{URL: url + "/status/204"}, uptime.Pass, uptime.OK},
		"500":                {HTTP{URL: url + "/status/500"}, uptime.Fail, uptime.HTTPStatus},
		"404":                {HTTP{URL: url + "/nowhere"}, uptime.Fail, uptime.HTTPStatus},
		"404 wanted":         {HTTP{URL: url + "/nowhere", Expect: HTTPExpect{Status: []StatusRange{{404, 404}}}}, uptime.Pass, uptime.OK},
		"200 not wanted":     {HTTP{URL: url + "/health", Expect: HTTPExpect{Status: []StatusRange{{201, 299}, {404, 404}}}}, uptime.Fail, uptime.HTTPStatus},
		"contains":           {HTTP{URL: url + "/health", Expect: HTTPExpect{BodyContains: `"UP"`}}, uptime.Pass, uptime.OK},
		"contains not":       {HTTP{URL: url + "/health", Expect: HTTPExpect{BodyContains: "DOWN"}}, uptime.Fail, uptime.BodyMismatch},
		"matches":            {HTTP{URL: url + "/health", Expect: HTTPExpect{BodyMatches: `"status":\s*"UP"`}}, uptime.Pass, uptime.OK},
		"matches not":        {HTTP{URL: url + "/health", Expect: HTTPExpect{BodyMatches: `^OK$`}}, uptime.Fail, uptime.BodyMismatch},
		"json":               {HTTP{URL: url + "/health", Expect: HTTPExpect{JSON: map[string]any{"$.status": "UP", "$.checks[0].ms": 1, "$.checks[0].ok": true, "$.checks[0]['note']": nil}}}, uptime.Pass, uptime.OK},
		"json not":           {HTTP{URL: url + "/health", Expect: HTTPExpect{JSON: map[string]any{"$.status": "DOWN"}}}, uptime.Fail, uptime.JSONMismatch},
		"json of other type": {HTTP{URL: url + "/health", Expect: HTTPExpect{JSON: map[string]any{"$.checks[0].ms": "1"}}}, uptime.Fail, uptime.JSONMismatch},
		"json missing":       {HTTP{URL: url + "/health", Expect: HTTPExpect{JSON: map[string]any{"$.checks[1].ok": true}}}, uptime.Fail, uptime.JSONMismatch},
		"json of no json":    {HTTP{URL: url + "/hop/0", Expect: HTTPExpect{JSON: map[string]any{"$.status": "UP"}}}, uptime.Fail, uptime.JSONMismatch},
		"header":             {HTTP{URL: url + "/health", Expect: HTTPExpect{Headers: map[string]string{"x-release": "7", "Date": "*"}}}, uptime.Pass, uptime.OK},
		"header not":         {HTTP{URL: url + "/health", Expect: HTTPExpect{Headers: map[string]string{"X-Release": "8"}}}, uptime.Fail, uptime.HeaderMismatch},
		"header missing":     {HTTP{URL: url + "/health", Expect: HTTPExpect{Headers: map[string]string{"X-Nothing": "*"}}}, uptime.Fail, uptime.HeaderMismatch},
		"slow":               {HTTP{URL: url + "/slow", Expect: HTTPExpect{SlowerThan: config.Duration(20 * time.Millisecond)}}, uptime.Slow, uptime.TooSlow},
		"slow failure fails": {HTTP{URL: url + "/slow", Expect: HTTPExpect{Status: []StatusRange{{404, 404}}, SlowerThan: config.Duration(20 * time.Millisecond)}}, uptime.Fail, uptime.HTTPStatus},
		"zipped":             {HTTP{URL: url + "/zipped", Expect: HTTPExpect{BodyContains: "needle"}}, uptime.Pass, uptime.OK},
		"found in the cut":   {HTTP{URL: url + "/zipped", MaxBody: 1000, Expect: HTTPExpect{BodyContains: "aaa"}}, uptime.Pass, uptime.OK},
		"lost in the cut":    {HTTP{URL: url + "/zipped", MaxBody: 1000, Expect: HTTPExpect{BodyContains: "needle"}}, uptime.Fail, uptime.TooLarge},
		"json in the cut":    {HTTP{URL: url + "/zipped", MaxBody: 1000, Expect: HTTPExpect{JSON: map[string]any{"$.a": 1}}}, uptime.Fail, uptime.TooLarge},
		"cut, nothing asked": {HTTP{URL: url + "/zipped", MaxBody: 1000}, uptime.Pass, uptime.OK},
		"hops":               {HTTP{URL: url + "/hop/5", Expect: HTTPExpect{BodyContains: "landed"}}, uptime.Pass, uptime.OK},
		"too many hops":      {HTTP{URL: url + "/hop/6"}, uptime.Fail, uptime.TooManyRedirects},
		"more hops":          {HTTP{URL: url + "/hop/6", Redirects: redirects(6)}, uptime.Pass, uptime.OK},
		"no hops":            {HTTP{URL: url + "/hop/1", Redirects: redirects(0)}, uptime.Fail, uptime.HTTPStatus},
		"redirect is wanted": {HTTP{URL: url + "/hop/1", Redirects: redirects(0), Expect: HTTPExpect{Status: []StatusRange{{302, 302}}}}, uptime.Pass, uptime.OK},
		"cookie on the way":  {HTTP{URL: url + "/cookie", Expect: HTTPExpect{BodyContains: "welcome back"}}, uptime.Pass, uptime.OK},
		"post":               {HTTP{URL: url + "/echo", Method: "POST", Body: "ping", Headers: map[string]string{"content-type": "text/x-ping"}, Expect: HTTPExpect{BodyContains: `POST /echo auth="" type="text/x-ping"`}}, uptime.Pass, uptime.OK},
		"post's body":        {HTTP{URL: url + "/echo", Method: "POST", Body: "ping", Expect: HTTPExpect{BodyContains: `body="ping"`}}, uptime.Pass, uptime.OK},
		"basic":              {HTTP{URL: strings.Replace(url, "//", "//me:it@", 1) + "/echo", Expect: HTTPExpect{BodyContains: `auth="Basic bWU6aXQ="`}}, uptime.Pass, uptime.OK},
		"host":               {HTTP{URL: url + "/echo", Headers: map[string]string{"Host": "www.example.org"}, Expect: HTTPExpect{BodyContains: `host="www.example.org"`}}, uptime.Pass, uptime.OK},
		"refused":            {HTTP{URL: "http://" + closedPort(t)}, uptime.Fail, uptime.Refused},
	} {
		t.Run(name, func(t *testing.T) { wants(t, look(t, &row.settings), row.outcome, row.code) })
	}
}

// closedPort is an address that nothing listens at.
func closedPort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func TestHTTPMeasures(t *testing.T) {
	url := site(t).URL
	o := look(t, &HTTP{URL: url + "/hop/2", Expect: HTTPExpect{BodyContains: "landed"}})
	want := uptime.Facts{HTTPStatus: 200, HTTPVersion: 1.1, Redirects: 2, BodyBytes: 6, IPVersion: 4}
	if diff := cmp.Diff(want, o.Facts); diff != "" {
		t.Error(diff)
	}
	total := time.Duration(0)
	for _, phase := range []uptime.Phase{uptime.Connect, uptime.Processing, uptime.Transfer} {
		if o.Phases[phase] <= 0 {
			t.Errorf("phase %v took no time", phase)
		}
		total += o.Phases[phase]
	}
	if total > o.Took {
		t.Errorf("the phases took %v of %v", total, o.Took)
	}
	if o.Phases[uptime.Resolve] != 0 || o.Phases[uptime.TLS] != 0 {
		t.Errorf("phases that did not happen: %v", o.Phases)
	}
	named := look(t, &HTTP{URL: strings.Replace(url, "127.0.0.1", "localhost", 1) + "/health", IP: IPv4})
	if wants(t, named, uptime.Pass, uptime.OK); named.Phases[uptime.Resolve] <= 0 {
		t.Error("a name was resolved in no time")
	}
	zipped := look(t, &HTTP{URL: url + "/zipped", MaxBody: 1000})
	if zipped.Facts.BodyBytes != 1000 {
		t.Errorf("%d bytes were read; want 1000", zipped.Facts.BodyBytes)
	}
}

// What was written for one host is not carried to another one, and a redirect
// passes the guard like everything else.
func TestHTTPRedirectsAway(t *testing.T) {
	other := site(t)
	start := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch to := r.URL.Query().Get("to"); to {
		case "":
			http.Redirect(w, r, other.URL+"/echo", http.StatusTemporaryRedirect)
		default:
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusMovedPermanently)
		}
	}))
	defer start.Close()
	secret := map[string]string{"Authorization": "Bearer abcdefgh", "X-Key": "hgfedcba", "Content-Type": "text/x-ping"}
	o := look(t, &HTTP{URL: start.URL, Method: "POST", Body: "sesame", Headers: secret,
		Expect: HTTPExpect{BodyContains: `POST /echo auth="" type="" host="` + strings.TrimPrefix(other.URL, "http://") + `" body=""`}})
	wants(t, o, uptime.Pass, uptime.OK)

	for to, want := range map[string]struct {
		outcome uptime.Outcome
		code    uptime.Code
	}{
		"http://169.254.169.254/latest/meta-data/": {uptime.Fail, uptime.BadAnswer},
		"http://[::ffff:169.254.169.254]/":         {uptime.Fail, uptime.BadAnswer},
		"file:///etc/passwd":                       {uptime.Fail, uptime.BadAnswer},
		"gopher://127.0.0.1/":                      {uptime.Fail, uptime.BadAnswer},
		"javascript:alert(1)":                      {uptime.Fail, uptime.BadAnswer},
		"http://":                                  {uptime.Fail, uptime.BadAnswer},
		"http://%25zz/":                            {uptime.Fail, uptime.BadAnswer},
	} {
		o := look(t, &HTTP{URL: start.URL + "/?to=" + to})
		if o.Outcome != want.outcome || o.Code != want.code {
			t.Errorf("redirected to %s: %v, %s (%s); want %v, %s", to, o.Outcome, o.Code, o.Detail, want.outcome, want.code)
		}
	}
}

func TestHTTPSecretsStayOut(t *testing.T) {
	const header, password, query = "s3cret-header", "s3cret-password", "s3cret-query"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := r.Header.Get("X-Key") + "\r\n\x1b[2J" + r.Header.Get("Authorization") + r.URL.RawQuery
		_, _ = fmt.Fprintf(w, `{"said": %q}`, said)
	}))
	defer server.Close()
	url := strings.Replace(server.URL, "//", "//me:"+password+"@", 1) + "/?token=" + query
	for _, expect := range []HTTPExpect{
		{JSON: map[string]any{"$.said": "nothing"}},
		{Status: []StatusRange{{500, 500}}},
		{Headers: map[string]string{"X-Key": "nothing"}},
	} {
		o := look(t, &HTTP{URL: url, Headers: map[string]string{"X-Key": header}, Expect: expect})
		if o.Outcome != uptime.Fail {
			t.Errorf("%v: %s", o.Outcome, o.Detail)
		}
		for _, secret := range []string{header, password, query, "bWU6czNjcmV0", "\x1b", "\n"} {
			if strings.Contains(o.Detail, secret) {
				t.Errorf("%q is in %q", secret, o.Detail)
			}
		}
	}
}

func TestHTTPS(t *testing.T) {
	ca := newAuthority(t)
	for _, row := range []struct {
		name      string
		protocols []string
		version   float64
	}{{"http/1.1", []string{"http/1.1"}, 1.1}, {"http/2", []string{"h2", "http/1.1"}, 2}} {
		t.Run(row.name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(site(t).Config.Handler)
			server.TLS = serverTLS(ca.leaf(t, 10*24*time.Hour, "www.example.org"), row.protocols...)
			server.EnableHTTP2 = row.version == 2
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			defer server.Close()
			settings := &HTTP{URL: server.URL + "/health", TLS: TLSOptions{CAFile: ca.file}, Expect: HTTPExpect{BodyContains: "UP"}}
			o := look(t, settings)
			wants(t, o, uptime.Pass, uptime.OK)
			if o.Facts.HTTPVersion != row.version || o.Facts.TLSVersion != "TLS 1.3" || o.Phases[uptime.TLS] <= 0 {
				t.Errorf("facts %+v, TLS took %v", o.Facts, o.Phases[uptime.TLS])
			}
			if left := time.Until(o.Facts.CertExpiry); left < 9*24*time.Hour || left > 10*24*time.Hour {
				t.Errorf("the certificate has %v left; want 10 days", left)
			}
			settings.Expect.CertificateValidFor = config.Duration(14 * 24 * time.Hour)
			wants(t, look(t, settings), uptime.Slow, uptime.CertificateExpiring)

			hops := &HTTP{URL: server.URL + "/hop/3", TLS: TLSOptions{CAFile: ca.file}, Expect: HTTPExpect{BodyContains: "landed"}}
			wants(t, look(t, hops), uptime.Pass, uptime.OK)
			post := &HTTP{URL: server.URL + "/echo", Method: "POST", Body: "ping", TLS: TLSOptions{CAFile: ca.file, ServerName: "www.example.org"}, Expect: HTTPExpect{BodyContains: `body="ping"`}}
			wants(t, look(t, post), uptime.Pass, uptime.OK)
			wants(t, look(t, &HTTP{URL: server.URL}), uptime.Fail, uptime.CertificateChain)
			wants(t, look(t, &HTTP{URL: server.URL + "/health", TLS: TLSOptions{SkipVerify: true}}), uptime.Pass, uptime.OK)
		})
	}
}

func TestHTTPRefusesSettings(t *testing.T) {
	for name, row := range map[string]struct {
		settings HTTP
		paths    []string
	}{
		"nothing":      {HTTP{}, []string{"url"}},
		"scheme":       {HTTP{URL: "ftp://www.example.org"}, []string{"url"}},
		"no host":      {HTTP{URL: "https:///health"}, []string{"url"}},
		"unreadable":   {HTTP{URL: "http://www.example.org/%zz"}, []string{"url"}},
		"method":       {HTTP{URL: "http://a.example", Method: "GET IT"}, []string{"method"}},
		"header":       {HTTP{URL: "http://a.example", Headers: map[string]string{"X": "a\r\nY: b"}}, []string{"headers"}},
		"framing":      {HTTP{URL: "http://a.example", Headers: map[string]string{"content-length": "3"}}, []string{"headers"}},
		"two logins":   {HTTP{URL: "http://u:p@a.example", Headers: map[string]string{"Authorization": "x"}}, []string{"url"}},
		"ip":           {HTTP{URL: "http://a.example", IP: "5"}, []string{"ip"}},
		"metadata":     {HTTP{URL: "http://[::ffff:169.254.169.254]/latest/"}, []string{"url"}},
		"version":      {HTTP{URL: "http://127.0.0.1", IP: IPv6}, []string{"ip"}},
		"mapped":       {HTTP{URL: "http://[::ffff:127.0.0.1]", IP: IPv4}, nil},
		"ca":           {HTTP{URL: "https://a.example", TLS: TLSOptions{CAFile: "/nowhere.pem"}}, []string{"tls.ca_file"}},
		"no file":      {HTTP{URL: "https://a.example", TLS: TLSOptions{CAFile: "/dev/zero"}}, []string{"tls.ca_file"}},
		"several":      {HTTP{URL: "http://a.example", Expect: HTTPExpect{BodyMatches: "(", JSON: map[string]any{"status": 1, "$.a": []any{1}}}}, []string{"expect.body_matches", "expect.json", "expect.json"}},
		"never slower": {HTTP{URL: "http://a.example", Expect: HTTPExpect{SlowerThan: config.Duration(lookTimeout)}}, []string{"expect.slower_than"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.paths, refusedAt(t, &row.settings)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// One prober is used by several looks at a time.
func TestHTTPLooksAtOnce(t *testing.T) {
	prober, err := (&HTTP{URL: site(t).URL + "/zipped", Expect: HTTPExpect{BodyContains: "needle"}}).Build(testEnv())
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan Result)
	const looks = 32
	for range looks {
		go func() { results <- prober.Look(context.Background()) }()
	}
	for range looks {
		if r := <-results; r.Outcome != uptime.Pass {
			t.Errorf("%v: %s", r.Outcome, r.Detail)
		}
	}
}
