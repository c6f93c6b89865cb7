package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

func testDuplicates(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	db, other := Open(t, where), Open(t, where)
	first, second := look("web", 0, uptime.Pass), look("web", 0, uptime.Fail)
	elsewhere := second
	elsewhere.Vantage = "sydney"
	must(t, db.Record(t.Context(), []uptime.Observation{first, second, elsewhere}))
	must(t, db.Record(t.Context(), []uptime.Observation{second, look("web", time.Second, uptime.Pass)}))
	must(t, other.Record(t.Context(), []uptime.Observation{second, elsewhere}))
	must(t, db.Record(t.Context(), nil))

	want := []uptime.Rollup{
		{Monitor: "web", Vantage: uptime.Local, From: at(-59 * time.Minute), Passed: 2, TookSum: 40014 * time.Microsecond, TookMax: 20007 * time.Microsecond},
		{Monitor: "web", Vantage: "sydney", From: at(-59 * time.Minute), Failed: 1},
	}
	if diff := cmp.Diff(want, ok[[]uptime.Rollup](t)(db.HourlyRollups(t.Context(), "web", at(-time.Hour), at(time.Hour)))); diff != "" {
		t.Errorf("roll-ups (-want +got):\n%s", diff)
	}
}

// model adds observations up in the plainest way.
func model(all map[time.Time]uptime.Observation, monitor uptime.MonitorID, length time.Duration) []uptime.Rollup {
	var out []uptime.Rollup
	for slot, o := range all {
		from := slot.Truncate(length)
		i := slices.IndexFunc(out, func(r uptime.Rollup) bool { return r.From.Equal(from) })
		if i < 0 {
			i = len(out)
			out = append(out, uptime.Rollup{Monitor: monitor, Vantage: uptime.Local, From: from})
		}
		r := &out[i]
		switch o.Outcome {
		case uptime.Pass:
			r.Passed++
		case uptime.Slow:
			r.Slow++
		case uptime.Fail:
			r.Failed++
		case uptime.Unseen:
			r.Unseen++
		}
		if o.Outcome == uptime.Pass || o.Outcome == uptime.Slow {
			r.TookSum += o.Took
			r.TookMax = max(r.TookMax, o.Took)
		}
	}
	slices.SortFunc(out, func(a, b uptime.Rollup) int { return a.From.Compare(b.From) })
	return out
}

func testRollups(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		if round > 25 {
			return // each draw is a conversation with a database
		}
		monitor := uptime.MonitorID(fmt.Sprintf("m%d", round))
		all := map[time.Time]uptime.Observation{}
		for range rapid.IntRange(1, 4).Draw(r, "batches") {
			var batch []uptime.Observation
			for range rapid.IntRange(1, 12).Draw(r, "size") {
				o := look(monitor, time.Duration(rapid.IntRange(0, 40).Draw(r, "slot"))*10*time.Minute, uptime.Outcome(rapid.IntRange(0, 3).Draw(r, "outcome")))
				o.Took = time.Duration(rapid.IntRange(0, 5_000_000).Draw(r, "took")) * time.Microsecond
				if _, known := all[o.Slot]; !known {
					all[o.Slot] = o
				}
				batch = append(batch, o)
			}
			must(t, db.Record(t.Context(), batch))
		}
		from, to := at(-24*time.Hour), at(24*time.Hour)
		if diff := cmp.Diff(model(all, monitor, time.Hour), ok[[]uptime.Rollup](t)(db.HourlyRollups(t.Context(), monitor, from, to))); diff != "" {
			r.Fatalf("hours (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(model(all, monitor, 24*time.Hour), ok[[]uptime.Rollup](t)(db.DailyRollups(t.Context(), monitor, from, to))); diff != "" {
			r.Fatalf("days (-want +got):\n%s", diff)
		}
	})

	every := ok[[]uptime.Rollup](t)(db.DailyRollups(t.Context(), "", time.Time{}, at(1000*24*time.Hour)))
	var one []uptime.Rollup
	for n := range round {
		id := uptime.MonitorID(fmt.Sprintf("m%d", n+1))
		one = append(one, ok[[]uptime.Rollup](t)(db.DailyRollups(t.Context(), id, time.Time{}, at(1000*24*time.Hour)))...)
	}
	slices.SortStableFunc(one, func(a, b uptime.Rollup) int { return cmpStrings(a.Monitor, b.Monitor) })
	if diff := cmp.Diff(one, every); diff != "" {
		t.Errorf("every monitor's days are not each monitor's (-each +every):\n%s", diff)
	}
	if none := ok[[]uptime.Rollup](t)(db.HourlyRollups(t.Context(), "nobody", time.Time{}, at(0))); len(none) != 0 {
		t.Errorf("an unknown monitor has %v", none)
	}
	// Half-open: the day that begins at the end is outside, the one at the beginning inside.
	midnight := at(time.Minute)
	must(t, db.Record(t.Context(), []uptime.Observation{look("edge", time.Minute, uptime.Pass), look("edge", 0, uptime.Pass)}))
	for _, c := range []struct {
		from, to time.Time
		want     int
	}{{midnight.Add(-24 * time.Hour), midnight, 1}, {midnight, midnight.Add(time.Millisecond), 1}, {midnight.Add(time.Millisecond), midnight.Add(time.Hour), 0}} {
		if got := ok[[]uptime.Rollup](t)(db.DailyRollups(t.Context(), "edge", c.from, c.to)); len(got) != c.want {
			t.Errorf("[%s, %s): %d days, want %d", c.from, c.to, len(got), c.want)
		}
	}
}

