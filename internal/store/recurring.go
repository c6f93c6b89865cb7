package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// recurringRow is maintenance that recurs. What the tables call a series is what
// one monitor's looks make.
type recurringRow struct {
	ID         string `gorm:"primaryKey"`
	Title      string
	Body       string
	Components []string `gorm:"serializer:json"`
	Regions    []string `gorm:"serializer:json"`
	Rule       string
	Zone       string
	Started    int64
	Length     int64
	Ahead      int64
	Stopped    *int64
	Created    int64
	Version    int64
}

func (recurringRow) TableName() string { return "plan_series" }

func writeRecurring(tx *gorm.DB, changes []uptime.SeriesChange) error {
	for _, c := range changes {
		row, err := rowOfRecurring(c.Series)
		if err == nil {
			err = putVersion(tx, &row, version{row.ID, row.Version, c.Expect})
		}
		if err != nil {
			return fmt.Errorf("series %s: %w", c.Series.ID, err)
		}
	}
	return nil
}

// Series lists maintenance that recurs, and what was stopped as well; the last
// made first.
func (db *DB) Series(ctx context.Context) ([]uptime.Series, error) {
	var rows []recurringRow
	err := db.read(ctx, func(q *gorm.DB) error { return q.Order("created DESC, id DESC").Find(&rows).Error })
	if err != nil {
		return nil, fmt.Errorf("reading recurring maintenance: %w", err)
	}
	zones := zoneBook{}
	return valuesOrError(rows, func(r recurringRow) (uptime.Series, error) { return r.value(zones) })
}

func rowOfRecurring(s uptime.Series) (recurringRow, error) {
	zone, err := zoneName(s.Zone)
	if err != nil {
		return recurringRow{}, err
	}
	return recurringRow{
		ID: text(string(s.ID)), Title: text(s.Title), Body: text(s.Body), Components: texts(s.Components),
		Regions: texts(s.Regions), Rule: text(s.Rule), Zone: zone, Started: toMillis(s.Start),
		Length: s.Length.Milliseconds(), Ahead: s.Ahead.Milliseconds(), Stopped: toMillisOrNull(s.StoppedAt),
		Created: toMillis(s.CreatedAt), Version: s.Version,
	}, nil
}

// value tells the first occurrence in UTC, as every instant; its time on the
// wall is that of the zone.
func (r recurringRow) value(zones zoneBook) (uptime.Series, error) {
	zone, err := zones.zone(r.Zone)
	if err != nil {
		return uptime.Series{}, fmt.Errorf("recurring maintenance %s: %w", r.ID, err)
	}
	return uptime.Series{
		ID: uptime.SeriesID(r.ID), Title: r.Title, Body: r.Body, Components: words[uptime.ComponentID](r.Components),
		Regions: words[uptime.RegionID](r.Regions), Rule: r.Rule, Zone: zone, Start: fromMillis(r.Started),
		Length: fromDuration(r.Length), Ahead: fromDuration(r.Ahead), StoppedAt: fromMillisOrNull(r.Stopped),
		CreatedAt: fromMillis(r.Created), Version: r.Version,
	}, nil
}
