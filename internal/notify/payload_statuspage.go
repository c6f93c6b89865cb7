package notify

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// The shape of Statuspage's webhooks. Its words decide wherever it has one.

type spHook struct {
	Meta     spMeta     `json:"meta"`
	Page     spPage     `json:"page"`
	Incident spIncident `json:"incident"`
}

type spMeta struct {
	Unsubscribe   string  `json:"unsubscribe"`
	Documentation string  `json:"documentation"`
	GeneratedAt   instant `json:"generated_at"`
}

type spPage struct {
	ID          string `json:"id"`
	Indicator   string `json:"status_indicator"`
	Description string `json:"status_description"`
}

type spIncident struct {
	ID                   string        `json:"id"`
	Name                 string        `json:"name"`
	Status               string        `json:"status"`
	Impact               string        `json:"impact"`
	ImpactOverride       *string       `json:"impact_override"`
	CreatedAt            instant       `json:"created_at"`
	UpdatedAt            instant       `json:"updated_at"`
	StartedAt            instant       `json:"started_at"`
	MonitoringAt         instant       `json:"monitoring_at"`
	ResolvedAt           instant       `json:"resolved_at"`
	Shortlink            string        `json:"shortlink"`
	PageID               string        `json:"page_id"`
	Backfilled           bool          `json:"backfilled"`
	ReviewIgnored        bool          `json:"postmortem_ignored"`
	ReviewBody           *string       `json:"postmortem_body"`
	ReviewUpdatedAt      instant       `json:"postmortem_body_last_updated_at"`
	ReviewPublishedAt    instant       `json:"postmortem_published_at"`
	ReviewTold           bool          `json:"postmortem_notified_subscribers"`
	ReviewTweeted        bool          `json:"postmortem_notified_twitter"`
	ScheduledFor         instant       `json:"scheduled_for"`
	ScheduledUntil       instant       `json:"scheduled_until"`
	ScheduledRemindPrior bool          `json:"scheduled_remind_prior"`
	ScheduledRemindedAt  instant       `json:"scheduled_reminded_at"`
	ScheduledInProgress  bool          `json:"scheduled_auto_in_progress"`
	ScheduledCompleted   bool          `json:"scheduled_auto_completed"`
	Updates              []spUpdate    `json:"incident_updates"` // newest first, never empty
	Components           []spComponent `json:"components"`
}

type spUpdate struct {
	ID         string       `json:"id"`
	Status     string       `json:"status"`
	Body       string       `json:"body"`
	IncidentID string       `json:"incident_id"`
	CreatedAt  instant      `json:"created_at"`
	UpdatedAt  instant      `json:"updated_at"`
	DisplayAt  instant      `json:"display_at"`
	Affected   []spAffected `json:"affected_components"`
	Deliver    bool         `json:"deliver_notifications"`
	Tweet      *string      `json:"custom_tweet"`
	TweetID    *string      `json:"tweet_id"`
}

type spAffected struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	OldStatus string `json:"old_status"`
	NewStatus string `json:"new_status"`
}

// spComponent has the times of the message: it carries none of the component's
// own.
type spComponent struct {
	ID                 string  `json:"id"`
	Name               string  `json:"name"`
	Status             string  `json:"status"`
	CreatedAt          instant `json:"created_at"`
	UpdatedAt          instant `json:"updated_at"`
	Position           int     `json:"position"`
	Description        *string `json:"description"`
	Showcase           bool    `json:"showcase"`
	StartDate          *string `json:"start_date"`
	GroupID            *string `json:"group_id"`
	PageID             string  `json:"page_id"`
	Group              bool    `json:"group"`
	OnlyShowIfDegraded bool    `json:"only_show_if_degraded"`
}

// newStatuspage tells an incident as Statuspage does, or a plan.
func newStatuspage(m notice.Message, links Links) spHook {
	n := m.Notices[len(m.Notices)-1]
	c := n.Content
	address := newAddresses(m, links, c.Page)
	page := spID("page", cmp.Or(c.Page.URL, address.page, c.Page.Name))
	var told spIncident
	if c.Incident.ID != "" {
		told = spIncidentOf(n, address, page)
	} else {
		told = spMaintenanceOf(m.Reason, n, address, page)
	}
	for i, note := range c.Components {
		told.Components = append(told.Components, spComponent{
			ID: spID("component", string(note.ID)), Name: note.Name, Status: spState(note.State), CreatedAt: instant(n.At), UpdatedAt: instant(n.At),
			Position: i + 1, Showcase: true, PageID: page,
		})
	}
	indicator, description := spIndicator(c)
	return spHook{
		Meta: spMeta{Unsubscribe: address.unsubscribe(), Documentation: "https://www.standardwebhooks.com", GeneratedAt: instant(n.At)},
		Page: spPage{page, indicator, description}, Incident: told,
	}
}

