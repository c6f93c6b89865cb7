package notify

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/notice"
)

// How the connection to a mail server is encrypted.
const (
	StartTLS    = "starttls"
	ImplicitTLS = "tls"
	NoTLS       = "none"
)

const (
	mailTimeout     = 30 * time.Second
	mailConnections = 10
)

// MailSettings say which server mail is handed to, and who it is from.
type MailSettings struct {
	Server     string        // host:port
	TLS        string        // StartTLS unless given
	Username   string        // empty: nobody signs in
	Password   string        //
	From       string        // as Acme Status <status@example.org>
	ReturnPath string        // where bounces go, as bounces@example.org; empty: to From
	Timeout    time.Duration // of one message; 0: 30 s
	// Connections that are open at most, and kept open while there is mail; 0:
	// ten.
	Connections int
}

// String is the server alone: the rest holds a password.
func (s MailSettings) String() string { return s.Server }

// GoString is String.
func (s MailSettings) GoString() string { return s.String() }

// MarshalText is String.
func (s MailSettings) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// sender is who mail is from, checked.
type sender struct {
	from       netmail.Address
	domain     string
	returnPath string // empty: none
}

// check reads what the settings say of the sender.
func (s MailSettings) check() (sender, error) {
	var wrong []error
	refuse := func(path, format string, args ...any) {
		wrong = append(wrong, &SettingError{path, fmt.Sprintf(format, args...)})
	}
	host, port, err := net.SplitHostPort(s.Server)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || host == "" || n < 1 || n > 65535 {
		refuse("server", "is no host and port; write it like smtp.example.org:587")
	}
	switch s.TLS {
	case "", StartTLS, ImplicitTLS, NoTLS:
	default:
		refuse("tls", "%q is not known; use starttls, tls or none", s.TLS)
	}
	from, err := netmail.ParseAddress(s.From)
	if err != nil || !isAddress(from.Address) {
		refuse("from", "is no mail address; write it like Example Status <status@example.org>")
		from = &netmail.Address{}
	}
	if s.ReturnPath != "" && !isAddress(s.ReturnPath) {
		refuse("return_path", "is no mail address; write it like bounces@example.org")
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	return sender{from: netmail.Address{Name: line(from.Name, 80), Address: from.Address}, domain: domain, returnPath: s.ReturnPath}, errors.Join(wrong...)
}

// isAddress tells whether a text is one plain mail address: no name, no
// comment, no quotes, no second one, nothing that a header or an SMTP command
// could be continued with.
func isAddress(text string) bool {
	if len(text) > 254 || strings.ContainsAny(text, " \t\r\n\x00<>()[]\\,;:\"") || strings.Count(text, "@") != 1 {
		return false
	}
	parsed, err := netmail.ParseAddress(text)
	return err == nil && parsed.Address == text && line(text, 300) == text
}

// Mailer hands mail to a server, over connections that it keeps open while
// there is mail to send. It sends to subscribers (Recipient.Address).
type Mailer struct {
	settings MailSettings
	sender   sender
	env      Env
	pool     *pool
	press    press
	roots    *x509.CertPool // nil: the system's
}

// NewMailer makes a mailer. It connects to nothing. What is wrong with the
// settings is told as *SettingError.
func NewMailer(s MailSettings, env Env) (*Mailer, error) {
	sender, err := s.check()
	if err != nil {
		return nil, err
	}
	s.TLS = cmp.Or(s.TLS, StartTLS)
	s.Timeout = cmp.Or(s.Timeout, mailTimeout)
	s.Connections = cmp.Or(max(s.Connections, 0), mailConnections)
	m := &Mailer{settings: s, sender: sender, env: env}
	m.pool = newPool(s.Connections, m.dial)
	return m, nil
}

// Close ends the connections that nobody uses. A mailer that is closed can
// still send.
func (m *Mailer) Close() error {
	m.pool.sweep(0)
	return nil
}

// Send sends one mail to one subscriber.
func (m *Mailer) Send(ctx context.Context, msg notice.Message) (Receipt, error) {
	if !isAddress(msg.To.Address) {
		return Receipt{}, &Refusal{Reply: "not sent: the address is not one that mail can be sent to", Permanent: true, Bounced: true}
	}
	return m.sendTo(ctx, msg, msg.To.Address, []string{msg.To.Address})
}

// sendTo sends to one address. Shown are those that the mail says it goes to.
func (m *Mailer) sendTo(ctx context.Context, msg notice.Message, to string, shown []string) (Receipt, error) {
	composed, err := m.sender.compose(msg, m.press.render(msg, m.env.Links), m.env.Links, shown)
	if err != nil {
		return Receipt{}, &Refusal{Reply: err.Error(), Permanent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, m.settings.Timeout)
	defer cancel()
	reply, err := m.hand(ctx, mailing{from: m.sender.envelope(msg.ID), to: to, raw: composed.raw})
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{
		State: accepted, Reply: scrub("250 "+reply, to), RemoteID: queueID(reply), Digest: composed.digest,
	}, nil
}
