package identity

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/uptime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// shelf is a store in memory that keeps what it is told as a real one does.
type shelf struct {
	mu     sync.Mutex
	users  map[string]uptime.User
	tokens map[string]uptime.Token
	audit  []uptime.AuditEntry
	fails  error // every call does
	// meanwhile is what somebody else does just before a person is read by id.
	meanwhile func(*shelf)
}

func newShelf() *shelf {
	return &shelf{users: map[string]uptime.User{}, tokens: map[string]uptime.Token{}}
}

func (s *shelf) User(_ context.Context, id string) (uptime.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.meanwhile != nil {
		s.meanwhile(s)
	}
	return found(s.fails, s.users, func(u uptime.User) bool { return u.ID == id })
}

func (s *shelf) UserByName(_ context.Context, name string) (uptime.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return found(s.fails, s.users, func(u uptime.User) bool { return strings.EqualFold(u.Name, name) })
}

func (s *shelf) TokenByHash(_ context.Context, hash string) (uptime.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return found(s.fails, s.tokens, func(t uptime.Token) bool { return t.Hash == hash })
}

func found[T any](err error, all map[string]T, is func(T) bool) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	for _, one := range all {
		if is(one) {
			return one, nil
		}
	}
	return none, uptime.ErrNotFound
}

func (s *shelf) Users(context.Context) ([]uptime.User, error) {
	defer time.Sleep(time.Millisecond) // others get between reading and writing
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.users)), s.fails
}

func (s *shelf) Tokens(context.Context) ([]uptime.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.tokens)), s.fails
}

func (s *shelf) Apply(_ context.Context, c uptime.Changes) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return s.fails
	}
	for _, change := range c.Users {
		taken := slices.ContainsFunc(slices.Collect(maps.Values(s.users)), func(u uptime.User) bool {
			return strings.EqualFold(u.Name, change.User.Name)
		})
		if change.New && taken || change.First && len(s.users) > 0 {
			return uptime.ErrConflict
		}
		s.users[change.User.ID] = change.User
	}
	for _, t := range c.Tokens {
		s.tokens[t.ID] = t
	}
	s.audit = append(s.audit, c.Audit...)
	return nil
}

// actions are what the audit log says was done, in order.
func (s *shelf) actions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, e := range s.audit {
		out = append(out, e.Action)
	}
	return out
}

// under is a service with its store and a clock that stands still until it is
// turned.
type under struct {
	*Service
	shelf *shelf
	mu    sync.Mutex
	clock time.Time
}

func newUnder() *under {
	u := &under{shelf: newShelf(), clock: start}
	u.Service = New(u.shelf, func() time.Time {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.clock
	})
	u.hasher = cheapHasher()
	return u
}

// cheapHasher is quick: what it is tested with is not the cost.
func cheapHasher() *hasher {
	h := newHasher()
	h.params.Memory, h.params.Iterations = 16, 1
	h.dummy = dummyHash(h.params)
	return h
}

func (u *under) turn(d time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.clock = u.clock.Add(d)
}

const (
	good    = "purple kettle sings at noon"
	another = "seven snails drink rain"
	address = "192.0.2.1"
)

