package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

type incidentCommand struct {
	List    incidentListCommand    `cmd:"" help:"List incidents, newest first."`
	Show    incidentShowCommand    `cmd:"" help:"Show one, with all that was said."`
	Open    incidentOpenCommand    `cmd:"" help:"Open one, as a draft or for all to see."`
	Update  incidentUpdateCommand  `cmd:"" help:"Say something new."`
	Publish incidentPublishCommand `cmd:"" help:"Show a draft to all."`
	Close   incidentCloseCommand   `cmd:"" help:"Close one that is over: nothing changes after that."`
}

// remoteIncident is what is printed of an incident.
type remoteIncident struct {
	ID, Title, Phase, Impact string
	Tier                     int
	Draft                    bool
	Components               []string
	StartedAt                time.Time  `json:"started_at"`
	ResolvedAt               *time.Time `json:"resolved_at"`
	ClosedAt                 *time.Time `json:"closed_at"`
	NextUpdateBy             *time.Time `json:"next_update_by"`
	Updates                  []struct {
		Phase, Body string
		At          time.Time
	}
}

func (i remoteIncident) state() string {
	switch {
	case i.ClosedAt != nil:
		return "closed"
	case i.Draft:
		return i.Phase + ", draft"
	}
	return i.Phase
}

type incidentListCommand struct {
	remote
	Open      bool   `help:"Only those that last."`
	Draft     bool   `help:"Only drafts."`
	Component string `help:"Only those that affect this component, by its id."`
	Limit     int    `default:"50" help:"How many at most, 1 to 500."`
}

// Run prints a line for each.
func (c incidentListCommand) Run(ctx context.Context, s streams) error {
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.Open {
		query.Set("open", "true")
	}
	if c.Draft {
		query.Set("draft", "true")
	}
	if c.Component != "" {
		query.Set("component", c.Component)
	}
	var list struct {
		Items []remoteIncident
		Next  *string
	}
	printed, err := c.read(ctx, s, message{method: http.MethodGet, path: "/incidents?" + query.Encode()}, &list)
	if printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, i := range list.Items {
		fmt.Fprintf(table, "%s\t%s\ttier %d\t%s\t%s\n", i.ID, i.StartedAt.Format(time.RFC3339), i.Tier, i.state(), i.Title)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if list.Next != nil {
		fmt.Fprintln(s.err, "There are more; ask for them with --limit.")
	}
	return nil
}

// oneRemote names one incident.
type oneRemote struct {
	remote
	ID string `arg:"" help:"The incident's id, as upheld incident list names it."`
}

func (c oneRemote) path() string { return "/incidents/" + url.PathEscape(c.ID) }

// tell sends a change and prints what the incident is now.
func (r remote) tell(ctx context.Context, s streams, m message) error {
	var i remoteIncident
	printed, err := r.read(ctx, s, m, &i)
	if printed || err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s: %s (%s)\n", i.ID, i.Title, i.state())
	return err
}

type incidentShowCommand struct{ oneRemote }

// Run prints the incident, newest update first.
func (c incidentShowCommand) Run(ctx context.Context, s streams) error {
	var i remoteIncident
	printed, err := c.read(ctx, s, message{method: http.MethodGet, path: c.path()}, &i)
	if printed || err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s\n  %s, tier %d, impact %s\n  affects  %s\n  began    %s\n",
		i.Title, i.state(), i.Tier, i.Impact, orElse(strings.Join(i.Components, ", "), "no component"), i.StartedAt.Format(time.RFC3339))
	if i.ResolvedAt != nil {
		fmt.Fprintf(s.out, "  ended    %s\n", i.ResolvedAt.Format(time.RFC3339))
	}
	if i.NextUpdateBy != nil {
		fmt.Fprintf(s.out, "  promised %s\n", i.NextUpdateBy.Format(time.RFC3339))
	}
	for _, u := range i.Updates {
		fmt.Fprintf(s.out, "\n%s  %s\n  %s\n", u.At.Format(time.RFC3339), u.Phase, strings.ReplaceAll(u.Body, "\n", "\n  "))
	}
	return nil
}

// words are what every update can have.
type remoteWords struct {
	Body      string            `required:"" help:"What customers read, in Markdown."`
	Impact    string            `enum:",none,minor,major,critical" default:"" help:"none, minor, major or critical."`
	Component []string          `help:"Affected, by its id; may be repeated."`
	State     map[string]string `placeholder:"ID=STATE" help:"What a component is: degraded, partial or down; may be repeated."`
	Next      time.Duration     `help:"Promise the next update within this time, as 30m."`
	Silent    bool              `help:"Show it and tell nobody."`
	Key       string            `help:"An Idempotency-Key: repeated with it, the command does nothing."`
}

// fields are the words as the API takes them.
func (w remoteWords) fields(now time.Time) map[string]any {
	fields := map[string]any{"body": w.Body}
	if w.Impact != "" {
		fields["impact"] = w.Impact
	}
	if len(w.Component) > 0 {
		fields["components"] = w.Component
	}
	if len(w.State) > 0 {
		fields["states"] = w.State
	}
	if w.Next > 0 {
		fields["next_update_by"] = now.Add(w.Next).UTC().Truncate(time.Second)
	}
	if w.Silent {
		fields["silent"] = true
	}
	return fields
}

type incidentOpenCommand struct {
	remote
	remoteWords
	Title   string `required:"" help:"One line: what customers see."`
	Tier    int    `default:"2" help:"1 (gravest) to 3."`
	Publish bool   `help:"Show it to all; otherwise it is a draft."`
}

// Run opens an incident and prints its id.
func (c incidentOpenCommand) Run(ctx context.Context, s streams) error {
	fields := c.fields(time.Now())
	fields["title"], fields["tier"], fields["publish"] = c.Title, c.Tier, c.Publish
	body, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return c.tell(ctx, s, message{method: http.MethodPost, path: "/incidents", body: body, key: c.Key})
}

type incidentUpdateCommand struct {
	oneRemote
	remoteWords
	Phase string `enum:",investigating,identified,monitoring,resolved,false_alarm" default:"" help:"investigating, identified, monitoring, resolved or false_alarm; as it is unless given."`
}

// Run says something new.
func (c incidentUpdateCommand) Run(ctx context.Context, s streams) error {
	fields := c.fields(time.Now())
	if c.Phase != "" {
		fields["phase"] = c.Phase
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return c.tell(ctx, s, message{method: http.MethodPost, path: c.path() + "/updates", body: body, key: c.Key})
}

type incidentPublishCommand struct {
	oneRemote
	Silent bool `help:"Show it and tell nobody."`
}

// Run shows a draft to all.
func (c incidentPublishCommand) Run(ctx context.Context, s streams) error {
	body := fmt.Appendf(nil, `{"silent":%t}`, c.Silent)
	return c.tell(ctx, s, message{method: http.MethodPost, path: c.path() + "/publish", body: body})
}

type incidentCloseCommand struct{ oneRemote }

// Run closes an incident that is over.
func (c incidentCloseCommand) Run(ctx context.Context, s streams) error {
	err := c.tell(ctx, s, message{method: http.MethodPost, path: c.path() + "/close"})
	if told := (refused{}); errors.As(err, &told) && told.Status == http.StatusConflict {
		return fmt.Errorf("%w; see upheld incident show %s", err, c.ID)
	}
	return err
}
