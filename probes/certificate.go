package probes

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// TLSOptions say how a connection is encrypted.
type TLSOptions struct {
	SkipVerify bool   `yaml:"skip_verify" doc:"Accepts any certificate. Its days left are still told." default:"false"`
	ServerName string `yaml:"server_name" doc:"The name that the certificate must bear and that is sent as SNI." default:"the host"`
	CAFile     string `yaml:"ca_file" doc:"PEM file of the authorities to trust in place of the system's."`
}

// Shared is what the monitors of one configuration share, so that a monitor at
// rest costs no more than its settings. It is safe for concurrent use.
type Shared struct {
	mu    sync.Mutex
	roots map[string]*x509.CertPool // by path of the file
	http  httpPools
}

// NewShared makes an empty one. A new configuration gets a new one: files are
// read once.
func NewShared() *Shared { return &Shared{roots: map[string]*x509.CertPool{}} }

// rootsOf reads a file of authorities; nil for the system's.
func (s *Shared) rootsOf(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if pool := s.roots[path]; pool != nil {
		return pool, nil
	}
	pem, err := readPEM(path)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", path)
	}
	s.roots[path] = pool
	return pool, nil
}

// mostPEM bounds a file of authorities, far over what any system's holds.
const mostPEM = 4 << 20

// readPEM reads a file that is one: a pipe or a device would be waited for, or
// read, without an end.
func readPEM(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", path)
	case info.Size() > mostPEM:
		return nil, fmt.Errorf("%s is larger than %d MiB", path, mostPEM>>20)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, mostPEM))
}

// client makes the TLS configuration for a host. No sessions are kept: each
// look sees the whole handshake and the certificate as it is now.
func (o *TLSOptions) client(shared *Shared, host string, p *problems, protocols ...string) *tls.Config {
	if o == nil {
		o = new(TLSOptions)
	}
	roots, err := shared.rootsOf(o.CAFile)
	if err != nil {
		p.add("tls.ca_file", "%v", err)
	}
	name := o.ServerName
	if name == "" {
		name = host
	}
	return &tls.Config{
		ServerName:             name,
		RootCAs:                roots,
		InsecureSkipVerify:     o.SkipVerify, // the author's explicit choice
		NextProtos:             protocols,
		SessionTicketsDisabled: true,
	}
}

// handshake encrypts a connection and notes phase, version and expiry, the
// latter also of a certificate that was refused.
func handshake(conn net.Conn, conf *tls.Config, r *Result) (*tls.Conn, error) {
	began := time.Now()
	secure := tls.Client(conn, conf)
	err := secure.Handshake() //nolint:noctx // the connection carries the look's deadline
	r.Phases[uptime.TLS] += time.Since(began)
	if err != nil {
		noteRefused(err, r)
		return nil, fmt.Errorf("%w: %w", errHandshake, err)
	}
	noteTLS(secure.ConnectionState(), r)
	return secure, nil
}

func noteTLS(state tls.ConnectionState, r *Result) {
	r.Facts.TLSVersion = tls.VersionName(state.Version)
	r.Facts.CertExpiry = expiry(state.PeerCertificates, state.VerifiedChains)
}

// noteRefused notes the expiry of a certificate that was shown and refused.
func noteRefused(err error, r *Result) {
	if refused := (*tls.CertificateVerificationError)(nil); errors.As(err, &refused) {
		r.Facts.CertExpiry = earliest(refused.UnverifiedCertificates)
	}
}

// expiry is when a server's certificates cease to be valid: the earliest of
// the chain that lasts longest, as a client takes whichever chain is good, or
// the earliest of what was shown where nothing was verified.
func expiry(shown []*x509.Certificate, verified [][]*x509.Certificate) time.Time {
	latest := time.Time{}
	for _, chain := range verified {
		if end := earliest(chain); end.After(latest) {
			latest = end
		}
	}
	if latest.IsZero() {
		return earliest(shown)
	}
	return latest
}

func earliest(chain []*x509.Certificate) (end time.Time) {
	for _, cert := range chain {
		if end.IsZero() || cert.NotAfter.Before(end) {
			end = cert.NotAfter
		}
	}
	return end
}

// judgeExpiry makes a passing look slow when a certificate expires too soon.
func judgeExpiry(r *Result, validFor config.Duration, now time.Time) {
	if validFor <= 0 || r.Facts.CertExpiry.IsZero() {
		return
	}
	if left := r.Facts.CertExpiry.Sub(now); left < validFor.D() {
		r.slow(uptime.CertificateExpiring, "the certificate expires in %s, on %s; %s is asked for",
			days(left), r.Facts.CertExpiry.UTC().Format(time.RFC3339), validFor)
	}
}

func days(d time.Duration) string {
	if d < 48*time.Hour {
		return d.Round(time.Minute).String()
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
