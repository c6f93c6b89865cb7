package incidents

import (
	"context"
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// What an answer holds of the time after the start asked for.
const (
	slotsShown = 5
	slotsDays  = 30
)

// asked is the id of a plan that nobody has written down.
const asked = "preview"

// Ask answers what planning the work would come to if it were announced now
// (Viewer). It writes nothing. Title and body may be missing: the form is still
// being filled in.
func (p *Planner) Ask(ctx context.Context, by uptime.Actor, w Work) (Answer, error) {
	if err := allow(by, uptime.Viewer); err != nil {
		return Answer{}, err
	}
	w.Publish = true
	if w.Title == "" {
		w.Title = "Planned work"
	}
	if w.Body == "" {
		w.Body = "…"
	}
	k := p.knows(by, uptime.Plan{})
	m, err := w.announce(k, asked)
	if err != nil {
		return Answer{}, err
	}
	return p.answers(ctx, k, m)
}

// AskMove answers what revising a plan would come to, or, of a draft, announcing
// it at those times (Viewer). It writes nothing.
func (p *Planner) AskMove(ctx context.Context, by uptime.Actor, id uptime.PlanID, w Move) (Answer, error) {
	if err := allow(by, uptime.Viewer); err != nil {
		return Answer{}, err
	}
	plan, err := p.o.Ledger.Plan(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	k := p.knows(by, plan)
	step := w.revise
	if plan.Draft() && plan.Open() {
		step = w.publish
	}
	m, err := step(k)
	if err != nil {
		return Answer{}, err
	}
	return p.answers(ctx, k, m)
}

// publish announces a draft at other times.
func (w Move) publish(k planKnown) (planMove, error) {
	last := k.plan.Now()
	if !w.From.IsZero() {
		if w.To.IsZero() {
			w.To = w.From.Add(last.To.Sub(last.From))
		}
		last.From = whole(w.From)
	}
	if !w.To.IsZero() {
		last.To = whole(w.To)
	}
	k.plan.Revisions = []uptime.Revision{last}
	return publishPlan(k, w.Override)
}

// answers adds to what is decided what others know.
func (p *Planner) answers(ctx context.Context, k planKnown, m planMove) (Answer, error) {
	a := m.answer(k)
	last := a.Plan.Now()
	if p.o.Costs != nil && !a.Plan.Change() {
		a.Costs = p.o.Costs(a.Plan.Components, calendar.Span{From: last.From, To: last.To})
	}
	if audience := a.Notice.Audience; audience != nil && audience.Held == "" {
		n, err := p.o.Ledger.CountAudience(ctx, *audience)
		if err != nil {
			return Answer{}, fmt.Errorf("counting who would be told: %w", err)
		}
		a.Owed = n
	}
	return a, nil
}

// answer is what follows from the move alone.
func (m planMove) answer(k planKnown) Answer {
	last := m.plan.Now()
	a := Answer{Plan: m.plan, Broken: last.Broken}
	a.Deadline = planned.Deadline(m.plan.Rules.Notices, last.From)
	a.Left, a.OwedBy = a.Deadline.Sub(k.now), a.Deadline
	if out := m.outbox(k); len(out) > 0 {
		a.Notice, a.Channels = out[0], out[0].Channels
	}
	a.Earliest, a.Room = m.earliest(k)
	if m.plan.Change() {
		return a
	}
	zone := k.zone()
	if zone == nil {
		zone = time.UTC
	}
	first, end := calendar.DayAt(last.From, zone), calendar.DayAt(last.To, zone)
	a.Forbidden = planned.ForbiddenHours(m.plan.Rules.Blackouts, calendar.Span{
		From: calendar.DayOn(first.AddDays(-1), zone).From, To: calendar.DayOn(end.AddDays(1), zone).To,
	})
	if !k.begun() {
		within := calendar.Span{From: last.From, To: last.From.AddDate(0, 0, slotsDays)}
		a.Slots = planned.Slots(m.plan.Rules, last.To.Sub(last.From), within, k.now, slotsShown)
	}
	return a
}

// earliest is the first start, at or after that of the newest revision, that
// keeps every promise: the one asked for where it does.
func (m planMove) earliest(k planKnown) (time.Time, bool) {
	last := m.plan.Now()
	switch {
	case len(last.Broken) == 0:
		return last.From, true
	case k.begun():
		return time.Time{}, false
	case !m.plan.Change():
		return planned.Earliest(m.plan.Rules, last.To.Sub(last.From), last.From, k.now)
	}
	// A change that is put off needs no notice of its own, only that it was first
	// announced in time.
	for _, announced := range [...]time.Time{m.plan.Revisions[0].At, k.now} {
		from := planned.EarliestEffect(m.plan.Rules.Notices, last.From, announced)
		if m.keeps(from) {
			return from, true
		}
	}
	return time.Time{}, false
}

// keeps tells whether a change breaks nothing if it takes effect then.
func (m planMove) keeps(from time.Time) bool {
	p := m.plan
	p.Revisions = append([]uptime.Revision(nil), p.Revisions...)
	last := &p.Revisions[len(p.Revisions)-1]
	last.From, last.To = from, from
	return len(planned.Broken(p)) == 0
}
