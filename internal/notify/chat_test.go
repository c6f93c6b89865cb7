package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// detour sends every request to a server on this machine.
type detour struct{ to *sink }

func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	target, _ := url.Parse(d.to.URL)
	r = r.Clone(r.Context())
	r.Header.Set("X-Host", r.URL.Host)
	r.Header.Set("X-Scheme", r.URL.Scheme)
	r.URL.Scheme, r.URL.Host = "http", target.Host
	return newTransport(testEnv().Egress).RoundTrip(r)
}

// chat is a channel of the service whose requests all go to the sink.
func chat(t *testing.T, service, address string, s *sink) *chatChannel {
	t.Helper()
	kind, known := TypeNamed(service)
	if !known {
		t.Fatalf("there is no type %s", service)
	}
	settings := kind.New().(*Chat)
	settings.URL = address
	sender, err := settings.Build(testEnv())
	if err != nil {
		t.Fatalf("%s: %v", service, err)
	}
	channel := sender.(*chatChannel)
	channel.transport = detour{s}
	return channel
}

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Every service gets its message: where it goes, what it is told, and the id of
// it that comes back.
func TestEveryServiceIsTold(t *testing.T) {
	for _, c := range []struct {
		service, answer, host, path, id string
		holds                           []string
	}{
		{"slack", "ok", "hooks.slack.com", "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", "", []string{`"text":"[Acme] Identified: Public API is down"`, "Since 7 Mar"}},
		{"teams", "", "default0.00.environment.api.powerplatform.com:443", "/powerautomate/automations/direct/workflows/0/triggers/manual/paths/invoke?sig=X", "", []string{"AdaptiveCard", "Public API is down"}},
		{"discord", "", "discord.com", "/api/webhooks/1234567890/TOKEN", "", []string{"embeds", "Public API is down"}},
		{"telegram", `{"ok":true,"result":{"message_id":77}}`, "api.telegram.org", "/bot123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/sendMessage", "77", []string{`"chat_id": "@example"`, "Public API is down"}},
		{"pagerduty", `{"status":"success","dedup_key":"incident-2026-03-07-api"}`, "events.pagerduty.com:443", "/v2/enqueue", "incident-2026-03-07-api",
			[]string{`"event_action":"trigger"`, `"dedup_key":"incident-2026-03-07-api"`, `"severity":"error"`, `"routing_key":"0123456789abcdef0123456789abcdef"`, `"client_url":"https://status.example.org/incidents/2026-03-07-api"`}},
		{"opsgenie", `{"requestId":"r-1"}`, "api.opsgenie.com:443", "/v2/alerts", "r-1", []string{`"alias":"incident-2026-03-07-api"`, `"priority":"P2"`, "Public API is down"}},
		{"ntfy", `{"id":"n-1"}`, "ntfy.sh", "/example-topic", "n-1", []string{"Since 7 Mar", "incidents/2026-03-07-api"}},
		{"pushover", `{"status":1,"request":"p-1"}`, "api.pushover.net", "/1/messages.json", "p-1", []string{"title=%5BAcme%5D", "user=USERKEY", "token=APPTOKEN"}},
		{"gotify", `{"id":5}`, "gotify.example.org", "/message?token=AbCdEfGhIjKlMnO", "5", []string{`"title": "[Acme] Identified: Public API is down"`}},
		{"mattermost", "ok", "mattermost.example.org", "/hooks/TOKEN", "", []string{"Public API is down"}},
		{"rocketchat", `{"success":true}`, "chat.example.org", "/hooks/TOKEN1/TOKEN2", "", []string{"Public API is down"}},
		{"matrix", `{"event_id":"$e1"}`, "matrix.example.org", "/_matrix/client/v3/rooms/", "$e1", []string{"Public API is down"}},
		{"zulip", `{"result":"success","id":9}`, "chat.example.org", "/api/v1/messages", "9", []string{"topic=outages", "to=status", "Public+API+is+down"}},
		{"googlechat", `{"name":"x"}`, "chat.googleapis.com", "/v1/spaces/SPACE/messages?key=KEY&token=TOKEN", "", []string{"Public API is down"}},
		{"shoutrrr", `{"code":200}`, "api.day.app", "/push", "", []string{"Public API is down"}},
	} {
		t.Run(c.service, func(t *testing.T) {
			s := newSink(t, answers(http.StatusOK, c.answer))
			kind, _ := TypeNamed(c.service)
			channel := chat(t, c.service, kind.New().(*Chat).service.like, s)
			m := messages()["update"]
			m.To = uptime.Recipient{Kind: uptime.ToChannel, ID: "ops"}
			receipt, err := channel.Send(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			if receipt.State != uptime.DeliveryAccepted || receipt.RemoteID != c.id || len(receipt.Digest) != 64 || !strings.HasPrefix(receipt.Reply, "HTTP 200 OK") {
				t.Errorf("receipt: %+v", receipt)
			}
			got := s.arrivals()[len(s.arrivals())-1]
			if got.header.Get("X-Host") != c.host || !strings.HasPrefix(got.path, c.path) || got.header.Get("X-Scheme") != "https" {
				t.Errorf("it went to %s://%s%s", got.header.Get("X-Scheme"), got.header.Get("X-Host"), got.path)
			}
			for _, text := range c.holds {
				if !strings.Contains(string(got.body), text) {
					t.Errorf("%s is not in %s", text, got.body)
				}
			}
		})
	}
}

// The table above has all of them.
func TestEveryServiceIsInTheTable(t *testing.T) {
	if n := len(services()); n != 15 {
		t.Errorf("there are %d services; add the new one to TestEveryServiceIsTold", n)
	}
}

// Services report success in many ways when there was none.
func TestWhatAServiceRefusesIsNotSent(t *testing.T) {
	for _, one := range services() {
		for status, want := range map[int]Refusal{
			http.StatusForbidden:       {Permanent: true},
			http.StatusGone:            {Permanent: true, Gone: true},
			http.StatusTooManyRequests: {After: 7 * time.Second},
			http.StatusBadGateway:      {After: 7 * time.Second},
			http.StatusFound:           {After: 7 * time.Second},
		} {
			s := newSink(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "not "+r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
			})
			receipt, err := chat(t, one.name, one.like, s).Send(t.Context(), messages()["update"])
			var refused *Refusal
			if !errors.As(err, &refused) {
				t.Errorf("%s, %d: %+v %v", one.name, status, receipt, err)
				continue
			}
			got := *refused
			got.Reply = ""
			if got != want || !strings.HasPrefix(refused.Reply, fmt.Sprintf("HTTP %d", status)) {
				t.Errorf("%s, %d: %+v, want %+v", one.name, status, refused, want)
			}
			tellsNothing(t, one, err.Error())
			if most := map[string]int{"zulip": 2}[one.name]; len(s.arrivals()) > max(most, 1) {
				t.Errorf("%s, %d: it was asked %d times", one.name, status, len(s.arrivals()))
			}
		}
	}
}

