package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

func planIDs(t testing.TB, found []uptime.Plan, err error) (ids []string) {
	t.Helper()
	must(t, err)
	for _, p := range found {
		ids = append(ids, string(p.ID))
	}
	return ids
}

// many writes plans of every sort. The window of "moved" was first [1 d, 1 d 2 h)
// and is [20 d, 20 d 2 h) now; "release" takes effect after two days.
func many(t *testing.T, db *store.DB) {
	over, moved, draft, discarded, release := plan("over", -day), plan("moved", day), plan("draft", 2*day), plan("discarded", 2*day), plan("release", 2*day)
	open := plan("open", 30*day)
	over.Plan.Phase, over.Plan.Components = uptime.Completed, []uptime.ComponentID{"mail"}
	moved.Plan.Phase = uptime.Completed
	moved.Revisions = append(moved.Revisions, revision(time.Hour, 20*day))
	draft.Plan.PublishedAt, discarded.Plan.PublishedAt = time.Time{}, time.Time{}
	discarded.Plan.Phase = uptime.Cancelled
	release.Plan.Kind, release.Plan.Phase, release.Revisions[0].To = uptime.Release, uptime.Completed, at(2*day)
	for i, c := range []*uptime.PlanChange{&over, &moved, &draft, &discarded, &release, &open} {
		c.Plan.CreatedAt = at(time.Duration(i/2) * time.Minute) // two each at once
		must(t, db.Apply(t.Context(), planning(*c)))
	}
}

