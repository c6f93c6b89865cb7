package verdict

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

var base = time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return base.Add(time.Duration(seconds) * time.Second) }

func offset(t time.Time) int { return int(t.Sub(base) / time.Second) }

// monitor looks every 60 s, with 30 s of grace and 5 s of timeout.
func monitor(failures, successes int) uptime.Monitor {
	return uptime.Monitor{
		ID: "m", Interval: time.Minute, Grace: 30 * time.Second, Timeout: 5 * time.Second,
		Confirm: uptime.Confirmation{Failures: failures, Successes: successes},
	}
}

var codes = map[uptime.Outcome]uptime.Code{
	uptime.Pass: uptime.OK, uptime.Slow: uptime.TooSlow, uptime.Fail: uptime.Refused, uptime.Unseen: uptime.Blind,
}

func look(second int, o uptime.Outcome) uptime.Observation {
	return uptime.Observation{Monitor: "m", Vantage: uptime.Local, Slot: at(second), At: at(second), Outcome: o, Code: codes[o]}
}

// stored is what a store does with the segments of steps.
type stored map[time.Time]uptime.Segment

func (s stored) apply(step Step) {
	for _, segment := range step.Segments {
		s[segment.From] = segment
	}
}

func (s stored) sorted() []uptime.Segment {
	var list []uptime.Segment
	for _, segment := range s {
		list = append(list, segment)
	}
	slices.SortFunc(list, func(a, b uptime.Segment) int { return a.From.Compare(b.From) })
	return list
}

// String writes the segments as "0-180 up, 180- down".
func (s stored) String() string {
	var parts []string
	for _, segment := range s.sorted() {
		to := ""
		if !segment.To.IsZero() {
			to = fmt.Sprint(offset(segment.To))
		}
		parts = append(parts, fmt.Sprintf("%d-%s %s", offset(segment.From), to, segment.State))
	}
	return strings.Join(parts, ", ")
}

// looks reads "PPFU": one look a minute; a dot is a minute without one.
func looks(text string) []uptime.Observation {
	kinds := map[rune]uptime.Outcome{'P': uptime.Pass, 'S': uptime.Slow, 'F': uptime.Fail, 'U': uptime.Unseen}
	var list []uptime.Observation
	for i, r := range text {
		if outcome, ok := kinds[r]; ok {
			list = append(list, look(60*i, outcome))
		}
	}
	return list
}

func TestSegments(t *testing.T) {
	for _, c := range []struct {
		name, looks, want string
		blips             int
	}{
		{"an outage, dated back", "PPPFFFPPP", "0-180 up, 180-360 down, 360- up", 0},
		{"one failure", "PPFPP", "0- up", 1},
		{"a good look in an outage", "PFFFPFPP", "0-60 up, 60-360 down, 360- up", 0},
		{"down from the first look", "FFFPP", "0-180 down, 180- up", 0},
		{"a first look that fails", "FPP", "0- up", 1},
		{"a gap voids failures", "PFF...FP", "0-180 up, 180-360 unknown, 360- up", 2},
		{"a gap does not void the state", "FFF...FPFPP", "0-180 down, 180-360 unknown, 360-540 down, 540- up", 0},
		{"recovery over a gap needs the whole run after it", "FFFP..PP", "0-240 down, 240-360 unknown, 360- up", 0},
		{"unseen looks are a gap", "PPUUPP", "0-120 up, 120-240 unknown, 240- up", 0},
		{"one unseen look within the grace of none", "PPUPP", "0-120 up, 120-180 unknown, 180- up", 0},
		{"slow is degraded", "PSSSPP", "0-60 up, 60-240 degraded, 240- up", 0},
		{"slow twice is not", "PSSPSP", "0- up", 0},
		{"slow is not down", "PFFSFFP", "0- up", 2},
		{"slow ends an outage", "FFFSSP", "0-180 down, 180- up", 0},
		{"slow ever since the outage", "FFFSSS", "0-180 down, 180- degraded", 0},
		{"slow for a while since the outage", "FFFPSSS", "0-180 down, 180-240 up, 240- degraded", 0},
		{"degraded, then down", "SSSFFFPP", "0-180 degraded, 180-360 down, 360- up", 0},
		{"a failure while degraded", "SSSFSP", "0- degraded", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, got, blips := New(monitor(3, 2)), stored{}, 0
			for _, o := range looks(c.looks) {
				s := m.Step(o)
				got.apply(s)
				if s.Blip {
					blips++
				}
			}
			if diff := cmp.Diff(c.want, got.String()); diff != "" {
				t.Error(diff)
			}
			if blips != c.blips {
				t.Errorf("%d blips, want %d", blips, c.blips)
			}
		})
	}
}

