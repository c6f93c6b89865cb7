// Package store keeps what must outlive the process: samples and their
// roll-ups, segments, incidents, plans, what promises rest on, the outbox and its
// ledger, subscribers, people and what they did, and the signals of jobs, in
// SQLite or PostgreSQL. It keeps and finds; it decides nothing, and it is the
// only package that knows gorm, the drivers and SQL.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// DB is an open database. Its methods may be called from many goroutines.
// Times are handed in with any zone and come back in UTC, to the millisecond.
// Errors are those of package uptime, the context's, or internal.
// An error of a write says that it is not known to be done: it may be, so
// writes are made to be repeated.
type DB struct {
	writer  *gorm.DB // one connection on SQLite
	reader  *gorm.DB // the same pool on PostgreSQL
	dialect dialect
	version int64 // of the newest migration
	keys    keyring
	pending signalGroup
	told    toldSoFar
}

// A dialect is what the two databases do each in their own way.
type dialect interface {
	// bounded gives the context of one operation the deadline that it lacks.
	bounded(ctx context.Context) (context.Context, context.CancelFunc)
	// relax lets the transaction be acknowledged before it is on the disk,
	// where that is worth anything.
	relax(ctx context.Context, tx *gorm.DB) error
	// insertSamples inserts the rows that are new and answers those.
	insertSamples(ctx context.Context, tx *gorm.DB, rows []sample) ([]sample, error)
	// addRollups adds the rows to those that stand in table.
	addRollups(ctx context.Context, tx *gorm.DB, table string, rows []rollup) error
	// tailsSQL selects the newest rows of a range of series: their number less
	// one, the first id and the last.
	tailsSQL() string
	// skipLocked ends a SELECT of rows that another process may be claiming.
	skipLocked() string
	// numbered is the query as the driver takes it, which is written with "?" for
	// each value.
	numbered(query string) string
	// alone lets nobody else write to the table until the transaction ends.
	alone(tx *gorm.DB, table string) error
	// listed is the condition that a column, a JSON list of words, holds one.
	listed(column string) string
	// size is the number of bytes on the disk.
	size(ctx context.Context, db *gorm.DB) (int64, error)
}

// Open opens "sqlite:PATH" or "postgres://…" and brings its tables up to date.
// A SQLite file is made when it is missing, for its owner alone (0600). The
// address may hold a password, so no error repeats it.
func Open(ctx context.Context, address string, log *slog.Logger) (*DB, error) {
	kind, rest, _ := strings.Cut(address, ":")
	var db *DB
	var err error
	switch {
	case kind == "sqlite" && rest != "":
		db, err = openSQLite(ctx, rest, log)
	case kind == "postgres" || kind == "postgresql":
		db, err = openPostgres(ctx, address, log)
	default:
		err = errors.New("the address is neither sqlite:PATH nor postgres://USER@HOST/NAME")
	}
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := db.loadKeys(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database: reading the series: %w", err), db.Close())
	}
	return db, nil
}

// Close waits for what is under way and closes the connections.
func (db *DB) Close() error {
	err := closePool(db.reader)
	if db.writer != db.reader {
		err = errors.Join(err, closePool(db.writer)) // last: it folds SQLite's log into the file
	}
	return err
}

func closePool(g *gorm.DB) error {
	if g == nil {
		return nil
	}
	pool, err := g.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// Ping tells whether the database answers and holds the tables that this
// program needs. A newer program may have added to them.
func (db *DB) Ping(ctx context.Context) error {
	ctx, cancel := db.dialect.bounded(ctx)
	defer cancel()
	var version int64
	err := db.reader.WithContext(ctx).Raw("SELECT max(version_id) FROM goose_db_version WHERE is_applied").Row().Scan(&version)
	switch {
	case err != nil:
		return fmt.Errorf("asking the database: %w", err)
	case version < db.version:
		return fmt.Errorf("the database is at migration %d and this program needs %d: start it again to migrate", version, db.version)
	}
	return nil
}

// Size is the number of bytes that the database takes on its disk.
func (db *DB) Size(ctx context.Context) (int64, error) {
	ctx, cancel := db.dialect.bounded(ctx)
	defer cancel()
	return db.dialect.size(ctx, db.reader.WithContext(ctx))
}

// transaction runs act in one transaction: all of it, or nothing and an error.
func (db *DB) transaction(ctx context.Context, act func(ctx context.Context, tx *gorm.DB) error) error {
	ctx, cancel := db.dialect.bounded(ctx)
	defer cancel()
	err := db.writer.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return act(ctx, tx) })
	if err != nil && ctx.Err() != nil {
		return errors.Join(ctx.Err(), err) // the driver's word for it varies
	}
	return err
}

// read runs act on a connection that need not be the writer's.
func (db *DB) read(ctx context.Context, act func(q *gorm.DB) error) error {
	ctx, cancel := db.dialect.bounded(ctx)
	defer cancel()
	return act(db.reader.WithContext(ctx))
}

// gormOn opens gorm on a pool. Transactions are ours to begin, and an error is
// told once, by whom it is returned to.
func gormOn(dialector gorm.Dialector) (*gorm.DB, error) {
	return gorm.Open(dialector, &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Now().UTC() },
	})
}

// prepare readies a statement for a loop within a transaction.
func prepare(ctx context.Context, tx *gorm.DB, query string) (*sql.Stmt, error) {
	return tx.Statement.ConnPool.PrepareContext(ctx, query)
}

// textOrNull is for words that may be missing.
func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return new(text(s))
}

// text is s as every database takes it: PostgreSQL refuses NUL and what is not
// UTF-8, and one odd byte in a sentence must not hold back an incident.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
