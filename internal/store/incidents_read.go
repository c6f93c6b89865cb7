package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// Incident is the incident with that id, be it a draft, or uptime.ErrNotFound.
func (db *DB) Incident(ctx context.Context, id uptime.IncidentID) (uptime.Incident, error) {
	return db.incident(ctx, id, func(q *gorm.DB) *gorm.DB { return q })
}

// PublishedIncident is the incident with that id as the public may see it: a
// draft is uptime.ErrNotFound, and nobody is named as the author.
func (db *DB) PublishedIncident(ctx context.Context, id uptime.IncidentID) (uptime.Incident, error) {
	i, err := db.incident(ctx, id, published)
	return public(i), err
}

// PublishedIncidents lists the published incidents that overlap [from, to), open
// ones included, newest start first; at most limit of them, or all when it is 0.
// One that was resolved in the moment that it began counts as that moment.
// Nobody is named as an author.
func (db *DB) PublishedIncidents(ctx context.Context, from, to time.Time, limit int) ([]uptime.Incident, error) {
	found, err := db.incidents(ctx, func(q *gorm.DB) *gorm.DB {
		start := toMillis(from)
		q = published(q).Where("started < ? AND (resolved > ? OR resolved IS NULL OR started >= ?)", toMillis(to), start, start)
		if limit > 0 {
			q = q.Limit(limit)
		}
		return q
	})
	for n, i := range found {
		found[n] = public(i)
	}
	return found, err
}

// OpenIncidents lists the incidents that still last, drafts as well, newest
// first.
func (db *DB) OpenIncidents(ctx context.Context) ([]uptime.Incident, error) {
	return db.incidents(ctx, func(q *gorm.DB) *gorm.DB { return q.Where("resolved IS NULL") })
}

// AutomaticIncidents lists the automatic incidents that are open or were
// resolved at or after since, drafts as well, newest first.
func (db *DB) AutomaticIncidents(ctx context.Context, since time.Time) ([]uptime.Incident, error) {
	return db.incidents(ctx, func(q *gorm.DB) *gorm.DB {
		return q.Where("automatic = ? AND (resolved >= ? OR resolved IS NULL)", true, toMillis(since))
	})
}

// Incidents lists incidents, drafts as well, newest start first. An unknown
// cursor is uptime.ErrNotFound.
func (db *DB) Incidents(ctx context.Context, f uptime.IncidentFilter, c uptime.Cursor) ([]uptime.Incident, error) {
	var after incidentRow
	if c.After != "" {
		var err error
		if after, err = one[incidentRow](ctx, db, "id = ?", text(c.After)); err != nil {
			return nil, fmt.Errorf("reading incidents after %q: %w", c.After, err)
		}
	}
	return db.incidents(ctx, func(q *gorm.DB) *gorm.DB {
		if c.After != "" {
			q = q.Where("started < ? OR started = ? AND id < ?", after.Started, after.Started, after.ID)
		}
		if f.Open {
			q = q.Where("resolved IS NULL")
		}
		if f.Draft {
			q = q.Where("published IS NULL")
		}
		if f.Component != "" {
			q = q.Where(db.dialect.listed("components"), text(string(f.Component)))
		}
		return q.Limit(limit(c))
	})
}

func published(q *gorm.DB) *gorm.DB { return q.Where("published IS NOT NULL") }

// public is the incident without its authors, who are no business of readers.
func public(i uptime.Incident) uptime.Incident {
	for n := range i.Updates {
		i.Updates[n].Author = ""
		for m := range i.Updates[n].Amended {
			i.Updates[n].Amended[m].Author = ""
		}
	}
	return i
}

func (db *DB) incident(ctx context.Context, id uptime.IncidentID, which func(*gorm.DB) *gorm.DB) (uptime.Incident, error) {
	found, err := db.incidents(ctx, func(q *gorm.DB) *gorm.DB { return which(q.Where("id = ?", text(string(id)))) })
	if err != nil {
		return uptime.Incident{}, err
	}
	if len(found) == 0 {
		return uptime.Incident{}, fmt.Errorf("incident %q: %w", id, uptime.ErrNotFound)
	}
	return found[0], nil
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
	return values(rows, func(r incidentRow) uptime.Incident { return r.value(updates[r.ID]) }), nil
}

func readUpdates(tx *gorm.DB, rows []incidentRow, into map[string][]updateRow) error {
	for part := range slices.Chunk(rows, 500) {
		var updates []updateRow
		ids := values(part, func(r incidentRow) string { return r.ID })
		if err := tx.Where("incident IN ?", ids).Order("at, seq").Find(&updates).Error; err != nil {
			return err
		}
		for _, u := range updates {
			into[u.Incident] = append(into[u.Incident], u)
		}
	}
	return nil
}
