package incidents

import (
	"context"
	"fmt"

	"github.com/upheld/upheld/internal/uptime"
)

// order is who wants something of which incident.
type order struct {
	by     uptime.Actor
	id     uptime.IncidentID
	expect int64
	once   *uptime.Once
	need   func(uptime.Incident) uptime.Role
}

// act carries out a step on an incident that exists.
func (s *Service) act(ctx context.Context, o order, step func(known) (move, error)) (uptime.Incident, error) {
	if err := allow(o.by, uptime.Responder); err != nil { // who may change nothing learns nothing
		return uptime.Incident{}, err
	}
	return s.run(ctx, o.once, func(ctx context.Context) (uptime.Changes, uptime.Incident, error) {
		return s.decide(ctx, o, step)
	})
}

// decide reads what is known and decides on it.
func (s *Service) decide(ctx context.Context, o order, step func(known) (move, error)) (uptime.Changes, uptime.Incident, error) {
	incident, err := s.o.Ledger.Incident(ctx, o.id)
	if err != nil {
		return uptime.Changes{}, uptime.Incident{}, err
	}
	if err := allow(o.by, o.need(incident)); err != nil {
		return uptime.Changes{}, uptime.Incident{}, err
	}
	if o.expect > 0 && o.expect != incident.Version {
		return uptime.Changes{}, uptime.Incident{}, fmt.Errorf("incident %s is at version %d and not at %d: read it again: %w",
			o.id, incident.Version, o.expect, uptime.ErrConflict)
	}
	statements, err := s.o.Ledger.StatementsOf(ctx, o.id)
	if err != nil {
		return uptime.Changes{}, uptime.Incident{}, err
	}
	rules := s.o.Rules()
	k := known{incident: incident, statements: statements, catalogue: rules.Catalogue, by: o.by, now: whole(s.o.Now())}
	m, err := step(k)
	if err != nil {
		return uptime.Changes{}, uptime.Incident{}, err
	}
	return s.decided(m, k, rules)
}

// run decides and writes until nobody else was first, or, under a key that was
// used, answers what came of it.
func (s *Service) run(
	ctx context.Context, once *uptime.Once, decide func(context.Context) (uptime.Changes, uptime.Incident, error),
) (uptime.Incident, error) {
	w := writer[uptime.Incident]{
		ledger: s.o.Ledger, applied: s.o.Applied,
		id: func(i uptime.Incident) string { return string(i.ID) },
		read: func(ctx context.Context, id string) (uptime.Incident, error) {
			return s.o.Ledger.Incident(ctx, uptime.IncidentID(id))
		},
	}
	return w.run(ctx, once, decide)
}

func (s *Service) applied(changes uptime.Changes) {
	if s.o.Applied != nil {
		s.o.Applied(changes)
	}
}
