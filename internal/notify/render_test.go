package notify

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // as in the program
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

var update = flag.Bool("update", false, "write golden files and docs/reference/channels.md anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s is not what is rendered (%v); look at it, and run go test ./internal/notify -update\n%s", path, err, got)
	}
}

var (
	noon  = time.Date(2026, 3, 7, 4, 2, 10, 0, time.UTC)
	links = Links{
		Page: "https://status.example.org",
		Word: func(purpose string, id uptime.SubscriberID) string { return string(id) + "." + purpose },
	}
	subscriber = uptime.Recipient{Kind: uptime.ToMail, ID: "sub1", Address: "reader@example.net"}
	channel    = uptime.Recipient{Kind: uptime.ToChannel, ID: "ops"}
)

func after(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// outage is an incident as a monitor and people tell it.
func outage() uptime.Incident {
	return uptime.Incident{
		ID: "2026-03-07-api", Title: "Public API is down", Tier: 1, Impact: uptime.ImpactMajor, Phase: uptime.Identified,
		Components: []uptime.ComponentID{"api"}, Unaffected: []uptime.ComponentID{"login"}, Automatic: true,
		StartedAt: noon, DetectedAt: after(1), CreatedAt: after(1), PublishedAt: after(1), Version: 2,
		Updates: []uptime.Update{
			{ID: "u1", Phase: uptime.Investigating, Body: "No answer came in time.\nFirst failure at 14:02.", At: after(1), WrittenAt: after(1), Automatic: true},
			{ID: "u2", Phase: uptime.Identified, Body: "A **database node** failed. See [the runbook](https://example.org/run).\n\n- EU only\n- writes", At: after(10), WrittenAt: after(14), NextBy: after(40)},
		},
	}
}

func over(inc uptime.Incident, phase uptime.IncidentPhase, minutes int) uptime.Incident {
	inc.Phase, inc.ResolvedAt = phase, after(minutes)
	return inc
}

// letterOf is a message of one notice about an incident.
func letterOf(reason uptime.NoticeReason, inc uptime.Incident, update uptime.Update, to uptime.Recipient) notice.Message {
	state := uptime.Down
	if !inc.Open() {
		state = uptime.Up
	}
	if update.ID == "u3" {
		inc.Updates = append(inc.Updates, update)
	}
	n := uptime.Notice{
		ID: "n1", At: after(15), Reason: reason, Incident: inc.ID, Summary: inc.Title,
		Content: uptime.Content{
			Page:     uptime.PageName{Name: "Acme", URL: "https://status.example.org", Zone: "Australia/Brisbane"},
			Incident: inc, Update: update,
			Components: []uptime.ComponentNote{{ID: "api", Name: "Public API", State: state}},
			Unaffected: []uptime.ComponentNote{{ID: "login", Name: "Sign-in", State: uptime.Up}},
		},
	}
	return notice.Message{ID: "d0c5f00d", To: to, Reason: reason, Notices: []uptime.Notice{n}}
}

// bare is a message about no incident.
func bare(reason uptime.NoticeReason, summary string, facts map[string]string, to uptime.Recipient) notice.Message {
	m := letterOf(reason, uptime.Incident{}, uptime.Update{}, to)
	n := &m.Notices[0]
	n.Incident, n.Summary, n.Content.Facts = "", summary, facts
	n.Content.Components, n.Content.Unaffected = nil, nil
	return m
}

func digestOf(incidents, open int) notice.Message {
	var notices []uptime.Notice
	for i := range incidents {
		inc := outage()
		inc.ID, inc.Title = uptime.IncidentID(fmt.Sprintf("i%d", i)), fmt.Sprintf("Component %d is down", i)
		if i >= open {
			inc = over(inc, uptime.Resolved, 3)
		}
		notices = append(notices, letterOf(uptime.WentDown, inc, uptime.Update{}, channel).Notices...)
	}
	notices = append(notices, bare(uptime.WentBlind, "We cannot see anything", nil, channel).Notices...)
	return notice.Message{ID: "d0c5f00d", To: channel, Reason: uptime.Digest, Notices: notices}
}

// messages are one of every kind.
func messages() map[string]notice.Message {
	inc, people := outage(), outage()
	first, second := inc.Updates[0], inc.Updates[1]
	people.Automatic, people.Title, people.CreatedAt = false, "Invoices are sent late", after(60)
	draft := outage()
	draft.PublishedAt = time.Time{}
	review := over(inc, uptime.Resolved, 49)
	review.Postmortem = uptime.Postmortem{Body: "## What happened\n\nA disk was full.", PublishedAt: after(90)}
	closing := uptime.Update{ID: "u3", Phase: uptime.Resolved, Body: "It answers again.", At: after(50), WrittenAt: after(50), Automatic: true}
	wrong := uptime.Update{ID: "u3", Phase: uptime.FalseAlarm, Body: "Our monitor was wrong.", At: after(5), WrittenAt: after(5)}
	all := map[string]notice.Message{
		"went_down":            letterOf(uptime.WentDown, inc, first, subscriber),
		"went_down_draft":      letterOf(uptime.WentDown, draft, first, channel),
		"went_down_backdated":  letterOf(uptime.WentDown, people, second, subscriber),
		"update":               letterOf(uptime.NewsOfState, inc, second, subscriber),
		"recovered":            letterOf(uptime.Recovered, over(inc, uptime.Resolved, 49), closing, subscriber),
		"false_alarm":          letterOf(uptime.Recovered, over(inc, uptime.FalseAlarm, 5), wrong, channel),
		"was_down":             letterOf(uptime.WasDown, over(inc, uptime.Resolved, 3), closing, subscriber),
		"reminder":             letterOf(uptime.Reminder, inc, second, channel),
		"update_overdue":       letterOf(uptime.UpdateOverdue, inc, second, channel),
		"postmortem":           letterOf(uptime.ReviewOut, review, uptime.Update{}, subscriber),
		"digest":               digestOf(4, 3),
		"digest_long":          digestOf(60, 60),
		"channel_dead":         bare(uptime.ChannelDead, "The channel chat does not take messages", map[string]string{"channel": "chat", "last_error": "refused: HTTP 403"}, channel),
		"went_blind":           bare(uptime.WentBlind, "", nil, channel),
		"sees_again":           bare(uptime.SeesAgain, "We see again", map[string]string{"lasted": "4 minutes"}, channel),
		"test":                 bare(uptime.TestOfChannel, "A test of the channel ops", nil, channel),
		"confirm_subscription": bare(uptime.ConfirmSubscription, "", nil, subscriber),
		"already_subscribed":   bare(uptime.AlreadySubscribed, "", nil, subscriber),
	}
	maps.Copy(all, planMessages())
	return all
}

func TestEveryReasonIsWritten(t *testing.T) {
	for name, m := range messages() {
		text := Render(m, links)
		golden(t, name+".txt", "Subject: "+text.Subject+"\n\n"+text.Plain+"\n=== short\n"+text.Short+"\n")
		golden(t, name+".html", text.HTML)
	}
}

// A message without anything in it is odd, and still one.
func TestAnEmptyMessageIsRendered(t *testing.T) {
	for _, reason := range []uptime.NoticeReason{"", uptime.WentDown, uptime.Digest, uptime.ConfirmSubscription, "unheard_of"} {
		text := Render(notice.Message{Reason: reason}, Links{})
		if text.Subject == "" || text.Plain == "" || text.Short == "" || strings.Contains(text.Plain, "://") {
			t.Errorf("%q: %+v", reason, text)
		}
	}
}

// hostile texts stand in every field that somebody else writes.
var hostile = []string{
	"a\r\nBcc: victim@example.org\r\n\r\nbody", "a\x00b", "\u202eevil\u202c", "\u2066x\u2069", "<script>alert(1)</script>",
	`"><img src=x onerror=alert(1)>`, "[x](javascript:alert(1))", "<a href=\"javascript:alert(1)\">x</a>", "![](https://evil.example/p.png)",
	strings.Repeat("long ", 2000), strings.Repeat("x", 10_000), "\xff\xfe", "a\u2028b\u2029c", "{{.}}", "<style>*{}</style>", "\ufeff",
}

func everywhere(text string) notice.Message {
	m := letterOf(uptime.NewsOfState, outage(), outage().Updates[1], subscriber)
	n := &m.Notices[0]
	n.Summary, n.Content.Page.Name, n.Content.Page.Zone = text, text, text
	n.Content.Incident.Title, n.Content.Incident.ID = text, uptime.IncidentID(text)
	n.Content.Update.Body, n.Content.Update.Phase = text, uptime.IncidentPhase(text)
	n.Content.Incident.Postmortem = uptime.Postmortem{Body: text, Waived: text}
	n.Content.Components[0].Name = text
	n.Content.Unaffected[0] = uptime.ComponentNote{ID: uptime.ComponentID(text)}
	n.Content.Facts = map[string]string{text: text, "fact": text}
	return m
}

func TestHostileTextsStayText(t *testing.T) {
	for _, text := range hostile {
		for _, reason := range []uptime.NoticeReason{
			uptime.NewsOfState, uptime.WentDown, uptime.WasDown, uptime.Recovered, uptime.ReviewOut, uptime.Digest,
			uptime.ChannelDead, uptime.TestOfChannel, uptime.ConfirmSubscription, uptime.UpdateOverdue,
		} {
			for _, to := range []uptime.Recipient{subscriber, channel} {
				m := everywhere(text)
				m.Reason, m.To, m.Notices[0].Content.Update.Automatic = reason, to, to.ID == channel.ID
				harmless(t, Render(m, links))
			}
		}
	}
}

func TestAnyTextStaysText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { harmless(t, Render(everywhere(rapid.String().Draw(t, "text")), links)) })
}

