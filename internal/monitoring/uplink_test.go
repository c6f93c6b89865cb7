package monitoring

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

type fixedCanary bool

func (c fixedCanary) Look(context.Context) bool { return bool(c) }

func TestUplinkJudgesWhoseFaultAFailureIs(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	monitors := func(n int, class uptime.Class) (all []uptime.Monitor) {
		for i := range n {
			all = append(all, uptime.Monitor{ID: uptime.MonitorID(fmt.Sprint("m", i)), Class: class})
		}
		return all
	}
	silent := func(i int) uptime.Observation {
		return uptime.Observation{Monitor: uptime.MonitorID(fmt.Sprint("m", i)), At: start.Add(time.Duration(i) * time.Second),
			Outcome: uptime.Fail, Code: uptime.TimedOut}
	}
	answered := silent(9)
	answered.Code, answered.Facts.HTTPStatus = uptime.HTTPStatus, 503
	connected := silent(9)
	connected.Phases[uptime.Connect] = time.Millisecond
	passed := silent(1)
	passed.Outcome, passed.Code = uptime.Pass, uptime.OK
	none, all := []Canary(nil), func(ok ...bool) (c []Canary) {
		for _, is := range ok {
			c = append(c, fixedCanary(is))
		}
		return c
	}

	for name, test := range map[string]struct {
		canaries []Canary
		class    uptime.Class
		monitors int
		before   []uptime.Observation
		look     uptime.Observation
		want     opinion
	}{
		"canaries answer":                       {all(true, true, false), uptime.Internet, 1, nil, silent(0), believe},
		"most canaries are silent":              {all(true, false, false), uptime.Internet, 1, nil, silent(0), disbelieve},
		"canaries silent, but the target spoke": {all(false, false, false), uptime.Internet, 1, nil, answered, believe},
		"canaries say nothing of a LAN":         {all(false, false, false), uptime.Private, 1, nil, silent(0), believe},
		"loopback has no uplink":                {all(false, false, false), uptime.Loopback, 9, []uptime.Observation{silent(0), silent(1), silent(2), silent(3), silent(4)}, silent(5), believe},
		"five of nine fail at once":             {none, uptime.Internet, 9, []uptime.Observation{silent(0), silent(1), silent(2), silent(3), silent(4)}, silent(4), disbelieve},
		"four of nine fail: too early to tell":  {none, uptime.Internet, 9, []uptime.Observation{silent(0), silent(1), silent(2), silent(3)}, silent(3), wait},
		"five fail but one answered since":      {none, uptime.Internet, 9, []uptime.Observation{silent(0), passed, silent(2), silent(3), silent(4), silent(5)}, silent(5), believe},
		"too few monitors to compare":           {none, uptime.Internet, 4, []uptime.Observation{silent(0), silent(1), silent(2)}, silent(3), believe},
		"a connection was made":                 {none, uptime.Internet, 9, []uptime.Observation{silent(0), silent(1), silent(2), silent(3), silent(4)}, connected, believe},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUplink(test.canaries)
			u.watching(monitors(test.monitors, test.class))
			for _, o := range test.before {
				u.saw(test.class, o)
			}
			u.saw(test.class, test.look)
			if got, _ := u.judge(t.Context(), test.class, test.look, start); got != test.want {
				t.Errorf("opinion %d, want %d", got, test.want)
			}
		})
	}
}

func TestUplinkSaysOnceThatItIsBlindAndOnceThatItSees(t *testing.T) {
	start := time.Now().UTC()
	u := newUplink([]Canary{fixedCanary(false), fixedCanary(false), fixedCanary(false)})
	u.watching([]uptime.Monitor{{ID: "a"}, {ID: "b"}})
	went, sees := 0, 0
	look := func(id uptime.MonitorID, outcome uptime.Outcome, code uptime.Code) {
		o := uptime.Observation{Monitor: id, At: start, Outcome: outcome, Code: code}
		if u.saw(uptime.Internet, o) {
			sees++
		}
		if _, blind := u.judge(t.Context(), uptime.Internet, o, start); blind {
			went++
		}
	}
	for range 3 {
		look("a", uptime.Fail, uptime.TimedOut)
		look("b", uptime.Fail, uptime.Unreachable)
	}
	if !u.blind()[uptime.Internet] || u.blind()[uptime.Private] {
		t.Errorf("blind %v, want the internet alone", u.blind())
	}
	start = start.Add(time.Minute)
	look("a", uptime.Pass, uptime.OK)
	look("b", uptime.Pass, uptime.OK)
	if went != 1 || sees != 1 || u.blind()[uptime.Internet] {
		t.Errorf("went blind %d times, saw again %d times, blind now %v; want once, once, false", went, sees, u.blind()[uptime.Internet])
	}
}

// The canaries alone tell that the connection is back, where the only target
// went down meanwhile.
func TestTheUplinkIsBackWhenTheCanariesAre(t *testing.T) {
	start := time.Now().UTC()
	canaries := []Canary{fixedCanary(false), fixedCanary(false), fixedCanary(false)}
	u := newUplink(canaries)
	u.watching([]uptime.Monitor{{ID: "a"}})
	silent := uptime.Observation{Monitor: "a", At: start, Outcome: uptime.Fail, Code: uptime.TimedOut}
	if opinion, turned := u.judge(t.Context(), uptime.Internet, silent, start); opinion != disbelieve || !turned {
		t.Errorf("opinion %d, turned %v: want blind", opinion, turned)
	}
	for i := range canaries {
		canaries[i] = fixedCanary(true)
	}
	u.asked = time.Time{}
	for _, want := range []bool{true, false} {
		if opinion, turned := u.judge(t.Context(), uptime.Internet, silent, start); opinion != believe || turned != want {
			t.Errorf("opinion %d, turned %v; want believed, %v", opinion, turned, want)
		}
	}
	if u.blind()[uptime.Internet] {
		t.Error("still blind")
	}
}
