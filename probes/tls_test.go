package probes

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// shaking is a server that does nothing but shake hands.
func shaking(conf *tls.Config) func(net.Conn) {
	return func(conn net.Conn) {
		if secure := tls.Server(conn, conf); secure.Handshake() == nil {
			silence(secure)
		}
	}
}

func TestTLSJudgesCertificates(t *testing.T) {
	const day = 24 * time.Hour
	ca, other := newAuthority(t), newAuthority(t)
	week := config.Duration(7 * day)
	none := config.Duration(0)
	for name, row := range map[string]struct {
		left     time.Duration
		settings TLS
		outcome  uptime.Outcome
		code     uptime.Code
	}{
		"good":              {90 * day, TLS{}, uptime.Pass, uptime.OK},
		"good by its name":  {90 * day, TLS{ServerName: "www.example.org"}, uptime.Pass, uptime.OK},
		"thirteen days":     {13*day + time.Hour, TLS{}, uptime.Slow, uptime.CertificateExpiring},
		"fifteen days":      {15*day + time.Hour, TLS{}, uptime.Pass, uptime.OK},
		"less is asked for": {13 * day, TLS{Expect: TLSExpect{CertificateValidFor: &week}}, uptime.Pass, uptime.OK},
		"nothing asked for": {time.Hour, TLS{Expect: TLSExpect{CertificateValidFor: &none}}, uptime.Pass, uptime.OK},
		"expired":           {-time.Hour, TLS{}, uptime.Fail, uptime.CertificateExpired},
		"other name":        {90 * day, TLS{ServerName: "www.example.com"}, uptime.Fail, uptime.CertificateName},
		"other authority":   {90 * day, TLS{CAFile: other.file}, uptime.Fail, uptime.CertificateChain},
		"slow":              {90 * day, TLS{Expect: TLSExpect{SlowerThan: 1}}, uptime.Slow, uptime.TooSlow},
	} {
		t.Run(name, func(t *testing.T) {
			cert := ca.leaf(t, row.left, "www.example.org")
			if row.settings.CAFile == "" {
				row.settings.CAFile = ca.file
			}
			row.settings.Address = serve(t, shaking(serverTLS(cert)))
			o := look(t, &row.settings)
			wants(t, o, row.outcome, row.code)
			if want := cert.Leaf.NotAfter; !o.Facts.CertExpiry.Equal(want) {
				t.Errorf("the certificate expires at %v; want %v", o.Facts.CertExpiry, want)
			}
			if o.Facts.TLSVersion != "TLS 1.3" || o.Phases[uptime.TLS] <= 0 || o.Phases[uptime.Connect] <= 0 {
				t.Errorf("facts %+v, phases %v", o.Facts, o.Phases)
			}
			// The http probe tells the same of a certificate.
			asked := look(t, &TCP{Address: row.settings.Address, TLS: &TLSOptions{CAFile: row.settings.CAFile, ServerName: row.settings.ServerName}})
			if row.outcome == uptime.Fail && asked.Code != row.code || !asked.Facts.CertExpiry.Equal(o.Facts.CertExpiry) {
				t.Errorf("tcp says %s, %v", asked.Code, asked.Facts.CertExpiry)
			}
		})
	}
}

func TestTLSWithoutCertificate(t *testing.T) {
	env := testEnv()
	env.Timeout = hostileTimeout
	wants(t, lookIn(t, &TLS{Address: closedPort(t)}, env), uptime.Fail, uptime.Refused)
	wants(t, lookIn(t, &TLS{Address: serve(t, silence)}, env), uptime.Fail, uptime.TimedOut)
	wants(t, lookIn(t, &TLS{Address: serve(t, greeter)}, env), uptime.Fail, uptime.TLSFailed)
	old := serverTLS(newAuthority(t).leaf(t, time.Hour))
	old.MaxVersion = tls.VersionTLS11
	old.MinVersion = tls.VersionTLS10
	wants(t, lookIn(t, &TLS{Address: serve(t, shaking(old))}, env), uptime.Fail, uptime.TLSFailed)
}

func TestExpiryIsOfTheChainThatLasts(t *testing.T) {
	at := func(day int) *x509.Certificate {
		return &x509.Certificate{NotAfter: time.Date(2030, 1, day, 0, 0, 0, 0, time.UTC)}
	}
	crossSigned, leaf, root := at(1), at(20), at(30)
	shown := []*x509.Certificate{leaf, crossSigned}
	for name, row := range map[string]struct {
		verified [][]*x509.Certificate
		want     int
	}{
		"nothing verified":  {nil, 1},
		"one chain":         {[][]*x509.Certificate{{leaf, root}}, 20},
		"a dying chain too": {[][]*x509.Certificate{{leaf, crossSigned}, {leaf, root}}, 20},
	} {
		if got := expiry(shown, row.verified); got.Day() != row.want {
			t.Errorf("%s: day %d; want %d", name, got.Day(), row.want)
		}
	}
	if got := expiry(nil, nil); !got.IsZero() {
		t.Errorf("no certificates expire at %v", got)
	}
}

func TestTLSRefusesSettings(t *testing.T) {
	for name, row := range map[string]struct {
		settings TLS
		paths    []string
	}{
		"nothing":   {TLS{}, []string{"address"}},
		"authority": {TLS{Address: "a.example", CAFile: "main_test.go"}, []string{"ca_file"}},
		"metadata":  {TLS{Address: "169.254.169.254"}, []string{"address"}},
		"version":   {TLS{Address: "[2001:db8::1]", IP: IPv4}, []string{"ip"}},
		"starttls":  {TLS{Address: "a.example", StartTLS: "x"}, []string{"starttls"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.paths, refusedAt(t, &row.settings)); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, good := range []string{"www.example.org", "www.example.org:8443", "192.0.2.1", "[2001:db8::1]", "[2001:db8::1]:443", "2001:db8::1", "bücher.example"} {
		if _, err := (&TLS{Address: good}).Build(testEnv()); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}
