package probes

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/uptime"
)

// Only a connection that stands has the phase: a connect that ran out of time
// must not look as if somebody had answered.
func TestAConnectThatFailsHasNoConnectPhase(t *testing.T) {
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := refused.Addr().String()
	if err := refused.Close(); err != nil {
		t.Fatal(err)
	}
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	for name, s := range map[string]Settings{
		"http": &HTTP{URL: "http://" + nobody},
		"tcp":  &TCP{Address: nobody},
		"grpc": &GRPC{Address: nobody},
		"dns":  &DNS{Name: "example.org", Resolver: silent.LocalAddr().String()},
	} {
		p, err := s.Build(Env{Egress: egress.New(egress.Policy{Asker: egress.Author}, nil)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if r := p.Look(ctx); r.Outcome != uptime.Fail || r.Phases[uptime.Connect] != 0 {
			t.Errorf("%s: %v, %s, connected for %v", name, r.Outcome, r.Code, r.Phases[uptime.Connect])
		}
		cancel()
	}
}

// The author of a monitor may name a private address. A target on the internet
// may not send us to one.
func TestARedirectFromTheInternetStaysThere(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") }))
	defer inside.Close()
	guards := Env{
		Egress: egress.New(egress.Policy{Asker: egress.Author}, nil),
		Public: egress.New(egress.Policy{Asker: egress.RunTime}, nil),
	}
	for first, want := range map[string]*egress.Guard{
		"https://www.example.org": guards.Public, "https://198.51.100.7": guards.Public,
		"http://10.0.0.1": guards.Egress, "http://127.0.0.1": guards.Egress, "http://intranet": guards.Egress,
	} {
		built, err := (&HTTP{URL: first}).Build(guards)
		if err != nil {
			t.Fatal(err)
		}
		p := built.(*httpProber)
		if p.guard(p.first) != guards.Egress {
			t.Errorf("%s itself is not reached as its author wishes", first)
		}
		if p.guard(&hop{}) != want {
			t.Errorf("redirected from %s: the wrong guard", first)
		}
	}
	if _, err := guards.Public.DialContext(t.Context(), "tcp", inside.Listener.Addr().String()); err == nil {
		t.Error("the public guard reaches loopback")
	}
}

// A machine without certificates of authorities can judge none. They are read
// once a process, so another process asks.
func TestAMachineThatTrustsNobodyBlamesNobody(t *testing.T) {
	if os.Getenv("UPHELD_TEST_NO_AUTHORITIES") == "yes" {
		if outcome, code := classify(x509.UnknownAuthorityError{}); outcome != uptime.Unseen || code != uptime.NoResources {
			t.Errorf("%v, %s", outcome, code)
		}
		return
	}
	again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	again.Env = append(os.Environ(), "UPHELD_TEST_NO_AUTHORITIES=yes", "SSL_CERT_FILE=/nonexistent", "SSL_CERT_DIR=/nonexistent")
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	root, err := x509.SystemCertPool()
	if err != nil || root.Equal(x509.NewCertPool()) {
		needs.Missing(t, "certificates of authorities (Debian: ca-certificates)")
	}
	if outcome, code := classify(x509.UnknownAuthorityError{}); outcome != uptime.Fail || code != uptime.CertificateChain {
		t.Errorf("with authorities: %v, %s", outcome, code)
	}
}
