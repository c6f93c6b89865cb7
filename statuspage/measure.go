package statuspage

import (
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
)

// standard is how time is counted on the page: the weights that its method
// prints, unobserved time out of the denominator.
var standard = availability.Policy{}

// measureComponent counts a component's line within a span in the three ways.
func (b *book) measureComponent(id uptime.ComponentID, span calendar.Span) availability.Figures {
	return measure(b.ledger.components[id], b.ledger.excluded[id].Clip(span), span)
}

// measure counts a line within a span in the three ways: the commitment figure
// without what is excluded, the others with everything. Where nothing is excluded
// and nothing is partial the three are one, and one count does.
func measure(l availability.Timeline, excluded calendar.Spans, span calendar.Span) availability.Figures {
	t := cut(l, span)
	if len(excluded) > 0 || slices.ContainsFunc(t, func(s availability.Stretch) bool { return s.State == uptime.Partial || s.Weight != nil }) {
		return availability.FiguresOf(t, excluded, standard)
	}
	m := availability.Count(t, nil, standard)
	return availability.Figures{Commitment: m, Raw: m, Strict: m}
}

// cut is the part of a line that lies in a span; time that the line does not
// cover is unknown.
func cut(l availability.Timeline, span calendar.Span) availability.Timeline {
	inside := slice(l, span)
	if covered := inside.Window(); covered.From.After(span.From) || covered.To.Before(span.To) || len(inside) == 0 {
		return availability.Worst(span, []availability.Timeline{inside})
	}
	out := slices.Clone(inside)
	out[0].From, out[len(out)-1].To = span.From, span.To
	return out
}

// slice leaves out the stretches that do not touch the span.
func slice(l availability.Timeline, span calendar.Span) availability.Timeline {
	first, _ := slices.BinarySearchFunc(l, span.From, func(s availability.Stretch, at time.Time) int {
		if s.To.After(at) {
			return 1
		}
		return -1
	})
	end := first
	for end < len(l) && l[end].From.Before(span.To) {
		end++
	}
	return l[first:end]
}

// serviceParts are the lines of a service's components where they touch a span.
func (b *book) serviceParts(s uptime.Service, span calendar.Span) []availability.Part {
	var parts []availability.Part
	for _, id := range s.Components {
		parts = append(parts, availability.Part{Timeline: slice(b.ledger.components[id], span), Excluded: b.ledger.excluded[id].Clip(span)})
	}
	return parts
}

// serviceLine is a service's line over a span, out of its components'.
func (b *book) serviceLine(s uptime.Service, span calendar.Span) availability.Timeline {
	return availability.Compose(s.Composition, span, b.serviceParts(s, span), standard.Weights)
}

// measureService counts a service's line within a span.
func (b *book) measureService(s uptime.Service, span calendar.Span) availability.Figures {
	if s.Composition == uptime.WeightedMean || b.excludes(s.Components, span) {
		// Strictly, a component that is partly down counts in full, and the mean
		// is made of that. What is excluded of the parts decides what is of the
		// whole.
		return availability.FiguresOfService(s.Composition, span, b.serviceParts(s, span), standard)
	}
	return measure(b.serviceLine(s, span), nil, span)
}

// serviceState is a service's state now: what its line ends in, unless one of
// its components is not known at this moment.
func (b *book) serviceState(s uptime.Service) uptime.State {
	parts := partsAt(s, b.now, func(id uptime.ComponentID) uptime.State {
		c, _ := b.component(id)
		state, _ := b.present(c)
		return state
	}, nil)
	return stateOfParts(s, b.now, parts, func(id uptime.ComponentID) bool { return len(b.workOn(id)) > 0 })
}

// workedOn tells whether announced work goes on on a service: on any component
// where all are needed, and on every one where one is enough.
func workedOn(s uptime.Service, on func(uptime.ComponentID) bool) bool {
	if s.Composition == uptime.AnyOf {
		return len(s.Components) > 0 && !slices.ContainsFunc(s.Components, func(id uptime.ComponentID) bool { return !on(id) })
	}
	return slices.ContainsFunc(s.Components, on)
}

// serviceSpans are the stretches in which a service was not up, oldest first.
func (b *book) serviceSpans(s uptime.Service, span calendar.Span) []Span {
	var out []Span
	excluded := b.excludedOf(s, span)
	for _, stretch := range b.serviceLine(s, span) {
		if stretch.State != uptime.Up {
			view := b.spanView(stretch.State, stretch.Span, b.blame(s, stretch))
			view.Excluded = excludedOfSpan(stretch.State, excluded.Clip(stretch.Span))
			out = append(out, view)
		}
	}
	return out
}

// blame names the components that a service's stretch is owed to. Where all are
// needed they are those that were, at some time within it, in its own state;
// elsewhere all that were not up, each with its worst.
func (b *book) blame(s uptime.Service, stretch availability.Stretch) string {
	var out []string
	for _, id := range s.Components {
		c, known := b.component(id)
		if !known {
			continue
		}
		worst, same := uptime.Up, false
		for _, own := range cut(b.ledger.components[id], stretch.Span) {
			worst, same = verdict.Worst(worst, own.State), same || own.State == stretch.State
		}
		if s.Composition == uptime.AllOf {
			worst = stretch.State
		}
		if worst != uptime.Up && (same || s.Composition != uptime.AllOf) {
			out = append(out, isolate(c.Name)+" "+strings.TrimPrefix(predicate(worst, false), "is "))
		}
	}
	return list(out, mostNames)
}
