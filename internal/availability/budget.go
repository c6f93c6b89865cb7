package availability

import (
	"math/big"
	"time"
)

// Budget is how much may go wrong in a period without the target being missed.
// Amounts are in seconds.
type Budget struct {
	Allowed   *big.Rat // (1 - target) x (period - excluded)
	Remaining *big.Rat // negative once more is spent
	// Left is Remaining as a share of Allowed; nil where nothing is allowed.
	Left      *big.Rat
	Exhausted bool // Remaining is below zero
}

// Allowed is the bad time in seconds that a target, a share of one, leaves of a
// length of time.
func Allowed(target *big.Rat, d time.Duration) *big.Rat {
	return times(minus(one(), target), Seconds(d))
}

// BudgetOf is the budget of a whole period of which bad seconds are spent. It
// counts the full period from its first day on.
func BudgetOf(target *big.Rat, period, excluded time.Duration, bad *big.Rat) Budget {
	allowed := Allowed(target, period-excluded)
	remaining := minus(allowed, bad)
	return Budget{
		Allowed:   allowed,
		Remaining: remaining,
		Left:      ratio(remaining, allowed),
		Exhausted: remaining.Sign() < 0,
	}
}

// Exhaustion is the time in seconds until a budget is spent of which the share
// left remains, at a steady burn rate: window / burn x left. It is nil at a burn
// of zero: never.
func Exhaustion(window time.Duration, burn, left *big.Rat) *big.Rat {
	if burn.Sign() == 0 {
		return nil
	}
	return times(ratio(Seconds(window), burn), left)
}
