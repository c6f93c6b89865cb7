package monitoring

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
)

// inForce is what the decider needs of a catalogue. It does not change.
type inForce struct {
	components map[uptime.ComponentID]uptime.Component
	dependents map[uptime.ComponentID][]uptime.ComponentID
	zone       *time.Location // of the page
}

func newInForce(catalogue uptime.Catalogue) *inForce {
	f := &inForce{
		components: make(map[uptime.ComponentID]uptime.Component, len(catalogue.Components)),
		dependents: map[uptime.ComponentID][]uptime.ComponentID{},
		zone:       catalogue.Page.Zone,
	}
	for _, c := range catalogue.Components {
		f.components[c.ID] = c
		for _, on := range c.DependsOn {
			f.dependents[on] = append(f.dependents[on], c.ID)
		}
	}
	return f
}

// memory is what the decider holds of what was decided before.
type memory struct {
	states  map[uptime.MonitorID]uptime.State
	seen    map[uptime.MonitorID]bool // whose state is known, by a look of this process
	beliefs map[uptime.ComponentID]belief
	known   map[uptime.IncidentID]uptime.Incident      // automatic ones, open or resolved lately
	homes   map[uptime.ComponentID][]uptime.IncidentID // those that a component is in
	counted map[uptime.IncidentID]time.Time            // when one was last asked how many are down
	outages []outage                                   // the newest that were no others' effects
	stated  map[uptime.IncidentID]bool                 // by a person: something is worse than measured
}

func newMemory() memory {
	return memory{
		states:  map[uptime.MonitorID]uptime.State{},
		seen:    map[uptime.MonitorID]bool{},
		beliefs: map[uptime.ComponentID]belief{},
		known:   map[uptime.IncidentID]uptime.Incident{},
		homes:   map[uptime.ComponentID][]uptime.IncidentID{},
		counted: map[uptime.IncidentID]time.Time{},
		stated:  map[uptime.IncidentID]bool{},
	}
}

// belief is what the decider holds of one component.
type belief struct {
	down      bool
	changes   []time.Time // confirmed, the newest last
	recovered time.Time   // since when the monitor is up that came back last
	outage    turn        // that took it down, while it is down
	told      bool        // that outage was decided on
	rising    bool        // while it is down: looks pass again, and that is not confirmed
}

// watching sets the catalogue in force.
func (d *decider) watching(catalogue uptime.Catalogue) {
	force := newInForce(catalogue)
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, c := range force.components {
		old, watched := d.force.components[id]
		if _, waits := d.regraded[id]; watched && !waits && old.Importance != c.Importance {
			d.regraded[id] = old.Importance
		}
	}
	d.force = force
}

func (d *decider) inForce() *inForce {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.force
}

// restore takes up where the last process stopped: the states that it believed
// and the incidents that it left.
func (d *decider) restore(ctx context.Context, states map[uptime.MonitorID]uptime.State, since map[uptime.MonitorID]time.Time, catalogue uptime.Catalogue) error {
	d.watching(catalogue)
	d.states = states
	p := newPlan(d)
	for _, c := range catalogue.Components {
		b := belief{down: p.worst(c) == uptime.Down}
		for _, m := range c.Monitors {
			switch at := since[m]; {
			case isUp(states[m]):
				b.recovered = later(b.recovered, at)
			case states[m] == uptime.Down && (b.outage.at.IsZero() || at.Before(b.outage.at)):
				b.outage = turn{at: at}
			}
		}
		d.beliefs[c.ID] = b
	}
	if err := d.recall(ctx, d.now()); err != nil {
		return err
	}
	p = newPlan(d)
	for id, b := range d.beliefs {
		until, _ := p.cover.until(id, b.outage.at)
		covered := until.After(b.outage.at)
		for _, incident := range p.Automatic(id) {
			b.told = b.told || tells(incident, b.outage.at, covered)
			if len(incident.Components) == 1 && len(b.changes) == 0 {
				for _, u := range incident.Updates {
					b.changes = append(b.changes, u.At)
				}
			}
		}
		d.beliefs[id] = b
	}
	d.showDown()
	return nil
}

// tells tells whether an incident of the component's tells of its outage. Where
// announced work covers how that began, one that was open before does not.
func tells(incident uptime.Incident, outage time.Time, covered bool) bool {
	if incident.Open() {
		return !covered || !incident.StartedAt.Before(outage)
	}
	return !incident.ResolvedAt.Before(outage)
}

