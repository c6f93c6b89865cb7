package statuspage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/upheld/upheld/internal/uptime"
)

// promiseDocuments are all that can be read of the promises of a moment.
func promiseDocuments(t testing.TB, in Inputs) map[string]*Document {
	t.Helper()
	b := open(in, sampleNow)
	docs := map[string]*Document{"/": b.homeDocument()}
	paths := []string{"/commitments", "/commitments.json", "/honesty", "/honesty.json"}
	for _, st := range b.register() {
		paths = append(paths, "/commitments/"+string(st.Commitment.ID), "/commitments/"+string(st.Commitment.ID)+".json")
	}
	for _, path := range paths {
		if docs[path] = b.document(path); docs[path] == nil {
			t.Fatalf("no document at %s", path)
		}
	}
	return docs
}

// readText is what a reader reads, with one space between words.
func readText(t testing.TB, doc *Document) string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(doc.Body))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for node := range root.Descendants() {
		if node.Type == html.TextNode && node.Parent.Data != "style" {
			out.WriteString(node.Data + " ")
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

func TestEveryPromiseStandsOnThePageWithItsVerdict(t *testing.T) {
	docs := promiseDocuments(t, samplePromised())
	page := readText(t, docs["/commitments"])
	for _, c := range samplePolicy().Commitments {
		if !strings.Contains(page, c.Says) {
			t.Errorf("%s does not stand there", c.ID)
		}
	}
	for _, want := range []string{
		"A statement of intent, not a contract", "version 2023-1 · in force since 1 Sep 2023 · approved by Chief operating officer",
		"99.8516 %", "■ breached", "▲ overdue", "◐ at risk", "● on track", "✓ shown", "– not measured", "○ too little data",
		"a mission statement; there is nothing to observe", "Australia", "Europe", "no area code 2", "no open findings",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if !strings.Contains(page, "Search is available 99 %") {
		t.Error("the target that no document names is missing")
	}
}

// A text that stands on the page is met, and no proof of anything: it is counted
// apart, on the page and in the JSON.
func TestWhatIsMerelyShownIsCountedApart(t *testing.T) {
	in := samplePromised()
	in.Kept.Evidence = nil
	p := &in.Catalogue.Policies[0]
	p.Commitments = append(p.Commitments,
		uptime.Commitment{ID: "E50", Policy: p.ID, Says: "It costs.", Kind: uptime.OfText, Strength: uptime.Firm, Text: "A good deal."},
		uptime.Commitment{ID: "E9", Policy: p.ID, Says: "Write.", Kind: uptime.OfContact, Strength: uptime.Firm, Contacts: []uptime.Contact{{Role: "Support", Mail: "a@upheld-sample.dev"}}},
		uptime.Commitment{ID: "E5", Policy: p.ID, Says: "Copies lie apart.", Kind: uptime.OfHeartbeat, Strength: uptime.Firm, Heartbeat: &uptime.HeartbeatTerms{Set: "backups", Ask: uptime.Distinct}})
	b := open(in, sampleNow)
	page := readText(t, b.document("/commitments"))
	if !strings.Contains(page, "✓ 1 met ✓ 3 shown") {
		t.Errorf("the counts are not apart: %.400s", page)
	}
	var read struct{ Counts []jsonCount }
	if err := json.Unmarshal(b.document("/commitments.json").Body, &read); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, c := range read.Counts {
		sum += c.Count
		if want := (jsonCount{"met", 4, 3}); c.Verdict == "met" && c != want {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
	if promises := len(p.Commitments) + len(b.loose()); sum != promises || len(read.Counts) != 7 {
		t.Errorf("%d of %d promises are counted, in %d verdicts", sum, promises, len(read.Counts))
	}
	if text := readText(t, b.document("/commitments/E50")); !strings.Contains(text, "✓ Shown A good deal") && !strings.Contains(text, "✓ Shown What was promised") {
		t.Errorf("the text of a promise says %.200s", text)
	}
}

// What is aimed at can be missed; it is never called a breach.
func TestAnAimThatWasMissedIsNotCalledABreach(t *testing.T) {
	in := samplePromised()
	for i := range in.Catalogue.Policies[0].Commitments {
		in.Catalogue.Policies[0].Commitments[i].Strength = uptime.Aim
	}
	in.Kept.Entries = nil
	for path, doc := range promiseDocuments(t, in) {
		if doc.ContentType != typeHTML {
			continue
		}
		text := strings.ReplaceAll(readText(t, doc), "it is counted when it is missed, and is no breach", "")
		text = strings.ReplaceAll(text, "one that goes on is breached once more is counted than allowed", "")
		if i := strings.Index(text, "breach"); i >= 0 {
			t.Errorf("%s says …%s…", path, text[max(0, i-40):min(len(text), i+40)])
		}
	}
	if text := readText(t, promiseDocuments(t, in)["/commitments/E6"]); !strings.Contains(text, "▲ Missed") {
		t.Errorf("the missed aim says %.200s", text)
	}
}

func TestTheWorkingOfEachKind(t *testing.T) {
	docs := promiseDocuments(t, samplePromised())
	for id, wants := range map[string][]string{
		"E6": {"Since 18 Nov, 14:35 AEST", "99.95 % of the time, in each calendar month (Australia/Brisbane)", "43 m 6 s of 21 m 34 s spent", "CTO answers for it · due 2 Dec 2026 · open",
			"Platform: 99.9048 % against 99.95 % promised, September 2026", "Every stretch that was not up"},
		"E7":  {"9–5, every day in Australia/Brisbane, for everybody", "closed 18 Oct 2026", "Windows are proposed by the planner now."},
		"E8":  {"at least 24 h before, of maintenance", "announced 8 Nov, 17:00 AEST , 50 h ahead", "Announced 5 h ahead, and 24 h are promised", "Announced all the same by Sam: a disk was about to fill"},
		"E17": {"first response within 24 hours", "incident of tier 1", "No tickets are kept here yet."},
		"P12": {"Australia · Melbourne (mel1)", "■ missed", "02:50 AEST"},
		"P6":  {"no older than 12 months", "Penetration test by Example Security", "good until 21 Dec 2026", "evidence that is kept, and not public", "expired 21 Jan 2026"},
		"E36": {"Due 31 December 2023", "▲ Overdue"},
		"E54": {"+61 1300 529 909", "Chief operating officer"},
		"E49": {"A day of work is 500 dollars ."},
		"P1":  {"A mission statement; there is nothing to observe."},
	} {
		text := readText(t, docs["/commitments/"+id])
		for _, want := range append(wants, "How to work it out again", "2023-1 in force") {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q: %s", id, want, text)
			}
		}
	}
}

// What is kept for ourselves stays with us: the text of a policy, evidence that
// is not public, monitors' and people's ids, notes.
func TestNoInternalNoteReachesAReaderOfPromises(t *testing.T) {
	for path, doc := range promiseDocuments(t, samplePromised()) {
		for _, secret := range []string{"internal notes", "3 findings", "Red team", "not for customers", "u-7", "monitor-5"} {
			if bytes.Contains(doc.Body, []byte(secret)) {
				t.Errorf("%s tells %q", path, secret)
			}
		}
	}
}

func TestTheDigestCanBeMadeAgain(t *testing.T) {
	in := samplePromised()
	in.Catalogue.Policies[0].Commitments[0].Says = "<b>less & more</b> \u00e9"
	docs := promiseDocuments(t, in)
	var got struct {
		Digest   string          `json:"digest"`
		Register json.RawMessage `json:"register"`
	}
	if err := json.Unmarshal(docs["/commitments.json"].Body, &got); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, got.Register); err != nil {
		t.Fatal(err)
	}
	plain := compact.String()
	for from, to := range map[string]string{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&"} {
		plain = strings.ReplaceAll(plain, from, to)
	}
	sum := sha256.Sum256([]byte(plain))
	if got.Digest != hex.EncodeToString(sum[:]) {
		t.Errorf("the digest is %s, and made again %x", got.Digest, sum)
	}
	if !strings.Contains(readText(t, docs["/commitments"]), got.Digest) {
		t.Error("the page has another digest")
	}
}

// The numbers of the JSON lead to the page's verdict.
func TestTheJSONOfAPromiseHasItsWorking(t *testing.T) {
	docs := promiseDocuments(t, samplePromised())
	var e6 struct {
		Commitment struct{ Verdict, Value, Since string }
		Terms      struct {
			Target string `json:"target_pct"`
			Window string
		}
		Availability struct {
			Periods []struct {
				Name, Verdict, Allowed string
				Seconds                struct{ Bad string }
			}
			Components []struct{ Segments []any }
		}
		NonCompliance []struct{ Case string } `json:"non_compliance"`
	}
	if err := json.Unmarshal(docs["/commitments/E6.json"].Body, &e6); err != nil {
		t.Fatal(err)
	}
	periods := e6.Availability.Periods
	if e6.Commitment.Verdict != "breached" || e6.Terms.Target != "99.95" || e6.Terms.Window != "calendar_month" || len(periods) != 13 ||
		periods[0].Seconds.Bad != "2586" || periods[0].Verdict != "breached" || periods[12].Name != "2026-11" || len(e6.Availability.Components) != 2 ||
		e6.NonCompliance[0].Case != "2026-11" {
		t.Errorf("%+v", e6)
	}
	var p12 struct {
		Jobs []struct {
			Site      string
			Successes []time.Time
		}
	}
	if err := json.Unmarshal(docs["/commitments/P12.json"].Body, &p12); err != nil {
		t.Fatal(err)
	}
	if len(p12.Jobs) != 2 || len(p12.Jobs[0].Successes) != 40 || len(p12.Jobs[1].Successes) != 39 {
		t.Errorf("%+v", p12)
	}
}

func TestThePageWithoutADocument(t *testing.T) {
	targets := readText(t, promiseDocuments(t, sampleBad())["/commitments"])
	for _, want := range []string{"Targets of services", "Platform is available 99.95 % of the time.", "Surveys is available 99.9 % of the time."} {
		if !strings.Contains(targets, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	none := promiseDocuments(t, sampleFresh())
	if text := readText(t, none["/commitments"]); !strings.Contains(text, "Nothing is promised here yet.") || !strings.Contains(text, "policy: customer-success") {
		t.Errorf("the empty page says %s", text)
	}
	home := readText(t, none["/"])
	if strings.Contains(home, "How promises were kept") || strings.Contains(home, "Commitments") || !strings.Contains(home, "Honesty checks: no open findings") {
		t.Errorf("the home page says %s", home)
	}
}

// Each mark of the scorecard leads to a place that there is.
func TestEachCellLeadsToItsEvidence(t *testing.T) {
	in := samplePromised()
	docs := promiseDocuments(t, in)
	b := open(in, sampleNow)
	cells := regexp.MustCompile(`(?s)<td role="cell"[^>]*>\s*<a href="([^"]*)"`).FindAllStringSubmatch(string(docs["/commitments"].Body), -1)
	if len(cells) != 7*12 {
		t.Fatalf("%d cells", len(cells))
	}
	for _, c := range cells {
		path, fragment, _ := strings.Cut(c[1], "#")
		if strings.HasPrefix(path, "https://") {
			continue
		}
		doc := docs[path]
		if doc == nil {
			doc = b.document(path)
		}
		if doc == nil || fragment != "" && !bytes.Contains(doc.Body, []byte(`id="`+fragment+`"`)) {
			t.Errorf("a cell leads to %q, where nothing is", c[1])
		}
	}
	months := regexp.MustCompile(`<b class="say-only">([A-Z][a-z]+ 20\d\d)</b>`).FindAllStringSubmatch(string(docs["/"].Body), -1)
	if len(months) != 12 || months[0][1] != "November 2026" || months[11][1] != "December 2025" {
		t.Errorf("months %q", months)
	}
}

// promisedAttack is a world in which every text of a promise is the attack.
func promisedAttack(attack string) Inputs {
	in := samplePromised()
	p := &in.Catalogue.Policies[0]
	p.Title, p.Number, p.ApprovedBy, p.Statement, p.Digest = attack, attack, attack, attack, attack
	for i := range p.Commitments {
		c := &p.Commitments[i]
		c.Says, c.Section, c.Owner = attack, attack, attack
		if c.Why != "" {
			c.Why = attack
		}
		if c.Text != "" {
			c.Text = attack
		}
		for k := range c.Contacts {
			c.Contacts[k] = uptime.Contact{Role: attack, Region: attack, Phone: attack, Mail: attack, URL: attack, Hours: attack}
		}
		if c.Clock != nil {
			c.Clock = &uptime.ClockTerms{Clock: attack, Type: attack, Unit: attack, Calendar: attack}
		}
		if c.Notice != nil {
			c.Notice = &uptime.NoticeTerms{Of: []uptime.PlanKind{uptime.PlanKind(attack)}, Rule: c.Notice.Rule, OwedTo: attack}
		}
	}
	for i := range in.Kept.Versions {
		v := &in.Kept.Versions[i]
		v.Number, v.ApprovedBy, v.Digest = attack, attack, attack
	}
	for i := range in.Kept.Evidence {
		e := &in.Kept.Evidence[i]
		e.Title, e.By, e.URL, e.Public = attack, attack, attack, true
	}
	for i := range in.Kept.Entries {
		e := &in.Kept.Entries[i]
		e.Summary, e.Owner, e.Outcome = attack, attack, attack
	}
	for i := range in.Catalogue.Jobs {
		j := &in.Catalogue.Jobs[i]
		j.Site, j.Datacentre = attack, attack
	}
	for i := range in.Plans {
		in.Plans[i].Title = attack
		in.Plans[i].Revisions[0].Override, in.Plans[i].Revisions[0].By = attack, attack
	}
	in.Catalogue.Regions[0].Name, in.Catalogue.Services[0].Name = attack, attack
	return in
}

// Whatever stands in a policy, in evidence or in an entry, nothing of it acts.
func TestNoTextOfAPromiseActs(t *testing.T) {
	for i, attack := range attacks(t) {
		if i%96 == 0 {
			attackPromises(t, attack)
		}
	}
}

func attackPromises(t *testing.T, attack string) {
	t.Helper()
	for path, doc := range promiseDocuments(t, promisedAttack(attack)) {
		if doc.ContentType == typeJSON {
			if !json.Valid(doc.Body) || bytes.ContainsAny(doc.Body, "<>") {
				t.Errorf("%q on %s: no JSON, or a bare < or >", attack, path)
			}
			continue
		}
		for _, act := range actsInHTML(string(doc.Body), true) {
			t.Errorf("%q on %s: %s", attack, path, act)
		}
	}
}

func TestLinksLeadToOurselvesOrToTheWeb(t *testing.T) {
	for address, want := range map[string]string{
		"/maintenance/x": "/maintenance/x", "https://example.org/a?b=c": "https://example.org/a?b=c", "http://example.org": "http://example.org",
		"//example.org": "", "/\\example.org": "", "javascript:alert(1)": "", "data:text/html,x": "", "mailto:a@b": "", "": "", "x": "",
		" https://example.org": "", "https:///x": "", "JAVASCRIPT:alert(1)": "", "\x01javascript:alert(1)": "", "/a\nb": "",
	} {
		if got := safeLink(address); got != want {
			t.Errorf("%q leads to %q, want %q", address, got, want)
		}
	}
	for address, want := range map[string]string{
		"support@example.org": "mailto:support@example.org", "[email protected]": "", "a@b?subject=x": "", "A <a@b.org>": "", "a b@c.org": "", "": "",
	} {
		if got := mailLink(address); got != want {
			t.Errorf("%q is written to at %q, want %q", address, got, want)
		}
	}
}

func TestPromisesThatAreNotThereAreNotFound(t *testing.T) {
	b := open(samplePromised(), sampleNow)
	for _, path := range []string{"/commitments/", "/commitments/E99", "/commitments/E99.json", "/commitments/e6", "/commitments/E6/x", "/honesty/x"} {
		if b.document(path) != nil {
			t.Errorf("there is a page at %s", path)
		}
	}
	var ids []string
	for _, st := range b.register() {
		ids = append(ids, string(st.Commitment.ID))
	}
	if !slices.Contains(ids, "E6") {
		t.Errorf("%q", ids)
	}
}