// harmless fails for a text that is more than text.
func harmless(t interface{ Errorf(string, ...any) }, text Text) {
	if utf8.RuneCountInString(text.Subject) > longestSubject || strings.ContainsFunc(text.Subject, unicode.IsControl) {
		t.Errorf("the subject is %q", text.Subject)
	}
	if utf8.RuneCountInString(text.Short) > longestShort+100 {
		t.Errorf("%d characters are not short", len(text.Short))
	}
	if len(text.Plain) > 120_000 || len(text.HTML) > 400_000 {
		t.Errorf("%d and %d bytes", len(text.Plain), len(text.HTML))
	}
	for _, one := range []string{text.Subject, text.Plain, text.Short, text.HTML} {
		if !utf8.ValidString(one) || strings.ContainsFunc(one, func(c rune) bool { return c != '\n' && c != '\t' && invisible(c) }) {
			t.Errorf("there are characters that nobody sees in %q", one)
		}
	}
	if problem := active(text.HTML); problem != "" {
		t.Errorf("%s in %s", problem, text.HTML)
	}
}

// active finds what a mail must not have: elements that act or fetch, handlers,
// and addresses that are none.
func active(document string) string {
	tokens := html.NewTokenizer(strings.NewReader(document))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		switch token.Data {
		case "script", "img", "iframe", "object", "embed", "link", "style", "form", "input", "svg", "base", "video", "audio":
			if token.Type == html.StartTagToken || token.Type == html.SelfClosingTagToken {
				return "<" + token.Data + ">"
			}
		}
		for _, a := range token.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "srcset" || a.Key == "background" {
				return a.Key
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "mailto:") {
				return "href=" + a.Val
			}
			if a.Key == "style" && strings.Contains(a.Val, "url(") {
				return "style=" + a.Val
			}
		}
	}
	return ""
}

