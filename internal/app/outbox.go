package app

import (
	"context"
	"time"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// outbox is the database as the courier sees it. The courier counts by the
// machine's clock, and what waits is dated by the engine's, which runs ahead of
// a clock that was set back: without this an alert would wait for the clock to
// catch up.
type outbox struct {
	*store.DB
	now func() time.Time // the engine's
}

func (o outbox) ahead() time.Duration { return time.Until(o.now()) }

// Claim is the database's, by its own time.
func (o outbox) Claim(ctx context.Context, c uptime.Claim) ([]uptime.Delivery, error) {
	c.Now = c.Now.Add(o.ahead())
	return o.DB.Claim(ctx, c)
}

// Settle is the database's, by its own time.
func (o outbox) Settle(ctx context.Context, settlements []uptime.Settlement) (int, error) {
	ahead := o.ahead()
	own := make([]uptime.Settlement, len(settlements))
	for i, s := range settlements {
		s.At = s.At.Add(ahead)
		if !s.Again.IsZero() {
			s.Again = s.Again.Add(ahead)
		}
		own[i] = s
	}
	return o.DB.Settle(ctx, own)
}
