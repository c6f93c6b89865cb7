package monitoring

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

// news is what the decider is told of one monitor after one look. It is
// written in one transaction or not at all.
type news struct {
	monitor  uptime.Monitor
	segments []uptime.Segment
	state    uptime.State // believed after the look
	known    bool         // whether that may be told: no gap, and no presumption
	turns    []turn
	notice   *uptime.Notice
}

// turn is something about a monitor that an incident may follow from.
type turn struct {
	kind  turnKind
	state uptime.State // believed from now on; of a confirmed turn
	at    time.Time    // when the run of looks began that speaks for it
	by    time.Time    // when the look began that confirmed it; zero: none did
	code  uptime.Code
	facts uptime.Facts
}

type turnKind uint8

const (
	confirmed  turnKind = iota
	recovering          // a first good look while down
	relapsed            // a bad look before the recovery was confirmed
)

// Ledger is where decisions become true.
type Ledger interface {
	// Apply makes all of the changes or none, or answers uptime.ErrConflict.
	Apply(ctx context.Context, changes uptime.Changes) error
	// AutomaticIncidents lists the automatic incidents that are open or were
	// resolved at or after since.
	AutomaticIncidents(ctx context.Context, since time.Time) ([]uptime.Incident, error)
}

// decider turns news into changes and sees them applied, in order, one
// transaction at a time. It is the only writer of segments and automatic
// incidents.
type decider struct {
	ledger  Ledger
	log     *slog.Logger
	now     func() time.Time
	changed func(uptime.Changes) // told after each transaction
	beat    func()
	wake    chan struct{}

	mu         sync.Mutex
	queue      []news
	components map[uptime.ComponentID]uptime.Component
	zone       *time.Location // of the page

	// Owned by the goroutine of run.
	states  map[uptime.MonitorID]uptime.State
	seen    map[uptime.MonitorID]bool // whose state is known, by a look of this process
	beliefs map[uptime.ComponentID]belief
	known   map[uptime.ComponentID]uptime.Incident
	open    atomic.Pointer[map[uptime.Tier]int]
}

// belief is what the decider holds of one component.
type belief struct {
	down      bool
	changes   []time.Time // confirmed, the newest last
	recovered time.Time   // since when the monitor is up that came back last
	outage    turn        // that took it down, while it is down
}

func newDecider(ledger Ledger, log *slog.Logger, now func() time.Time) *decider {
	return &decider{
		ledger: ledger, log: log, now: now, changed: func(uptime.Changes) {}, beat: func() {},
		wake:       make(chan struct{}, 1),
		components: map[uptime.ComponentID]uptime.Component{},
		states:     map[uptime.MonitorID]uptime.State{},
		seen:       map[uptime.MonitorID]bool{},
		beliefs:    map[uptime.ComponentID]belief{},
		known:      map[uptime.ComponentID]uptime.Incident{},
	}
}

// restore takes up where the last process stopped: the states that it believed
// and the incidents that it left.
func (d *decider) restore(ctx context.Context, states map[uptime.MonitorID]uptime.State, since map[uptime.MonitorID]time.Time, catalogue uptime.Catalogue) error {
	d.watching(catalogue)
	d.states = states
	if err := d.recall(ctx, d.now()); err != nil {
		return err
	}
	for _, c := range catalogue.Components {
		b := belief{down: newPlan(d).worst(c) == uptime.Down}
		for _, m := range c.Monitors {
			switch at := since[m]; {
			case isUp(states[m]):
				b.recovered = later(b.recovered, at)
			case states[m] == uptime.Down && (b.outage.at.IsZero() || at.Before(b.outage.at)):
				b.outage = turn{at: at}
			}
		}
		if incident, found := d.known[c.ID]; found {
			for _, u := range incident.Updates {
				b.changes = append(b.changes, u.At)
			}
		}
		d.beliefs[c.ID] = b
	}
	d.publish()
	return nil
}

// recall reads the incidents that a decision about what has happened since may
// depend on.
func (d *decider) recall(ctx context.Context, since time.Time) error {
	recent, err := d.ledger.AutomaticIncidents(ctx, since.Add(-2*incidents.QuietTime))
	if err != nil {
		return err
	}
	clear(d.known)
	for _, incident := range recent {
		for _, c := range incident.Components {
			if held, found := d.known[c]; !found || held.StartedAt.Before(incident.StartedAt) {
				d.known[c] = incident
			}
		}
	}
	return nil
}

// watching sets the components in force.
func (d *decider) watching(catalogue uptime.Catalogue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.zone = catalogue.Page.Zone
	clear(d.components)
	for _, c := range catalogue.Components {
		d.components[c.ID] = c
	}
}

// tell queues news. It never blocks: what is decided must not be lost, and no
// look waits for it.
func (d *decider) tell(n news) {
	d.mu.Lock()
	d.queue = append(d.queue, n)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run decides until the context ends, and then empties the queue once more.
func (d *decider) run(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			d.drain(last)
			return
		case <-d.wake:
		case <-tick.C:
		}
		d.beat()
		d.drain(ctx)
		d.settle(ctx)
		pause(ctx, batchPause)
	}
}

