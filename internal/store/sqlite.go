package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// readers is the number of SQLite connections that read. More would wait for
// the same two cores.
const readers = 4

// Up to this size the whole file is checked when it is opened: about a second.
const checkAll = 512 << 20

// sqliteDSN is the address of a connection. WAL: readers and the writer do not
// wait for each other. FULL: what was acknowledged survives a power cut, which
// NORMAL does not promise. secure_delete: an address that was removed is written
// over where that costs no further page. immediate: a transaction that will write says so
// when it begins; one that asks later fails at once, whatever busy_timeout is.
func sqliteDSN(path string, reads bool) string {
	pragmas := []string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"journal_size_limit(67108864)",
	}
	query := url.Values{"_dqs": {"0"}}
	if reads {
		query["_pragma"] = append(pragmas, "query_only(1)")
	} else {
		query["_pragma"] = append(pragmas, "secure_delete(fast)", "cache_size(-16384)") // KiB: the pages being added to
		query.Set("_txlock", "immediate")
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

func openSQLite(ctx context.Context, path string, log *slog.Logger) (_ *DB, err error) {
	if path, err = sqliteFile(path); err != nil {
		return nil, err
	}
	db := &DB{dialect: sqliteDialect{path: path}}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if db.writer, err = sqlitePool(sqliteDSN(path, false), 1); err != nil {
		return nil, sqliteAdvice(path, err)
	}
	if err = quickCheck(ctx, db.writer, path, checkAll, log); err != nil {
		return nil, err
	}
	pool, err := db.writer.DB()
	if err != nil {
		return nil, err
	}
	if db.version, err = migrate(ctx, pool, goose.DialectSQLite3, log); err != nil {
		return nil, err
	}
	db.reader, err = sqlitePool(sqliteDSN(path, true), readers)
	return db, err
}

// sqliteFile makes sure of the file: on a local disk, and readable by its owner
// alone from its first byte on.
func sqliteFile(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil { //nolint:gosec // the operator says where
		return "", err
	}
	if name := networkFilesystem(folder); name != "" {
		return "", fmt.Errorf("%s lies on %s, where SQLite's locks do not hold and files are destroyed: use a local disk, or PostgreSQL", folder, name)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator says where
	if err != nil {
		return "", err
	}
	return path, file.Close()
}

func sqlitePool(dsn string, most int) (*gorm.DB, error) {
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	g, err := gormOn(sqliteDialector{sqlite.New(sqlite.Config{DriverName: "sqlite", Conn: pool}).(*sqlite.Dialector)})
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return g, nil
}

// quickCheck reads the structure of the file, so that a damaged one is found
// when somebody is looking and not when it is needed. The samples of a large
// file are left out; everything that is never lost is read always.
func quickCheck(ctx context.Context, g *gorm.DB, path string, limit int64, log *slog.Logger) error {
	started := time.Now()
	info, err := os.Stat(path) //nolint:gosec // the operator says where
	if err != nil {
		return err
	}
	checks := []string{"PRAGMA quick_check(1)"}
	if info.Size() > limit {
		err := g.WithContext(ctx).Raw("SELECT 'PRAGMA quick_check(' || quote(name) || ')' FROM sqlite_schema WHERE type = 'table' AND name <> 'sample'").Scan(&checks).Error
		if err != nil {
			return sqliteAdvice(path, err)
		}
	}
	for _, check := range checks {
		var found string
		if err := g.WithContext(ctx).Raw(check).Row().Scan(&found); err != nil {
			return sqliteAdvice(path, err)
		}
		if found != "ok" {
			return fmt.Errorf("%s is damaged (%s): restore a backup, or move the file away to begin anew", path, found)
		}
	}
	log.Debug("the database file is whole", "path", path, "bytes", info.Size(), "took", time.Since(started))
	return nil
}

// sqliteAdvice adds to the errors that a person can do something about.
func sqliteAdvice(path string, err error) error {
	var e *modernc.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%s is no SQLite database: name another file, or move this one away", path)
		case sqlite3.SQLITE_CORRUPT:
			return fmt.Errorf("%s is damaged (%w): restore a backup, or move the file away to begin anew", path, err)
		case sqlite3.SQLITE_BUSY:
			return fmt.Errorf("%s is locked by another program (%w): stop it first", path, err)
		}
	}
	return err
}