func TestAServiceThatCannotBeReached(t *testing.T) {
	for _, one := range services() {
		channel := chat(t, one.name, one.like, newSink(t, nil))
		channel.transport = newTransport(testEnv().Egress)
		s := newSink(t, nil)
		s.Close()
		channel.transport = detour{s}
		_, err := channel.Send(t.Context(), messages()["update"])
		if err == nil || err.Error() != "the connection was refused" {
			t.Errorf("%s: %v", one.name, err)
		}
		tellsNothing(t, one, fmt.Sprint(err))
	}
}

func TestAServiceThatSaysNothingIsLeft(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	for _, one := range services() {
		s := newSink(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := chat(t, one.name, one.like, s).Send(ctx, messages()["update"])
		cancel()
		if err == nil || !strings.Contains(err.Error(), "no answer came in time") {
			t.Errorf("%s: %v", one.name, err)
		}
	}
}

// A yes that says no.
func TestAnswersThatAreNone(t *testing.T) {
	for service, body := range map[string]string{
		"telegram": "<html>please sign in</html>",
		"slack":    "no_service",
	} {
		kind, _ := TypeNamed(service)
		s := newSink(t, answers(http.StatusOK, body))
		receipt, err := chat(t, service, kind.New().(*Chat).service.like, s).Send(t.Context(), messages()["update"])
		var refused *Refusal
		if !errors.As(err, &refused) || refused.Permanent {
			t.Errorf("%s: %+v %v", service, receipt, err)
		}
	}
}

// tellsNothing fails where a text tells a part of the service's address.
func tellsNothing(t *testing.T, one service, text string) {
	t.Helper()
	for _, secret := range []string{"TOKEN", "XXXXXXXX", "0123456789abcdef", "AAAAAAAA", "KEY", "example-topic", "AbCdEf", "sig=", "00000000-0000", "://"} {
		if strings.Contains(one.like, secret) && strings.Contains(text, secret) {
			t.Errorf("%s: %q is told in %q", one.name, secret, text)
		}
	}
}

// What people have is read, whether the service gave it out or shoutrrr's
// documentation.
func TestAddressesOfServices(t *testing.T) {
	for service, good := range map[string][]string{
		"slack":      {"slack://hook:T00000000-B00000000-XXXXXXXXXXXXXXXXXXXXXXXX@webhook", "slack://xoxb:123456789012-1234567890123-abcdefghijklmnopqrstuvwx@C001CHANNEL"},
		"discord":    {"https://discordapp.com/api/webhooks/1/T", "https://ptb.discord.com/api/webhooks/1/T?thread_id=5", "discord://T@1"},
		"mattermost": {"http://127.0.0.1:8065/hooks/abc", "mattermost://user@127.0.0.1:8065/abc/channel?disabletls=yes"},
		"ntfy":       {"http://127.0.0.1:80/topic", "https://u:p@ntfy.example.org/topic", "ntfy://ntfy.sh/topic?priority=high"},
		"gotify":     {"http://127.0.0.1/sub/message?token=AbCdEfGhIjKlMnO", "gotify://gotify.example.org/AbCdEfGhIjKlMnO"},
		"matrix":     {"matrix://user:password@matrix.example.org/?rooms=!a:b", "matrix://:token@127.0.0.1:8008/?disableTLS=yes"},
		"pagerduty":  {"0123456789abcdef0123456789abcdef", "pagerduty://events.eu.pagerduty.com/0123456789abcdef0123456789abcdef?severity=warning"},
		"opsgenie":   {"opsgenie://api.eu.opsgenie.com/key"},
		"shoutrrr":   {"generic://example.org/path", "generic+https://example.org/path?x=y", "pushbullet://abcdefghijklmnopqrstuvwxyz12345678"},
	} {
		for _, address := range good {
			kind, _ := TypeNamed(service)
			settings := kind.New().(*Chat)
			settings.URL = address
			if _, err := settings.Build(testEnv()); err != nil {
				t.Errorf("%s: %s: %v", service, address, err)
			}
		}
	}
	for _, one := range services() {
		bad := []string{"", "hunter2", "https://", "https://hunter2.example.org/hunter2", "https://hooks.slack.com/services/hunter2", one.name + "://", "not a url\x00hunter2", "logger://", "smtp://u:hunter2@mail.example.org/?from=a@b.example&to=c@d.example", "mqtt://u:hunter2@127.0.0.1/topic", "unheard-of://hunter2"}
		for _, other := range services() {
			if other.name != one.name && one.name != "shoutrrr" {
				bad = append(bad, other.name+"://hunter2:hunter2@hunter2/hunter2")
			}
		}
		for _, address := range bad {
			settings := &Chat{service: one, URL: address}
			if address == "https://hunter2.example.org/hunter2" && one.name == "ntfy" {
				continue // every server may be one of ntfy's
			}
			_, err := settings.Build(testEnv())
			var setting *SettingError
			if !errors.As(err, &setting) || setting.Path != "url" || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %q: %v", one.name, address, err)
			}
		}
		settings := &Chat{service: one, URL: "hunter2"}
		if shown := fmt.Sprintf("%v %+v %#v", settings, settings, settings); strings.Contains(shown, "hunter2") {
			t.Error(shown)
		}
	}
}