// TestConversation is one outage as the loop hears it.
func TestConversation(t *testing.T) {
	m := New(monitor(2, 2))
	seg := func(from, to int, state uptime.State, code uptime.Code) uptime.Segment {
		s := uptime.Segment{Monitor: "m", Vantage: uptime.Local, From: at(from), State: state, Code: code}
		if to > 0 {
			s.To = at(to)
		}
		return s
	}
	for _, c := range []struct {
		outcome uptime.Outcome
		want    Step
	}{
		{uptime.Pass, Step{Segments: []uptime.Segment{seg(0, 0, uptime.Up, uptime.OK)}}},
		{uptime.Pass, Step{}},
		{uptime.Fail, Step{Undecided: true}},
		{uptime.Fail, Step{
			Segments:    []uptime.Segment{seg(0, 120, uptime.Up, uptime.OK), seg(120, 0, uptime.Down, uptime.Refused)},
			Transitions: []Transition{{uptime.Up, uptime.Down, at(120), at(180), uptime.Refused}},
		}},
		{uptime.Pass, Step{Undecided: true, Recovering: true}},
		{uptime.Fail, Step{Relapsed: true}},
		{uptime.Pass, Step{Undecided: true, Recovering: true}},
		{uptime.Pass, Step{
			Segments:    []uptime.Segment{seg(120, 360, uptime.Down, uptime.Refused), seg(360, 0, uptime.Up, uptime.OK)},
			Transitions: []Transition{{uptime.Down, uptime.Up, at(360), at(420), uptime.OK}},
		}},
	} {
		second := offset(m.told) + 60
		if m.told.IsZero() {
			second = 0
		}
		if diff := cmp.Diff(c.want, m.Step(look(second, c.outcome))); diff != "" {
			t.Errorf("at %d s: %s", second, diff)
		}
	}
}

func TestALookDeliveredTwiceCountsOnce(t *testing.T) {
	m := New(monitor(2, 2))
	m.Step(look(0, uptime.Pass))
	for range 3 {
		if s := m.Step(look(60, uptime.Fail)); len(s.Transitions) > 0 {
			t.Fatal("one failing look, delivered three times, made an outage")
		}
	}
}

func TestHealth(t *testing.T) {
	for _, c := range []struct {
		name, looks string
		now         int
		want        uptime.State
		since       int
	}{
		{"up", "PP", 61, uptime.Up, 0},
		{"up to the last instant", "PP", 154, uptime.Up, 0},
		{"expired", "PP", 155, uptime.Unknown, 120},
		{"failing from the first look", "FF", 61, uptime.Unknown, 0},
		{"down from the first look", "FFF", 121, uptime.Down, 0},
		{"failing, then well", "FP", 61, uptime.Up, 0},
		{"failing once is still up", "PF", 61, uptime.Up, 0},
		{"failing after a gap", "P....F", 301, uptime.Unknown, 300},
		{"down before a gap and after it", "FFF....F", 421, uptime.Down, 420},
		{"only unseen", "U", 1, uptime.Unknown, 0},
		{"unseen lately", "PUU", 121, uptime.Unknown, 60},
		{"unseen once", "PU", 61, uptime.Up, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := New(monitor(3, 2))
			for _, o := range looks(c.looks) {
				m.Step(o)
			}
			h := m.Health(at(c.now))
			if h.State != c.want || h.At(at(c.now)) != c.want || !h.Since.IsZero() && !h.Since.Equal(at(c.since)) {
				t.Errorf("%s since %s, want %s since %s", h.State, h.Since, c.want, at(c.since))
			}
		})
	}
}

