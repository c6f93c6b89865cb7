package web

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// fixture stands for everything that the API acts through: it always knows the
// same, takes everything, and does not know what has "nobody" in its name. What
// it keeps for itself is spelled "hidden", and must be in no answer.
type fixture struct {
	Identity
	People
	err error // of every change, if there is one
}

const exampleIncident = "20260307-120000-k3v9q2m7x4c8b5n1"

func noon() time.Time { return time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC) }

func (o *fixture) known(id string) error {
	if strings.Contains(id, "nobody") {
		return uptime.ErrNotFound
	}
	return o.err
}

func (*fixture) Authenticate(context.Context, string, string) (uptime.Actor, error) {
	return uptime.Actor{Kind: "token", ID: "tok-1", Name: "deploy", Role: uptime.Admin, Address: "192.0.2.1"}, nil
}

func sampleIncident() uptime.Incident {
	return uptime.Incident{
		ID: exampleIncident, Title: "Checkout is slow", Tier: 1, Impact: uptime.ImpactCritical, Phase: uptime.Investigating,
		Components: []uptime.ComponentID{"checkout"}, StartedAt: noon(), DetectedAt: noon(), CreatedAt: noon(), PublishedAt: noon(), Version: 3,
		Updates: []uptime.Update{{
			ID: exampleIncident + "-1", Phase: uptime.Investigating, Body: "Payments take about a minute. We are looking into it.",
			At: noon(), WrittenAt: noon(), NextBy: noon().Add(30 * time.Minute), Author: "tok-1",
		}},
	}
}

func (o *fixture) incident(id uptime.IncidentID) (uptime.Incident, error) {
	i := sampleIncident()
	return i, o.known(string(id))
}

func (o *fixture) Open(context.Context, uptime.Actor, incidents.Opening, *uptime.Once) (uptime.Incident, error) {
	return o.incident("")
}

func (o *fixture) Say(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ incidents.Word, _ int64, _ *uptime.Once) (uptime.Incident, error) {
	return o.incident(id)
}

func (o *fixture) Publish(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ bool, _ int64, _ *uptime.Once) (uptime.Incident, error) {
	return o.incident(id)
}

func (o *fixture) Correct(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ incidents.Correction, _ int64, _ *uptime.Once) (uptime.Incident, error) {
	return o.incident(id)
}

func (o *fixture) Amend(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _, _ string, _ int64) (uptime.Incident, error) {
	return o.incident(id)
}

func (o *fixture) Review(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ string, _ bool, _ int64) (uptime.Incident, error) {
	return o.incident(id)
}

func (o *fixture) Waive(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ string, _ int64) (uptime.Incident, error) {
	return o.incident(id)
}

func (o *fixture) Close(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ int64) (uptime.Incident, error) {
	return o.incident(id)
}

func (o *fixture) Discard(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ int64) (uptime.Incident, error) {
	return o.incident(id)
}

func samplePreview() incidents.Preview {
	i := sampleIncident()
	return incidents.Preview{
		Changes:     uptime.Changes{Incidents: []uptime.IncidentChange{{Incident: i}}},
		Notice:      uptime.Notice{ID: "n-1", Reason: uptime.WentDown, Incident: i.ID, Audience: &uptime.Audience{News: uptime.NewsIncidents}},
		Subscribers: 1204,
		Channels:    []uptime.Routed{{Channel: "on-call"}, {Channel: "fixture", Held: uptime.HeldQuietHours, Due: noon().Add(20 * time.Hour)}},
	}
}

func (o *fixture) PreviewOpen(context.Context, uptime.Actor, incidents.Opening) (incidents.Preview, error) {
	return samplePreview(), o.err
}

func (o *fixture) PreviewSay(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ incidents.Word) (incidents.Preview, error) {
	return samplePreview(), o.known(string(id))
}

