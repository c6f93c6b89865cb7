// Package incidents holds the life cycle of incidents. Its decisions are pure:
// they are handed what is known and the time, and return uptime.Changes for
// somebody else to apply. It does not watch, store or send.
package incidents

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// QuietTime is how long a component must have been quiet before its last
// outage and the next one count as two incidents.
const QuietTime = 15 * time.Minute

// Few is the number of components up to which an incident tells of each of them
// as it fails and comes back. Of more it tells how many there are, now and then.
const Few = 5

// Kind says what happened.
type Kind uint8

// The kinds of event. The first five and Regraded are about a component, the
// others about an incident.
const (
	WentDown   Kind = iota // confirmed
	Recovering             // a first look passed; not confirmed yet
	Relapsed               // a look failed before the recovery was confirmed
	Recovered              // confirmed
	Cleared                // nothing that is looked at finds it down any more; no turn told so
	Regraded               // its importance has changed while it is down
	Quiet                  // time has passed since the last change
	Unwatched              // nobody looks at any of its components any more
	Counted                // it is time to say how many are down
)

// Event is a change of one component's health, or something about an incident
// that time has brought.
type Event struct {
	Kind      Kind
	Component uptime.Component  // of the kinds that are about one
	Incident  uptime.IncidentID // of the other kinds
	At        time.Time         // when it began: backdated to the first look of the run
	Confirmed time.Time         // when the look began that confirmed it; zero: now
	Began     time.Time         // of WentDown: before At, during announced work that ended then; zero: at At
	Code      uptime.Code
	Facts     uptime.Facts
	Looks     int               // how many looks in a row were needed to believe it
	Was       uptime.Importance // of Regraded: until now
}

// detected is when the event was confirmed. It may have waited for the database
// since.
func (e Event) detected(now time.Time) time.Time {
	if e.Confirmed.IsZero() {
		return now
	}
	return e.Confirmed
}

// Part is what is believed of one component, as of the event.
type Part struct {
	Component uptime.Component
	Watched   bool         // in the configuration in force; else only the id is known
	State     uptime.State // as it is told
	Down      bool         // confirmed, and the end of it is not
	Recovered time.Time    // since when it is up, backdated; zero: not known
	Flapping  bool         // it went up and down often lately (verdict.Flapping)
}

// Scene is what is known around an event, the event itself included.
type Scene interface {
	// Part is what is believed of a component.
	Part(id uptime.ComponentID) Part
	// Dependents are the components that depend on this one directly.
	Dependents(id uptime.ComponentID) []uptime.ComponentID
	// Automatic are the automatic incidents of a component that are open or were
	// resolved lately: open ones first, then by start, the newest first.
	Automatic(id uptime.ComponentID) []uptime.Incident
	// Incident is one of them.
	Incident(id uptime.IncidentID) (uptime.Incident, bool)
	// Stated tells whether a person says of a component of the incident that it is
	// worse than what is measured.
	Stated(id uptime.IncidentID) bool
	// Storm tells whether outages come so thick at that time that a further one is
	// no incident of its own, and the open incident that takes it in: empty if one
	// has to begin.
	Storm(at time.Time) (takes uptime.IncidentID, storming bool)
}

// Terms are what the operators have laid down.
type Terms struct {
	Rules  notice.Rules
	Policy Policy
	Zone   *time.Location // of the times in the public's sentences; nil: UTC
}

// Policy says of which tiers automatic incidents are published at once. The
// others open as drafts. A tier that it does not name follows the default: Tier
// 1 alone is published.
type Policy map[uptime.Tier]bool

// Publishes tells whether an automatic incident of that tier is published at
// once.
func (p Policy) Publishes(tier uptime.Tier) bool {
	if publishes, named := p[tier]; named {
		return publishes
	}
	return tier == 1
}

// decision is one event on its way to changes.
type decision struct {
	scene   Scene
	terms   Terms
	event   Event
	now     time.Time
	changes uptime.Changes
}

// Decide says what an event does to the automatic incidents. The same event
// decided again, when its changes are known, changes nothing.
func Decide(scene Scene, terms Terms, event Event, now time.Time) uptime.Changes {
	d := &decision{scene: scene, terms: terms, event: event, now: now}
	if event.Kind == WentDown {
		d.wentDown()
		return d.changes
	}
	incident, open := d.subject()
	if !open {
		return uptime.Changes{}
	}
	switch event.Kind {
	case Recovering:
		d.recovering(incident)
	case Relapsed:
		d.relapsed(incident)
	case Recovered, Cleared:
		d.recovered(incident)
	case Regraded:
		d.regraded(incident)
	case Quiet:
		d.quiet(incident)
	case Unwatched:
		d.unwatched(incident)
	case Counted:
		d.counted(incident)
	case WentDown: // above
	}
	return d.changes
}

// subject is the open incident that the event is about. What was before it began,
// or stands in another one, is news that is decided on again.
func (d *decision) subject() (incident uptime.Incident, open bool) {
	if d.event.Incident != "" {
		incident, _ = d.scene.Incident(d.event.Incident)
		return incident, incident.ID != "" && incident.Open()
	}
	lately := d.scene.Automatic(d.event.Component.ID)
	if len(lately) == 0 || slices.ContainsFunc(lately, d.said) {
		return uptime.Incident{}, false
	}
	return lately[0], lately[0].Open() && !d.event.At.Before(lately[0].StartedAt)
}