// TestNothingLostNothingDoubled feeds looks at any times, sweeps for gaps at any
// times and restarts anywhere; what is recorded is what the rules say, read from
// the whole list at once.
func TestNothingLostNothingDoubled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mon := monitor(rapid.IntRange(1, 4).Draw(t, "failures"), rapid.IntRange(1, 4).Draw(t, "successes"))
		list := history(t)
		end := offset(list[len(list)-1].At) + rapid.IntRange(1, 300).Draw(t, "tail")

		m, got := New(mon), stored{}
		var transitions []Transition
		for i, o := range list {
			s := m.Step(o)
			// A process may die between a look and its transition.
			if applied := rapid.IntRange(0, 9).Draw(t, "applied") > 0; applied || i == len(list)-1 {
				got.apply(s)
				transitions = append(transitions, s.Transitions...)
			} else {
				m = revive(t, mon, got, list[:i+1], &transitions)
			}
			if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
				m = revive(t, mon, got, list[:i+1], &transitions)
			}
			now := end
			if i+1 < len(list) {
				now = offset(list[i+1].At)
			}
			if rapid.Bool().Draw(t, "sweep") {
				sweep := rapid.IntRange(offset(o.At), now).Draw(t, "sweep at")
				got.apply(m.Gap(at(sweep)))
			}
		}
		mon.Timeout = 0
		m, missed := Restore(mon, got.sorted(), list)
		got.apply(missed)
		got.apply(m.Gap(at(end)))

		want, wantTransitions := fold(mon, list, end)
		if diff := cmp.Diff(runs(want), runs(paint(got, end))); diff != "" {
			t.Fatalf("%s\nrecorded: %s", diff, got)
		}
		if diff := cmp.Diff(wantTransitions, dates(transitions)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// history is up to 40 looks of which most come in time and most are like the one
// before.
func history(t *rapid.T) []uptime.Observation {
	outcome := rapid.SampledFrom([]uptime.Outcome{uptime.Pass, uptime.Pass, uptime.Slow, uptime.Fail, uptime.Fail, uptime.Unseen})
	list := []uptime.Observation{look(rapid.IntRange(0, 100).Draw(t, "start"), outcome.Draw(t, "outcome"))}
	for range rapid.IntRange(0, 40).Draw(t, "looks") {
		wait := rapid.SampledFrom([]int{60, 60, 60, 60, 10, 15, 89, 90, 91, 150, 400}).Draw(t, "wait")
		next := list[len(list)-1].Outcome
		if rapid.IntRange(0, 2).Draw(t, "turn") == 0 {
			next = outcome.Draw(t, "outcome")
		}
		list = append(list, look(offset(list[len(list)-1].At)+wait, next))
	}
	return list
}

// revive restores a machine from as little as Restore asks for.
func revive(t *rapid.T, mon uptime.Monitor, got stored, list []uptime.Observation, transitions *[]Transition) *Machine {
	segments := got.sorted()
	segments = segments[max(0, len(segments)-2):]
	need := max(mon.Confirm.Failures, mon.Confirm.Successes) + 1
	from := len(list)
	for told := 0; from > 0 && told < need+rapid.IntRange(0, 2).Draw(t, "more"); from-- {
		if list[from-1].Outcome != uptime.Unseen {
			told++
		}
	}
	m, missed := Restore(mon, segments, list[from:])
	got.apply(missed)
	*transitions = append(*transitions, missed.Transitions...)
	return m
}

// runs writes the states of seconds as "0-180 up, 180-360 down".
func runs(seconds []string) string {
	var parts []string
	for from := 0; from < len(seconds); {
		to := from
		for to < len(seconds) && seconds[to] == seconds[from] {
			to++
		}
		parts = append(parts, fmt.Sprintf("%d-%d %s", from, to, seconds[from]))
		from = to
	}
	return strings.Join(parts, ", ")
}

// paint is the state in every second of [0, end).
func paint(s stored, end int) []string {
	seconds := make([]string, end)
	for i := range seconds {
		seconds[i] = uptime.Unknown.String()
	}
	for _, segment := range s {
		to := end
		if !segment.To.IsZero() {
			to = min(end, offset(segment.To))
		}
		for i := offset(segment.From); i < to; i++ {
			seconds[i] = segment.State.String()
		}
	}
	return seconds
}

func dates(transitions []Transition) []string {
	var list []string
	for _, tr := range transitions {
		list = append(list, fmt.Sprintf("%d %s", offset(tr.At), tr.To))
	}
	return list
}

// fold reads the rules off the whole list: for every look the tails of looks
// that end with it since the last gap, then the changes of belief, then what is
// vouched for.
func fold(mon uptime.Monitor, all []uptime.Observation, end int) (seconds, transitions []string) {
	list := slices.DeleteFunc(slices.Clone(all), func(o uptime.Observation) bool { return o.Outcome == uptime.Unseen })
	seconds = make([]string, end)
	for i := range seconds {
		seconds[i] = uptime.Unknown.String()
	}
	interval, reach := int(mon.Interval/time.Second), int((mon.Interval+mon.Grace)/time.Second)
	next := func(i int) int {
		if i+1 < len(list) {
			return offset(list[i+1].At)
		}
		return end
	}
	type belief struct {
		from  int
		state uptime.State
	}
	beliefs, group := []belief{{0, uptime.Up}}, 0
	turn := func(from int, state uptime.State) {
		for beliefs[len(beliefs)-1].from >= from && len(beliefs) > 1 {
			beliefs = beliefs[:len(beliefs)-1]
		}
		beliefs = append(beliefs, belief{from, state})
		transitions = append(transitions, fmt.Sprintf("%d %s", from, state))
	}
	for i := range list {
		if i > 0 && offset(list[i].At)-offset(list[i-1].At) > reach {
			group = i
		}
		tail := func(kinds ...uptime.Outcome) (n, from int) {
			for j := i; j >= group && slices.Contains(kinds, list[j].Outcome); j-- {
				n, from = n+1, offset(list[j].At)
			}
			return n, from
		}
		fails, failFrom := tail(uptime.Fail)
		works, workFrom := tail(uptime.Pass, uptime.Slow)
		slows, slowFrom := tail(uptime.Slow)
		swift, swiftFrom := tail(uptime.Pass)
		now := func() uptime.State { return beliefs[len(beliefs)-1].state }
		if now() != uptime.Down && fails >= mon.Confirm.Failures {
			turn(failFrom, uptime.Down)
		}
		if now() == uptime.Down && works >= mon.Confirm.Successes {
			if slows == works && slows >= mon.Confirm.Failures {
				turn(workFrom, uptime.Degraded)
			} else {
				turn(workFrom, uptime.Up)
			}
		}
		if now() == uptime.Up && slows >= mon.Confirm.Failures {
			turn(slowFrom, uptime.Degraded)
		}
		if now() == uptime.Degraded && swift >= mon.Confirm.Successes {
			turn(swiftFrom, uptime.Up)
		}
	}
	for i, o := range list {
		from, to := offset(o.At), next(i)
		if to-from > reach {
			to = from + interval
		}
		for second := from; second < min(to, end); second++ {
			for _, b := range beliefs {
				if b.from <= second {
					seconds[second] = b.state.String()
				}
			}
		}
	}
	return seconds, transitions
}

func TestStepWithoutNewsAllocatesNothing(t *testing.T) {
	m := New(monitor(3, 2))
	second := 0
	m.Step(look(second, uptime.Pass))
	if n := testing.AllocsPerRun(100, func() {
		second += 60
		m.Step(look(second, uptime.Pass))
	}); n > 0 {
		t.Errorf("%v allocations a look", n)
	}
}
