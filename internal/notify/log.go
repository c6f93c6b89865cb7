package notify

import (
	"context"
	"log/slog"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// operatorLog writes one line a notice to the program's own log.
type operatorLog struct{ log *slog.Logger }

// Send writes the line. A line that nobody asked for, by the log's level, is
// sent.
func (c operatorLog) Send(ctx context.Context, d uptime.Delivery) error {
	handler, level := c.log.Handler(), levelOf(d.Notice.Reason)
	if !handler.Enabled(ctx, level) {
		return nil
	}
	record := slog.NewRecord(time.Now(), level, d.Notice.Summary, 0)
	record.AddAttrs(
		slog.String("notice", d.Notice.ID),
		slog.String("reason", string(d.Notice.Reason)),
		slog.Time("written", d.Notice.At),
	)
	if d.Notice.Incident != "" {
		record.AddAttrs(slog.String("incident", string(d.Notice.Incident)))
	}
	return handler.Handle(ctx, record) // unlike the logger's methods, it tells of a full disk
}

func levelOf(reason uptime.NoticeReason) slog.Level {
	switch reason {
	case uptime.WentDown, uptime.WentBlind:
		return slog.LevelWarn
	default: // good news, and news of what is known
		return slog.LevelInfo
	}
}
