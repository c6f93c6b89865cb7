package statuspage

import (
	"context"

	"github.com/upheld/upheld/internal/uptime"
)

// honestyPath is the page of the points in which this page and what is known
// differ.
const honestyPath = "/honesty"

// Findings are the points in which the page and what is known differ, by the
// newest edition.
func (p *Publisher) Findings() []uptime.Finding {
	return p.current(context.Background()).book.findings()
}

// honest counts the open findings; that there are none is said too.
func (b *book) honest() Honest {
	if n := len(b.findings()); n > 0 {
		return Honest{Text: uptime.Count(n, "open finding"), Class: "risk"}
	}
	return Honest{Text: "no open findings"}
}

// honestyPage lists them.
func (b *book) honestyPage() HonestyPage {
	v := HonestyPage{Frame: b.frame("Open findings")}
	v.JSON = Link{honestyPath + ".json", "the same as JSON"}
	for _, f := range b.findings() {
		row := FindingRow{Text: isolate(f.Text), About: b.subject(f), Check: checkWords(f.Check)}
		if !f.Since.IsZero() {
			row.Since = b.clock.brief(f.Since)
		}
		v.Findings = append(v.Findings, row)
	}
	for _, check := range findingChecks {
		v.Checks = append(v.Checks, checkWords(check))
	}
	return v
}

var findingChecks = [...]uptime.FindingCheck{
	uptime.DownWithoutIncident, uptime.IncidentWhileUp, uptime.PlanPastEnd, uptime.PageTooOld,
	uptime.PromiseUnexplained, uptime.TimesAmended, uptime.VerdictDiffers,
}

// checkWords say what a check looks for.
func checkWords(check uptime.FindingCheck) string {
	switch check {
	case uptime.DownWithoutIncident:
		return "a component is down for ten minutes, and no incident is public"
	case uptime.IncidentWhileUp:
		return "an incident is open, and all of its components are up"
	case uptime.PlanPastEnd:
		return "maintenance is still in progress after its window"
	case uptime.PageTooOld:
		return "what a page tells is older than two intervals"
	case uptime.PromiseUnexplained:
		return "a promise has neither a measure nor evidence nor a reason"
	case uptime.TimesAmended:
		return "the times of an incident were changed afterwards"
	case uptime.VerdictDiffers:
		return "a verdict that was published is another when it is worked out again"
	}
	return isolate(string(check))
}

// subject is what a finding is about, as far as the page knows it.
func (b *book) subject(f uptime.Finding) Link {
	text := isolate(f.Subject)
	if c, known := b.component(uptime.ComponentID(f.Subject)); known {
		return componentLink(c)
	}
	for _, inc := range b.in.Incidents {
		if string(inc.ID) == f.Subject {
			return Link{incidentAddress(inc.ID), isolate(inc.Title)}
		}
	}
	for _, p := range b.in.Plans {
		if string(p.ID) == f.Subject {
			return b.planLink(p)
		}
	}
	for _, c := range b.in.Catalogue.Commitments(b.now) {
		if string(c.ID) == f.Subject {
			return Link{commitmentPath(c.ID), text}
		}
	}
	return Link{"", text}
}

// jsonFinding is a finding as JSON.
type jsonFinding struct {
	Check   string `json:"check"`
	Subject string `json:"subject"`
	Since   string `json:"since,omitempty"`
	Text    string `json:"text"`
}

func (b *book) honestyJSON() any {
	out := struct {
		AsOf     string        `json:"as_of"`
		Open     int           `json:"open"`
		Findings []jsonFinding `json:"findings"`
	}{AsOf: instant(b.now), Findings: []jsonFinding{}}
	for _, f := range b.findings() {
		out.Findings = append(out.Findings, jsonFinding{string(f.Check), f.Subject, instant(f.Since), f.Text})
	}
	out.Open = len(out.Findings)
	return out
}
