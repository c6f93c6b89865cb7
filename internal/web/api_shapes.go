package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

// Cursor asks for a part of a list.
type Cursor struct {
	After string `query:"after" doc:"The cursor that the page before ended with."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many at most."`
}

// largestPage is as much as is read of a list at once.
const largestPage = 500

// more asks for one item over the limit, to know whether there are more.
func (c Cursor) more() uptime.Cursor {
	return uptime.Cursor{After: c.After, Limit: min(c.Limit+1, largestPage)}
}

// lost is why a part of a list could not be read.
func (c Cursor) lost(err error) error {
	if c.After != "" && errors.Is(err, uptime.ErrNotFound) {
		return fieldError{"query.after", "is no cursor of this list, or its item is gone; begin again without it"}
	}
	return err
}

// list is a part of a list, newest first.
type list[T any] struct {
	Body struct {
		Items []T     `json:"items" nullable:"false"`
		Next  *string `json:"next" doc:"The cursor for the following page; null: this is the last one."`
	}
}

// pageOf makes a part of a list out of what was found with Cursor.more. The
// largest part may be followed by an empty one.
func pageOf[F, T any](found []F, limit int, show func(F) (item T, id string)) *list[T] {
	out := &list[T]{}
	out.Body.Items = []T{}
	last := ""
	for _, f := range found[:min(limit, len(found))] {
		item, id := show(f)
		out.Body.Items = append(out.Body.Items, item)
		last = id
	}
	if len(found) > limit || len(found) == largestPage {
		out.Body.Next = &last
	}
	return out
}

// instant is null where a time is zero.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

type incidentBody struct {
	ID           string            `json:"id"`
	Title        string            `json:"title"`
	Tier         int               `json:"tier"`
	Impact       string            `json:"impact"`
	Phase        string            `json:"phase"`
	Components   []string          `json:"components" nullable:"false" doc:"Affected, by their ids."`
	Unaffected   []string          `json:"unaffected" nullable:"false" doc:"Said to work all the same."`
	States       map[string]string `json:"states,omitempty" doc:"What people say that affected components are, beside what is measured."`
	Automatic    bool              `json:"automatic" doc:"Opened by a monitor, or by the alerts of an Alertmanager."`
	Draft        bool              `json:"draft" doc:"Seen in the console alone."`
	StartedAt    time.Time         `json:"started_at"`
	DetectedAt   time.Time         `json:"detected_at"`
	CreatedAt    time.Time         `json:"created_at" doc:"When it was written down: it is back-dated if it started before."`
	PublishedAt  *time.Time        `json:"published_at"`
	ResolvedAt   *time.Time        `json:"resolved_at"`
	ClosedAt     *time.Time        `json:"closed_at"`
	NextUpdateBy *time.Time        `json:"next_update_by" doc:"When the next update is promised by."`
	Missed       int               `json:"missed_updates" doc:"How many promised updates came late or not at all."`
	Postmortem   *postmortemBody   `json:"postmortem,omitempty"`
	Version      int64             `json:"version"`
	Updates      []updateBody      `json:"updates" nullable:"false" doc:"Newest first."`
}

type postmortemBody struct {
	Body        string     `json:"body" doc:"Markdown."`
	PublishedAt *time.Time `json:"published_at"`
	Waived      string     `json:"waived,omitempty" doc:"Why there is none."`
}

type updateBody struct {
	ID           string          `json:"id"`
	Phase        string          `json:"phase"`
	Body         string          `json:"body" doc:"Markdown; plain text in an automatic one."`
	At           time.Time       `json:"at" doc:"The time that it speaks of."`
	WrittenAt    time.Time       `json:"written_at"`
	NextUpdateBy *time.Time      `json:"next_update_by"`
	Automatic    bool            `json:"automatic"`
	Author       string          `json:"author,omitempty"`
	Silent       bool            `json:"silent" doc:"Nobody was told."`
	Amended      []amendmentBody `json:"amended" nullable:"false" doc:"Earlier texts, oldest first."`
}

