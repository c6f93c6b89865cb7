package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Outbox is where notices wait. A claimed notice is this courier's until the
// lease ends; then it is due again, for whoever comes.
type Outbox interface {
	// ClaimNotices hands out at most limit of the notices that are due at now.
	ClaimNotices(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]uptime.Delivery, error)
	// NoticeSent settles a delivery that succeeded, or answers
	// uptime.ErrConflict when its lease ran out and another has begun.
	NoticeSent(ctx context.Context, d uptime.Delivery, at time.Time) error
	// NoticeFailed settles a delivery that did not: it is due again at the time
	// given, or dead when that is zero.
	NoticeFailed(ctx context.Context, d uptime.Delivery, why string, at, again time.Time) error
}

// Bounds of the courier. A whole claim, each send and each settling at its
// slowest, is over before its lease.
const (
	pollEvery  = 5 * time.Second
	claimed    = 3
	sendTime   = 10 * time.Second
	settleTime = 5 * time.Second
	lease      = time.Minute
)

// waits are the pauses after each failed attempt, each longer or shorter by up
// to a fifth so that couriers do not come in step. After the last the notice is
// dead: some 21 hours, a night and a morning for somebody to look.
var waits = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
	30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
}

// poisoned is the number of attempts, those included that ended with the
// process, after which a notice is given up unsent: it may be what ends it.
const poisoned = 50

// Courier empties the outbox.
type Courier struct {
	outbox   Outbox
	channel  Channel
	log      *slog.Logger
	wake     chan struct{}
	failures int // of claiming, in a row
}

// NewCourier is a courier that writes to the operators' log.
func NewCourier(outbox Outbox, log *slog.Logger) *Courier {
	return &Courier{outbox: outbox, channel: Types["log"](log), log: log, wake: make(chan struct{}, 1)}
}

// Wake tells that something was put into the outbox. It never blocks.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run delivers until the context ends. It then gives back what it has claimed
// and not sent, so that nothing waits for a lease.
func (c *Courier) Run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		c.empty(ctx)
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-tick.C:
		}
	}
}

// empty delivers until nothing is due.
func (c *Courier) empty(ctx context.Context) {
	for ctx.Err() == nil {
		deliveries, err := c.outbox.ClaimNotices(ctx, time.Now(), lease, claimed)
		if err != nil {
			if c.failures++; c.failures == 1 && ctx.Err() == nil {
				c.log.Warn("the outbox cannot be read; it is tried again", "error", err)
			}
			return
		}
		if c.failures > 0 {
			c.log.Info("the outbox is read again", "failures", c.failures)
			c.failures = 0
		}
		if len(deliveries) == 0 {
			return
		}
		for _, d := range deliveries {
			if err := c.deliver(ctx, d); err != nil {
				// The lease will end, and the notice go out again.
				c.log.Warn("what became of a notice cannot be written", "notice", d.Notice.ID, "attempt", d.Attempt, "error", err)
			}
		}
	}
}

var errPoisoned = errors.New("too many attempts ended without a word")

// deliver makes one attempt and settles it, even when the context has ended
// meanwhile.
func (c *Courier) deliver(ctx context.Context, d uptime.Delivery) error {
	err := errPoisoned
	if d.Attempt <= poisoned {
		err = c.send(ctx, d)
	}
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	now := time.Now()
	if err == nil {
		return c.outbox.NoticeSent(settle, d, now)
	}
	again := time.Time{}
	switch {
	case ctx.Err() != nil && d.Attempt <= poisoned:
		again = now // our stop, not the channel's fault
	case d.Attempt > len(waits):
		c.log.Error("a notice is given up", "notice", d.Notice.ID, "summary", d.Notice.Summary, "attempts", d.Attempt, "error", err)
	default:
		again = now.Add(jittered(waits[d.Attempt-1]))
	}
	return c.outbox.NoticeFailed(settle, d, err.Error(), now, again)
}

// send is the channel's Send with a bound, and with its bugs as errors.
func (c *Courier) send(ctx context.Context, d uptime.Delivery) (err error) {
	if ctx.Err() != nil {
		return errors.New("stopped before it was sent")
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	defer func() {
		if bug := recover(); bug != nil {
			err = fmt.Errorf("a bug in the channel: %v", bug)
		}
	}()
	return c.channel.Send(ctx, d)
}

// jittered is d, longer or shorter by up to a fifth.
func jittered(d time.Duration) time.Duration {
	return d + time.Duration((rand.Float64()*2-1)*float64(d)/5)
}
