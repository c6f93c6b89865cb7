// Package monitoring is the loop: it looks on schedule, believes what it has
// confirmed, decides what follows and has it written. It owns time; the rules
// are verdict's and incidents', the ways to look are the probes'.
package monitoring

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// Store is what the loop keeps and finds again after a restart.
type Store interface {
	Ledger
	// Record writes observations; one that is there already is no error.
	Record(ctx context.Context, observations []uptime.Observation) error
	// SegmentsBetween lists the segments that overlap [from, to), open ones
	// included, whole; by monitor and time.
	SegmentsBetween(ctx context.Context, from, to time.Time) ([]uptime.Segment, error)
	// Tails lists the newest n observations of every monitor, oldest first.
	Tails(ctx context.Context, n int) (map[uptime.MonitorID][]uptime.Observation, error)
	// OpenIncidents lists the incidents that last, drafts as well.
	OpenIncidents(ctx context.Context) ([]uptime.Incident, error)
	// Plan is the plan with that id, be it a draft, or uptime.ErrNotFound.
	Plan(ctx context.Context, id uptime.PlanID) (uptime.Plan, error)
	// OpenPlans lists the plans of which something is to come, drafts as well.
	OpenPlans(ctx context.Context) ([]uptime.Plan, error)
	// PublishedPlans lists those published of which a window overlaps [from, to),
	// or of which something is to come.
	PublishedPlans(ctx context.Context, from, to time.Time) ([]uptime.Plan, error)
	// Series lists the recurring maintenance, stopped series as well.
	Series(ctx context.Context) ([]uptime.Series, error)
	// SaveSignal keeps what a job said.
	SaveSignal(ctx context.Context, signal uptime.Signal) error
	// Signals lists what a job said since then, oldest first.
	Signals(ctx context.Context, monitor uptime.MonitorID, since time.Time) ([]uptime.Signal, error)
	// SaveAlerts keeps what an Alertmanager told. Messages may come twice and in
	// any order.
	SaveAlerts(ctx context.Context, alerts []uptime.ReceivedAlert) error
	// ReceivedAlerts lists the alerts that fire, as far as was told, and those of
	// which a message came at or after since.
	ReceivedAlerts(ctx context.Context, since time.Time) ([]uptime.ReceivedAlert, error)
}

// Observer is told what happens, as it happens. Its methods must be quick.
type Observer interface {
	// Observe is told of every look.
	Observe(o uptime.Observation)
	// Transition is told of every confirmed change of state.
	Transition(to uptime.State)
	// Blip is told of a failing run that was not confirmed.
	Blip()
}

// Watch is one monitor with its way to look.
type Watch struct {
	Monitor uptime.Monitor
	Prober  probes.Prober
	Token   string            // of a heartbeat: what its job calls us by
	Match   uptime.AlertMatch // of what goes by an Alertmanager: the alerts that it goes by
}

// Options are what an Engine needs.
type Options struct {
	Store    Store
	Observer Observer
	Canaries []Canary
	Log      *slog.Logger
	// Rules are those in force by which notices are planned; nil: nobody is told.
	// Policy says of which tiers automatic incidents are published at once; nil,
	// or a tier that it does not name: Tier 1 is, the others open as drafts. Both
	// are asked whenever something is decided, by several at a time.
	Rules  func() notice.Rules
	Policy func() map[uptime.Tier]bool
	// Changed is called after anything that the page shows has changed, Owed
	// after a notice was put into the outbox.
	Changed, Owed func()
	// Parallel bounds the looks under way at one time; 0 means 512.
	Parallel int
	// Clock schedules; nil is the machine's steady clock.
	Clock clockwork.Clock
	// Wall is the clock on the wall, which everything is dated by; nil is the
	// machine's.
	Wall func() time.Time
}

// Engine runs the loop. Make one with New, give it monitors with Configure,
// and Run it once.
type Engine struct {
	options  Options
	log      *slog.Logger
	dater    *dater
	schedule *schedule
	recorder *recorder
	decider  *decider
	uplink   *uplink
	signals  *signals
	alerts   *alerts
	reported *reported
	plans    *plans
	beats    *beats
	places   chan struct{} // semaphore of looks under way
	looks    gate
	replan   chan struct{}   // people have changed plans
	context  context.Context // ends the looks
	cancel   context.CancelFunc

	mu      sync.RWMutex
	watches map[uptime.MonitorID]*watch
	begun   bool // whether they are on the schedule
}

