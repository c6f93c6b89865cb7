// Package config reads the configuration file: strictly, with every problem
// and its line in one pass, and nothing half-read. It knows the names in the
// file and what cannot be; it does not know the types of monitors and channels,
// whose settings it decodes into values that its caller makes (Kinds), and it
// starts nothing.
package config

import (
	"encoding"
	"fmt"
)

// Kinds are the types that the file may name.
type Kinds struct {
	Monitors Table
	Channels Table
	// Civil has the calendars that ship; nil: none do.
	Civil Civil
}

// Table makes the settings of each type: the type's name to a function that
// returns a pointer to a new settings struct, with its defaults in it.
//
// A settings struct is described by tags: `yaml` names the key, `doc` says what
// it is for, and `jsonschema` bounds it (required, default=, enum=, minimum=,
// maximum=, minItems=, minLength=: whatever its number, a text that is given must
// not be empty). A field may be text, a number, true or false, a
// Duration, anything that reads text (encoding.TextUnmarshaler), a struct, a
// pointer to one, a list or a map of them, or any. A key that also is one of
// Monitor's or Channel's is set in both.
//
// A function may return Checked instead, to have the settings looked at once
// they are decoded.
type Table map[string]func() any

// Checked is settings with a check of their own. What it finds are problems of
// the file like all others.
type Checked struct {
	Settings any
	// Check is called once the settings are decoded, with the monitor's timeout;
	// 0 where that was refused itself, and for channels. Its error may be
	// several, joined; one that is a Fault is told at its setting.
	Check func(timeout Duration) error
}

// Distinct is settings with a value that no two monitors may share, such as the
// secret in a job's address.
type Distinct interface {
	// Distinct is the setting's key and its value; empty: none is given.
	Distinct() (setting, value string)
}

// Placed is settings that name a region of the file, such as where a copy is
// made.
type Placed interface {
	// Placed is the setting's key and the region's id; empty: none is given.
	Placed() (setting, region string)
}

// Fault is an error about one setting.
type Fault interface {
	error
	// Setting is its path below the entry, as "expect.status", and what is
	// wrong with it.
	Setting() (path, what string)
}

// make makes settings of a type, and their check or nil.
func (t Table) make(name string) (settings any, check func(timeout Duration) error) {
	settings = t[name]()
	if checked, is := settings.(Checked); is {
		return checked.Settings, checked.Check
	}
	return settings, nil
}

// File is a configuration that is sound: every default is filled in and every
// value was checked. It must be treated as read-only.
type File struct {
	Page         Page          `yaml:"page" doc:"What the public page says of itself."`
	Listen       Listen        `yaml:"listen" doc:"Addresses to listen on."`
	Database     string        `yaml:"database" jsonschema:"default=sqlite" doc:"Where everything is kept: sqlite for a file in the data directory, or the address of a PostgreSQL database such as postgres://user@host/db."`
	Components   []Component   `yaml:"components" jsonschema:"required,minItems=1" doc:"The parts of the product, in your customers' words."`
	Services     []Service     `yaml:"services" doc:"What promises cover: components and the availability that was promised of them."`
	Policy       Names         `yaml:"policy" doc:"What was promised, in short: the name of a document that ships (bill-of-rights, customer-success, support-policy) or of a file of your own that ends in .yaml, or a list of them."`
	Policies     []PolicyUse   `yaml:"policies" doc:"What was promised, with what each document means here."`
	Regions      []Region      `yaml:"regions" doc:"Where customers are: whose office hours count, and what day it is there."`
	Calendars    []Calendar    `yaml:"calendars" doc:"Business calendars, beside those that ship: 24x7, au_aest_nsw, au_aest_national, au_sydney_nsw, nz_auckland, us_newyork, uk_london, sydney_night."`
	Holidays     []HolidayList `yaml:"holidays" doc:"Lists of holidays, beside those that ship."`
	Mail         Mail          `yaml:"mail" doc:"The server that mail is handed to. Without it nobody can subscribe by mail."`
	Channels     []Channel     `yaml:"channels" doc:"Where operators are told. Without any, the log alone tells."`
	Incidents    Incidents     `yaml:"incidents" doc:"What happens with incidents that monitors open."`
	Alertmanager Alertmanager  `yaml:"alertmanager" doc:"What is made of the alerts that an Alertmanager sends to /api/v1/alertmanager."`
	Canaries     []Canary      `yaml:"canaries" doc:"Addresses that are up whenever our own connection is. At least three, of two types, or none. While most of them fail, nothing that failed is believed to be down."`
	Egress       Egress        `yaml:"egress" doc:"Where connections may go."`
	Retention    Retention     `yaml:"retention" doc:"How long measurements are kept. Daily figures, outages and incidents are kept for ever."`
	Metrics      Metrics       `yaml:"metrics" doc:"What /metrics says."`
	Blackbox     Blackbox      `yaml:"blackbox" doc:"/probe on the operators' listener, as blackbox_exporter answers it."`
	Log          Log           `yaml:"log" doc:"What is logged."`
	// TrustedProxies may say who a request comes from.
	// Secret is what every signed word and sealed value is derived from.
	Secret         string    `yaml:"secret" jsonschema:"minLength=1" doc:"What links in messages are signed with and secrets in the database are sealed with: at least 32 random characters, as ${env:UPHELD_SECRET}. Unless given, one is made and kept in the data directory; give it where several share a database."`
	TrustedProxies []Network `yaml:"trusted_proxies" doc:"Networks of the proxies in front of the public page, whose X-Forwarded-For and X-Forwarded-Proto are believed."`

	name    string
	places  map[string]place
	secrets []string
}

