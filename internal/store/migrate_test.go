package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store/migrations"
)

var quiet = slog.New(slog.DiscardHandler)

func open(t testing.TB, address string) *DB {
	t.Helper()
	db, err := Open(t.Context(), address, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func openFile(t testing.TB) *DB { return open(t, "sqlite:"+filepath.Join(t.TempDir(), "upheld.db")) }

func TestMigrationsAreNumberedWithoutAGap(t *testing.T) {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v: %v", names, err)
	}
	name := regexp.MustCompile(`^(\d{4})_[a-z0-9_]+(\.sqlite|\.postgres)?\.sql$`)
	kinds := map[int]string{}
	for _, n := range names {
		parts := name.FindStringSubmatch(n)
		if parts == nil {
			t.Errorf("%s is not NNNN_what.sql, NNNN_what.sqlite.sql or NNNN_what.postgres.sql", n)
			continue
		}
		number, _ := strconv.Atoi(parts[1])
		kinds[number] += "[" + parts[2] + "]"
	}
	for number := 1; number <= len(kinds); number++ {
		if kind := kinds[number]; kind != "[]" && kind != "[.postgres][.sqlite]" {
			t.Errorf("migration %04d is %q: want one file for both, or the pair", number, kind)
		}
	}
}

// What was released has run somewhere: an edit would make two schemas of one
// number. A new file gets its line: sha256sum *.sql > CHECKSUMS.
func TestReleasedMigrationsAreNotEdited(t *testing.T) {
	sums, err := os.ReadFile("migrations/CHECKSUMS")
	if err != nil {
		t.Fatal(err)
	}
	released := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(sums)); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		released[name] = sum
	}
	now := map[string]string{}
	names, _ := fs.Glob(migrations.Files, "*.sql")
	for _, name := range names {
		content, err := migrations.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		now[name] = hex.EncodeToString(sum[:])
	}
	if diff := cmp.Diff(released, now); diff != "" {
		t.Errorf("migrations (-CHECKSUMS +files):\n%s", diff)
	}
}

// columns tells of every column its table, its name and whether it may be null.
func columns(t *testing.T, db *DB, query string) map[string]bool {
	t.Helper()
	var rows []struct {
		Place    string
		Nullable bool
	}
	if err := db.reader.Raw(query).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, r := range rows {
		out[r.Place] = r.Nullable
	}
	if len(out) < 40 {
		t.Fatalf("found %d columns; this test looks at nothing", len(out))
	}
	return out
}

func TestBothDialectsHaveTheSameColumns(t *testing.T) {
	lite := columns(t, openFile(t), `SELECT m.name || '.' || c.name AS place, c."notnull" = 0 AND c.pk = 0 AS nullable
		FROM sqlite_schema m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'`)
	full := columns(t, open(t, ownPostgres(t)), `SELECT table_name || '.' || column_name AS place, is_nullable = 'YES' AS nullable
		FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'`)
	if diff := cmp.Diff(lite, full); diff != "" {
		t.Errorf("columns (-SQLite +PostgreSQL):\n%s", diff)
	}
}

func TestPingKnowsTheMigrations(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			where := address(t)
			db := open(t, where)
			if err := db.writer.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)").Error; err != nil {
				t.Fatal(err)
			}
			if err := open(t, where).Ping(t.Context()); err != nil {
				t.Errorf("a database that a newer program has been at: %v", err)
			}
			if err := db.writer.Exec("DELETE FROM goose_db_version WHERE version_id > 0").Error; err != nil {
				t.Fatal(err)
			}
			if err := db.Ping(t.Context()); err == nil {
				t.Error("a database that lacks a migration is ready")
			}
			if err := db.writer.Exec("DROP TABLE goose_db_version").Error; err != nil {
				t.Fatal(err)
			}
			if err := db.Ping(t.Context()); err == nil {
				t.Error("a database without tables is ready")
			}
		})
	}
}

func TestSeveralProcessesMigrateAtOnce(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			where := address(t)
			results := make(chan error)
			for range 4 {
				go func() {
					db, err := Open(t.Context(), where, quiet)
					if err == nil {
						err = db.Close()
					}
					results <- err
				}()
			}
			for range 4 {
				if err := <-results; err != nil {
					t.Error(err)
				}
			}
			if err := open(t, where).Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMigrationsAreTold(t *testing.T) {
	var told bytes.Buffer
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "a.db"), slog.New(slog.NewTextHandler(&told, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if want := fmt.Sprintf("step=%04d_start.sqlite.sql", 1); !strings.Contains(told.String(), want) {
		t.Errorf("no %s in:\n%s", want, told.String())
	}
}
