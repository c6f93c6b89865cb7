package statuspage

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
)

// The shapes of Atlassian Statuspage's public API, version 2. Programs that
// poll it find here what they know; its own words decide wherever it has one.

type v2Page struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	URL       string `json:"url"`
	TimeZone  string `json:"time_zone"`
	UpdatedAt v2Time `json:"updated_at"`
}

type v2Status struct {
	Indicator   string `json:"indicator"`
	Description string `json:"description"`
}

type v2Component struct {
	ID                 string   `json:"id"`
	Name               string   `json:"name"`
	Status             string   `json:"status"`
	CreatedAt          v2Time   `json:"created_at"`
	UpdatedAt          v2Time   `json:"updated_at"`
	Position           int      `json:"position"`
	Description        *string  `json:"description"`
	Showcase           bool     `json:"showcase"`
	StartDate          *string  `json:"start_date"`
	GroupID            *string  `json:"group_id"`
	PageID             string   `json:"page_id"`
	Group              bool     `json:"group"`
	OnlyShowIfDegraded bool     `json:"only_show_if_degraded"`
	Components         []string `json:"components,omitempty"`
}

type v2Incident struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Status       string        `json:"status"`
	CreatedAt    v2Time        `json:"created_at"`
	UpdatedAt    v2Time        `json:"updated_at"`
	MonitoringAt *v2Time       `json:"monitoring_at"`
	ResolvedAt   *v2Time       `json:"resolved_at"`
	Impact       string        `json:"impact"`
	Shortlink    string        `json:"shortlink"`
	StartedAt    v2Time        `json:"started_at"`
	PageID       string        `json:"page_id"`
	Updates      []v2Update    `json:"incident_updates"`
	Components   []v2Component `json:"components"`
}

type v2Update struct {
	ID                   string       `json:"id"`
	Status               string       `json:"status"`
	Body                 string       `json:"body"`
	IncidentID           string       `json:"incident_id"`
	CreatedAt            v2Time       `json:"created_at"`
	UpdatedAt            v2Time       `json:"updated_at"`
	DisplayAt            v2Time       `json:"display_at"`
	AffectedComponents   []v2Affected `json:"affected_components"`
	DeliverNotifications bool         `json:"deliver_notifications"`
	CustomTweet          *string      `json:"custom_tweet"`
	TweetID              *string      `json:"tweet_id"`
}

type v2Affected struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	OldStatus string `json:"old_status"`
	NewStatus string `json:"new_status"`
}

// v2Time is RFC 3339 with milliseconds, always.
type v2Time time.Time

// MarshalJSON writes the time in UTC.
func (t v2Time) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

type v2Answer struct {
	Page        v2Page           `json:"page"`
	Components  *[]v2Component   `json:"components,omitempty"`
	Incidents   *[]v2Incident    `json:"incidents,omitempty"`
	Maintenance *[]v2Maintenance `json:"scheduled_maintenances,omitempty"`
	Status      *v2Status        `json:"status,omitempty"`
}

// mostIncidents is how many Statuspage lists at most.
const mostIncidents = 50

// apiV2 are the answers by path.
func (b *book) apiV2() map[string]v2Answer {
	page, status, components := b.v2Page(), b.v2Status(), b.v2Components()
	var open, all []v2Incident
	newest := slices.SortedStableFunc(slices.Values(b.in.Incidents), func(x, y uptime.Incident) int {
		return y.StartedAt.Compare(x.StartedAt)
	})
	for _, inc := range newest {
		if inc.Open() {
			open = append(open, b.v2Incident(inc, components))
		}
		if len(all) < mostIncidents {
			all = append(all, b.v2Incident(inc, components))
		}
	}
	open, all = orNone(open), orNone(all)
	maintenances, upcoming, active := b.v2Maintenances(components)
	unfinished := orNone(slices.Concat(active, upcoming))
	return map[string]v2Answer{
		"/api/v2/summary.json":                         {page, &components, &open, &unfinished, &status},
		"/api/v2/status.json":                          {Page: page, Status: &status},
		"/api/v2/components.json":                      {Page: page, Components: &components},
		"/api/v2/incidents.json":                       {Page: page, Incidents: &all},
		"/api/v2/incidents/unresolved.json":            {Page: page, Incidents: &open},
		"/api/v2/scheduled-maintenances.json":          {Page: page, Maintenance: &maintenances},
		"/api/v2/scheduled-maintenances/upcoming.json": {Page: page, Maintenance: &upcoming},
		"/api/v2/scheduled-maintenances/active.json":   {Page: page, Maintenance: &active},
	}
}

// orNone makes an empty list of nil: JSON tells them apart.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// v2ID is an identity in Statuspage's form: twelve letters and digits, the same
// for the same thing for ever.
func v2ID(kind, name string) string {
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	id := make([]byte, 12)
	for i := range id {
		id[i] = alphabet[int(sum[i])%len(alphabet)]
	}
	return string(id)
}

func (b *book) pageID() string {
	page := b.in.Catalogue.Page
	return v2ID("page", cmp.Or(page.URL, page.Name))
}

func (b *book) v2Page() v2Page {
	page := b.in.Catalogue.Page
	return v2Page{
		ID:        b.pageID(),
		Name:      page.Name,
		URL:       b.address(""),
		TimeZone:  v2Zone(b.zone),
		UpdatedAt: v2Time(b.now),
	}
}

