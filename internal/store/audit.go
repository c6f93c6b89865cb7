package store

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type auditRow struct {
	Seq          int64 `gorm:"primaryKey;autoIncrement:false"`
	At           int64
	ActorKind    string
	ActorID      string
	ActorName    string
	ActorRole    string
	ActorAddress string
	Action       string
	Object       string
	Detail       string
	Prev         string
	Hash         string
}

func (auditRow) TableName() string { return "audit" }

// appendAudit adds entries to the chain. Nobody else does until the transaction
// ends, so that there are neither gaps nor forks.
func (db *DB) appendAudit(tx *gorm.DB, entries []uptime.AuditEntry) error {
	if len(entries) == 0 {
		return nil
	}
	if err := db.dialect.alone(tx, "audit"); err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	var last auditRow
	if err := tx.Order("seq DESC").Limit(1).Find(&last).Error; err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	rows := make([]auditRow, len(entries))
	for i, e := range entries {
		rows[i] = rowOfEntry(e)
		rows[i].Seq, rows[i].Prev = last.Seq+1, last.Hash
		sealed, err := rows[i].value()
		if err != nil {
			return err
		}
		rows[i].Hash = uptime.AuditHash(sealed)
		last = rows[i]
	}
	if err := tx.CreateInBatches(&rows, 500).Error; err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return nil
}

func rowOfEntry(e uptime.AuditEntry) auditRow {
	return auditRow{
		At: toMillis(e.At), ActorKind: text(e.Actor.Kind), ActorID: text(e.Actor.ID), ActorName: text(e.Actor.Name),
		ActorRole: e.Actor.Role.String(), ActorAddress: text(e.Actor.Address),
		Action: text(e.Action), Object: text(e.Object), Detail: text(e.Detail),
	}
}

func (r auditRow) value() (uptime.AuditEntry, error) {
	role, err := roleOf(r.ActorRole)
	if err != nil {
		return uptime.AuditEntry{}, fmt.Errorf("entry %d of the audit log: %w", r.Seq, err)
	}
	return uptime.AuditEntry{
		Seq: r.Seq, At: fromMillis(r.At), Action: r.Action, Object: r.Object, Detail: r.Detail, Prev: r.Prev, Hash: r.Hash,
		Actor: uptime.Actor{Kind: r.ActorKind, ID: r.ActorID, Name: r.ActorName, Role: role, Address: r.ActorAddress},
	}, nil
}

// Audit lists what was done, newest first. The cursor names an entry by its
// Seq, in decimal; an unknown one is uptime.ErrNotFound.
func (db *DB) Audit(ctx context.Context, c uptime.Cursor) ([]uptime.AuditEntry, error) {
	var rows []auditRow
	err := db.read(ctx, func(q *gorm.DB) error {
		list := q.Order("seq DESC").Limit(limit(c))
		if c.After != "" {
			seq, err := strconv.ParseInt(c.After, 10, 64)
			if err != nil {
				return fmt.Errorf("after %q: %w", c.After, uptime.ErrNotFound)
			}
			after, err := one[auditRow](ctx, db, "seq = ?", seq)
			if err != nil {
				return fmt.Errorf("after %q: %w", c.After, err)
			}
			list = list.Where("seq < ?", after.Seq)
		}
		return list.Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	return valuesOrError(rows, auditRow.value)
}

// verifyRows is the number of entries that are checked at a time.
const verifyRows = 500

// VerifyAudit recomputes the chain from its first entry to its last. It says of
// the first one that does not fit what is wrong with it, and counts on.
func (db *DB) VerifyAudit(ctx context.Context) (uptime.AuditCheck, error) {
	var check uptime.AuditCheck
	var last auditRow
	for from := int64(math.MinInt64); ; from = last.Seq + 1 {
		var rows []auditRow
		err := db.read(ctx, func(q *gorm.DB) error {
			return q.Where("seq >= ?", from).Order("seq").Limit(verifyRows).Find(&rows).Error
		})
		if err != nil {
			return uptime.AuditCheck{}, fmt.Errorf("checking the audit log: %w", err)
		}
		for _, r := range rows {
			if check.Broken == 0 {
				if check.Problem = r.problem(last); check.Problem != "" {
					check.Broken = r.Seq
				}
			}
			check.Entries++
			check.Head = r.Hash
			last = r
		}
		if len(rows) < verifyRows {
			return check, nil
		}
	}
}

// problem says what is wrong with an entry that should follow the one before;
// empty: nothing.
func (r auditRow) problem(before auditRow) string {
	entry, err := r.value()
	switch {
	case r.Seq != before.Seq+1:
		return fmt.Sprintf("entry %d stands where entry %d should", r.Seq, before.Seq+1)
	case err != nil:
		return err.Error()
	case r.Prev != before.Hash:
		return fmt.Sprintf("entry %d does not name the hash of entry %d", r.Seq, before.Seq)
	case r.Hash != uptime.AuditHash(entry):
		return fmt.Sprintf("entry %d is not what was hashed", r.Seq)
	}
	return ""
}
