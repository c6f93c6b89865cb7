package blackbox

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shipped is a file of blackbox_exporter's, from where its module was unpacked.
func shipped(t testing.TB, name string) []byte {
	t.Helper()
	folder, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/prometheus/blackbox_exporter").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The files that blackbox_exporter ships load as they are. Modules in them that
// cannot be guarded are named with their place.
func TestShippedFilesLoad(t *testing.T) {
	for name, c := range map[string]struct {
		refused []string
		count   int
	}{
		"blackbox.yml": {[]string{"m.yml:67:7: modules.http_3xx.http.enable_http3: "}, 12},
		"example.yml": {[]string{
			"m.yml:37:7: modules.http_with_proxy.http.proxy_url: ",
			"m.yml:42:7: modules.http_with_proxy_and_headers.http.proxy_url: ",
			"m.yml:222:5: modules.unix_socket_ping.prober: ",
		}, 22},
		"config/testdata/blackbox-good.yml": {[]string{`m.yml:82:5: modules.grpc_health.prober: there is no prober "grpc_probe"; `}, 10},
	} {
		modules, err := Parse("m.yml", shipped(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(modules.Names()) != c.count {
			t.Errorf("%s: %d modules: %v", name, len(modules.Names()), modules.Names())
		}
		refused := modules.Refused()
		if len(refused) != len(c.refused) {
			t.Errorf("%s: refused %v", name, refused)
			continue
		}
		for i, problem := range refused {
			if !strings.HasPrefix(problem.Error(), c.refused[i]) {
				t.Errorf("%s: refused %s, want %s", name, problem, c.refused[i])
			}
		}
	}
}

// A module that cannot be guarded, or that no prober is for, is refused alone,
// with a reason wherever it is asked for; the others work.
func TestModulesAreRefusedAlone(t *testing.T) {
	p := newProbing(t, `
modules:
  socket: {prober: unix}
  quic: {prober: http, http: {enable_http3: true, enable_http2: false}}
  proxy: {prober: http, http: {proxy_url: 'http://me:hunter2@proxy.example.org'}}
  environment: {prober: http, http: {proxy_from_environment: true}}
  token:
    prober: http
    http:
      oauth2: {client_id: a, token_url: 'http://a.example', proxy_url: 'http://me:hunter2@proxy.example.org'}
  both:
    prober: http
    http: {proxy_from_environment: true, enable_http3: true, enable_http2: false}
  unknown: {prober: htpp}
  missing: {timeout: 1s}
  endless: {prober: dns, dns: {query_name: a, transport_protocol: tcp, dns_over_tls: true, source_ip_address: 127.0.0.1}}
  sound: {prober: icmp}
`, author(t, nil))
	modules := p.config.Load().Modules
	const ending = "; remove it, or keep the module for a blackbox_exporter"
	want := []string{
		"blackbox.yml:3:12: modules.socket.prober: a prober of sockets lets whoever asks for a probe open any socket of this machine" + ending,
		"blackbox.yml:4:31: modules.quic.http.enable_http3: HTTP/3 connects in a way that cannot be guarded" + ending,
		"blackbox.yml:5:32: modules.proxy.http.proxy_url: a proxy would be the only address that the egress guard sees" + ending,
		"blackbox.yml:6:38: modules.environment.http.proxy_from_environment: a proxy would be the only address that the egress guard sees" + ending,
		"blackbox.yml:10:61: modules.token.http.oauth2.proxy_url: a proxy would be the only address that the egress guard sees" + ending,
		"blackbox.yml:13:12: modules.both.http.proxy_from_environment: a proxy would be the only address that the egress guard sees" + ending,
		"blackbox.yml:13:42: modules.both.http.enable_http3: HTTP/3 connects in a way that cannot be guarded" + ending,
		`blackbox.yml:14:13: modules.unknown.prober: there is no prober "htpp"; use http, tcp, icmp, dns or grpc`,
		"blackbox.yml:15:3: modules.missing.prober: it has no prober; add prober: http, tcp, icmp, dns or grpc",
		"blackbox.yml:16:92: modules.endless.dns.source_ip_address: DNS over TLS from an address of its own waits for a handshake without a limit" + ending,
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), modules.Refused().Error()); diff != "" {
		t.Error(diff)
	}
	if names := modules.Names(); len(names) != 1 || names[0] != "sound" {
		t.Errorf("can be probed by: %v", names)
	}
	for name, why := range map[string]string{
		"socket": "a prober of sockets ", "quic": "HTTP/3 ", "proxy": "a proxy ", "environment": "a proxy ", "token": "a proxy ", "both": "HTTP/3 ",
		"unknown": "there is no ", "missing": "it has no ", "endless": "DNS over TLS ",
	} {
		w := p.ask(t, name, "127.0.0.1")
		if text := w.Body.String(); w.Code != http.StatusBadRequest ||
			!strings.HasPrefix(text, `The module "`+name+`" is refused: `+why) || strings.Contains(text, "hunter2") {
			t.Errorf("%s: %d %s", name, w.Code, text)
		}
	}
	if !p.success(t, "sound", "127.0.0.1") {
		t.Error("the sound module does not work")
	}
}

// Every problem has its place and never the value of a secret.
func TestRefusedFiles(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "m.yml:1:1: the file is empty; name at least one module below modules:",
		"modules: {}":                   "m.yml:1:1: modules: there is no module in it; name at least one module below modules:",
		"modulles: {}":                  `m.yml:1:1: there is no key "modulles" here; remove it or correct its spelling`,
		"modules:\n  a:\n    prober: [": "m.yml:3:",
		"modules:\n  a:\n    prober: http\n    htpp: {}\n":                                    `m.yml:4:5: there is no key "htpp" here; remove it or correct its spelling`,
		"modules:\n  a:\n    prober: http\n    http:\n      method: GET\n      timeout: 1s\n": `m.yml:6:7: there is no key "timeout" here; remove it or correct its spelling`,
		"modules:\n  a: {prober: tcp, timeout: fast}\n":                                       "m.yml:2:3: text cannot stand here; correct the line",
		"modules:\n  a:\n    prober: http\n    http: {proxy_url: 'http://u:hunter2@p:x y'}\n": "m.yml:2:3: modules.a: an address cannot be read: ",
		"modules:\n  ok: {prober: icmp}\n  a:\n    prober: dns\n    dns: {query_type: A}\n":   "m.yml:3:3: modules.a: query name must be set for DNS module; correct the module",
		"modules:\n  a:\n    prober: http\n    http: {basic_auth: {password: [hunter2]}}\n":   "m.yml:4:5: a list cannot stand here; correct the line",
		"modules:\n  a:\n    prober: http\n    http: {valid_status_codes: [hunter2]}\n":       "m.yml:4:5: text cannot stand here; correct the line",
		"modules:\n  a:\n    prober: http\n    http: {fail_if_body_matches_regexp: ['(']}\n":  `m.yml:2:3: modules.a: "Could not compile regular expression" regexp="("; correct the module`,
	} {
		_, err := Parse("m.yml", []byte(text))
		if err == nil {
			t.Errorf("accepted:\n%s", text)
			continue
		}
		if !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s\n%s", text, cmp.Diff(want, err.Error()))
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "blackbox.yml")
	if _, err := Load(missing); err == nil || !strings.HasPrefix(err.Error(), missing+": cannot be read: ") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(missing, []byte("modules: {a: {prober: icmp}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if modules, err := Load(missing); err != nil || len(modules.Names()) != 1 {
		t.Errorf("%v", err)
	}
}

// No text breaks the reader, and what it accepts can be probed by.
func FuzzParse(f *testing.F) {
	f.Add(shipped(f, "blackbox.yml"))
	f.Add(shipped(f, "example.yml"))
	f.Add([]byte("modules: {a: &a {prober: http, http: {method: GET}}, b: *a}"))
	f.Add([]byte("modules: {a: {prober: dns, dns: {query_name: a, query_type: A}}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		modules, err := Parse("m.yml", text)
		if err != nil {
			return
		}
		for _, name := range modules.Names() {
			if probers(modules.byName[name].Prober) == nil {
				t.Errorf("module %q has a prober that is not ours", name)
			}
		}
	})
}
