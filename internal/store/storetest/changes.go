package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

func segment(monitor uptime.MonitorID, from, to time.Duration, state uptime.State) uptime.Segment {
	s := uptime.Segment{Monitor: monitor, Vantage: uptime.Local, From: at(from), State: state, Code: uptime.OK}
	if to != 0 {
		s.To = at(to)
	}
	return s
}

func incident(id uptime.IncidentID, version int64) uptime.Incident {
	return uptime.Incident{
		ID: id, Title: "Sign-in is down", Tier: 1, Impact: uptime.ImpactCritical, Phase: uptime.Investigating,
		Components: []uptime.ComponentID{"sign-in", "api"}, Automatic: true,
		StartedAt: at(0), DetectedAt: at(20 * time.Second), CreatedAt: at(20 * time.Second), PublishedAt: at(20 * time.Second),
		Version: version,
	}
}

func update(id string, d time.Duration) uptime.Update {
	return uptime.Update{ID: id, Phase: uptime.Investigating, Body: "word " + id, At: at(d), WrittenAt: at(d), Automatic: true}
}

func notice(id string, incident uptime.IncidentID) uptime.Notice {
	return uptime.Notice{
		ID: id, At: at(0), Reason: uptime.WentDown, Incident: incident, Summary: "Sign-in is down",
		Channels: []uptime.Routed{{Channel: "ops"}},
	}
}

// opening is what an outage brings about.
func opening(id uptime.IncidentID) uptime.Changes {
	return uptime.Changes{
		Segments:  []uptime.Segment{segment("web", -time.Hour, time.Second, uptime.Up), segment("web", time.Second, 0, uptime.Down)},
		Incidents: []uptime.IncidentChange{{Incident: incident(id, 1), Updates: []uptime.Update{update(string(id)+"-1", 0)}}},
		Outbox:    []uptime.Notice{notice("n-"+string(id), id)},
	}
}

