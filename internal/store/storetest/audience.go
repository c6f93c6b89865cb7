package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

func subscriber(id uptime.SubscriberID, components ...uptime.ComponentID) uptime.Subscriber {
	return uptime.Subscriber{
		ID: id, Kind: uptime.ToMail, Address: string(id) + "@Example.org", Components: components,
		News: []uptime.News{uptime.NewsIncidents}, State: uptime.SubscriberConfirmed,
		CreatedAt: at(-time.Hour), ConfirmedAt: at(-time.Minute), Source: "form", ConsentFrom: "hash of an address",
	}
}

func joining(subscribers ...uptime.Subscriber) (c uptime.Changes) {
	for _, s := range subscribers {
		c.Subscribers = append(c.Subscribers, uptime.SubscriberChange{Subscriber: s, New: true})
	}
	return c
}

// public is a notice for subscribers alone.
func public(id string, incident uptime.IncidentID, a uptime.Audience) uptime.Notice {
	n := notice(id, incident)
	n.Channels, n.Audience = nil, &a
	return n
}

func owing(notices ...uptime.Notice) uptime.Changes { return uptime.Changes{Outbox: notices} }

// of are the recipients of deliveries, in order.
func of(deliveries []uptime.Delivery) (ids []string) {
	for _, d := range deliveries {
		ids = append(ids, d.Recipient.ID)
	}
	return ids
}

func testAudience(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	all, pending, other := subscriber("all"), subscriber("pending"), subscriber("reports", "api")
	pending.State, pending.ConfirmedAt = uptime.SubscriberPending, time.Time{}
	other.News = []uptime.News{uptime.NewsReports, uptime.NewsMaintenance}
	gone, hook, none := subscriber("quarantined"), subscriber("hook", "api", "web"), subscriber("nothing")
	gone.State, none.News = uptime.SubscriberQuarantined, nil
	hook.Kind, hook.Address, hook.Secrets = uptime.ToWebhook, "https://example.org/Hook?a=1", []string{"sealed-2", "sealed-1"}
	must(t, db.Apply(ctx, joining(all, pending, other, gone, hook, none, subscriber("api", "api"), subscriber("pay", "pay"))))

	for i, c := range []struct {
		audience uptime.Audience
		want     []string
	}{
		{uptime.Audience{News: uptime.NewsIncidents}, []string{"all", "api", "hook", "pay"}},
		{uptime.Audience{News: uptime.NewsIncidents, Components: []uptime.ComponentID{"api"}}, []string{"all", "api", "hook"}},
		{uptime.Audience{News: uptime.NewsIncidents, Components: []uptime.ComponentID{"pay", "web", "'"}}, []string{"all", "hook", "pay"}},
		{uptime.Audience{News: uptime.NewsIncidents, Components: []uptime.ComponentID{"mail"}}, []string{"all"}},
		{uptime.Audience{News: uptime.NewsReports, Components: []uptime.ComponentID{"api"}}, []string{"reports"}},
		{uptime.Audience{News: uptime.NewsMaintenance, Components: []uptime.ComponentID{"pay"}}, nil},
		{uptime.Audience{News: "weather"}, nil},
		{uptime.Audience{News: uptime.NewsIncidents, Held: uptime.HeldSilent}, nil},
		{uptime.Audience{Only: "pending"}, []string{"pending"}},
		{uptime.Audience{Only: "nobody"}, nil},
		{uptime.Audience{Only: "all", Held: uptime.HeldDraft}, nil},
	} {
		if n := ok[int](t)(db.CountAudience(ctx, c.audience)); n != len(c.want) {
			t.Errorf("%+v: %d would be told, want %v", c.audience, n, c.want)
		}
		c.audience.Lane = uptime.LaneBulk
		must(t, db.Apply(ctx, owing(public(fmt.Sprintf("n%d", i), "", c.audience))))
		claimed := claim(t, db, 0, uptime.Claim{Lane: uptime.LaneBulk})
		if diff := cmp.Diff(c.want, of(claimed)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.audience, diff)
		}
		for _, d := range claimed {
			if want := (uptime.Recipient{Kind: d.Recipient.Kind, ID: d.Recipient.ID}); d.ID != uptime.DeliveryID(d.Notice.ID, want) {
				t.Errorf("the delivery of %s to %s is %s", d.Notice.ID, d.Recipient.ID, d.ID)
			}
			settle(t, db, 1, accepted(d, 0))
		}
		record := ok[[]uptime.NoticeRecord](t)(db.Notices(ctx, uptime.NoticeFilter{}, uptime.Cursor{Limit: 1}))[0]
		if diff := cmp.Diff(&c.audience, record.Notice.Audience); diff != "" {
			t.Errorf("the ledger's audience (-want +got):\n%s", diff)
		}
	}
	testReached(t, db, hook)
}

