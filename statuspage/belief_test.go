package statuspage

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// Instants of these tests are seconds before sampleNow.
func ago(seconds int) time.Time { return sampleNow.Add(-time.Duration(seconds) * time.Second) }

func segment(state uptime.State, from, to int) uptime.Segment {
	s := uptime.Segment{Monitor: "m", Vantage: uptime.Local, From: ago(from), State: state}
	if to >= 0 {
		s.To = ago(to)
	}
	return s
}

const open_ = -1

func TestBelieved(t *testing.T) {
	const up, down, unknown = uptime.Up, uptime.Down, uptime.Unknown
	fresh := func(state uptime.State, since int) uptime.Health {
		return uptime.Health{Monitor: "m", Vantage: uptime.Local, State: state, Since: ago(since), Checked: ago(8), Expires: ago(-40)}
	}
	stale := func(state uptime.State, since, checked int) uptime.Health {
		return uptime.Health{Monitor: "m", Vantage: uptime.Local, State: state, Since: ago(since), Checked: ago(checked), Expires: ago(checked - 50)}
	}
	tests := map[string]struct {
		recorded []uptime.Segment
		health   uptime.Health
		want     []uptime.Segment
	}{
		"a fresh look vouches until now": {
			[]uptime.Segment{segment(up, 900, open_)}, fresh(up, 900),
			[]uptime.Segment{segment(up, 900, 0)},
		},
		"an expired look vouches for one interval": {
			[]uptime.Segment{segment(up, 900, open_)}, stale(up, 900, 300),
			[]uptime.Segment{segment(up, 900, 270)},
		},
		"an expired belief that memory calls unknown": {
			[]uptime.Segment{segment(up, 900, open_)}, stale(unknown, 270, 300),
			[]uptime.Segment{segment(up, 900, 270)},
		},
		"nobody vouches": {
			[]uptime.Segment{segment(up, 900, open_)}, uptime.Health{Monitor: "m", Vantage: uptime.Local},
			nil,
		},
		"what is closed needs nobody": {
			[]uptime.Segment{segment(up, 900, 600)}, uptime.Health{Monitor: "m", Vantage: uptime.Local},
			[]uptime.Segment{segment(up, 900, 600)},
		},
		"memory knows of an outage that the record does not": {
			[]uptime.Segment{segment(up, 900, open_)}, fresh(down, 60),
			[]uptime.Segment{segment(up, 900, 60), segment(down, 60, 0)},
		},
		"the record is newer than memory's word": {
			[]uptime.Segment{segment(up, 900, 60), segment(down, 60, open_)}, fresh(up, 900),
			[]uptime.Segment{segment(up, 900, 60), segment(down, 60, 0)},
		},
		"nothing recorded yet": {
			nil, fresh(up, 20),
			[]uptime.Segment{segment(up, 20, 0)},
		},
		"after a recorded gap only the newest look vouches": {
			[]uptime.Segment{segment(up, 900, 600)}, fresh(up, 900),
			[]uptime.Segment{segment(up, 900, 600), segment(up, 8, 0)},
		},
		"a segment of the future ends now": {
			[]uptime.Segment{segment(up, 900, -30)}, fresh(up, 900),
			[]uptime.Segment{segment(up, 900, 0)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := believed(test.recorded, test.health, 30*time.Second, sampleNow)
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A check that was added today does not make the past unknown, and is not up
// before its first look.
func TestALaterMonitorHasNoSayInThePast(t *testing.T) {
	s := newSample()
	id := s.add("Payroll", "", uptime.Critical, sampleNow.AddDate(0, 0, -100))
	s.in.Catalogue.Components[0].Monitors = append(s.in.Catalogue.Components[0].Monitors, "new")
	s.in.Catalogue.Monitors = append(s.in.Catalogue.Monitors, uptime.Monitor{ID: "new", Component: id, Interval: time.Minute})
	s.in.Healths = append(s.in.Healths, uptime.Health{Monitor: "new", Vantage: uptime.Local})

	c := Build(s.in, sampleNow).Groups[0].Components[0]
	if c.Class != "unk" {
		t.Errorf("shown as %q before the new check has looked", c.Word)
	}
	if c.Figures.Coverage != "100.00" {
		t.Errorf("the past is observed to %s %%", c.Figures.Coverage)
	}

	s.in.Segments = append(s.in.Segments, uptime.Segment{Monitor: "new", Vantage: uptime.Local, From: ago(3600), State: uptime.Down, Code: uptime.Refused})
	s.in.Healths[1] = uptime.Health{Monitor: "new", Vantage: uptime.Local, State: uptime.Down, Since: ago(3600), Checked: ago(5), Expires: ago(-60)}
	b := open(s.in, sampleNow)
	l := b.ledger.components[id]
	if n := len(l); n != 3 || l[n-1].State != uptime.Down || !l[n-1].From.Equal(ago(3600)) || l[n-2].State != uptime.Up {
		t.Errorf("line %v", l)
	}
}

// What is settled is the same as what is worked out from everything.
func TestSettledIsTheSame(t *testing.T) {
	in := sampleBad()
	whole := Build(in, sampleNow)
	for _, hours := range []int{1, 48, 24 * 30, 24 * 200} {
		cut := sampleNow.Add(-time.Duration(hours) * time.Hour)
		split := in
		split.Began = open(in, sampleNow).began
		split.Settled = Settle(in.Catalogue, in.Segments, sampleNow.AddDate(0, 0, -HistoryDays-1), cut)
		split.Segments = nil
		for _, seg := range in.Segments {
			if seg.To.IsZero() || seg.To.After(cut) {
				split.Segments = append(split.Segments, seg)
			}
		}
		if diff := cmp.Diff(whole, Build(split, sampleNow)); diff != "" {
			t.Errorf("settled until %d hours ago:\n%s", hours, diff)
		}
		if !split.Settled.holds(split.Segments) {
			t.Errorf("settled until %d hours ago: does not hold", hours)
		}
	}
}

// A monitor that fell silent long ago is unknown since then, also where the
// record still has it up.
func TestSilenceReachesIntoTheSettled(t *testing.T) {
	in := sampleGood()
	in.Settled = Settle(in.Catalogue, in.Segments, sampleNow.AddDate(0, 0, -HistoryDays-1), sampleNow.Add(-48*time.Hour))
	silent := sampleNow.Add(-10 * 24 * time.Hour)
	in.Healths[0].Checked, in.Healths[0].Expires = silent, silent.Add(time.Minute)
	l := open(in, sampleNow).ledger.components["part-0"]
	last := l[len(l)-1]
	if last.State != uptime.Unknown || !last.From.Equal(silent.Add(30*time.Second)) {
		t.Errorf("the line ends in %s since %s", last.State, last.From)
	}
	closed := append([]uptime.Segment{}, in.Segments...)
	for i := range closed {
		if closed[i].Monitor == "monitor-0" && closed[i].To.IsZero() {
			closed[i].To = silent
		}
	}
	if in.Settled.holds(closed) {
		t.Error("a segment that was ended in the past does not unsettle it")
	}
}
