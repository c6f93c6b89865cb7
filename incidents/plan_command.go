package incidents

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// Work is what people enter to plan work or a change.
type Work struct {
	Kind       uptime.PlanKind // empty: maintenance
	Title      string
	Body       string // Markdown
	Components []uptime.ComponentID
	Regions    []uptime.RegionID // empty: those that the components serve
	From, To   time.Time         // of a change To is left out
	Emergency  bool              // a label; its start may have been up to five minutes ago
	Publish    bool              // false: a draft
	Override   string            // why it is announced although it breaks a promise
}

// Move is what people enter to revise a plan.
type Move struct {
	From     time.Time // zero: as it is
	To       time.Time // zero: so that the window stays as long as it is
	Reason   string    // told to customers; may be empty
	Override string    // why it is announced although it breaks a promise
}

// Answer is what planning something would come to.
type Answer struct {
	Plan   uptime.Plan // as it would be
	Broken []uptime.Broken
	// Earliest is the first start, at or after the one asked for, that keeps every
	// promise; with Room false there is none within a year, or the start can not
	// move any more.
	Earliest time.Time
	Room     bool
	// Slots are the next five stretches that are long enough and keep every promise,
	// within 30 days of the start asked for. A change has none.
	Slots     []calendar.Span
	Forbidden []planned.Forbidden // the hours forbidden on the days around the window
	Deadline  time.Time           // the last instant at which the start can be announced in time
	Left      time.Duration       // until then; negative: it has passed
	Costs     []Cost              // empty: none of the services touched has a budget
	Owed      int                 // subscribers who would be told
	OwedBy    time.Time           // when they are to have been told: the Deadline
	Notice    uptime.Notice       // as it would be sent
	Channels  []uptime.Routed
}

// Cost is what a window may cost of a service's error budget, in seconds.
type Cost struct {
	Service uptime.ServiceID
	Name    string
	Budget  *big.Rat // of the whole period
	Used    *big.Rat // so far
	Window  *big.Rat // what the window costs if all of it counts
	After   *big.Rat // what would be left, negative where it does not suffice
	Share   *big.Rat // of the budget that the window costs
}

// BreaksPromise refuses what breaks a promise and has no override. It is Invalid,
// of the field from.
type BreaksPromise struct {
	Broken   []uptime.Broken
	Earliest time.Time // the first start that keeps every promise
	Room     bool      // whether there is one within a year
	text     string
}

// Error is one line.
func (b BreaksPromise) Error() string { return "from " + b.text }

// Unwrap is the refusal as a fault of what was entered.
func (b BreaksPromise) Unwrap() error { return Invalid{{Field: "from", Text: b.text}} }

// breaks refuses the answer's plan, in the page's time.
func (a Answer) breaks(zone *time.Location, begun bool) BreaksPromise {
	b := BreaksPromise{Broken: a.Broken, Earliest: a.Earliest, Room: a.Room}
	says := make([]string, len(a.Broken))
	for i, broken := range a.Broken {
		says[i] = broken.Text
		if broken.Commitment != "" {
			says[i] = fmt.Sprintf("%s (%s)", broken.Commitment, broken.Text)
		}
	}
	b.text = "breaks " + strings.Join(says, " and ") + ": "
	switch {
	case begun:
		b.text += "it has begun, so that its start cannot be another"
	case !a.Room:
		b.text += "no start within a year keeps every promise"
	default:
		b.text += "the earliest start that keeps every promise is " + bothClocks(a.Earliest, a.Plan.Rules, zone)
	}
	b.text += "; or say why it is announced all the same"
	return b
}

// bothClocks is an instant by the page's clock, and beside it by that of the
// forbidden hours where they read something else.
func bothClocks(at time.Time, rules uptime.PlanRules, zone *time.Location) string {
	text := notice.Clock(at, zone)
	for _, b := range rules.Blackouts {
		if b.Zone == nil {
			continue
		}
		if theirs := notice.Clock(at, b.Zone); theirs != text {
			return text + " (" + theirs + ")"
		}
		break
	}
	return text
}