// testReached claims of one lane and kind, and looks at the recipient.
func testReached(t *testing.T, db *store.DB, hook uptime.Subscriber) {
	must(t, db.Apply(t.Context(), owing(public("kinds", "i1", uptime.Audience{News: uptime.NewsIncidents, Components: []uptime.ComponentID{"api"}}))))
	if got := claim(t, db, 0, uptime.Claim{Lane: uptime.LaneBulk}); len(got) != 0 {
		t.Errorf("the other lane has %v", of(got))
	}
	hooks := claim(t, db, 0, uptime.Claim{Lane: uptime.LaneSubscribers, Kind: uptime.ToWebhook})
	want := uptime.Recipient{Kind: uptime.ToWebhook, ID: "hook", Address: hook.Address, Secrets: hook.Secrets}
	if len(hooks) != 1 || cmp.Diff(want, hooks[0].Recipient) != "" {
		t.Errorf("claimed %+v, want one to %+v", hooks, want)
	}
	// Nobody is sent two things at a time in the subscribers' lanes.
	must(t, db.Apply(t.Context(), owing(public("next", "i2", uptime.Audience{News: uptime.NewsIncidents, Components: []uptime.ComponentID{"api"}}))))
	mails := claim(t, db, 0, uptime.Claim{Lane: uptime.LaneSubscribers})
	if diff := cmp.Diff([]string{"all", "api", "all", "api"}, of(mails)); diff != "" {
		t.Errorf("claimed while the hook is being called (-want +got):\n%s", diff)
	}
	settle(t, db, 1, accepted(hooks[0], 0))
	if got := claim(t, db, 0, uptime.Claim{Lane: uptime.LaneSubscribers}); !slices.Equal(of(got), []string{"hook"}) {
		t.Errorf("claimed then: %v", of(got))
	}
}

