package statuspage

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/upheld/upheld/internal/uptime"
)

// feedOf is a feed as a reader's program has it.
func feedOf(t *testing.T, in Inputs, path string) *gofeed.Feed {
	t.Helper()
	doc := open(in, sampleNow).document(path)
	if doc == nil {
		t.Fatalf("nothing at %s", path)
	}
	sound(t, doc.Body)
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(doc.Body))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return feed
}

// sound holds a document to XML's rules to its end.
func sound(t *testing.T, document []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(document))
	for {
		if _, err := decoder.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%v in %s", err, document)
		}
	}
}

func TestFeedsTellEveryIncidentOnce(t *testing.T) {
	want := []struct{ id, title, updated, published string }{
		{"slowsearch01", "Search finds too little", "2026-11-21T04:09:16Z", "2026-11-21T03:15:16Z"}, // amended then
		{"payroll00002", "Payroll did not open", "2026-11-19T23:04:16Z", "2026-11-19T02:04:16Z"},    // reviewed then
		{"falsealarm03", "Sign-in looked down", "2026-11-19T23:14:16Z", "2026-11-19T22:14:16Z"},
	}
	want[1], want[2] = want[2], want[1] // what changed last comes first
	for path, kind := range map[string]string{atomPath: "atom", rssPath: "rss"} {
		feed := feedOf(t, sampleTold(), path)
		if feed.FeedType != kind || feed.Title != "Example status: incidents and planned work" || feed.Link != "https://status.example.org/" {
			t.Errorf("%s: %s %q %q", path, feed.FeedType, feed.Title, feed.Link)
		}
		if !feed.UpdatedParsed.Equal(time.Date(2026, 11, 21, 4, 9, 16, 0, time.UTC)) {
			t.Errorf("%s: updated %v", path, feed.UpdatedParsed)
		}
		if len(feed.Items) != len(want) {
			t.Fatalf("%s: %d entries, want %d", path, len(feed.Items), len(want))
		}
		for i, w := range want {
			item := feed.Items[i]
			if item.GUID != "tag:status.example.org,2026:Incident/"+w.id || item.Title != w.title ||
				item.Link != "https://status.example.org/incidents/"+w.id {
				t.Errorf("%s: entry %d is %q %q %q", path, i, item.GUID, item.Title, item.Link)
			}
			if got := item.PublishedParsed.UTC().Format(time.RFC3339); got != w.published {
				t.Errorf("%s: %s was published %s, want %s", path, w.id, got, w.published)
			}
			if kind == "atom" && item.Updated != w.updated {
				t.Errorf("%s: %s was updated %s, want %s", path, w.id, item.Updated, w.updated)
			}
		}
	}
}

// An entry tells everything that was said, newest first, as safe HTML.
func TestAnEntryHoldsEveryUpdate(t *testing.T) {
	atom, rss := feedOf(t, sampleTold(), atomPath).Items[0], feedOf(t, sampleTold(), rssPath).Items[0]
	content := flat([]byte(atom.Content))
	if other := flat([]byte(rss.Description)); other != content {
		t.Errorf("the feeds differ: %s\n%s", content, other)
	}
	at := -1
	for _, want := range []string{
		"Tier 2 · identified · minor impact · told by our team · affects Search",
		`21 Nov 2026, 14:04 AEST</time></small><br><strong>Identified</strong>`, "in <em>new</em> documents",
		"<li>Saving works</li>", `href="https://example.org/lists"`,
		"written at <time", "<strong>search leaves out</strong>",
	} {
		next := strings.Index(content, want)
		if next <= at {
			t.Errorf("%q does not follow in %s", want, content)
		}
		at = next
	}
	over := feedOf(t, sampleTold(), atomPath).Items[2].Content
	holds(t, over, "What we learned", "A certificate had expired.", "Payroll opens again.")
}

// A feed names itself and the page, and where nothing new is said it is the
// same document at any time.
func TestAFeedNamesItselfAndChangesWithNewsAlone(t *testing.T) {
	in := sampleTold()
	doc := open(in, sampleNow).document(atomPath)
	for _, want := range []string{
		`<link href="https://status.example.org/history.atom" rel="self" type="application/atom+xml"></link>`,
		`<link href="https://status.example.org/" rel="alternate" type="text/html"></link>`,
		`<id>tag:status.example.org,2026:Feed/history</id>`,
	} {
		if strings.Count(string(doc.Body), want) != 1 {
			t.Errorf("%s stands there %d times", want, strings.Count(string(doc.Body), want))
		}
	}
	if doc.ContentType != typeAtom || doc.CSP != barePolicy {
		t.Errorf("%q under %q", doc.ContentType, doc.CSP)
	}
	for _, path := range []string{atomPath, rssPath} {
		first, later := open(in, sampleNow).document(path), open(in, sampleNow.Add(40*time.Minute)).document(path)
		if first.ETag != later.ETag {
			t.Errorf("%s has changed without news", path)
		}
	}
	for _, empty := range []Inputs{sampleGood(), newSample().in} {
		for _, path := range []string{atomPath, rssPath} {
			if feed := feedOf(t, empty, path); len(feed.Items) != 0 || feed.UpdatedParsed == nil {
				t.Errorf("%s without incidents: %d entries, updated %v", path, len(feed.Items), feed.UpdatedParsed)
			}
		}
	}
	for path, doc := range everyDocument(t, in) {
		if doc.ContentType != typeHTML {
			continue
		}
		head, rest, _ := strings.Cut(string(doc.Body), "</head>")
		_, footer, _ := strings.Cut(rest, "<footer>")
		for _, feed := range []string{atomPath, rssPath} {
			if !strings.Contains(head, `<link rel="alternate" type="application/`) || !strings.Contains(head, `href="`+feed+`"`) || !strings.Contains(footer, `href="`+feed+`"`) {
				t.Errorf("%s does not lead to %s", path, feed)
			}
		}
	}
}

func TestFeedsAreBounded(t *testing.T) {
	in := sampleGood()
	for i := range 80 {
		at := ago(3600 * (i + 1))
		in.Incidents = append(in.Incidents, uptime.Incident{
			ID: uptime.IncidentID(v2ID("incident", string(rune(i)))), Title: "T", Phase: uptime.Resolved, Impact: uptime.ImpactMinor,
			StartedAt: at, PublishedAt: at, ResolvedAt: at.Add(time.Minute),
		})
	}
	if n := len(feedOf(t, in, rssPath).Items); n != mostIncidents {
		t.Errorf("%d entries", n)
	}
}
