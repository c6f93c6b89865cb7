package notify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// The shapes that a webhook's messages have.
const (
	FormatStandard    = "standard"
	FormatStatuspage  = "statuspage"
	FormatCloudEvents = "cloudevents"
)

const webhookExample = `type: webhook
name: Incident bot
url: https://bot.example.org/hooks/status
secrets: ["${env:WEBHOOK_SECRET}"]
`

const webhookNotes = "Every request is a POST of JSON with the headers of [Standard Webhooks](https://www.standardwebhooks.com):\n" +
	"`webhook-id` (the same whenever the same message is sent again), `webhook-timestamp` and, with a secret,\n" +
	"`webhook-signature`. Any answer of 2xx means that it was taken. 410 disables the channel; other answers of\n" +
	"4xx are final, except 408, 425 and 429; everything else is tried again, not before what `Retry-After` asks\n" +
	"for. Redirects are not followed.\n\n" +
	"`type` is what it is about and why: `incident.went_down`, `plan.scheduled`, `promise.budget_burns`. About planned\n" +
	"work or a change `data.plan` has its times, every revision with the promises that it breaks, and the notice that\n" +
	"was given beside the one that is promised. In Statuspage's shape it is an incident of impact `maintenance`\n" +
	"(`none` for a change) with `scheduled_for` and `scheduled_until`; what was called off is `completed`.\n\n"

// Webhook are the settings of a webhook channel.
type Webhook struct {
	URL     string            `yaml:"url" jsonschema:"required" doc:"Where messages are posted to; https:// or http://. A user and password in it are sent as basic authentication."`
	Format  string            `yaml:"format" jsonschema:"enum=standard,enum=statuspage,enum=cloudevents" default:"standard" doc:"standard: type, timestamp and data. statuspage: as Statuspage's webhooks, for programs that read those. cloudevents: the same data in the structured envelope of CloudEvents 1.0."`
	Secrets []string          `yaml:"secrets" doc:"What messages are signed with, whsec_ and base64, the newest first; at most two, while one replaces the other."`
	Headers map[string]string `yaml:"headers" doc:"More headers of the request, as Authorization. They are never shown."`
	Timeout config.Duration   `yaml:"timeout" default:"15s" doc:"How long one attempt may take; 1s to 60s."`
}

// String is a word: the rest is secret.
func (*Webhook) String() string { return "webhook" }

// GoString is String.
func (*Webhook) GoString() string { return "webhook" }

// Build checks the settings.
func (s *Webhook) Build(env Env) (Sender, error) {
	var wrong []error
	refuse := func(path, format string, args ...any) {
		wrong = append(wrong, &SettingError{path, fmt.Sprintf(format, args...)})
	}
	to, err := checkURL(s.URL)
	if err != nil {
		refuse("url", "%v", err)
	}
	switch s.Format {
	case "", FormatStandard, FormatStatuspage, FormatCloudEvents:
	default:
		refuse("format", "%q is not known; use standard, statuspage or cloudevents", line(s.Format, 40))
	}
	if len(s.Secrets) > mostSecrets {
		refuse("secrets", "are more than two; keep the newest and the one that it replaces")
	}
	for i, secret := range s.Secrets {
		if err := checkSecret(secret); err != nil {
			refuse(fmt.Sprintf("secrets[%d]", i), "%v", err)
		}
	}
	for name, value := range s.Headers {
		if !isHeader(name, value) || ours(name) {
			refuse("headers", "the header %s cannot be set", line(name, 40))
		}
	}
	if d := s.Timeout.D(); d != 0 && (d < time.Second || d > time.Minute) {
		refuse("timeout", "%s is out of bounds; use 1s to 60s", d)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return &webhookChannel{
		poster: poster{transport: newTransport(env.Egress), env: env, timeout: s.Timeout.D()},
		to:     to, format: s.Format, secrets: s.Secrets, headers: maps.Clone(s.Headers),
	}, nil
}

// isHeader tells whether a header can be sent (RFC 9110, 5.1 and 5.5).
func isHeader(name, value string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune(marks, c))
	}) && !strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// ours tells of headers that the request has anyway.
func ours(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Host",
		"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature":
		return true
	}
	return false
}

// webhookChannel posts messages to an address of the configuration.
type webhookChannel struct {
	poster
	to      *url.URL
	format  string
	secrets []string
	headers map[string]string
}

// Send posts one message.
func (c *webhookChannel) Send(ctx context.Context, m notice.Message) (Receipt, error) {
	return c.post(ctx, m, posting{to: c.to, format: c.format, secrets: c.secrets, headers: c.headers})
}

// SubscriberWebhook posts to the addresses that subscribers entered, in
// Statuspage's shape.
type SubscriberWebhook struct{ poster }

// NewSubscriberWebhook makes the sender for subscribers' webhooks. It reaches
// what Env.Public lets it, and opens secrets with Env.Open.
func NewSubscriberWebhook(env Env) *SubscriberWebhook {
	return &SubscriberWebhook{poster{transport: newTransport(env.Public), env: env}}
}

// Send posts one message to the recipient's address.
func (s *SubscriberWebhook) Send(ctx context.Context, m notice.Message) (Receipt, error) {
	to, err := checkURL(m.To.Address)
	if err != nil {
		return Receipt{}, &Refusal{Reply: "not sent: the address " + err.Error(), Permanent: true, Bounced: true}
	}
	var secrets []string
	for _, sealed := range m.To.Secrets {
		if s.env.Open != nil {
			if sealed, err = s.env.Open(uptime.SubscriberID(m.To.ID), sealed); err != nil {
				return Receipt{}, &Refusal{Reply: "not sent: " + err.Error(), Permanent: true}
			}
		}
		secrets = append(secrets, sealed)
	}
	return s.post(ctx, m, posting{to: to, format: FormatStatuspage, secrets: secrets})
}

// poster posts messages.
type poster struct {
	transport http.RoundTripper
	env       Env
	timeout   time.Duration // of an attempt; 0: 15 s
}

// posting is where one message goes, and how.
type posting struct {
	to      *url.URL
	format  string
	secrets []string
	headers map[string]string
}

func (p poster) post(ctx context.Context, m notice.Message, to posting) (Receipt, error) {
	body, kind, err := payload(m, p.env.Links, to.format)
	if err != nil {
		return Receipt{}, &Refusal{Reply: "not sent: " + err.Error(), Permanent: true}
	}
	timeout := p.timeout
	if timeout == 0 {
		timeout = httpTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.to.String(), bytes.NewReader(body))
	if err != nil {
		return Receipt{}, &Refusal{Reply: "not sent: the address cannot be used", Permanent: true}
	}
	for name, value := range to.headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", kind)
	if err := sign(request.Header, token(m.ID), p.env.now(), body, to.secrets); err != nil {
		return Receipt{}, &Refusal{Reply: "not sent: " + err.Error(), Permanent: true}
	}
	answer, err := post(p.transport, request, answerSize)
	if err != nil {
		return Receipt{}, err
	}
	secrets := to.private()
	if refusal := answer.refusal(p.env.now(), secrets...); refusal != nil {
		return Receipt{}, refusal
	}
	sum := sha256.Sum256(body)
	return Receipt{
		State: accepted, Reply: answer.words(secrets...), RemoteID: answer.remoteID(), Digest: hex.EncodeToString(sum[:]),
	}, nil
}

// private is what no reply may show beside the address.
func (p posting) private() []string {
	secrets := slices.Clone(p.secrets)
	for _, value := range p.headers {
		_, credentials, _ := strings.Cut(value, " ")
		secrets = append(secrets, value, credentials)
	}
	return secrets
}
