package probes

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// greeter says hello, and answers PING and SECRET.
func greeter(conn net.Conn) {
	_, _ = io.WriteString(conn, "220 greeter")
	time.Sleep(2 * time.Millisecond) // a line in two packets
	_, _ = io.WriteString(conn, " ready\r\n")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch line := lines.Text(); {
		case line == "PING":
			_, _ = io.WriteString(conn, "noise\r\n+PONG\r\n")
		default:
			_, _ = io.WriteString(conn, "-ERR "+line+"\r\n")
		}
	}
}

func TestTCP(t *testing.T) {
	address := serve(t, greeter)
	unended := serve(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "ready>")
		silence(conn)
	})
	for name, row := range map[string]struct {
		settings TCP
		outcome  uptime.Outcome
		code     uptime.Code
	}{
		"open":             {TCP{Address: address}, uptime.Pass, uptime.OK},
		"closed":           {TCP{Address: closedPort(t)}, uptime.Fail, uptime.Refused},
		"greeting":         {TCP{Address: address, Steps: []TCPStep{{Expect: "^220 "}}}, uptime.Pass, uptime.OK},
		"dialogue":         {TCP{Address: address, Steps: []TCPStep{{Expect: "^220 "}, {Send: "PING\r\n", Expect: `^\+PONG$`}}}, uptime.Pass, uptime.OK},
		"line not ended":   {TCP{Address: unended, Steps: []TCPStep{{Expect: "^ready>"}}}, uptime.Pass, uptime.OK},
		"wrong answer":     {TCP{Address: address, Steps: []TCPStep{{Send: "QUIT\r\n", Expect: `^\+BYE`}}}, uptime.Fail, uptime.BodyMismatch},
		"only to be heard": {TCP{Address: address, Steps: []TCPStep{{Send: "PING\r\n"}}}, uptime.Pass, uptime.OK},
		"silence":          {TCP{Address: serve(t, silence), Steps: []TCPStep{{Expect: "."}}}, uptime.Fail, uptime.TimedOut},
		"hangs up":         {TCP{Address: serve(t, func(net.Conn) {}), Steps: []TCPStep{{Expect: "."}}}, uptime.Fail, uptime.Reset},
		"talks on":         {TCP{Address: serve(t, func(c net.Conn) { flood(c, "no\r\n") }), Steps: []TCPStep{{Expect: "yes"}}}, uptime.Fail, uptime.BodyMismatch},
		"one long line":    {TCP{Address: serve(t, func(c net.Conn) { flood(c, "no") }), Steps: []TCPStep{{Expect: "yes"}}}, uptime.Fail, uptime.BodyMismatch},
		"drips":            {TCP{Address: serve(t, func(c net.Conn) { drip(c, "no") }), Steps: []TCPStep{{Expect: "yes"}}}, uptime.Fail, uptime.BodyMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			env := testEnv()
			env.Timeout = hostileTimeout
			wants(t, bounded(t, &row.settings, env), row.outcome, row.code)
		})
	}
}

func TestTCPHidesWhatItSent(t *testing.T) {
	o := look(t, &TCP{Address: serve(t, func(conn net.Conn) {
		line, _ := bufio.NewReader(conn).ReadString('\n')
		_, _ = io.WriteString(conn, "-ERR unknown: "+line)
	}), Steps: []TCPStep{{Send: "AUTH s3cret-word\r\n", Expect: `^\+OK`}}})
	if wants(t, o, uptime.Fail, uptime.BodyMismatch); strings.Contains(o.Detail, "s3cret-word") {
		t.Errorf("the secret is in %q", o.Detail)
	}
}

// upgrading speaks the clear part of a protocol from the server's side, and
// then TLS.
func upgrading(conf *tls.Config, greeting string, answers map[string]string, last string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, greeting)
		lines := bufio.NewReader(conn)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			verb := strings.TrimSpace(line)
			_, _ = io.WriteString(conn, answers[verb])
			if verb == last {
				secure := tls.Server(conn, conf)
				if secure.Handshake() == nil {
					_, _ = io.WriteString(secure, "ready\r\n")
					_, _ = secure.Read(make([]byte, 1))
				}
				return
			}
		}
	}
}

