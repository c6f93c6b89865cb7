package notify

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"regexp"
	"strings"
	"testing"

	goical "github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// inParts is a mail with an invitation as its reader's program finds it.
type inParts struct {
	opened
	calendar        string // beside the text
	method, charset string
	attached        string // the same as a file
	file            string // its name
}

var isName = regexp.MustCompile(`^(maintenance|change)-[0-9a-z.-]{1,60}\.ics$`)

// takeApart reads a mail of text, HTML, the invitation, and the invitation as a
// file.
func takeApart(t *testing.T, raw []byte) inParts {
	t.Helper()
	parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("the mail is %s (%v)", kind, err)
	}
	got := inParts{opened: opened{header: parsed.Header}}
	whole := multipart.NewReader(parsed.Body, params["boundary"])
	first, err := whole.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	kind, inner, err := mime.ParseMediaType(first.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" || inner["boundary"] == params["boundary"] {
		t.Fatalf("within it is %s, parted by %s and %s (%v)", kind, inner["boundary"], params["boundary"], err)
	}
	parts := multipart.NewReader(first, inner["boundary"])
	got.plain, _ = readPart(t, parts, "text/plain")
	got.html, _ = readPart(t, parts, "text/html")
	calendar, how := readPart(t, parts, "text/calendar")
	got.calendar, got.method, got.charset = calendar, how["method"], how["charset"]
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Fatalf("there is one more part: %v", err)
	}
	attached, how := readPart(t, whole, "text/calendar")
	got.attached, got.file = attached, how["filename"]
	if how["name"] != got.file || how["method"] != got.method || how["disposition"] != "attachment" {
		t.Errorf("the file is %v", how)
	}
	if _, err := whole.NextRawPart(); err != io.EOF {
		t.Fatalf("there is one more file: %v", err)
	}
	return got
}

// readPart reads the next part, which has to be of this kind.
func readPart(t *testing.T, parts *multipart.Reader, want string) (string, map[string]string) {
	t.Helper()
	part, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil || kind != want {
		t.Fatalf("a part is %s, want %s (%v)", kind, want, err)
	}
	if disposition, more, err := mime.ParseMediaType(part.Header.Get("Content-Disposition")); err == nil {
		params["disposition"], params["filename"] = disposition, more["filename"]
	}
	if part.Header.Get("Content-Transfer-Encoding") == "base64" {
		text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		if err != nil {
			t.Fatal(err)
		}
		return string(text), params
	}
	text, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n"), params
}

// entries are those of a calendar file, as another program reads them.
func entries(t *testing.T, file string) []goical.Event {
	t.Helper()
	read, err := goical.NewDecoder(strings.NewReader(file)).Decode()
	if err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	if len(read.Children) != len(read.Events()) {
		t.Errorf("there is more than entries in\n%s", file)
	}
	return read.Events()
}

