package incidents

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// ledger keeps incidents in memory as a store keeps them: all of the changes or
// none, guarded by versions.
type ledger struct {
	incidents  map[uptime.IncidentID]uptime.Incident
	statements map[string]uptime.Statement
	templates  map[string]uptime.Template
	once       map[string]uptime.Once
	notices    []uptime.Notice
	audit      []uptime.AuditEntry
	applied    int
	before     func() // called before anything is applied
}

func newLedger() *ledger {
	return &ledger{
		incidents: map[uptime.IncidentID]uptime.Incident{}, statements: map[string]uptime.Statement{},
		templates: map[string]uptime.Template{}, once: map[string]uptime.Once{},
	}
}

func (l *ledger) Incident(_ context.Context, id uptime.IncidentID) (uptime.Incident, error) {
	i, known := l.incidents[id]
	if !known {
		return i, fmt.Errorf("incident %q: %w", id, uptime.ErrNotFound)
	}
	i.Updates = slices.Clone(i.Updates)
	slices.SortStableFunc(i.Updates, func(a, b uptime.Update) int { return a.At.Compare(b.At) })
	return i, nil
}

func (l *ledger) StatementsOf(_ context.Context, id uptime.IncidentID) ([]uptime.Statement, error) {
	var out []uptime.Statement
	for _, key := range slices.Sorted(maps.Keys(l.statements)) {
		if s := l.statements[key]; s.Incident == id {
			out = append(out, s)
		}
	}
	return out, nil
}

func (l *ledger) Templates(context.Context) ([]uptime.Template, error) {
	return slices.SortedFunc(maps.Values(l.templates), func(a, b uptime.Template) int { return cmp.Compare(a.Name, b.Name) }), nil
}

func (l *ledger) CountAudience(_ context.Context, a uptime.Audience) (int, error) {
	return 100 + len(a.Components), nil
}

func (l *ledger) OnceResult(_ context.Context, key string) (uptime.Once, error) {
	o, known := l.once[key]
	if !known {
		return o, uptime.ErrNotFound
	}
	return o, nil
}

func (l *ledger) Apply(_ context.Context, c uptime.Changes) error {
	if before := l.before; before != nil {
		l.before = nil
		before()
	}
	if c.Once != nil {
		if known, used := l.once[c.Once.Key]; used && known.Digest == c.Once.Digest {
			return uptime.ErrRepeated
		} else if used {
			return uptime.ErrKeyReused
		}
	}
	for _, change := range c.Incidents {
		if l.incidents[change.Incident.ID].Version != change.Expect {
			return fmt.Errorf("applying changes: %w", uptime.ErrConflict)
		}
		for _, a := range change.Amended {
			if !slices.ContainsFunc(l.incidents[change.Incident.ID].Updates, func(u uptime.Update) bool { return u.ID == a.ID }) {
				return uptime.ErrNotFound
			}
		}
	}
	for _, change := range c.Incidents {
		l.keep(change)
	}
	for _, s := range c.Statements {
		l.statements[fmt.Sprintf("%s/%s/%013d", s.Incident, s.Component, s.From.UnixMilli())] = s
	}
	for _, t := range c.Templates {
		l.templates[t.ID] = t
	}
	for _, id := range c.NoTemplates {
		delete(l.templates, id)
	}
	if c.Once != nil {
		l.once[c.Once.Key] = *c.Once
	}
	l.notices = append(l.notices, c.Outbox...)
	l.audit = append(l.audit, c.Audit...)
	l.applied++
	return nil
}

func (l *ledger) keep(change uptime.IncidentChange) {
	updates := slices.Clone(l.incidents[change.Incident.ID].Updates)
	for _, a := range change.Amended {
		at := slices.IndexFunc(updates, func(u uptime.Update) bool { return u.ID == a.ID })
		updates[at].Body, updates[at].Amended = a.Body, a.Amended
	}
	kept := change.Incident
	updates = append(updates, change.Updates...)
	kept.Updates = updates
	l.incidents[kept.ID] = kept
}

