package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/uptime"
)

const newPath = "/console/incidents/new"

// opened opens an incident through the forms and returns its address.
func (o *bureau) opened(t *testing.T, role uptime.Role, press string, pairs ...string) string {
	t.Helper()
	action, fields := o.get(t, role, newPath).form(t, "compose")
	fields = with(fields, append([]string{"title", "Signing in fails", "body", "We **look** into it.", "do", "preview"}, pairs...)...)
	preview := o.post(t, role, action, fields)
	if preview.status != http.StatusOK {
		t.Fatalf("preview: %d %s", preview.status, preview.text)
	}
	action, fields = preview.form(t, "send")
	done := o.post(t, role, action, with(fields, "do", press))
	if done.status != http.StatusSeeOther {
		t.Fatalf("%s: %d %s", press, done.status, done.text)
	}
	path, _, _ := strings.Cut(done.location, "?")
	return path
}

func has(t *testing.T, what string, s sheet, words ...string) {
	t.Helper()
	for _, one := range words {
		if !strings.Contains(s.text, one) {
			t.Errorf("%s (%d) does not say %q: %s", what, s.status, one, s.text)
		}
	}
}

func TestSomebodyOnCallSeesWhatIsDownAndReportsIt(t *testing.T) {
	o := newBureau(t)
	has(t, "overview", o.get(t, uptime.Viewer, consolePath), "1 component down", "API", "Down", "Sign-in", "Degraded", "Billing", "Not observed")
	if page := o.get(t, uptime.Viewer, consolePath); strings.Contains(page.text, "Report an incident") {
		t.Error("a viewer is offered what they may not do")
	}
	page := o.get(t, uptime.Publisher, newPath)
	if _, fields := page.form(t, "compose"); !contains(fields["part"], "api=affected") {
		t.Errorf("what is measured down is not chosen: %v", fields["part"])
	}
	path := o.opened(t, uptime.Publisher, "publish", "part", "api=down", "next", "15m")
	has(t, "incident", o.get(t, uptime.Viewer, path), "Signing in fails", "by publisher", "Next update due in 15 min", "3 queued, 1 held", "API", "Down")
	has(t, "overview", o.get(t, uptime.Viewer, consolePath), "Signing in fails", "Next update due in 15 min")
	o.now = o.now.Add(18 * time.Minute)
	has(t, "overview", o.get(t, uptime.Viewer, consolePath), "Next update overdue by 3 min")
	has(t, "incident", o.get(t, uptime.Viewer, path), "did not come by then", "Promises missed 1")
}

