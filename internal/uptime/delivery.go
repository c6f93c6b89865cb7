package uptime

import "time"

// Lane is a queue of the outbox with workers of its own, so that many of one
// kind never delay one of another.
type Lane string

// The lanes.
const (
	LaneOperators   Lane = "operators"   // the operators' channels, one worker each
	LaneSubscribers Lane = "subscribers" // news for the public
	LaneBulk        Lane = "bulk"        // requests to confirm, reports: whatever can wait
)

// RecipientKind is how a recipient is reached.
type RecipientKind string

// The kinds of recipient.
const (
	ToChannel RecipientKind = "channel" // of the configuration
	ToMail    RecipientKind = "mail"
	ToWebhook RecipientKind = "webhook"
)

// Recipient is who a delivery goes to.
type Recipient struct {
	Kind RecipientKind
	ID   string // the channel's name, or the subscriber's id
	// Address of a subscriber: a mail address or a URL. Empty: they have left.
	Address string
	// Secrets sign what a subscriber's webhook is sent: whsec_…, the newest
	// first. Sealed in the database.
	Secrets []string
}

// Delivery is one notice on its way to one recipient: a row of the outbox, and
// afterwards a row of the ledger.
type Delivery struct {
	ID        string // stable: the Message-ID and the webhook-id come of it
	Seq       int64  // the order in which they are owed
	Lane      Lane
	Recipient Recipient
	Notice    Notice // without Channels and Audience
	State     DeliveryState
	Held      HoldReason // why it waits or was not sent; empty: nothing holds it
	Due       time.Time
	Attempt   int // begun so far; only the newest attempt settles it
	// Lost counts the attempts that ended without a word: claimed again because
	// the lease ran out. Unsure is the end of the first such lease, zero if there
	// was none. What is unsure may have been sent, together with those that share
	// the instant, and is sent again in the same piece and under the same id.
	Lost   int
	Unsure time.Time

	// What came of it.
	Settled  time.Time // zero: not yet
	Error    string    // of the last attempt that failed; without addresses and secrets
	Reply    string    // the other side's own words, likewise
	RemoteID string    // the id that the other side gave it
	Digest   string    // SHA-256 of the content that was sent, in hex
	In       string    // the delivery that told it, where several went as one
}

// DeliveryState is how far a delivery has come. Its words are the ledger's:
// nothing is called sent that was only queued.
type DeliveryState string

// The states.
const (
	DeliveryQueued   DeliveryState = "queued"
	DeliverySending  DeliveryState = "sending"  // an attempt is under way
	DeliverySent     DeliveryState = "sent"     // handed over; the other side gives no receipt
	DeliveryAccepted DeliveryState = "accepted" // the other side took it: SMTP 250, HTTP 2xx
	DeliveryBounced  DeliveryState = "bounced"  // refused for good: SMTP 5xx, or a report came back
	DeliveryDead     DeliveryState = "dead"     // given up; a person may send it again
	DeliveryHeld     DeliveryState = "held"     // not to be sent, see Held
)

// Claim asks for deliveries that are due, the oldest first. Of a recipient all
// that may go is handed out together, beyond the limit if need be, so that it
// is always folded in the same way.
type Claim struct {
	Lane    Lane
	Kind    RecipientKind // of the recipients; empty: any
	Channel string        // of LaneOperators: this channel's alone; else empty
	Except  []string      // with an empty Channel: not these channels'
	Now     time.Time
	Lease   time.Duration // nobody else gets them until Now plus this
	Limit   int
}

// Settlement is what became of one attempt. The store writes many at a time.
type Settlement struct {
	Delivery string
	Attempt  int // of the delivery as it was claimed; an older one settles nothing
	State    DeliveryState
	At       time.Time
	Again    time.Time // with DeliveryQueued: when it is due again
	Held     HoldReason
	Error    string
	Reply    string
	RemoteID string
	Digest   string
	In       string
	// Gone: the other side wants no more (HTTP 410). The subscriber is
	// quarantined, the channel disabled.
	Gone bool
	// Untried, with DeliveryQueued: it was given back before anything was sent.
	// The attempt does not count: the delivery's Attempt is one less.
	Untried bool
}

// BouncesToQuarantine is the number of bounces in a row after which an address
// is sent nothing more.
const BouncesToQuarantine = 3

// Backlog counts the deliveries that were not handed on.
type Backlog struct {
	Waiting int       // owed, or being sent
	Dead    int       // given up, for a person to look at
	Oldest  time.Time // when the oldest that waits became owed; zero: none waits
}

// NoticeRecord is a notice as the ledger has it: what was owed, why, and how
// many deliveries came to what.
type NoticeRecord struct {
	Notice Notice // with Audience and without Channels
	Counts map[DeliveryState]int
}

// ChannelState is what was learned of a channel of the configuration.
type ChannelState struct {
	Name       string
	DisabledAt time.Time // zero: it is in use
	Reason     string    // why it was disabled
}

// NoticeFilter chooses notices of the ledger. Zero fields choose all.
type NoticeFilter struct {
	Incident IncidentID
	Plan     PlanID
	Reason   NoticeReason
}

// DeliveryFilter chooses deliveries of the ledger. Zero fields choose all.
type DeliveryFilter struct {
	Notice     string // id
	Incident   IncidentID
	Plan       PlanID
	State      DeliveryState
	Channel    string
	Subscriber SubscriberID
}
