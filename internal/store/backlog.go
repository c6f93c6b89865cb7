package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// Backlogs counts, for each lane, the deliveries that were not handed on. A lane
// in which nothing waits and nothing is dead may be missing.
func (db *DB) Backlogs(ctx context.Context) (map[uptime.Lane]uptime.Backlog, error) {
	var waiting []struct {
		Lane   uptime.Lane
		Number int
		Oldest *int64
	}
	var dead []struct {
		Lane   uptime.Lane
		Number int
	}
	err := db.read(ctx, func(q *gorm.DB) error {
		err := q.Raw(`SELECT lane, count(*) AS number, min(owed) AS oldest FROM delivery
			WHERE state IN ('queued', 'sending') GROUP BY lane`).Scan(&waiting).Error
		if err != nil {
			return err
		}
		return q.Raw(`SELECT lane, count(*) AS number FROM delivery
			WHERE state IN ('bounced', 'dead', 'held') AND state = 'dead' GROUP BY lane`).Scan(&dead).Error
	})
	if err != nil {
		return nil, fmt.Errorf("counting the outbox: %w", err)
	}
	out := map[uptime.Lane]uptime.Backlog{}
	for _, w := range waiting {
		out[w.Lane] = uptime.Backlog{Waiting: w.Number, Oldest: fromMillisOrNull(w.Oldest)}
	}
	for _, d := range dead {
		b := out[d.Lane]
		b.Dead = d.Number
		out[d.Lane] = b
	}
	return out, nil
}

// CountAudience is how many subscribers a notice to this audience would be owed
// to at this moment.
func (db *DB) CountAudience(ctx context.Context, a uptime.Audience) (int, error) {
	if a.Held != "" {
		return 0, nil
	}
	var n int
	who, args := audience(a)
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Raw("SELECT count(*) FROM subscriber s WHERE "+who, args...).Scan(&n).Error
	})
	if err != nil {
		return 0, fmt.Errorf("counting the audience: %w", err)
	}
	return n, nil
}
