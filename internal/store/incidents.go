package store

import (
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type incidentRow struct {
	ID         string `gorm:"primaryKey"`
	Title      string
	Tier       uint8
	Impact     string
	Phase      string
	Components []string `gorm:"serializer:json"`
	Unaffected []string `gorm:"serializer:json"`
	Automatic  bool
	Started    int64
	Detected   int64
	Created    int64
	Published  *int64
	Resolved   *int64
	Closed     *int64
	Review     string
	Reviewed   *int64
	Waived     string
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
	Written   int64
	NextBy    *int64
	Automatic bool
	Author    string
	Silent    bool
	Amended   []uptime.Amendment `gorm:"serializer:json"`
}

func (updateRow) TableName() string { return "incident_update" }

func writeIncidents(tx *gorm.DB, changes []uptime.IncidentChange) error {
	for _, c := range changes {
		if err := writeIncident(tx, c); err != nil {
			return err
		}
	}
	return nil
}

// writeIncident makes or changes the incident if it is at the version that was
// decided on, appends to its updates and amends those that are there.
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
	if err := writeUpdates(tx, row.ID, change); err != nil {
		return fmt.Errorf("updates of incident %s: %w", row.ID, err)
	}
	return nil
}

func writeUpdates(tx *gorm.DB, incident string, change uptime.IncidentChange) error {
	for _, u := range change.Amended {
		row := rowOfUpdate(incident, u)
		result := tx.Model(&updateRow{}).Where("id = ? AND incident = ?", row.ID, incident).Select("body", "amended").Updates(&row)
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected == 0 {
			return fmt.Errorf("%q, which is to be amended: %w", u.ID, uptime.ErrNotFound)
		}
	}
	if len(change.Updates) == 0 {
		return nil
	}
	rows := make([]updateRow, len(change.Updates))
	for i, u := range change.Updates {
		rows[i] = rowOfUpdate(incident, u)
	}
	return tx.Clauses(onConflictDoNothing).CreateInBatches(&rows, 500).Error
}

func rowOfIncident(i uptime.Incident) incidentRow {
	return incidentRow{
		ID:         text(string(i.ID)),
		Title:      text(i.Title),
		Tier:       uint8(i.Tier),
		Impact:     text(string(i.Impact)),
		Phase:      text(string(i.Phase)),
		Components: texts(i.Components),
		Unaffected: texts(i.Unaffected),
		Automatic:  i.Automatic,
		Started:    toMillis(i.StartedAt),
		Detected:   toMillis(i.DetectedAt),
		Created:    toMillis(i.CreatedAt),
		Published:  toMillisOrNull(i.PublishedAt),
		Resolved:   toMillisOrNull(i.ResolvedAt),
		Closed:     toMillisOrNull(i.ClosedAt),
		Review:     text(i.Postmortem.Body),
		Reviewed:   toMillisOrNull(i.Postmortem.PublishedAt),
		Waived:     text(i.Postmortem.Waived),
		Version:    i.Version,
	}
}

func (r incidentRow) value(updates []updateRow) uptime.Incident {
	i := uptime.Incident{
		ID:          uptime.IncidentID(r.ID),
		Title:       r.Title,
		Tier:        uptime.Tier(r.Tier),
		Impact:      uptime.Impact(r.Impact),
		Phase:       uptime.IncidentPhase(r.Phase),
		Components:  words[uptime.ComponentID](r.Components),
		Unaffected:  words[uptime.ComponentID](r.Unaffected),
		Automatic:   r.Automatic,
		StartedAt:   fromMillis(r.Started),
		DetectedAt:  fromMillis(r.Detected),
		CreatedAt:   fromMillis(r.Created),
		PublishedAt: fromMillisOrNull(r.Published),
		ResolvedAt:  fromMillisOrNull(r.Resolved),
		ClosedAt:    fromMillisOrNull(r.Closed),
		Postmortem:  uptime.Postmortem{Body: r.Review, PublishedAt: fromMillisOrNull(r.Reviewed), Waived: r.Waived},
		Version:     r.Version,
	}
	for _, u := range updates {
		i.Updates = append(i.Updates, u.value())
	}
	return i
}

func rowOfUpdate(incident string, u uptime.Update) updateRow {
	amended := make([]uptime.Amendment, len(u.Amended)) // never null
	for i, a := range u.Amended {
		amended[i] = uptime.Amendment{Body: text(a.Body), At: fromMillis(toMillis(a.At)), Author: text(a.Author)}
	}
	return updateRow{
		ID: text(u.ID), Incident: incident, Phase: text(string(u.Phase)), Body: text(u.Body),
		At: toMillis(u.At), Written: toMillis(u.WrittenAt), NextBy: toMillisOrNull(u.NextBy),
		Automatic: u.Automatic, Author: text(u.Author), Silent: u.Silent, Amended: amended,
	}
}

func (r updateRow) value() uptime.Update {
	u := uptime.Update{
		ID: r.ID, Phase: uptime.IncidentPhase(r.Phase), Body: r.Body,
		At: fromMillis(r.At), WrittenAt: fromMillis(r.Written), NextBy: fromMillisOrNull(r.NextBy),
		Automatic: r.Automatic, Author: r.Author, Silent: r.Silent,
	}
	if len(r.Amended) > 0 {
		u.Amended = r.Amended
	}
	return u
}
