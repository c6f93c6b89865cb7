//go:build slow

package monitoring

import (
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// Five thousand monitors that go down within one interval, on the real schedule
// and a real database.
func TestAStormOnTheRealSchedule(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		const monitors, interval = 5000, time.Minute
		fails := time.Now().Add(5 * time.Minute)
		prober := &target{answer: during(broken(), [2]time.Time{fails, fails.Add(5 * time.Minute)})}
		var watches []Watch
		for n := range monitors {
			watches = append(watches, Watch{Monitor: monitorOf(fmt.Sprint("m", n), interval, 10*time.Second), Prober: prober})
		}
		catalogue := catalogueOf(watches...)
		options := Options{Rules: func() notice.Rules {
			return notice.Rules{Public: true, Catalogue: catalogue, Channels: []notice.Channel{{Name: "ops"}}}
		}}
		r := beginCatalogue(t, path, options, catalogue, watches...)
		time.Sleep(time.Until(fails.Add(4 * time.Minute)))
		incidents, err := incidentsOf(t, r.db)
		if err != nil || len(incidents) > 12 {
			t.Errorf("%d incidents, error %v", len(incidents), err)
		}
		if notices := noticesOf(t, r.db); len(notices) > 20 {
			t.Errorf("%d notices", len(notices))
		}
		open, err := r.db.OpenSegments(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		down := 0
		for _, s := range open {
			if s.State == uptime.Down {
				down++
			}
		}
		if down != monitors {
			t.Errorf("%d monitors are recorded as down, want all %d", down, monitors)
		}
		time.Sleep(6 * time.Minute)
		if left := r.OpenIncidents(); len(left) != 0 {
			t.Errorf("open at the end: %v", left)
		}
		r.stop()
	})
}
