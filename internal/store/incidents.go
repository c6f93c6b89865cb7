package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type incidentRow struct {
	ID         string `gorm:"primaryKey"`
	Title      string
	Tier       uint8
	Impact     string
	Phase      string
	Components []uptime.ComponentID `gorm:"serializer:json"`
	Automatic  bool
	Started    int64
	Detected   int64
	Resolved   *int64
	Version    int64
}

func (incidentRow) TableName() string { return "incident" }

type updateRow struct {
	Seq       int64 `gorm:"primaryKey"`
	ID        string
	Incident  string
	Phase     string
	Body      string
	At        int64
	Automatic bool
}

func (updateRow) TableName() string { return "incident_update" }

// writeIncident makes or changes the incident if it is at the version that was
// decided on, and appends to its updates.
func writeIncident(tx *gorm.DB, change uptime.IncidentChange) error {
	row := rowOfIncident(change.Incident)
	if row.Version <= change.Expect {
		return fmt.Errorf("incident %s: version %d does not follow version %d", row.ID, row.Version, change.Expect)
	}
	var result *gorm.DB
	if change.Expect == 0 {
		result = tx.Clauses(onConflictDoNothing).Create(&row)
	} else {
		result = tx.Model(&incidentRow{}).Where("id = ? AND version = ?", row.ID, change.Expect).Select("*").Updates(&row)
	}
	if result.Error != nil {
		return fmt.Errorf("incident %s: %w", row.ID, result.Error)
	}
	if result.RowsAffected == 0 {
		return fmt.Errorf("incident %s is not at version %d: %w", row.ID, change.Expect, uptime.ErrConflict)
	}
	if len(change.Updates) == 0 {
		return nil
	}
	updates := make([]updateRow, len(change.Updates))
	for i, u := range change.Updates {
		updates[i] = updateRow{
			ID: text(u.ID), Incident: row.ID, Phase: text(string(u.Phase)), Body: text(u.Body),
			At: toMillis(u.At), Automatic: u.Automatic,
		}
	}
	if err := tx.Clauses(onConflictDoNothing).Create(&updates).Error; err != nil {
		return fmt.Errorf("updates of incident %s: %w", row.ID, err)
	}
	return nil
}

func rowOfIncident(i uptime.Incident) incidentRow {
	components := make([]uptime.ComponentID, len(i.Components)) // never null
	for n, c := range i.Components {
		components[n] = uptime.ComponentID(text(string(c)))
	}
	return incidentRow{
		ID:         text(string(i.ID)),
		Title:      text(i.Title),
		Tier:       uint8(i.Tier),
		Impact:     text(string(i.Impact)),
		Phase:      text(string(i.Phase)),
		Components: components,
		Automatic:  i.Automatic,
		Started:    toMillis(i.StartedAt),
		Detected:   toMillis(i.DetectedAt),
		Resolved:   toMillisOrNull(i.ResolvedAt),
		Version:    i.Version,
	}
}

func (r incidentRow) value(updates []updateRow) uptime.Incident {
	i := uptime.Incident{
		ID:         uptime.IncidentID(r.ID),
		Title:      r.Title,
		Tier:       uptime.Tier(r.Tier),
		Impact:     uptime.Impact(r.Impact),
		Phase:      uptime.IncidentPhase(r.Phase),
		Automatic:  r.Automatic,
		StartedAt:  fromMillis(r.Started),
		DetectedAt: fromMillis(r.Detected),
		ResolvedAt: fromMillisOrNull(r.Resolved),
		Version:    r.Version,
	}
	if len(r.Components) > 0 {
		i.Components = r.Components
	}
	for _, u := range updates {
		i.Updates = append(i.Updates, uptime.Update{
			ID: u.ID, Phase: uptime.IncidentPhase(u.Phase), Body: u.Body, At: fromMillis(u.At), Automatic: u.Automatic,
		})
	}
	return i
}

// Incident is the incident with that id, or uptime.ErrNotFound.
func (db *DB) Incident(ctx context.Context, id uptime.IncidentID) (uptime.Incident, error) {
	found, err := db.incidents(ctx, func(q *gorm.DB) *gorm.DB { return q.Where("id = ?", string(id)) })
	if err != nil {
		return uptime.Incident{}, err
	}
	if len(found) == 0 {
		return uptime.Incident{}, fmt.Errorf("incident %q: %w", id, uptime.ErrNotFound)
	}
	return found[0], nil
}

// OpenIncidents lists the incidents that still last, newest first.
func (db *DB) OpenIncidents(ctx context.Context) ([]uptime.Incident, error) {
	return db.incidents(ctx, func(q *gorm.DB) *gorm.DB { return q.Where("resolved IS NULL") })
}

// IncidentsBetween lists the incidents that overlap [from, to), open ones
// included, newest first; at most limit of them, or all when it is 0. One that
// was resolved in the moment that it began counts as that moment.
func (db *DB) IncidentsBetween(ctx context.Context, from, to time.Time, limit int) ([]uptime.Incident, error) {
	return db.incidents(ctx, func(q *gorm.DB) *gorm.DB {
		start := toMillis(from)
		q = q.Where("started < ? AND (resolved > ? OR resolved IS NULL OR started >= ?)", toMillis(to), start, start)
		if limit > 0 {
			q = q.Limit(limit)
		}
		return q
	})
}

// AutomaticIncidents lists the automatic incidents that are open or were
// resolved at or after since, newest first.
func (db *DB) AutomaticIncidents(ctx context.Context, since time.Time) ([]uptime.Incident, error) {
	return db.incidents(ctx, func(q *gorm.DB) *gorm.DB {
		return q.Where("automatic = ? AND (resolved >= ? OR resolved IS NULL)", true, toMillis(since))
	})
}

// incidents reads incidents and their updates as of one instant.
func (db *DB) incidents(ctx context.Context, which func(*gorm.DB) *gorm.DB) ([]uptime.Incident, error) {
	var rows []incidentRow
	updates := map[string][]updateRow{}
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Transaction(func(tx *gorm.DB) error {
			if err := which(tx.Session(&gorm.Session{})).Order("started DESC, id DESC").Find(&rows).Error; err != nil {
				return err
			}
			return readUpdates(tx, rows, updates)
		}, snapshot)
	})
	if err != nil {
		return nil, fmt.Errorf("reading incidents: %w", err)
	}
	out := make([]uptime.Incident, len(rows))
	for i, r := range rows {
		out[i] = r.value(updates[r.ID])
	}
	return out, nil
}

func readUpdates(tx *gorm.DB, rows []incidentRow, into map[string][]updateRow) error {
	for part := range slices.Chunk(rows, 500) {
		ids := make([]string, len(part))
		for i, r := range part {
			ids[i] = r.ID
		}
		var updates []updateRow
		if err := tx.Where("incident IN ?", ids).Order("at, seq").Find(&updates).Error; err != nil {
			return err
		}
		for _, u := range updates {
			into[u.Incident] = append(into[u.Incident], u)
		}
	}
	return nil
}
