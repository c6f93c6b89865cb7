package subscribers

import (
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/upheld/upheld/internal/uptime"
)

// Limits of addresses, in bytes.
const (
	mailLongest   = 254  // RFC 5321 §4.5.3.1.3, without the brackets
	localLongest  = 64   // RFC 5321 §4.5.3.1.1
	domainLongest = 253  // RFC 1035 §2.3.4, as text
	labelLongest  = 63   // RFC 1035 §2.3.4
	urlLongest    = 2000 // what every client and proxy carries
)

// What is wrong with an address. The texts hold nothing of it.
const (
	notMail    = "write one mail address, as in name@example.org"
	notHTTPS   = "a webhook needs an address that begins with https://"
	notURL     = "this is no address of a webhook; write it as in https://example.org/hook"
	noUser     = "leave the user and the password out of the address"
	notReached = "we may not call this address; a webhook needs a public one"
	notOffered = "nothing is sent in this way here"
)

// address reads an address of this kind into the form in which it is kept, or
// says what is wrong with it.
func (s *Service) address(kind uptime.RecipientKind, text string) (address, wrong string) {
	switch kind {
	case uptime.ToMail:
		address, wrong = parseMail(text)
	case uptime.ToWebhook:
		address, wrong = s.parseWebhook(text)
	default:
		return "", notOffered
	}
	if wrong == "" && !s.Offers(kind) {
		return "", notOffered
	}
	return address, wrong
}

// parseMail reads one addr-spec (RFC 5322 §3.4.1, RFC 6531) of the forms that
// people have: a dot-atom at a domain of at least two labels. No quotes, no
// comments, no display name, no address literal: whatever a mail program could
// read as more than one recipient, or as another line, is refused. The domain
// is lower-cased.
func parseMail(text string) (address, wrong string) {
	text = strings.Trim(text, " \t")
	at := strings.IndexByte(text, '@')
	if at < 1 || at > localLongest || len(text) > mailLongest || !utf8.ValidString(text) {
		return "", notMail
	}
	local, domain := text[:at], strings.ToLower(text[at+1:])
	if !dotAtom(local) || !isDomain(domain) || !strings.Contains(domain, ".") {
		return "", notMail
	}
	address = local + "@" + domain
	// A second opinion: what reads it later is no laxer than this.
	read, err := mail.ParseAddress(address)
	if err != nil || read.Name != "" || read.Address != address || len(address) > mailLongest {
		return "", notMail
	}
	return address, ""
}

// dotAtom tells whether a text is atoms with single dots between them.
func dotAtom(text string) bool {
	for atom := range strings.SplitSeq(text, ".") {
		if atom == "" {
			return false
		}
		for _, r := range atom {
			if !word(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r) {
				return false
			}
		}
	}
	return true
}

// isDomain tells whether a text is labels with single dots between them, the
// last of which is no number, in ASCII or in the letters of other scripts.
func isDomain(text string) bool {
	if len(text) > domainLongest {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > labelLongest || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !word(r) && r != '-' {
				return false
			}
		}
		last = label
	}
	return strings.Trim(last, "0123456789") != ""
}

// word tells whether a rune is a letter, a digit or a mark upon one. Neither
// spaces, controls, signs of direction nor invisible runes are.
func word(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r))
}

// parseWebhook reads the address of a webhook: https, or http where Plain
// allows it. Scheme and host are lower-cased, and the path is at least "/".
func (s *Service) parseWebhook(text string) (address, wrong string) {
	text = strings.Trim(text, " \t")
	if len(text) > urlLongest || !utf8.ValidString(text) || strings.ContainsFunc(text, odd) {
		return "", notURL
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "", notURL
	case u.User != nil:
		return "", noUser
	case u.Opaque != "" || strings.Contains(text, "#") || !isHost(u):
		return "", notURL
	}
	u.Host = strings.ToLower(u.Host)
	switch host := u.Hostname(); {
	case u.Scheme != "https" && u.Scheme != "http":
		return "", notHTTPS
	case u.Scheme == "http" && !s.Plain(host):
		return "", notHTTPS
	case s.Reachable(host) != nil:
		return "", notReached
	}
	if u.Path == "" {
		u.Path = "/"
	}
	if address = u.String(); len(address) > urlLongest {
		return "", notURL
	}
	return address, ""
}

// odd tells whether a rune has no place in an address.
func odd(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("\\\"<>^`{|}", r)
}

// isHost tells whether a URL names a host that can be called: a name or an IP
// address without a zone, and a port from 1 to 65535 if any.
func isHost(u *url.URL) bool {
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	} else if strings.HasSuffix(u.Host, ":") {
		return false
	}
	host := u.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == ""
	}
	return isDomain(host)
}
