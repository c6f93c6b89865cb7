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

func policy(number, digest string) uptime.PolicyVersion {
	return uptime.PolicyVersion{
		Policy: "terms", Number: number, Title: "Terms", EffectiveFrom: at(day), ApprovedBy: "the board",
		Digest: digest, Text: "policy: terms\n", SeenAt: at(time.Hour),
	}
}

func testPolicies(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	db, ctx := Open(t, where), t.Context()
	put := func(versions ...uptime.PolicyVersion) error {
		return db.Apply(ctx, uptime.Changes{Policies: versions})
	}
	first, later, other := policy("2", "d1"), policy("1", "d2"), policy("2", "d3")
	later.EffectiveFrom, other.Policy, other.EffectiveFrom = at(2*day), "other", time.Time{}
	must(t, put(later, first, other))
	again := first
	again.SeenAt, again.Title = at(9*day), "read once more"
	must(t, put(again))
	another := policy("2", "d9")
	if err := put(policy("3", "d4"), another); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("another text under a known number: %v, want a conflict", err)
	}
	if diff := cmp.Diff([]uptime.PolicyVersion{other, first, later}, ok[[]uptime.PolicyVersion](t)(db.PolicyVersions(ctx))); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	// Of two texts that come under one number at once, one is kept.
	stores := []*store.DB{db, Open(t, where)}
	var wait sync.WaitGroup
	var won atomic.Int64
	for n := range 4 {
		wait.Go(func() {
			err := stores[n%2].Apply(ctx, uptime.Changes{Policies: []uptime.PolicyVersion{policy("race", fmt.Sprint(n))}})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, uptime.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of four texts are the version", won.Load())
	}
}

func testEvidence(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	a := uptime.Evidence{
		ID: "a", Record: "penetration_test", Title: "Test", By: "Example Ltd", At: at(0), ExpiresAt: at(365 * day),
		URL: "https://example.org/a?b#c", Note: "two findings", Public: true, AddedAt: at(time.Hour), Author: "u1",
	}
	newer, other := a, uptime.Evidence{ID: "c", Record: "certificate", At: at(0), AddedAt: at(0)}
	newer.ID, newer.At = "b", at(day)
	for range 2 {
		must(t, db.Apply(ctx, uptime.Changes{Evidence: []uptime.Evidence{a, newer, other}}))
	}
	if diff := cmp.Diff([]uptime.Evidence{other, newer, a}, ok[[]uptime.Evidence](t)(db.Evidence(ctx))); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	newer.Withdrawn, a.Note, a.Public = at(2*day), "three findings", false
	must(t, db.Apply(ctx, uptime.Changes{Evidence: []uptime.Evidence{newer, a}}))
	if diff := cmp.Diff([]uptime.Evidence{other, a}, ok[[]uptime.Evidence](t)(db.Evidence(ctx))); diff != "" {
		t.Errorf("that stands (-want +got):\n%s", diff)
	}
}

func entry(id string, opened time.Duration) uptime.NonComplianceChange {
	return uptime.NonComplianceChange{Entry: uptime.NonCompliance{
		ID: id, Commitment: "P23", Case: "2026-11", Summary: "Backups of Sydney were missed", Owner: "operations",
		OpenedAt: at(opened), DueAt: at(opened + 10*day), Version: 1,
	}}
}

func testNonCompliances(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	db, ctx := Open(t, where), t.Context()
	put := func(changes ...uptime.NonComplianceChange) error {
		return db.Apply(ctx, uptime.Changes{NonCompliances: changes})
	}
	old, young := entry("a", 0), entry("b", day)
	young.Entry.DueAt = time.Time{}
	must(t, put(old, young))
	// Found broken once more, it is the entry that is there; what else was
	// decided with it is done.
	found := entry("a", 2*day)
	changes := uptime.Changes{NonCompliances: []uptime.NonComplianceChange{found}, Alerts: []uptime.Alert{{ID: "with it", Since: at(0)}}}
	must(t, db.Apply(ctx, changes))
	closed := old
	closed.Expect, closed.Entry.Version = 1, 2
	closed.Entry.ClosedAt, closed.Entry.Outcome, closed.Entry.ClosedBy = at(3*day), "a second copy is kept", "u1"
	must(t, put(closed))
	must(t, put(found)) // and a closed one does not open again
	if diff := cmp.Diff([]uptime.NonCompliance{young.Entry, closed.Entry}, ok[[]uptime.NonCompliance](t)(db.NonCompliances(ctx))); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if alerts := ok[[]uptime.Alert](t)(db.Alerts(ctx)); len(alerts) != 1 {
		t.Errorf("what was decided with it: %+v", alerts)
	}
	nowhere, still := closed, closed
	nowhere.Entry.ID, still.Entry.Version = "none", 1
	for what, c := range map[string]uptime.NonComplianceChange{"an old version": closed, "not there": nowhere} {
		if err := put(c); !errors.Is(err, uptime.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", what, err)
		}
	}
	if err := put(still); err == nil || errors.Is(err, uptime.ErrConflict) {
		t.Errorf("a version that does not grow: %v, want an error of the caller", err)
	}
	// Of many who close it one does.
	stores := []*store.DB{db, Open(t, where)}
	var wait sync.WaitGroup
	var won atomic.Int64
	for n := range 6 {
		wait.Go(func() {
			mine := young
			mine.Expect, mine.Entry.Version, mine.Entry.ClosedAt = 1, 2, at(time.Duration(n)*day)
			err := stores[n%2].Apply(ctx, uptime.Changes{NonCompliances: []uptime.NonComplianceChange{mine, entry("both open it", 0)}})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, uptime.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if all := ok[[]uptime.NonCompliance](t)(db.NonCompliances(ctx)); won.Load() != 1 || len(all) != 3 {
		t.Errorf("%d closed it, and there are %+v", won.Load(), all)
	}
}

func testAlerts(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	put := func(alerts ...uptime.Alert) { must(t, db.Apply(ctx, uptime.Changes{Alerts: alerts})) }
	burns := uptime.Alert{ID: "P1 page", Subject: "P1", Rule: "page 14.4 over 1h and 5m", Severity: "page", Summary: "burns", Since: at(time.Hour)}
	slow := uptime.Alert{ID: "P1 ticket", Subject: "P1", Since: at(0)}
	for range 2 {
		put(burns, slow)
	}
	burns.Summary = "burns faster"
	put(burns)
	if diff := cmp.Diff([]uptime.Alert{slow, burns}, ok[[]uptime.Alert](t)(db.Alerts(ctx))); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
	burns.Until = at(2 * time.Hour)
	anew := burns
	anew.Since, anew.Until = at(3*time.Hour), time.Time{}
	put(burns, anew)
	if diff := cmp.Diff([]uptime.Alert{slow, anew}, ok[[]uptime.Alert](t)(db.Alerts(ctx))); diff != "" {
		t.Errorf("that last (-want +got):\n%s", diff)
	}
}
