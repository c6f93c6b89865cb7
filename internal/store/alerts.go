package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

const (
	// alertsKept is how long an alert that is over stays after its newest message.
	alertsKept = 30 * 24 * time.Hour
	// alertRows bounds one statement: a row may have some 400 KiB.
	alertRows = 100
	// alertsMost is how many alerts may fire, and how many that are over are kept
	// beside them, which are more than one message tells of.
	alertsMost = 10_000
)

// receivedRow is one alert with the two messages that what stands follows from.
type receivedRow struct {
	GroupKey    string `gorm:"primaryKey"`
	Fingerprint string `gorm:"primaryKey"`
	Labels      string
	Annotations string
	Received    int64
	Firing      bool
	Fired       *int64
	FiredTold   *int64
	OverFrom    *int64
	OverAt      *int64
	OverTold    *int64
}

func (receivedRow) TableName() string { return "received_alert" }

// SaveAlerts keeps what an Alertmanager told of alerts, all of it or nothing; of
// each as much as uptime.ReceivedAlert.Bounded leaves. An alert is known by its
// group and fingerprint. Messages may come twice and in any order: what stands
// afterwards depends on which there were, and on nothing else. Of alerts that are
// over the newest 10,000 are kept. uptime.ErrTooManyAlerts: more than 10,000 would
// fire.
func (db *DB) SaveAlerts(ctx context.Context, alerts []uptime.ReceivedAlert) error {
	if len(alerts) == 0 {
		return nil
	}
	told, err := rowsOfAlerts(alerts)
	if err == nil {
		err = db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error { return db.writeReceived(tx, told) })
	}
	if err != nil {
		return fmt.Errorf("saving %d received alerts: %w", len(alerts), err)
	}
	return nil
}

// rowsOfAlerts makes one row of each alert, in the order of their keys.
func rowsOfAlerts(alerts []uptime.ReceivedAlert) ([]receivedRow, error) {
	told := make([]receivedRow, len(alerts))
	for i, a := range alerts {
		row, err := rowOfAlert(a)
		if err != nil {
			return nil, err
		}
		told[i] = row
	}
	slices.SortFunc(told, receivedRow.compare)
	once := told[:0]
	for _, row := range told {
		if last := len(once) - 1; last >= 0 && once[last].compare(row) == 0 {
			once[last] = once[last].with(row)
		} else {
			once = append(once, row)
		}
	}
	return once, nil
}

func rowOfAlert(a uptime.ReceivedAlert) (receivedRow, error) {
	a = a.Bounded()
	labels, err := json.Marshal(a.Labels)
	if err != nil {
		return receivedRow{}, err
	}
	annotations, err := json.Marshal(a.Annotations)
	if err != nil {
		return receivedRow{}, err
	}
	row := receivedRow{
		GroupKey: text(a.Group), Fingerprint: text(a.Fingerprint), Labels: string(labels), Annotations: string(annotations),
		Received: toMillis(a.ReceivedAt), Firing: a.Firing(),
	}
	start, told := toMillis(a.StartsAt), row.Received
	if row.Firing {
		row.Fired, row.FiredTold = &start, &told
	} else {
		end := max(toMillis(a.EndsAt), start) // their clock may be ahead of whoever capped it
		row.OverFrom, row.OverAt, row.OverTold = &start, &end, &told
	}
	return row, nil
}

func (r receivedRow) compare(o receivedRow) int {
	return cmp.Or(cmp.Compare(r.GroupKey, o.GroupKey), cmp.Compare(r.Fingerprint, o.Fingerprint))
}

// with is the row with what another one knows as well. It is the same whichever
// comes first and however often: each part is the greater of the two.
func (r receivedRow) with(o receivedRow) receivedRow {
	if cmp.Or(cmp.Compare(o.Received, r.Received), cmp.Compare(o.Labels, r.Labels), cmp.Compare(o.Annotations, r.Annotations)) > 0 {
		r.Received, r.Labels, r.Annotations = o.Received, o.Labels, o.Annotations
	}
	if o.Fired != nil && (r.Fired == nil || cmp.Or(cmp.Compare(*o.Fired, *r.Fired), cmp.Compare(*o.FiredTold, *r.FiredTold)) > 0) {
		r.Fired, r.FiredTold = o.Fired, o.FiredTold
	}
	if o.OverFrom != nil && (r.OverFrom == nil ||
		cmp.Or(cmp.Compare(*o.OverFrom, *r.OverFrom), cmp.Compare(*o.OverTold, *r.OverTold), cmp.Compare(*o.OverAt, *r.OverAt)) > 0) {
		r.OverFrom, r.OverAt, r.OverTold = o.OverFrom, o.OverAt, o.OverTold
	}
	r.Firing = r.fires()
	return r
}

