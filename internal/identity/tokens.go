package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/upheld/upheld/internal/keys"
	"github.com/upheld/upheld/internal/uptime"
)

// TokenPrefix begins the secret of every API token, so that one that leaked is
// found for what it is.
const TokenPrefix = "uph_"

// How long a token is good for.
const (
	TokenUsual   = 90 * 24 * time.Hour
	TokenLongest = 365 * 24 * time.Hour
)

// NewToken is a secret that a program shall sign in with.
type NewToken struct {
	Name     string // what it is for: 1 to 64 characters
	Role     uptime.Role
	Lifetime time.Duration // 0: TokenUsual; at most TokenLongest
	Owner    string        // id of the person whose it is; empty: the actor
}

// NewToken makes a token and returns its secret, which nobody can read again.
// A person makes tokens of their own role at most. A token makes none, so that
// one that leaked does not outlive itself; a command makes them for an owner.
func (s *Service) NewToken(ctx context.Context, by uptime.Actor, n NewToken) (uptime.Token, string, error) {
	owner, err := s.tokenOwner(ctx, by, n.Owner)
	if err != nil {
		return uptime.Token{}, "", err
	}
	if n.Lifetime == 0 {
		n.Lifetime = TokenUsual
	}
	n.Name = normalName(n.Name)
	if err := errors.Join(checkRole(n.Role), checkToken(n)); err != nil {
		return uptime.Token{}, "", err
	}
	if n.Role > min(by.Role, owner.Role) {
		return uptime.Token{}, "", fmt.Errorf("a token may do no more than its owner: %w", uptime.ErrForbidden)
	}
	secret, now := keys.NewToken(TokenPrefix), s.now().UTC()
	token := uptime.Token{
		ID: newID(), Name: n.Name, Hash: keys.HashToken(secret), Role: n.Role, Owner: owner.ID,
		CreatedAt: now, ExpiresAt: now.Add(n.Lifetime),
	}
	detail := fmt.Sprintf("%s as %s until %s", n.Name, n.Role, token.ExpiresAt.Format(time.DateOnly))
	if err := s.apply(ctx, uptime.Changes{Tokens: []uptime.Token{token}}, by, "token.create", token.ID, detail); err != nil {
		return uptime.Token{}, "", err
	}
	return token, secret, nil
}

// tokenOwner is whose a new token is.
func (s *Service) tokenOwner(ctx context.Context, by uptime.Actor, owner string) (uptime.User, error) {
	if by.Kind == "user" && owner == "" {
		owner = by.ID
	}
	if by.Kind != "command" && (by.Kind != "user" || owner != by.ID) {
		return uptime.User{}, fmt.Errorf("a person makes tokens for themselves: %w", uptime.ErrForbidden)
	}
	user, err := s.records.User(ctx, owner)
	if err == nil && user.Disabled {
		err = fmt.Errorf("the owner is disabled: %w", uptime.ErrForbidden)
	}
	return user, err
}

func checkToken(n NewToken) error {
	if !utf8.ValidString(n.Name) || n.Name == "" || utf8.RuneCountInString(n.Name) > nameLongest ||
		strings.ContainsFunc(n.Name, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return &RuleError{"name", "Say in 1 to 64 characters what the token is for."}
	}
	if n.Lifetime < 0 || n.Lifetime > TokenLongest {
		return &RuleError{"lifetime", "A token is good for a year at most."}
	}
	return nil
}

// Tokens are the tokens that the actor may know of, without their hashes: an
// administrator's are all, everybody else's their own; a token's is itself.
func (s *Service) Tokens(ctx context.Context, by uptime.Actor) ([]uptime.Token, error) {
	all, err := s.records.Tokens(ctx)
	var mine []uptime.Token
	for _, t := range all {
		if mayKnow(by, t) {
			t.Hash = ""
			mine = append(mine, t)
		}
	}
	return mine, err
}

func mayKnow(by uptime.Actor, t uptime.Token) bool {
	return by.Role >= uptime.Admin || by.Kind == "user" && by.ID == t.Owner || by.Kind == "token" && by.ID == t.ID
}

// Revoke ends a token at once: an administrator any, everybody their own, a
// token itself. One that has ended stays as it is. uptime.ErrNotFound: there is
// none that the actor may know of.
func (s *Service) Revoke(ctx context.Context, by uptime.Actor, id string) error {
	tokens, err := s.records.Tokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.ID != id || !mayKnow(by, t) {
			continue
		}
		if !t.RevokedAt.IsZero() {
			return nil
		}
		t.RevokedAt = s.now().UTC()
		return s.apply(ctx, uptime.Changes{Tokens: []uptime.Token{t}}, by, "token.revoke", t.ID, t.Name)
	}
	return fmt.Errorf("token %q: %w", id, uptime.ErrNotFound)
}

// Authenticate is who acts with the secret of a token, from an IP address. What
// it may do is the less of the token's role and its owner's. ErrRefused: there
// is no such token, it has ended, or its owner is disabled.
func (s *Service) Authenticate(ctx context.Context, secret, address string) (uptime.Actor, error) {
	if !strings.HasPrefix(secret, TokenPrefix) {
		return uptime.Actor{}, ErrRefused
	}
	token, err := s.records.TokenByHash(ctx, keys.HashToken(secret))
	if err != nil {
		return uptime.Actor{}, refusedIfAbsent(err)
	}
	if !token.RevokedAt.IsZero() || !token.ExpiresAt.IsZero() && !s.now().Before(token.ExpiresAt) {
		return uptime.Actor{}, ErrRefused
	}
	owner, err := s.records.User(ctx, token.Owner)
	if err != nil {
		return uptime.Actor{}, refusedIfAbsent(err)
	}
	if owner.Disabled {
		return uptime.Actor{}, ErrRefused
	}
	return uptime.Actor{
		Kind: "token", ID: token.ID, Name: token.Name, Role: min(token.Role, owner.Role), Address: address,
	}, nil
}

func refusedIfAbsent(err error) error {
	if errors.Is(err, uptime.ErrNotFound) {
		return ErrRefused
	}
	return err
}
