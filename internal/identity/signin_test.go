package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/argon2id"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

func TestSigningIn(t *testing.T) {
	u := newUnder()
	anna := u.add(t, "Anna", uptime.Publisher)
	gone := u.add(t, "gone", uptime.Admin)
	gone.Disabled = true
	u.shelf.users[gone.ID] = gone
	for name, tc := range map[string]struct {
		name, password string
		in             bool
	}{
		"good":                       {"Anna", good, true},
		"in another case":            {"aNNA", good, true},
		"with space around the name": {" Anna ", good, true},
		"wrong password":             {"Anna", good + " ", false},
		"password in another case":   {"Anna", strings.ToUpper(good), false},
		"no password":                {"Anna", "", false},
		"unknown":                    {"Bert", good, false},
		"disabled":                   {"gone", good, false},
		"no name":                    {"", good, false},
		"name that cannot be":        {"a\x00b", good, false},
		"very long name":             {strings.Repeat("é", 60000), good, false},
		"very long password":         {"Anna", strings.Repeat(good, 2000), false},
		"no text":                    {"Anna", "\xff\xfe", false},
	} {
		t.Run(name, func(t *testing.T) {
			u.shelf.audit = nil
			u.accounts.forget(accountKey(normalName(tc.name)))
			u.addresses.forget(addressKey(address))
			user, err := u.SignIn(t.Context(), tc.name, tc.password, address)
			last := u.shelf.audit[len(u.shelf.audit)-1]
			if tc.in {
				if err != nil || user.ID != anna.ID || last.Action != "session.begin" || last.Actor.Address != address {
					t.Errorf("%+v, %v, %+v", user, err, last)
				}
				return
			}
			if err == nil || err.Error() != ErrRefused.Error() || user != (uptime.User{}) || last.Action != "session.refused" {
				t.Errorf("%+v, %v, %+v", user, err, last)
			}
			if last.Actor.Role != uptime.NoRole || last.Actor.Name != "" && last.Actor.Name != "Anna" && last.Actor.Name != "gone" {
				t.Errorf("what was typed is written down: %+v", last)
			}
		})
	}
}

// A password that was hashed as nobody hashes any more is hashed anew once it
// is known, and no session ends for it.
func TestAStaleHashIsMadeAnew(t *testing.T) {
	u := newUnder()
	before := u.add(t, "anna", uptime.Viewer)
	u.hasher = newHasher()
	if _, err := u.SignIn(t.Context(), "anna", good, address); err != nil {
		t.Fatal(err)
	}
	after := u.shelf.users[before.ID]
	params, _, _, err := argon2id.DecodeHash(after.PasswordHash)
	if err != nil || *params != newHasher().params || after.Epoch != before.Epoch {
		t.Errorf("%s, epoch %d, %v", after.PasswordHash, after.Epoch, err)
	}
	if _, err := u.SignIn(t.Context(), "anna", good, address); err != nil || u.shelf.users[before.ID] != after {
		t.Errorf("hashed once more, or not good any longer: %v", err)
	}
}

// Somebody sets another password while the old one is being hashed anew, or
// changed by its owner: the other one stays.
func TestAPasswordThatWasSetMeanwhileStays(t *testing.T) {
	u := newUnder()
	anna := u.add(t, "anna", uptime.Viewer)
	set := anna
	set.PasswordHash, set.Epoch = u.cheap(t, another), 2
	u.hasher = newHasher() // the old one is stale
	u.shelf.meanwhile = func(s *shelf) { s.users[anna.ID] = set }
	if _, err := u.SignIn(t.Context(), "anna", good, address); err != nil {
		t.Fatal(err)
	}
	if u.shelf.users[anna.ID] != set {
		t.Error("hashing anew undid it")
	}

	u = newUnder()
	anna = u.add(t, "anna", uptime.Viewer)
	asked := 0
	u.shelf.meanwhile = func(s *shelf) {
		if asked++; asked == 2 {
			s.users[anna.ID] = set
		}
	}
	if _, err := u.ChangePassword(t.Context(), as(anna), good, "the owner's next words"); !errors.Is(err, uptime.ErrConflict) || u.shelf.users[anna.ID] != set {
		t.Errorf("changing it undid it: %v", err)
	}
}

