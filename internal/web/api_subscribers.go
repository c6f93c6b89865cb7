package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// SubscriberList is what administrators do with it (*subscribers.Service).
type SubscriberList interface {
	List(ctx context.Context, filter uptime.SubscriberFilter, cursor uptime.Cursor) ([]uptime.Subscriber, error)
	Get(ctx context.Context, id uptime.SubscriberID) (uptime.Subscriber, error)
	Add(ctx context.Context, by uptime.Actor, a subscribers.Addition) (subscribers.Confirmed, error)
	Remove(ctx context.Context, by uptime.Actor, id uptime.SubscriberID) error
	Release(ctx context.Context, by uptime.Actor, id uptime.SubscriberID) error
	Rotate(ctx context.Context, by uptime.Actor, id uptime.SubscriberID) (secret string, err error)
	Import(ctx context.Context, by uptime.Actor, file io.Reader, how subscribers.Import) (subscribers.Report, error)
	Export(ctx context.Context, by uptime.Actor, w io.Writer) error
	Bounce(ctx context.Context, by uptime.Actor, delivery string, permanent bool, reply string) error
}

const (
	importLargest = 20 << 20 // bytes
	bounceLargest = 1 << 20
)

func subscriberOperations() []operation {
	row := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: apiPrefix + path, Summary: summary, Tags: []string{"Subscribers"}}
	}
	added := row("add-subscriber", http.MethodPost, "/subscribers", "Add somebody who has said yes")
	added.DefaultStatus = http.StatusCreated
	imported := row("import-subscribers", http.MethodPost, "/subscribers/import", "Add many from a CSV file with the columns email, components, kinds, time_zone")
	imported.MaxBodyBytes = importLargest
	bounced := row("report-bounce", http.MethodPost, "/bounces", "Report a mail that came back: the report itself, as it arrived (RFC 3464)")
	bounced.MaxBodyBytes = bounceLargest
	return []operation{
		op(admin, row("list-subscribers", http.MethodGet, "/subscribers", "List them, with their addresses"), listSubscribers),
		op(admin, added, addSubscriber),
		op(admin, row("get-subscriber", http.MethodGet, "/subscribers/{id}", "Read one"), getSubscriber),
		op(admin, row("remove-subscriber", http.MethodDelete, "/subscribers/{id}", "Remove one, and every trace of the address"), removeSubscriber),
		op(admin, row("release-subscriber", http.MethodPost, "/subscribers/{id}/release", "Write again to one who was put into quarantine"), releaseSubscriber),
		op(admin, row("rotate-secret", http.MethodPost, "/subscribers/{id}/rotate", "Make a new secret for a webhook; the former one stays good until the next time"), rotateSecret),
		op(admin, imported, importSubscribers),
		op(admin, row("export-subscribers", http.MethodGet, "/subscribers/export", "All of them as CSV"), exportSubscribers),
		op(admin, bounced, reportBounce),
	}
}

type subscriberBody struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind" enum:"mail,webhook"`
	Address     string     `json:"address"`
	Components  []string   `json:"components" nullable:"false" doc:"Empty: all, those to come included."`
	News        []string   `json:"news" nullable:"false"`
	Zone        string     `json:"zone,omitempty" doc:"IANA name of the zone that they live by; missing: not known."`
	State       string     `json:"state" enum:"pending,confirmed,quarantined"`
	Source      string     `json:"source" doc:"How they came: form, api, import, admin."`
	CreatedAt   time.Time  `json:"created_at"`
	ConfirmedAt *time.Time `json:"confirmed_at"`
	Bounces     int        `json:"bounces" doc:"In a row."`
	Reason      string     `json:"quarantine_reason,omitempty"`
	Secret      string     `json:"secret,omitempty" doc:"Signs what a webhook is sent. It is told once."`
}

func showSubscriber(s uptime.Subscriber) subscriberBody {
	return subscriberBody{
		ID: string(s.ID), Kind: string(s.Kind), Address: s.Address, Components: words(s.Components), News: words(s.News),
		Zone: s.Zone, State: string(s.State), Source: s.Source, CreatedAt: s.CreatedAt.UTC(), ConfirmedAt: instant(s.ConfirmedAt),
		Bounces: s.Bounces, Reason: s.Reason,
	}
}

type oneSubscriber struct{ Body subscriberBody }

type subscriberInput struct {
	ID string `path:"id" doc:"The subscriber's id."`
}

func (i subscriberInput) id() uptime.SubscriberID { return uptime.SubscriberID(i.ID) }

type listSubscribersInput struct {
	Cursor
	State     string `query:"state" enum:"pending,confirmed,quarantined"`
	Component string `query:"component" doc:"Whoever would be told of it."`
}

func listSubscribers(ctx context.Context, s *site, in *listSubscribersInput) (*list[subscriberBody], error) {
	filter := uptime.SubscriberFilter{State: uptime.SubscriberState(in.State), Component: uptime.ComponentID(in.Component)}
	found, err := s.SubscriberList.List(ctx, filter, in.more())
	if err != nil {
		return nil, in.lost(err)
	}
	return pageOf(found, in.Limit, func(s uptime.Subscriber) (subscriberBody, string) { return showSubscriber(s), string(s.ID) }), nil
}

type addSubscriberInput struct {
	Body struct {
		Kind       string   `json:"kind" enum:"mail,webhook"`
		Address    string   `json:"address" doc:"A mail address, or the URL of a webhook."`
		Components []string `json:"components,omitempty"`
		News       []string `json:"news,omitempty" enum:"incidents,maintenance,reports"`
		Zone       string   `json:"zone,omitempty" doc:"IANA name of the zone that they live by, as Europe/Vienna."`
		Consent    string   `json:"consent" doc:"How they said yes; one line for the audit log."`
	}
}

