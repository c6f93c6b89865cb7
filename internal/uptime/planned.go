package uptime

import (
	"slices"
	"time"
)

// PlanID stands in a plan's permanent address and in the UID of its entry in
// calendars.
type PlanID string

// PlanKind says what is planned.
type PlanKind string

// The kinds of plan. Maintenance has a window, in which something may not work;
// the others are changes, which take effect at an instant.
const (
	MaintenanceWork PlanKind = "maintenance"
	Release         PlanKind = "release"
	PriceChange     PlanKind = "price"
	Behaviour       PlanKind = "behaviour"
)

// PlanPhase is how far a plan has come, in Statuspage's words. A change is
// scheduled, and completed once it is in effect.
type PlanPhase string

// The phases of a plan.
const (
	Scheduled  PlanPhase = "scheduled"
	InProgress PlanPhase = "in_progress"
	Verifying  PlanPhase = "verifying"
	Completed  PlanPhase = "completed"
	Cancelled  PlanPhase = "cancelled"
)

// Ends tells whether nothing follows the phase.
func (p PlanPhase) Ends() bool { return p == Completed || p == Cancelled }

// Plan is work or a change that customers are told of beforehand.
type Plan struct {
	ID         PlanID
	Kind       PlanKind
	Title      string // one line of plain text
	Body       string // Markdown: what, what it means for customers, what keeps working
	Components []ComponentID
	Regions    []RegionID // served by what is worked on; empty: all
	Emergency  bool       // a label and a reason; it buys nothing
	Phase      PlanPhase
	// Revisions are what was announced, the oldest first. The newest is in force;
	// none before it is ever altered. A draft has one, which is not announced.
	Revisions []Revision
	Rules     PlanRules // the promises in force when it was first announced
	Updates   []PlanUpdate
	Series    SeriesID  // of one that recurs; else empty
	Due       time.Time // which occurrence of the series: its start by the rule

	CreatedAt   time.Time
	PublishedAt time.Time // zero: a draft, which the public never sees
	StartedAt   time.Time // when work began; zero: not yet
	FinishedAt  time.Time // when it was completed or cancelled, or the change took effect; zero: not yet
	Version     int64     // counts its changes, from 1
}

// Draft tells whether the public does not see the plan.
func (p Plan) Draft() bool { return p.PublishedAt.IsZero() }

// Open tells whether something is still to come of the plan.
func (p Plan) Open() bool { return !p.Phase.Ends() }

// Change tells whether the plan takes effect at an instant and has no window.
func (p Plan) Change() bool { return p.Kind != MaintenanceWork }

// Now is the revision in force: the newest. Of a cancelled plan it is the
// cancelling one, which keeps the times that were called off.
func (p Plan) Now() Revision {
	if len(p.Revisions) == 0 {
		return Revision{}
	}
	return p.Revisions[len(p.Revisions)-1]
}

// Sequence is iCalendar's SEQUENCE: how often what was announced has changed.
func (p Plan) Sequence() int { return max(0, len(p.Revisions)-1) }

// Touches tells whether the plan names one of the components.
func (p Plan) Touches(components ...ComponentID) bool {
	return slices.ContainsFunc(components, func(c ComponentID) bool { return slices.Contains(p.Components, c) })
}

// Revision is one announcement of a plan's times. The first announces it; each
// further one is a notice of its own and is held to the promises anew.
type Revision struct {
	At        time.Time // when it was announced: published, or of a draft written
	From, To  time.Time // [From, To); of a change To is From
	Cancelled bool      // it will not happen; From and To are what was called off
	// Finished: the work was done early, and the rest of the window given back.
	Finished bool
	Reason   string   // told to customers: why it moved, why it is called off; plain text
	Broken   []Broken // promises that it breaks, as they were judged at At
	Override string   // why it was announced all the same; needed where Broken is not empty
	Author   string   // actor's id; operators see it, and the name of it the public where a promise is broken
	By       string   // the author's name
}

// Broken is a promise that an announcement breaks.
type Broken struct {
	Commitment CommitmentID // empty: of no policy
	Violation  Violation
	Text       string // in a sentence: "23 h notice were given, 24 h are promised"
}

