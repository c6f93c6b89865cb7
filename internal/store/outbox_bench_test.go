package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/store/storetest"
	"github.com/upheld/upheld/internal/uptime"
)

// crowd is the number of subscribers that these benchmarks tell.
const crowd = 50_000

// subscribed is a database with a crowd of confirmed subscribers.
func subscribed(b *testing.B, address string) *store.DB {
	db := storetest.Open(b, address)
	for first := 0; first < crowd; first += 5000 {
		var changes uptime.Changes
		for n := first; n < first+5000; n++ {
			changes.Subscribers = append(changes.Subscribers, uptime.SubscriberChange{New: true, Subscriber: uptime.Subscriber{
				ID: uptime.SubscriberID(fmt.Sprintf("%026d", n*7919%crowd)), Kind: uptime.ToMail, Address: fmt.Sprintf("%d@example.org", n),
				Components: []uptime.ComponentID{"sign-in", "api"}, News: uptime.AllNews[:], State: uptime.SubscriberConfirmed,
			}})
		}
		if err := db.Apply(b.Context(), changes); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

func owed(n int) uptime.Changes {
	return uptime.Changes{Outbox: []uptime.Notice{{
		ID: fmt.Sprintf("n%d", n), At: time.UnixMilli(1_800_000_000_000), Incident: uptime.IncidentID(fmt.Sprintf("i%d", n)),
		Audience: &uptime.Audience{News: uptime.NewsIncidents, Components: []uptime.ComponentID{"api", "pay"}},
	}}}
}

// BenchmarkAudience tells how long one notice to a crowd holds the writer.
func BenchmarkAudience(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			db := subscribed(b, address(b))
			n, before := 0, cpu(b)
			for b.Loop() {
				n++
				if err := db.Apply(b.Context(), owed(n)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b)-before).Milliseconds())/float64(n), "cpu-ms/notice")
		})
	}
}

// BenchmarkDeliver tells what one delivery costs, from its claim to the end of
// its settlement, when many go together.
func BenchmarkDeliver(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			db := subscribed(b, address(b))
			notices, done, before := 0, 0, cpu(b)
			for b.Loop() {
				now := time.UnixMilli(1_800_000_000_000 + int64(done))
				deliveries, err := db.Claim(b.Context(), uptime.Claim{
					Lane: uptime.LaneSubscribers, Kind: uptime.ToMail, Now: now, Lease: time.Minute, Limit: 250,
				})
				if err == nil && len(deliveries) == 0 {
					notices++
					err = db.Apply(b.Context(), owed(notices))
				}
				settlements := make([]uptime.Settlement, len(deliveries))
				for i, d := range deliveries {
					settlements[i] = uptime.Settlement{Delivery: d.ID, Attempt: d.Attempt, State: uptime.DeliveryAccepted, At: now, Reply: "250 2.0.0 Ok"}
				}
				if _, err2 := db.Settle(b.Context(), settlements); err != nil || err2 != nil {
					b.Fatal(err, err2)
				}
				done += len(deliveries)
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(done), "cpu-µs/delivery")
		})
	}
}

// BenchmarkProofs tells how long it takes to prove what a crowd was told of a
// plan, in six notices.
func BenchmarkProofs(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			db := subscribed(b, address(b))
			for n := range 6 {
				told := owed(n)
				told.Outbox[0].Plan, told.Outbox[0].Incident = "p1", ""
				if err := db.Apply(b.Context(), told); err != nil {
					b.Fatal(err)
				}
			}
			cutoffs := map[uptime.PlanID]time.Time{"p1": time.UnixMilli(1_800_000_000_000)}
			for b.Loop() {
				if proofs, err := db.Proofs(b.Context(), cutoffs); err != nil || len(proofs) != 6 || proofs[5].Waiting != crowd {
					b.Fatal(proofs, err)
				}
			}
		})
	}
}
