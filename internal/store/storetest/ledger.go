package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

func testLedger(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	must(t, db.Apply(ctx, joining(subscriber("a"), subscriber("b", "api"))))
	content := uptime.Content{
		Page:     uptime.PageName{Name: "Example", URL: "https://status.example.org", Zone: "Europe/Berlin"},
		Incident: incident("i1", 3), Update: update("u1", time.Second),
		Components: []uptime.ComponentNote{{ID: "api", Name: "API <b>\x00", State: uptime.Down}},
		Facts:      map[string]string{"down_for": "4 min"},
	}
	for i := range 6 {
		n := notice(fmt.Sprintf("n%d", i), uptime.IncidentID(fmt.Sprintf("i%d", i%2)))
		n.Content = content
		n.Channels = append(n.Channels, uptime.Routed{Channel: "chat"})
		n.Audience = &uptime.Audience{News: uptime.NewsIncidents}
		if i == 4 {
			n.Reason, n.Audience.Components = uptime.Recovered, []uptime.ComponentID{"web"}
		}
		must(t, db.Apply(ctx, owing(n)))
	}
	records := ok[[]uptime.NoticeRecord](t)(db.Notices(ctx, uptime.NoticeFilter{}, uptime.Cursor{}))
	if len(records) != 6 || cmp.Diff(content, records[0].Notice.Content) != "" || records[0].Notice.Channels != nil {
		t.Errorf("notices: %+v", records)
	}
	if diff := cmp.Diff(map[uptime.DeliveryState]int{uptime.DeliveryQueued: 3}, records[1].Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		filter uptime.NoticeFilter
		want   []string
	}{
		{uptime.NoticeFilter{}, []string{"n5", "n4", "n3", "n2", "n1", "n0"}},
		{uptime.NoticeFilter{Incident: "i0"}, []string{"n4", "n2", "n0"}},
		{uptime.NoticeFilter{Incident: "i0", Reason: uptime.Recovered}, []string{"n4"}},
		{uptime.NoticeFilter{Reason: uptime.Reminder}, nil},
	} {
		var got []string
		for cursor := (uptime.Cursor{Limit: 2}); ; {
			page := ok[[]uptime.NoticeRecord](t)(db.Notices(ctx, c.filter, cursor))
			for _, r := range page {
				got = append(got, r.Notice.ID)
			}
			if len(page) < 2 {
				break
			}
			cursor.After = page[1].Notice.ID
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.filter, diff)
		}
	}
	if _, err := db.Notices(ctx, uptime.NoticeFilter{}, uptime.Cursor{After: "none"}); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("an unknown cursor: %v", err)
	}
}

func testDeliveries(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx := t.Context()
	must(t, db.Apply(ctx, joining(subscriber("a"), subscriber("b", "api"))))
	for i := range 4 {
		n := notice(fmt.Sprintf("n%d", i), uptime.IncidentID(fmt.Sprintf("i%d", i%2)))
		n.Channels = append(n.Channels, uptime.Routed{Channel: "off", Held: uptime.HeldRoute})
		n.Audience = &uptime.Audience{News: uptime.NewsIncidents, Components: []uptime.ComponentID{"web"}}
		must(t, db.Apply(ctx, owing(n)))
	}
	mails := claim(t, db, 0, uptime.Claim{Lane: uptime.LaneSubscribers})
	settle(t, db, 2, accepted(mails[0], 0), settlement(mails[1], uptime.DeliveryDead, 0))
	list := func(f uptime.DeliveryFilter, limit int) (got []string) {
		for cursor := (uptime.Cursor{Limit: limit}); ; {
			page := ok[[]uptime.Delivery](t)(db.Deliveries(ctx, f, cursor))
			for _, d := range page {
				got = append(got, d.Notice.ID+">"+d.Recipient.ID)
				if d.Recipient.Address != "" || d.Recipient.Secrets != nil || d.Notice.Audience != nil {
					t.Errorf("the ledger tells %+v", d)
				}
			}
			if len(page) < limit {
				return got
			}
			// While one reads on, the ledger grows.
			must(t, db.Apply(ctx, owing(notice("grown-"+page[limit-1].ID, "grown"))))
			cursor.After = page[limit-1].ID
		}
	}
	for _, c := range []struct {
		filter uptime.DeliveryFilter
		want   []string
	}{
		{uptime.DeliveryFilter{Notice: "n1"}, []string{"n1>a", "n1>off", "n1>ops"}},
		{uptime.DeliveryFilter{Incident: "i0"}, []string{"n2>a", "n2>off", "n2>ops", "n0>a", "n0>off", "n0>ops"}},
		{uptime.DeliveryFilter{Subscriber: "a"}, []string{"n3>a", "n2>a", "n1>a", "n0>a"}},
		{uptime.DeliveryFilter{Subscriber: "b"}, nil},
		{uptime.DeliveryFilter{Channel: "off"}, []string{"n3>off", "n2>off", "n1>off", "n0>off"}},
		{uptime.DeliveryFilter{Channel: "off", Incident: "i1", State: uptime.DeliveryHeld}, []string{"n3>off", "n1>off"}},
		{uptime.DeliveryFilter{State: uptime.DeliveryAccepted}, []string{"n0>a"}},
		{uptime.DeliveryFilter{State: uptime.DeliveryDead}, []string{"n1>a"}},
		{uptime.DeliveryFilter{State: uptime.DeliverySending}, []string{"n3>a", "n2>a"}},
		{uptime.DeliveryFilter{State: uptime.DeliveryQueued, Notice: "n3"}, []string{"n3>ops"}},
		{uptime.DeliveryFilter{Notice: "none"}, nil},
	} {
		for _, limit := range []int{1, 2, 100} {
			if diff := cmp.Diff(c.want, list(c.filter, limit)); diff != "" {
				t.Errorf("%+v, %d at a time (-want +got):\n%s", c.filter, limit, diff)
			}
		}
	}
	if _, err := db.Deliveries(ctx, uptime.DeliveryFilter{}, uptime.Cursor{After: "none"}); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("an unknown cursor: %v", err)
	}
	if _, err := db.DeliveryByID(ctx, "none"); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("a delivery that is not there: %v", err)
	}
}

