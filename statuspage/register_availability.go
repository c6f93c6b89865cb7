package statuspage

import (
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// scoreMonths is how many months a promise is told of, the present one included.
const scoreMonths = 12

// held is the service that a promise is about, held to the promise's own terms;
// or why there is none that can be.
func (b *book) held(t uptime.AvailabilityTerms) (s uptime.Service, why string) {
	s, known := b.service(t.Service)
	switch {
	case !known:
		return s, "no service “" + isolate(string(t.Service)) + "” is configured, so there is nothing to hold to it"
	case s.Composition == uptime.WeightedMean:
		return s, "the service is a mean over its components, which hides who suffered: no promise is judged by it"
	case t.Target == 0:
		return s, "no target is named"
	}
	s.Target, s.Window, s.Zone = t.Target, t.Window, t.Zone
	return s, ""
}

// availabilityOf says how a promise of availability stands: in the period that
// goes on, and in each of twelve months. since is when it was first in force.
func (b *book) availabilityOf(c uptime.Commitment, since time.Time) uptime.Standing {
	st := uptime.Standing{Commitment: c}
	s, why := b.held(*c.Availability)
	if why != "" {
		st.Verdict, st.Why = uptime.NotMeasured, why
		return st
	}
	now := b.current(s)
	a := b.measureOnce(s, now.elapsed)
	j := judge(s, now, a)
	st.Verdict = j.verdict
	st.Value = percentValue(a.Commitment.Availability())
	if seen := a.Commitment.Coverage(); st.Value != "" && seen.Cmp(wellSeen) < 0 {
		st.Value += ", with " + percent(seen, coverageDecimals) + " % observed"
	}
	if st.Verdict == uptime.InsufficientData {
		st.Why = tooLittle(a.Commitment, now.name)
	}
	if st.Verdict == uptime.Breached && s.Window.Kind != uptime.Rolling {
		st.Since = b.spentOnce(s, now.elapsed, j.budget.Allowed)
	}
	st.Evidence = []uptime.Reference{{Path: "/services/" + string(s.ID), Text: isolate(s.Name) + " now"}}
	for _, p := range b.scorePeriods(s) {
		b.scoreMonth(&st, s, p, since)
	}
	return st
}

// wellSeen is the share of time from which on a figure stands without a word
// about how much of it was observed.
var wellSeen = big.NewRat(95, 100)

// scored is how a promise is asked for one month.
type scored struct {
	month string // "2026-11"
	span  calendar.Span
	period
}

// scorePeriods are the periods that twelve months are told by, oldest first. Of
// a promise for calendar months it is the month; of another it is the period
// that the month's end lies in, as it stood then.
func (b *book) scorePeriods(s uptime.Service) []scored {
	zone := s.Zone
	if zone == nil {
		zone = b.zone
	}
	out := make([]scored, scoreMonths)
	month := calendar.MonthAt(b.now, zone)
	for i := scoreMonths - 1; i >= 0; i-- {
		out[i] = scored{calendar.DateOf(month.From, zone).String()[:len("2006-01")], month, b.periodOf(s, month, zone)}
		month = calendar.MonthAt(month.From.Add(-time.Hour), zone)
	}
	return out
}

// periodOf is the period by which a month is told.
func (b *book) periodOf(s uptime.Service, month calendar.Span, zone *time.Location) period {
	end := b.elapsed(month).To
	var p period
	switch s.Window.Kind {
	case uptime.Rolling:
		p = period{Span: calendar.Rolling(s.Window.Days, end), name: "the " + uptime.Count(s.Window.Days, "day") + " before its end"}
		p.elapsed, p.closed = p.Span, end.Before(b.now)
	case uptime.CalendarYear:
		p = period{Span: calendar.YearAt(month.From, zone), name: "the year until its end"}
		p.elapsed = calendar.Span{From: p.From, To: end}
		p.closed = !p.To.After(end)
	case uptime.CalendarMonth:
		p = b.monthIn(month.From, zone)
	}
	p.judged = true
	return p
}

// scoreMonth adds a month to a standing: its cell, and its case where it was
// broken.
func (b *book) scoreMonth(st *uptime.Standing, s uptime.Service, p scored, since time.Time) {
	cell := uptime.Cell{Month: p.month, Evidence: uptime.Reference{Path: commitmentPath(st.Commitment.ID) + "#m" + p.month, Text: "the working of " + p.month}}
	if !p.span.To.After(since) {
		cell.Verdict, cell.Value = uptime.NotMeasured, notInForce
		st.Cells = append(st.Cells, cell)
		return
	}
	a := b.measureOnce(s, p.elapsed)
	j := judge(s, p.period, a)
	cell.Verdict, cell.Value = j.verdict, percentValue(a.Commitment.Availability())
	st.Cells = append(st.Cells, cell)
	if cell.Verdict != uptime.Breached {
		return
	}
	if c, again := b.availabilityCase(s, p, cell.Value, j), len(st.Cases); again == 0 || st.Cases[again-1].Key != c.Key {
		st.Cases = append(st.Cases, c)
	}
}

// notInForce is said of a month before a promise was made.
const notInForce = "not in force"

// availabilityCase is a period in which the promise was broken: a month, or of a
// promise about years, a year.
func (b *book) availabilityCase(s uptime.Service, p scored, value string, j judgement) uptime.Case {
	c := uptime.Case{
		Key: p.month, At: p.elapsed.To, Summary: isolate(s.Name) + ": " + value + " against " + s.Target.String() + " % promised, " + p.name,
	}
	if s.Window.Kind == uptime.CalendarYear {
		c.Key = p.month[:len("2006")]
	}
	if s.Window.Kind != uptime.Rolling {
		if spent := b.spentOnce(s, p.elapsed, j.budget.Allowed); !spent.IsZero() {
			c.At = spent
		}
	}
	return c
}

// spentAt is the instant at which a period's budget was overspent; zero: it was
// not.
func (b *book) spentAt(s uptime.Service, span calendar.Span, allowed *big.Rat) time.Time {
	var used big.Rat
	for _, piece := range b.spending(s, span) {
		cost := new(big.Rat).Mul(availability.Seconds(piece.Duration()), piece.weight)
		left := new(big.Rat).Sub(allowed, &used)
		if cost.Cmp(left) > 0 {
			return piece.From.Add(length(left.Quo(left, piece.weight)))
		}
		used.Add(&used, cost)
	}
	return time.Time{}
}

// spend is a stretch that counts, and how much a second of it does.
type spend struct {
	calendar.Span
	weight *big.Rat
}

// spending is all of a service's time in a span that is counted against its
// promise, oldest first.
func (b *book) spending(s uptime.Service, span calendar.Span) []spend {
	line, excluded := availability.Agreed(s.Composition, span, b.serviceParts(s, span), standard.Weights)
	var out []spend
	for _, stretch := range line {
		weight := stretch.Weight
		if weight == nil {
			weight = standard.Weights.Of(stretch.State)
		}
		if weight.Sign() == 0 {
			continue
		}
		for _, counted := range (calendar.Spans{stretch.Span}).Subtract(excluded) {
			out = append(out, spend{counted, weight})
		}
	}
	return out
}

// percentValue is a share of one as it is told of a promise; empty where it is
// undefined.
func percentValue(share *big.Rat) string {
	if share == nil {
		return ""
	}
	return percent(share, figureDecimals) + " %"
}

// tooLittle says how much of a period was observed, and that it is not enough.
func tooLittle(m availability.Measure, name string) string {
	if m.Availability() == nil {
		return "nothing was observed in " + name
	}
	return "too little was observed in " + name + ": " + percent(m.Coverage(), coverageDecimals) + " % of the time"
}
