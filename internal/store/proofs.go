package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// proofSQL counts, notice by notice, what became of what subscribers were owed.
// The cutoffs are its values; it reads nothing of deliveries but their index
// delivery_count.
const proofSQL = `WITH cutoff (plan, moment) AS (VALUES %s)
	SELECT n.seq, n.plan, n.id AS notice, n.reason, n.at, coalesce(d.state, '') AS state, count(d.state) AS number,
		count(CASE WHEN d.settled <= c.moment THEN 1 END) AS early, max(d.settled) AS last
	FROM cutoff c CROSS JOIN notice n LEFT JOIN delivery d ON d.notice = n.seq AND d.kind <> 'channel'
	WHERE n.plan = c.plan AND n.plan <> ''
	GROUP BY n.seq, n.plan, n.id, n.reason, n.at, d.state`

type proofRow struct {
	Seq    int64
	Plan   string
	Notice string
	Reason string
	At     int64
	State  string
	Number int
	Early  int
	Last   *int64
}

// Proofs tells what the ledger knows of the notices about plans, one proof a
// notice, the oldest first. It counts what subscribers were owed, and of what
// was taken that which was settled at or before the plan's cutoff.
func (db *DB) Proofs(ctx context.Context, cutoffs map[uptime.PlanID]time.Time) ([]uptime.Proof, error) {
	found := map[int64]uptime.Proof{}
	for plans := range slices.Chunk(slices.Sorted(maps.Keys(cutoffs)), 500) {
		var args []any
		for _, p := range plans {
			args = append(args, text(string(p)), toMillis(cutoffs[p]))
		}
		marks := strings.TrimSuffix(strings.Repeat("(CAST(? AS TEXT), CAST(? AS BIGINT)), ", len(plans)), ", ")
		var rows []proofRow
		err := db.read(ctx, func(q *gorm.DB) error { return q.Raw(fmt.Sprintf(proofSQL, marks), args...).Scan(&rows).Error })
		if err != nil {
			return nil, fmt.Errorf("counting what was told of plans: %w", err)
		}
		for _, r := range rows {
			found[r.Seq] = r.addTo(found[r.Seq])
		}
	}
	out := make([]uptime.Proof, 0, len(found))
	for _, seq := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[seq])
	}
	return out, nil
}

// addTo adds the deliveries of one state to the proof.
func (r proofRow) addTo(p uptime.Proof) uptime.Proof {
	p.Plan, p.Notice, p.Reason, p.At = uptime.PlanID(r.Plan), r.Notice, uptime.NoticeReason(r.Reason), fromMillis(r.At)
	p.Owed += r.Number
	switch uptime.DeliveryState(r.State) {
	case uptime.DeliverySent, uptime.DeliveryAccepted:
		p.Accepted += r.Number
		p.InTime += r.Early
		if last := fromMillisOrNull(r.Last); last.After(p.Last) {
			p.Last = last
		}
	case uptime.DeliveryBounced, uptime.DeliveryDead, uptime.DeliveryHeld:
		p.Bounced += r.Number
	case uptime.DeliveryQueued, uptime.DeliverySending:
		p.Waiting += r.Number
	}
	return p
}

// Receipts lists what became of each notice about the plan for each subscriber
// who was owed it, notice by notice, the oldest first. Who has left since has no
// zone any more.
func (db *DB) Receipts(ctx context.Context, plan uptime.PlanID) ([]uptime.Receipt, error) {
	var rows []struct {
		Notice, Subscriber, Zone, State string
		Settled                         *int64
	}
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Raw(`SELECT n.id AS notice, substr(d.recipient, length(d.kind) + 2) AS subscriber, coalesce(s.zone, '') AS zone, d.state, d.settled
			FROM notice n CROSS JOIN delivery d LEFT JOIN subscriber s ON s.id = substr(d.recipient, length(d.kind) + 2)
			WHERE n.plan = ? AND n.plan <> '' AND d.notice = n.seq AND d.kind <> 'channel' ORDER BY n.seq, d.seq`,
			text(string(plan))).Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("reading who was told of plan %s: %w", plan, err)
	}
	out := make([]uptime.Receipt, len(rows))
	for i, r := range rows {
		out[i] = uptime.Receipt{
			Notice: r.Notice, Subscriber: uptime.SubscriberID(r.Subscriber), Zone: r.Zone,
			State: uptime.DeliveryState(r.State), Settled: fromMillisOrNull(r.Settled),
		}
	}
	return out, nil
}
