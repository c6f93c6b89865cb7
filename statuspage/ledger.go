package statuspage

import (
	"maps"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// ledger holds what each component's state was over a span: one line of
// stretches without holes, in which unobserved time is unknown.
type ledger struct {
	span       calendar.Span
	components map[uptime.ComponentID]availability.Timeline // measured and said: what counts
	// Of the components of which something was said: what, and what the looks
	// alone tell.
	said     map[uptime.ComponentID][]uptime.Statement
	measured map[uptime.ComponentID]availability.Timeline
	// excluded is time that was agreed not to count against a component.
	excluded map[uptime.ComponentID]calendar.Spans
}

// Settled is the part of the record that no longer changes, worked out once:
// the components' lines from some instant until Until.
type Settled struct {
	Until    time.Time
	from     time.Time
	lines    map[uptime.ComponentID]availability.Timeline
	segments map[uptime.MonitorID][]uptime.Segment // that had ended by Until
	crossing map[crossing]bool                     // that had not
	voices   map[uptime.MonitorID]bool             // monitors with a record by Until
}

// crossing names a segment that lasts beyond the settled time.
type crossing struct {
	sight
	from  time.Time
	state uptime.State
}

// Settle works out the lines of the catalogue's components between from and
// until. The segments are the recorded ones that touch that time.
func Settle(catalogue uptime.Catalogue, segments []uptime.Segment, from, until time.Time) *Settled {
	span := calendar.Span{From: from, To: until}
	ended := slices.DeleteFunc(slices.Clone(segments), func(s uptime.Segment) bool { return lasts(s, until) })
	return &Settled{
		Until:    until,
		from:     from,
		lines:    recordedLines(catalogue, segments, span),
		segments: byMonitor(ended),
		crossing: crossingsOf(segments, until),
		voices:   voicesOf(segments),
	}
}

func voicesOf(segments []uptime.Segment) map[uptime.MonitorID]bool {
	out := make(map[uptime.MonitorID]bool)
	for _, s := range segments {
		out[s.Monitor] = true
	}
	return out
}

// lasts tells whether a segment goes on at until.
func lasts(s uptime.Segment, until time.Time) bool {
	return s.From.Before(until) && (s.To.IsZero() || s.To.After(until))
}

func crossingsOf(segments []uptime.Segment, until time.Time) map[crossing]bool {
	out := make(map[crossing]bool)
	for _, s := range segments {
		if lasts(s, until) {
			out[crossing{sight{s.Monitor, s.Vantage}, s.From, s.State}] = true
		}
	}
	return out
}

// holds tells whether the settled time is still true in the light of the
// segments since: whether those that went on then are recorded so still. A
// long silence that is noticed late ends a segment in the past.
func (s *Settled) holds(recent []uptime.Segment) bool {
	return maps.Equal(s.crossing, crossingsOf(recent, s.Until))
}

// newLedger works out every component's line over the span, which ends now.
func newLedger(in Inputs, span calendar.Span) ledger {
	l := measuredLedger(in, span)
	l.state(in.Statements)
	return l
}

func measuredLedger(in Inputs, span calendar.Span) ledger {
	l := ledger{span: span, components: make(map[uptime.ComponentID]availability.Timeline, len(in.Catalogue.Components))}
	segments := presentSegments(in, span.To)
	settled := in.Settled
	if settled == nil {
		for _, c := range in.Catalogue.Components {
			l.components[c.ID] = composed(c, segments, nil, span)
		}
		return l
	}
	l.span.From = settled.from
	recent := calendar.Span{From: settled.Until, To: span.To}
	silent := silentComponents(in, settled.Until, span.To)
	whole := presentSegments(in.only(silent), span.To)
	for _, c := range in.Catalogue.Components {
		if silent[c.ID] {
			l.components[c.ID] = composed(c, whole, nil, l.span)
			continue
		}
		l.components[c.ID] = join(settled.lines[c.ID], composed(c, segments, settled.voices, recent))
	}
	return l
}

// silentComponents are those with a monitor whose newest look vouches for
// nothing after the instant: what was settled of them may claim too much.
func silentComponents(in Inputs, at, now time.Time) map[uptime.ComponentID]bool {
	out := make(map[uptime.ComponentID]bool)
	intervals, owners := in.intervals(), in.owners()
	for _, h := range in.Healths {
		if vouched(h, intervals[h.Monitor], now).Before(at) {
			out[owners[h.Monitor]] = true
		}
	}
	return out
}

// only is what the inputs tell of some components, with all of their segments,
// settled and since.
func (in Inputs) only(some map[uptime.ComponentID]bool) Inputs {
	if len(some) == 0 {
		return Inputs{}
	}
	owners := in.owners()
	out := in
	out.Healths, out.Segments = nil, nil
	for _, h := range in.Healths {
		if some[owners[h.Monitor]] {
			out.Healths = append(out.Healths, h)
			out.Segments = append(out.Segments, in.Settled.segments[h.Monitor]...)
		}
	}
	for _, s := range in.Segments {
		if some[owners[s.Monitor]] {
			out.Segments = append(out.Segments, s)
		}
	}
	return out
}

// owners are the components of the monitors.
func (in Inputs) owners() map[uptime.MonitorID]uptime.ComponentID {
	out := make(map[uptime.MonitorID]uptime.ComponentID, len(in.Catalogue.Monitors))
	for _, c := range in.Catalogue.Components {
		for _, id := range c.Monitors {
			out[id] = c.ID
		}
	}
	return out
}

func (in Inputs) intervals() map[uptime.MonitorID]time.Duration {
	out := make(map[uptime.MonitorID]time.Duration, len(in.Catalogue.Monitors))
	for _, m := range in.Catalogue.Monitors {
		out[m.ID] = m.Interval
	}
	return out
}

// join puts lines that follow each other into one.
func join(lines ...availability.Timeline) availability.Timeline {
	out := slices.Concat(lines...)
	kept := out[:0]
	for _, s := range out {
		if last := len(kept) - 1; last >= 0 && kept[last].State == s.State && kept[last].Weight == nil && s.Weight == nil {
			kept[last].To = s.To
			continue
		}
		kept = append(kept, s)
	}
	return kept
}

// sight is one monitor as seen from one place.
type sight struct {
	monitor uptime.MonitorID
	vantage uptime.Vantage
}

func byMonitor(segments []uptime.Segment) map[uptime.MonitorID][]uptime.Segment {
	out := make(map[uptime.MonitorID][]uptime.Segment)
	for _, seg := range segments {
		out[seg.Monitor] = append(out[seg.Monitor], seg)
	}
	return out
}

func bySight(segments []uptime.Segment) map[sight][]uptime.Segment {
	out := make(map[sight][]uptime.Segment)
	for _, seg := range segments {
		key := sight{seg.Monitor, seg.Vantage}
		out[key] = append(out[key], seg)
	}
	for _, recorded := range out {
		slices.SortStableFunc(recorded, func(a, b uptime.Segment) int { return a.From.Compare(b.From) })
	}
	return out
}

// presentSegments are the monitors' segments up to now: what is recorded, and
// what is believed. None is open.
func presentSegments(in Inputs, now time.Time) map[uptime.MonitorID][][]uptime.Segment {
	recorded := bySight(in.Segments)
	intervals := in.intervals()
	healths := make(map[sight]uptime.Health, len(in.Healths))
	for _, h := range in.Healths {
		key := sight{h.Monitor, h.Vantage}
		healths[key] = h
		if _, known := recorded[key]; !known {
			recorded[key] = nil
		}
	}
	out := make(map[uptime.MonitorID][][]uptime.Segment, len(recorded))
	for key, segments := range recorded {
		out[key.monitor] = append(out[key.monitor], believed(segments, healths[key], intervals[key.monitor], now))
	}
	return out
}

// recordedLines are the components' lines as the record alone has them: all of
// the span is past.
func recordedLines(catalogue uptime.Catalogue, segments []uptime.Segment, span calendar.Span) map[uptime.ComponentID]availability.Timeline {
	recorded := make(map[uptime.MonitorID][][]uptime.Segment)
	for key, own := range bySight(segments) {
		recorded[key.monitor] = append(recorded[key.monitor], own)
	}
	out := make(map[uptime.ComponentID]availability.Timeline, len(catalogue.Components))
	for _, c := range catalogue.Components {
		out[c.ID] = composed(c, recorded, nil, span)
	}
	return out
}

// composed makes one line of a component's monitors: the worst of them counts,
// and what one of them did not observe is not known to be up. A monitor has no
// say in the time before its own first record; those in older have one already.
func composed(c uptime.Component, segments map[uptime.MonitorID][][]uptime.Segment, older map[uptime.MonitorID]bool, span calendar.Span) availability.Timeline {
	type voice struct {
		from time.Time
		line availability.Timeline
	}
	var voices []voice
	bounds := []time.Time{span.From}
	for _, id := range c.Monitors {
		for _, own := range segments[id] {
			v := voice{from: span.From, line: availability.Of(span, own, span.To)}
			if len(own) == 0 && !older[id] {
				continue
			}
			if !older[id] && own[0].From.After(span.From) {
				v.from = own[0].From
				bounds = append(bounds, v.from)
			}
			voices = append(voices, v)
		}
	}
	slices.SortFunc(bounds, time.Time.Compare)
	bounds = append(bounds, span.To)
	var pieces []availability.Timeline
	for i, from := range bounds[:len(bounds)-1] {
		piece := calendar.Span{From: from, To: bounds[i+1]}
		if piece = piece.Clip(span); piece.Empty() {
			continue
		}
		var lines []availability.Timeline
		for _, v := range voices {
			if !v.from.After(from) {
				lines = append(lines, slice(v.line, piece))
			}
		}
		pieces = append(pieces, availability.Worst(piece, lines))
	}
	if len(pieces) == 1 {
		return pieces[0]
	}
	return join(pieces...)
}

// firstObserved is when a line first knows anything; zero: never.
func firstObserved(l availability.Timeline) time.Time {
	for _, s := range l {
		if s.State != uptime.Unknown {
			return s.From
		}
	}
	return time.Time{}
}

// lastDown is the index of the newest stretch of downtime, or -1.
func lastDown(l availability.Timeline) int {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].State == uptime.Down || l[i].State == uptime.Partial {
			return i
		}
	}
	return -1
}

// barsOf splits a line into civil days, which are in order.
func barsOf(l availability.Timeline, days []calendar.Day) []availability.Bar {
	if len(days) == 0 {
		return nil
	}
	return availability.Bars(slice(l, calendar.Span{From: days[0].From, To: days[len(days)-1].To}), days)
}

// componentBars are the days of a component, in order, with what is excluded of
// each.
func (b *book) componentBars(id uptime.ComponentID, days []calendar.Day) []availability.Bar {
	bars := barsOf(b.ledger.components[id], days)
	availability.NoteExcluded(bars, days, b.ledger.excluded[id])
	return bars
}

// spentIn is how long a line was in each state within a span.
func spentIn(l availability.Timeline, span calendar.Span) availability.Bar {
	return barsOf(l, []calendar.Day{{Span: span}})[0]
}
