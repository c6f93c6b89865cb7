package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// Subscriber is the subscriber with that id, or uptime.ErrNotFound. Secrets come
// as they were handed in: sealed.
func (db *DB) Subscriber(ctx context.Context, id uptime.SubscriberID) (uptime.Subscriber, error) {
	s, err := db.subscriber(ctx, "id = ?", text(string(id)))
	if err != nil {
		return s, fmt.Errorf("subscriber %q: %w", id, err)
	}
	return s, nil
}

// SubscriberByAddress is the subscriber of this kind with that address, without
// regard to case, or uptime.ErrNotFound. No error repeats the address.
func (db *DB) SubscriberByAddress(ctx context.Context, kind uptime.RecipientKind, address string) (uptime.Subscriber, error) {
	s, err := db.subscriber(ctx, "kind = ? AND folded = ?", text(string(kind)), folded(address))
	if err != nil {
		return s, fmt.Errorf("subscriber by address: %w", err)
	}
	return s, nil
}

func (db *DB) subscriber(ctx context.Context, where string, args ...any) (uptime.Subscriber, error) {
	found, err := db.subscribers(ctx, func(q *gorm.DB) *gorm.DB { return q.Where(where, args...) })
	if err != nil {
		return uptime.Subscriber{}, err
	}
	if len(found) == 0 {
		return uptime.Subscriber{}, uptime.ErrNotFound
	}
	return found[0], nil
}

// Subscribers lists subscribers, the newest first. An unknown cursor, such as
// one who has left since, is uptime.ErrNotFound.
func (db *DB) Subscribers(ctx context.Context, f uptime.SubscriberFilter, c uptime.Cursor) ([]uptime.Subscriber, error) {
	var after subscriberRow
	if c.After != "" {
		var err error
		if after, err = one[subscriberRow](ctx, db, "id = ?", text(c.After)); err != nil {
			return nil, fmt.Errorf("reading subscribers after %q: %w", c.After, err)
		}
	}
	found, err := db.subscribers(ctx, func(q *gorm.DB) *gorm.DB {
		if c.After != "" {
			q = q.Where("seq < ?", after.Seq)
		}
		if f.State != "" {
			q = q.Where("state = ?", text(string(f.State)))
		}
		if f.Component != "" {
			q = q.Where("(everything OR id IN (SELECT subscriber FROM subscriber_component WHERE component = ?))", text(string(f.Component)))
		}
		return q.Limit(limit(c))
	})
	if err != nil {
		return nil, fmt.Errorf("reading subscribers: %w", err)
	}
	return found, nil
}

// CountSubscribers counts the subscribers by how far they have come. A state
// that nobody is in is missing.
func (db *DB) CountSubscribers(ctx context.Context) (map[uptime.SubscriberState]int, error) {
	var rows []struct {
		State  uptime.SubscriberState
		Number int
	}
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Raw("SELECT state, count(*) AS number FROM subscriber GROUP BY state").Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("counting subscribers: %w", err)
	}
	out := make(map[uptime.SubscriberState]int, len(rows))
	for _, r := range rows {
		out[r.State] = r.Number
	}
	return out, nil
}

// subscribers reads subscribers and their components as of one instant.
func (db *DB) subscribers(ctx context.Context, which func(*gorm.DB) *gorm.DB) ([]uptime.Subscriber, error) {
	var rows []subscriberRow
	components := map[string][]uptime.ComponentID{}
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Transaction(func(tx *gorm.DB) error {
			if err := which(tx.Session(&gorm.Session{})).Order("seq DESC").Find(&rows).Error; err != nil {
				return err
			}
			for part := range slices.Chunk(rows, 500) {
				var found []componentRow
				ids := values(part, func(r subscriberRow) string { return r.ID })
				if err := tx.Where("subscriber IN ?", ids).Order("subscriber, component").Find(&found).Error; err != nil {
					return err
				}
				for _, c := range found {
					components[c.Subscriber] = append(components[c.Subscriber], uptime.ComponentID(c.Component))
				}
			}
			return nil
		}, snapshot)
	})
	if err != nil {
		return nil, err
	}
	return values(rows, func(r subscriberRow) uptime.Subscriber { return r.value(components[r.ID]) }), nil
}
