package incidents

import (
	"fmt"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Opening is what people enter to open an incident.
type Opening struct {
	Title      string
	Tier       uptime.Tier
	Impact     uptime.Impact
	Phase      uptime.IncidentPhase
	Body       string // Markdown
	Components []uptime.ComponentID
	Unaffected []uptime.ComponentID
	// States says what affected components are, beside what is measured.
	States    map[uptime.ComponentID]uptime.State
	StartedAt time.Time // zero: now. Earlier: back-dated, and shown so
	NextBy    time.Time // zero: no promise
	Publish   bool      // false: a draft
	Silent    bool      // published, and nobody is told
}

// Word is what people enter to go on with an incident. Nil and zero fields
// leave what is there.
type Word struct {
	Phase      uptime.IncidentPhase
	Body       string // Markdown
	Impact     uptime.Impact
	Components []uptime.ComponentID                // nil: as they are
	Unaffected []uptime.ComponentID                // nil: as they are
	States     map[uptime.ComponentID]uptime.State // of affected components; Up takes a statement back
	At         time.Time                           // the time that it speaks of; zero: now
	NextBy     time.Time
	Silent     bool
}

// Correction is what people change about an incident itself.
type Correction struct {
	Title  string
	Tier   uptime.Tier
	Impact uptime.Impact
	Reason string // why the tier changes; needed for that
}

// Preview is a decision that nobody applied, and whom it would reach.
type Preview struct {
	Changes     uptime.Changes
	Notice      uptime.Notice // the one that would be owed
	Subscribers int           // how many would be told
	Channels    []uptime.Routed
}

// Invalid says what is wrong with what was entered, field by field.
type Invalid []Fault

// Fault is one field and what is wrong with it.
type Fault struct {
	Field string // as in the API: title, next_update_by
	Text  string // "is empty: say in one line what customers see"
}

// Error is one line.
func (v Invalid) Error() string {
	parts := make([]string, len(v))
	for i, f := range v {
		parts[i] = fmt.Sprintf("%s %s", f.Field, f.Text)
	}
	return strings.Join(parts, "; ")
}
