package notify

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

const (
	// mostInHand is how many deliveries a crowd has claimed at a time at most.
	mostInHand = 500
	// A trip that waited so long for a worker shows that too much was claimed, and
	// one that waited less than promptly that more can be.
	waitedLong = 5 * time.Second
	promptly   = time.Second
)

// crowd sends to subscribers of one lane and kind, to many at a time. One
// goroutine keeps count of everything; workers make the trips.
type crowd struct {
	courier *Courier
	lane    uptime.Lane
	kind    uptime.RecipientKind
	workers int
	hosts   *hosts
	ledger  *ledger
	bell    chan struct{}

	hand     atomic.Int64 // deliveries that are claimed and not settled
	target   int          // how many there should be
	limit    int          // of the newest claim
	waited   time.Duration
	ready    []errand
	running  int
	due      bool // there may be something to claim
	claiming bool
	claimed  chan []uptime.Delivery
	done     chan errand
}

// errand is a trip to one recipient and what the crowd keeps of it.
type errand struct {
	trip
	host   string
	since  time.Time // claimed, and then begun
	queued bool      // its host made it wait
}

// crowds are the lanes of the subscribers. Bulk has few workers: it can wait,
// and the mail server's connections are for news first.
func (c *Courier) crowds() []*crowd {
	return []*crowd{
		c.crowd(uptime.LaneSubscribers, uptime.ToMail, 8),
		c.crowd(uptime.LaneSubscribers, uptime.ToWebhook, 64),
		c.crowd(uptime.LaneBulk, uptime.ToMail, 2),
		c.crowd(uptime.LaneBulk, uptime.ToWebhook, 8),
	}
}

func (c *Courier) crowd(lane uptime.Lane, kind uptime.RecipientKind, workers int) *crowd {
	l := &crowd{
		courier: c, lane: lane, kind: kind, workers: workers, hosts: newHosts(workers), bell: c.bell(), target: 2 * workers, due: true,
		claimed: make(chan []uptime.Delivery, 1), done: make(chan errand, workers),
	}
	l.ledger = &ledger{write: c.write, bell: make(chan struct{}, 1), wrote: func(n int) {
		l.hand.Add(int64(-n))
		ring(l.bell) // what waited for these may go
	}}
	return l
}

func (l *crowd) run(ctx, hard context.Context) {
	books, closeBooks := context.WithCancel(context.WithoutCancel(ctx))
	var writing sync.WaitGroup
	writing.Go(func() { l.ledger.run(books) })
	defer writing.Wait()
	defer closeBooks()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		l.start(ctx, hard)
		l.ask(ctx)
		select {
		case <-ctx.Done():
			l.stop()
			return
		case deliveries := <-l.claimed:
			l.claiming = false
			l.take(deliveries)
		case e := <-l.done:
			l.running--
			l.hosts.done(e.host, time.Since(e.since))
		case <-l.bell:
			l.due = true
		case <-tick.C:
			l.due = true
		}
	}
}

// ask claims more where there may be more, and few are in hand.
func (l *crowd) ask(ctx context.Context) {
	hand := int(l.hand.Load())
	sender := l.courier.setup.Load().sender(uptime.Recipient{Kind: l.kind})
	if !l.due || l.claiming || hand > l.target/2 || sender == nil {
		return
	}
	l.due, l.claiming, l.limit = false, true, l.target-hand
	claim := uptime.Claim{Lane: l.lane, Kind: l.kind, Limit: l.limit}
	go func() { l.claimed <- l.courier.claim(ctx, claim) }()
}

// take makes trips of what was claimed, one for each recipient, in the order in
// which they are owed.
func (l *crowd) take(deliveries []uptime.Delivery) {
	now := time.Now()
	l.hand.Add(int64(len(deliveries)))
	if len(deliveries) >= l.limit {
		l.due = true
		if l.waited < promptly {
			l.target = min(2*l.target, mostInHand)
		}
	}
	if l.waited > waitedLong {
		l.target = 2 * l.workers
	}
	l.waited = 0
	fit, settled := l.courier.fit(deliveries)
	l.ledger.add(settled...)
	for _, own := range byRecipient(fit) {
		host := hostOf(own[0].Recipient)
		again, admitted := l.hosts.admit(host, now)
		if !admitted {
			l.ledger.add(giveBack(own, now, again)...)
			continue
		}
		l.ready = append(l.ready, errand{host: host, since: now, trip: trip{
			messages: notice.Fold(own), until: now.Add(l.courier.timing.begin),
			settle: func(settlements []uptime.Settlement) bool {
				l.ledger.add(settlements...)
				return true
			},
		}})
	}
}

// byRecipient parts deliveries by who they go to, in the order of the first of
// each.
func byRecipient(deliveries []uptime.Delivery) [][]uptime.Delivery {
	var out [][]uptime.Delivery
	places := map[string]int{}
	for _, d := range deliveries {
		key := string(d.Recipient.Kind) + ":" + d.Recipient.ID
		place, known := places[key]
		if !known {
			place = len(out)
			places[key], out = place, append(out, nil)
		}
		out[place] = append(out[place], d)
	}
	return out
}

// start sends out as many as there are workers for.
func (l *crowd) start(ctx, hard context.Context) {
	now := time.Now()
	kept := l.ready[:0]
	for i, e := range l.ready {
		switch {
		case l.running >= l.workers:
			kept = append(kept, l.ready[i:]...)
			clear(l.ready[len(kept):])
			l.ready = kept
			return
		case now.After(e.until): // it waited for its host
			l.giveBack(e, now, l.hosts.leave(e.host, now))
		case l.hosts.start(e.host):
			if !e.queued {
				l.waited = max(l.waited, now.Sub(e.since))
			}
			e.since = now
			l.running++
			go func() {
				l.courier.travel(ctx, hard, e.trip)
				l.done <- e
			}()
		default:
			e.queued = true
			kept = append(kept, e)
		}
	}
	clear(l.ready[len(kept):])
	l.ready = kept
}

func (l *crowd) giveBack(e errand, now, again time.Time) {
	for _, m := range e.messages {
		l.ledger.add(giveBack(m.Deliveries, now, again)...)
	}
}

// stop gives back what nobody has begun, and waits for the rest.
func (l *crowd) stop() {
	if l.claiming {
		l.take(<-l.claimed)
	}
	now := time.Now()
	for _, e := range l.ready {
		l.giveBack(e, now, now)
	}
	for ; l.running > 0; l.running-- {
		<-l.done
	}
}
