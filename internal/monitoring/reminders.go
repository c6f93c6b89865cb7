package monitoring

import (
	"context"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// remindEvery is how often it is asked what is owed because time has passed,
// and what people have done to open incidents. remindTime bounds one round.
const (
	remindEvery = 20 * time.Second
	remindTime  = 10 * time.Second
)

// reminders owes what time alone brings: reminders of what still lasts, and word
// of promises that were not kept. It has a loop of its own, because it reads the
// database and the decider must not wait for that.
type reminders struct {
	engine  *Engine
	planned map[string]bool // notices of the last round that are written
	failed  bool            // the last round
}

// run plans until the context ends.
func (r *reminders) run(ctx context.Context) {
	beat := r.engine.beats.of("reminders")
	ticker := time.NewTicker(remindEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		beat()
		if err := r.round(ctx); err != nil && ctx.Err() == nil && !r.failed {
			r.failed = true
			r.engine.log.Warn("reminders cannot be planned; it is tried again", "error", err)
		} else if err == nil {
			r.failed = false
		}
	}
}

// round plans once. What was planned before has the same id, so that the store
// leaves it alone; it is remembered here to spare the transaction.
func (r *reminders) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, remindTime)
	defer cancel()
	e := r.engine
	open, err := e.options.Store.OpenIncidents(ctx)
	if err != nil {
		return err
	}
	e.decider.heed(open)
	e.reported.heed(open)
	rules, now := e.decider.terms().Rules, e.dater.Now()
	if rules.States == nil {
		rules.States = e.states(now)
	}
	planned := map[string]bool{}
	var owed []uptime.Notice
	for _, n := range append(notice.Reminders(rules, open, now), notice.Overdue(rules, open, now)...) {
		planned[n.ID] = true
		if !r.planned[n.ID] {
			owed = append(owed, n)
		}
	}
	if len(owed) > 0 {
		if err := e.options.Store.Apply(ctx, uptime.Changes{Outbox: owed}); err != nil {
			return err
		}
		e.options.Owed()
	}
	r.planned = planned
	return nil
}

// states is what is believed of every component at now.
func (e *Engine) states(now time.Time) map[uptime.ComponentID]uptime.State {
	told := map[uptime.MonitorID]uptime.State{}
	for _, h := range e.Healths() {
		told[h.Monitor] = h.At(now)
	}
	states := map[uptime.ComponentID]uptime.State{}
	for id, c := range e.decider.inForce().components {
		states[id] = worstOf(c.Monitors, func(m uptime.MonitorID) uptime.State { return told[m] })
	}
	return states
}
