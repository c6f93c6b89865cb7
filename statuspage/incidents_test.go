package statuspage

import (
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// An incident of a component that was removed still says what it was about.
func TestAnIncidentOutlivesItsComponent(t *testing.T) {
	in := sampleBad()
	in.Incidents[0].Components = []uptime.ComponentID{"part-1", "gone"}
	page := string(everyDocument(t, in)["/incidents/k3v9x2m7q1ab"].Body)
	if !strings.Contains(page, `>Payroll</a>`) || !strings.Contains(page, ` gone</p>`) || strings.Contains(page, "/components/gone") {
		t.Error("the removed component is not named")
	}
	if page := string(open(in, sampleNow).notFound().Body); !strings.Contains(page, "not watched any more") {
		t.Error("the page of what is gone does not say that it may be")
	}
}

// Who wrote a word stands in brackets behind its phase.
func TestAnAutomaticUpdateIsMarked(t *testing.T) {
	u := open(sampleBad(), sampleNow).update(uptime.Update{Phase: uptime.Monitoring, Automatic: true, At: sampleNow})
	if got := u.Phase + u.By; got != "Monitoring (automatic)" {
		t.Errorf("%q", got)
	}
}

// The method says how times are rounded, and so do the pages.
func TestTheMethodTellsHowTimesAreRounded(t *testing.T) {
	if page := string(open(sampleBad(), sampleNow).document("/method").Body); !strings.Contains(page, "Times that were not good are rounded up") {
		t.Error("the method does not say it")
	}
}

// A long incident does not fill the home page; its own page tells all of it.
func TestTheHomePageTellsTheNewestUpdatesOnly(t *testing.T) {
	in := sampleBad()
	in.Incidents[0].Updates = nil
	for i, word := range []string{"first", "second", "third", "fourth", "fifth"} {
		in.Incidents[0].Updates = append(in.Incidents[0].Updates, uptime.Update{
			ID: word, Phase: uptime.Investigating, At: sampleNow.Add(time.Duration(i-9) * time.Minute), Body: "The " + word + " word.",
		})
	}
	docs := everyDocument(t, in)
	for path, earlier := range map[string]bool{"/": true, "/days/2026-11-21": true, "/incidents/k3v9x2m7q1ab": false} {
		page := string(docs[path].Body)
		for word, shown := range map[string]bool{"The fifth word": true, "The third word": true, "The second word": !earlier, "The first word": !earlier, ">2 earlier updates<": earlier} {
			if strings.Contains(page, word) != shown {
				t.Errorf("%s: %q shown: %t, want %t", path, word, !shown, shown)
			}
		}
	}
	in.Incidents[0].Updates = in.Incidents[0].Updates[:3]
	if page := string(Render(Build(in, sampleNow))); strings.Contains(page, "earlier update") {
		t.Error("three updates are all that there are")
	}
}