// Hosts that can be on this machine are reached over the guard itself.
func TestServicesOfOnesOwn(t *testing.T) {
	s := newSink(t, answers(http.StatusOK, `{"id":1,"event_id":"$1"}`))
	host := strings.TrimPrefix(s.URL, "http://")
	for service, address := range map[string]string{
		"ntfy":       s.URL + "/topic",
		"mattermost": s.URL + "/hooks/abc",
		"gotify":     s.URL + "/message?token=AbCdEfGhIjKlMnO",
		"matrix":     "matrix://:token@" + host + "/?disableTLS=yes&rooms=!a:b",
		"shoutrrr":   "generic://" + host + "/x?disabletls=yes",
	} {
		kind, _ := TypeNamed(service)
		settings := kind.New().(*Chat)
		settings.URL = address
		sender, err := settings.Build(testEnv())
		if err != nil {
			t.Fatalf("%s: %v", service, err)
		}
		before := len(s.arrivals())
		if _, err := sender.Send(t.Context(), messages()["update"]); err != nil || len(s.arrivals()) != before+1 {
			t.Errorf("%s: %v, %d requests", service, err, len(s.arrivals())-before)
		}
	}
	if len(s.arrivals()) != 5 {
		t.Errorf("checking the settings asked as well: %d requests", len(s.arrivals()))
	}
	settings := &Chat{service: services()[6], URL: "http://169.254.169.254/topic"}
	sender, err := settings.Build(testEnv())
	if err != nil {
		t.Fatal(err)
	}
	var refused *Refusal
	if _, err := sender.Send(t.Context(), messages()["update"]); !errors.As(err, &refused) || !refused.Permanent || strings.Contains(err.Error(), "169") {
		t.Errorf("metadata: %v", err)
	}
}

