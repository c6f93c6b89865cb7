package incidents

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// recovering is a first good look. It is news of the incident where nothing else
// is down in it.
func (d *decision) recovering(incident uptime.Incident) {
	if incident.Phase == uptime.Monitoring || tired(incident) || !d.last(incident) {
		return
	}
	what := "A check"
	if len(incident.Components) > 1 {
		what = "A check of " + d.event.Component.Name
	}
	d.say(incident, step{
		phase: uptime.Monitoring, reason: uptime.NewsOfState, held: d.flapping(incident),
		body: what + " passed again at " + d.clock() + ". We are confirming it.",
	})
}

func (d *decision) relapsed(incident uptime.Incident) {
	if incident.Phase != uptime.Monitoring || tired(incident) || !d.last(incident) {
		return
	}
	d.say(incident, step{
		phase: uptime.Investigating, reason: uptime.NewsOfState, held: d.flapping(incident),
		body: "It was not a recovery. " + d.failing(),
	})
}

// recovered is the end of a component's outage: of the incident as well, if
// nothing else is down in it.
func (d *decision) recovered(incident uptime.Incident) {
	if !d.last(incident) {
		if Many(incident) {
			return // they are counted
		}
		others := d.down(incident)
		s := step{phase: incident.Phase, reason: uptime.NewsOfState, held: d.flapping(incident)}
		s.body = d.back() + " Still down: " + d.names(others) + "."
		if d.follows(incident) {
			s.held = uptime.HeldDependsOn
		}
		d.say(incident, s)
		return
	}
	name := d.event.Component.Name
	switch {
	case d.scene.Stated(incident.ID):
		d.say(incident, step{
			phase: uptime.Monitoring, reason: uptime.NewsOfState, held: d.flapping(incident),
			body: d.back() + " Somebody sees more than the checks do, so this stays open until they end it.",
		})
	case d.event.Kind == Recovered && d.wavers(incident):
		d.say(incident, step{
			phase: uptime.Monitoring, reason: uptime.NewsOfState, held: d.flapping(incident),
			body: fmt.Sprintf("Checks pass since %s, but %s has gone up and down often. It counts as resolved after %d quiet minutes.",
				d.clock(), name, int(QuietTime.Minutes())),
		})
	case len(incident.Components) > 1:
		d.resolve(incident, d.back()+" Nothing is down any more.")
	default:
		d.resolve(incident, d.back())
	}
}

// back says that the event's component is not down any more.
func (d *decision) back() string {
	if d.event.Kind == Cleared {
		return "No check finds " + d.event.Component.Name + " down any more."
	}
	return fmt.Sprintf("%s is up again: checks pass since %s.", d.event.Component.Name, d.clock())
}

// wavers tells whether one of the incident's components has gone up and down
// often lately.
func (d *decision) wavers(incident uptime.Incident) bool {
	for _, id := range incident.Components {
		if d.scene.Part(id).Flapping {
			return true
		}
	}
	return false
}

// resolve ends the incident with the first good look of the component that came
// back last.
func (d *decision) resolve(incident uptime.Incident, body string) {
	incident.ResolvedAt = latest(d.event.At, incident.StartedAt)
	for _, id := range incident.Components {
		incident.ResolvedAt = latest(incident.ResolvedAt, d.scene.Part(id).Recovered)
	}
	d.say(incident, step{phase: uptime.Resolved, body: body, reason: uptime.Recovered})
}

// quiet ends an incident that was watched for long enough after its components
// came back.
func (d *decision) quiet(incident uptime.Incident) {
	if incident.Phase == uptime.Monitoring && !d.scene.Stated(incident.ID) && d.last(incident) {
		d.resolve(incident, "No check has failed since "+d.clock()+".")
	}
}

func (d *decision) unwatched(incident uptime.Incident) {
	incident.ResolvedAt = d.now
	d.say(incident, step{
		phase: uptime.Resolved, reason: uptime.NewsOfState,
		body: "This is no longer watched. The incident was closed without a confirmed recovery.",
	})
}

// regraded gives an incident the tier that a component of it has come to have.
func (d *decision) regraded(incident uptime.Incident) {
	draft := incident.Draft()
	if !d.raise(&incident, TierOf(d.event.Component.Importance)) {
		return
	}
	s := step{phase: incident.Phase, reason: uptime.NewsOfState}
	s.body = fmt.Sprintf("This is a Tier %d incident from now on, because %s counts as %s.",
		incident.Tier, d.event.Component.Name, d.event.Component.Importance)
	if draft && !incident.Draft() {
		s.reason = uptime.WentDown
	}
	d.say(incident, s)
}

// counted tells how many of an incident's many components are down, unless the
// last that was told is the same.
func (d *decision) counted(incident uptime.Incident) {
	down := d.down(incident)
	if len(down) == 0 || !Many(incident) {
		return // its end is told when it has come
	}
	all, up := len(incident.Components), 0
	for _, id := range incident.Components {
		if part := d.scene.Part(id); !part.Down && (part.State == uptime.Up || part.State == uptime.Degraded) {
			up++
		}
	}
	s := step{phase: ongoing(incident), reason: uptime.NewsOfState}
	switch {
	case up > 0:
		s.body = fmt.Sprintf("%d of %d components are up again. Still down: %s.", up, all, d.names(down))
	case len(down) < all:
		s.body = fmt.Sprintf("%d of %d components are down: %s.", len(down), all, d.names(down))
	default:
		s.body = fmt.Sprintf("%d components are down: %s.", all, d.names(down))
	}
	for i := len(incident.Updates) - 1; i >= 0; i-- {
		if u := incident.Updates[i]; u.Automatic {
			if u.Body == s.body {
				return
			}
			break
		}
	}
	if !isCount(incident.Title) && d.scene.Part(incident.Components[0]).Down {
		s.held = uptime.HeldDependsOn
	}
	d.say(incident, s)
}

// tired tells whether an incident has wavered so often between investigating
// and monitoring that further single checks are no news.
func tired(incident uptime.Incident) bool {
	const enough = 6
	return phases(incident, uptime.Monitoring) >= enough
}

// phases is how often an incident has come to a phase by itself.
func phases(incident uptime.Incident, phase uptime.IncidentPhase) (n int) {
	for _, u := range incident.Updates {
		if u.Automatic && u.Phase == phase {
			n++
		}
	}
	return n
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
