package incidents

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// The statements of one incident. Those of one component never overlap, and at
// most one of them lasts.

// stated says what a component is from a time on. Up takes back what lasts.
func stated(all []uptime.Statement, incident uptime.IncidentID, component uptime.ComponentID, state uptime.State, at time.Time) []uptime.Statement {
	all = slices.Clone(all)
	for i, s := range all {
		if s.Component != component {
			continue
		}
		if s.To.IsZero() {
			if s.State == state {
				return all
			}
			all[i].To = later(s.From, at)
		}
		at = later(at, all[i].To)
	}
	if state == uptime.Up {
		return all
	}
	// One that ended as it began gives way: it is written under the same key.
	all = slices.DeleteFunc(all, func(s uptime.Statement) bool { return s.Component == component && s.From.Equal(at) })
	return append(all, uptime.Statement{Incident: incident, Component: component, State: state, From: at})
}

// ended are the statements of an incident that ended at a time: those that last
// or go beyond it end with it. Was is when it had ended before, where that is
// corrected: what ended then ends with it as well. What begins later never was.
func ended(all []uptime.Statement, was, at time.Time) []uptime.Statement {
	all = slices.Clone(all)
	for i, s := range all {
		if s.To.IsZero() || s.To.After(at) || !was.IsZero() && s.To.Equal(was) && s.To.After(s.From) {
			all[i].To = later(s.From, at)
		}
	}
	return all
}

// takenBack are the statements of a false alarm: they end when they begin.
func takenBack(all []uptime.Statement) []uptime.Statement {
	all = slices.Clone(all)
	for i, s := range all {
		all[i].To = s.From
	}
	return all
}

// altered are the statements that are new or became others.
func altered(before, after []uptime.Statement) []uptime.Statement {
	var out []uptime.Statement
	for _, s := range after {
		if !slices.ContainsFunc(before, func(b uptime.Statement) bool { return same(b, s) }) {
			out = append(out, s)
		}
	}
	return out
}

func same(a, b uptime.Statement) bool {
	return a.Component == b.Component && a.State == b.State && a.From.Equal(b.From) && a.To.Equal(b.To)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
