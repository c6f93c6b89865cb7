package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// wordy is a change of every kind about promises, with the word wherever text is
// kept.
func wordy(word string) uptime.Changes {
	c := plan(uptime.PlanID("p"+word), day)
	c.Plan.Title, c.Plan.Body = word, word
	c.Plan.Components, c.Plan.Regions = []uptime.ComponentID{uptime.ComponentID(word)}, []uptime.RegionID{uptime.RegionID(word)}
	c.Plan.Rules = uptime.PlanRules{
		Notices:   []uptime.NoticeRule{{Commitment: uptime.CommitmentID(word), Unit: uptime.NoticeUnit(word)}},
		Blackouts: []uptime.BlackoutRule{{Commitment: uptime.CommitmentID(word), Region: uptime.RegionID(word), Exempt: []string{word}}},
	}
	r := &c.Revisions[0]
	r.Reason, r.Override, r.Author, r.By = word, word, word, word
	r.Broken = []uptime.Broken{{Commitment: uptime.CommitmentID(word), Violation: uptime.Violation(word), Text: word}}
	c.Updates = []uptime.PlanUpdate{{ID: "w" + word, Phase: uptime.PlanPhase(word), Body: word, At: at(0), Author: word}}
	v := policy(word, word)
	v.Policy, v.Title, v.ApprovedBy, v.Text = uptime.PolicyID(word), word, word, word
	e := entry("e"+word, 0)
	e.Entry.Commitment, e.Entry.Case, e.Entry.Summary, e.Entry.Owner = uptime.CommitmentID(word), word, word, word
	e.Entry.Outcome, e.Entry.ClosedBy = word, word
	return uptime.Changes{
		Plans: []uptime.PlanChange{c}, Policies: []uptime.PolicyVersion{v}, NonCompliances: []uptime.NonComplianceChange{e},
		Series: []uptime.SeriesChange{{Series: uptime.Series{
			ID: uptime.SeriesID("s" + word), Title: word, Body: word, Components: c.Plan.Components, Regions: c.Plan.Regions, Rule: word,
			Start: at(0), CreatedAt: at(0), Version: 1,
		}}},
		Evidence: []uptime.Evidence{{ID: "v" + word, Record: word, Title: word, By: word, At: at(0), URL: word, Note: word, AddedAt: at(0), Author: word}},
		Alerts:   []uptime.Alert{{ID: "a" + word, Subject: word, Rule: word, Severity: word, Summary: word, Since: at(0)}},
		Outbox:   []uptime.Notice{{ID: "n" + word, At: at(0), Plan: c.Plan.ID, Summary: word}},
	}
}

