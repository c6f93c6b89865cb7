package identity

import (
	"context"
	"errors"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// SignIn checks a name and a password that came from an IP address. An unknown
// name, a wrong password and a disabled account are all ErrRefused, after the
// same work. Too many tries are a [WaitError]: 20 an hour from an address, 10
// for a name. A success forgets the tries of the name, not those of the address.
func (s *Service) SignIn(ctx context.Context, name, password, address string) (uptime.User, error) {
	name = normalName(name)
	if err := s.mayTry(name, address); err != nil {
		return uptime.User{}, err
	}
	user, err := s.find(ctx, name)
	if err != nil {
		return uptime.User{}, err
	}
	password = normalPassword(password)
	fits, stale, err := s.hasher.check(ctx, password, user.PasswordHash)
	if err != nil {
		return uptime.User{}, err
	}
	if !fits || user.Disabled {
		// What was typed as a name may be a password: only who is known is written down.
		by := uptime.Actor{Kind: "user", ID: user.ID, Name: user.Name, Address: address}
		if err := s.apply(ctx, uptime.Changes{}, by, "session.refused", user.ID, ""); err != nil {
			return uptime.User{}, err
		}
		return uptime.User{}, ErrRefused
	}
	s.accounts.forget(accountKey(name))
	if stale {
		if err := s.rehash(ctx, user, password, address); err != nil {
			return uptime.User{}, err
		}
	}
	if err := s.apply(ctx, uptime.Changes{}, actor(user, address), "session.begin", user.ID, ""); err != nil {
		return uptime.User{}, err
	}
	return user, nil
}

// mayTry counts a try of an address and a name.
func (s *Service) mayTry(name, address string) error {
	if wait := s.addresses.take(addressKey(address), s.now()); wait > 0 {
		return &WaitError{wait}
	}
	if wait := s.accounts.take(accountKey(name), s.now()); wait > 0 {
		return &WaitError{wait}
	}
	return nil
}

// accountKey is what the tries of one name are counted by.
func accountKey(name string) string {
	key := strings.ToLower(name)
	return key[:min(len(key), 4*nameLongest)]
}

// find is a person by name; the zero user is nobody.
func (s *Service) find(ctx context.Context, name string) (uptime.User, error) {
	if !possibleName(name) {
		return uptime.User{}, nil
	}
	user, err := s.records.UserByName(ctx, name)
	if errors.Is(err, uptime.ErrNotFound) {
		return uptime.User{}, nil
	}
	return user, err
}

// rehash keeps a password that is known at this moment as it is kept today. No
// session ends for it.
func (s *Service) rehash(ctx context.Context, user uptime.User, password, address string) error {
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	s.changes.Lock()
	defer s.changes.Unlock()
	now, err := s.records.User(ctx, user.ID)
	if err != nil || now.PasswordHash != user.PasswordHash {
		return err // somebody set another one meanwhile
	}
	now.PasswordHash = hash
	changes := uptime.Changes{Users: []uptime.UserChange{{User: now}}}
	return s.apply(ctx, changes, actor(now, address), "user.rehash", now.ID, "")
}

// SignOut writes down that somebody ended their session. Ending it is up to who
// keeps it.
func (s *Service) SignOut(ctx context.Context, by uptime.Actor) error {
	return s.apply(ctx, uptime.Changes{}, by, "session.end", by.ID, "")
}

// Resume is the person of a session that began in an epoch of theirs.
// ErrRefused: they are gone or disabled, or the epoch is over, because their
// password or role changed.
func (s *Service) Resume(ctx context.Context, id string, epoch int64) (uptime.User, error) {
	user, err := s.records.User(ctx, id)
	switch {
	case errors.Is(err, uptime.ErrNotFound):
		return uptime.User{}, ErrRefused
	case err != nil:
		return uptime.User{}, err
	case user.Disabled || user.Epoch != epoch:
		return uptime.User{}, ErrRefused
	}
	return user, nil
}
