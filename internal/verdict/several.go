package verdict

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Quorum is the state that one round of looks from several vantages comes to
// (golden family "quorum"). A vantage that saw nothing has not reported. Fewer
// reports than minReporting, or none: Unknown. No report of failure: Up, or
// Degraded where more than half are slow. More than half fail: Down. Otherwise
// Partial.
func Quorum(reports []uptime.Outcome, minReporting int) uptime.State {
	var count [uptime.Fail + 1]int
	for _, r := range reports {
		count[r]++
	}
	reporting := len(reports) - count[uptime.Unseen]
	switch {
	case reporting == 0 || reporting < minReporting:
		return uptime.Unknown
	case 2*count[uptime.Fail] > reporting:
		return uptime.Down
	case count[uptime.Fail] > 0:
		return uptime.Partial
	case 2*count[uptime.Slow] > reporting:
		return uptime.Degraded
	default:
		return uptime.Up
	}
}

// Worst is the state of something that is only as good as its worst part: down,
// partial, degraded, unknown, up. Of no parts nothing is known.
func Worst(parts ...uptime.State) uptime.State {
	if len(parts) == 0 {
		return uptime.Unknown
	}
	worst := parts[0]
	for _, s := range parts[1:] {
		if s.Worse(worst) {
			worst = s
		}
	}
	return worst
}

// Blind tells whether a vantage has lost its own connection to a class of
// targets: fewer than half of its canaries (rounded up) answer, and no real
// target of that class has in the last interval. One success proves the uplink.
// Without canaries nothing is told.
func Blind(canaries []uptime.Outcome, targetAnswered bool) bool {
	if len(canaries) == 0 || targetAnswered {
		return false
	}
	answering := 0
	for _, c := range canaries {
		if c == uptime.Pass || c == uptime.Slow {
			answering++
		}
	}
	return answering < (len(canaries)+1)/2
}

// correlated is how many monitors at least must turn together.
const correlated = 5

// Correlated tells whether so many of a vantage's live monitors turned down
// within one interval that the vantage is to be doubted rather than they: half of
// them, and at least five.
func Correlated(flips, live int) bool { return flips >= correlated && 2*flips >= live }

// The measure of flapping.
const (
	flaps    = 4
	flapTime = 15 * time.Minute
)

// Flapping tells whether at least four confirmed transitions fall into the 15
// minutes that end with now. They are one episode, and one failure.
func Flapping(transitions []time.Time, now time.Time) bool {
	n := 0
	for _, t := range transitions {
		if t.After(now.Add(-flapTime)) && !t.After(now) {
			n++
		}
	}
	return n >= flaps
}
