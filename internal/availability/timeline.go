// Package availability turns what was believed, and when, into the figures that
// are published: availability and its bounds, coverage, error budget, burn rate,
// verdicts, bars. It counts in whole nanoseconds and exact fractions, floors what
// is shown and compares what is not rounded, so that a reader with the segments
// arrives at the same digits. It is pure; undefined figures are nil, never 0 or
// 100 %.
package availability

import (
	"math/big"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Stretch is a span of one state.
type Stretch struct {
	calendar.Span
	State uptime.State
	// Weight is how bad the stretch is, from 0 to 1, where that was measured or
	// declared. Nil: as bad as its state is by the policy.
	Weight *big.Rat
}

// Timeline is what was known of one thing in a window: stretches that follow
// each other without overlap or hole. Lay makes one.
type Timeline []Stretch

// Window is the span that the timeline covers.
func (t Timeline) Window() calendar.Span {
	if len(t) == 0 {
		return calendar.Span{}
	}
	return calendar.Span{From: t[0].From, To: t[len(t)-1].To}
}

// At is the state at an instant; Unknown outside of the window.
func (t Timeline) At(instant time.Time) uptime.State {
	i, found := slices.BinarySearchFunc(t, instant, func(s Stretch, at time.Time) int {
		switch {
		case !at.Before(s.To):
			return -1
		case at.Before(s.From):
			return 1
		default:
			return 0
		}
	})
	if !found {
		return uptime.Unknown
	}
	return t[i].State
}

// Lay lays stretches, in any order and overlapping as they like, over a window
// that is otherwise of the state base. At one instant down beats partial beats
// degraded beats up beats unknown; of two stretches of one state the heavier
// counts, and any that has a weight of its own before one that has none. A
// stretch with To zero lasts to the window's end.
func Lay(window calendar.Span, base uptime.State, stretches []Stretch) Timeline {
	return lay(window, base, clipped(window, stretches))
}

// lay lays clipped stretches.
func lay(window calendar.Span, base uptime.State, queue []Stretch) Timeline {
	if disjoint(queue) {
		return fill(window, base, queue)
	}
	return sweep(window, queue, func(active []Stretch) Stretch {
		if len(active) == 0 {
			return Stretch{State: base}
		}
		top := active[0]
		for _, s := range active[1:] {
			if precedence(s.State) > precedence(top.State) || s.State == top.State && heavier(s.Weight, top.Weight) {
				top = s
			}
		}
		return top
	})
}

// Of is the timeline of one monitor: its segments over time that is unknown.
// A segment that is still open lasts to until, the instant up to which its newest
// look vouches, and no further.
func Of(window calendar.Span, segments []uptime.Segment, until time.Time) Timeline {
	queue := make([]Stretch, 0, len(segments))
	for _, s := range segments {
		piece := calendar.Span{From: s.From, To: s.To}
		if s.To.IsZero() {
			piece.To = until
		}
		if piece = piece.Clip(window); !piece.Empty() {
			queue = append(queue, Stretch{Span: piece, State: s.State})
		}
	}
	return lay(window, uptime.Unknown, ordered(queue))
}

// Over is the timeline over another window; time that it does not cover is
// unknown.
func (t Timeline) Over(window calendar.Span) Timeline { return Lay(window, uptime.Unknown, t) }

// precedence ranks what is said of one thing at one instant. Unlike among the
// parts of a thing, whoever saw it up beats whoever saw nothing.
func precedence(s uptime.State) int {
	return [...]int{
		uptime.Maintenance: 0, uptime.Unknown: 0, uptime.Up: 1,
		uptime.Degraded: 2, uptime.Partial: 3, uptime.Down: 4,
	}[s]
}

func heavier(a, b *big.Rat) bool {
	return a != nil && (b == nil || a.Cmp(b) > 0)
}

// disjoint tells whether ordered stretches do not overlap: what a machine records
// never does.
func disjoint(queue []Stretch) bool {
	for i := 1; i < len(queue); i++ {
		if queue[i].From.Before(queue[i-1].To) {
			return false
		}
	}
	return true
}

// fill puts the state base between stretches that do not overlap.
func fill(window calendar.Span, base uptime.State, queue []Stretch) Timeline {
	line := make(Timeline, 0, len(queue)+2)
	at := window.From
	for _, s := range queue {
		if at.Before(s.From) {
			line = line.add(Stretch{Span: calendar.Span{From: at, To: s.From}, State: base})
		}
		line = line.add(s)
		at = s.To
	}
	if at.Before(window.To) {
		line = line.add(Stretch{Span: calendar.Span{From: at, To: window.To}, State: base})
	}
	return line
}

// sweep walks the window from bound to bound of clipped stretches, and asks at
// each what the stretches that are active make of the time up to the next.
func sweep(window calendar.Span, queue []Stretch, decide func(active []Stretch) Stretch) Timeline {
	line := make(Timeline, 0, 2*len(queue)+1)
	var active []Stretch
	for at := window.From; at.Before(window.To); {
		active = slices.DeleteFunc(active, func(s Stretch) bool { return !s.To.After(at) })
		for len(queue) > 0 && !queue[0].From.After(at) {
			active, queue = append(active, queue[0]), queue[1:]
		}
		next := window.To
		if len(queue) > 0 && queue[0].From.Before(next) {
			next = queue[0].From
		}
		for _, s := range active {
			if s.To.Before(next) {
				next = s.To
			}
		}
		piece := decide(active)
		piece.Span = calendar.Span{From: at, To: next}
		line = line.add(piece)
		at = next
	}
	return line
}

// clipped are the stretches that share an instant with the window, cut to it and
// ordered by their beginning.
func clipped(window calendar.Span, stretches []Stretch) []Stretch {
	list := make([]Stretch, 0, len(stretches))
	for _, s := range stretches {
		if s.To.IsZero() {
			s.To = window.To
		}
		if s.Span = s.Clip(window); !s.Empty() {
			list = append(list, s)
		}
	}
	return ordered(list)
}

// ordered sorts stretches by their beginning, in place.
func ordered(list []Stretch) []Stretch {
	byStart := func(a, b Stretch) int { return a.From.Compare(b.From) }
	if !slices.IsSortedFunc(list, byStart) {
		slices.SortStableFunc(list, byStart)
	}
	return list
}

// add appends a stretch, or prolongs the last one where they are of one kind.
func (t Timeline) add(s Stretch) Timeline {
	if last := len(t) - 1; last >= 0 && t[last].State == s.State && equal(t[last].Weight, s.Weight) {
		t[last].To = s.To
		return t
	}
	return append(t, s)
}

func equal(a, b *big.Rat) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Cmp(b) == 0
}
