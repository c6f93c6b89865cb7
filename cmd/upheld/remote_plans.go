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

type maintenanceCommand struct {
	Plan     planCommand         `cmd:"" help:"Say what planning something would mean, and write nothing."`
	Announce planAnnounceCommand `cmd:"" help:"Announce maintenance or a change, or keep it as a draft."`
	Revise   planReviseCommand   `cmd:"" help:"Move it, or make it longer: a notice of its own."`
	Cancel   planCancelCommand   `cmd:"" help:"Call it off."`
	Finish   planFinishCommand   `cmd:"" help:"Say that the work is done."`
	List     planListCommand     `cmd:"" help:"List planned work, newest first."`
}

// remotePlan is what is printed of a plan.
type remotePlan struct {
	ID, Kind, Title, Phase string
	Draft                  bool
	Components             []string
	From, To               time.Time
	Broken                 []remoteBroken
}

type remoteBroken struct{ Commitment, Violation, Text string }

func (b remoteBroken) String() string { return strings.TrimPrefix(b.Commitment+": "+b.Text, ": ") }

func (p remotePlan) state() string {
	if p.Draft {
		return p.Phase + ", draft"
	}
	return p.Phase
}

func (p remotePlan) window() string {
	if p.From.Equal(p.To) {
		return p.From.Format(time.RFC3339)
	}
	return p.From.Format(time.RFC3339) + " to " + p.To.Format(time.RFC3339)
}

// remoteWork is what is planned.
type remoteWork struct {
	Title     string        `required:"" help:"One line: what customers see."`
	Body      string        `help:"What is done and what it means for customers, in Markdown."`
	Kind      string        `enum:"maintenance,release,price,behaviour" default:"maintenance" help:"maintenance, release, price or behaviour."`
	From      time.Time     `required:"" placeholder:"TIME" help:"When it begins, as 2026-11-24T21:00:00+01:00."`
	For       time.Duration `placeholder:"LENGTH" help:"How long maintenance takes, as 90m or 2h."`
	Component []string      `help:"That it may touch, by its id; may be repeated."`
	Region    []string      `help:"Whose customers it touches; may be repeated."`
	Emergency bool          `help:"A label: it shortens no notice."`
}

func (w remoteWork) fields() (map[string]any, error) {
	fields := map[string]any{"title": w.Title, "kind": w.Kind, "from": w.From.UTC()}
	switch {
	case w.Kind == "maintenance" && w.For <= 0:
		return nil, errors.New("maintenance has a length; give it with --for, as --for 90m")
	case w.Kind != "maintenance" && w.For != 0:
		return nil, errors.New("a change takes effect at one time; leave out --for")
	case w.For > 0:
		fields["to"] = w.From.Add(w.For).UTC()
	}
	if w.Body != "" {
		fields["body"] = w.Body
	}
	if len(w.Component) > 0 {
		fields["components"] = w.Component
	}
	if len(w.Region) > 0 {
		fields["regions"] = w.Region
	}
	if w.Emergency {
		fields["emergency"] = true
	}
	return fields, nil
}

// remoteAnswer is what planning something would mean.
type remoteAnswer struct {
	Lawful        bool
	Broken        []remoteBroken
	EarliestStart *time.Time `json:"earliest_start"`
	AnnounceBy    *time.Time `json:"announce_by"`
	Owed          int        `json:"owed_notice"`
	Slots         []struct{ From, To time.Time }
	Costs         []struct {
		Name   string
		Window float64 `json:"window_seconds"`
		Left   float64 `json:"left_seconds"`
	}
}

type planCommand struct {
	remote
	remoteWork
}

