package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// Notices lists what was owed and why, newest first, with the number of its
// deliveries in each state. An unknown cursor is uptime.ErrNotFound.
func (db *DB) Notices(ctx context.Context, f uptime.NoticeFilter, c uptime.Cursor) ([]uptime.NoticeRecord, error) {
	var rows []noticeRow
	counts := map[int64]map[uptime.DeliveryState]int{}
	err := db.read(ctx, func(q *gorm.DB) error {
		list := q.Order("seq DESC").Limit(limit(c))
		if c.After != "" {
			after, err := one[noticeRow](ctx, db, "id = ?", text(c.After))
			if err != nil {
				return err
			}
			list = list.Where("seq < ?", after.Seq)
		}
		if f.Incident != "" {
			list = list.Where("incident = ?", text(string(f.Incident)))
		}
		if f.Plan != "" {
			list = list.Where("plan = ? AND plan <> ''", text(string(f.Plan)))
		}
		if f.Reason != "" {
			list = list.Where("reason = ?", text(string(f.Reason)))
		}
		if err := list.Find(&rows).Error; err != nil || len(rows) == 0 {
			return err
		}
		return countDeliveries(q, rows, counts)
	})
	if err != nil {
		return nil, fmt.Errorf("reading notices: %w", err)
	}
	out := make([]uptime.NoticeRecord, len(rows))
	for i, r := range rows {
		if out[i].Notice, err = r.value(); err != nil {
			return nil, fmt.Errorf("reading notices: %w", err)
		}
		out[i].Counts = counts[r.Seq]
	}
	return out, nil
}

func countDeliveries(q *gorm.DB, notices []noticeRow, into map[int64]map[uptime.DeliveryState]int) error {
	var counted []struct {
		Notice int64
		State  uptime.DeliveryState
		Number int
	}
	seqs := values(notices, func(r noticeRow) int64 { return r.Seq })
	err := q.Raw("SELECT notice, state, count(*) AS number FROM delivery WHERE notice IN ? GROUP BY notice, state", seqs).
		Scan(&counted).Error
	for _, c := range counted {
		if into[c.Notice] == nil {
			into[c.Notice] = map[uptime.DeliveryState]int{}
		}
		into[c.Notice][c.State] = c.Number
	}
	return err
}

// Deliveries lists the ledger's rows, those of the newest notice first, each
// with its notice. Addresses and secrets of subscribers are left out. An unknown
// cursor is uptime.ErrNotFound.
func (db *DB) Deliveries(ctx context.Context, f uptime.DeliveryFilter, c uptime.Cursor) ([]uptime.Delivery, error) {
	var out []uptime.Delivery
	err := db.read(ctx, func(q *gorm.DB) error {
		var after *deliveryRow
		if c.After != "" {
			row, err := one[deliveryRow](ctx, db, "id = ?", text(c.After))
			if err != nil {
				return err
			}
			after = &row
		}
		var rows []deliveryRow
		query, args := ledger(f, after)
		err := q.Raw(query+" LIMIT ?", append(args, limit(c))...).Scan(&rows).Error
		if err == nil {
			out, err = withNotices(q, rows)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading deliveries: %w", err)
	}
	return out, nil
}

// ledger selects what the filter chooses, after a row. The deliveries of one
// recipient are found by their ids, one a notice; what is owed or was not sent,
// by the indexes of these, for which the odd sum says that the order is no help.
func ledger(f uptime.DeliveryFilter, after *deliveryRow) (query string, args []any) {
	from, order, where := "delivery d", "d.notice DESC, d.seq DESC", []string{"true"}
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if f.Subscriber != "" || f.Channel != "" || f.Incident != "" || f.Plan != "" {
		from = "notice n CROSS JOIN delivery d"
		add("d.notice = n.seq")
	}
	switch {
	case f.Subscriber != "":
		add("d.id = n.key || '.' || ?", text(string(f.Subscriber)))
	case f.Channel != "":
		add("d.id = n.key || '.' || ?", uptime.ChannelKey(f.Channel))
	}
	if f.Notice != "" {
		add("d.notice = (SELECT seq FROM notice WHERE id = ?)", text(f.Notice))
	}
	if f.Incident != "" {
		add("n.incident = ?", text(string(f.Incident)))
	}
	if f.Plan != "" {
		add("n.plan = ? AND n.plan <> ''", text(string(f.Plan)))
	}
	switch f.State {
	case "":
	case uptime.DeliveryQueued, uptime.DeliverySending:
		add("d.state IN ('queued', 'sending') AND d.state = ?", string(f.State))
		order = "d.notice + 0 DESC, d.seq DESC"
	case uptime.DeliveryBounced, uptime.DeliveryDead, uptime.DeliveryHeld:
		add("d.state IN ('bounced', 'dead', 'held') AND d.state = ?", string(f.State))
	default:
		add("d.state = ?", text(string(f.State)))
	}
	if after != nil {
		add("(d.notice < ? OR d.notice = ? AND d.seq < ?)", after.Notice, after.Notice, after.Seq)
	}
	return "SELECT d.* FROM " + from + " WHERE " + strings.Join(where, " AND ") + " ORDER BY " + order, args
}

// DeliveryByID is one row of the ledger, without the address, or
// uptime.ErrNotFound.
func (db *DB) DeliveryByID(ctx context.Context, id string) (uptime.Delivery, error) {
	var found []uptime.Delivery
	err := db.read(ctx, func(q *gorm.DB) error {
		var rows []deliveryRow
		err := q.Where("id = ?", text(id)).Find(&rows).Error
		if err == nil {
			found, err = withNotices(q, rows)
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = uptime.ErrNotFound
	}
	if err != nil {
		return uptime.Delivery{}, fmt.Errorf("delivery %q: %w", id, err)
	}
	return found[0], nil
}

// withNotices makes deliveries of rows. A notice that many of them carry is
// read and decoded once.
func withNotices(q *gorm.DB, rows []deliveryRow) ([]uptime.Delivery, error) {
	notices := map[int64]uptime.Notice{}
	for _, r := range rows {
		notices[r.Notice] = uptime.Notice{}
	}
	seqs := make([]int64, 0, len(notices))
	for seq := range notices {
		seqs = append(seqs, seq)
	}
	for part := range slices.Chunk(seqs, 500) {
		var found []noticeRow
		if err := q.Where("seq IN ?", part).Find(&found).Error; err != nil {
			return nil, err
		}
		for _, r := range found {
			n, err := r.value()
			if err != nil {
				return nil, err
			}
			n.Audience = nil
			notices[r.Seq] = n
		}
	}
	return values(rows, func(r deliveryRow) uptime.Delivery { return r.value(notices[r.Notice]) }), nil
}

func (r deliveryRow) value(notice uptime.Notice) uptime.Delivery {
	return uptime.Delivery{
		ID: r.ID, Seq: r.Seq, Lane: uptime.Lane(r.Lane), Notice: notice,
		Recipient: uptime.Recipient{Kind: uptime.RecipientKind(r.Kind), ID: r.recipientID()},
		State:     uptime.DeliveryState(r.State), Held: uptime.HoldReason(r.Held), Due: fromMillisOrNull(r.Due),
		Attempt: r.Attempt, Lost: r.Lost, Unsure: fromMillisOrNull(r.Unsure), Settled: fromMillisOrNull(r.Settled), Error: r.Error, Reply: r.Reply,
		RemoteID: r.RemoteID, Digest: r.Digest, In: r.ToldIn,
	}
}

// recipientID is the channel's name or the subscriber's id.
func (r deliveryRow) recipientID() string { return strings.TrimPrefix(r.Recipient, r.Kind+":") }
