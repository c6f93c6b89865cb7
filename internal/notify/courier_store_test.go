package notify

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/store/storetest"
	"github.com/upheld/upheld/internal/uptime"
)

var _ Outbox = (*store.DB)(nil)

// The real outbox: senders that fail at first, a crash and a stop in the middle,
// and in the end everybody who is owed something was told it, in order.
func TestWithTheDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := storetest.Open(t, storetest.SQLite(t))
		apply := func(changes uptime.Changes) {
			t.Helper()
			if err := db.Apply(t.Context(), changes); err != nil {
				t.Fatal(err)
			}
		}
		apply(uptime.Changes{Subscribers: []uptime.SubscriberChange{
			subscribed("ada", uptime.ToMail, "ada@example.org"), subscribed("bob", uptime.ToMail, "bob@example.org", "api"),
			subscribed("eve", uptime.ToMail, "eve@example.org", "sign-in"), subscribed("hook", uptime.ToWebhook, "https://hook.example/x"),
		}})
		rules := notice.Rules{Public: true, Channels: []notice.Channel{{Name: "pager"}, {Name: "removed"}}}
		for n := range 5 {
			for _, reason := range []uptime.NoticeReason{uptime.WentDown, uptime.NewsOfState, uptime.ReviewOut} {
				apply(uptime.Changes{Outbox: []uptime.Notice{notice.Plan(rules, notice.Event{
					ID: fmt.Sprintf("%d-%s", n, reason), Reason: reason, Incident: uptime.Incident{
						ID: uptime.IncidentID(fmt.Sprint("i", n)), Title: "Outage", Components: []uptime.ComponentID{"api"}, PublishedAt: time.Now(),
					},
				}, time.Now())}})
			}
		}
		s := &fakeSender{answer: func(_ context.Context, m notice.Message) error {
			if m.Deliveries[0].Attempt < 3 {
				return errNotNow
			}
			return nil
		}}
		run := func(o Outbox, d time.Duration) {
			c := NewCourier(o, CourierOptions{})
			c.Configure(map[string]ChannelSetup{"pager": {Sender: s}}, s, s)
			work(c, d)
		}
		run(db, 20*time.Second)
		run(crashing{db}, 70*time.Second)
		run(db, 3*time.Minute)

		told := map[string]int{}
		for _, a := range s.taken {
			for _, d := range a.m.Deliveries {
				if told[d.Recipient.ID+" "+d.Notice.ID]++; a.m.To.Kind == uptime.ToMail && a.m.To.Address != a.m.To.ID+"@example.org" {
					t.Errorf("%s was sent to %s", d.ID, a.m.To.Address)
				}
			}
		}
		if len(told) != 4*15 {
			t.Errorf("%d of 60 were told: %v", len(told), told)
		}
		order(t, s)
		want := map[uptime.DeliveryState]int{uptime.DeliveryAccepted: 60, uptime.DeliveryHeld: 15}
		got := map[uptime.DeliveryState]int{}
		records, err := db.Notices(t.Context(), uptime.NoticeFilter{}, uptime.Cursor{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			for state, n := range r.Counts {
				got[state] += n
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the ledger (-want +got):\n%s", diff)
		}
	})
}

func subscribed(id uptime.SubscriberID, kind uptime.RecipientKind, address string, of ...uptime.ComponentID) uptime.SubscriberChange {
	return uptime.SubscriberChange{New: true, Subscriber: uptime.Subscriber{
		ID: id, Kind: kind, Address: address, Components: of, News: []uptime.News{uptime.NewsIncidents},
		State: uptime.SubscriberConfirmed, CreatedAt: time.Now(), ConfirmedAt: time.Now(), Source: "import",
	}}
}

// crashing is an outbox whose settlements are lost, as in a crash.
type crashing struct{ *store.DB }

func (crashing) Settle(context.Context, []uptime.Settlement) (int, error) { return 0, context.Canceled }
