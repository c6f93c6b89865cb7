package exporter

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Sources are the places that gauges are read from at a scrape. Each answers
// at once from memory and never waits for the database. A nil source leaves
// its families out, and so does one that answers false: what nobody knows is not
// zero.
type Sources struct {
	// Present is how everything on the page stands at now.
	Present func(now time.Time) (Present, bool)
	// Account is what the record comes to. It may be some seconds old.
	Account func() (Account, bool)
	// Drafts is the number of open incidents that nobody has published.
	Drafts   func() (int, bool)
	Blind    func(uptime.Class) bool
	Told     func() (time.Time, bool) // when an Alertmanager told of anything last
	Recorder func() Recorder
	Outbox   func() (map[uptime.Lane]Lane, bool)
	Notices  func() (Notices, bool)
	Page     func() (Page, bool)
	Loops    func() []Loop
	Config   func() Config
	Storage  func() Storage
}

// Present is how everything on the page stands at an instant.
type Present struct {
	// States are the components' as readers meet them. A component of the
	// catalogue that is not among them is unknown.
	States map[uptime.ComponentID]uptime.State
	// Working tells, of the components that an open published plan names, whether
	// announced work goes on there.
	Working  map[uptime.ComponentID]bool
	Services []ServicePresent
	Record   *Record // nil: the record cannot be read
}

// ServicePresent is how one service stands at an instant.
type ServicePresent struct {
	ID    uptime.ServiceID
	State uptime.State
	// Errors is the share of it that this instant counts as bad, 0 to 1. NaN: the
	// instant does not count.
	Errors   float64
	Excluded bool
}

// Record is what is public of the record at an instant.
type Record struct {
	Incidents      map[uptime.Tier]int // that are open
	Plans          map[Stage]int       // that are open
	Next           time.Time           // when the next announced window begins; zero: none is announced
	Ahead          time.Duration       // how long before that it was announced
	Leads          []Lead              // of what was announced since the start
	NonCompliances int                 // entries that are open
}

// Stage is a kind of plan and how far it has come.
type Stage struct {
	Kind  uptime.PlanKind
	Phase uptime.PlanPhase
}

// Lead is how long ahead something planned was announced.
type Lead struct {
	Kind  uptime.PlanKind
	Ahead time.Duration
}

// Account is what the record comes to.
type Account struct {
	Services []Service
	Promises []Promise
	Findings map[uptime.FindingCheck]int
}

// Service is what is published of one service. Figures that are NaN are not known.
type Service struct {
	ID       uptime.ServiceID
	Windows  []Window // the commitment figure
	Observed []Window // the share of each window that somebody saw
	Burn     []Window // how many times faster than sustainable the error budget burns
	// BudgetRemaining is the share of the promised window's error budget that
	// is left, 1 to 0, below 0 once it is overspent; BudgetSeconds the same in
	// seconds.
	BudgetRemaining, BudgetSeconds float64
}

// Window is one figure of a service over one window. NaN: nothing of the window
// is known.
type Window struct {
	Name  string // of a closed list: "24h", "30d", "calendar_month"
	Value float64
}

// Promise is how one promise stands.
type Promise struct {
	Policy     uptime.PolicyID
	Commitment uptime.CommitmentID
	Verdict    uptime.Verdict
}

// Recorder is how the writer of samples is doing. Counts are since the start.
type Recorder struct {
	Queued  int
	Dropped int64 // samples let go because the queue was full
	Written int64 // samples
	Batches int64 // transactions that were committed
	Failed  int64 // transactions that were not
}

// Lane counts the notices of one lane that are owed and those that were given up.
type Lane struct {
	Pending int
	Dead    int
	Oldest  time.Time // since when the oldest that is pending could have gone; zero: none is
}

// Notices counts deliveries since the start, by what became of them.
type Notices struct{ Queued, Sent, Bounced, Dead, Held int64 }

// Page is how the published page is doing.
type Page struct {
	Rendered time.Time     // when its documents were last made
	Took     time.Duration // to make them
	Stale    time.Duration // the age from which on they are too old
}

// Loop is one supervised loop and its last sign of life.
type Loop struct {
	Name  string // of a closed list
	Age   time.Duration
	Limit time.Duration // the age from which on it counts as stalled
}

// Config is how the last reading of the configuration went.
type Config struct {
	Loaded time.Time // when the configuration in force was read
	OK     bool      // false: a newer one was refused
}

// Storage is what the database takes and what is left for it, in bytes. 0: not
// known.
type Storage struct{ Size, Free int64 }

// writeSources writes what the sources say at now.
func writeSources(t *text, w *watched, s Sources, now time.Time) {
	writeCatalogue(t, w)
	if s.Present != nil {
		if present, known := s.Present(now); known {
			writePresent(t, w, present)
		}
	}
	if s.Drafts != nil {
		if drafts, known := s.Drafts(); known {
			t.gauge("upheld_incident_drafts", "Open incidents that nobody has published, a number.", float64(drafts))
		}
	}
	if s.Account != nil {
		if account, known := s.Account(); known {
			writeAccount(t, account)
		}
	}
	if s.Blind != nil {
		t.begin(family{name: "upheld_vantage_blind", help: "Whether targets of this class of network cannot be seen because our own connection is lost."})
		for _, class := range classes {
			t.sample(yes(s.Blind(class)), label("class", class.String()))
		}
	}
	if s.Told != nil {
		if at, known := s.Told(); known {
			t.gauge("upheld_alertmanager_last_received_timestamp_seconds", "When an Alertmanager last told of alerts, in seconds since 1970; absent while none has.", unix(at))
		}
	}
	writeItself(t, s, now)
	t.gauge("upheld_monitors", "Monitors that are watched, a number.", float64(len(w.order)))
}
