package notify

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// told is an error as the ledger may have it: one line, bounded, without
// addresses and secrets. A sender promises that of its refusals; what else fails
// may quote anything.
func told(err error) string {
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Reply != "":
		return line(refusal.Reply, longestLine)
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer came in time"
	case errors.Is(err, context.Canceled):
		return "it was stopped before an answer came"
	}
	text := line(err.Error(), 4*longestLine)
	for _, secret := range secrets {
		text = secret.ReplaceAllString(text, "…")
	}
	return line(text, longestLine)
}

// secrets are what an error may quote and the ledger must not have, in the order
// in which they are taken out: addresses of any kind, and words that look like
// keys.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*:/+[^\s"'<>]+`),
	regexp.MustCompile(`[^\s<>()"',;:]+@[^\s<>()"',;]+`),
	regexp.MustCompile(`(?i)\b((bearer|basic)\s+|(token|password|secret|key)\s*[:=]\s*)[^\s"',;]+`),
	regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?\b`),
	regexp.MustCompile(`(?i)\b([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z][a-z0-9-]+(:\d{1,5})?(/[^\s"']*)?`),
	regexp.MustCompile(`(?i)\blocalhost(:\d{1,5})?`),
	regexp.MustCompile(`\[?(?i:[0-9a-f]{0,4}:){2,7}[0-9a-fA-F.]{0,15}(%[\w.]+)?\]?(:\d{1,5})?`),
	regexp.MustCompile(`/[\w~.-]+(/[\w~.%-]+)+/?`),
	regexp.MustCompile(`[A-Za-z0-9_+=-]{20,}`),
}

// LaneStats counts what became of one lane's deliveries since the start.
type LaneStats struct {
	Sent   int64 // deliveries that the other side took
	Failed int64 // attempts that failed and are made again
	Dead   int64 // deliveries that were given up or bounced
}

// Stats are the counts of each lane.
func (c *Courier) Stats() map[uptime.Lane]LaneStats {
	out := make(map[uptime.Lane]LaneStats, len(c.tallies))
	for lane, t := range c.tallies {
		out[lane] = LaneStats{Sent: t.sent.Load(), Failed: t.failed.Load(), Dead: t.dead.Load()}
	}
	return out
}

type tally struct{ sent, failed, dead atomic.Int64 }

func (c *Courier) tally(m notice.Message) *tally { return c.tallyOf(m.Deliveries[0].Lane) }

func (c *Courier) tallyOf(lane uptime.Lane) *tally {
	if t, known := c.tallies[lane]; known {
		return t
	}
	return c.tallies[uptime.LaneBulk]
}

// buried counts a delivery that was given up, and tells the operators' log of
// those that were theirs. Of a subscriber's the ledger tells.
func (c *Courier) buried(d uptime.Delivery, why string) {
	c.tallyOf(d.Lane).dead.Add(1)
	if d.Recipient.Kind == uptime.ToChannel {
		c.log.Error("a message is given up", "channel", d.Recipient.ID, "delivery", d.ID,
			"summary", d.Notice.Summary, "attempts", d.Attempt, "error", why)
	}
}

// trouble logs that something fails when it begins and when it ends, and not in
// between.
type trouble struct {
	log          *slog.Logger
	begins, ends string

	mu       sync.Mutex
	failures int // in a row
}

func (t *trouble) note(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		if t.failures > 0 {
			t.log.Info(t.ends, "failures", t.failures)
		}
		t.failures = 0
		return
	}
	if t.failures++; t.failures == 1 {
		t.log.Warn(t.begins, "error", err)
	}
}
