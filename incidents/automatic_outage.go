package incidents

import (
	"fmt"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// wentDown finds the one incident that an outage belongs to. In this order: the
// component's own that is open; that of a component which it depends on and
// which is down; those of components that are down and depend on it; that of a
// storm; its own that ended a short while ago; a new one.
func (d *decision) wentDown() {
	c := d.event.Component
	lately := d.scene.Automatic(c.ID)
	if slices.ContainsFunc(lately, d.told) {
		return
	}
	if len(lately) > 0 && lately[0].Open() {
		d.again(lately[0])
		return
	}
	if cause, incident, found := d.cause(); found {
		d.join(incident, cause)
		return
	}
	if effects := d.effects(); len(effects) > 0 {
		d.lead(effects)
		return
	}
	takes, storming := d.scene.Storm(d.event.detected(d.now))
	if storm, known := d.scene.Incident(takes); known && storm.Open() {
		d.gather(storm)
		return
	}
	if len(lately) > 0 && d.reopens(lately[0], storming) {
		d.reopen(lately[0])
		return
	}
	d.begin()
}

// told tells whether an incident holds this outage already: news that is
// decided on again, after an answer of the database was lost.
func (d *decision) told(incident uptime.Incident) bool {
	return incident.StartedAt.Equal(d.event.At) || d.said(incident)
}

// begin opens an incident. Its id follows from the component and the start, so
// that the same outage, decided twice, is one incident.
func (d *decision) begin() {
	c, tier := d.event.Component, TierOf(d.event.Component.Importance)
	id := uptime.IncidentID(fmt.Sprintf("%s-%s", d.event.At.UTC().Format("20060102-150405"), c.ID))
	for _, taken := d.scene.Incident(id); taken; _, taken = d.scene.Incident(id) {
		id += "-again" // within the same second
	}
	incident := uptime.Incident{
		ID:         id,
		Title:      titleOf(c),
		Tier:       tier,
		Impact:     ImpactOf(tier),
		Components: []uptime.ComponentID{c.ID},
		Automatic:  true,
		StartedAt:  d.event.At,
		DetectedAt: d.event.detected(d.now),
		CreatedAt:  d.now,
	}
	if d.terms.Policy.Publishes(tier) {
		incident.PublishedAt = d.now
	}
	d.say(incident, step{phase: uptime.Investigating, body: d.failing(), reason: uptime.WentDown})
}

// again is an outage of a component whose incident is open.
func (d *decision) again(incident uptime.Incident) {
	s := step{phase: ongoing(incident), body: "Down again. " + d.failing(), reason: uptime.WentDown, held: d.flapping(incident)}
	if !d.last(incident) {
		if Many(incident) {
			return // they are counted
		}
		s.reason = uptime.NewsOfState
	}
	if len(incident.Components) > 1 {
		s.body = d.event.Component.Name + " is down. " + d.failing()
	}
	if d.follows(incident) {
		s.held = uptime.HeldDependsOn
	}
	d.say(incident, s)
}

// join adds an outage to the incident of what it depends on. Its notice is held
// back, because the cause is told, unless this outage is the graver one.
func (d *decision) join(incident uptime.Incident, cause uptime.Component) {
	c := d.event.Component
	raised := d.raise(&incident, TierOf(c.Importance))
	d.add(&incident)
	if Many(incident) && !raised {
		d.silently(incident)
		return
	}
	s := step{
		phase:  ongoing(incident),
		body:   fmt.Sprintf("%s is affected as well: it depends on %s. %s", c.Name, cause.Name, d.failing()),
		reason: uptime.NewsOfState, held: uptime.HeldDependsOn,
	}
	if raised {
		s.reason, s.held = uptime.WentDown, ""
	}
	d.say(incident, s)
}

// lead puts a component at the head of the incident of what depends on it: it is
// the cause of it as far as we can tell. Further incidents with that cause end
// here and go on in the first.
func (d *decision) lead(effects []uptime.Incident) {
	c, incident := d.event.Component, effects[0]
	var below []uptime.ComponentID // that are down and depend on it
	for _, effect := range effects {
		below = append(below, d.down(effect)...)
	}
	own := d.titled(incident)
	tier := TierOf(c.Importance)
	for _, ends := range effects[1:] {
		tier = min(tier, ends.Tier)
	}
	raised := d.raise(&incident, tier)
	d.head(&incident, effects[1:])
	switch {
	case isCount(incident.Title):
		incident.Title = countOf(len(incident.Components))
	case own:
		incident.Title = titleOf(c)
	}
	s := step{
		phase:  ongoing(incident),
		body:   fmt.Sprintf("%s is down, which %s on. %s", c.Name, d.depend(below), d.failing()),
		reason: uptime.NewsOfState,
	}
	if raised {
		s.reason = uptime.WentDown
	}
	d.say(incident, s)
	for _, ends := range effects[1:] {
		ends.ResolvedAt = d.now
		d.say(ends, step{
			phase: uptime.Resolved, reason: uptime.NewsOfState,
			body: fmt.Sprintf("This is not over. It has the same cause as “%s”, and goes on there: %s is down, which %s on.",
				incident.Title, c.Name, d.depend(d.down(ends))),
		})
	}
}

// head puts the event's component before the others, and those of the incidents
// that end behind them.
func (d *decision) head(incident *uptime.Incident, ending []uptime.Incident) {
	id := d.event.Component.ID
	incident.Components = append([]uptime.ComponentID{id}, incident.Components...)
	incident.Unaffected = without(incident.Unaffected, id)
	incident.StartedAt = earliest(incident.StartedAt, d.event.At)
	for _, ends := range ending {
		incident.StartedAt = earliest(incident.StartedAt, ends.StartedAt)
		for _, part := range ends.Components {
			if !incident.Touches(part) {
				incident.Components = append(incident.Components, part)
			}
			incident.Unaffected = without(incident.Unaffected, part)
		}
	}
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// gather adds an outage to the incident of a storm, which is counted now and
// then. What makes it graver is told at once.
func (d *decision) gather(storm uptime.Incident) {
	own := d.titled(storm)
	raised := d.raise(&storm, TierOf(d.event.Component.Importance))
	d.add(&storm)
	if own {
		storm.Title = countOf(len(storm.Components))
	}
	if !raised {
		d.silently(storm)
		return
	}
	d.say(storm, step{
		phase: ongoing(storm), body: d.event.Component.Name + " is down as well. " + d.failing(), reason: uptime.WentDown,
	})
}

// reopens tells whether an outage so soon after an incident is the same one. A
// false alarm is not, and what was reviewed is done with. Of an incident of
// several components it is if it begins like it did, and if none of them has
// come to be in another since.
func (d *decision) reopens(incident uptime.Incident, storming bool) bool {
	same := len(incident.Components) == 1 || incident.Components[0] == d.event.Component.ID || storming
	elsewhere := func(id uptime.ComponentID) bool {
		lately := d.scene.Automatic(id)
		return len(lately) > 0 && lately[0].Open()
	}
	return same && !slices.ContainsFunc(incident.Components, elsewhere) && incident.Phase == uptime.Resolved && incident.ClosedAt.IsZero() &&
		incident.Postmortem.PublishedAt.IsZero() && d.event.At.Sub(incident.ResolvedAt) < QuietTime
}

func (d *decision) reopen(incident uptime.Incident) {
	incident.ResolvedAt = time.Time{}
	body := "Down again. " + d.failing()
	if len(incident.Components) > 1 {
		body = d.event.Component.Name + " is down again. " + d.failing()
	}
	d.say(incident, step{phase: uptime.Investigating, body: body, reason: uptime.WentDown, held: d.flapping(incident)})
}

// add makes the event's component one of the incident's.
func (d *decision) add(incident *uptime.Incident) {
	id := d.event.Component.ID
	incident.Components = append(slices.Clip(incident.Components), id)
	incident.Unaffected = without(incident.Unaffected, id)
	if isCount(incident.Title) {
		incident.Title = countOf(len(incident.Components))
	}
}

func without(ids []uptime.ComponentID, id uptime.ComponentID) []uptime.ComponentID {
	if !slices.Contains(ids, id) {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(other uptime.ComponentID) bool { return other == id })
}

// Many tells whether an incident is counted instead of told part by part.
func Many(incident uptime.Incident) bool {
	return len(incident.Components) > Few || isCount(incident.Title)
}

// ongoing is the phase of an incident in which something is down.
func ongoing(incident uptime.Incident) uptime.IncidentPhase {
	if incident.Phase == uptime.Monitoring {
		return uptime.Investigating
	}
	return incident.Phase
}
