package blackbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/blackbox_exporter/config"

	"github.com/upheld/upheld/internal/egress"
)

// metadataServices are ways to write the addresses of metadata services, and names that
// lead there.
func metadataServices() []string {
	return []string{
		"169.254.169.254", "169.254.170.2", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]",
		"[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "[::169.254.169.254]", "[fe80::a9fe:a9fe%25eth0]", "100.100.100.200",
		"168.63.129.16", "metadata.example.org", "metadata6.example.org", "METADATA.example.org.",
		"0xa9fea9fe", // a name to the resolver, which answers as that of a C library would
	}
}

// numeric are ways to write them that are no addresses to the resolver, and no
// names either.
func numeric() []string { return []string{"2852039166", "0251.0376.0251.0376", "169.16689662"} }

func misleading() names {
	return names{
		"metadata.example.org": {"169.254.169.254"}, "METADATA.example.org": {"169.254.169.254"}, "metadata6.example.org": {"fd00:ec2::254"},
		"2852039166": {"169.254.169.254"}, "0xa9fea9fe": {"169.254.169.254"},
		"0251.0376.0251.0376": {"169.254.169.254"}, "169.16689662": {"169.254.169.254"},
	}
}

const onePerProber = `
modules:
  http: {prober: http, timeout: 2s}
  tcp: {prober: tcp, timeout: 2s}
  dns: {prober: dns, timeout: 2s, dns: {query_name: example.org}}
  grpc: {prober: grpc, timeout: 2s, grpc: {service: ""}}
  icmp: {prober: icmp, timeout: 2s}
`

// No prober gets an address of a metadata service: the look ends before the
// library hears of the target.
func TestMetadataIsRefusedForEveryProber(t *testing.T) {
	guard := author(t, misleading())
	modules, err := Parse("blackbox.yml", []byte(onePerProber))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range modules.Names() {
		for _, host := range append(metadataServices(), numeric()...) {
			var target string
			switch name {
			case "http":
				target = "http://user@" + host + "/latest/meta-data/"
			case "tcp", "grpc":
				target = strings.ReplaceAll(host, "%25", "%") + ":80"
				if name == "grpc" {
					target = host + ":80"
				}
			default:
				target = strings.ReplaceAll(strings.Trim(host, "[]"), "%25", "%")
			}
			l := newLook(request{target: target, name: name, module: modules.byName[name]}, guard)
			at, err := l.locate(t.Context())
			if err == nil || at.addr.IsValid() || !errors.Is(err, egress.ErrRefused) && !slices.Contains(numeric(), host) {
				t.Errorf("%s %s: %v, %v", name, target, at.addr, err)
			}
		}
	}
}

// The whole way: a refused target is a failed probe with the reason in the log.
func TestRefusedTargetsAreNeverReached(t *testing.T) {
	port := trap(t)
	p := newProbing(t, onePerProber, guarded(t, names{"trap.example.org": {forbidden}}))
	for module, format := range map[string]string{"http": "http://%s:%s/", "tcp": "%s:%s", "dns": "%s:%s", "grpc": "%s:%s", "icmp": "%s"} {
		for _, host := range []string{forbidden, "trap.example.org", "::ffff:" + forbidden} {
			if strings.Contains(host, ":") && module != "icmp" {
				host = "[" + host + "]"
			}
			target := strings.TrimSuffix(fmt.Sprintf(format, host, port), "%!(EXTRA string="+port+")")
			before := strings.Count(p.log.String(), "a probe was refused")
			if p.success(t, module, target) {
				t.Errorf("%s %s succeeded", module, target)
			}
			if strings.Count(p.log.String(), "a probe was refused") != before+1 {
				t.Errorf("%s %s: not logged as refused", module, target)
			}
		}
	}
}

// A name that changes its answer gains nothing: it is asked for once.
func TestRebindingGainsNothing(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer site.Close()
	known := names{}
	for _, name := range []string{"http", "tcp", "dns", "grpc"} {
		known[name+".example.org"] = []string{"127.0.0.1", forbidden}
	}
	p := newProbing(t, onePerProber, guarded(t, known))
	_ = trap(t)
	for _, module := range []string{"http", "tcp"} {
		if !p.success(t, module, module+".example.org:"+portOf(t, site.URL)) {
			t.Errorf("%s: the first answer is good, and the probe failed: %s", module, p.log)
		}
		if p.success(t, module, module+".example.org:"+portOf(t, site.URL)) {
			t.Errorf("%s: the second answer was let pass", module)
		}
	}
	wellness := healthServer(t)
	if !p.success(t, "grpc", "grpc.example.org:"+portOf(t, wellness)) || p.success(t, "grpc", "grpc.example.org:"+portOf(t, wellness)) {
		t.Error("grpc asks for the name again, or not at all")
	}
}

