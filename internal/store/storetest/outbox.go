package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// claim claims at start + d, of the operators' lane and under a lease of 30 s
// where the claim says nothing else.
func claim(t testing.TB, db *store.DB, d time.Duration, c uptime.Claim) []uptime.Delivery {
	t.Helper()
	c.Now = at(d)
	if c.Lane == "" {
		c.Lane = uptime.LaneOperators
	}
	if c.Lease == 0 {
		c.Lease = 30 * time.Second
	}
	if c.Limit == 0 {
		c.Limit = 100
	}
	return ok[[]uptime.Delivery](t)(db.Claim(t.Context(), c))
}

// settle settles, and wants so many to have been.
func settle(t testing.TB, db *store.DB, want int, settlements ...uptime.Settlement) {
	t.Helper()
	if n := ok[int](t)(db.Settle(t.Context(), settlements)); n != want {
		t.Errorf("%d were settled, want %d: %+v", n, want, settlements)
	}
}

func settlement(d uptime.Delivery, state uptime.DeliveryState, when time.Duration) uptime.Settlement {
	return uptime.Settlement{Delivery: d.ID, Attempt: d.Attempt, State: state, At: at(when)}
}

func accepted(d uptime.Delivery, when time.Duration) uptime.Settlement {
	return settlement(d, uptime.DeliveryAccepted, when)
}

// retry is a failure after which the delivery is due again.
func retry(d uptime.Delivery, when, again time.Duration) uptime.Settlement {
	s := settlement(d, uptime.DeliveryQueued, when)
	s.Again, s.Error = at(again), "refused\x00"
	return s
}

// backlog is that of the operators' lane.
func backlog(t testing.TB, db *store.DB) uptime.Backlog {
	t.Helper()
	return ok[map[uptime.Lane]uptime.Backlog](t)(db.Backlogs(t.Context()))[uptime.LaneOperators]
}

// told are the notices of deliveries, in order.
func told(deliveries []uptime.Delivery) (ids []string) {
	for _, d := range deliveries {
		ids = append(ids, d.Notice.ID)
	}
	return ids
}

