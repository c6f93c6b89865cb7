package store

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// writeUntilKilled is a process of TestKill's: it writes to the database, and
// to the ledger beside it what was acknowledged, until it is killed.
func writeUntilKilled(folder string) int {
	ctx := context.Background()
	ledger, err := os.OpenFile(folder+"/acknowledged", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		var db *DB
		if db, err = Open(ctx, "sqlite:"+folder+"/upheld.db", quiet); err == nil {
			err = writeAll(ctx, db, ledger)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func writeAll(ctx context.Context, db *DB, ledger *os.File) error {
	for n := 0; ; n++ {
		id := fmt.Sprintf("%d-%d", os.Getpid(), n)
		at := time.UnixMilli(1_800_000_000_000 + int64(n))
		err := db.Apply(ctx, everythingOf(id, at))
		if err == nil {
			err = tellAll(ctx, db, at)
		}
		if err == nil {
			err = db.SaveSignal(ctx, uptime.Signal{Monitor: uptime.MonitorID(id), At: at})
		}
		if err == nil {
			err = db.Record(ctx, []uptime.Observation{{
				Monitor: uptime.MonitorID(id), Vantage: uptime.Local, Slot: at, Outcome: uptime.Pass, Code: uptime.OK,
			}})
		}
		if err == nil {
			_, err = fmt.Fprintln(ledger, id)
		}
		if err != nil {
			return err
		}
	}
}

func everythingOf(id string, at time.Time) uptime.Changes {
	return uptime.Changes{
		Segments:  []uptime.Segment{{Monitor: uptime.MonitorID(id), Vantage: uptime.Local, From: at, State: uptime.Down}},
		Incidents: []uptime.IncidentChange{{Incident: uptime.Incident{ID: uptime.IncidentID(id), Version: 1, StartedAt: at, DetectedAt: at}}},
		Outbox: []uptime.Notice{{
			ID: id, At: at, Incident: uptime.IncidentID(id), Channels: []uptime.Routed{{Channel: "ops"}, {Channel: "chat"}},
		}},
		Audit: []uptime.AuditEntry{{At: at, Object: id}},
	}
}

// tellAll takes every other delivery, as one that is killed between the two
// would: what was claimed before is due again when its lease is over.
func tellAll(ctx context.Context, db *DB, at time.Time) error {
	deliveries, err := db.Claim(ctx, uptime.Claim{
		Lane: uptime.LaneOperators, Channel: "ops", Now: at.Add(time.Hour), Lease: time.Millisecond, Limit: 10,
	})
	settlements := make([]uptime.Settlement, len(deliveries))
	for i, d := range deliveries {
		settlements[i] = uptime.Settlement{Delivery: d.ID, Attempt: d.Attempt, State: uptime.DeliveryAccepted, At: at}
	}
	if err == nil {
		_, err = db.Settle(ctx, settlements)
	}
	return err
}
