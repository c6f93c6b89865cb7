package notify

import (
	"cmp"
	"context"
	"slices"
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

const (
	// gathering is how long settlements are gathered into one transaction.
	gathering = 50 * time.Millisecond
	// atOnce is how many of them are in one at most.
	atOnce = 500
)

// ledger settles for many at a time, so that the disk is not what bounds them,
// and for fewer where that takes too long: what is never written is sent again
// with every lease.
type ledger struct {
	write func(context.Context, []uptime.Settlement) bool
	wrote func(n int)
	bell  chan struct{}
	size  int // of the next part; 0: atOnce

	mu    sync.Mutex
	queue [][]uptime.Settlement // what went together is together
}

// add queues settlements, which are written together: were a message settled in
// part, the rest of it would go out as another one. It never blocks.
func (l *ledger) add(settlements ...uptime.Settlement) {
	if len(settlements) == 0 {
		return
	}
	l.mu.Lock()
	l.queue = append(l.queue, settlements)
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

// flush writes what is queued, in parts. One that cannot be written is queued
// again, in front, and the next is half as large.
func (l *ledger) flush(ctx context.Context) {
	for {
		part := l.next()
		if len(part) == 0 {
			return
		}
		batch := slices.Concat(part...)
		if !l.write(ctx, batch) {
			l.size = max(len(batch)/2, 1)
			l.mu.Lock()
			l.queue = append(part, l.queue...)
			l.mu.Unlock()
			ring(l.bell)
			return
		}
		l.size = min(2*cmp.Or(l.size, atOnce), atOnce)
		l.wrote(len(batch))
	}
}

// next takes a part of the queue: one piece of it, and more as long as there is
// room.
func (l *ledger) next() (part [][]uptime.Settlement) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, size := 0, 0
	for n < len(l.queue) && (n == 0 || size+len(l.queue[n]) <= cmp.Or(l.size, atOnce)) {
		size += len(l.queue[n])
		n++
	}
	part = l.queue[:n:n]
	l.queue = l.queue[n:]
	return part
}
