package notify

import (
	"context"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// write settles, and tries again for a while when that fails. False: it is not
// written; the leases will end, and the messages go out again.
func (c *Courier) write(ctx context.Context, settlements []uptime.Settlement) bool {
	if len(settlements) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timing.write)
	defer cancel()
	for {
		_, err := c.outbox.Settle(ctx, settlements)
		c.writes.note(err)
		if err == nil {
			return true
		}
		if pause(ctx, time.Second); ctx.Err() != nil {
			return false
		}
	}
}

// gathering is how long settlements are gathered into one transaction.
const gathering = 50 * time.Millisecond

// ledger settles for many at a time, so that the disk is not what bounds them.
type ledger struct {
	write func(context.Context, []uptime.Settlement) bool
	wrote func(n int)
	bell  chan struct{}

	mu    sync.Mutex
	queue []uptime.Settlement
}

// add queues settlements. It never blocks.
func (l *ledger) add(settlements ...uptime.Settlement) {
	if len(settlements) == 0 {
		return
	}
	l.mu.Lock()
	l.queue = append(l.queue, settlements...)
	l.mu.Unlock()
	ring(l.bell)
}

// run writes until the context ends, and then once more.
func (l *ledger) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			l.flush(ctx)
			return
		case <-l.bell:
		}
		pause(ctx, gathering)
		l.flush(ctx)
	}
}

// flush writes what is queued; what cannot be written is queued again, in front.
func (l *ledger) flush(ctx context.Context) {
	l.mu.Lock()
	batch := l.queue
	l.queue = nil
	l.mu.Unlock()
	if len(batch) == 0 {
		return
	}
	if l.write(ctx, batch) {
		l.wrote(len(batch))
		return
	}
	l.mu.Lock()
	l.queue = append(batch, l.queue...)
	l.mu.Unlock()
	ring(l.bell)
}
