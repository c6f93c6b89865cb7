package uptime

import (
	"errors"
	"time"
)

// Changes is a decision: everything that one decision alters, applied in one
// transaction or not at all. Deciding is free of side effects, so a preview or
// a dry run is a decision that nobody applies.
type Changes struct {
	Segments   []Segment // written by (monitor, vantage, from): closing one sets its To
	Incidents  []IncidentChange
	Statements []Statement // written by (incident, component, from)
	Plans      []PlanChange
	Series     []SeriesChange
	Outbox     []Notice

	Templates   []Template // written by id
	NoTemplates []string   // ids of templates that go

	Users       []UserChange
	Tokens      []Token // written by id
	Subscribers []SubscriberChange
	Leaving     []SubscriberID // removed, with every trace of their addresses
	Channels    []ChannelState // written by name
	Resend      []string       // ids of deliveries that were given up, bounced or held, and are owed again

	Policies       []PolicyVersion // written by (policy, number); one that differs is ErrConflict
	Evidence       []Evidence      // written by id
	NonCompliances []NonComplianceChange
	Alerts         []Alert // written by (id, since)

	Audit []AuditEntry // appended; the store sets Seq, Prev and Hash
	Once  *Once        // makes the whole of it happen once
}

// Empty tells whether there is nothing to apply.
func (c Changes) Empty() bool {
	return len(c.Segments) == 0 && len(c.Incidents) == 0 && len(c.Statements) == 0 && len(c.Outbox) == 0 &&
		len(c.Templates) == 0 && len(c.NoTemplates) == 0 &&
		len(c.Users) == 0 && len(c.Tokens) == 0 && len(c.Subscribers) == 0 && len(c.Leaving) == 0 &&
		len(c.Plans) == 0 && len(c.Series) == 0 && len(c.Policies) == 0 && len(c.Evidence) == 0 &&
		len(c.NonCompliances) == 0 && len(c.Alerts) == 0 && len(c.Channels) == 0 && len(c.Resend) == 0 && len(c.Audit) == 0 && c.Once == nil
}

// IncidentChange is an incident as it shall be.
type IncidentChange struct {
	Incident Incident // Version is the new one; Updates are ignored
	Expect   int64    // the version that was decided on; 0: it must not exist yet
	Updates  []Update // to append
	Amended  []Update // that stand there already, by id: Body and Amended as they shall be
}

// PlanChange is a plan as it shall be.
type PlanChange struct {
	Plan      Plan         // Version is the new one; Revisions and Updates are ignored
	Expect    int64        // the version that was decided on; 0: it must not exist yet
	Revisions []Revision   // to append; of a draft, First tells to write over the one that it has
	First     bool         // Revisions has one, which takes the place of the draft's
	Updates   []PlanUpdate // to append
}

// SeriesChange is a series as it shall be.
type SeriesChange struct {
	Series Series // Version is the new one
	Expect int64  // 0: it must not exist yet
}

// NonComplianceChange is an entry as it shall be.
type NonComplianceChange struct {
	Entry NonCompliance // Version is the new one
	// Expect is the version that was decided on. 0: it is new, and one that is
	// there already stays as it is.
	Expect int64
}

// Once names what a client asked for under a key of its own (the header
// Idempotency-Key). Changes whose key is known are not applied again: the
// answer is ErrRepeated, or ErrKeyReused where the request is another one.
type Once struct {
	Key    string // with who asked and for what, so that keys of two never meet
	Digest string // of the request
	Result string // the id of what came of it
	At     time.Time
}

// Errors that callers act on. Every other error of a store is "internal".
var (
	// ErrConflict: what was decided on has changed since. Read again, decide
	// again.
	ErrConflict = errors.New("changed in the meantime")
	// ErrNotFound: there is no such thing.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: who asks may not do it.
	ErrForbidden = errors.New("not allowed")
	// ErrRepeated: it was done before, under this key.
	ErrRepeated = errors.New("done before under this key")
	// ErrKeyReused: the key was used for something else.
	ErrKeyReused = errors.New("the key was used for another request")
)
