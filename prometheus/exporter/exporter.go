// Package exporter answers a Prometheus scrape: what the newest looks saw, what
// is believed of each component, and how Upheld itself is doing. It keeps a
// registry of its own, so that two of them live in one process. It decides
// nothing: it is told, and it repeats.
//
// What is not known has no series. A look that told nothing, or one that is too
// old to vouch, takes probe_success away instead of leaving the last value.
package exporter

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/upheld/upheld/internal/uptime"
)

// Detail says how much is exported of each monitor.
type Detail uint8

// The details. Basic, the default, is at most five series a monitor; Full adds
// the phases and facts of the newest look.
const (
	Basic Detail = iota
	Full
)

// Options are what an Exporter is made of.
type Options struct {
	Version  string // of the program; label of upheld_build_info
	Revision string // of its source
	Detail   Detail
	Now      func() time.Time // nil: time.Now
	// Tier is the tier of outages of a component; nil: upheld_component_info is
	// left out.
	Tier func(uptime.Importance) uptime.Tier
}

// Exporter counts what it is told and answers scrapes. All methods may be
// called at once from any goroutine.
type Exporter struct {
	detail   Detail
	now      func() time.Time
	tier     func(uptime.Importance) uptime.Tier
	registry *prometheus.Registry
	watched  atomic.Pointer[watched]

	looks        [len(outcomes)]prometheus.Counter
	unseen       map[uptime.Code]prometheus.Counter // of unseenCodes
	unseenOther  prometheus.Counter
	lateness     prometheus.Histogram
	transitions  [len(states)]prometheus.Counter
	blips        prometheus.Counter
	scrapeErrors prometheus.Counter
}

// The closed lists that become label values.
var (
	outcomes = [...]uptime.Outcome{uptime.Unseen, uptime.Pass, uptime.Slow, uptime.Fail}
	states   = [...]uptime.State{
		uptime.Unknown, uptime.Up, uptime.Degraded, uptime.Partial, uptime.Down, uptime.Maintenance,
	}
	classes  = [...]uptime.Class{uptime.Internet, uptime.Private, uptime.Loopback}
	tiers    = [...]uptime.Tier{1, 2, 3}
	verdicts = [...]uptime.Verdict{
		uptime.Met, uptime.OnTrack, uptime.AtRisk, uptime.Breached, uptime.InsufficientData, uptime.Overdue, uptime.NotMeasured,
	}
	checks = [...]uptime.FindingCheck{
		uptime.DownWithoutIncident, uptime.IncidentWhileUp, uptime.PlanPastEnd, uptime.PageTooOld,
		uptime.PromiseUnexplained, uptime.TimesAmended, uptime.VerdictDiffers,
	}
	unseenCodes = [...]uptime.Code{
		uptime.Blind, uptime.ResolverFailed, uptime.NoResources,
		uptime.NotAllowed, uptime.ProbeFault, uptime.NotYetDue, uptime.NotTold,
	}
)

// New makes an Exporter that watches nothing yet; SetCatalogue tells it what.
func New(o Options) *Exporter {
	if o.Now == nil {
		o.Now = time.Now
	}
	e := &Exporter{detail: o.Detail, now: o.Now, tier: o.Tier, registry: prometheus.NewRegistry()}
	e.watched.Store(&watched{})
	e.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	e.register(o)
	return e
}

func (e *Exporter) register(o Options) {
	gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "upheld_build_info",
		Help: "The running build; always 1."}, []string{"version", "revision"})
	gauge.WithLabelValues(o.Version, o.Revision).Set(1)
	looks := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "upheld_looks_total",
		Help: "Looks made since the start, by what they came to."}, []string{"outcome"})
	for i, outcome := range outcomes {
		e.looks[i] = looks.WithLabelValues(outcome.String())
	}
	unseen := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "upheld_looks_unseen_total",
		Help: "Looks that told nothing about their target, by our own fault that was the reason."}, []string{"code"})
	e.unseen = make(map[uptime.Code]prometheus.Counter, len(unseenCodes))
	for _, code := range unseenCodes {
		e.unseen[code] = unseen.WithLabelValues(string(code))
	}
	e.unseenOther = unseen.WithLabelValues("other")
	e.lateness = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "upheld_look_lateness_seconds",
		Help:    "How long after it was due a look began.",
		Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30}})
	transitions := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "upheld_transitions_total",
		Help: "Confirmed changes of a monitor's state since the start, by the state it came to."}, []string{"state"})
	for i, state := range states {
		e.transitions[i] = transitions.WithLabelValues(state.String())
	}
	e.blips = prometheus.NewCounter(prometheus.CounterOpts{Name: "upheld_blips_total",
		Help: "Runs of failing looks since the start that were too short to be believed."})
	e.scrapeErrors = prometheus.NewCounter(prometheus.CounterOpts{Name: "upheld_scrape_errors_total",
		Help: "Scrapes from which metrics were missing because a collector failed."})
	e.registry.MustRegister(gauge, looks, unseen, e.lateness, transitions, e.blips, e.scrapeErrors)
}

// Observe takes in one look. It costs well under a microsecond and never
// waits. Looks at monitors that are not in the catalogue are counted, and make
// no series.
func (e *Exporter) Observe(o uptime.Observation) {
	if int(o.Outcome) >= len(outcomes) {
		o.Outcome = uptime.Unseen
	}
	e.looks[o.Outcome].Inc()
	if o.Outcome == uptime.Unseen {
		if counter, known := e.unseen[o.Code]; known {
			counter.Inc()
		} else {
			e.unseenOther.Inc()
		}
	}
	if !o.Slot.IsZero() {
		e.lateness.Observe(max(0, o.At.Sub(o.Slot)).Seconds())
	}
	if m := e.watched.Load().monitors[o.Monitor]; m != nil {
		m.slot.put(o, e.now())
	}
}

// Transition counts a confirmed change to a state.
func (e *Exporter) Transition(to uptime.State) {
	if int(to) < len(states) {
		e.transitions[to].Inc()
	}
}

// Blip counts a run of failing looks that was too short to be believed.
func (e *Exporter) Blip() { e.blips.Inc() }

// SetCatalogue says what is watched from now on. Series of monitors that are
// gone vanish; those of monitors that stay keep their newest look, unless they
// look in another way now.
func (e *Exporter) SetCatalogue(c uptime.Catalogue) {
	old := e.watched.Load()
	next := &watched{
		components: make([]component, len(c.Components)),
		order:      make([]*monitor, 0, len(c.Monitors)),
		monitors:   make(map[uptime.MonitorID]*monitor, len(c.Monitors)),
		page:       label("name", c.Page.Name) + "," + label("url", c.Page.URL),
	}
	for i, part := range c.Components {
		next.components[i] = component{id: part.ID, labels: label("component", string(part.ID))}
		if e.tier != nil {
			next.components[i].tier = label("tier", strconv.Itoa(int(e.tier(part.Importance))))
		}
	}
	for _, s := range c.Services {
		next.services = append(next.services, newService(s))
	}
	for _, m := range c.Monitors {
		if next.monitors[m.ID] != nil {
			continue
		}
		entry := newMonitor(m)
		if before := old.monitors[m.ID]; before != nil && before.Type == m.Type {
			entry.slot = before.slot
		}
		next.order = append(next.order, entry)
		next.monitors[m.ID] = entry
	}
	next.sort()
	e.watched.Store(next)
}
