//go:build slow

package monitoring

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// Messages of one moment come to the same in any order and however often they
// come: one incident of each group, open if something of it fires.
func TestTheOrderOfMessagesDecidesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	e, err := New(Options{Store: db, Observer: newTally(), Log: quiet(), Changed: func() {}, Owed: func() {}, Wall: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	defer e.schedule.stop()
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		var messages []uptime.ReceivedAlert
		fires := map[string]bool{}
		for n := range rapid.IntRange(1, 5).Draw(r, "alerts") {
			group := fmt.Sprint(run, "-", rapid.IntRange(0, 1).Draw(r, "group"))
			one := alert(fmt.Sprint("A", n), "team", fmt.Sprint(run))
			one.Group, one.StartsAt = group, noon.Add(-time.Hour)
			messages = append(messages, one)
			fires[group] = fires[group] || false
			if rapid.Bool().Draw(r, "over") {
				one.EndsAt = noon.Add(-time.Minute)
				messages = append(messages, one)
			} else {
				fires[group] = true
			}
		}
		told := rapid.Permutation(append(messages, rapid.SliceOfN(rapid.SampledFrom(messages), 0, 5).Draw(r, "again")...)).Draw(r, "order")
		rule := uptime.AlertRule{Name: fmt.Sprint("r", run), Match: labelled("team", fmt.Sprint(run)), Components: []uptime.ComponentID{"x"}, Tier: 3}
		catalogue := uptime.Catalogue{AlertRules: []uptime.AlertRule{rule}}
		e.reported.configure(catalogue)
		e.alerts.configure(catalogue, nil)
		between := rapid.Bool().Draw(r, "decided between")
		for n, one := range told {
			if err := e.Receive(t.Context(), uptime.AlertGroup{Key: one.Group}, []uptime.ReceivedAlert{one}); err != nil {
				r.Fatal(err)
			}
			if between || n == len(told)-1 {
				if err := e.reported.round(t.Context()); err != nil {
					r.Fatal(err)
				}
			}
		}
		all, err := db.AutomaticIncidents(t.Context(), noon.Add(-24*time.Hour))
		if err != nil {
			r.Fatal(err)
		}
		for group, fires := range fires {
			open, count := 0, 0
			for _, i := range all {
				if _, prefix, is := incidents.ReportedBy(i.ID); is && prefix == incidents.ReportedAs(rule.Name, group) {
					count++
					if i.Open() {
						open++
					}
				}
			}
			if fires && (open != 1 || count != 1) || !fires && (open != 0 || count > 1) {
				r.Fatalf("group %s: %d incidents, %d open, fires %t", group, count, open, fires)
			}
		}
		if got := e.Reported(labelled("team", fmt.Sprint(run))); (len(got.Firing) > 0) != slices.Contains(slices.Collect(maps.Values(fires)), true) {
			r.Fatalf("%+v", got)
		}
	})
}
