package monitoring

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Many groups of one rule are a few incidents and one for the rest, also when
// they are told one by one and after a restart.
func TestAFloodOfGroupsIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		a := alertingOn(t, path)
		flood := func(from, to int) {
			for n := from; n < to; n++ {
				one := alert("Slow", "team", "search")
				one.Group, one.Fingerprint = fmt.Sprint("g", n), fmt.Sprint("f", n)
				a.tell(one)
				time.Sleep(100 * time.Millisecond)
			}
		}
		flood(0, 30)
		a.stop()
		time.Sleep(time.Minute)
		a = alertingOn(t, path)
		defer a.stop()
		flood(30, 60)
		time.Sleep(10 * time.Second)
		many := 0
		for _, r := range a.reports() {
			if strings.HasPrefix(r.Title, "Many alerts at once") {
				many++
			}
		}
		if n := len(a.reports()); n != 11 || many != 1 {
			t.Errorf("%d incidents, %d of many groups; want 10 and 1", n, many)
		}
	})
}

// The ledger says once what announced work holds back, as it does of outages.
func TestTheLedgerSaysThatAnnouncedWorkHoldsAlertsBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		a := alertingOn(t, path)
		defer a.stop()
		work := workOn(time.Now().UTC().Truncate(time.Millisecond), -10, 60, "checkout")
		work.Version = 1
		if err := a.db.Apply(t.Context(), uptime.Changes{Plans: []uptime.PlanChange{{Plan: work, Revisions: work.Revisions}}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // it is known
		a.tell(alert("Slow", "team", "search"))
		time.Sleep(time.Minute)
		notices, err := a.db.Notices(t.Context(), uptime.NoticeFilter{}, uptime.Cursor{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(notices) != 1 || !strings.Contains(notices[0].Notice.ID, "-held-alerts-search-") || len(a.reports()) != 0 {
			t.Errorf("%+v; incidents %+v", notices, a.reports())
		}
	})
}
