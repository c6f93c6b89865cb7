package store

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

func writePlans(tx *gorm.DB, changes []uptime.PlanChange) error {
	for _, c := range changes {
		if err := writePlan(tx, c); err != nil {
			return fmt.Errorf("plan %s: %w", c.Plan.ID, err)
		}
	}
	return nil
}

// writePlan makes or changes the plan if it is at the version that was decided
// on, and appends to what was announced and said of it. That it is public is
// written last: until then the one revision of a draft may be replaced, which
// the database refuses from then on.
func writePlan(tx *gorm.DB, change uptime.PlanChange) error {
	row, err := rowOfPlan(change.Plan)
	if err != nil {
		return err
	}
	if err := putVersion(tx, &row, version{row.ID, row.Version, change.Expect}, "published"); err != nil {
		return err
	}
	if err := writeRevisions(tx, row.ID, change); err != nil {
		return fmt.Errorf("its revisions: %w", err)
	}
	if change.Expect != 0 {
		if err := tx.Exec("UPDATE plan SET published = ? WHERE id = ?", row.Published, row.ID).Error; err != nil {
			return err
		}
	}
	if len(change.Updates) == 0 {
		return nil
	}
	updates := values(change.Updates, func(u uptime.PlanUpdate) planUpdateRow { return rowOfPlanUpdate(row.ID, u) })
	if err := tx.Clauses(onConflictDoNothing).CreateInBatches(&updates, 500).Error; err != nil {
		return fmt.Errorf("its updates: %w", err)
	}
	return nil
}

// writeRevisions numbers revisions on from those that are there. Nobody else
// does: the plan's row is locked.
func writeRevisions(tx *gorm.DB, plan string, change uptime.PlanChange) error {
	if change.First {
		if len(change.Revisions) != 1 {
			return errors.New("one revision takes the place of a draft's: hand in one")
		}
		if err := tx.Where("plan = ?", plan).Delete(&revisionRow{}).Error; err != nil {
			return err
		}
	}
	if len(change.Revisions) == 0 {
		return nil
	}
	var known int64
	if err := tx.Model(&revisionRow{}).Where("plan = ?", plan).Count(&known).Error; err != nil {
		return err
	}
	rows := make([]revisionRow, len(change.Revisions))
	for i, r := range change.Revisions {
		rows[i] = rowOfRevision(plan, int(known)+i, r)
	}
	return tx.CreateInBatches(&rows, 200).Error
}
