package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// byHand is an incident with all that people may say of it.
func byHand() uptime.Incident {
	i := incident("hand", 1)
	i.Automatic, i.Unaffected = false, []uptime.ComponentID{"web"}
	i.CreatedAt, i.PublishedAt, i.ResolvedAt, i.ClosedAt = at(time.Minute), at(2*time.Minute), at(time.Hour), at(2*time.Hour)
	i.Postmortem = uptime.Postmortem{Body: "# Why", PublishedAt: at(90 * time.Minute), Waived: "nothing to learn"}
	i.Updates = []uptime.Update{
		{ID: "u1", Phase: uptime.Investigating, Body: "we look", At: at(0), WrittenAt: at(time.Minute), NextBy: at(time.Hour), Author: "anna", Silent: true},
		{ID: "u2", Phase: uptime.Resolved, Body: "it works", At: at(time.Second), WrittenAt: at(time.Hour), Author: "otto"},
	}
	return i
}

func testSaid(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	i := byHand()
	must(t, db.Apply(ctx, uptime.Changes{Incidents: []uptime.IncidentChange{{Incident: i, Updates: i.Updates}}}))
	if diff := cmp.Diff(i, ok[uptime.Incident](t)(db.Incident(ctx, "hand"))); diff != "" {
		t.Errorf("incident (-want +got):\n%s", diff)
	}
	// The old text stays beside the new one.
	i.Version, i.Updates[1].Body = 2, "it works again"
	i.Updates[1].Amended = []uptime.Amendment{{Body: "it works", At: at(3 * time.Hour), Author: "anna"}}
	amended := uptime.IncidentChange{Incident: i, Expect: 1, Amended: []uptime.Update{{ID: "u2", Body: i.Updates[1].Body, Amended: i.Updates[1].Amended}}}
	must(t, db.Apply(ctx, uptime.Changes{Incidents: []uptime.IncidentChange{amended}}))
	if diff := cmp.Diff(i, ok[uptime.Incident](t)(db.Incident(ctx, "hand"))); diff != "" {
		t.Errorf("amended (-want +got):\n%s", diff)
	}
	// The public learns no names.
	got := ok[uptime.Incident](t)(db.PublishedIncident(ctx, "hand"))
	i.Updates[0].Author, i.Updates[1].Author, i.Updates[1].Amended[0].Author = "", "", ""
	if diff := cmp.Diff(i, got); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	amended.Incident.Version, amended.Expect, amended.Amended[0].ID = 3, 2, "none"
	if err := db.Apply(ctx, uptime.Changes{Incidents: []uptime.IncidentChange{amended}}); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("an update that is not there was amended: %v", err)
	}
}