// fires tells which of the two messages stands: that it fires, if it began after
// the other one's end, or if it began no earlier than the other one did and was
// told of later. The reasons are in docs/design/alertmanager.md.
func (r receivedRow) fires() bool {
	if r.Fired == nil || r.OverFrom == nil {
		return r.Fired != nil
	}
	return *r.Fired > *r.OverAt || *r.Fired >= *r.OverFrom && *r.FiredTold > *r.OverTold
}

func (r receivedRow) value() (uptime.ReceivedAlert, error) {
	a := uptime.ReceivedAlert{Fingerprint: r.Fingerprint, Group: r.GroupKey, ReceivedAt: fromMillis(r.Received)}
	if r.Firing {
		a.StartsAt = fromMillisOrNull(r.Fired)
	} else {
		a.StartsAt, a.EndsAt = fromMillisOrNull(r.OverFrom), fromMillisOrNull(r.OverAt)
		if r.Fired != nil && *r.Fired > *r.OverFrom {
			a.StartsAt = fromMillis(*r.Fired) // what ended is the firing that was told of
		}
	}
	if err := json.Unmarshal([]byte(r.Labels), &a.Labels); err != nil {
		return a, fmt.Errorf("labels of alert %s: %w", r.Fingerprint, err)
	}
	if err := json.Unmarshal([]byte(r.Annotations), &a.Annotations); err != nil {
		return a, fmt.Errorf("annotations of alert %s: %w", r.Fingerprint, err)
	}
	return a, nil
}

// writeReceived adds rows, in the order of their keys, to what is known.
func (db *DB) writeReceived(tx *gorm.DB, told []receivedRow) error {
	if err := db.dialect.alone(tx, receivedRow{}.TableName()); err != nil { // it is read, and then written
		return err
	}
	before, err := firingRows(tx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(told, alertRows) {
		keys := make([][]string, len(part))
		for i, row := range part {
			keys[i] = []string{row.GroupKey, row.Fingerprint}
		}
		var known []receivedRow
		if err := tx.Where("(group_key, fingerprint) IN ?", keys).Find(&known).Error; err != nil {
			return err
		}
		for _, row := range known {
			if i, found := slices.BinarySearchFunc(part, row, receivedRow.compare); found {
				part[i] = row.with(part[i])
			}
		}
		if err := tx.Clauses(overwrite("group_key", "fingerprint")).Create(&part).Error; err != nil {
			return err
		}
	}
	switch after, err := firingRows(tx); {
	case err != nil:
		return err
	case after > alertsMost && after > before:
		return uptime.ErrTooManyAlerts
	}
	return tx.Exec(`DELETE FROM received_alert WHERE firing = ? AND received < (
		SELECT received FROM received_alert WHERE firing = ? ORDER BY received DESC LIMIT 1 OFFSET ?)`, false, false, alertsMost-1).Error
}

func firingRows(tx *gorm.DB) (n int64, err error) {
	err = tx.Model(&receivedRow{}).Where("firing = ?", true).Count(&n).Error
	return n, err
}

// ReceivedAlerts lists the alerts that fire, as far as was told, and those of
// which a message came at or after since; by group and fingerprint.
func (db *DB) ReceivedAlerts(ctx context.Context, since time.Time) ([]uptime.ReceivedAlert, error) {
	var rows []receivedRow
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Where("firing = ? OR (firing = ? AND received >= ?)", true, false, toMillis(since)).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("reading received alerts: %w", err)
	}
	slices.SortFunc(rows, receivedRow.compare) // the databases have each their own order of texts
	return valuesOrError(rows, receivedRow.value)
}
