package app

import (
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

// record is the database as people's services see it: what they change is
// passed on to whoever shows it or sends it.
type record struct {
	*store.DB
	app *App
}

// Apply makes the changes and tells who has to know.
func (r record) Apply(ctx context.Context, c uptime.Changes) error {
	if err := r.DB.Apply(ctx, c); err != nil {
		return err
	}
	if len(c.Incidents)+len(c.Statements)+len(c.Plans)+len(c.Evidence)+len(c.NonCompliances) > 0 {
		r.app.changed()
	}
	if len(c.Plans)+len(c.Series) > 0 {
		r.app.engine.PlansChanged()
	}
	if len(c.Channels) > 0 {
		r.app.learnChannels(ctx)
	}
	if len(c.Outbox) > 0 || len(c.Resend) > 0 || len(c.Channels) > 0 {
		r.app.courier.Wake()
	}
	return nil
}

// openPeople makes what people act through. The database is open.
func (a *App) openPeople(ctx context.Context) error {
	ring, err := openKeys(a.file.Secret, a.options.Data)
	if err != nil {
		return err
	}
	a.record = record{a.db, a}
	a.identity = identity.New(a.record, a.now)
	a.subscribers = subscribers.New(subscribers.Options{
		Store: a.record, Ring: ring, Now: a.now, Catalogue: a.catalogueInForce,
		Offers: a.offers, Plain: a.allowsPlain, Reachable: a.reachable,
	})
	a.incidents = incidents.NewService(incidents.Options{
		Ledger: a.record, Rules: a.rulesInForce, Now: a.now, Random: rand.Reader,
		States: func() map[uptime.ComponentID]uptime.State { return a.components(a.now()) },
	})
	a.learnChannels(ctx)
	return nil
}

// expireEvery is how often those are erased who asked for news and never
// confirmed.
const expireEvery = time.Hour

// expire erases them until the context ends.
func (a *App) expire(ctx context.Context) {
	ticker := time.NewTicker(expireEvery)
	defer ticker.Stop()
	for {
		switch gone, err := a.subscribers.Expire(ctx); {
		case err != nil && ctx.Err() == nil:
			a.log.Warn("unconfirmed subscribers cannot be erased; it is tried again", "error", err, "in", expireEvery)
		case gone > 0:
			a.log.Info("unconfirmed subscribers erased", "number", gone)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// now is the engine's time: everything is dated by it.
func (a *App) now() time.Time { return a.engine.Now() }

func (a *App) catalogueInForce() uptime.Catalogue {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.catalogue
}

// offers tells whether the public can be told in this way.
func (a *App) offers(kind uptime.RecipientKind) bool {
	return kind == uptime.ToWebhook || a.current().Mail.Server != ""
}

// allowsPlain tells whether a subscriber's webhook may be called without
// encryption: on an address of a network that the configuration names.
func (a *App) allowsPlain(host string) bool {
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && slices.ContainsFunc(a.current().Egress.Allow, func(n config.Network) bool { return n.Contains(address.Unmap()) })
}

// reachable refuses the addresses that a subscriber's webhook cannot be on. A
// name is looked at when it is called.
func (a *App) reachable(host string) error {
	if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return publicGuard(a.current()).Check(address)
	}
	return nil
}
