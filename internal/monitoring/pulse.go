package monitoring

import (
	"context"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// pulse notices that the process was stopped: its own beats stay away.
type pulse struct {
	clock clockwork.Clock

	mu       sync.Mutex
	last     time.Time // newest beat
	from, to time.Time // newest stall
}

// A process beats every pulseEvery, and was stopped if it did not for
// stallLeast.
const (
	pulseEvery = 250 * time.Millisecond
	stallLeast = 2 * time.Second
)

func newPulse(clock clockwork.Clock) *pulse { return &pulse{clock: clock, last: clock.Now()} }

// run beats until the context ends.
func (p *pulse) run(ctx context.Context) {
	due := make(chan struct{}, 1)
	timer := p.clock.AfterFunc(pulseEvery, func() { due <- struct{}{} })
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-due:
			p.beat()
			timer.Reset(pulseEvery)
		}
	}
}

func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if now.Sub(p.last) > stallLeast {
		p.from, p.to = p.last, now
	}
	p.last = now
}

// slept tells whether what was due at that instant fell into a stall of at
// least that length. Whoever asks may be the first to run after it.
func (p *pulse) slept(due time.Time, length time.Duration) bool {
	p.beat()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.to.Sub(p.from) >= length && due.After(p.from) && !due.After(p.to)
}
