package web

import (
	"context"
	"io"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// hereID is the id of everything that there is one of in the tests that go over
// all routes: an incident, a template, a subscriber, a channel, a delivery, and
// the person who is a viewer.
const hereID = "id-of-viewer"

// here is nil for the one id that there is.
func here[T ~string](id T) error {
	if string(id) != hereID {
		return uptime.ErrNotFound
	}
	return nil
}

// deed counts what was done to something, if it is there.
func deed[T ~string](done *int, id T) error {
	if err := here(id); err != nil {
		return err
	}
	*done++
	return nil
}

// workshop answers for incidents.
type workshop struct{ done int }

func (w *workshop) act(id uptime.IncidentID) (uptime.Incident, error) {
	return uptime.Incident{ID: id}, deed(&w.done, id)
}

func (w *workshop) Open(context.Context, uptime.Actor, incidents.Opening, *uptime.Once) (uptime.Incident, error) {
	return w.act(hereID)
}

func (w *workshop) Say(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ incidents.Word, _ int64, _ *uptime.Once) (uptime.Incident, error) {
	return w.act(id)
}

func (w *workshop) Publish(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ bool, _ int64, _ *uptime.Once) (uptime.Incident, error) {
	return w.act(id)
}

func (w *workshop) Correct(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ incidents.Correction, _ int64, _ *uptime.Once) (uptime.Incident, error) {
	return w.act(id)
}

func (w *workshop) Amend(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _, _ string, _ int64) (uptime.Incident, error) {
	return w.act(id)
}

func (w *workshop) Review(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ string, _ bool, _ int64) (uptime.Incident, error) {
	return w.act(id)
}

func (w *workshop) Waive(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ string, _ int64) (uptime.Incident, error) {
	return w.act(id)
}

func (w *workshop) Close(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ int64) (uptime.Incident, error) {
	return w.act(id)
}

func (w *workshop) Discard(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ int64) (uptime.Incident, error) {
	return w.act(id)
}

func (w *workshop) PreviewOpen(context.Context, uptime.Actor, incidents.Opening) (incidents.Preview, error) {
	return incidents.Preview{}, nil
}

func (w *workshop) PreviewSay(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ incidents.Word) (incidents.Preview, error) {
	return incidents.Preview{}, here(id)
}

func (w *workshop) PreviewPublish(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ bool) (incidents.Preview, error) {
	return incidents.Preview{}, here(id)
}

func (w *workshop) PreviewReview(_ context.Context, _ uptime.Actor, id uptime.IncidentID, _ string) (incidents.Preview, error) {
	return incidents.Preview{}, here(id)
}

func (w *workshop) SaveTemplate(_ context.Context, _ uptime.Actor, t uptime.Template) (uptime.Template, error) {
	return t, deed(&w.done, t.ID)
}

func (w *workshop) DeleteTemplate(_ context.Context, _ uptime.Actor, id string) error {
	return deed(&w.done, id)
}

// archive answers for what is on record. Who there is, the cabinet knows.
type archive struct{ *cabinet }

func (archive) Incident(_ context.Context, id uptime.IncidentID) (uptime.Incident, error) {
	return uptime.Incident{ID: id, Version: 1}, here(id)
}

func (archive) Incidents(context.Context, uptime.IncidentFilter, uptime.Cursor) ([]uptime.Incident, error) {
	return nil, nil
}
func (archive) OpenIncidents(context.Context) ([]uptime.Incident, error) { return nil, nil }
func (archive) StatementsOf(context.Context, uptime.IncidentID) ([]uptime.Statement, error) {
	return nil, nil
}
func (archive) ReceivedAlerts(context.Context, time.Time) ([]uptime.ReceivedAlert, error) {
	return nil, nil
}
func (archive) Templates(context.Context) ([]uptime.Template, error) {
	return []uptime.Template{{ID: hereID, Name: "A template"}}, nil
}
func (archive) Notices(context.Context, uptime.NoticeFilter, uptime.Cursor) ([]uptime.NoticeRecord, error) {
	return []uptime.NoticeRecord{{Notice: uptime.Notice{ID: hereID}}}, nil
}

func (archive) Deliveries(_ context.Context, f uptime.DeliveryFilter, _ uptime.Cursor) ([]uptime.Delivery, error) {
	if f.Notice != "" && f.Notice != hereID {
		return nil, nil
	}
	return []uptime.Delivery{{ID: hereID, Notice: uptime.Notice{ID: hereID}}}, nil
}

func (archive) DeliveryByID(_ context.Context, id string) (uptime.Delivery, error) {
	return uptime.Delivery{ID: id}, here(id)
}
func (archive) Backlogs(context.Context) (map[uptime.Lane]uptime.Backlog, error) { return nil, nil }
func (archive) CountSubscribers(context.Context) (map[uptime.SubscriberState]int, error) {
	return nil, nil
}
func (archive) Audit(context.Context, uptime.Cursor) ([]uptime.AuditEntry, error) { return nil, nil }
func (archive) VerifyAudit(context.Context) (uptime.AuditCheck, error) {
	return uptime.AuditCheck{}, nil
}
func (archive) SubscriberByAddress(context.Context, uptime.RecipientKind, string) (uptime.Subscriber, error) {
	return uptime.Subscriber{}, uptime.ErrNotFound
}

// roster answers for the list of subscribers.
type roster struct{ done int }

func (r *roster) List(context.Context, uptime.SubscriberFilter, uptime.Cursor) ([]uptime.Subscriber, error) {
	return nil, nil
}

func (r *roster) Get(_ context.Context, id uptime.SubscriberID) (uptime.Subscriber, error) {
	return uptime.Subscriber{ID: id, Kind: uptime.ToMail, Address: "anna@example.org"}, here(id)
}

func (r *roster) Add(context.Context, uptime.Actor, subscribers.Addition) (subscribers.Confirmed, error) {
	return subscribers.Confirmed{}, deed(&r.done, hereID)
}

func (r *roster) Remove(_ context.Context, _ uptime.Actor, id uptime.SubscriberID) error {
	return deed(&r.done, id)
}

func (r *roster) Release(_ context.Context, _ uptime.Actor, id uptime.SubscriberID) error {
	return deed(&r.done, id)
}

func (r *roster) Rotate(_ context.Context, _ uptime.Actor, id uptime.SubscriberID) (string, error) {
	return "whsec_x", deed(&r.done, id)
}

func (r *roster) Import(context.Context, uptime.Actor, io.Reader, subscribers.Import) (subscribers.Report, error) {
	return subscribers.Report{}, deed(&r.done, hereID)
}
func (r *roster) Export(context.Context, uptime.Actor, io.Writer) error { return nil }
func (r *roster) Bounce(_ context.Context, _ uptime.Actor, delivery string, _ bool, _ string) error {
	return deed(&r.done, delivery)
}

// desk answers for what is in force.
type desk struct{ done int }

func (d *desk) Catalogue() uptime.Catalogue                 { return uptime.Catalogue{} }
func (d *desk) States() map[uptime.ComponentID]uptime.State { return nil }
func (d *desk) Blind() []uptime.Class                       { return nil }
func (d *desk) Letter(context.Context, uptime.Notice) (notify.Preview, error) {
	return notify.Preview{}, nil
}
func (d *desk) Channels(context.Context) ([]notify.ChannelInfo, error) {
	return []notify.ChannelInfo{{ID: hereID, Name: "A channel", Type: "webhook"}}, nil
}

func (d *desk) TestChannel(_ context.Context, _ uptime.Actor, id string) (notify.Receipt, error) {
	return notify.Receipt{}, deed(&d.done, id)
}

func (d *desk) SetChannel(_ context.Context, _ uptime.Actor, id string, _ bool, _ string) error {
	return deed(&d.done, id)
}

func (d *desk) Resend(_ context.Context, _ uptime.Actor, delivery string) error {
	return deed(&d.done, delivery)
}
