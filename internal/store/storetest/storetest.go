// Package storetest is one conformance suite for every database that the store
// runs on, and opens empty databases for other packages' tests.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"

	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// SQLite is the address of an empty database in a file of the test's own.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "upheld.db")
}

// Postgres is the address of an empty database of the test's own on the server
// that the test run has; it is dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	server := needs.Postgres(t)
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	name := "upheld_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("creating a database: %v", err)
	}
	t.Cleanup(func() {
		admin, err := sql.Open("pgx", server)
		if err != nil {
			t.Fatal(err)
		}
		defer admin.Close()
		if _, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping the database: %v", err)
		}
	})
	address, err := url.Parse(server)
	if err != nil {
		t.Fatalf("UPHELD_TEST_POSTGRES is no URL: %v", err)
	}
	address.Path = "/" + name
	return address.String()
}

// Open opens the database until the test ends.
func Open(t testing.TB, address string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), address, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing the database: %v", err)
		}
	})
	return db
}

// Run runs the suite; address makes an empty database each time.
func Run(t *testing.T, address func(testing.TB) string) {
	migrated := copies(t, address)
	for _, c := range []struct {
		name string
		test func(*testing.T, func(testing.TB) string)
	}{
		{"a reopened database holds what was written", testReopen},
		{"segments are written by their key", testSegments},
		{"segments of a span", testSpans},
		{"changes are applied once", testApplyTwice},
		{"an incident is changed at its version alone", testConflict},
		{"of many who decide on one version one succeeds", testRace},
		{"incidents by time", testIncidents},
		{"observations with one slot are one", testDuplicates},
		{"roll-ups are exact", testRollups},
		{"tails", testTails},
		{"every outcome and code comes back", testVerdicts},
		{"large batches", testLarge},
		{"zones do not matter", testZones},
		{"text is data", testText},
		{"signals", testSignals},
		{"pruning leaves what it should", testPrune},
		{"readers and writers at once", testConcurrent},
		{"notices are claimed and settled", testOutbox},
		{"notices of one incident keep their order", testOutboxOrder},
		{"two couriers share the outbox", testOutboxShared},
		{"whatever comes, order holds and nothing is lost", testModel},
		{"an audience is who asked for the news", testAudience},
		{"an audience is owed a notice once", testAudienceOnce},
		{"bounces in a row quarantine", testBounces},
		{"who wants nothing more is sent nothing more", testGone},
		{"what is sent again has its whole patience", testResend},
		{"the ledger's notices", testLedger},
		{"the ledger's deliveries", testDeliveries},
		{"pruning leaves what is owed", testPruneLedger},
		{"what became of deliveries is counted", testTold},
		{"people", testUsers},
		{"tokens", testTokens},
		{"sessions", testSessions},
		{"what has a key is done once", testOnce},
		{"subscribers", testSubscribers},
		{"templates", testTemplates},
		{"what people say of an incident", testSaid},
		{"drafts stay inside", testDrafts},
		{"the audit log is a chain", testAudit},
		{"plans with all that is theirs", testPlans},
		{"a draft is written over until it is announced", testPlanDraft},
		{"a plan is changed at its version alone", testPlanConflict},
		{"of many who move a plan one succeeds", testPlanRace},
		{"published plans of a span", testPlanSpans},
		{"plans are found", testFindPlans},
		{"maintenance that recurs", testSeries},
		{"zones are kept by name", testZonesByName},
		{"policies keep every version", testPolicies},
		{"evidence", testEvidence},
		{"an entry of non-compliance is opened once", testNonCompliances},
		{"alerts", testAlerts},
		{"notices about plans", testPlanNotices},
		{"what was told of plans is proven", testProofs},
		{"signals of several jobs", testSignalsOf},
		{"what promises rest on is text and data", testPromisesText},
		{"pruning leaves what promises rest on", testPrunePromises},
		{"a change that fails leaves nothing of promises", testPromisesWhole},
		{"received alerts", testReceivedAlerts},
		{"which message of a received alert stands", testAlertStands},
		{"told twice and in any order, alerts come to the same", testAlertOrder},
		{"received alerts are text and data, and bounded", testAlertText},
		{"the table of received alerts is bounded", testAlertBounds},
		{"pruning leaves the alerts that fire", testPruneAlerts},
		{"an ended context writes nothing", testCancelled},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, migrated) })
	}
}

// copies makes addresses of SQLite databases that are migrated already, where
// address makes such: migrating costs more than most tests do.
func copies(t *testing.T, address func(testing.TB) string) func(testing.TB) string {
	first := address(t)
	path, is := strings.CutPrefix(first, "sqlite:")
	if !is {
		return address
	}
	db, err := store.Open(t.Context(), first, slog.New(slog.DiscardHandler))
	must(t, err)
	must(t, db.Close())
	template := ok[[]byte](t)(os.ReadFile(path))
	return func(t testing.TB) string {
		t.Helper()
		own := address(t)
		must(t, os.WriteFile(strings.TrimPrefix(own, "sqlite:"), template, 0o600))
		return own
	}
}

// start is the instant that the suite's times count from: a minute before an
// hour and a day end in UTC.
func start() time.Time { return time.Date(2026, 3, 7, 23, 59, 0, 0, time.UTC) }

func at(d time.Duration) time.Time { return start().Add(d) }

// look is an observation of the monitor with the slot at start + d.
func look(monitor uptime.MonitorID, d time.Duration, outcome uptime.Outcome) uptime.Observation {
	codes := map[uptime.Outcome]uptime.Code{
		uptime.Pass: uptime.OK, uptime.Slow: uptime.TooSlow, uptime.Fail: uptime.Refused, uptime.Unseen: uptime.Blind,
	}
	return uptime.Observation{
		Monitor: monitor, Vantage: uptime.Local, Slot: at(d), At: at(d + 3*time.Millisecond),
		Took: 20*time.Millisecond + 7*time.Microsecond, Outcome: outcome, Code: codes[outcome],
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ok is the value of a call that may not fail.
func ok[V any](t testing.TB) func(V, error) V {
	return func(v V, err error) V {
		t.Helper()
		must(t, err)
		return v
	}
}
