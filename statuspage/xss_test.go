package statuspage

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/upheld/upheld/internal/uptime"
)

// attacks are texts that try to become something that acts: a line each, \n for
// a line break within.
func attacks(t *testing.T) []string {
	t.Helper()
	corpus, err := os.ReadFile("../internal/markdown/testdata/xss.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(corpus)) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			out = append(out, strings.ReplaceAll(line, `\n`, "\n"))
		}
	}
	if len(out) < 150 {
		t.Fatalf("%d attacks", len(out))
	}
	return out
}

// attacked is a world in which every text that a person gives is the attack.
func attacked(attack string) Inputs {
	in := sampleTold()
	in.Catalogue.Page.Name, in.Version = attack, attack
	for i := range in.Catalogue.Components {
		c := &in.Catalogue.Components[i]
		c.Name, c.Description, c.Group = attack, attack, attack
	}
	for i := range in.Catalogue.Services {
		in.Catalogue.Services[i].Name = attack
	}
	for i := range in.Incidents {
		inc := &in.Incidents[i]
		inc.Title = attack
		inc.Components = append(inc.Components, uptime.ComponentID(attack))
		inc.Unaffected = append(inc.Unaffected, uptime.ComponentID(attack))
		inc.Postmortem.Waived = attack
		if inc.Postmortem.Body != "" {
			inc.Postmortem.Body = attack
		}
		for k := range inc.Updates {
			inc.Updates[k].Body = attack
			inc.Updates[k].Amended = []uptime.Amendment{{Body: attack, At: sampleNow.Add(-time.Minute)}}
		}
		automatic := inc.Updates[0]
		automatic.ID, automatic.Automatic = "automatic", true
		inc.Updates = append([]uptime.Update{automatic}, inc.Updates...)
	}
	work := samplePlanned()
	in.Plans, in.Proofs = work.Plans, work.Proofs
	in.Catalogue.Regions = []uptime.Region{{ID: "region", Name: attack}}
	for i := range in.Plans {
		p := &in.Plans[i]
		p.Title, p.Body = attack, attack
		p.Components, p.Regions = append(p.Components, uptime.ComponentID(attack)), []uptime.RegionID{"region", uptime.RegionID(attack)}
		for k := range p.Revisions {
			r := &p.Revisions[k]
			r.Reason, r.Override, r.By = attack, attack, attack
			r.Broken = append(r.Broken, uptime.Broken{Commitment: uptime.CommitmentID(attack), Text: attack})
		}
		p.Rules.Blackouts = append(p.Rules.Blackouts, uptime.BlackoutRule{
			Commitment: "X", Region: uptime.RegionID(attack), Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, From: 0, To: 24 * time.Hour,
		})
		p.Updates = append(p.Updates, uptime.PlanUpdate{ID: attack, Phase: uptime.Verifying, At: sampleNow, Body: attack},
			uptime.PlanUpdate{ID: "x", Phase: uptime.Verifying, At: sampleNow, Body: attack, Automatic: true})
	}
	return in
}

// Whatever a person writes in whatever field, nothing of it acts: on a page, in
// a form, in a feed, in the JSON. Every attack is tried on an incident's page
// here, and some on everything; the slow tests try all on everything.
func TestNoTextOfAPersonActs(t *testing.T) {
	for i, attack := range attacks(t) {
		if i%48 == 0 {
			attackEverything(t, []string{attack})
			continue
		}
		in := attacked(attack)
		in.Segments, in.Statements = nil, nil // the past is not what is attacked
		b := open(in, sampleNow)
		page := write(incidentPage(b.incidentPage(b.in.Incidents[0]), beside()), 0)
		for _, act := range actsInHTML(string(page), true) {
			t.Errorf("%q: %s", attack, act)
		}
		plan := write(planPage(b.planPage(b.in.Plans[i%len(b.in.Plans)], nil), beside()), 0)
		for _, act := range actsInHTML(string(plan), true) {
			t.Errorf("%q in a plan: %s", attack, act)
		}
	}
}

