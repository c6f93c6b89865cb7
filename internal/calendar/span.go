// Package calendar is civil time: half-open spans and their set operations, the
// one way from a wall clock's reading to an instant, and windows that follow
// civil midnights. It has no clock and knows nothing of what the time is for.
package calendar

import (
	"slices"
	"time"
)

// Span is the half-open interval [From, To). It is empty unless From is before
// To.
type Span struct{ From, To time.Time }

// Empty tells whether the span holds no instant.
func (s Span) Empty() bool { return !s.From.Before(s.To) }

// Duration is the elapsed time of the span, never negative.
func (s Span) Duration() time.Duration {
	if s.Empty() {
		return 0
	}
	return s.To.Sub(s.From)
}

// Contains tells whether t lies in the span.
func (s Span) Contains(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

// Clip is the part of s that lies in other. It may be empty.
func (s Span) Clip(other Span) Span {
	if s.From.Before(other.From) {
		s.From = other.From
	}
	if s.To.After(other.To) {
		s.To = other.To
	}
	return s
}

// Spans is a set of instants: spans that are sorted, not empty, and neither
// overlap nor touch. Union makes one out of any spans.
type Spans []Span

// Union is the set of the instants that lie in any of the spans.
func Union(spans ...Span) Spans {
	sorted := slices.DeleteFunc(slices.Clone(spans), Span.Empty)
	slices.SortFunc(sorted, func(a, b Span) int { return a.From.Compare(b.From) })
	var set Spans
	for _, s := range sorted {
		if last := len(set) - 1; last >= 0 && !s.From.After(set[last].To) {
			if s.To.After(set[last].To) {
				set[last].To = s.To
			}
			continue
		}
		set = append(set, s)
	}
	return set
}

// Union is the set of the instants in a, in b or in both.
func (a Spans) Union(b Spans) Spans { return Union(slices.Concat(a, b)...) }

// Intersect is the set of the instants in both a and b.
func (a Spans) Intersect(b Spans) Spans {
	var set Spans
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if both := a[i].Clip(b[j]); !both.Empty() {
			set = append(set, both)
		}
		if a[i].To.Before(b[j].To) {
			i++
		} else {
			j++
		}
	}
	return set
}

// Subtract is the set of the instants in a that are not in b.
func (a Spans) Subtract(b Spans) Spans {
	var set Spans
	j := 0
	for _, rest := range a {
		for j < len(b) && !b[j].To.After(rest.From) {
			j++
		}
		for k := j; k < len(b) && b[k].From.Before(rest.To); k++ {
			if rest.From.Before(b[k].From) {
				set = append(set, Span{rest.From, b[k].From})
			}
			rest.From = b[k].To
		}
		if !rest.Empty() {
			set = append(set, rest)
		}
	}
	return set
}

// Clip is the set of the instants of a that lie in within.
func (a Spans) Clip(within Span) Spans {
	if within.Empty() {
		return nil
	}
	return a.Intersect(Spans{within})
}

// Contains tells whether t lies in the set.
func (a Spans) Contains(t time.Time) bool {
	return slices.ContainsFunc(a, func(s Span) bool { return s.Contains(t) })
}

// Total is the elapsed time of the whole set.
func (a Spans) Total() time.Duration {
	var sum time.Duration
	for _, s := range a {
		sum += s.Duration()
	}
	return sum
}