// cheap is a hash of a password that costs nothing to check.
func (u *under) cheap(t testing.TB, password string) string {
	t.Helper()
	h := cheapHasher()
	hash, err := h.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// add puts somebody into the store whose password is `good`.
func (u *under) add(t testing.TB, name string, role uptime.Role) uptime.User {
	t.Helper()
	user := uptime.User{ID: "id-" + name, Name: name, Role: role, PasswordHash: u.cheap(t, good), Epoch: 1, CreatedAt: start}
	u.shelf.users[user.ID] = user
	return user
}

func root() uptime.Actor { return uptime.Actor{Kind: "command", Role: uptime.Admin} }

func as(user uptime.User) uptime.Actor { return actor(user, address) }

func TestPeopleAreMadeByAdministrators(t *testing.T) {
	u := newUnder()
	u.hasher = newHasher()
	user, err := u.CreateUser(t.Context(), root(), NewUser{Name: "  Anna Müller ", Role: uptime.Publisher, Password: good})
	if err != nil {
		t.Fatal(err)
	}
	kept := u.shelf.users[user.ID]
	if kept.Name != "Anna Müller" || kept.Role != uptime.Publisher || kept.Epoch != 1 || kept.Disabled || !kept.CreatedAt.Equal(start) {
		t.Errorf("kept %+v", kept)
	}
	if !strings.HasPrefix(kept.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %s", kept.PasswordHash)
	}
	for name, n := range map[string]NewUser{
		"no name":       {"", uptime.Viewer, good},
		"only space":    {"   ", uptime.Viewer, good},
		"long name":     {strings.Repeat("x", 65), uptime.Viewer, good},
		"line feed":     {"a\nb", uptime.Viewer, good},
		"zero width":    {"a\u200bb", uptime.Viewer, good},
		"right to left": {"a\u202eb", uptime.Viewer, good},
		"no role":       {"bob", uptime.NoRole, good},
		"odd role":      {"bob", uptime.Admin + 1, good},
		"weak password": {"bob", uptime.Viewer, "password1234"},
		"bytes":         {"bob\xff", uptime.Viewer, good},
	} {
		_, err := u.CreateUser(t.Context(), root(), n)
		if rule := new(RuleError); !errors.As(err, &rule) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := u.CreateUser(t.Context(), root(), NewUser{"anna müller", uptime.Viewer, good}); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("a name that is taken, in another case: %v", err)
	}
	if got := u.shelf.actions(); !slices.Equal(got, []string{"user.create"}) {
		t.Errorf("audit %v", got)
	}
	if e := u.shelf.audit[0]; e.Object != user.ID || e.Detail != "Anna Müller as publisher" || e.Actor.Kind != "command" || !e.At.Equal(start) {
		t.Errorf("audit entry %+v", e)
	}
}

// Everything that is an administrator's is refused to everybody else, whatever
// the one who calls has checked.
func TestWhatIsTheAdministratorsIsRefusedToOthers(t *testing.T) {
	u := newUnder()
	user, token := u.add(t, "anna", uptime.Viewer), uptime.Token{ID: "t", Owner: "other", Hash: "h"}
	u.add(t, "root", uptime.Admin)
	u.shelf.tokens["t"] = token
	for _, role := range []uptime.Role{uptime.NoRole, uptime.Viewer, uptime.Responder, uptime.Publisher} {
		by := uptime.Actor{Kind: "user", ID: user.ID, Role: role}
		for name, do := range map[string]func() error{
			"CreateUser": func() error {
				_, err := u.CreateUser(t.Context(), by, NewUser{"x", uptime.Viewer, good})
				return err
			},
			"SetPassword": func() error { return u.SetPassword(t.Context(), by, user.ID, another) },
			"SetRole":     func() error { return u.SetRole(t.Context(), by, user.ID, uptime.Admin) },
			"Disable":     func() error { return u.Disable(t.Context(), by, user.ID) },
			"Enable":      func() error { return u.Enable(t.Context(), by, user.ID) },
			"Users":       func() error { _, err := u.Users(t.Context(), by); return err },
		} {
			if err := do(); !errors.Is(err, uptime.ErrForbidden) {
				t.Errorf("%s as %q: %v", name, role, err)
			}
		}
		if err := u.Revoke(t.Context(), by, "t"); !errors.Is(err, uptime.ErrNotFound) {
			t.Errorf("Revoke as %q: %v", role, err)
		}
		if seen, err := u.Tokens(t.Context(), by); err != nil || len(seen) > 0 {
			t.Errorf("Tokens as %q: %v, %v", role, seen, err)
		}
	}
	if len(u.shelf.audit) > 0 || u.shelf.users[user.ID] != user {
		t.Error("something was done all the same")
	}
}

func TestHashesStayInside(t *testing.T) {
	u := newUnder()
	owner := u.add(t, "root", uptime.Admin)
	if _, _, err := u.NewToken(t.Context(), as(owner), NewToken{Name: "ci", Role: uptime.Viewer}); err != nil {
		t.Fatal(err)
	}
	users, err := u.Users(t.Context(), root())
	if err != nil || len(users) != 1 || users[0].PasswordHash != "" {
		t.Errorf("%+v, %v", users, err)
	}
	tokens, err := u.Tokens(t.Context(), root())
	if err != nil || len(tokens) != 1 || tokens[0].Hash != "" {
		t.Errorf("%+v, %v", tokens, err)
	}
	if u.shelf.users[owner.ID].PasswordHash == "" {
		t.Error("the store's own was cleared")
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	u := newUnder()
	one, two := u.add(t, "one", uptime.Admin), u.add(t, "two", uptime.Admin)
	u.add(t, "bystander", uptime.Publisher)
	ctx := t.Context()
	if err := u.Disable(ctx, as(one), two.ID); err != nil {
		t.Fatal(err)
	}
	if err := u.Disable(ctx, as(one), one.ID); !errors.Is(err, ErrLastAdmin) {
		t.Errorf("disabled: %v", err)
	}
	if err := u.SetRole(ctx, as(one), one.ID, uptime.Publisher); !errors.Is(err, ErrLastAdmin) {
		t.Errorf("demoted: %v", err)
	}
	if err := u.SetRole(ctx, as(one), two.ID, uptime.Viewer); err != nil {
		t.Errorf("a disabled administrator may be demoted: %v", err)
	}
	if err := u.Enable(ctx, as(one), two.ID); err != nil {
		t.Fatal(err)
	}
	if err := u.SetRole(ctx, as(one), two.ID, uptime.Admin); err != nil {
		t.Fatal(err)
	}
	if err := u.SetRole(ctx, as(two), one.ID, uptime.Viewer); err != nil {
		t.Errorf("another one is there: %v", err)
	}
}

// Two administrators who send each other away at once: one stays.
func TestTwoAdministratorsCannotSendEachOtherAway(t *testing.T) {
	for range 10 {
		u := newUnder()
		one, two := u.add(t, "one", uptime.Admin), u.add(t, "two", uptime.Admin)
		var all sync.WaitGroup
		var errs [2]error
		all.Go(func() { errs[0] = u.Disable(t.Context(), as(one), two.ID) })
		all.Go(func() { errs[1] = u.SetRole(t.Context(), as(two), one.ID, uptime.Viewer) })
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("%v and %v", errs[0], errs[1])
		}
	}
}

func TestWhatEndsSessions(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func(u *under, by uptime.Actor, id string) error
		ends bool
	}{
		"another password": {func(u *under, by uptime.Actor, id string) error { return u.SetPassword(t.Context(), by, id, another) }, true},
		"another role":     {func(u *under, by uptime.Actor, id string) error { return u.SetRole(t.Context(), by, id, uptime.Viewer) }, true},
		"disabling":        {func(u *under, by uptime.Actor, id string) error { return u.Disable(t.Context(), by, id) }, true},
		"disabled and enabled again": {func(u *under, by uptime.Actor, id string) error {
			return errors.Join(u.Disable(t.Context(), by, id), u.Enable(t.Context(), by, id))
		}, true},
		"the same role": {func(u *under, by uptime.Actor, id string) error {
			return u.SetRole(t.Context(), by, id, uptime.Publisher)
		}, false},
		"enabling who is enabled": {func(u *under, by uptime.Actor, id string) error { return u.Enable(t.Context(), by, id) }, false},
		"a token": {func(u *under, _ uptime.Actor, id string) error {
			_, _, err := u.NewToken(t.Context(), uptime.Actor{Kind: "user", ID: id, Role: uptime.Publisher}, NewToken{Name: "x", Role: uptime.Viewer})
			return err
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUnder()
			by, user := as(u.add(t, "root", uptime.Admin)), u.add(t, "anna", uptime.Publisher)
			if _, err := u.Resume(t.Context(), user.ID, user.Epoch); err != nil {
				t.Fatal(err)
			}
			if err := tc.do(u, by, user.ID); err != nil {
				t.Fatal(err)
			}
			_, err := u.Resume(t.Context(), user.ID, user.Epoch)
			if got := errors.Is(err, ErrRefused); got != tc.ends {
				t.Errorf("resumed: %v", err)
			}
			if written := len(u.shelf.audit) > 0; written != (tc.ends || name == "a token") {
				t.Errorf("audit %v", u.shelf.actions())
			}
		})
	}
	u := newUnder()
	off := u.add(t, "off", uptime.Viewer)
	off.Disabled = true // by another process, without an epoch
	u.shelf.users[off.ID] = off
	if _, err := u.Resume(t.Context(), off.ID, off.Epoch); !errors.Is(err, ErrRefused) {
		t.Errorf("somebody who is disabled: %v", err)
	}
	if _, err := newUnder().Resume(t.Context(), "nobody", 1); !errors.Is(err, ErrRefused) {
		t.Errorf("somebody who is gone: %v", err)
	}
}

func TestAStoreThatFailsIsNoRefusal(t *testing.T) {
	u := newUnder()
	user := u.add(t, "anna", uptime.Admin)
	broken := errors.New("disk full")
	u.shelf.fails = broken
	_, resumed := u.Resume(t.Context(), user.ID, 1)
	_, signedIn := u.SignIn(t.Context(), "anna", good, address)
	_, authenticated := u.Authenticate(t.Context(), TokenPrefix+"x", address)
	_, created := u.CreateUser(t.Context(), root(), NewUser{"bob", uptime.Viewer, good})
	_, offered := u.OfferSetUp(t.Context())
	for i, err := range []error{resumed, signedIn, authenticated, created, offered, u.Revoke(t.Context(), root(), "t"), u.Disable(t.Context(), root(), user.ID)} {
		if !errors.Is(err, broken) || errors.Is(err, ErrRefused) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
