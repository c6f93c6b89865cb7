package notify

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Outbox is where deliveries wait. What is claimed is this courier's until the
// lease ends; then it is due again, for whoever comes.
type Outbox interface {
	// Claim hands out deliveries that are due. Of one recipient and incident it
	// hands out nothing while something earlier waits or is under way.
	Claim(ctx context.Context, c uptime.Claim) ([]uptime.Delivery, error)
	// Settle writes what became of attempts, all of it or nothing, and answers
	// how many it settled: an attempt that is not the newest settles nothing.
	Settle(ctx context.Context, settlements []uptime.Settlement) (int, error)
}

// CourierOptions are what a courier may be given beside its outbox.
type CourierOptions struct {
	Log *slog.Logger // nil: nothing is logged
	// Lease is how long deliveries are the courier's once claimed. After a crash
	// what was claimed waits for its end. 0: a minute.
	Lease time.Duration
	// OnDead is told that one of the operators' channels does not take messages:
	// the first delivery that was given up since the channel last took one. It is
	// not told of notices that say so of another channel. It must not block.
	OnDead func(uptime.Delivery)
}

// ChannelSetup is how one of the operators' channels is reached.
type ChannelSetup struct {
	Sender Sender
	Group  time.Duration // at most one message in this time once they are about several incidents; 0: no such bound
}

// setup is what is configured. It is replaced, never changed.
type setup struct {
	channels      map[string]ChannelSetup
	mail, webhook Sender
}

// sender is who sends to the recipient; nil: nobody can.
func (s *setup) sender(to uptime.Recipient) Sender {
	switch to.Kind {
	case uptime.ToMail:
		return s.mail
	case uptime.ToWebhook:
		return s.webhook
	case uptime.ToChannel:
		return s.channels[to.ID].Sender
	}
	return nil
}

// How often the outbox is looked at unless somebody wakes the courier, and how
// often it is searched for deliveries to channels that are no longer there.
const (
	pollEvery  = 5 * time.Second
	sweepEvery = time.Minute
)

// Courier empties the outbox. The operators' channels have one worker each, the
// subscribers' lanes several, apart for mail and webhooks: no slow recipient
// delays another kind, nor the operators.
type Courier struct {
	outbox  Outbox
	log     *slog.Logger
	onDead  func(uptime.Delivery)
	timing  timing
	setup   atomic.Pointer[setup]
	changed chan struct{}
	claims  trouble
	writes  trouble
	tallies map[uptime.Lane]*tally

	mu    sync.Mutex
	bells []chan struct{}
}

// NewCourier is a courier without channels and senders: see Configure.
func NewCourier(outbox Outbox, o CourierOptions) *Courier {
	c := &Courier{
		outbox: outbox, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)), onDead: o.OnDead,
		timing: newTiming(cmp.Or(max(o.Lease, 0), time.Minute)), changed: make(chan struct{}, 1),
		tallies: map[uptime.Lane]*tally{uptime.LaneOperators: {}, uptime.LaneSubscribers: {}, uptime.LaneBulk: {}},
	}
	c.claims = trouble{log: c.log, begins: "the outbox cannot be read; it is tried again", ends: "the outbox is read again"}
	c.writes = trouble{log: c.log, begins: "what became of deliveries cannot be written; it is tried again", ends: "the outbox is written again"}
	return c
}

// Configure puts channels and senders in force, all at once; what is under way
// ends with those before. What waits for a channel that is not among them is
// held, and what waits for a sender that is nil waits on. It may be called at any
// time, from any goroutine.
func (c *Courier) Configure(channels map[string]ChannelSetup, mail, webhook Sender) {
	own := make(map[string]ChannelSetup, len(channels))
	for name, channel := range channels {
		own[name] = channel
	}
	c.setup.Store(&setup{channels: own, mail: mail, webhook: webhook})
	ring(c.changed)
	c.Wake()
}

// Wake tells that something was put into the outbox. It never blocks.
func (c *Courier) Wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, bell := range c.bells {
		ring(bell)
	}
}

// bell is rung by Wake.
func (c *Courier) bell() chan struct{} {
	bell := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bells = append(c.bells, bell)
	return bell
}

func ring(bell chan<- struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// Run delivers until the context ends, once Configure was called. Messages that
// are under way then have a third of the lease to end, at most ten seconds; what
// was claimed and not begun is given back, so that nothing waits for a lease.
func (c *Courier) Run(ctx context.Context) {
	hard, release := c.timing.grace(ctx)
	defer release()
	var running sync.WaitGroup
	defer running.Wait()
	for c.setup.Load() == nil {
		select {
		case <-ctx.Done():
			return
		case <-c.changed:
		}
	}
	for _, crowd := range c.crowds() {
		running.Go(func() { crowd.run(ctx, hard) })
	}
	sweeps := make(chan struct{}, 1)
	running.Go(func() { c.sweep(ctx, sweeps) })
	desks := map[string]bool{}
	for {
		for name := range c.setup.Load().channels {
			if !desks[name] { // one that is no longer configured keeps its desk, which holds what comes
				desks[name] = true
				desk := &desk{courier: c, channel: name, bell: c.bell()}
				running.Go(func() { desk.run(ctx, hard) })
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-c.changed:
			ring(sweeps)
		}
	}
}

// claim is the outbox's Claim; what goes wrong is logged once.
func (c *Courier) claim(ctx context.Context, claim uptime.Claim) []uptime.Delivery {
	claim.Now, claim.Lease = time.Now(), c.timing.lease
	deliveries, err := c.outbox.Claim(ctx, claim)
	if ctx.Err() == nil {
		c.claims.note(err)
	}
	if err != nil {
		return nil
	}
	return deliveries
}
