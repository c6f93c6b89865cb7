package monitoring

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// What still lasts is told again by each channel's own measure, and a promise
// that was not kept once, over a restart and a database that is away.
func TestWhatLastsIsRemindedOfAndABrokenPromiseTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
		w := Watch{Monitor: monitorOf("api", 30*time.Second, 10*time.Second), Prober: &target{answer: during(broken(), [2]time.Time{at(10), at(200)})}}
		catalogue := catalogueOf(w)
		options := Options{
			Rules: func() notice.Rules {
				return notice.Rules{Catalogue: catalogue, Channels: []notice.Channel{
					{Name: "often", Remind: 10 * time.Minute}, {Name: "never"}, {Name: "seldom", Remind: time.Hour},
				}}
			},
		}
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		away := &failing{DB: db}
		options.Store = away
		r := beginCatalogue(t, path, options, catalogue, w)
		time.Sleep(time.Until(at(25)))
		open, err := db.OpenIncidents(t.Context())
		if err != nil || len(open) != 1 {
			t.Fatalf("open %+v, error %v", open, err)
		}
		incident := open[0]
		expect := incident.Version
		incident.Version++
		promise := uptime.Update{ID: "by-hand", Phase: uptime.Identified, Body: "Soon.", At: time.Now(), WrittenAt: time.Now(), NextBy: at(50)}
		change := uptime.IncidentChange{Incident: incident, Expect: expect, Updates: []uptime.Update{promise}}
		if err := db.Apply(t.Context(), uptime.Changes{Incidents: []uptime.IncidentChange{change}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(at(48)))
		away.down.Store(true)
		time.Sleep(time.Until(at(75)))
		away.down.Store(false)
		time.Sleep(time.Until(at(77)))
		r.stop()
		time.Sleep(time.Minute)
		options.Store = nil
		r = beginCatalogue(t, path, options, catalogue, w)
		time.Sleep(time.Until(at(95)))

		deliveries, err := r.db.Deliveries(t.Context(), uptime.DeliveryFilter{}, uptime.Cursor{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, d := range deliveries {
			n := d.Notice
			got[string(n.Reason)+" by "+d.Recipient.ID]++
			if n.Reason == uptime.Reminder && n.Content.Components[0].State != uptime.Down {
				t.Errorf("the reminder of %v says that it is %s", n.At.Sub(start), n.Content.Components[0].State)
			}
		}
		// Confirmed in minute 11: due in 21, 31 and so on until 91. Those of the time
		// in which the database answered with errors were written all the same.
		want := map[string]int{
			"went_down by often": 1, "went_down by never": 1, "went_down by seldom": 1,
			"reminder by often": 8, "reminder by seldom": 1,
			"update_overdue by often": 1, "update_overdue by never": 1, "update_overdue by seldom": 1,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
		r.stop()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}
