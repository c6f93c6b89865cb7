package subscribers

import (
	"errors"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/upheld/upheld/internal/uptime"
)

func TestMailAddresses(t *testing.T) {
	long := strings.Repeat("a", 64)
	for text, want := range map[string]string{
		"ada@example.org":                 "ada@example.org",
		"  ada@example.org\t":             "ada@example.org",
		"Ada.Lovelace+status@EXAMPLE.Org": "Ada.Lovelace+status@example.org",
		"!#$%&'*+-/=?^_`{|}~@example.org": "!#$%&'*+-/=?^_`{|}~@example.org",
		"ada@sub.example.co.uk":           "ada@sub.example.co.uk",
		"ada@xn--mller-kva.example":       "ada@xn--mller-kva.example",
		"ada@Müller.example":              "ada@müller.example",
		"иван@пример.рф":                  "иван@пример.рф",
		"1@2.example":                     "1@2.example",
		long + "@example.org":             long + "@example.org",

		"":                                "",
		"@":                               "",
		"ada":                             "",
		"@example.org":                    "",
		"ada@":                            "",
		"ada@localhost":                   "",
		"ada@example.org.":                "",
		"ada@.example.org":                "",
		"ada@example..org":                "",
		"ada@-example.org":                "",
		"ada@example-.org":                "",
		"ada@192.0.2.1":                   "",
		"ada@[192.0.2.1]":                 "",
		"ada@[IPv6:2001:db8::1]":          "",
		"ada@exam_ple.org":                "",
		".ada@example.org":                "",
		"ada.@example.org":                "",
		"a..da@example.org":               "",
		"ada@@example.org":                "",
		"ada@bob@example.org":             "",
		`"ada"@example.org`:               "",
		`"ada@x"@example.org`:             "",
		`"@x@example.org`:                 "",
		"Ada <ada@example.org>":           "",
		"<ada@example.org>":               "",
		"ada(comment)@example.org":        "",
		"ada@example.org(comment)":        "",
		"ada@example.org,bob@example.org": "",
		"ada@example.org;bob@example.org": "",
		"ada@example.org bob@example.org": "",
		"ada @example.org":                "",
		"ada@ example.org":                "",
		"ada@example.org\r\nBcc: b@x.org": "",
		"ada\r\n@example.org":             "",
		"ada@example.org\r\n":             "",
		"ada@example.org\n":               "",
		"ada@example.org\x00":             "",
		"ada\x00@example.org":             "",
		"ada\x7f@example.org":             "",
		"ada@example.org\u2028":           "",
		"ada\u202e@example.org":           "", // turns what follows around
		"ada\u200b@example.org":           "", // invisible
		"ada@exa\u00admple.org":           "",
		"ada@example\uff0eorg":            "", // a full stop of another width
		"ada\uff20example.org":            "",
		"ada\xff@example.org":             "",
		"ada@exam\xffple.org":             "",
		"mailto:ada@example.org":          "",
		"https://example.org/":            "",
		long + "a@example.org":            "",
		"ada@" + long + ".org":            "",
		"a@" + strings.Repeat("b23456789.", 26) + "org": "",
	} {
		got, wrong := parseMail(text)
		if got != want || (wrong == "") != (want != "") {
			t.Errorf("%q: %q, %q; want %q", text, got, wrong, want)
		}
	}
}

// guarded refuses what is not public, as an egress guard does.
func guarded(o *Options) {
	o.Plain = func(host string) bool { return host == "127.0.0.1" || host == "intern" }
	o.Reachable = func(host string) error {
		if addr, err := netip.ParseAddr(host); err == nil && addr.IsPrivate() {
			return errors.New("not a public address")
		}
		return nil
	}
}

