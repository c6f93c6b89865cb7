package exporter

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Sources are the places that gauges are read from at a scrape. Each answers
// at once from memory and never waits for the database. A nil source leaves
// its families out: what nobody knows is not zero.
type Sources struct {
	// Components is what is believed of the components at now. A component of
	// the catalogue that is not in it is unknown.
	Components func(now time.Time) map[uptime.ComponentID]uptime.State
	Services   func(now time.Time) []Service
	Incidents  func() map[uptime.Tier]int // open ones
	Blind      func(uptime.Class) bool
	Recorder   func() Recorder
	Outbox     func() (Outbox, bool) // false: not known
	Page       func() Page
	Loops      func() []Loop
	Config     func() Config
}

// Service is what is published of one service.
type Service struct {
	ID      uptime.ServiceID
	Windows []Window
	Burn    []Window // how many times faster than sustainable the error budget burns
	// BudgetRemaining is the share of the promised window's error budget that
	// is left, 1 to 0, below 0 once it is overspent. NaN: nothing is promised,
	// or nothing is known.
	BudgetRemaining float64
}

// Window is one figure of a service over one window. NaN: nothing of the window
// is known.
type Window struct {
	Name  string // of a closed list: "24h", "30d", "calendar_month"
	Value float64
}

// Recorder is how the writer of samples is doing. Counts are since the start.
type Recorder struct {
	Queued  int
	Dropped int64 // samples let go because the queue was full
	Written int64 // samples
	Batches int64 // transactions that were committed
	Failed  int64 // transactions that were not
}

// Outbox counts the notices that are owed and those that were given up.
type Outbox struct {
	Pending int
	Dead    int
}

// Page is how the published page is doing.
type Page struct {
	Rendered time.Time     // when its documents were last made; zero: never
	Took     time.Duration // to make them
}

// Loop is one supervised loop and its last sign of life.
type Loop struct {
	Name string // of a closed list
	Age  time.Duration
}

// Config is how the last reading of the configuration went.
type Config struct {
	Loaded time.Time // when the configuration in force was read
	OK     bool      // false: a newer one was refused
}

// writeSources writes what the sources say at now.
func writeSources(t *text, w *watched, s Sources, now time.Time) {
	if s.Components != nil {
		writeComponents(t, w.components, s.Components(now))
	}
	if s.Services != nil {
		writeServices(t, s.Services(now))
	}
	if s.Incidents != nil {
		open := s.Incidents()
		t.begin(family{name: "upheld_incidents_open", help: "Incidents that last, by tier."})
		for _, tier := range tiers {
			t.sample(float64(open[tier]), `tier="`+string('0'+rune(tier))+`"`)
		}
	}
	if s.Blind != nil {
		t.begin(family{name: "upheld_vantage_blind", help: "Whether targets of this class of network cannot be seen because our own connection is lost."})
		for _, class := range classes {
			t.sample(yes(s.Blind(class)), label("class", class.String()))
		}
	}
	if s.Recorder != nil {
		writeRecorder(t, s.Recorder())
	}
	if s.Outbox != nil {
		if box, known := s.Outbox(); known {
			t.gauge("upheld_outbox_pending", "Notices that are owed and not yet sent.", float64(box.Pending))
			t.gauge("upheld_outbox_dead", "Notices that were given up after every attempt failed.", float64(box.Dead))
		}
	}
	if s.Page != nil {
		writePage(t, s.Page(), now)
	}
	if s.Loops != nil {
		t.begin(family{name: "upheld_loop_age_seconds", help: "Time since a supervised loop last gave a sign of life."})
		for _, loop := range slices.SortedFunc(slices.Values(s.Loops()), byName) {
			t.sample(loop.Age.Seconds(), label("loop", loop.Name))
		}
	}
	if s.Config != nil {
		c := s.Config()
		t.gauge("upheld_config_last_reload_successful", "Whether the newest configuration was taken (1) or refused (0).", yes(c.OK))
		t.gauge("upheld_config_last_reload_success_timestamp_seconds", "When the configuration in force was read, in seconds since 1970.", unix(c.Loaded))
	}
	t.gauge("upheld_monitors", "Monitors that are watched.", float64(len(w.order)))
}

// byName orders loops: scrapes that differ in order compress and compare badly.
func byName(a, b Loop) int { return strings.Compare(a.Name, b.Name) }

func writeComponents(t *text, components []component, believed map[uptime.ComponentID]uptime.State) {
	now := make([]uptime.State, len(components))
	for i, c := range components {
		if state := believed[c.id]; int(state) < len(states) {
			now[i] = state
		}
	}
	t.begin(family{name: "upheld_component_state", help: "Whether the component is believed to be in this state; of the states of one component exactly one is 1."})
	for _, state := range states { // state by state: compresses better than component by component
		name := label("state", state.String())
		for i, c := range components {
			t.sample(yes(now[i] == state), c.labels, name)
		}
	}
}

func writeServices(t *text, services []Service) {
	t.begin(family{name: "upheld_service_availability_ratio", help: "Availability of a service over a window, 0 to 1, as the page shows it as the commitment figure; absent while nothing of the window is known."})
	for _, s := range services {
		writeWindows(t, s.ID, s.Windows)
	}
	t.begin(family{name: "upheld_service_burn_rate", help: "How many times faster than sustainable the error budget burns, by confirmed downtime; absent where nothing is promised or the window was not observed."})
	for _, s := range services {
		writeWindows(t, s.ID, s.Burn)
	}
	t.begin(family{name: "upheld_service_error_budget_remaining_ratio", help: "Share of the error budget that is left in the window of the promise; below 0 once it is overspent."})
	for _, s := range services {
		if !math.IsNaN(s.BudgetRemaining) {
			t.sample(s.BudgetRemaining, label("service", string(s.ID)))
		}
	}
}

func writeWindows(t *text, id uptime.ServiceID, windows []Window) {
	for _, w := range windows {
		if !math.IsNaN(w.Value) {
			t.sample(w.Value, label("service", string(id)), label("window", w.Name))
		}
	}
}

func writeRecorder(t *text, r Recorder) {
	t.gauge("upheld_samples_queued", "Samples that wait to be written.", float64(r.Queued))
	t.count("upheld_samples_dropped_total", "Samples let go since the start because too many waited to be written.", r.Dropped)
	t.count("upheld_samples_written_total", "Samples written since the start.", r.Written)
	t.begin(family{name: "upheld_batch_writes_total", help: "Transactions of samples since the start, by how they ended.", counter: true})
	t.sample(float64(r.Batches), `result="committed"`)
	t.sample(float64(r.Failed), `result="failed"`)
}

func writePage(t *text, p Page, now time.Time) {
	if p.Rendered.IsZero() {
		return
	}
	t.gauge("upheld_page_render_duration_seconds", "How long it took to make the page's documents last.", p.Took.Seconds())
	t.gauge("upheld_page_age_seconds", "Time since the page's documents were last made.", max(0, now.Sub(p.Rendered)).Seconds())
}
