package uptime

import "time"

// Standing is how one promise stands at an instant, and what that rests on.
type Standing struct {
	Commitment Commitment
	Verdict    Verdict
	Value      string    // the figure, in a few words: "99.9812 %", "11 of 12 announced in time"
	Why        string    // in a sentence: what is missing, or why it is not measured
	Since      time.Time // when the verdict began to hold; zero: not known
	Evidence   []Reference
	Cells      []Cell // the last twelve months, oldest first; empty: it has none
	Cases      []Case // in which it was broken, oldest first
}

// Reference leads to what can be looked at.
type Reference struct{ Path, Text string }

// Cell is a promise in one month.
type Cell struct {
	Month    string // "2026-11"
	Verdict  Verdict
	Value    string
	Evidence Reference
}

// Case is one case in which a promise was broken.
type Case struct {
	Key     string // within the promise: "2026-11", a plan's id
	At      time.Time
	Summary string
}

// Burn is how one burn rule of a promise stands.
type Burn struct {
	Subject  string // the commitment's id, or the service's where no policy has one
	Name     string // of the service
	Rule     string // "14.4 over 1h and 5m"
	Severity string // page or ticket
	State    BurnState
	Summary  string
}

// BurnState is what a burn rule says.
type BurnState string

// The states: what cannot be measured neither fires nor clears.
const (
	BurnFires   BurnState = "fires"
	BurnClear   BurnState = "clear"
	BurnUnknown BurnState = "insufficient"
)

// Finding is something in which the page and what is known differ, or in which
// what is published has no proof (the honesty checks).
type Finding struct {
	Check   FindingCheck
	Subject string // id of the component, incident, plan, promise
	Since   time.Time
	Text    string // a sentence, for the public
}

// FindingCheck names an honesty check.
type FindingCheck string

// The checks.
const (
	DownWithoutIncident FindingCheck = "down_without_incident" // a component is down for 10 minutes and no incident is public
	IncidentWhileUp     FindingCheck = "incident_while_up"     // an incident is open and all of its components are up
	PlanPastEnd         FindingCheck = "maintenance_past_end"  // still in progress after its window
	PageTooOld          FindingCheck = "page_too_old"          // what it tells is older than two intervals
	PromiseUnexplained  FindingCheck = "promise_unexplained"   // neither metric nor evidence nor reason
	TimesAmended        FindingCheck = "times_amended"         // an incident's times were changed afterwards
	VerdictDiffers      FindingCheck = "verdict_differs"       // worked out again, a published verdict is another
)
