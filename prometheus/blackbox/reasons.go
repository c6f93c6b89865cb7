package blackbox

import (
	"context"
	"log/slog"
	"slices"
	"sync"
)

// reasons keeps what the library says of a probe that went wrong: its own words,
// and nothing of the values beside them, which hold what was sent and received.
type reasons struct {
	mu   sync.Mutex
	said []string
}

// mostReasons is more than a probe ever has.
const mostReasons = 32

// Enabled is for what went wrong.
func (r *reasons) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle keeps the message.
func (r *reasons) Handle(_ context.Context, record slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.said) < mostReasons {
		r.said = append(r.said, record.Message)
	}
	return nil
}

// WithAttrs drops them.
func (r *reasons) WithAttrs([]slog.Attr) slog.Handler { return r }

// WithGroup has nothing to group.
func (r *reasons) WithGroup(string) slog.Handler { return r }

func (r *reasons) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.said)
}
