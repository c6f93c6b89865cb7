package monitoring

import (
	"fmt"
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// cover is the announced work under which outages open no incident. It does not
// change; the zero value covers nothing.
type cover struct {
	plans map[uptime.ComponentID][]covering
}

// covering is one plan that names a component, with the time that it covers.
type covering struct {
	calendar.Span
	plan uptime.Plan
}

func coverOf(plans []uptime.Plan) *cover {
	c := &cover{plans: map[uptime.ComponentID][]covering{}}
	for _, p := range plans {
		span := coveredBy(p)
		if span.Empty() {
			continue
		}
		for _, id := range p.Components {
			c.plans[id] = append(c.plans[id], covering{span, p})
		}
	}
	return c
}

// coveredBy is the time that a plan covers: its window, and of one that was
// called off what had passed of it until then.
func coveredBy(p uptime.Plan) calendar.Span {
	if p.Draft() || p.Change() {
		return calendar.Span{}
	}
	last := p.Now()
	span := calendar.Span{From: last.From, To: last.To}
	if last.Cancelled && p.FinishedAt.Before(span.To) {
		span.To = p.FinishedAt
	}
	return span
}

// until is when the work ends that covers the component at that time, with what
// follows upon it without a gap: at itself where none does. With it comes the
// plan that lasts longest.
func (c *cover) until(id uptime.ComponentID, at time.Time) (end time.Time, by uptime.Plan) {
	end = at
	for again := true; again; {
		again = false
		for _, p := range c.plans[id] {
			if p.Contains(end) {
				end, by, again = p.To, p.plan, true
			}
		}
	}
	return end, by
}

// heedPlans takes in the published plans as they were read.
func (d *decider) heedPlans(plans []uptime.Plan) {
	c := coverOf(plans)
	d.mu.Lock()
	d.covered = c
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *decider) cover() *cover {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.covered
}

// holds tells whether announced work covers an outage, so that it opens no
// incident while that lasts. One that outlasts the work is dated from its end.
func (p *plan) holds(event *incidents.Event) bool {
	until, by := p.cover.until(event.Component.ID, event.At)
	switch {
	case until.After(p.now):
		p.held = append(p.held, heldOutage{component: event.Component.ID, plan: by.ID, until: until})
		p.changes.Outbox = append(p.changes.Outbox, notice.Plan(p.terms.Rules, heldBy(*event, by), p.now))
		return true
	case until.After(event.At):
		event.Began, event.At = event.At, until
		if !event.Confirmed.IsZero() {
			event.Confirmed = later(event.Confirmed, until)
		}
	}
	return false
}

// heldBy is the outage's row in the ledger: nobody is told, and it says why.
func heldBy(event incidents.Event, by uptime.Plan) notice.Event {
	return notice.Event{
		ID:     fmt.Sprintf("%s-held-%s-%d", by.ID, event.Component.ID, event.At.UnixMilli()),
		Reason: uptime.WentDown, Plan: by, Held: uptime.HeldMaintenance,
		Summary: fmt.Sprintf("%s is down during announced work, %s: %s", event.Component.Name, by.Title, uptime.Explain(event.Code, event.Facts)),
	}
}

// heldOutage is one that announced work covers.
type heldOutage struct {
	component uptime.ComponentID
	plan      uptime.PlanID
	until     time.Time
}

// Down tells whether the component was confirmed down and the end of that is not,
// as of the newest decision (incidents.PlanScene).
func (d *decider) Down(id uptime.ComponentID) bool {
	held := d.downs.Load()
	return held != nil && slices.Contains(*held, id)
}

// showDown leaves a copy behind of what is down, for other goroutines.
func (d *decider) showDown() {
	var down []uptime.ComponentID
	for id, b := range d.beliefs {
		if b.down {
			down = append(down, id)
		}
	}
	d.downs.Store(&down)
}
