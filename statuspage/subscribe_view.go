package statuspage

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// The public's forms: what whoever serves them hands over, and what they get
// back. GET /subscribe is an ordinary document (Publisher.Document), and is
// there while subscribing works. Everything else is made for one reader: it is
// not kept, and no cache may keep it. POST each form to the address that it
// stands at, and read it with ReadSubscription.

// Choice is what a subscriber wants to be told.
type Choice struct {
	Components []uptime.ComponentID // empty: all, those to come included
	News       []uptime.News
	Zone       string // IANA name of the zone that they live by, as typed; empty: not said
}

// Fault is why a form was not taken. Each has a sentence beside its field.
type Fault string

// The faults.
const (
	FaultAddress    Fault = "address"    // neither a mail address nor an https URL
	FaultWebhook    Fault = "webhook"    // a URL that may not be called
	FaultComponents Fault = "components" // only some are wanted, and none was picked
	FaultNews       Fault = "news"       // no kind was picked
	FaultZone       Fault = "zone"       // no such time zone
)

// SubscriptionForm is what somebody sent by one of the forms.
type SubscriptionForm struct {
	Address string // as typed, without spaces around it
	Choice  Choice
	Some    bool // only the picked components, not all
	Faults  []Fault
	// NewSecret: nothing was chosen, a webhook wants a new secret.
	NewSecret bool
}

// Names of the fields of the forms, and their values.
const (
	fieldAddress   = "address"
	fieldScope     = "scope" // scopeAll or scopeSome
	fieldComponent = "component"
	fieldNews      = "news"
	fieldZone      = "zone"
	fieldSecret    = "secret" // of a form of its own on the page of a webhook
	scopeAll       = "all"
	scopeSome      = "some"
)

// ReadSubscription reads the fields of the form at /subscribe, or of the one at
// /subscribe/manage/…, which has no address. It finds what is wrong with the
// choice; whether the address is any good, and whether there are such
// components, is for its caller to add to Faults.
func ReadSubscription(fields url.Values) SubscriptionForm {
	form := SubscriptionForm{
		Address: strings.TrimSpace(fields.Get(fieldAddress)),
		// Who names components and says no more wants those.
		Some: fields.Get(fieldScope) == scopeSome || !fields.Has(fieldScope) && fields.Has(fieldComponent),

		NewSecret: fields.Has(fieldSecret),
	}
	form.Choice.Zone = strings.TrimSpace(fields.Get(fieldZone))
	for _, kind := range uptime.AllNews {
		if slices.Contains(fields[fieldNews], string(kind)) {
			form.Choice.News = append(form.Choice.News, kind)
		}
	}
	if len(form.Choice.News) == 0 {
		form.Faults = append(form.Faults, FaultNews)
	}
	if !form.Some {
		return form
	}
	for _, id := range fields[fieldComponent] {
		form.Choice.Components = append(form.Choice.Components, uptime.ComponentID(id))
	}
	slices.Sort(form.Choice.Components)
	form.Choice.Components = slices.Compact(form.Choice.Components)
	if len(form.Choice.Components) == 0 {
		form.Faults = append(form.Faults, FaultComponents)
	}
	return form
}

// Kind is how the address is meant to be reached: a URL by webhook, anything
// else by mail. It says nothing of whether the address is any good.
func (f SubscriptionForm) Kind() uptime.RecipientKind {
	if strings.Contains(f.Address, "://") {
		return uptime.ToWebhook
	}
	return uptime.ToMail
}

// SubscriptionStep is where a subscriber stands.
type SubscriptionStep string

// The steps, each a page of its own.
const (
	StepConfirm   SubscriptionStep = "confirm"   // GET /subscribe/confirm/WORD: a button
	StepConfirmed SubscriptionStep = "confirmed" // after it was pressed
	StepManage    SubscriptionStep = "manage"    // GET /subscribe/manage/WORD: the choice
	StepLeave     SubscriptionStep = "leave"     // GET /unsubscribe/WORD: a button
	StepLeft      SubscriptionStep = "left"      // after it was pressed
)

// SubscriptionView is one subscription as its subscriber sees it.
type SubscriptionView struct {
	Step       SubscriptionStep
	Word       string // of the page's own address: steps confirm, manage and leave
	ManageWord string // leads to the choice: step confirmed
	LeaveWord  string // leads to leaving: steps confirmed and manage
	Kind       uptime.RecipientKind
	Address    string // all but step left
	Choice     Choice // steps confirm, confirmed and manage
	// Secret signs what a webhook is sent. It is shown once: step confirmed.
	Secret string
	Saved  bool    // step manage: the choice was changed just now
	Some   bool    // step manage, with Faults: as it was sent
	Faults []Fault // step manage: why it was not changed
}

// Subscription is the page of one step.
func (p *Publisher) Subscription(view SubscriptionView) *Document {
	status := http.StatusOK
	if len(view.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.private(status, subscriptionPage(p.book().subscription(view), beside()))
}

// SubscriptionAsked answers whoever asked for a subscription, the same for an
// address that is known and one that is not.
func (p *Publisher) SubscriptionAsked() *Document {
	return p.private(http.StatusOK, subscriptionAsked(p.book().frame("One more step"), beside()))
}

// SubscriptionRefused is the form again, with what was typed and what is wrong
// with it (422).
func (p *Publisher) SubscriptionRefused(form SubscriptionForm) *Document {
	return p.private(http.StatusUnprocessableEntity, subscribePage(p.book().subscribePage(form), beside()))
}

// SubscriptionUnknown is the page for a word that leads nowhere, any more or at
// all (404).
func (p *Publisher) SubscriptionUnknown() *Document {
	f := p.book().frame("This link is no longer valid")
	return p.private(http.StatusNotFound, subscriptionUnknown(f, beside()))
}

// SubscriptionTrouble says in one plain sentence why nothing was done, with a
// status such as 429 or 503.
func (p *Publisher) SubscriptionTrouble(status int, sentence string) *Document {
	return p.private(status, subscriptionTrouble(p.book().frame("Nothing was changed"), sentence, beside()))
}

// SetSubscribing says whether people can subscribe, as after a reload. While
// they cannot, no page invites them and /subscribe is no address.
func (p *Publisher) SetSubscribing(works bool) {
	p.subscribing.Store(works)
	p.Changed()
}