// batchPause is how long news gathers after a transaction: one alone is written
// at once, a thousand in a second are written in ten transactions.
const batchPause = 100 * time.Millisecond

// batchNews bounds one transaction.
const batchNews = 500

func (d *decider) drain(ctx context.Context) {
	for ctx.Err() == nil {
		d.mu.Lock()
		n := min(len(d.queue), batchNews)
		batch := append([]news(nil), d.queue[:n]...)
		d.mu.Unlock()
		if n == 0 {
			return
		}
		decide := func(p *plan) {
			for _, n := range batch {
				p.take(n)
			}
		}
		if !d.commit(ctx, decide) {
			return // the news stays queued for the next round
		}
		d.mu.Lock()
		d.queue = append(d.queue[:0], d.queue[n:]...)
		d.mu.Unlock()
	}
}

// commit decides and applies until it is done or the context ends. A plan that
// was not applied leaves no trace, so after a conflict it is made again.
func (d *decider) commit(ctx context.Context, decide func(*plan)) bool {
	for failures := 0; ; failures++ {
		p := newPlan(d)
		decide(p)
		if p.changes.Empty() {
			p.remember()
			return true
		}
		err := d.ledger.Apply(ctx, p.changes)
		if err == nil {
			if failures > 0 {
				d.log.Info("changes of state are written again", "failures", failures)
			}
			p.remember()
			d.publish()
			d.changed(p.changes)
			return true
		}
		if errors.Is(err, uptime.ErrConflict) {
			if failures == 10 {
				d.log.Error("a change of state was decided on again and again and still cannot be written", "error", err)
			}
			// What waited for the database may be hours old.
			err = d.recall(ctx, oldest(p.changes, p.now))
		}
		if err != nil && failures == 0 {
			d.log.Warn("a change of state cannot be written; it is tried again", "error", err)
		}
		if pause(ctx, min(time.Duration(failures+1)*500*time.Millisecond, 10*time.Second)); ctx.Err() != nil {
			return false
		}
		d.beat()
	}
}

// oldest is when the first of the incidents began that the changes are about.
func oldest(changes uptime.Changes, now time.Time) time.Time {
	for _, c := range changes.Incidents {
		if c.Incident.StartedAt.Before(now) {
			now = c.Incident.StartedAt
		}
	}
	return now
}

// openByTier counts the open automatic incidents. It reads a copy that each
// commit leaves behind.
func (d *decider) openByTier() map[uptime.Tier]int {
	if held := d.open.Load(); held != nil {
		return *held
	}
	return nil
}

// publish leaves the copy behind.
func (d *decider) publish() {
	counts := map[uptime.Tier]int{}
	for _, incident := range d.known {
		if incident.Open() {
			counts[incident.Tier]++
		}
	}
	d.open.Store(&counts)
}

// sees tells whether the state of each of a component's monitors is known.
func (d *decider) sees(c uptime.Component) bool {
	for _, m := range c.Monitors {
		if !d.seen[m] {
			return false
		}
	}
	return true
}

// settle closes what no turn of a monitor decides: incidents of components
// that have been quiet for long enough, that nobody watches any more, or whose
// failing monitor is gone.
func (d *decider) settle(ctx context.Context) {
	d.mu.Lock()
	var events []incidents.Event
	for id, incident := range d.known {
		component, watched := d.components[id]
		b := d.beliefs[id]
		switch {
		case !incident.Open():
		case !watched:
			name := uptime.Component{ID: id, Name: string(id)}
			events = append(events, incidents.Event{Kind: incidents.Unwatched, Component: name})
		case incident.Phase == uptime.Monitoring && !b.down && len(b.changes) > 0 &&
			d.now().Sub(b.changes[len(b.changes)-1]) >= incidents.QuietTime:
			steady := b.recovered
			if steady.IsZero() {
				steady = b.changes[len(b.changes)-1]
			}
			events = append(events, incidents.Event{Kind: incidents.Quiet, Component: component, At: steady})
		case b.down || incident.Phase != uptime.Monitoring:
			// Another configuration took the monitor away that was down, or one
			// that was never heard of before held the recovery up.
			if isUp(newPlan(d).worst(component)) && d.sees(component) {
				events = append(events, incidents.Event{Kind: incidents.Cleared, Component: component, At: d.now()})
			}
		}
	}
	events = append(events, d.unannounced()...)
	d.mu.Unlock()
	if len(events) > 0 {
		d.commit(ctx, func(p *plan) {
			for _, e := range events {
				p.settle(e)
			}
		})
	}
}

// unannounced are the outages of critical components that have no incident: the
// component became critical while it was down. Beliefs of components that are
// not watched any more are forgotten here.
func (d *decider) unannounced() (events []incidents.Event) {
	for id, b := range d.beliefs {
		component, watched := d.components[id]
		incident, known := d.known[id]
		switch {
		case !watched:
			delete(d.beliefs, id)
		case b.down && component.Importance == uptime.Critical && !(known && incident.Open()) && !b.outage.at.IsZero():
			events = append(events, incidents.Event{
				Kind: incidents.WentDown, Component: component, At: b.outage.at, Code: b.outage.code, Facts: b.outage.facts, Looks: 1,
			})
		}
	}
	return events
}
