package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/uptime"
)

// Records is what people may read of the record (*store.DB).
type Records interface {
	Incident(ctx context.Context, id uptime.IncidentID) (uptime.Incident, error)
	Incidents(ctx context.Context, f uptime.IncidentFilter, c uptime.Cursor) ([]uptime.Incident, error)
	OpenIncidents(ctx context.Context) ([]uptime.Incident, error)
	StatementsOf(ctx context.Context, incident uptime.IncidentID) ([]uptime.Statement, error)
	Templates(ctx context.Context) ([]uptime.Template, error)
	// ReceivedAlerts are those that fire, and those told of at or after since.
	ReceivedAlerts(ctx context.Context, since time.Time) ([]uptime.ReceivedAlert, error)
	Notices(ctx context.Context, f uptime.NoticeFilter, c uptime.Cursor) ([]uptime.NoticeRecord, error)
	Deliveries(ctx context.Context, f uptime.DeliveryFilter, c uptime.Cursor) ([]uptime.Delivery, error)
	DeliveryByID(ctx context.Context, id string) (uptime.Delivery, error)
	Backlogs(ctx context.Context) (map[uptime.Lane]uptime.Backlog, error)
	CountSubscribers(ctx context.Context) (map[uptime.SubscriberState]int, error)
	Audit(ctx context.Context, c uptime.Cursor) ([]uptime.AuditEntry, error)
	VerifyAudit(ctx context.Context) (uptime.AuditCheck, error)
	// User is the author of something.
	User(ctx context.Context, id string) (uptime.User, error)
	SubscriberByAddress(ctx context.Context, kind uptime.RecipientKind, address string) (uptime.Subscriber, error)
}

// Desk is what operators do with what is in force (*app.App).
type Desk interface {
	// Catalogue is what is watched and shown.
	Catalogue() uptime.Catalogue
	// States are what components are measured to be.
	States() map[uptime.ComponentID]uptime.State
	// Blind are the networks that we cannot see into at the moment.
	Blind() []uptime.Class
	// Letter is the exact mail that a notice becomes.
	Letter(ctx context.Context, n uptime.Notice) (notify.Preview, error)
	Channels(ctx context.Context) ([]notify.ChannelInfo, error)
	TestChannel(ctx context.Context, by uptime.Actor, id string) (notify.Receipt, error)
	SetChannel(ctx context.Context, by uptime.Actor, id string, inUse bool, reason string) error
	// Resend owes a delivery again that was given up, bounced or held.
	Resend(ctx context.Context, by uptime.Actor, delivery string) error
}

func ledgerOperations() []operation {
	row := func(tag, id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: apiPrefix + path, Summary: summary, Tags: []string{tag}}
	}
	return []operation{
		op(viewer, row("Components", "list-components", http.MethodGet, "/components", "What is watched, and what is known of it now"), listComponents),
		op(viewer, row("Ledger", "list-notices", http.MethodGet, "/notices", "What was owed to whom, and why or why not"), listNotices),
		op(viewer, row("Ledger", "list-deliveries", http.MethodGet, "/deliveries", "What became of each message"), listDeliveries),
		op(publisher, row("Ledger", "resend-delivery", http.MethodPost, "/deliveries/{id}/resend", "Send a message again that was given up, bounced or held"), resendDelivery),
		op(viewer, row("Channels", "list-channels", http.MethodGet, "/channels", "Where operators are told"), listChannels),
		op(admin, row("Channels", "test-channel", http.MethodPost, "/channels/{id}/test", "Send a test now, and see what comes back"), testChannel),
		op(admin, row("Channels", "disable-channel", http.MethodPost, "/channels/{id}/disable", "Put a channel out of use"), disableChannel),
		op(admin, row("Channels", "enable-channel", http.MethodPost, "/channels/{id}/enable", "Put a channel in use again"), enableChannel),
	}
}

type noticeBody struct {
	ID         string         `json:"id"`
	At         time.Time      `json:"at"`
	Reason     string         `json:"reason"`
	Incident   string         `json:"incident,omitempty"`
	Summary    string         `json:"summary"`
	ForPublic  bool           `json:"for_public" doc:"Subscribers are owed it."`
	HeldBack   string         `json:"held_back,omitempty" doc:"Why subscribers are not told."`
	Deliveries map[string]int `json:"deliveries" doc:"How many came to what: queued, sending, sent, accepted, bounced, dead, held."`
}

type listNoticesInput struct {
	Cursor
	Incident string `query:"incident"`
	Reason   string `query:"reason" doc:"As went_down."`
}