// What the preview shows is what is owed: the same mail, the same readers.
func TestAnUpdateIsSentAsItWasPreviewed(t *testing.T) {
	o := newBureau(t)
	o.now = o.now.Truncate(time.Minute).Add(time.Minute) // the mail tells the minute
	path := o.opened(t, uptime.Publisher, "publish", "part", "api=down")
	action, fields := o.get(t, uptime.Publisher, path+"/update").form(t, "compose")
	preview := o.post(t, uptime.Publisher, action, with(fields, "phase", "identified", "body", "A [disk](https://example.org) <b>is full</b>.", "next", "1h", "do", "preview"))
	has(t, "preview", preview, "2 subscribers and 1 channel would be told", "the channel wants no such news")
	action, fields = preview.form(t, "send")
	o.now = o.now.Add(5 * time.Second)
	if done := o.post(t, uptime.Publisher, action, with(fields, "do", "send")); done.status != http.StatusSeeOther {
		t.Fatalf("%d %s", done.status, done.text)
	}
	notices, err := o.db.Notices(t.Context(), uptime.NoticeFilter{}, uptime.Cursor{Limit: 10})
	if err != nil || len(notices) != 2 {
		t.Fatalf("%d notices, %v", len(notices), err)
	}
	letter, err := o.Letter(t.Context(), notices[0].Notice)
	if err != nil {
		t.Fatal(err)
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if !strings.Contains(preview.text, squeeze(letter.Subject)) || !strings.Contains(preview.text, squeeze(letter.Plain)) {
		t.Errorf("sent was %q, %q; shown was %s", letter.Subject, letter.Plain, preview.text)
	}
	framed := false
	preview.each(func(n *html.Node) {
		if n.Data == "iframe" {
			sandbox, is := value(n, "sandbox")
			framed = is && sandbox == "" && attr(n, "srcdoc") == letter.HTML
		}
	})
	if !framed {
		t.Error("the mail that is shown is not the one that is sent, or not in a sandbox")
	}
}

func TestADoubleClickDoesNothingTwice(t *testing.T) {
	o := newBureau(t)
	action, fields := o.get(t, uptime.Publisher, newPath).form(t, "compose")
	action, fields = o.post(t, uptime.Publisher, action, with(fields, "title", "One", "body", "Text.", "do", "preview")).form(t, "send")
	first := o.post(t, uptime.Publisher, action, with(fields, "do", "publish"))
	second := o.post(t, uptime.Publisher, action, with(fields, "do", "publish"))
	if first.status != http.StatusSeeOther || second.status != http.StatusSeeOther || first.location != second.location {
		t.Errorf("%d %s, then %d %s", first.status, first.location, second.status, second.location)
	}
	if all, err := o.db.OpenIncidents(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d incidents, %v", len(all), err)
	}
	if other := o.post(t, uptime.Publisher, action, with(fields, "do", "publish", "title", "Two")); other.status != http.StatusConflict {
		t.Errorf("the same key for another text: %d", other.status)
	}
	action, fields = o.get(t, uptime.Admin, "/console/channels").form(t, "test-on-call")
	has(t, "test", o.post(t, uptime.Admin, action, fields), "accepted", "250 queued as 17")
	if o.post(t, uptime.Admin, action, fields); o.tests != 1 {
		t.Errorf("%d tests were sent", o.tests)
	}
}

// What was typed is never lost, and each fault stands beside its field.
func TestAFormComesBackWithWhatWasTypedAndEveryFault(t *testing.T) {
	o := newBureau(t)
	action, fields := o.get(t, uptime.Publisher, newPath).form(t, "compose")
	page := o.post(t, uptime.Publisher, action, with(fields, "title", "", "body", "  kept  text", "at", "2999-01-01T00:00",
		"next", "at", "next_at", "2001-01-01T00:00", "ids", "nothing=down", "do", "preview"))
	if page.status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", page.status)
	}
	if _, again := page.form(t, "compose"); again.Get("body") != "  kept  text" || again.Get("ids") != "nothing=down" || again.Get(onceField) != fields.Get(onceField) {
		t.Errorf("came back with %v", again)
	}
	for _, name := range []string{"title", "at", "next_at"} {
		said := ""
		page.each(func(n *html.Node) {
			if attr(n, "id") == "compose-"+name+"-fault" && n.FirstChild != nil {
				said = n.FirstChild.Data
			}
		})
		if said == "" {
			t.Errorf("nothing is said about %s", name)
		}
	}
	has(t, "form", page, "nothing", "which is no component")
	bad := o.post(t, uptime.Publisher, action, with(fields, "title", "T", "body", "B", "at", "soon", "do", "preview"))
	has(t, "an unreadable time", bad, "is not a time")
	if all, _ := o.db.OpenIncidents(t.Context()); len(all) != 0 {
		t.Error("something was opened")
	}
}

func TestWhoWasSlowerIsToldAndKeepsTheirText(t *testing.T) {
	o := newBureau(t)
	path := o.opened(t, uptime.Publisher, "publish")
	action, mine := o.get(t, uptime.Publisher, path+"/update").form(t, "compose")
	_, theirs := o.get(t, uptime.Admin, path+"/update").form(t, "compose")
	if r := o.post(t, uptime.Admin, action, with(theirs, "body", "First.", "do", "send")); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.text)
	}
	page := o.post(t, uptime.Publisher, action, with(mine, "body", "Second.", "do", "send"))
	if _, again := page.form(t, "compose"); page.status != http.StatusConflict || again.Get("body") != "Second." || again.Get("version") == mine.Get("version") {
		t.Errorf("%d, %v", page.status, again)
	}
	has(t, "the slower one", page, "Somebody else changed this incident")
}

