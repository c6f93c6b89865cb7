package statuspage

import (
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// told is what a page tells of the sample's incidents, without its markup's
// white space.
func told(t *testing.T, in Inputs, path string) string {
	t.Helper()
	doc, err := (&world{in: in}).publisher(atSample).Document(t.Context(), path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return flat(doc.Body)
}

func holds(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not tell %q", want)
		}
	}
}

func TestAnIncidentIsToldInPeoplesWords(t *testing.T) {
	page := told(t, sampleTold(), "/incidents/slowsearch01")
	holds(t, page,
		"Tier 2 · identified · minor impact · told by our team",
		"<strong>search leaves out</strong>", "<li>Saving works</li>", `href="https://example.org/lists"`,
		`affects <a href="/components/part-2">Search</a>`,
		`Not affected: <a href="/components/part-0">Sign-in</a>`,
		`Next update by <time datetime="2026-11-21T04:30:16Z">14:30 AEST</time>`,
		`written down at <time datetime="2026-11-21T03:14:16Z">13:14 AEST</time>`, // it began at 12:44
		`Written at <time datetime="2026-11-21T03:15:16Z">13:15 AEST</time>`,
		`Promised by <time datetime="2026-11-21T03:30:16Z">13:30 AEST</time>, came <time datetime="2026-11-21T03:52:16Z">13:52 AEST</time>`,
		`amended <time datetime="2026-11-21T04:09:16Z">14:09 AEST</time></summary>`, "The index is <strong>lost</strong>.",
		"Search</a> degraded from 12:44 AEST, 1 hour 30 minutes so far",
		"Search</a> up", // what was measured
	)
	if strings.Count(page, "Written at") != 1 || strings.Count(page, "Promised by") != 1 || strings.Contains(page, "has not come") {
		t.Error("more is dated back or late than was")
	}
	if strings.Index(page, "The index stopped") > strings.Index(page, "Still at it.") {
		t.Error("the newest update does not come first")
	}
}

// A monitor's words are text: they were never meant as Markdown.
func TestAutomaticWordsAreNoMarkdown(t *testing.T) {
	in := sampleBad()
	in.Incidents[0].Updates[0].Body = "The answer was **503**.\nIt is <b>tried</b> again."
	page := told(t, in, "/incidents/k3v9x2m7q1ab")
	holds(t, page, "The answer was **503**. It is &lt;b&gt;tried&lt;/b&gt; again.", "Investigating (automatic).", "found by our checks")
}

// The promise of the next word is kept, open, or plainly not kept.
func TestAPromisedUpdateThatDidNotComeIsToldPlainly(t *testing.T) {
	for path, pages := range map[string]string{"home": "/", "own": "/incidents/slowsearch01", "day": "/days/2026-11-21"} {
		in := sampleTold()
		in.Incidents[0].Updates[2].NextBy = sampleNow.Add(-4 * time.Minute)
		page := told(t, in, pages)
		if !strings.Contains(page, `The update promised by <time datetime="2026-11-21T04:10:16Z">14:10 AEST</time> has not come.`) {
			t.Errorf("%s: a missed promise is not told", path)
		}
		if strings.Contains(page, "Next update by") {
			t.Errorf("%s: a missed promise is told as if it were still to be kept", path)
		}
		in.Incidents[0].Updates[2].NextBy = time.Time{}
		if page := told(t, in, pages); strings.Contains(page, "Next update by") || strings.Contains(page, "has not come") {
			t.Errorf("%s: a promise is told that nobody made", path)
		}
	}
	if page := told(t, sampleTold(), "/incidents/payroll00002"); strings.Contains(page, "Next update") {
		t.Error("an incident that is over promises an update")
	}
}

func TestWhatWasLearnedIsToldOnceAndLinked(t *testing.T) {
	in := sampleTold()
	own := told(t, in, "/incidents/payroll00002")
	holds(t, own, `<section id="review">`, "What changes</h4>", "<li>It is renewed by itself.</li>", "published <time",
		`<b>Postmortem.</b> <a href="/incidents/payroll00002#review">What we learned</a>`)
	if strings.Count(own, "A certificate had expired.") != 1 {
		t.Error("what was learned is not told exactly once")
	}
	for _, path := range []string{"/", "/history"} {
		holds(t, told(t, in, path), `<a href="/incidents/payroll00002#review">what we learned</a>`)
	}
	waived := told(t, in, "/incidents/falsealarm03")
	holds(t, waived, "No review was written: The monitor was wrong, and its check was mended.",
		"false alarm", "<b>False alarm.</b>", "Nothing of it changes any more: closed <time")
	in.Incidents[1].Postmortem.PublishedAt = time.Time{}
	if page := told(t, in, "/incidents/payroll00002"); strings.Contains(page, `id="review"`) {
		t.Error("a review that is not published is told")
	}
}

