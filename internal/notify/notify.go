// Package notify hands on what is owed: the courier empties the outbox into
// channels, at least once, with patience, and writes down what became of each
// delivery. It does not decide who is told what; a notice is owed from the
// transaction that caused it (package notice).
package notify

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// A Sender hands messages to one kind of recipient. It is used by several at a
// time and ends with the context.
type Sender interface {
	// Send hands the message on and returns when the other side has taken it. The
	// same message may come again under the same id: where the other side can
	// tell, it is told the id. An error is a *Refusal where the other side gave
	// one; any other error is worth another attempt.
	Send(ctx context.Context, m notice.Message) (Receipt, error)
}

// Receipt is the proof of a delivery.
type Receipt struct {
	State    uptime.DeliveryState // DeliveryAccepted, or DeliverySent where there is no word from the other side
	Reply    string               // the other side's own words; one line, bounded, without addresses and secrets
	RemoteID string               // the id that it gave the message
	Digest   string               // SHA-256 of the content that was sent, in hex
}

// Refusal is an answer that says what to do next.
type Refusal struct {
	Reply     string        // as in Receipt
	Permanent bool          // another attempt would be refused as well
	Bounced   bool          // the address does not exist or takes no mail
	Gone      bool          // HTTP 410: send nothing more, ever
	After     time.Duration // not before this (Retry-After); 0: the courier's own patience
}

// Error is one line.
func (r *Refusal) Error() string { return fmt.Sprintf("refused: %s", r.Reply) }

// Env is what senders are built from.
type Env struct {
	Egress *egress.Guard // for what the configuration names
	Public *egress.Guard // for what subscribers entered
	Links  Links
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // the program's; nil: nothing is logged
	Mail   *MailSettings    // the server of the configuration; nil: none
	// Open opens a sealed secret of a subscriber's webhook; nil: none is sealed.
	Open func(id uptime.SubscriberID, sealed string) (string, error)
}

func (e Env) now() time.Time {
	if e.Now == nil {
		return time.Now()
	}
	return e.Now()
}

// Links makes the addresses that a message carries.
type Links struct {
	Page string // without a trailing slash
	// Word signs a subscriber's id for a purpose: "confirm", "manage" or "unsubscribe".
	Word func(purpose string, id uptime.SubscriberID) string
}

// Settings are what the configuration says of one channel beside what every
// channel has. Their yaml, doc, default and jsonschema tags are the source of
// the reference and of the editors' schema, as with probes.
type Settings interface {
	// Build checks the settings and makes a sender of them. What is wrong is told
	// as one *SettingError each, joined with errors.Join. It connects to nothing.
	Build(env Env) (Sender, error)
}

// SettingError says what is wrong with one setting.
type SettingError struct {
	Path string // below the channel, as "url"
	Text string
}

// Error names the setting.
func (e *SettingError) Error() string { return e.Path + ": " + e.Text }

// Setting is the path and what is wrong (config.Fault).
func (e *SettingError) Setting() (path, what string) { return e.Path, e.Text }

// Type is one kind of channel.
type Type struct {
	Name    string // the word after `type:`
	Summary string // one sentence
	Example string // one channel, in YAML
	Notes   string // what else there is to know, in Markdown; may be empty
	New     func() Settings
}