func testOutbox(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx, second := t.Context(), time.Second
	n := notice("n1", "")
	must(t, db.Apply(ctx, uptime.Changes{Outbox: []uptime.Notice{n}}))

	first := claim(t, db, 0, uptime.Claim{})
	want := uptime.Delivery{
		ID: uptime.DeliveryID("n1", uptime.Recipient{Kind: uptime.ToChannel, ID: "ops"}), Seq: 1, Lane: uptime.LaneOperators,
		Recipient: uptime.Recipient{Kind: uptime.ToChannel, ID: "ops"}, Notice: n,
		State: uptime.DeliverySending, Due: at(30 * second), Attempt: 1,
	}
	want.Notice.Channels = nil
	if diff := cmp.Diff([]uptime.Delivery{want}, first); diff != "" {
		t.Fatalf("claimed (-want +got):\n%s", diff)
	}
	if again := claim(t, db, 29*second, uptime.Claim{}); len(again) != 0 {
		t.Errorf("claimed under another's lease: %v", again)
	}
	// The lease runs out: somebody else tries, and the first settles nothing.
	second2 := claim(t, db, 30*second, uptime.Claim{})
	if len(second2) != 1 || second2[0].Attempt != 2 {
		t.Fatalf("after the lease: %v", second2)
	}
	settle(t, db, 0, accepted(first[0], 31*second), retry(first[0], 31*second, 32*second))
	settle(t, db, 1, retry(second2[0], 31*second, 60*second))
	if b := backlog(t, db); b != (uptime.Backlog{Waiting: 1, Oldest: at(0)}) {
		t.Errorf("backlog is %+v", b)
	}
	if early := claim(t, db, 59*second, uptime.Claim{}); len(early) != 0 {
		t.Errorf("claimed before it was due: %v", early)
	}
	third := claim(t, db, 60*second, uptime.Claim{})
	if len(third) != 1 || third[0].Attempt != 3 || third[0].Error != "refused\uFFFD" {
		t.Fatalf("when due again: %v", third)
	}
	done := accepted(third[0], 61*second)
	done.Reply, done.RemoteID, done.Digest = "250 queued", "remote", "d1"
	settle(t, db, 1, done)
	settle(t, db, 0, done)
	if left := claim(t, db, time.Hour, uptime.Claim{}); len(left) != 0 {
		t.Errorf("claimed after it was sent: %v", left)
	}
	settle(t, db, 0, uptime.Settlement{Delivery: "none", Attempt: 1, State: uptime.DeliverySent})
	want.State, want.Due, want.Attempt, want.Settled = uptime.DeliveryAccepted, time.Time{}, 3, at(61*second)
	want.Lost, want.Unsure = 1, at(30*second)
	want.Error, want.Reply, want.RemoteID, want.Digest = "refused\uFFFD", "250 queued", "remote", "d1"
	if diff := cmp.Diff(want, ok[uptime.Delivery](t)(db.DeliveryByID(ctx, want.ID))); diff != "" {
		t.Errorf("in the ledger (-want +got):\n%s", diff)
	}
	// Sent is sent: the same decision applied again owes nothing.
	must(t, db.Apply(ctx, uptime.Changes{Outbox: []uptime.Notice{n, notice("n2", "")}}))
	dead := claim(t, db, time.Hour, uptime.Claim{})
	if diff := cmp.Diff([]string{"n2"}, told(dead)); diff != "" {
		t.Fatalf("claimed (-want +got):\n%s", diff)
	}
	settle(t, db, 1, settlement(dead[0], uptime.DeliveryDead, time.Hour))
	if b := backlog(t, db); b != (uptime.Backlog{Dead: 1}) {
		t.Errorf("backlog is %+v", b)
	}
	if left := claim(t, db, 1000*time.Hour, uptime.Claim{}); len(left) != 0 {
		t.Errorf("a dead delivery was claimed: %v", left)
	}
	for _, state := range []uptime.DeliveryState{uptime.DeliverySending, "", "lost"} {
		if _, err := db.Settle(ctx, []uptime.Settlement{settlement(dead[0], state, 0)}); err == nil {
			t.Errorf("an attempt ended as %q", state)
		}
	}
}

// testResend sends again what was given up after a lost lease and many failures:
// it is as young as one that was never tried.
func testResend(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	must(t, db.Apply(ctx, owing(notice("n1", "i1"))))
	lost := claim(t, db, 0, uptime.Claim{})
	for i := range 8 {
		d := claim(t, db, time.Duration(i+1)*time.Minute, uptime.Claim{})
		settle(t, db, 1, retry(d[0], time.Duration(i+1)*time.Minute, time.Duration(i+2)*time.Minute))
	}
	last := claim(t, db, time.Hour, uptime.Claim{})
	if last[0].Attempt != 10 || last[0].Lost != 1 || !last[0].Unsure.Equal(at(30*time.Second)) {
		t.Fatalf("at last: %+v", last[0])
	}
	settle(t, db, 1, settlement(last[0], uptime.DeliveryDead, time.Hour))
	must(t, db.Apply(ctx, uptime.Changes{
		Resend: []string{lost[0].ID}, Audit: []uptime.AuditEntry{{At: at(2 * time.Hour), Action: "delivery.resend"}},
	}))
	again := claim(t, db, 2*time.Hour, uptime.Claim{})
	if len(again) != 1 || again[0].Attempt != 1 || again[0].Lost != 0 || !again[0].Unsure.IsZero() {
		t.Fatalf("sent again: %+v", again)
	}
	settle(t, db, 0, accepted(last[0], 2*time.Hour)) // an attempt of before
	settle(t, db, 1, accepted(again[0], 2*time.Hour))
}