func cmpStrings[S ~string](a, b S) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func testTails(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	var all []uptime.Observation
	for i := range 30 {
		all = append(all, look("often", time.Duration(i)*time.Second, uptime.Outcome(i%4)))
	}
	all = append(all, look("rare", -300*time.Hour, uptime.Fail), look("rare", 0, uptime.Pass))
	far := look("often", 25*time.Second+time.Millisecond, uptime.Fail)
	far.Vantage = "sydney"
	late := look("late", 0, uptime.Slow)
	late.At, late.Took = late.Slot.Add(-90*time.Second), 0
	shuffled := append(slices.Clone(all[15:]), all[:15]...)
	must(t, db.Record(t.Context(), append(shuffled, far, late)))

	got := ok[map[uptime.MonitorID][]uptime.Observation](t)(db.Tails(t.Context(), 5))
	want := map[uptime.MonitorID][]uptime.Observation{
		"often": {all[25], far, all[26], all[27], all[28], all[29]},
		"rare":  {all[30], all[31]},
		"late":  {late},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tails (-want +got):\n%s", diff)
	}
	if none := ok[map[uptime.MonitorID][]uptime.Observation](t)(db.Tails(t.Context(), 0)); len(none) != 0 {
		t.Errorf("no observations wanted, got %v", none)
	}
	// More series than one query reads.
	var many []uptime.Observation
	for i := range 1203 {
		id := uptime.MonitorID(fmt.Sprintf("many-%d", i))
		many = append(many, look(id, 0, uptime.Pass), look(id, time.Second, uptime.Pass))
	}
	must(t, db.Record(t.Context(), many))
	tails := ok[map[uptime.MonitorID][]uptime.Observation](t)(db.Tails(t.Context(), 1))
	if len(tails) != 1206 {
		t.Fatalf("tails of %d monitors, want 1206", len(tails))
	}
	for i := range 1203 {
		if tail := tails[uptime.MonitorID(fmt.Sprintf("many-%d", i))]; len(tail) != 1 || !tail[0].Slot.Equal(at(time.Second)) {
			t.Fatalf("many-%d: %v", i, tail)
		}
	}
}

func testVerdicts(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	var want []uptime.Observation
	for i, code := range []uptime.Code{uptime.OK, "", uptime.TooSlow, uptime.JobFailed, uptime.NotYetDue, uptime.HTTPStatus} {
		for outcome := uptime.Unseen; outcome <= uptime.Fail; outcome++ {
			o := look("web", time.Duration(len(want))*time.Second, outcome)
			o.Code, o.Took = code, time.Duration(i)*time.Minute
			want = append(want, o)
		}
	}
	must(t, db.Record(t.Context(), want))
	got := ok[map[uptime.MonitorID][]uptime.Observation](t)(db.Tails(t.Context(), 100))["web"]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("observations (-want +got):\n%s", diff)
	}
	bad := look("web", time.Hour, uptime.Pass)
	bad.Code = "no_such_code"
	if err := db.Record(t.Context(), []uptime.Observation{bad}); err == nil {
		t.Error("a code outside of the closed list was written")
	}
	// What no column holds is held as what comes nearest.
	extreme := look("extreme", 0, uptime.Pass)
	extreme.Took, extreme.At = -time.Second, time.Time{}
	long := look("extreme", time.Second, uptime.Pass)
	long.Took, long.At = 100*time.Hour, at(1000*24*time.Hour)
	must(t, db.Record(t.Context(), []uptime.Observation{extreme, long}))
	tail := ok[map[uptime.MonitorID][]uptime.Observation](t)(db.Tails(t.Context(), 2))["extreme"]
	if tail[0].Took != 0 || !tail[0].At.Equal(extreme.Slot) || tail[1].Took < 30*time.Minute || tail[1].At.Before(at(24*24*time.Hour)) {
		t.Errorf("extremes became %+v", tail)
	}
}

func testLarge(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	var looks []uptime.Observation
	var changes uptime.Changes
	for i := range 1100 { // several transactions, and several statements in one
		id := uptime.MonitorID(fmt.Sprintf("m%d", i))
		looks = append(looks, look(id, 0, uptime.Pass), look(id, time.Minute, uptime.Fail))
		changes.Segments = append(changes.Segments, segment(id, 0, time.Minute, uptime.Up), segment(id, time.Minute, 0, uptime.Down))
		changes.Outbox = append(changes.Outbox, notice(string(id), ""))
	}
	must(t, db.Record(t.Context(), looks))
	must(t, db.Apply(t.Context(), changes))
	if got := ok[[]uptime.Rollup](t)(db.HourlyRollups(t.Context(), "", at(-time.Hour), at(time.Hour))); len(got) != 2200 {
		t.Errorf("%d roll-ups, want 2200", len(got))
	}
	if got := ok[[]uptime.Segment](t)(db.SegmentsBetween(t.Context(), at(0), at(time.Hour))); len(got) != 2200 {
		t.Errorf("%d segments, want 2200", len(got))
	}
	if got := backlog(t, db); got.Waiting != 1100 {
		t.Errorf("%d notices, want 1100", got.Waiting)
	}
}
