package probes

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/uptime"
)

// Errors of ours about answers.
var (
	errHeaderTooLarge = errors.New("the answer's header is larger than 64 KiB")
	errNotAnswered    = errors.New("the connection was closed without an answer")
	errHandshake      = errors.New("TLS handshake")
)

// classify is the one place where an error of the network becomes an outcome
// and a code. What lies on our side of the wire is Unseen.
func classify(err error) (uptime.Outcome, uptime.Code) {
	if code, ours := ownFault(err); ours {
		return uptime.Unseen, code
	}
	return uptime.Fail, targetFault(err)
}

// ownFault tells whether an error is ours, and how it is called.
func ownFault(err error) (uptime.Code, bool) {
	if errors.Is(err, egress.ErrRefused) {
		return uptime.NotAllowed, true
	}
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) && noAuthorities() {
		return uptime.NoResources, true
	}
	for _, no := range []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, // no local port, or no address of that family
		syscall.EAFNOSUPPORT, syscall.ENETDOWN,
	} {
		if errors.Is(err, no) {
			return uptime.NoResources, true
		}
	}
	// A local firewall's refusal; a remote one's is silence or a reset.
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return uptime.NotAllowed, true
	}
	// Our resolver answered with nothing definite. That a name does not exist
	// is definite.
	if dns := (*net.DNSError)(nil); errors.As(err, &dns) && !dns.IsNotFound {
		return uptime.ResolverFailed, true
	}
	if errors.Is(err, context.Canceled) {
		return uptime.ProbeFault, true
	}
	return "", false
}

// targetFault names an error that the target answers for.
func targetFault(err error) uptime.Code {
	if dns := (*net.DNSError)(nil); errors.As(err, &dns) {
		return uptime.NameNotFound
	}
	if code := certificateFault(err); code != "" {
		return code
	}
	for _, row := range []struct {
		is   error
		code uptime.Code
	}{
		{context.DeadlineExceeded, uptime.TimedOut},
		{os.ErrDeadlineExceeded, uptime.TimedOut},
		{syscall.ETIMEDOUT, uptime.TimedOut},
		{syscall.ECONNREFUSED, uptime.Refused},
		{syscall.ECONNRESET, uptime.Reset},
		{syscall.ECONNABORTED, uptime.Reset},
		{syscall.EPIPE, uptime.Reset},
		{syscall.EHOSTUNREACH, uptime.Unreachable},
		{syscall.ENETUNREACH, uptime.Unreachable},
		{syscall.EHOSTDOWN, uptime.Unreachable},
		{errMismatch, uptime.BodyMismatch},
		{errTalkative, uptime.TooLarge},
		{errHandshake, uptime.TLSFailed},
		{errHeaderTooLarge, uptime.TooLarge},
		{errNotAnswered, uptime.Reset},
		{io.EOF, uptime.Reset},
	} {
		if errors.Is(err, row.is) {
			return row.code
		}
	}
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return uptime.TimedOut
	}
	return uptime.BadAnswer
}

// noAuthorities tells whether this machine trusts nobody at all, as an image
// without certificates does: then no certificate can be judged.
func noAuthorities() bool {
	pool, err := x509.SystemCertPool()
	return err != nil || pool.Equal(x509.NewCertPool())
}

// certificateFault names what is wrong with a certificate; empty if the error
// is about something else.
func certificateFault(err error) uptime.Code {
	var (
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		unknown  x509.UnknownAuthorityError
		verifier *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &name):
		return uptime.CertificateName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return uptime.CertificateExpired
	case errors.As(err, &invalid), errors.As(err, &unknown), errors.As(err, &verifier):
		return uptime.CertificateChain
	}
	return ""
}
