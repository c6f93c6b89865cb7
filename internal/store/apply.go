package store

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/upheld/upheld/internal/uptime"
)

var (
	onConflictDoNothing = clause.OnConflict{DoNothing: true}
	// snapshot is a reading transaction in which nothing changes.
	snapshot = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
)

// Apply makes all of the changes or none. It answers uptime.ErrConflict when an
// incident is not at the version that was decided on.
//
// Applied a second time, for instance after an error that came when all was
// written already, changes without incidents alter nothing, and changes with
// incidents are a conflict: read again, decide again, and find nothing to do.
func (db *DB) Apply(ctx context.Context, changes uptime.Changes) error {
	if changes.Empty() {
		return nil
	}
	wanted := map[series]bool{}
	for _, s := range changes.Segments {
		wanted[series{s.Monitor, s.Vantage}] = true
	}
	err := db.ensureKeys(ctx, wanted)
	if err == nil {
		err = db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error { return db.write(tx, changes) })
	}
	if err != nil {
		return fmt.Errorf("applying changes: %w", err)
	}
	return nil
}

// write puts what may conflict first.
func (db *DB) write(tx *gorm.DB, changes uptime.Changes) error {
	for _, c := range changes.Incidents {
		if err := writeIncident(tx, c); err != nil {
			return err
		}
	}
	if len(changes.Segments) > 0 {
		if err := db.writeSegments(tx, changes.Segments); err != nil {
			return fmt.Errorf("segments: %w", err)
		}
	}
	if len(changes.Outbox) > 0 {
		if err := writeNotices(tx, changes.Outbox); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
	}
	return nil
}
