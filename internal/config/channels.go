package config

import (
	"encoding"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Mail is the server that mail is handed to.
type Mail struct {
	Server     string `yaml:"server" jsonschema:"required" doc:"Its host and port, as smtp.example.org:587."`
	TLS        string `yaml:"tls" jsonschema:"enum=starttls,enum=tls,enum=none,default=starttls" doc:"starttls (usual on port 587), tls from the start (port 465), or none for a server on this machine."`
	Username   string `yaml:"username" doc:"To sign in with; without it nobody signs in."`
	Password   string `yaml:"password" doc:"As ${env:NAME} or ${file:PATH}."`
	From       string `yaml:"from" jsonschema:"required" doc:"Who the mail is from, as Example Status <status@example.org>."`
	ReturnPath string `yaml:"return_path" doc:"Where reports of mail that could not be delivered go, as bounces@example.org. Each message gets an address of its own before it: bounces+ID@example.org. Hand such mail to upheld bounce."`
}

// Channel is a place where operators are told.
type Channel struct {
	Type  string     `yaml:"type" jsonschema:"required" doc:"Which service; one of the types of channels."`
	ID    string     `yaml:"id" jsonschema:"pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=64" doc:"Its name in the ledger. Made from the name unless given."`
	Name  string     `yaml:"name" jsonschema:"required" doc:"What operators call it."`
	Route Route      `yaml:"route" doc:"What it is told of. Without it everything."`
	Quiet QuietHours `yaml:"quiet_hours" doc:"The part of every day in which it is left alone; what falls into it waits."`
	// Remind is zero where nothing is repeated.
	Remind Duration `yaml:"remind" doc:"How often it is told again while an incident lasts; at least 1m. Without it, never."`
	Group  Duration `yaml:"group" jsonschema:"default=30s" doc:"Once its messages are about more than one incident, at most one is sent in this time."`

	// Settings is what Kinds made for the type, decoded.
	Settings any `yaml:"-"`
	// Path is the channel's place in the file, as channels[0].
	Path string `yaml:"-"`
	// Line is where it starts.
	Line int `yaml:"-"`
}

// Route says which incidents a channel is told of. Of the lists that are given
// each must have a match.
type Route struct {
	Tiers      []int    `yaml:"tiers" doc:"1, 2, 3."`
	Components []string `yaml:"components" doc:"Ids of components."`
	Tags       []string `yaml:"tags" doc:"Tags of components."`
}

// QuietHours is a part of every day.
type QuietHours struct {
	From     Clock `yaml:"from" jsonschema:"required" doc:"When they begin, as 22:00."`
	To       Clock `yaml:"to" jsonschema:"required" doc:"When they end, as 07:00; if before from, on the next day."`
	TimeZone Zone  `yaml:"time_zone" doc:"The zone of both. Unless given, the page's."`
	Except   int   `yaml:"except_tier" jsonschema:"minimum=0,maximum=3,default=1" doc:"Incidents of this tier, and graver ones, are told all the same; 0: none are."`
}

// Incidents says what happens with incidents that monitors open.
type Incidents struct {
	Publish Publish `yaml:"publish" doc:"Which are seen by the public at once, and which open as drafts for a person to publish."`
}

// Publish says for each tier whether an incident is published by itself.
type Publish struct {
	Tier1 string `yaml:"tier_1" jsonschema:"enum=at_once,enum=draft,default=at_once" doc:"Of critical components."`
	Tier2 string `yaml:"tier_2" jsonschema:"enum=at_once,enum=draft,default=draft" doc:"Of important components."`
	Tier3 string `yaml:"tier_3" jsonschema:"enum=at_once,enum=draft,default=draft" doc:"Of components that are not essential."`
}

// Clock is a time of day by the clock on the wall, since midnight.
type Clock time.Duration

// D is the time since midnight.
func (c Clock) D() time.Duration { return time.Duration(c) }

// UnmarshalText reads 24-hour times from 00:00 to 24:00.
func (c *Clock) UnmarshalText(text []byte) error {
	hours, minutes, _ := strings.Cut(strings.TrimSpace(string(text)), ":")
	h, err := strconv.ParseUint(hours, 10, 8)
	m, wrong := strconv.ParseUint(minutes, 10, 8)
	if err != nil || wrong != nil || len(minutes) != 2 || m > 59 || h > 24 || h == 24 && m > 0 {
		return refusal{fmt.Sprintf("%q is not a time of day", text), "write it like 07:00 or 22:30, in quotes"}
	}
	*c = Clock(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
	return nil
}

// JSONSchema describes a Clock to editors.
func (Clock) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^([01]?[0-9]|2[0-4]):[0-5][0-9]$`, Examples: []any{"07:00", "22:30"}}
}

// Channels hold secrets: whatever prints one must not print those.
var (
	_ encoding.TextMarshaler = Channel{}
	_ fmt.GoStringer         = Channel{}
	_ fmt.GoStringer         = Mail{}
)

// String is the channel's id and type.
func (c Channel) String() string { return fmt.Sprintf("%s (%s)", c.ID, c.Type) }

// GoString is String, so that %#v shows no secret.
func (c Channel) GoString() string { return c.String() }

// MarshalText is String, so that a log in JSON shows no secret.
func (c Channel) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// String is the server alone.
func (m Mail) String() string { return m.Server }

// GoString is String, so that %#v shows no secret.
func (m Mail) GoString() string { return m.String() }

// MarshalText is String, so that a log in JSON shows no secret.
func (m Mail) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Bounds of what channels are told.
const (
	shortestRemind = Duration(time.Minute)
	longestGroup   = Duration(time.Hour)
	shortestLedger = Duration(30 * 24 * time.Hour)
	shortestSecret = 32
)

// channels checks the channels and gives them their ids. Components are the
// ids of the components, with their paths.
func (c checker) channels(f *File, components map[string]string) {
	named := newIDs(c.decoder)
	tags := map[string]string{}
	for i, component := range f.Components {
		for _, tag := range component.Tags {
			tags[tag] = fmt.Sprintf("components[%d]", i)
		}
	}
	for i := range f.Channels {
		channel, path := &f.Channels[i], fmt.Sprintf("channels[%d]", i)
		c.line(path+".name", channel.Name, true)
		if c.given(path+".id") || c.given(path+".name") && c.sound(path+".name") {
			channel.ID = named.settle(path, channel.ID, slug(channel.Name), "its name")
		}
		c.route(path+".route", channel.Route, components, tags)
		c.atLeast(path+".remind", channel.Remind, shortestRemind)
		if at := path + ".group"; c.given(at) && c.sound(at) && channel.Group > longestGroup {
			c.refuse(at, c.show(at, channel.Group)+" is too long to be alone with the news", "use at most "+longestGroup.String())
		}
		if quiet := path + ".quiet_hours"; c.given(quiet) && c.sound(quiet, quiet+".from", quiet+".to") {
			if channel.Quiet.From == channel.Quiet.To {
				c.refuse(quiet, "begin and end at the same time", "leave them out, or give them a length")
			}
			if channel.Quiet.TimeZone.Location == nil {
				channel.Quiet.TimeZone = f.Page.TimeZone
			}
		}
		c.settings(channel.Path, 0)
	}
}

func (c checker) route(path string, r Route, components, tags map[string]string) {
	for i, tier := range r.Tiers {
		if at := fmt.Sprintf("%s.tiers[%d]", path, i); c.sound(at) && (tier < 1 || tier > 3) {
			c.refuse(at, fmt.Sprintf("there is no tier %d", tier), "use 1, 2 or 3")
		}
	}
	c.references(path+".components", r.Components, components, "component")
	c.references(path+".tags", r.Tags, tags, "component with the tag")
}

// references refuses words of a list that name nothing, or name it twice.
func (c checker) references(path string, words []string, known map[string]string, of string) {
	first := map[string]bool{}
	for i, word := range words {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch _, is := known[word]; {
		case !c.sound(at):
		case !is:
			c.refuse(at, fmt.Sprintf("there is no %s %s", of, c.quote(at, word)), didYouMean(word, sortedKeys(known)))
		case first[word]:
			c.refuse(at, c.quote(at, word)+" is listed twice", "keep one")
		}
		first[word] = true
	}
}

// dependencies refuses what depends on nothing known, on itself, or in a
// circle.
func (c checker) dependencies(f *File, components map[string]string) {
	needs := map[string][]string{}
	for i, component := range f.Components {
		path := fmt.Sprintf("components[%d]", i)
		for k, tag := range component.Tags {
			if at := fmt.Sprintf("%s.tags[%d]", path, k); c.sound(at) && !isID(tag) {
				c.refuse(at, c.quote(at, tag)+" is not a tag", "use small letters, digits and hyphens")
			}
		}
		c.references(path+".depends_on", component.DependsOn, components, "component")
		needs[component.ID] = component.DependsOn
	}
	for i, component := range f.Components {
		path := fmt.Sprintf("components[%d].depends_on", i)
		if circle := circleFrom(component.ID, needs); circle != nil && c.sound(path) && component.ID != "" {
			c.refuse(path, "it depends on itself: "+strings.Join(circle, " needs "), "take one of these away")
			return // the others of the circle say the same
		}
	}
}

// circleFrom is the way from an id back to itself; nil: there is none.
func circleFrom(id string, needs map[string][]string) []string {
	seen := map[string]bool{}
	var walk func(at string, way []string) []string
	walk = func(at string, way []string) []string {
		for _, next := range needs[at] {
			if next == id {
				return append(way, next)
			}
			if !seen[next] {
				seen[next] = true
				if found := walk(next, append(slices.Clone(way), next)); found != nil {
					return found
				}
			}
		}
		return nil
	}
	return walk(id, []string{id})
}

func (c checker) mail(m Mail) {
	if !c.given("mail") || !c.sound("mail") {
		return
	}
	if address, ok := c.address("mail.server", m.Server); ok && c.given("mail.server") && (address.host == "" || address.port == 0) {
		c.refuse("mail.server", c.quote("mail.server", m.Server)+" lacks a host or a port", "write it like smtp.example.org:587")
	}
	c.line("mail.from", m.From, true)
	c.line("mail.return_path", m.ReturnPath, true)
	if m.Password != "" && m.Username == "" && c.sound("mail.password", "mail.username") {
		c.refuse("mail.password", "is of no use without a username", "add username, or take the password away")
	}
}

func (c checker) secret(secret string) {
	if c.given("secret") && c.sound("secret") && len(strings.TrimSpace(secret)) < shortestSecret {
		c.refuse("secret", fmt.Sprintf("is shorter than %d characters and could be guessed", shortestSecret), "make one with: openssl rand -hex 32")
	}
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
