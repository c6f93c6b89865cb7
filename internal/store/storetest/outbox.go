package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

func testOutbox(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx, second := t.Context(), time.Second
	claim := func(d time.Duration) []uptime.Delivery {
		return ok[[]uptime.Delivery](t)(db.ClaimNotices(ctx, at(d), 30*second, 10))
	}
	n := notice("n1", "")
	must(t, db.Apply(ctx, uptime.Changes{Outbox: []uptime.Notice{n}}))

	first := claim(0)
	if diff := cmp.Diff([]uptime.Delivery{{Notice: n, Attempt: 1}}, first); diff != "" {
		t.Fatalf("claimed (-want +got):\n%s", diff)
	}
	if again := claim(29 * second); len(again) != 0 {
		t.Errorf("claimed under another's lease: %v", again)
	}
	// The lease runs out: somebody else tries, and the first is told.
	second2 := claim(30 * second)
	if len(second2) != 1 || second2[0].Attempt != 2 {
		t.Fatalf("after the lease: %v", second2)
	}
	if err := db.NoticeSent(ctx, first[0], at(31*second)); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("an attempt that lost its lease settled: %v", err)
	}
	if err := db.NoticeFailed(ctx, first[0], "late", at(31*second), time.Time{}); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("an attempt that lost its lease settled: %v", err)
	}
	must(t, db.NoticeFailed(ctx, second2[0], "refused\x00", at(31*second), at(60*second)))
	if b := ok[uptime.Backlog](t)(db.Backlog(ctx)); b != (uptime.Backlog{Waiting: 1, Oldest: at(0)}) {
		t.Errorf("backlog is %+v", b)
	}
	if early := claim(59 * second); len(early) != 0 {
		t.Errorf("claimed before it was due: %v", early)
	}
	third := claim(60 * second)
	if len(third) != 1 || third[0].Attempt != 3 {
		t.Fatalf("when due again: %v", third)
	}
	must(t, db.NoticeSent(ctx, third[0], at(61*second)))
	if err := db.NoticeSent(ctx, third[0], at(62*second)); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("settled twice: %v", err)
	}
	if left := claim(time.Hour); len(left) != 0 {
		t.Errorf("claimed after it was sent: %v", left)
	}
	if err := db.NoticeSent(ctx, uptime.Delivery{Notice: notice("none", ""), Attempt: 1}, at(0)); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("a notice that is not there: %v", err)
	}
	// Sent is sent: the same decision applied again owes nothing.
	must(t, db.Apply(ctx, uptime.Changes{Outbox: []uptime.Notice{n, notice("n2", "")}}))
	dead := claim(time.Hour)
	if len(dead) != 1 || dead[0].Notice.ID != "n2" {
		t.Fatalf("claimed %v, want n2", dead)
	}
	must(t, db.NoticeFailed(ctx, dead[0], "gone", at(time.Hour), time.Time{}))
	if b := ok[uptime.Backlog](t)(db.Backlog(ctx)); b != (uptime.Backlog{Dead: 1}) {
		t.Errorf("backlog is %+v", b)
	}
	if left := claim(1000 * time.Hour); len(left) != 0 {
		t.Errorf("a dead notice was claimed: %v", left)
	}
}

func testOutboxOrder(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	must(t, db.Apply(ctx, uptime.Changes{Outbox: []uptime.Notice{
		notice("down-a", "a"), notice("down-b", "b"), notice("up-a", "a"), notice("self-1", ""), notice("self-2", ""),
	}}))
	names := func(d time.Duration, limit int) (out []string, all []uptime.Delivery) {
		all = ok[[]uptime.Delivery](t)(db.ClaimNotices(ctx, at(d), time.Minute, limit))
		for _, c := range all {
			out = append(out, c.Notice.ID)
		}
		return out, all
	}
	got, first := names(0, 2)
	if diff := cmp.Diff([]string{"down-a", "down-b"}, got); diff != "" {
		t.Errorf("first two (-want +got):\n%s", diff)
	}
	// The recovery waits while the outage is being told, and while that is
	// tried again; others do not.
	if got, _ := names(0, 9); cmp.Diff([]string{"self-1", "self-2"}, got) != "" {
		t.Errorf("others: %v", got)
	}
	must(t, db.NoticeFailed(ctx, first[0], "no", at(0), at(time.Second)))
	if got, _ := names(0, 9); len(got) != 0 {
		t.Errorf("claimed %v before the outage was told", got)
	}
	got, again := names(2*time.Second, 9)
	if diff := cmp.Diff([]string{"down-a"}, got); diff != "" {
		t.Errorf("tried again (-want +got):\n%s", diff)
	}
	// Given up is settled as well: the recovery is still told.
	must(t, db.NoticeFailed(ctx, again[0], "no", at(0), time.Time{}))
	if got, _ := names(3*time.Second, 9); cmp.Diff([]string{"up-a"}, got) != "" {
		t.Errorf("after it: %v", got)
	}
}

func testOutboxShared(t *testing.T, address func(testing.TB) string) {
	where := address(t)
	var changes uptime.Changes
	for i := range 60 {
		changes.Outbox = append(changes.Outbox, notice(fmt.Sprintf("n%d", i), ""))
	}
	must(t, Open(t, where).Apply(t.Context(), changes))
	var mu sync.Mutex
	var wait sync.WaitGroup
	sent := map[string]int{}
	for range 3 {
		db := Open(t, where)
		wait.Go(func() {
			for {
				claimed, err := db.ClaimNotices(t.Context(), at(0), time.Minute, 4)
				if err != nil || len(claimed) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				for _, d := range claimed {
					if err := db.NoticeSent(t.Context(), d, at(0)); err != nil {
						t.Error(err)
					}
					mu.Lock()
					sent[d.Notice.ID]++
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	if len(sent) != 60 {
		t.Errorf("%d notices were sent, want 60", len(sent))
	}
	for id, n := range sent {
		if n != 1 {
			t.Errorf("%s was claimed %d times under lease", id, n)
		}
	}
}
