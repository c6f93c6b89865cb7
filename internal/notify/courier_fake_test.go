package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// fakeOutbox is an outbox in memory that keeps the store's contract, with faults
// to order.
type fakeOutbox struct {
	mu        sync.Mutex
	rows      []*uptime.Delivery
	open      map[uptime.Lane][]*uptime.Delivery // those that wait or are being sent
	byID      map[string]*uptime.Delivery
	claimErr  error
	settleErr error
	claims    int
	settled   []uptime.Settlement
}

// owe puts a notice into the outbox for each of the recipients.
func (o *fakeOutbox) owe(n uptime.Notice, to ...uptime.Recipient) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byID == nil {
		o.byID, o.open = map[string]*uptime.Delivery{}, map[uptime.Lane][]*uptime.Delivery{}
	}
	for _, r := range to {
		lane := uptime.LaneSubscribers
		switch {
		case r.Kind == uptime.ToChannel:
			lane = uptime.LaneOperators
		case n.Reason == uptime.ConfirmSubscription:
			lane = uptime.LaneBulk
		}
		d := &uptime.Delivery{
			ID: n.ID + "." + r.ID, Seq: int64(len(o.rows) + 1), Lane: lane, Recipient: r, Notice: n,
			State: uptime.DeliveryQueued, Due: time.Now(),
		}
		o.rows, o.byID[d.ID], o.open[lane] = append(o.rows, d), d, append(o.open[lane], d)
	}
}

func (o *fakeOutbox) Claim(ctx context.Context, c uptime.Claim) ([]uptime.Delivery, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.claims++
	if err := cmp.Or(ctx.Err(), o.claimErr); err != nil {
		return nil, err
	}
	byRecipient, order := o.claimable(c)
	var out []uptime.Delivery
	for _, key := range order {
		if len(out) >= c.Limit {
			break
		}
		for _, d := range byRecipient[key] {
			if d.State == uptime.DeliverySending {
				if d.Lost++; d.Unsure.IsZero() {
					d.Unsure = d.Due
				}
			}
			d.State, d.Due, d.Attempt = uptime.DeliverySending, c.Now.Add(c.Lease), d.Attempt+1
			out = append(out, *d)
		}
	}
	slices.SortFunc(out, func(a, b uptime.Delivery) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, nil
}

// claimable is what may be claimed, by recipient, and the recipients in the
// order in which they are owed.
func (o *fakeOutbox) claimable(c uptime.Claim) (map[string][]*uptime.Delivery, []string) {
	var order []string
	if o.open == nil {
		return nil, nil
	}
	out, stuck := map[string][]*uptime.Delivery{}, map[string]bool{}
	o.open[c.Lane] = slices.DeleteFunc(o.open[c.Lane], func(d *uptime.Delivery) bool {
		return d.State != uptime.DeliveryQueued && d.State != uptime.DeliverySending
	})
	for _, d := range o.open[c.Lane] {
		if c.Kind != "" && d.Recipient.Kind != c.Kind || c.Channel != "" && d.Recipient.ID != c.Channel ||
			c.Channel == "" && slices.Contains(c.Except, d.Recipient.ID) {
			continue
		}
		key := string(d.Recipient.Kind) + ":" + d.Recipient.ID
		about, nothing := threadOf(d.Notice), thread{}
		place := key + "/" + string(about.incident) + "/" + string(about.plan)
		switch {
		case d.Due.After(c.Now), about != nothing && stuck[place]:
			stuck[place] = true
		default:
			if out[key] == nil {
				order = append(order, key)
			}
			out[key] = append(out[key], d)
		}
	}
	return out, order
}

func (o *fakeOutbox) Settle(ctx context.Context, settlements []uptime.Settlement) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := cmp.Or(ctx.Err(), o.settleErr); err != nil {
		return 0, err
	}
	n := 0
	for _, s := range settlements {
		d := o.byID[s.Delivery]
		if d == nil || d.Attempt != s.Attempt || d.State != uptime.DeliverySending {
			continue
		}
		n++
		o.settled = append(o.settled, s)
		d.State, d.Held, d.Due, d.Settled = s.State, s.Held, s.Again, s.At
		d.Reply, d.RemoteID, d.Digest, d.In = s.Reply, s.RemoteID, s.Digest, s.In
		if s.Error != "" {
			d.Error = s.Error
		}
		if s.Untried {
			d.Attempt--
		}
	}
	return n, nil
}

