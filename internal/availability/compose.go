package availability

import (
	"math/big"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Part is one of the things that something consists of.
type Part struct {
	Timeline Timeline
	Weight   *big.Rat // among the parts of a weighted mean; nil: 1
	// Excluded is time that was agreed not to count against this part: see Agreed.
	// Nothing but that looks at it.
	Excluded calendar.Spans
}

// Worst is the timeline of something that is only as good as its worst part at
// any instant, such as a component out of its monitors: down, partial, degraded,
// unknown, up. Of no parts nothing is known.
func Worst(window calendar.Span, parts []Timeline) Timeline {
	if len(parts) == 1 && parts[0].Window() == window {
		return parts[0]
	}
	list := make([]Part, len(parts))
	for i, t := range parts {
		list[i] = Part{Timeline: t}
	}
	return Compose(uptime.AllOf, window, list, Weights{})
}

// Compose is the timeline of a service out of its components'.
//
//   - AllOf: at any instant as bad as the worst part. A part that is unknown makes
//     the service unknown unless another is known to be worse than up.
//   - AnyOf: as bad as the best part. Unknown is worse than degraded and better
//     than partial: it may be either.
//   - WeightedMean: the mean of the known parts. It is down where all of them are,
//     and partial with the mean as its weight where the mean is bad at all.
//
// Time that a part's timeline does not cover is unknown of it.
func Compose(how uptime.Composition, window calendar.Span, parts []Part, w Weights) Timeline {
	switch {
	case len(parts) == 0:
		return Lay(window, uptime.Unknown, nil)
	case how == uptime.AllOf:
		return allOf(window, parts, w)
	}
	columns := make([][]Stretch, len(parts))
	for i, p := range parts {
		columns[i] = p.Timeline.Over(window)
	}
	if how == uptime.AnyOf {
		return walk(window, columns, func(row []Stretch) Stretch { return best(row, w) })
	}
	return walk(window, columns, func(row []Stretch) Stretch { return mean(row, parts, w) })
}

// allOf sweeps over what is not up only, so that many parts that are well cost
// little.
func allOf(window calendar.Span, parts []Part, w Weights) Timeline {
	var ailing []Stretch
	for _, p := range parts {
		covered := p.Timeline.Window().Clip(window)
		if covered.Empty() {
			covered = calendar.Span{From: window.From, To: window.From}
		}
		for _, hole := range []calendar.Span{{From: window.From, To: covered.From}, {From: covered.To, To: window.To}} {
			if !hole.Empty() {
				ailing = append(ailing, Stretch{Span: hole, State: uptime.Unknown})
			}
		}
		for _, s := range p.Timeline {
			if s.State != uptime.Up || s.Weight != nil {
				ailing = append(ailing, s)
			}
		}
	}
	return sweep(window, clipped(window, ailing), func(active []Stretch) Stretch {
		if len(active) == 0 {
			return Stretch{State: uptime.Up}
		}
		worst, badness := active[0].State, w.weigh(active[0])
		for _, s := range active[1:] {
			if s.State.Worse(worst) {
				worst = s.State
			}
			if b := w.weigh(s); b.Cmp(badness) > 0 {
				badness = b
			}
		}
		return w.stretch(worst, badness)
	})
}

// best is the part that is least bad.
func best(row []Stretch, w Weights) Stretch {
	top := row[0]
	for _, s := range row[1:] {
		if c := w.merit(s) - w.merit(top); c < 0 || c == 0 && (w.weigh(s).Cmp(w.weigh(top)) < 0) {
			top = s
		}
	}
	return w.stretch(top.State, w.weigh(top))
}

// merit ranks the parts of which one is enough, best first: those that cost
// nothing, those that nobody saw, those that cost something.
func (w Weights) merit(s Stretch) int {
	switch {
	case s.State == uptime.Unknown || s.State == uptime.Maintenance:
		return 2
	case w.weigh(s).Sign() > 0:
		return 3
	case s.State == uptime.Up:
		return 0
	default:
		return 1
	}
}

// mean is the average badness of the parts that were seen.
func mean(row []Stretch, parts []Part, w Weights) Stretch {
	sum, shares, state, allDown := zero(), zero(), uptime.Up, true
	for i, s := range row {
		if s.State == uptime.Unknown || s.State == uptime.Maintenance {
			continue
		}
		share := parts[i].Weight
		if share == nil {
			share = one()
		}
		shares.Add(shares, share)
		sum.Add(sum, times(share, w.weigh(s)))
		allDown = allDown && s.State == uptime.Down
		if s.State != uptime.Up {
			state = uptime.Degraded
		}
	}
	badness := ratio(sum, shares)
	switch {
	case badness == nil:
		return Stretch{State: uptime.Unknown}
	case allDown:
		state = uptime.Down
	case badness.Sign() > 0:
		state = uptime.Partial
	}
	return w.stretch(state, badness)
}

// stretch is a state as bad as badness, which is left to the policy where the
// policy says the same.
func (w Weights) stretch(state uptime.State, badness *big.Rat) Stretch {
	if state == uptime.Unknown || badness.Cmp(w.Of(state)) == 0 {
		return Stretch{State: state}
	}
	return Stretch{State: state, Weight: badness}
}

// walk goes through timelines of one window side by side, from bound to bound.
func walk(window calendar.Span, columns [][]Stretch, decide func(row []Stretch) Stretch) Timeline {
	var line Timeline
	row := make([]Stretch, len(columns))
	for at := window.From; at.Before(window.To); {
		next := window.To
		for i := range columns {
			for !columns[i][0].To.After(at) {
				columns[i] = columns[i][1:]
			}
			row[i] = columns[i][0]
			if row[i].To.Before(next) {
				next = row[i].To
			}
		}
		piece := decide(row)
		piece.Span = calendar.Span{From: at, To: next}
		line = line.add(piece)
		at = next
	}
	return line
}
