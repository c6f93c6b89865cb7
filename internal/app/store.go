package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/monitoring"
	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/statuspage"
)

// What the database is asked for, by whom.
var (
	_ monitoring.Store  = (*store.DB)(nil)
	_ notify.Outbox     = (*store.DB)(nil)
	_ statuspage.Source = (*store.DB)(nil)
)

// databaseFile is the embedded database's name in the data folder.
const databaseFile = "upheld.db"

// openStore opens the database that the configuration names. The embedded one
// is locked: a second process on the same file would double every look.
func (a *App) openStore(ctx context.Context) error {
	address := a.file.Database
	if address == "sqlite" {
		if err := makeData(a.options.Data); err != nil {
			return err
		}
		unlock, err := lock(filepath.Join(a.options.Data, "upheld.lock"))
		if err != nil {
			return fmt.Errorf("the data folder %s cannot be used: %w", a.options.Data, advised(err))
		}
		a.unlock = unlock
		address = "sqlite:" + filepath.Join(a.options.Data, databaseFile)
	}
	db, err := openAt(ctx, address, a.log)
	a.db = db
	return err
}

// openAt opens the database at an address. Its error says what to do.
func openAt(ctx context.Context, address string, log *slog.Logger) (*store.DB, error) {
	db, err := store.Open(ctx, address, log)
	switch {
	case err == nil:
		return db, nil
	case strings.HasPrefix(address, "sqlite:"):
		return nil, advised(err)
	}
	return nil, fmt.Errorf("%w; check the address given by --database or database:, and that PostgreSQL runs there and lets this user in", err)
}

func makeData(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w; name another with --data", err)
	}
	return nil
}

// advised says what to do about a file that cannot be opened. Other errors of
// the embedded database say it themselves.
func advised(err error) error {
	if file := (*fs.PathError)(nil); errors.As(err, &file) {
		return fmt.Errorf("%w; let this user write there, or name another folder with --data", err)
	}
	return err
}

// pruneEvery is how often what is past its retention is deleted.
const pruneEvery = time.Hour

// prune deletes what is past its retention until the context ends.
func (a *App) prune(ctx context.Context) {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		keep := a.current().Retention
		now := time.Now()
		deleted, err := a.db.Prune(ctx, now, store.Retention{Raw: keep.Raw.D(), Hourly: keep.Hourly.D(), Ledger: keep.Ledger.D()})
		switch {
		case errors.Is(err, context.Canceled):
			return
		case err != nil:
			a.log.Warn("old measurements cannot be deleted; it is tried again", "error", err, "in", pruneEvery)
		case deleted > 0:
			a.log.Info("old measurements deleted", "rows", deleted)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
