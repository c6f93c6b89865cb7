package statuspage

import (
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func TestHeadline(t *testing.T) {
	const (
		up, slow, part_, down = uptime.Up, uptime.Degraded, uptime.Partial, uptime.Down
		work, dark            = uptime.Maintenance, uptime.Unknown
	)
	tests := map[string]struct {
		states            []uptime.State // of A, B, C …
		text, also, still string
	}{
		"nothing configured":  {nil, "Nothing is watched yet.", "", ""},
		"one up":              {states(up), "A works.", "", ""},
		"all up":              {states(up, up, up), "Everything works.", "", ""},
		"one of one down":     {states(down), "A is down.", "", ""},
		"one down":            {states(up, down, up), "B is down.", "", "A and C."},
		"two down":            {states(down, down, up), "2 components are down.", "A and B are down.", "C."},
		"all down":            {states(down, down), "All 2 components are down.", "", ""},
		"one partly":          {states(part_, up), "A is partly down.", "", "B."},
		"two degraded":        {states(slow, slow, up), "2 components are degraded.", "A and B are degraded.", "C."},
		"mixed: worst word":   {states(slow, down, up), "B is down.", "A is degraded.", "C."},
		"down beats dark":     {states(dark, down), "B is down.", "A is not observed.", ""},
		"maintenance only":    {states(work, up, up), "Maintenance in progress on A; everything else works.", "", "B and C."},
		"maintenance, dark":   {states(work, up, dark), "Maintenance in progress on A.", "C is not observed.", "B."},
		"slow hides no work":  {states(work, slow), "B is degraded.", "A is under maintenance.", ""},
		"one dark":            {states(up, dark), "B is not observed.", "", "A."},
		"two dark":            {states(up, dark, dark), "2 components are not observed.", "B and C are not observed.", "A."},
		"all dark":            {states(dark, dark), "We cannot see any component at the moment.", "", ""},
		"the only one dark":   {states(dark), "We cannot see A at the moment.", "", ""},
		"many up beside down": {states(down, up, up, up, up, up, up, up), "A is down.", "", "B, C, D, E, F and 2 more."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var parts []part
			for i, s := range test.states {
				parts = append(parts, part{name: string(rune('A' + i)), state: s, checked: sampleNow})
			}
			state, text := sentence(parts)
			if text != test.text {
				t.Errorf("headline %q, want %q", text, test.text)
			}
			if got := also(parts, state); got != test.also {
				t.Errorf("also %q, want %q", got, test.also)
			}
			if got := still(parts, state); got != test.still {
				t.Errorf("still %q, want %q", got, test.still)
			}
		})
	}
}

func states(s ...uptime.State) []uptime.State { return s }

// A component whose incident is not over is never told as if nothing had been.
func TestHeadlineDuringAnOpenIncident(t *testing.T) {
	const up, down = uptime.Up, uptime.Down
	tests := map[string]struct {
		states            []uptime.State
		phases            []uptime.IncidentPhase
		text, also, still string
	}{
		"watched":          {states(up, up), phases("monitoring", ""), "Everything works again; we are watching A.", "", ""},
		"two watched":      {states(up, up, up), phases("monitoring", "", "monitoring"), "Everything works again; we are watching A and C.", "", ""},
		"the only one":     {states(up), phases("monitoring"), "A works again; we are watching it.", "", ""},
		"still identified": {states(up, up), phases("monitoring", "identified"), "Everything works by our checks; an incident on B is still open.", "", ""},
		"beside an outage": {states(up, down, up), phases("monitoring", "identified", ""), "B is down.", "A works again; we are watching.", "C."},
		"open, and another down": {states(up, down), phases("identified", ""), "B is down.",
			"A works by our checks; the incident is still open.", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var parts []part
			for i, s := range test.states {
				parts = append(parts, part{name: string(rune('A' + i)), state: s, checked: sampleNow, phase: test.phases[i]})
			}
			state, text := sentence(parts)
			if got := [3]string{text, also(parts, state), still(parts, state)}; got != [3]string{test.text, test.also, test.still} {
				t.Errorf("%q", got)
			}
		})
	}
	in := sampleGood()
	in.Incidents = sampleBad().Incidents[:1]
	in.Incidents[0].Phase = uptime.Monitoring
	if got := Build(in, sampleNow).Headline.Text; got != "Everything works again; we are watching Payroll." {
		t.Errorf("%q", got)
	}
}

func phases(p ...uptime.IncidentPhase) []uptime.IncidentPhase { return p }

func TestHeadlineBeforeTheFirstLook(t *testing.T) {
	state, text := sentence([]part{{name: "A"}, {name: "B"}})
	if state != uptime.Unknown || text != "Nothing has been observed yet." {
		t.Errorf("%s %q", state, text)
	}
}

func TestHeadlineTellsSinceWhenAndHowOld(t *testing.T) {
	h := Build(sampleBad(), sampleNow).Headline
	if h.Class != "down" || h.Text != "Payroll is down." {
		t.Errorf("headline %+v", h)
	}
	first := h.Sub[0]
	if first.When == nil || first.When.Text != "14:02 AEST" || first.After != ", 12 minutes 6 seconds. Checked 8 seconds ago from 1 place." {
		t.Errorf("since: %+v", first)
	}
	good := Build(sampleGood(), sampleNow).Headline.Sub[0]
	if want := "Checked 8 seconds ago from 1 place. No downtime seen for 22 days 23 hours."; good.After != want {
		t.Errorf("%q, want %q", good.After, want)
	}
}

// One component that nobody looks at does not make the page look old.
func TestHeadlineOfOneUnobservedComponentTellsWhoIsMeant(t *testing.T) {
	for name, test := range map[string]struct {
		checked time.Time
		want    string
	}{
		"never": {time.Time{}, "Checked 8 seconds ago from 1 place. Payroll has not been checked yet."},
		"once":  {sampleNow.Add(-4 * time.Minute), "Checked 8 seconds ago from 1 place. Payroll was last checked 4 minutes ago."},
	} {
		t.Run(name, func(t *testing.T) {
			in := sampleGood()
			in.Healths[1].Checked, in.Healths[1].Expires = test.checked, test.checked.Add(time.Minute)
			h := Build(in, sampleNow).Headline
			if h.Text != "Payroll is not observed." || h.Sub[0].After != test.want {
				t.Errorf("%q %q, want %q", h.Text, h.Sub[0].After, test.want)
			}
		})
	}
}

// Nothing that is stale may be told as up, whatever the record says.
func TestExpiredBeliefIsUnknown(t *testing.T) {
	in := sampleGood()
	later := sampleNow.Add(43 * time.Second) // one second after the last belief expired
	v := Build(in, later)
	if v.Headline.Class != "unk" {
		t.Errorf("headline %+v", v.Headline)
	}
	if got := v.Headline.Sub[0].After; got != "Last checked 51 seconds ago." {
		t.Errorf("age %q", got)
	}
	for _, g := range v.Groups {
		for _, c := range g.Components {
			if c.Class != "unk" {
				t.Errorf("%s is shown as %q", c.Name, c.Word)
			}
		}
	}
	for _, p := range v.Promises {
		if p.Class != "unk" {
			t.Errorf("service %s is shown as %q", p.Name, p.Word)
		}
	}
	for path, answer := range open(in, later).apiV2() {
		if answer.Components == nil {
			continue
		}
		for _, c := range *answer.Components {
			if c.Status == "operational" {
				t.Errorf("%s: %s is operational", path, c.Name)
			}
		}
	}
	if !strings.Contains(string(Render(v)), "Not observed") {
		t.Error("the page does not say so")
	}
}
