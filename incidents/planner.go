package incidents

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// PlanLedger is where plans are kept.
type PlanLedger interface {
	// Plan is the plan with that id, be it a draft, or uptime.ErrNotFound.
	Plan(ctx context.Context, id uptime.PlanID) (uptime.Plan, error)
	// Series are all series, stopped ones as well.
	Series(ctx context.Context) ([]uptime.Series, error)
	CountAudience(ctx context.Context, a uptime.Audience) (int, error)
	// OnceResult is what was done under a key, or uptime.ErrNotFound.
	OnceResult(ctx context.Context, key string) (uptime.Once, error)
	// Apply makes all of the changes or none, see uptime.Changes.
	Apply(ctx context.Context, changes uptime.Changes) error
}

// PlannerOptions are what a Planner needs. States, Costs and Applied may be nil.
type PlannerOptions struct {
	Ledger PlanLedger
	Rules  func() notice.Rules // those in force, with the catalogue
	// States are what components are now; nil: those of the rules.
	States func() map[uptime.ComponentID]uptime.State
	Now    func() time.Time
	Random io.Reader // for ids that nobody guesses
	// Costs are what a window may cost of the budgets that it touches.
	Costs func(components []uptime.ComponentID, window calendar.Span) []Cost
	// Applied is called after every change, before the method returns.
	Applied func(uptime.Changes)
}

// Planner is how people plan work and changes. Each method makes one change: it
// is decided on what is true at that moment, held to what was promised, and
// written whole, with the notice that is owed and an entry of the audit log, or
// not at all. When somebody else was first it is decided anew.
//
// Its errors are Invalid for what was entered and for what cannot be done now,
// BreaksPromise (which is Invalid too) for what breaks a promise and has no
// override, uptime.ErrForbidden, uptime.ErrNotFound, uptime.ErrConflict (the
// version that was expected is no longer the newest), uptime.ErrKeyReused, or the
// ledger's.
//
// Expect is the version that the caller saw, 0 for any. Once may be nil; a
// repeated request answers the plan that the first one made or changed, as it is
// now, and sets Once.Result, which is otherwise left as it was.
type Planner struct{ o PlannerOptions }

// NewPlanner makes a planner.
func NewPlanner(o PlannerOptions) *Planner { return &Planner{o: o} }

// Announce plans work or a change, as a draft (Responder) or for the public
// (Publisher).
func (p *Planner) Announce(ctx context.Context, by uptime.Actor, w Work, once *uptime.Once) (uptime.Plan, error) {
	need := uptime.Responder
	if w.Publish {
		need = uptime.Publisher
	}
	if err := allow(by, need); err != nil {
		return uptime.Plan{}, err
	}
	return p.run(ctx, once, func(context.Context) (uptime.Changes, uptime.Plan, error) {
		suffix, err := suffix(p.o.Random)
		if err != nil {
			return uptime.Changes{}, uptime.Plan{}, err
		}
		k := p.knows(by, uptime.Plan{})
		return p.decided(k, func(k planKnown) (planMove, error) { return w.announce(k, suffix) })
	})
}

// Publish announces a draft (Publisher).
func (p *Planner) Publish(
	ctx context.Context, by uptime.Actor, id uptime.PlanID, override string, expect int64, once *uptime.Once,
) (uptime.Plan, error) {
	step := func(k planKnown) (planMove, error) { return publishPlan(k, override) }
	return p.act(ctx, planOrder{by: by, id: id, expect: expect, once: once, need: uptime.Publisher}, step)
}

// Redraft writes a draft anew, with everything that was entered (Responder). It
// stays a draft: Work.Publish and Work.Override count for nothing.
func (p *Planner) Redraft(ctx context.Context, by uptime.Actor, id uptime.PlanID, w Work, expect int64) (uptime.Plan, error) {
	return p.act(ctx, planOrder{by: by, id: id, expect: expect, need: uptime.Responder}, w.redraft)
}

// Revise announces other times (Publisher). It is a notice of its own and is held
// to the promises anew.
func (p *Planner) Revise(
	ctx context.Context, by uptime.Actor, id uptime.PlanID, m Move, expect int64, once *uptime.Once,
) (uptime.Plan, error) {
	return p.act(ctx, planOrder{by: by, id: id, expect: expect, once: once, need: uptime.Publisher}, m.revise)
}

