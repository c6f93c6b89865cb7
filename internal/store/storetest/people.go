package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

func user(id, name string) uptime.User {
	return uptime.User{ID: id, Name: name, Role: uptime.Publisher, PasswordHash: "hash of " + id, Epoch: 1, CreatedAt: at(0)}
}

func testUsers(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	apply := func(changes ...uptime.UserChange) error { return db.Apply(ctx, uptime.Changes{Users: changes}) }
	// Of many who set up at once one is the first.
	var wait sync.WaitGroup
	var won atomic.Int64
	for n := range 4 {
		wait.Go(func() {
			err := apply(uptime.UserChange{User: user(fmt.Sprintf("u%d", n), fmt.Sprintf("n%d", n)), New: true, First: true})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, uptime.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	first := ok[[]uptime.User](t)(db.Users(ctx))
	if won.Load() != 1 || len(first) != 1 {
		t.Fatalf("%d of four were the first: %+v", won.Load(), first)
	}
	anna := user("a", "Anna Ø")
	must(t, apply(uptime.UserChange{User: anna, New: true}))
	for what, c := range map[string]uptime.UserChange{
		"the same id": {User: user("a", "other"), New: true}, "the same name": {User: user("b", "ANNA ø"), New: true},
		"not there": {User: user("c", "carl")}, "a name of another's": {User: user("a", strings.ToUpper(first[0].Name))},
	} {
		if err := apply(c); !errors.Is(err, uptime.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", what, err)
		}
	}
	anna.Name, anna.Role, anna.Epoch, anna.Disabled = "anna ø", uptime.Viewer, 2, true
	must(t, apply(uptime.UserChange{User: anna}))
	for _, got := range []uptime.User{
		ok[uptime.User](t)(db.User(ctx, "a")), ok[uptime.User](t)(db.UserByName(ctx, "ANNA Ø")), ok[[]uptime.User](t)(db.Users(ctx))[0],
	} {
		if diff := cmp.Diff(anna, got); diff != "" {
			t.Errorf("user (-want +got):\n%s", diff)
		}
	}
	_, err := db.User(ctx, "none")
	_, err2 := db.UserByName(ctx, "none")
	if !errors.Is(err, uptime.ErrNotFound) || !errors.Is(err2, uptime.ErrNotFound) {
		t.Errorf("users that are not there: %v, %v", err, err2)
	}
}

func testTokens(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	a := uptime.Token{ID: "a", Name: "deploys", Hash: "h1", Role: uptime.Responder, Owner: "u", CreatedAt: at(0), ExpiresAt: at(time.Hour)}
	b := uptime.Token{ID: "b", Name: "other", Hash: "h2", Role: uptime.Admin, Owner: "u", CreatedAt: at(1e9)}
	must(t, db.Apply(ctx, uptime.Changes{Tokens: []uptime.Token{a, b}}))
	a.RevokedAt = at(time.Minute)
	must(t, db.Apply(ctx, uptime.Changes{Tokens: []uptime.Token{a}}))
	if diff := cmp.Diff([]uptime.Token{b, a}, ok[[]uptime.Token](t)(db.Tokens(ctx))); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(a, ok[uptime.Token](t)(db.TokenByHash(ctx, "h1"))); diff != "" {
		t.Errorf("token (-want +got):\n%s", diff)
	}
	if _, err := db.TokenByHash(ctx, "H1"); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("a token that is not there: %v", err)
	}
	if err := db.Apply(ctx, uptime.Changes{Tokens: []uptime.Token{{ID: "c", Hash: "h1"}}}); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("a hash that is taken: %v", err)
	}
}

func testSessions(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	find := func(hash string) string {
		data, found, err := db.FindSession(ctx, hash)
		must(t, err)
		return fmt.Sprintf("%q %t", data, found)
	}
	must(t, db.CommitSession(ctx, "h", []byte("one"), time.Now().Add(time.Hour)))
	must(t, db.CommitSession(ctx, "h", []byte("two\x00\xff"), time.Now().Add(time.Hour)))
	must(t, db.CommitSession(ctx, "over", []byte("x"), time.Now().Add(-time.Second)))
	must(t, db.CommitSession(ctx, "empty", nil, time.Now().Add(time.Hour)))
	if got := find("h") + find("over") + find("none") + find("empty"); got != `"two\x00\xff" true"" false"" false"" true` {
		t.Errorf("found %s", got)
	}
	must(t, db.DeleteSession(ctx, "h"))
	must(t, db.DeleteSession(ctx, "h"))
	if got := find("h"); got != `"" false` {
		t.Errorf("after it ended: %s", got)
	}
}

func testOnce(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	db := Open(t, where)
	ctx := t.Context()
	once := func(key, digest string) uptime.Changes {
		c := owing(notice(key+digest, ""))
		c.Once = &uptime.Once{Key: key, Digest: digest, Result: "r-" + digest, At: at(0)}
		return c
	}
	must(t, db.Apply(ctx, once("k", "d")))
	if err := db.Apply(ctx, once("k", "d")); !errors.Is(err, uptime.ErrRepeated) {
		t.Errorf("the same request: %v", err)
	}
	if err := db.Apply(ctx, once("k", "e")); !errors.Is(err, uptime.ErrKeyReused) {
		t.Errorf("another request: %v", err)
	}
	if diff := cmp.Diff(*once("k", "d").Once, ok[uptime.Once](t)(db.OnceResult(ctx, "k"))); diff != "" {
		t.Errorf("what came of it (-want +got):\n%s", diff)
	}
	if _, err := db.OnceResult(ctx, "none"); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("a key that is not there: %v", err)
	}
	// A key is spent with the changes, not without them.
	failing := once("f", "d")
	failing.Incidents = []uptime.IncidentChange{{Incident: incident("i1", 2), Expect: 1}}
	if err := db.Apply(ctx, failing); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("a conflict: %v", err)
	}
	must(t, db.Apply(ctx, once("f", "d")))
	// Of many with one key one is applied.
	var wait sync.WaitGroup
	var won atomic.Int64
	for _, db := range []*store.DB{db, Open(t, where), db, Open(t, where)} {
		wait.Go(func() {
			err := db.Apply(ctx, once("race", "d"))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, uptime.ErrRepeated) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if b := backlog(t, db); won.Load() != 1 || b.Waiting != 3 {
		t.Errorf("%d of four were applied, and %+v is owed", won.Load(), b)
	}
}

func testSubscribers(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	a, b, hook := subscriber("a", "api", "web"), subscriber("b"), subscriber("hook", "web")
	a.News = uptime.AllNews[:]
	a.AskedAt, a.Reason, a.State = at(time.Second), "why", uptime.SubscriberPending
	hook.Kind, hook.Address, hook.Secrets = uptime.ToWebhook, a.Address, []string{"s2", "s1"}
	must(t, db.Apply(ctx, joining(a, b, hook)))
	for _, got := range []uptime.Subscriber{
		ok[uptime.Subscriber](t)(db.Subscriber(ctx, "a")), ok[uptime.Subscriber](t)(db.SubscriberByAddress(ctx, uptime.ToMail, "A@EXAMPLE.ORG")),
	} {
		if diff := cmp.Diff(a, got); diff != "" {
			t.Errorf("subscriber (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(hook, ok[uptime.Subscriber](t)(db.SubscriberByAddress(ctx, uptime.ToWebhook, a.Address))); diff != "" {
		t.Errorf("webhook (-want +got):\n%s", diff)
	}
	// An address that is there, in any case, or an id, and nothing of the rest.
	again := subscriber("c")
	again.Address = "B@example.ORG"
	for _, s := range []uptime.Subscriber{again, b} {
		if err := db.Apply(ctx, joining(subscriber("d"), s)); !errors.Is(err, uptime.ErrConflict) {
			t.Errorf("%s twice: %v, want a conflict", s.Address, err)
		}
	}
	change := func(s uptime.Subscriber, expect uptime.SubscriberState) error {
		return db.Apply(ctx, uptime.Changes{Subscribers: []uptime.SubscriberChange{{Subscriber: s, Expect: expect}}})
	}
	a.State, a.Components, a.News, a.ConfirmedAt, a.Reason = uptime.SubscriberConfirmed, []uptime.ComponentID{"pay"}, a.News[1:2], at(time.Minute), ""
	for what, err := range map[string]error{
		"another state": change(a, uptime.SubscriberQuarantined), "not there": change(subscriber("none"), ""), "gone": change(subscriber("none"), uptime.SubscriberPending),
	} {
		if !errors.Is(err, uptime.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", what, err)
		}
	}
	must(t, change(a, uptime.SubscriberPending))
	if diff := cmp.Diff(a, ok[uptime.Subscriber](t)(db.Subscriber(ctx, "a"))); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	again.Address, again.ID = "b@example.org", "a"
	if err := change(again, ""); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("an address of another's: %v, want a conflict", err)
	}
	testSubscriberLists(t, db)
}

func testSubscriberLists(t *testing.T, db *store.DB) {
	ctx := t.Context()
	counts := ok[map[uptime.SubscriberState]int](t)(db.CountSubscribers(ctx))
	if diff := cmp.Diff(map[uptime.SubscriberState]int{uptime.SubscriberConfirmed: 3}, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		filter uptime.SubscriberFilter
		want   string
	}{
		{uptime.SubscriberFilter{}, "hook b a "}, {uptime.SubscriberFilter{State: uptime.SubscriberPending}, ""},
		{uptime.SubscriberFilter{Component: "web"}, "hook b "}, {uptime.SubscriberFilter{Component: "pay", State: uptime.SubscriberConfirmed}, "b a "},
	} {
		for size := 1; size <= 4; size++ {
			var got string
			for cursor := (uptime.Cursor{Limit: size}); ; {
				page := ok[[]uptime.Subscriber](t)(db.Subscribers(ctx, c.filter, cursor))
				for _, s := range page {
					got += string(s.ID) + " "
				}
				if len(page) < size {
					break
				}
				cursor.After = string(page[size-1].ID)
			}
			if got != c.want {
				t.Errorf("%+v, %d at a time: %q, want %q", c.filter, size, got, c.want)
			}
		}
	}
	must(t, db.Apply(ctx, uptime.Changes{Leaving: []uptime.SubscriberID{"b", "nobody"}}))
	_, err := db.Subscriber(ctx, "b")
	_, err2 := db.SubscriberByAddress(ctx, uptime.ToMail, "b@example.org")
	_, err3 := db.Subscribers(ctx, uptime.SubscriberFilter{}, uptime.Cursor{After: "b"})
	for _, err := range []error{err, err2, err3} {
		if !errors.Is(err, uptime.ErrNotFound) {
			t.Errorf("one who left: %v", err)
		}
	}
	must(t, db.Apply(ctx, joining(subscriber("b")))) // and may come back
}

func testTemplates(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	b := uptime.Template{ID: "1", Name: "beta", Title: "t", Phase: uptime.Identified, Impact: uptime.ImpactMajor, Body: "**b**"}
	a, c := uptime.Template{ID: "2", Name: "Alpha"}, uptime.Template{ID: "3", Name: "gamma"}
	must(t, db.Apply(ctx, uptime.Changes{Templates: []uptime.Template{b, a, c}}))
	b.Body = "new"
	must(t, db.Apply(ctx, uptime.Changes{Templates: []uptime.Template{b}, NoTemplates: []string{"3", "none"}}))
	if diff := cmp.Diff([]uptime.Template{a, b}, ok[[]uptime.Template](t)(db.Templates(ctx))); diff != "" {
		t.Errorf("templates (-want +got):\n%s", diff)
	}
}