// attackEverything tries attacks in every field, and looks at everything that
// is made of them.
func attackEverything(t *testing.T, attacks []string) {
	t.Helper()
	for _, attack := range attacks {
		in := attacked(attack)
		b := open(in, sampleNow)
		docs := map[string]*Document{"/": b.homeDocument(), "404": b.notFound()}
		for _, path := range []string{atomPath, rssPath, planListPath, calendarPath, "/history", "/days/2026-11-15", "/method", subscribePath, "/days/2026-11-21", "/components/part-2", "/components/part-2.json", "/services/platform", "/services/platform.json"} {
			docs[path] = b.document(path)
		}
		for _, inc := range b.in.Incidents {
			docs[incidentAddress(inc.ID)] = b.page(incidentPage(b.incidentPage(inc), beside()))
		}
		for _, p := range b.in.Plans {
			docs[planAddress(p)] = b.page(planPage(b.planPage(p, b.proofsOf(p.ID)), beside()))
			docs[planAddress(p)+".ics"] = b.planCalendar(p)
		}
		for path, answer := range b.apiV2() {
			docs[path] = b.json(answer)
		}
		docs["form"] = &Document{ContentType: typeHTML, Body: write(subscribePage(b.subscribePage(SubscriptionForm{
			Address: attack, Some: true, Choice: Choice{Components: []uptime.ComponentID{uptime.ComponentID(attack)}, News: []uptime.News{uptime.News(attack)}},
			Faults: []Fault{FaultAddress, Fault(attack)},
		}), beside()), 0)}
		for _, step := range []SubscriptionStep{StepConfirm, StepConfirmed, StepManage, StepLeave, StepLeft} {
			docs[string(step)] = &Document{ContentType: typeHTML, Body: write(subscriptionPage(b.subscription(SubscriptionView{
				Step: step, Word: attack, ManageWord: attack, LeaveWord: attack, Address: attack, Secret: attack,
				Choice: Choice{Components: []uptime.ComponentID{uptime.ComponentID(attack)}, News: []uptime.News{uptime.News(attack)}},
			}), beside()), 0)}
		}
		docs["trouble"] = &Document{ContentType: typeHTML, Body: write(subscriptionTrouble(b.frame("T"), attack, beside()), 0)}
		for path, doc := range docs {
			for _, act := range acts(t, in, path, doc) {
				t.Errorf("%q on %s: %s", attack, path, act)
			}
		}
	}
}

// acts finds what acts in a document.
func acts(t *testing.T, in Inputs, path string, doc *Document) []string {
	t.Helper()
	switch doc.ContentType {
	case typeHTML:
		return actsInHTML(string(doc.Body), true)
	case typeJSON:
		if !json.Valid(doc.Body) {
			return []string{"is no JSON"}
		}
		if bytes.ContainsAny(doc.Body, "<>") {
			return []string{"holds a bare < or >"}
		}
		return nil
	}
	var out []string
	if doc.ContentType == typeICS {
		return linesBeside(string(doc.Body))
	}
	feed := feedOf(t, in, path)
	out = append(out, actsInHTML(feed.Description, false)...)
	for _, item := range feed.Items {
		out = append(out, actsInHTML(item.Content, false)...)
		out = append(out, actsInHTML(item.Description, false)...)
	}
	return out
}

// passive are the elements that pages and entries are made of.
const passive = " html head meta title link style body a header nav main footer p h1 h2 h3 h4 h5 h6 i b em strong small del code pre br hr span bdi div " +
	"section article ul ol li dl dt dd time table thead tbody tr th td blockquote svg path line circle text details summary form fieldset legend label input button "

func actsInHTML(text string, whole bool) []string {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for node := range root.Descendants() {
		if node.Type == html.CommentNode {
			out = append(out, "a comment")
		}
		if node.Type != html.ElementNode {
			continue
		}
		if !strings.Contains(passive, " "+node.Data+" ") || !whole && (node.Data == "style" || node.Data == "form" || node.Data == "link") {
			out = append(out, "a "+node.Data+" element")
		}
		for _, a := range node.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || a.Key == "src" {
				out = append(out, "an attribute "+a.Key)
			}
			if a.Key == "href" || a.Key == "action" || a.Key == "formaction" {
				out = append(out, leads(node.Data, a.Val)...)
			}
		}
	}
	return out
}

// leads tells of an address that leads anywhere but to a page or a mail
// program.
func leads(element, address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return []string{"an address " + address}
	}
	switch {
	case u.Scheme == "http", u.Scheme == "https", u.Scheme == "mailto":
		return nil
	case u.Scheme == "data" && element == "link" && strings.HasPrefix(address, "data:image/svg+xml;base64,"):
		return nil // our own icon
	case u.Scheme == "" && u.Host == "" && (strings.HasPrefix(address, "/") || strings.HasPrefix(address, "#")):
		return nil
	}
	return []string{"an address " + address}
}

// linesBeside are the lines of a calendar that are none of its own: a text that
// got out of its property would have made one.
func linesBeside(calendar string) []string {
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(calendar, "\r\n ", ""), "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		name, _, _ = strings.Cut(name, ";")
		known := strings.Fields("BEGIN END VERSION PRODID METHOD UID SEQUENCE DTSTAMP DTSTART DTEND SUMMARY DESCRIPTION URL STATUS CATEGORIES " +
			"NAME X-WR-CALNAME CALSCALE REFRESH-INTERVAL X-PUBLISHED-TTL TRANSP LAST-MODIFIED CREATED CLASS")
		if name != "" && !slices.Contains(known, name) {
			out = append(out, "a line "+line)
		}
		if strings.ContainsAny(line, "\r\n") {
			out = append(out, "a line break in "+line)
		}
	}
	return out
}