type amendmentBody struct {
	Body   string    `json:"body"`
	At     time.Time `json:"at" doc:"When it was replaced."`
	Author string    `json:"author"`
}

func showIncident(i uptime.Incident, stated []uptime.Statement, now time.Time) incidentBody {
	out := incidentBody{
		ID: string(i.ID), Title: i.Title, Tier: int(i.Tier), Impact: string(i.Impact), Phase: string(i.Phase),
		Components: words(i.Components), Unaffected: words(i.Unaffected), Automatic: i.Automatic, Draft: i.Draft(),
		StartedAt: i.StartedAt.UTC(), DetectedAt: i.DetectedAt.UTC(), CreatedAt: i.CreatedAt.UTC(),
		PublishedAt: instant(i.PublishedAt), ResolvedAt: instant(i.ResolvedAt), ClosedAt: instant(i.ClosedAt),
		NextUpdateBy: instant(i.Promised()), Missed: len(i.Missed(now)), Version: i.Version, Updates: []updateBody{},
	}
	if p := i.Postmortem; p != (uptime.Postmortem{}) {
		out.Postmortem = &postmortemBody{p.Body, instant(p.PublishedAt), p.Waived}
	}
	for _, s := range stated {
		if s.To.IsZero() {
			if out.States == nil {
				out.States = map[string]string{}
			}
			out.States[string(s.Component)] = s.State.String()
		}
	}
	for _, u := range slices.Backward(i.Updates) {
		out.Updates = append(out.Updates, showUpdate(u))
	}
	return out
}

func showUpdate(u uptime.Update) updateBody {
	out := updateBody{
		ID: u.ID, Phase: string(u.Phase), Body: u.Body, At: u.At.UTC(), WrittenAt: u.WrittenAt.UTC(),
		NextUpdateBy: instant(u.NextBy), Automatic: u.Automatic, Author: u.Author, Silent: u.Silent, Amended: []amendmentBody{},
	}
	for _, a := range u.Amended {
		out.Amended = append(out.Amended, amendmentBody{a.Body, a.At.UTC(), a.Author})
	}
	return out
}

// words are names as plain text.
func words[T ~string](names []T) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return out
}

// named are plain texts as names; nil stays nil.
func named[T ~string](texts []string) []T {
	if texts == nil {
		return nil
	}
	out := make([]T, len(texts))
	for i, t := range texts {
		out[i] = T(t)
	}
	return out
}

type openingBody struct {
	Title        string            `json:"title" doc:"One line: what customers see."`
	Tier         int               `json:"tier,omitempty" minimum:"1" maximum:"3" default:"2"`
	Impact       string            `json:"impact,omitempty" enum:"none,minor,major,critical" doc:"What the tier comes to unless given."`
	Phase        string            `json:"phase,omitempty" enum:"investigating,identified,monitoring" default:"investigating"`
	Body         string            `json:"body" doc:"The first update, in Markdown."`
	Components   []string          `json:"components,omitempty" doc:"Affected, by their ids."`
	Unaffected   []string          `json:"unaffected,omitempty" doc:"Said to work all the same."`
	States       map[string]string `json:"states,omitempty" doc:"What affected components are: degraded, partial or down. It stands beside what is measured, and the worse counts."`
	StartedAt    *time.Time        `json:"started_at,omitempty" doc:"Now unless given. Earlier is back-dated, and shown so."`
	NextUpdateBy *time.Time        `json:"next_update_by,omitempty" doc:"Promises the next update by then. A promise that is not kept is shown."`
	Publish      bool              `json:"publish,omitempty" doc:"Show it to all. Otherwise it is a draft."`
	Silent       bool              `json:"silent,omitempty" doc:"Show it and tell nobody."`
}

func (b openingBody) read() (incidents.Opening, error) {
	states, err := readStates(b.States)
	return incidents.Opening{
		Title: b.Title, Tier: uptime.Tier(b.Tier), Impact: uptime.Impact(b.Impact), Phase: uptime.IncidentPhase(b.Phase),
		Body: b.Body, Components: named[uptime.ComponentID](b.Components), Unaffected: named[uptime.ComponentID](b.Unaffected),
		States: states, StartedAt: orZero(b.StartedAt), NextBy: orZero(b.NextUpdateBy), Publish: b.Publish, Silent: b.Silent,
	}, err
}

