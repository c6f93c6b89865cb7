package availability

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Agreed is what the commitment figure of a service is counted from: the
// service's timeline in a window, and the time of it that is excluded, by what
// is excluded of its parts. At an instant at which some part is excluded:
//
//   - where every part is, so is the service;
//   - AllOf: the service is what the other parts make of it where they are bad
//     (down, partial, or of any weight): that is no doing of the agreed work, and
//     counts. Else the instant is excluded;
//   - AnyOf: the service counts as it was. The parts stand in for each other,
//     and another one could have served;
//   - WeightedMean: the mean of the other parts counts.
//
// So never more is excluded than any part has excluded, nothing counts as bad
// that was not, and a service of one part is that part.
func Agreed(how uptime.Composition, window calendar.Span, parts []Part, w Weights) (Timeline, calendar.Spans) {
	line := Compose(how, window, parts, w)
	touched := touchedBy(parts, window)
	if len(touched) == 0 {
		return line, nil
	}
	var excluded calendar.Spans
	var out Timeline
	for at := window.From; at.Before(window.To); {
		piece, inside := nextPiece(parts, touched, calendar.Span{From: at, To: window.To})
		at = piece.To
		if !inside {
			out = out.append(line.over(piece))
			continue
		}
		left, free := without(how, piece, parts, line.over(piece), w)
		out, excluded = out.append(left), append(excluded, free...)
	}
	return out, calendar.Union(excluded...)
}

// FiguresOfService counts a service in the three ways: the commitment figure
// without what Agreed excludes, the others with everything.
func FiguresOfService(how uptime.Composition, window calendar.Span, parts []Part, p Policy) Figures {
	f := FiguresOfParts(how, window, parts, nil, p)
	if len(touchedBy(parts, window)) > 0 {
		line, excluded := Agreed(how, window, parts, p.Weights)
		f.Commitment = Count(line, excluded, p)
	}
	return f
}

// touchedBy is the time within the window that is excluded of any part.
func touchedBy(parts []Part, window calendar.Span) calendar.Spans {
	var all []calendar.Span
	for _, part := range parts {
		all = append(all, part.Excluded.Clip(window)...)
	}
	return calendar.Union(all...)
}

// nextPiece is the beginning of rest in which the same parts are excluded
// throughout, and whether any is.
func nextPiece(parts []Part, touched calendar.Spans, rest calendar.Span) (piece calendar.Span, inside bool) {
	piece = rest
	ends := func(t time.Time) {
		if t.After(piece.From) && t.Before(piece.To) {
			piece.To = t
		}
	}
	inside = touched.Contains(rest.From)
	if !inside {
		for _, s := range touched {
			ends(s.From)
		}
		return piece, false
	}
	for _, part := range parts {
		for _, s := range part.Excluded {
			ends(s.From)
			ends(s.To)
		}
	}
	return piece, true
}

// without judges a piece in which the same parts are excluded throughout, of
// which line is the whole service's timeline.
func without(how uptime.Composition, piece calendar.Span, parts []Part, line Timeline, w Weights) (Timeline, calendar.Spans) {
	left := slices.DeleteFunc(slices.Clone(parts), func(p Part) bool { return p.Excluded.Contains(piece.From) })
	switch {
	case len(left) == 0:
		return line, calendar.Spans{piece}
	case how == uptime.AnyOf:
		return line, nil
	case how == uptime.WeightedMean:
		return Compose(how, piece, left, w), nil
	}
	rest := Compose(how, piece, left, w)
	var free calendar.Spans
	for _, s := range rest {
		if s.State != uptime.Down && s.State != uptime.Partial && w.weigh(s).Sign() == 0 {
			free = append(free, s.Span)
		}
	}
	return rest, free
}

// over is the part of a timeline that lies in a span which it covers.
func (t Timeline) over(span calendar.Span) Timeline {
	var out Timeline
	for _, s := range t {
		if s.Span = s.Clip(span); !s.Empty() {
			out = append(out, s)
		}
	}
	return out
}

// append puts a timeline behind this one, which ends where it begins.
func (t Timeline) append(next Timeline) Timeline {
	for _, s := range next {
		t = t.add(s)
	}
	return t
}