func TestAMailAboutAPlanCarriesTheInvitation(t *testing.T) {
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, nil)
	for name, want := range map[string]struct{ file, method, uid, sequence, status, from string }{
		"scheduled":       {"maintenance-db-upgrade.ics", "PUBLISH", "db-upgrade@status.example.org", "0", "CONFIRMED", "20260309T060210Z"},
		"starts_soon":     {"maintenance-db-upgrade.ics", "PUBLISH", "db-upgrade@status.example.org", "0", "CONFIRMED", "20260309T060210Z"},
		"rescheduled":     {"maintenance-db-upgrade.ics", "PUBLISH", "db-upgrade@status.example.org", "1", "CONFIRMED", "20260310T060210Z"},
		"cancelled":       {"maintenance-db-upgrade.ics", "CANCEL", "db-upgrade@status.example.org", "1", "CANCELLED", "20260309T060210Z"},
		"completed_early": {"maintenance-db-upgrade.ics", "PUBLISH", "db-upgrade@status.example.org", "1", "CONFIRMED", "20260309T060210Z"},
		"scheduled_price": {"change-prices-2026.ics", "PUBLISH", "prices-2026@status.example.org", "0", "CONFIRMED", "20260416T040210Z"},
	} {
		m := messages()[name]
		first, err := mailer.Send(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		all := o.letters()
		got := takeApart(t, all[len(all)-1].raw)
		text := Render(m, links)
		if got.plain != text.Plain || got.html != text.HTML {
			t.Errorf("%s says\n%s\n%s", name, got.plain, got.html)
		}
		if got.calendar != got.attached || got.file != want.file || got.method != want.method || !strings.EqualFold(got.charset, "utf-8") {
			t.Errorf("%s: the file %s asks to %s in %s", name, got.file, got.method, got.charset)
		}
		event := entries(t, got.calendar)[0]
		said := struct{ file, method, uid, sequence, status, from string }{
			got.file, got.method, event.Props.Get("UID").Value, event.Props.Get("SEQUENCE").Value, event.Props.Get("STATUS").Value, event.Props.Get("DTSTART").Value,
		}
		if said != want {
			t.Errorf("%s: %+v, want %+v", name, said, want)
		}
		if organizer := event.Props.Get("ORGANIZER"); organizer == nil || organizer.Value != "mailto:status@example.org" {
			t.Errorf("%s: nobody invites", name)
		}
		if !strings.Contains(got.calendar, "\r\nMETHOD:"+want.method+"\r\n") {
			t.Errorf("%s: the file itself says\n%s", name, got.calendar)
		}
		again, err := mailer.Send(t.Context(), m)
		if err != nil || again.Digest != first.Digest {
			t.Errorf("%s: sent again it is %s, and was %s (%v)", name, again.Digest, first.Digest, err)
		}
	}
}

func TestWhatIsAboutNoPlanCarriesNoInvitation(t *testing.T) {
	for name, m := range messages() {
		_, invites := sender{}.invitation(m, links)
		if want := aboutPlan(m.Reason) && m.Reason != uptime.PlanOverruns; invites != want {
			t.Errorf("%s: %t, want %t", name, invites, want)
		}
	}
}

// All mails about a plan to one recipient are shown together, and one can leave
// from each.
func TestMailsAboutAPlanAreOneThread(t *testing.T) {
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, nil)
	var roots []string
	for _, name := range []string{"scheduled", "rescheduled", "cancelled", "scheduled_price", "update"} {
		if _, err := mailer.Send(t.Context(), messages()[name]); err != nil {
			t.Fatal(err)
		}
		all := o.letters()
		parsed, err := netmail.ReadMessage(bytes.NewReader(all[len(all)-1].raw))
		if err != nil {
			t.Fatal(err)
		}
		header := parsed.Header
		if header.Get("References") == "" || header.Get("References") != header.Get("In-Reply-To") ||
			header.Get("List-Unsubscribe") != "<https://status.example.org/unsubscribe/sub1.unsubscribe>" || header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("%s: %v", name, header)
		}
		roots = append(roots, header.Get("References"))
	}
	if roots[0] != roots[1] || roots[1] != roots[2] || roots[2] == roots[3] || roots[3] == roots[4] {
		t.Errorf("the threads are %q", roots)
	}
}

// A preview of a mail about a plan is the mail, with its calendar file.
func TestWhatIsSentAboutAPlan(t *testing.T) {
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, nil)
	m := messages()["rescheduled"]
	preview, err := WhatIsSent(mailer.settings, links, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mailer.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := takeApart(t, o.letters()[0].raw)
	if diff := cmp.Diff([]string{got.plain, got.html, got.attached}, []string{preview.Plain, preview.HTML, preview.Calendar}); diff != "" || len(preview.Headers) != len(got.header) {
		t.Errorf("(-sent +shown):\n%s", diff)
	}
	without, err := WhatIsSent(MailSettings{}, links, m)
	if err != nil || without.Plain != preview.Plain || len(entries(t, without.Calendar)) != 1 {
		t.Errorf("without a server: %v %v", without, err)
	}
	if about, err := WhatIsSent(mailer.settings, links, messages()["update"]); err != nil || about.Calendar != "" {
		t.Errorf("an incident has a calendar file: %v", err)
	}
}
