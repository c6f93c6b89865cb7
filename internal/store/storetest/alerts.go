package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// fires is a message about an alert that fires; over one about the same alert, as
// having ended. All is in minutes from the suite's start.
func fires(since, received int) uptime.ReceivedAlert {
	return uptime.ReceivedAlert{
		Fingerprint: "f", Group: "g", Labels: map[string]string{"alertname": "Down"}, Annotations: map[string]string{"summary": "It is down."},
		StartsAt: at(time.Duration(since) * time.Minute), ReceivedAt: at(time.Duration(received) * time.Minute),
	}
}

func over(since, until, received int) uptime.ReceivedAlert {
	a := fires(since, received)
	a.EndsAt = at(time.Duration(until) * time.Minute)
	return a
}

func received(t *testing.T, db *store.DB, since time.Time) []uptime.ReceivedAlert {
	t.Helper()
	return ok[[]uptime.ReceivedAlert](t)(db.ReceivedAlerts(t.Context(), since))
}

func testReceivedAlerts(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	one := func(group, fingerprint string, a uptime.ReceivedAlert) uptime.ReceivedAlert {
		a.Group, a.Fingerprint = group, fingerprint
		return a
	}
	firing, ended, old := one("b", "1", fires(0, 1)), one("B", "1", over(0, 5, 6)), one("a", "2", over(0, 1, 2))
	same := one("a", "1", fires(0, 1)) // of another group
	must(t, db.SaveAlerts(ctx, []uptime.ReceivedAlert{firing, ended, old, same}))
	must(t, db.SaveAlerts(ctx, nil))
	for _, c := range []struct {
		what  string
		since time.Time
		want  []uptime.ReceivedAlert
	}{
		{"all", time.Time{}, []uptime.ReceivedAlert{ended, same, old, firing}},
		{"from that moment on", ended.ReceivedAt, []uptime.ReceivedAlert{ended, same, firing}},
		{"after it", ended.ReceivedAt.Add(time.Millisecond), []uptime.ReceivedAlert{same, firing}},
	} {
		if diff := cmp.Diff(c.want, received(t, db, c.since)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if err := db.SaveAlerts(ctx, []uptime.ReceivedAlert{one("c", "1", fires(0, 1))}); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	if n := len(received(t, db, time.Time{})); n != 4 {
		t.Errorf("%d alerts", n)
	}
	// More than one statement takes, by several at once.
	var many []uptime.ReceivedAlert
	for n := range 300 {
		many = append(many, one("many", fmt.Sprint(n), fires(0, 1)))
	}
	var tellers sync.WaitGroup
	for range 3 {
		tellers.Go(func() {
			if err := db.SaveAlerts(t.Context(), many); err != nil {
				t.Error(err)
			}
		})
	}
	tellers.Wait()
	if n := len(received(t, db, at(time.Hour))); n != 302 {
		t.Errorf("%d alerts fire, want 302", n)
	}
}

func testAlertStands(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	for n, c := range []struct {
		what     string
		messages []uptime.ReceivedAlert
		want     uptime.ReceivedAlert
	}{
		{"it fires", []uptime.ReceivedAlert{fires(0, 1)}, fires(0, 1)},
		{"it is repeated", []uptime.ReceivedAlert{fires(0, 1), fires(0, 240)}, fires(0, 240)},
		{"it is over", []uptime.ReceivedAlert{fires(0, 1), over(0, 5, 6)}, over(0, 5, 6)},
		{"nothing but its end was heard", []uptime.ReceivedAlert{over(0, 5, 6)}, over(0, 5, 6)},
		{"it fires anew", []uptime.ReceivedAlert{fires(0, 1), over(0, 5, 6), fires(8, 9)}, fires(8, 9)},
		{"it fires anew before its end was stored", []uptime.ReceivedAlert{fires(8, 9), over(0, 5, 10)}, fires(8, 10)},
		{"it fires again with the same start: it had only been lost sight of",
			[]uptime.ReceivedAlert{fires(0, 1), over(0, 5, 6), fires(0, 9)}, fires(0, 9)},
		{"an earlier message with the same start is stored late", []uptime.ReceivedAlert{over(0, 5, 6), fires(0, 4)}, over(0, 5, 6)},
		{"both are received in one moment", []uptime.ReceivedAlert{over(0, 5, 6), fires(0, 6)}, over(0, 5, 6)},
		{"an older start changes nothing while it fires", []uptime.ReceivedAlert{fires(8, 9), fires(0, 10)}, fires(8, 10)},
		{"an older start changes nothing when it is over", []uptime.ReceivedAlert{fires(8, 9), over(8, 11, 12), fires(0, 13)}, over(8, 11, 13)},
		{"an older end changes nothing", []uptime.ReceivedAlert{fires(8, 9), over(0, 5, 10)}, fires(8, 10)},
		{"of two Prometheis the end has the other's start", []uptime.ReceivedAlert{fires(2, 3), fires(0, 4), over(0, 9, 10)}, over(2, 9, 10)},
		{"it begins in the future, by a clock that is ahead", []uptime.ReceivedAlert{fires(60, 1)}, fires(1, 1)},
		{"an end before its own start, by clocks that differ", []uptime.ReceivedAlert{fires(60, 1), over(60, 5, 6)}, over(6, 6, 6)},
		{"it fires anew after that clock was set right", []uptime.ReceivedAlert{fires(60, 1), over(60, 65, 6), fires(8, 9)}, fires(8, 9)},
		{"a later end of the same", []uptime.ReceivedAlert{over(0, 5, 6), fires(0, 7), over(0, 8, 9)}, over(0, 8, 9)},
	} {
		name := func(a uptime.ReceivedAlert) uptime.ReceivedAlert { a.Group = fmt.Sprint(n); return a }
		for _, m := range c.messages {
			must(t, db.SaveAlerts(t.Context(), []uptime.ReceivedAlert{name(m)}))
		}
		all := received(t, db, time.Time{})
		var got uptime.ReceivedAlert
		for _, a := range all {
			if a.Group == fmt.Sprint(n) {
				got = a
			}
		}
		if diff := cmp.Diff(name(c.want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

func testAlertOrder(t *testing.T, address func(testing.TB) string) {
	fewer(t, 12)
	db, run := Open(t, address(t)), 0
	rapid.Check(t, func(r *rapid.T) {
		minute := rapid.IntRange(0, 6)
		messages := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) uptime.ReceivedAlert {
			a := fires(minute.Draw(r, "start"), minute.Draw(r, "received"))
			a.Annotations["summary"] = rapid.SampledFrom([]string{"", "a", "b"}).Draw(r, "summary")
			a.Fingerprint = rapid.SampledFrom([]string{"1", "2"}).Draw(r, "fingerprint")
			if rapid.Bool().Draw(r, "over") {
				a.EndsAt = a.StartsAt.Add(time.Duration(minute.Draw(r, "length")) * time.Minute)
			}
			return a
		}), 1, 6).Draw(r, "messages")
		again := rapid.Permutation(slices.Concat(messages, rapid.SliceOfN(rapid.SampledFrom(messages), 0, 4).Draw(r, "repeated"))).Draw(r, "again")
		run++
		tell := func(order string, messages []uptime.ReceivedAlert) (states []uptime.ReceivedAlert) {
			group := fmt.Sprintf("%d %s", run, order)
			for len(messages) > 0 { // some to a call
				part := rapid.IntRange(1, min(3, len(messages))).Draw(r, "part")
				named := make([]uptime.ReceivedAlert, part)
				for i, a := range messages[:part] {
					a.Group = group
					named[i] = a
				}
				must(t, db.SaveAlerts(t.Context(), named))
				messages = messages[part:]
			}
			for _, a := range received(t, db, time.Time{}) {
				if a.Group == group {
					a.Group = ""
					states = append(states, a)
				}
			}
			return states
		}
		if diff := cmp.Diff(tell("first", messages), tell("again", again)); diff != "" {
			r.Fatalf("(-first +again):\n%s", diff)
		}
	})
}

func testAlertText(t *testing.T, address func(testing.TB) string) {
	odd := `'; DROP TABLE received_alert; --|" OR ""="|%_?$1 @name :id|<script>alert(1)</script>|` + "\u202eevil\x00\x1b[31m\n"
	db := Open(t, address(t))
	a := fires(0, 1)
	a.Labels, a.Annotations = map[string]string{odd: odd, "empty": ""}, map[string]string{odd: odd}
	none := fires(0, 1)
	none.Group, none.Labels, none.Annotations = "none", nil, map[string]string{}
	must(t, db.SaveAlerts(t.Context(), []uptime.ReceivedAlert{a, none}))
	if diff := cmp.Diff([]uptime.ReceivedAlert{a, none}, received(t, db, time.Time{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What PostgreSQL would refuse holds nothing back, nor does what is too long.
	large := fires(0, 1)
	large.Group, large.Fingerprint = "z\x00\xff"+strings.Repeat("g", 9000), strings.Repeat("f", 9000)
	large.Annotations["summary"] = strings.Repeat("ä", 9000)
	for range 2 {
		must(t, db.SaveAlerts(t.Context(), []uptime.ReceivedAlert{large}))
	}
	got := received(t, db, time.Time{})
	if len(got) != 3 || len(got[2].Annotations["summary"]) != 4096 || len(got[2].Group) > 1100 {
		t.Errorf("%d alerts, the last with %d bytes", len(got), len(got[len(got)-1].Annotations["summary"]))
	}
}

func testPruneAlerts(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	var alerts []uptime.ReceivedAlert
	for n := range 1001 { // more than one transaction deletes
		a := over(0, 1, 2)
		a.Fingerprint = fmt.Sprint(n)
		alerts = append(alerts, a)
	}
	firing, younger := fires(0, 2), over(0, 1, 3)
	firing.Group, younger.Group = "x", "y"
	must(t, db.SaveAlerts(ctx, append(alerts, firing, younger)))
	month := at(2*time.Minute + 30*day)
	if n := ok[int](t)(db.Prune(ctx, month, store.Retention{})); n != 0 {
		t.Errorf("%d rows were deleted at 30 days, want none", n)
	}
	if n := ok[int](t)(db.Prune(ctx, month.Add(time.Millisecond), store.Retention{})); n != 1001 {
		t.Errorf("%d rows were deleted, want 1001", n)
	}
	if diff := cmp.Diff([]uptime.ReceivedAlert{firing, younger}, received(t, db, time.Time{})); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}