func testPruneLedger(t *testing.T, address func(testing.TB) string) {
	db := Open(t, address(t))
	ctx, day := t.Context(), 24*time.Hour
	old, kept := notice("old", "i1"), notice("kept", "i2")
	waits := notice("waits", "i3")
	waits.Channels = append(waits.Channels, uptime.Routed{Channel: "later", Held: uptime.HeldQuietHours, Due: at(1000 * day)})
	old.Audience = &uptime.Audience{News: uptime.NewsIncidents, Held: uptime.HeldSilent}
	silent := public("silent", "", *old.Audience)
	must(t, db.Apply(ctx, owing(old, kept, waits, silent)))
	for i, d := range claim(t, db, 0, uptime.Claim{}) {
		settle(t, db, 1, accepted(d, time.Duration(i)*day))
	}
	keep := store.Retention{Ledger: day}
	if n := ok[int](t)(db.Prune(ctx, at(day), keep)); n != 0 {
		t.Errorf("%d rows were deleted before their time", n)
	}
	// The oldest row and its notice, the notice that was told to nobody; of what
	// is still owed to somebody nothing yet, of the others' rows theirs.
	if n := ok[int](t)(db.Prune(ctx, at(2*day), keep)); n != 3 {
		t.Errorf("%d rows were deleted, want 3", n)
	}
	if n := ok[int](t)(db.Prune(ctx, at(900*day), keep)); n != 3 {
		t.Errorf("%d rows were deleted, want 3", n)
	}
	left := ok[[]uptime.NoticeRecord](t)(db.Notices(ctx, uptime.NoticeFilter{}, uptime.Cursor{}))
	if len(left) != 1 || left[0].Notice.ID != "waits" || left[0].Counts[uptime.DeliveryQueued] != 1 || len(left[0].Counts) != 1 {
		t.Errorf("left are %+v", left)
	}
	must(t, db.Apply(ctx, uptime.Changes{Audit: []uptime.AuditEntry{{At: at(0), Action: "a"}}, Once: &uptime.Once{Key: "k", At: at(0)}}))
	must(t, db.CommitSession(ctx, "over", []byte("x"), at(0)))
	if n := ok[int](t)(db.Prune(ctx, at(48*time.Hour), store.Retention{})); n != 1 {
		t.Errorf("%d rows were deleted, want the session that is over", n)
	}
	if n := ok[int](t)(db.Prune(ctx, at(48*time.Hour+1e6), store.Retention{})); n != 1 {
		t.Errorf("%d rows were deleted, want the key", n)
	}
	if c := ok[uptime.AuditCheck](t)(db.VerifyAudit(ctx)); c.Entries != 1 {
		t.Errorf("the audit log has %d entries", c.Entries)
	}
}
