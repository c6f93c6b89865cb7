package verdict

import (
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func TestQuorum(t *testing.T) {
	const u, p, s, f = uptime.Unseen, uptime.Pass, uptime.Slow, uptime.Fail
	for _, c := range []struct {
		reports []uptime.Outcome
		least   int
		want    uptime.State
	}{
		{[]uptime.Outcome{f, f, p, p}, 2, uptime.Partial},
		{[]uptime.Outcome{f, f, f, p}, 2, uptime.Down},
		{[]uptime.Outcome{f, f, u, p}, 2, uptime.Down},
		{[]uptime.Outcome{f, u, u, u}, 2, uptime.Unknown},
		{[]uptime.Outcome{f, p, u, u}, 2, uptime.Partial},
		{[]uptime.Outcome{p, p, u}, 2, uptime.Up},
		{[]uptime.Outcome{s, s, p}, 2, uptime.Degraded},
		{[]uptime.Outcome{s, p}, 2, uptime.Up},
		{[]uptime.Outcome{s, f}, 2, uptime.Partial},
		{[]uptime.Outcome{u, u}, 0, uptime.Unknown},
		{nil, 0, uptime.Unknown},
	} {
		if got := Quorum(c.reports, c.least); got != c.want {
			t.Errorf("%v of at least %d: %s, want %s", c.reports, c.least, got, c.want)
		}
	}
}

func TestWorst(t *testing.T) {
	worstFirst := []uptime.State{uptime.Down, uptime.Partial, uptime.Degraded, uptime.Maintenance, uptime.Unknown, uptime.Up}
	for i, worse := range worstFirst {
		for _, other := range worstFirst[i:] {
			if a, b := Worst(worse, other), Worst(other, worse); a != worse || b != worse {
				t.Errorf("%s and %s: %s, %s", worse, other, a, b)
			}
		}
	}
	if got := Worst(); got != uptime.Unknown {
		t.Errorf("of nothing: %s", got)
	}
}

func TestBlind(t *testing.T) {
	const u, p, f = uptime.Unseen, uptime.Pass, uptime.Fail
	for _, c := range []struct {
		canaries []uptime.Outcome
		answered bool
		want     bool
	}{
		{[]uptime.Outcome{f, f, p}, false, true},
		{[]uptime.Outcome{f, u, p}, false, true},
		{[]uptime.Outcome{f, p, p}, false, false},
		{[]uptime.Outcome{f, f, f}, true, false},
		{[]uptime.Outcome{f, f, p, p}, false, false},
		{[]uptime.Outcome{f, f, f, p}, false, true},
		{nil, false, false},
	} {
		if got := Blind(c.canaries, c.answered); got != c.want {
			t.Errorf("%v, a target answered %t: %t", c.canaries, c.answered, got)
		}
	}
}

func TestCorrelated(t *testing.T) {
	for _, c := range []struct {
		flips, live int
		want        bool
	}{{5, 10, true}, {5, 11, false}, {4, 4, false}, {5, 5, true}, {50, 100, true}, {49, 100, false}} {
		if got := Correlated(c.flips, c.live); got != c.want {
			t.Errorf("%d of %d: %t", c.flips, c.live, got)
		}
	}
}

func TestFlapping(t *testing.T) {
	now := base.Add(time.Hour)
	ago := func(minutes ...int) []time.Time {
		var list []time.Time
		for _, m := range minutes {
			list = append(list, now.Add(-time.Duration(m)*time.Minute))
		}
		return list
	}
	for _, c := range []struct {
		transitions []time.Time
		want        bool
	}{
		{ago(0, 3, 7, 14), true},
		{ago(0, 3, 7, 15), false},
		{ago(0, 3, 7), false},
		{ago(-1, 0, 3, 7), false},
		{ago(1, 2, 3, 4, 60), true},
	} {
		if got := Flapping(c.transitions, now); got != c.want {
			t.Errorf("%v at %v: %t", c.transitions, now, got)
		}
	}
}
