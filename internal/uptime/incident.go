package uptime

import "time"

// IncidentID stands in the incident's permanent address.
type IncidentID string

// IncidentPhase is Statuspage's word for how far an incident has come.
type IncidentPhase string

// The phases of an incident.
const (
	Investigating IncidentPhase = "investigating"
	Identified    IncidentPhase = "identified"
	Monitoring    IncidentPhase = "monitoring"
	Resolved      IncidentPhase = "resolved"
)

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
	Title      string
	Tier       Tier
	Impact     Impact
	Phase      IncidentPhase
	Components []ComponentID
	Automatic  bool
	StartedAt  time.Time // backdated to the first failing look
	DetectedAt time.Time // when it was confirmed
	ResolvedAt time.Time // zero while it lasts; backdated to the first good look
	Version    int64     // counts its changes, from 1
	Updates    []Update  // oldest first
}

// Open tells whether the incident still lasts.
func (i Incident) Open() bool { return i.ResolvedAt.IsZero() }

// Update is one dated word about an incident.
type Update struct {
	ID        string
	Phase     IncidentPhase
	Body      string // plain text
	At        time.Time
	Automatic bool
}
