package monitoring

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// beats remembers when each loop last did a round, so that a loop that hangs
// is seen from outside.
type beats struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func newBeats() *beats { return &beats{last: map[string]time.Time{}} }

// of is the beat of one loop, which begins with it.
func (b *beats) of(loop string) func() {
	beat := func() {
		b.mu.Lock()
		b.last[loop] = time.Now()
		b.mu.Unlock()
	}
	beat()
	return beat
}

func (b *beats) ages() map[string]time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	ages := make(map[string]time.Duration, len(b.last))
	for loop, at := range b.last {
		ages[loop] = time.Since(at)
	}
	return ages
}

// A loop that panics is started again, after a pause that grows. One that does
// so again and again ends the engine, because a monitor that limps on unseen is
// worse than one that is restarted.
const (
	restarts    = 5
	restartSpan = 5 * time.Minute
)

// supervise runs a loop until the context ends and restarts it after a panic.
func supervise(ctx context.Context, log *slog.Logger, name string, loop func(context.Context)) error {
	var panics []time.Time
	for {
		cause, stack := guarded(ctx, loop)
		if cause == nil {
			return nil
		}
		now := time.Now()
		panics = append(panics, now)
		log.Error("a loop failed and is started again", "loop", name, "cause", cause, "stack", string(stack))
		if len(panics) >= restarts && now.Sub(panics[len(panics)-restarts]) < restartSpan {
			return fmt.Errorf("the %s loop failed %d times within %s: %v", name, restarts, restartSpan, cause)
		}
		pause(ctx, time.Duration(len(panics))*time.Second)
	}
}

func guarded(ctx context.Context, loop func(context.Context)) (cause any, stack []byte) {
	defer func() {
		if cause = recover(); cause != nil {
			stack = debug.Stack()
		}
	}()
	loop(ctx)
	return nil, nil
}