// Violation is the way in which planned work breaks a promise (golden family
// maintenance).
type Violation string

// The violations.
const (
	LateNotice     Violation = "late_notice" // part of the window was not announced in time, throughout
	Blackout       Violation = "blackout"    // it touches forbidden hours
	Overrun        Violation = "overrun"     // something was down beyond the end
	CalledOff      Violation = "cancelled"   // it excludes nothing
	EmergencyLabel Violation = "emergency"   // a label
	EarlyEffect    Violation = "early"       // a change took effect before the announced time
	LatePostponed  Violation = "late_postponement"
)

// PlanUpdate is one dated word about a plan.
type PlanUpdate struct {
	ID        string
	Phase     PlanPhase
	Body      string // Markdown; plain text in an automatic update
	At        time.Time
	Automatic bool
	Author    string // actor's id; the public does not see it
	Silent    bool   // on the page, and nobody is told
}

// PlanRules are the promises that a plan is held to. Of several of one kind each
// must be kept.
type PlanRules struct {
	Notices   []NoticeRule
	Blackouts []BlackoutRule
}

// NoticeRule is how long ahead something must be announced.
type NoticeRule struct {
	Commitment CommitmentID
	Amount     int
	Unit       NoticeUnit
	Zone       *time.Location // of days
}

// NoticeUnit is how the length of a notice is counted.
type NoticeUnit string

// The units: elapsed hours, or calendar days to the same time on the wall.
const (
	Hours NoticeUnit = "h"
	Days  NoticeUnit = "d"
)

// BlackoutRule are hours in which no work may be done.
type BlackoutRule struct {
	Commitment CommitmentID
	Region     RegionID // whose office hours they are; empty: everybody's
	Zone       *time.Location
	Days       []time.Weekday
	From, To   time.Duration // since local midnight by the clock on the wall; To at most 24 h
	Exempt     []string      // local dates without forbidden hours: "2026-12-25"
}

// RegionID names a part of the world where customers are.
type RegionID string

// Region is where customers are, and what day and hour it is there.
type Region struct {
	ID       RegionID
	Name     string
	Zone     *time.Location
	Holidays string // name of the holiday list; empty: none
}

// SeriesID names a recurring maintenance.
type SeriesID string

// Series is maintenance that recurs. Each occurrence becomes a Plan of its own,
// which is announced, moved and judged by itself.
type Series struct {
	ID         SeriesID
	Title      string
	Body       string // Markdown
	Components []ComponentID
	Regions    []RegionID
	Rule       string // RRULE of RFC 5545, without DTSTART
	Zone       *time.Location
	Start      time.Time     // the first occurrence; its time on the wall in Zone recurs
	Length     time.Duration // of each window
	Ahead      time.Duration // how long before its start each occurrence is announced
	StoppedAt  time.Time     // zero: it goes on
	CreatedAt  time.Time
	Version    int64
}

// PlanFilter chooses plans. Zero fields choose all.
type PlanFilter struct {
	Open      bool // only those of which something is to come
	Draft     bool // only drafts
	Changes   bool // only changes; else only maintenance, unless All
	All       bool // maintenance and changes
	Component ComponentID
}

// Proof is what the ledger knows of one notice about a plan: how many were owed
// it, and what became of that.
type Proof struct {
	Plan     PlanID
	Notice   string // id
	Reason   NoticeReason
	At       time.Time // when it was owed
	Owed     int       // deliveries to subscribers
	Accepted int       // taken by the other side, or handed over where there is no receipt
	InTime   int       // of those, at or before the cutoff that was asked for
	Bounced  int       // refused for good, dead, or held
	Waiting  int
	Last     time.Time // when the newest was accepted; zero: none
}

// Receipt is what became of a plan's notice for one recipient.
type Receipt struct {
	Notice     string
	Subscriber SubscriberID
	Zone       string // IANA name that the subscriber gave; empty: not known
	State      DeliveryState
	Settled    time.Time // zero: not yet
}
