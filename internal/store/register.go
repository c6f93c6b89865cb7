package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type evidenceRow struct {
	ID        string `gorm:"primaryKey"`
	Record    string
	Title     string
	DoneBy    string
	At        int64
	Expires   *int64
	URL       string
	Note      string
	Shown     bool
	Added     int64
	Author    string
	Withdrawn *int64
}

func (evidenceRow) TableName() string { return "evidence" }

func (r evidenceRow) value() uptime.Evidence {
	return uptime.Evidence{
		ID: r.ID, Record: r.Record, Title: r.Title, By: r.DoneBy, At: fromMillis(r.At), ExpiresAt: fromMillisOrNull(r.Expires),
		URL: r.URL, Note: r.Note, Public: r.Shown, AddedAt: fromMillis(r.Added), Author: r.Author, Withdrawn: fromMillisOrNull(r.Withdrawn),
	}
}

func writeEvidence(tx *gorm.DB, evidence []uptime.Evidence) error {
	for _, e := range evidence {
		row := evidenceRow{
			text(e.ID), text(e.Record), text(e.Title), text(e.By), toMillis(e.At), toMillisOrNull(e.ExpiresAt), text(e.URL),
			text(e.Note), e.Public, toMillis(e.AddedAt), text(e.Author), toMillisOrNull(e.Withdrawn),
		}
		if err := tx.Clauses(overwrite("id")).Create(&row).Error; err != nil {
			return fmt.Errorf("evidence %s: %w", e.ID, err)
		}
	}
	return nil
}

// Evidence lists the evidence that stands; by what it is evidence of, the newest
// first. What was withdrawn is kept and not listed.
func (db *DB) Evidence(ctx context.Context) ([]uptime.Evidence, error) {
	var rows []evidenceRow
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Where("withdrawn IS NULL").Order("record, at DESC, id").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("reading evidence: %w", err)
	}
	return values(rows, evidenceRow.value), nil
}

type nonComplianceRow struct {
	ID         string `gorm:"primaryKey"`
	Commitment string
	Occasion   string
	Summary    string
	Owner      string
	Opened     int64
	Due        *int64
	Closed     *int64
	Outcome    string
	ClosedBy   string
	Version    int64
}

func (nonComplianceRow) TableName() string { return "non_compliance" }

func (r nonComplianceRow) value() uptime.NonCompliance {
	return uptime.NonCompliance{
		ID: r.ID, Commitment: uptime.CommitmentID(r.Commitment), Case: r.Occasion, Summary: r.Summary, Owner: r.Owner,
		OpenedAt: fromMillis(r.Opened), DueAt: fromMillisOrNull(r.Due), ClosedAt: fromMillisOrNull(r.Closed),
		Outcome: r.Outcome, ClosedBy: r.ClosedBy, Version: r.Version,
	}
}

func rowOfNonCompliance(e uptime.NonCompliance) nonComplianceRow {
	return nonComplianceRow{
		text(e.ID), text(string(e.Commitment)), text(e.Case), text(e.Summary), text(e.Owner), toMillis(e.OpenedAt),
		toMillisOrNull(e.DueAt), toMillisOrNull(e.ClosedAt), text(e.Outcome), text(e.ClosedBy), e.Version,
	}
}

// writeNonCompliances changes entries at the version that was decided on. A new
// one that is there already stays as it is: a promise is found broken with every
// look at it, and its entry is opened once.
func writeNonCompliances(tx *gorm.DB, changes []uptime.NonComplianceChange) error {
	for _, c := range changes {
		row := rowOfNonCompliance(c.Entry)
		v := version{row.ID, row.Version, c.Expect}
		err := v.follows()
		switch {
		case err != nil:
		case c.Expect == 0:
			err = tx.Clauses(onConflictDoNothing).Create(&row).Error
		default:
			err = putVersion(tx, &row, v)
		}
		if err != nil {
			return fmt.Errorf("entry of non-compliance %s: %w", row.ID, err)
		}
	}
	return nil
}

// NonCompliances lists the entries that broken promises opened, closed ones as
// well, the newest first.
func (db *DB) NonCompliances(ctx context.Context) ([]uptime.NonCompliance, error) {
	found, err := every(ctx, db, "opened DESC, id", nonComplianceRow.value)
	if err != nil {
		return nil, fmt.Errorf("reading entries of non-compliance: %w", err)
	}
	return found, nil
}

type alertRow struct {
	ID       string `gorm:"primaryKey"`
	Started  int64  `gorm:"primaryKey;autoIncrement:false"`
	Ended    *int64
	Subject  string
	Rule     string
	Severity string
	Summary  string
}

func (alertRow) TableName() string { return "alert" }

func (r alertRow) value() uptime.Alert {
	return uptime.Alert{
		ID: r.ID, Subject: r.Subject, Rule: r.Rule, Severity: r.Severity, Summary: r.Summary,
		Since: fromMillis(r.Started), Until: fromMillisOrNull(r.Ended),
	}
}

func writeAlerts(tx *gorm.DB, alerts []uptime.Alert) error {
	for _, a := range alerts {
		row := alertRow{
			text(a.ID), toMillis(a.Since), toMillisOrNull(a.Until), text(a.Subject), text(a.Rule), text(a.Severity), text(a.Summary),
		}
		if err := tx.Clauses(overwrite("id", "started")).Create(&row).Error; err != nil {
			return fmt.Errorf("alert %s: %w", a.ID, err)
		}
	}
	return nil
}

// Alerts lists the alerts that last, the oldest first.
func (db *DB) Alerts(ctx context.Context) ([]uptime.Alert, error) {
	var rows []alertRow
	err := db.read(ctx, func(q *gorm.DB) error { return q.Where("ended IS NULL").Order("started, id").Find(&rows).Error })
	if err != nil {
		return nil, fmt.Errorf("reading alerts: %w", err)
	}
	return values(rows, alertRow.value), nil
}
