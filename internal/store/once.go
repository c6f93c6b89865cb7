package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type onceRow struct {
	Key    string `gorm:"primaryKey"`
	Digest string
	Result string
	At     int64
}

func (onceRow) TableName() string { return "once" }

func (r onceRow) value() uptime.Once {
	return uptime.Once{Key: r.Key, Digest: r.Digest, Result: r.Result, At: fromMillis(r.At)}
}

// writeOnce takes the key, which nobody has used for anything yet. Of two who
// come at once the second waits here until the first is done or has failed.
func writeOnce(tx *gorm.DB, once *uptime.Once) error {
	if once == nil {
		return nil
	}
	row := onceRow{text(once.Key), text(once.Digest), text(once.Result), toMillis(once.At)}
	result := tx.Clauses(onConflictDoNothing).Create(&row)
	if result.Error != nil || result.RowsAffected > 0 {
		return result.Error
	}
	var known []onceRow
	if err := tx.Where("key = ?", row.Key).Find(&known).Error; err != nil {
		return err
	}
	if len(known) == 1 && known[0].Digest != row.Digest {
		return uptime.ErrKeyReused
	}
	return uptime.ErrRepeated
}

// OnceResult is what was done under the key, or uptime.ErrNotFound. Keys are
// forgotten two days after their use.
func (db *DB) OnceResult(ctx context.Context, key string) (uptime.Once, error) {
	row, err := one[onceRow](ctx, db, "key = ?", text(key))
	if err != nil {
		return uptime.Once{}, fmt.Errorf("reading what was done under a key: %w", err)
	}
	return row.value(), nil
}
