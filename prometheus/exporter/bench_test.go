package exporter

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// large is an exporter of ten thousand HTTP monitors in as many components, each
// looked at once.
func large() (*Exporter, []uptime.Observation, Sources) {
	c := catalogue()
	c.Components = nil
	present := fullPresent()
	for i := range 10_000 {
		m := uptime.Monitor{
			ID:        uptime.MonitorID(fmt.Sprintf("service-%d-http", i)),
			Component: uptime.ComponentID(fmt.Sprintf("service-%d", i)), Type: "http", Interval: time.Hour,
		}
		c.Monitors = append(c.Monitors, m)
		c.Components = append(c.Components, uptime.Component{ID: m.Component, Importance: uptime.Importance(i % 3)})
		present.States[m.Component] = uptime.Up
	}
	e := New(Options{Tier: func(i uptime.Importance) uptime.Tier { return uptime.Tier(3 - i) }})
	e.SetCatalogue(c)
	looks := make([]uptime.Observation, len(c.Monitors))
	for i, m := range c.Monitors {
		looks[i] = rich(m.ID, time.Time{})
	}
	look(e, looks, time.Now())
	s := fullSources()
	s.Present = func(time.Time) (Present, bool) { return present, true }
	return e, looks, s
}

// look looks at everything once, within the ten seconds before now: every time and
// every duration is another one, and a certificate is renewed now and then.
func look(e *Exporter, looks []uptime.Observation, now time.Time) {
	for i := range looks {
		o := &looks[i]
		o.At = now.Add(-time.Duration(i*7919%10007) * time.Millisecond)
		o.Slot = o.At
		o.Took = time.Duration((i+int(now.UnixNano()%1009))*7919%1000003) * 1013
		o.Facts.CertExpiry = start.AddDate(0, 1, i%90).Add(time.Duration(i*7919%86400) * time.Second)
		e.Observe(*o)
	}
}
