package monitoring

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
	"github.com/upheld/upheld/probes"
)

// watch is one monitor being looked at.
type watch struct {
	engine *Engine
	job    uuid.UUID
	busy   atomic.Bool // one look at a time
	news   atomic.Bool // a signal came during a look, which may not have heard it
	ended  atomic.Bool

	mu      sync.Mutex
	monitor uptime.Monitor
	prober  probes.Prober
	machine *verdict.Machine
	slot    time.Time // the newest slot taken
	known   bool      // whether the decider was told last that the state is
	recheck *time.Timer
}

func newWatch(e *Engine, w Watch) *watch {
	return &watch{engine: e, monitor: w.Monitor, prober: w.Prober, machine: verdict.New(w.Monitor)}
}

// restoreWatch takes up the belief that was stored. The step is what the last
// process saw and could not write any more.
func restoreWatch(e *Engine, w Watch, segments []uptime.Segment, tail []uptime.Observation) (*watch, verdict.Step) {
	restored := newWatch(e, w)
	machine, missed := verdict.Restore(w.Monitor, segments, tail)
	restored.machine = machine
	if len(tail) > 0 {
		restored.slot = tail[len(tail)-1].Slot
	}
	return restored, missed
}

// begin puts the watch on the schedule. One whose turn comes late in the interval
// looks once out of turn before, so that everything was looked at well within
// one interval of the start.
func (w *watch) begin() error {
	job, wait, err := w.engine.schedule.add(w.monitor, w.due)
	w.job = job
	if half := w.monitor.Interval / 2; err == nil && wait > w.monitor.Interval*3/4 {
		w.mu.Lock()
		w.again(wait - half)
		w.mu.Unlock()
	}
	return err
}

// replace changes the settings of a watch that goes on, and its place in the
// schedule where it has one.
func (w *watch) replace(with Watch, begun bool) error {
	w.mu.Lock()
	same := w.monitor.Interval == with.Monitor.Interval
	w.monitor, w.prober = with.Monitor, with.Prober
	w.machine.Configure(with.Monitor)
	w.mu.Unlock()
	if same || !begun {
		return nil
	}
	w.engine.schedule.remove(w.job)
	return w.begin()
}

// end closes the history of a monitor that is no longer configured.
func (w *watch) end() {
	w.engine.schedule.remove(w.job)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended.Store(true)
	if w.recheck != nil {
		w.recheck.Stop()
	}
	w.engine.decider.tell(news{segments: w.machine.Close(w.engine.dater.Now())})
}

// due is run by the schedule.
func (w *watch) due(late time.Duration) {
	w.mu.Lock()
	id, interval := w.monitor.ID, w.monitor.Interval
	w.mu.Unlock()
	phase := phaseOf(id, interval)
	at := w.engine.dater.Now().Add(-late)
	w.look(at.Add(-phase).Round(interval).Add(phase))
}

// heard looks at what a signal has changed: now, or once the look under way is
// over, which may have begun before it.
func (w *watch) heard() {
	w.news.Store(true)
	w.look(w.engine.dater.Now())
}

// look looks once, in a goroutine of its own.
func (w *watch) look(slot time.Time) {
	e := w.engine
	if w.ended.Load() || !w.busy.CompareAndSwap(false, true) {
		return
	}
	w.news.Store(false)
	entered := e.looks.enter(func() {
		defer func() {
			w.busy.Store(false)
			if w.news.Load() {
				w.look(e.dater.Now())
			}
		}()
		select {
		case e.places <- struct{}{}:
			defer func() { <-e.places }()
		case <-e.context.Done():
			return
		}
		w.mu.Lock()
		monitor, prober := w.monitor, w.prober
		if !slot.After(w.slot) {
			slot = e.dater.Now()
		}
		w.slot = slot
		w.mu.Unlock()
		o := probes.Look(e.context, prober, monitor, slot, e.dater.Now())
		if e.context.Err() != nil {
			return // cut short by us: it tells nothing
		}
		w.observed(e.context, o)
	})
	if !entered {
		w.busy.Store(false)
	}
}

