package exporter

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// watched is what a catalogue makes series of. It never changes; a reload
// makes a new one that shares the slots of what stays.
type watched struct {
	components []component
	services   []service
	page       string // name="…",url="…"; empty: no catalogue was set
	order      []*monitor
	monitors   map[uptime.MonitorID]*monitor
}

// sort puts what there are many of in order of ids: neighbours whose ids begin alike
// compress to less.
func (w *watched) sort() {
	slices.SortStableFunc(w.components, func(a, b component) int { return strings.Compare(string(a.id), string(b.id)) })
	slices.SortStableFunc(w.order, func(a, b *monitor) int { return strings.Compare(string(a.ID), string(b.ID)) })
}

// length is how many bytes the exposition comes to, rather more than less: one
// that outgrows its room is copied.
func (w *watched) length() int {
	const rest, line = 64 << 10, 56 // what is told once; of a sample without its labels
	sum := rest
	for _, m := range w.order {
		sum += 5 * (len(m.labels) + line)
	}
	for _, c := range w.components {
		sum += (len(states) + 1) * (len(c.labels) + line)
	}
	return sum
}

// component is one component with its label written out.
type component struct {
	id     uptime.ComponentID
	labels string // component="…"
	tier   string // tier="…"; empty: nobody tells
}

// service is one service with its labels written out.
type service struct {
	labels string // service="…"
	name   string // name="…"
	target float64
}

func newService(s uptime.Service) service {
	out := service{labels: label("service", string(s.ID)), name: label("name", s.Name)}
	if s.Target != 0 && s.Composition != uptime.WeightedMean { // no promise is judged by a mean
		out.target, _ = s.Target.Rat().Float64()
	}
	return out
}

// monitor is one monitor with its labels written out.
type monitor struct {
	uptime.Monitor
	labels string // monitor="…",component="…"
	slot   *slot
}

func newMonitor(m uptime.Monitor) *monitor {
	return &monitor{
		Monitor: m,
		labels:  label("monitor", string(m.ID)) + "," + label("component", string(m.Component)),
		slot:    new(slot),
	}
}

// slot holds the newest look at one monitor. A reading is never changed once
// it is in, so that a scrape reads it without a lock.
type slot struct{ newest atomic.Pointer[reading] }

type reading struct {
	uptime.Observation
	arrived time.Time // with the monotonic reading that At has lost
	told    time.Time // when the newest look began that told anything; zero: none
}

func (s *slot) put(o uptime.Observation, now time.Time) {
	o.Detail = "" // operators' text is not for metrics; do not keep it alive
	r := &reading{Observation: o, arrived: now, told: o.At}
	if o.Outcome == uptime.Unseen {
		r.told = time.Time{}
		if before := s.newest.Load(); before != nil {
			r.told = before.told
		}
	}
	s.newest.Store(r)
}

// vouches tells whether the look still says something at now: it told
// something, and it is no older than the monitor's interval and grace. Both the
// wall clock and the monotonic one must agree, so that neither a suspended
// machine nor a clock that was set back keeps an old success alive.
func (r *reading) vouches(m *monitor, now time.Time) bool {
	if r.Outcome == uptime.Unseen {
		return false
	}
	limit := m.Interval + m.Grace
	return now.Sub(r.At) < limit && now.Sub(r.arrived)+r.Took < limit
}
