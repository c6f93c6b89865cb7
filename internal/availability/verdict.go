package availability

import (
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Verdict is what is said of a promise for one period.
type Verdict = uptime.Verdict

// The verdicts of availability, which are those of every promise.
const (
	Met              = uptime.Met
	Breached         = uptime.Breached
	InsufficientData = uptime.InsufficientData
	OnTrack          = uptime.OnTrack
	AtRisk           = uptime.AtRisk
)

// Period is what a promise's period has come to so far.
type Period struct {
	Length   time.Duration // of the whole period
	Elapsed  time.Duration // of it, so far
	Excluded time.Duration
	Unknown  time.Duration
	Bad      *big.Rat // weighed seconds
}

// PeriodOf is the period of that length of which m is what has elapsed.
func PeriodOf(m Measure, length time.Duration) Period {
	return Period{Length: length, Elapsed: m.Window, Excluded: m.Excluded, Unknown: m.Unknown, Bad: m.Bad()}
}

// Terms are what a period is judged by. All are shares of one.
type Terms struct {
	Target *big.Rat
	// AtRisk: an open period with no more than this share of its budget left is at
	// risk.
	AtRisk *big.Rat
	// Coverage: with less than this, and bounds on both sides of the target, a
	// closed period is not judged.
	Coverage *big.Rat
}

// TermsFor are the usual terms: at risk with a quarter of the budget left, judged
// with 95 % coverage.
func TermsFor(target *big.Rat) Terms {
	return Terms{Target: target, AtRisk: big.NewRat(1, 4), Coverage: big.NewRat(95, 100)}
}

// Closed judges a period that is over: breached if even the upper bound misses,
// met if even the lower bound meets, insufficient data where too little was seen,
// else by what was measured.
func (p Period) Closed(t Terms) Verdict {
	counts := Seconds(p.Length - p.Excluded)
	unknown := Seconds(p.Unknown)
	upper, lower := rest(p.Bad, counts), rest(plus(p.Bad, unknown), counts)
	value, coverage := rest(p.Bad, minus(counts, unknown)), rest(unknown, counts)
	switch {
	case upper == nil:
		return InsufficientData
	case upper.Cmp(t.Target) < 0:
		return Breached
	case lower.Cmp(t.Target) >= 0:
		return Met
	case coverage.Cmp(t.Coverage) < 0 || value == nil:
		return InsufficientData
	case value.Cmp(t.Target) >= 0:
		return Met
	default:
		return Breached
	}
}

// Open judges a period that goes on, against the budget of the whole of it:
// breached once that is overspent, whatever may follow; at risk where little is
// left or where the period would overspend it at the rate so far.
func (p Period) Open(t Terms) Verdict {
	budget := BudgetOf(t.Target, p.Length, p.Excluded, p.Bad)
	projected := p.Projected()
	switch {
	case budget.Exhausted:
		return Breached
	case budget.Left != nil && budget.Left.Cmp(t.AtRisk) <= 0:
		return AtRisk
	case projected != nil && projected.Cmp(budget.Allowed) > 0:
		return AtRisk
	default:
		return OnTrack
	}
}

// Projected is the bad time in seconds that the whole period comes to at the rate
// measured so far; nil if nothing was measured.
func (p Period) Projected() *big.Rat {
	rate := ratio(p.Bad, Seconds(p.Elapsed-p.Excluded-p.Unknown))
	if rate == nil {
		return nil
	}
	return times(rate, Seconds(p.Length))
}

// Headline is the one word that stands above everything.
type Headline string

// The headlines, worst first.
const (
	MajorOutage      Headline = "major_outage"
	PartialOutage    Headline = "partial_outage"
	DegradedService  Headline = "degraded"
	UnderMaintenance Headline = "maintenance"
	NotKnown         Headline = "unknown"
	Operational      Headline = "operational"
)

// ComponentState is a component as far as the headline needs it.
type ComponentState struct {
	Importance uptime.Importance
	State      uptime.State
}

// HeadlineOf is the headline of a page: the first of the headlines that any
// component calls for. Without components it is operational.
func HeadlineOf(components []ComponentState) Headline {
	var seen [uptime.Maintenance + 1]bool
	for _, c := range components {
		seen[c.State] = true
		if c.State == uptime.Down && c.Importance == uptime.Critical {
			return MajorOutage
		}
	}
	switch {
	case seen[uptime.Down], seen[uptime.Partial]:
		return PartialOutage
	case seen[uptime.Degraded]:
		return DegradedService
	case seen[uptime.Maintenance]:
		return UnderMaintenance
	case seen[uptime.Unknown]:
		return NotKnown
	default:
		return Operational
	}
}