// Where people wrote at the time that they speak of, nothing is dated back.
func TestOnlyWhatWasDatedBackIsCalledSo(t *testing.T) {
	in := sampleTold()
	in.Incidents[0].CreatedAt = in.Incidents[0].StartedAt.Add(59 * time.Second)
	for i := range in.Incidents[0].Updates {
		in.Incidents[0].Updates[i].WrittenAt = in.Incidents[0].Updates[i].At
	}
	if page := told(t, in, "/incidents/slowsearch01"); strings.Contains(page, "ritten at") || strings.Contains(page, "written down") {
		t.Error("something is called dated back that was not")
	}
}

// The top of the page never says that all is well while people tell of
// something that hurts.
func TestHeadlineOfAnIncidentThatNoCheckSees(t *testing.T) {
	people := func(impact uptime.Impact, phase uptime.IncidentPhase, components ...uptime.ComponentID) uptime.Incident {
		return uptime.Incident{ID: "people", Title: "Invoices are late.", Impact: impact, Phase: phase, Components: components,
			StartedAt: ago(720), CreatedAt: ago(700), PublishedAt: ago(700)}
	}
	automatic := people(uptime.ImpactMajor, uptime.Investigating, "gone")
	automatic.Automatic = true
	tests := map[string]struct {
		in        Inputs
		incidents []uptime.Incident
		class     string
		text      string
		indicator string
	}{
		"of no component":    {sampleGood(), []uptime.Incident{people(uptime.ImpactMinor, uptime.Investigating)}, "deg", "Incident: Invoices are late.", "minor"},
		"major":              {sampleGood(), []uptime.Incident{people(uptime.ImpactMajor, uptime.Identified, "part-1")}, "part", "Incident: Invoices are late.", "major"},
		"critical":           {sampleGood(), []uptime.Incident{people(uptime.ImpactCritical, uptime.Identified, "part-1")}, "down", "Incident: Invoices are late.", "critical"},
		"watched":            {sampleGood(), []uptime.Incident{people(uptime.ImpactMinor, uptime.Monitoring, "part-1")}, "deg", "Incident: Invoices are late; we are watching whether it is over.", "minor"},
		"a note":             {sampleGood(), []uptime.Incident{people(uptime.ImpactNone, uptime.Investigating, "part-1")}, "up", "Everything works.", "none"},
		"gravest first":      {sampleGood(), []uptime.Incident{people(uptime.ImpactMinor, uptime.Monitoring), people(uptime.ImpactMajor, uptime.Identified)}, "part", "Incident: Invoices are late.", "major"},
		"of what is gone":    {sampleGood(), []uptime.Incident{automatic}, "part", "Incident: Invoices are late.", "major"},
		"less than measured": {sampleBad(), []uptime.Incident{people(uptime.ImpactMajor, uptime.Identified)}, "down", "Payroll is down.", "critical"},
		"nothing is watched": {newSample().in, []uptime.Incident{people(uptime.ImpactMinor, uptime.Identified)}, "deg", "Incident: Invoices are late.", "minor"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.in.Incidents = test.incidents
			b := open(test.in, sampleNow)
			h := b.headline()
			if h.Class != test.class || h.Text != test.text {
				t.Errorf("%s: %q, want %s: %q", h.Class, h.Text, test.class, test.text)
			}
			if got := b.v2Status(); got.Indicator != test.indicator && name != "less than measured" {
				t.Errorf("indicator %q (%s), want %q", got.Indicator, got.Description, test.indicator)
			}
			if strings.HasPrefix(h.Text, "Incident") && (h.Sub[0].When == nil || !strings.Contains(h.Sub[0].After, "12 minutes")) {
				t.Errorf("it does not tell since when: %+v", h.Sub)
			}
		})
	}
	in := sampleGood()
	in.Incidents = []uptime.Incident{people(uptime.ImpactMinor, uptime.Identified, "part-1"), people(uptime.ImpactMajor, uptime.Identified)}
	if h := open(in, sampleNow).headline(); len(h.Sub) != 2 || h.Sub[1].Before != "1 more incident is open." {
		t.Errorf("the other incident is not mentioned: %+v", h.Sub)
	}
}

// What people say of a component is its state, in the headline too.
func TestHeadlineOfAStatedComponent(t *testing.T) {
	if h := open(sampleTold(), sampleNow).headline(); h.Class != "deg" || h.Text != "Search is degraded." || h.Still != "Sign-in and Payroll." {
		t.Errorf("%+v", h)
	}
}
