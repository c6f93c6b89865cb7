package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// about is a notice about a plan, to whoever wants news of maintenance.
func about(id string, plan uptime.PlanID, d time.Duration) uptime.Notice {
	return uptime.Notice{
		ID: id, At: at(d), Reason: uptime.PlanAnnounced, Plan: plan, Summary: "Maintenance is planned",
		Channels: []uptime.Routed{{Channel: "ops"}}, Audience: &uptime.Audience{News: uptime.NewsMaintenance},
	}
}

// readers are subscribers to news of maintenance.
func readers(ids ...uptime.SubscriberID) uptime.Changes {
	var all []uptime.Subscriber
	for _, id := range ids {
		s := subscriber(id)
		s.News, s.Zone = []uptime.News{uptime.NewsMaintenance}, "Europe/Berlin"
		all = append(all, s)
	}
	return joining(all...)
}

func testPlanNotices(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	must(t, db.Apply(ctx, readers("a")))
	first := about("n1", "p1", 0)
	first.Content = uptime.Content{
		Page: uptime.PageName{Name: "Example", Zone: "Europe/Berlin"}, Plan: whole(fullPlan(t)), PlanUpdate: fullPlan(t).Updates[0],
	}
	must(t, db.Apply(ctx, owing(first, about("n2", "p2", 0), about("n3", "p1", 0), notice("i1", "p1"))))
	records := ok[[]uptime.NoticeRecord](t)(db.Notices(ctx, uptime.NoticeFilter{Plan: "p1"}, uptime.Cursor{}))
	if len(records) != 2 || records[0].Notice.ID != "n3" || records[1].Notice.Plan != "p1" {
		t.Fatalf("notices about p1: %+v", records)
	}
	if diff := cmp.Diff(first.Content, records[1].Notice.Content, sameZone); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
	var ledger []string
	for _, d := range ok[[]uptime.Delivery](t)(db.Deliveries(ctx, uptime.DeliveryFilter{Plan: "p1"}, uptime.Cursor{})) {
		ledger = append(ledger, d.Notice.ID+">"+d.Recipient.ID)
	}
	if diff := cmp.Diff([]string{"n3>a", "n3>ops", "n1>a", "n1>ops"}, ledger); diff != "" {
		t.Errorf("deliveries about p1 (-want +got):\n%s", diff)
	}
	mine := ok[[]uptime.Delivery](t)(db.Deliveries(ctx, uptime.DeliveryFilter{Plan: "p1", Subscriber: "a", State: uptime.DeliveryQueued}, uptime.Cursor{Limit: 1}))
	if len(mine) != 1 || mine[0].Notice.ID != "n3" || mine[0].Notice.Plan != "p1" {
		t.Errorf("a's about p1: %+v", mine)
	}
	// One plan's notices come to each in their order; another's do not wait.
	lane := uptime.Claim{Lane: uptime.LaneSubscribers}
	sent := claim(t, db, 0, lane)
	if diff := cmp.Diff([]string{"n1", "n2", "n3"}, told(sent)); diff != "" {
		t.Fatalf("claimed (-want +got):\n%s", diff)
	}
	settle(t, db, 3, retry(sent[0], 0, time.Hour), accepted(sent[1], 0), retry(sent[2], 0, time.Minute))
	must(t, db.Apply(ctx, owing(about("n4", "p1", time.Minute), about("n5", "p2", time.Minute))))
	if diff := cmp.Diff([]string{"n5"}, told(claim(t, db, 2*time.Minute, lane))); diff != "" {
		t.Errorf("before the first is told (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"n1", "n3", "n4", "n5"}, told(claim(t, db, time.Hour, lane))); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
}

func testProofs(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	must(t, db.Apply(ctx, readers("a", "b", "c", "d", "e", "f", "g")))
	silent := about("n3", "p2", time.Hour)
	silent.Audience.Held = uptime.HeldSilent
	second := about("n2", "p2", 0)
	second.Reason = uptime.PlanRevised
	must(t, db.Apply(ctx, owing(about("n1", "p1", 0), second, silent, about("n4", "other", 0), notice("i1", "i1"))))
	minute := time.Minute
	for _, d := range claim(t, db, 0, uptime.Claim{Lane: uptime.LaneSubscribers}) {
		outcome := map[string]uptime.Settlement{
			"n1>a": accepted(d, minute), "n1>b": settlement(d, uptime.DeliverySent, 2*minute), "n1>c": accepted(d, 2*minute+time.Millisecond),
			"n1>d": settlement(d, uptime.DeliveryBounced, 0), "n1>e": settlement(d, uptime.DeliveryDead, 0), "n1>f": settlement(d, uptime.DeliveryHeld, 0),
			"n2>a": accepted(d, minute), "n2>b": retry(d, 0, minute),
		}
		if s, settles := outcome[d.Notice.ID+">"+d.Recipient.ID]; settles {
			settle(t, db, 1, s)
		}
	}
	for _, d := range claim(t, db, 0, uptime.Claim{}) { // what channels were told counts for nothing
		settle(t, db, 1, accepted(d, 0))
	}
	one := uptime.Proof{
		Plan: "p1", Notice: "n1", Reason: uptime.PlanAnnounced, At: at(0),
		Owed: 7, Accepted: 3, InTime: 2, Bounced: 3, Waiting: 1, Last: at(2*minute + time.Millisecond),
	}
	two := uptime.Proof{Plan: "p2", Notice: "n2", Reason: uptime.PlanRevised, At: at(0), Owed: 7, Accepted: 1, InTime: 0, Waiting: 6, Last: at(minute)}
	three := uptime.Proof{Plan: "p2", Notice: "n3", Reason: uptime.PlanAnnounced, At: at(time.Hour)}
	cutoffs := map[uptime.PlanID]time.Time{"p1": at(2 * minute), "p2": at(minute - time.Millisecond), "none": at(0), "": at(0), "'": at(0)}
	if diff := cmp.Diff([]uptime.Proof{one, two, three}, ok[[]uptime.Proof](t)(db.Proofs(ctx, cutoffs))); diff != "" {
		t.Errorf("proofs (-want +got):\n%s", diff)
	}
	// Each plan is asked with a cutoff of its own, and more of them than fit into
	// one question.
	for i := range 1200 {
		cutoffs[uptime.PlanID(fmt.Sprintf("none-%d", i))] = at(time.Hour)
	}
	cutoffs["p2"], cutoffs["p1"] = at(minute), time.Time{}
	one.InTime, two.InTime = 0, 1
	if diff := cmp.Diff([]uptime.Proof{one, two, three}, ok[[]uptime.Proof](t)(db.Proofs(ctx, cutoffs))); diff != "" {
		t.Errorf("with other cutoffs (-want +got):\n%s", diff)
	}
	if none := ok[[]uptime.Proof](t)(db.Proofs(ctx, nil)); len(none) != 0 {
		t.Errorf("of no plan: %+v", none)
	}
	testReceipts(t, db)
}

func testReceipts(t *testing.T, db *store.DB) {
	ctx := t.Context()
	must(t, db.Apply(ctx, uptime.Changes{Leaving: []uptime.SubscriberID{"b"}}))
	moved := ok[uptime.Subscriber](t)(db.Subscriber(ctx, "c"))
	moved.Zone = "Australia/Sydney"
	must(t, db.Apply(ctx, uptime.Changes{Subscribers: []uptime.SubscriberChange{{Subscriber: moved}}}))
	receipt := func(id uptime.SubscriberID, zone string, state uptime.DeliveryState, settled time.Time) uptime.Receipt {
		return uptime.Receipt{Notice: "n1", Subscriber: id, Zone: zone, State: state, Settled: settled}
	}
	const berlin = "Europe/Berlin"
	want := []uptime.Receipt{
		receipt("a", berlin, uptime.DeliveryAccepted, at(time.Minute)), receipt("b", "", uptime.DeliverySent, at(2*time.Minute)),
		receipt("c", "Australia/Sydney", uptime.DeliveryAccepted, at(2*time.Minute+time.Millisecond)),
		receipt("d", berlin, uptime.DeliveryBounced, at(0)), receipt("e", berlin, uptime.DeliveryDead, at(0)),
		receipt("f", berlin, uptime.DeliveryHeld, at(0)), receipt("g", berlin, uptime.DeliverySending, time.Time{}),
	}
	if diff := cmp.Diff(want, ok[[]uptime.Receipt](t)(db.Receipts(ctx, "p1"))); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}
	if two := ok[[]uptime.Receipt](t)(db.Receipts(ctx, "p2")); len(two) != 7 {
		t.Errorf("of p2, of which one notice was silent: %+v", two)
	}
	for _, none := range []uptime.PlanID{"none", "", "'"} {
		if got := ok[[]uptime.Receipt](t)(db.Receipts(ctx, none)); len(got) != 0 {
			t.Errorf("of %q: %+v", none, got)
		}
	}
}

func testSignalsOf(t *testing.T, address func(testing.TB) string) {
	db, ctx := Open(t, address(t)), t.Context()
	said := []uptime.Signal{
		{Monitor: "a", At: at(0), Kind: uptime.Started}, {Monitor: "b", At: at(time.Second), Kind: uptime.Failed, Code: 3},
		{Monitor: "a", At: at(time.Second)}, {Monitor: "c", At: at(time.Second)}, {Monitor: "a", At: at(time.Minute)},
	}
	must(t, db.SaveSignal(ctx, said[4]))
	for _, s := range said[:4] {
		must(t, db.SaveSignal(ctx, s))
	}
	many := []uptime.MonitorID{"b", "a", "b", "'"}
	for i := range 1100 {
		many = append(many, uptime.MonitorID(fmt.Sprintf("none-%d", i)))
	}
	for _, c := range []struct {
		what     string
		monitors []uptime.MonitorID
		to       time.Duration
		want     []uptime.Signal
	}{
		{"two jobs", []uptime.MonitorID{"b", "a"}, time.Hour, []uptime.Signal{said[0], said[1], said[2], said[4]}},
		{"up to the end", []uptime.MonitorID{"a"}, time.Minute, []uptime.Signal{said[0], said[2]}},
		{"past the end", []uptime.MonitorID{"a"}, time.Minute + time.Millisecond, []uptime.Signal{said[0], said[2], said[4]}},
		{"more than fit into one question", many, time.Hour, []uptime.Signal{said[0], said[1], said[2], said[4]}},
		{"none", nil, time.Hour, []uptime.Signal{}},
	} {
		if diff := cmp.Diff(c.want, ok[[]uptime.Signal](t)(db.SignalsOf(ctx, c.monitors, at(0), at(c.to)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
	if later := ok[[]uptime.Signal](t)(db.SignalsOf(ctx, []uptime.MonitorID{"a"}, at(time.Second+time.Millisecond), at(day))); len(later) != 1 {
		t.Errorf("later: %v", later)
	}
}
