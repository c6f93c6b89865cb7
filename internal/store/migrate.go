package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/upheld/upheld/internal/store/migrations"
)

// suffixes end the names of the migrations that one dialect has to itself.
var suffixes = map[goose.Dialect]string{
	goose.DialectSQLite3:  ".sqlite.sql",
	goose.DialectPostgres: ".postgres.sql",
}

// migrate brings the tables up to date and answers the newest version that this
// program knows. Several processes may start at once: on PostgreSQL a lock of
// the session lets one of them do it, on SQLite each step is a transaction.
func migrate(ctx context.Context, pool *sql.DB, dialect goose.Dialect, log *slog.Logger) (int64, error) {
	others, err := othersMigrations(dialect)
	if err != nil {
		return 0, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithExcludeNames(others)}
	if dialect == goose.DialectPostgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return 0, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, pool, migrations.Files, options...)
	if err != nil {
		return 0, err
	}
	started := time.Now()
	results, err := up(ctx, provider)
	if err != nil {
		return 0, fmt.Errorf("migrating: %w", err)
	}
	for _, r := range results {
		log.Info("the database was migrated", "step", r.Source.Path, "took", r.Duration)
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	log.Debug("the database is up to date", "version", newest, "took", time.Since(started))
	return newest, nil
}

// up applies what is missing. SQLite has no lock for the whole of it, so of two
// processes one may find a step done that was not a moment before: as long as
// somebody gets on, it looks again.
func up(ctx context.Context, provider *goose.Provider) ([]*goose.MigrationResult, error) {
	for {
		before, beforeErr := provider.GetDBVersion(ctx)
		results, err := provider.Up(ctx)
		if err == nil {
			return results, nil
		}
		after, afterErr := provider.GetDBVersion(ctx)
		if afterErr != nil || beforeErr == nil && after == before {
			return nil, err
		}
	}
}

// othersMigrations are the names of the files for other dialects.
func othersMigrations(dialect goose.Dialect) ([]string, error) {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return nil, err
	}
	var others []string
	for _, name := range names {
		for d, suffix := range suffixes {
			if d != dialect && strings.HasSuffix(name, suffix) {
				others = append(others, name)
			}
		}
	}
	return others, nil
}