func TestAResponderWritesDraftsAndPublishesNothing(t *testing.T) {
	o := newBureau(t)
	path := o.opened(t, uptime.Responder, "draft")
	has(t, "draft", o.get(t, uptime.Responder, path), "Draft", "the public does not see it")
	has(t, "preview", o.get(t, uptime.Responder, path+"/publish"), "needs the role publisher")
	action, fields := o.get(t, uptime.Publisher, path+"/publish").form(t, "send")
	if r := o.post(t, uptime.Responder, action, with(fields, "do", "publish")); r.status != http.StatusForbidden {
		t.Errorf("a responder publishes: %d", r.status)
	}
	if notices, _ := o.db.Notices(t.Context(), uptime.NoticeFilter{}, uptime.Cursor{Limit: 9}); len(notices) > 1 {
		t.Errorf("%d notices", len(notices))
	}
	if r := o.post(t, uptime.Publisher, action, with(fields, "do", "publish")); r.status != http.StatusSeeOther {
		t.Errorf("a publisher does not: %d %s", r.status, r.text)
	}
	if r := o.get(t, uptime.Responder, path); strings.Contains(r.raw, "/correct") {
		t.Error("a responder is offered to correct what is public")
	}
}

func TestAnIncidentIsCorrectedAmendedReviewedAndClosed(t *testing.T) {
	o := newBureau(t)
	path := o.opened(t, uptime.Publisher, "publish", "tier", "1", "part", "api=down")
	press := func(id string, pairs ...string) sheet {
		t.Helper()
		action, fields := o.get(t, uptime.Publisher, path).form(t, id)
		return o.post(t, uptime.Publisher, action, with(fields, pairs...))
	}
	if r := press("correct", "tier", "2", "reason", ""); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.raw, "correct-reason-fault") {
		t.Errorf("another tier without a reason: %d", r.status)
	}
	if r := press("correct", "title", "Nobody can sign in"); r.status != http.StatusSeeOther {
		t.Errorf("correct: %d %s", r.status, r.text)
	}
	i, err := o.db.Incident(t.Context(), uptime.IncidentID(strings.TrimPrefix(path, "/console/incidents/")))
	if err != nil {
		t.Fatal(err)
	}
	if r := press("amend-"+i.Updates[0].ID, "body", "Better."); r.status != http.StatusSeeOther {
		t.Errorf("amend: %d %s", r.status, r.text)
	}
	has(t, "amended", o.get(t, uptime.Viewer, path), "Better.", "Former text", "We look into it.", "Nobody can sign in")
	action, fields := o.get(t, uptime.Publisher, path+"/update").form(t, "compose")
	if fields.Get("next") != "30m" {
		t.Errorf("a promise of %q is chosen already", fields.Get("next"))
	}
	o.now = o.now.Add(time.Minute)
	if r := o.post(t, uptime.Publisher, action, with(fields, "phase", "resolved", "body", "Over.", "do", "send")); r.status != http.StatusSeeOther {
		t.Fatalf("resolve: %d %s", r.status, r.text)
	}
	if r := press("close"); r.status != http.StatusUnprocessableEntity {
		t.Errorf("tier 1 is closed without a review: %d", r.status)
	}
	preview := press("postmortem", "body", "A disk.", "do", "preview")
	action, fields = preview.form(t, "send")
	if r := o.post(t, uptime.Publisher, action, with(fields, "do", "publish")); r.status != http.StatusSeeOther {
		t.Errorf("review: %d %s", r.status, r.text)
	}
	if r := press("close"); r.status != http.StatusSeeOther {
		t.Errorf("close: %d %s", r.status, r.text)
	}
	if r := o.get(t, uptime.Publisher, path); !strings.Contains(r.text, "closed") || strings.Contains(r.raw, "/update\"") {
		t.Error("a closed incident can still be changed")
	}
}