// Page is what the public page says of itself.
type Page struct {
	Name     string `yaml:"name" jsonschema:"default=Status" doc:"The page's title."`
	URL      string `yaml:"url" jsonschema:"example=https://status.example.org" doc:"The page's own public address, for links in feeds and messages."`
	TimeZone Zone   `yaml:"time_zone" jsonschema:"default=UTC" doc:"The zone of the page's days and months, from the IANA database."`
}

// Listen has the addresses to listen on, as host:port. Without a host all
// addresses of the machine are meant; port 0 takes a free one.
type Listen struct {
	Public string `yaml:"public" jsonschema:"default=:8080" doc:"The public page and its API, as host:port."`
	Ops    string `yaml:"ops" jsonschema:"default=127.0.0.1:8081" doc:"For operators only: /metrics, /healthz, /readyz. Never the public address."`
}

// Component is a part of the product in its customers' words.
type Component struct {
	ID          string    `yaml:"id" jsonschema:"pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=64" doc:"Its name in addresses and in the history: small letters, digits and hyphens. Made from the name unless given; give it before you rename."`
	Name        string    `yaml:"name" jsonschema:"required" doc:"What customers call it."`
	Description string    `yaml:"description" doc:"One sentence on what it does."`
	Group       string    `yaml:"group" doc:"The heading it stands under. Without one it stands alone."`
	Importance  string    `yaml:"importance" jsonschema:"enum=critical,enum=important,enum=non_essential,default=important" doc:"How much of the product stops when it does: the tier of the incident that a confirmed outage opens. critical is Tier 1, important Tier 2, non_essential Tier 3."`
	Tags        []string  `yaml:"tags" doc:"Words that channels can ask for."`
	DependsOn   []string  `yaml:"depends_on" doc:"The ids of components that this one cannot work without. While one of them is down, it is the cause, and an outage of this one joins its incident."`
	Regions     []string  `yaml:"regions" doc:"Ids of the regions that it serves. Unless given, all."`
	Monitors    []Monitor `yaml:"monitors" jsonschema:"required,minItems=1" doc:"How it is watched. The settings of each type stand beside these keys: see the reference of probes."`
}

// Monitor is what is checked, how often, and when it is believed.
type Monitor struct {
	Type     string   `yaml:"type" jsonschema:"required" doc:"How to look; one of the types of probes."`
	ID       string   `yaml:"id" jsonschema:"pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=64" doc:"Its name in the history and in metrics. Made from the component's id and the type unless given."`
	Name     string   `yaml:"name" doc:"What operators call it."`
	Interval Duration `yaml:"interval" jsonschema:"default=60s" doc:"From one look to the next; at least 1s."`
	Timeout  Duration `yaml:"timeout" doc:"For one whole look. Unless given, 10s, or the interval if that is shorter."`
	Grace    Duration `yaml:"grace" doc:"How late the next look may be before the time is unknown. Unless given, half the interval."`
	Confirm  Confirm  `yaml:"confirm" doc:"How often something must be seen before it is believed."`

	// Settings is what Kinds made for the type, decoded.
	Settings any `yaml:"-"`
	// Path is the monitor's place in the file, as components[0].monitors[0],
	// to be handed to File.Locate, File.Given and File.Problem.
	Path string `yaml:"-"`
	// Line is where it starts.
	Line int `yaml:"-"`
}

