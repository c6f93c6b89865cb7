package uptime

import "time"

// CommitmentID is the id of a promise within everything that was promised, such
// as P23. It is unique over all policies in force.
type CommitmentID string

// PolicyID names a document of promises, such as customer-success.
type PolicyID string

// Policy is one version of a document of promises. Versions do not change: what
// is written differently has another number.
type Policy struct {
	ID            PolicyID
	Title         string // of the document
	Number        string // of the version: "2023-1"
	EffectiveFrom time.Time
	ApprovedBy    string // a person or a role
	Statement     string // what the document is, as "a statement of intent, not a contract"
	Digest        string // SHA-256 of the text that it was read from, in hex
	Commitments   []Commitment
}

// PolicyVersion is a policy as it is kept: as text, so that whoever doubts what
// was promised when can read it.
type PolicyVersion struct {
	Policy        PolicyID
	Number        string
	Title         string
	EffectiveFrom time.Time
	ApprovedBy    string
	Digest        string
	Text          string // the document as it was read
	SeenAt        time.Time
}

// CommitmentKind says how a promise is measured.
type CommitmentKind string

// The kinds.
const (
	OfAvailability     CommitmentKind = "availability"
	OfMaintenanceHours CommitmentKind = "maintenance_hours"
	OfNotice           CommitmentKind = "notice"
	OfClock            CommitmentKind = "clock"
	OfHeartbeat        CommitmentKind = "heartbeat"
	OfRegister         CommitmentKind = "register" // dated evidence, which expires or recurs
	OfPromise          CommitmentKind = "promise"  // something by a date
	OfContact          CommitmentKind = "contact"
	OfText             CommitmentKind = "text"
	NotSoftware        CommitmentKind = "not_software"
)

// Strength is how strongly something was promised.
type Strength string

// The strengths. A missed aim is counted, and not called a breach.
const (
	Firm        Strength = "commitment"
	Aim         Strength = "aim"
	Expectation Strength = "expectation"
)

// Commitment is one promise. Of the terms that which belongs to its kind is set.
type Commitment struct {
	ID       CommitmentID
	Policy   PolicyID
	Says     string // the promise, in one or two sentences
	Section  string // of the document; may be empty
	Kind     CommitmentKind
	Strength Strength
	Owner    string // who answers for it: a role or a person
	// Why tells, of a promise that is not measured, the reason. Every promise has
	// terms or this.
	Why string

	Availability *AvailabilityTerms
	Hours        *HoursTerms
	Notice       *NoticeTerms
	Clock        *ClockTerms
	Heartbeat    *HeartbeatTerms
	Register     *RegisterTerms
	Promise      *PromiseTerms
	Contacts     []Contact
	Support      *BusinessHours // of contacts and clocks: when somebody is there; nil: nothing says
	Text         string         // of a text: what is shown beside the promise; Markdown
}

// AvailabilityTerms hold a service to a target.
type AvailabilityTerms struct {
	Service ServiceID
	Target  Percent
	Window  Window
	Zone    *time.Location
}

// HoursTerms forbid hours to maintenance.
type HoursTerms struct {
	Blackouts []BlackoutRule // complete: one for each region that is meant
}

// NoticeTerms say how long ahead customers are told.
type NoticeTerms struct {
	Of   []PlanKind
	Rule NoticeRule
	// OwedTo limits who was promised it to those whose offset from UTC at the
	// start differs from this: "+10:00". Empty: everybody. All are told all the
	// same.
	OwedTo string
}

// ClockTerms run from something that a customer does to something that we do.
type ClockTerms struct {
	Clock    string // acknowledgement, first_response or resolution
	Type     string // of record: incident, request, problem, any
	Tier     Tier   // 0: any
	Amount   int
	Unit     string // h, bh or bd
	Goal     int    // in the same unit; 0: none
	Calendar string // name of a business calendar; of h it may be empty
}

// HeartbeatTerms ask something of the jobs of a set.
type HeartbeatTerms struct {
	Set         string // which jobs: those whose monitors name this set
	Ask         HeartbeatAsk
	Datacentres int // how many distinct ones each region needs at least
}

