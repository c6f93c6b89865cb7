package notify

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/upheld/upheld/internal/egress"
)

// office is a real mail server on this machine, with faults to order.
type office struct {
	address string
	roots   *x509.CertPool

	mu       sync.Mutex
	got      []letterbox
	sessions int
	sender   func(from string) error
	rcpt     func(to string) error
	data     func(raw []byte) error
	password string
}

// letterbox is a mail that arrived.
type letterbox struct {
	from string
	to   []string
	raw  []byte
}

// newOffice starts a server; with encryption it offers STARTTLS, or begins with
// TLS.
func newOffice(t *testing.T, encryption string, change ...func(*smtp.Server)) *office {
	t.Helper()
	o := &office{}
	server := smtp.NewServer(o)
	server.Domain, server.ErrorLog = "mail.example.org", log.New(io.Discard, "", 0)
	server.AllowInsecureAuth, server.EnableSMTPUTF8 = encryption == NoTLS, true
	for _, f := range change {
		f(server)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if encryption != NoTLS {
		https := httptest.NewUnstartedServer(nil)
		https.StartTLS()
		server.TLSConfig = &tls.Config{Certificates: https.TLS.Certificates}
		o.roots = x509.NewCertPool()
		o.roots.AddCert(https.Certificate())
		https.Close()
	}
	o.address = listener.Addr().String()
	if encryption == ImplicitTLS {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-ended })
	return o
}

func (o *office) NewSession(*smtp.Conn) (smtp.Session, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sessions++
	return &counter{office: o}, nil
}

func (o *office) letters() []letterbox {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.got)
}

func (o *office) connections() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sessions
}

// counter is one session with the server.
type counter struct {
	office *office
	mail   letterbox
	in     bool
}

func (c *counter) AuthMechanisms() []string { return []string{sasl.Plain, sasl.Login} }

func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "upheld" || password != c.office.password {
			return smtp.ErrAuthFailed
		}
		c.in = true
		return nil
	}), nil
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error {
	if c.office.password != "" && !c.in {
		return smtp.ErrAuthRequired
	}
	c.mail.from = from
	return ask(c.office.sender, from)
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := ask(c.office.rcpt, to); err != nil {
		return err
	}
	c.mail.to = append(c.mail.to, to)
	return nil
}

func (c *counter) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := ask(c.office.data, raw); err != nil {
		return err
	}
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.mail.raw = raw
	c.office.got = append(c.office.got, c.mail)
	return nil
}

func (c *counter) Reset()        { c.mail = letterbox{} }
func (c *counter) Logout() error { return nil }

func ask[T any](answer func(T) error, about T) error {
	if answer == nil {
		return nil
	}
	return answer(about)
}

func refusal(code int, class, subject, detail int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: text}
}

// testEnv reaches this machine.
func testEnv() Env {
	return Env{
		Egress: egress.New(egress.Policy{Asker: egress.Author}, nil),
		Public: egress.New(egress.Policy{Asker: egress.RunTime}, nil),
		Links:  links,
	}
}

func newMailer(t *testing.T, o *office, change func(*MailSettings)) *Mailer {
	t.Helper()
	s := MailSettings{Server: o.address, TLS: NoTLS, From: "Acme Status <status@example.org>"}
	if change != nil {
		change(&s)
	}
	mailer, err := NewMailer(s, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	mailer.roots = o.roots
	t.Cleanup(func() { _ = mailer.Close() })
	return mailer
}

// opened is a mail as its reader's program shows it.
type opened struct {
	header      netmail.Header
	plain, html string
}

func open(t *testing.T, raw []byte) opened {
	t.Helper()
	parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the mail is %s (%v)", kind, err)
	}
	mail := opened{header: parsed.Header}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for _, into := range []*string{&mail.plain, &mail.html} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		*into = string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Fatal(fmt.Errorf("there is a third part (%w)", err))
	}
	return mail
}