func testPlanSpans(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	many(t, db)
	const ms = time.Millisecond
	for _, c := range []struct {
		what     string
		from, to time.Duration
		want     []string // "open" is to come, and so in each
	}{
		{"all", -2 * day, 40 * day, []string{"over", "release", "moved", "open"}},
		{"what ended at the beginning", -day + 2*time.Hour, -day + 3*time.Hour, []string{"open"}},
		{"the last moment", -day + 2*time.Hour - ms, -day + 3*time.Hour, []string{"over", "open"}},
		{"what begins at the end", -2 * day, -day, []string{"open"}},
		{"the first moment", -2 * day, -day + ms, []string{"over", "open"}},
		{"a window that was moved away", day, day + ms, []string{"moved", "open"}},
		{"a window that it was moved to", 20*day + time.Hour, 21 * day, []string{"moved", "open"}},
		{"between", 10 * day, 11 * day, []string{"open"}},
		{"a moment", 2 * day, 2*day + ms, []string{"release", "open"}},
		{"after a moment", 2*day + ms, 3 * day, []string{"open"}},
		{"up to a moment", 2*day - ms, 2 * day, []string{"open"}},
	} {
		found, err := db.PublishedPlans(ctx, at(c.from), at(c.to))
		if diff := cmp.Diff(c.want, planIDs(t, found, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
	open, err := db.OpenPlans(ctx)
	if diff := cmp.Diff([]string{"draft", "open"}, planIDs(t, open, err)); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	if len(open) == 2 && open[1].Revisions[0].Author == "" {
		t.Error("operators do not see who announced it")
	}
}

func testFindPlans(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	many(t, db)
	for _, c := range []struct {
		what   string
		filter uptime.PlanFilter
		want   []string
	}{
		{"maintenance", uptime.PlanFilter{}, []string{"open", "draft", "discarded", "over", "moved"}},
		{"both", uptime.PlanFilter{All: true}, []string{"release", "open", "draft", "discarded", "over", "moved"}},
		{"changes", uptime.PlanFilter{Changes: true}, []string{"release"}},
		{"both, once more", uptime.PlanFilter{All: true, Changes: true}, []string{"release", "open", "draft", "discarded", "over", "moved"}},
		{"to come", uptime.PlanFilter{All: true, Open: true}, []string{"open", "draft"}},
		{"drafts", uptime.PlanFilter{Draft: true}, []string{"draft"}},
		{"drafts to come", uptime.PlanFilter{Draft: true, Open: true}, []string{"draft"}},
		{"of a component", uptime.PlanFilter{All: true, Component: "mail"}, []string{"over"}},
		{"of a part of its name", uptime.PlanFilter{All: true, Component: "mai"}, nil},
		{"of a quoted one", uptime.PlanFilter{All: true, Component: `" OR ""="`}, nil},
	} {
		for size := 1; size <= 7; size++ {
			var got []string
			for cursor := (uptime.Cursor{Limit: size}); ; {
				page, err := db.FindPlans(ctx, c.filter, cursor)
				ids := planIDs(t, page, err)
				got = append(got, ids...)
				if len(page) < size {
					break
				}
				cursor.After = ids[size-1]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, %d at a time (-want +got):\n%s", c.what, size, diff)
			}
		}
	}
	if _, err := db.FindPlans(ctx, uptime.PlanFilter{}, uptime.Cursor{After: "none"}); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("an unknown cursor: %v", err)
	}
}

func testSeries(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	first := uptime.Series{
		ID: "s1", Title: "Weekly", Body: "**b**", Components: []uptime.ComponentID{"api"}, Regions: []uptime.RegionID{"syd", "eu"},
		Rule: "FREQ=WEEKLY;BYDAY=SU", Zone: zone(t, "Australia/Lord_Howe"), Start: at(0), Length: 90 * time.Minute, Ahead: 10*day + time.Second,
		CreatedAt: at(0), Version: 1,
	}
	second := uptime.Series{ID: "s2", Zone: time.UTC, Start: at(0), CreatedAt: at(time.Minute), Version: 1}
	put := func(s uptime.Series, expect int64) error {
		return db.Apply(ctx, uptime.Changes{Series: []uptime.SeriesChange{{Series: s, Expect: expect}}})
	}
	must(t, put(first, 0))
	must(t, put(second, 0))
	if err := put(first, 0); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("made twice: %v", err)
	}
	stale := first
	first.Version, first.StoppedAt, first.Regions = 2, at(time.Hour), nil
	must(t, put(first, 1))
	stale.Version = 2
	if err := put(stale, 1); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("an old version: %v", err)
	}
	if diff := cmp.Diff([]uptime.Series{second, first}, ok[[]uptime.Series](t)(db.Series(ctx)), sameZone); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

// What has no name in the IANA database cannot be kept, and nothing of the
// change is.
func testZonesByName(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	for _, z := range []*time.Location{time.FixedZone("Local", 36000), time.FixedZone("AEST", 36000), time.FixedZone("", 3600)} {
		ruled := plan("p1", day)
		ruled.Plan.Rules.Notices = []uptime.NoticeRule{{Commitment: "P1", Amount: 7, Unit: uptime.Days, Zone: z}}
		hours := plan("p1", day)
		hours.Plan.Rules.Blackouts = []uptime.BlackoutRule{{Commitment: "P1", Zone: z}}
		told := plan("p1", day)
		for what, c := range map[string]uptime.Changes{
			"a notice rule": planning(ruled), "forbidden hours": planning(hours),
			"a series": {Series: []uptime.SeriesChange{{Series: uptime.Series{ID: "s1", Zone: z, Version: 1}}}},
			"a notice": {Plans: planning(told).Plans, Outbox: []uptime.Notice{{ID: "n1", At: at(0), Content: uptime.Content{Plan: ruled.Plan}}}},
		} {
			if err := db.Apply(ctx, c); err == nil || errors.Is(err, uptime.ErrConflict) {
				t.Errorf("%s with the zone %q was kept: %v", what, z, err)
			}
		}
	}
	if all := ok[[]uptime.Plan](t)(db.FindPlans(ctx, uptime.PlanFilter{All: true}, uptime.Cursor{})); len(all) != 0 {
		t.Errorf("left are %+v", all)
	}
}
