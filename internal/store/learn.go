package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// learn draws from settlements what they say of the recipients.
func learn(tx *gorm.DB, outcomes []outcome) error {
	var welcome []string
	for _, o := range outcomes {
		if o.kind != string(uptime.ToChannel) && o.State == uptime.DeliveryAccepted {
			welcome = append(welcome, o.id())
		}
	}
	for part := range slices.Chunk(welcome, 500) {
		if err := tx.Exec("UPDATE subscriber SET bounces = 0 WHERE bounces > 0 AND id IN ?", part).Error; err != nil {
			return err
		}
	}
	for _, o := range outcomes {
		var err error
		switch {
		case o.kind == string(uptime.ToChannel) && o.Gone:
			err = disable(tx, o)
		case o.kind == string(uptime.ToChannel):
		case o.Gone:
			err = quarantine(tx, o, wantsNoMore(o.Settlement))
		case o.State == uptime.DeliveryBounced:
			err = countBounce(tx, o)
		}
		if err != nil {
			return fmt.Errorf("delivery %s: %w", o.Delivery, err)
		}
	}
	return nil
}

func (o outcome) id() string { return strings.TrimPrefix(o.recipient, o.kind+":") }

func wantsNoMore(s uptime.Settlement) string {
	return strings.TrimSuffix("the other side wants nothing more: "+cmp.Or(s.Reply, s.Error), ": ")
}

// disable makes the channel one that is sent nothing more until a person says
// otherwise.
func disable(tx *gorm.DB, o outcome) error {
	at := toMillis(o.At)
	row := channelRow{Name: o.id(), Disabled: &at, Reason: text(wantsNoMore(o.Settlement))}
	if err := tx.Clauses(overwrite("name")).Create(&row).Error; err != nil {
		return err
	}
	_, err := holdBack(tx, uptime.HeldDisabled, at, "state = 'queued' AND recipient = ?", o.recipient)
	return err
}

// countBounce counts the messages in a row that bounced, the newest included.
// They are counted anew each time: a mail may be accepted by one server, and
// come back from another after later ones were accepted as well.
func countBounce(tx *gorm.DB, o outcome) error {
	var bounced []deliveryRow
	err := tx.Raw(`SELECT d.* FROM delivery d WHERE d.recipient = ? AND d.state = 'bounced' AND d.told_in = ''
			AND d.seq > (SELECT counted_from FROM subscriber WHERE id = ?)
		ORDER BY d.seq DESC LIMIT ?`, o.recipient, o.id(), uptime.BouncesToQuarantine).Scan(&bounced).Error
	if err != nil || len(bounced) == 0 {
		return err
	}
	var taken int64 // the newest that was accepted
	err = tx.Raw(`SELECT coalesce(max(d.seq), 0) FROM notice n CROSS JOIN delivery d
		WHERE n.seq >= ? AND d.id = n.key || '.' || ? AND d.notice = n.seq AND d.state = 'accepted' AND d.told_in = ''`,
		bounced[len(bounced)-1].Notice, o.id()).Row().Scan(&taken)
	if err != nil {
		return err
	}
	bounces := 0
	for bounces < len(bounced) && bounced[bounces].Seq > taken {
		bounces++
	}
	if bounces >= uptime.BouncesToQuarantine {
		why := fmt.Sprintf("%d messages in a row came back, the last with: %s", bounces, cmp.Or(o.Reply, o.Error, "no reason given"))
		if err := quarantine(tx, o, why); err != nil {
			return err
		}
	}
	return tx.Exec("UPDATE subscriber SET bounces = ? WHERE id = ?", bounces, o.id()).Error
}

// quarantine makes the subscriber one who is sent nothing more.
func quarantine(tx *gorm.DB, o outcome, why string) error {
	err := tx.Exec("UPDATE subscriber SET state = 'quarantined', reason = ? WHERE id = ?", text(why), o.id()).Error
	if err != nil {
		return err
	}
	_, err = holdBack(tx, uptime.HeldQuarantined, toMillis(o.At), "state = 'queued' AND recipient = ?", o.recipient)
	return err
}

// sendAgain owes once more what was given up, came back or was held. It starts
// anew: with the whole patience, and as what was not sent yet.
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
		result := tx.Exec(`UPDATE delivery SET state = 'queued', held = '', settled = NULL, told_in = '', attempt = 0, lost = 0, unsure = NULL,
				due = coalesce(?, settled), owed = coalesce(?, settled)
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