func testOutboxOrder(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	blind, sees := notice("blind", ""), notice("sees", "")
	blind.Reason, sees.Reason = uptime.WentBlind, uptime.SeesAgain
	must(t, db.Apply(t.Context(), uptime.Changes{Outbox: []uptime.Notice{notice("down-a", "a"), notice("down-b", "b")}}))
	first := claim(t, db, 0, uptime.Claim{Limit: 1}) // one recipient's are not parted
	if diff := cmp.Diff([]string{"down-a", "down-b"}, told(first)); diff != "" {
		t.Errorf("first two (-want +got):\n%s", diff)
	}
	// The recovery waits while the outage is being told, and while that is tried
	// again; others do not.
	must(t, db.Apply(t.Context(), uptime.Changes{Outbox: []uptime.Notice{
		notice("up-a", "a"), notice("self-1", ""), notice("self-2", ""), blind,
	}}))
	others := claim(t, db, 0, uptime.Claim{})
	if diff := cmp.Diff([]string{"self-1", "self-2", "blind"}, told(others)); diff != "" {
		t.Errorf("others (-want +got):\n%s", diff)
	}
	settle(t, db, 2, retry(first[0], 0, time.Second), retry(others[2], 0, time.Minute))
	must(t, db.Apply(t.Context(), uptime.Changes{Outbox: []uptime.Notice{sees}}))
	if got := claim(t, db, 0, uptime.Claim{}); len(got) != 0 {
		t.Errorf("claimed %v before the outage was told", told(got))
	}
	// What is due of one incident is claimed together.
	again := claim(t, db, 2*time.Second, uptime.Claim{})
	if diff := cmp.Diff([]string{"down-a", "up-a"}, told(again)); diff != "" {
		t.Errorf("tried again (-want +got):\n%s", diff)
	}
	// Given up is settled as well: the recovery is still told.
	settle(t, db, 2, settlement(again[0], uptime.DeliveryDead, 0), retry(again[1], 0, 3*time.Second))
	if diff := cmp.Diff([]string{"up-a"}, told(claim(t, db, 3*time.Second, uptime.Claim{}))); diff != "" {
		t.Errorf("after it (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"down-b", "up-a", "self-1", "self-2", "blind", "sees"}, told(claim(t, db, time.Hour, uptime.Claim{}))); diff != "" {
		t.Errorf("when every lease is over (-want +got):\n%s", diff)
	}
}

func testOutboxShared(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	var changes uptime.Changes
	for i := range 60 {
		n := notice(fmt.Sprintf("n%d", i), uptime.IncidentID(fmt.Sprintf("i%d", i%20)))
		n.Channels = []uptime.Routed{{Channel: fmt.Sprintf("c%d", i%7)}}
		changes.Outbox = append(changes.Outbox, n)
	}
	must(t, Open(t, where).Apply(t.Context(), changes))
	var mu sync.Mutex
	var wait sync.WaitGroup
	sent := map[string]int{}
	for range 3 {
		db := Open(t, where)
		wait.Go(func() {
			for {
				claimed, err := db.Claim(t.Context(), uptime.Claim{Lane: uptime.LaneOperators, Now: at(0), Lease: time.Minute, Limit: 4})
				if err != nil || len(claimed) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				for _, d := range claimed {
					if n, err := db.Settle(t.Context(), []uptime.Settlement{accepted(d, 0)}); err != nil || n != 1 {
						t.Error(n, err)
					}
					mu.Lock()
					sent[d.ID]++
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	db := Open(t, where)
	for rest := claim(t, db, 0, uptime.Claim{}); len(rest) > 0; rest = claim(t, db, 0, uptime.Claim{}) {
		for _, d := range rest { // what was skipped while another had it
			settle(t, db, 1, accepted(d, 0))
			sent[d.ID]++
		}
	}
	if len(sent) != 60 {
		t.Errorf("%d deliveries were sent, want 60", len(sent))
	}
	for id, n := range sent {
		if n != 1 {
			t.Errorf("%s was claimed %d times under lease", id, n)
		}
	}
}
