package commitment

import (
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func ago(d time.Duration) time.Time { return noon.Add(-d) }

func seen(id uptime.ComponentID, state uptime.State, since time.Duration) Seen {
	return Seen{ID: id, Name: "The " + string(id), State: state, Since: ago(since)}
}

func incident(change func(*uptime.Incident)) uptime.Incident {
	i := uptime.Incident{ID: "i", Title: "Outage", Components: []uptime.ComponentID{"api"}, StartedAt: ago(time.Hour), PublishedAt: ago(time.Hour)}
	if change != nil {
		change(&i)
	}
	return i
}

func running(change func(*uptime.Plan)) uptime.Plan {
	p := uptime.Plan{ID: "p", Kind: uptime.MaintenanceWork, Title: "Work", Phase: uptime.InProgress, Components: []uptime.ComponentID{"api"},
		PublishedAt: ago(99 * time.Hour), Revisions: []uptime.Revision{{From: ago(time.Hour), To: ago(-time.Hour)}}}
	if change != nil {
		change(&p)
	}
	return p
}

func update(change func(*uptime.Update)) uptime.Incident {
	u := uptime.Update{ID: "u", Phase: uptime.Resolved, At: ago(40 * time.Minute), WrittenAt: ago(30 * time.Minute), Author: "ada"}
	if change != nil {
		change(&u)
	}
	return incident(func(i *uptime.Incident) { i.Updates, i.ResolvedAt = []uptime.Update{u}, u.At })
}

func TestHonestyChecks(t *testing.T) {
	const none = ""
	minute := time.Minute
	down, up := seen("api", uptime.Down, 11*minute), seen("api", uptime.Up, 11*minute)
	for name, test := range map[string]struct {
		f    HonestyFacts
		want uptime.FindingCheck
	}{
		"down, and nobody says so":        {HonestyFacts{Components: []Seen{down}}, uptime.DownWithoutIncident},
		"down for ten minutes":            {HonestyFacts{Components: []Seen{seen("api", uptime.Down, 10*minute)}}, none},
		"down, and it is said":            {HonestyFacts{Components: []Seen{down}, Incidents: []uptime.Incident{incident(nil)}}, none},
		"down, said in a draft":           {HonestyFacts{Components: []Seen{down}, Incidents: []uptime.Incident{incident(func(i *uptime.Incident) { i.PublishedAt = time.Time{} })}}, uptime.DownWithoutIncident},
		"down, said of another":           {HonestyFacts{Components: []Seen{down}, Incidents: []uptime.Incident{incident(func(i *uptime.Incident) { i.Components = []uptime.ComponentID{"web"} })}}, uptime.DownWithoutIncident},
		"down, said of one that is over":  {HonestyFacts{Components: []Seen{down}, Incidents: []uptime.Incident{incident(func(i *uptime.Incident) { i.ResolvedAt = noon })}}, uptime.DownWithoutIncident},
		"down in work":                    {HonestyFacts{Components: []Seen{down}, Plans: []uptime.Plan{running(nil)}}, none},
		"down before work":                {HonestyFacts{Components: []Seen{down}, Plans: []uptime.Plan{running(func(p *uptime.Plan) { p.Phase = uptime.Scheduled })}}, uptime.DownWithoutIncident},
		"partial":                         {HonestyFacts{Components: []Seen{seen("api", uptime.Partial, time.Hour)}}, none},
		"open, and everything is up":      {HonestyFacts{Components: []Seen{up}, Incidents: []uptime.Incident{incident(nil)}}, uptime.IncidentWhileUp},
		"open, and up since just now":     {HonestyFacts{Components: []Seen{seen("api", uptime.Up, 10*minute)}, Incidents: []uptime.Incident{incident(nil)}}, none},
		"open since just now, and all up": {HonestyFacts{Components: []Seen{up}, Incidents: []uptime.Incident{incident(func(i *uptime.Incident) { i.StartedAt = ago(minute) })}}, none},
		"open, and one is not known":      {HonestyFacts{Components: []Seen{seen("api", uptime.Unknown, time.Hour)}, Incidents: []uptime.Incident{incident(nil)}}, none},
		"open, and one has left":          {HonestyFacts{Components: []Seen{up}, Incidents: []uptime.Incident{incident(func(i *uptime.Incident) { i.Components = append(i.Components, "gone") })}}, none},
		"open, about no component":        {HonestyFacts{Components: []Seen{up}, Incidents: []uptime.Incident{incident(func(i *uptime.Incident) { i.Components = nil })}}, none},
		"work within its window":          {HonestyFacts{Plans: []uptime.Plan{running(nil)}}, none},
		"work past its end":               {HonestyFacts{Plans: []uptime.Plan{running(func(p *uptime.Plan) { p.Revisions[0].To = ago(minute) })}}, uptime.PlanPastEnd},
		"work at its end":                 {HonestyFacts{Plans: []uptime.Plan{running(func(p *uptime.Plan) { p.Revisions[0].To = noon })}}, none},
		"work that is done":               {HonestyFacts{Plans: []uptime.Plan{running(func(p *uptime.Plan) { p.Revisions[0].To, p.Phase = ago(minute), uptime.Completed })}}, none},
		"told from an old look":           {HonestyFacts{Told: []Told{{"page", "the page", ago(121 * time.Second), minute}}}, uptime.PageTooOld},
		"told from the look before":       {HonestyFacts{Told: []Told{{"page", "the page", ago(120 * time.Second), minute}}}, none},
		"a promise with a figure":         {HonestyFacts{Standings: []uptime.Standing{{Verdict: uptime.Met}}}, none},
		"a promise with a reason":         {HonestyFacts{Standings: []uptime.Standing{{Verdict: uptime.NotMeasured, Why: "a mission"}}}, none},
		"a promise with neither":          {HonestyFacts{Standings: []uptime.Standing{{Verdict: uptime.NotMeasured}}}, uptime.PromiseUnexplained},
		"a promise without a verdict":     {HonestyFacts{Standings: []uptime.Standing{{}}}, uptime.PromiseUnexplained},
		"an end that is told afterwards":  {HonestyFacts{Incidents: []uptime.Incident{update(nil)}}, uptime.TimesAmended},
		"an end that is told at once":     {HonestyFacts{Incidents: []uptime.Incident{update(func(u *uptime.Update) { u.At = u.WrittenAt.Add(-59 * time.Second) })}}, none},
		"an end that a monitor backdates": {HonestyFacts{Incidents: []uptime.Incident{update(func(u *uptime.Update) { u.Automatic = true })}}, none},
		"a start that is told at opening": {HonestyFacts{Incidents: []uptime.Incident{update(func(u *uptime.Update) { u.WrittenAt, u.At = ago(time.Hour), ago(2*time.Hour) })}}, none},
		"what was amended long ago": {HonestyFacts{Incidents: []uptime.Incident{incident(func(i *uptime.Incident) {
			i.ResolvedAt, i.PublishedAt = ago(time.Hour), ago(4000*time.Hour)
			i.Updates = []uptime.Update{{At: ago(3000 * time.Hour), WrittenAt: ago(2999 * time.Hour)}}
		})}}, none},
		"a verdict that comes out again":   {HonestyFacts{Published: []Published{{Verdict: uptime.Met, Again: uptime.Met}}}, none},
		"a verdict that comes out another": {HonestyFacts{Published: []Published{{"P10", "2026-10", uptime.Met, uptime.Breached, ago(time.Hour)}}}, uptime.VerdictDiffers},
	} {
		test.f.Began = ago(9999 * time.Hour)
		found := Findings(test.f, noon)
		switch {
		case test.want == none && len(found) > 0:
			t.Errorf("%s: found %+v", name, found)
		case test.want == none:
		case len(found) != 1 || found[0].Check != test.want:
			t.Errorf("%s: found %+v", name, found)
		case found[0].Since.IsZero() || found[0].Since.After(noon) || !strings.HasSuffix(found[0].Text, "."):
			t.Errorf("%s: %+v", name, found[0])
		}
	}
}

func TestFindingsAreInTheOrderOfTheChecks(t *testing.T) {
	f := HonestyFacts{
		Published:  []Published{{"P10", "2026-10", uptime.Met, uptime.Breached, ago(time.Hour)}},
		Components: []Seen{seen("web", uptime.Down, time.Hour), seen("api", uptime.Down, time.Hour)},
		Incidents:  []uptime.Incident{update(nil)}, Authors: map[string]string{"ada": "Ada"},
	}
	var got []string
	found := Findings(f, noon)
	for _, finding := range found {
		got = append(got, string(finding.Check)+":"+finding.Subject)
	}
	if want := "down_without_incident:api down_without_incident:web times_amended:i verdict_differs:P10"; strings.Join(got, " ") != want {
		t.Errorf("%v", got)
	}
	if want := "“Outage”: the end is dated 11:20 UTC on 20 November 2026, and was written down by Ada 10 min later."; found[2].Text != want {
		t.Errorf("%s", found[2].Text)
	}
	if !found[0].Since.Equal(ago(50 * time.Minute)) {
		t.Errorf("since %v", found[0].Since)
	}
}
