package blackbox

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"github.com/upheld/upheld/internal/needs"
)

func TestOffUntilThereAreModules(t *testing.T) {
	p := New(slog.New(slog.DiscardHandler))
	ask := func() int {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe?module=a&target=", nil))
		return w.Code
	}
	if p.On() || ask() != http.StatusNotFound {
		t.Error("on before it is configured")
	}
	modules, err := Parse("m.yml", []byte("modules: {a: {prober: icmp}}"))
	if err != nil {
		t.Fatal(err)
	}
	p.Configure(Config{Modules: modules, Guard: guarded(t, nil), Concurrency: 1})
	if !p.On() || ask() != http.StatusBadRequest {
		t.Error("off with modules")
	}
	p.Configure(Config{})
	if p.On() || ask() != http.StatusNotFound {
		t.Error("on without modules")
	}
}

func TestRefusedRequests(t *testing.T) {
	p := newProbing(t, "modules: {a: {prober: http, http: {headers: {host: own.example.org}}}}", guarded(t, nil))
	for name, c := range map[string]struct{ query, header, want string }{
		"no target":         {"?module=a", "", "Target parameter is missing."},
		"no module":         {"?target=x", "", `Unknown module "http_2xx".`},
		"an unknown module": {"?target=x&module=b", "", `Unknown module "b".`},
		"a long target":     {"?module=a&target=" + strings.Repeat("x", longestTarget+1), "", "The target is longer than 2048 bytes."},
		"a long hostname":   {"?module=a&target=x&hostname=" + strings.Repeat("x", 256), "", "The hostname is longer than 255 bytes."},
		"two hosts":         {"?module=a&target=x&hostname=b", "", "The module sets the header Host"},
		"no number":         {"?module=a&target=x", "soon", `X-Prometheus-Scrape-Timeout-Seconds is "soon".`},
		"not a number":      {"?module=a&target=x", "NaN", `X-Prometheus-Scrape-Timeout-Seconds is "NaN".`},
	} {
		r := httptest.NewRequest(http.MethodGet, "/probe"+c.query, nil)
		if c.header != "" {
			r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", c.header)
		}
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		text := w.Body.String()
		if w.Code != http.StatusBadRequest || !strings.HasPrefix(text, c.want) || strings.Count(text, "\n") != 1 {
			t.Errorf("%s: %d %s", name, w.Code, text)
		}
	}
}

// As long as the module says, and never longer than the scrape leaves.
func TestTimeouts(t *testing.T) {
	for _, c := range []struct {
		module time.Duration
		header string
		want   time.Duration
	}{
		{0, "", 119500 * time.Millisecond},
		{5 * time.Second, "", 5 * time.Second},
		{5 * time.Second, "10", 5 * time.Second},
		{15 * time.Second, "10", 9500 * time.Millisecond},
		{0, "10", 9500 * time.Millisecond},
		{0, "9.5", 9 * time.Second},
		{5 * time.Second, "0.2", 5 * time.Second}, // as blackbox_exporter: there is nothing to subtract from
		{0, "0.2", 200 * time.Millisecond},
		{0, "0", 119500 * time.Millisecond},
		{time.Hour, "", 119500 * time.Millisecond},
		{time.Hour, "0.1", 120 * time.Second},
		{time.Hour, "1e300", 119500 * time.Millisecond},
		{0, "-5", 119500 * time.Millisecond},
	} {
		if got, err := timeout(c.module, c.header); got != c.want || err != nil {
			t.Errorf("%s, %q: %s, %v, want %s", c.module, c.header, got, err, c.want)
		}
	}
}

