package statuspage

import (
	"fmt"
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// promise is a service on the home page: what was promised, what was done.
func (b *book) promise(s uptime.Service) Promise {
	state := b.serviceState(s)
	now := b.current(s)
	a := b.measureService(s, now.elapsed)
	p := Promise{
		Mark:    mark(state),
		ID:      string(s.ID),
		Name:    isolate(s.Name),
		Covers:  b.covers(s),
		Period:  now.name,
		Figures: figuresOf(a, b.interval(s.Components...)),
	}
	if !promised(s) {
		return p
	}
	p.Target = s.Target.String()
	j := judge(s, now, a)
	p.Verdict = j.said()
	p.Budget, p.Used = tally(length(j.budget.Allowed)), lost(length(j.used))
	p.UsedShare, p.Overspent = j.share(), j.budget.Exhausted
	p.LastPeriod = b.lastPeriod(s, now)
	return p
}

// measuredPromise stands behind the figure of what was promised.
func measuredPromise(p Promise) string {
	of := " of "
	if p.Verdict.Class == "miss" {
		of = " against "
	}
	return of + p.Target + " % promised — " + p.Verdict.Word
}

// unobservedPromise stands where there is no figure yet.
func unobservedPromise(p Promise) string {
	if p.Target == "" {
		return ""
	}
	return ", " + p.Target + " % promised"
}

// covers says in a sentence what a service is made of.
func (b *book) covers(s uptime.Service) string {
	names := make([]string, 0, len(s.Components))
	for _, link := range b.componentLinks(s.Components) {
		names = append(names, link.Text)
	}
	if len(names) == 1 && names[0] == isolate(s.Name) {
		return ""
	}
	if len(names) < 2 {
		return "covers " + list(names, mostNames)
	}
	switch s.Composition {
	case uptime.AnyOf:
		return "covers " + list(names, mostNames) + "; down when none of them works"
	case uptime.WeightedMean:
		return "covers " + list(names, mostNames) + ", on average"
	case uptime.AllOf:
	}
	return "covers " + list(names, mostNames) + "; down when any of them is"
}

// lastPeriod tells how the month before ended, where enough of it is known.
func (b *book) lastPeriod(s uptime.Service, now period) string {
	if s.Window.Kind != uptime.CalendarMonth {
		return ""
	}
	before := b.monthPeriod(s, now.From.Add(-time.Hour))
	a := b.measureService(s, before.Span)
	if a.Commitment.Availability() == nil {
		return ""
	}
	j := judge(s, before, a)
	return fmt.Sprintf("%s: %s %% of %s %% promised — %s", before.name,
		percent(a.Commitment.Availability(), figureDecimals), s.Target, j.said().Word)
}

// monthPeriod is the whole calendar month that at lies in.
func (b *book) monthPeriod(s uptime.Service, at time.Time) period {
	zone := s.Zone
	if zone == nil {
		zone = b.zone
	}
	p := b.monthIn(at, zone)
	p.judged = promised(s) && s.Window.Kind == uptime.CalendarMonth
	return p
}

// monthIn is the calendar month of a zone that at lies in.
func (b *book) monthIn(at time.Time, zone *time.Location) period {
	p := period{Span: calendar.MonthAt(at, zone)}
	p.name = p.From.In(zone).Format("January 2006")
	p.elapsed, p.closed = p.Span, !p.To.After(b.now)
	if !p.closed {
		p.elapsed.To = b.now
		p.name += " so far"
	}
	return p
}

// judgement is how a promise stands in one period.
type judgement struct {
	verdict availability.Verdict
	budget  availability.Budget
	used    *big.Rat // weighted seconds
}

// judge weighs what was measured of a period against the service's target.
func judge(s uptime.Service, p period, a availability.Figures) judgement {
	m := a.Commitment
	terms := availability.TermsFor(s.Target.Rat())
	j := judgement{used: m.Bad(), budget: availability.BudgetOf(terms.Target, p.Duration(), m.Excluded, m.Bad())}
	so := availability.PeriodOf(m, p.Duration())
	switch {
	case m.Availability() == nil:
		j.verdict = availability.InsufficientData
	case p.closed:
		j.verdict = so.Closed(terms)
	default:
		j.verdict = so.Open(terms)
	}
	return j
}

// said is a verdict in the promise's own words.
func (j judgement) said() Verdict {
	switch j.verdict {
	case availability.Breached:
		return Verdict{"miss", "missed"}
	case availability.Met:
		return Verdict{"", "kept"}
	case availability.AtRisk:
		return Verdict{"risk", "at risk"}
	case availability.InsufficientData:
		return Verdict{"", "too little observed"}
	case availability.OnTrack, uptime.Overdue, uptime.NotMeasured:
	}
	return Verdict{"", "on track"}
}

// share is how full the gauge is, in percent: all of it once the budget is
// spent.
func (j judgement) share() int {
	if j.budget.Left == nil {
		if j.used.Sign() > 0 {
			return 100
		}
		return 0
	}
	used := new(big.Rat).Sub(big.NewRat(1, 1), j.budget.Left)
	percent, _ := new(big.Rat).Mul(used, big.NewRat(100, 1)).Float64()
	return min(int(percent), 100)
}

// length is an exact number of seconds as a duration, rounded down.
func length(seconds *big.Rat) time.Duration {
	nanoseconds := new(big.Rat).Mul(seconds, big.NewRat(int64(time.Second), 1))
	return time.Duration(new(big.Int).Div(nanoseconds.Num(), nanoseconds.Denom()).Int64())
}
