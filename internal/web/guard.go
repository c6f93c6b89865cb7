package web

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"
)

// header is one field of an answer, with its name in canonical form and its
// value as the header map wants it, so that setting it allocates nothing. The
// value is shared and has no room to append to.
type header struct {
	name  string
	value []string
}

// strictPolicy allows nothing at all. A document that needs more brings its own.
const strictPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// securityHeaders are on every answer, errors included (OWASP ASVS 5.0, 3.4).
func securityHeaders() []header {
	return []header{
		{"Content-Security-Policy", []string{strictPolicy}},
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"X-Frame-Options", []string{"DENY"}},
		// Not no-referrer: under it browsers send "Origin: null" with our own
		// forms, which tells them from those of other sites no longer.
		{"Referrer-Policy", []string{"same-origin"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		{"Permissions-Policy", []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}},
	}
}

// guard stands before every handler: headers that no answer goes without, no
// odd paths, nothing that another site had a browser send, and no panic that
// ends the process.
func (s *site) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		defer s.recover(c)
		h := c.Response().Header()
		for _, f := range s.headers {
			h[f.name] = f.value
		}
		if c.Scheme() == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		err := errOddPath
		if plain(c.Request().URL) {
			err = errCrossSite
			if s.crossOrigin.Check(c.Request()) == nil {
				err = next(c)
			}
		}
		if err != nil {
			s.fail(c, err)
		}
		return nil
	}
}

// recover turns a panic into one logged error and a general answer. If the
// answer has begun, the connection is cut off, so that half a document does not
// pass for a whole one.
func (s *site) recover(c echo.Context) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause)
	}
	begun := c.Response().Committed
	s.fail(c, panicError{cause, debug.Stack()})
	if begun {
		panic(http.ErrAbortHandler)
	}
}

type panicError struct {
	cause any
	stack []byte
}

func (p panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.cause, p.stack) }

// plain tells whether a path is written in the one way in which our addresses
// are written: unreserved characters (RFC 3986 §2.3) between single slashes,
// nothing encoded, no dot segments. Any other spelling leads nowhere, so that no
// proxy and no cache can disagree with us about what it means.
func plain(u *url.URL) bool {
	if u.RawPath != "" || !strings.HasPrefix(u.Path, "/") {
		return false
	}
	for i := range len(u.Path) {
		switch b := u.Path[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
		case b == '-', b == '.', b == '_', b == '~':
		case b == '/':
			if rest := u.Path[i+1:]; strings.HasPrefix(rest, "/") || dotSegment(rest) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// dotSegment tells whether a path goes on with "." or ".." as a whole segment.
func dotSegment(rest string) bool {
	segment, _, _ := strings.Cut(rest, "/")
	return segment == "." || segment == ".."
}

// extractors say who the client is and whether it came over TLS. Without
// trusted proxies nothing that a client claims is believed.
func extractors(proxies []netip.Prefix) (echo.IPExtractor, echo.SchemeExtractor) {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect(), echo.ExtractSchemeDirect()
	}
	// echo trusts loopback, link-local and private networks unless told not to.
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		p = p.Masked()
		trust = append(trust, echo.TrustIPRange(&net.IPNet{
			IP:   p.Addr().AsSlice(),
			Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(trust...), echo.ExtractSchemeFromHeaders(trust...)
}
