package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

const day = 24 * time.Hour

// sameZone compares zones by their names: two that were read are one zone.
var sameZone = cmp.Comparer(func(a, b *time.Location) bool {
	return a == b || a != nil && b != nil && a.String() == b.String()
})

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	return ok[*time.Location](t)(time.LoadLocation(name))
}

// revision is one announcement of a window of two hours.
func revision(announced, from time.Duration) uptime.Revision {
	return uptime.Revision{At: at(announced), From: at(from), To: at(from + 2*time.Hour), Author: "u1", By: "Anna"}
}

// plan is maintenance that was announced at the start, and begins after d.
func plan(id uptime.PlanID, d time.Duration) uptime.PlanChange {
	return uptime.PlanChange{
		Plan: uptime.Plan{
			ID: id, Kind: uptime.MaintenanceWork, Title: "Database", Components: []uptime.ComponentID{"api", "web"}, Phase: uptime.Scheduled,
			CreatedAt: at(-time.Hour), PublishedAt: at(0), Version: 1,
		},
		Revisions: []uptime.Revision{revision(0, d)},
	}
}

// next is the change that follows: the plan's next version, with what comes to it.
func next(c uptime.PlanChange, revisions ...uptime.Revision) uptime.PlanChange {
	c.Expect = c.Plan.Version
	c.Plan.Version++
	c.Revisions, c.Updates, c.First = revisions, nil, false
	return c
}

func planning(changes ...uptime.PlanChange) uptime.Changes { return uptime.Changes{Plans: changes} }

// fullPlan is a plan with all that there is of it.
func fullPlan(t testing.TB) uptime.PlanChange {
	c := plan("p1", 3*day)
	c.Plan.Body, c.Plan.Regions, c.Plan.Emergency = "**What** it means", []uptime.RegionID{"sydney"}, true
	c.Plan.Series, c.Plan.Due, c.Plan.StartedAt = "s1", at(3*day), at(3*day+time.Minute)
	c.Plan.Rules = uptime.PlanRules{
		Notices: []uptime.NoticeRule{
			{Commitment: "P4", Amount: 24, Unit: uptime.Hours}, {Commitment: "P5", Amount: 7, Unit: uptime.Days, Zone: zone(t, "Australia/Sydney")},
		},
		Blackouts: []uptime.BlackoutRule{{
			Commitment: "P6", Region: "sydney", Zone: zone(t, "Etc/GMT-10"), Days: []time.Weekday{time.Monday, time.Saturday},
			From: 8*time.Hour + 30*time.Minute, To: 24 * time.Hour, Exempt: []string{"2026-12-25"},
		}, {Commitment: "P7", Zone: time.UTC, To: 1500 * time.Millisecond}},
	}
	c.Revisions[0].Broken = []uptime.Broken{{Commitment: "P4", Violation: uptime.LateNotice, Text: "23 h notice were given, 24 h are promised"}}
	c.Revisions[0].Reason, c.Revisions[0].Override = "a supplier asks", "the certificate ends"
	c.Updates = []uptime.PlanUpdate{
		{ID: "w2", Phase: uptime.InProgress, Body: "later", At: at(time.Minute), Author: "u2", Silent: true},
		{ID: "w1", Phase: uptime.Scheduled, Body: "first", At: at(0), Automatic: true},
	}
	return c
}

// whole is the plan as the change makes it, when it is new.
func whole(c uptime.PlanChange) uptime.Plan {
	p := c.Plan
	p.Revisions, p.Updates = c.Revisions, c.Updates
	return p
}

