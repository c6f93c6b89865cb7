package identity

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func TestTokens(t *testing.T) {
	u := newUnder()
	owner := u.add(t, "anna", uptime.Publisher)
	token, secret, err := u.NewToken(t.Context(), as(owner), NewToken{Name: " deploys ", Role: uptime.Responder})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, TokenPrefix) || len(secret) < 40 || token.Owner != owner.ID || token.Name != "deploys" ||
		!token.ExpiresAt.Equal(start.Add(90*24*time.Hour)) {
		t.Errorf("%+v, %s", token, secret)
	}
	for _, kept := range []string{token.Hash, u.shelf.audit[0].Detail, u.shelf.audit[0].Object} {
		if kept == "" || strings.Contains(kept, secret) || strings.Contains(kept, secret[len(TokenPrefix):]) {
			t.Errorf("%q is kept", kept)
		}
	}
	who, err := u.Authenticate(t.Context(), secret, address)
	if want := (uptime.Actor{Kind: "token", ID: token.ID, Name: "deploys", Role: uptime.Responder, Address: address}); err != nil || who != want {
		t.Errorf("%+v, %v", who, err)
	}
	for name, wrong := range map[string]string{
		"none": "", "the prefix": TokenPrefix, "cut": secret[:len(secret)-1], "longer": secret + "x", "its hash": token.Hash,
		"no prefix": secret[len(TokenPrefix):], "another prefix": "UPH_" + secret[len(TokenPrefix):], "its id": TokenPrefix + token.ID,
	} {
		if _, err := u.Authenticate(t.Context(), wrong, address); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatATokenMayNotBe(t *testing.T) {
	u := newUnder()
	anna, off := u.add(t, "anna", uptime.Responder), u.add(t, "off", uptime.Admin)
	off.Disabled = true
	u.shelf.users[off.ID] = off
	command := root()
	for name, tc := range map[string]struct {
		by   uptime.Actor
		n    NewToken
		want error // nil: a RuleError
	}{
		"more than its owner":               {as(anna), NewToken{Name: "x", Role: uptime.Publisher}, uptime.ErrForbidden},
		"for somebody else":                 {as(anna), NewToken{Name: "x", Role: uptime.Viewer, Owner: "other"}, uptime.ErrForbidden},
		"made by a token":                   {uptime.Actor{Kind: "token", ID: "t", Role: uptime.Admin}, NewToken{Name: "x", Role: uptime.Viewer}, uptime.ErrForbidden},
		"made by a token for its owner":     {uptime.Actor{Kind: "token", ID: "t", Role: uptime.Admin}, NewToken{Name: "x", Role: uptime.Viewer, Owner: anna.ID}, uptime.ErrForbidden},
		"by a command, more than its owner": {command, NewToken{Name: "x", Role: uptime.Admin, Owner: anna.ID}, uptime.ErrForbidden},
		"by a command for nobody":           {command, NewToken{Name: "x", Role: uptime.Viewer}, uptime.ErrNotFound},
		"of who is disabled":                {command, NewToken{Name: "x", Role: uptime.Viewer, Owner: off.ID}, uptime.ErrForbidden},
		"without a role":                    {as(anna), NewToken{Name: "x"}, nil},
		"without a name":                    {as(anna), NewToken{Role: uptime.Viewer}, nil},
		"with two lines":                    {as(anna), NewToken{Name: "a\nb", Role: uptime.Viewer}, nil},
		"for more than a year":              {as(anna), NewToken{Name: "x", Role: uptime.Viewer, Lifetime: TokenLongest + 1}, nil},
		"over already":                      {as(anna), NewToken{Name: "x", Role: uptime.Viewer, Lifetime: -1}, nil},
	} {
		token, secret, err := u.NewToken(t.Context(), tc.by, tc.n)
		if err == nil || tc.want != nil && !errors.Is(err, tc.want) || tc.want == nil && !errors.As(err, new(*RuleError)) || secret != "" {
			t.Errorf("%s: %+v, %v", name, token, err)
		}
	}
	if len(u.shelf.tokens)+len(u.shelf.audit) > 0 {
		t.Error("something was made all the same")
	}
	if _, _, err := u.NewToken(t.Context(), command, NewToken{Name: "x", Role: uptime.Viewer, Lifetime: TokenLongest, Owner: anna.ID}); err != nil {
		t.Errorf("by a command, for a year: %v", err)
	}
}

func TestHowATokenEnds(t *testing.T) {
	for name, end := range map[string]func(u *under, owner uptime.User, token uptime.Token) error{
		"its time": func(u *under, _ uptime.User, _ uptime.Token) error { u.turn(TokenUsual); return nil },
		"revoked by its owner": func(u *under, owner uptime.User, token uptime.Token) error {
			return u.Revoke(t.Context(), as(owner), token.ID)
		},
		"revoked by an administrator": func(u *under, _ uptime.User, token uptime.Token) error {
			return u.Revoke(t.Context(), root(), token.ID)
		},
		"its owner is disabled": func(u *under, owner uptime.User, _ uptime.Token) error {
			return u.Disable(t.Context(), root(), owner.ID)
		},
		"its owner is gone": func(u *under, owner uptime.User, _ uptime.Token) error {
			delete(u.shelf.users, owner.ID)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUnder()
			owner := u.add(t, "anna", uptime.Viewer)
			token, secret, err := u.NewToken(t.Context(), as(owner), NewToken{Name: "x", Role: uptime.Viewer})
			if err != nil {
				t.Fatal(err)
			}
			u.turn(TokenUsual - time.Second)
			if _, err := u.Authenticate(t.Context(), secret, ""); err != nil {
				t.Fatalf("a second before: %v", err)
			}
			u.turn(-TokenUsual + time.Second)
			if err := end(u, owner, token); err != nil {
				t.Fatal(err)
			}
			if _, err := u.Authenticate(t.Context(), secret, ""); !errors.Is(err, ErrRefused) {
				t.Errorf("still good: %v", err)
			}
		})
	}
}

func TestATokenDoesNoMoreThanItsOwnerMayNow(t *testing.T) {
	u := newUnder()
	owner := u.add(t, "anna", uptime.Publisher)
	u.add(t, "root", uptime.Admin)
	_, secret, err := u.NewToken(t.Context(), as(owner), NewToken{Name: "x", Role: uptime.Publisher})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ owner, token uptime.Role }{
		{uptime.Viewer, uptime.Viewer}, {uptime.Responder, uptime.Responder}, {uptime.Admin, uptime.Publisher},
	} {
		if err := u.SetRole(t.Context(), root(), owner.ID, tc.owner); err != nil {
			t.Fatal(err)
		}
		if who, err := u.Authenticate(t.Context(), secret, ""); err != nil || who.Role != tc.token {
			t.Errorf("owner %s: %+v, %v", tc.owner, who, err)
		}
	}
}

func TestRevokingTwiceIsOnce(t *testing.T) {
	u := newUnder()
	owner := u.add(t, "anna", uptime.Viewer)
	token, _, err := u.NewToken(t.Context(), as(owner), NewToken{Name: "x", Role: uptime.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := u.Revoke(t.Context(), as(owner), token.ID); err != nil {
			t.Fatal(err)
		}
		u.turn(time.Minute)
	}
	if got := u.shelf.actions(); !slices.Equal(got, []string{"token.create", "token.revoke"}) || !u.shelf.tokens[token.ID].RevokedAt.Equal(start) {
		t.Errorf("%v, %+v", got, u.shelf.tokens[token.ID])
	}
	if err := u.Revoke(t.Context(), as(owner), "nothing"); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
