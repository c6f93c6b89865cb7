package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// rollup is the row of an hour or a day of one series, or what is to be added
// to it.
type rollup struct {
	Start   int64
	Series  int32
	Passed  int32
	Slow    int32
	Failed  int32
	Unseen  int32
	TookSum int64 // µs
	TookMax int32
}

// rollUp adds samples up by series and stretch of the given length, in the
// order of the table's key.
func rollUp(samples []sample, length int64) []rollup {
	type key struct {
		start  int64
		series int32
	}
	places := make(map[key]int, len(samples))
	rows := make([]rollup, 0, len(samples))
	for _, s := range samples {
		k := key{startOf(s.Slot, length), s.Series}
		i, found := places[k]
		if !found {
			i = len(rows)
			places[k] = i
			rows = append(rows, rollup{Start: k.start, Series: k.series})
		}
		rows[i].add(s)
	}
	slices.SortFunc(rows, func(a, b rollup) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Series, b.Series))
	})
	return rows
}

func (r *rollup) add(s sample) {
	outcome, _ := unpackVerdict(s.Verdict)
	switch outcome {
	case uptime.Unseen:
		r.Unseen++
	case uptime.Fail:
		r.Failed++
	case uptime.Pass:
		r.Passed++
	case uptime.Slow:
		r.Slow++
	}
	if outcome == uptime.Pass || outcome == uptime.Slow {
		r.TookSum += int64(s.Took)
		r.TookMax = max(r.TookMax, s.Took)
	}
}

// addRollup is the end of an upsert: what the row had and what comes to it.
func addRollup(greatest string) string {
	return `passed = r.passed + excluded.passed, slow = r.slow + excluded.slow,
		failed = r.failed + excluded.failed, unseen = r.unseen + excluded.unseen,
		took_sum = r.took_sum + excluded.took_sum, took_max = ` + greatest + `(r.took_max, excluded.took_max)`
}

// A grain is the length of what a table rolls up.
type grain struct {
	table  string
	length int64 // ms
}

// HourlyRollups lists the hours (UTC) that begin in [from, to) and saw a look
// of the monitor, or of any monitor when it is empty; by monitor, vantage and
// time.
func (db *DB) HourlyRollups(ctx context.Context, monitor uptime.MonitorID, from, to time.Time) ([]uptime.Rollup, error) {
	return db.rollups(ctx, grain{"hourly", hour}, monitor, from, to)
}

// DailyRollups lists the days (UTC) that begin in [from, to), as HourlyRollups
// does the hours.
func (db *DB) DailyRollups(ctx context.Context, monitor uptime.MonitorID, from, to time.Time) ([]uptime.Rollup, error) {
	return db.rollups(ctx, grain{"daily", day}, monitor, from, to)
}

func (db *DB) rollups(ctx context.Context, g grain, monitor uptime.MonitorID, from, to time.Time) ([]uptime.Rollup, error) {
	var rows []rollupRow
	err := db.read(ctx, func(q *gorm.DB) (err error) {
		if monitor == "" {
			return rollupQuery(q, g).Where("r.start >= ? AND r.start < ?", toMillis(from), toMillis(to)).Find(&rows).Error
		}
		rows, err = rollupsOf(q, g, monitor, toMillis(from), toMillis(to))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the %s roll-ups: %w", g.table, err)
	}
	out := make([]uptime.Rollup, len(rows))
	for i, r := range rows {
		out[i] = r.value()
	}
	slices.SortFunc(out, func(a, b uptime.Rollup) int {
		return cmp.Or(cmp.Compare(a.Monitor, b.Monitor), cmp.Compare(a.Vantage, b.Vantage), a.From.Compare(b.From))
	})
	return out, nil
}

func rollupQuery(q *gorm.DB, g grain) *gorm.DB {
	return q.Table(g.table + " r").Select("s.monitor, s.vantage, r.*").Joins("JOIN series s ON s.id = r.series")
}

// rollupsOf reads one monitor's rows by naming each key: the table lies in the
// order of time, and between two hours of one monitor lie those of all others.
func rollupsOf(q *gorm.DB, g grain, monitor uptime.MonitorID, from, to int64) (all []rollupRow, err error) {
	var series []int32
	if err := q.Table("series").Where("monitor = ?", string(monitor)).Pluck("id", &series).Error; err != nil || len(series) == 0 {
		return nil, err
	}
	var first, last sql.NullInt64
	ends := q.Raw("SELECT (SELECT min(start) FROM " + g.table + "), (SELECT max(start) FROM " + g.table + ")")
	if err := ends.Row().Scan(&first, &last); err != nil || !first.Valid {
		return nil, err
	}
	var starts []int64
	for at := max(startOf(from+g.length-1, g.length), first.Int64); at < to && at <= last.Int64; at += g.length {
		starts = append(starts, at)
	}
	for part := range slices.Chunk(starts, 500) {
		var rows []rollupRow
		if err := rollupQuery(q, g).Where("r.start IN ? AND r.series IN ?", part, series).Find(&rows).Error; err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

type rollupRow struct {
	Monitor string
	Vantage string
	Rollup  rollup `gorm:"embedded"`
}

func (r rollupRow) value() uptime.Rollup {
	return uptime.Rollup{
		Monitor: uptime.MonitorID(r.Monitor),
		Vantage: uptime.Vantage(r.Vantage),
		From:    fromMillis(r.Rollup.Start),
		Passed:  int(r.Rollup.Passed),
		Slow:    int(r.Rollup.Slow),
		Failed:  int(r.Rollup.Failed),
		Unseen:  int(r.Rollup.Unseen),
		TookSum: time.Duration(r.Rollup.TookSum) * time.Microsecond,
		TookMax: time.Duration(r.Rollup.TookMax) * time.Microsecond,
	}
}