// observed takes in what a look saw.
func (w *watch) observed(ctx context.Context, o uptime.Observation) {
	e := w.engine
	w.mu.Lock()
	class := w.monitor.Class
	w.mu.Unlock()
	seesAgain := e.uplink.saw(class, o)
	o, opinion, turned := w.judged(ctx, class, o)
	w.mu.Lock()
	if w.ended.Load() { // while it looked; its record is closed
		w.mu.Unlock()
		return
	}
	step := w.machine.Step(o)
	monitor := w.monitor
	if opinion == wait || step.Undecided {
		w.again(monitor.Confirm.Retry)
	}
	w.tellDecider(o, step)
	w.mu.Unlock()

	e.recorder.add(o)
	e.options.Observer.Observe(o)
	if step.Blip {
		e.options.Observer.Blip()
	}
	if len(step.Transitions) > 0 {
		e.options.Changed() // the page shows what is believed, written or not
	}
	if turned && opinion == disbelieve {
		e.notice(uptime.WentBlind, class, o.At)
	}
	if seesAgain || turned && opinion == believe {
		e.notice(uptime.SeesAgain, class, o.At)
	}
}

// judged puts a failure that is about to be believed before the uplink, and
// turns it into "told nothing" where our own connection is to blame. The canaries
// may take seconds, in which the page asks for healths: no lock is held then.
func (w *watch) judged(ctx context.Context, class uptime.Class, o uptime.Observation) (judged uptime.Observation, why opinion, turned bool) {
	if !unanswered(o) {
		return o, believe, false
	}
	e := w.engine
	since, goesDown := w.wouldGoDown(o)
	if !goesDown && !e.uplink.blind()[class] {
		return o, believe, false
	}
	why, turned = e.uplink.judge(ctx, class, o, since)
	if why != believe {
		o.Outcome, o.Code = uptime.Unseen, uptime.Blind
	}
	return o, why, turned
}

// wouldGoDown tries a look on a copy of the belief.
func (w *watch) wouldGoDown(o uptime.Observation) (since time.Time, down bool) {
	w.mu.Lock()
	trial := *w.machine
	w.mu.Unlock()
	for _, t := range trial.Step(o).Transitions {
		if t.To == uptime.Down {
			return t.At, true
		}
	}
	return o.At, false
}

// again looks once more after the retry, out of turn.
func (w *watch) again(after time.Duration) {
	if w.recheck != nil {
		w.recheck.Stop()
	}
	w.recheck = time.AfterFunc(after, func() { w.look(w.engine.dater.Now()) })
}

// tellDecider passes on what a step changed. It is called under the lock, so
// that the news of one monitor stays in order.
func (w *watch) tellDecider(o uptime.Observation, step verdict.Step) {
	for _, t := range step.Transitions {
		w.engine.options.Observer.Transition(t.To)
		w.report(o, t)
	}
	n := newsOf(w.monitor, w.machine.Belief(), o, step)
	n.known = w.machine.Health(o.At).State != uptime.Unknown
	if len(n.segments)+len(n.turns) > 0 || n.known != w.known {
		w.known = n.known
		w.engine.decider.tell(n)
	}
}

// report tells the operators of a confirmed change, when it is believed and
// whether or not it can be written.
func (w *watch) report(o uptime.Observation, t verdict.Transition) {
	level, detail := slog.LevelInfo, ""
	if t.To == uptime.Down || t.To == uptime.Degraded {
		level, detail = slog.LevelWarn, o.Detail
	}
	w.engine.log.Log(w.engine.context, level, "believed from now on", "monitor", w.monitor.ID,
		"state", t.To.String(), "before", t.From.String(), "since", t.At, "code", string(t.Code), "detail", detail)
}

// newsOf is what the decider must know of a step. Of the look it takes the
// facts, where they belong to the reason that is told.
func newsOf(m uptime.Monitor, belief uptime.State, o uptime.Observation, step verdict.Step) news {
	n := news{monitor: m, segments: step.Segments, state: belief}
	for _, t := range step.Transitions {
		confirmed := turn{kind: confirmed, state: t.To, at: t.At, by: t.Confirmed, code: t.Code}
		if o.Code == t.Code {
			confirmed.facts = o.Facts
		}
		n.turns = append(n.turns, confirmed)
	}
	if step.Recovering {
		n.turns = append(n.turns, turn{kind: recovering, at: o.At})
	}
	if step.Relapsed {
		n.turns = append(n.turns, turn{kind: relapsed, at: o.At, code: o.Code, facts: o.Facts})
	}
	return n
}

// gap records that nothing has vouched for the state for too long.
func (w *watch) gap(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	step := w.machine.Gap(now)
	w.tellDecider(uptime.Observation{At: now}, step)
	if step.Blip {
		w.engine.options.Observer.Blip()
	}
}

func (w *watch) health() uptime.Health {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.machine.Health(w.engine.dater.Now())
}
