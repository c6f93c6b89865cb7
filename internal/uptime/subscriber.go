package uptime

import "time"

// SubscriberID names a subscriber without telling the address.
type SubscriberID string

// Subscriber is a member of the public who asked for news.
type Subscriber struct {
	ID         SubscriberID
	Kind       RecipientKind // ToMail or ToWebhook
	Address    string        // mail address as it was given, or URL; unique with Kind without regard to case
	Components []ComponentID // empty: all, those to come included
	News       []News
	Zone       string // IANA name of the zone that they live by; empty: not said
	State      SubscriberState
	CreatedAt  time.Time
	// Consent: how and when they said yes.
	ConfirmedAt time.Time // zero: not yet
	Source      string    // "form", "api", "import" or "admin"
	ConsentFrom string    // keyed hash of the IP address that confirmed; empty: imported or added
	AskedAt     time.Time // when the newest request to confirm was sent
	Bounces     int       // in a row
	Reason      string    // why they are quarantined
	// Secrets sign a webhook's messages, whsec_…, the newest first; at most two
	// while one replaces the other. Sealed in the database.
	Secrets []string
}

// SubscriberState is how far a subscription has come.
type SubscriberState string

// The states.
const (
	SubscriberPending     SubscriberState = "pending"     // asked, not confirmed: is sent nothing but the request
	SubscriberConfirmed   SubscriberState = "confirmed"   //
	SubscriberQuarantined SubscriberState = "quarantined" // bounced too often, or answered 410
)

// SubscriberChange is a subscriber as they shall be.
type SubscriberChange struct {
	Subscriber Subscriber
	New        bool // there must be none with this kind and address: else ErrConflict
	// Expect is the state that was decided on: in any other, or gone, the answer
	// is ErrConflict. Empty: whatever it is. A bounce that comes in meanwhile is
	// not written over.
	Expect SubscriberState
}

// Cursor asks for the part of a list after an item. Lists are ordered newest
// first and stay so while they grow.
type Cursor struct {
	After string // id of the last item that was seen; empty: from the start
	Limit int    // 1 to 500
}

// SubscriberFilter chooses subscribers. Zero fields choose all.
type SubscriberFilter struct {
	State     SubscriberState
	Component ComponentID // whoever would be told of it
}
