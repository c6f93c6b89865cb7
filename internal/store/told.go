package store

import (
	"context"
	"fmt"
	"sync"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// Told counts deliveries since the database was opened, by what became of them.
// One that is tried again counts once it is settled; one that was sent and came
// back counts as both.
type Told struct {
	Queued  int64 // that came to be owed
	Sent    int64 // that the other side took, or that were handed over
	Bounced int64
	Dead    int64 // given up
	Held    int64 // not to be sent
}

// toldSoFar is what is counted without asking the database.
type toldSoFar struct {
	mu    sync.Mutex
	begun bool  // whether seq is known
	seq   int64 // of the newest delivery that was counted
	told  Told
}

// settled counts what was written.
func (t *toldSoFar) settled(outcomes []outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, o := range outcomes {
		switch o.State {
		case uptime.DeliverySent, uptime.DeliveryAccepted:
			t.told.Sent++
		case uptime.DeliveryBounced:
			t.told.Bounced++
		case uptime.DeliveryDead:
			t.told.Dead++
		case uptime.DeliveryHeld:
			t.told.Held++
		case uptime.DeliveryQueued, uptime.DeliverySending: // not settled
		}
	}
}

// Told counts since the first call of it; what was settled by this process, since
// it opened the database. It reads only deliveries that came since the last call.
func (db *DB) Told(ctx context.Context) (Told, error) {
	t := &db.told
	t.mu.Lock()
	begun, seq := t.begun, t.seq
	t.mu.Unlock()
	var fresh struct {
		Queued, Held int64
		Newest       int64
	}
	err := db.read(ctx, func(q *gorm.DB) error {
		if !begun {
			return q.Raw("SELECT coalesce(max(seq), 0) AS newest FROM delivery").Scan(&fresh).Error
		}
		// What is held and was never tried came so into the world, or was left by
		// its recipient since: nobody settles it.
		return q.Raw(`SELECT coalesce(sum(CASE WHEN state = 'held' AND attempt = 0 THEN 0 ELSE 1 END), 0) AS queued,
			coalesce(sum(CASE WHEN state = 'held' AND attempt = 0 THEN 1 ELSE 0 END), 0) AS held,
			coalesce(max(seq), ?) AS newest FROM delivery WHERE seq > ?`, seq, seq).Scan(&fresh).Error
	})
	if err != nil {
		return Told{}, fmt.Errorf("counting what came to be owed: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seq == seq && t.begun == begun { // nobody counted the same meanwhile
		t.begun, t.seq = true, fresh.Newest
		t.told.Queued += fresh.Queued
		t.told.Held += fresh.Held
	}
	return t.told, nil
}
