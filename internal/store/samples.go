package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// sample is the row of an observation. Phases, facts and detail are not kept:
// they are metrics' business, and a row is to stay within some twenty bytes.
type sample struct {
	Series  int32
	Slot    int64
	Late    int32 // ms from the slot to the beginning of the look
	Took    int32 // µs
	Verdict int16
}

// recordRows bounds one transaction of samples, so that a change of state never
// waits long for the writer.
const recordRows = 1000

// Record writes observations, and adds them to the hour and the day (UTC) that
// their slots lie in, in the same transaction. Of several with one (monitor,
// vantage, slot) the first counts and the others are ignored, so a batch may be
// written again. More than 1,000 are written in several transactions.
func (db *DB) Record(ctx context.Context, observations []uptime.Observation) error {
	rows, err := db.samples(ctx, observations)
	if err != nil {
		return fmt.Errorf("recording %d observations: %w", len(observations), err)
	}
	for batch := range slices.Chunk(rows, recordRows) {
		err := db.transaction(ctx, func(ctx context.Context, tx *gorm.DB) error {
			if err := db.dialect.relax(ctx, tx); err != nil {
				return err
			}
			fresh, err := db.dialect.insertSamples(ctx, tx, batch)
			if err != nil || len(fresh) == 0 {
				return err
			}
			if err := db.dialect.addRollups(ctx, tx, "hourly", rollUp(fresh, hour)); err != nil {
				return err
			}
			return db.dialect.addRollups(ctx, tx, "daily", rollUp(fresh, day))
		})
		if err != nil {
			return fmt.Errorf("recording %d observations: %w", len(batch), err)
		}
	}
	return nil
}

// samples makes rows, in the order of their key: two processes that write the
// same looks then wait for each other in one order, and never in a circle.
func (db *DB) samples(ctx context.Context, observations []uptime.Observation) ([]sample, error) {
	wanted := map[series]bool{}
	for _, o := range observations {
		wanted[series{o.Monitor, o.Vantage}] = true
	}
	if err := db.ensureKeys(ctx, wanted); err != nil {
		return nil, err
	}
	rows := make([]sample, len(observations))
	for i, o := range observations {
		verdict, err := packVerdict(o.Outcome, o.Code)
		if err != nil {
			return nil, fmt.Errorf("monitor %s: %w", o.Monitor, err)
		}
		row := sample{Slot: toMillis(o.Slot), Took: clamp(max(o.Took.Microseconds(), 0)), Verdict: verdict}
		row.Series, _ = db.key(series{o.Monitor, o.Vantage})
		if !o.At.IsZero() {
			row.Late = clamp(toMillis(o.At) - row.Slot)
		}
		rows[i] = row
	}
	slices.SortStableFunc(rows, func(a, b sample) int {
		return cmp.Or(cmp.Compare(a.Series, b.Series), cmp.Compare(a.Slot, b.Slot))
	})
	return rows, nil
}

func clamp(n int64) int32 { return int32(min(max(n, math.MinInt32), math.MaxInt32)) }

// tailSeries is the number of series that one query reads, so that it ends
// soon however cold the disk is.
const tailSeries = 500

// Tails lists, for every monitor, the newest n observations of each of its
// vantages, oldest first, to restore a belief from after a restart. They carry
// what a belief needs: slot, beginning, duration, outcome and code.
func (db *DB) Tails(ctx context.Context, n int) (map[uptime.MonitorID][]uptime.Observation, error) {
	tails := map[uptime.MonitorID][]uptime.Observation{}
	if n < 1 {
		return tails, nil
	}
	if err := db.loadKeys(ctx); err != nil {
		return nil, fmt.Errorf("reading the newest observations: %w", err)
	}
	for first := int32(0); first <= db.lastKey(); first += tailSeries {
		err := db.read(ctx, func(q *gorm.DB) error {
			return readTails(q.Raw(db.dialect.tailsSQL(), n-1, first, first+tailSeries-1), tails)
		})
		if err != nil {
			return nil, fmt.Errorf("reading the newest observations: %w", err)
		}
	}
	return tails, nil
}

func readTails(q *gorm.DB, into map[uptime.MonitorID][]uptime.Observation) error {
	rows, err := q.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var monitor, vantage string
		var s sample
		if err := rows.Scan(&monitor, &vantage, &s.Slot, &s.Late, &s.Took, &s.Verdict); err != nil {
			return err
		}
		o := uptime.Observation{
			Monitor: uptime.MonitorID(monitor),
			Vantage: uptime.Vantage(vantage),
			Slot:    fromMillis(s.Slot),
			At:      fromMillis(s.Slot + int64(s.Late)),
			Took:    time.Duration(s.Took) * time.Microsecond,
		}
		o.Outcome, o.Code = unpackVerdict(s.Verdict)
		into[o.Monitor] = append(into[o.Monitor], o)
	}
	return rows.Err()
}

func (db *DB) lastKey() int32 {
	db.keys.mu.RLock()
	defer db.keys.mu.RUnlock()
	var last int32
	for _, n := range db.keys.numbers {
		last = max(last, n)
	}
	return last
}