// address is the absolute address of a path. Clients want a valid one, so a
// page that was not told its own says localhost.
func (b *book) address(path string) string {
	base := b.in.Catalogue.Page.URL
	if u, err := url.Parse(base); err != nil || u.Host == "" {
		base = "http://localhost"
	}
	return strings.TrimSuffix(base, "/") + path
}

func v2Zone(zone *time.Location) string {
	if name := zoneName(zone); name != "UTC" {
		return name
	}
	return "Etc/UTC"
}

// v2Status maps the headline to Statuspage's indicators. It has none for "not
// observed": that is given as minor and named in the description.
func (b *book) v2Status() v2Status {
	states := make([]availability.ComponentState, len(b.in.Catalogue.Components))
	for i, c := range b.in.Catalogue.Components {
		state, _ := b.shown(c)
		states[i] = availability.ComponentState{Importance: c.Importance, State: state}
	}
	// What people tell and no component shows counts by its impact.
	if untold := b.untold(); len(untold) > 0 && b.tops(untold[0]) {
		return v2Impact(untold[0].Impact)
	}
	if len(states) == 0 {
		return v2Status{"minor", "Nothing Is Watched Yet"}
	}
	switch availability.HeadlineOf(states) {
	case availability.MajorOutage:
		return v2Status{"critical", "Major Service Outage"}
	case availability.PartialOutage:
		return v2Status{"major", "Partial System Outage"}
	case availability.DegradedService:
		return v2Status{"minor", "Partially Degraded Service"}
	case availability.UnderMaintenance:
		return v2Status{"maintenance", "Service Under Maintenance"}
	case availability.Operational:
		return v2Status{"none", "All Systems Operational"}
	case availability.NotKnown:
	}
	return v2Status{"minor", "Some Systems Not Observed"}
}

// v2Impact maps the impact of an incident, likewise.
func v2Impact(impact uptime.Impact) v2Status {
	switch impact {
	case uptime.ImpactCritical:
		return v2Status{"critical", "Major Service Outage"}
	case uptime.ImpactMajor:
		return v2Status{"major", "Partial System Outage"}
	case uptime.ImpactMinor, uptime.ImpactNone:
	}
	return v2Status{"minor", "Minor Service Outage"}
}

// v2State maps a state to Statuspage's words for a component. It has none for
// what is not observed. Such a component is never called operational, and no
// outage is claimed that nobody saw: it is degraded_performance, and its
// description says what it is.
func v2State(state uptime.State) string {
	switch state {
	case uptime.Up:
		return "operational"
	case uptime.Partial:
		return "partial_outage"
	case uptime.Down:
		return "major_outage"
	case uptime.Maintenance:
		return "under_maintenance"
	case uptime.Degraded, uptime.Unknown:
	}
	return "degraded_performance"
}

// v2Components lists the groups and the components, each group before its own.
func (b *book) v2Components() []v2Component {
	out := []v2Component{}
	groups := make(map[string]int) // name to index in out
	for i, c := range b.in.Catalogue.Components {
		var groupID *string
		if c.Group != "" {
			at, known := groups[c.Group]
			if !known {
				at = len(out)
				groups[c.Group] = at
				out = append(out, b.v2Group(c.Group, i+1))
			}
			id := out[at].ID
			groupID = &id
			out[at].Components = append(out[at].Components, v2ID("component", string(c.ID)))
		}
		component := b.v2Component(c, i+1)
		component.GroupID = groupID
		out = append(out, component)
	}
	for name, at := range groups {
		out[at].Status, out[at].UpdatedAt = b.groupState(name)
	}
	return out
}

func (b *book) v2Group(name string, position int) v2Component {
	return v2Component{
		ID: v2ID("group", name), Name: name, Group: true, Position: position,
		PageID: b.pageID(), CreatedAt: v2Time(b.beginning()), UpdatedAt: v2Time(b.now),
	}
}

func (b *book) v2Component(c uptime.Component, position int) v2Component {
	state, since := b.shown(c)
	out := v2Component{
		ID:        v2ID("component", string(c.ID)),
		Name:      c.Name,
		Status:    v2State(state),
		CreatedAt: v2Time(b.beginning()),
		Position:  position,
		Showcase:  true,
		PageID:    b.pageID(),
	}
	if first := firstObserved(b.ledger.measuredLine(c.ID)); !first.IsZero() {
		date := first.In(b.zone).Format(time.DateOnly)
		out.StartDate, out.CreatedAt = &date, v2Time(first)
	}
	// Of what was never looked at, the state began when time did; nothing is
	// updated before it is created.
	out.UpdatedAt = v2Time(uptime.Later(time.Time(out.CreatedAt), since))
	description := c.Description
	if state == uptime.Unknown {
		description = strings.TrimSpace("Not observed at the moment: its state is not known. " + description)
	}
	if description != "" {
		out.Description = &description
	}
	return out
}

// groupState is the worst of a group's components, and when it changed last.
func (b *book) groupState(name string) (string, v2Time) {
	state, changed := uptime.Up, b.beginning()
	for _, c := range b.in.Catalogue.Components {
		if c.Group == name {
			own, since := b.shown(c)
			state, changed = verdict.Worst(state, own), uptime.Later(changed, since)
		}
	}
	return v2State(state), v2Time(changed)
}

// beginning stands in where nothing is recorded of a thing's own beginning.
func (b *book) beginning() time.Time {
	if b.began.IsZero() {
		return b.now
	}
	return b.began
}
