package notify

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// aboutPlans are the reasons of messages about plans and promises.
var aboutPlans = []uptime.NoticeReason{
	uptime.PlanAnnounced, uptime.PlanRevised, uptime.PlanCancelled, uptime.PlanSoon, uptime.PlanStarted, uptime.PlanNews, uptime.PlanFinished,
	uptime.PlanOverruns, uptime.BudgetBurns, uptime.PromiseBroken, uptime.PromiseDue, uptime.BackupMissed,
}

// planEverywhere has the text in every field of a plan that somebody else writes.
func planEverywhere(text string) notice.Message {
	m := planMessages()["rescheduled"]
	n := &m.Notices[0]
	n.Summary, n.Content.Page.Name, n.Content.Page.Zone, n.Plan = text, text, text, uptime.PlanID(text)
	p := &n.Content.Plan
	p.ID, p.Kind, p.Title, p.Body, p.Phase = uptime.PlanID(text), uptime.PlanKind(text), text, text, uptime.PlanPhase(text)
	p.Regions = []uptime.RegionID{uptime.RegionID(text)}
	r := &p.Revisions[len(p.Revisions)-1]
	r.Reason, r.Override, r.By = text, text, text
	r.Broken = []uptime.Broken{{Commitment: uptime.CommitmentID(text), Violation: uptime.Violation(text)}, {Text: text}}
	u := uptime.PlanUpdate{ID: "u1", Phase: uptime.PlanPhase(text), Body: text, At: noon}
	n.Content.PlanUpdate, p.Updates = u, []uptime.PlanUpdate{u}
	n.Content.Components[0].Name = text
	n.Content.Unaffected[0] = uptime.ComponentNote{ID: uptime.ComponentID(text)}
	n.Content.Facts = map[string]string{notice.FactAhead: text, notice.FactPromised: text, factPromise: text, text: text}
	return m
}

func TestHostileTextsOfPlansStayText(t *testing.T) {
	for _, text := range hostile {
		for _, reason := range aboutPlans {
			for _, to := range []uptime.Recipient{subscriber, channel} {
				m := planEverywhere(text)
				m.Reason, m.To, m.Notices[0].Content.PlanUpdate.Automatic = reason, to, to.ID == channel.ID
				harmless(t, Render(m, links))
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := planEverywhere(rapid.String().Draw(t, "text"))
		m.Reason = rapid.SampledFrom(aboutPlans).Draw(t, "reason")
		harmless(t, Render(m, links))
	})
}

// CR, LF, NUL and more addresses in every field of a plan: one recipient, our
// headers, and one entry in the calendar.
func TestNoTextOfAPlanAddsAHeaderOrAnEntry(t *testing.T) {
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, nil)
	for _, text := range append([]string{
		"x\r\nBcc: victim@example.org", "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:mine", "=?utf-8?q?=0D=0ABcc:_victim@example.org?=", "\"; name=\"x.exe",
		"../../x", "boundary=" + strings.Repeat("0", 60),
	}, hostile...) {
		m := planEverywhere(text)
		m.ID, m.To.ID = text, text
		if _, err := mailer.Send(t.Context(), m); err != nil {
			t.Errorf("%.60q: %v", text, err)
			continue
		}
		all := o.letters()
		last := all[len(all)-1]
		if len(last.to) != 1 || last.to[0] != "reader@example.net" {
			t.Errorf("%.60q: it went to %q", text, last.to)
		}
		got := takeApart(t, last.raw)
		most := 12
		if len(text) > longestID {
			most = 10
		}
		if text == "" {
			most = 8
		}
		if len(got.header) != most || got.header.Get("Bcc") != "" || got.header.Get("To") != "<reader@example.net>" {
			t.Errorf("%.60q: the headers are %v", text, got.header)
		}
		if !isName.MatchString(got.file) {
			t.Errorf("%.60q: the file is called %q", text, got.file)
		}
		if got.calendar == "" { // a plan without an id has no entry
			continue
		}
		if events := entries(t, got.calendar); len(events) != 1 || !strings.HasSuffix(events[0].Props.Get("UID").Value, "@status.example.org") {
			t.Errorf("%.60q: %d entries in\n%s", text, len(events), got.calendar)
		}
		for row := range bytes.SplitSeq(last.raw, []byte("\r\n")) {
			if len(row) > 998 || bytes.ContainsAny(row, "\x00\r\n") {
				t.Errorf("%.60q: there is a line %.60q", text, row)
			}
		}
	}
}

// Whatever a plan says, what programs are told is JSON, and the chats' texts fit.
func TestHostileTextsOfPlansToPrograms(t *testing.T) {
	for _, text := range hostile {
		m := planEverywhere(text)
		for _, format := range []string{FormatStandard, FormatStatuspage, FormatCloudEvents} {
			body, _, err := payload(m, links, format)
			if err != nil || !json.Valid(body) {
				t.Errorf("%s of %.60q: %v", format, text, err)
			}
		}
		for _, one := range services() {
			for _, p := range one.pieces(m, links) {
				if one.most > 0 && len(p.text) > one.most {
					t.Errorf("%s: %d bytes", one.name, len(p.text))
				}
			}
		}
	}
}
