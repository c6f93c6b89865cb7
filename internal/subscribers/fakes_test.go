package subscribers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/keys"
	"github.com/upheld/upheld/internal/uptime"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// list is a store in memory that keeps to the contract.
type list struct {
	mu         sync.Mutex
	all        []uptime.Subscriber // oldest first
	notices    []uptime.Notice
	audit      []uptime.AuditEntry
	deliveries map[string]uptime.Delivery
	settled    []uptime.Settlement
	applied    int
	err        error  // of every write
	before     func() // called before a write, unlocked, and then forgotten
}

func (l *list) Apply(ctx context.Context, c uptime.Changes) error {
	if l.before != nil {
		f := l.before
		l.before = nil
		f()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := errors.Join(l.err, ctx.Err()); err != nil {
		return err
	}
	all := slices.Clone(l.all)
	for _, change := range c.Subscribers {
		who := change.Subscriber
		i := slices.IndexFunc(all, func(s uptime.Subscriber) bool { return s.ID == who.ID })
		same := slices.ContainsFunc(all, func(s uptime.Subscriber) bool { return s.Kind == who.Kind && strings.EqualFold(s.Address, who.Address) })
		switch {
		case change.New && same, !change.New && i < 0, !change.New && change.Expect != "" && all[i].State != change.Expect:
			return fmt.Errorf("subscriber: %w", uptime.ErrConflict)
		case change.New:
			all = append(all, who)
		default:
			all[i] = who
		}
	}
	all = slices.DeleteFunc(all, func(s uptime.Subscriber) bool { return slices.Contains(c.Leaving, s.ID) })
	l.all, l.applied = all, l.applied+1
	l.notices = append(l.notices, c.Outbox...)
	l.audit = append(l.audit, c.Audit...)
	return nil
}

func (l *list) find(f func(uptime.Subscriber) bool) (uptime.Subscriber, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.IndexFunc(l.all, f); i >= 0 {
		who := l.all[i]
		who.Secrets = slices.Clone(who.Secrets)
		return who, nil
	}
	return uptime.Subscriber{}, fmt.Errorf("subscriber: %w", uptime.ErrNotFound)
}

func (l *list) Subscriber(_ context.Context, id uptime.SubscriberID) (uptime.Subscriber, error) {
	return l.find(func(s uptime.Subscriber) bool { return s.ID == id })
}

func (l *list) SubscriberByAddress(_ context.Context, kind uptime.RecipientKind, address string) (uptime.Subscriber, error) {
	return l.find(func(s uptime.Subscriber) bool { return s.Kind == kind && strings.EqualFold(s.Address, address) })
}

func (l *list) Subscribers(_ context.Context, f uptime.SubscriberFilter, c uptime.Cursor) (found []uptime.Subscriber, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	past := c.After == ""
	for _, s := range slices.Backward(l.all) {
		if past && len(found) < c.Limit && (f.State == "" || f.State == s.State) {
			found = append(found, s)
		}
		past = past || string(s.ID) == c.After
	}
	return found, nil
}

func (l *list) DeliveryByID(_ context.Context, id string) (uptime.Delivery, error) {
	if d, found := l.deliveries[id]; found {
		return d, nil
	}
	return uptime.Delivery{}, uptime.ErrNotFound
}

func (l *list) Settle(_ context.Context, settlements []uptime.Settlement) (int, error) {
	for _, s := range settlements {
		d := l.deliveries[s.Delivery]
		d.State, d.Reply, d.Error = s.State, s.Reply, s.Error
		l.deliveries[s.Delivery] = d
	}
	l.settled = append(l.settled, settlements...)
	return len(settlements), nil
}

// under is a service under test with its store and its clock.
type under struct {
	*Service
	list *list
	now  time.Time
}

func newUnder(t testing.TB, change ...func(*Options)) *under {
	t.Helper()
	ring, err := keys.New(strings.Repeat("0123456789abcdef", 4))
	if err != nil {
		t.Fatal(err)
	}
	u := &under{list: &list{deliveries: map[string]uptime.Delivery{}}, now: start}
	o := Options{Store: u.list, Ring: ring, Now: func() time.Time { return u.now }, Catalogue: catalogue, Pace: 1}
	for _, f := range change {
		f(&o)
	}
	u.Service = New(o)
	return u
}

func catalogue() uptime.Catalogue {
	return uptime.Catalogue{
		Page:       uptime.Page{Name: "Acme", URL: "https://status.acme.example", Zone: time.UTC},
		Components: []uptime.Component{{ID: "api", Name: "Public API"}, {ID: "web", Name: "Web Shop"}, {ID: "mail", Name: "web"}},
	}
}

// ask asks by mail, from an address of its own each time.
func (u *under) ask(t testing.TB, address string) {
	t.Helper()
	u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: address, IP: fmt.Sprintf("192.0.%d.%d", len(u.list.notices)/250, u.list.applied%250), Source: "form"}))
}

func (u *under) applyMust(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// only is the one subscriber that there is.
func (u *under) only(t testing.TB) uptime.Subscriber {
	t.Helper()
	if len(u.list.all) != 1 {
		t.Fatalf("%d subscribers, want one: %v", len(u.list.all), u.list.all)
	}
	return u.list.all[0]
}

// subscribe asks and confirms.
func (u *under) subscribe(t testing.TB, address string) uptime.Subscriber {
	t.Helper()
	u.ask(t, address)
	who := u.list.all[len(u.list.all)-1]
	done, err := u.Confirm(t.Context(), u.Word(ToConfirm, who.ID), "198.51.100.7")
	u.applyMust(t, err)
	return done.Subscriber
}

func (u *under) reasons() (reasons []uptime.NoticeReason) {
	for _, n := range u.list.notices {
		reasons = append(reasons, n.Reason)
	}
	return reasons
}

func (u *under) actions() (actions []string) {
	for _, e := range u.list.audit {
		actions = append(actions, e.Action)
	}
	return actions
}

var operator = uptime.Actor{Kind: "user", ID: "u1", Name: "ada", Role: uptime.Admin, Address: "192.0.2.1"}

func contextWithin(t testing.TB, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}
