package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// The states of a row of the outbox.
const (
	noticePending = "pending"
	noticeClaimed = "claimed"
	noticeSent    = "sent"
	noticeDead    = "dead"
)

type noticeRow struct {
	Seq      int64 `gorm:"primaryKey"`
	ID       string
	At       int64
	Reason   string
	Incident string
	Summary  string
	State    string
	Due      int64
	Attempt  int
	Settled  *int64
	Error    string
}

func (noticeRow) TableName() string { return "outbox" }

// writeNotices puts notices into the outbox; one that is there already, by its
// id, stays as it is.
func writeNotices(tx *gorm.DB, notices []uptime.Notice) error {
	rows := make([]noticeRow, len(notices))
	for i, n := range notices {
		rows[i] = noticeRow{
			ID: text(n.ID), At: toMillis(n.At), Reason: text(string(n.Reason)), Incident: text(string(n.Incident)),
			Summary: text(n.Summary), State: noticePending,
		}
	}
	return tx.Clauses(onConflictDoNothing).CreateInBatches(rows, 500).Error
}

// ClaimNotices hands out at most limit of the notices that are due at now, in
// the order in which they are owed, each with the number of the attempt that
// begins. Until now plus lease nobody else gets them; after that they are due
// again. A notice waits until every earlier one about its incident is settled,
// so that nobody hears of a recovery before the outage.
func (db *DB) ClaimNotices(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]uptime.Delivery, error) {
	var rows []noticeRow
	err := db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
		rows = nil
		// In a WITH, because a query that locks and skips must not run twice.
		return tx.Raw(`WITH owed AS (
				SELECT o.seq FROM outbox o
				WHERE o.state IN ('pending', 'claimed') AND o.due <= ? AND (o.incident = '' OR NOT EXISTS (
					SELECT 1 FROM outbox e WHERE e.incident = o.incident AND e.seq < o.seq AND e.state IN ('pending', 'claimed')))
				ORDER BY o.seq LIMIT ?`+db.dialect.skipLocked()+`)
			UPDATE outbox SET state = 'claimed', due = ?, attempt = attempt + 1
			WHERE seq IN (SELECT seq FROM owed) RETURNING *`,
			toMillis(now), limit, toMillis(now.Add(lease))).Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("claiming notices: %w", err)
	}
	slices.SortFunc(rows, func(a, b noticeRow) int { return int(a.Seq - b.Seq) })
	out := make([]uptime.Delivery, len(rows))
	for i, r := range rows {
		out[i] = uptime.Delivery{Attempt: r.Attempt, Notice: uptime.Notice{
			ID: r.ID, At: fromMillis(r.At), Reason: uptime.NoticeReason(r.Reason),
			Incident: uptime.IncidentID(r.Incident), Summary: r.Summary,
		}}
	}
	return out, nil
}

// NoticeSent settles the delivery: its notice is done. It answers
// uptime.ErrConflict when the lease ran out and another attempt has begun, and
// uptime.ErrNotFound when there is no such notice.
func (db *DB) NoticeSent(ctx context.Context, d uptime.Delivery, at time.Time) error {
	return db.settle(ctx, d, map[string]any{"state": noticeSent, "settled": toMillis(at), "error": ""})
}

// NoticeFailed settles the delivery with why it failed: its notice is due again
// at the time given, or never when that is zero: then it is dead, and counted
// as such for a person to look at. Errors are those of NoticeSent.
func (db *DB) NoticeFailed(ctx context.Context, d uptime.Delivery, why string, at, again time.Time) error {
	if again.IsZero() {
		return db.settle(ctx, d, map[string]any{"state": noticeDead, "settled": toMillis(at), "error": text(why)})
	}
	return db.settle(ctx, d, map[string]any{"state": noticePending, "due": toMillis(again), "error": text(why)})
}

// settle writes the outcome of the attempt that holds the row, and no other's.
func (db *DB) settle(ctx context.Context, d uptime.Delivery, values map[string]any) error {
	err := db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
		result := tx.Model(&noticeRow{}).
			Where("id = ? AND attempt = ? AND state = ?", d.Notice.ID, d.Attempt, noticeClaimed).Updates(values)
		if result.Error != nil || result.RowsAffected > 0 {
			return result.Error
		}
		var known int64
		if err := tx.Model(&noticeRow{}).Where("id = ?", d.Notice.ID).Count(&known).Error; err != nil {
			return err
		}
		if known == 0 {
			return uptime.ErrNotFound
		}
		return uptime.ErrConflict
	})
	if err != nil {
		return fmt.Errorf("settling attempt %d of notice %s: %w", d.Attempt, d.Notice.ID, err)
	}
	return nil
}

// Backlog counts the notices that are not sent.
func (db *DB) Backlog(ctx context.Context) (uptime.Backlog, error) {
	var row struct {
		Waiting, Dead int
		Oldest        *int64
	}
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Raw(`SELECT
			(SELECT count(*) FROM outbox WHERE state IN ('pending', 'claimed')) AS waiting,
			(SELECT count(*) FROM outbox WHERE state = 'dead') AS dead,
			(SELECT min(at) FROM outbox WHERE state IN ('pending', 'claimed')) AS oldest`).Scan(&row).Error
	})
	if err != nil {
		return uptime.Backlog{}, fmt.Errorf("counting the outbox: %w", err)
	}
	return uptime.Backlog{Waiting: row.Waiting, Dead: row.Dead, Oldest: fromMillisOrNull(row.Oldest)}, nil
}