// fail sets the errors that the outbox answers.
func (o *fakeOutbox) fail(claim, settle error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.claimErr, o.settleErr = claim, settle
}

// states counts the deliveries in each state.
func (o *fakeOutbox) states() map[uptime.DeliveryState]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := map[uptime.DeliveryState]int{}
	for _, d := range o.rows {
		out[d.State]++
	}
	return out
}

func (o *fakeOutbox) get(id string) uptime.Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	return *o.byID[id]
}

// fakeSender is a sender that answers as it is told to, and notes what it took.
type fakeSender struct {
	answer func(ctx context.Context, m notice.Message) error

	mu    sync.Mutex
	tries []time.Time
	taken []courierArrival
	most  int // at a time
	now   int
}

type courierArrival struct {
	m  notice.Message
	at time.Time
}

func (s *fakeSender) Send(ctx context.Context, m notice.Message) (Receipt, error) {
	s.mu.Lock()
	s.tries = append(s.tries, time.Now())
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	if s.answer != nil {
		if err := s.answer(ctx, m); err != nil {
			return Receipt{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, courierArrival{m, time.Now()})
	return Receipt{State: uptime.DeliveryAccepted, Reply: "250 ok", RemoteID: "r-" + m.ID, Digest: "d"}, nil
}

// told is what was taken, in order, as "d1=went_down".
func (s *fakeSender) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, a := range s.taken {
		out = append(out, fmt.Sprintf("%s=%s", a.m.ID, a.m.Reason))
	}
	return out
}

func (s *fakeSender) count() (tries, taken int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tries), len(s.taken)
}

var errNotNow = errors.New("not now")

// hangs answers when the caller's patience ends, or after d.
func hangs(d time.Duration) func(context.Context, notice.Message) error {
	return func(ctx context.Context, _ notice.Message) error {
		pause(ctx, d)
		return ctx.Err()
	}
}

func channelTo(name string) uptime.Recipient {
	return uptime.Recipient{Kind: uptime.ToChannel, ID: name}
}

func mailTo(id string) uptime.Recipient {
	return uptime.Recipient{Kind: uptime.ToMail, ID: id, Address: id + "@example.org"}
}

func webhookTo(id, host string) uptime.Recipient {
	return uptime.Recipient{Kind: uptime.ToWebhook, ID: id, Address: "https://" + host + "/" + id}
}

func news(id string, incident uptime.IncidentID, reason uptime.NoticeReason) uptime.Notice {
	return uptime.Notice{ID: id, At: time.Now(), Incident: incident, Reason: reason, Summary: "Sign-in is down"}
}

// work runs a courier for a while of virtual time, and to its end.
func work(c *Courier, d time.Duration) {
	stop := begin(c)
	time.Sleep(d)
	stop()
}

// finish runs a courier until nothing is owed any more, or for so long.
func finish(c *Courier, o *fakeOutbox, most time.Duration) {
	stop := begin(c)
	for begun := time.Now(); time.Since(begun) < most; {
		time.Sleep(time.Minute)
		if got := o.states(); got[uptime.DeliveryQueued]+got[uptime.DeliverySending] == 0 {
			break
		}
	}
	stop()
}

// begin runs a courier until stop is called, which waits for its end.
func begin(c *Courier) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		c.Run(ctx)
		close(done)
	}()
	return func() {
		cancel()
		<-done
	}
}

// only is a configuration with one channel.
func only(c *Courier, name string, s Sender) *Courier {
	c.Configure(map[string]ChannelSetup{name: {Sender: s}}, nil, nil)
	return c
}
