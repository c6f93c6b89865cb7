package availability

import (
	"math/big"

	"github.com/upheld/upheld/internal/uptime"
)

// Weights say how bad a second of a state is, from 0 (as good as up) to 1 (as
// bad as down). Nil is the standard weight: down 1, partial 3/10, degraded 0.
type Weights struct{ Down, Partial, Degraded *big.Rat }

// Of is the weight of a state. What is up, unknown or in maintenance weighs
// nothing.
func (w Weights) Of(s uptime.State) *big.Rat {
	given, standard := (*big.Rat)(nil), zero()
	switch s {
	case uptime.Down:
		given, standard = w.Down, one()
	case uptime.Partial:
		given, standard = w.Partial, big.NewRat(3, 10)
	case uptime.Degraded:
		given = w.Degraded
	default:
	}
	if given != nil {
		return given
	}
	return standard
}

// weigh is how bad a stretch is.
func (w Weights) weigh(s Stretch) *big.Rat {
	if s.Weight != nil {
		return s.Weight
	}
	return w.Of(s.State)
}

// Missing says what becomes of time that nobody observed.
type Missing uint8

// The ways to treat unknown time.
const (
	Exclude   Missing = iota // it leaves the denominator
	CountDown                // it stays in, as bad as down
	CountUp                  // it stays in, as good as up
)

// Policy is how time is counted. The zero value is the standard one: standard
// weights, unknown time excluded.
type Policy struct {
	Weights Weights
	Unknown Missing
}

// Strict is the policy under which anything less than the whole counts as the
// loss of the whole: partial weighs as much as down. Weights of single stretches
// do not soften it.
func (p Policy) Strict() Policy {
	p.Weights.Partial = p.Weights.Of(uptime.Down)
	return p
}
