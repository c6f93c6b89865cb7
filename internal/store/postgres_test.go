package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/uptime"
)

// addresses make an empty database each.
var addresses = map[string]func(testing.TB) string{
	"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "upheld.db") },
	"postgres": ownPostgres,
}

// ownPostgres is what storetest.Postgres is; that package imports this one.
func ownPostgres(t testing.TB) string {
	t.Helper()
	server, err := url.Parse(needs.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	name := "upheld_" + strings.ToLower(rand.Text())
	admin := func(query string) {
		pool, err := sql.Open("pgx", server.String())
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		if _, err := pool.ExecContext(context.Background(), query); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
	admin("CREATE DATABASE " + name)
	t.Cleanup(func() { admin("DROP DATABASE " + name + " WITH (FORCE)") })
	own := *server
	own.Path = "/" + name
	return own.String()
}

func TestPostgresSettings(t *testing.T) {
	db := open(t, ownPostgres(t)+"&lock_timeout=3s")
	for name, want := range map[string]string{
		"statement_timeout": "10s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "10s",
		"application_name": "upheld", "synchronous_commit": "on",
	} {
		var got string
		if err := db.writer.Raw("SELECT current_setting(?)", name).Row().Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", name, got, err, want)
		}
	}
	pool, err := db.writer.DB()
	if err != nil {
		t.Fatal(err)
	}
	if most := pool.Stats().MaxOpenConnections; most != connections {
		t.Errorf("at most %d connections, want %d", most, connections)
	}
}

func TestPostgresAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://u:s3cret@127.0.0.1/db?default_query_exec_mode=simple_protocol": "simple protocol",
		"postgres://u:s3cret@127.0.0.1:1/db":                                       "127.0.0.1:1: connect: connection refused",
		"postgres://u:s3cret@127.0.0.1:none/db":                                    "parse",
	} {
		_, err := Open(t.Context(), address, quiet)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("the error has several lines: %v", err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

// A server that restarts ends every connection. The next calls find new ones.
func TestPostgresConnectionsAreReplaced(t *testing.T) {
	address := ownPostgres(t)
	db, other := open(t, address), open(t, address)
	signal := uptime.Signal{Monitor: "job", At: time.Unix(1_800_000_000, 0)}
	for range 3 {
		if err := db.SaveSignal(t.Context(), signal); err != nil {
			t.Fatal(err)
		}
		err := other.writer.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`).Error
		if err != nil {
			t.Fatal(err)
		}
		// At most the calls that were under way may fail.
		for failures := 0; db.Ping(t.Context()) != nil; failures++ {
			if failures == connections {
				t.Fatal("the database does not answer again")
			}
		}
	}
	if got, err := db.Signals(t.Context(), "job", time.Time{}); err != nil || len(got) != 3 {
		t.Errorf("%d signals (%v), want 3", len(got), err)
	}
}
