package statuspage

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// piece is a piece of a plan's window, or of what went beyond it.
type piece struct {
	calendar.Span
	excluded bool
	why      string
}

// Why a piece is excluded or counts.
const (
	whyOverrun   = "it counts: past the announced end"
	whyCancelled = "it counts: the work was called off"
)

// pieces split a plan's window by what becomes of its time: what is excluded,
// what was announced too late, and what lies in forbidden hours.
func (b *book) pieces(p uptime.Plan) []piece {
	w := window(p)
	switch {
	case p.Change() || w.Empty():
		return nil
	case p.Now().Cancelled:
		return []piece{{w, false, whyCancelled}}
	}
	covered := w
	for _, rule := range p.Rules.Notices {
		covered = covered.Clip(planned.Covered(rule, p))
	}
	inTime := calendar.Union(covered)
	excluded := planned.Excluded(p)
	var out []piece
	add := func(spans calendar.Spans, excluded bool, why string) {
		for _, s := range spans {
			out = append(out, piece{s, excluded, why})
		}
	}
	add(excluded, true, whyExcluded(p))
	add(calendar.Union(w).Subtract(inTime), false, whyLate(p))
	add(inTime.Subtract(excluded), false, "it counts: hours that are promised to be left alone, "+hoursText(p.Rules.Blackouts, w.From))
	slices.SortFunc(out, func(x, y piece) int { return x.From.Compare(y.From) })
	return out
}

// whyExcluded says what a plan's excluded time has in common.
func whyExcluded(p uptime.Plan) string {
	text := "announced " + planned.Length(max(0, p.Now().From.Sub(sinceWhen(p).At))) + " ahead"
	longest := longestNotice(p.Rules.Notices, p.Now().From)
	switch {
	case longest != "" && lateNotice(p): // in part
		text = "announced " + longest + " ahead and throughout, as promised"
	case longest != "":
		text += ", " + longest + " promised"
	}
	if len(p.Rules.Blackouts) > 0 {
		text += "; outside " + hoursText(p.Rules.Blackouts, p.Now().From)
	}
	return text
}

// lateNotice tells whether part of the window was announced too late.
func lateNotice(p uptime.Plan) bool {
	return slices.ContainsFunc(p.Rules.Notices, func(r uptime.NoticeRule) bool { return planned.Covered(r, p) != planned.Window(p) })
}

func whyLate(p uptime.Plan) string {
	text := "it counts: not announced " + longestNotice(p.Rules.Notices, p.Now().From) + " ahead"
	if len(p.Revisions) > 1 {
		text += " and throughout"
	}
	if p.Emergency {
		text += "; an emergency is a label and excludes nothing"
	}
	return text
}

// overrun is the time past the announced end in which one of the components was
// down or partly so, without a break since the work.
func (b *book) overrun(p uptime.Plan, components []uptime.ComponentID) calendar.Span {
	w := planned.Window(p)
	out := calendar.Span{From: w.To, To: w.To}
	if w.Empty() || !w.To.Before(b.now) {
		return out
	}
	for _, id := range components {
		for _, s := range b.ledger.components[id] {
			bad := s.State == uptime.Down || s.State == uptime.Partial
			if bad && !s.From.After(out.To) && s.To.After(out.To) && s.To.After(w.To) {
				out.To = s.To
			}
		}
	}
	return out
}

// planPieces are what became of a plan's time within a span, as readers see it,
// for these of its components. Of time to come it says what will.
func (b *book) planPieces(p uptime.Plan, components []uptime.ComponentID, within calendar.Span) []PlanPiece {
	var out []PlanPiece
	link := Link{planAddress(p), isolate(p.Title)}
	for _, piece := range b.pieces(p) {
		span := piece.Clip(within)
		if span.Empty() {
			continue
		}
		out = append(out, b.planPiece(link, span, piece.excluded, piece.why, components))
	}
	if over := b.overrun(p, components).Clip(within); !over.Empty() {
		out = append(out, b.planPiece(link, over, false, whyOverrun, components))
	}
	return out
}

