package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

func testZones(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	zone := time.FixedZone("east", 11*3600)
	o := look("web", 0, uptime.Pass)
	o.Slot, o.At = o.Slot.In(zone), o.At.In(zone).Add(400*time.Microsecond)
	must(t, db.Record(t.Context(), []uptime.Observation{o, look("web", 0, uptime.Fail)}))
	s := segment("web", 0, time.Minute, uptime.Up)
	s.From, s.To = s.From.In(zone), s.To.In(zone)
	i := incident("i1", 1)
	i.StartedAt, i.DetectedAt = i.StartedAt.In(zone), i.DetectedAt.In(zone)
	must(t, db.Apply(t.Context(), uptime.Changes{
		Segments: []uptime.Segment{s}, Incidents: []uptime.IncidentChange{{Incident: i}},
	}))
	// One segment, whatever the zone its beginning is told in.
	must(t, db.Apply(t.Context(), uptime.Changes{Segments: []uptime.Segment{segment("web", 0, 2*time.Minute, uptime.Up)}}))

	if diff := cmp.Diff([]uptime.Segment{segment("web", 0, 2*time.Minute, uptime.Up)},
		ok[[]uptime.Segment](t)(db.SegmentsBetween(t.Context(), at(time.Second).In(zone), at(2*time.Second).In(zone)))); diff != "" {
		t.Errorf("segments (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(incident("i1", 1), ok[uptime.Incident](t)(db.Incident(t.Context(), "i1"))); diff != "" {
		t.Errorf("incident (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]uptime.Observation{look("web", 0, uptime.Pass)},
		ok[map[uptime.MonitorID][]uptime.Observation](t)(db.Tails(t.Context(), 9))["web"]); diff != "" {
		t.Errorf("observations (-want +got):\n%s", diff)
	}
}

func testText(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	for n, word := range []string{
		`'; DROP TABLE incident; --`, `" OR ""="`, `\'; SELECT pg_sleep(9)--`, "%_?$1 @name :id", "NULL", "", "naïve Ærø 🟢", "two\nlines\r\n\ttab",
	} {
		id := fmt.Sprintf("i%d%s", n, word)
		i := incident(uptime.IncidentID(id), 1)
		i.Title, i.Components = word, []uptime.ComponentID{uptime.ComponentID(word)}
		u := update("u"+id, 0)
		u.Body = word
		no := notice("n"+id, i.ID)
		no.Summary = word
		s := segment(uptime.MonitorID(id), 0, 0, uptime.Up)
		must(t, db.Apply(t.Context(), uptime.Changes{
			Segments: []uptime.Segment{s}, Incidents: []uptime.IncidentChange{{Incident: i, Updates: []uptime.Update{u}}}, Outbox: []uptime.Notice{no},
		}))
		i.Updates = []uptime.Update{u}
		if diff := cmp.Diff(i, ok[uptime.Incident](t)(db.Incident(t.Context(), i.ID))); diff != "" {
			t.Errorf("incident (-want +got):\n%s", diff)
		}
		o := look(uptime.MonitorID(id), 0, uptime.Pass)
		must(t, db.Record(t.Context(), []uptime.Observation{o}))
		if got := ok[[]uptime.Rollup](t)(db.DailyRollups(t.Context(), o.Monitor, at(-24*time.Hour), at(0))); len(got) != 1 {
			t.Errorf("roll-ups of %q: %v", id, got)
		}
		claimed := claim(t, db, 0, uptime.Claim{})
		if no.Channels = nil; len(claimed) != 1 || cmp.Diff(no, claimed[0].Notice) != "" {
			t.Fatalf("claimed %+v, want %+v", claimed, no)
		}
		settle(t, db, 1, accepted(claimed[0], 0))
	}
	// What PostgreSQL would refuse holds nothing back.
	i := incident("bytes", 1)
	i.Title = "a\x00b\xffc"
	must(t, db.Apply(t.Context(), uptime.Changes{Incidents: []uptime.IncidentChange{{Incident: i}}}))
	if got := ok[uptime.Incident](t)(db.Incident(t.Context(), "bytes")).Title; got != "a\uFFFDb\uFFFDc" {
		t.Errorf("title is %q", got)
	}
	if all := ok[[]uptime.Segment](t)(db.OpenSegments(t.Context())); len(all) != 8 {
		t.Errorf("%d segments, want 8", len(all))
	}
}

func testSignals(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	want := []uptime.Signal{
		{Monitor: "job", At: at(0), Kind: uptime.Started},
		{Monitor: "job", At: at(time.Second), Kind: uptime.Failed, Code: 137},
		{Monitor: "job", At: at(2 * time.Second), Kind: uptime.Succeeded},
	}
	must(t, db.SaveSignal(t.Context(), want[1]))
	must(t, db.SaveSignal(t.Context(), want[0]))
	must(t, db.SaveSignal(t.Context(), want[2]))
	must(t, db.SaveSignal(t.Context(), uptime.Signal{Monitor: "other", At: at(0)}))
	if diff := cmp.Diff(want, ok[[]uptime.Signal](t)(db.Signals(t.Context(), "job", at(0)))); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[1:], ok[[]uptime.Signal](t)(db.Signals(t.Context(), "job", at(time.Second)))); diff != "" {
		t.Errorf("later signals (-want +got):\n%s", diff)
	}
	// Many at once: each is there when its caller has been told so.
	var wait sync.WaitGroup
	for n := range 64 {
		wait.Go(func() {
			id := uptime.MonitorID(fmt.Sprintf("job-%d", n))
			for k := range 3 {
				if err := db.SaveSignal(t.Context(), uptime.Signal{Monitor: id, At: at(time.Duration(k) * time.Second)}); err != nil {
					t.Error(err)
				}
				if got, err := db.Signals(t.Context(), id, at(0)); err != nil || len(got) != k+1 {
					t.Errorf("%s has %d signals (%v), want %d", id, len(got), err, k+1)
				}
			}
		})
	}
	wait.Wait()
}

func testPrune(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx, days := t.Context(), 24*time.Hour
	var looks []uptime.Observation
	for i := range 2500 { // more than one transaction deletes
		looks = append(looks, look("busy", -20*days+time.Duration(i)*time.Second, uptime.Pass))
	}
	for i := range 300 {
		id := uptime.MonitorID(fmt.Sprintf("m%d", i))
		looks = append(looks, look(id, -500*days, uptime.Fail), look(id, -14*days, uptime.Fail), look(id, 0, uptime.Pass))
	}
	must(t, db.Record(ctx, looks))
	must(t, db.Apply(ctx, uptime.Changes{Segments: []uptime.Segment{segment("m1", -900*days, -800*days, uptime.Up)}}))
	for _, s := range []uptime.Signal{{Monitor: "job", At: at(-500 * days)}, {Monitor: "job", At: at(0)}, {Monitor: "yearly", At: at(-500 * days)}} {
		must(t, db.SaveSignal(ctx, s))
	}

	// 2,500 + 300 samples, 300 hours, 1 signal.
	keep := store.Retention{Raw: 14 * days, Hourly: 400 * days}
	if n := ok[int](t)(db.Prune(ctx, at(0), keep)); n != 2500+300+300+1 {
		t.Errorf("%d rows were deleted, want 3101", n)
	}
	if n := ok[int](t)(db.Prune(ctx, at(0), keep)); n != 0 {
		t.Errorf("%d rows were deleted the second time", n)
	}
	tails := ok[map[uptime.MonitorID][]uptime.Observation](t)(db.Tails(ctx, 9))
	if len(tails) != 300 || len(tails["m7"]) != 2 || !tails["m7"][0].Slot.Equal(at(-14*days)) {
		t.Errorf("%d monitors have samples; m7: %v", len(tails), tails["m7"])
	}
	if got := ok[[]uptime.Rollup](t)(db.HourlyRollups(ctx, "m7", time.Time{}, at(days))); len(got) != 2 {
		t.Errorf("hours of m7: %v", got)
	}
	if got := ok[[]uptime.Rollup](t)(db.DailyRollups(ctx, "m7", time.Time{}, at(days))); len(got) != 3 {
		t.Errorf("days of m7: %v", got)
	}
	if got := ok[[]uptime.Segment](t)(db.SegmentsBetween(ctx, time.Time{}, at(days))); len(got) != 1 {
		t.Errorf("segments: %v", got)
	}
	for monitor, want := range map[uptime.MonitorID]int{"job": 1, "yearly": 1} {
		if got := ok[[]uptime.Signal](t)(db.Signals(ctx, monitor, time.Time{})); len(got) != want {
			t.Errorf("signals of %s: %v", monitor, got)
		}
	}
}

func testConcurrent(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx, done := context.WithCancel(t.Context())
	var readers, writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			id := uptime.MonitorID(fmt.Sprintf("m%d", w))
			for i := range 12 {
				d := time.Duration(i) * time.Minute
				if err := db.Record(ctx, []uptime.Observation{look(id, d, uptime.Pass), look("shared", d, uptime.Pass)}); err != nil {
					t.Error(err)
				}
				// Closing one and opening the next is one step to a reader.
				changes := uptime.Changes{Segments: []uptime.Segment{segment(id, d, 0, uptime.Up)}}
				if i > 0 {
					changes.Segments = append(changes.Segments, segment(id, d-time.Minute, d, uptime.Up))
				}
				if err := db.Apply(ctx, changes); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				open, err := db.OpenSegments(ctx)
				seen := map[uptime.MonitorID]bool{}
				for _, s := range open {
					if seen[s.Monitor] {
						t.Errorf("two open segments of %s", s.Monitor)
					}
					seen[s.Monitor] = true
				}
				if _, err2 := db.Tails(ctx, 3); ctx.Err() == nil && errors.Join(err, err2) != nil {
					t.Error(errors.Join(err, err2))
				}
			}
		})
	}
	writers.Wait()
	done()
	readers.Wait()
	total := 0
	for _, r := range ok[[]uptime.Rollup](t)(db.HourlyRollups(t.Context(), "", at(-time.Hour), at(time.Hour))) {
		total += r.Passed
	}
	if total != 5*12 {
		t.Errorf("%d looks were counted, want 60", total)
	}
}

func testCancelled(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Apply(ctx, opening("i1")); !errors.Is(err, context.Canceled) {
		t.Errorf("apply: %v", err)
	}
	if err := db.Record(ctx, []uptime.Observation{look("web", 0, uptime.Pass)}); !errors.Is(err, context.Canceled) {
		t.Errorf("record: %v", err)
	}
	if _, err := db.Incident(t.Context(), "i1"); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("the incident: %v", err)
	}
	must(t, db.Apply(t.Context(), opening("i1"))) // and the connection is as good as before
}
