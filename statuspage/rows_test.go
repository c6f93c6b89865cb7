package statuspage

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"
)

// Tests named after a row of the documents show what the row promises; see
// docs/coverage.md.

// A release that was announced stands in both feeds, with its day.
func TestP21TheFeedsListReleases(t *testing.T) {
	b := open(samplePlanned(), sampleNow)
	for _, path := range []string{atomPath, rssPath} {
		feed, err := gofeed.NewParser().Parse(bytes.NewReader(b.document(path).Body))
		if err != nil {
			t.Fatal(err)
		}
		releases := 0
		for _, item := range feed.Items {
			if strings.HasPrefix(item.Title, "Release: ") {
				releases++
				if item.Title != "Release: Version 5" || !strings.HasSuffix(item.Link, "/changes/"+string(planRelease)) || !strings.Contains(item.Content+item.Description, "11 Dec 2026") {
					t.Errorf("%s: %q, %q, %q", path, item.Title, item.Link, item.Content+item.Description)
				}
			}
		}
		if releases != 1 {
			t.Errorf("%s lists %d releases", path, releases)
		}
	}
}

// Each application is a service with a report of its own: what was down of one is
// not in that of another.
func TestI3EachApplicationHasAReportOfItsOwn(t *testing.T) {
	b := open(sampleBad(), sampleNow)
	home := string(b.homeDocument().Body)
	down := map[string]string{"platform": "part-0 part-1", "surveys": "part-2", "search": "part-6"}
	seen := map[string]string{}
	for _, s := range b.in.Catalogue.Services {
		id := string(s.ID)
		if !strings.Contains(home, `href="/services/`+id+`"`) {
			t.Errorf("the page does not lead to %s", id)
		}
		if page := readText(t, b.document("/services/"+id)); !strings.Contains(page, s.Name) {
			t.Errorf("%s has no report: %s", id, page)
		}
		var report struct {
			ID         string
			Target     string `json:"target_pct"`
			Periods    []struct{ Seconds struct{ Down string } }
			Components []struct{ ID string }
		}
		if err := json.Unmarshal(b.document("/services/"+id+".json").Body, &report); err != nil {
			t.Fatal(err)
		}
		var parts []string
		for _, c := range report.Components {
			parts = append(parts, c.ID)
		}
		if report.ID != id || report.Target != s.Target.String() || strings.Join(parts, " ") != down[id] {
			t.Errorf("%s reports %s of %v, target %s", id, report.ID, parts, report.Target)
		}
		seen[id] = report.Periods[0].Seconds.Down
	}
	if seen["platform"] != "2586" || seen["surveys"] != "0" || seen["search"] != "0" {
		t.Errorf("down in seconds: %v", seen)
	}
}
