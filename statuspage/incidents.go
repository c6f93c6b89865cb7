package statuspage

import (
	"fmt"
	"strings"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// incident is one incident as the public reads it.
func (b *book) incident(inc uptime.Incident) Incident {
	end := inc.ResolvedAt
	view := Incident{
		Path:       "/incidents/" + string(inc.ID),
		Title:      inc.Title,
		Tier:       fmt.Sprintf("Tier %d", inc.Tier),
		Impact:     string(inc.Impact),
		ImpactWord: impactWord(inc.Impact),
		Phase:      string(inc.Phase),
		Started:    b.clock.brief(inc.StartedAt),
		Detected:   b.clock.exact(inc.DetectedAt),
		Components: b.affected(inc.Components),
	}
	if inc.Open() {
		end = b.now
	} else {
		stamp := b.clock.brief(inc.ResolvedAt)
		view.Resolved = &stamp
	}
	view.Duration = lasted(end.Sub(inc.StartedAt))
	if inc.Open() {
		view.Duration += " so far"
	}
	for i := len(inc.Updates) - 1; i >= 0; i-- {
		view.Updates = append(view.Updates, b.update(inc.Updates[i]))
	}
	return view
}

// affected are the components of an incident. One that is not watched any more
// has no page and no name left, so its id stands in.
func (b *book) affected(ids []uptime.ComponentID) []Link {
	out := make([]Link, 0, len(ids))
	for _, id := range ids {
		link := Link{Text: string(id)}
		if c, known := b.component(id); known {
			link = componentLink(c)
		}
		out = append(out, link)
	}
	return out
}

func (b *book) update(u uptime.Update) Update {
	view := Update{At: b.clock.brief(u.At), Phase: capital(string(u.Phase)), Body: u.Body}
	if u.Automatic {
		view.By = " (automatic)"
	}
	return view
}

// fewUpdates is how much of an incident a page tells that is not its own.
const fewUpdates = 3

// shortIncident is an incident with its newest updates.
func (b *book) shortIncident(inc uptime.Incident) Incident {
	view := b.incident(inc)
	if more := len(view.Updates) - fewUpdates; more > 0 {
		view.Updates, view.Earlier = view.Updates[:fewUpdates], count(more, "earlier update")
	}
	return view
}

// incidentPage is an incident with what was measured while it lasted.
func (b *book) incidentPage(inc uptime.Incident) IncidentPage {
	p := IncidentPage{Frame: b.frame(inc.Title), Incident: b.incident(inc)}
	p.Incident.Started = b.clock.exact(inc.StartedAt)
	span := calendar.Span{From: inc.StartedAt, To: inc.ResolvedAt}
	if inc.Open() {
		span.To = b.now
	} else {
		stamp := b.clock.exact(inc.ResolvedAt)
		p.Incident.Resolved = &stamp
	}
	for _, id := range inc.Components {
		c, known := b.component(id)
		if !known || span.From.Before(b.ledger.span.From) {
			continue
		}
		spent := spentIn(b.ledger.components[id], span)
		p.Incident.Counted = append(p.Incident.Counted, Count{componentLink(c), barWords(spent)})
	}
	return p
}

// overlaps tells whether an incident lasted during the span.
func overlaps(inc uptime.Incident, span calendar.Span) bool {
	return inc.StartedAt.Before(span.To) && (inc.Open() || inc.ResolvedAt.After(span.From))
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

func lowerFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}
