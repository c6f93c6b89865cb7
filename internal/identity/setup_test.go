package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func offer(t *testing.T, u *under) string {
	t.Helper()
	secret, err := u.OfferSetUp(t.Context())
	if err != nil || !strings.HasPrefix(secret, setUpPrefix) {
		t.Fatalf("%q, %v", secret, err)
	}
	return secret
}

func TestTheFirstAdministrator(t *testing.T) {
	u := newUnder()
	if waiting, over := u.SetUpWaiting(); waiting || over {
		t.Error("a set-up waits that nobody offered")
	}
	if _, err := u.SetUp(t.Context(), "", "anna", good, address); !errors.Is(err, ErrNoSetUp) {
		t.Errorf("before one is offered: %v", err)
	}
	secret := offer(t, u)
	for _, wrong := range []string{"", setUpPrefix, secret[1:], secret + "x", strings.ToLower(secret)} {
		if _, err := u.SetUp(t.Context(), wrong, "anna", good, address); !errors.Is(err, ErrRefused) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := u.SetUp(t.Context(), secret, "anna", "weak", address); !errors.As(err, new(*RuleError)) {
		t.Errorf("a weak password: %v", err)
	}
	user, err := u.SetUp(t.Context(), secret, "anna", good, address)
	if err != nil || user.Role != uptime.Admin {
		t.Fatalf("%+v, %v", user, err)
	}
	if _, err := u.SetUp(t.Context(), secret, "eve", good, address); !errors.Is(err, ErrNoSetUp) {
		t.Errorf("once more: %v", err)
	}
	if waiting, over := u.SetUpWaiting(); waiting || over {
		t.Error("it still waits")
	}
	if again, err := u.OfferSetUp(t.Context()); again != "" || err != nil {
		t.Errorf("offered again: %q, %v", again, err)
	}
	want := append(slices.Repeat([]string{"setup.refused"}, 5), "user.create")
	if got := u.shelf.actions(); !slices.Equal(got, want) {
		t.Errorf("audit %v", got)
	}
	if e := u.shelf.audit[5]; e.Actor.Kind != "setup" || e.Actor.Address != address || strings.Contains(fmt.Sprint(u.shelf.audit), secret) {
		t.Errorf("audit entry %+v", e)
	}
	if _, err := u.SignIn(t.Context(), "anna", good, address); err != nil {
		t.Error(err)
	}
}

func TestASetUpEndsAfterHalfAnHour(t *testing.T) {
	u := newUnder()
	secret := offer(t, u)
	u.turn(SetUpTime - time.Second)
	if waiting, over := u.SetUpWaiting(); !waiting || over {
		t.Error("over too early")
	}
	u.turn(time.Second)
	if waiting, over := u.SetUpWaiting(); waiting || !over {
		t.Error("not over")
	}
	if _, err := u.SetUp(t.Context(), secret, "anna", good, address); !errors.Is(err, ErrNoSetUp) {
		t.Errorf("%v", err)
	}
	if second := offer(t, u); second == secret {
		t.Error("the same secret twice")
	}
	if _, err := u.SetUp(t.Context(), secret, "anna", good, address); !errors.Is(err, ErrRefused) {
		t.Errorf("with the one that was replaced: %v", err)
	}
}

// A command was faster, or another browser: the secret is dead.
func TestASetUpIsDeadOnceSomebodyIsThere(t *testing.T) {
	u := newUnder()
	secret := offer(t, u)
	if _, err := u.CreateUser(t.Context(), root(), NewUser{"bob", uptime.Admin, good}); err != nil {
		t.Fatal(err)
	}
	if _, err := u.SetUp(t.Context(), secret, "eve", good, address); !errors.Is(err, ErrNoSetUp) {
		t.Errorf("%v", err)
	}

	u = newUnder()
	secret = offer(t, u)
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() { _, errs[i] = u.SetUp(t.Context(), secret, fmt.Sprint("user", i), good, address) })
	}
	all.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, ErrNoSetUp) {
			t.Error(err)
		}
	}
	if made != 1 || len(u.shelf.users) != 1 {
		t.Errorf("%d were made of one secret", made)
	}
}

func TestGuessingTheSetUpSecretIsThrottled(t *testing.T) {
	u := newUnder()
	secret := offer(t, u)
	for range triesAnAddress {
		if _, err := u.SetUp(t.Context(), "guess", "eve", good, address); !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
	}
	if _, err := u.SetUp(t.Context(), secret, "eve", good, address); !errors.As(err, new(*WaitError)) {
		t.Errorf("%v", err)
	}
	if _, err := u.SetUp(t.Context(), secret, "anna", good, "192.0.2.77"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}
