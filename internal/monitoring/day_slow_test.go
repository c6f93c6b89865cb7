//go:build slow

package monitoring

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// A day of one look a minute on the real scheduler, the real rules and a real
// database: an outage, a restart that leaves a gap, and the night on which
// clocks change, which must change nothing.
func TestADayIsRecordedToTheSecond(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		// The bubble's clock starts on 2000-01-01. Sydney's clocks went back on
		// 26 March 2000 at 16:00 UTC; that is in this day.
		time.Sleep(time.Until(time.Date(2000, 3, 26, 0, 0, 0, 0, time.UTC)))
		const minute = time.Minute
		m := monitorOf("sign-in", minute, 10*time.Second)
		start := time.Now().Truncate(minute).Add(phaseOf(m.ID, minute)) // the first look
		at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
		outage := [2]time.Time{at(3600 - 30), at(5400 + 30)}
		prober := &target{answer: during(broken(), outage)}
		w := Watch{Monitor: m, Prober: prober}

		r := begin(t, path, w)
		time.Sleep(time.Until(at(12*3600 + 30))) // half a day
		r.stop()
		time.Sleep(time.Hour)
		r = begin(t, path, w)
		time.Sleep(time.Until(at(24*3600 - 1)))
		synctest.Wait()

		want := []span{
			{0, 3600, "up"},
			{3600, 5460, "down"},
			{5460, 12*3600 + 60, "up"},
			{12*3600 + 60, 13*3600 + 60, "unknown"},
			{13*3600 + 60, -1, "up"},
		}
		if diff := cmp.Diff(want, r.history(t, start)); diff != "" {
			t.Errorf("the day's history (-want +got):\n%s", diff)
		}
		incidents, err := incidentsOf(t, r.db)
		if err != nil {
			t.Fatal(err)
		}
		if len(incidents) != 1 || !incidents[0].StartedAt.Equal(at(3600)) || !incidents[0].ResolvedAt.Equal(at(5460)) {
			t.Errorf("incidents %+v, want one from 3600 to 5460", incidents)
		}
		// 1,440 looks less the hour's 60, and the re-checks: two to confirm the
		// outage and one to confirm its end.
		if looks := prober.count(); looks != 1440-60+3 {
			t.Errorf("%d looks", looks)
		}
		r.stop()

		// What was written is what was seen: no look lost, none doubled.
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		days, err := db.DailyRollups(t.Context(), m.ID, at(-86400), at(2*86400))
		if err != nil {
			t.Fatal(err)
		}
		counted := uptime.Rollup{}
		for _, d := range days {
			counted.Passed += d.Passed
			counted.Failed += d.Failed
		}
		if counted.Passed+counted.Failed != prober.count() || counted.Failed != 31+2 {
			t.Errorf("rolled up %d passed and %d failed of %d looks", counted.Passed, counted.Failed, prober.count())
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
