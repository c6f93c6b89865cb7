package verdict

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

func TestCloseKeepsWhatIsVouchedFor(t *testing.T) {
	for _, c := range []struct {
		name, looks string
		now         int
		want        string
	}{
		{"at once", "PP", 60, "0-60 up"},
		{"within the interval", "PP", 100, "0-100 up"},
		{"within the grace", "PP", 140, "0-120 up"},
		{"long after", "PP", 1000, "0-120 up, 120-1000 unknown"},
		{"during an outage", "PFFF", 200, "0-60 up, 60-200 down"},
		{"a pending failure confirms nothing", "PPF", 130, "0-130 up"},
		{"never looked", "", 100, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, got := New(monitor(3, 2)), stored{}
			for _, o := range looks(c.looks) {
				got.apply(m.Step(o))
			}
			got.apply(Step{Segments: m.Close(at(c.now))})
			if diff := cmp.Diff(c.want, got.String()); diff != "" {
				t.Error(diff)
			}
			if again := m.Close(at(c.now + 1)); again != nil {
				t.Errorf("closed twice: %v", again)
			}
		})
	}
}

// TestARecordThatWasClosedGoesOnAfterAGap: a monitor that was taken out of the
// configuration and comes back.
func TestARecordThatWasClosedGoesOnAfterAGap(t *testing.T) {
	m, got := New(monitor(3, 2)), stored{}
	for _, o := range looks("FFF") {
		got.apply(m.Step(o))
	}
	got.apply(Step{Segments: m.Close(at(150))})
	m, missed := Restore(monitor(3, 2), got.sorted(), looks("FFF"))
	if len(missed.Segments) > 0 || m.Health(at(160)).State != uptime.Unknown {
		t.Errorf("restored with %+v, health %+v", missed, m.Health(at(160)))
	}
	for _, second := range []int{600, 660} {
		got.apply(m.Step(look(second, uptime.Pass)))
	}
	if diff := cmp.Diff("0-150 down, 150-600 unknown, 600- up", got.String()); diff != "" {
		t.Error(diff)
	}
}

// TestARestartBehindUnseenLooks: the looks at hand told nothing, but the segment
// was open when they were made.
func TestARestartBehindUnseenLooks(t *testing.T) {
	got := stored{at(0): {Monitor: "m", From: at(0), State: uptime.Up}}
	for _, tail := range [][]uptime.Observation{
		{look(9000, uptime.Unseen), look(9010, uptime.Unseen)},
		{look(9010, uptime.Unseen)},
	} {
		m, missed := Restore(monitor(3, 2), got.sorted(), tail)
		if len(missed.Segments) > 0 {
			t.Errorf("known time was made unknown: %v", missed.Segments)
		}
		s := m.Step(look(9070, uptime.Pass))
		for _, segment := range s.Segments {
			if segment.State == uptime.Up && !segment.To.IsZero() && segment.To.Before(at(8900)) {
				t.Errorf("up only until %d", offset(segment.To))
			}
		}
	}
}

func TestConfigureKeepsTheBelief(t *testing.T) {
	m := New(monitor(3, 2))
	for _, o := range looks("PFF") {
		m.Step(o)
	}
	m.Configure(monitor(2, 2))
	s := m.Step(look(180, uptime.Fail))
	if m.Belief() != uptime.Down || len(s.Transitions) != 1 || !s.Transitions[0].At.Equal(at(60)) {
		t.Errorf("belief %s after %+v", m.Belief(), s)
	}
}
