package statuspage

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// numbersExclusion is time of a component that is agreed not to count, with the
// plan that announced it and why it is excluded.
type numbersExclusion struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Plan   string    `json:"plan"`
	Reason string    `json:"reason"`
}

// How what is excluded counts, for whoever makes the figures again.
const (
	excludedMethod = "commitment leaves out every instant that an entry of excluded holds, and so do lower, upper, coverage and seconds; raw and strict leave out nothing"
	allOfExcluded  = "of the service an instant is excluded where it is excluded of at least one component and what the other components make of it is neither partial nor down; " +
		"where that is partial or down, that is the service's state and it counts; where it is excluded of every component it is excluded"
	anyOfExcluded = "of the service an instant is excluded only where it is excluded of every component; elsewhere it counts as it was"
	meanExcluded  = "at an instant that is excluded of some components the mean is over the others; where it is excluded of every component it is excluded"
)

// exclusionMethod tells how what is excluded counts, where anything is.
func (n *numbers) exclusionMethod(method string) {
	if slices.ContainsFunc(n.Parts, func(l numbersLine) bool { return len(l.Excluded) > 0 }) {
		n.Method += "; " + method
	}
}

func compositionExcluded(c uptime.Composition) string {
	switch c {
	case uptime.AnyOf:
		return anyOfExcluded
	case uptime.WeightedMean:
		return meanExcluded
	case uptime.AllOf:
	}
	return allOfExcluded
}

// numbersExcluded is everything that is excluded of a component, by plan.
func (b *book) numbersExcluded(id uptime.ComponentID) []numbersExclusion {
	var out []numbersExclusion
	for _, e := range b.exclusionsOf(id, b.ledger.span) {
		for _, s := range e.spans {
			out = append(out, numbersExclusion{s.From.UTC(), s.To.UTC(), string(e.plan.ID), whyExcluded(e.plan)})
		}
	}
	return out
}

// excludedSpans is what a service has excluded over all the time at hand.
func (b *book) excludedSpans(s uptime.Service) []numbersSpan {
	var out []numbersSpan
	for _, span := range b.excludedOf(s, b.ledger.span) {
		out = append(out, numbersSpan{span.From.UTC(), span.To.UTC()})
	}
	return out
}

// numbersSpan is a span without more.
type numbersSpan struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}
