package monitoring

import (
	"maps"
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// plan is one decision in the making: the changes to apply, and what the
// decider will hold once they are. It is the scene that incidents are decided
// on: what is held, and over it what was planned so far.
type plan struct {
	memory // what was planned; the rest is in base
	base   *decider
	force  *inForce
	cover  *cover
	now    time.Time
	terms  incidents.Terms

	changes uptime.Changes
	silent  map[uptime.IncidentID]int // the newest change of an incident, if it came without a word
	held    []heldOutage              // that announced work covers
}

func newPlan(d *decider) *plan {
	p := &plan{
		memory: newMemory(), base: d, force: d.inForce(), cover: d.cover(), now: d.now(), terms: d.terms(),
		silent: map[uptime.IncidentID]int{},
	}
	p.outages = d.outages
	p.terms.Zone = p.force.zone
	return p
}

// take adds what one piece of news changes.
func (p *plan) take(n news) {
	p.changes.Segments = append(p.changes.Segments, n.segments...)
	if n.event != nil {
		p.changes.Outbox = append(p.changes.Outbox, notice.Plan(p.terms.Rules, *n.event, p.now))
	}
	component, watched := p.force.components[n.monitor.Component]
	if !watched {
		return
	}
	p.seen[n.monitor.ID] = n.known
	if len(n.turns) == 0 {
		p.states[n.monitor.ID] = n.state
	}
	for _, t := range n.turns {
		kind, news := p.turn(component, n.monitor.ID, t)
		if !news {
			continue
		}
		event := incidents.Event{
			Kind: kind, Component: component, At: t.at, Confirmed: t.by, Code: t.code, Facts: t.facts, Looks: 1,
		}
		if t.kind == confirmed {
			event.Looks = n.monitor.Confirm.Failures
		}
		if kind == incidents.Recovered { // of several monitors the last one counts
			event.At = later(t.at, p.belief(component.ID).recovered)
		}
		p.decide(event)
	}
}

// turn follows one monitor's turn up to its component, and tells whether that
// is news of the component.
func (p *plan) turn(component uptime.Component, monitor uptime.MonitorID, t turn) (kind incidents.Kind, news bool) {
	b := p.belief(component.ID)
	told := b.told // of an outage that nobody was told of there is no end to tell
	switch t.kind {
	case recovering:
		p.rises(component.ID, b, !p.othersDown(component, monitor))
		return incidents.Recovering, b.down && b.told && !p.othersDown(component, monitor)
	case relapsed:
		p.rises(component.ID, b, false)
		return incidents.Relapsed, b.down && b.told && !p.othersDown(component, monitor)
	case confirmed:
	}
	b.rising = false
	p.states[monitor] = t.state
	if isUp(t.state) {
		b.recovered = later(b.recovered, t.at)
		p.beliefs[component.ID] = b
	}
	switch worst := p.worst(component); {
	case worst == uptime.Down && !b.down:
		kind, b.down, b.outage, b.told = incidents.WentDown, true, t, false
	case b.down && isUp(worst):
		kind, b.down = incidents.Recovered, false
	default:
		return 0, false
	}
	b.changes = append(slices.Clone(b.changes[max(0, len(b.changes)-19):]), t.at)
	p.beliefs[component.ID] = b
	return kind, kind == incidents.WentDown || told
}

// rises notes whether what is down may be coming back.
func (p *plan) rises(id uptime.ComponentID, b belief, rising bool) {
	if b.rising != rising {
		b.rising = rising
		p.beliefs[id] = b
	}
}

// decide takes an event in.
func (p *plan) decide(event incidents.Event) {
	id := event.Component.ID
	switch event.Kind {
	case incidents.WentDown:
		if p.holds(&event) {
			return // until the work is over
		}
		b := p.belief(id)
		b.told = true
		p.beliefs[id] = b
	case incidents.Cleared:
		b := p.belief(id)
		b.down = false
		p.beliefs[id] = b
	case incidents.Counted:
		p.counted[event.Incident] = p.now
	default:
	}
	changes := incidents.Decide(p, p.terms, event, p.now)
	if event.Kind == incidents.WentDown {
		at := event.Confirmed
		if at.IsZero() {
			at = p.now
		}
		p.follows(at, changes)
	}
	p.changes.Outbox = append(p.changes.Outbox, changes.Outbox...)
	for _, c := range changes.Incidents {
		p.keep(c)
	}
}

// keep adds a change to the plan. Of an incident that changes again and again
// without a word the last state is written.
func (p *plan) keep(c uptime.IncidentChange) {
	id := c.Incident.ID
	old, _ := p.Incident(id)
	p.move(old.Components, c.Incident)
	at, again := p.silent[id]
	switch {
	case len(c.Updates) > 0:
		delete(p.silent, id)
		p.changes.Incidents = append(p.changes.Incidents, c)
	case again:
		c.Incident.Version = p.changes.Incidents[at].Incident.Version
		p.changes.Incidents[at].Incident = c.Incident
	default:
		p.silent[id] = len(p.changes.Incidents)
		p.changes.Incidents = append(p.changes.Incidents, c)
	}
	p.known[id] = c.Incident
}

// move notes the incident with the components that it has come to have. They
// stand before or behind those that it had.
func (p *plan) move(had []uptime.ComponentID, incident uptime.Incident) {
	now := incident.Components
	fresh := len(now) - len(had)
	for _, ids := range [...][]uptime.ComponentID{now[:fresh], now[len(now)-fresh:]} {
		for _, id := range ids {
			if homes := p.home(id); !slices.Contains(homes, incident.ID) {
				p.homes[id] = append(slices.Clone(homes), incident.ID)
			}
		}
	}
}

// stands tells whether the incidents, as they were read anew, hold what was
// planned: all of it was applied then.
func (p *plan) stands() bool {
	for id, planned := range p.known {
		if held, known := p.base.known[id]; !known || held.Version < planned.Version {
			return false
		}
	}
	for _, c := range p.changes.Incidents {
		for _, u := range c.Updates {
			written := func(held uptime.Update) bool { return held.ID == u.ID }
			if !slices.ContainsFunc(p.base.known[c.Incident.ID].Updates, written) {
				return false
			}
		}
	}
	return len(p.known) > 0
}

// remember makes what was planned what is held.
func (p *plan) remember() {
	maps.Copy(p.base.states, p.states)
	maps.Copy(p.base.seen, p.seen)
	maps.Copy(p.base.beliefs, p.beliefs)
	maps.Copy(p.base.known, p.known)
	maps.Copy(p.base.homes, p.homes)
	maps.Copy(p.base.counted, p.counted)
	p.base.outages = p.outages
	if len(p.beliefs) > 0 {
		p.base.showDown()
	}
	for _, h := range p.held {
		p.base.log.Info("an outage opens no incident, because announced work covers it",
			"component", h.component, "plan", h.plan, "until", h.until)
	}
}
