package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Bounds of one transaction of Prune: the writer is held for some milliseconds.
const (
	pruneRows   = 1000
	pruneSeries = 200
)

// Retention says how long what is not kept for ever is kept; 0: for ever.
type Retention struct {
	Raw time.Duration // samples, by their slots
	// Hourly is for hourly roll-ups, and for signals but for each monitor's newest;
	// signals stay for 400 days at least: what is promised of copies is shown for
	// twelve months.
	Hourly time.Duration
	// Ledger is for notices and what became of their deliveries. A notice that is
	// decided on again after it is gone is owed again, so it must be far longer
	// than an incident lasts.
	Ledger time.Duration
}

const (
	// onceKept is how long a key of a client's is remembered.
	onceKept = 48 * time.Hour
	// signalsKept is how long signals of jobs are kept at least: twelve months and
	// the one that has begun.
	signalsKept = 400 * 24 * time.Hour
)

// Prune deletes what is older than the retention at now, sessions that are over,
// keys of clients that were used more than 48 hours ago, and received alerts that
// are over and were told of last more than 30 days ago. Daily roll-ups, segments,
// incidents, plans, versions of policies, evidence, entries of non-compliance,
// alerts of our own, the audit log and what is still owed stay for ever. It works
// in transactions of at most 1,000 rows and may be broken off and repeated at any
// point.
func (db *DB) Prune(ctx context.Context, now time.Time, keep Retention) (deleted int, err error) {
	var errs []error
	part := func(rows int, err error) {
		deleted += rows
		errs = append(errs, err)
	}
	if keep.Raw > 0 {
		part(db.pruneSamples(ctx, toMillis(now.Add(-keep.Raw))))
	}
	if keep.Hourly > 0 {
		before := toMillis(now.Add(-keep.Hourly))
		part(db.repeat(ctx, `DELETE FROM hourly WHERE (start, series) IN (
			SELECT start, series FROM hourly WHERE start < ? ORDER BY start, series LIMIT ?)`, startOf(before, hour), pruneRows))
		part(db.repeat(ctx, `DELETE FROM signal WHERE id IN (
			SELECT s.id FROM signal s WHERE s.at < ? AND EXISTS (
				SELECT 1 FROM signal n WHERE n.monitor = s.monitor AND n.at > s.at) LIMIT ?)`,
			toMillis(now.Add(-max(keep.Hourly, signalsKept))), pruneRows))
	}
	if keep.Ledger > 0 {
		part(db.pruneLedger(ctx, toMillis(now.Add(-keep.Ledger))))
	}
	part(db.repeat(ctx, "DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE expires <= ? LIMIT ?)", toMillis(now), pruneRows))
	part(db.repeat(ctx, "DELETE FROM once WHERE key IN (SELECT key FROM once WHERE at < ? LIMIT ?)", toMillis(now.Add(-onceKept)), pruneRows))
	part(db.repeat(ctx, `DELETE FROM received_alert WHERE (group_key, fingerprint) IN (
		SELECT group_key, fingerprint FROM received_alert WHERE firing = ? AND received < ? LIMIT ?)`, false, toMillis(now.Add(-alertsKept)), pruneRows))
	if err := errors.Join(errs...); err != nil {
		return deleted, fmt.Errorf("pruning: %w", err)
	}
	return deleted, nil
}

// pruneLedger goes from notice to notice, the oldest first, and takes those away
// of whose deliveries none is left.
func (db *DB) pruneLedger(ctx context.Context, before int64) (deleted int, err error) {
	for last := int64(0); ; {
		var notices []int64
		err := db.read(ctx, func(q *gorm.DB) error {
			return q.Raw("SELECT seq FROM notice WHERE at < ? AND seq > ? ORDER BY seq LIMIT ?", before, last, pruneRows).Scan(&notices).Error
		})
		if err != nil || len(notices) == 0 {
			return deleted, err
		}
		for _, n := range notices {
			rows, err := db.repeat(ctx, `DELETE FROM delivery WHERE seq IN (
				SELECT seq FROM delivery WHERE notice = ? AND settled < ? LIMIT ?)`, n, before, pruneRows)
			if deleted += rows; err != nil {
				return deleted, err
			}
		}
		last = notices[len(notices)-1]
		rows, err := db.repeat(ctx, `DELETE FROM notice WHERE seq IN (SELECT n.seq FROM notice n WHERE n.at < ? AND n.seq <= ?
			AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.notice = n.seq) LIMIT ?)`, before, last, pruneRows)
		if deleted += rows; err != nil {
			return deleted, err
		}
	}
}

// pruneSamples goes from series to series: a monitor's rows lie side by side.
func (db *DB) pruneSamples(ctx context.Context, before int64) (deleted int, err error) {
	if err := db.loadKeys(ctx); err != nil {
		return 0, err
	}
	for next, last := int32(0), db.lastKey(); next <= last; {
		rows, at := 0, next
		err := db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
			for at = next; at <= last && at < next+pruneSeries && rows < pruneRows; {
				n, err := pruneSeriesRows(tx, at, before, pruneRows-rows)
				if err != nil {
					return err
				}
				if rows += n; rows < pruneRows {
					at++ // this one is done
				}
			}
			return nil
		})
		if err != nil {
			return deleted, err
		}
		deleted, next = deleted+rows, at
	}
	return deleted, nil
}

func pruneSeriesRows(tx *gorm.DB, series int32, before int64, limit int) (int, error) {
	result := tx.Exec(`DELETE FROM sample WHERE series = ? AND slot < coalesce(
		(SELECT slot FROM sample WHERE series = ? AND slot < ? ORDER BY slot LIMIT 1 OFFSET ?), ?)`,
		series, series, before, limit, before)
	return int(result.RowsAffected), result.Error
}

// repeat runs a deletion of at most pruneRows rows, each time in a transaction
// of its own, until it finds less.
func (db *DB) repeat(ctx context.Context, remove string, args ...any) (deleted int, err error) {
	for {
		var n int
		err := db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
			result := tx.Exec(remove, args...)
			n = int(result.RowsAffected)
			return result.Error
		})
		if err != nil {
			return deleted, err
		}
		if deleted += n; n < pruneRows {
			return deleted, nil
		}
	}
}
