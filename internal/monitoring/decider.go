package monitoring

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/notice"
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
	event    *notice.Event // about our own sight
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
	// StatementsOf lists what people have stated with an incident.
	StatementsOf(ctx context.Context, incident uptime.IncidentID) ([]uptime.Statement, error)
}

// decider turns news into changes and sees them applied, in order, one
// transaction at a time. It is the only writer of segments, and the only one
// that opens automatic incidents; people may go on with them.
type decider struct {
	ledger  Ledger
	log     *slog.Logger
	now     func() time.Time
	terms   func() incidents.Terms // in force
	changed func(uptime.Changes)   // told after each transaction
	beat    func()
	wake    chan struct{}

	mu       sync.Mutex
	queue    []news
	force    *inForce
	regraded map[uptime.ComponentID]uptime.Importance // changed since it was last settled: what it was
	listed   []uptime.Incident                        // open ones, as somebody read them lately
	covered  *cover                                   // under which outages open no incident

	memory  // owned by the goroutine of run
	settled time.Time
	open    atomic.Pointer[map[uptime.Tier]int]
	downs   atomic.Pointer[[]uptime.ComponentID]
}

func newDecider(ledger Ledger, log *slog.Logger, now func() time.Time) *decider {
	return &decider{
		ledger: ledger, log: log, now: now, beat: func() {},
		terms:    func() incidents.Terms { return incidents.Terms{} },
		changed:  func(uptime.Changes) {},
		wake:     make(chan struct{}, 1),
		force:    newInForce(uptime.Catalogue{}),
		covered:  coverOf(nil),
		regraded: map[uptime.ComponentID]uptime.Importance{},
		memory:   newMemory(),
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
		d.reread(ctx)
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
// was not applied leaves no trace, so after a conflict it is made again: unless
// the conflict is with that very plan, applied by an attempt whose answer was lost.
func (d *decider) commit(ctx context.Context, decide func(*plan)) bool {
	var unsure *plan // the last whose answer was lost
	for failures := 0; ; failures++ {
		p := newPlan(d)
		decide(p)
		if p.changes.Empty() {
			p.remember()
			return true
		}
		err := d.ledger.Apply(ctx, p.changes)
		if errors.Is(err, uptime.ErrConflict) {
			if failures == 10 {
				d.log.Error("a change of state was decided on again and again and still cannot be written", "error", err)
			}
			// What waited for the database may be hours old.
			if err = d.recall(ctx, oldest(p.changes, p.now)); err == nil && unsure != nil && unsure.stands() {
				p = unsure
				p.known, p.homes = nil, nil // as they were read: people may have gone on with them
			} else if err == nil {
				err = uptime.ErrConflict
			}
		} else if err != nil {
			unsure = p
		}
		if err == nil {
			if failures > 0 {
				d.log.Info("changes of state are written again", "failures", failures)
			}
			p.remember()
			d.publish()
			d.changed(p.changes)
			return true
		}
		if failures == 0 && !errors.Is(err, uptime.ErrConflict) {
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
