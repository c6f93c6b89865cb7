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

// Apply makes all of the changes or none. It answers uptime.ErrConflict when
// something is not as it was decided on (the version of an incident, a plan, a
// series or an entry, an occurrence that has its plan, a subscriber's state, a
// name or an address that is taken, a delivery that is not to be sent again, a
// policy's text under a number that is known), and uptime.ErrRepeated or uptime.ErrKeyReused when Once is known.
//
// Applied a second time, for instance after an error that came when all was
// written already, changes without anything that has a version, without entries
// of the audit log and anything new alter nothing; the others are a conflict: read again, decide
// again, and find nothing to do.
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

// write puts what may conflict first. The audit log comes last: from there on
// nobody else writes to it until the transaction ends.
func (db *DB) write(tx *gorm.DB, changes uptime.Changes) error {
	for _, step := range []func() error{
		func() error { return writeOnce(tx, changes.Once) },
		func() error { return db.writeUsers(tx, changes.Users) },
		func() error { return writeTokens(tx, changes.Tokens) },
		func() error { return writeIncidents(tx, changes.Incidents) },
		func() error { return writeRecurring(tx, changes.Series) },
		func() error { return writePlans(tx, changes.Plans) },
		func() error { return leave(tx, changes.Leaving) },
		func() error { return writeSubscribers(tx, changes.Subscribers) },
		func() error { return sendAgain(tx, changes) },
		func() error { return db.writeSegments(tx, changes.Segments) },
		func() error { return writeStatements(tx, changes.Statements) },
		func() error { return writeTemplates(tx, changes.Templates, changes.NoTemplates) },
		func() error { return writeChannels(tx, changes.Channels) },
		func() error { return writePolicies(tx, changes.Policies) },
		func() error { return writeEvidence(tx, changes.Evidence) },
		func() error { return writeNonCompliances(tx, changes.NonCompliances) },
		func() error { return writeAlerts(tx, changes.Alerts) },
		func() error { return writeNotices(tx, changes.Outbox) },
		func() error { return db.appendAudit(tx, changes.Audit) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// overwrite writes rows with these keys over those that are there.
func overwrite(keys ...string) clause.OnConflict {
	columns := make([]clause.Column, len(keys))
	for i, k := range keys {
		columns[i] = clause.Column{Name: k}
	}
	return clause.OnConflict{Columns: columns, UpdateAll: true}
}
