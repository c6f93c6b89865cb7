package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// owedRow is a delivery that is due, with the one of its thread that must go
// before it; 0: none.
type owedRow struct {
	Row    deliveryRow `gorm:"embedded"`
	Before int64
}

// Claim hands out deliveries that are due, in the order in which they are owed,
// each with its notice, the number of the attempt that begins and, for a
// subscriber, the address and the secrets as they are kept. Until Now plus Lease
// nobody else gets them; after that they are due again, and known to be unsure.
//
// For one recipient and one incident nothing is claimed while an earlier
// delivery waits for a later time or is under another's lease; what is due is
// claimed together, beyond the limit if need be. In the subscribers' lanes nobody
// who is being sent something is claimed for at all. What is owed to somebody who
// has left, is quarantined or, as a channel, disabled, is held.
//
// Several may claim from one lane at once: none waits for another.
func (db *DB) Claim(ctx context.Context, c uptime.Claim) ([]uptime.Delivery, error) {
	for {
		var out []uptime.Delivery
		waits, err := db.anyDue(ctx, c)
		if err != nil || !waits {
			return nil, claimError(c, err)
		}
		held := 0
		err = db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
			out, held = nil, 0
			rows, err := db.lease(tx, c)
			if err != nil || len(rows) == 0 {
				return err
			}
			var reachable []reached
			if reachable, held, err = reach(tx, c, rows); err != nil {
				return err
			}
			out, err = handOut(tx, c, reachable)
			return err
		})
		if err != nil || len(out) > 0 || held == 0 {
			return out, claimError(c, err)
		}
	}
}

func claimError(c uptime.Claim, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("claiming deliveries of %s: %w", strings.TrimSpace(string(c.Lane)+" "+c.Channel), err)
}

// first is the condition on delivery d for being the one that goes first: it is
// due, and nothing of its thread is owed to the recipient before it. The odd
// sums, here and below, keep both databases from reading a whole lane where they
// are to look for one recipient, however little they know of the table.
func first(c uptime.Claim) (where string, args []any) {
	now := toMillis(c.Now)
	where = `d.lane = ? AND d.state IN ('queued', 'sending') AND d.due <= ?
		AND (d.thread = '' OR NOT EXISTS (SELECT 1 FROM delivery e WHERE e.recipient = d.recipient AND e.thread = d.thread
			AND e.seq < d.seq AND e.state IN ('queued', 'sending')))`
	args = []any{text(string(c.Lane)), now}
	add := func(condition string, value any) {
		where, args = where+" AND "+condition, append(args, value)
	}
	if c.Kind != "" {
		add("d.kind = ?", text(string(c.Kind)))
	}
	if c.Channel != "" {
		add("d.recipient = ?", channelKey(c.Channel))
	} else if len(c.Except) > 0 {
		add("d.recipient NOT IN ?", values(c.Except, channelKey))
	}
	if c.Lane != uptime.LaneOperators {
		add(`NOT coalesce((SELECT true FROM delivery e WHERE e.recipient = d.recipient AND e.state IN ('queued', 'sending')
			AND e.state = 'sending' AND e.lane || '' = d.lane AND e.due + 0 > ? LIMIT 1), false)`, now)
	}
	return where, args
}

func channelKey(name string) string {
	return keyOf(uptime.Recipient{Kind: uptime.ToChannel, ID: name})
}

// anyDue looks without the writer's lock: mostly there is nothing to claim.
func (db *DB) anyDue(ctx context.Context, c uptime.Claim) (bool, error) {
	where, args := first(c)
	var found []int64
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Raw("SELECT d.seq FROM delivery d WHERE "+where+" LIMIT 1", args...).Scan(&found).Error
	})
	return len(found) > 0, err
}

