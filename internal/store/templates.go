package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type templateRow struct {
	ID     string `gorm:"primaryKey"`
	Name   string
	Title  string
	Phase  string
	Impact string
	Body   string
}

func (templateRow) TableName() string { return "template" }

func (r templateRow) value() uptime.Template {
	return uptime.Template{
		ID: r.ID, Name: r.Name, Title: r.Title,
		Phase: uptime.IncidentPhase(r.Phase), Impact: uptime.Impact(r.Impact), Body: r.Body,
	}
}

func writeTemplates(tx *gorm.DB, templates []uptime.Template, gone []string) error {
	for _, t := range templates {
		row := templateRow{text(t.ID), text(t.Name), text(t.Title), text(string(t.Phase)), text(string(t.Impact)), text(t.Body)}
		if err := tx.Clauses(overwrite("id")).Create(&row).Error; err != nil {
			return fmt.Errorf("template %s: %w", t.ID, err)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return tx.Where("id IN ?", texts(gone)).Delete(&templateRow{}).Error
}

// Templates lists the texts that people start from, by name.
func (db *DB) Templates(ctx context.Context) ([]uptime.Template, error) {
	found, err := every(ctx, db, "lower(name), id", templateRow.value)
	if err != nil {
		return nil, fmt.Errorf("reading templates: %w", err)
	}
	return found, nil
}

type channelRow struct {
	Name     string `gorm:"primaryKey"`
	Disabled *int64
	Reason   string
}

func (channelRow) TableName() string { return "channel_state" }

func (r channelRow) value() uptime.ChannelState {
	return uptime.ChannelState{Name: r.Name, DisabledAt: fromMillisOrNull(r.Disabled), Reason: r.Reason}
}

func writeChannels(tx *gorm.DB, channels []uptime.ChannelState) error {
	for _, c := range channels {
		row := channelRow{text(c.Name), toMillisOrNull(c.DisabledAt), text(c.Reason)}
		if err := tx.Clauses(overwrite("name")).Create(&row).Error; err != nil {
			return fmt.Errorf("channel %s: %w", c.Name, err)
		}
	}
	return nil
}

// ChannelStates lists what was learned of channels, by name. A channel that is
// not listed is in use.
func (db *DB) ChannelStates(ctx context.Context) ([]uptime.ChannelState, error) {
	found, err := every(ctx, db, "name", channelRow.value)
	if err != nil {
		return nil, fmt.Errorf("reading the states of channels: %w", err)
	}
	return found, nil
}
