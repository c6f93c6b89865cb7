package notify

import (
	"cmp"
	"encoding/json"
	"errors"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// instant is RFC 3339 in UTC with milliseconds; the zero time is null.
type instant time.Time

// MarshalJSON writes the instant.
func (i instant) MarshalJSON() ([]byte, error) {
	if time.Time(i).IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(time.Time(i).UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

// event is a message in the shape that Standard Webhooks suggests.
type event struct {
	Type      string    `json:"type"`
	Timestamp instant   `json:"timestamp"`
	Data      eventData `json:"data"`
}

type eventData struct {
	ID        string            `json:"id"`
	Reason    string            `json:"reason"`
	Summary   string            `json:"summary"`
	Text      string            `json:"text"` // for people, as in a chat
	Page      eventPage         `json:"page"`
	Incident  *eventIncident    `json:"incident,omitempty"`
	Plan      *eventPlan        `json:"plan,omitempty"`
	Update    *eventUpdate      `json:"update,omitempty"`
	Incidents []eventIncident   `json:"incidents,omitempty"` // of a digest, the newest of each
	More      int               `json:"more,omitempty"`      // incidents that a digest leaves out
	Facts     map[string]string `json:"facts,omitempty"`
	Links     *eventLinks       `json:"links,omitempty"`
}

type eventPage struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

type eventIncident struct {
	ID         string           `json:"id"`
	Title      string           `json:"title"`
	Phase      string           `json:"phase"`
	Impact     string           `json:"impact"`
	Tier       int              `json:"tier"`
	URL        string           `json:"url"`
	Automatic  bool             `json:"automatic"`
	Draft      bool             `json:"draft"`
	StartedAt  instant          `json:"started_at"`
	DetectedAt instant          `json:"detected_at"`
	CreatedAt  instant          `json:"created_at"`
	ResolvedAt instant          `json:"resolved_at"`
	Lasted     *float64         `json:"lasted_seconds"`
	NextBy     instant          `json:"next_update_by"`
	Affected   []eventComponent `json:"components"`
	Unaffected []eventComponent `json:"unaffected"`
	Updates    []eventUpdate    `json:"updates,omitempty"` // newest first
	Review     string           `json:"postmortem,omitempty"`
}

type eventComponent struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	State string `json:"state"`
}

type eventUpdate struct {
	ID        string  `json:"id"`
	Phase     string  `json:"phase"`
	Body      string  `json:"body"`
	Format    string  `json:"format"` // markdown or text
	At        instant `json:"at"`
	WrittenAt instant `json:"written_at"`
	NextBy    instant `json:"next_update_by"`
	Automatic bool    `json:"automatic"`
}

type eventLinks struct {
	Confirm     string `json:"confirm,omitempty"`
	Manage      string `json:"manage,omitempty"`
	Unsubscribe string `json:"unsubscribe,omitempty"`
}

// envelope is CloudEvents 1.0, structured.
type envelope struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`
	Source      string    `json:"source"`
	Type        string    `json:"type"`
	Subject     string    `json:"subject,omitempty"`
	Time        instant   `json:"time"`
	ContentType string    `json:"datacontenttype"`
	Data        eventData `json:"data"`
}

// payload is the body of a webhook's request, and its media type. It is the
// same whenever the same message is sent again.
func payload(m notice.Message, links Links, format string) (body []byte, kind string, err error) {
	if len(m.Notices) == 0 {
		return nil, "", errors.New("the message is empty")
	}
	e := newEvent(m, links)
	switch {
	case format == FormatStatuspage && (e.Data.Incident != nil || e.Data.Plan != nil):
		body, err = json.Marshal(newStatuspage(m, links))
		return body, "application/json", err
	case format == FormatCloudEvents:
		subject := ""
		if e.Data.Incident != nil {
			subject = e.Data.Incident.ID
		} else if e.Data.Plan != nil {
			subject = e.Data.Plan.ID
		}
		body, err = json.Marshal(envelope{
			SpecVersion: "1.0", ID: token(m.ID), Source: cmp.Or(e.Data.Page.URL, "urn:upheld"), Type: e.Type, Subject: subject,
			Time: e.Timestamp, ContentType: "application/json", Data: e.Data,
		})
		return body, "application/cloudevents+json", err
	}
	body, err = json.Marshal(e)
	return body, "application/json", err
}

// newEvent tells a message to programs. Texts are whole; what is in them is
// for whoever shows them to escape.
func newEvent(m notice.Message, links Links) event {
	n := m.Notices[len(m.Notices)-1]
	address := newAddresses(m, links, n.Content.Page)
	data := eventData{
		ID: m.ID, Reason: string(m.Reason), Summary: line(n.Summary, longestLine), Text: Render(m, links).Short,
		Page: eventPage{Name: n.Content.Page.Name, URL: address.page},
	}
	if !isPublic(m.To.Kind) {
		data.Facts = n.Content.Facts
	}
	if l := (eventLinks{Manage: address.manage(), Unsubscribe: address.unsubscribe()}); m.Reason == uptime.ConfirmSubscription {
		data.Links = &eventLinks{Confirm: address.confirm()}
	} else if l != (eventLinks{}) {
		data.Links = &l
	}
	switch {
	case m.Reason == uptime.Digest:
		for _, one := range digested(m.Notices) {
			if one.Content.Incident.ID == "" {
				continue
			}
			if len(data.Incidents) == mostItems {
				data.More++
				continue
			}
			data.Incidents = append(data.Incidents, newEventIncident(one.Content, address, false))
		}
	case n.Content.Incident.ID != "":
		inc := newEventIncident(n.Content, address, true)
		data.Incident = &inc
		if n.Content.Update.ID != "" {
			u := newEventUpdate(n.Content.Update)
			data.Update = &u
		}
	case n.Content.Plan.ID != "" && aboutPlan(m.Reason):
		plan := newEventPlan(n.Content, address)
		data.Plan = &plan
		if n.Content.PlanUpdate.ID != "" {
			u := newEventPlanUpdate(n.Content.PlanUpdate)
			data.Update = &u
		}
	}
	return event{Type: eventType(m.Reason), Timestamp: instant(n.At), Data: data}
}

// eventType is what a message is about, and the reason.
func eventType(reason uptime.NoticeReason) string {
	switch reason {
	case uptime.Digest:
		return "incidents.digest"
	case uptime.WentBlind, uptime.SeesAgain:
		return "monitoring." + string(reason)
	case uptime.ChannelDead, uptime.TestOfChannel:
		return "channel." + string(reason)
	case uptime.ConfirmSubscription, uptime.AlreadySubscribed:
		return "subscription." + string(reason)
	case uptime.PlanAnnounced, uptime.PlanRevised, uptime.PlanCancelled, uptime.PlanSoon, uptime.PlanStarted,
		uptime.PlanNews, uptime.PlanFinished, uptime.PlanOverruns:
		return "plan." + string(reason)
	case uptime.BudgetBurns, uptime.BudgetCalm, uptime.PromiseBroken, uptime.PromiseDue, uptime.BackupMissed:
		return "promise." + string(reason)
	default:
		return "incident." + string(reason)
	}
}

func newEventIncident(c uptime.Content, address addresses, whole bool) eventIncident {
	inc := c.Incident
	out := eventIncident{
		ID: string(inc.ID), Title: inc.Title, Phase: string(inc.Phase), Impact: string(inc.Impact), Tier: int(inc.Tier),
		URL: address.incident(inc), Automatic: inc.Automatic, Draft: inc.Draft(),
		StartedAt: instant(inc.StartedAt), DetectedAt: instant(inc.DetectedAt), CreatedAt: instant(inc.CreatedAt), ResolvedAt: instant(inc.ResolvedAt),
		NextBy:   instant(inc.Promised()),
		Affected: newEventComponents(c.Components), Unaffected: newEventComponents(c.Unaffected),
	}
	if !inc.Open() && inc.Phase != uptime.FalseAlarm {
		seconds := inc.ResolvedAt.Sub(inc.StartedAt).Seconds()
		out.Lasted = &seconds
	}
	if !whole {
		return out
	}
	for i := len(inc.Updates) - 1; i >= 0; i-- {
		out.Updates = append(out.Updates, newEventUpdate(inc.Updates[i]))
	}
	if !inc.Postmortem.PublishedAt.IsZero() {
		out.Review = inc.Postmortem.Body
	}
	return out
}

func newEventComponents(components []uptime.ComponentNote) []eventComponent {
	out := make([]eventComponent, 0, len(components))
	for _, c := range components {
		out = append(out, eventComponent{string(c.ID), c.Name, c.State.String()})
	}
	return out
}

func newEventUpdate(u uptime.Update) eventUpdate {
	format := "markdown"
	if u.Automatic {
		format = "text"
	}
	return eventUpdate{
		ID: u.ID, Phase: string(u.Phase), Body: u.Body, Format: format, At: instant(u.At), WrittenAt: instant(u.WrittenAt),
		NextBy: instant(u.NextBy), Automatic: u.Automatic,
	}
}