// An incident is one alert from its beginning to its end.
func TestAlertsEndWithTheirIncident(t *testing.T) {
	for _, c := range []struct {
		message string
		events  []string // of PagerDuty: action and key
		closed  int      // alerts of Opsgenie that are closed
	}{
		{"went_down", []string{"trigger incident-2026-03-07-api"}, 0},
		{"update", []string{"trigger incident-2026-03-07-api"}, 0},
		{"reminder", []string{"trigger incident-2026-03-07-api"}, 0},
		{"recovered", []string{"resolve incident-2026-03-07-api"}, 1},
		{"false_alarm", []string{"resolve incident-2026-03-07-api"}, 1},
		{"was_down", []string{"resolve incident-2026-03-07-api"}, 1},
		{"postmortem", []string{"resolve incident-2026-03-07-api"}, 1},
		{"went_blind", []string{"trigger upheld-sight"}, 0},
		{"sees_again", []string{"resolve upheld-sight"}, 1},
		{"test", []string{"trigger upheld-d0c5f00d"}, 0},
		{"digest", []string{"resolve incident-i3", "trigger many-d0c5f00d"}, 1},
		{"scheduled", []string{"resolve plan-db-upgrade"}, 1}, // what was announced wakes nobody
		{"started", []string{"resolve plan-db-upgrade"}, 1},
		{"overruns", []string{"trigger plan-db-upgrade"}, 0},
		{"rescheduled_longer", []string{"resolve plan-db-upgrade"}, 1},
		{"completed", []string{"resolve plan-db-upgrade"}, 1},
		{"budget_burns", []string{"trigger burn-P1"}, 0},
		{"budget_calm", []string{"resolve burn-P1"}, 1},
		{"promise_broken", []string{"trigger upheld-d0c5f00d"}, 0},
		{"backup_missed", []string{"trigger upheld-d0c5f00d"}, 0},
	} {
		s := newSink(t, answers(http.StatusAccepted, `{"status":"success"}`))
		if _, err := chat(t, "pagerduty", "0123456789abcdef0123456789abcdef", s).Send(t.Context(), messages()[c.message]); err != nil {
			t.Fatal(err)
		}
		var events []string
		for range s.arrivals() {
			_, body := s.last(t)
			events = append([]string{fmt.Sprint(body["event_action"], " ", body["dedup_key"])}, events...)
			s.got = s.got[:len(s.got)-1]
		}
		if fmt.Sprint(events) != fmt.Sprint(c.events) {
			t.Errorf("%s: %v, want %v", c.message, events, c.events)
		}
		s = newSink(t, answers(http.StatusAccepted, `{"requestId":"r"}`))
		if _, err := chat(t, "opsgenie", "opsgenie://api.opsgenie.com/the-key", s).Send(t.Context(), messages()[c.message]); err != nil {
			t.Fatal(err)
		}
		closed := 0
		for _, one := range s.arrivals() {
			if strings.HasSuffix(one.path, "/close?identifierType=alias") {
				closed++
			}
			if one.header.Get("Authorization") != "GenieKey the-key" {
				t.Errorf("%s: signed in with %q", c.message, one.header.Get("Authorization"))
			}
		}
		if closed != c.closed || len(s.arrivals()) != len(c.events) {
			t.Errorf("%s: %d closed of %d", c.message, closed, len(s.arrivals()))
		}
	}
}

