package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

func testTold(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	told := func(why string, want store.Told) {
		t.Helper()
		if diff := cmp.Diff(want, ok[store.Told](t)(db.Told(ctx))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", why, diff)
		}
	}
	must(t, db.Apply(ctx, joining(subscriber("a"), subscriber("b"), subscriber("c"))))
	owe := func(id string) {
		n := notice(id, "")
		n.Channels = []uptime.Routed{{Channel: "off", Held: uptime.HeldRoute}}
		n.Audience = &uptime.Audience{News: uptime.NewsIncidents}
		must(t, db.Apply(ctx, owing(n)))
	}
	owe("before")
	told("what was owed before anybody asked", store.Told{})
	owe("n1")
	told("three are owed, and a channel is left out", store.Told{Queued: 3, Held: 1})
	told("asked again", store.Told{Queued: 3, Held: 1})
	owe("n1")
	told("the same notice again", store.Told{Queued: 3, Held: 1})
	mails := claim(t, db, 0, uptime.Claim{Lane: uptime.LaneSubscribers})
	dead := settlement(mails[1], uptime.DeliveryDead, 0)
	settle(t, db, 3, accepted(mails[0], 0), dead, settlement(mails[2], uptime.DeliveryQueued, 0))
	settle(t, db, 0, dead) // settled before
	settle(t, db, 1, settlement(mails[0], uptime.DeliveryBounced, 0))
	told("one is taken and comes back, one is given up, one is tried again", store.Told{Queued: 3, Held: 1, Sent: 1, Dead: 1, Bounced: 1})
}