// Run prints what it breaks, when it could be, what it costs and who is owed
// notice. It fails where a promise would be broken.
func (c planCommand) Run(ctx context.Context, s streams) error {
	fields, err := c.fields()
	if err != nil {
		return err
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	var a remoteAnswer
	printed, err := c.read(ctx, s, message{method: http.MethodPost, path: "/plans/preview", body: body}, &a)
	if printed || err != nil {
		return err
	}
	if a.Lawful {
		fmt.Fprintln(s.out, "It keeps every promise.")
	}
	for _, b := range a.Broken {
		fmt.Fprintf(s.out, "breaks    %s\n", b)
	}
	switch {
	case a.EarliestStart != nil:
		fmt.Fprintf(s.out, "earliest  %s\n", a.EarliestStart.Format(time.RFC3339))
	case !a.Lawful:
		fmt.Fprintln(s.out, "earliest  none within a year")
	}
	for _, slot := range a.Slots {
		fmt.Fprintf(s.out, "free      %s to %s\n", slot.From.Format(time.RFC3339), slot.To.Format(time.RFC3339))
	}
	if a.AnnounceBy != nil {
		fmt.Fprintf(s.out, "announce  by %s, to %d subscribers\n", a.AnnounceBy.Format(time.RFC3339), a.Owed)
	}
	for _, cost := range a.Costs {
		fmt.Fprintf(s.out, "budget    %s: %s at worst, %s left after it\n", cost.Name, inSeconds(cost.Window), inSeconds(cost.Left))
	}
	if !a.Lawful {
		return errors.New("it would break a promise; take another start with --from")
	}
	return nil
}

func inSeconds(n float64) time.Duration {
	return time.Duration(n * float64(time.Second)).Truncate(time.Second)
}

type planAnnounceCommand struct {
	remote
	remoteWork
	Draft    bool   `help:"Keep it as a draft."`
	Override string `placeholder:"REASON" help:"Why it is announced although it breaks a promise; it is shown on the page."`
	Key      string `help:"An Idempotency-Key: repeated with it, the command does nothing."`
}

// Run announces it and prints its id.
func (c planAnnounceCommand) Run(ctx context.Context, s streams) error {
	fields, err := c.fields()
	if err != nil {
		return err
	}
	fields["publish"] = !c.Draft
	if c.Override != "" {
		fields["override"] = c.Override
	}
	return c.tellPlan(ctx, s, "/plans", fields, c.Key)
}

// tellPlan sends a change and prints what the plan is now.
func (r remote) tellPlan(ctx context.Context, s streams, path string, fields map[string]any, key string) error {
	body, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	var p remotePlan
	printed, err := r.read(ctx, s, message{method: http.MethodPost, path: path, body: body, key: key}, &p)
	if printed || err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %s, %s (%s)\n", p.ID, p.Title, p.window(), p.state())
	for _, b := range p.Broken {
		fmt.Fprintf(s.err, "It breaks %s.\n", b)
	}
	return nil
}

// onePlanned names one plan.
type onePlanned struct {
	remote
	ID  string `arg:"" help:"The plan's id, as upheld maintenance list names it."`
	Key string `help:"An Idempotency-Key: repeated with it, the command does nothing."`
}

func (c onePlanned) path() string { return "/plans/" + url.PathEscape(c.ID) }

type planReviseCommand struct {
	onePlanned
	From     time.Time `placeholder:"TIME" help:"The new start; as it is unless given."`
	To       time.Time `placeholder:"TIME" help:"The new end; unless given the window stays as long as it is."`
	Reason   string    `help:"Why; customers are told."`
	Override string    `placeholder:"REASON" help:"Why it is announced although it breaks a promise."`
}

// Run announces other times.
func (c planReviseCommand) Run(ctx context.Context, s streams) error {
	fields := map[string]any{}
	if !c.From.IsZero() {
		fields["from"] = c.From.UTC()
	}
	if !c.To.IsZero() {
		fields["to"] = c.To.UTC()
	}
	if len(fields) == 0 {
		return errors.New("nothing is new; give --from or --to")
	}
	if c.Reason != "" {
		fields["reason"] = c.Reason
	}
	if c.Override != "" {
		fields["override"] = c.Override
	}
	return c.tellPlan(ctx, s, c.path()+"/revise", fields, c.Key)
}

type planCancelCommand struct {
	onePlanned
	Reason string `help:"Why; customers are told."`
}

// Run calls it off.
func (c planCancelCommand) Run(ctx context.Context, s streams) error {
	return c.tellPlan(ctx, s, c.path()+"/cancel", map[string]any{"reason": c.Reason}, c.Key)
}

type planFinishCommand struct {
	onePlanned
	Body string `help:"What came of it, in Markdown."`
}

// Run says that the work is done.
func (c planFinishCommand) Run(ctx context.Context, s streams) error {
	return c.tellPlan(ctx, s, c.path()+"/finish", map[string]any{"body": c.Body}, c.Key)
}

type planListCommand struct {
	remote
	Open      bool   `help:"Only those of which something is to come."`
	Draft     bool   `help:"Only drafts."`
	Component string `help:"Only those that name this component, by its id."`
	Limit     int    `default:"50" help:"How many at most, 1 to 500."`
}

// Run prints a line for each.
func (c planListCommand) Run(ctx context.Context, s streams) error {
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
		Items []remotePlan
		Next  *string
	}
	printed, err := c.read(ctx, s, message{method: http.MethodGet, path: "/plans?" + query.Encode()}, &list)
	if printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, p := range list.Items {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", p.ID, p.window(), p.Kind, p.state(), p.Title)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if list.Next != nil {
		fmt.Fprintln(s.err, "There are more; ask for them with --limit.")
	}
	return nil
}

type commitmentsCommand struct {
	remote
	Policy  string `help:"Only those of this policy."`
	Verdict string `enum:",met,on_track,at_risk,breached,insufficient_data,overdue,not_measured" default:"" help:"Only those with this verdict."`
}

// Run prints a line for each promise: its verdict, its figure or the reason why
// there is none.
func (c commitmentsCommand) Run(ctx context.Context, s streams) error {
	query := url.Values{}
	if c.Policy != "" {
		query.Set("policy", c.Policy)
	}
	if c.Verdict != "" {
		query.Set("verdict", c.Verdict)
	}
	path := "/commitments"
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var list struct {
		Items []struct{ ID, Verdict, Value, Why, Says string }
	}
	printed, err := c.read(ctx, s, message{method: http.MethodGet, path: path, open: true}, &list)
	if printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, one := range list.Items {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", one.ID, one.Verdict, orElse(one.Value, orElse(one.Why, "–")), one.Says)
	}
	return table.Flush()
}
