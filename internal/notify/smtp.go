package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// mailing is one mail to one address.
type mailing struct {
	from, to string
	raw      []byte
}

// session is a connection to a mail server that has let us in.
type session struct {
	client *smtp.Client
	conn   net.Conn // below the encryption
	mails  int
	since  time.Time // when it was used last
}

// bound ends everything on the connection with the context.
func bound(ctx context.Context, conn net.Conn) (free func()) {
	deadline, _ := ctx.Deadline() // none: none
	_ = conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return func() { stop() }
}

// longestAnswer is how much a server may say before it is our turn again, its
// certificates included. What reads answers would keep all of it.
const longestAnswer = 64 << 10

var errTalkative = errors.New("it said more than 64 KiB at once")

// hearing is a connection that hears no more than longestAnswer between two
// things that we say.
type hearing struct {
	net.Conn
	heard int
}

func (h *hearing) Read(b []byte) (int, error) {
	if h.heard >= longestAnswer {
		return 0, errTalkative
	}
	n, err := h.Conn.Read(b[:min(len(b), longestAnswer-h.heard)])
	h.heard += n
	return n, err
}

func (h *hearing) Write(b []byte) (int, error) {
	h.heard = 0
	return h.Conn.Write(b)
}

// dial connects, encrypts and signs in.
func (m *Mailer) dial(ctx context.Context) (*session, error) {
	conn, err := m.env.Egress.DialContext(ctx, "tcp", m.settings.Server)
	if err != nil {
		return nil, entering(err)
	}
	conn = &hearing{Conn: conn}
	free := bound(ctx, conn)
	defer free()
	client, err := m.enter(ctx, conn)
	if err != nil {
		_ = conn.Close()
		return nil, entering(err)
	}
	return &session{client: client, conn: conn}, nil
}

func (m *Mailer) enter(ctx context.Context, conn net.Conn) (*smtp.Client, error) {
	host, _, _ := net.SplitHostPort(m.settings.Server)
	secure := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, RootCAs: m.roots}
	if m.settings.TLS == ImplicitTLS {
		encrypted := tls.Client(conn, secure)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = encrypted
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, err
	}
	if err := client.Hello(m.sender.domain); err != nil {
		return nil, err
	}
	if m.settings.TLS == StartTLS {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return nil, errors.New("it offers no encryption (STARTTLS); set tls to tls or none if that is meant")
		}
		if err := client.StartTLS(secure); err != nil {
			return nil, err
		}
	}
	if m.settings.Username == "" {
		return client, nil
	}
	auth, err := m.auth(client, host)
	if err != nil {
		return nil, err
	}
	return client, client.Auth(auth)
}

// auth chooses how to sign in: without handing over the password where the
// server can do that, and never in the clear over a network.
func (m *Mailer) auth(client *smtp.Client, host string) (smtp.Auth, error) {
	_, offered := client.Extension("AUTH")
	ways := strings.Fields(strings.ToUpper(offered))
	user, password := m.settings.Username, m.settings.Password
	switch {
	case slices.Contains(ways, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(user, password), nil
	case slices.Contains(ways, "PLAIN"):
		return smtp.PlainAuth("", user, password, host, false), nil
	case slices.Contains(ways, "LOGIN"):
		return smtp.LoginAuth(user, password, host, false), nil
	case slices.Contains(ways, "CRAM-MD5"):
		return smtp.CRAMMD5Auth(user, password), nil
	}
	return nil, errors.New("it offers no way to sign in that we know (SCRAM-SHA-256, PLAIN, LOGIN, CRAM-MD5); leave username out if it needs none")
}

// hand gives a mail to the server and returns its word on it.
func (m *Mailer) hand(ctx context.Context, mail mailing) (reply string, err error) {
	s, err := m.pool.get(ctx)
	if err != nil {
		return "", err
	}
	free := bound(ctx, s.conn)
	defer free()
	reply, err = s.transact(mail)
	m.pool.put(s, err)
	return reply, err
}

// transact is one transaction (RFC 5321, 3.3).
func (s *session) transact(mail mailing) (string, error) {
	if !isASCII(mail.to) {
		if able, _ := s.client.Extension("SMTPUTF8"); !able {
			return "", &Refusal{Reply: "not sent: the mail server takes no addresses with letters beyond ASCII", Permanent: true}
		}
	}
	if err := s.client.Mail("<" + mail.from + ">"); err != nil {
		return "", judge(atSender, err, mail.to)
	}
	if err := s.client.Rcpt("<" + mail.to + ">"); err != nil {
		return "", judge(atRecipient, err, mail.to)
	}
	body, err := s.client.Data()
	if err != nil {
		return "", judge(atContent, err, mail.to)
	}
	if _, err := body.Write(mail.raw); err != nil {
		return "", judge(atContent, err, mail.to)
	}
	if err := body.Close(); err != nil {
		return "", judge(atContent, err, mail.to)
	}
	s.mails++
	data, told := body.(*smtp.DataCloser)
	if !told {
		return "", fmt.Errorf("a mail was taken, and the server's word on it is lost")
	}
	return data.ServerResponse(), nil
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c > '~' })
}
