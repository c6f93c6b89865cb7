package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type segmentRow struct {
	Series  int32 `gorm:"primaryKey;autoIncrement:false"`
	Started int64 `gorm:"primaryKey;autoIncrement:false"`
	Ended   *int64
	State   string
	Code    string
}

func (segmentRow) TableName() string { return "segment" }

// writeSegments writes each segment over the one with its (monitor, vantage,
// from). Of several with one key the last counts: one statement may not change
// a row twice.
func (db *DB) writeSegments(tx *gorm.DB, segments []uptime.Segment) error {
	if len(segments) == 0 {
		return nil
	}
	type key struct {
		series int32
		from   int64
	}
	places := map[key]int{}
	rows := make([]segmentRow, 0, len(segments))
	for _, s := range segments {
		number, found := db.key(series{s.Monitor, s.Vantage})
		if !found {
			return fmt.Errorf("monitor %s, vantage %s: the series has no number", s.Monitor, s.Vantage)
		}
		row := segmentRow{number, toMillis(s.From), toMillisOrNull(s.To), s.State.String(), string(s.Code)}
		k := key{row.Series, row.Started}
		if i, written := places[k]; written {
			rows[i] = row
			continue
		}
		places[k] = len(rows)
		rows = append(rows, row)
	}
	if err := tx.Clauses(overwrite("series", "started")).CreateInBatches(rows, 500).Error; err != nil {
		return fmt.Errorf("segments: %w", err)
	}
	return nil
}

// SegmentsBetween lists the segments that overlap [from, to), open ones
// included, whole and not clipped; by monitor, vantage and time.
func (db *DB) SegmentsBetween(ctx context.Context, from, to time.Time) ([]uptime.Segment, error) {
	return db.segments(ctx, "g.started < ? AND (g.ended > ? OR g.ended IS NULL)", toMillis(to), toMillis(from))
}

// OpenSegments lists the segments that still last, by monitor and vantage.
func (db *DB) OpenSegments(ctx context.Context) ([]uptime.Segment, error) {
	return db.segments(ctx, "g.ended IS NULL")
}

func (db *DB) segments(ctx context.Context, where string, args ...any) ([]uptime.Segment, error) {
	var rows []struct {
		Monitor, Vantage string
		Started          int64
		Ended            *int64
		State, Code      string
	}
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Table("segment g").Select("s.monitor, s.vantage, g.started, g.ended, g.state, g.code").
			Joins("JOIN series s ON s.id = g.series").Where(where, args...).
			Order("s.monitor, s.vantage, g.started").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("reading segments: %w", err)
	}
	out := make([]uptime.Segment, len(rows))
	for i, r := range rows {
		state, err := uptime.ParseState(r.State)
		if err != nil {
			return nil, fmt.Errorf("segment of %s at %s: %w", r.Monitor, fromMillis(r.Started).Format(time.RFC3339), err)
		}
		out[i] = uptime.Segment{
			Monitor: uptime.MonitorID(r.Monitor),
			Vantage: uptime.Vantage(r.Vantage),
			From:    fromMillis(r.Started),
			To:      fromMillisOrNull(r.Ended),
			State:   state,
			Code:    uptime.Code(r.Code),
		}
	}
	return out, nil
}