// New makes an Engine that watches nothing yet.
func New(options Options) (*Engine, error) {
	if options.Parallel == 0 {
		options.Parallel = 512
	}
	schedule, err := newSchedule(options.Clock)
	if err != nil {
		return nil, err
	}
	e := &Engine{
		options: options, log: options.Log, dater: newDater(options.Wall), schedule: schedule,
		uplink: newUplink(options.Canaries), beats: newBeats(),
		places:  make(chan struct{}, options.Parallel),
		watches: map[uptime.MonitorID]*watch{},
		replan:  make(chan struct{}, 1),
	}
	e.context, e.cancel = context.WithCancel(context.Background())
	e.recorder = newRecorder(options.Store.Record, options.Log, e.beats.of("recorder"))
	e.decider = newDecider(options.Store, options.Log, e.dater.Now)
	e.decider.beat = e.beats.of("decider")
	e.decider.terms = e.options.terms
	e.decider.changed = func(written uptime.Changes) {
		options.Changed()
		if len(written.Outbox) > 0 {
			options.Owed()
		}
	}
	e.signals, e.alerts = newSignals(options.Store), newAlerts(options.Store)
	e.reported = newReported(e)
	e.plans = newPlans(e)
	return e, nil
}

// terms are what the operators have laid down, as of now.
func (o *Options) terms() (terms incidents.Terms) {
	if o.Rules != nil {
		terms.Rules = o.Rules()
	}
	if o.Policy != nil {
		terms.Policy = o.Policy()
	}
	return terms
}

// restoreSpan is how far back a restart reads segments. Of a monitor that was
// not observed for longer nothing is believed.
const restoreSpan = 35 * 24 * time.Hour

// Restore takes up where the last process stopped. It is called once, before
// Run, with the monitors in force.
func (e *Engine) Restore(ctx context.Context, catalogue uptime.Catalogue, watches []Watch) error {
	longest := 1
	for _, w := range watches {
		longest = max(longest, w.Monitor.Confirm.Failures, w.Monitor.Confirm.Successes)
	}
	tails, err := e.options.Store.Tails(ctx, 2*longest+8) // some of them told nothing
	if err != nil {
		return err
	}
	now := e.datedAfter(tails)
	recorded, err := e.options.Store.SegmentsBetween(ctx, now.Add(-restoreSpan), now.Add(time.Hour))
	if err != nil {
		return err
	}
	segments := map[uptime.MonitorID][]uptime.Segment{}
	for _, s := range recorded {
		segments[s.Monitor] = append(segments[s.Monitor], s)
	}
	if err := e.signals.configure(ctx, watches, now); err != nil {
		return err
	}
	if err := e.restoreAlerts(ctx, catalogue, watches, now); err != nil {
		return err
	}
	e.uplink.watching(catalogue.Monitors)
	states, since := map[uptime.MonitorID]uptime.State{}, map[uptime.MonitorID]time.Time{}
	var missed []news
	for _, w := range watches {
		id := w.Monitor.ID
		restored, step := restoreWatch(e, w, segments[id], tails[id])
		if tail := tails[id]; w.Token != "" && len(tail) > 0 {
			e.signals.wasDeaf(id, tail[len(tail)-1].At)
		}
		e.watches[id], states[id], since[id] = restored, restored.machine.Belief(), restored.machine.Health(now).Since
		if len(step.Transitions) > 0 {
			states[id] = step.Transitions[0].From
		}
		missed = append(missed, newsOf(w.Monitor, restored.machine.Belief(), uptime.Observation{}, step))
		delete(segments, id)
	}
	published, err := e.options.Store.PublishedPlans(ctx, now.Add(-restoreSpan), now.Add(time.Hour))
	if err != nil {
		return err
	}
	e.plans.keep(published, now)
	e.decider.heedPlans(published)
	if err := e.decider.restore(ctx, states, since, catalogue); err != nil {
		return err
	}
	for _, n := range missed {
		if len(n.segments)+len(n.turns) > 0 {
			e.decider.tell(n)
		}
	}
	for id, left := range segments { // of monitors that are no longer configured
		if last := left[len(left)-1]; last.To.IsZero() {
			last.To = last.From
			if tail := tails[id]; len(tail) > 0 {
				last.To = later(last.From, tail[len(tail)-1].At)
			}
			e.decider.tell(news{segments: []uptime.Segment{last}})
		}
	}
	return nil
}