// Nobody is woken up by a title.
func TestTextsCommandNothing(t *testing.T) {
	title := "@all @everyone <!channel> <users/all> a@b.example **@all** & @room"
	for service, bad := range map[string][]string{
		"slack": {"<!channel>"}, "mattermost": {"@all", "@everyone"}, "rocketchat": {"@all"}, "matrix": {"@room"},
		"zulip": {"@all"}, "googlechat": {"<users/all>"},
	} {
		kind, _ := TypeNamed(service)
		one := kind.New().(*Chat).service
		m := everywhere(title)
		m.Notices[0].Content.Incident.ID = "i1"
		for _, p := range one.pieces(m, links) {
			for _, text := range bad {
				if strings.Contains(p.text, text) || service == "slack" && strings.Contains(p.params["title"], text) {
					t.Errorf("%s: %q is in %q", service, text, p.text)
				}
			}
			if service != "slack" && service != "googlechat" && !strings.Contains(p.text, "a@b.example") {
				t.Errorf("%s: an address was torn apart in %q", service, p.text)
			}
		}
	}
}

func TestTextsFitTheirService(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", 10_000), strings.Repeat("€ ", 3000)} {
		m := everywhere(text)
		for _, one := range services() {
			for _, p := range one.pieces(m, links) {
				if one.most > 0 && len(p.text) > one.most {
					t.Errorf("%s: %d bytes", one.name, len(p.text))
				}
			}
		}
	}
	long := strings.Repeat("é", 100) + "\nhttps://x.example/i"
	if got := cut(long, 60); len(got) > 60 || !strings.HasSuffix(got, "…\nhttps://x.example/i") || strings.ContainsRune(got, '\ufffd') {
		t.Errorf("%q", got)
	}
	if got := cut("short", 60); got != "short" {
		t.Errorf("%q", got)
	}
	s := newSink(t, answers(http.StatusOK, "ok"))
	for _, m := range []notice.Message{digestOf(60, 60), {}} {
		if _, err := chat(t, "slack", services()[0].like, s).Send(t.Context(), m); err != nil {
			t.Error(err)
		}
	}
}
