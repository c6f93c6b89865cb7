package store

import (
	"cmp"
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
// The cutoffs are its values. Each count is a stretch of the index delivery_count,
// in its order: it reads no row of deliveries, and sorts nothing.
const proofSQL = `WITH cutoff (plan, moment) AS (VALUES %s)
	SELECT n.seq, n.plan, n.id AS notice, n.reason, n.at,
		(SELECT count(*) FROM delivery d WHERE d.notice = n.seq AND d.state IN ('queued', 'sending') AND d.kind <> 'channel') AS waiting,
		(SELECT count(*) FROM delivery d WHERE d.notice = n.seq AND d.state IN ('bounced', 'dead', 'held') AND d.kind <> 'channel') AS bounced,
		(SELECT count(*) FROM delivery d WHERE d.notice = n.seq AND d.state IN ('sent', 'accepted') AND d.kind <> 'channel') AS accepted,
		(SELECT count(*) FROM delivery d WHERE d.notice = n.seq AND d.state IN ('sent', 'accepted') AND d.kind <> 'channel'
			AND d.settled <= c.moment) AS in_time,
		(SELECT d.settled FROM delivery d WHERE d.notice = n.seq AND d.state = 'sent' AND d.kind <> 'channel'
			ORDER BY d.settled DESC LIMIT 1) AS last_sent,
		(SELECT d.settled FROM delivery d WHERE d.notice = n.seq AND d.state = 'accepted' AND d.kind <> 'channel'
			ORDER BY d.settled DESC LIMIT 1) AS last_accepted
	FROM cutoff c CROSS JOIN notice n WHERE n.plan = c.plan AND n.plan <> '' `

type proofRow struct {
	Seq          int64
	Plan         string
	Notice       string
	Reason       string
	At           int64
	Waiting      int
	Bounced      int
	Accepted     int
	InTime       int
	LastSent     *int64
	LastAccepted *int64
}

func (r proofRow) value() uptime.Proof {
	last := fromMillisOrNull(r.LastSent)
	if accepted := fromMillisOrNull(r.LastAccepted); accepted.After(last) {
		last = accepted
	}
	return uptime.Proof{
		Plan: uptime.PlanID(r.Plan), Notice: r.Notice, Reason: uptime.NoticeReason(r.Reason), At: fromMillis(r.At),
		Owed: r.Waiting + r.Bounced + r.Accepted, Accepted: r.Accepted, InTime: r.InTime, Bounced: r.Bounced,
		Waiting: r.Waiting, Last: last,
	}
}

// Proofs tells what the ledger knows of the notices about plans, one proof a
// notice, the oldest first. It counts what subscribers were owed, and of what
// was taken that which was settled at or before the plan's cutoff.
func (db *DB) Proofs(ctx context.Context, cutoffs map[uptime.PlanID]time.Time) ([]uptime.Proof, error) {
	var rows []proofRow
	for plans := range slices.Chunk(slices.Sorted(maps.Keys(cutoffs)), 500) {
		var args []any
		for _, p := range plans {
			args = append(args, text(string(p)), toMillis(cutoffs[p]))
		}
		marks := strings.TrimSuffix(strings.Repeat("(CAST(? AS TEXT), CAST(? AS BIGINT)), ", len(plans)), ", ")
		var part []proofRow
		err := db.read(ctx, func(q *gorm.DB) error { return q.Raw(fmt.Sprintf(proofSQL, marks), args...).Scan(&part).Error })
		if err != nil {
			return nil, fmt.Errorf("counting what was told of plans: %w", err)
		}
		rows = append(rows, part...)
	}
	slices.SortFunc(rows, func(a, b proofRow) int { return cmp.Compare(a.Seq, b.Seq) })
	return values(rows, proofRow.value), nil
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
