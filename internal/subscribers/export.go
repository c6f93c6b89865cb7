package subscribers

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// exportHeader are the columns of an export. Import reads them back.
var exportHeader = [...]string{"email", "webhook", "components", "kinds", "state", "confirmed_at", "source", "time_zone"}

// Export writes the whole list as CSV, newest first: everybody, in whatever
// state. Secrets are no part of it. Cells that a spreadsheet would take for a
// formula begin with an apostrophe. It is written down who exported before the
// first line is written.
func (s *Service) Export(ctx context.Context, by uptime.Actor, w io.Writer) error {
	err := s.Store.Apply(ctx, uptime.Changes{Audit: entry(s.now(), by, "subscriber.export", "", "the whole list, with addresses")})
	if err != nil {
		return fmt.Errorf("exporting subscribers: %w", err)
	}
	out := csv.NewWriter(w)
	_ = out.Write(exportHeader[:]) // told by Error below
	err = s.each(ctx, uptime.SubscriberFilter{}, func(who uptime.Subscriber) error { return out.Write(cells(who)) })
	if err != nil {
		return fmt.Errorf("exporting subscribers: %w", err)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("exporting subscribers: %w", err)
	}
	return nil
}

// cells are the line of one subscriber.
func cells(who uptime.Subscriber) []string {
	var mail, webhook, confirmed string
	switch who.Kind {
	case uptime.ToMail:
		mail = who.Address
	case uptime.ToWebhook:
		webhook = who.Address
	case uptime.ToChannel: // is no subscriber
	}
	if !who.ConfirmedAt.IsZero() {
		confirmed = who.ConfirmedAt.UTC().Format(time.RFC3339Nano)
	}
	line := []string{mail, webhook, join(who.Components), join(who.News), string(who.State), confirmed, who.Source, who.Zone}
	for i, cell := range line {
		line[i] = guard(cell)
	}
	return line
}

func join[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, word := range list {
		words[i] = string(word)
	}
	return strings.Join(words, ";")
}

// formula are what a cell begins with that a spreadsheet works out, and the
// apostrophe itself, so that taking it off again is unmistakable.
const formula = "=+-@\t\r'"

// guard keeps a spreadsheet from taking a cell for a formula.
func guard(cell string) string {
	if cell != "" && strings.IndexByte(formula, cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}

// unguard takes off what guard put on.
func unguard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte(formula, cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}
