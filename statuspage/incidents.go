package statuspage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// incident is one incident as the public reads it.
func (b *book) incident(inc uptime.Incident) Incident {
	end := inc.ResolvedAt
	view := Incident{
		Path:       incidentAddress(inc.ID),
		Title:      isolate(inc.Title),
		Tags:       tags(inc),
		Impact:     string(inc.Impact),
		Started:    b.clock.brief(inc.StartedAt),
		Components: b.affected(inc.Components),
		Unaffected: b.affected(inc.Unaffected),
		Next:       b.promised(inc),
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
	if !inc.Automatic {
		view.Written = b.written(inc.StartedAt, inc.CreatedAt)
	}
	if !inc.Postmortem.PublishedAt.IsZero() {
		view.Review = &Link{view.Path + "#review", "What we learned"}
	}
	view.Updates = b.updates(inc)
	return view
}

func incidentAddress(id uptime.IncidentID) string { return "/incidents/" + string(id) }

// tags are what an incident is, in a line.
func tags(inc uptime.Incident) string {
	words := []string{phaseWord(inc.Phase), impactWord(inc.Impact)}
	if inc.Tier > 0 {
		words = slices.Insert(words, 0, fmt.Sprintf("Tier %d", inc.Tier))
	}
	switch {
	case inc.OfAlerts():
		words = append(words, "found by our alerting")
	case inc.Automatic:
		words = append(words, "found by our checks")
	default:
		words = append(words, "told by our team")
	}
	return strings.Join(words, sep)
}

// affected are the components of an incident. One that is not watched any more
// has no page and no name left, so its id stands in.
func (b *book) affected(ids []uptime.ComponentID) []Link {
	out := make([]Link, 0, len(ids))
	for _, id := range ids {
		link := Link{Text: isolate(string(id))}
		if c, known := b.component(id); known {
			link = componentLink(c)
		}
		out = append(out, link)
	}
	return out
}

// promised is the next word that is promised while an incident lasts.
func (b *book) promised(inc uptime.Incident) *Promised {
	by := inc.Promised()
	if by.IsZero() {
		return nil
	}
	return &Promised{By: b.clock.brief(by), Overdue: b.now.After(by)}
}

// written is when something was written down, where that was a minute or more
// after the time that it speaks of: people are told that it was dated back.
func (b *book) written(at, down time.Time) *Stamp {
	if down.Sub(at) < time.Minute {
		return nil
	}
	stamp := b.clock.brief(down)
	return &stamp
}

// updates are the words about an incident, newest first, each with the promise
// that it kept too late.
func (b *book) updates(inc uptime.Incident) []Update {
	late := make(map[string]bool)
	for _, u := range inc.Missed(b.now) {
		late[u.ID] = true
	}
	var out []Update
	for i, u := range slices.Backward(inc.Updates) {
		view := b.update(u)
		if i > 0 {
			if before := inc.Updates[i-1]; late[before.ID] && !before.NextBy.IsZero() {
				view.Late = &Late{Promised: b.clock.brief(before.NextBy), Came: b.clock.brief(u.WrittenAt)}
			}
		}
		if u.Phase == uptime.PostmortemOut && !inc.Postmortem.PublishedAt.IsZero() && u.Body == inc.Postmortem.Body {
			view.Words, view.Review = Words{}, &Link{incidentAddress(inc.ID) + "#review", "What we learned"}
		}
		out = append(out, view)
	}
	return out
}

func (b *book) update(u uptime.Update) Update {
	view := Update{At: b.clock.brief(u.At), Phase: capital(phaseWord(u.Phase)), Words: b.wordsOf(u.Body, u.Automatic)}
	if u.Automatic {
		view.By = " (automatic)"
	} else {
		view.Written = b.written(u.At, u.WrittenAt)
	}
	for _, earlier := range slices.Backward(u.Amended) {
		view.Amended = append(view.Amended, Amendment{b.clock.brief(earlier.At), b.wordsOf(earlier.Body, u.Automatic)})
	}
	return view
}

// wordsOf are a text's words: those of a monitor are plain text, people's are
// Markdown.
func (b *book) wordsOf(body string, automatic bool) Words {
	if automatic {
		return Words{Plain: body}
	}
	return Words{HTML: b.in.memo.markdownHTML(body)}
}

// fewUpdates is how much of an incident a page tells that is not its own.
const fewUpdates = 3

// shortIncident is an incident with its newest updates.
func (b *book) shortIncident(inc uptime.Incident) Incident {
	view := b.incident(inc)
	if more := len(view.Updates) - fewUpdates; more > 0 {
		view.Updates, view.Earlier = view.Updates[:fewUpdates], uptime.Count(more, "earlier update")
	}
	return view
}

// incidentPage is an incident with what was measured and what was learned.
func (b *book) incidentPage(inc uptime.Incident) IncidentPage {
	p := IncidentPage{
		Frame: b.frame(isolate(inc.Title)), Incident: b.incident(inc),
		Automatic: inc.Automatic, Detected: b.clock.exact(inc.DetectedAt),
	}
	p.Incident.Started = b.clock.exact(inc.StartedAt)
	span := calendar.Span{From: inc.StartedAt, To: inc.ResolvedAt}
	if inc.Open() {
		span.To = b.now
	} else {
		stamp := b.clock.exact(inc.ResolvedAt)
		p.Incident.Resolved = &stamp
	}
	if review := inc.Postmortem; !review.PublishedAt.IsZero() {
		p.Review, p.Reviewed = b.wordsOf(review.Body, false), b.clock.brief(review.PublishedAt)
	} else {
		p.Waived = isolate(review.Waived)
	}
	if !inc.ClosedAt.IsZero() {
		stamp := b.clock.brief(inc.ClosedAt)
		p.Closed = &stamp
	}
	p.Counted, p.Stated = b.measuredIn(inc, span), b.statedBy(inc)
	return p
}

// measuredIn is what the looks alone found of the affected components while an
// incident lasted.
func (b *book) measuredIn(inc uptime.Incident, span calendar.Span) []Count {
	var out []Count
	for _, id := range inc.Components {
		c, known := b.component(id)
		if !known || span.Empty() || span.From.Before(b.ledger.span.From) {
			continue
		}
		out = append(out, Count{componentLink(c), barWords(spentIn(b.ledger.measuredLine(id), span))})
	}
	return out
}

// statedBy is what people said of components in an incident, and for how long.
func (b *book) statedBy(inc uptime.Incident) []Count {
	var out []Count
	for _, c := range b.in.Catalogue.Components {
		for _, s := range b.ledger.said[c.ID] {
			if s.Incident != inc.ID {
				continue
			}
			span := within(s, calendar.Span{From: s.From, To: b.now})
			text := lowerFirst(mark(s.State).Word) + " from " + b.clock.brief(span.From).Text
			if s.To.IsZero() {
				text += ", " + lasted(span.Duration()) + " so far"
			} else {
				text += " to " + b.clock.brief(s.To).Text + ", " + lasted(span.Duration())
			}
			out = append(out, Count{componentLink(c), text})
		}
	}
	return out
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
