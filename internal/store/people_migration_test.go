package store

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/upheld/upheld/internal/store/migrations"
	"github.com/upheld/upheld/internal/uptime"
)

// before makes a database as a program left it that knew only the first steps.
func before(t *testing.T, address string, step int64, statements ...string) {
	t.Helper()
	driver, where, dialect := "pgx", address, goose.DialectPostgres
	if path, lite := strings.CutPrefix(address, "sqlite:"); lite {
		driver, where, dialect = "sqlite", sqliteDSN(path, false), goose.DialectSQLite3
	}
	pool, err := sql.Open(driver, where)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	others, err := othersMigrations(dialect)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(dialect, pool, migrations.Files, goose.WithDisableGlobalRegistry(true), goose.WithExcludeNames(others))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(context.Background(), step); err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := pool.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestWhatWasThereBeforePeopleWereTold(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			where := address(t)
			before(t, where, 1,
				`INSERT INTO incident VALUES ('i1', 'Sign-in is down', 1, 'critical', 'resolved', '["sign-in"]', true, 1000, 2000, 3000, 2)`,
				`INSERT INTO incident_update (id, incident, phase, body, at, automatic) VALUES ('u1', 'i1', 'resolved', 'It works.', 3500, true)`,
				`INSERT INTO outbox (id, at, reason, incident, summary, state, due, attempt, settled, error) VALUES
					('sent', 2000, 'went_down', 'i1', 'down', 'sent', 0, 1, 2100, ''), ('late', 3000, 'recovered', 'i1', 'up', 'pending', 9000, 2, NULL, 'refused'),
					('claimed', 4000, 'went_blind', '', 'blind', 'claimed', 9000, 1, NULL, ''), ('dead', 5000, 'sees_again', '', 'sees', 'dead', 0, 8, 5100, 'no')`,
			)
			db := open(t, where)
			ms := func(n int64) time.Time { return time.UnixMilli(n).UTC() }
			got, err := db.PublishedIncident(t.Context(), "i1")
			want := uptime.Incident{
				ID: "i1", Title: "Sign-in is down", Tier: 1, Impact: uptime.ImpactCritical, Phase: uptime.Resolved, Components: []uptime.ComponentID{"sign-in"},
				Automatic: true, StartedAt: ms(1000), DetectedAt: ms(2000), CreatedAt: ms(2000), PublishedAt: ms(2000), ResolvedAt: ms(3000), Version: 2,
				Updates: []uptime.Update{{ID: "u1", Phase: uptime.Resolved, Body: "It works.", At: ms(3500), WrittenAt: ms(3500), Automatic: true}},
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("the incident (-want +got):\n%s%v", diff, err)
			}
			ledger, err := db.Deliveries(t.Context(), uptime.DeliveryFilter{Channel: "log"}, uptime.Cursor{})
			if err != nil || len(ledger) != 4 {
				t.Fatalf("the ledger: %+v (%v)", ledger, err)
			}
			for i, want := range []struct {
				notice string
				state  uptime.DeliveryState
				held   uptime.HoldReason
				at     time.Time
			}{
				{"dead", uptime.DeliveryHeld, uptime.HeldChannelIsGone, ms(5100)}, {"claimed", uptime.DeliveryHeld, uptime.HeldChannelIsGone, ms(4000)},
				{"late", uptime.DeliveryHeld, uptime.HeldChannelIsGone, ms(3000)}, {"sent", uptime.DeliverySent, "", ms(2100)},
			} {
				if d := ledger[i]; d.Notice.ID != want.notice || d.State != want.state || d.Held != want.held || !d.Settled.Equal(want.at) {
					t.Errorf("%+v, want %+v", d, want)
				}
			}
			// Nothing of it is owed, also when it is decided on again.
			again := uptime.Notice{ID: "late", At: ms(6000), Channels: []uptime.Routed{{Channel: "ops"}}}
			if err := db.Apply(t.Context(), uptime.Changes{Outbox: []uptime.Notice{again}}); err != nil {
				t.Fatal(err)
			}
			if b, err := db.Backlogs(t.Context()); err != nil || len(b) != 0 {
				t.Errorf("owed is %+v (%v)", b, err)
			}
			// The tables can be written to as those of a new database.
			i := want
			i.Version = 3
			if err := db.Apply(t.Context(), uptime.Changes{
				Incidents: []uptime.IncidentChange{{Incident: i, Expect: 2, Updates: []uptime.Update{{ID: "u2", At: ms(7000)}}}},
				Outbox:    []uptime.Notice{{ID: "new", At: ms(7000), Channels: []uptime.Routed{{Channel: "ops"}}}},
			}); err != nil {
				t.Fatal(err)
			}
			if b, err := db.Backlogs(t.Context()); err != nil || b[uptime.LaneOperators].Waiting != 1 {
				t.Errorf("owed is %+v (%v)", b, err)
			}
		})
	}
}
