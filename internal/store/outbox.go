package store

import (
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

type noticeRow struct {
	Seq      int64 `gorm:"primaryKey"`
	ID       string
	Key      string
	At       int64
	Reason   string
	Incident string
	Plan     string
	Summary  string
	Content  string
	Audience *string
}

func (noticeRow) TableName() string { return "notice" }

type deliveryRow struct {
	Seq       int64 `gorm:"primaryKey"`
	ID        string
	Notice    int64
	Lane      string
	Kind      string
	Recipient string
	Thread    string
	State     string
	Held      string
	Due       *int64
	Owed      *int64
	Attempt   int
	Lost      int
	Unsure    *int64
	Settled   *int64
	Error     string
	Reply     string
	RemoteID  string
	Digest    string
	ToldIn    string
}

func (deliveryRow) TableName() string { return "delivery" }

// writeNotices puts notices into the outbox, each with a delivery for everybody
// who is owed it. One that is there already, by its id, stays as it is, with the
// deliveries that it has.
func writeNotices(tx *gorm.DB, notices []uptime.Notice) error {
	for _, n := range notices {
		if err := writeNotice(tx, n); err != nil {
			return fmt.Errorf("notice %s: %w", n.ID, err)
		}
	}
	return nil
}

func writeNotice(tx *gorm.DB, n uptime.Notice) error {
	row, err := rowOfNotice(n)
	if err != nil {
		return err
	}
	var seqs []int64
	err = tx.Raw(`INSERT INTO notice (id, key, at, reason, incident, plan, summary, content, audience)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING seq`,
		row.ID, row.Key, row.At, row.Reason, row.Incident, row.Plan, row.Summary, row.Content, row.Audience).Scan(&seqs).Error
	if err != nil || len(seqs) == 0 {
		return err
	}
	row.Seq = seqs[0]
	if len(n.Channels) > 0 {
		rows := make([]deliveryRow, len(n.Channels))
		for i, c := range n.Channels {
			rows[i] = rowOfRouted(row, n, c)
		}
		if err := tx.Clauses(onConflictDoNothing).CreateInBatches(&rows, 200).Error; err != nil {
			return fmt.Errorf("deliveries to channels: %w", err)
		}
	}
	if n.Audience == nil || n.Audience.Held != "" {
		return nil
	}
	if err := writeAudience(tx, row, n); err != nil {
		return fmt.Errorf("deliveries to subscribers: %w", err)
	}
	return nil
}

func rowOfNotice(n uptime.Notice) (noticeRow, error) {
	content, err := contentText(n.Content)
	if err != nil {
		return noticeRow{}, fmt.Errorf("its content: %w", err)
	}
	row := noticeRow{
		ID: text(n.ID), Key: uptime.NoticeKey(n.ID), At: toMillis(n.At), Reason: text(string(n.Reason)),
		Incident: text(string(n.Incident)), Plan: text(string(n.Plan)), Summary: text(n.Summary), Content: content,
	}
	if n.Audience != nil {
		audience, err := json.Marshal(n.Audience)
		if err != nil {
			return noticeRow{}, fmt.Errorf("its audience: %w", err)
		}
		words := string(audience)
		row.Audience = &words
	}
	return row, nil
}

func (r noticeRow) value() (uptime.Notice, error) {
	n := uptime.Notice{
		ID: r.ID, At: fromMillis(r.At), Reason: uptime.NoticeReason(r.Reason),
		Incident: uptime.IncidentID(r.Incident), Plan: uptime.PlanID(r.Plan), Summary: r.Summary,
	}
	var err error
	if n.Content, err = contentOf(r.Content); err != nil {
		return n, fmt.Errorf("content of notice %s: %w", r.ID, err)
	}
	if r.Audience == nil {
		return n, nil
	}
	n.Audience = &uptime.Audience{}
	if err := json.Unmarshal([]byte(*r.Audience), n.Audience); err != nil {
		return n, fmt.Errorf("audience of notice %s: %w", r.ID, err)
	}
	return n, nil
}

// rowOfRouted is the delivery to one channel: held for ever where nothing says
// until when, which settles it at once.
func rowOfRouted(row noticeRow, n uptime.Notice, c uptime.Routed) deliveryRow {
	to := uptime.Recipient{Kind: uptime.ToChannel, ID: c.Channel}
	d := deliveryRow{
		ID: uptime.DeliveryID(n.ID, to), Notice: row.Seq, Lane: string(uptime.LaneOperators),
		Kind: string(to.Kind), Recipient: keyOf(to), Thread: threadOf(n), State: string(uptime.DeliveryQueued), Held: text(string(c.Held)),
	}
	if c.Held != "" && c.Due.IsZero() {
		d.State, d.Settled = string(uptime.DeliveryHeld), &row.At
		return d
	}
	due := row.At
	if !c.Due.IsZero() {
		due = toMillis(c.Due)
	}
	d.Due, d.Owed = &due, &due
	return d
}

// writeAudience owes the notice to every subscriber of its audience, in one
// statement and in the order of their ids: so the rows and the entries of each
// index come to lie side by side.
func writeAudience(tx *gorm.DB, row noticeRow, n uptime.Notice) error {
	lane := n.Audience.Lane
	if lane == "" {
		lane = uptime.LaneSubscribers
	}
	who, args := audience(*n.Audience)
	return tx.Exec(`INSERT INTO delivery (id, notice, lane, kind, recipient, thread, state, held, due, owed, attempt, lost, error, reply, remote_id, digest, told_in)
		SELECT CAST(? AS TEXT) || s.id, CAST(? AS BIGINT), CAST(? AS TEXT), s.kind, s.kind || ':' || s.id, CAST(? AS TEXT),
			'queued', '', CAST(? AS BIGINT), CAST(? AS BIGINT), 0, 0, '', '', '', '', ''
		FROM subscriber s WHERE `+who+` ORDER BY s.id`,
		append([]any{row.Key + ".", row.Seq, text(string(lane)), threadOf(n), row.At, row.At}, args...)...).Error
}

// audience is the condition on subscriber s for being one of the audience.
func audience(a uptime.Audience) (where string, args []any) {
	if a.Only != "" {
		return "s.id = ?", []any{text(string(a.Only))}
	}
	where, args = "s.state = 'confirmed' AND s.news & ? <> 0", []any{newsBits([]uptime.News{a.News})}
	if len(a.Components) > 0 {
		where += ` AND (s.everything OR EXISTS (
			SELECT 1 FROM subscriber_component c WHERE c.subscriber = s.id AND c.component IN ?))`
		args = append(args, texts(a.Components))
	}
	return where, args
}

// threadOf names what keeps its order for one recipient: the incident, the plan,
// or our own sight. Nothing else waits for what was before it.
func threadOf(n uptime.Notice) string {
	switch {
	case n.Incident != "":
		return text(string(n.Incident))
	case n.Plan != "":
		return text(string(n.Plan))
	case n.Reason == uptime.WentBlind, n.Reason == uptime.SeesAgain:
		return ":sight"
	}
	return ""
}

// keyOf names a recipient in a row: the kind, a colon, the name or the id.
func keyOf(r uptime.Recipient) string { return string(r.Kind) + ":" + text(r.ID) }