func spIncidentOf(n uptime.Notice, address addresses, page string) spIncident {
	c, inc := n.Content, n.Content.Incident
	out := spIncident{
		ID: string(inc.ID), Name: inc.Title, Status: spStatus(inc.Phase), Impact: string(cmp.Or(inc.Impact, uptime.ImpactNone)),
		CreatedAt: instant(cmp.Or(inc.DetectedAt, inc.StartedAt)), UpdatedAt: instant(n.At), StartedAt: instant(inc.StartedAt),
		ResolvedAt: instant(inc.ResolvedAt), Shortlink: address.incident(inc), PageID: page,
		Backfilled:    !inc.Automatic && apart(inc.StartedAt, inc.CreatedAt) && inc.CreatedAt.After(inc.StartedAt),
		ReviewIgnored: inc.Postmortem.Waived != "", Updates: spUpdates(c, n), Components: []spComponent{},
	}
	if !inc.Postmortem.PublishedAt.IsZero() {
		out.ReviewBody, out.ReviewTold = &inc.Postmortem.Body, true
		out.ReviewUpdatedAt, out.ReviewPublishedAt = instant(inc.Postmortem.PublishedAt), instant(inc.Postmortem.PublishedAt)
	}
	for _, u := range inc.Updates {
		if u.Phase == uptime.Monitoring {
			out.MonitoringAt = instant(u.At)
			if !inc.Open() && u.At.After(inc.ResolvedAt) {
				out.MonitoringAt = instant(inc.ResolvedAt)
			}
			break
		}
	}
	return out
}

// spUpdates are the updates, newest first. Readers take the first one without
// looking, so there is always one.
func spUpdates(c uptime.Content, n uptime.Notice) []spUpdate {
	inc := c.Incident
	updates := slices.Clone(inc.Updates)
	if len(updates) == 0 {
		updates = []uptime.Update{{ID: spID("update", string(inc.ID)), Phase: inc.Phase, Body: cmp.Or(n.Summary, inc.Title), At: n.At}}
	}
	var out []spUpdate
	for _, u := range slices.Backward(updates) {
		out = append(out, spUpdate{
			ID: u.ID, Status: spStatus(u.Phase), Body: u.Body, IncidentID: string(inc.ID),
			CreatedAt: instant(cmp.Or(u.WrittenAt, u.At)), UpdatedAt: instant(cmp.Or(u.WrittenAt, u.At)), DisplayAt: instant(u.At), Deliver: !u.Silent,
		})
	}
	out[0].Affected = spAffectedOf(c.Components)
	return out
}

// spAffectedOf tells what components are for what they were as well, which no
// message knows.
func spAffectedOf(components []uptime.ComponentNote) (out []spAffected) {
	for _, note := range components {
		status := spState(note.State)
		out = append(out, spAffected{spID("component", string(note.ID)), note.Name, status, status})
	}
	return out
}

// spStatus is Statuspage's word for a phase. It has none for a false alarm,
// which is over in any case, and whose text says what it was.
func spStatus(phase uptime.IncidentPhase) string {
	switch phase {
	case uptime.FalseAlarm:
		return string(uptime.Resolved)
	case "":
		return string(uptime.Investigating)
	default:
		return string(phase)
	}
}

// spState is Statuspage's word for a state. What is not observed is never
// called operational.
func spState(state uptime.State) string {
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

// spIndicator says of the page what this message knows: how its components are.
// That everything works it cannot say.
func spIndicator(c uptime.Content) (indicator, description string) {
	inc, worst := c.Incident, uptime.Up
	for _, note := range c.Components {
		if note.State.Worse(worst) {
			worst = note.State
		}
	}
	switch {
	case worst == uptime.Down && inc.Impact == uptime.ImpactCritical:
		return "critical", "Major Service Outage"
	case worst == uptime.Down, worst == uptime.Partial:
		return "major", "Partial System Outage"
	case worst == uptime.Degraded:
		return "minor", "Partially Degraded Service"
	case worst == uptime.Maintenance:
		return "maintenance", "Service Under Maintenance"
	case worst == uptime.Unknown:
		return "minor", "Some Systems Not Observed"
	case inc.ID != "" && inc.Open() && inc.Impact != uptime.ImpactNone:
		return string(inc.Impact), "Incident Not Resolved"
	}
	return "none", "The Affected Components Are Operational"
}

// spID is an identity in Statuspage's form: twelve letters and digits, those
// that the page's own API gives the same thing.
func spID(kind, name string) string {
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	id := make([]byte, 12)
	for i := range id {
		id[i] = alphabet[int(sum[i])%len(alphabet)]
	}
	return string(id)
}
