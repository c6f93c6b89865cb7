package statuspage

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// What people say of a component stands beside what is measured, and at every
// instant the worse of the two counts. It is laid over the finished lines, so
// that what was settled of the measured ones stays settled.

// published leaves out drafts, and what drafts say. The source hands over none;
// that no reader sees one is too much to rest on that alone.
func (in Inputs) published() Inputs {
	drafts := make(map[uptime.IncidentID]bool)
	for _, inc := range in.Incidents {
		if inc.Draft() {
			drafts[inc.ID] = true
		}
	}
	if len(drafts) > 0 {
		in.Incidents = slices.DeleteFunc(slices.Clone(in.Incidents), uptime.Incident.Draft)
		in.Statements = slices.DeleteFunc(slices.Clone(in.Statements), func(s uptime.Statement) bool { return drafts[s.Incident] })
	}
	if slices.ContainsFunc(in.Plans, uptime.Plan.Draft) {
		in.Plans = slices.DeleteFunc(slices.Clone(in.Plans), uptime.Plan.Draft)
	}
	return in
}

// saidOf are the statements that say something, by component, oldest first. One
// that was taken back ends when it begins and says nothing.
func saidOf(all []uptime.Statement) map[uptime.ComponentID][]uptime.Statement {
	out := make(map[uptime.ComponentID][]uptime.Statement)
	for _, s := range all {
		bad := s.State == uptime.Degraded || s.State == uptime.Partial || s.State == uptime.Down
		if bad && (s.To.IsZero() || s.From.Before(s.To)) {
			out[s.Component] = append(out[s.Component], s)
		}
	}
	for _, own := range out {
		slices.SortStableFunc(own, func(a, b uptime.Statement) int { return a.From.Compare(b.From) })
	}
	return out
}

// state lays what was said over the ledger's lines, and keeps the measured
// ones beside them.
func (l *ledger) state(all []uptime.Statement) {
	l.said = saidOf(all)
	l.measured = make(map[uptime.ComponentID]availability.Timeline, len(l.said))
	for id, said := range l.said {
		if line, known := l.components[id]; known {
			l.measured[id] = line
			l.components[id] = overlaid(line, said)
		}
	}
}

// measuredLine is a component's line as the looks alone have it.
func (l *ledger) measuredLine(id uptime.ComponentID) availability.Timeline {
	if line, stated := l.measured[id]; stated {
		return line
	}
	return l.components[id]
}

// overlaid is a line with what was said of it: the worse of both at every
// instant. What nobody observed is as bad as it is said to have been.
func overlaid(line availability.Timeline, said []uptime.Statement) availability.Timeline {
	window := line.Window()
	var stretches []availability.Stretch
	hull := calendar.Span{From: window.To, To: window.From}
	for _, s := range said {
		piece := within(s, window)
		if piece.Empty() {
			continue
		}
		stretches = append(stretches, availability.Stretch{Span: piece, State: s.State})
		if piece.From.Before(hull.From) {
			hull.From = piece.From
		}
		hull.To = uptime.Later(hull.To, piece.To)
	}
	if len(stretches) == 0 {
		return line
	}
	worse := availability.Worst(hull, []availability.Timeline{cut(line, hull), availability.Lay(hull, uptime.Up, stretches)})
	lines := []availability.Timeline{worse}
	if before := (calendar.Span{From: window.From, To: hull.From}); !before.Empty() {
		lines = slices.Insert(lines, 0, cut(line, before))
	}
	if after := (calendar.Span{From: hull.To, To: window.To}); !after.Empty() {
		lines = append(lines, cut(line, after))
	}
	return join(lines...)
}

// within is the part of a span for which a statement holds.
func within(s uptime.Statement, span calendar.Span) calendar.Span {
	said := calendar.Span{From: s.From, To: s.To}
	if s.To.IsZero() {
		said.To = span.To
	}
	return said.Clip(span)
}

// saidIn are the incidents that say of a component, at some time within the
// span, that it is in this state.
func (b *book) saidIn(id uptime.ComponentID, state uptime.State, span calendar.Span) []Link {
	var out []Link
	for _, s := range b.ledger.said[id] {
		link := b.incidentLink(s.Incident)
		if s.State == state && !within(s, span).Empty() && !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	return out
}

// stated says why a component's present state is worse than what is measured;
// nil: it is not.
func (b *book) stated(c uptime.Component) *Stated {
	if len(b.ledger.said[c.ID]) == 0 {
		return nil
	}
	state, _ := b.present(c)
	measured := b.measuredNow(c)
	if !state.Worse(measured) {
		return nil
	}
	// The line ends now, and what it ends in was said until now.
	in := b.saidIn(c.ID, state, calendar.Span{From: b.now.Add(-time.Nanosecond), To: b.now})
	return &Stated{In: in, Measured: lowerFirst(mark(measured).Word)}
}

// incidentLink leads to an incident by its title. One that is not at hand still
// has its page.
func (b *book) incidentLink(id uptime.IncidentID) Link {
	link := Link{Path: incidentAddress(id), Text: "incident " + string(id)}
	if i := slices.IndexFunc(b.in.Incidents, func(inc uptime.Incident) bool { return inc.ID == id }); i >= 0 {
		link.Text = isolate(b.in.Incidents[i].Title)
	}
	return link
}