func (o *fixture) PreviewPublish(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ bool) (incidents.Preview, error) {
	return samplePreview(), o.known(string(id))
}

func (o *fixture) PreviewReview(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ string) (incidents.Preview, error) {
	return samplePreview(), o.known(string(id))
}

func (o *fixture) SaveTemplate(_ context.Context, _ uptime.Actor, t uptime.Template) (uptime.Template, error) {
	return t, o.err
}

func (o *fixture) DeleteTemplate(_ context.Context, _ uptime.Actor, id string) error {
	return o.known(id)
}

func (o *fixture) Incident(_ context.Context, id uptime.IncidentID) (uptime.Incident, error) {
	return o.incident(id)
}

func (o *fixture) Incidents(_ context.Context, _ uptime.IncidentFilter, c uptime.Cursor) ([]uptime.Incident, error) {
	return []uptime.Incident{sampleIncident()}, o.known(c.After)
}

func (o *fixture) OpenIncidents(context.Context) ([]uptime.Incident, error) {
	return []uptime.Incident{sampleIncident()}, nil
}

func (o *fixture) StatementsOf(_ context.Context, id uptime.IncidentID) ([]uptime.Statement, error) {
	return []uptime.Statement{{Incident: id, Component: "checkout", State: uptime.Degraded, From: noon()}}, nil
}

func (*fixture) ReceivedAlerts(context.Context, time.Time) ([]uptime.ReceivedAlert, error) {
	return []uptime.ReceivedAlert{{
		Fingerprint: "c9f1a2b3d4e5f607", Group: `{}:{alertname="CheckoutFails"}`,
		Labels: map[string]string{"alertname": "CheckoutFails", "severity": "page"}, Annotations: map[string]string{"summary": "One payment in five fails."},
		StartsAt: noon().Add(-2 * time.Minute), ReceivedAt: noon(),
	}}, nil
}

func (o *fixture) Templates(context.Context) ([]uptime.Template, error) {
	return []uptime.Template{{ID: "slow", Name: "A provider is slow", Title: "Payments are slow", Phase: uptime.Identified, Impact: uptime.ImpactMinor, Body: "A provider of ours answers slowly."}}, nil
}

func sampleNotice() uptime.Notice {
	return uptime.Notice{
		ID: "5e1f0c7ad0b84c3e", At: noon(), Reason: uptime.WentDown, Incident: exampleIncident, Summary: "Checkout is slow",
		Audience: &uptime.Audience{News: uptime.NewsIncidents},
	}
}

func (o *fixture) Notices(_ context.Context, _ uptime.NoticeFilter, c uptime.Cursor) ([]uptime.NoticeRecord, error) {
	return []uptime.NoticeRecord{{Notice: sampleNotice(), Counts: map[uptime.DeliveryState]int{uptime.DeliveryAccepted: 1205, uptime.DeliveryQueued: 3}}}, o.known(c.After)
}

func sampleDelivery() uptime.Delivery {
	return uptime.Delivery{
		ID: "d0c5f00d", Lane: uptime.LaneSubscribers, Notice: sampleNotice(), State: uptime.DeliveryAccepted, Attempt: 1, Settled: noon().Add(time.Second),
		Recipient: uptime.Recipient{Kind: uptime.ToMail, ID: "sub-1", Address: "hidden@example.com", Secrets: []string{"hidden"}},
		Reply:     "250 2.0.0 Ok: queued as 4R9", RemoteID: "4R9", Digest: strings.Repeat("0b", 32),
	}
}

func (o *fixture) Deliveries(_ context.Context, _ uptime.DeliveryFilter, c uptime.Cursor) ([]uptime.Delivery, error) {
	return []uptime.Delivery{sampleDelivery()}, o.known(c.After)
}

func (o *fixture) DeliveryByID(_ context.Context, id string) (uptime.Delivery, error) {
	return sampleDelivery(), o.known(id)
}

