package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// A series is what one monitor's looks from one vantage make. Rows name it by
// a small number.
type series struct {
	monitor uptime.MonitorID
	vantage uptime.Vantage
}

// keyring remembers the numbers of series. They never change.
type keyring struct {
	mu      sync.RWMutex
	numbers map[series]int32
}

type seriesRow struct {
	ID      int32
	Monitor string
	Vantage string
}

func (seriesRow) TableName() string { return "series" }

// loadKeys reads the numbers of every series, or of those of some monitors.
func (db *DB) loadKeys(ctx context.Context, monitors ...string) error {
	var rows []seriesRow
	err := db.read(ctx, func(q *gorm.DB) error {
		if len(monitors) == 0 {
			return q.Find(&rows).Error
		}
		for some := range slices.Chunk(monitors, 500) {
			var found []seriesRow
			if err := q.Where("monitor IN ?", some).Find(&found).Error; err != nil {
				return err
			}
			rows = append(rows, found...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	db.keys.mu.Lock()
	defer db.keys.mu.Unlock()
	if db.keys.numbers == nil {
		db.keys.numbers = make(map[series]int32, len(rows))
	}
	for _, r := range rows {
		db.keys.numbers[series{uptime.MonitorID(r.Monitor), uptime.Vantage(r.Vantage)}] = r.ID
	}
	return nil
}

// key is the number of a series that is known.
func (db *DB) key(s series) (int32, bool) {
	db.keys.mu.RLock()
	defer db.keys.mu.RUnlock()
	n, found := db.keys.numbers[s]
	return n, found
}

// ensureKeys gives a number to each series that has none, in a transaction of
// its own: a number that is remembered here must not be rolled back.
func (db *DB) ensureKeys(ctx context.Context, wanted map[series]bool) error {
	var rows []map[string]any
	var monitors []string
	for s := range wanted {
		if _, found := db.key(s); !found {
			monitors = append(monitors, text(string(s.monitor)))
			rows = append(rows, map[string]any{"monitor": text(string(s.monitor)), "vantage": text(string(s.vantage))})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	err := db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
		return tx.Table("series").Clauses(onConflictDoNothing).CreateInBatches(rows, 500).Error
	})
	if err == nil {
		err = db.loadKeys(ctx, monitors...)
	}
	if err != nil {
		return fmt.Errorf("naming %d new series: %w", len(rows), err)
	}
	for s := range wanted {
		if _, found := db.key(s); !found {
			return fmt.Errorf("monitor %q, vantage %q: the name cannot be kept: use letters, digits and hyphens", s.monitor, s.vantage)
		}
	}
	return nil
}
