package monitoring

import (
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
)

// A storm is when one outage follows upon the other. The first ten are incidents
// of their own: ten can be read, and are what a bad day of unrelated faults comes
// to. What goes on to fail at that pace has one cause that nobody has told us
// of, and becomes one incident until a minute has passed with fewer: about the
// time that an interval takes to find everything that fails at once.
const (
	stormOutages = 10
	stormTime    = time.Minute
)

// outage is one that was decided on and was no other's effect.
type outage struct {
	at       time.Time // confirmed
	incident uptime.IncidentID
	storm    bool // it is in a storm's incident
}

var _ incidents.Scene = (*plan)(nil)

// Part is what is believed of a component (incidents.Scene).
func (p *plan) Part(id uptime.ComponentID) incidents.Part {
	component, watched := p.force.components[id]
	if !watched {
		return incidents.Part{Component: uptime.Component{ID: id, Name: string(id)}}
	}
	b := p.belief(id)
	return incidents.Part{
		Component: component, Watched: true, Down: b.down, Recovered: b.recovered,
		State:    worstOf(component.Monitors, p.shown),
		Flapping: verdict.Flapping(b.changes, p.now),
	}
}

// shown is the state of a monitor as it may be told: what no look of this
// process has seen is unknown, unless it was down when the last one stopped.
func (p *plan) shown(id uptime.MonitorID) uptime.State {
	if state := p.state(id); state == uptime.Down || p.saw(id) {
		return state
	}
	return uptime.Unknown
}

// Dependents are what depends on a component directly (incidents.Scene).
func (p *plan) Dependents(id uptime.ComponentID) []uptime.ComponentID { return p.force.dependents[id] }

// Automatic are the incidents that a component is in (incidents.Scene).
func (p *plan) Automatic(id uptime.ComponentID) []uptime.Incident {
	homes := p.home(id)
	if len(homes) == 0 {
		return nil
	}
	known := make([]uptime.Incident, 0, len(homes))
	for _, home := range homes {
		if incident, found := p.Incident(home); found {
			known = append(known, incident)
		}
	}
	slices.SortFunc(known, newestFirst)
	return known
}

// Incident is one that is known (incidents.Scene).
func (p *plan) Incident(id uptime.IncidentID) (uptime.Incident, bool) {
	if incident, planned := p.known[id]; planned {
		return incident, true
	}
	incident, known := p.base.known[id]
	return incident, known
}

// Stated tells whether a person says more than is measured (incidents.Scene).
func (p *plan) Stated(id uptime.IncidentID) bool { return p.base.stated[id] }

// Storm tells whether a further outage is one of a storm (incidents.Scene).
func (p *plan) Storm(at time.Time) (takes uptime.IncidentID, storming bool) {
	if len(p.outages) < stormOutages || at.Sub(p.outages[0].at) > stormTime {
		return "", false
	}
	for _, o := range slices.Backward(p.outages) {
		if incident, known := p.Incident(o.incident); o.storm && known && incident.Open() {
			return o.incident, true
		}
	}
	return "", true
}

// follows notes an outage that was decided on and is not kept yet, for the storm
// that it may belong to. What joined the incident of its cause is none.
func (p *plan) follows(at time.Time, changes uptime.Changes) {
	takes, storming := p.Storm(at)
	for _, c := range changes.Incidents {
		old, known := p.Incident(c.Incident.ID)
		began := c.Incident.Open() && (!known || !old.Open())
		if began || takes == c.Incident.ID {
			p.outages = append(slices.Clone(p.outages[max(0, len(p.outages)-stormOutages+1):]), outage{at, c.Incident.ID, storming})
			return
		}
	}
}

func (p *plan) home(id uptime.ComponentID) []uptime.IncidentID {
	if homes, planned := p.homes[id]; planned {
		return homes
	}
	return p.base.homes[id]
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

// saw tells whether the state of a monitor is known by a look of this process.
func (p *plan) saw(id uptime.MonitorID) bool {
	if seen, planned := p.seen[id]; planned {
		return seen
	}
	return p.base.seen[id]
}

// worst is the component's state out of its monitors'.
func (p *plan) worst(c uptime.Component) uptime.State { return worstOf(c.Monitors, p.state) }

// sees tells whether the state of each of a component's monitors is known.
func (p *plan) sees(c uptime.Component) bool {
	return !slices.ContainsFunc(c.Monitors, func(m uptime.MonitorID) bool { return !p.saw(m) })
}

func (p *plan) othersDown(c uptime.Component, except uptime.MonitorID) bool {
	return slices.ContainsFunc(c.Monitors, func(m uptime.MonitorID) bool { return m != except && p.state(m) == uptime.Down })
}

// isUp tells whether a state is one in which nothing is down.
func isUp(s uptime.State) bool { return s == uptime.Up || s == uptime.Degraded }