// sqliteDialector is gorm's, taught the errors of the driver in pure Go. The
// concrete type is embedded: the interface would hide its save points.
type sqliteDialector struct{ *sqlite.Dialector }

// Translate turns the driver's errors into gorm's.
func (sqliteDialector) Translate(err error) error {
	var e *modernc.Error
	if errors.As(err, &e) {
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return fmt.Errorf("%w: %w", gorm.ErrForeignKeyViolated, err)
		}
	}
	return err
}

type sqliteDialect struct{ path string }

func (sqliteDialect) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return ctx, func() {} // busy_timeout bounds the only wait there is
}

func (sqliteDialect) relax(context.Context, *gorm.DB) error { return nil }

func (sqliteDialect) skipLocked() string { return "" } // a writer is alone

func (sqliteDialect) numbered(query string) string { return query }

func (sqliteDialect) alone(*gorm.DB, string) error { return nil } // it is

func (sqliteDialect) listed(column string) string {
	return "EXISTS (SELECT 1 FROM json_each(" + column + ") WHERE value = ?)"
}

func (d sqliteDialect) size(context.Context, *gorm.DB) (int64, error) {
	var sum int64
	for _, part := range []string{"", "-wal"} {
		info, err := os.Stat(d.path + part)
		if err != nil {
			if part != "" && errors.Is(err, os.ErrNotExist) {
				continue
			}
			return 0, err
		}
		sum += info.Size()
	}
	return sum, nil
}

// A prepared statement in a loop costs no more here than one statement with
// many rows, and tells of each row whether it was new.
func (sqliteDialect) insertSamples(ctx context.Context, tx *gorm.DB, rows []sample) ([]sample, error) {
	insert, err := prepare(ctx, tx, `INSERT INTO sample (series, slot, late, took, verdict)
		VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
	if err != nil {
		return nil, err
	}
	defer insert.Close()
	ctx = context.WithoutCancel(ctx) // the transaction's is watched; watching each statement costs as much as running it
	fresh := rows[:0:0]
	for _, r := range rows {
		result, err := insert.ExecContext(ctx, r.Series, r.Slot, r.Late, r.Took, r.Verdict)
		if err != nil {
			return nil, err
		}
		if n, err := result.RowsAffected(); err != nil {
			return nil, err
		} else if n > 0 {
			fresh = append(fresh, r)
		}
	}
	return fresh, nil
}

func (sqliteDialect) addRollups(ctx context.Context, tx *gorm.DB, table string, rows []rollup) error {
	upsert, err := prepare(ctx, tx, `INSERT INTO `+table+` AS r (start, series, passed, slow, failed, unseen, took_sum, took_max)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (start, series) DO UPDATE SET `+addRollup("max"))
	if err != nil {
		return err
	}
	defer upsert.Close()
	ctx = context.WithoutCancel(ctx)
	for _, r := range rows {
		if _, err := upsert.ExecContext(ctx, r.Start, r.Series, r.Passed, r.Slow, r.Failed, r.Unseen, r.TookSum, r.TookMax); err != nil {
			return err
		}
	}
	return nil
}

// CROSS keeps the order of the tables: for each series its newest rows, and not
// for each row its series.
func (sqliteDialect) tailsSQL() string {
	return `SELECT s.monitor, s.vantage, x.slot, x.late, x.took, x.verdict
		FROM series s CROSS JOIN sample x ON x.series = s.id AND x.slot >= coalesce(
			(SELECT slot FROM sample WHERE series = s.id ORDER BY slot DESC LIMIT 1 OFFSET ?), -9223372036854775808)
		WHERE s.id BETWEEN ? AND ? ORDER BY s.monitor, x.slot, s.vantage`
}
