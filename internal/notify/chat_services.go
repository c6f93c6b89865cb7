package notify

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/upheld/upheld/internal/notice"
)

// service is one that shoutrrr knows.
type service struct {
	name    string // the type's, and the scheme of shoutrrr's URL; "shoutrrr" for any
	summary string
	like    string // an address, as an example
	notes   string
	// convert makes shoutrrr's URL of an address that the service gives out, as
	// that of an incoming webhook; empty: it is none.
	convert func(address plainAddress) string
	host    string // of the service where the URL need not name it
	// title: the subject has a place of its own.
	title bool
	most  int // bytes of a text; 0: as long as we write
	// tame takes from a text what the service would read as a command: mentions,
	// above all.
	tame   func(string) string
	params map[string]string
	// tell makes the pieces of a message where it is not one text.
	tell func(m notice.Message, links Links) []piece
	// denies tells of an answer of 2xx that is none all the same.
	denies func(body string) bool
	// optional tells of a request that a message does not depend on.
	optional func(*http.Request) bool
}

// services are all types that go through shoutrrr, in the reference's order.
func services() []service {
	return []service{
		{name: "slack", summary: "Posts to a channel of Slack.", like: "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", //nolint:gosec // an example
			notes:   "The address of an incoming webhook, or `slack://xoxb:TOKEN@CHANNEL` for a bot.\n\n",
			convert: slackURL, title: true, tame: escapeSlack},
		{name: "teams", summary: "Posts to a channel of Microsoft Teams.", like: "https://default0.00.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/0/triggers/manual/paths/invoke?sig=X",
			notes:   "The address that the workflow “Post to a channel when a webhook request is received” gives out.\n\n",
			convert: teamsURL, title: true},
		{name: "discord", summary: "Posts to a channel of Discord.", like: "https://discord.com/api/webhooks/1234567890/TOKEN",
			convert: discordURL, title: true, params: map[string]string{"splitlines": "no"}},
		{name: "telegram", summary: "Writes to chats of Telegram.", like: "telegram://123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA@telegram?chats=@example",
			most: 4000, denies: telegramDenies},
		{name: "pagerduty", summary: "Opens and resolves alerts of PagerDuty.", like: "pagerduty://events.pagerduty.com/0123456789abcdef0123456789abcdef",
			notes:   "The integration key of a service (Events API v2) alone will do. An incident is one alert, which is resolved\nwith it. Many incidents at once are one alert, which somebody resolves by hand. Announced work opens one only\nif it overruns.\n\n",
			convert: pagerdutyURL, host: "events.pagerduty.com", tell: pagerdutyPieces},
		{name: "opsgenie", summary: "Opens and closes alerts of Opsgenie.", like: "opsgenie://api.opsgenie.com/00000000-0000-0000-0000-000000000000",
			notes: "An incident is one alert, which is closed with it. In the EU the host is `api.eu.opsgenie.com`. Many\nincidents at once are one alert, which somebody closes by hand. Announced work opens one only if it overruns.\n\n",
			host:  "api.opsgenie.com", tell: opsgeniePieces},
		{name: "ntfy", summary: "Publishes to a topic of ntfy.", like: "https://ntfy.sh/example-topic",
			notes:   "A user and password, or `:TOKEN`, stand before the host: `https://user:password@ntfy.example.org/topic`.\n\n",
			convert: ntfyURL, title: true, most: 4000},
		{name: "pushover", summary: "Sends to phones by Pushover.", like: "pushover://shoutrrr:APPTOKEN@USERKEY", title: true, most: 1000},
		{name: "gotify", summary: "Sends to a server of Gotify.", like: "https://gotify.example.org/message?token=AbCdEfGhIjKlMnO",
			convert: gotifyURL, title: true},
		{name: "mattermost", summary: "Posts to a channel of Mattermost.", like: "https://mattermost.example.org/hooks/TOKEN",
			convert: mattermostURL, tame: tameMentions},
		{name: "rocketchat", summary: "Posts to a channel of Rocket.Chat.", like: "https://chat.example.org/hooks/TOKEN1/TOKEN2",
			convert: rocketchatURL, tame: tameMentions},
		{name: "matrix", summary: "Writes to rooms of Matrix.", like: "matrix://:TOKEN@matrix.example.org/?rooms=!room:example.org",
			tame: tameMentions},
		{name: "zulip", summary: "Writes to a stream of Zulip.", like: "zulip://bot%40example.org:KEY@chat.example.org?stream=status&topic=outages",
			notes: "Without `topic` every incident and every plan has one of its own.\n\n",
			most:  9000, tame: tameMentions, tell: zulipPieces, optional: zulipOptional},
		{name: "googlechat", summary: "Posts to a space of Google Chat.", like: "https://chat.googleapis.com/v1/spaces/SPACE/messages?key=KEY&token=TOKEN",
			convert: googlechatURL, most: 4000, tame: tameGoogle},
		{name: "shoutrrr", summary: "Sends to any other service that shoutrrr knows.", like: "bark://:DEVICEKEY@api.day.app",
			notes: "[Its documentation](https://shoutrrr.nickfedor.com) lists the services and their URLs. `smtp`, `mqtt` and `logger`\nare refused: they would open connections past the egress guard.\n\n"},
	}
}

