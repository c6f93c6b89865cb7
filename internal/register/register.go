// Package register keeps the register of promises: the evidence that people add,
// the entries that broken promises open, the alerts of budgets that burn too
// fast, and the versions of policies. How promises stand is handed to it; what
// follows of that is decided here, and written whole.
package register

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// Store is where the register is kept.
type Store interface {
	// PolicyVersions are all that were ever recorded.
	PolicyVersions(ctx context.Context) ([]uptime.PolicyVersion, error)
	// Evidence is all that stands.
	Evidence(ctx context.Context) ([]uptime.Evidence, error)
	// NonCompliances are all entries, the closed ones among them.
	NonCompliances(ctx context.Context) ([]uptime.NonCompliance, error)
	// Alerts are those that last.
	Alerts(ctx context.Context) ([]uptime.Alert, error)
	// OnceResult is what was done under a key, or uptime.ErrNotFound.
	OnceResult(ctx context.Context, key string) (uptime.Once, error)
	// Apply makes all of the changes or none, see uptime.Changes.
	Apply(ctx context.Context, changes uptime.Changes) error
}

// Options are what a Service needs. All of them are needed but Applied.
type Options struct {
	Store  Store
	Rules  func() notice.Rules // those in force, with the catalogue
	Now    func() time.Time
	Random io.Reader // for ids
	// Applied is called after every change, before the method returns.
	Applied func(uptime.Changes)
}

// Service is the register. Each change is decided on what is true at that
// moment, and written whole, with what people are owed and an entry of the audit
// log of whoever did it. When somebody else was first it is decided anew.
//
// Its errors are Invalid for what was entered, uptime.ErrForbidden,
// uptime.ErrNotFound, uptime.ErrConflict (the version that was expected is no
// longer the newest), uptime.ErrKeyReused, or the store's. Tick may be called by one at a time;
// everything else by any number.
type Service struct {
	o Options
	// calm is since when each alert that lasts has been clear, and told which
	// reminders were planned. Both are lost with the process: an alert then ends a
	// little later, and what was planned again is known to the store.
	calm map[string]time.Time
	told map[string]bool
}

// New makes a register.
func New(o Options) *Service {
	return &Service{o: o, calm: map[string]time.Time{}, told: map[string]bool{}}
}

// attempts is how often a change is decided on before somebody else being first
// every time is an error.
const attempts = 5

// write decides and writes until nobody else was first. A decision without
// changes writes nothing.
func (s *Service) write(ctx context.Context, decide func(context.Context) (uptime.Changes, error)) error {
	var lost error
	for range attempts {
		changes, err := decide(ctx)
		if err != nil || changes.Empty() {
			return err
		}
		switch err := s.o.Store.Apply(ctx, changes); {
		case err == nil:
			if s.o.Applied != nil {
				s.o.Applied(changes)
			}
			return nil
		case !errors.Is(err, uptime.ErrConflict):
			return err
		default:
			lost = err
		}
	}
	return fmt.Errorf("somebody else was first %d times, try again: %w", attempts, lost)
}

// now is the time as it is kept: UTC, in whole milliseconds.
func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Millisecond) }

// The facts of notices about promises, by which messages are written.
const (
	FactPromise  = "promise"  // its id
	FactSays     = "says"     // the promise in its own words
	FactCase     = "case"     // in which it was broken
	FactEntry    = "entry"    // id of the entry of non-compliance
	FactOwner    = "owner"    // who answers for it
	FactDue      = "due"      // a day: "2026-12-31"
	FactSeverity = "severity" // of an alert: page or ticket
	FactRule     = "rule"     // of an alert
	FactSet      = "set"      // of jobs
)

// Tick opens and closes what follows from how promises stand at this moment: an
// entry of non-compliance for each case in which a firm promise was broken, once;
// alerts of budgets; reminders of dated things; missed copies. What was told is
// not told again. burns are nil where nothing was measured yet: then no alert
// begins or ends.
func (s *Service) Tick(ctx context.Context, standings []uptime.Standing, burns []uptime.Burn) error {
	var reminders []string
	err := s.write(ctx, func(ctx context.Context) (uptime.Changes, error) {
		entries, err := s.o.Store.NonCompliances(ctx)
		if err != nil {
			return uptime.Changes{}, err
		}
		alerts, err := s.o.Store.Alerts(ctx)
		if err != nil {
			return uptime.Changes{}, err
		}
		evidence, err := s.o.Store.Evidence(ctx)
		if err != nil {
			return uptime.Changes{}, err
		}
		d := decision{rules: s.o.Rules(), now: s.now()}
		d.open(standings, entries)
		d.burn(burns, alerts, s.calm)
		d.remind(standings, evidence, s.told)
		reminders = d.reminders
		return d.changes, nil
	})
	if err != nil {
		return fmt.Errorf("keeping the register: %w", err)
	}
	for _, id := range reminders {
		s.told[id] = true
	}
	return nil
}

// decision is what a tick comes to.
type decision struct {
	rules     notice.Rules
	now       time.Time
	changes   uptime.Changes
	reminders []string // ids of those that are told now
}

// tell owes the operators a notice.
func (d *decision) tell(e notice.Event) {
	d.changes.Outbox = append(d.changes.Outbox, notice.Plan(d.rules, e, d.now))
}
