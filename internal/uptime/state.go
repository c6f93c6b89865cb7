// Package uptime is the vocabulary: the nouns that every other package speaks
// in, the closed lists of codes, and the values in which decisions are handed
// on (Snapshot, Changes). It holds no tags, no clock and nothing that acts.
package uptime

import "fmt"

// State is what we believe of a monitor, a component or a service at one
// instant. The zero value is Unknown: what was never looked at is not up.
type State uint8

// The states, from "we do not know" upwards. Their order is no ranking;
// Worse ranks them.
const (
	Unknown State = iota
	Up
	Degraded
	Partial
	Down
	Maintenance
)

var stateNames = [...]string{"unknown", "up", "degraded", "partial", "down", "maintenance"}

// String is the state's name in the API, the database and the golden files.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", s)
}

// ParseState reads a name that String wrote.
func ParseState(name string) (State, error) {
	for i, n := range stateNames {
		if n == name {
			return State(i), nil
		}
	}
	return Unknown, fmt.Errorf("unknown state %q", name)
}

// Worse tells whether s is worse news than t: down, partial, degraded,
// maintenance, unknown, up. Unknown is worse than up, because what is not known
// must never pass for up.
func (s State) Worse(t State) bool { return s.rank() > t.rank() }

func (s State) rank() int {
	return [...]int{Up: 0, Unknown: 1, Maintenance: 2, Degraded: 3, Partial: 4, Down: 5}[s]
}

// Importance says how much of the product stops when a component does. It
// decides the tier of an automatic incident.
type Importance uint8

// The importances, least first.
const (
	NonEssential Importance = iota
	Important
	Critical
)

var importanceNames = [...]string{"non_essential", "important", "critical"}

// String is the importance's name in the configuration.
func (i Importance) String() string { return importanceNames[i] }

// ParseImportance reads a name that String wrote.
func ParseImportance(name string) (Importance, error) {
	for i, n := range importanceNames {
		if n == name {
			return Importance(i), nil
		}
	}
	return NonEssential, fmt.Errorf("unknown importance %q; use critical, important or non_essential", name)
}
