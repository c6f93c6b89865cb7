package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/keys"
	"github.com/upheld/upheld/internal/uptime"
)

// SetUpTime is how long the first administrator may take.
const SetUpTime = 30 * time.Minute

// setUpPrefix begins the secret that lets the first administrator in.
const setUpPrefix = "setup_"

// setUp is the secret's hash, and until when it is good. It is kept in memory
// alone: another start makes another one.
type setUp struct {
	mu    sync.Mutex
	hash  string // empty: none is waiting
	until time.Time
}

// OfferSetUp makes the secret with which the first administrator sets things
// up, good for SetUpTime and for one use. It replaces one that was made before.
// Empty: there is somebody already.
func (s *Service) OfferSetUp(ctx context.Context) (secret string, err error) {
	users, err := s.records.Users(ctx)
	if err != nil || len(users) > 0 {
		return "", err
	}
	secret = keys.NewToken(setUpPrefix)
	s.setUp.mu.Lock()
	defer s.setUp.mu.Unlock()
	s.setUp.hash, s.setUp.until = keys.HashToken(secret), s.now().Add(SetUpTime)
	return secret, nil
}

// SetUpWaiting tells whether a set-up that was offered waits to be used, and
// whether one was offered that nobody used in time.
func (s *Service) SetUpWaiting() (waiting, over bool) {
	_, waiting, over = s.waitingSetUp()
	return waiting, over
}

func (s *Service) waitingSetUp() (hash string, waiting, over bool) {
	s.setUp.mu.Lock()
	defer s.setUp.mu.Unlock()
	offered, inTime := s.setUp.hash != "", s.now().Before(s.setUp.until)
	return s.setUp.hash, offered && inTime, offered && !inTime
}

func (s *Service) endSetUp() {
	s.setUp.mu.Lock()
	defer s.setUp.mu.Unlock()
	s.setUp.hash = ""
}

// SetUp makes the first administrator. The secret is that of OfferSetUp and the
// address the client's IP address, whose tries are counted as those of signing
// in are. ErrRefused: the secret is wrong; ErrNoSetUp: none is waiting; a
// [RuleError] says what is wrong with the name or the password, and the secret
// stays good.
func (s *Service) SetUp(ctx context.Context, secret, name, password, address string) (uptime.User, error) {
	if wait := s.addresses.take(addressKey(address), s.now()); wait > 0 {
		return uptime.User{}, &WaitError{wait}
	}
	want, waiting, _ := s.waitingSetUp()
	if !waiting {
		return uptime.User{}, ErrNoSetUp
	}
	by := uptime.Actor{Kind: "setup", Role: uptime.Admin, Address: address}
	if subtle.ConstantTimeCompare([]byte(keys.HashToken(secret)), []byte(want)) != 1 {
		return uptime.User{}, errors.Join(ErrRefused, s.apply(ctx, uptime.Changes{}, by, "setup.refused", "", ""))
	}
	user, err := s.makeUser(ctx, NewUser{Name: name, Role: uptime.Admin, Password: password})
	if err != nil {
		return uptime.User{}, err
	}
	changes := uptime.Changes{Users: []uptime.UserChange{{User: user, New: true, First: true}}}
	err = s.apply(ctx, changes, by, "user.create", user.ID, user.Name+" as "+user.Role.String())
	switch {
	case errors.Is(err, uptime.ErrConflict): // somebody was first, here or by a command
		s.endSetUp()
		return uptime.User{}, ErrNoSetUp
	case err != nil:
		return uptime.User{}, err
	}
	s.endSetUp()
	return user, nil
}
