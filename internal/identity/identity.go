// Package identity says who somebody is: it keeps people and their API tokens,
// checks passwords and tokens, and lets the first administrator in. What
// somebody may do is decided by whoever asks, from the actor's role.
//
// Every change is one [uptime.Changes] with its entry in the audit log.
package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Records is what identity asks of the store. What is not there is
// uptime.ErrNotFound.
type Records interface {
	User(ctx context.Context, id string) (uptime.User, error)
	// UserByName finds a name without regard to case.
	UserByName(ctx context.Context, name string) (uptime.User, error)
	Users(ctx context.Context) ([]uptime.User, error)
	TokenByHash(ctx context.Context, hash string) (uptime.Token, error)
	Tokens(ctx context.Context) ([]uptime.Token, error)
	// Apply makes all of the changes, or none.
	Apply(ctx context.Context, changes uptime.Changes) error
}

// Errors that callers tell apart, beside uptime.ErrForbidden (the actor's role
// is too low), uptime.ErrNotFound and uptime.ErrConflict (the name is taken).
var (
	// ErrRefused: name and password, token or session are not good. It never
	// says which of them, or whether there is such a person.
	ErrRefused = errors.New("refused")
	// ErrBusy: too many passwords are being checked at this moment. Try again.
	ErrBusy = errors.New("too many are signing in at this moment")
	// ErrLastAdmin: without this person nobody could administer anything.
	ErrLastAdmin = errors.New("this is the last administrator who can sign in; make another one first")
	// ErrNoSetUp: no set-up is waiting, because somebody can sign in already or
	// because the time for it is over.
	ErrNoSetUp = errors.New("no set-up is waiting")
)

// WaitError refuses a try because there were too many.
type WaitError struct{ After time.Duration } // until the next one is heard

func (e *WaitError) Error() string { return "too many tries; wait " + e.After.String() }

// RuleError says what is wrong with something that a person typed, in a
// sentence that is meant for them. It never holds what they typed.
type RuleError struct {
	Field string // "name", "password", "role" or "lifetime"
	Text  string
}

func (e *RuleError) Error() string { return e.Text }

// Service knows people and tokens. It is safe for concurrent use.
type Service struct {
	records   Records
	now       func() time.Time
	words     words
	hasher    *hasher
	addresses *throttle
	accounts  *throttle
	setUp     setUp
	// changes keeps two changes of people apart, so that the rules that look at
	// several of them (the last administrator) hold for the second one as well.
	changes sync.Mutex
}

// How often somebody may try to sign in, in any hour.
const (
	triesAnAddress = 20
	triesAnAccount = 10
)

// New makes a service. It starts nothing.
func New(records Records, now func() time.Time) *Service {
	return &Service{
		records: records, now: now, words: readWords(), hasher: newHasher(),
		addresses: newThrottle(triesAnAddress), accounts: newThrottle(triesAnAccount),
	}
}

// apply makes a change and writes down who made it.
func (s *Service) apply(ctx context.Context, changes uptime.Changes, by uptime.Actor, action, object, detail string) error {
	changes.Audit = append(changes.Audit, s.entry(by, action, object, detail))
	if err := s.records.Apply(ctx, changes); err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}

func (s *Service) entry(by uptime.Actor, action, object, detail string) uptime.AuditEntry {
	return uptime.AuditEntry{At: s.now().UTC(), Actor: by, Action: action, Object: object, Detail: detail}
}

// newID makes an id that nobody can guess and that an address can hold.
func newID() string { return strings.ToLower(rand.Text()) }

// administered refuses everybody but administrators.
func administered(by uptime.Actor) error {
	if by.Role < uptime.Admin {
		return fmt.Errorf("this needs the role %s: %w", uptime.Admin, uptime.ErrForbidden)
	}
	return nil
}

// actor is a person as one who acts.
func actor(u uptime.User, address string) uptime.Actor {
	return uptime.Actor{Kind: "user", ID: u.ID, Name: u.Name, Role: u.Role, Address: address}
}