func TestTheLedgerSaysWhatBecameOfEachMessage(t *testing.T) {
	o := newBureau(t)
	o.opened(t, uptime.Publisher, "publish", "part", "api=down")
	o.settle(t, uptime.DeliveryDead)
	list := o.get(t, uptime.Viewer, "/console/ledger")
	has(t, "ledger", list, "Signing in fails", "went down", "1 dead")
	path := ""
	list.each(func(n *html.Node) {
		if href := attr(n, "href"); strings.HasPrefix(href, "/console/ledger/") {
			path = href
		}
	})
	page := o.get(t, uptime.Viewer, path)
	has(t, "notice", page, "dead", "held", "the channel wants no such news", "554 no such mailbox", "queued")
	if strings.Contains(page.raw, "anna@example.org") || strings.Contains(page.raw, "Send again") {
		t.Error("a viewer sees an address, or may send again")
	}
	has(t, "notice", o.get(t, uptime.Admin, path), "anna@example.org", "ben@example.org")
	var id string
	o.get(t, uptime.Publisher, path).each(func(n *html.Node) {
		if strings.HasPrefix(attr(n, "id"), "resend-") {
			id = attr(n, "id")
		}
	})
	action, fields := o.get(t, uptime.Publisher, path).form(t, id)
	if r := o.post(t, uptime.Publisher, action, fields); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.text)
	}
	if page := o.get(t, uptime.Viewer, path); strings.Contains(page.text, "554") && strings.Contains(page.text, " dead ") && strings.Contains(page.raw, "s down\"><i aria-hidden=\"true\">■</i> dead") {
		t.Error("it is still dead")
	}
}

// settle claims one delivery to a subscriber and settles it.
func (o *bureau) settle(t *testing.T, state uptime.DeliveryState) {
	t.Helper()
	claimed, err := o.db.Claim(t.Context(), uptime.Claim{Lane: uptime.LaneSubscribers, Now: o.now, Lease: time.Minute, Limit: 1})
	if err != nil || len(claimed) == 0 {
		t.Fatalf("%d claimed, %v", len(claimed), err)
	}
	d := claimed[0]
	if _, err := o.db.Settle(t.Context(), []uptime.Settlement{{Delivery: d.ID, Attempt: d.Attempt, State: state, At: o.now, Error: "refused", Reply: "554 no such mailbox"}}); err != nil {
		t.Fatal(err)
	}
}

func TestTheListOfSubscribersIsKeptByHand(t *testing.T) {
	o := newBureau(t)
	o.now = o.now.Add(time.Second)
	has(t, "list", o.get(t, uptime.Admin, "/console/subscribers"), "2 confirmed", "anna@example.org")
	action, fields := o.get(t, uptime.Admin, "/console/subscribers").form(t, "add")
	bad := o.post(t, uptime.Admin, action, with(fields, "address", "nobody", "consent", "by phone"))
	if bad.status != http.StatusUnprocessableEntity || !strings.Contains(bad.raw, "add-address-fault") {
		t.Errorf("%d %s", bad.status, bad.text)
	}
	if r := o.post(t, uptime.Admin, action, with(fields, "address", "carl@example.org", "consent", "by phone")); r.status != http.StatusSeeOther {
		t.Errorf("add: %d %s", r.status, r.text)
	}
	has(t, "find", o.post(t, uptime.Admin, "/console/subscribers/find", url.Values{"address": {"CARL@example.org"}}), "carl@example.org")
	dry := o.post(t, uptime.Admin, "/console/subscribers/import", url.Values{"consent": {"on paper"}, "skip": {"yes"}, "do": {"check"},
		"csv": {"email\ndora@example.org\nnot an address\nanna@example.org\n"}})
	has(t, "dry run", dry, "Nothing was changed yet", "1 would be added", "1 are on the list already", "1 are wrong")
	if all, _ := o.db.CountSubscribers(t.Context()); all[uptime.SubscriberConfirmed] != 3 {
		t.Errorf("a dry run changed the list: %v", all)
	}
	action, fields = dry.form(t, "confirm")
	if r := o.post(t, uptime.Admin, action, with(fields, "do", "import")); r.status != http.StatusSeeOther {
		t.Errorf("import: %d %s", r.status, r.text)
	}
	file := o.send("POST", "/console/subscribers/export", "", "Cookie", o.cookies[uptime.Admin])
	if text := body(t, file); !strings.Contains(text, "dora@example.org") || !strings.Contains(file.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export: %s", text)
	}
	one, err := o.db.SubscriberByAddress(t.Context(), uptime.ToMail, "dora@example.org")
	if err != nil {
		t.Fatal(err)
	}
	action, fields = o.get(t, uptime.Admin, "/console/subscribers").form(t, "remove-"+string(one.ID))
	if r := o.post(t, uptime.Admin, action, fields); r.status != http.StatusSeeOther {
		t.Errorf("remove: %d %s", r.status, r.text)
	}
	if _, err := o.db.SubscriberByAddress(t.Context(), uptime.ToMail, "dora@example.org"); err == nil {
		t.Error("they are still on the list")
	}
}

