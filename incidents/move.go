package incidents

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// known is what a person's move is decided on.
type known struct {
	incident   uptime.Incident
	statements []uptime.Statement // of this incident
	catalogue  uptime.Catalogue
	by         uptime.Actor
	now        time.Time // whole milliseconds of UTC
}

// word is the id of the move: of its update, and of its notice.
func (k known) word() string { return fmt.Sprintf("%s-%d", k.incident.ID, k.incident.Version+1) }

// closed refuses any change of what is closed.
func (k known) closed() error {
	if k.incident.ClosedAt.IsZero() {
		return nil
	}
	return refuse("phase", "cannot change: the incident was closed at %s; open a new one", clock(k.incident.ClosedAt))
}

// newest is the time of the newest update; zero: there is none.
func (k known) newest() time.Time {
	if n := len(k.incident.Updates); n > 0 {
		return k.incident.Updates[n-1].At
	}
	return time.Time{}
}

// move is what a person's command comes to. Without an action nothing changes.
type move struct {
	action     string // the audit log's word
	detail     string // one line for it
	incident   uptime.Incident
	added      []uptime.Update
	amended    []uptime.Update
	statements []uptime.Statement // as they shall be: all of them
	reason     uptime.NoticeReason
	told       uptime.Update
	silent     bool
}

// stays begins a move from what is there.
func (k known) stays(action string) move {
	m := move{action: action, incident: k.incident, statements: k.statements}
	m.incident.Updates = slices.Clone(k.incident.Updates)
	return m
}

// adds puts an update at the end of the incident.
func (m *move) adds(u uptime.Update) {
	m.incident.Updates = append(m.incident.Updates, u)
	m.added = append(m.added, u)
	m.told = u
}

// changes is the move as a decision: the incident one version on, the
// statements that became others, what people are owed and the audit entry.
// Measured is what components are without anybody's word.
func (m move) changes(k known, rules notice.Rules, measured map[uptime.ComponentID]uptime.State) uptime.Changes {
	if m.action == "" {
		return uptime.Changes{}
	}
	m.incident.Version = k.incident.Version + 1
	changes := uptime.Changes{
		Incidents: []uptime.IncidentChange{{
			Incident: m.incident, Expect: k.incident.Version, Updates: m.added, Amended: m.amended,
		}},
		Statements: altered(k.statements, m.statements),
		Audit: []uptime.AuditEntry{{
			At: k.now, Actor: k.by, Action: m.action, Object: string(m.incident.ID), Detail: m.detail,
		}},
	}
	// Operators were told of an automatic draft; of one that a person writes
	// nobody hears before it is published.
	if m.reason != "" && (m.incident.Automatic || !m.incident.Draft()) {
		event := notice.Event{
			ID: k.word(), Reason: m.reason, Incident: m.incident, Update: m.told, States: m.states(measured),
		}
		if m.silent {
			event.Held = uptime.HeldSilent
		}
		changes.Outbox = []uptime.Notice{notice.Plan(rules, event, k.now)}
	}
	return changes
}

// states are what components are after the move: the worse of what is measured
// and what is said.
func (m move) states(measured map[uptime.ComponentID]uptime.State) map[uptime.ComponentID]uptime.State {
	states := maps.Clone(measured)
	if states == nil {
		states = map[uptime.ComponentID]uptime.State{}
	}
	for _, s := range m.statements {
		if s.To.IsZero() && s.State.Worse(states[s.Component]) {
			states[s.Component] = s.State
		}
	}
	return states
}

// sorted are the keys in order, so that the same decision has the same faults
// and the same rows.
func sorted[V any](m map[uptime.ComponentID]V) []uptime.ComponentID {
	return slices.Sorted(maps.Keys(m))
}

// listed names things in one line of the audit log.
func listed[T ~string](ids []T) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return strings.Join(words, ", ")
}
