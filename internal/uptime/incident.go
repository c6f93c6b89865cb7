package uptime

import (
	"slices"
	"time"
)

// IncidentID stands in the incident's permanent address.
type IncidentID string

// IncidentPhase is how far an incident has come, in Statuspage's words.
type IncidentPhase string

// The phases of an incident. False alarm is ours: the monitor was wrong, and
// the incident is over. Postmortem is the phase of the update that carries the
// review.
const (
	Investigating IncidentPhase = "investigating"
	Identified    IncidentPhase = "identified"
	Monitoring    IncidentPhase = "monitoring"
	Resolved      IncidentPhase = "resolved"
	FalseAlarm    IncidentPhase = "false_alarm"
	PostmortemOut IncidentPhase = "postmortem"
)

// Ends tells whether an update of this phase ends the incident.
func (p IncidentPhase) Ends() bool { return p == Resolved || p == FalseAlarm }

// Impact is Statuspage's word for how much an incident hurts.
type Impact string

// The impacts.
const (
	ImpactNone     Impact = "none"
	ImpactMinor    Impact = "minor"
	ImpactMajor    Impact = "major"
	ImpactCritical Impact = "critical"
)

// Tier is the promise's own class of an incident: 1, 2 or 3.
type Tier uint8

// Incident is an unplanned interruption of a service, or a reduction in its
// quality (ITIL).
type Incident struct {
	ID         IncidentID
	Title      string // one line of plain text
	Tier       Tier
	Impact     Impact
	Phase      IncidentPhase
	Components []ComponentID // affected
	Unaffected []ComponentID // said to work all the same
	Automatic  bool          // opened by a monitor; people may go on with it
	StartedAt  time.Time     // backdated to the first failing look, or by a person
	DetectedAt time.Time     // when it was confirmed, or first told
	// CreatedAt is when it was written down. A person's StartedAt before it is
	// shown as back-dated.
	CreatedAt   time.Time
	PublishedAt time.Time  // zero: a draft, which the public never sees
	ResolvedAt  time.Time  // zero while it lasts; backdated to the first good look
	ClosedAt    time.Time  // zero until the review is done; after it nothing changes
	Postmortem  Postmortem // the review
	Version     int64      // counts its changes, from 1
	Updates     []Update   // oldest first
}

// Open tells whether the incident still lasts.
func (i Incident) Open() bool { return i.ResolvedAt.IsZero() }

// Draft tells whether the public does not see the incident.
func (i Incident) Draft() bool { return i.PublishedAt.IsZero() }

// Promised is the time that the newest update promises the next one by; zero:
// nothing is promised, or the incident is over.
func (i Incident) Promised() time.Time {
	if len(i.Updates) == 0 || !i.Open() {
		return time.Time{}
	}
	return i.Updates[len(i.Updates)-1].NextBy
}

// Missed are the promises of a next update that were not kept by now: the
// updates that gave them. One is kept by an update at or before its time.
func (i Incident) Missed(now time.Time) []Update {
	var missed []Update
	for n, u := range i.Updates {
		next := now
		if n+1 < len(i.Updates) {
			next = i.Updates[n+1].WrittenAt
		} else if !i.Open() {
			continue
		}
		if !u.NextBy.IsZero() && next.After(u.NextBy) {
			missed = append(missed, u)
		}
	}
	return missed
}

// Touches tells whether one of the components is affected.
func (i Incident) Touches(components ...ComponentID) bool {
	return slices.ContainsFunc(components, func(c ComponentID) bool { return slices.Contains(i.Components, c) })
}

// Postmortem is what was learned. An incident of Tier 1 is not closed without
// one, or without the reason for having none.
type Postmortem struct {
	Body        string    // Markdown
	PublishedAt time.Time // zero: none yet
	Waived      string    // why there is none; one line of plain text
}

// Update is one dated word about an incident.
type Update struct {
	ID    string
	Phase IncidentPhase
	// Body is Markdown, and plain text in an automatic update.
	Body string
	// At is the time that it speaks of, as told; WrittenAt is when it was
	// written down. They differ where a person back-dates, and that is shown.
	At        time.Time
	WrittenAt time.Time
	NextBy    time.Time // the next update is promised by then; zero: no promise
	Automatic bool
	Author    string      // actor's id; operators see it, the public does not
	Silent    bool        // on the page, and nobody is told
	Amended   []Amendment // earlier texts, oldest first
}

// Amendment is a text that was replaced. It stays readable.
type Amendment struct {
	Body   string
	At     time.Time // when it was replaced
	Author string    // who replaced it
}

// Statement is what a person says of a component while an incident lasts:
// that it is at best in State. It stands beside what is measured, and the worse
// of the two counts. It is written by (incident, component, from). One that was
// taken back ends when it begins.
type Statement struct {
	Incident  IncidentID
	Component ComponentID
	State     State // Degraded, Partial or Down
	From      time.Time
	To        time.Time // zero: it lasts
}

// Template is a text that people start from when there is no time to write.
type Template struct {
	ID     string
	Name   string
	Title  string // of a new incident
	Phase  IncidentPhase
	Impact Impact
	Body   string // Markdown
}

// IncidentFilter chooses incidents for the console. Zero fields choose all.
type IncidentFilter struct {
	Open      bool // only those that last
	Draft     bool // only drafts
	Component ComponentID
}
