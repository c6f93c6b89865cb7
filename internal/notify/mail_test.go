package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

func TestAMailArrivesAsItWasWritten(t *testing.T) {
	for _, encryption := range []string{StartTLS, ImplicitTLS, NoTLS} {
		t.Run(encryption, func(t *testing.T) {
			o := newOffice(t, encryption)
			o.password = "correct horse"
			mailer := newMailer(t, o, func(s *MailSettings) {
				s.TLS, s.Username, s.Password, s.ReturnPath = encryption, "upheld", "correct horse", "bounces@example.org"
			})
			m := messages()["update"]
			receipt, err := mailer.Send(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			got := o.letters()
			if len(got) != 1 {
				t.Fatalf("%d mails arrived", len(got))
			}
			if diff := cmp.Diff([]string{"reader@example.net"}, got[0].to); diff != "" || got[0].from != "bounces+d0c5f00d@example.org" {
				t.Errorf("from %s to %s", got[0].from, got[0].to)
			}
			mail, text := open(t, got[0].raw), Render(m, links)
			if mail.plain != text.Plain || mail.html != text.HTML {
				t.Errorf("the mail says\n%s\n%s", mail.plain, mail.html)
			}
			sum := sha256.Sum256(got[0].raw)
			want := Receipt{State: uptime.DeliveryAccepted, Reply: "250 2.0.0 OK: queued", Digest: hex.EncodeToString(sum[:])}
			if diff := cmp.Diff(want, receipt); diff != "" {
				t.Errorf("receipt (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHeadersOfAMail(t *testing.T) {
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, nil)
	for _, name := range []string{"went_down", "update", "recovered", "confirm_subscription", "already_subscribed"} {
		if _, err := mailer.Send(t.Context(), messages()[name]); err != nil {
			t.Fatal(err)
		}
	}
	got := o.letters()
	var roots []string
	for _, one := range got {
		header := open(t, one.raw).header
		for name, want := range map[string]string{
			"From": `"Acme Status" <status@example.org>`, "To": "<reader@example.net>", "Message-ID": "<d0c5f00d@example.org>",
			"Date": "Sat, 07 Mar 2026 04:17:10 +0000", "Auto-Submitted": "auto-generated", "MIME-Version": "1.0",
		} {
			if header.Get(name) != want {
				t.Errorf("%s: %s, want %s", name, header.Get(name), want)
			}
		}
		if header.Get("In-Reply-To") != header.Get("References") {
			t.Errorf("in reply to %s, refers to %s", header.Get("In-Reply-To"), header.Get("References"))
		}
		if one.from != "status@example.org" {
			t.Errorf("without a return path it came from %s", one.from)
		}
		roots = append(roots, header.Get("References"))
	}
	if roots[0] == "" || roots[0] != roots[1] || roots[1] != roots[2] || roots[3] != "" || roots[4] != "" {
		t.Errorf("the threads are %q", roots)
	}
	confirm, already := open(t, got[3].raw).header, open(t, got[4].raw).header
	if confirm.Get("List-Unsubscribe") != "" || confirm.Get("List-Unsubscribe-Post") != "" {
		t.Error("one can leave before one has come")
	}
	if already.Get("List-Unsubscribe") != "<https://status.example.org/unsubscribe/sub1.unsubscribe>" ||
		already.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("to leave: %v", already)
	}
	other := messages()["update"]
	other.To.ID = "sub2"
	if mailer.sender.thread(other) == roots[0] {
		t.Error("two recipients share a thread, which tells one of the other")
	}
}

// A preview is the mail itself.
func TestWhatIsSent(t *testing.T) {
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, nil)
	m := messages()["recovered"]
	preview, err := WhatIsSent(mailer.settings, links, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mailer.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	mail := open(t, o.letters()[0].raw)
	if preview.Plain != mail.plain || preview.HTML != mail.html || len(preview.Headers) != len(mail.header) {
		t.Errorf("%d headers were shown, %d sent", len(preview.Headers), len(mail.header))
	}
	for _, h := range preview.Headers {
		if sent := mail.header.Get(h.Name); h.Name != "Subject" && h.Name != "Content-Type" && sent != h.Value {
			t.Errorf("%s: %q was shown, %q sent", h.Name, h.Value, sent)
		}
		if h.Name == "Subject" && h.Value != preview.Subject {
			t.Errorf("the subject is %q", h.Value)
		}
	}
	if without, err := WhatIsSent(MailSettings{}, links, m); err != nil || without.Plain != preview.Plain || without.Headers != nil {
		t.Errorf("without a server: %v %v", without.Headers, err)
	}
	m.To.Address = ""
	if example, err := WhatIsSent(mailer.settings, links, m); err != nil || example.Plain != preview.Plain {
		t.Errorf("without an address: %v", err)
	}
}

// CR, LF, NUL and more addresses, in every field: one recipient, our headers.
func TestNoTextAddsAHeader(t *testing.T) {
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, func(s *MailSettings) {
		s.From = "\"Acme, \u202eStatus\" <status@example.org>"
		s.ReturnPath = "b@example.org"
	})
	texts := append([]string{
		"x\r\nBcc: victim@example.org", "x\nTo: victim@example.org", "x\r\n\r\nThis is the body", "a\x00\r\n.\r\nMAIL FROM:<a@b>",
		"=?utf-8?q?=0D=0ABcc:_victim@example.org?=", "a, victim@example.org", `"@x`, "é\r\nBcc: victim@example.org",
	}, hostile...)
	for _, text := range texts {
		m := everywhere(text)
		m.ID, m.To.ID, m.Notices[0].Incident = text, text, uptime.IncidentID(text)
		if _, err := mailer.Send(t.Context(), m); err != nil {
			t.Errorf("%.60q: %v", text, err)
			continue
		}
		all := o.letters()
		last := all[len(all)-1]
		if len(last.to) != 1 || last.to[0] != "reader@example.net" {
			t.Errorf("%.60q: it went to %q", text, last.to)
		}
		header := open(t, last.raw).header
		most := 12
		if len(text) > longestID {
			most = 10 // the id is none of ours, and no address is made of it
		}
		if len(header) != most || header.Get("Bcc") != "" || header.Get("To") != "<reader@example.net>" {
			t.Errorf("%.60q: the headers are %v", text, header)
		}
		for row := range bytes.SplitSeq(last.raw, []byte("\r\n")) {
			if len(row) > 998 || bytes.ContainsAny(row, "\x00\r\n") {
				t.Errorf("%.60q: there is a line %.60q", text, row)
			}
		}
	}
}

func TestOnlyAnAddressIsSentTo(t *testing.T) {
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, nil)
	for _, address := range []string{
		"", "nobody", "a@b@c", "a@b, c@d", "a@b\r\nRCPT TO:<c@d>", "a@b\x00", "<a@b>", "A <a@b>", "a@b>", "\"a b\"@c", "a@b (c)", "a@[127.0.0.1]",
		"@x", "a@", "a\u202eb@c.example", strings.Repeat("a", 250) + "@b.example",
	} {
		m := messages()["update"]
		m.To.Address = address
		_, err := mailer.Send(t.Context(), m)
		var refusal *Refusal
		if !errors.As(err, &refusal) || !refusal.Permanent || !refusal.Bounced {
			t.Errorf("%q: %v", address, err)
		}
	}
	if len(o.letters()) != 0 || o.connections() != 0 {
		t.Error("the server was asked all the same")
	}
	m := messages()["update"]
	m.To.Address = "jürgen+status@bücher.example"
	if _, err := mailer.Send(t.Context(), m); err != nil {
		t.Errorf("%s: %v", m.To.Address, err)
	}
}

func TestAddressesBeyondASCIINeedAServerThatTakesThem(t *testing.T) {
	mailer := newMailer(t, newOffice(t, NoTLS, func(s *smtp.Server) { s.EnableSMTPUTF8 = false }), nil)
	m := messages()["update"]
	m.To.Address = "jürgen@example.org"
	_, err := mailer.Send(t.Context(), m)
	var refusal *Refusal
	if !errors.As(err, &refusal) || !refusal.Permanent || refusal.Bounced {
		t.Errorf("it came to %v", err)
	}
}

func TestWhatARefusalComesTo(t *testing.T) {
	const retry, permanent, bounced = "retry", "permanent", "bounced"
	for _, c := range []struct {
		at   stage
		err  error
		want string
	}{
		{atRecipient, refusal(550, 5, 1, 1, "<reader@example.net>: no such user"), bounced},
		{atRecipient, refusal(550, 5, 2, 1, "mailbox disabled"), bounced},
		{atRecipient, refusal(552, 5, 2, 2, "mailbox full"), bounced},
		{atRecipient, refusal(550, 5, 4, 1, "Recipient address rejected: Access denied"), bounced},
		{atRecipient, refusal(550, 5, 7, 1, "relaying denied"), permanent},
		{atRecipient, refusal(554, -1, -1, -1, "Relay access denied"), permanent},
		{atRecipient, refusal(553, -1, -1, -1, "sorry, no mailbox here by that name"), bounced},
		{atRecipient, refusal(450, 4, 2, 1, "greylisted"), retry},
		{atRecipient, refusal(452, 4, 5, 3, "too many recipients"), retry},
		{atRecipient, refusal(530, 5, 7, 0, "authentication required"), retry},
		{atSender, refusal(550, 5, 7, 1, "sender rejected"), permanent},
		{atSender, refusal(451, 4, 3, 0, "try later"), retry},
		{atContent, refusal(554, 5, 7, 1, "message is spam"), permanent},
		{atContent, refusal(552, 5, 3, 4, "message too big"), permanent},
		{atContent, refusal(550, 5, 1, 1, "user unknown"), bounced},
		{atContent, refusal(451, 4, 7, 1, "greylisted"), retry},
	} {
		o := newOffice(t, NoTLS)
		switch c.at {
		case atSender:
			o.sender = func(string) error { return c.err }
		case atRecipient:
			o.rcpt = func(string) error { return c.err }
		case atContent:
			o.data = func([]byte) error { return c.err }
		}
		mailer := newMailer(t, o, nil)
		_, err := mailer.Send(t.Context(), messages()["update"])
		var refused *Refusal
		if !errors.As(err, &refused) {
			t.Errorf("%v: it came to %v", c.err, err)
			continue
		}
		got := map[bool]string{true: permanent, false: retry}[refused.Permanent]
		if refused.Bounced {
			got = bounced
		}
		if got != c.want {
			t.Errorf("%v at stage %d: %s, want %s", c.err, c.at, got, c.want)
		}
		if strings.Contains(refused.Reply, "reader") || !strings.HasPrefix(refused.Reply, fmt.Sprint(c.err.(*smtp.SMTPError).Code)) {
			t.Errorf("the reply is %q", refused.Reply)
		}
		// The connection is as good as new.
		o.sender, o.rcpt, o.data = nil, nil, nil
		if _, err := mailer.Send(t.Context(), messages()["update"]); err != nil || o.connections() != 1 {
			t.Errorf("%v: afterwards %v, over %d connections", c.err, err, o.connections())
		}
	}
}

// Whoever is not let in has wrong settings, which somebody can mend: nothing is
// given up for it, and nothing bounces.
func TestNotBeingLetInIsWorthAnotherAttempt(t *testing.T) {
	encrypted := newOffice(t, StartTLS)
	encrypted.password = "secret"
	plain := newOffice(t, NoTLS)
	for name, mailer := range map[string]*Mailer{
		"does not let us in": newMailer(t, encrypted, func(s *MailSettings) { s.TLS, s.Username, s.Password = StartTLS, "upheld", "wrong-password" }),
		"STARTTLS":           newMailer(t, plain, func(s *MailSettings) { s.TLS = StartTLS }),
		"certificate is not trusted": func() *Mailer {
			m := newMailer(t, encrypted, func(s *MailSettings) { s.TLS = StartTLS })
			m.roots = nil
			return m
		}(),
		"no secure connection":   newMailer(t, plain, func(s *MailSettings) { s.TLS = ImplicitTLS }),
		"connection was refused": newMailer(t, plain, func(s *MailSettings) { s.Server = "127.0.0.1:1" }),
		"egress guard":           newMailer(t, plain, func(s *MailSettings) { s.Server = "169.254.169.254:25" }),
	} {
		_, err := mailer.Send(t.Context(), messages()["update"])
		var refused *Refusal
		if err == nil || errors.As(err, &refused) && refused.Permanent || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "wrong-password") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMailSettingsAreChecked(t *testing.T) {
	good := MailSettings{Server: "smtp.example.org:587", From: "status@example.org"}
	for path, change := range map[string]func(*MailSettings){
		"server":      func(s *MailSettings) { s.Server = "smtp.example.org" },
		"tls":         func(s *MailSettings) { s.TLS = "ssl" },
		"from":        func(s *MailSettings) { s.From = "nobody" },
		"return_path": func(s *MailSettings) { s.ReturnPath = "Bounces <b@example.org>" },
	} {
		s := good
		change(&s)
		_, err := NewMailer(s, testEnv())
		var setting *SettingError
		if !errors.As(err, &setting) || setting.Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := NewMailer(good, testEnv()); err != nil {
		t.Error(err)
	}
	good.Password = "hunter2hunter2"
	if shown := fmt.Sprintf("%v %+v %#v %s", good, good, good, &good); strings.Contains(shown, "hunter2") {
		t.Error(shown)
	}
}

func TestRepliesAreReadAndCleaned(t *testing.T) {
	for reply, want := range map[string]string{
		"2.0.0 Ok: queued as 4Rj3xk1234z9":                     "4Rj3xk1234z9",
		"OK id=1rA2b3-0004cD-2e":                               "1rA2b3-0004cD-2e",
		"2.0.0 3BFEabc012345 Message accepted for delivery":    "3BFEabc012345",
		"2.0.0 OK  1700000000 d9443c01a7336-1cc5.123 - gsmtp":  "",
		"Ok 0100018c5e7f3a2b-1234abcd-0000-0000-0000-000000-0": "0100018c5e7f3a2b-1234abcd-0000-0000-0000-000000-0",
		"2.0.0 OK: queued":                                     "",
		"":                                                     "",
	} {
		if got := queueID(reply); got != want {
			t.Errorf("%q: %q, want %q", reply, got, want)
		}
	}
	for reply, want := range map[string]string{
		"550 5.1.1 <Ann.Lee@example.org>: user unknown":            "550 5.1.1 <…>: user unknown",
		"550 Ann.Lee is not known\r\nhere; ask other@host.example": "550 … is not known here; ask …",
		"550 ann.lee=EXAMPLE.org and Ann.Lee (at) example.org":     "550 … and …",
		"550 planned":             "550 planned",
		strings.Repeat("x", 1000): strings.Repeat("x", longestLine-2) + "…",
	} {
		if got := scrub(reply, "ann.lee@example.org"); got != want {
			t.Errorf("%q: %q, want %q", reply, got, want)
		}
	}
	// A short name stands in many words; as an address it is one.
	if got := scrub("550 al is al=example.org or al at example.org", "al@example.org"); got != "550 al is … or …" {
		t.Errorf("%q", got)
	}
}

func TestAMailChannelTellsEveryAddressOnce(t *testing.T) {
	o := newOffice(t, NoTLS)
	busy := true
	o.rcpt = func(to string) error {
		switch {
		case to == "gone@example.org":
			return refusal(550, 5, 1, 1, "gone@example.org is unknown")
		case to == "busy@example.org" && busy:
			return refusal(451, 4, 2, 1, "later")
		}
		return nil
	}
	env := testEnv()
	env.Mail = &MailSettings{Server: o.address, TLS: NoTLS, From: "status@example.org"}
	build := func(to ...string) Sender {
		s, err := (&Mail{To: to}).Build(env)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.(*mailChannel).mailer.Close() })
		return s
	}
	m := messages()["reminder"]
	sender := build("one@example.org", "gone@example.org", "busy@example.org")
	if _, err := sender.Send(t.Context(), m); err == nil {
		t.Fatal("one is busy, and all is well")
	}
	busy = false
	receipt, err := sender.Send(t.Context(), m)
	if err != nil || !strings.Contains(receipt.Reply, "one refused") || strings.Contains(receipt.Reply, "@") || receipt.Digest == "" {
		t.Fatalf("%+v %v", receipt, err)
	}
	var to []string
	for _, one := range o.letters() {
		to = append(to, one.to...)
		header := open(t, one.raw).header
		if header.Get("List-Unsubscribe") != "" || !strings.Contains(header.Get("To"), "busy@example.org") {
			t.Errorf("the headers are %v", header)
		}
	}
	if diff := cmp.Diff([]string{"one@example.org", "busy@example.org"}, to); diff != "" {
		t.Errorf("it went to (-want +got):\n%s", diff)
	}
	var refused *Refusal
	if _, err := build("gone@example.org").Send(t.Context(), m); !errors.As(err, &refused) || !refused.Permanent {
		t.Errorf("nobody has it, and that comes to %v", err)
	}
	if _, err := (&Mail{To: []string{"one@example.org", "two"}}).Build(env); err == nil || !strings.HasPrefix(err.Error(), "to[1]") {
		t.Errorf("a wrong address: %v", err)
	}
	none, err := (&Mail{To: []string{"one@example.org"}}).Build(testEnv())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Send(t.Context(), notice.Message{}); !errors.As(err, &refused) || !refused.Permanent {
		t.Errorf("without a server: %v", err)
	}
}