func TestTimesAreToldInBothZones(t *testing.T) {
	at := time.Date(2026, 1, 2, 20, 30, 0, 0, time.UTC)
	for zone, want := range map[string]string{
		"UTC":                "2 Jan 2026, 20:30 UTC",
		"":                   "2 Jan 2026, 20:30 UTC",
		"Nowhere/Land":       "2 Jan 2026, 20:30 UTC",
		"Local":              "2 Jan 2026, 20:30 UTC",
		"Australia/Brisbane": "3 Jan 2026, 06:30 AEST (2 Jan, 20:30 UTC)",
		"America/New_York":   "2 Jan 2026, 15:30 EST (20:30 UTC)",
		"Europe/London":      "2 Jan 2026, 20:30 GMT (20:30 UTC)",
		"Asia/Kathmandu":     "3 Jan 2026, 02:15 +0545 (2 Jan, 20:30 UTC)",
	} {
		if got := newClock(zone).at(at); got != want {
			t.Errorf("%s: %s, want %s", zone, got, want)
		}
	}
}

func TestBadTimesAreRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                    "less than a second",
		14 * time.Millisecond:                "1 second",
		89999 * time.Millisecond:             "1 minute 30 seconds",
		time.Hour:                            "1 hour",
		time.Hour + time.Second:              "1 hour 1 minute",
		25*time.Hour + time.Minute:           "1 day 2 hours",
		49*time.Minute + 59*time.Second + 1:  "50 minutes",
		-time.Minute:                         "less than a second",
		24 * time.Hour:                       "1 day",
		23*time.Hour + 59*time.Minute + 1e9:  "1 day",
		time.Hour + 5*time.Minute - 1*1e9/10: "1 hour 5 minutes",
	} {
		if got := lasted(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

// A press remembers what it printed, and never gives one recipient what is
// another's.
func TestAPressPrintsWhatIsRendered(t *testing.T) {
	var p press
	for round := range 3 {
		for i, name := range slices.Sorted(maps.Keys(messages())) {
			m := messages()[name]
			for _, to := range []uptime.Recipient{m.To, {Kind: uptime.ToMail, ID: fmt.Sprintf("sub%d", round)}, {Kind: uptime.ToChannel, ID: "other"}} {
				m.To = to
				m.Notices[0].Summary += strings.Repeat("!", i%2) // other words under the same id
				if diff := cmp.Diff(Render(m, links), p.render(m, links)); diff != "" {
					t.Errorf("%s to %s (-rendered +printed):\n%s", name, to.ID, diff)
				}
			}
		}
	}
	if len(p.printed) == 0 || len(p.printed) > mostPrinted {
		t.Errorf("%d are remembered", len(p.printed))
	}
}