func listNotices(ctx context.Context, s *site, in *listNoticesInput) (*list[noticeBody], error) {
	filter := uptime.NoticeFilter{Incident: uptime.IncidentID(in.Incident), Reason: uptime.NoticeReason(in.Reason)}
	found, err := s.Records.Notices(ctx, filter, in.more())
	if err != nil {
		return nil, in.lost(err)
	}
	return pageOf(found, in.Limit, func(r uptime.NoticeRecord) (noticeBody, string) {
		n := r.Notice
		out := noticeBody{
			ID: n.ID, At: n.At.UTC(), Reason: string(n.Reason), Incident: string(n.Incident), Summary: n.Summary,
			Deliveries: map[string]int{},
		}
		if n.Audience != nil {
			out.ForPublic, out.HeldBack = n.Audience.Held == "", string(n.Audience.Held)
		}
		for state, number := range r.Counts {
			out.Deliveries[string(state)] = number
		}
		return out, n.ID
	}), nil
}

type deliveryBody struct {
	ID        string     `json:"id" doc:"Also the message's id: Message-ID, webhook-id."`
	Notice    string     `json:"notice"`
	Incident  string     `json:"incident,omitempty"`
	Reason    string     `json:"reason"`
	Lane      string     `json:"lane" enum:"operators,subscribers,bulk"`
	To        string     `json:"to" enum:"channel,mail,webhook"`
	Recipient string     `json:"recipient" doc:"The channel's or the subscriber's id."`
	State     string     `json:"state" enum:"queued,sending,sent,accepted,bounced,dead,held" doc:"sent: handed over, and the other side gives no receipt. accepted: it gave one."`
	HeldBack  string     `json:"held_back,omitempty" doc:"Why it waits, or was not sent."`
	Due       *time.Time `json:"due"`
	Attempts  int        `json:"attempts"`
	SettledAt *time.Time `json:"settled_at"`
	Error     string     `json:"error,omitempty"`
	Reply     string     `json:"reply,omitempty" doc:"The other side's own words."`
	RemoteID  string     `json:"remote_id,omitempty"`
	Digest    string     `json:"digest,omitempty" doc:"SHA-256 of what was sent, in hex."`
	In        string     `json:"told_in,omitempty" doc:"The delivery that told it, where several went as one."`
}

func showDelivery(d uptime.Delivery) deliveryBody {
	out := deliveryBody{
		ID: d.ID, Notice: d.Notice.ID, Incident: string(d.Notice.Incident), Reason: string(d.Notice.Reason),
		Lane: string(d.Lane), To: string(d.Recipient.Kind), Recipient: d.Recipient.ID,
		State: string(d.State), HeldBack: string(d.Held), Attempts: d.Attempt, SettledAt: instant(d.Settled),
		Error: d.Error, Reply: d.Reply, RemoteID: d.RemoteID, Digest: d.Digest, In: d.In,
	}
	if d.State == uptime.DeliveryQueued || d.State == uptime.DeliverySending {
		out.Due = instant(d.Due)
	}
	return out
}

type listDeliveriesInput struct {
	Cursor
	Notice     string `query:"notice"`
	Incident   string `query:"incident"`
	State      string `query:"state" enum:"queued,sending,sent,accepted,bounced,dead,held"`
	Channel    string `query:"channel"`
	Subscriber string `query:"subscriber"`
}

func listDeliveries(ctx context.Context, s *site, in *listDeliveriesInput) (*list[deliveryBody], error) {
	found, err := s.Records.Deliveries(ctx, uptime.DeliveryFilter{
		Notice: in.Notice, Incident: uptime.IncidentID(in.Incident), State: uptime.DeliveryState(in.State),
		Channel: in.Channel, Subscriber: uptime.SubscriberID(in.Subscriber),
	}, in.more())
	if err != nil {
		return nil, in.lost(err)
	}
	return pageOf(found, in.Limit, func(d uptime.Delivery) (deliveryBody, string) { return showDelivery(d), d.ID }), nil
}

type oneDelivery struct{ Body deliveryBody }

func resendDelivery(ctx context.Context, s *site, in *struct {
	ID string `path:"id" doc:"The delivery's id."`
}) (*oneDelivery, error) {
	by, _ := actorOf(ctx)
	if err := s.Desk.Resend(ctx, by, in.ID); err != nil {
		return nil, err
	}
	d, err := s.Records.DeliveryByID(ctx, in.ID)
	return &oneDelivery{showDelivery(d)}, err
}
