package uptime

import (
	"errors"
	"time"
)

// Changes is a decision: everything that one decision alters, applied in one
// transaction or not at all. Deciding is free of side effects, so a preview or
// a dry run is a decision that nobody applies.
type Changes struct {
	Segments  []Segment // written by (monitor, vantage, from): closing one sets its To
	Incidents []IncidentChange
	Outbox    []Notice
}

// Empty tells whether there is nothing to apply.
func (c Changes) Empty() bool {
	return len(c.Segments) == 0 && len(c.Incidents) == 0 && len(c.Outbox) == 0
}

// IncidentChange is an incident as it shall be.
type IncidentChange struct {
	Incident Incident // Version is the new one; Updates are ignored
	Expect   int64    // the version that was decided on; 0: it must not exist yet
	Updates  []Update // to append
}

// Notice is one message owed to operators or the public, before it is known
// who receives it. It is written with the change that causes it.
type Notice struct {
	ID       string // stable over every retry
	At       time.Time
	Reason   NoticeReason
	Incident IncidentID // empty for notices about Upheld itself
	Summary  string     // one line of plain text
}

// NoticeReason says why a notice is owed.
type NoticeReason string

// The reasons.
const (
	WentDown    NoticeReason = "went_down"
	Recovered   NoticeReason = "recovered"
	WentBlind   NoticeReason = "went_blind"
	SeesAgain   NoticeReason = "sees_again"
	NewsOfState NoticeReason = "update"
)

// Errors that callers act on. Every other error of a store is "internal".
var (
	// ErrConflict: what was decided on has changed since. Read again, decide
	// again.
	ErrConflict = errors.New("changed in the meantime")
	// ErrNotFound: there is no such thing.
	ErrNotFound = errors.New("not found")
)