func (o *fixture) Backlogs(context.Context) (map[uptime.Lane]uptime.Backlog, error) { return nil, nil }

func (o *fixture) CountSubscribers(context.Context) (map[uptime.SubscriberState]int, error) {
	return map[uptime.SubscriberState]int{uptime.SubscriberConfirmed: 1204}, nil
}

func (o *fixture) Audit(_ context.Context, c uptime.Cursor) ([]uptime.AuditEntry, error) {
	return []uptime.AuditEntry{{
		Seq: 41, At: noon(), Actor: uptime.Actor{Kind: "token", ID: "tok-1", Name: "deploy", Role: uptime.Publisher, Address: "192.0.2.1"},
		Action: "incident.open", Object: exampleIncident, Detail: "public, tier 1, impact critical: Checkout is slow",
		Prev: strings.Repeat("1c", 32), Hash: strings.Repeat("2d", 32),
	}}, o.known(c.After)
}

func (o *fixture) VerifyAudit(context.Context) (uptime.AuditCheck, error) {
	return uptime.AuditCheck{Entries: 41, Head: strings.Repeat("2d", 32)}, nil
}

func (o *fixture) User(_ context.Context, id string) (uptime.User, error) {
	return uptime.User{ID: id, Name: "Robin"}, o.known(id)
}

func (o *fixture) SubscriberByAddress(context.Context, uptime.RecipientKind, string) (uptime.Subscriber, error) {
	return uptime.Subscriber{}, uptime.ErrNotFound
}

func sampleSubscriber() uptime.Subscriber {
	return uptime.Subscriber{
		ID: "sub-1", Kind: uptime.ToMail, Address: "reader@example.com", Components: []uptime.ComponentID{"checkout"},
		News: []uptime.News{uptime.NewsIncidents}, State: uptime.SubscriberConfirmed, CreatedAt: noon(), ConfirmedAt: noon(),
		Source: "admin", ConsentFrom: "hidden", Secrets: []string{"hidden"},
	}
}

func (o *fixture) List(_ context.Context, _ uptime.SubscriberFilter, c uptime.Cursor) ([]uptime.Subscriber, error) {
	return []uptime.Subscriber{sampleSubscriber()}, o.known(c.After)
}

func (o *fixture) Get(_ context.Context, id uptime.SubscriberID) (uptime.Subscriber, error) {
	return sampleSubscriber(), o.known(string(id))
}

func (o *fixture) Add(context.Context, uptime.Actor, subscribers.Addition) (subscribers.Confirmed, error) {
	return subscribers.Confirmed{Subscriber: sampleSubscriber()}, o.err
}

func (o *fixture) Remove(_ context.Context, _ uptime.Actor, id uptime.SubscriberID) error {
	return o.known(string(id))
}

func (o *fixture) Release(_ context.Context, _ uptime.Actor, id uptime.SubscriberID) error {
	return o.known(string(id))
}

func (o *fixture) Rotate(_ context.Context, _ uptime.Actor, id uptime.SubscriberID) (string, error) {
	return "whsec_bm90aGluZyBpcyBzaWduZWQgd2l0aCB0aGlz", o.known(string(id))
}

func (o *fixture) Import(_ context.Context, _ uptime.Actor, file io.Reader, how subscribers.Import) (subscribers.Report, error) {
	text, err := io.ReadAll(file)
	lines := strings.Count(string(text), "\n") - 1
	if err == nil {
		err = o.err
	}
	return subscribers.Report{DryRun: how.DryRun, Applied: !how.DryRun, Lines: lines, Fresh: lines, Added: lines}, err
}

func (o *fixture) Export(_ context.Context, _ uptime.Actor, w io.Writer) error {
	_, err := io.WriteString(w, "email,components,kinds,state,confirmed_at\nreader@example.com,checkout,incidents,confirmed,2026-03-07T12:00:00Z\n")
	return err
}

