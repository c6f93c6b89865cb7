package monitoring

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// A gateway and what depends on it fail together and come back one after the
// other, with a restart in between: one incident, one message that it began and
// one that it is over; every component has its own history.
func TestOneCauseIsOneIncidentOverARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		down := func(until int) func(time.Time) bool {
			return func(at time.Time) bool {
				return at.After(start.Add(10*time.Minute)) && at.Before(start.Add(time.Duration(until)*time.Minute))
			}
		}
		prober := func(down func(time.Time) bool) *target {
			return &target{answer: func(at time.Time) probes.Result {
				if down(at) {
					return broken()
				}
				return pass()
			}}
		}
		watches := []Watch{
			{Monitor: monitorOf("gateway", 30*time.Second, 10*time.Second), Prober: prober(down(30))},
			{Monitor: monitorOf("shop", 30*time.Second, 10*time.Second), Prober: prober(down(40))},
			{Monitor: monitorOf("search", 30*time.Second, 10*time.Second), Prober: prober(down(35))},
		}
		catalogue := catalogueOf(watches...)
		catalogue.Components[1].DependsOn = []uptime.ComponentID{"gateway"}
		catalogue.Components[2].DependsOn = []uptime.ComponentID{"shop"}
		options := Options{Rules: func() notice.Rules {
			return notice.Rules{Catalogue: catalogue, Channels: []notice.Channel{{Name: "ops"}}}
		}}
		r := beginCatalogue(t, path, options, catalogue, watches...)
		time.Sleep(20 * time.Minute)
		if open := r.OpenIncidents(); open[1] != 1 {
			t.Errorf("open incidents %v", open)
		}
		r.stop()
		time.Sleep(20 * time.Second)
		r = beginCatalogue(t, path, options, catalogue, watches...)
		time.Sleep(40 * time.Minute)
		if open := r.OpenIncidents(); len(open) != 0 {
			t.Errorf("open incidents at the end %v", open)
		}
		all, err := incidentsOf(t, r.db)
		if err != nil {
			t.Fatal(err)
		}
		cause := 0
		for _, i := range all { // those of effects that were seen before the cause went on in one
			if i.Touches("gateway") {
				cause++
				if i.Title != "gateway outage" || len(i.Components) != 3 || i.ResolvedAt.Before(start.Add(40*time.Minute)) {
					t.Errorf("%+v", i)
				}
			}
		}
		if cause != 1 {
			t.Errorf("%d incidents of the gateway", cause)
		}
		segments := map[uptime.MonitorID]time.Duration{}
		recorded, err := r.db.SegmentsBetween(t.Context(), start, start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range recorded {
			if s.State == uptime.Down {
				segments[s.Monitor] += s.To.Sub(s.From).Round(time.Minute) // a look is half a minute from the next
			}
		}
		want := map[uptime.MonitorID]time.Duration{"gateway": 20 * time.Minute, "shop": 30 * time.Minute, "search": 25 * time.Minute}
		if diff := cmp.Diff(want, segments); diff != "" {
			t.Errorf("time down (-want +got):\n%s", diff)
		}
		told := map[string]int{}
		deliveries, err := r.db.Deliveries(t.Context(), uptime.DeliveryFilter{}, uptime.Cursor{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range deliveries {
			if d.Held == "" {
				told[string(d.Notice.Reason)]++
			}
		}
		if told["recovered"] != 1 || told["went_down"] == 0 || told["went_down"] > len(all) {
			t.Errorf("told %v of %d incidents", told, len(all))
		}
		r.stop()
	})
}