// A change that is repeated owes nobody anything twice, also not those who came
// in between.
func testAudienceOnce(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	changes := owing(public("n", "i1", uptime.Audience{News: uptime.NewsIncidents}))
	changes.Outbox[0].Channels = []uptime.Routed{
		{Channel: "ops"}, {Channel: "ops"}, {Channel: "quiet", Held: uptime.HeldQuietHours, Due: at(time.Hour)}, {Channel: "off", Held: uptime.HeldRoute},
	}
	must(t, db.Apply(t.Context(), joining(subscriber("a"), subscriber("b"))))
	must(t, db.Apply(t.Context(), changes))
	must(t, db.Apply(t.Context(), joining(subscriber("c"))))
	must(t, db.Apply(t.Context(), changes))
	record := ok[[]uptime.NoticeRecord](t)(db.Notices(t.Context(), uptime.NoticeFilter{}, uptime.Cursor{}))
	if len(record) != 1 || cmp.Diff(map[uptime.DeliveryState]int{uptime.DeliveryQueued: 4, uptime.DeliveryHeld: 1}, record[0].Counts) != "" {
		t.Errorf("in the ledger: %+v", record)
	}
	want := map[uptime.Lane]uptime.Backlog{uptime.LaneOperators: {Waiting: 2, Oldest: at(0)}, uptime.LaneSubscribers: {Waiting: 2, Oldest: at(0)}}
	if diff := cmp.Diff(want, ok[map[uptime.Lane]uptime.Backlog](t)(db.Backlogs(t.Context()))); diff != "" {
		t.Errorf("backlogs (-want +got):\n%s", diff)
	}
	if got := claim(t, db, time.Hour-1, uptime.Claim{Kind: uptime.ToChannel, Except: []string{"ops"}}); len(got) != 0 {
		t.Errorf("claimed in quiet hours: %v", of(got))
	}
	late := claim(t, db, time.Hour, uptime.Claim{Kind: uptime.ToChannel, Except: []string{"ops"}})
	if len(late) != 1 || late[0].Recipient.ID != "quiet" || late[0].Held != uptime.HeldQuietHours {
		t.Errorf("claimed after quiet hours: %+v", late)
	}
	off := ok[uptime.Delivery](t)(db.DeliveryByID(t.Context(), uptime.DeliveryID("n", uptime.Recipient{Kind: uptime.ToChannel, ID: "off"})))
	if off.State != uptime.DeliveryHeld || off.Held != uptime.HeldRoute || !off.Due.IsZero() || !off.Settled.Equal(at(0)) {
		t.Errorf("held for ever: %+v", off)
	}
}

func testBounces(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	must(t, db.Apply(ctx, joining(subscriber("a"), subscriber("b"))))
	round := 0
	send := func() (sent []uptime.Delivery) {
		round++
		must(t, db.Apply(ctx, owing(public(fmt.Sprintf("n%d", round), "", uptime.Audience{Only: "a"}))))
		return claim(t, db, 0, uptime.Claim{Lane: uptime.LaneSubscribers})
	}
	bounces := func(want int, state uptime.SubscriberState) {
		t.Helper()
		if s := ok[uptime.Subscriber](t)(db.Subscriber(ctx, "a")); s.Bounces != want || s.State != state {
			t.Errorf("%d bounces and %s (%s), want %d and %s", s.Bounces, s.State, s.Reason, want, state)
		}
	}
	bounced := func(d uptime.Delivery) uptime.Settlement {
		s := settlement(d, uptime.DeliveryBounced, 0)
		s.Error, s.Reply = "refused for good", "550 no such user"
		return s
	}
	first, second := send()[0], send
	settle(t, db, 1, bounced(first))
	bounces(1, uptime.SubscriberConfirmed)
	taken := second()[0]
	settle(t, db, 1, accepted(taken, 0))
	bounces(0, uptime.SubscriberConfirmed) // counted anew
	// What was accepted comes back; the report comes twice and counts once.
	settle(t, db, 1, bounced(taken), bounced(taken))
	bounces(2, uptime.SubscriberConfirmed)
	// Bounces that a person's change does not know of stay.
	stale := subscriber("a", "api")
	must(t, db.Apply(ctx, uptime.Changes{Subscribers: []uptime.SubscriberChange{{Subscriber: stale}}}))
	bounces(2, uptime.SubscriberConfirmed)
	last := send()[0]
	must(t, db.Apply(ctx, owing(public("waits", "", uptime.Audience{Only: "a"}))))
	settle(t, db, 1, bounced(last))
	bounces(3, uptime.SubscriberQuarantined)
	waits := ok[[]uptime.Delivery](t)(db.Deliveries(ctx, uptime.DeliveryFilter{Notice: "waits"}, uptime.Cursor{}))
	if len(waits) != 1 || waits[0].State != uptime.DeliveryHeld || waits[0].Held != uptime.HeldQuarantined {
		t.Errorf("what waited is %+v", waits)
	}
	// What is owed all the same is held when it would go, and nothing behind it
	// is held up.
	must(t, db.Apply(ctx, owing(public("only-a", "", uptime.Audience{Only: "a"}))))
	if got := claim(t, db, 0, uptime.Claim{Lane: uptime.LaneSubscribers}); len(got) != 0 {
		t.Errorf("claimed for a quarantined address: %v", of(got))
	}
	// Who is let out again starts anew.
	free := subscriber("a")
	must(t, db.Apply(ctx, uptime.Changes{Subscribers: []uptime.SubscriberChange{{Subscriber: free, Expect: uptime.SubscriberQuarantined}}}))
	again := send()
	if len(again) != 1 {
		t.Fatalf("claimed %v", of(again))
	}
	settle(t, db, 1, bounced(again[0]))
	bounces(1, uptime.SubscriberConfirmed)
	if s := ok[uptime.Subscriber](t)(db.Subscriber(ctx, "b")); s.Bounces != 0 {
		t.Errorf("another's bounces count: %+v", s)
	}
}

