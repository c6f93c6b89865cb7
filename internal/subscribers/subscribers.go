// Package subscribers keeps the list of those who asked for news: nobody is on
// it without a yes of their own, whoever leaves is gone at once, and whoever
// asks learns nothing of who else is on it.
package subscribers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/keys"
	"github.com/upheld/upheld/internal/uptime"
)

// Store is where the list is kept.
type Store interface {
	Apply(ctx context.Context, changes uptime.Changes) error
	Subscriber(ctx context.Context, id uptime.SubscriberID) (uptime.Subscriber, error)
	SubscriberByAddress(ctx context.Context, kind uptime.RecipientKind, address string) (uptime.Subscriber, error)
	Subscribers(ctx context.Context, filter uptime.SubscriberFilter, cursor uptime.Cursor) ([]uptime.Subscriber, error)
	DeliveryByID(ctx context.Context, id string) (uptime.Delivery, error)
	Settle(ctx context.Context, settlements []uptime.Settlement) (settled int, err error)
}

// Options are what a Service is made of. Store, Ring and Catalogue are needed.
type Options struct {
	Store Store
	Ring  *keys.Ring
	Now   func() time.Time // nil: time.Now
	// Catalogue is the one in force: the page, and the components that there are.
	Catalogue func() uptime.Catalogue
	// Offers tells whether news can be sent in this way; nil: in every way. A
	// request for another is refused.
	Offers func(uptime.RecipientKind) bool
	// Plain tells whether a webhook on this host may be called without
	// encryption, as one on our own network may; nil: none may.
	Plain func(host string) bool
	// Reachable refuses the host of a webhook that is known never to be reached,
	// such as an address that the egress guard refuses. It asks nobody. Nil:
	// none is refused, and a call fails where it is made.
	Reachable func(host string) error
	// Pace is how long every answer to Ask takes, or a multiple of it, whatever
	// was found meanwhile; 0: 250 ms.
	Pace time.Duration
}

// Service is the list of subscribers. It is safe for concurrent use.
type Service struct {
	Options
	visits *visits
	// turn is held from reading a subscriber to writing them, so that of two
	// changes the second is decided on what the first one wrote.
	turn chan struct{}
}

// New makes a service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Offers == nil {
		o.Offers = func(uptime.RecipientKind) bool { return true }
	}
	if o.Plain == nil {
		o.Plain = func(string) bool { return false }
	}
	if o.Reachable == nil {
		o.Reachable = func(string) error { return nil }
	}
	if o.Pace <= 0 {
		o.Pace = 250 * time.Millisecond
	}
	return &Service{Options: o, visits: newVisits(), turn: make(chan struct{}, 1)}
}

// Purposes of the words that stand in addresses.
const (
	ToConfirm = "confirm"
	ToManage  = "manage"
	ToLeave   = "unsubscribe"
)

// Limits of asking.
const (
	// WordLives is how long after it was asked for a subscription can be
	// confirmed. What nobody confirmed by then is erased.
	WordLives = 7 * 24 * time.Hour
	// MailEvery is the least time between two requests to confirm to one address.
	MailEvery = 10 * time.Minute
	// AsksAnHour is how often one client may ask.
	AsksAnHour = 5
)

// Errors that callers act on, beside those of package uptime, *Invalid and
// *TooOften.
var (
	// ErrWord: the word of an address was not made here, or it came too late.
	ErrWord = fmt.Errorf("the link is no longer valid: %w", uptime.ErrNotFound)
	// ErrLeft: the word is good, and its subscriber has left.
	ErrLeft = fmt.Errorf("the subscriber has left: %w", uptime.ErrNotFound)
	// ErrKnown: the address is on the list already. Only operators are told.
	ErrKnown = errors.New("the address is on the list already")
	// ErrNotOne: it is no webhook, and so has no secret; or it was not
	// quarantined, and so is not released; or nothing was sent that could bounce.
	ErrNotOne = errors.New("there is nothing to be done")
)

// Invalid says what is wrong with a request, field by field.
type Invalid struct{ Fields []Field }

// Field is one field that is wrong.
type Field struct {
	Name string // "address", "components", "news", "zone" or "consent"
	Text string // what is wrong, and what would do; a sentence without a full stop
}

// Error is one line, without what was entered as an address.
func (e *Invalid) Error() string {
	texts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		texts[i] = f.Name + ": " + f.Text
	}
	return strings.Join(texts, "; ")
}

// Has tells whether the field of this name is wrong.
func (e *Invalid) Has(name string) bool {
	for _, f := range e.Fields {
		if f.Name == name {
			return true
		}
	}
	return false
}

func (e *Invalid) add(name, text string) { e.Fields = append(e.Fields, Field{name, text}) }

// orNil is the error, if there is one.
func (e *Invalid) orNil() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// TooOften refuses a client who asks too often.
type TooOften struct{ Wait time.Duration }

// Error is one line.
func (e *TooOften) Error() string {
	return fmt.Sprintf("asked too often; ask again in %s", e.Wait.Round(time.Second))
}

// Word is the word for an address that leads this subscriber to one of the
// purposes.
func (s *Service) Word(purpose string, id uptime.SubscriberID) string {
	return s.Ring.Sign(purpose, string(id))
}

// sealedFor is the purpose that webhooks' secrets are sealed for, with their
// subscriber's id as owner.
const sealedFor = "webhook"

// Secrets opens what is kept sealed in uptime.Subscriber.Secrets and
// uptime.Recipient.Secrets.
func (s *Service) Secrets(id uptime.SubscriberID, sealed []string) ([]string, error) {
	secrets := make([]string, len(sealed))
	for i, text := range sealed {
		secret, err := s.Ring.Open(sealedFor, string(id), text)
		if err != nil {
			return nil, fmt.Errorf("the secret of subscriber %s: %w", id, err)
		}
		secrets[i] = secret
	}
	return secrets, nil
}

func (s *Service) seal(id uptime.SubscriberID, secret string) string {
	return s.Ring.Seal(sealedFor, string(id), secret)
}

// exclusively runs f while no other change is decided on.
func (s *Service) exclusively(ctx context.Context, f func() error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tries is how often something is decided on again that the store has changed
// meanwhile, as by a bounce.
const tries = 5

// decide runs f, which reads, decides and applies, until what it read was still
// true when it was written.
func (s *Service) decide(ctx context.Context, f func() error) error {
	return s.exclusively(ctx, func() error {
		for range tries - 1 {
			if err := f(); !errors.Is(err, uptime.ErrConflict) {
				return err
			}
		}
		return f()
	})
}

// newID is a name that tells nothing and that nobody guesses.
func newID() uptime.SubscriberID { return uptime.SubscriberID(strings.ToLower(rand.Text())) }

func (s *Service) now() time.Time { return s.Now().UTC() }

// entry is a line of the audit log.
func entry(at time.Time, by uptime.Actor, action, object, detail string) []uptime.AuditEntry {
	return []uptime.AuditEntry{{At: at, Actor: by, Action: action, Object: object, Detail: detail}}
}

// itself is a subscriber as an actor. Their network address is not written
// down: the audit log outlives them.
func itself(id uptime.SubscriberID) uptime.Actor {
	return uptime.Actor{Kind: "subscriber", ID: string(id), Name: "subscriber"}
}
