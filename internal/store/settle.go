package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// Settle writes what became of attempts, all of it or nothing, and answers how
// many of them it settled. An attempt that is not the newest of its delivery, or
// whose delivery is settled already, settles nothing; a delivery that was sent
// or accepted may still turn out to have bounced.
//
// A bounce is counted on the subscriber, and an acceptance starts the count
// anew. After uptime.BouncesToQuarantine in a row, or when the other side wants
// nothing more, the subscriber is quarantined, or the channel disabled, and what
// still waits for it is held.
func (db *DB) Settle(ctx context.Context, settlements []uptime.Settlement) (settled int, err error) {
	if len(settlements) == 0 {
		return 0, nil
	}
	// In one order, so that two who settle and claim never wait for each other.
	ordered := slices.SortedStableFunc(slices.Values(settlements), func(a, b uptime.Settlement) int {
		return cmp.Compare(a.Delivery, b.Delivery)
	})
	var written []outcome
	err = db.transaction(ctx, func(ctx context.Context, tx *gorm.DB) (err error) {
		if written, err = db.settleAll(ctx, tx, ordered); err == nil {
			err = learn(tx, written)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("settling %d deliveries: %w", len(settlements), err)
	}
	db.told.settled(written)
	return len(written), nil
}

// outcome is a settlement that settled something, and whose delivery that was.
type outcome struct {
	uptime.Settlement
	kind, recipient string
}

const (
	settleSQL = `UPDATE delivery SET state = ?, held = ?, due = ?, owed = CASE WHEN ? THEN owed END, settled = ?,
			error = coalesce(?, error), reply = ?, remote_id = ?, digest = ?, told_in = ?, attempt = attempt - ?
		WHERE id = ? AND attempt = ? AND state = 'sending' RETURNING kind, recipient`
	// A report came back for what was taken.
	bounceSQL = `UPDATE delivery SET state = 'bounced', settled = ?, error = coalesce(?, error), reply = coalesce(?, reply)
		WHERE id = ? AND attempt = ? AND state IN ('sent', 'accepted') RETURNING kind, recipient`
	// The truth about what was on its way when its recipient left, without the
	// words that might hold the address.
	leftSQL = `UPDATE delivery SET state = ?, held = '', settled = ?, digest = ?
		WHERE id = ? AND attempt = ? AND state = 'held' AND held = 'unsubscribed' RETURNING kind, recipient`
)

// settleAll writes settlements, with statements that are prepared once.
func (db *DB) settleAll(ctx context.Context, tx *gorm.DB, settlements []uptime.Settlement) ([]outcome, error) {
	now, err := prepare(ctx, tx, db.dialect.numbered(settleSQL))
	if err != nil {
		return nil, err
	}
	defer now.Close()
	later := func(query string, args []any) (o outcome, err error) { // seldom
		statement, err := prepare(ctx, tx, db.dialect.numbered(query))
		if err != nil {
			return o, err
		}
		defer statement.Close()
		return o, statement.QueryRowContext(ctx, args...).Scan(&o.kind, &o.recipient)
	}
	var outcomes []outcome
	for _, s := range settlements {
		args, err := settleArgs(s)
		if err != nil {
			return nil, err
		}
		var o outcome
		err = now.QueryRowContext(ctx, args...).Scan(&o.kind, &o.recipient)
		if query, args := settleLater(s); errors.Is(err, sql.ErrNoRows) && query != "" {
			o, err = later(query, args)
		}
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("delivery %s: %w", s.Delivery, err)
		}
		o.Settlement = s
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

func settleArgs(s uptime.Settlement) ([]any, error) {
	due, at, untried := (*int64)(nil), new(toMillis(s.At)), 0
	switch s.State {
	case uptime.DeliveryQueued:
		due, at = new(toMillis(s.Again)), nil
		if s.Untried {
			untried = 1
		}
	case uptime.DeliverySent, uptime.DeliveryAccepted, uptime.DeliveryBounced, uptime.DeliveryDead, uptime.DeliveryHeld:
	case uptime.DeliverySending:
		fallthrough
	default:
		return nil, fmt.Errorf("delivery %s: an attempt cannot end as %q", s.Delivery, s.State)
	}
	return []any{
		string(s.State), text(string(s.Held)), due, due != nil, at, textOrNull(s.Error), text(s.Reply), text(s.RemoteID),
		text(s.Digest), text(s.In), untried, text(s.Delivery), s.Attempt,
	}, nil
}

// settleLater is the statement for what is settled already; empty: none may
// change it.
func settleLater(s uptime.Settlement) (query string, args []any) {
	switch s.State {
	case uptime.DeliveryBounced:
		return bounceSQL, []any{toMillis(s.At), textOrNull(s.Error), textOrNull(s.Reply), text(s.Delivery), s.Attempt}
	case uptime.DeliverySent, uptime.DeliveryAccepted:
		return leftSQL, []any{string(s.State), toMillis(s.At), text(s.Digest), text(s.Delivery), s.Attempt}
	default:
		return "", nil
	}
}