// pieces are what the service is told of a message.
func (s service) pieces(m notice.Message, links Links) []piece {
	if s.tell != nil {
		return s.tell(m, links)
	}
	return []piece{s.piece(Render(m, links))}
}

// piece is a message in one text.
func (s service) piece(text Text) piece {
	subject, body := text.Subject, text.Short
	if s.tame != nil {
		subject, body = s.tame(subject), s.tame(body)
	}
	p := piece{text: body, params: map[string]string{}}
	for name, value := range s.params {
		p.params[name] = value
	}
	if s.title {
		p.params["title"] = subject
	} else {
		p.text = subject + "\n" + body
	}
	if s.most > 0 {
		p.text = cut(p.text, s.most)
	}
	return p
}

// cut shortens a text to so many bytes, at a character's end. A last line, which
// is the address of the incident, stays.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	last := ""
	if at := strings.LastIndexByte(text, '\n'); at >= 0 && len(text)-at < most/2 {
		text, last = text[:at], text[at:]
	}
	end := most - len(last) - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…" + last
}

// escapeSlack writes what Slack reads as a command, such as <!channel>, as text.
func escapeSlack(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// tameMentions puts a space that nobody sees behind an @ that begins a word, so
// that a title wakes up nobody: "@all". In a mail address it begins none.
func tameMentions(text string) string {
	var out strings.Builder
	before := ' '
	for _, c := range text {
		out.WriteRune(c)
		if c == '@' && !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			out.WriteRune('\u200b')
		}
		before = c
	}
	return out.String()
}

// tameGoogle takes the brackets from <users/all>.
func tameGoogle(text string) string { return strings.NewReplacer("<", "‹", ">", "›").Replace(text) }

// telegramDenies: every true answer of Telegram says so.
func telegramDenies(body string) bool {
	var told struct {
		OK bool `json:"ok"`
	}
	return json.Unmarshal([]byte(body), &told) != nil || !told.OK
}

// zulipPieces gives every incident and every plan a topic, unless the address names one.
func zulipPieces(m notice.Message, links Links) []piece {
	text := Render(m, links)
	p := service{most: 9000, tame: tameMentions}.piece(text)
	topic := text.Subject
	if len(m.Notices) > 0 {
		c := m.Notices[len(m.Notices)-1].Content
		topic = cmp.Or(c.Incident.Title, c.Plan.Title, topic)
	}
	p.params["title"] = line(topic, 50) // becomes the topic where there is none
	return []piece{p}
}

// zulipOptional: it asks for limits first, and goes on without them.
func zulipOptional(request *http.Request) bool {
	return strings.HasSuffix(request.URL.Path, "/api/v1/register")
}
