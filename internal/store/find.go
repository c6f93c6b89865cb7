package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// one reads the row for which the condition holds, or answers
// uptime.ErrNotFound.
func one[Row any](ctx context.Context, db *DB, where string, args ...any) (row Row, err error) {
	var rows []Row
	err = db.read(ctx, func(q *gorm.DB) error { return q.Where(where, args...).Limit(1).Find(&rows).Error })
	if err != nil {
		return row, err
	}
	if len(rows) == 0 {
		return row, uptime.ErrNotFound
	}
	return rows[0], nil
}

// every reads all rows of a short table, in the order given.
func every[Row, V any](ctx context.Context, db *DB, order string, value func(Row) V) ([]V, error) {
	var rows []Row
	if err := db.read(ctx, func(q *gorm.DB) error { return q.Order(order).Find(&rows).Error }); err != nil {
		return nil, err
	}
	return values(rows, value), nil
}

func values[Row, V any](rows []Row, value func(Row) V) []V {
	out := make([]V, len(rows))
	for i, r := range rows {
		out[i] = value(r)
	}
	return out
}

// most is the number of items that a page of a list has at most.
const most = 500

// limit is the length of the page that the cursor asks for, within its bounds.
func limit(c uptime.Cursor) int {
	if c.Limit < 1 || c.Limit > most {
		return most
	}
	return c.Limit
}

// strings of any kind, as every database takes them; never nil.
func texts[S ~string](in []S) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = text(string(s))
	}
	return out
}

// words is texts read back; nil when there are none.
func words[S ~string](in []string) []S {
	var out []S
	for _, s := range in {
		out = append(out, S(s))
	}
	return out
}
