package blackbox

import (
	"bufio"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"github.com/prometheus/blackbox_exporter/config"
	"github.com/prometheus/blackbox_exporter/prober"
	"github.com/prometheus/common/promslog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// site answers by path: a status, a redirect, or a text.
func site(t testing.TB) *http.ServeMux {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/status/500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/text", http.StatusFound) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/json", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"ok": true}`) })
	mux.HandleFunc("/text", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Last-Modified", "Tue, 02 Jan 2024 15:04:05 GMT")
		_, _ = io.WriteString(w, "all is well")
	})
	return mux
}

// authority writes the certificate of a server where a module can read it.
func authority(t testing.TB, server *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// healthServer is a gRPC server that is well, and "sick" in one service.
func healthServer(t testing.TB, options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, state := grpc.NewServer(options...), health.NewServer()
	state.SetServingStatus("sick", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	grpc_health_v1.RegisterHealthServer(server, state)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); <-done })
	return listener.Addr().String()
}

// nameServer answers every question for A, and refuses others.
func nameServer(t testing.TB) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answering(t, &dns.Server{PacketConn: conn})
	return conn.LocalAddr().String()
}

// streamNameServer is the same over TCP, and over TLS with a configuration of it.
func streamNameServer(t testing.TB, secure *tls.Config) string {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	answering(t, &dns.Server{Listener: listener})
	return address
}

func answering(t testing.TB, server *dns.Server) {
	t.Helper()
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		answer := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			rr, _ := dns.NewRR(q.Question[0].Name + " 60 IN A 192.0.2.1")
			answer.Answer = []dns.RR{rr}
		} else {
			answer.Rcode = dns.RcodeRefused
		}
		_ = w.WriteMsg(answer)
	})
	started, done := make(chan struct{}), make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() { defer close(done); _ = server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown(); <-done })
}

// certificateOf is that of a server for one of another protocol.
func certificateOf(server *httptest.Server) *tls.Config {
	return &tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}
}

// mailServer greets and answers a line.
func mailServer(conn net.Conn) {
	_, _ = io.WriteString(conn, "220 mail.example.org ESMTP\r\n")
	line, _ := bufio.NewReader(conn).ReadString('\n')
	_, _ = fmt.Fprintf(conn, "250 heard %s\r\n", strings.TrimSpace(line))
}

// oracle is blackbox_exporter's own answer.
func oracle(t testing.TB, modules, module, target string) *httptest.ResponseRecorder {
	t.Helper()
	path := filepath.Join(t.TempDir(), "blackbox.yml")
	if err := os.WriteFile(path, []byte(modules), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &config.SafeConfig{C: &config.Config{}}
	if err := loadOracle(c, path); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	query := url.Values{"module": {module}, "target": {target}}
	quiet := &promslog.Config{Writer: io.Discard, Level: promslog.NewLevel(), Format: promslog.NewFormat()}
	prober.Handler(w, httptest.NewRequest(http.MethodGet, "/probe?"+query.Encode(), nil), c.C,
		slog.New(slog.DiscardHandler), &prober.ResultHistory{MaxResults: 1}, 0.5, nil, nil, quiet)
	return w
}

func loadOracle(into *config.SafeConfig, path string) error {
	fresh := config.NewSafeConfig(nil)
	if err := fresh.ReloadConfig(path, nil); err != nil {
		return err
	}
	into.C = fresh.C
	return nil
}

const everyProber = `
modules:
  http_2xx: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}
  http_stay: {prober: http, timeout: 5s, http: {follow_redirects: false, valid_status_codes: [302]}}
  http_text: {prober: http, timeout: 5s, http: {fail_if_body_not_matches_regexp: ["well"]}}
  http_wrong: {prober: http, timeout: 5s, http: {fail_if_body_matches_regexp: ["well"]}}
  http_json: {prober: http, timeout: 5s, http: {fail_if_body_json_not_matches_cel: "body.ok == true"}}
  http_post: {prober: http, timeout: 5s, http: {method: POST, headers: {Content-Type: text/plain}, body: "ping"}}
  https_any: {prober: http, timeout: 5s, http: {tls_config: {insecure_skip_verify: true}}}
  https_ca: {prober: http, timeout: 5s, http: {fail_if_not_ssl: true, tls_config: {ca_file: CAFILE}}}
  tcp: {prober: tcp, timeout: 5s}
  tcp_tls: {prober: tcp, timeout: 5s, tcp: {tls: true, tls_config: {ca_file: CAFILE}}}
  tcp_six: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip6, ip_protocol_fallback: false}}
  smtp:
    prober: tcp
    timeout: 5s
    tcp:
      query_response:
      - {expect: "^220 ([^ ]+) ESMTP", labels: [{name: host, value: "$1"}]}
      - {send: "EHLO prober\r"}
      - {expect: "^250 heard EHLO"}
  dns: {prober: dns, timeout: 5s, dns: {query_name: example.org, query_type: A}}
  dns_tcp: {prober: dns, timeout: 5s, dns: {query_name: example.org, query_type: A, transport_protocol: tcp}}
  dns_tls: {prober: dns, timeout: 5s, dns: {query_name: example.org, query_type: A, transport_protocol: tcp, dns_over_tls: true, tls_config: {ca_file: CAFILE}}}
  dns_soa: {prober: dns, timeout: 5s, dns: {query_name: example.org, query_type: SOA}}
  grpc: {prober: grpc, timeout: 5s, grpc: {preferred_ip_protocol: ip4}}
  grpc_sick: {prober: grpc, timeout: 5s, grpc: {service: sick}}
  grpc_tls: {prober: grpc, timeout: 5s, grpc: {tls: true, tls_config: {ca_file: CAFILE}}}
  icmp: {prober: icmp, timeout: 5s}
