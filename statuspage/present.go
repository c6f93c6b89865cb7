package statuspage

import (
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
)

// TooOld is the age from which on the page's documents are too old to be told:
// its loop, which makes them again at least every quarter of a minute, is stuck.
const TooOld = stale

// Present is how everything on the page stands at an instant: as readers meet it,
// and with what has expired since the newest edition taken for unknown.
type Present struct {
	// States are those of every component.
	States map[uptime.ComponentID]uptime.State
	// Working tells, of the components that an open published plan names, whether
	// announced work goes on there and its window has not ended: work that overruns
	// covers nothing any more.
	Working  map[uptime.ComponentID]bool
	Services []ServicePresent // in the order of the configuration
	// Record is what the newest edition knows of the record; nil: it could not be
	// read, not once.
	Record *RecordPresent
}

// ServicePresent is how one service stands at an instant.
type ServicePresent struct {
	Service uptime.ServiceID
	State   uptime.State
	// Unavailable is the share of the service, 0 to 1, that this instant counts as
	// bad for the commitment figure. Nil: it does not count, being unknown or
	// excluded.
	Unavailable *big.Rat
	Excluded    bool // from the commitment figure
}

// Present is how everything stands at now. It is worked out from memory, without
// making an edition and without waiting for anybody: the states from what is
// believed at now, what people said and announced from the newest edition. False:
// there is no edition yet.
func (p *Publisher) Present(now time.Time) (Present, bool) {
	e := p.edition.Load()
	if e == nil {
		return Present{}, false
	}
	return e.book.presentAt(p.catalogue.Load(), p.live.Healths(), now), true
}

func (b *book) presentAt(catalogue *uptime.Catalogue, healths []uptime.Health, now time.Time) Present {
	working := b.workingOn(underway)
	covered := b.workingOn(func(p uptime.Plan) bool { return underway(p) && now.Before(p.Now().To) })
	counted := b.statesAt(catalogue, healths, now)
	present := Present{States: make(map[uptime.ComponentID]uptime.State, len(counted)), Working: covered, Record: b.recordPresent(now)}
	for id, state := range counted {
		if state == uptime.Up && working[id] {
			state = uptime.Maintenance
		}
		present.States[id] = state
	}
	excluded := b.agreed.byComponent(b.in.Plans, calendar.Span{From: now, To: now.Add(1)})
	for _, s := range catalogue.Services {
		parts := partsAt(s, now, func(id uptime.ComponentID) uptime.State { return counted[id] }, excluded)
		on := func(id uptime.ComponentID) bool { return working[id] }
		own := ServicePresent{Service: s.ID, State: stateOfParts(s, now, parts, on)}
		own.Unavailable, own.Excluded = countInstant(s, now, parts)
		present.Services = append(present.Services, own)
	}
	return present
}

// statesAt are the components' states as figures count them: the worst of what is
// believed of the monitors and of what people say, and unknown where either of two
// monitors is not known and neither is bad.
func (b *book) statesAt(catalogue *uptime.Catalogue, healths []uptime.Health, now time.Time) map[uptime.ComponentID]uptime.State {
	believed := make(map[uptime.MonitorID]uptime.State, len(healths))
	for _, h := range healths {
		state := h.At(now)
		if other, several := believed[h.Monitor]; several {
			state = verdict.Worst(state, other)
		}
		believed[h.Monitor] = state
	}
	out := make(map[uptime.ComponentID]uptime.State, len(catalogue.Components))
	for _, c := range catalogue.Components {
		worst := uptime.Unknown
		for i, id := range c.Monitors {
			if state := believed[id]; i == 0 || state.Worse(worst) {
				worst = state
			}
		}
		for _, said := range b.ledger.said[c.ID] {
			holds := !said.From.After(now) && (said.To.IsZero() || now.Before(said.To))
			if holds && said.State.Worse(worst) {
				worst = said.State
			}
		}
		out[c.ID] = worst
	}
	return out
}

// workingOn are the components that an open plan names, and whether one of these
// plans is such.
func (b *book) workingOn(such func(uptime.Plan) bool) map[uptime.ComponentID]bool {
	out := make(map[uptime.ComponentID]bool)
	for _, p := range b.in.Plans {
		if p.Open() {
			for _, id := range p.Components {
				out[id] = out[id] || such(p)
			}
		}
	}
	return out
}

// partsAt are a service's components at one instant, with what is excluded of them.
func partsAt(s uptime.Service, now time.Time, state func(uptime.ComponentID) uptime.State, excluded map[uptime.ComponentID]calendar.Spans) []availability.Part {
	instant := calendar.Span{From: now, To: now.Add(1)}
	parts := make([]availability.Part, len(s.Components))
	line := make(availability.Timeline, len(s.Components))
	for i, id := range s.Components {
		line[i] = availability.Stretch{Span: instant, State: state(id)}
		parts[i] = availability.Part{Timeline: line[i : i+1 : i+1], Excluded: excluded[id]}
	}
	return parts
}

// stateOfParts is a service's state out of its parts at an instant. Where it is up
// while announced work goes on, it is in maintenance.
func stateOfParts(s uptime.Service, now time.Time, parts []availability.Part, on func(uptime.ComponentID) bool) uptime.State {
	instant := calendar.Span{From: now, To: now.Add(1)}
	state := availability.Compose(s.Composition, instant, parts, standard.Weights).At(now)
	if state == uptime.Up && workedOn(s, on) {
		return uptime.Maintenance
	}
	return state
}

// countInstant counts one instant of a service for its commitment figure.
func countInstant(s uptime.Service, now time.Time, parts []availability.Part) (unavailable *big.Rat, excluded bool) {
	line, free := availability.Agreed(s.Composition, calendar.Span{From: now, To: now.Add(1)}, parts, standard.Weights)
	m := availability.Count(line, free, standard)
	if a := m.Availability(); a != nil {
		unavailable = a.Sub(big.NewRat(1, 1), a)
	}
	return unavailable, m.Excluded > 0
}