// HeartbeatAsk is what is asked of a set of jobs.
type HeartbeatAsk string

// What can be asked.
const (
	Daily     HeartbeatAsk = "daily"    // a success of every job within each of its local days
	Distinct  HeartbeatAsk = "distinct" // jobs in enough data-centres, in each region that has any
	AllRegion HeartbeatAsk = "regions"  // the same of every region there is
)

// RegisterTerms ask for dated evidence.
type RegisterTerms struct {
	Record string // what is kept: "penetration_test"; those of one word share their evidence
	Every  Period // how old the newest evidence may be; zero: it has a date of expiry of its own
	Remind []int  // days before, the most first
}

// PromiseTerms ask for something by a date.
type PromiseTerms struct {
	Due       time.Time // the end of the day, in Zone
	Delivered time.Time // as the document says; zero: not yet, or evidence says so
	Zone      *time.Location
	Remind    []int // days before
}

// Period is a length by the calendar.
type Period struct{ Months, Days int }

// Contact is how somebody is reached.
type Contact struct {
	Role   string // "Support", "Chief operating officer"
	Region string // empty: everywhere
	Phone  string // as it was written
	Mail   string
	URL    string
	Hours  string // in words
}

// BusinessHours are when somebody is there, by the clocks on the wall of a zone.
type BusinessHours struct {
	Calendar string // name of the business calendar
	Zone     *time.Location
	Always   bool // at every instant; nothing else is then set
	Week     []OpenHours
	Closed   []ClosedDay // in order of their dates; none is known after the last
}

// OpenHours are a stretch of some weekdays, [From, To) since local midnight; To is
// at most 24 h.
type OpenHours struct {
	Days     []time.Weekday
	From, To time.Duration
}

// ClosedDay is a public holiday on which nobody is there.
type ClosedDay struct{ Date, Name string } // "2026-12-25"

// Evidence is a dated fact of a register: a test that was done, a certificate, a
// review, something that was delivered.
type Evidence struct {
	ID        string
	Record    string // what it is evidence of: a RegisterTerms.Record, or a commitment's id
	Title     string
	By        string // who did it
	At        time.Time
	ExpiresAt time.Time // zero: by the register's own period, or never
	URL       string    // where it can be read; may be empty
	Note      string
	Public    bool // shown on the page with its title; else its date alone
	AddedAt   time.Time
	Author    string    // actor's id
	Withdrawn time.Time // zero: it stands
}

// Verdict is what is said of a promise.
type Verdict string

// The verdicts. Of a period that is over: met, breached or insufficient_data. Of
// one that goes on: on_track, at_risk or breached. Of what has a date: met,
// on_track, at_risk or overdue.
const (
	Met              Verdict = "met"
	OnTrack          Verdict = "on_track"
	AtRisk           Verdict = "at_risk"
	Breached         Verdict = "breached"
	InsufficientData Verdict = "insufficient_data"
	Overdue          Verdict = "overdue"
	NotMeasured      Verdict = "not_measured"
)

// NonCompliance is the entry that a broken promise opens, once: what it was, who
// answers for it, by when.
type NonCompliance struct {
	ID         string // follows from the promise and the case: opened twice, it is one
	Commitment CommitmentID
	Case       string // of which case: "2026-11", a plan's id, a day
	Summary    string
	Owner      string
	OpenedAt   time.Time
	DueAt      time.Time
	ClosedAt   time.Time // zero: it is open
	Outcome    string    // what was done; needed to close it
	ClosedBy   string    // actor's id
	Version    int64
}

// Alert is something of which operators are told when it begins and when it is
// over, such as a budget that burns too fast.
type Alert struct {
	ID       string // follows from the subject and the rule
	Subject  string // a commitment's id, or a service's
	Rule     string // "page 14.4 over 1h and 5m"
	Severity string // page or ticket
	Summary  string
	Since    time.Time
	Until    time.Time // zero: it lasts
}

// Job is a heartbeat monitor as a promise sees it: which copy of what it makes.
type Job struct {
	Monitor    MonitorID
	Set        string // "backups"
	Region     RegionID
	Site       string
	Datacentre string
	Zone       *time.Location // of its days
}
