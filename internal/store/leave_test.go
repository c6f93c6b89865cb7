package store

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// dump is every value of every table.
func dump(t *testing.T, db *DB) string {
	t.Helper()
	query := "SELECT name FROM sqlite_schema WHERE type = 'table'"
	if _, lite := db.dialect.(sqliteDialect); !lite {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	var tables []string
	if err := db.reader.Raw(query).Scan(&tables).Error; err != nil || !slices.Contains(tables, "delivery") {
		t.Fatalf("%v: %v", tables, err)
	}
	var out strings.Builder
	for _, table := range tables {
		var rows []map[string]any
		if err := db.reader.Raw("SELECT * FROM " + table).Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, table, rows)
	}
	return strings.ToLower(out.String())
}

func TestWhoLeavesLeavesNoAddressBehind(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			where := address(t)
			db := open(t, where)
			at := time.UnixMilli(1_800_000_000_000).UTC()
			ada := uptime.Subscriber{
				ID: "s1", Kind: uptime.ToMail, Address: "Ada@Example.org", News: uptime.AllNews[:], State: uptime.SubscriberConfirmed,
				Components: []uptime.ComponentID{"only-hers"}, ConsentFrom: "hers", Secrets: []string{"sealed"},
			}
			apply := func(c uptime.Changes) {
				t.Helper()
				if err := db.Apply(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			owe := func(id string) {
				apply(uptime.Changes{Outbox: []uptime.Notice{{ID: id, At: at, Audience: &uptime.Audience{Only: "s1"}}}})
			}
			claim := func() []uptime.Delivery {
				t.Helper()
				got, err := db.Claim(t.Context(), uptime.Claim{Lane: uptime.LaneSubscribers, Now: at, Lease: time.Minute, Limit: 9})
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			settle := func(d uptime.Delivery, state uptime.DeliveryState) {
				t.Helper()
				s := uptime.Settlement{
					Delivery: d.ID, Attempt: d.Attempt, State: state, At: at, Again: at.Add(time.Hour), Digest: "d1",
					Reply: "550 <ADA@example.ORG>: unknown", Error: "ada@example.org: no such user", RemoteID: "for-ada@example.org",
				}
				if n, err := db.Settle(t.Context(), []uptime.Settlement{s}); err != nil || n != 1 {
					t.Fatal(n, err)
				}
			}
			apply(uptime.Changes{Subscribers: []uptime.SubscriberChange{{Subscriber: ada, New: true}}})
			owe("told")
			settle(claim()[0], uptime.DeliveryAccepted)
			owe("retried")
			settle(claim()[0], uptime.DeliveryQueued)
			owe("on-its-way")
			under := claim()
			owe("waits")
			if !strings.Contains(dump(t, db), "ada@example.org") || len(under) != 1 {
				t.Fatal("the address is not even there")
			}
			apply(uptime.Changes{Leaving: []uptime.SubscriberID{"s1"}})
			settle(under[0], uptime.DeliveryAccepted) // what was on its way is told as it was
			for _, word := range []string{"ada@", "only-hers", "sealed", "hers"} {
				if strings.Contains(dump(t, db), word) {
					t.Errorf("%q is still there", word)
				}
			}
			want := map[string]uptime.DeliveryState{
				"told": uptime.DeliveryAccepted, "retried": uptime.DeliveryHeld, "on-its-way": uptime.DeliveryAccepted, "waits": uptime.DeliveryHeld,
			}
			ledger, err := db.Deliveries(t.Context(), uptime.DeliveryFilter{Subscriber: "s1"}, uptime.Cursor{})
			if err != nil || len(ledger) != len(want) {
				t.Fatalf("%+v (%v)", ledger, err)
			}
			for _, d := range ledger {
				if d.State != want[d.Notice.ID] || (d.State == uptime.DeliveryHeld) != (d.Held == uptime.HeldUnsubscribed) || d.Settled.IsZero() {
					t.Errorf("%s is %+v, want %s", d.Notice.ID, d, want[d.Notice.ID])
				}
			}
			owe("later")
			if got := claim(); len(got) != 0 {
				t.Errorf("claimed for somebody who has left: %+v", got)
			}
			if path, lite := strings.CutPrefix(where, "sqlite:"); lite {
				if err := db.Close(); err != nil { // the log goes into the file
					t.Fatal(err)
				}
				file, err := os.ReadFile(path)
				if err != nil || bytes.Contains(bytes.ToLower(file), []byte("ada@example.org")) {
					t.Errorf("the file still holds it (%v)", err)
				}
			}
		})
	}
}
