package monitoring

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

// reportEvery is how often it is asked at least what alerts come to, beside
// whenever a message came. reportTime bounds one round, and reportSteps the
// transactions in it.
const (
	reportEvery = 5 * time.Second
	reportTime  = 10 * time.Second
	reportSteps = 20
)

// reported makes incidents of alerts by the rules in force. It decides from what
// the store knows of the alerts and of the incidents, so that whatever a crash cut
// short is decided by the next process. It has a loop of its own, because it reads
// the database and the decider must not wait for that.
type reported struct {
	engine *Engine
	wake   chan struct{}

	mu     sync.Mutex
	rules  []uptime.AlertRule
	listed []uptime.Incident // open ones, as somebody read them lately

	known  map[uptime.IncidentID]uptime.Incident // nil: they are to be read
	stated map[uptime.IncidentID]bool
	held   map[string]bool // rows of the ledger that this process wrote of what announced work holds back
	failed bool            // the last round
}

func newReported(e *Engine) *reported {
	return &reported{engine: e, wake: make(chan struct{}, 1), held: map[string]bool{}}
}

// configure puts the rules in force.
func (r *reported) configure(catalogue uptime.Catalogue) {
	r.mu.Lock()
	r.rules = slices.Clone(catalogue.AlertRules)
	r.mu.Unlock()
	r.decideSoon()
}

// asked tells whether a rule makes incidents of alerts.
func (r *reported) asked() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.rules) > 0
}

// decideSoon has it decide as soon as it gets to it, and does not block.
func (r *reported) decideSoon() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// heed takes in the open incidents as they were read: where people have changed
// one, they are read anew in the next round.
func (r *reported) heed(open []uptime.Incident) {
	r.mu.Lock()
	r.listed = open
	r.mu.Unlock()
}

// run decides until the context ends.
func (r *reported) run(ctx context.Context) {
	e := r.engine
	beat := e.beats.of("alerts")
	r.known = nil // also after a panic
	ticker := time.NewTicker(reportEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-ticker.C:
		}
		beat()
		if err := r.round(ctx); err != nil && ctx.Err() == nil && !r.failed {
			r.failed = true
			e.log.Warn("what alerts come to cannot be decided; it is tried again", "error", err)
		} else if err == nil {
			r.failed = false
		}
	}
}

// round decides and writes until nothing is due. After a conflict it reads again
// and decides again.
func (r *reported) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, reportTime)
	defer cancel()
	e := r.engine
	if e.alerts.isBehind() {
		if _, err := e.alerts.refresh(ctx, e.dater.Now()); err != nil {
			return err
		}
	}
	for range reportSteps {
		now := e.dater.Now()
		if err := r.read(ctx, now); err != nil {
			return err
		}
		changes := r.decide(now)
		if changes.Empty() {
			return nil
		}
		if err := e.options.Store.Apply(ctx, changes); err != nil {
			r.known = nil
			if errors.Is(err, uptime.ErrConflict) {
				continue
			}
			return err
		}
		for _, c := range changes.Incidents {
			r.known[c.Incident.ID] = c.Incident
		}
		for _, n := range changes.Outbox {
			if n.Incident == "" {
				r.held[n.ID] = true
			}
		}
		e.options.Changed()
		if len(changes.Outbox) > 0 {
			e.options.Owed()
		}
	}
	return nil // the rest comes in the next round
}

// read reads the incidents of alerts, where they may have changed.
func (r *reported) read(ctx context.Context, now time.Time) error {
	r.mu.Lock()
	listed := r.listed
	r.listed = nil
	r.mu.Unlock()
	if r.known != nil && (listed == nil || !r.differs(listed)) {
		maps.DeleteFunc(r.known, func(_ uptime.IncidentID, i uptime.Incident) bool {
			return !i.Open() && now.Sub(i.ResolvedAt) > incidents.ReportMemory
		})
		return nil
	}
	r.known = nil // until all of it is read
	store := r.engine.options.Store
	recent, err := store.AutomaticIncidents(ctx, now.Add(-incidents.ReportMemory))
	if err != nil {
		return err
	}
	known, stated := map[uptime.IncidentID]uptime.Incident{}, map[uptime.IncidentID]bool{}
	for _, incident := range recent {
		if !ofAlerts(incident.ID) {
			continue
		}
		known[incident.ID] = incident
		if incident.Open() {
			statements, err := store.StatementsOf(ctx, incident.ID)
			if err != nil {
				return err
			}
			stated[incident.ID] = slices.ContainsFunc(statements, func(s uptime.Statement) bool { return s.To.IsZero() })
		}
	}
	r.known, r.stated = known, stated
	return nil
}

// ofAlerts tells whether an incident was opened for alerts: what monitors see
// does not change it.
func ofAlerts(id uptime.IncidentID) bool {
	_, _, is := incidents.ReportedBy(id)
	return is
}

// differs tells whether incidents that were listed are not those that are known.
func (r *reported) differs(listed []uptime.Incident) bool {
	open := map[uptime.IncidentID]bool{}
	for _, incident := range listed {
		open[incident.ID] = true
		held, known := r.known[incident.ID]
		if ofAlerts(incident.ID) && (!known || held.Version < incident.Version) {
			return true
		}
	}
	for id, incident := range r.known {
		if incident.Open() && !open[id] {
			return true
		}
	}
	return false
}

// decide is what the alerts come to now.
func (r *reported) decide(now time.Time) (changes uptime.Changes) {
	e := r.engine
	r.mu.Lock()
	rules := r.rules
	r.mu.Unlock()
	terms := e.decider.terms()
	terms.Zone = e.decider.inForce().zone
	add := func(c uptime.Changes) {
		changes.Incidents = append(changes.Incidents, c.Incidents...)
		changes.Outbox = append(changes.Outbox, c.Outbox...)
	}
	reports := incidents.Reports{
		Stated: func(id uptime.IncidentID) bool { return r.stated[id] },
		States: sync.OnceValue(func() map[uptime.ComponentID]uptime.State { return e.states(now) }),
		Held:   r.held,
	}
	lately := r.lately()
	for _, rule := range rules {
		reports.Rule, reports.Groups, reports.Lately, reports.Covered = rule, e.alerts.picked(rule, now), lately[rule.Name], r.covered(rule)
		add(incidents.DecideReports(terms, reports, now))
		delete(lately, rule.Name)
	}
	for _, gone := range slices.Sorted(maps.Keys(lately)) {
		reports.Lately = lately[gone]
		add(incidents.Unreported(terms, reports, now))
	}
	return changes
}

// lately are the incidents of alerts by the names of their rules.
func (r *reported) lately() map[string][]uptime.Incident {
	lately := map[string][]uptime.Incident{}
	for id, incident := range r.known {
		rule, _, _ := incidents.ReportedBy(id)
		lately[rule] = append(lately[rule], incident)
	}
	return lately
}

// covered tells until when announced work covers all components of a rule.
func (r *reported) covered(rule uptime.AlertRule) func(time.Time) (time.Time, uptime.Plan) {
	cover := r.engine.decider.cover()
	return func(from time.Time) (until time.Time, by uptime.Plan) {
		for i, id := range rule.Components {
			if end, plan := cover.until(id, from); i == 0 || end.Before(until) {
				until, by = end, plan
			}
		}
		return later(until, from), by
	}
}
