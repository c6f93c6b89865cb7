package monitoring

import (
	"maps"
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
)

// plan is one decision in the making: the changes to apply, and what the
// decider will hold once they are.
type plan struct {
	base    *decider
	now     time.Time
	zone    *time.Location
	changes uptime.Changes
	states  map[uptime.MonitorID]uptime.State
	seen    map[uptime.MonitorID]bool
	beliefs map[uptime.ComponentID]belief
	known   map[uptime.ComponentID]uptime.Incident
}

func newPlan(d *decider) *plan {
	return &plan{
		base: d, now: d.now(),
		states:  map[uptime.MonitorID]uptime.State{},
		seen:    map[uptime.MonitorID]bool{},
		beliefs: map[uptime.ComponentID]belief{},
		known:   map[uptime.ComponentID]uptime.Incident{},
	}
}

// take adds what one piece of news changes.
func (p *plan) take(n news) {
	p.changes.Segments = append(p.changes.Segments, n.segments...)
	if n.notice != nil {
		p.changes.Outbox = append(p.changes.Outbox, *n.notice)
	}
	p.base.mu.Lock()
	component, watched := p.base.components[n.monitor.Component]
	p.zone = p.base.zone
	p.base.mu.Unlock()
	if watched {
		p.seen[n.monitor.ID] = n.known
	}
	if watched && len(n.turns) == 0 {
		p.states[n.monitor.ID] = n.state
	}
	for _, t := range n.turns {
		event := incidents.Event{
			Component: component, At: t.at, Confirmed: t.by, Code: t.code, Facts: t.facts, Looks: 1,
		}
		if t.kind == confirmed {
			event.Looks = n.monitor.Confirm.Failures
		}
		if kind, news := p.turn(component, n.monitor.ID, t); news && watched {
			event.Kind = kind
			if kind == incidents.Recovered { // of several monitors the last one counts
				event.At = later(t.at, p.belief(component.ID).recovered)
			}
			event.Flapping = verdict.Flapping(p.belief(component.ID).changes, p.now)
			p.incident(event)
		}
	}
}

// turn follows one monitor's turn up to its component, and tells whether that
// is news of the component.
func (p *plan) turn(component uptime.Component, monitor uptime.MonitorID, t turn) (kind incidents.Kind, news bool) {
	b := p.belief(component.ID)
	switch t.kind {
	case recovering:
		return incidents.Recovering, b.down && !p.othersDown(component, monitor)
	case relapsed:
		return incidents.Relapsed, b.down && !p.othersDown(component, monitor)
	case confirmed:
	}
	p.states[monitor] = t.state
	if isUp(t.state) {
		b.recovered = later(b.recovered, t.at)
		p.beliefs[component.ID] = b
	}
	switch worst := p.worst(component); {
	case worst == uptime.Down && !b.down:
		kind, b.down, b.outage = incidents.WentDown, true, t
	case b.down && isUp(worst):
		kind, b.down = incidents.Recovered, false
	default:
		return 0, false
	}
	b.changes = append(slices.Clone(b.changes[max(0, len(b.changes)-19):]), t.at)
	p.beliefs[component.ID] = b
	return kind, true
}

// settle takes an event that no turn tells of.
func (p *plan) settle(event incidents.Event) {
	p.base.mu.Lock()
	p.zone = p.base.zone
	p.base.mu.Unlock()
	if event.Kind == incidents.Cleared {
		b := p.belief(event.Component.ID)
		b.down = false
		p.beliefs[event.Component.ID] = b
	}
	p.incident(event)
}

// isUp tells whether a state is one in which nothing is down.
func isUp(s uptime.State) bool { return s == uptime.Up || s == uptime.Degraded }

// incident decides on the component's automatic incident.
func (p *plan) incident(event incidents.Event) {
	id := event.Component.ID
	known, found := p.known[id]
	if !found {
		known, found = p.base.known[id]
	}
	var pointer *uptime.Incident
	if found {
		pointer = &known
	}
	event.Zone = p.zone
	changes := incidents.Decide(pointer, event, p.now)
	p.changes.Incidents = append(p.changes.Incidents, changes.Incidents...)
	p.changes.Outbox = append(p.changes.Outbox, changes.Outbox...)
	for _, c := range changes.Incidents {
		p.known[id] = c.Incident
	}
}

func (p *plan) belief(id uptime.ComponentID) belief {
	if b, planned := p.beliefs[id]; planned {
		return b
	}
	return p.base.beliefs[id]
}

func (p *plan) state(id uptime.MonitorID) uptime.State {
	if s, planned := p.states[id]; planned {
		return s
	}
	return p.base.states[id]
}

// worst is the component's state out of its monitors'.
func (p *plan) worst(c uptime.Component) uptime.State {
	states := make([]uptime.State, len(c.Monitors))
	for i, m := range c.Monitors {
		states[i] = p.state(m)
	}
	return verdict.Worst(states...)
}

func (p *plan) othersDown(c uptime.Component, except uptime.MonitorID) bool {
	for _, m := range c.Monitors {
		if m != except && p.state(m) == uptime.Down {
			return true
		}
	}
	return false
}

// remember makes what was planned what is held.
func (p *plan) remember() {
	maps.Copy(p.base.states, p.states)
	maps.Copy(p.base.seen, p.seen)
	maps.Copy(p.base.beliefs, p.beliefs)
	maps.Copy(p.base.known, p.known)
}
