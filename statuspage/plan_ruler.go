package statuspage

import (
	"slices"
	"strconv"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// The ends of a ruler, in tenths of a per cent of its length: marks have room on
// both sides of them.
const (
	rulerBegin = 10
	rulerEnd   = 990
)

// scale puts instants of a span on a ruler.
type scale calendar.Span

// at is where an instant stands; what lies outside stands at the end.
func (s scale) at(t time.Time) string {
	whole := s.To.Sub(s.From)
	if whole <= 0 {
		return place(rulerEnd)
	}
	share := float64(t.Sub(s.From)) / float64(whole)
	return place(rulerBegin + int(min(max(share, 0), 1)*(rulerEnd-rulerBegin)))
}

func place(tenths int) string { return strconv.FormatFloat(float64(tenths)/10, 'f', 1, 64) }

// anchor is how a label stands at an instant so that it does not leave the ruler.
func (s scale) anchor(t time.Time) string {
	whole := s.To.Sub(s.From)
	switch {
	case t.Sub(s.From) < whole/20:
		return "start"
	case s.To.Sub(t) < whole/20:
		return "end"
	}
	return "middle"
}

// ruler draws a plan's notice before it begins, and its window from then on. What
// was called off has none, and nor has what is over but for its notice.
func (b *book) ruler(p uptime.Plan) *Ruler {
	switch {
	case p.Now().Cancelled || len(p.Revisions) == 0:
		return nil
	case underway(p):
		return b.windowRuler(p)
	}
	return b.noticeRuler(p)
}

// noticeRuler reaches from the announcement to the start; the time that was
// promised is emphasised.
func (b *book) noticeRuler(p uptime.Plan) *Ruler {
	start, since := p.Now().From, sinceWhen(p).At
	if p.Phase == uptime.Completed && p.Change() {
		start = p.FinishedAt
	}
	reach := scale{From: since, To: start}
	var cutoffs []time.Time
	for _, rule := range p.Rules.Notices {
		cutoffs = append(cutoffs, planned.Cutoff(rule, start))
	}
	slices.SortFunc(cutoffs, time.Time.Compare)
	r := &Ruler{To: place(rulerEnd), Begin: "announced " + b.clock.brief(since).Text, End: "start"}
	r.Alt = "Announced " + planned.Length(max(0, start.Sub(since))) + " before the start"
	if p.Change() {
		r.End = "in effect"
		r.Alt = "Announced " + planned.Length(max(0, start.Sub(since))) + " before it takes effect"
	}
	if len(cutoffs) > 0 && cutoffs[0].Before(reach.From) {
		reach.From = cutoffs[0]
		r.Begin, r.Late = "promised by "+b.clock.brief(cutoffs[0]).Text, reach.at(since)
	}
	r.From = r.To
	for i, cutoff := range cutoffs {
		if at := reach.at(cutoff); i == 0 || at != r.Promised[len(r.Promised)-1] {
			r.Promised = append(r.Promised, at)
		}
	}
	if longest := longestNotice(p.Rules.Notices, start); longest != "" {
		r.From = r.Promised[0]
		r.Alt += "; " + longest + " promised"
		if r.Late != "" {
			r.End = "announced " + b.clock.brief(since).Text + " ● " + r.End
		} else {
			r.End = longest + " promised ┤ " + r.End
		}
	}
	r.Announced = reach.at(since)
	if p.Open() && b.now.Before(start) {
		r.Now, r.NowAnchor = reach.at(b.now), reach.anchor(b.now)
		r.Alt += "; " + b.countdown(p)
	}
	r.Alt += "."
	return r
}

// longestNotice is the notice that had to be given first, in words.
func longestNotice(rules []uptime.NoticeRule, start time.Time) string {
	if len(rules) == 0 {
		return ""
	}
	return planned.Promised(slices.MinFunc(rules, func(x, y uptime.NoticeRule) int {
		return planned.Cutoff(x, start).Compare(planned.Cutoff(y, start))
	}))
}

// windowRuler reaches from the start of the window to its end, or to now where
// that is later.
func (b *book) windowRuler(p uptime.Plan) *Ruler {
	w := window(p)
	reach := scale{From: w.From, To: uptime.Later(w.To, b.now)}
	r := &Ruler{
		From: reach.at(w.From), To: reach.at(w.To), Now: reach.at(b.now), NowAnchor: reach.anchor(b.now),
		Begin: "began " + b.clock.brief(w.From).Text, End: "ends " + b.clock.brief(w.To).Text,
		Alt: "In progress: " + planned.Length(max(0, b.now.Sub(w.From)).Truncate(time.Minute)) + " of " + planned.Length(w.Duration()) + " have passed.",
	}
	if b.now.After(w.To) {
		r.Over, r.End = r.To, "was to end "+b.clock.brief(w.To).Text
		r.Alt = "Of " + planned.Length(w.Duration()) + " that were announced, none is left: it " + b.countdown(p) + "."
	}
	return r
}