func (o *fixture) Bounce(_ context.Context, _ uptime.Actor, delivery string, _ bool, _ string) error {
	return o.known(delivery)
}

func (*fixture) Catalogue() uptime.Catalogue {
	return uptime.Catalogue{Page: uptime.Page{Name: "Acme", Zone: time.UTC}, Components: []uptime.Component{
		{ID: "checkout", Name: "Checkout", Group: "Shop", Importance: uptime.Critical, Tags: []string{"money"}, DependsOn: []uptime.ComponentID{"api"}},
		{ID: "api", Name: "API", Importance: uptime.Important},
	}}
}

func (*fixture) States() map[uptime.ComponentID]uptime.State {
	return map[uptime.ComponentID]uptime.State{"checkout": uptime.Up, "api": uptime.Up}
}

func (*fixture) Blind() []uptime.Class { return nil }

func (*fixture) Letter(context.Context, uptime.Notice) (notify.Preview, error) {
	return notify.Preview{Subject: "[Acme] Checkout is slow", Plain: "Checkout is slow\n", HTML: "<p>Checkout is slow</p>\n"}, nil
}

func (o *fixture) Channels(context.Context) ([]notify.ChannelInfo, error) {
	return []notify.ChannelInfo{{
		ID: "on-call", Name: "On call", Type: "slack",
		Rule: notice.Channel{Name: "on-call", Tiers: []uptime.Tier{1, 2}, Remind: 30 * time.Minute},
	}}, nil
}

func (o *fixture) TestChannel(_ context.Context, _ uptime.Actor, id string) (notify.Receipt, error) {
	return notify.Receipt{State: uptime.DeliveryAccepted, Reply: "200 ok"}, o.known(id)
}

func (o *fixture) SetChannel(_ context.Context, _ uptime.Actor, id string, _ bool, _ string) error {
	return o.known(id)
}

func (o *fixture) Resend(_ context.Context, _ uptime.Actor, id string) error { return o.known(id) }

func sampleUser() uptime.User {
	return uptime.User{ID: "usr-1", Name: "Robin", Role: uptime.Responder, PasswordHash: "hidden", Epoch: 1, CreatedAt: noon()}
}

func (o *fixture) Users(context.Context, uptime.Actor) ([]uptime.User, error) {
	return []uptime.User{sampleUser()}, nil
}

func (o *fixture) CreateUser(context.Context, uptime.Actor, identity.NewUser) (uptime.User, error) {
	return sampleUser(), o.err
}

func (o *fixture) SetPassword(_ context.Context, _ uptime.Actor, id, _ string) error {
	return o.known(id)
}

func (o *fixture) SetRole(_ context.Context, _ uptime.Actor, id string, _ uptime.Role) error {
	return o.known(id)
}

func (o *fixture) Disable(_ context.Context, _ uptime.Actor, id string) error { return o.known(id) }

func (o *fixture) Enable(_ context.Context, _ uptime.Actor, id string) error { return o.known(id) }

func (o *fixture) Tokens(context.Context, uptime.Actor) ([]uptime.Token, error) {
	return []uptime.Token{{ID: "tok-1", Name: "deploy", Hash: "hidden", Role: uptime.Admin, Owner: "usr-1", CreatedAt: noon(), ExpiresAt: noon().Add(90 * 24 * time.Hour)}}, nil
}

func (o *fixture) Revoke(_ context.Context, _ uptime.Actor, id string) error { return o.known(id) }

// fixtureOptions are the public handler over an fixture.
func fixtureOptions(o *fixture) func(*Options) {
	return func(options *Options) {
		options.Now = noon
		options.Identity, options.People, options.Sessions = o, o, newCabinet()
		options.Incidents, options.Records, options.SubscriberList, options.Desk = o, o, o, o
		options.Planner, options.Plans, options.Register, options.Standings = clerk{o}, o, o, o
		options.Alerts = &teller{err: o.err}
	}
}