func testDrafts(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	draft, seen, past := incident("draft", 1), incident("seen", 1), incident("past", 1)
	draft.PublishedAt = time.Time{}
	past.StartedAt, past.ResolvedAt, past.Components = at(-time.Hour), at(-time.Minute), []uptime.ComponentID{"web"}
	statements := []uptime.Statement{
		{Incident: "draft", Component: "api", State: uptime.Down, From: at(0)},
		{Incident: "past", Component: "api", State: uptime.Partial, From: at(-time.Hour), To: at(-time.Minute)},
		{Incident: "past", Component: "web", State: uptime.Down, From: at(0), To: at(0)},
		{Incident: "seen", Component: "api", State: uptime.Degraded, From: at(0)},
		{Incident: "seen", Component: "api", State: uptime.Down, From: at(time.Minute)},
	}
	must(t, db.Apply(ctx, uptime.Changes{
		Incidents: []uptime.IncidentChange{{Incident: draft}, {Incident: seen}, {Incident: past}}, Statements: statements,
	}))
	ids := func(found []uptime.Incident, err error) (out []string) {
		must(t, err)
		for _, i := range found {
			out = append(out, string(i.ID))
		}
		return out
	}
	const year = 365 * 24 * time.Hour
	first := uptime.Cursor{}
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"published", ids(db.PublishedIncidents(ctx, at(-year), at(year), 0)), []string{"seen", "past"}},
		{"open", ids(db.OpenIncidents(ctx)), []string{"seen", "draft"}},
		{"automatic", ids(db.AutomaticIncidents(ctx, at(0))), []string{"seen", "draft"}},
		{"all", ids(db.Incidents(ctx, uptime.IncidentFilter{}, first)), []string{"seen", "draft", "past"}},
		{"two", ids(db.Incidents(ctx, uptime.IncidentFilter{}, uptime.Cursor{Limit: 2})), []string{"seen", "draft"}},
		{"the rest", ids(db.Incidents(ctx, uptime.IncidentFilter{}, uptime.Cursor{Limit: 2, After: "draft"})), []string{"past"}},
		{"after one that began with it", ids(db.Incidents(ctx, uptime.IncidentFilter{}, uptime.Cursor{After: "seen"})), []string{"draft", "past"}},
		{"drafts", ids(db.Incidents(ctx, uptime.IncidentFilter{Draft: true}, first)), []string{"draft"}},
		{"those that last", ids(db.Incidents(ctx, uptime.IncidentFilter{Open: true}, first)), []string{"seen", "draft"}},
		{"of a component", ids(db.Incidents(ctx, uptime.IncidentFilter{Component: "web"}, first)), []string{"past"}},
		{"of a part of its name", ids(db.Incidents(ctx, uptime.IncidentFilter{Component: "we"}, first)), nil},
		{"of all of these", ids(db.Incidents(ctx, uptime.IncidentFilter{Open: true, Draft: true, Component: "api"}, uptime.Cursor{After: "seen"})), []string{"draft"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
	_, err := db.Incidents(ctx, uptime.IncidentFilter{}, uptime.Cursor{After: "none"})
	_, err2 := db.PublishedIncident(ctx, "draft")
	if !errors.Is(err, uptime.ErrNotFound) || !errors.Is(err2, uptime.ErrNotFound) {
		t.Errorf("an unknown cursor: %v; a draft: %v", err, err2)
	}
	testStatements(t, db, statements)
}

func testStatements(t *testing.T, db *store.DB, said []uptime.Statement) {
	ctx := t.Context()
	check := func(what string, want ...uptime.Statement) func([]uptime.Statement, error) {
		return func(got []uptime.Statement, err error) {
			must(t, err)
			if diff := cmp.Diff(append([]uptime.Statement{}, want...), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
	}
	check("of an hour", said[1], said[3])(db.Statements(ctx, at(-time.Hour), at(time.Second)))
	check("before", said[1])(db.Statements(ctx, at(-time.Hour), at(0)))
	check("from its end on", said[3], said[4])(db.Statements(ctx, at(-time.Minute), at(time.Hour)))
	check("of a draft", said[0])(db.StatementsOf(ctx, "draft"))
	check("taken back", said[1], said[2])(db.StatementsOf(ctx, "past"))
	said[3].To, said[3].State = at(time.Minute), uptime.Partial
	must(t, db.Apply(ctx, uptime.Changes{Statements: said[3:4]}))
	check("ended", said[3], said[4])(db.StatementsOf(ctx, "seen"))
}

func testAudit(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	db := Open(t, where)
	ctx := t.Context()
	if c := ok[uptime.AuditCheck](t)(db.VerifyAudit(ctx)); c != (uptime.AuditCheck{}) {
		t.Errorf("an empty log: %+v", c)
	}
	entry := func(n int) uptime.AuditEntry {
		return uptime.AuditEntry{
			At: at(time.Duration(n) * time.Second).Add(300 * time.Microsecond), Action: "incident.publish", Object: "i1", Detail: fmt.Sprintf("n%d\x00\xff", n),
			Actor: uptime.Actor{Kind: "user", ID: "u1", Name: "Zoë", Role: uptime.Publisher, Address: "192.0.2.1"},
		}
	}
	var wait sync.WaitGroup
	for n, db := range []*store.DB{db, Open(t, where), db, Open(t, where)} {
		wait.Go(func() {
			for k := range 5 {
				if err := db.Apply(ctx, uptime.Changes{Audit: []uptime.AuditEntry{entry(10*n + k), entry(10*n + k)}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	// What is rolled back leaves no gap.
	if err := db.Apply(ctx, uptime.Changes{
		Incidents: []uptime.IncidentChange{{Incident: incident("i1", 2), Expect: 1}}, Audit: []uptime.AuditEntry{entry(0)},
	}); !errors.Is(err, uptime.ErrConflict) {
		t.Error(err)
	}
	must(t, db.Apply(ctx, uptime.Changes{Audit: []uptime.AuditEntry{entry(99)}}))
	var all []uptime.AuditEntry
	for cursor := (uptime.Cursor{Limit: 7}); ; {
		page := ok[[]uptime.AuditEntry](t)(db.Audit(ctx, cursor))
		all = append(all, page...)
		if len(page) < 7 {
			break
		}
		cursor.After = fmt.Sprint(page[6].Seq)
	}
	if len(all) != 41 || all[40].Prev != "" {
		t.Fatalf("%d entries", len(all))
	}
	for i, e := range all {
		if e.Seq != int64(41-i) || e.Hash != uptime.AuditHash(e) || i > 0 && all[i-1].Prev != e.Hash {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	want := entry(99)
	want.At, want.Detail = at(99*time.Second), "n99\uFFFD\uFFFD"
	want.Seq, want.Prev, want.Hash = 41, all[1].Hash, all[0].Hash
	if diff := cmp.Diff(want, all[0]); diff != "" {
		t.Errorf("the newest (-want +got):\n%s", diff)
	}
	if c := ok[uptime.AuditCheck](t)(db.VerifyAudit(ctx)); c != (uptime.AuditCheck{Entries: 41, Head: all[0].Hash}) {
		t.Errorf("checked: %+v", c)
	}
	for _, after := range []string{"99", "x"} {
		if _, err := db.Audit(ctx, uptime.Cursor{After: after}); !errors.Is(err, uptime.ErrNotFound) {
			t.Errorf("after %s: %v", after, err)
		}
	}
}
