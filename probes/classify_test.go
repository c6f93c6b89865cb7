package probes

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/uptime"
)

func TestClassify(t *testing.T) {
	dial := func(no syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", no)}
	}
	refused := egress.New(egress.Policy{}, nil).Check(netip.MustParseAddr("127.0.0.1"))
	for _, row := range []struct {
		err  error
		ours bool
		code uptime.Code
	}{
		{refused, true, uptime.NotAllowed},
		{&net.OpError{Op: "dial", Err: refused}, true, uptime.NotAllowed},
		{dial(syscall.EMFILE), true, uptime.NoResources},
		{dial(syscall.ENFILE), true, uptime.NoResources},
		{dial(syscall.ENOBUFS), true, uptime.NoResources},
		{dial(syscall.ENOMEM), true, uptime.NoResources},
		{dial(syscall.EADDRNOTAVAIL), true, uptime.NoResources},
		{dial(syscall.EAFNOSUPPORT), true, uptime.NoResources},
		{dial(syscall.ENETDOWN), true, uptime.NoResources},
		{dial(syscall.EPERM), true, uptime.NotAllowed},
		{dial(syscall.EACCES), true, uptime.NotAllowed},
		{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, true, uptime.ResolverFailed},
		{&net.DNSError{Err: "server misbehaving", IsTemporary: true}, true, uptime.ResolverFailed},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "read udp: connection refused", UnwrapErr: syscall.ECONNREFUSED}}, true, uptime.ResolverFailed},
		{context.Canceled, true, uptime.ProbeFault},

		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}, false, uptime.NameNotFound},
		{dial(syscall.ECONNREFUSED), false, uptime.Refused},
		{dial(syscall.ECONNRESET), false, uptime.Reset},
		{dial(syscall.EPIPE), false, uptime.Reset},
		{dial(syscall.EHOSTUNREACH), false, uptime.Unreachable},
		{dial(syscall.ENETUNREACH), false, uptime.Unreachable},
		{dial(syscall.ETIMEDOUT), false, uptime.TimedOut},
		{context.DeadlineExceeded, false, uptime.TimedOut},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, false, uptime.TimedOut},
		{fmt.Errorf("%w: %w", errHandshake, os.ErrDeadlineExceeded), false, uptime.TimedOut},
		{fmt.Errorf("%w: %w", errHandshake, io.EOF), false, uptime.TLSFailed},
		{fmt.Errorf("%w: %w", errHandshake, tls.AlertError(40)), false, uptime.TLSFailed},
		{fmt.Errorf("%w: %w", errHandshake, tls.RecordHeaderError{Msg: "first record does not look like TLS"}), false, uptime.TLSFailed},
		{x509.HostnameError{Certificate: new(x509.Certificate), Host: "a"}, false, uptime.CertificateName},
		{x509.CertificateInvalidError{Cert: new(x509.Certificate), Reason: x509.Expired}, false, uptime.CertificateExpired},
		{x509.CertificateInvalidError{Cert: new(x509.Certificate), Reason: x509.NotAuthorizedToSign}, false, uptime.CertificateChain},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, false, uptime.CertificateChain},
		{errNotAnswered, false, uptime.Reset},
		{io.EOF, false, uptime.Reset},
		{io.ErrUnexpectedEOF, false, uptime.BadAnswer},
		{errHeaderTooLarge, false, uptime.TooLarge},
		{errors.New("malformed HTTP response"), false, uptime.BadAnswer},
	} {
		outcome, code := classify(row.err)
		if want := map[bool]uptime.Outcome{true: uptime.Unseen, false: uptime.Fail}[row.ours]; outcome != want || code != row.code {
			t.Errorf("%v: %v, %s; want %v, %s", row.err, outcome, code, want, row.code)
		}
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"plain":                    "plain",
		"two\r\nlines\tand a tab ": "two lines and a tab",
		"\x1b[2Jclear":             "[2Jclear",
		"a\u202eb":                 "a?b",
		"bad \xff\xfe":             "bad ??",
		"Zürich – 東京":              "Zürich – 東京",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("%q becomes %q; want %q", text, got, want)
		}
	}
}

func FuzzOneLine(f *testing.F) {
	f.Add("a\x00b\n")
	f.Add(strings.Repeat("ü", 1000))
	f.Fuzz(func(t *testing.T, text string) {
		line := oneLine(text)
		if n := utf8.RuneCountInString(line); n > detailLimit || !utf8.ValidString(line) {
			t.Errorf("%d characters: %q", n, line)
		}
		for _, c := range line {
			if !unicode.IsPrint(c) {
				t.Errorf("%q holds %U", line, c)
			}
		}
	})
}

func TestVeil(t *testing.T) {
	v := newVeil([]string{"Bearer abcdefgh", "up", "Basic bWU6c2VzYW1l", ""})
	for text, want := range map[string]string{
		"said Bearer abcdefgh":    "said ***",
		"said abcdefgh":           "said ***",
		"is up":                   "is up",
		"bWU6c2VzYW1l and sesame": "*** and ***",
	} {
		if got := v.over(text); got != want {
			t.Errorf("%q becomes %q; want %q", text, got, want)
		}
	}
}

// acting is a prober that does as it is told.
type acting func(context.Context) Result

// Look does it.
func (a acting) Look(ctx context.Context) Result { return a(ctx) }

func TestLook(t *testing.T) {
	monitor := uptime.Monitor{ID: "it", Timeout: 50 * time.Millisecond}
	slot := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := slot.Add(time.Second).In(time.FixedZone("", 3600))
	o := Look(context.Background(), acting(func(context.Context) Result {
		return Result{Outcome: uptime.Fail, Code: uptime.HTTPStatus, Detail: "a\nb", Phases: uptime.Phases{-5, 7}}
	}), monitor, slot, now)
	wants(t, o, uptime.Fail, uptime.HTTPStatus)
	if o.Monitor != "it" || o.Vantage != uptime.Local || !o.Slot.Equal(slot) || o.At.Location() != time.UTC || !o.At.Equal(now) ||
		o.Took < 0 || o.Detail != "a b" || o.Phases != (uptime.Phases{0, 7}) {
		t.Errorf("%+v", o)
	}
	wants(t, Look(context.Background(), acting(func(context.Context) Result { panic("a bug") }), monitor, slot, now), uptime.Unseen, uptime.ProbeFault)
	wants(t, Look(context.Background(), acting(func(ctx context.Context) (r Result) {
		<-ctx.Done()
		r.broke(ctx, ctx.Err())
		return r
	}), monitor, slot, now), uptime.Fail, uptime.TimedOut)
	wants(t, Look(context.Background(), acting(func(context.Context) Result { return Result{} }), monitor, slot, now), uptime.Unseen, uptime.ProbeFault)
}
