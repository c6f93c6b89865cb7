package golden

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Tests named after a row of the documents show what the row promises; see
// docs/coverage.md. These run the vectors that say what it comes to.

// holds runs vectors of a family: those named, or all of them.
func holds(t *testing.T, family string, ids ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", family+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var content file
	if err := decode(text, &content); err != nil {
		t.Fatal(err)
	}
	if len(ids) == 0 {
		for _, v := range content.Vectors {
			ids = append(ids, v.ID)
		}
	}
	for _, id := range ids {
		i := slices.IndexFunc(content.Vectors, func(v vector) bool { return v.ID == id })
		if i < 0 {
			t.Errorf("%s has no vector %s", family, id)
			continue
		}
		s := score{}
		if s.take(family, content.Vectors[i]); s.passed != 1 {
			t.Errorf("%s, %s: %s", id, content.Vectors[i].Title, strings.Join(s.failures, "; "))
		}
	}
}

func TestE6WhatIsThereAndWhatIsNotComesToTheFigure(t *testing.T) {
	holds(t, "availability", "av-01", "av-02")
}

func TestE7WorkWithinTheForbiddenHoursCounts(t *testing.T) {
	holds(t, "maintenance", "mx-04", "mx-09", "mx-10")
}

func TestE8WhoWasToldLateIsCounted(t *testing.T) {
	holds(t, "notice", "nt-04")
	holds(t, "maintenance", "mx-02", "mx-03")
}

func TestP9WorkThatIsPlannedIsJudgedByTheHours(t *testing.T) { holds(t, "maintenance") }

func TestP10FigureBudgetAndVerdict(t *testing.T) {
	for _, family := range []string{"availability", "budget", "verdict"} {
		holds(t, family)
	}
}

func TestP12DaysWithAndWithoutACopy(t *testing.T) { holds(t, "backup") }

func TestP23WhatIsAnnouncedAWeekAhead(t *testing.T) { holds(t, "notice") }
