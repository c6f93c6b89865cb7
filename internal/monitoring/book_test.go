package monitoring

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// book is a ledger in memory, which keeps what the decider's decisions come to.
type book struct {
	mu         sync.Mutex
	incidents  map[uptime.IncidentID]uptime.Incident
	segments   []uptime.Segment
	notices    []uptime.Notice
	statements map[uptime.IncidentID][]uptime.Statement
	applied    int
	problems   []string
	lose       func() bool // whether an answer is lost after all was done
}

func newBook() *book {
	return &book{
		incidents: map[uptime.IncidentID]uptime.Incident{}, statements: map[uptime.IncidentID][]uptime.Statement{},
		lose: func() bool { return false },
	}
}

func (b *book) Apply(_ context.Context, c uptime.Changes) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	versions := map[uptime.IncidentID]int64{}
	for _, i := range c.Incidents {
		held, changed := versions[i.Incident.ID]
		if !changed {
			held = b.incidents[i.Incident.ID].Version
		}
		if i.Expect != held {
			return uptime.ErrConflict
		}
		versions[i.Incident.ID] = i.Incident.Version
	}
	b.applied++
	for _, i := range c.Incidents {
		b.write(i)
	}
	b.segments = append(b.segments, c.Segments...)
	for _, n := range c.Outbox {
		if slices.ContainsFunc(b.notices, func(o uptime.Notice) bool { return o.ID == n.ID }) {
			b.problems = append(b.problems, "notice "+n.ID+" was planned twice")
			continue
		}
		b.notices = append(b.notices, n)
	}
	if b.lose() {
		return errAway
	}
	return nil
}

func (b *book) write(c uptime.IncidentChange) {
	held := b.incidents[c.Incident.ID]
	if !held.ClosedAt.IsZero() {
		b.problems = append(b.problems, string(held.ID)+" is closed and was written to")
	}
	if c.Incident.Version != c.Expect+1 {
		b.problems = append(b.problems, fmt.Sprintf("%s: version %d follows %d", held.ID, c.Incident.Version, c.Expect))
	}
	now := c.Incident
	now.Updates = append(slices.Clip(held.Updates), c.Updates...)
	b.incidents[now.ID] = now
}

func (b *book) AutomaticIncidents(_ context.Context, since time.Time) (found []uptime.Incident, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range b.incidents {
		if i.Automatic && (i.Open() || !i.ResolvedAt.Before(since)) {
			found = append(found, i)
		}
	}
	return found, nil
}

func (b *book) StatementsOf(_ context.Context, id uptime.IncidentID) ([]uptime.Statement, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.statements[id], nil
}

// person changes an incident as somebody in the console would.
func (b *book) person(id uptime.IncidentID, change func(*uptime.Incident)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.incidents[id]
	i.Version++
	change(&i)
	b.incidents[id] = i
}

func (b *book) open() (open []uptime.Incident) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range b.incidents {
		if i.Open() {
			open = append(open, i)
		}
	}
	slices.SortFunc(open, func(a, b uptime.Incident) int { return a.StartedAt.Compare(b.StartedAt) })
	return open
}

// deciding is a decider that is driven by hand, by a clock that is set by hand.
type deciding struct {
	*decider
	t     testing.TB
	book  *book
	clock time.Time
}

func decidingFor(t testing.TB, components ...uptime.Component) *deciding {
	b := newBook()
	d := &deciding{t: t, book: b, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	d.decider = newDecider(b, quiet(), func() time.Time { return d.clock })
	d.terms = func() incidents.Terms {
		return incidents.Terms{Rules: notice.Rules{Public: true, Channels: []notice.Channel{{Name: "ops"}}}}
	}
	d.watching(uptime.Catalogue{Components: components})
	return d
}

// componentOf is one with one monitor of the same name.
func componentOf(id string, importance uptime.Importance, on ...uptime.ComponentID) uptime.Component {
	return uptime.Component{
		ID: uptime.ComponentID(id), Name: id, Importance: importance, DependsOn: on, Monitors: []uptime.MonitorID{uptime.MonitorID(id)},
	}
}

// turned is the news that a component's monitor is believed to be in a state
// since a while ago.
func (d *deciding) turned(id uptime.ComponentID, state uptime.State, ago time.Duration) news {
	at := d.clock.Add(-ago)
	return news{
		monitor: monitorOf(string(id), 30*time.Second, 10*time.Second), state: state, known: true,
		segments: []uptime.Segment{{Monitor: uptime.MonitorID(id), Vantage: uptime.Local, From: at, State: state}},
		turns:    []turn{{kind: confirmed, state: state, at: at, by: d.clock, code: uptime.HTTPStatus}},
	}
}

// hear tells the decider news and has it decide, in one batch.
func (d *deciding) hear(all ...news) {
	d.t.Helper()
	for _, n := range all {
		d.tell(n)
	}
	d.drain(context.Background())
	d.settle(context.Background())
	d.check()
}

func (d *deciding) is(id uptime.ComponentID, state uptime.State) {
	d.t.Helper()
	d.hear(d.turned(id, state, 20*time.Second))
}

// pass lets time pass in which nothing happens.
func (d *deciding) pass(t time.Duration) {
	d.t.Helper()
	for end := d.clock.Add(t); d.clock.Before(end); {
		d.clock = d.clock.Add(min(time.Minute, end.Sub(d.clock)))
		d.settle(context.Background())
	}
	d.check()
}

func (d *deciding) check() {
	d.t.Helper()
	for _, p := range d.book.problems {
		d.t.Error(p)
	}
	d.book.problems = nil
}
