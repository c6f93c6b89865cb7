package notify

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// plainAddress is an address as a service gives it out.
type plainAddress struct {
	text string
	url  *url.URL
}

// read makes shoutrrr's URL of what people have. Its errors quote nothing.
func (s service) read(text string) (string, error) {
	text = strings.TrimSpace(text)
	wrong := fmt.Errorf("is no address of this service; write it like %s", s.like)
	if text == "" {
		return "", fmt.Errorf("is missing; write it like %s", s.like)
	}
	u, err := url.Parse(text)
	if err != nil || line(text, 4000) != text {
		return "", errors.New("cannot be read as an address")
	}
	scheme, _, _ := strings.Cut(u.Scheme, "+")
	switch {
	case s.name == "shoutrrr" && scheme != "" && scheme != "http" && scheme != "https":
		return text, nil
	case s.name == "shoutrrr":
		return "", errors.New("does not begin with a service's name; for an address of the web use a channel of type webhook")
	case scheme == s.name && s.host != "":
		return withHost(u, s.host), nil
	case scheme == s.name:
		return text, nil
	case s.convert == nil:
		return "", wrong
	}
	if converted := s.convert(plainAddress{text, u}); converted != "" {
		return converted, nil
	}
	return "", wrong
}

// isWeb tells whether the address is https://, or http:// where that is allowed.
func (a plainAddress) isWeb(plain bool) bool {
	return (a.url.Scheme == "https" || plain && a.url.Scheme == "http") && a.url.Host != ""
}

// parts are the parts of the path.
func (a plainAddress) parts() []string { return strings.Split(strings.Trim(a.url.Path, "/"), "/") }

func slackURL(a plainAddress) string {
	parts := a.parts()
	if !a.isWeb(false) || a.url.Host != "hooks.slack.com" || len(parts) != 4 || parts[0] != "services" {
		return ""
	}
	return "slack://hook:" + strings.Join(parts[1:], "-") + "@webhook"
}

func teamsURL(a plainAddress) string {
	if !a.isWeb(false) {
		return ""
	}
	return "teams://?host=" + url.QueryEscape(a.text)
}

func discordURL(a plainAddress) string {
	parts := a.parts()
	host := strings.TrimPrefix(strings.TrimPrefix(a.url.Host, "ptb."), "canary.")
	if !a.isWeb(false) || host != "discord.com" && host != "discordapp.com" || len(parts) != 4 || parts[0] != "api" || parts[1] != "webhooks" {
		return ""
	}
	out := url.URL{Scheme: "discord", User: url.User(parts[3]), Host: parts[2]}
	if thread := a.url.Query().Get("thread_id"); thread != "" {
		out.RawQuery = url.Values{"thread_id": {thread}}.Encode()
	}
	return out.String()
}

func mattermostURL(a plainAddress) string {
	parts := a.parts()
	if !a.isWeb(true) || len(parts) != 2 || parts[0] != "hooks" {
		return ""
	}
	return withPlain("mattermost", a, "/"+parts[1], "disabletls", "yes")
}

func rocketchatURL(a plainAddress) string {
	parts := a.parts()
	if !a.isWeb(false) || len(parts) != 3 || parts[0] != "hooks" {
		return ""
	}
	return "rocketchat://" + a.url.Host + "/" + parts[1] + "/" + parts[2]
}

func googlechatURL(a plainAddress) string {
	query := a.url.Query()
	if !a.isWeb(false) || a.url.Host != "chat.googleapis.com" || query.Get("key") == "" || query.Get("token") == "" {
		return ""
	}
	return "googlechat://" + a.url.Host + a.url.EscapedPath() + "?" + a.url.RawQuery
}

func ntfyURL(a plainAddress) string {
	if parts := a.parts(); !a.isWeb(true) || len(parts) != 1 || parts[0] == "" {
		return ""
	}
	return withPlain("ntfy", a, a.url.Path, "scheme", "http")
}

func gotifyURL(a plainAddress) string {
	token := a.url.Query().Get("token")
	path, found := strings.CutSuffix(a.url.Path, "/message")
	if !a.isWeb(true) || !found || token == "" {
		return ""
	}
	return withPlain("gotify", a, path+"/"+token, "disabletls", "yes")
}

// withPlain is a URL of the service on the same host; over http the service is
// told so.
func withPlain(scheme string, a plainAddress, path, name, value string) string {
	out := url.URL{Scheme: scheme, User: a.url.User, Host: a.url.Host, Path: path}
	if a.url.Scheme == "http" {
		out.RawQuery = url.Values{name: {value}}.Encode()
	}
	return out.String()
}

var integrationKey = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

func pagerdutyURL(a plainAddress) string {
	if !integrationKey.MatchString(a.text) {
		return ""
	}
	return "pagerduty://events.pagerduty.com:443/" + a.text
}

// withHost gives a URL the host and port that it lacks: the library forgets its
// own defaults.
func withHost(u *url.URL, host string) string {
	out := *u
	name, port := cmp.Or(u.Hostname(), host), cmp.Or(u.Port(), "443")
	out.Host = net.JoinHostPort(name, port)
	return out.String()
}