// Where a redirect leads is guarded as the target is.
func TestRedirectsAreGuarded(t *testing.T) {
	port := trap(t)
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer inner.Close()
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusTemporaryRedirect)
	}))
	defer outer.Close()
	p := newProbing(t, onePerProber, guarded(t, names{
		"trap.example.org": {forbidden}, "inner.example.org": {"127.0.0.1"},
		"rebinding.example.org": {"127.0.0.1", forbidden}, "metadata.example.org": {"169.254.169.254"},
	}))
	for to, want := range map[string]bool{
		inner.URL: true,
		"http://inner.example.org:" + portOf(t, inner.URL):      true,
		"http://" + forbidden + ":" + port:                      false,
		"http://trap.example.org:" + port:                       false,
		"http://[::ffff:" + forbidden + "]:" + port:             false,
		"http://169.254.169.254/latest/meta-data/":              false,
		"http://[fd00:ec2::254]/":                               false,
		"http://metadata.example.org/":                          false,
		"https://169.254.169.254/":                              false,
		outer.URL + "/?to=http://" + forbidden + ":" + port:     false,
		outer.URL + "/?to=http://trap.example.org:" + port + "": false,
	} {
		before := strings.Count(p.log.String(), "a probe was refused")
		if got := p.success(t, "http", outer.URL+"/?to="+strings.ReplaceAll(to, "?", "%3F")); got != want {
			t.Errorf("%s: success %t, want %t", to, got, want)
		}
		if refused := strings.Count(p.log.String(), "a probe was refused") > before; refused == want {
			t.Errorf("%s: logged as refused: %t", to, refused)
		}
	}
	first := outer.URL + "/?to=http://rebinding.example.org:" + portOf(t, inner.URL)
	if !p.success(t, "http", first) || p.success(t, "http", first) {
		t.Error("a redirect to a name that changes its answer is not held against the answer that is used")
	}
}

// The endpoint that hands out tokens is the operator's choice, and where it
// redirects is not.
func TestTokenEndpointsAreGuarded(t *testing.T) {
	port := trap(t)
	var tokens atomic.Int32
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/token":
			tokens.Add(1)
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, `{"access_token":"abc","token_type":"Bearer"}`)
		case "/elsewhere":
			http.Redirect(w, r, "http://"+forbidden+":"+port, http.StatusTemporaryRedirect)
		default:
			if r.Header.Get("Authorization") != "Bearer abc" {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}
	}))
	defer site.Close()
	module := "  %s: {prober: http, timeout: 2s, http: {oauth2: {client_id: me, client_secret: hunter2, token_url: '%s'}}}\n"
	p := newProbing(t, "modules:\n"+fmt.Sprintf(module, "good", site.URL+"/token")+
		fmt.Sprintf(module, "redirects", site.URL+"/elsewhere")+
		fmt.Sprintf(module, "trap", "http://"+forbidden+":"+port), guarded(t, nil))
	for name, want := range map[string]bool{"good": true, "redirects": false, "trap": false} {
		if got := p.success(t, name, site.URL); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if tokens.Load() == 0 {
		t.Error("no token was fetched; the test shows nothing")
	}
	if strings.Contains(p.log.String(), "hunter2") {
		t.Error("the log has the secret")
	}
}

// The module of the file is everybody's: what a probe changes is its own.
func TestProbesLeaveTheModuleAsItWas(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer site.Close()
	p := newProbing(t, "modules: {m: {prober: http, timeout: 2s, http: {headers: {X-A: b}, oauth2: {client_id: a, token_url: '"+site.URL+"'}}}}", guarded(t, nil))
	check := func(m config.Module) {
		if len(m.HTTP.Headers) != 1 || m.HTTP.HTTPClientConfig.ProxyURL.URL != nil ||
			m.HTTP.HTTPClientConfig.OAuth2.ProxyURL.URL != nil || m.HTTP.HTTPClientConfig.TLSConfig.ServerName != "" {
			t.Errorf("changed: %v", m.HTTP.Headers)
		}
	}
	_ = p.ask(t, "m", site.URL, "hostname", "other.example.org")
	check(p.config.Load().Modules.byName["m"])
}

// Whoever does not know the relay's password gets nothing from it.
func TestRelayLetsNobodyElseIn(t *testing.T) {
	reached := talking(t, func(conn net.Conn) { _, _ = conn.Write([]byte("reached")) })
	door := newSocks()
	r, err := startRelay(context.Background(), guarded(t, nil), door.greet)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	login := func(user, password string) string {
		text := []byte{5, 1, 2, 1, byte(len(user))}
		text = append(append(append(text, user...), byte(len(password))), password...)
		host, port, _ := net.SplitHostPort(reached)
		text = append(append(text, 5, 1, 0, 3, byte(len(host))), host...)
		var n int
		_, _ = fmt.Sscan(port, &n)
		return string(append(text, byte(n>>8), byte(n)))
	}
	for name, c := range map[string]struct {
		said string
		want bool
	}{
		"the password":       {login(socksUser, door.password), true},
		"another password":   {login(socksUser, "guess"), false},
		"another name":       {login("root", door.password), false},
		"no password":        {"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", false},
		"an older version":   {"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", false},
		"a request for HTTP": {"CONNECT 127.0.0.1:80 HTTP/1.1\r\n\r\n", false},
	} {
		conn, err := net.Dial("tcp", r.address())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(c.said))
		_ = conn.(*net.TCPConn).CloseWrite()
		var heard strings.Builder
		buffer := make([]byte, 256)
		for {
			n, err := conn.Read(buffer)
			heard.Write(buffer[:n])
			if err != nil {
				break
			}
		}
		_ = conn.Close()
		if got := strings.Contains(heard.String(), "reached"); got != c.want {
			t.Errorf("%s: reached %t", name, got)
		}
	}
}