func testReopen(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	db := Open(t, where)
	must(t, db.Ping(t.Context()))
	must(t, db.Apply(t.Context(), opening("i1")))
	must(t, db.Record(t.Context(), []uptime.Observation{look("web", 0, uptime.Pass)}))

	again := Open(t, where)
	must(t, again.Ping(t.Context()))
	want := incident("i1", 1)
	want.Updates = []uptime.Update{update("i1-1", 0)}
	if diff := cmp.Diff(want, ok[uptime.Incident](t)(again.Incident(t.Context(), "i1"))); diff != "" {
		t.Errorf("incident (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(opening("i1").Segments[1:], ok[[]uptime.Segment](t)(again.OpenSegments(t.Context()))); diff != "" {
		t.Errorf("open segments (-want +got):\n%s", diff)
	}
	// The series that the first process named has its number here too.
	must(t, again.Record(t.Context(), []uptime.Observation{look("web", time.Second, uptime.Pass)}))
	if tails := ok[map[uptime.MonitorID][]uptime.Observation](t)(db.Tails(t.Context(), 5)); len(tails["web"]) != 2 {
		t.Errorf("%d observations, want 2: %v", len(tails["web"]), tails)
	}
	if size := ok[int64](t)(db.Size(t.Context())); size < 4096 {
		t.Errorf("size is %d bytes", size)
	}
}

func testSegments(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	elsewhere := segment("web", 0, 0, uptime.Up)
	elsewhere.Vantage = "sydney"
	must(t, db.Apply(t.Context(), uptime.Changes{Segments: []uptime.Segment{segment("web", 0, 0, uptime.Up), elsewhere}}))
	// Closed and followed, and the one that follows closed at once: one
	// decision may say two things of one segment.
	must(t, db.Apply(t.Context(), uptime.Changes{Segments: []uptime.Segment{
		segment("web", 0, time.Minute, uptime.Up),
		segment("web", time.Minute, 0, uptime.Down),
		segment("web", time.Minute, 2*time.Minute, uptime.Down),
		segment("web", 2*time.Minute, 0, uptime.Up),
	}}))
	want := []uptime.Segment{
		segment("web", 0, time.Minute, uptime.Up), segment("web", time.Minute, 2*time.Minute, uptime.Down),
		segment("web", 2*time.Minute, 0, uptime.Up), elsewhere,
	}
	got := ok[[]uptime.Segment](t)(db.SegmentsBetween(t.Context(), at(-time.Hour), at(time.Hour)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("segments (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[2:], ok[[]uptime.Segment](t)(db.OpenSegments(t.Context()))); diff != "" {
		t.Errorf("open segments (-want +got):\n%s", diff)
	}
	for _, state := range []uptime.State{uptime.Unknown, uptime.Degraded, uptime.Partial, uptime.Maintenance} {
		must(t, db.Apply(t.Context(), uptime.Changes{Segments: []uptime.Segment{segment("all", 0, 0, state)}}))
		open := ok[[]uptime.Segment](t)(db.OpenSegments(t.Context()))
		if i := slices.IndexFunc(open, func(s uptime.Segment) bool { return s.Monitor == "all" }); i < 0 || open[i].State != state {
			t.Errorf("after %s: %v", state, open)
		}
	}
}

func testSpans(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	must(t, db.Apply(t.Context(), uptime.Changes{Segments: []uptime.Segment{
		segment("b", 0, 10*time.Second, uptime.Up), segment("b", 10*time.Second, 20*time.Second, uptime.Down),
		segment("b", 20*time.Second, 0, uptime.Up), segment("a", 5*time.Second, 0, uptime.Unknown),
	}}))
	for _, c := range []struct {
		from, to time.Duration
		want     string
	}{
		{-10 * time.Second, 0, ""}, // half-open: what begins at the end is outside
		{-10 * time.Second, time.Millisecond, "b0"},
		{10 * time.Second, 20 * time.Second, "a5 b10"}, // what ends at the beginning is outside
		{9 * time.Second, 21 * time.Second, "a5 b0 b10 b20"},
		{time.Hour, 2 * time.Hour, "a5 b20"}, // open ones last
		{time.Second, 2 * time.Second, "b0"},
	} {
		var got string
		for _, s := range ok[[]uptime.Segment](t)(db.SegmentsBetween(t.Context(), at(c.from), at(c.to))) {
			got += fmt.Sprintf(" %s%d", s.Monitor, s.From.Sub(start())/time.Second)
		}
		if want := c.want; got != want && got != " "+want {
			t.Errorf("[%s, %s): %q, want %q", c.from, c.to, got, want)
		}
	}
}

func testApplyTwice(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	must(t, db.Apply(t.Context(), uptime.Changes{}))
	plain := opening("i1")
	plain.Incidents = nil
	for range 2 {
		must(t, db.Apply(t.Context(), plain))
	}
	if b := backlog(t, db); b.Waiting != 1 || b.Dead != 0 || !b.Oldest.Equal(at(0)) {
		t.Errorf("backlog is %+v", b)
	}
	must(t, db.Apply(t.Context(), opening("i2")))
	if err := db.Apply(t.Context(), opening("i2")); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("an incident made twice: %v, want a conflict", err)
	}
	if i := ok[uptime.Incident](t)(db.Incident(t.Context(), "i2")); len(i.Updates) != 1 || i.Version != 1 {
		t.Errorf("the incident is %+v", i)
	}
	// A decision whose incident is new and whose update and notice are known
	// already tells neither twice.
	known := opening("i3")
	known.Incidents[0].Updates[0].ID = "i2-1"
	known.Outbox = opening("i2").Outbox
	must(t, db.Apply(t.Context(), known))
	if b := backlog(t, db); b.Waiting != 2 {
		t.Errorf("backlog is %+v", b)
	}
}

func testConflict(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	must(t, db.Apply(t.Context(), opening("i1")))
	change := func(expect, version int64, word string) uptime.Changes {
		i := incident("i1", version)
		i.Phase, i.ResolvedAt, i.Title, i.Components, i.Automatic = uptime.Resolved, at(time.Minute), "It was "+word, nil, false
		return uptime.Changes{
			Segments:  []uptime.Segment{segment(uptime.MonitorID(word), 0, 0, uptime.Up)},
			Incidents: []uptime.IncidentChange{{Incident: i, Expect: expect, Updates: []uptime.Update{update(word, time.Minute)}}},
			Outbox:    []uptime.Notice{notice(word, "i1")},
		}
	}
	must(t, db.Apply(t.Context(), change(1, 2, "first")))
	for _, c := range []uptime.Changes{change(1, 2, "late"), change(0, 1, "twice"), change(7, 8, "early")} {
		if err := db.Apply(t.Context(), c); !errors.Is(err, uptime.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", c.Outbox[0].ID, err)
		}
	}
	unknown := change(1, 2, "nowhere")
	unknown.Incidents[0].Incident.ID = "i9"
	if err := db.Apply(t.Context(), unknown); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("an incident that is not there: %v, want a conflict", err)
	}
	if err := db.Apply(t.Context(), change(2, 2, "still")); err == nil || errors.Is(err, uptime.ErrConflict) {
		t.Errorf("a version that does not grow: %v, want an error of the caller", err)
	}

	got := ok[uptime.Incident](t)(db.Incident(t.Context(), "i1"))
	want := change(1, 2, "first").Incidents[0].Incident
	want.Updates = []uptime.Update{update("i1-1", 0), update("first", time.Minute)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("incident (-want +got):\n%s", diff)
	}
	if open := ok[[]uptime.Segment](t)(db.OpenSegments(t.Context())); len(open) != 2 {
		t.Errorf("a conflict left its segment: %v", open)
	}
	if b := backlog(t, db); b.Waiting != 2 {
		t.Errorf("a conflict left its notice: %+v", b)
	}
}

func testRace(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	here, there := Open(t, where), Open(t, where)
	must(t, here.Apply(t.Context(), opening("i1")))
	for version := int64(1); version <= 5; version++ {
		var wait sync.WaitGroup
		var won atomic.Int64
		for n := range 6 {
			wait.Go(func() {
				db := here
				if n%2 == 1 {
					db = there
				}
				err := db.Apply(t.Context(), uptime.Changes{Incidents: []uptime.IncidentChange{{
					Incident: incident("i1", version+1), Expect: version,
					Updates: []uptime.Update{update(fmt.Sprintf("u%d-%d", version, n), time.Minute)},
				}}})
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, uptime.ErrConflict):
					t.Errorf("version %d: %v", version, err)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 {
			t.Errorf("%d decisions on version %d were applied", won.Load(), version)
		}
	}
	if i := ok[uptime.Incident](t)(there.Incident(t.Context(), "i1")); i.Version != 6 || len(i.Updates) != 6 {
		t.Errorf("version %d with %d updates, want 6 and 6", i.Version, len(i.Updates))
	}
}

func testIncidents(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	make := func(id uptime.IncidentID, from, to time.Duration, automatic bool) {
		i := incident(id, 1)
		i.StartedAt, i.Automatic = at(from), automatic
		if to >= 0 {
			i.ResolvedAt = at(to)
		}
		must(t, db.Apply(t.Context(), uptime.Changes{Incidents: []uptime.IncidentChange{{Incident: i, Updates: []uptime.Update{
			update(string(id)+"b", from+time.Second), update(string(id)+"a", from), update(string(id)+"c", from+time.Second),
		}}}}))
	}
	make("short", 10*time.Second, 10*time.Second, true)
	make("old", 0, 20*time.Second, true)
	make("open", 30*time.Second, -1, true)
	make("hand", 40*time.Second, -1, false)

	names := func(found []uptime.Incident, err error) (out []string) {
		must(t, err)
		for _, i := range found {
			out = append(out, string(i.ID))
			if len(i.Updates) != 3 || i.Updates[0].ID != string(i.ID)+"a" || i.Updates[1].ID != string(i.ID)+"b" {
				t.Errorf("updates of %s are not oldest first: %v", i.ID, i.Updates)
			}
		}
		return out
	}
	ctx, second := t.Context(), time.Second
	for _, c := range []struct {
		what string
		got  []string
		want []string
	}{
		{"open", names(db.OpenIncidents(ctx)), []string{"hand", "open"}},
		{"all", names(db.PublishedIncidents(ctx, at(-second), at(60*second), 0)), []string{"hand", "open", "short", "old"}},
		{"two", names(db.PublishedIncidents(ctx, at(-second), at(60*second), 2)), []string{"hand", "open"}},
		{"a moment", names(db.PublishedIncidents(ctx, at(10*second), at(11*second), 0)), []string{"short", "old"}},
		{"after", names(db.PublishedIncidents(ctx, at(20*second), at(40*second), 0)), []string{"open"}},
		{"before", names(db.PublishedIncidents(ctx, at(-60*second), at(0), 0)), nil},
		{"automatic", names(db.AutomaticIncidents(ctx, at(20*second))), []string{"open", "old"}},
		{"automatic, later", names(db.AutomaticIncidents(ctx, at(21*second))), []string{"open"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
	if _, err := db.Incident(ctx, "none"); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("an incident that is not there: %v", err)
	}
}
