package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/uptime"
)

// desk is what operators do with what is in force (web.Desk).
type desk struct{ *App }

// Catalogue is what is watched and shown.
func (d desk) Catalogue() uptime.Catalogue { return d.catalogueInForce() }

// States are what components are measured to be.
func (d desk) States() map[uptime.ComponentID]uptime.State { return d.components(d.now()) }

// Blind are the networks that we cannot see into at the moment.
func (d desk) Blind() (classes []uptime.Class) {
	for class, blind := range d.engine.Blind() {
		if blind {
			classes = append(classes, class)
		}
	}
	slices.Sort(classes)
	return classes
}

// Letter is the exact mail that a notice becomes, to a subscriber who stands
// for all: the links are those of nobody.
func (d desk) Letter(_ context.Context, n uptime.Notice) (notify.Preview, error) {
	to := uptime.Recipient{Kind: uptime.ToMail, ID: "preview", Address: "subscriber@example.org"}
	delivery := uptime.Delivery{ID: uptime.DeliveryID(n.ID, to), Lane: uptime.LaneSubscribers, Recipient: to, Notice: n, Attempt: 1}
	file := d.current()
	settings := notify.MailSettings{}
	if given := mailSettings(file.Mail); given != nil {
		settings = *given
	}
	links := d.senderEnv(file).Links
	links.Word = func(string, uptime.SubscriberID) string { return "preview" }
	return notify.WhatIsSent(settings, links, notice.Fold([]uptime.Delivery{delivery})[0])
}

// Resend owes a delivery again that was given up, bounced or held.
// uptime.ErrConflict: it is not over.
func (d desk) Resend(ctx context.Context, by uptime.Actor, id string) error {
	delivery, err := d.db.DeliveryByID(ctx, id)
	if err != nil {
		return err
	}
	switch delivery.State {
	case uptime.DeliveryDead, uptime.DeliveryBounced, uptime.DeliveryHeld:
	default:
		return fmt.Errorf("delivery %s is %s: %w", id, delivery.State, uptime.ErrConflict)
	}
	return d.record.Apply(ctx, uptime.Changes{
		Resend: []string{id},
		Audit: []uptime.AuditEntry{{
			At: d.now(), Actor: by, Action: "delivery.resend", Object: id, Detail: "was " + string(delivery.State),
		}},
	})
}