// recall reads the incidents that a decision about what has happened since may
// depend on, or about an outage that still lasts.
func (d *decider) recall(ctx context.Context, since time.Time) error {
	for _, b := range d.beliefs {
		if at := b.outage.at; b.down && !at.IsZero() && at.Before(since) {
			since = at
		}
	}
	recent, err := d.ledger.AutomaticIncidents(ctx, since.Add(-2*incidents.QuietTime))
	if err != nil {
		return err
	}
	recent = slices.DeleteFunc(recent, func(i uptime.Incident) bool { return ofAlerts(i.ID) }) // decided elsewhere
	stated := map[uptime.IncidentID]bool{}
	for _, incident := range recent {
		if incident.Open() && slices.ContainsFunc(incident.Updates, func(u uptime.Update) bool { return !u.Automatic }) {
			statements, err := d.ledger.StatementsOf(ctx, incident.ID)
			if err != nil {
				return err
			}
			stated[incident.ID] = slices.ContainsFunc(statements, func(s uptime.Statement) bool { return s.To.IsZero() })
		}
	}
	clear(d.known)
	clear(d.homes)
	d.stated = stated
	for _, incident := range recent {
		d.known[incident.ID] = incident
		for _, c := range incident.Components {
			d.homes[c] = append(d.homes[c], incident.ID)
		}
	}
	d.publish()
	return nil
}

// heed takes in the open incidents as they were read: where people have changed
// one, the decider reads all of them anew in its next round.
func (d *decider) heed(open []uptime.Incident) {
	d.mu.Lock()
	d.listed = open
	d.mu.Unlock()
}

// reread reads the incidents anew where those that were listed are not those
// that are known.
func (d *decider) reread(ctx context.Context) {
	d.mu.Lock()
	listed := d.listed
	d.listed = nil
	d.mu.Unlock()
	if listed == nil || !d.differs(listed) {
		return
	}
	if err := d.recall(ctx, d.now()); err != nil && ctx.Err() == nil {
		d.log.Warn("incidents that people have changed cannot be read; it is tried again", "error", err)
	}
}

func (d *decider) differs(listed []uptime.Incident) bool {
	open := map[uptime.IncidentID]bool{}
	for _, incident := range listed {
		open[incident.ID] = true
		if held, known := d.known[incident.ID]; incident.Automatic && !ofAlerts(incident.ID) && (!known || held.Version < incident.Version) {
			return true
		}
	}
	for id, incident := range d.known {
		if incident.Open() && !open[id] {
			return true
		}
	}
	return false
}

// forget lets go of incidents that no decision depends on any more.
func (d *decider) forget(now time.Time) {
	for id, incident := range d.known {
		if incident.Open() || now.Sub(incident.ResolvedAt) < 4*incidents.QuietTime {
			continue
		}
		delete(d.known, id)
		delete(d.counted, id)
		for _, c := range incident.Components {
			d.homes[c] = slices.DeleteFunc(slices.Clone(d.homes[c]), func(home uptime.IncidentID) bool { return home == id })
			if len(d.homes[c]) == 0 {
				delete(d.homes, c)
			}
		}
	}
}

// openByTier counts the open automatic incidents, drafts as well. It reads a
// copy that each commit leaves behind.
func (d *decider) openByTier() map[uptime.Tier]int {
	if held := d.open.Load(); held != nil {
		return *held
	}
	return nil
}

// publish leaves the copy behind.
func (d *decider) publish() {
	counts := map[uptime.Tier]int{}
	for _, incident := range d.known {
		if incident.Open() {
			counts[incident.Tier]++
		}
	}
	d.open.Store(&counts)
}

// newestFirst orders incidents as incidents.Scene wants them.
func newestFirst(a, b uptime.Incident) int {
	if a.Open() != b.Open() {
		if a.Open() {
			return -1
		}
		return 1
	}
	return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
}

// worstOf is the state of what is as good as the worst of its monitors.
func worstOf(monitors []uptime.MonitorID, state func(uptime.MonitorID) uptime.State) uptime.State {
	if len(monitors) == 0 {
		return uptime.Unknown
	}
	worst := state(monitors[0])
	for _, m := range monitors[1:] {
		worst = verdict.Worst(worst, state(m))
	}
	return worst
}