func (b *book) planPiece(link Link, span calendar.Span, excluded bool, why string, components []uptime.ComponentID) PlanPiece {
	view := PlanPiece{Plan: link, Length: tally(span.Duration()), Excluded: excluded, Why: why}
	if !excluded {
		view.Length = lost(span.Duration())
	}
	view.From, view.To = b.clock.ends(span.From, span.To)
	passed := span.Clip(b.ledger.span)
	if passed.Empty() || span.From.Before(b.ledger.span.From) {
		return view
	}
	var down []string
	for _, id := range components {
		spent := spentIn(b.ledger.components[id], passed)
		if spent.Down+spent.Partial == 0 {
			continue
		}
		words := barWords(spent)
		if c, known := b.component(id); known && len(components) > 1 {
			words = isolate(c.Name) + " " + words
		}
		down = append(down, words)
	}
	switch {
	case len(down) > 0:
		view.Down = list(down, mostNames)
	case len(components) == 1:
		view.Down = barWords(spentIn(b.ledger.components[components[0]], passed))
	case len(components) > 1:
		view.Down = "nothing was down"
	}
	return view
}

// announcedLength is how long work was to last by the newest announcement that
// did not end it early.
func announcedLength(p uptime.Plan) time.Duration {
	for _, r := range slices.Backward(p.Revisions) {
		if !r.Finished {
			return r.To.Sub(r.From)
		}
	}
	return window(p).Duration()
}

// used is how long work lasted, or has so far; false: it has not begun.
func (b *book) used(p uptime.Plan) (time.Duration, bool) {
	if p.Change() || p.StartedAt.IsZero() {
		return 0, false
	}
	end := p.FinishedAt
	if end.IsZero() {
		end = b.now
	}
	return max(0, end.Sub(p.StartedAt)), true
}

// usedText is that in words: "1 h 4 m", "40 m so far".
func (b *book) usedText(p uptime.Plan) string {
	d, begun := b.used(p)
	switch {
	case !begun:
		return ""
	case p.Open():
		return tally(d) + " so far"
	}
	return tally(d)
}

// excludedText is how much of its components' time a plan excludes until now.
func (b *book) excludedText(p uptime.Plan) string {
	spans := planned.Excluded(p).Clip(calendar.Span{From: p.Now().From, To: b.now})
	if len(spans) == 0 {
		return ""
	}
	return tally(spans.Total())
}

// planWorking lists what became of announced work on components within a span:
// the newest plan first.
func (b *book) planWorking(components []uptime.ComponentID, within calendar.Span) []PlanWorking {
	var plans []uptime.Plan
	for _, p := range b.in.Plans {
		over := calendar.Span{From: p.Now().From, To: uptime.Later(p.Now().To, b.overrun(p, touched(p, components)).To)}
		if !p.Change() && p.Touches(components...) && !over.Clip(within).Empty() {
			plans = append(plans, p)
		}
	}
	slices.SortStableFunc(plans, func(x, y uptime.Plan) int { return y.Now().From.Compare(x.Now().From) })
	var out []PlanWorking
	for _, p := range plans[:min(len(plans), mostSpans)] {
		out = append(out, PlanWorking{
			Plan: Link{planAddress(p), isolate(p.Title)}, Emergency: p.Emergency,
			Announced: tally(announcedLength(p)), Used: b.usedText(p),
			Pieces: b.planPieces(p, touched(p, components), within),
		})
	}
	return out
}

// tellWhole adds what each plan excludes of a service of several components:
// another one may have been down meanwhile, or could have served.
func (b *book) tellWhole(plans []PlanWorking, s uptime.Service, within calendar.Span) {
	if len(s.Components) < 2 || s.Composition == uptime.WeightedMean {
		return
	}
	whole := b.excludedOf(s, within)
	for i := range plans {
		for _, p := range b.in.Plans {
			if plans[i].Plan.Path == planAddress(p) {
				plans[i].Whole = tally(whole.Intersect(b.agreed.of[p.ID]).Total()) + " excluded of " + isolate(s.Name)
			}
		}
	}
}

// excludedOfSpan tells how much of a stretch does not count.
func excludedOfSpan(state uptime.State, excluded calendar.Spans) string {
	if len(excluded) == 0 || state == uptime.Up {
		return ""
	}
	return tally(excluded.Total()) + " of it excluded"
}

// touched are those of the components that a plan names.
func touched(p uptime.Plan, components []uptime.ComponentID) []uptime.ComponentID {
	var out []uptime.ComponentID
	for _, id := range components {
		if slices.Contains(p.Components, id) {
			out = append(out, id)
		}
	}
	return out
}

// keptText sums up whether a plan that is over kept what was promised.
func keptText(lines []KeptLine) (text string, broken bool) {
	n := 0
	for _, l := range lines {
		if !l.Kept {
			n++
		}
	}
	switch {
	case len(lines) == 0:
		return "", false
	case n == 0:
		return "every promise kept", false
	}
	return uptime.Count(n, "promise") + " broken", true
}