// Unknown names, wrong passwords and disabled people cost one hashing each, of
// the same size.
func TestEveryRefusalCostsTheSame(t *testing.T) {
	h := newHasher()
	params, _, key, err := argon2id.DecodeHash(h.dummy)
	if err != nil || params.Memory != h.params.Memory || params.Iterations != h.params.Iterations ||
		params.Parallelism != h.params.Parallelism || len(key) != int(h.params.KeyLength) {
		t.Fatalf("the dummy is hashed as %+v, %v", params, err)
	}
	if fits, _, err := h.check(t.Context(), good, ""); fits || err != nil {
		t.Errorf("%v, %v", fits, err)
	}
}

func TestThrottle(t *testing.T) {
	wait := func(err error) time.Duration {
		if w := new(WaitError); errors.As(err, &w) {
			return w.After
		}
		return 0
	}
	t.Run("an address, whatever the name and however often it succeeds", func(t *testing.T) {
		u := newUnder()
		for i := range triesAnAddress {
			name := fmt.Sprintf("user%d", i)
			u.add(t, name, uptime.Viewer)
			_, err := u.SignIn(t.Context(), name, good, address)
			if err != nil {
				t.Fatal(err)
			}
			u.turn(time.Second)
		}
		_, err := u.SignIn(t.Context(), "user1", good, address)
		if got := wait(err); got != time.Hour-triesAnAddress*time.Second {
			t.Errorf("wait %s, %v", got, err)
		}
		if _, err := u.SignIn(t.Context(), "user1", good, "192.0.2.2"); err != nil {
			t.Errorf("another address: %v", err)
		}
		u.turn(time.Hour)
		if _, err := u.SignIn(t.Context(), "user1", good, address); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
	t.Run("a name from many addresses, known or not", func(t *testing.T) {
		for _, name := range []string{"anna", "nobody"} {
			u := newUnder()
			u.add(t, "anna", uptime.Viewer)
			for i := range triesAnAccount {
				if _, err := u.SignIn(t.Context(), name, "wrong", fmt.Sprintf("192.0.2.%d", i)); !errors.Is(err, ErrRefused) {
					t.Fatal(err)
				}
			}
			_, err := u.SignIn(t.Context(), strings.ToUpper(name), good, "192.0.2.99")
			if wait(err) != time.Hour {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("a success forgets the tries of the name", func(t *testing.T) {
		u := newUnder()
		u.add(t, "anna", uptime.Viewer)
		for i := range 3 * triesAnAccount {
			password := "wrong"
			if i%triesAnAccount == triesAnAccount-1 {
				password = good
			}
			if _, err := u.SignIn(t.Context(), "anna", password, fmt.Sprintf("192.0.2.%d", i)); wait(err) > 0 {
				t.Fatalf("try %d: %v", i, err)
			}
		}
	})
	t.Run("one customer's IPv6 network is one address", func(t *testing.T) {
		for a, b := range map[string]string{
			"2001:db8::1": "2001:db8::ffff:1", "192.0.2.1": "::ffff:192.0.2.1", "fe80::1%eth0": "fe80::2%eth1",
		} {
			if addressKey(a) != addressKey(b) {
				t.Errorf("%s and %s are two", a, b)
			}
		}
		if addressKey("2001:db8::1") == addressKey("2001:db8:0:1::1") || addressKey("192.0.2.1") == addressKey("192.0.2.2") {
			t.Error("two are one")
		}
	})
}

// In no hour are there more tries than allowed, whatever the order; and who has
// been quiet for an hour is heard.
func TestNoHourHoldsMoreTriesThanAllowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		throttle, now := newThrottle(5), start
		var heard []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "tries") {
			now = now.Add(time.Duration(rapid.IntRange(0, 1800).Draw(t, "pause")) * time.Second)
			wait := throttle.take("k", now)
			last := recent(slices.Clone(heard), now)
			if (wait == 0) != (len(last) < 5) {
				t.Fatalf("wait %s after %d tries", wait, len(last))
			}
			if wait == 0 {
				heard = append(heard, now)
			} else if wait < 0 || wait > time.Hour || len(recent(last, now.Add(wait))) >= 5 {
				t.Fatalf("told to wait %s, which is not enough", wait)
			}
		}
	})
}

func TestTheThrottleIsBounded(t *testing.T) {
	throttle := newThrottle(10)
	for range 10 {
		throttle.take("victim", start)
	}
	for i := range 5 * throttleKeys {
		throttle.take(fmt.Sprint("made up ", i), start.Add(time.Second))
	}
	if n := len(throttle.keys); n > throttleKeys {
		t.Errorf("%d keys are kept", n)
	}
	if throttle.take("victim", start.Add(2*time.Second)) == 0 {
		t.Error("inventing names flushed the one that matters")
	}
	throttle.take("later", start.Add(2*time.Hour))
	if throttle.makeRoom(start.Add(2 * time.Hour)); len(throttle.keys) != 1 {
		t.Errorf("%d keys are left after an hour", len(throttle.keys))
	}
}

func TestFewPasswordsAreHashedAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		var leave []func()
		for range hashingsAtOnce {
			l, err := h.enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			leave = append(leave, l)
		}
		begun := time.Now()
		if _, err := h.hash(t.Context(), good); !errors.Is(err, ErrBusy) || time.Since(begun) != hashingWait {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := h.check(ctx, good, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("who has gone: %v", err)
		}
		go func() {
			time.Sleep(time.Second)
			leave[0]()
		}()
		if _, err := h.hash(t.Context(), good); err != nil {
			t.Errorf("with a place: %v", err)
		}
	})
}

