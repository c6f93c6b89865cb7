// Package notify hands on what is owed: the courier empties the outbox into
// channels, at least once, with patience. It does not decide who is told what;
// a notice is owed from the transaction that caused it.
package notify

import (
	"context"
	"log/slog"

	"github.com/upheld/upheld/internal/uptime"
)

// A Channel is a place that notices go to.
type Channel interface {
	// Send hands the notice on and returns when the other side has taken it. It
	// ends with the context. The same notice may come again, under the same id:
	// where the other side can tell, it is told the id.
	Send(ctx context.Context, d uptime.Delivery) error
}

// Types is the table of channel types, by the word that the configuration
// knows them by.
var Types = map[string]func(*slog.Logger) Channel{
	"log": func(log *slog.Logger) Channel { return operatorLog{log} },
}
