package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type statementRow struct {
	Incident  string `gorm:"primaryKey"`
	Component string `gorm:"primaryKey"`
	Started   int64  `gorm:"primaryKey;autoIncrement:false"`
	Ended     *int64
	State     string
}

func (statementRow) TableName() string { return "statement" }

func writeStatements(tx *gorm.DB, statements []uptime.Statement) error {
	for _, s := range statements {
		row := statementRow{
			text(string(s.Incident)), text(string(s.Component)), toMillis(s.From), toMillisOrNull(s.To), s.State.String(),
		}
		if err := tx.Clauses(overwrite("incident", "component", "started")).Create(&row).Error; err != nil {
			return fmt.Errorf("statement of incident %s on %s: %w", s.Incident, s.Component, err)
		}
	}
	return nil
}

// Statements lists the statements of published incidents that overlap
// [from, to), those that last included, whole and not clipped; by incident,
// component and time. One that was taken back overlaps nothing.
func (db *DB) Statements(ctx context.Context, from, to time.Time) ([]uptime.Statement, error) {
	return db.statements(ctx, `started < ? AND (ended > ? OR ended IS NULL) AND (ended > started OR ended IS NULL)
		AND incident IN (SELECT id FROM incident WHERE published IS NOT NULL)`, toMillis(to), toMillis(from))
}

// StatementsOf lists the statements of one incident, be it a draft, those that
// were taken back included; by component and time.
func (db *DB) StatementsOf(ctx context.Context, incident uptime.IncidentID) ([]uptime.Statement, error) {
	return db.statements(ctx, "incident = ?", text(string(incident)))
}

func (db *DB) statements(ctx context.Context, where string, args ...any) ([]uptime.Statement, error) {
	var rows []statementRow
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Where(where, args...).Order("incident, component, started").Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("reading statements: %w", err)
	}
	out := make([]uptime.Statement, len(rows))
	for i, r := range rows {
		state, err := uptime.ParseState(r.State)
		if err != nil {
			return nil, fmt.Errorf("statement of incident %s on %s: %w", r.Incident, r.Component, err)
		}
		out[i] = uptime.Statement{
			Incident: uptime.IncidentID(r.Incident), Component: uptime.ComponentID(r.Component),
			State: state, From: fromMillis(r.Started), To: fromMillisOrNull(r.Ended),
		}
	}
	return out, nil
}
