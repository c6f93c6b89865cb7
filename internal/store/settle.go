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
	err = db.transaction(ctx, func(_ context.Context, tx *gorm.DB) error {
		settled = 0
		for _, s := range ordered {
			recipient, err := settle(tx, s)
			if err == nil && recipient != "" {
				settled++
				err = learn(tx, s, recipient)
			}
			if err != nil {
				return fmt.Errorf("delivery %s: %w", s.Delivery, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("settling %d deliveries: %w", len(settlements), err)
	}
	return settled, nil
}

// settle writes one settlement and answers whose delivery it was; empty: it
// settled nothing.
func settle(tx *gorm.DB, s uptime.Settlement) (recipient string, err error) {
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
		return "", fmt.Errorf("an attempt cannot end as %q", s.State)
	}
	var recipients []string
	err = tx.Raw(`UPDATE delivery SET state = ?, held = ?, due = CAST(? AS BIGINT), owed = CASE WHEN CAST(? AS BIGINT) IS NULL THEN NULL ELSE owed END,
			settled = CAST(? AS BIGINT), error = CASE WHEN ? = '' THEN error ELSE ? END, reply = ?, remote_id = ?, digest = ?, told_in = ?,
			attempt = attempt - ?
		WHERE id = ? AND attempt = ? AND state = 'sending' RETURNING recipient`,
		string(s.State), text(string(s.Held)), due, due, at, text(s.Error), text(s.Error), text(s.Reply), text(s.RemoteID),
		text(s.Digest), text(s.In), untried, text(s.Delivery), s.Attempt).Scan(&recipients).Error
	if err == nil && len(recipients) == 0 {
		recipients, err = settleAfterwards(tx, s)
	}
	if err != nil || len(recipients) == 0 {
		return "", err
	}
	return recipients[0], nil
}

// settleAfterwards is for what is settled already: a report that it came back,
// or the truth about what was on its way when its recipient left. Of the latter
// it keeps no word that might hold the address.
func settleAfterwards(tx *gorm.DB, s uptime.Settlement) (recipients []string, err error) {
	switch s.State {
	case uptime.DeliveryBounced:
		err = tx.Raw(`UPDATE delivery SET state = 'bounced', settled = ?, error = CASE WHEN ? = '' THEN error ELSE ? END,
				reply = CASE WHEN ? = '' THEN reply ELSE ? END
			WHERE id = ? AND attempt = ? AND state IN ('sent', 'accepted') RETURNING recipient`,
			toMillis(s.At), text(s.Error), text(s.Error), text(s.Reply), text(s.Reply), text(s.Delivery), s.Attempt).Scan(&recipients).Error
	case uptime.DeliverySent, uptime.DeliveryAccepted:
		err = tx.Raw(`UPDATE delivery SET state = ?, held = '', settled = ?, digest = ?
			WHERE id = ? AND attempt = ? AND state = 'held' AND held = ? RETURNING recipient`,
			string(s.State), toMillis(s.At), text(s.Digest), text(s.Delivery), s.Attempt, string(uptime.HeldUnsubscribed)).Scan(&recipients).Error
	default:
	}
	return recipients, err
}

// learn draws from a settlement what it says of the recipient.
func learn(tx *gorm.DB, s uptime.Settlement, recipient string) error {
	kind, id, _ := strings.Cut(recipient, ":")
	at := toMillis(s.At)
	if kind == string(uptime.ToChannel) {
		if !s.Gone {
			return nil
		}
		row := channelRow{Name: id, Disabled: &at, Reason: text(wantsNoMore(s))}
		if err := tx.Clauses(overwrite("name")).Create(&row).Error; err != nil {
			return err
		}
		_, err := holdBack(tx, uptime.HeldDisabled, at, "state = 'queued' AND recipient = ?", recipient)
		return err
	}
	switch {
	case s.Gone:
		return quarantine(tx, recipient, wantsNoMore(s), at)
	case s.State == uptime.DeliveryAccepted:
		return tx.Exec("UPDATE subscriber SET bounces = 0 WHERE id = ? AND bounces > 0", id).Error
	case s.State == uptime.DeliveryBounced:
		return countBounce(tx, recipient, s)
	}
	return nil
}

func wantsNoMore(s uptime.Settlement) string {
	return strings.TrimSuffix("the other side wants nothing more: "+cmp.Or(s.Reply, s.Error), ": ")
}

// countBounce counts the messages in a row that bounced, the newest included.
// They are counted anew each time: a mail may be accepted by one server, and
// come back from another after later ones were accepted as well.
func countBounce(tx *gorm.DB, recipient string, s uptime.Settlement) error {
	_, id, _ := strings.Cut(recipient, ":")
	var rows []struct {
		State string
		Seq   int64
	}
	err := tx.Raw(`SELECT d.state, d.seq FROM subscriber s CROSS JOIN notice n CROSS JOIN delivery d
		WHERE s.id = ? AND d.id = n.key || '.' || s.id AND d.notice = n.seq AND d.seq > s.counted_from AND d.told_in = ''
			AND d.state IN ('accepted', 'bounced')
		ORDER BY n.seq DESC LIMIT ?`, id, uptime.BouncesToQuarantine).Scan(&rows).Error
	if err != nil {
		return err
	}
	bounces := 0
	for bounces < len(rows) && rows[bounces].State == string(uptime.DeliveryBounced) {
		bounces++
	}
	if bounces >= uptime.BouncesToQuarantine {
		why := fmt.Sprintf("%d messages in a row came back, the last with: %s", bounces, cmp.Or(s.Reply, s.Error, "no reason given"))
		err = quarantine(tx, recipient, why, toMillis(s.At))
	}
	if err != nil {
		return err
	}
	return tx.Exec("UPDATE subscriber SET bounces = ? WHERE id = ?", bounces, id).Error
}

// quarantine makes the subscriber one who is sent nothing more.
func quarantine(tx *gorm.DB, recipient, why string, at int64) error {
	_, id, _ := strings.Cut(recipient, ":")
	err := tx.Exec("UPDATE subscriber SET state = 'quarantined', reason = ? WHERE id = ?", text(why), id).Error
	if err != nil {
		return err
	}
	_, err = holdBack(tx, uptime.HeldQuarantined, at, "state = 'queued' AND recipient = ?", recipient)
	return err
}

// sendAgain owes once more what was given up, came back or was held.
func sendAgain(tx *gorm.DB, changes uptime.Changes) error {
	if len(changes.Resend) == 0 {
		return nil
	}
	var now *int64 // without it: since it was settled, which is over
	for _, e := range changes.Audit {
		if at := toMillis(e.At); now == nil || at > *now {
			now = &at
		}
	}
	for _, id := range changes.Resend {
		result := tx.Exec(`UPDATE delivery SET state = 'queued', held = '', settled = NULL, told_in = '',
				due = coalesce(CAST(? AS BIGINT), settled), owed = coalesce(CAST(? AS BIGINT), settled)
			WHERE id = ? AND state IN ('bounced', 'dead', 'held')`, now, now, text(id))
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected == 0 {
			return fmt.Errorf("delivery %s is not to be sent again: %w", id, uptime.ErrConflict)
		}
	}
	return nil
}
