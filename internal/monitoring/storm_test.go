package monitoring

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// storm is so many critical components and a decider at work on them.
func storm(t *testing.T, components int, each func(n int) uptime.Component, during func(d *decider, b *book)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		d := newDecider(b, quiet(), time.Now)
		d.terms = func() incidents.Terms {
			return incidents.Terms{Rules: notice.Rules{Public: true, Channels: []notice.Channel{{Name: "ops"}}}}
		}
		var catalogue uptime.Catalogue
		for n := range components {
			catalogue.Components = append(catalogue.Components, each(n))
		}
		d.watching(catalogue)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); d.run(ctx) }()
		during(d, b)
		cancel()
		<-done
		for _, p := range b.problems {
			t.Error(p)
		}
	})
}

// all turns every component, evenly over an interval.
func all(d *decider, components int, state uptime.State, over time.Duration) {
	const rounds = 200
	for r := range rounds {
		for n := r * components / rounds; n < (r+1)*components/rounds; n++ {
			now := time.Now()
			id := fmt.Sprint("c", n)
			d.tell(news{
				monitor: monitorOf(id, over, 10*time.Second), state: state, known: true,
				segments: []uptime.Segment{{Monitor: uptime.MonitorID(id), Vantage: uptime.Local, From: now.Add(-20 * time.Second), State: state}},
				turns:    []turn{{kind: confirmed, state: state, at: now.Add(-20 * time.Second), by: now, code: uptime.Refused}},
			})
		}
		time.Sleep(over / rounds)
	}
}

// Thousands of components that go down within one interval are a dozen
// incidents and a handful of notices; every outage is recorded; and they end
// with the last of them.
func TestAStormMakesAHandfulOfNotices(t *testing.T) {
	const last = 999
	for name, test := range map[string]struct {
		components         int
		each               func(n int) uptime.Component
		incidents, notices int
	}{
		"without a known cause": {5000, func(n int) uptime.Component { return componentOf(fmt.Sprint("c", n), uptime.Critical) }, 12, 20},
		"with one": {last + 1, func(n int) uptime.Component {
			if n == 0 {
				return componentOf("c0", uptime.Critical)
			}
			return componentOf(fmt.Sprint("c", n), uptime.Critical, "c0")
		}, 1, 10},
		"with one that is seen last": {last + 1, func(n int) uptime.Component {
			if n == last {
				return componentOf(fmt.Sprint("c", n), uptime.Critical)
			}
			return componentOf(fmt.Sprint("c", n), uptime.Critical, uptime.ComponentID(fmt.Sprint("c", last)))
		}, 12, 30},
	} {
		t.Run(name, func(t *testing.T) {
			components := test.components
			storm(t, components, test.each, func(d *decider, b *book) {
				all(d, components, uptime.Down, time.Minute)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if got := len(b.incidents); got > test.incidents || len(b.notices) > test.notices {
					t.Errorf("%d incidents and %d notices, want at most %d and %d", got, len(b.notices), test.incidents, test.notices)
				}
				if len(b.segments) != components {
					t.Errorf("%d segments are written of %d", len(b.segments), components)
				}
				in, title := 0, fmt.Sprintf("Outage of %d components", components-stormOutages)
				for _, i := range b.open() {
					in += len(i.Components)
					if len(i.Components) > 1 && name == "without a known cause" && i.Title != title {
						t.Errorf("%d components are called %q", len(i.Components), i.Title)
					}
				}
				if in != components {
					t.Errorf("%d components are in open incidents, want %d", in, components)
				}
				before := len(b.notices)
				all(d, components, uptime.Up, time.Minute)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if open := b.open(); len(open) != 0 {
					t.Errorf("%d incidents are open after all is up", len(open))
				}
				if ends := len(b.notices) - before; ends > test.notices {
					t.Errorf("%d notices of the end", ends)
				}
			})
		})
	}
}

// Eleven outages within a minute are a storm; spread over more time they are
// incidents of their own.
func TestAStormIsAMatterOfPace(t *testing.T) {
	for pause, want := range map[time.Duration]int{time.Second: 11, 10 * time.Second: 30} {
		d := decidingFor(t)
		var components []uptime.Component
		for n := range 30 {
			components = append(components, componentOf(fmt.Sprint("c", n), uptime.Important))
		}
		d.watching(uptime.Catalogue{Components: components})
		for n := range 30 {
			d.is(uptime.ComponentID(fmt.Sprint("c", n)), uptime.Down)
			d.pass(pause)
		}
		if got := len(d.book.incidents); got != want {
			t.Errorf("every %v: %d incidents, want %d", pause, got, want)
		}
	}
}