func TestManySignInAtOnce(t *testing.T) {
	u := newUnder()
	u.add(t, "anna", uptime.Viewer)
	u.hasher = newHasher()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if _, err := u.SignIn(t.Context(), "anna", good, fmt.Sprintf("192.0.2.%d", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestChangingOnesPassword(t *testing.T) {
	u := newUnder()
	anna := u.add(t, "anna", uptime.Viewer)
	if _, err := u.ChangePassword(t.Context(), as(anna), "wrong", another); !errors.Is(err, ErrRefused) {
		t.Errorf("the current one is wrong: %v", err)
	}
	if _, err := u.ChangePassword(t.Context(), as(anna), good, "short"); !errors.As(err, new(*RuleError)) {
		t.Errorf("the next one is weak: %v", err)
	}
	if _, err := u.ChangePassword(t.Context(), uptime.Actor{Kind: "token", ID: anna.ID, Role: uptime.Admin}, good, another); !errors.Is(err, uptime.ErrForbidden) {
		t.Errorf("a token: %v", err)
	}
	changed, err := u.ChangePassword(t.Context(), as(anna), good, another)
	if err != nil || changed.Epoch != anna.Epoch+1 {
		t.Fatalf("%+v, %v", changed, err)
	}
	if _, err := u.SignIn(t.Context(), "anna", good, address); !errors.Is(err, ErrRefused) {
		t.Errorf("with the old one: %v", err)
	}
	if _, err := u.SignIn(t.Context(), "anna", another, address); err != nil {
		t.Errorf("with the new one: %v", err)
	}
	for range triesAnAccount {
		_, _ = u.ChangePassword(t.Context(), as(changed), "wrong", good)
	}
	if _, err = u.ChangePassword(t.Context(), as(changed), another, good); !errors.As(err, new(*WaitError)) {
		t.Errorf("guessing the current one goes on for ever: %v", err)
	}
}

// The same password on two keyboards, one of which composes letters.
func TestComposedLettersAreTheSamePassword(t *testing.T) {
	u := newUnder()
	composed, apart := "caf\u00e9 au lait, dimanche", "cafe\u0301 au lait, dimanche"
	if _, err := u.CreateUser(t.Context(), root(), NewUser{"anna", uptime.Viewer, apart}); err != nil {
		t.Fatal(err)
	}
	if _, err := u.SignIn(t.Context(), "anna", composed, address); err != nil {
		t.Error(err)
	}
}