func TestWebhookAddresses(t *testing.T) {
	s := newUnder(t, guarded)
	for text, want := range map[string]string{
		"https://example.org/hook":              "https://example.org/hook",
		" https://example.org ":                 "https://example.org/",
		"HTTPS://EXAMPLE.org:8443/Hook?a=B&c=d": "https://example.org:8443/Hook?a=B&c=d",
		"https://192.0.2.1/":                    "https://192.0.2.1/",
		"https://[2001:DB8::1]:443/x":           "https://[2001:db8::1]:443/x",
		"https://müller.example/":               "https://m%C3%BCller.example/",
		"https://example.org/a%20b":             "https://example.org/a%20b",
		"http://127.0.0.1:8080/hook":            "http://127.0.0.1:8080/hook",
		"http://intern/hook":                    "http://intern/hook",

		"":                                                 notURL,
		"example.org/hook":                                 notURL,
		"//example.org/hook":                               notHTTPS,
		"http://example.org/hook":                          notHTTPS,
		"ftp://example.org/hook":                           notHTTPS,
		"javascript://example.org/%0aalert(1)":             notHTTPS,
		"javascript:alert(1)":                              notURL,
		"https:example.org":                                notURL,
		"https://":                                         notURL,
		"https:///hook":                                    notURL,
		"https://user@example.org/":                        noUser,
		"https://user:pass@example.org/":                   noUser,
		"https://@example.org/":                            noUser,
		"https://10.0.0.1/":                                notReached,
		"https://[fd00::1]/":                               notReached,
		"https://example.org:0/":                           notURL,
		"https://example.org:65536/":                       notURL,
		"https://example.org:/":                            notURL,
		"https://example.org:http/":                        notURL,
		"https://[fe80::1%25eth0]/":                        notURL,
		"https://example.org/#part":                        notURL,
		"https://example.org/#":                            notURL,
		"https://exa mple.org/":                            notURL,
		"https://example.org/a b":                          notURL,
		"https://example.org/\r\nHost: x":                  notURL,
		"https://example.org/\n":                           notURL,
		"https://example.org/\x00":                         notURL,
		"https://example.org/%zz":                          notURL,
		`https://example.org\@10.0.0.1/`:                   notURL,
		"https://example..org/":                            notURL,
		"https://-example.org/":                            notURL,
		"https://0x7f.0.0.1.2.3/":                          notURL,
		"https://2130706433/":                              notURL,
		"https://exam%70le.org/":                           notURL,
		"https://example.org/\u202e":                       notURL,
		"https://example.org/\xff":                         notURL,
		"https://example.org/" + strings.Repeat("a", 2000): notURL,
		"https://example.org/" + strings.Repeat("ü", 900):  notURL, // longer once it is encoded
	} {
		got, wrong := s.address(uptime.ToWebhook, text)
		if got+wrong != want {
			t.Errorf("%q: %q, %q; want %q", text, got, wrong, want)
		}
	}
}

func TestWhatIsNotOfferedIsRefused(t *testing.T) {
	s := newUnder(t, func(o *Options) { o.Offers = func(k uptime.RecipientKind) bool { return k == uptime.ToWebhook } })
	for kind, want := range map[uptime.RecipientKind]string{uptime.ToMail: notOffered, uptime.ToChannel: notOffered, uptime.ToWebhook: ""} {
		text := "ada@example.org"
		if kind != uptime.ToMail {
			text = "https://example.org/"
		}
		if _, wrong := s.address(kind, text); wrong != want {
			t.Errorf("%s: %q, want %q", kind, wrong, want)
		}
	}
}

func FuzzMailAddress(f *testing.F) {
	for _, seed := range []string{"ada@example.org", "Ada <ada@example.org>", `"a b"@x.org`, "a@b.c\r\nBcc: d@e.f", "иван@пример.рф", "a@[1.2.3.4]", "İ@İ.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, wrong := parseMail(text)
		if wrong != "" {
			return
		}
		if again, wrong := parseMail(address); wrong != "" || again != address {
			t.Fatalf("%q becomes %q, and that %q, %q", text, address, again, wrong)
		}
		if strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) || strings.ContainsAny(address, `"<>()[],;:\`) {
			t.Fatalf("%q is taken", address)
		}
		if list, err := mail.ParseAddressList(address); err != nil || len(list) != 1 || list[0].Address != address {
			t.Fatalf("%q is read as %v, %v", address, list, err)
		}
	})
}

func FuzzWebhookAddress(f *testing.F) {
	for _, seed := range []string{"https://example.org/hook?a=b", "http://127.0.0.1/", "https://[2001:db8::1]:8443/", "https://user@example.org/", "https://exam%70le.org/%2f"} {
		f.Add(seed)
	}
	s := newUnder(f, guarded)
	f.Fuzz(func(t *testing.T, text string) {
		address, wrong := s.address(uptime.ToWebhook, text)
		if wrong != "" {
			return
		}
		if again, wrong := s.address(uptime.ToWebhook, address); wrong != "" || again != address {
			t.Fatalf("%q becomes %q, and that %q, %q", text, address, again, wrong)
		}
		u, err := url.Parse(address)
		if err != nil || u.User != nil || u.Hostname() == "" || u.Scheme != "https" && !s.Plain(u.Hostname()) || s.Reachable(u.Hostname()) != nil {
			t.Fatalf("%q is taken: %v, %v", address, u, err)
		}
	})
}
