package incidents

import (
	"context"
	"errors"
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
	if once != nil {
		if incident, err := s.repeated(ctx, once); !errors.Is(err, errFirst) {
			return incident, err
		}
	}
	var lost error
	for range attempts {
		changes, incident, err := decide(ctx)
		if err != nil {
			return uptime.Incident{}, err
		}
		if once != nil {
			key := *once
			key.Result = string(incident.ID)
			changes.Once = &key
		}
		if changes.Empty() {
			return incident, nil
		}
		switch err := s.o.Ledger.Apply(ctx, changes); {
		case err == nil:
			s.applied(changes)
			return incident, nil
		case errors.Is(err, uptime.ErrRepeated): // by the same client, at the same time
			return s.repeated(ctx, once)
		case !errors.Is(err, uptime.ErrConflict):
			return uptime.Incident{}, err
		default:
			lost = err
		}
	}
	return uptime.Incident{}, fmt.Errorf("somebody else was first %d times, try again: %w", attempts, lost)
}

// errFirst says that nothing was done under a key yet.
var errFirst = errors.New("not done yet")

// repeated is the incident that was made or changed under a key. It tells the
// caller so by the key's result.
func (s *Service) repeated(ctx context.Context, once *uptime.Once) (uptime.Incident, error) {
	done, err := s.o.Ledger.OnceResult(ctx, once.Key)
	switch {
	case errors.Is(err, uptime.ErrNotFound):
		return uptime.Incident{}, errFirst
	case err != nil:
		return uptime.Incident{}, err
	case done.Digest != once.Digest:
		return uptime.Incident{}, fmt.Errorf("use a new key for a new request: %w", uptime.ErrKeyReused)
	}
	once.Result = done.Result
	return s.o.Ledger.Incident(ctx, uptime.IncidentID(done.Result))
}

func (s *Service) applied(changes uptime.Changes) {
	if s.o.Applied != nil {
		s.o.Applied(changes)
	}
}
