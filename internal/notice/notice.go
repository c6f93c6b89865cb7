// Package notice decides who is told what, when, and why not: it plans notices
// out of events, reminds of what still lasts, and folds what waits for one
// recipient into messages. It is pure. It sends nothing.
package notice

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Rules are what decides beside the event itself: the page, its components and
// the operators' channels in force.
type Rules struct {
	Page      uptime.PageName
	Catalogue uptime.Catalogue
	Channels  []Channel
	// States are what components are now, where an event does not say.
	States map[uptime.ComponentID]uptime.State
	// Public tells whether the public can subscribe at all. Without it no notice
	// has an audience.
	Public bool
}

// Channel is one of the operators' channels, as far as deciding needs it.
type Channel struct {
	Name string
	// Which incidents it wants. An empty list wants all; of lists that are given
	// each must have a match.
	Tiers      []uptime.Tier
	Components []uptime.ComponentID
	Tags       []string
	Quiet      *Quiet        // nil: none
	Remind     time.Duration // while an incident lasts; 0: no reminders
	Disabled   bool
}

// Quiet is the part of every day in which a channel is left alone. What falls
// into it waits for its end.
type Quiet struct {
	From, To time.Duration // since local midnight, by the clock on the wall; To before From: over midnight
	Zone     *time.Location
	Except   uptime.Tier // incidents of this tier or a graver one (a lower number) go at once; 0: none do
}

// Event is something that people may be owed a notice of.
type Event struct {
	ID       string // the notice's: the same whenever the same event is decided on again
	Reason   uptime.NoticeReason
	Incident uptime.Incident // as decided, with its updates; zero: about none
	Update   uptime.Update   // the one that is told; zero: none
	// Plan is as decided, with its revisions and updates; zero: about none. A
	// reason that is about no plan is routed by it all the same.
	Plan       uptime.Plan
	PlanUpdate uptime.PlanUpdate // the one that is told; zero: none
	States     map[uptime.ComponentID]uptime.State
	Summary    string // one line; empty: made of the incident or the plan
	// Held holds the notice back from everybody (silent, depends_on, flapping,
	// during_maintenance). Drafts are held back from the public by themselves.
	Held uptime.HoldReason
	// Tier is how grave something is that is about no incident, for channels that
	// are told of the grave at any hour; 0: not grave.
	Tier  uptime.Tier
	Facts map[string]string
}

// Facts about a plan: how long ahead its times in force were announced, and the
// longest notice that is promised of it, both in words such as "50 h". The second
// is missing where nothing is promised.
const (
	FactAhead    = "ahead"
	FactPromised = "promised"
)

// FactChannel is the fact that names a channel: the one that is tested, or the
// one that takes no messages.
const FactChannel = "channel"

// Message is what goes to one recipient in one piece.
type Message struct {
	// ID is that of the delivery that carries it: the newest. What comes again
	// under an id that may have been sent is the same message (see Fold).
	ID      string
	To      uptime.Recipient
	Reason  uptime.NoticeReason // the notice's, or WasDown or Digest
	Notices []uptime.Notice     // oldest first; one, unless Reason says otherwise
	// Deliveries are settled together when the message is.
	Deliveries []uptime.Delivery
}
