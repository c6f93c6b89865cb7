package incidents

import (
	"cmp"
	"slices"

	"github.com/upheld/upheld/internal/uptime"
)

// above walks through what a component depends on, directly and then not, and
// ends with the first that is wanted. Circles are walked once.
func (d *decision) above(id uptime.ComponentID, wanted func(Part) bool) (Part, bool) {
	seen := map[uptime.ComponentID]bool{id: true}
	next := d.scene.Part(id).Component.DependsOn
	for len(next) > 0 {
		var further []uptime.ComponentID
		for _, id := range next {
			if seen[id] {
				continue
			}
			seen[id] = true
			part := d.scene.Part(id)
			if wanted(part) {
				return part, true
			}
			further = append(further, part.Component.DependsOn...)
		}
		next = further
	}
	return Part{}, false
}

// below is what depends on the event's component, directly or not, itself
// included.
func (d *decision) below() (order []uptime.ComponentID, all map[uptime.ComponentID]bool) {
	order = []uptime.ComponentID{d.event.Component.ID}
	all = map[uptime.ComponentID]bool{order[0]: true}
	for i := 0; i < len(order); i++ {
		for _, id := range d.scene.Dependents(order[i]) {
			if !all[id] {
				all[id] = true
				order = append(order, id)
			}
		}
	}
	return order, all
}

// cause is the nearest component that the event's depends on, is down and has an
// open incident.
func (d *decision) cause() (cause uptime.Component, incident uptime.Incident, found bool) {
	part, found := d.above(d.event.Component.ID, func(p Part) bool {
		if !p.Watched || !p.Down {
			return false
		}
		lately := d.scene.Automatic(p.Component.ID)
		if len(lately) == 0 || !lately[0].Open() {
			return false
		}
		incident = lately[0]
		return true
	})
	return part.Component, incident, found
}

// follows tells whether the event's component depends on one that is down and
// belongs to the incident.
func (d *decision) follows(incident uptime.Incident) bool {
	_, found := d.above(d.event.Component.ID, func(p Part) bool { return p.Down && incident.Touches(p.Component.ID) })
	return found
}

// effects are the open incidents that the outage explains: whatever is down in
// them depends on the event's component. The first is the one to go on with;
// further ones are left out where people have taken them over.
func (d *decision) effects() (effects []uptime.Incident) {
	order, depends := d.below()
	known := map[uptime.IncidentID]bool{}
	for _, id := range order[1:] {
		lately := d.scene.Automatic(id)
		if len(lately) == 0 || !lately[0].Open() || known[lately[0].ID] || !d.scene.Part(id).Down {
			continue
		}
		incident := lately[0]
		known[incident.ID] = true
		explained := func(id uptime.ComponentID) bool { return depends[id] || !d.scene.Part(id).Down }
		if !slices.ContainsFunc(incident.Components, func(id uptime.ComponentID) bool { return !explained(id) }) {
			effects = append(effects, incident)
		}
	}
	slices.SortFunc(effects, preferred)
	for i := len(effects) - 1; i > 0; i-- {
		if !d.titled(effects[i]) || slices.ContainsFunc(effects[i].Updates, byPerson) {
			effects = slices.Delete(effects, i, i+1)
		}
	}
	return effects
}

// preferred orders incidents with one cause: what the public has seen, then what
// people have taken over, then the gravest, then the oldest.
func preferred(a, b uptime.Incident) int {
	first := func(a, b bool) int {
		switch {
		case a == b:
			return 0
		case a:
			return -1
		}
		return 1
	}
	return cmp.Or(
		first(!a.Draft(), !b.Draft()),
		first(slices.ContainsFunc(a.Updates, byPerson), slices.ContainsFunc(b.Updates, byPerson)),
		cmp.Compare(a.Tier, b.Tier), a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID),
	)
}

func byPerson(u uptime.Update) bool { return !u.Automatic }

// last tells whether nothing is down in the incident but the event's component.
// What fails in an order comes back in that order or in the other one: with
// both ends first, the look at thousands is over soon.
func (d *decision) last(incident uptime.Incident) bool {
	down := func(id uptime.ComponentID) bool { return id != d.event.Component.ID && d.scene.Part(id).Down }
	all := incident.Components
	for n := range (len(all) + 1) / 2 {
		if down(all[n]) || down(all[len(all)-1-n]) {
			return false
		}
	}
	return true
}

// down are components of the incident that are down, without the event's own.
func (d *decision) down(incident uptime.Incident) (down []uptime.ComponentID) {
	for _, id := range incident.Components {
		if id != d.event.Component.ID && d.scene.Part(id).Down {
			down = append(down, id)
		}
	}
	return down
}
