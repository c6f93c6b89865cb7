package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

const logExample = `type: log
name: Log
`

// Log are the settings of a log channel: there are none.
type Log struct{}

// Build makes a sender that writes to the program's log.
func (*Log) Build(env Env) (Sender, error) {
	if env.Log == nil {
		return &logChannel{slog.New(slog.DiscardHandler)}, nil
	}
	return &logChannel{env.Log}, nil
}

// logChannel writes one line a notice to the program's own log.
type logChannel struct{ log *slog.Logger }

// Send writes the lines. A line that nobody asked for, by the log's level, is
// written; one that could not be written is not.
func (c *logChannel) Send(ctx context.Context, m notice.Message) (Receipt, error) {
	handler, sum := c.log.Handler(), sha256.New()
	for _, n := range m.Notices {
		level := levelOf(n.Reason)
		_, _ = fmt.Fprintf(sum, "%s\n%s\n", n.ID, n.Summary)
		if !handler.Enabled(ctx, level) {
			continue
		}
		record := slog.NewRecord(time.Now(), level, line(n.Summary, longestLine), 0)
		record.AddAttrs(slog.String("notice", n.ID), slog.String("reason", string(n.Reason)), slog.Time("written", n.At))
		if n.Incident != "" {
			record.AddAttrs(slog.String("incident", string(n.Incident)))
		}
		if n.Plan != "" {
			record.AddAttrs(slog.String("plan", string(n.Plan)))
		}
		// Unlike the logger's methods, the handler tells of a full disk.
		if err := handler.Handle(ctx, record); err != nil {
			return Receipt{}, fmt.Errorf("the log cannot be written: %w", err)
		}
	}
	return Receipt{State: uptime.DeliverySent, Reply: "written", Digest: hex.EncodeToString(sum.Sum(nil))}, nil
}

func levelOf(reason uptime.NoticeReason) slog.Level {
	switch reason {
	case uptime.WentDown, uptime.WentBlind, uptime.ChannelDead, uptime.UpdateOverdue,
		uptime.PlanOverruns, uptime.BudgetBurns, uptime.PromiseBroken, uptime.PromiseDue, uptime.BackupMissed:
		return slog.LevelWarn
	default: // good news, and news of what is known
		return slog.LevelInfo
	}
}
