package subscribers

import (
	"slices"
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

// A table with three bad lines is tried out: it adds nobody and names the three.
// Put right it is taken in, and taken in again it changes nothing. See
// docs/coverage.md.
func TestE41ATableWithThreeBadLinesTakesNobodyInAndNamesThem(t *testing.T) {
	u, db, path := stored(t)
	const head = "email,components,confirmed_at\n"
	const bad = head + "ada@example.org,api,\nnot an address,,\nbob@example.org,old,\ncy@example.org,,yesterday\n"
	const good = head + "ada@example.org,api,\nbob@example.org,,\ncy@example.org,,2026-01-01T00:00:00Z\n"
	before := dump(t, path)
	report := u.load(t, bad, Import{DryRun: true})
	var lines []int
	for _, p := range report.Problems {
		lines = append(lines, p.Line)
	}
	if !slices.Equal(lines, []int{3, 4, 5}) || report.Invalid != 3 || report.Added != 0 || report.Applied || dump(t, path) != before {
		t.Errorf("tried out: lines %v of %+v", lines, report)
	}
	if report := u.load(t, bad, Import{}); report.Applied || dump(t, path) != before {
		t.Errorf("in earnest: %+v", report)
	}
	if report := u.load(t, good, Import{}); report.Added != 3 || len(report.Problems) != 0 {
		t.Errorf("put right: %+v", report)
	}
	all := func() []uptime.Subscriber {
		found, err := db.Subscribers(t.Context(), uptime.SubscriberFilter{}, uptime.Cursor{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	first := all()
	if report := u.load(t, good, Import{}); report.Added != 0 || report.Known != 3 {
		t.Errorf("again: %+v", report)
	}
	if again := all(); len(first) != 3 || !slices.EqualFunc(first, again, func(a, b uptime.Subscriber) bool {
		return a.ID == b.ID && a.Address == b.Address && a.ConfirmedAt.Equal(b.ConfirmedAt) && slices.Equal(a.Components, b.Components)
	}) {
		t.Errorf("%+v, and again %+v", first, again)
	}
}
