package probes

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

const tlsExample = `type: tls
address: www.example.org
expect: {certificate_valid_for: 21d}
`

// TLS are the settings of a tls monitor.
type TLS struct {
	Address    string    `yaml:"address" jsonschema:"required" doc:"host or host:port; an IPv6 address stands in [ ]. Without a port: 443."`
	IP         IPVersion `yaml:"ip" jsonschema:"enum=any,enum=4,enum=6" doc:"The version of IP: any, 4 or 6." default:"any"`
	ServerName string    `yaml:"server_name" doc:"The name that the certificate must bear and that is sent as SNI." default:"the host"`
	CAFile     string    `yaml:"ca_file" doc:"PEM file of the authorities to trust in place of the system's."`
	StartTLS   string    `yaml:"starttls" jsonschema:"enum=smtp,enum=imap,enum=pop3,enum=ftp,enum=nntp,enum=sieve,enum=postgres" doc:"A protocol that begins in the clear: smtp, imap, pop3, ftp, nntp, sieve or postgres."`
	Expect     TLSExpect `yaml:"expect" doc:"What is expected of the certificate, beside a chain to a trusted authority and the right name."`
}

// TLSExpect is what is expected of a certificate.
type TLSExpect struct {
	CertificateValidFor *config.Duration `yaml:"certificate_valid_for" doc:"A certificate with less time left is degraded. 0s: only one that has expired counts." default:"14d"`
	SlowerThan          config.Duration  `yaml:"slower_than" doc:"A look that takes longer is degraded."`
}

// warnDays is how early a tls monitor warns of a certificate's end.
const warnDays = config.Duration(14 * 24 * time.Hour)

// Target is the address's host.
func (s *TLS) Target() string { return hostOf(s.Address) }

type tlsProber struct {
	env              Env
	network, address string
	upgrade          []step
	tls              *tls.Config
	validFor, slower config.Duration
}

// Build checks the settings.
func (s *TLS) Build(env Env) (Prober, error) {
	env = env.complete()
	var wrong problems
	s.IP.check(&wrong)
	host, address := splitAddress(&wrong, "address", s.Address, 443)
	env.checkHost(&wrong, "address", host, s.IP)
	p := &tlsProber{
		env: env, network: s.IP.network("tcp"), address: address, upgrade: checkUpgrade(&wrong, s.StartTLS),
		validFor: warnDays, slower: s.Expect.SlowerThan,
	}
	roots, err := env.Shared.rootsOf(s.CAFile)
	if err != nil {
		wrong.add("ca_file", "%v", err)
	}
	name := s.ServerName
	if name == "" {
		name = host
	}
	// Verified below instead, so that a refused certificate still has a date.
	p.tls = &tls.Config{ServerName: name, RootCAs: roots, InsecureSkipVerify: true, SessionTicketsDisabled: true}
	if s.Expect.CertificateValidFor != nil {
		p.validFor = *s.Expect.CertificateValidFor
	}
	checkSlower(&wrong, s.Expect.SlowerThan, env.Timeout)
	return p, wrong.err()
}

// Look shakes hands and verifies what was shown.
func (p *tlsProber) Look(ctx context.Context) (r Result) {
	began := time.Now()
	if err := p.shake(ctx, &r); err != nil {
		r.broke(ctx, err)
	} else {
		r.pass()
	}
	judgeExpiry(&r, p.validFor, p.env.Now())
	judgeSlow(&r, p.slower, time.Since(began))
	return r
}

func (p *tlsProber) shake(ctx context.Context, r *Result) error {
	conn, release, err := connect(ctx, p.env.Egress, p.network, p.address, r)
	if err != nil {
		return err
	}
	defer closing(conn, release)
	asked := time.Now()
	if err := upgrade(conn, p.upgrade); err != nil {
		return err
	}
	r.Phases[uptime.Processing] += time.Since(asked)
	secure, err := handshake(conn, p.tls, r)
	if err != nil {
		return err
	}
	shown := secure.ConnectionState().PeerCertificates
	between := x509.NewCertPool()
	for _, cert := range shown[1:] {
		between.AddCert(cert)
	}
	chains, err := shown[0].Verify(x509.VerifyOptions{
		DNSName: p.tls.ServerName, Roots: p.tls.RootCAs, Intermediates: between, CurrentTime: p.env.Now(),
	})
	r.Facts.CertExpiry = expiry(shown, chains)
	return err
}