// Cancel calls a plan off before its end (Publisher). What it excluded from
// availability is nothing then. The reason is told to customers and may be empty.
func (p *Planner) Cancel(
	ctx context.Context, by uptime.Actor, id uptime.PlanID, reason string, expect int64, once *uptime.Once,
) (uptime.Plan, error) {
	step := func(k planKnown) (planMove, error) { return cancelPlan(k, reason) }
	return p.act(ctx, planOrder{by: by, id: id, expect: expect, once: once, need: uptime.Publisher}, step)
}

// Say adds a word to what is announced (Publisher). The phase is the plan's own
// or empty, or, once it has begun, in_progress or verifying. Silent tells nobody.
func (p *Planner) Say( //nolint:revive // who, of what, what, and how: as the others have it
	ctx context.Context, by uptime.Actor, id uptime.PlanID, phase uptime.PlanPhase, body string, silent bool, expect int64, once *uptime.Once,
) (uptime.Plan, error) {
	step := func(k planKnown) (planMove, error) { return sayOfPlan(k, phase, body, silent) }
	return p.act(ctx, planOrder{by: by, id: id, expect: expect, once: once, need: uptime.Publisher}, step)
}

// Finish says that the work is done (Publisher). Before the end of the window it
// gives the rest of it back, by a revision. The body may be empty.
func (p *Planner) Finish(
	ctx context.Context, by uptime.Actor, id uptime.PlanID, body string, expect int64, once *uptime.Once,
) (uptime.Plan, error) {
	step := func(k planKnown) (planMove, error) { return finishPlan(k, body) }
	return p.act(ctx, planOrder{by: by, id: id, expect: expect, once: once, need: uptime.Publisher}, step)
}

// Discard ends a draft, which the public then never sees (Responder).
func (p *Planner) Discard(ctx context.Context, by uptime.Actor, id uptime.PlanID, expect int64) (uptime.Plan, error) {
	return p.act(ctx, planOrder{by: by, id: id, expect: expect, need: uptime.Responder}, discardPlan)
}

// planOrder is who wants something of which plan.
type planOrder struct {
	by     uptime.Actor
	id     uptime.PlanID
	expect int64
	once   *uptime.Once
	need   uptime.Role
}

// act carries out a step on a plan that exists.
func (p *Planner) act(ctx context.Context, o planOrder, step func(planKnown) (planMove, error)) (uptime.Plan, error) {
	if err := allow(o.by, o.need); err != nil { // who may not change it learns nothing
		return uptime.Plan{}, err
	}
	return p.run(ctx, o.once, func(ctx context.Context) (uptime.Changes, uptime.Plan, error) {
		plan, err := p.o.Ledger.Plan(ctx, o.id)
		if err != nil {
			return uptime.Changes{}, uptime.Plan{}, err
		}
		if o.expect > 0 && o.expect != plan.Version {
			return uptime.Changes{}, uptime.Plan{}, fmt.Errorf("plan %s is at version %d and not at %d: read it again: %w",
				o.id, plan.Version, o.expect, uptime.ErrConflict)
		}
		return p.decided(p.knows(o.by, plan), step)
	})
}

// knows is what is true at this moment.
func (p *Planner) knows(by uptime.Actor, plan uptime.Plan) planKnown {
	rules := p.o.Rules()
	if p.o.States != nil {
		rules.States = p.o.States()
	}
	return planKnown{plan: plan, rules: rules, by: by, now: whole(p.o.Now())}
}

func (p *Planner) decided(k planKnown, step func(planKnown) (planMove, error)) (uptime.Changes, uptime.Plan, error) {
	m, err := step(k)
	if err != nil {
		return uptime.Changes{}, uptime.Plan{}, err
	}
	if len(m.refused) > 0 {
		return uptime.Changes{}, uptime.Plan{}, m.answer(k).breaks(k.zone(), k.begun())
	}
	changes, plan := m.changes(k)
	return changes, plan, nil
}

func (p *Planner) run(
	ctx context.Context, once *uptime.Once, decide func(context.Context) (uptime.Changes, uptime.Plan, error),
) (uptime.Plan, error) {
	w := writer[uptime.Plan]{
		ledger: p.o.Ledger, applied: p.o.Applied,
		id: func(plan uptime.Plan) string { return string(plan.ID) },
		read: func(ctx context.Context, id string) (uptime.Plan, error) {
			return p.o.Ledger.Plan(ctx, uptime.PlanID(id))
		},
	}
	return w.run(ctx, once, decide)
}
