package availability

import (
	"math/big"
	"time"
)

// Severity is how loudly a burning budget is told.
type Severity string

// The severities.
const (
	Page   Severity = "page"   // wake somebody
	Ticket Severity = "ticket" // in working hours
)

// BurnRule fires when both of its windows burn strictly faster than Burn: the long
// one shows that it matters, the short one that it still goes on.
type BurnRule struct {
	Severity    Severity
	Long, Short time.Duration
	Burn        *big.Rat
}

// BurnRules are the rules of the SRE Workbook, chapter 5, table 5-8, with the
// ticket of its code sample: 2 % of a 30 day budget in an hour, 5 % in six, 10 %
// in one day, 10 % in three.
func BurnRules() []BurnRule {
	const day = 24 * time.Hour
	return []BurnRule{
		{Page, time.Hour, 5 * time.Minute, big.NewRat(144, 10)},
		{Page, 6 * time.Hour, 30 * time.Minute, big.NewRat(6, 1)},
		{Ticket, day, 2 * time.Hour, big.NewRat(3, 1)},
		{Ticket, 3 * day, 6 * time.Hour, big.NewRat(1, 1)},
	}
}

// BurnWindow is what a window of that nominal length came to.
type BurnWindow struct {
	Nominal, Measured time.Duration
	Bad               *big.Rat // confirmed bad seconds, weighed
}

// BurnWindowOf is the burn window of a measure.
func BurnWindowOf(m Measure) BurnWindow {
	return BurnWindow{Nominal: m.Window, Measured: m.Measured, Bad: m.Bad()}
}

// Rate is how many times faster than sustainable the budget burns:
// (bad / measured) / (1 - target). It is nil if nothing was measured or the target
// leaves no budget.
func (w BurnWindow) Rate(target *big.Rat) *big.Rat {
	share := ratio(w.Bad, Seconds(w.Measured))
	if share == nil {
		return nil
	}
	return ratio(share, minus(one(), target))
}

// exceeds tells whether the window burns strictly faster than burn; with a target
// that leaves no budget, any bad time does.
func (w BurnWindow) exceeds(burn, target *big.Rat) bool {
	return w.Bad.Cmp(times(times(burn, minus(one(), target)), Seconds(w.Measured))) > 0
}

// sees tells whether enough of the window was measured to tell anything.
func (w BurnWindow) sees(minCoverage *big.Rat) bool {
	covered := ratio(Seconds(w.Measured), Seconds(w.Nominal))
	return covered != nil && covered.Sign() > 0 && covered.Cmp(minCoverage) >= 0
}

// Alarm is what the burn rules come to.
type Alarm struct {
	Fired        []BurnRule // in the order of the rules
	Insufficient []BurnRule // neither fire nor clear: too little was measured
	Notify       Severity   // the highest severity that fired; empty: none
}

// Watch applies burn rules to windows by their nominal length. A rule whose window
// is missing, or was measured for a share of less than minCoverage, is
// insufficient.
func Watch(rules []BurnRule, windows map[time.Duration]BurnWindow, target, minCoverage *big.Rat) Alarm {
	var alarm Alarm
	for _, r := range rules {
		long, short := windows[r.Long], windows[r.Short]
		switch {
		case !long.sees(minCoverage) || !short.sees(minCoverage):
			alarm.Insufficient = append(alarm.Insufficient, r)
		case long.exceeds(r.Burn, target) && short.exceeds(r.Burn, target):
			alarm.Fired = append(alarm.Fired, r)
			if alarm.Notify == "" || r.Severity == Page {
				alarm.Notify = r.Severity
			}
		}
	}
	return alarm
}

// TimeToFire is how many seconds of a steady error ratio it takes until the long
// window exceeds a burn rate: (1 - target) / ratio x long x burn. A result beyond
// the long window means never; nil where nothing fails.
func TimeToFire(target, errorRatio *big.Rat, long time.Duration, burn *big.Rat) *big.Rat {
	share := ratio(minus(one(), target), errorRatio)
	if share == nil {
		return nil
	}
	return times(times(share, Seconds(long)), burn)
}
