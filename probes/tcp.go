package probes

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

const tcpExample = `type: tcp
address: mail.example.org:25
starttls: smtp
steps:
  - {send: "EHLO upheld.invalid\r\n", expect: "^250 "}
`

// TCP are the settings of a tcp monitor.
type TCP struct {
	Address  string      `yaml:"address" jsonschema:"required" doc:"host:port; an IPv6 address stands in [ ]."`
	IP       IPVersion   `yaml:"ip" jsonschema:"enum=any,enum=4,enum=6" doc:"The version of IP: any, 4 or 6." default:"any"`
	StartTLS string      `yaml:"starttls" jsonschema:"enum=smtp,enum=imap,enum=pop3,enum=ftp,enum=nntp,enum=sieve,enum=postgres" doc:"A protocol that begins in the clear and then turns to TLS: smtp, imap, pop3, ftp, nntp, sieve or postgres. The probe speaks it up to there, and then shakes hands."`
	TLS      *TLSOptions `yaml:"tls" doc:"Encryption. Written without starttls, even as {}, the connection is encrypted from its first byte."`
	Steps    []TCPStep   `yaml:"steps" doc:"A dialogue, held in order once the connection stands (and is encrypted)."`
	Expect   TCPExpect   `yaml:"expect" doc:"What is expected beside the dialogue."`
}

// TCPStep is one turn of a dialogue.
type TCPStep struct {
	Send   string `yaml:"send" doc:"Text to send as it is; write \\r\\n in double quotes where the protocol wants it."`
	Expect string `yaml:"expect" doc:"A regular expression (RE2) that a line from the server must match. Lines that do not are passed over, up to 16 KiB in all."`
}

// TCPExpect is what is expected beside the dialogue.
type TCPExpect struct {
	SlowerThan          config.Duration `yaml:"slower_than" doc:"A look that takes longer is degraded."`
	CertificateValidFor config.Duration `yaml:"certificate_valid_for" doc:"A certificate with less time left is degraded."`
}

// Target is the address's host.
func (s *TCP) Target() string { return hostOf(s.Address) }

// hostOf is the host of host:port, or of a host alone.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

type tcpProber struct {
	env              Env
	network, address string
	upgrade, steps   []step
	tls              *tls.Config // nil: in the clear
	expect           TCPExpect
	veil             veil
}

// Build checks the settings.
func (s *TCP) Build(env Env) (Prober, error) {
	env = env.complete()
	var wrong problems
	p := &tcpProber{env: env, network: s.IP.network("tcp"), expect: s.Expect}
	s.IP.check(&wrong)
	var host string
	host, p.address = splitAddress(&wrong, "address", s.Address, 0)
	env.checkHost(&wrong, "address", host, s.IP)
	p.upgrade = checkUpgrade(&wrong, s.StartTLS)
	if s.TLS != nil || s.StartTLS != "" {
		p.tls = s.TLS.client(env.Shared, host, &wrong)
	}
	checkSlower(&wrong, s.Expect.SlowerThan, env.Timeout)
	if s.Expect.CertificateValidFor > 0 && p.tls == nil {
		wrong.add("expect.certificate_valid_for", "there is no certificate without tls or starttls; add `tls: {}`")
	}
	var sent []string
	for i, one := range s.Steps {
		path := fmt.Sprintf("steps[%d]", i)
		if one.Send == "" && one.Expect == "" {
			wrong.add(path, "is empty; write send, expect or both")
		}
		p.steps = append(p.steps, buildStep(&wrong, path+".expect", one.Send, one.Expect))
		sent = append(sent, one.Send)
	}
	p.veil = newVeil(sent)
	return p, wrong.err()
}

// Look connects and holds the dialogue.
func (p *tcpProber) Look(ctx context.Context) (r Result) {
	began := time.Now()
	if err := p.talk(ctx, &r); err != nil {
		r.broke(ctx, err)
	} else {
		r.pass()
	}
	judgeSlow(&r, p.expect.SlowerThan, time.Since(began))
	judgeExpiry(&r, p.expect.CertificateValidFor, p.env.Now())
	r.Detail = p.veil.over(r.Detail)
	return r
}

func (p *tcpProber) talk(ctx context.Context, r *Result) error {
	raw, release, err := connect(ctx, p.env.Egress, p.network, p.address, r)
	if err != nil {
		return err
	}
	defer closing(raw, release)
	conn, asked := raw, time.Now()
	if err := upgrade(conn, p.upgrade); err != nil {
		return err
	}
	r.Phases[uptime.Processing] += time.Since(asked)
	if p.tls != nil {
		if conn, err = handshake(raw, p.tls, r); err != nil {
			return err
		}
	}
	asked = time.Now()
	err = newDialogue(conn).hold(p.steps)
	r.Phases[uptime.Processing] += time.Since(asked)
	return err
}
