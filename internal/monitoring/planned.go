package monitoring

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

// planEvery is how often it is asked what is due of plans, in memory. readEvery
// is how often the open ones are read, beside whenever somebody says that they
// changed, and allEvery how often all that belongs to them is; planTime bounds one
// round, and planSteps the transactions in it.
const (
	planEvery = 5 * time.Second
	readEvery = time.Minute
	allEvery  = 15 * time.Minute
	planTime  = 10 * time.Second
	planSteps = 20
)

// recentPlans is how far back published plans are read while the engine runs: a
// window is no longer, and what ended before does not change any more.
const recentPlans = incidents.MaxWindow + 24*time.Hour

// plans starts, finishes and reminds of planned work, announces what recurs, and
// tells the decider which outages announced work covers. It has a loop of its
// own, because it reads the database and the decider must not wait for that.
type plans struct {
	engine *Engine

	open      []uptime.Plan
	series    []uptime.Series
	published map[uptime.PlanID]uptime.Plan
	made      map[uptime.PlanID]bool // occurrences of series that exist as plans
	read      time.Time              // when open was
	all       time.Time              // when all of it was; zero: it is to be read
	recur     bool                   // whether series were read since they were asked
	told      map[string]bool        // notices of the last decision that are written
	failed    bool                   // the last round
}

func newPlans(e *Engine) *plans {
	return &plans{engine: e, published: map[uptime.PlanID]uptime.Plan{}, made: map[uptime.PlanID]bool{}}
}

// run plans until the context ends.
func (r *plans) run(ctx context.Context) {
	beat := r.engine.beats.of("plans")
	r.all = time.Time{} // also after a panic
	ticker := time.NewTicker(planEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.engine.replan:
			r.all = time.Time{}
		case <-ticker.C:
		}
		beat()
		if err := r.round(ctx); err != nil && ctx.Err() == nil && !r.failed {
			r.failed = true
			r.engine.log.Warn("what is due of planned work cannot be decided; it is tried again", "error", err)
		} else if err == nil {
			r.failed = false
		}
	}
}

// round decides and writes until nothing is due. After a conflict it reads again
// and decides again. A failure leaves the plans to be read.
func (r *plans) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	e := r.engine
	for range planSteps {
		now := e.dater.Now()
		if err := r.refresh(ctx, now); err != nil {
			r.all = time.Time{}
			return err
		}
		changes, told, err := r.decide(ctx, now)
		if err != nil || changes.Empty() {
			return err
		}
		switch err := e.options.Store.Apply(ctx, changes); {
		case errors.Is(err, uptime.ErrConflict):
			r.all = time.Time{}
			continue
		case err != nil:
			r.all = time.Time{}
			return err
		}
		r.told = told
		if len(changes.Plans) > 0 {
			r.all = time.Time{}
			e.options.Changed()
		}
		if len(changes.Outbox) > 0 {
			e.options.Owed()
		}
	}
	return nil // the rest comes in the next round
}

// refresh reads what is to be read by now.
func (r *plans) refresh(ctx context.Context, now time.Time) error {
	since := func(t time.Time) time.Duration { return now.Sub(t).Abs() } // the clock may have been set back
	switch {
	case r.all.IsZero() || since(r.all) >= allEvery:
		return r.reread(ctx, now)
	case since(r.read) < readEvery:
		return nil
	}
	open, err := r.engine.options.Store.OpenPlans(ctx)
	if err != nil {
		return err
	}
	r.read, r.recur = now, true
	same := func(a, b uptime.Plan) bool { return a.ID == b.ID && a.Version == b.Version }
	if !slices.EqualFunc(open, r.open, same) {
		return r.reread(ctx, now)
	}
	return nil
}

// reread reads the plans, and shows the decider what they cover.
func (r *plans) reread(ctx context.Context, now time.Time) error {
	store := r.engine.options.Store
	open, err := store.OpenPlans(ctx)
	if err != nil {
		return err
	}
	series, err := store.Series(ctx)
	if err != nil {
		return err
	}
	published, err := store.PublishedPlans(ctx, now.Add(-recentPlans), now.Add(time.Hour))
	if err != nil {
		return err
	}
	r.keep(published, now)
	r.open, r.series, r.recur = open, series, true
	r.read, r.all = now, now
	r.engine.decider.heedPlans(slices.Collect(maps.Values(r.published)))
	return nil
}

// keep remembers published plans for as long as an outage that they covered can
// last on without having been told.
func (r *plans) keep(published []uptime.Plan, now time.Time) {
	for _, p := range published {
		r.published[p.ID] = p
	}
	maps.DeleteFunc(r.published, func(_ uptime.PlanID, p uptime.Plan) bool {
		return !p.Open() && p.Now().To.Before(now.Add(-restoreSpan))
	})
}

// decide is what is due and not written yet, and the notices that are decided
// with it. What recurs is announced when nothing else is due: a start is not to
// wait for it, and not to fail with it.
func (r *plans) decide(ctx context.Context, now time.Time) (changes uptime.Changes, told map[string]bool, err error) {
	e := r.engine
	rules := e.decider.terms().Rules
	due := incidents.DuePlans(r.open, e.decider, rules, now)
	told = map[string]bool{}
	for _, n := range due.Outbox {
		told[n.ID] = true
		if !r.told[n.ID] {
			changes.Outbox = append(changes.Outbox, n)
		}
	}
	changes.Plans = due.Plans
	if !changes.Empty() || !r.recur {
		return changes, told, nil
	}
	known, err := r.occurrences(ctx, now)
	if err != nil {
		return changes, nil, err
	}
	recurring := incidents.DueSeries(r.series, known, rules, now)
	r.recur = len(recurring.Plans) > 0
	return recurring, told, nil
}

// occurrences are the plans that the series' occurrences became, as far as one is
// due: by their ids alone.
func (r *plans) occurrences(ctx context.Context, now time.Time) (known []uptime.Plan, err error) {
	made := map[uptime.PlanID]bool{}
	for _, o := range incidents.Occurrences(r.series, now) {
		if !r.made[o.Plan] {
			switch _, err := r.engine.options.Store.Plan(ctx, o.Plan); {
			case errors.Is(err, uptime.ErrNotFound):
				continue
			case err != nil:
				return nil, err
			}
		}
		made[o.Plan] = true
		known = append(known, uptime.Plan{ID: o.Plan})
	}
	r.made = made
	return known, nil
}

// PlansChanged has the engine read the plans and series anew. It is to be called
// after people have changed any, and does not block.
func (e *Engine) PlansChanged() {
	select {
	case e.replan <- struct{}{}:
	default:
	}
}