func testPlans(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	db, ctx := Open(t, where), t.Context()
	c := fullPlan(t)
	must(t, db.Apply(ctx, planning(c)))
	want := whole(c)
	want.Updates = []uptime.PlanUpdate{c.Updates[1], c.Updates[0]} // by time
	again := Open(t, where)
	if diff := cmp.Diff(want, ok[uptime.Plan](t)(again.Plan(ctx, "p1")), sameZone); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	// A revision comes to those that are there; what was said stays, and said
	// twice it stands once.
	second := revision(time.Hour, 4*day)
	second.Cancelled, second.Finished = true, true
	change := next(c, second)
	change.Plan.Title, change.Plan.Phase, change.Plan.FinishedAt, change.Plan.Regions = "The database", uptime.Cancelled, at(day), nil
	change.Updates = []uptime.PlanUpdate{{ID: "w3", Phase: uptime.Cancelled, At: at(time.Hour)}, c.Updates[0]}
	must(t, db.Apply(ctx, planning(change)))
	want.Title, want.Phase, want.FinishedAt, want.Version, want.Regions = "The database", uptime.Cancelled, at(day), 2, nil
	want.Revisions, want.Updates = append(want.Revisions, second), append(want.Updates, change.Updates[0])
	if diff := cmp.Diff(want, ok[uptime.Plan](t)(db.Plan(ctx, "p1")), sameZone); diff != "" {
		t.Errorf("revised (-want +got):\n%s", diff)
	}
	// The public learns no ids of people, and the name of who announced it.
	for i := range want.Revisions {
		want.Revisions[i].Author = ""
	}
	for i := range want.Updates {
		want.Updates[i].Author = ""
	}
	if diff := cmp.Diff(want, ok[uptime.Plan](t)(db.PublishedPlan(ctx, "p1")), sameZone); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]uptime.Plan{want}, ok[[]uptime.Plan](t)(db.PublishedPlans(ctx, at(0), at(4*day))), sameZone); diff != "" {
		t.Errorf("published ones (-want +got):\n%s", diff)
	}
	for _, read := range []func() (uptime.Plan, error){
		func() (uptime.Plan, error) { return db.Plan(ctx, "none") }, func() (uptime.Plan, error) { return db.PublishedPlan(ctx, "none") },
	} {
		if _, err := read(); !errors.Is(err, uptime.ErrNotFound) {
			t.Errorf("a plan that is not there: %v", err)
		}
	}
}

func testPlanDraft(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	c := plan("p1", 3*day)
	c.Plan.PublishedAt = time.Time{}
	must(t, db.Apply(ctx, planning(c)))
	if _, err := db.PublishedPlan(ctx, "p1"); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("a draft is public: %v", err)
	}
	redrafted := next(c, revision(time.Minute, 5*day))
	redrafted.First = true
	must(t, db.Apply(ctx, planning(redrafted)))
	// It is announced, its revision dated anew: from then on it stays.
	announced := next(redrafted, revision(time.Hour, 5*day))
	announced.First, announced.Plan.PublishedAt = true, at(time.Hour)
	must(t, db.Apply(ctx, planning(announced)))
	if diff := cmp.Diff(whole(announced), ok[uptime.Plan](t)(db.Plan(ctx, "p1"))); diff != "" {
		t.Errorf("announced (-want +got):\n%s", diff)
	}
	over := next(announced, revision(2*time.Hour, 9*day))
	over.First = true
	hidden := next(announced)
	hidden.Plan.PublishedAt = time.Time{}
	two := next(announced, revision(0, 0), revision(0, 0))
	two.First = true
	for what, c := range map[string]uptime.PlanChange{"written over": over, "hidden again": hidden, "two in the place of one": two} {
		if err := db.Apply(ctx, planning(c)); err == nil || errors.Is(err, uptime.ErrConflict) {
			t.Errorf("what was announced was %s: %v", what, err)
		}
	}
	if diff := cmp.Diff(whole(announced), ok[uptime.Plan](t)(db.Plan(ctx, "p1"))); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
	// What is discarded is kept, and never public.
	discarded := plan("p2", 3*day)
	discarded.Plan.PublishedAt = time.Time{}
	must(t, db.Apply(ctx, planning(discarded)))
	gone := next(discarded)
	gone.Plan.Phase, gone.Plan.FinishedAt = uptime.Cancelled, at(time.Hour)
	must(t, db.Apply(ctx, planning(gone)))
	if p := ok[uptime.Plan](t)(db.Plan(ctx, "p2")); p.Phase != uptime.Cancelled || !p.Draft() || len(p.Revisions) != 1 {
		t.Errorf("discarded: %+v", p)
	}
	if open, seen := ok[[]uptime.Plan](t)(db.OpenPlans(ctx)), ok[[]uptime.Plan](t)(db.PublishedPlans(ctx, at(0), at(99*day))); len(open) != 1 || len(seen) != 1 {
		t.Errorf("%d are open and %d public, want p1 alone: %v %v", len(open), len(seen), open, seen)
	}
}