func TestStartTLS(t *testing.T) {
	ca := newAuthority(t)
	conf := serverTLS(ca.leaf(t, 10*24*time.Hour))
	servers := map[string]func(net.Conn){
		"smtp": upgrading(conf, "220-mail.example.org\r\n220 ready\r\n", map[string]string{
			"EHLO upheld.invalid": "250-mail.example.org\r\n250-PIPELINING\r\n250 STARTTLS\r\n", "STARTTLS": "220 go on\r\n",
		}, "STARTTLS"),
		"imap":  upgrading(conf, "* OK ready\r\n", map[string]string{"a1 STARTTLS": "a1 OK begin\r\n"}, "a1 STARTTLS"),
		"pop3":  upgrading(conf, "+OK ready\r\n", map[string]string{"STLS": "+OK begin\r\n"}, "STLS"),
		"ftp":   upgrading(conf, "220-welcome\r\n220 ready\r\n", map[string]string{"AUTH TLS": "234 begin\r\n"}, "AUTH TLS"),
		"nntp":  upgrading(conf, "200 ready\r\n", map[string]string{"STARTTLS": "382 begin\r\n"}, "STARTTLS"),
		"sieve": upgrading(conf, "\"STARTTLS\"\r\nOK\r\n", map[string]string{"STARTTLS": "OK begin\r\n"}, "STARTTLS"),
		"postgres": func(conn net.Conn) {
			request := make([]byte, 8)
			if _, err := io.ReadFull(conn, request); err != nil || fmt.Sprintf("%x", request) != "0000000804d2162f" {
				return
			}
			_, _ = io.WriteString(conn, "S")
			if secure := tls.Server(conn, conf); secure.Handshake() == nil {
				_, _ = io.WriteString(secure, "ready\r\n")
				_, _ = secure.Read(make([]byte, 1))
			}
		},
	}
	for protocol := range upgrades() {
		t.Run(protocol, func(t *testing.T) {
			if servers[protocol] == nil {
				t.Fatal("no server speaks it")
			}
			address := serve(t, servers[protocol])
			trusting := &TLSOptions{CAFile: ca.file}
			o := look(t, &TCP{Address: address, StartTLS: protocol, TLS: trusting, Steps: []TCPStep{{Expect: "ready"}},
				Expect: TCPExpect{CertificateValidFor: config.Duration(7 * 24 * time.Hour)}})
			if wants(t, o, uptime.Pass, uptime.OK); o.Facts.CertExpiry.IsZero() || o.Phases[uptime.TLS] <= 0 {
				t.Errorf("facts %+v, phases %v", o.Facts, o.Phases)
			}
			wants(t, look(t, &TLS{Address: address, StartTLS: protocol, CAFile: ca.file}), uptime.Slow, uptime.CertificateExpiring)
			wants(t, look(t, &TCP{Address: address, StartTLS: protocol}), uptime.Fail, uptime.CertificateChain)
		})
	}
	t.Run("no upgrade", func(t *testing.T) {
		address := serve(t, upgrading(conf, "220 ready\r\n", map[string]string{"EHLO upheld.invalid": "250 mail\r\n", "STARTTLS": "502 no\r\n"}, "QUIT"))
		env := testEnv()
		env.Timeout = hostileTimeout
		wants(t, lookIn(t, &TCP{Address: address, StartTLS: "smtp"}, env), uptime.Fail, uptime.BodyMismatch)
	})
	t.Run("injected", func(t *testing.T) {
		address := serve(t, upgrading(conf, "* OK ready\r\n", map[string]string{"a1 STARTTLS": "a1 OK begin\r\n* BYE injected\r\n"}, "a1 STARTTLS"))
		wants(t, look(t, &TCP{Address: address, StartTLS: "imap", TLS: &TLSOptions{CAFile: ca.file}}), uptime.Fail, uptime.TLSFailed)
	})
}

func TestTCPRefusesSettings(t *testing.T) {
	for name, row := range map[string]struct {
		settings TCP
		paths    []string
	}{
		"nothing":     {TCP{}, []string{"address"}},
		"no port":     {TCP{Address: "mail.example.org"}, []string{"address"}},
		"port":        {TCP{Address: "mail.example.org:65536"}, []string{"address"}},
		"bare ipv6":   {TCP{Address: "2001:db8::1"}, []string{"address"}},
		"no host":     {TCP{Address: ":25"}, []string{"address"}},
		"a URL":       {TCP{Address: "https://www.example.org:443"}, []string{"address"}},
		"metadata":    {TCP{Address: "100.100.100.200:80"}, []string{"address"}},
		"version":     {TCP{Address: "192.0.2.1:80", IP: IPv6}, []string{"ip"}},
		"starttls":    {TCP{Address: "a.example:1", StartTLS: "gopher"}, []string{"starttls"}},
		"no tls":      {TCP{Address: "a.example:1", Expect: TCPExpect{CertificateValidFor: 1}}, []string{"expect.certificate_valid_for"}},
		"empty step":  {TCP{Address: "a.example:1", Steps: []TCPStep{{}}}, []string{"steps[0]"}},
		"expression":  {TCP{Address: "a.example:1", Steps: []TCPStep{{Send: "x"}, {Expect: "("}}}, []string{"steps[1].expect"}},
		"some of all": {TCP{Address: "a.example:0", IP: "x", StartTLS: "x"}, []string{"ip", "address", "starttls"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.paths, refusedAt(t, &row.settings)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