`

// What blackbox_exporter's own handler answers is the measure: the same series,
// and the same values of those that do not measure time.
func TestAnswersAsBlackboxExporterDoes(t *testing.T) {
	plain := httptest.NewServer(site(t))
	defer plain.Close()
	secure := httptest.NewTLSServer(site(t))
	defer secure.Close()
	mail := talking(t, mailServer)
	nameserver, wellness := nameServer(t), healthServer(t)
	stream, secureStream := streamNameServer(t, nil), streamNameServer(t, certificateOf(secure))
	secureWellness := healthServer(t, grpc.Creds(credentials.NewTLS(certificateOf(secure))))
	closed := "127.0.0.1:1"
	modules := strings.ReplaceAll(everyProber, "CAFILE", authority(t, secure))
	p := newProbing(t, modules, author(t, nil))
	for _, c := range []struct {
		module, target, want string
	}{
		{"http_2xx", plain.URL + "/text", "1"},
		{"http_2xx", strings.TrimPrefix(plain.URL, "http://") + "/text", "1"},
		{"http_2xx", "http://localhost:" + portOf(t, plain.URL) + "/text", "1"},
		{"http_2xx", plain.URL + "/status/500", "0"},
		{"http_2xx", plain.URL + "/moved", "1"},
		{"http_2xx", plain.URL + "/loop", "0"},
		{"http_2xx", "http://" + closed, "0"},
		{"http_2xx", "http://[", "0"},
		{"http_2xx", "http://", "0"},
		{"http_2xx", secure.URL, "0"},
		{"http_stay", plain.URL + "/moved", "1"},
		{"http_text", plain.URL + "/text", "1"},
		{"http_wrong", plain.URL + "/text", "0"},
		{"http_json", plain.URL + "/json", "1"},
		{"http_post", plain.URL + "/text", "1"},
		{"https_any", secure.URL + "/text", "1"},
		{"https_ca", secure.URL + "/moved", "1"},
		{"https_ca", plain.URL + "/text", "0"},
		{"tcp", mail, "1"},
		{"tcp", closed, "0"},
		{"tcp", "noport", "0"},
		{"tcp_tls", strings.TrimPrefix(secure.URL, "https://"), "1"},
		{"tcp_six", mail, "0"},
		{"smtp", mail, "1"},
		{"dns", nameserver, "1"},
		{"dns_soa", nameserver, "0"},
		{"dns_tcp", stream, "1"},
		{"dns_tcp", closed, "0"},
		{"dns_tls", secureStream, "1"},
		{"dns_tls", mail, "0"},
		{"grpc", wellness, "1"},
		{"grpc", "http://" + wellness, "1"},
		{"grpc_sick", wellness, "0"},
		{"grpc_tls", secureWellness, "1"},
		{"grpc_tls", "https://localhost:" + portOf(t, secureWellness), "0"}, // the certificate is for the address
		{"grpc_tls", wellness, "0"},
		{"grpc", secureWellness, "0"},
		{"icmp", "127.0.0.1", "1"},
		{"icmp", "localhost", "1"},
	} {
		t.Run(c.module+" "+c.target, func(t *testing.T) {
			theirs, ours := oracle(t, modules, c.module, c.target), p.ask(t, c.module, c.target)
			if ours.Code != http.StatusOK || ours.Header().Get("Content-Type") != theirs.Header().Get("Content-Type") {
				t.Fatalf("%d %s, want 200 %s", ours.Code, ours.Header().Get("Content-Type"), theirs.Header().Get("Content-Type"))
			}
			if diff := cmp.Diff(series(theirs.Body.String()), series(ours.Body.String())); diff != "" {
				t.Errorf("-theirs +ours:\n%s", diff)
			}
			left, right := samples(theirs.Body.String()), samples(ours.Body.String())
			if right["probe_success"] != c.want {
				t.Errorf("success %s, want %s", right["probe_success"], c.want)
			}
			for name, value := range left {
				if !strings.Contains(name, "_duration_seconds") && !strings.Contains(name, "_time_seconds") && value != right[name] {
					t.Errorf("%s is %s, theirs is %s", name, right[name], value)
				}
			}
		})
	}
}

// A failing resolution has every series that it has elsewhere.
func TestNamesThatDoNotResolveHaveTheUsualSeries(t *testing.T) {
	modules := strings.ReplaceAll(everyProber, "CAFILE", "/nonexistent")
	p := newProbing(t, modules, author(t, nil))
	for module, target := range map[string]string{"http_2xx": "nowhere.invalid", "tcp": "nowhere.invalid:1", "dns": "nowhere.invalid", "grpc": "nowhere.invalid:1"} {
		theirs, ours := oracle(t, modules, module, ":1"), p.ask(t, module, target)
		if diff := cmp.Diff(series(theirs.Body.String()), series(ours.Body.String())); diff != "" {
			t.Errorf("%s, -theirs +ours:\n%s", module, diff)
		}
	}
}