// desk is a service, its ledger and a clock that stands until it is moved.
type desk struct {
	*Service
	t        testing.TB
	ledger   *ledger
	now      time.Time
	measured map[uptime.ComponentID]uptime.State
}

var (
	viewer    = uptime.Actor{Kind: "user", ID: "u-view", Name: "Vera", Role: uptime.Viewer}
	responder = uptime.Actor{Kind: "user", ID: "u-resp", Name: "Rob", Role: uptime.Responder}
	editor    = uptime.Actor{Kind: "user", ID: "u-publ", Name: "Paula", Role: uptime.Publisher}
	noon      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func rules() notice.Rules {
	return notice.Rules{
		Public: true, Channels: []notice.Channel{{Name: "ops"}},
		Catalogue: uptime.Catalogue{Components: []uptime.Component{
			{ID: "sign-in", Name: "Sign-in"}, {ID: "api", Name: "API"}, {ID: "mail", Name: "Mail"},
		}},
	}
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, ledger: newLedger(), now: noon, measured: map[uptime.ComponentID]uptime.State{"sign-in": uptime.Up, "api": uptime.Up}}
	d.Service = NewService(d.options(d.ledger))
	return d
}

func (d *desk) options(l Ledger) Options {
	return Options{
		Ledger: l, Rules: rules, Now: func() time.Time { return d.now }, Random: rand.Reader,
		States: func() map[uptime.ComponentID]uptime.State { return d.measured },
	}
}

// after moves the clock.
func (d *desk) after(wait time.Duration) *desk {
	d.now = d.now.Add(wait)
	return d
}

func outage(change func(*Opening)) Opening {
	in := Opening{
		Title: "Sign-in is slow", Tier: 2, Impact: uptime.ImpactMajor, Phase: uptime.Investigating, Body: "We look into it.",
		Components: []uptime.ComponentID{"sign-in"}, Publish: true,
	}
	if change != nil {
		change(&in)
	}
	return in
}

func (d *desk) opened(change func(*Opening)) uptime.Incident {
	d.t.Helper()
	i, err := d.Open(d.t.Context(), editor, outage(change), nil)
	return d.kept(i, err)
}

func (d *desk) said(id uptime.IncidentID, w Word) uptime.Incident {
	d.t.Helper()
	if w.Body == "" {
		w.Body = "More is known."
	}
	i, err := d.Say(d.t.Context(), editor, id, w, 0, nil)
	return d.kept(i, err)
}

// kept is the incident as the ledger has it, which is as it was answered.
func (d *desk) kept(answered uptime.Incident, err error) uptime.Incident {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	i, err := d.ledger.Incident(d.t.Context(), answered.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	if answered.Version != i.Version || answered.Phase != i.Phase || len(answered.Updates) != len(i.Updates) {
		d.t.Errorf("answered %+v, kept %+v", answered, i)
	}
	return i
}

func (d *desk) notice() uptime.Notice {
	d.t.Helper()
	if len(d.ledger.notices) == 0 {
		d.t.Fatal("nobody is owed anything")
	}
	return d.ledger.notices[len(d.ledger.notices)-1]
}

func (d *desk) statements(id uptime.IncidentID) []uptime.Statement {
	d.t.Helper()
	all, err := d.ledger.StatementsOf(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

// faulty finds exactly these fields at fault.
func faulty(t *testing.T, err error, want ...string) {
	t.Helper()
	var invalid Invalid
	if !errors.As(err, &invalid) {
		t.Errorf("%v, want faults in %v", err, want)
		return
	}
	var got []string
	for _, f := range invalid {
		got = append(got, f.Field)
	}
	if !slices.Equal(got, want) {
		t.Errorf("faults in %v (%v), want %v", got, err, want)
	}
}
