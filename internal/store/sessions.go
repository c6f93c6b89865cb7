package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

type sessionRow struct {
	Hash    string `gorm:"primaryKey"`
	Data    []byte
	Expires int64
}

func (sessionRow) TableName() string { return "session" }

// FindSession is what is kept under the hash of a session's token. One that is
// over is not found.
func (db *DB) FindSession(ctx context.Context, hash string) (data []byte, found bool, err error) {
	var rows []sessionRow
	err = db.read(ctx, func(q *gorm.DB) error { return q.Where("hash = ?", text(hash)).Find(&rows).Error })
	if err != nil {
		return nil, false, fmt.Errorf("reading a session: %w", err)
	}
	if len(rows) == 0 || rows[0].Expires <= toMillis(time.Now()) {
		return nil, false, nil
	}
	return rows[0].Data, true, nil
}

// CommitSession keeps data under the hash of a session's token until expiry,
// over what was there.
func (db *DB) CommitSession(ctx context.Context, hash string, data []byte, expiry time.Time) error {
	if data == nil {
		data = []byte{}
	}
	row := sessionRow{text(hash), data, toMillis(expiry)}
	err := db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error { return tx.Clauses(overwrite("hash")).Create(&row).Error })
	if err != nil {
		return fmt.Errorf("keeping a session: %w", err)
	}
	return nil
}

// DeleteSession ends a session; one that is not there is ended already.
func (db *DB) DeleteSession(ctx context.Context, hash string) error {
	err := db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Where("hash = ?", text(hash)).Delete(&sessionRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}
