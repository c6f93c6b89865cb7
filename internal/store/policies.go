package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type policyRow struct {
	Policy    string `gorm:"primaryKey"`
	Number    string `gorm:"primaryKey"`
	Title     string
	Effective int64
	Approved  string
	Digest    string
	Document  string
	Seen      int64
}

func (policyRow) TableName() string { return "policy_version" }

func (r policyRow) value() uptime.PolicyVersion {
	return uptime.PolicyVersion{
		Policy: uptime.PolicyID(r.Policy), Number: r.Number, Title: r.Title, EffectiveFrom: fromMillis(r.Effective),
		ApprovedBy: r.Approved, Digest: r.Digest, Text: r.Document, SeenAt: fromMillis(r.Seen),
	}
}

// writePolicies adds the versions that are new. One that is there is what it
// was when it was first seen: another text under its number is a conflict.
func writePolicies(tx *gorm.DB, versions []uptime.PolicyVersion) error {
	for _, v := range versions {
		if err := writePolicy(tx, v); err != nil {
			return fmt.Errorf("version %s of policy %s: %w", v.Number, v.Policy, err)
		}
	}
	return nil
}

func writePolicy(tx *gorm.DB, v uptime.PolicyVersion) error {
	row := policyRow{
		text(string(v.Policy)), text(v.Number), text(v.Title), toMillis(v.EffectiveFrom), text(v.ApprovedBy),
		text(v.Digest), text(v.Text), toMillis(v.SeenAt),
	}
	result := tx.Clauses(onConflictDoNothing).Create(&row)
	if result.Error != nil || result.RowsAffected > 0 {
		return result.Error
	}
	var known []policyRow
	if err := tx.Where("policy = ? AND number = ?", row.Policy, row.Number).Find(&known).Error; err != nil {
		return err
	}
	if len(known) == 0 || known[0].Digest != row.Digest {
		return fmt.Errorf("it is known with another text; give what is written differently another number: %w", uptime.ErrConflict)
	}
	return nil
}

// PolicyVersions lists every version of every policy that was ever seen; by
// policy, the one that takes effect first before the others.
func (db *DB) PolicyVersions(ctx context.Context) ([]uptime.PolicyVersion, error) {
	found, err := every(ctx, db, "policy, effective, seen, number", policyRow.value)
	if err != nil {
		return nil, fmt.Errorf("reading versions of policies: %w", err)
	}
	return found, nil
}