func addSubscriber(ctx context.Context, s *site, in *addSubscriberInput) (*oneSubscriber, error) {
	by, _ := actorOf(ctx)
	done, err := s.SubscriberList.Add(ctx, by, subscribers.Addition{
		Kind: uptime.RecipientKind(in.Body.Kind), Address: in.Body.Address, Components: named[uptime.ComponentID](in.Body.Components),
		News: named[uptime.News](in.Body.News), Zone: in.Body.Zone, Consent: in.Body.Consent,
	})
	out := &oneSubscriber{showSubscriber(done.Subscriber)}
	out.Body.Secret = done.Secret
	return out, err
}

func getSubscriber(ctx context.Context, s *site, in *subscriberInput) (*oneSubscriber, error) {
	found, err := s.SubscriberList.Get(ctx, in.id())
	return &oneSubscriber{showSubscriber(found)}, err
}

func removeSubscriber(ctx context.Context, s *site, in *subscriberInput) (*struct{}, error) {
	by, _ := actorOf(ctx)
	return nil, s.SubscriberList.Remove(ctx, by, in.id())
}

func releaseSubscriber(ctx context.Context, s *site, in *subscriberInput) (*oneSubscriber, error) {
	by, _ := actorOf(ctx)
	if err := s.SubscriberList.Release(ctx, by, in.id()); err != nil {
		return nil, err
	}
	return getSubscriber(ctx, s, in)
}

type secretAnswer struct {
	Body struct {
		Secret string `json:"secret" doc:"It is told once."`
	}
}

func rotateSecret(ctx context.Context, s *site, in *subscriberInput) (*secretAnswer, error) {
	by, _ := actorOf(ctx)
	secret, err := s.SubscriberList.Rotate(ctx, by, in.id())
	out := &secretAnswer{}
	out.Body.Secret = secret
	return out, err
}

type importInput struct {
	DryRun      bool   `query:"dry_run" doc:"Say what would happen, and do nothing."`
	SkipInvalid bool   `query:"skip_invalid" doc:"Take the good lines. Otherwise one bad line stops all of it."`
	Consent     string `query:"consent" required:"true" doc:"How they all said yes; one line for the audit log."`
	RawBody     []byte `contentType:"text/csv"`
}

type importAnswer struct {
	Body struct {
		Applied  bool            `json:"applied"`
		Lines    int             `json:"lines" doc:"Below the header."`
		Added    int             `json:"added" doc:"How many were added, or would be."`
		Known    int             `json:"known" doc:"On the list already."`
		Repeated int             `json:"repeated" doc:"Stand further up in the file."`
		Passed   int             `json:"passed" doc:"No confirmed subscribers by mail."`
		Invalid  int             `json:"invalid"`
		Problems []importProblem `json:"problems" nullable:"false"`
		Ignored  []string        `json:"ignored_columns" nullable:"false"`
	}
}

type importProblem struct {
	Line   int    `json:"line" doc:"From 1, the header included."`
	Column int    `json:"column" doc:"The byte in the line where it begins, from 1."`
	Field  string `json:"field,omitempty" doc:"The column's name."`
	Kind   string `json:"kind" enum:"invalid,known,repeated,passed,refused"`
	Text   string `json:"text"`
}

func importSubscribers(ctx context.Context, s *site, in *importInput) (*importAnswer, error) {
	by, _ := actorOf(ctx)
	report, err := s.SubscriberList.Import(ctx, by, bytes.NewReader(in.RawBody), subscribers.Import{
		Consent: in.Consent, DryRun: in.DryRun, SkipInvalid: in.SkipInvalid,
	})
	if wrong := new(subscribers.Invalid); errors.As(err, &wrong) && wrong.Has("consent") {
		return nil, fieldError{"query.consent", wrong.Fields[0].Text} // the body is the file
	}
	if err != nil {
		return nil, err
	}
	out := &importAnswer{}
	b := &out.Body
	b.Applied, b.Lines, b.Added, b.Known = report.Applied, report.Lines, report.Added, report.Known
	b.Repeated, b.Passed, b.Invalid = report.Repeated, report.Passed, report.Invalid
	b.Problems, b.Ignored = []importProblem{}, append([]string{}, report.Ignored...)
	for _, p := range report.Problems {
		b.Problems = append(b.Problems, importProblem{p.Line, p.Column, p.Field, string(p.Kind), p.Text})
	}
	return out, nil
}

type bounceInput struct {
	RawBody []byte `contentType:"message/rfc822"`
}

func reportBounce(ctx context.Context, s *site, in *bounceInput) (*struct{}, error) {
	bounce, err := notify.ParseBounce(bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, fieldError{"body", "is no report (RFC 3464) of what became of a mail of ours"}
	}
	by, _ := actorOf(ctx)
	return nil, s.SubscriberList.Bounce(ctx, by, bounce.Delivery, bounce.Permanent, bounce.Reply)
}

type csvAnswer struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func exportSubscribers(ctx context.Context, s *site, _ *struct{}) (*csvAnswer, error) {
	by, _ := actorOf(ctx)
	var text bytes.Buffer
	err := s.SubscriberList.Export(ctx, by, &text)
	return &csvAnswer{"text/csv; charset=utf-8", `attachment; filename="subscribers.csv"`, text.Bytes()}, err
}
