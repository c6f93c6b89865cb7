package statuspage

import (
	"context"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// Who had a notice is looked up again so often until it is settled: there may be
// tens of thousands of them.
const (
	owedAgain   = 10 * time.Minute
	owedSettled = 24 * time.Hour // after the cutoff nothing comes in time any more
	mostOwed    = 10             // plans, for one edition of the page
)

// owedRead is what was last looked up of a plan for a promise.
type owedRead struct {
	commitment.Owed
	version int64
}

// fresh tells whether it need not be looked up again.
func (o owedRead) fresh(p uptime.Plan, now time.Time) bool {
	judged := o.Cutoff.Add(commitment.Settled)
	switch {
	case o.version != p.Version || now.Before(o.ReadAt):
		return false
	case o.ReadAt.Before(judged) && !now.Before(judged):
		return false // what is judged is looked up when it can be
	}
	return o.ReadAt.After(o.Cutoff.Add(owedSettled)) || now.Sub(o.ReadAt) < owedAgain
}

// readOwed looks up who was owed notice of the plans by promises that are made to
// some customers alone, and who had it.
func (p *promises) readOwed(ctx context.Context, source PromiseSource, catalogue *uptime.Catalogue, plans []uptime.Plan, proofs []uptime.Proof, now time.Time) error {
	known, lookedUp := make(map[commitment.OwedKey]owedRead), 0
	for _, c := range catalogue.Commitments(now) {
		if source == nil || c.Notice == nil || c.Notice.OwedTo == "" {
			continue
		}
		home, err := planned.ParseOffset(c.Notice.OwedTo)
		if err != nil {
			continue // the configuration refuses it
		}
		for _, plan := range plans {
			rule, held := noticeOf(plan, c.ID)
			if !held || plan.Draft() || plan.Now().Cancelled {
				continue
			}
			key := commitment.OwedKey{Commitment: c.ID, Plan: plan.ID}
			was := p.owed[key]
			if was.fresh(plan, now) {
				known[key] = was
				continue
			}
			if lookedUp == mostOwed {
				known[key] = was // in a later edition
				continue
			}
			lookedUp++
			receipts, err := source.Receipts(ctx, plan.ID)
			if err != nil {
				return err
			}
			start := plan.Now().From
			had := planned.Audience(recipients(receipts, announcements(plan, proofs)), rule, start, home)
			known[key] = owedRead{commitment.Owed{
				Required: had.Required, Compliant: had.Compliant, Cutoff: planned.Cutoff(rule, start), ReadAt: now,
			}, plan.Version}
		}
	}
	p.owed, p.kept.Owed = known, make(map[commitment.OwedKey]commitment.Owed, len(known))
	for key, o := range known {
		p.kept.Owed[key] = o.Owed
	}
	return nil
}

// noticeOf is the rule of a promise that a plan is held to.
func noticeOf(p uptime.Plan, id uptime.CommitmentID) (uptime.NoticeRule, bool) {
	i := slices.IndexFunc(p.Rules.Notices, func(r uptime.NoticeRule) bool { return r.Commitment == id })
	if i < 0 {
		return uptime.NoticeRule{}, false
	}
	return p.Rules.Notices[i], true
}

// announcements are the notices that told of the times in force. Nil: it is not
// known any more which they were.
func announcements(p uptime.Plan, proofs []uptime.Proof) map[string]bool {
	var out map[string]bool
	since := sinceWhen(p).At
	for _, proof := range proofs {
		if proof.Plan != p.ID {
			continue
		}
		if out == nil {
			out = make(map[string]bool)
		}
		if announces(proof.Reason) && !proof.At.Before(since) {
			out[proof.Notice] = true
		}
	}
	return out
}

// recipients are those who were owed a notice, with what was sent to them.
func recipients(receipts []uptime.Receipt, counts map[string]bool) []planned.Recipient {
	var out []planned.Recipient
	at := make(map[uptime.SubscriberID]int, len(receipts))
	for _, r := range receipts {
		if counts != nil && !counts[r.Notice] {
			continue
		}
		i, known := at[r.Subscriber]
		if !known {
			i = len(out)
			at[r.Subscriber] = i
			recipient := planned.Recipient{ID: string(r.Subscriber)}
			if zone, err := time.LoadLocation(r.Zone); err == nil && r.Zone != "" {
				recipient.Zone = zone
			}
			out = append(out, recipient)
		}
		accepted := (r.State == uptime.DeliveryAccepted || r.State == uptime.DeliverySent) && !r.Settled.IsZero()
		out[i].Sends = append(out[i].Sends, planned.Send{At: r.Settled, Accepted: accepted})
	}
	return out
}
