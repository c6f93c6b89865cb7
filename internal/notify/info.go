package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// ChannelInfo is one of the operators' channels, as people are shown it. It
// holds no setting that could be a secret.
type ChannelInfo struct {
	ID    string
	Name  string
	Type  string // a word of Types
	Rule  notice.Channel
	Group time.Duration
	State uptime.ChannelState
}

// Try sends a message to one of the operators' channels at once, past the
// outbox, and answers what came back. It is for tests that somebody waits for.
// uptime.ErrNotFound: there is no such channel. Errors are as the ledger has
// them: one line without addresses and secrets.
func (c *Courier) Try(ctx context.Context, m notice.Message) (Receipt, error) {
	var sender Sender
	if s := c.setup.Load(); s != nil {
		sender = s.sender(m.To)
	}
	if sender == nil {
		return Receipt{}, fmt.Errorf("channel %q: %w", m.To.ID, uptime.ErrNotFound)
	}
	receipt, err := c.hand(ctx, sender, m)
	if err != nil {
		return Receipt{}, errors.New(told(err))
	}
	return receipt, nil
}