func testPlanConflict(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	first := plan("p1", 3*day)
	first.Plan.Series, first.Plan.Due = "s1", at(3*day)
	must(t, db.Apply(ctx, planning(first)))
	must(t, db.Apply(ctx, planning(next(first, revision(time.Hour, 4*day)))))
	late, early, twin := next(first, revision(time.Hour, 5*day)), next(next(next(first))), plan("p2", 3*day)
	twin.Plan.Series, twin.Plan.Due = "s1", at(3*day)
	nowhere := next(plan("p9", 0))
	for what, c := range map[string]uptime.PlanChange{
		"made twice": first, "an old version": late, "a version to come": early, "not there": nowhere, "an occurrence that has its plan": twin,
	} {
		changes := planning(c)
		changes.Outbox = []uptime.Notice{{ID: what, At: at(0), Plan: c.Plan.ID, Channels: []uptime.Routed{{Channel: "ops"}}}}
		if err := db.Apply(ctx, changes); !errors.Is(err, uptime.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", what, err)
		}
	}
	still := next(first)
	still.Plan.Version = 1
	if err := db.Apply(ctx, planning(still)); err == nil || errors.Is(err, uptime.ErrConflict) {
		t.Errorf("a version that does not grow: %v, want an error of the caller", err)
	}
	if p := ok[uptime.Plan](t)(db.Plan(ctx, "p1")); p.Version != 2 || len(p.Revisions) != 2 || !p.Now().From.Equal(at(4*day)) {
		t.Errorf("the plan is %+v", p)
	}
	if all := ok[[]uptime.Plan](t)(db.FindPlans(ctx, uptime.PlanFilter{All: true}, uptime.Cursor{})); len(all) != 1 {
		t.Errorf("conflicts left plans: %+v", all)
	}
	if b := backlog(t, db); b.Waiting != 0 {
		t.Errorf("conflicts left notices: %+v", b)
	}
	// The next occurrence, and one of another series at the same time, are others.
	other, later := twin, twin
	other.Plan.Series, later.Plan.ID, later.Plan.Due = "s2", "p3", at(10*day)
	must(t, db.Apply(ctx, planning(other, later)))
}

func testPlanRace(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	stores := []*store.DB{Open(t, where), Open(t, where)}
	c := plan("p1", 3*day)
	must(t, stores[0].Apply(t.Context(), planning(c)))
	for round := range 5 {
		var wait sync.WaitGroup
		var won atomic.Int64
		for n := range 6 {
			wait.Go(func() {
				mine := next(c, revision(time.Hour, time.Duration(n)*day))
				mine.Updates = []uptime.PlanUpdate{{ID: fmt.Sprintf("w%d-%d", round, n), At: at(0)}}
				switch err := stores[n%2].Apply(t.Context(), planning(mine)); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, uptime.ErrConflict):
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 {
			t.Errorf("%d decisions of round %d were applied", won.Load(), round)
		}
		c = next(c)
	}
	p := ok[uptime.Plan](t)(stores[1].Plan(t.Context(), "p1"))
	if p.Version != 6 || len(p.Revisions) != 6 || len(p.Updates) != 5 || p.Sequence() != 5 {
		t.Errorf("version %d with %d revisions and %d updates, want 6, 6 and 5", p.Version, len(p.Revisions), len(p.Updates))
	}
}