// Names reach the target although the library is handed addresses.
func TestNamesReachTheTarget(t *testing.T) {
	var host, sni string
	site := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { host, sni = r.Host, r.TLS.ServerName }))
	defer site.Close()
	ca := authority(t, site)
	p := newProbing(t, `
modules:
  https: {prober: http, timeout: 5s, http: {tls_config: {ca_file: `+ca+`}}}
  own: {prober: http, timeout: 5s, http: {headers: {host: www.example.com}, tls_config: {ca_file: `+ca+`}}}
  tls: {prober: tcp, timeout: 5s, tcp: {tls: true, tls_config: {ca_file: `+ca+`}}}
  dns: {prober: dns, timeout: 5s, dns: {query_name: a, query_type: A, transport_protocol: tcp, dns_over_tls: true, tls_config: {ca_file: `+ca+`}}}
  grpc: {prober: grpc, timeout: 5s, grpc: {tls: true, tls_config: {ca_file: `+ca+`}}}
  named: {prober: grpc, timeout: 5s, grpc: {tls: true, tls_config: {ca_file: `+ca+`, server_name: example.com}}}
`, guarded(t, names{"example.com": {"127.0.0.1"}, "other.example.org": {"127.0.0.1"}}))
	port, dnsPort := portOf(t, site.URL), portOf(t, streamNameServer(t, certificateOf(site)))
	wellness := healthServer(t, grpc.Creds(credentials.NewTLS(certificateOf(site))), grpc.UnaryInterceptor(
		func(ctx context.Context, asked any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			said, _ := metadata.FromIncomingContext(ctx)
			host = strings.Join(said.Get(":authority"), " ")
			return handle(ctx, asked)
		}))
	grpcPort := portOf(t, wellness)
	for _, c := range []struct {
		module, target, hostname string
		success                  bool
		host, sni                string
	}{
		{"https", "https://example.com:" + port, "", true, "example.com:" + port, "example.com"},
		{"https", "https://other.example.org:" + port, "", false, "", ""}, // the certificate is for example.com
		{"https", "https://other.example.org:" + port, "example.com", true, "example.com", "example.com"},
		{"own", "https://other.example.org:" + port, "", true, "www.example.com", "www.example.com"},
		{"tls", "example.com:" + port, "", true, "", ""},
		{"tls", "other.example.org:" + port, "", false, "", ""},
		{"tls", "other.example.org:" + port, "example.com", true, "", ""},
		{"dns", "example.com:" + dnsPort, "", true, "", ""},
		{"dns", "other.example.org:" + dnsPort, "", false, "", ""},
		{"grpc", "example.com:" + grpcPort, "", true, "example.com", ""},
		{"grpc", "other.example.org:" + grpcPort, "", false, "", ""},
		{"named", "other.example.org:" + grpcPort, "", true, "example.com", ""},
	} {
		host, sni = "", ""
		if got := p.success(t, c.module, c.target, "hostname", c.hostname); got != c.success || host != c.host || sni != c.sni {
			t.Errorf("%s %s as %q: success %t, Host %q, name %q", c.module, c.target, c.hostname, got, host, sni)
		}
	}
}

// The figures are the target's, not the relay's.
func TestGRPCTellsTheTargetsAddress(t *testing.T) {
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		needs.Missing(t, "IPv6: nothing can listen on ::1")
	}
	server, done := grpc.NewServer(), make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	defer func() { server.Stop(); <-done }()
	p := newProbing(t, onePerProber, author(t, nil))
	text := p.ask(t, "grpc", listener.Addr().String()).Body.String()
	if got := samples(text)["probe_ip_protocol"]; got != "6" {
		t.Errorf("protocol %s", got)
	}
	if got, relay := samples(text)["probe_ip_addr_hash"], samples(p.ask(t, "grpc", "127.0.0.1:1").Body.String())["probe_ip_addr_hash"]; got == relay {
		t.Error("the hash is of the relay's address")
	}
}

// hanging takes connections and says nothing.
func hanging(t testing.TB) string {
	t.Helper()
	return talking(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
}

// What never answers is over when its time is.
func TestTargetsThatHang(t *testing.T) {
	address := hanging(t)
	p := newProbing(t, `
modules:
  http: {prober: http, timeout: 300ms}
  https: {prober: http, timeout: 300ms, http: {tls_config: {insecure_skip_verify: true}}}
  tcp: {prober: tcp, timeout: 300ms, tcp: {query_response: [{expect: hello}]}}
  tls: {prober: tcp, timeout: 300ms, tcp: {tls: true}}
  grpc: {prober: grpc, timeout: 300ms, grpc: {preferred_ip_protocol: ip4}}
  dns: {prober: dns, timeout: 300ms, dns: {query_name: example.org, transport_protocol: tcp}}
`, guarded(t, nil))
	for _, module := range p.config.Load().Modules.Names() {
		target := address
		if module == "https" {
			target = "https://" + address
		}
		if p.success(t, module, target) {
			t.Errorf("%s succeeded", module)
		}
	}
	settle(t, p)
}

// settle waits until no probe runs.
func settle(t testing.TB, p probing) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	for p.busy.Load() > 0 {
		if ctx.Err() != nil {
			t.Fatal("a probe goes on")
		}
		runtime.Gosched()
	}
}

// One probe too many is turned away, and a place is free again once whoever
// asked has gone.
func TestTooManyAndGone(t *testing.T) {
	heard := make(chan struct{}, 1)
	address := talking(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1))
		heard <- struct{}{}
		_, _ = io.Copy(io.Discard, conn)
	})
	p := newProbing(t, "modules: {a: {prober: http, timeout: 60s}}", guarded(t, nil))
	c := *p.config.Load()
	c.Concurrency = 1
	p.Configure(c)
	ctx, leave := context.WithCancel(t.Context())
	answered := make(chan *httptest.ResponseRecorder)
	go func() {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe?module=a&target="+address, nil).WithContext(ctx))
		answered <- w
	}()
	<-heard
	if w := p.ask(t, "a", address); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	leave()
	<-answered
	settle(t, p)
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer site.Close()
	if !p.success(t, "a", site.URL) {
		t.Error("the place is still taken")
	}
}

