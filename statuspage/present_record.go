package statuspage

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// RecordPresent is what is on record at an instant, as far as it is public.
type RecordPresent struct {
	Incidents map[uptime.Tier]int // that are open
	Plans     map[PlanStage]int   // that are open
	// Next is when the next announced window begins, and Ahead how long before
	// that it was announced; zero: none is announced.
	Next  time.Time
	Ahead time.Duration
	// Announced are all announcements of times that are at hand: each plan's
	// first, and each that moved it. In no particular order.
	Announced []Announcement
	// NonCompliances is the number of entries that are open.
	NonCompliances int
}

// PlanStage is a kind of plan and how far it has come.
type PlanStage struct {
	Kind  uptime.PlanKind
	Phase uptime.PlanPhase
}

// Announcement is one announcement of a plan's times.
type Announcement struct {
	Kind  uptime.PlanKind
	At    time.Time
	Ahead time.Duration // before what it announced; 0: not before
}

func (b *book) recordPresent(now time.Time) *RecordPresent {
	if b.in.Unread {
		return nil
	}
	r := &RecordPresent{Incidents: make(map[uptime.Tier]int), Plans: make(map[PlanStage]int)}
	for _, inc := range b.in.Incidents {
		if inc.Open() {
			r.Incidents[inc.Tier]++
		}
	}
	for _, p := range b.in.Plans {
		if p.Open() {
			r.Plans[PlanStage{p.Kind, p.Phase}]++
		}
		from := p.Now().From
		if p.Phase == uptime.Scheduled && !p.Change() && from.After(now) && (r.Next.IsZero() || from.Before(r.Next)) {
			r.Next, r.Ahead = from, max(0, from.Sub(sinceWhen(p).At))
		}
		for _, revision := range p.Revisions {
			if !revision.Cancelled && !revision.Finished {
				r.Announced = append(r.Announced, Announcement{p.Kind, revision.At, max(0, revision.From.Sub(revision.At))})
			}
		}
	}
	for _, entry := range b.in.Kept.Entries {
		if entry.ClosedAt.IsZero() {
			r.NonCompliances++
		}
	}
	return r
}

// Account is what the newest edition comes to, worked out when it is first asked
// for: that may take tens of milliseconds.
type Account struct {
	Made      time.Time // the edition
	Standings []Standing
	Register  []uptime.Standing
	Findings  []uptime.Finding
}

// Account is that of the newest edition that is there; no other is made for it.
// False: there is none, or it is too old to be told.
func (p *Publisher) Account() (Account, bool) {
	e := p.edition.Load()
	if e == nil || p.now().Sub(e.book.now) >= TooOld {
		return Account{}, false
	}
	return Account{Made: e.book.now, Standings: e.standings(), Register: e.book.register(), Findings: e.book.findings()}, true
}
