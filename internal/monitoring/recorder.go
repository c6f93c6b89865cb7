package monitoring

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Limits of the recorder. Observations are bounded data: while the database is
// away they wait, and past the bound the oldest are let go and counted. What
// was believed meanwhile is not lost with them; it stands in the segments.
const (
	batchRows  = 1000
	batchWait  = time.Second
	queueLimit = 200_000
)

// recorder writes observations in batches, so that no look ever waits for the
// disk.
type recorder struct {
	write func(context.Context, []uptime.Observation) error
	log   *slog.Logger
	beat  func()
	full  chan struct{}

	mu    sync.Mutex
	queue []uptime.Observation
	done  RecorderCounts
}

func newRecorder(write func(context.Context, []uptime.Observation) error, log *slog.Logger, beat func()) *recorder {
	return &recorder{write: write, log: log, beat: beat, full: make(chan struct{}, 1)}
}

// add queues one observation. It never blocks.
func (r *recorder) add(o uptime.Observation) {
	r.mu.Lock()
	if len(r.queue) >= queueLimit {
		spare := queueLimit / 10
		r.done.Dropped += int64(spare)
		r.queue = append(r.queue[:0], r.queue[spare:]...)
	}
	r.queue = append(r.queue, o)
	full := len(r.queue) == batchRows
	r.mu.Unlock()
	if full {
		select {
		case r.full <- struct{}{}:
		default:
		}
	}
}

// RecorderCounts is how the writing of observations goes. Counts are since the
// start.
type RecorderCounts struct {
	Queued          int
	Dropped         int64 // let go because too many waited
	Written         int64
	Batches, Failed int64 // transactions
}

func (r *recorder) counts() RecorderCounts {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := r.done
	counts.Queued = len(r.queue)
	return counts
}

// run writes until the context ends, and then once more.
func (r *recorder) run(ctx context.Context) {
	tick := time.NewTicker(batchWait)
	defer tick.Stop()
	failures := 0
	for {
		select {
		case <-ctx.Done():
			if err := r.flush(context.WithoutCancel(ctx), 5*time.Second); err != nil {
				r.log.Warn("the last observations could not be written", "error", err)
			}
			return
		case <-tick.C:
		case <-r.full:
		}
		r.beat()
		if err := r.flush(ctx, 30*time.Second); err != nil {
			failures++
			if failures == 1 {
				r.log.Warn("observations cannot be written; they wait in memory", "error", err)
			}
			pause(ctx, min(time.Duration(failures)*time.Second, 10*time.Second))
		} else if failures > 0 {
			r.log.Info("observations are written again", "failures", failures)
			failures = 0
		}
	}
}

// flush writes everything that is queued, batch by batch, and puts a batch
// that failed back to the front.
func (r *recorder) flush(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		r.mu.Lock()
		n := min(len(r.queue), batchRows)
		batch := append([]uptime.Observation(nil), r.queue[:n]...)
		r.queue = append(r.queue[:0], r.queue[n:]...)
		r.mu.Unlock()
		if n == 0 {
			return nil
		}
		err := r.write(ctx, batch)
		r.mu.Lock()
		if err != nil {
			r.queue = append(batch, r.queue...)
			r.done.Failed++
		} else {
			r.done.Written += int64(n)
			r.done.Batches++
		}
		r.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
