package monitoring

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// shopOf makes one critical component of several monitors.
func shopOf(watches ...Watch) (c uptime.Catalogue) {
	shop := uptime.Component{ID: "shop", Name: "Shop", Importance: uptime.Critical}
	for _, w := range watches {
		c.Monitors = append(c.Monitors, w.Monitor)
		shop.Monitors = append(shop.Monitors, w.Monitor.ID)
	}
	c.Components = []uptime.Component{shop}
	return c
}

// inShop is a monitor of that component.
func inShop(id string, interval time.Duration, answer func(time.Time) probes.Result) Watch {
	m := monitorOf(id, interval, min(interval, 10*time.Second))
	m.Component = "shop"
	return Watch{Monitor: m, Prober: &target{answer: answer}}
}

func always(r probes.Result) func(time.Time) probes.Result {
	return func(time.Time) probes.Result { return r }
}

// The incident of a monitor that was down when another configuration took it
// away, or gave it another name, ends once all that is left is seen up, and not
// before.
func TestAnIncidentEndsWithTheMonitorThatWasDown(t *testing.T) {
	half := 30 * time.Second
	bad, good := inShop("bad", half, always(broken())), inShop("good", half, always(pass()))
	for name, test := range map[string]struct {
		then []Watch
		open int
	}{
		"taken away":                      {[]Watch{good}, 0},
		"renamed and mended":              {[]Watch{good, inShop("renamed", half, always(pass()))}, 0},
		"renamed and still down":          {[]Watch{good, inShop("renamed", half, always(broken()))}, 1},
		"replaced by one that is unheard": {[]Watch{good, inShop("job", half, always(probes.Result{Code: uptime.NotYetDue}))}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "upheld.db")
			synctest.Test(t, func(t *testing.T) {
				r := beginCatalogue(t, path, Options{}, shopOf(bad, good), bad, good)
				time.Sleep(5 * time.Minute)
				if err := r.Configure(t.Context(), shopOf(test.then...), test.then); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Minute)
				if open := r.OpenIncidents()[1]; open != test.open {
					t.Errorf("%d incidents are open, want %d", open, test.open)
				}
				incidents, err := incidentsOf(t, r.db)
				if err != nil || len(incidents) != 1 {
					t.Fatalf("incidents %+v, error %v; want one", incidents, err)
				}
				if said := len(incidents[0].Updates); said != 2-test.open {
					t.Errorf("updates %+v", incidents[0].Updates)
				}
				r.stop()
			})
		})
	}
}

// So does one whose component has a monitor that nobody had heard of when the
// outage ended.
func TestAnIncidentEndsWhenTheLastMonitorIsHeardOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		until := func(minutes int) [2]time.Time {
			return [2]time.Time{start, start.Add(time.Duration(minutes) * time.Minute)}
		}
		web := inShop("web", 30*time.Second, during(broken(), until(10)))
		job := inShop("job", 30*time.Second, during(probes.Result{Code: uptime.NotYetDue}, until(20)))
		r := beginCatalogue(t, path, Options{}, shopOf(web, job), web, job)
		time.Sleep(15 * time.Minute)
		if open := r.OpenIncidents()[1]; open != 1 {
			t.Errorf("%d incidents are open before the job is heard of, want 1", open)
		}
		time.Sleep(10 * time.Minute)
		if open := r.OpenIncidents()[1]; open != 0 {
			t.Errorf("%d incidents are open after it, want none", open)
		}
		r.stop()
	})
}

// Of two monitors that were down, the one that came back last ends the
// incident, whichever was confirmed last.
func TestAnIncidentEndsWithTheLastRecovery(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		down := func(from, to int) func(time.Time) probes.Result {
			return during(broken(), [2]time.Time{start.Add(time.Duration(from) * time.Second), start.Add(time.Duration(to) * time.Second)})
		}
		quick, slow := inShop("quick", 10*time.Second, down(600, 2400)), inShop("slow", 5*time.Minute, down(600, 2200))
		slow.Monitor.Confirm.Retry = 5 * time.Minute
		r := beginCatalogue(t, path, Options{}, shopOf(quick, slow), quick, slow)
		time.Sleep(time.Hour)
		incidents, err := incidentsOf(t, r.db)
		if err != nil || len(incidents) != 1 {
			t.Fatalf("incidents %+v, error %v; want one", incidents, err)
		}
		if end := incidents[0].ResolvedAt.Sub(start); end < 2400*time.Second || end > 2410*time.Second {
			t.Errorf("it ended after %v, want the first good look after forty minutes", end)
		}
		r.stop()
	})
}

// What the public reads of a recovery that did not last is what was seen: one
// failing check, not as many as an outage takes.
func TestARelapseIsToldAsOneCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		wavering := inShop("wavering", 30*time.Second, func(time.Time) probes.Result {
			if looks++; looks == 10 {
				return pass()
			}
			return broken()
		})
		r := beginCatalogue(t, path, Options{}, shopOf(wavering), wavering)
		time.Sleep(10 * time.Minute)
		incidents, err := incidentsOf(t, r.db)
		if err != nil || len(incidents) != 1 || len(incidents[0].Updates) != 3 {
			t.Fatalf("incidents %+v, error %v; want one of three updates", incidents, err)
		}
		if body := incidents[0].Updates[2].Body; !strings.HasPrefix(body, "It was not a recovery. A check failed: ") {
			t.Error(body)
		}
		r.stop()
	})
}
