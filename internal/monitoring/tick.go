package monitoring

import (
	"context"
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// tickEvery is how often the loop asks what time alone has changed.
const tickEvery = 5 * time.Second

// tick records gaps as they open and keeps an eye on the wall clock.
func (e *Engine) tick(ctx context.Context) {
	beat := e.beats.of("tick")
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	behind := false
	last := e.dater.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		beat()
		now := e.dater.Now()
		if now.Sub(last) > 3*tickEvery { // stopped or suspended: jobs may have called in vain
			e.log.Warn("nothing was watched for a while", "from", last, "to", now)
			e.signals.woke(last, now)
			e.alerts.woke(now)
		}
		last = now
		e.mu.RLock()
		for _, w := range e.watches {
			w.gap(now)
		}
		e.mu.RUnlock()
		if lag := e.dater.Behind(); (lag > stepTolerance) != behind {
			behind = !behind
			e.log.Warn("the machine's clock was set back; times follow our own clock until it has caught up",
				"behind", lag.Round(time.Second))
		}
	}
}

// notice owes the operators one line about our own sight.
func (e *Engine) notice(reason uptime.NoticeReason, class uptime.Class, at time.Time) {
	summary := fmt.Sprintf("The %s can be seen again.", class)
	if reason == uptime.WentBlind {
		summary = fmt.Sprintf("Our own connection to the %s seems lost: what is behind it counts as unknown, and no incident is opened.", class)
	}
	e.decider.tell(news{event: &notice.Event{
		ID: fmt.Sprintf("%s-%s-%d", reason, class, at.UnixMilli()), Reason: reason, Summary: summary,
	}})
}