func testGone(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	must(t, db.Apply(ctx, joining(subscriber("a"))))
	must(t, db.Apply(ctx, owing(notice("n1", "i1"), notice("n2", "i2"), public("p1", "i1", uptime.Audience{News: uptime.NewsIncidents}))))
	for _, d := range append(claim(t, db, 0, uptime.Claim{})[:1], claim(t, db, 0, uptime.Claim{Lane: uptime.LaneSubscribers})...) {
		s := settlement(d, uptime.DeliveryDead, 0)
		s.Gone, s.Reply = true, "410 Gone"
		settle(t, db, 1, s)
	}
	want := []uptime.ChannelState{{Name: "ops", DisabledAt: at(0), Reason: "the other side wants nothing more: 410 Gone"}}
	if diff := cmp.Diff(want, ok[[]uptime.ChannelState](t)(db.ChannelStates(ctx))); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	if s := ok[uptime.Subscriber](t)(db.Subscriber(ctx, "a")); s.State != uptime.SubscriberQuarantined || s.Reason != want[0].Reason {
		t.Errorf("the subscriber is %+v", s)
	}
	// What is owed or comes back afterwards is held.
	must(t, db.Apply(ctx, owing(notice("n3", "i3"))))
	if got := claim(t, db, time.Hour, uptime.Claim{}); len(got) != 0 {
		t.Errorf("claimed for a disabled channel: %v", told(got))
	}
	held := ok[[]uptime.Delivery](t)(db.Deliveries(ctx, uptime.DeliveryFilter{Channel: "ops", State: uptime.DeliveryHeld}, uptime.Cursor{}))
	if diff := cmp.Diff([]string{"n3", "n2"}, told(held)); diff != "" || held[0].Held != uptime.HeldDisabled {
		t.Errorf("held (-want +got):\n%s%+v", diff, held)
	}
	// In use again, and sent again.
	must(t, db.Apply(ctx, uptime.Changes{
		Channels: []uptime.ChannelState{{Name: "ops"}}, Resend: []string{held[0].ID, held[1].ID},
		Audit: []uptime.AuditEntry{{At: at(2 * time.Hour), Action: "delivery.resend"}},
	}))
	if b := backlog(t, db); b.Waiting != 2 || !b.Oldest.Equal(at(2*time.Hour)) || b.Dead != 1 {
		t.Errorf("backlog is %+v", b)
	}
	again := claim(t, db, 2*time.Hour, uptime.Claim{})
	if diff := cmp.Diff([]string{"n2", "n3"}, told(again)); diff != "" {
		t.Errorf("sent again (-want +got):\n%s", diff)
	}
	settle(t, db, 2, accepted(again[0], 0), accepted(again[1], 0))
	for _, id := range []string{again[0].ID, "nothing"} {
		if err := db.Apply(ctx, uptime.Changes{Resend: []string{id}}); !errors.Is(err, uptime.ErrConflict) {
			t.Errorf("sending %s again: %v, want a conflict", id, err)
		}
	}
}
