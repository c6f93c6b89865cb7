package identity

import (
	"context"
	"fmt"

	"github.com/upheld/upheld/internal/uptime"
)

// hashNew hashes a password that is good enough.
func (s *Service) hashNew(ctx context.Context, password, name string) (string, error) {
	if err := s.words.checkPassword(password, name); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

// SetPassword gives a person another password and ends their sessions. Only an
// administrator may; everybody changes their own with [Service.ChangePassword].
func (s *Service) SetPassword(ctx context.Context, by uptime.Actor, id, password string) error {
	if err := administered(by); err != nil {
		return err
	}
	user, err := s.records.User(ctx, id)
	if err != nil {
		return err
	}
	hash, err := s.hashNew(ctx, normalPassword(password), user.Name)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, by, id, "user.password", func(u *uptime.User) (string, error) {
		u.PasswordHash = hash
		return "", nil
	})
	return err
}

// ChangePassword is somebody giving themselves another password. It ends their
// sessions, this one included: the person that is returned has the epoch for a
// new one. ErrRefused: the current password is wrong; tries are counted as
// those of signing in are.
func (s *Service) ChangePassword(ctx context.Context, by uptime.Actor, current, next string) (uptime.User, error) {
	if by.Kind != "user" {
		return uptime.User{}, fmt.Errorf("only a person has a password: %w", uptime.ErrForbidden)
	}
	user, err := s.records.User(ctx, by.ID)
	if err != nil {
		return uptime.User{}, err
	}
	if err := s.mayTry(user.Name, by.Address); err != nil {
		return uptime.User{}, err
	}
	fits, _, err := s.hasher.check(ctx, normalPassword(current), user.PasswordHash)
	if err != nil {
		return uptime.User{}, err
	}
	if !fits || user.Disabled {
		return uptime.User{}, ErrRefused
	}
	s.accounts.forget(accountKey(user.Name))
	hash, err := s.hashNew(ctx, normalPassword(next), user.Name)
	if err != nil {
		return uptime.User{}, err
	}
	return s.change(ctx, by, user.ID, "user.password", func(u *uptime.User) (string, error) {
		if u.PasswordHash != user.PasswordHash || u.Disabled {
			return "", uptime.ErrConflict
		}
		u.PasswordHash = hash
		return "by themselves", nil
	})
}