// compare reads everything back that the change is about.
func compare(t *testing.T, db *store.DB, want uptime.Changes) {
	t.Helper()
	ctx := t.Context()
	got := uptime.Changes{
		Policies: ok[[]uptime.PolicyVersion](t)(db.PolicyVersions(ctx)), Evidence: ok[[]uptime.Evidence](t)(db.Evidence(ctx)),
		Alerts: ok[[]uptime.Alert](t)(db.Alerts(ctx)),
	}
	for _, p := range ok[[]uptime.Plan](t)(db.FindPlans(ctx, uptime.PlanFilter{All: true}, uptime.Cursor{})) {
		c := uptime.PlanChange{Plan: p, Revisions: p.Revisions, Updates: p.Updates}
		c.Plan.Revisions, c.Plan.Updates = nil, nil
		got.Plans = append(got.Plans, c)
	}
	for _, s := range ok[[]uptime.Series](t)(db.Series(ctx)) {
		got.Series = append(got.Series, uptime.SeriesChange{Series: s})
	}
	for _, e := range ok[[]uptime.NonCompliance](t)(db.NonCompliances(ctx)) {
		got.NonCompliances = append(got.NonCompliances, uptime.NonComplianceChange{Entry: e})
	}
	for _, r := range ok[[]uptime.NoticeRecord](t)(db.Notices(ctx, uptime.NoticeFilter{Plan: want.Plans[0].Plan.ID}, uptime.Cursor{})) {
		got.Outbox = append(got.Outbox, r.Notice)
	}
	if diff := cmp.Diff(want, got, sameZone); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func testPromisesText(t *testing.T, address func(testing.TB) string) {
	odd := `'; DROP TABLE plan; --|" OR ""="|\'; SELECT pg_sleep(9)--|%_?$1 @name :id|{"a":[null]}|naïve Ærø 🟢|` + "two\nlines\r\n\ttab"
	for _, word := range []string{odd, "NULL"} {
		db := Open(t, address(t))
		c := wordy(word)
		must(t, db.Apply(t.Context(), c))
		compare(t, db, c)
		component := uptime.ComponentID(word)
		if found := ok[[]uptime.Plan](t)(db.FindPlans(t.Context(), uptime.PlanFilter{Component: component}, uptime.Cursor{})); len(found) != 1 {
			t.Errorf("%d plans of the component %q", len(found), word)
		}
	}
	// What PostgreSQL would refuse holds nothing back.
	db := Open(t, address(t))
	must(t, db.Apply(t.Context(), wordy("a\x00b\xffc")))
	compare(t, db, wordy("a\uFFFDb\uFFFDc"))
}

// testPromisesWhole makes changes whose last part fails: nothing of them is there.
func testPromisesWhole(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	must(t, db.Apply(ctx, wordy("first")))
	must(t, db.Apply(ctx, uptime.Changes{NonCompliances: []uptime.NonComplianceChange{entry("taken", -day)}}))
	spoilt := map[string]func(*uptime.Changes){
		"a policy": func(c *uptime.Changes) {
			other := wordy("first").Policies[0]
			other.Digest = "another"
			c.Policies = append(c.Policies, other)
		},
		"an entry": func(c *uptime.Changes) {
			e := entry("taken", 0)
			e.Expect, e.Entry.Version = 7, 8
			c.NonCompliances = append(c.NonCompliances, e)
		},
		"a plan": func(c *uptime.Changes) { c.Plans = append(c.Plans, wordy("first").Plans...) },
		"a series": func(c *uptime.Changes) {
			c.Series = append(c.Series, uptime.SeriesChange{Series: uptime.Series{ID: "none", Version: 2}, Expect: 1})
		},
		"a delivery": func(c *uptime.Changes) { c.Resend = []string{"none"} },
	}
	for what, spoil := range spoilt {
		c := wordy("second")
		c.Audit = []uptime.AuditEntry{{At: at(0), Action: "plan.announce"}}
		spoil(&c)
		if err := db.Apply(ctx, c); !errors.Is(err, uptime.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", what, err)
		}
	}
	want := wordy("first")
	want.NonCompliances = append(want.NonCompliances, entry("taken", -day))
	compare(t, db, want)
	if notices := ok[[]uptime.NoticeRecord](t)(db.Notices(ctx, uptime.NoticeFilter{}, uptime.Cursor{})); len(notices) != 1 {
		t.Errorf("notices: %+v", notices)
	}
	if c := ok[uptime.AuditCheck](t)(db.VerifyAudit(ctx)); c.Entries != 0 {
		t.Errorf("the audit log has %d entries", c.Entries)
	}
}

func testPrunePromises(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	c := wordy("kept")
	c.Outbox[0].Channels = []uptime.Routed{{Channel: "ops"}}
	must(t, db.Apply(ctx, c))
	settle(t, db, 1, accepted(claim(t, db, 0, uptime.Claim{})[0], 0))
	for _, d := range []time.Duration{-day, -time.Millisecond, 0, 300 * day} {
		must(t, db.SaveSignal(ctx, uptime.Signal{Monitor: "job", At: at(d)}))
	}
	signals := func() int {
		return len(ok[[]uptime.Signal](t)(db.SignalsOf(ctx, []uptime.MonitorID{"job"}, at(-9*day), at(900*day))))
	}
	// However short the retention of the rest is, twelve months of jobs stay.
	short := store.Retention{Raw: time.Hour, Hourly: time.Hour, Ledger: 500 * day}
	ok[int](t)(db.Prune(ctx, at(400*day), short))
	if n := signals(); n != 2 {
		t.Errorf("%d signals are left of 400 days, want 2", n)
	}
	c.Outbox[0].Channels = nil
	compare(t, db, c)
	// Notices go when the ledger's retention says so, and nothing else ever.
	ok[int](t)(db.Prune(ctx, at(5000*day), short))
	if n := signals(); n != 1 {
		t.Errorf("%d signals are left, want the newest", n)
	}
	c.Outbox = nil
	compare(t, db, c)
}
