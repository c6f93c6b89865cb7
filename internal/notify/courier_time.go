package notify

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// timing divides a lease, so that what is begun within it is settled within it.
type timing struct {
	lease time.Duration
	begin time.Duration // a message is begun this long after the claim at the latest
	send  time.Duration // one message takes this long at most
	write time.Duration // and settling it this long
}

const (
	longestSend  = 30 * time.Second
	longestGrace = 10 * time.Second
)

func newTiming(lease time.Duration) timing {
	return timing{lease: lease, begin: lease / 3, send: min(longestSend, lease/2), write: lease / 6}
}

// grace is a context that ends a while after ctx does, for what is under way.
func (t timing) grace(ctx context.Context) (hard context.Context, release func()) {
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		pause(hard, min(longestGrace, t.lease/3))
		cancel()
	})
	return hard, func() { stop(); cancel() }
}

// waits are the pauses after each failed attempt, each longer or shorter by up
// to a fifth so that couriers do not come in step. After the last the delivery
// is dead: some 21 hours, a night and a morning for somebody to look.
var waits = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
	30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
}

const (
	// poisoned is the number of attempts, those included that ended with the
	// process, after which a delivery is given up unsent: it may be what ends it.
	poisoned = 50
	// longestAfter is how long another server's Retry-After is honoured.
	longestAfter = 6 * time.Hour
)

// patience says when deliveries that went together and failed are due again,
// after being told not to come before some time; zero: never. They wait as long
// as the one that failed most often, and are given up with the one that failed
// least.
func patience(deliveries []uptime.Delivery, after time.Duration) time.Duration {
	most, least := 1, poisoned
	for _, d := range deliveries {
		failed := max(d.Attempt-d.Lost, 1) // an attempt that ended with the process is not the other side's fault
		most, least = max(most, failed), min(least, failed)
	}
	if least > len(waits) {
		return 0
	}
	wait := jittered(waits[min(most, len(waits))-1])
	if after = min(after, longestAfter); after > 0 {
		// Not before it, and not all at that very instant.
		wait = max(wait, after+time.Duration(rand.Float64()*float64(after)/10))
	}
	return wait
}

// jittered is d, longer or shorter by up to a fifth.
func jittered(d time.Duration) time.Duration {
	return d + time.Duration((rand.Float64()*2-1)*float64(d)/5)
}

// pause waits for d or the context's end.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