func TestATokenIsToldOnceAndEndsWhenRevoked(t *testing.T) {
	o := newBureau(t)
	action, fields := o.get(t, uptime.Responder, accountPath).form(t, "token")
	made := o.post(t, uptime.Responder, action, with(fields, "name", "deploys", "role", "responder"))
	at := strings.Index(made.text, identity.TokenPrefix)
	if at < 0 {
		t.Fatalf("no secret: %d %s", made.status, made.text)
	}
	secret, _, _ := strings.Cut(made.text[at:], " ")
	if _, err := o.people.Authenticate(context.Background(), secret, "127.0.0.1"); err != nil {
		t.Errorf("the token does not work: %v", err)
	}
	if again := o.get(t, uptime.Responder, accountPath); strings.Contains(again.raw, secret) {
		t.Error("the secret is told again")
	}
	if r := o.post(t, uptime.Responder, action, with(fields, "name", "more", "role", "admin", onceField, "x")); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a role above one's own: %d", r.status)
	}
	o.get(t, uptime.Responder, accountPath).each(func(n *html.Node) {
		if strings.HasPrefix(attr(n, "id"), "revoke-") {
			o.post(t, uptime.Responder, attr(n, "action"), url.Values{})
		}
	})
	if _, err := o.people.Authenticate(context.Background(), secret, "127.0.0.1"); err == nil {
		t.Error("a revoked token works")
	}
}

func TestAnAdministratorKeepsPeople(t *testing.T) {
	o := newBureau(t)
	action, fields := o.get(t, uptime.Admin, peoplePath).form(t, "new")
	if r := o.post(t, uptime.Admin, action, with(fields, "name", "viewer", "password", goodPassword)); r.status != 422 || !strings.Contains(r.text, "taken") {
		t.Errorf("a name that is taken: %d %s", r.status, r.text)
	}
	if r := o.post(t, uptime.Admin, action, with(fields, "name", "carla", "password", goodPassword, "role", "responder")); r.status != http.StatusSeeOther {
		t.Errorf("%d %s", r.status, r.text)
	}
	has(t, "people", o.get(t, uptime.Admin, peoplePath), "carla")
	action, fields = o.get(t, uptime.Admin, peoplePath).form(t, "change-u-viewer")
	if r := o.post(t, uptime.Admin, action, with(fields, "do", "disable")); r.status != http.StatusSeeOther {
		t.Errorf("%d %s", r.status, r.text)
	}
	if r := o.get(t, uptime.Viewer, consolePath); r.status != http.StatusSeeOther {
		t.Errorf("somebody who was disabled is let in: %d", r.status)
	}
	action, fields = o.get(t, uptime.Admin, peoplePath).form(t, "change-u-admin")
	if r := o.post(t, uptime.Admin, action, with(fields, "do", "disable")); r.status != http.StatusConflict {
		t.Errorf("the last administrator: %d %s", r.status, r.text)
	}
	has(t, "audit", o.get(t, uptime.Admin, auditPath), "user.disable", "carla")
	has(t, "check", o.post(t, uptime.Admin, auditPath+"/check", nil), "The chain is whole")
}

func TestAThousandComponentsStayUsable(t *testing.T) {
	o := newBureau(t)
	o.catalogue.Components = nil
	for i := range 1000 {
		o.catalogue.Components = append(o.catalogue.Components, uptime.Component{
			ID: uptime.ComponentID(fmt.Sprintf("component-%d", i)), Name: fmt.Sprintf("Component %d", i), Group: fmt.Sprintf("Group %d", i/50)})
	}
	page := o.get(t, uptime.Publisher, newPath)
	if len(page.raw) > 1<<20 {
		t.Errorf("the form has %d bytes", len(page.raw))
	}
	action, fields := page.form(t, "compose")
	fields = with(fields, "title", "T", "body", strings.Repeat("ж", 10_000), "ids", "component-7, component-8=down", "do", "preview")
	fields["part"] = append(make([]string, 998), "component-999=down", "component-1=works")
	preview := o.post(t, uptime.Publisher, action, fields)
	if preview.status != http.StatusOK {
		t.Fatalf("%d %s", preview.status, preview.text[:min(400, len(preview.text))])
	}
	has(t, "preview", preview, "Component 999", "Component 8")
}
