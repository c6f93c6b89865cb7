package notify

import (
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// eventPlan is planned work or a change, as programs are told it.
type eventPlan struct {
	ID         string           `json:"id"`
	Kind       string           `json:"kind"` // maintenance, release, price or behaviour
	Title      string           `json:"title"`
	Body       string           `json:"body"` // Markdown
	Phase      string           `json:"phase"`
	Emergency  bool             `json:"emergency"`
	URL        string           `json:"url"`
	Calendar   string           `json:"calendar_url"`
	From       instant          `json:"from"` // of the times in force, or those that were called off
	To         instant          `json:"to"`
	Length     float64          `json:"length_seconds"`
	Sequence   int              `json:"sequence"` // how often what was announced has changed, as in the calendar
	Revisions  []eventRevision  `json:"revisions"`
	Notice     eventNotice      `json:"notice"`
	Components []eventComponent `json:"components"`
	Unaffected []eventComponent `json:"unaffected"`
	Regions    []string         `json:"regions"` // empty: all
	CreatedAt  instant          `json:"created_at"`
	Published  instant          `json:"published_at"`
	StartedAt  instant          `json:"started_at"`
	FinishedAt instant          `json:"finished_at"`
	Updates    []eventUpdate    `json:"updates,omitempty"` // newest first
}

// eventRevision is one announcement, the oldest first.
type eventRevision struct {
	At        instant       `json:"announced_at"`
	From      instant       `json:"from"`
	To        instant       `json:"to"`
	Cancelled bool          `json:"cancelled"`
	Finished  bool          `json:"finished_early"`
	Reason    string        `json:"reason"`
	Broken    []eventBroken `json:"broken"`
	Override  string        `json:"override,omitempty"`
	By        string        `json:"decided_by,omitempty"`
}

type eventBroken struct {
	Promise   string `json:"promise"` // id of the commitment
	Violation string `json:"violation"`
	Text      string `json:"text"`
}

// eventNotice is the notice that was given of the times in force, and the one
// that is promised: "50 h", "24 h". Kept is null where nothing is promised.
type eventNotice struct {
	Ahead    string `json:"ahead"`
	Seconds  int64  `json:"ahead_seconds"` // negative: it had begun
	Promised string `json:"promised,omitempty"`
	Kept     *bool  `json:"kept"`
}

func newEventPlan(c uptime.Content, address addresses) eventPlan {
	p, r := c.Plan, c.Plan.Now()
	out := eventPlan{
		ID: string(p.ID), Kind: string(p.Kind), Title: p.Title, Body: p.Body, Phase: string(p.Phase), Emergency: p.Emergency, URL: address.plan(p),
		From: instant(r.From), To: instant(r.To), Sequence: p.Sequence(), Notice: newEventNotice(c),
		Components: newEventComponents(c.Components), Unaffected: newEventComponents(c.Unaffected), Regions: []string{},
		CreatedAt: instant(p.CreatedAt), Published: instant(p.PublishedAt), StartedAt: instant(p.StartedAt), FinishedAt: instant(p.FinishedAt),
	}
	if out.URL != "" && out.URL != address.page {
		out.Calendar = out.URL + ".ics"
	}
	if r.To.After(r.From) {
		out.Length = r.To.Sub(r.From).Seconds()
	}
	for _, region := range p.Regions {
		out.Regions = append(out.Regions, string(region))
	}
	out.Revisions = make([]eventRevision, 0, len(p.Revisions))
	for _, r := range p.Revisions {
		out.Revisions = append(out.Revisions, newEventRevision(r))
	}
	for i := len(p.Updates) - 1; i >= 0; i-- {
		out.Updates = append(out.Updates, newEventPlanUpdate(p.Updates[i]))
	}
	return out
}

// newEventRevision names who announced what breaks a promise, and nobody else.
func newEventRevision(r uptime.Revision) eventRevision {
	out := eventRevision{
		At: instant(r.At), From: instant(r.From), To: instant(r.To), Cancelled: r.Cancelled, Finished: r.Finished, Reason: r.Reason, Broken: []eventBroken{},
	}
	for _, b := range r.Broken {
		out.Broken = append(out.Broken, eventBroken{string(b.Commitment), string(b.Violation), b.Text})
	}
	if len(r.Broken) > 0 {
		out.Override, out.By = r.Override, r.By
	}
	return out
}

func newEventNotice(c uptime.Content) eventNotice {
	r := c.Plan.Now()
	out := eventNotice{Ahead: ahead(c), Seconds: int64(r.From.Sub(r.At).Seconds()), Promised: c.Facts[notice.FactPromised]}
	if out.Promised == "" || r.Cancelled {
		return out
	}
	kept := true
	for _, b := range r.Broken {
		switch b.Violation {
		case uptime.LateNotice, uptime.EarlyEffect, uptime.LatePostponed:
			kept = false
		case uptime.Blackout, uptime.Overrun, uptime.CalledOff, uptime.EmergencyLabel: // of another promise
		}
	}
	out.Kept = &kept
	return out
}

func newEventPlanUpdate(u uptime.PlanUpdate) eventUpdate {
	format := "markdown"
	if u.Automatic {
		format = "text"
	}
	return eventUpdate{ID: u.ID, Phase: string(u.Phase), Body: u.Body, Format: format, At: instant(u.At), WrittenAt: instant(u.At), Automatic: u.Automatic}
}
