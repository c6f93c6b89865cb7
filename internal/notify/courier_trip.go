package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// trip is what one recipient is sent after one claim: messages, one after the
// other.
type trip struct {
	messages []notice.Message
	// until is when a message is begun at the latest: what is begun later would
	// outlast the lease.
	until time.Time
	// settle takes what became of deliveries. False ends the trip: what is not
	// written comes again, and nothing may overtake it.
	settle func([]uptime.Settlement) bool
	// sent, if there is one, is told of each message that was taken.
	sent func(notice.Message)
}

// travel makes the trip. After a message that must be tried again the later ones
// about its incidents and plans go back as well, and come with it.
func (c *Courier) travel(ctx, hard context.Context, t trip) {
	stuck := map[thread]time.Time{}
	for _, m := range t.messages {
		now := time.Now()
		again, blocked := blockedBy(m, stuck)
		if ctx.Err() != nil || now.After(t.until) {
			again, blocked = now, true
		}
		var settlements []uptime.Settlement
		taken := false
		if blocked {
			settlements = giveBack(m.Deliveries, now, again)
		} else {
			settlements, taken = c.attempt(hard, m)
		}
		for _, s := range settlements {
			if s.State == uptime.DeliveryQueued {
				block(m, s.Again, stuck)
			}
		}
		if !t.settle(settlements) {
			return
		}
		if taken && t.sent != nil {
			t.sent(m)
		}
	}
}

// thread is what a notice is about, as far as its order matters; zero: nothing.
type thread struct {
	incident uptime.IncidentID
	plan     uptime.PlanID // of what is about no incident
}

func threadOf(n uptime.Notice) thread {
	if n.Incident != "" {
		return thread{incident: n.Incident}
	}
	return thread{plan: n.Plan}
}

func blockedBy(m notice.Message, stuck map[thread]time.Time) (again time.Time, blocked bool) {
	for _, n := range m.Notices {
		if at, is := stuck[threadOf(n)]; is && at.After(again) {
			again, blocked = at, true
		}
	}
	return again, blocked
}

func block(m notice.Message, again time.Time, stuck map[thread]time.Time) {
	for _, n := range m.Notices {
		if about := threadOf(n); about != (thread{}) {
			stuck[about] = again
		}
	}
}

// giveBack settles deliveries that were claimed and not tried.
func giveBack(deliveries []uptime.Delivery, now, again time.Time) []uptime.Settlement {
	out := make([]uptime.Settlement, len(deliveries))
	for i, d := range deliveries {
		out[i] = uptime.Settlement{
			Delivery: d.ID, Attempt: d.Attempt, State: uptime.DeliveryQueued, At: now, Again: again, Held: d.Held, Untried: true,
		}
	}
	return out
}

// hold settles deliveries that will not be sent.
func hold(deliveries []uptime.Delivery, why uptime.HoldReason) []uptime.Settlement {
	out := make([]uptime.Settlement, len(deliveries))
	for i, d := range deliveries {
		out[i] = uptime.Settlement{Delivery: d.ID, Attempt: d.Attempt, State: uptime.DeliveryHeld, At: time.Now(), Held: why}
	}
	return out
}

// fit parts what can be sent from what cannot: deliveries that may be what ends
// the process, and those to subscribers who have left.
func (c *Courier) fit(deliveries []uptime.Delivery) (fit []uptime.Delivery, settled []uptime.Settlement) {
	for _, d := range deliveries {
		switch {
		case d.Attempt > poisoned:
			settled = append(settled, uptime.Settlement{
				Delivery: d.ID, Attempt: d.Attempt, State: uptime.DeliveryDead, At: time.Now(),
				Error: fmt.Sprintf("given up unsent: %d attempts came to nothing, and it may be what ends the process", poisoned),
			})
			c.buried(d, "too many attempts ended without a word")
		case d.Recipient.Kind != uptime.ToChannel && d.Recipient.Address == "":
			settled = append(settled, hold([]uptime.Delivery{d}, uptime.HeldUnsubscribed)...)
		default:
			fit = append(fit, d)
		}
	}
	return fit, settled
}

// attempt sends the message and says what became of its deliveries.
func (c *Courier) attempt(hard context.Context, m notice.Message) (settlements []uptime.Settlement, taken bool) {
	sender := c.setup.Load().sender(m.To)
	if sender == nil {
		now := time.Now()
		return giveBack(m.Deliveries, now, now.Add(jittered(noSenderWait))), false
	}
	receipt, err := c.hand(hard, sender, m)
	if err == nil {
		return c.taken(m, receipt), true
	}
	if hard.Err() != nil { // our stop, not the other side's fault
		now := time.Now()
		return settle(m, uptime.Settlement{State: uptime.DeliveryQueued, At: now, Again: now, Error: "stopped before an answer came"}), false
	}
	return c.refused(m, err), false
}

// noSenderWait is how long a delivery waits that nobody can send, as while no
// mail server is configured.
const noSenderWait = time.Minute

// hand is the sender's Send with a bound, and with its bugs as errors.
func (c *Courier) hand(hard context.Context, sender Sender, m notice.Message) (receipt Receipt, err error) {
	ctx, cancel := context.WithTimeout(hard, c.timing.send)
	defer cancel()
	defer func() {
		if bug := recover(); bug != nil {
			err = fmt.Errorf("a bug in the sender: %v", bug)
		}
	}()
	return sender.Send(ctx, m)
}

// settle makes a settlement for each delivery of the message. The newest carried
// it; the others name that one once it is over.
func settle(m notice.Message, s uptime.Settlement) []uptime.Settlement {
	out := make([]uptime.Settlement, len(m.Deliveries))
	for i, d := range m.Deliveries {
		out[i] = s
		out[i].Delivery, out[i].Attempt = d.ID, d.Attempt
		if d.ID != m.ID && s.State != uptime.DeliveryQueued {
			out[i].In = m.ID
		}
	}
	return out
}

// taken settles a message that the other side took.
func (c *Courier) taken(m notice.Message, r Receipt) []uptime.Settlement {
	c.tally(m).sent.Add(int64(len(m.Deliveries)))
	state := r.State
	if state != uptime.DeliveryAccepted {
		state = uptime.DeliverySent
	}
	return settle(m, uptime.Settlement{
		State: state, At: time.Now(), Reply: line(r.Reply, longestLine), RemoteID: line(r.RemoteID, longestLine), Digest: r.Digest,
	})
}

// refused settles a message that the other side did not take.
func (c *Courier) refused(m notice.Message, err error) []uptime.Settlement {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		refusal = &Refusal{}
	}
	now := time.Now()
	s := uptime.Settlement{State: uptime.DeliveryQueued, At: now, Error: told(err), Reply: line(refusal.Reply, longestLine), Gone: refusal.Gone}
	wait := patience(m.Deliveries, refusal.After)
	switch {
	case refusal.Bounced:
		s.State = uptime.DeliveryBounced
	case refusal.Gone, refusal.Permanent, wait == 0:
		s.State = uptime.DeliveryDead
	default:
		s.Again = now.Add(wait)
		c.tally(m).failed.Add(1)
		return settle(m, s)
	}
	for _, d := range m.Deliveries {
		c.buried(d, s.Error)
	}
	return settle(m, s)
}