// Confirm says how often something must be seen before it is believed.
type Confirm struct {
	Failures  int      `yaml:"failures" jsonschema:"default=3,minimum=1,maximum=100" doc:"Failing looks in a row before it is down."`
	Successes int      `yaml:"successes" jsonschema:"default=2,minimum=1,maximum=100" doc:"Passing looks in a row before it is up again."`
	Retry     Duration `yaml:"retry" doc:"The wait before a look that confirms. Unless given, 10s, or the interval if that is shorter."`
}

// Service is what a promise covers.
type Service struct {
	ID          string   `yaml:"id" jsonschema:"pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=64" doc:"Its name in addresses. Made from the name unless given."`
	Name        string   `yaml:"name" jsonschema:"required" doc:"What the promise calls it."`
	Composition string   `yaml:"composition" jsonschema:"enum=all_of,enum=any_of,enum=weighted_mean,default=all_of" doc:"all_of: as bad as its worst component. any_of: as bad as its best. weighted_mean: the mean, for display, without a target."`
	Components  []string `yaml:"components" jsonschema:"required,minItems=1" doc:"The ids of its components."`
	Target      Percent  `yaml:"target" doc:"The availability that was promised, exactly as promised. Without it nothing is judged."`
	Window      Window   `yaml:"window" jsonschema:"default=calendar_month" doc:"The period that the target is held over: calendar_month, calendar_year, or whole days such as rolling_30d."`
	TimeZone    Zone     `yaml:"time_zone" doc:"The zone of its months and years. Unless given, the page's."`
}

// Canary is an address that is up whenever our own connection is.
type Canary struct {
	Type    string `yaml:"type" jsonschema:"required,enum=dns,enum=tcp,enum=https" doc:"dns asks a resolver, tcp connects, https fetches."`
	Address string `yaml:"address" jsonschema:"required" doc:"For dns the resolver's address, as 192.0.2.53 or 192.0.2.53:53; for tcp host:port; for https the address of a page."`
}

// Egress says where connections may go.
type Egress struct {
	Allow []Network `yaml:"allow" doc:"Private networks that what is entered at run time may reach. Monitors of this file may reach them without."`
}

// Retention is how long measurements are kept.
type Retention struct {
	Raw    Duration `yaml:"raw" jsonschema:"default=14d" doc:"Every single look; at least 1d."`
	Hourly Duration `yaml:"hourly" jsonschema:"default=400d" doc:"Hourly figures; at least as long as raw."`
	Ledger Duration `yaml:"ledger" jsonschema:"default=400d" doc:"What was sent to whom and what became of it; at least 30d."`
}

// Metrics says how much /metrics says.
type Metrics struct {
	Detail string `yaml:"detail" jsonschema:"enum=default,enum=full,default=default" doc:"default keeps to a handful of series for each monitor; full adds the rest."`
}

// Log says what is logged, and how.
type Log struct {
	Level  string `yaml:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error,default=info" doc:"The least important level that is logged."`
	Format string `yaml:"format" jsonschema:"enum=text,enum=json,default=text" doc:"text for people, json for machines."`
}

// Files and monitors hold secrets: whatever prints one must not print those.
var (
	_ encoding.TextMarshaler = File{}
	_ encoding.TextMarshaler = Monitor{}
	_ fmt.GoStringer         = File{}
	_ fmt.GoStringer         = Monitor{}
)

// String names the file and counts what is in it.
func (f File) String() string {
	monitors := 0
	for _, c := range f.Components {
		monitors += len(c.Monitors)
	}
	return fmt.Sprintf("%s (components: %d, monitors: %d, services: %d)", f.name, len(f.Components), monitors, len(f.Services))
}

// GoString is String, so that %#v shows no secret.
func (f File) GoString() string { return f.String() }

// MarshalText is String, so that a log in JSON shows no secret.
func (f File) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// String is the monitor's id and type.
func (m Monitor) String() string { return fmt.Sprintf("%s (%s)", m.ID, m.Type) }

// GoString is String, so that %#v shows no secret.
func (m Monitor) GoString() string { return m.String() }

// MarshalText is String, so that a log in JSON shows no secret.
func (m Monitor) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