type wordBody struct {
	Phase        string            `json:"phase,omitempty" enum:"investigating,identified,monitoring,resolved,false_alarm" doc:"As it is unless given. resolved and false_alarm end it."`
	Body         string            `json:"body" doc:"In Markdown."`
	Impact       string            `json:"impact,omitempty" enum:"none,minor,major,critical"`
	Components   []string          `json:"components,omitempty" doc:"Affected from now on; as they are unless given."`
	Unaffected   []string          `json:"unaffected,omitempty"`
	States       map[string]string `json:"states,omitempty" doc:"degraded, partial or down; up takes what was said back."`
	At           *time.Time        `json:"at,omitempty" doc:"The time that it speaks of; now unless given."`
	NextUpdateBy *time.Time        `json:"next_update_by,omitempty"`
	Silent       bool              `json:"silent,omitempty" doc:"Show it and tell nobody."`
}

func (b wordBody) read() (incidents.Word, error) {
	states, err := readStates(b.States)
	return incidents.Word{
		Phase: uptime.IncidentPhase(b.Phase), Body: b.Body, Impact: uptime.Impact(b.Impact),
		Components: named[uptime.ComponentID](b.Components), Unaffected: named[uptime.ComponentID](b.Unaffected),
		States: states, At: orZero(b.At), NextBy: orZero(b.NextUpdateBy), Silent: b.Silent,
	}, err
}

func readStates(texts map[string]string) (map[uptime.ComponentID]uptime.State, error) {
	if texts == nil {
		return nil, nil
	}
	out := make(map[uptime.ComponentID]uptime.State, len(texts))
	var wrong incidents.Invalid
	for id, text := range texts {
		state, err := uptime.ParseState(text)
		if err != nil {
			wrong = append(wrong, incidents.Fault{Field: "states." + id, Text: "is no state; use degraded, partial, down or up"})
		}
		out[uptime.ComponentID(id)] = state
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return out, nil
}

// previewBody is what a change would send, and to whom. Nothing was changed.
type previewBody struct {
	Body struct {
		Subject     string        `json:"subject" doc:"Of the mail; empty where there is none, as for a draft."`
		Text        string        `json:"text" doc:"The mail as plain text."`
		HTML        string        `json:"html" doc:"The mail as HTML."`
		Subscribers int           `json:"subscribers" doc:"How many of the public would be told."`
		HeldBack    string        `json:"held_back,omitempty" doc:"Why the public would not be told."`
		Channels    []routedBody  `json:"channels" nullable:"false"`
		Incident    *incidentBody `json:"incident,omitempty" doc:"As it would be."`
	}
}

type routedBody struct {
	Channel  string     `json:"channel"`
	HeldBack string     `json:"held_back,omitempty"`
	Due      *time.Time `json:"due" doc:"When it would go; null: at once, or never if held back."`
}

func (s *site) showPreview(ctx context.Context, p incidents.Preview, err error) (*previewBody, error) {
	if err != nil {
		return nil, err
	}
	out := &previewBody{}
	b := &out.Body
	b.Subscribers, b.Channels, b.HeldBack = p.Subscribers, []routedBody{}, string(uptime.HeldDraft)
	if p.Notice.ID != "" { // otherwise nobody is owed anything
		letter, err := s.Desk.Letter(ctx, p.Notice)
		if err != nil {
			return nil, err
		}
		b.Subject, b.Text, b.HTML, b.HeldBack = letter.Subject, letter.Plain, letter.HTML, ""
		if a := p.Notice.Audience; a != nil {
			b.HeldBack = string(a.Held)
		}
	}
	for _, r := range p.Channels {
		b.Channels = append(b.Channels, routedBody{r.Channel, string(r.Held), instant(r.Due)})
	}
	for _, c := range p.Changes.Incidents {
		i := c.Incident
		shown := showIncident(i, p.Changes.Statements, s.Now())
		b.Incident = &shown
	}
	return out, nil
}
