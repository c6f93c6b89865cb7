package monitoring

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

// settleEvery is how often the decider asks at most what no turn of a monitor
// decides.
const settleEvery = time.Second

// How often an incident of many components says how many are down: soon after it
// began, because then it grows; every minute; and seldom, once it has said so
// often.
const (
	countSoon   = 10 * time.Second
	countEvery  = time.Minute
	countSeldom = incidents.QuietTime
	countOften  = 10 // updates
)

// settle decides what no turn of a monitor decides: incidents of components
// that have been quiet for long enough, that nobody watches any more, or whose
// failing monitor is gone; outages that have no incident; counts.
func (d *decider) settle(ctx context.Context) {
	if now := d.now(); now.Sub(d.settled) < settleEvery && !now.Before(d.settled) {
		return
	}
	d.mu.Lock()
	regraded := d.regraded
	d.regraded = map[uptime.ComponentID]uptime.Importance{}
	d.mu.Unlock()
	// To look with. It is made after what was regraded is taken, so that it has the
	// grades that these came to have: a configuration may come at any moment.
	p := newPlan(d)
	d.settled = p.now
	d.forget(p.now)

	var events []incidents.Event
	for _, incident := range d.known {
		if incident.Open() {
			events = append(events, p.due(incident)...)
		}
	}
	for id, was := range regraded {
		if part := p.Part(id); part.Down {
			events = append(events, incidents.Event{Kind: incidents.Regraded, Component: part.Component, Was: was, At: p.now})
		}
	}
	events = append(events, d.unannounced(p)...)
	if len(events) == 0 {
		return
	}
	slices.SortFunc(events, func(a, b incidents.Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Component.ID, b.Component.ID), cmp.Compare(a.Incident, b.Incident))
	})
	d.commit(ctx, func(p *plan) {
		for _, e := range events {
			p.decide(e)
		}
	})
}

// due are the events that have come for an open incident.
func (p *plan) due(incident uptime.Incident) (events []incidents.Event) {
	var (
		watched, down, clear int
		first                uptime.Component
		last, recovered      time.Time
	)
	for _, id := range incident.Components {
		component, is := p.force.components[id]
		if !is {
			continue
		}
		if watched++; watched == 1 {
			first = component
		}
		b := p.belief(id)
		recovered = later(recovered, b.recovered)
		if len(b.changes) > 0 {
			last = later(last, b.changes[len(b.changes)-1])
		}
		good := isUp(p.worst(component)) && p.sees(component)
		switch {
		case b.down && good:
			// Another configuration took the monitor away that was down, or one
			// that was never heard of before held the recovery up.
			events = append(events, incidents.Event{Kind: incidents.Cleared, Component: component, At: p.now})
		case b.down:
			down++
		case good:
			clear++
		}
	}
	switch newest := newest(incident); {
	case len(incident.Components) == 0: // by a person's hand: they end it
	case watched == 0:
		return []incidents.Event{{Kind: incidents.Unwatched, Incident: incident.ID, At: p.now}}
	case len(events) > 0: // they come first
	case down > 0:
		if incidents.Many(incident) && p.now.Sub(later(p.lastCount(incident.ID), newest.WrittenAt)) >= p.pace(incident) {
			return []incidents.Event{{Kind: incidents.Counted, Incident: incident.ID, At: p.now}}
		}
	case incident.Phase == uptime.Monitoring:
		if quietSince := later(last, newest.WrittenAt); p.now.Sub(quietSince) >= incidents.QuietTime {
			if recovered.IsZero() {
				recovered = quietSince
			}
			return []incidents.Event{{Kind: incidents.Quiet, Incident: incident.ID, At: recovered}}
		}
	case newest.Automatic && clear == watched: // a person's last word is left to people
		return []incidents.Event{{Kind: incidents.Cleared, Component: first, At: p.now}}
	}
	return events
}

func (p *plan) lastCount(id uptime.IncidentID) time.Time { return p.base.counted[id] }

// pace is the time from one count of an incident to the next.
func (p *plan) pace(incident uptime.Incident) time.Duration {
	switch {
	case p.lastCount(incident.ID).IsZero():
		return countSoon
	case len(incident.Updates) > countOften:
		return countSeldom
	}
	return countEvery
}

func newest(incident uptime.Incident) uptime.Update {
	if len(incident.Updates) == 0 {
		return uptime.Update{}
	}
	return incident.Updates[len(incident.Updates)-1]
}

// unannounced are the outages that no incident was decided for: the component
// was down when this program learned that it should have one, or announced work
// covered it and is over. Beliefs of
// components that are not watched any more are forgotten here.
func (d *decider) unannounced(p *plan) (events []incidents.Event) {
	for id, b := range d.beliefs {
		component, watched := p.force.components[id]
		switch {
		case !watched:
			delete(d.beliefs, id)
			d.showDown()
		case b.down && !b.told && !b.outage.at.IsZero():
			until, _ := p.cover.until(id, b.outage.at)
			if until.After(b.outage.at) && isUp(p.worst(component)) && p.sees(component) {
				b.down = false // what failed under announced work is not looked at any more
				d.beliefs[id] = b
				d.showDown()
				continue
			}
			if until.After(p.now) || b.rising && until.After(b.outage.at) {
				continue // it is covered still, or may be over
			}
			events = append(events, incidents.Event{
				Kind: incidents.WentDown, Component: component, At: b.outage.at, Code: b.outage.code, Facts: b.outage.facts, Looks: 1,
			})
		}
	}
	return events
}