// Nobody waits for a prober that goes on after its time: the place is taken until
// it ends, and what is known by then is the answer.
func TestNobodyWaitsForAProberThatGoesOn(t *testing.T) {
	for module, settings := range map[string]string{
		"tcp":     "{prober: tcp, timeout: 60s, tcp: {query_response: [{send: hello}, {expect: hello}]}}",
		"tcp_tls": "{prober: tcp, timeout: 60s, tcp: {tls: true}}",
		"dns":     "{prober: dns, timeout: 60s, dns: {query_name: example.org, transport_protocol: tcp}}",
	} {
		t.Run(module, func(t *testing.T) {
			heard, release := make(chan struct{}), make(chan struct{})
			address := talking(t, func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1))
				close(heard)
				<-release
			})
			p := newProbing(t, "modules: {a: "+settings+"}", guarded(t, nil))
			c := p.config.Load()
			ctx, over := context.WithTimeout(t.Context(), time.Minute)
			go func() { <-heard; over() }()
			p.busy.Add(1)
			found, ended := p.run(ctx, newLook(request{target: address, name: "a", module: c.Modules.byName["a"]}, c.Guard))
			if ended || found.success || len(found.reasons) != 1 || found.reasons[0] != "The probe did not end in time" {
				t.Errorf("ended %t, %+v", ended, found)
			}
			text, err := found.metrics(expfmt.NewFormat(expfmt.TypeTextPlain))
			if got := samples(string(text))["probe_success"]; got != "0" || err != nil {
				t.Errorf("success %q, %v", got, err)
			}
			if p.busy.Load() != 1 {
				t.Error("the place is free before the prober ended")
			}
			close(release)
			settle(t, p)
		})
	}
}

// A library that breaks takes nothing with it.
func TestBrokenProberIsAnswered(t *testing.T) {
	address := talking(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "hello hunter2\nhello hunter2\n")
		_, _ = io.Copy(io.Discard, conn)
	})
	// The same labels twice: the library registers them twice, and panics.
	p := newProbing(t, `
modules:
  a:
    prober: tcp
    timeout: 5s
    tcp: {query_response: [{expect: "(hello)", labels: [{name: a, value: "$1"}]}, {expect: "(hello)", labels: [{name: a, value: "$1"}]}]}
`, guarded(t, nil))
	if w := p.ask(t, "a", address); w.Code != http.StatusInternalServerError || strings.Count(w.Body.String(), "\n") != 1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if log := p.log.String(); !strings.Contains(log, "a prober broke") || strings.Contains(log, "hunter2") {
		t.Errorf("logged: %s", log)
	}
	settle(t, p)
}

// Neither the answer nor the log has anything that the module or the target
// keeps to itself, nor what was sent and received.
func TestSecretsStayInside(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "hunter5")
	}))
	defer site.Close()
	address := talking(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "hunter5\n") })
	p := newProbing(t, `
modules:
  http: {prober: http, timeout: 5s, http: {basic_auth: {username: me, password: hunter2}, headers: {X-Key: hunter3}, body: hunter4}}
  tcp: {prober: tcp, timeout: 5s, tcp: {query_response: [{send: hunter2}, {expect: hunter4}]}}
`, guarded(t, nil))
	for module, target := range map[string]string{"http": "http://me:hunter1@" + strings.TrimPrefix(site.URL, "http://") + "/hunter6", "tcp": address} {
		for _, debug := range []string{"", "true"} {
			w := p.ask(t, module, target, "debug", debug)
			if text := w.Body.String() + p.log.String(); strings.Contains(text, "hunter") {
				t.Errorf("%s, debug %q: %s", module, debug, text)
			}
			if debug == "true" && !strings.Contains(w.Body.String(), "# Success: false\n# ") {
				t.Errorf("%s tells no reason: %s", module, w.Body)
			}
		}
	}
}

// A body that is searched is kept in memory, and so bounded.
func TestSearchedBodiesAreBounded(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 1<<20)
		for range 17 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer site.Close()
	p := newProbing(t, `
modules:
  searched: {prober: http, timeout: 30s, http: {fail_if_body_matches_regexp: [needle]}}
  raised: {prober: http, timeout: 30s, http: {fail_if_body_matches_regexp: [needle], body_size_limit: 18MB}}
  read: {prober: http, timeout: 30s}
`, guarded(t, nil))
	for module, want := range map[string]bool{"searched": false, "raised": true, "read": true} {
		if got := p.success(t, module, site.URL); got != want {
			t.Errorf("%s: %t", module, got)
		}
	}
}
