package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// Chat are the settings of a channel that shoutrrr speaks the language of.
type Chat struct {
	URL string `yaml:"url" jsonschema:"required" doc:"The service's address: that of its incoming webhook, where it has one, or a URL of shoutrrr as in the example. All of it is a secret and never shown."`

	service service
}

// String is the service's name: the rest is secret.
func (s *Chat) String() string { return s.service.name }

// GoString is String.
func (s *Chat) GoString() string { return s.service.name }

// Build checks the address by sending a message that goes nowhere.
func (s *Chat) Build(env Env) (Sender, error) {
	to, err := s.service.read(s.URL)
	if err != nil {
		return nil, &SettingError{"url", err.Error()}
	}
	c := &chatChannel{service: s.service, to: to, env: env, transport: newTransport(env.Egress)}
	if err := c.rehearse(); err != nil {
		return nil, &SettingError{"url", err.Error()}
	}
	return c, nil
}

// chatChannel sends messages to one place.
type chatChannel struct {
	service   service
	to        string // shoutrrr's URL
	env       Env
	transport http.RoundTripper
}

// piece is one thing that a service is told. Most messages are one.
type piece struct {
	text   string
	params map[string]string
	alias  string // not empty: what is to be closed, in place of telling a text
}

// rehearse goes through all of sending but the network.
func (c *chatChannel) rehearse() error {
	m := notice.Message{ID: "rehearsal", Reason: uptime.TestOfChannel}
	w := &wire{ctx: context.Background(), rehearsal: true}
	for _, p := range c.service.pieces(m, c.env.Links) {
		err := c.tell(w, p)
		if errors.Is(err, errUnguarded) {
			return err
		}
	}
	if w.asked == 0 {
		// What the library says of it may quote it.
		return fmt.Errorf("cannot be used; write it like %s", c.service.like)
	}
	return nil
}

// Send tells the service a message.
func (c *chatChannel) Send(ctx context.Context, m notice.Message) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, httpTimeout)
	defer cancel()
	sum := sha256.New()
	receipt := Receipt{State: accepted}
	for _, p := range c.service.pieces(m, c.env.Links) {
		w := &wire{ctx: ctx, transport: c.transport, now: c.env.now, address: c.to, service: c.service}
		ended := make(chan error, 1)
		go func() { // some services do not heed the context
			defer func() {
				if bug := recover(); bug != nil {
					ended <- fmt.Errorf("a bug in the service's library: %v", bug)
				}
			}()
			ended <- c.tell(w, p)
		}()
		select {
		case <-ctx.Done():
			return Receipt{}, errors.New("no answer came in time")
		case err := <-ended:
			if err := w.verdict(err); err != nil {
				return Receipt{}, err
			}
		}
		receipt.Reply, receipt.RemoteID = w.last.words(c.to), remoteID(w.last.body)
		_, _ = fmt.Fprintf(sum, "%s\n%v\n", p.text, p.params)
	}
	receipt.Digest = hex.EncodeToString(sum.Sum(nil))
	return receipt, nil
}

// errUnguarded refuses services that would go past the egress guard.
var errUnguarded = errors.New("names a service that opens connections past the egress guard; use a channel of type mail or webhook in its place")

// tell makes the service anew, since some of them keep what they were told
// last, and tells it one thing over the wire.
func (c *chatChannel) tell(w *wire, p piece) error {
	if p.alias != "" {
		return c.closeAlert(w, p.alias)
	}
	to, err := url.Parse(c.to)
	if err != nil {
		return err
	}
	scheme, _, custom := strings.Cut(to.Scheme, "+")
	made, err := new(router.ServiceRouter).NewService(scheme)
	if err != nil {
		return err
	}
	guarded, able := made.(types.HTTPClientSetter)
	if !able {
		return errUnguarded
	}
	if custom {
		converter, able := made.(types.CustomURLService)
		if !able {
			return errUnguarded
		}
		if to, err = converter.GetServiceURLFromCustom(to); err != nil {
			return err
		}
	}
	// Before, since some sign in when they are made, and after, since some make
	// themselves a client then.
	guarded.SetHTTPClient(w)
	if err := made.Initialize(to, silence{}); err != nil { //nolint:misspell // the library's name
		return err
	}
	guarded.SetHTTPClient(w)
	params := types.Params(p.params)
	return made.Send(p.text, &params)
}

// silence is the library's log: it quotes addresses and tokens.
type silence struct{}

func (silence) Print(...any)          {}
func (silence) Printf(string, ...any) {}
func (silence) Println(...any)        {}

// remoteID finds the id of the message in an answer, wherever services put it.
func remoteID(body string) string {
	var told struct {
		ID        any             `json:"id"`
		EventID   string          `json:"event_id"`
		TS        string          `json:"ts"`
		Request   string          `json:"request"`
		RequestID string          `json:"requestId"`
		DedupKey  string          `json:"dedup_key"`
		Result    json.RawMessage `json:"result"`
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&told) != nil {
		return ""
	}
	for _, id := range []string{told.EventID, told.TS, told.RequestID, told.Request, told.DedupKey} {
		if id != "" {
			return line(id, 80)
		}
	}
	var telegram struct {
		MessageID int64 `json:"message_id"`
	}
	switch {
	case json.Unmarshal(told.Result, &telegram) == nil && telegram.MessageID != 0:
		return fmt.Sprint(telegram.MessageID)
	case told.ID != nil:
		return line(fmt.Sprint(told.ID), 80)
	}
	return ""
}
