package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/upheld/upheld/internal/notice"
)

const mailExample = `type: mail
name: On call
to: [oncall@example.org, office@example.org]
`

const mailNotes = "Mail goes through the server of the section `mail` of the configuration. Each address gets a mail\n" +
	"of its own; one that is refused holds up no other. Mail about planned work carries it as a calendar file.\n\n"

// Mail are the settings of a mail channel.
type Mail struct {
	To []string `yaml:"to" jsonschema:"required,minItems=1" doc:"Mail addresses. Each gets a mail of its own; all are named in it."`
}

// Build checks the addresses. Without a mail server (Env.Mail) the channel can
// be checked and nothing can be sent.
func (s *Mail) Build(env Env) (Sender, error) {
	var wrong []error
	if len(s.To) == 0 {
		wrong = append(wrong, &SettingError{"to", "lists no address; write one such as oncall@example.org"})
	}
	for i, address := range s.To {
		if !isAddress(address) {
			wrong = append(wrong, &SettingError{fmt.Sprintf("to[%d]", i), "is no plain mail address; write it like oncall@example.org"})
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	channel := &mailChannel{to: s.To, done: map[string]map[string]string{}}
	if env.Mail == nil {
		return channel, nil
	}
	settings := *env.Mail
	settings.Connections = 1 // of its own: it never waits behind the subscribers' mail
	mailer, err := NewMailer(settings, env)
	if err != nil {
		return nil, fmt.Errorf("the mail server's settings cannot be used: %w", err)
	}
	channel.mailer = mailer
	return channel, nil
}

// mailChannel sends a mail to each of its addresses.
type mailChannel struct {
	mailer *Mailer // nil: there is no server
	to     []string

	mu   sync.Mutex
	done map[string]map[string]string // delivery to the addresses that have it, with the server's word
}

// mostUnfinished bounds what is remembered of deliveries that some addresses
// have and others do not.
const mostUnfinished = 100

// Send sends to every address. When some can only be reached later, the next
// attempt leaves out those that have it.
func (c *mailChannel) Send(ctx context.Context, m notice.Message) (Receipt, error) {
	if c.mailer == nil {
		return Receipt{}, &Refusal{Reply: "not sent: the configuration names no mail server; add the section mail", Permanent: true}
	}
	receipt, replies := Receipt{State: accepted}, []string{}
	var refused, later error
	for _, address := range c.to {
		if reply, has := c.had(m.ID, address); has {
			replies = append(replies, reply)
			continue
		}
		got, err := c.mailer.sendTo(ctx, m, address, c.to)
		var refusal *Refusal
		switch {
		case err == nil:
			receipt.RemoteID, receipt.Digest = got.RemoteID, got.Digest
			replies = append(replies, got.Reply)
			c.have(m.ID, address, got.Reply)
		case errors.As(err, &refusal) && refusal.Permanent:
			refused = err
			replies = append(replies, "one refused: "+refusal.Reply)
		default:
			later = err
		}
	}
	switch {
	case later != nil:
		return Receipt{}, later
	case refused != nil && receipt.Digest == "" && !c.any(m.ID):
		return Receipt{}, refused
	}
	c.forget(m.ID)
	receipt.Reply = line(strings.Join(replies, "; "), longestLine)
	return receipt, nil
}

func (c *mailChannel) had(id, address string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	reply, has := c.done[id][address]
	return reply, has
}

func (c *mailChannel) have(id, address, reply string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.done) >= mostUnfinished && c.done[id] == nil {
		clear(c.done) // some get a mail twice, rather than none
	}
	if c.done[id] == nil {
		c.done[id] = map[string]string{}
	}
	c.done[id][address] = reply
}

func (c *mailChannel) any(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.done[id]) > 0
}

func (c *mailChannel) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.done, id)
}
