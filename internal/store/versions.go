package store

import (
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// version is which version of a thing is written, and which was decided on; 0:
// the thing must not exist yet.
type version struct {
	id          string
	now, expect int64
}

// follows refuses a version that does not grow: who writes it has made a slip.
func (v version) follows() error {
	if v.now <= v.expect {
		return fmt.Errorf("version %d does not follow version %d", v.now, v.expect)
	}
	return nil
}

// putVersion makes the row, or writes over the one that is at the version that
// was decided on, but for the columns that are left out. Anything else is
// uptime.ErrConflict.
func putVersion[Row any](tx *gorm.DB, row *Row, v version, leftOut ...string) error {
	if err := v.follows(); err != nil {
		return err
	}
	var result *gorm.DB
	if v.expect == 0 {
		result = tx.Clauses(onConflictDoNothing).Create(row)
	} else {
		result = tx.Model(new(Row)).Where("id = ? AND version = ?", v.id, v.expect).Select("*").Omit(leftOut...).Updates(row)
	}
	if result.Error != nil {
		return conflictOf(result.Error)
	}
	if result.RowsAffected == 0 {
		return fmt.Errorf("not at version %d: %w", v.expect, uptime.ErrConflict)
	}
	return nil
}
