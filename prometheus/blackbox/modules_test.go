package blackbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// without cuts modules out of a file.
func without(text string, names ...string) string {
	var kept strings.Builder
	cutting := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  ") && line[2] != ' ' && line[2] != '#' {
			cutting = false
			for _, name := range names {
				cutting = cutting || strings.HasPrefix(line, "  "+name+":")
			}
		}
		if !cutting {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// The files that blackbox_exporter ships load, but for what cannot be guarded,
// and that is named with its place.
func TestShippedFilesLoad(t *testing.T) {
	for file, c := range map[string]struct {
		refused string
		cut     []string
		count   int
	}{
		"blackbox.yml": {"blackbox.yml:67:7: modules.http_3xx.http.enable_http3: ", []string{"http_3xx"}, 12},
		"example.yml": {
			"example.yml:37:7: modules.http_with_proxy.http.proxy_url: \n" +
				"example.yml:42:7: modules.http_with_proxy_and_headers.http.proxy_url: \n" +
				"example.yml:222:5: modules.unix_socket_ping.prober: ",
			[]string{"http_with_proxy", "http_with_proxy_and_headers", "unix_socket_ping"}, 22,
		},
	} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(file, text)
		if err == nil {
			t.Errorf("%s: accepted", file)
			continue
		}
		lines, want := strings.Split(err.Error(), "\n"), strings.Split(c.refused, "\n")
		for i, line := range lines {
			if len(lines) != len(want) || !strings.HasPrefix(line, want[i]) {
				t.Errorf("%s: %s", file, err)
				break
			}
		}
		modules, err := Parse(file, []byte(without(string(text), c.cut...)))
		if err != nil {
			t.Errorf("%s without what is refused: %v", file, err)
		} else if len(modules.Names()) != c.count {
			t.Errorf("%s: %d modules: %v", file, len(modules.Names()), modules.Names())
		}
	}
}

// Every problem has its place and never the value of a secret.
func TestRefusedModules(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "m.yml:1:1: the file is empty; name at least one module below modules:",
		"modules: {}":                   "m.yml:1:1: modules: there is no module in it; name at least one module below modules:",
		"modulles: {}":                  `m.yml:1:1: there is no key "modulles" here; remove it or correct its spelling`,
		"modules:\n  a:\n    prober: [": "m.yml:3:",
		"modules:\n  a:\n    prober: http\n    htpp: {}\n":                                    `m.yml:4:5: there is no key "htpp" here; remove it or correct its spelling`,
		"modules:\n  a:\n    prober: http\n    http:\n      method: GET\n      timeout: 1s\n": `m.yml:6:7: there is no key "timeout" here; remove it or correct its spelling`,
		"modules:\n  a: {prober: unix}\n":                                                     "m.yml:2:7: modules.a.prober: a prober of sockets lets whoever asks for a probe open any socket of this machine; remove the module, or keep it for a blackbox_exporter",
		"modules:\n  a: {prober: htpp}\n":                                                     `m.yml:2:7: modules.a.prober: there is no prober "htpp"; use http, tcp, icmp, dns or grpc`,
		"modules:\n  a: {timeout: 1s}\n":                                                      "m.yml:2:3: modules.a.prober: has no prober; add prober: http, tcp, icmp, dns or grpc",
		"modules:\n  a: {prober: tcp, timeout: -1s}\n":                                        "m.yml:2:20: modules.a.timeout: is below zero; use a time such as 5s, or leave it out",
		"modules:\n  a: {prober: tcp, timeout: fast}\n":                                       "m.yml:2:3: text cannot stand here; correct the line",
		"modules:\n  a:\n    prober: http\n    http: {proxy_from_environment: true}\n":        "m.yml:4:12: modules.a.http.proxy_from_environment: a proxy would be the only address that the egress guard sees; remove it, or keep the module for a blackbox_exporter",
		"modules:\n  a:\n    prober: http\n    http:\n      oauth2: {client_id: a, token_url: 'http://a', proxy_url: 'http://u:hunter2@p'}\n": "m.yml:5:53: modules.a.http.oauth2.proxy_url: a proxy would be the only address that the egress guard sees; remove it, or keep the module for a blackbox_exporter",
		"modules:\n  a:\n    prober: http\n    http: {proxy_url: 'http://u:hunter2@p:x y'}\n":                                                 "m.yml:2:3: modules.a: an address cannot be read: ",
		"modules:\n  ok: {prober: icmp}\n  a:\n    prober: dns\n    dns: {query_type: A}\n":                                                   "m.yml:3:3: modules.a: query name must be set for DNS module; correct the module",
		"modules:\n  a:\n    prober: http\n    http: {basic_auth: {password: [hunter2]}}\n":                                                   "m.yml:4:5: a list cannot stand here; correct the line",
		"modules:\n  a:\n    prober: http\n    http: {valid_status_codes: [hunter2]}\n":                                                       "m.yml:4:5: text cannot stand here; correct the line",
		"modules:\n  a:\n    prober: http\n    http: {fail_if_body_matches_regexp: ['(']}\n":                                                  `m.yml:2:3: modules.a: "Could not compile regular expression" regexp="("; correct the module`,
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
	for _, name := range []string{"blackbox.yml", "example.yml"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
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
