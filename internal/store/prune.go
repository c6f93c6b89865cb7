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

// Prune deletes samples with slots before raw, and hourly roll-ups and signals
// before hourly, but for the newest signal of each monitor. Daily roll-ups,
// segments, incidents and notices stay for ever. It works in transactions of at
// most 1,000 rows and may be broken off and repeated at any point.
func (db *DB) Prune(ctx context.Context, raw, hourly time.Time) (deleted int, err error) {
	if err := db.loadKeys(ctx); err != nil {
		return 0, fmt.Errorf("pruning: %w", err)
	}
	samples, err := db.pruneSamples(ctx, toMillis(raw))
	hours, err2 := db.repeat(ctx, func(tx *gorm.DB) *gorm.DB {
		return tx.Exec(`DELETE FROM hourly WHERE (start, series) IN (
			SELECT start, series FROM hourly WHERE start < ? ORDER BY start, series LIMIT ?)`, startOf(toMillis(hourly), hour), pruneRows)
	})
	signals, err3 := db.repeat(ctx, func(tx *gorm.DB) *gorm.DB {
		return tx.Exec(`DELETE FROM signal WHERE id IN (
			SELECT s.id FROM signal s WHERE s.at < ? AND EXISTS (
				SELECT 1 FROM signal n WHERE n.monitor = s.monitor AND n.at > s.at) LIMIT ?)`, toMillis(hourly), pruneRows)
	})
	if err := errors.Join(err, err2, err3); err != nil {
		return samples + hours + signals, fmt.Errorf("pruning: %w", err)
	}
	return samples + hours + signals, nil
}

// pruneSamples goes from series to series: a monitor's rows lie side by side.
func (db *DB) pruneSamples(ctx context.Context, before int64) (deleted int, err error) {
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

// repeat runs a bounded deletion, each time in a transaction of its own, until
// it finds less than its bound.
func (db *DB) repeat(ctx context.Context, remove func(tx *gorm.DB) *gorm.DB) (deleted int, err error) {
	for {
		var n int
		err := db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
			result := remove(tx)
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
