package web

import (
	"context"
	"math/big"
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

type planBody struct {
	ID          string           `json:"id"`
	Kind        string           `json:"kind" enum:"maintenance,release,price,behaviour"`
	Title       string           `json:"title"`
	Body        string           `json:"body" doc:"Markdown."`
	Components  []string         `json:"components" nullable:"false"`
	Regions     []string         `json:"regions" nullable:"false" doc:"Served by what is worked on; empty: all."`
	Emergency   bool             `json:"emergency" doc:"A label. It excludes nothing."`
	Phase       string           `json:"phase" enum:"scheduled,in_progress,verifying,completed,cancelled"`
	Draft       bool             `json:"draft" doc:"Seen in the console alone."`
	From        time.Time        `json:"from" doc:"As it was announced last."`
	To          time.Time        `json:"to" doc:"Of a change the same as from."`
	Series      string           `json:"series,omitempty" doc:"The series that it is an occurrence of."`
	CreatedAt   time.Time        `json:"created_at"`
	PublishedAt *time.Time       `json:"published_at"`
	StartedAt   *time.Time       `json:"started_at"`
	FinishedAt  *time.Time       `json:"finished_at"`
	Sequence    int              `json:"sequence" doc:"Of its entry in calendars: how often what was announced has changed."`
	Calendar    string           `json:"calendar,omitempty" doc:"Path of its entry for calendars; missing: a draft."`
	Version     int64            `json:"version"`
	Broken      []brokenBody     `json:"broken" nullable:"false" doc:"Promises that it breaks as it was announced."`
	Excluded    []spanBody       `json:"excluded" nullable:"false" doc:"What of its time does not count against the availability of its components."`
	Promises    planPromisesBody `json:"promises" doc:"What it is held to: the promises in force when it was first announced."`
	Revisions   []revisionBody   `json:"revisions" nullable:"false" doc:"Everything that was announced, oldest first. None is ever altered."`
	Updates     []planUpdateBody `json:"updates" nullable:"false" doc:"Newest first."`
}

type spanBody struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func showSpans(spans []calendar.Span) []spanBody {
	out := make([]spanBody, len(spans))
	for i, s := range spans {
		out[i] = spanBody{s.From.UTC(), s.To.UTC()}
	}
	return out
}

type brokenBody struct {
	Commitment string `json:"commitment,omitempty"`
	Violation  string `json:"violation" enum:"late_notice,blackout,overrun,cancelled,emergency,early,late_postponement"`
	Text       string `json:"text"`
}

func showBroken(all []uptime.Broken) []brokenBody {
	out := make([]brokenBody, len(all))
	for i, b := range all {
		out[i] = brokenBody{string(b.Commitment), string(b.Violation), b.Text}
	}
	return out
}

type planPromisesBody struct {
	Notices   []noticeRuleBody   `json:"notices" nullable:"false"`
	Blackouts []blackoutRuleBody `json:"forbidden_hours" nullable:"false"`
}

type noticeRuleBody struct {
	Commitment string `json:"commitment,omitempty"`
	Amount     int    `json:"amount"`
	Unit       string `json:"unit" enum:"h,d" doc:"Elapsed hours, or calendar days to the same time on the wall."`
	Zone       string `json:"zone"`
}

type blackoutRuleBody struct {
	Commitment string   `json:"commitment,omitempty"`
	Region     string   `json:"region,omitempty" doc:"Whose hours; missing: everybody's."`
	Zone       string   `json:"zone"`
	Days       []string `json:"days" nullable:"false"`
	From       string   `json:"from" doc:"By the clock on the wall, as 09:00."`
	To         string   `json:"to"`
	Exempt     []string `json:"exempt" nullable:"false" doc:"Local dates without forbidden hours."`
}

func showRules(r uptime.PlanRules) planPromisesBody {
	out := planPromisesBody{[]noticeRuleBody{}, []blackoutRuleBody{}}
	for _, n := range r.Notices {
		out.Notices = append(out.Notices, noticeRuleBody{string(n.Commitment), n.Amount, string(n.Unit), zoneText(n.Zone)})
	}
	for _, b := range r.Blackouts {
		out.Blackouts = append(out.Blackouts, showBlackout(b))
	}
	return out
}

func showBlackout(b uptime.BlackoutRule) blackoutRuleBody {
	days := make([]string, len(b.Days))
	for i, d := range b.Days {
		days[i] = d.String()
	}
	return blackoutRuleBody{
		string(b.Commitment), string(b.Region), zoneText(b.Zone), days, wallClock(b.From), wallClock(b.To), words(b.Exempt),
	}
}

type revisionBody struct {
	At        time.Time    `json:"at" doc:"When it was announced; of a draft, when it was written."`
	From      time.Time    `json:"from"`
	To        time.Time    `json:"to"`
	Cancelled bool         `json:"cancelled" doc:"It calls off what its times say."`
	Finished  bool         `json:"finished" doc:"The work was done early, and the rest was given back."`
	Reason    string       `json:"reason,omitempty"`
	Broken    []brokenBody `json:"broken" nullable:"false" doc:"Promises that it broke when it was announced."`
	Override  string       `json:"override,omitempty" doc:"Why it was announced all the same."`
	By        string       `json:"by,omitempty"`
}

type planUpdateBody struct {
	ID        string    `json:"id"`
	Phase     string    `json:"phase"`
	Body      string    `json:"body" doc:"Markdown; plain text in an automatic one."`
	At        time.Time `json:"at"`
	Automatic bool      `json:"automatic"`
	Silent    bool      `json:"silent" doc:"Nobody was told."`
	Author    string    `json:"author,omitempty"`
}

func showPlan(p uptime.Plan) planBody {
	now := p.Now()
	out := planBody{
		ID: string(p.ID), Kind: string(p.Kind), Title: p.Title, Body: p.Body, Components: words(p.Components), Regions: words(p.Regions),
		Emergency: p.Emergency, Phase: string(p.Phase), Draft: p.Draft(), From: now.From.UTC(), To: now.To.UTC(), Series: string(p.Series),
		CreatedAt: p.CreatedAt.UTC(), PublishedAt: instant(p.PublishedAt), StartedAt: instant(p.StartedAt), FinishedAt: instant(p.FinishedAt),
		Sequence: p.Sequence(), Version: p.Version, Broken: showBroken(now.Broken), Promises: showRules(p.Rules),
		Excluded: showSpans(planned.Excluded(p)), Revisions: []revisionBody{}, Updates: []planUpdateBody{},
	}
	if !p.Draft() {
		out.Calendar = calendarPath(p.ID)
	}
	for _, r := range p.Revisions {
		out.Revisions = append(out.Revisions, revisionBody{
			r.At.UTC(), r.From.UTC(), r.To.UTC(), r.Cancelled, r.Finished, r.Reason, showBroken(r.Broken), r.Override, r.By,
		})
	}
	for _, u := range slices.Backward(p.Updates) {
		out.Updates = append(out.Updates, planUpdateBody{u.ID, string(u.Phase), u.Body, u.At.UTC(), u.Automatic, u.Silent, u.Author})
	}
	return out
}

func calendarPath(id uptime.PlanID) string { return "/maintenance/" + string(id) + ".ics" }

type workBody struct {
	Kind       string     `json:"kind,omitempty" enum:"maintenance,release,price,behaviour" default:"maintenance"`
	Title      string     `json:"title" doc:"One line: what customers see."`
	Body       string     `json:"body,omitempty" doc:"What is done, what it means for customers and what keeps working, in Markdown."`
	Components []string   `json:"components,omitempty" doc:"By their ids."`
	Regions    []string   `json:"regions,omitempty" doc:"Served by what is worked on; none: all. Their forbidden hours count."`
	From       time.Time  `json:"from"`
	To         *time.Time `json:"to,omitempty" doc:"Of maintenance. A change has none: it takes effect at from."`
	Emergency  bool       `json:"emergency,omitempty" doc:"A label. It excludes nothing and shortens no notice."`
	Publish    bool       `json:"publish,omitempty" doc:"Announce it. Otherwise it is a draft."`
	Override   string     `json:"override,omitempty" doc:"Why it is announced although it breaks a promise. It is shown on the page."`
}

func (b workBody) read() incidents.Work {
	return incidents.Work{
		Kind: uptime.PlanKind(b.Kind), Title: b.Title, Body: b.Body, Components: named[uptime.ComponentID](b.Components),
		Regions: named[uptime.RegionID](b.Regions), From: b.From, To: orZero(b.To), Emergency: b.Emergency, Publish: b.Publish, Override: b.Override,
	}
}

type moveBody struct {
	From     *time.Time `json:"from,omitempty" doc:"The new start; as it is unless given."`
	To       *time.Time `json:"to,omitempty" doc:"The new end, of maintenance; unless given the window stays as long as it is."`
	Reason   string     `json:"reason,omitempty" doc:"Why; customers are told."`
	Override string     `json:"override,omitempty" doc:"Why it is announced although it breaks a promise."`
}

func (b moveBody) read() incidents.Move {
	return incidents.Move{From: orZero(b.From), To: orZero(b.To), Reason: b.Reason, Override: b.Override}
}

// oneAnswer is what announcing something would mean. Nothing was changed.
type oneAnswer struct {
	Body answerBody
}

type answerBody struct {
	Lawful        bool            `json:"lawful" doc:"It breaks no promise."`
	Broken        []brokenBody    `json:"broken" nullable:"false"`
	EarliestStart *time.Time      `json:"earliest_start" doc:"The first start of a window of this length that breaks no promise; null: there is none within a year."`
	Slots         []spanBody      `json:"slots" nullable:"false" doc:"Times in which a window of this length breaks no promise."`
	Forbidden     []forbiddenBody `json:"forbidden" nullable:"false" doc:"Hours around it in which no work may be done."`
	AnnounceBy    *time.Time      `json:"announce_by" doc:"The last moment at which it can be announced in time."`
	SecondsLeft   int64           `json:"seconds_left" doc:"Until then; negative: it is over."`
	Costs         []costBody      `json:"costs" nullable:"false" doc:"What the window may cost, if everything in it is down and none of it is excluded."`
	Owed          int             `json:"owed_notice" doc:"How many subscribers are owed notice."`
	OwedBy        *time.Time      `json:"owed_by"`
	Subject       string          `json:"subject" doc:"Of the mail; empty where there is none."`
	Text          string          `json:"text" doc:"The mail as plain text."`
	HTML          string          `json:"html" doc:"The mail as HTML."`
	Channels      []routedBody    `json:"channels" nullable:"false"`
	Plan          planBody        `json:"plan" doc:"As it would be."`
}

type forbiddenBody struct {
	From time.Time        `json:"from"`
	To   time.Time        `json:"to"`
	Rule blackoutRuleBody `json:"rule"`
}

type costBody struct {
	Service string  `json:"service"`
	Name    string  `json:"name"`
	Budget  float64 `json:"budget_seconds" doc:"The error budget of the period in which it begins."`
	Used    float64 `json:"used_seconds"`
	Window  float64 `json:"window_seconds" doc:"What this window costs at worst."`
	Left    float64 `json:"left_seconds" doc:"What is left after it at worst; negative: the promise is broken."`
}

func (s *site) showAnswer(ctx context.Context, a incidents.Answer, err error) (*oneAnswer, error) {
	if err != nil {
		return nil, err
	}
	out := answerBody{
		Lawful: len(a.Broken) == 0, Broken: showBroken(a.Broken), Slots: showSpans(a.Slots), Forbidden: []forbiddenBody{},
		AnnounceBy: instant(a.Deadline), SecondsLeft: int64(a.Left / time.Second), Costs: []costBody{},
		Owed: a.Owed, OwedBy: instant(a.OwedBy), Channels: []routedBody{}, Plan: showPlan(a.Plan),
	}
	if a.Room {
		out.EarliestStart = instant(a.Earliest)
	}
	for _, f := range a.Forbidden {
		out.Forbidden = append(out.Forbidden, forbiddenBody{f.From.UTC(), f.To.UTC(), showBlackout(f.Rule)})
	}
	for _, c := range a.Costs {
		out.Costs = append(out.Costs, costBody{
			string(c.Service), c.Name, seconds(c.Budget), seconds(c.Used), seconds(c.Window), seconds(c.After),
		})
	}
	for _, r := range a.Channels {
		out.Channels = append(out.Channels, routedBody{r.Channel, string(r.Held), instant(r.Due)})
	}
	if a.Notice.ID != "" {
		letter, err := s.Desk.Letter(ctx, a.Notice)
		if err != nil {
			return nil, err
		}
		out.Subject, out.Text, out.HTML = letter.Subject, letter.Plain, letter.HTML
	}
	return &oneAnswer{out}, nil
}

// seconds is a length as a number of JSON.
func seconds(r *big.Rat) float64 {
	if r == nil {
		return 0
	}
	number, _ := r.Float64()
	return number
}

type proofBody struct {
	Notice   string     `json:"notice"`
	Reason   string     `json:"reason"`
	At       time.Time  `json:"at" doc:"When it was owed."`
	Owed     int        `json:"owed" doc:"To how many subscribers."`
	Accepted int        `json:"accepted" doc:"Taken by the other side, or handed over where it gives no receipt."`
	InTime   int        `json:"in_time" doc:"Of those, how many by the last moment that the promises allow."`
	Bounced  int        `json:"bounced"`
	Waiting  int        `json:"waiting"`
	Last     *time.Time `json:"last_accepted_at"`
}

func showProof(p uptime.Proof) proofBody {
	return proofBody{p.Notice, string(p.Reason), p.At.UTC(), p.Owed, p.Accepted, p.InTime, p.Bounced, p.Waiting, instant(p.Last)}
}

type receiptBody struct {
	Notice     string     `json:"notice"`
	Subscriber string     `json:"subscriber" doc:"By id."`
	Zone       string     `json:"zone,omitempty" doc:"That they live by; missing: not known."`
	State      string     `json:"state"`
	SettledAt  *time.Time `json:"settled_at"`
}