// dueOfSQL selects what is due of some recipients in one lane.
const dueOfSQL = `SELECT d.*, CASE WHEN d.thread = '' THEN 0 ELSE coalesce(
		(SELECT max(e.seq) FROM delivery e WHERE e.recipient = d.recipient AND e.thread = d.thread
			AND e.seq < d.seq AND e.state IN ('queued', 'sending')), 0) END AS before
	FROM delivery d WHERE d.recipient IN ? AND d.state IN ('queued', 'sending') AND d.lane || '' = ? AND d.due + 0 <= ?
	ORDER BY d.seq + 0`

// lease finds what to hand out, and locks it. Whoever has locked the first of a
// thread has the thread: another claim passes over it.
func (db *DB) lease(tx *gorm.DB, c uptime.Claim) ([]owedRow, error) {
	where, args := first(c)
	var heads []string
	err := tx.Raw("SELECT d.recipient FROM delivery d WHERE "+where+" ORDER BY d.due, d.seq LIMIT ?"+db.dialect.skipLocked(),
		append(args, c.Limit)...).Scan(&heads).Error
	if err != nil {
		return nil, err
	}
	slices.Sort(heads)
	var rows []owedRow
	for recipients := range slices.Chunk(slices.Compact(heads), 500) {
		var part []owedRow
		err := tx.Raw(dueOfSQL+db.dialect.skipLocked(), recipients, text(string(c.Lane)), toMillis(c.Now)).Scan(&part).Error
		if err != nil {
			return nil, err
		}
		rows = append(rows, part...)
	}
	return choose(rows, c.Limit), nil
}

// choose takes of what is due what may go: a row whose thread has nothing before
// it, or of which what is before it goes as well. It takes recipients whole, the
// longest owed first, until the limit is reached or passed.
func choose(rows []owedRow, limit int) []owedRow {
	slices.SortFunc(rows, func(a, b owedRow) int { return cmp.Compare(a.Row.Seq, b.Row.Seq) })
	ready := map[int64]bool{0: true}
	groups := map[string][]owedRow{}
	var order []string
	for _, r := range rows {
		if !ready[r.Before] {
			continue
		}
		ready[r.Row.Seq] = true
		if groups[r.Row.Recipient] == nil {
			order = append(order, r.Row.Recipient)
		}
		groups[r.Row.Recipient] = append(groups[r.Row.Recipient], r)
	}
	var out []owedRow
	for _, recipient := range order {
		if len(out) >= limit {
			break
		}
		out = append(out, groups[recipient]...)
	}
	slices.SortFunc(out, func(a, b owedRow) int { return cmp.Compare(a.Row.Seq, b.Row.Seq) })
	return out
}

// handOut begins an attempt of each row and makes deliveries of them. One that
// was being sent ended without a word: its lease ran out.
func handOut(tx *gorm.DB, c uptime.Claim, rows []reached) ([]uptime.Delivery, error) {
	until := toMillis(c.Now.Add(c.Lease))
	leased := make([]deliveryRow, len(rows))
	for i, r := range rows {
		leased[i] = r.row.begun(until)
	}
	for part := range slices.Chunk(leased, 500) {
		err := tx.Exec(`UPDATE delivery SET attempt = attempt + 1,
				lost = CASE state WHEN 'sending' THEN lost + 1 ELSE lost END,
				unsure = CASE state WHEN 'sending' THEN coalesce(unsure, due) ELSE unsure END,
				state = 'sending', due = ?
			WHERE seq IN ?`, until, values(part, func(r deliveryRow) int64 { return r.Seq })).Error
		if err != nil {
			return nil, err
		}
	}
	out, err := withNotices(tx, leased)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		out[i].Recipient.Address, out[i].Recipient.Secrets = r.address, r.secrets
	}
	return out, nil
}

// begun is the row once an attempt has begun.
func (r deliveryRow) begun(until int64) deliveryRow {
	if r.State == string(uptime.DeliverySending) {
		r.Lost++
		r.Unsure = cmp.Or(r.Unsure, r.Due)
	}
	r.State, r.Due, r.Attempt = string(uptime.DeliverySending), &until, r.Attempt+1
	return r
}