// datedAfter is the time of now, which is after everything that was recorded: a
// look that is dated before the newest one counts for nothing.
func (e *Engine) datedAfter(tails map[uptime.MonitorID][]uptime.Observation) time.Time {
	var newest time.Time
	for _, tail := range tails {
		newest = later(newest, tail[len(tail)-1].At)
	}
	if ahead := e.dater.follow(newest); ahead > stepTolerance {
		e.log.Warn("the record is ahead of the machine's clock, which was set back; times go on from the record until it has caught up: check the clock",
			"ahead", ahead.Round(time.Second), "record", newest)
	}
	return e.dater.Now()
}

// Configure puts other monitors in force: new ones start, vanished ones end,
// changed ones go on with their history.
func (e *Engine) Configure(ctx context.Context, catalogue uptime.Catalogue, watches []Watch) error {
	if err := e.signals.configure(ctx, watches, e.dater.Now()); err != nil {
		return err
	}
	e.alerts.configure(catalogue, watches)
	e.reported.configure(catalogue)
	e.decider.watching(catalogue)
	e.uplink.watching(catalogue.Monitors)
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := map[uptime.MonitorID]bool{}
	var problems []error
	for _, w := range watches {
		kept[w.Monitor.ID] = true
		if old, known := e.watches[w.Monitor.ID]; known {
			problems = append(problems, old.replace(w, e.begun))
			continue
		}
		fresh := newWatch(e, w)
		e.watches[w.Monitor.ID] = fresh
		if e.begun { // else Run will
			problems = append(problems, fresh.begin())
		}
	}
	for id, old := range e.watches {
		if !kept[id] {
			old.end()
			delete(e.watches, id)
		}
	}
	return errors.Join(problems...)
}

// Run looks until the context ends, then lets the looks under way finish, has
// everything written and returns.
func (e *Engine) Run(ctx context.Context) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	var loops sync.WaitGroup
	for name, loop := range map[string]func(context.Context){
		"recorder": e.recorder.run, "decider": e.decider.run, "tick": e.tick, "reminders": (&reminders{engine: e}).run,
		"plans": e.plans.run, "alerts": e.reported.run, "pulse": e.schedule.pulse.run,
	} {
		loops.Go(func() {
			if err := supervise(writing, e.log, name, loop); err != nil {
				giveUp(err)
			}
		})
	}
	e.schedule.start() // first: of ten thousand jobs the first is due before the last is made
	e.mu.Lock()
	var problems []error
	for _, w := range e.watches {
		problems = append(problems, w.begin())
	}
	e.begun = true
	e.mu.Unlock()
	<-ctx.Done()

	e.looks.close()
	problems = append(problems, e.schedule.stop())
	patience := time.AfterFunc(stopPatience, e.cancel)
	e.looks.wait()
	patience.Stop()
	e.cancel()
	stopWriting()
	loops.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		problems = append(problems, cause) // a loop that could not be kept running
	}
	return errors.Join(problems...)
}

// stopPatience is how long looks under way may take to end when the engine
// stops. One that is cut short then tells nothing and is not recorded.
const stopPatience = 3 * time.Second

// Healths is what is believed of every monitor.
func (e *Engine) Healths() []uptime.Health {
	e.mu.RLock()
	defer e.mu.RUnlock()
	healths := make([]uptime.Health, 0, len(e.watches))
	for _, w := range e.watches {
		healths = append(healths, w.health())
	}
	return healths
}

// Now is the time by which the engine dates what it sees.
func (e *Engine) Now() time.Time { return e.dater.Now() }

// OpenIncidents counts the open automatic incidents by tier, drafts as well.
func (e *Engine) OpenIncidents() map[uptime.Tier]int { return e.decider.openByTier() }

// Blind tells which classes of network cannot be seen now.
func (e *Engine) Blind() map[uptime.Class]bool {
	blind := map[uptime.Class]bool{}
	for class, is := range e.uplink.blind() {
		blind[uptime.Class(class)] = is
	}
	return blind
}

// Recorded is how the writing of observations goes.
func (e *Engine) Recorded() RecorderCounts { return e.recorder.counts() }

// Loop lets another loop of the program be watched like the engine's own: it
// calls what is returned once a round.
func (e *Engine) Loop(name string) (beat func()) { return e.beats.of(name) }

// Loops is how long ago each loop last did a round.
func (e *Engine) Loops() map[string]time.Duration { return e.beats.ages() }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
