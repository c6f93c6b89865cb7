package store

import (
	"slices"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// reached is a delivery whose recipient may be sent something.
type reached struct {
	row     deliveryRow
	address string
	secrets []string
}

// unsettled is the state of a delivery that is owed, in the words that the
// indexes are made with.
const unsettled = "state IN ('queued', 'sending')"

// reach parts the rows by whether their recipients may be sent anything. It holds
// those whose may not, and answers how many those are.
func reach(tx *gorm.DB, c uptime.Claim, rows []owedRow) (out []reached, held int, err error) {
	people, err := subscribersOf(tx, rows)
	if err != nil {
		return nil, 0, err
	}
	var disabled []string
	err = tx.Raw("SELECT name FROM channel_state WHERE disabled IS NOT NULL").Scan(&disabled).Error
	if err != nil {
		return nil, 0, err
	}
	hold := map[uptime.HoldReason][]int64{}
	for _, r := range rows {
		id := r.Row.recipientID()
		person, known := people[id]
		switch {
		case r.Row.Kind == string(uptime.ToChannel) && slices.Contains(disabled, id):
			hold[uptime.HeldDisabled] = append(hold[uptime.HeldDisabled], r.Row.Seq)
		case r.Row.Kind == string(uptime.ToChannel):
			out = append(out, reached{row: r.Row})
		case !known:
			hold[uptime.HeldUnsubscribed] = append(hold[uptime.HeldUnsubscribed], r.Row.Seq)
		case person.State == string(uptime.SubscriberQuarantined):
			hold[uptime.HeldQuarantined] = append(hold[uptime.HeldQuarantined], r.Row.Seq)
		default:
			out = append(out, reached{r.Row, person.Address, person.Secrets})
		}
	}
	for reason, seqs := range hold {
		n, err := holdBack(tx, reason, toMillis(c.Now), "seq IN ?", seqs)
		if err != nil {
			return nil, 0, err
		}
		held += n
	}
	return out, held, nil
}

func subscribersOf(tx *gorm.DB, rows []owedRow) (map[string]subscriberRow, error) {
	var ids []string
	for _, r := range rows {
		if r.Row.Kind != string(uptime.ToChannel) {
			ids = append(ids, r.Row.recipientID())
		}
	}
	slices.Sort(ids)
	out := map[string]subscriberRow{}
	for part := range slices.Chunk(slices.Compact(ids), 500) {
		var found []subscriberRow
		if err := tx.Where("id IN ?", part).Find(&found).Error; err != nil {
			return nil, err
		}
		for _, s := range found {
			out[s.ID] = s
		}
	}
	return out, nil
}

// holdBack settles what is owed and meets the condition as not to be sent, and
// answers how much that was.
func holdBack(tx *gorm.DB, reason uptime.HoldReason, at int64, where string, args ...any) (int, error) {
	result := tx.Exec("UPDATE delivery SET state = 'held', held = ?, settled = ?, due = NULL, owed = NULL WHERE "+unsettled+" AND "+where,
		append([]any{string(reason), at}, args...)...)
	return int(result.RowsAffected), result.Error
}
