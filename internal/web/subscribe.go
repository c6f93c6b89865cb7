package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/statuspage"
)

// Subscribers is the list of those who are told (*subscribers.Service).
type Subscribers interface {
	Ask(ctx context.Context, r subscribers.Request) error
	Look(ctx context.Context, purpose, word string) (uptime.Subscriber, error)
	Confirm(ctx context.Context, word, ip string) (subscribers.Confirmed, error)
	Choose(ctx context.Context, word string, c subscribers.Choice) (uptime.Subscriber, error)
	Renew(ctx context.Context, word string) (secret string, err error)
	Leave(ctx context.Context, word string) error
	Word(purpose string, id uptime.SubscriberID) string
}

// SubscriberPages are the pages that subscribers see (*statuspage.Publisher).
type SubscriberPages interface {
	Subscription(view statuspage.SubscriptionView) *statuspage.Document
	SubscriptionAsked() *statuspage.Document
	SubscriptionRefused(form statuspage.SubscriptionForm) *statuspage.Document
	SubscriptionUnknown() *statuspage.Document
	SubscriptionTrouble(status int, sentence string) *statuspage.Document
}

// subscriberRoutes are what subscribers do: ask, confirm, choose, leave. The
// words in their addresses are known to the subscriber alone. GET never changes
// anything: what filters mail opens every link in it.
func subscriberRoutes() []route {
	form := []string{http.MethodGet, http.MethodHead, http.MethodPost}
	return []route{
		{subscribePath, form, public, (*site).subscribe},
		{"/subscribe/confirm/*", form, token, (*site).confirmSubscription},
		{"/subscribe/manage/*", form, token, (*site).manageSubscription},
		{"/unsubscribe/*", form, token, (*site).unsubscribe},
		{"/api/v2/subscribers.json", []string{http.MethodPost}, public, (*site).subscribeByAPI},
	}
}

const subscribePath = "/subscribe"

// Limits of subscribers' requests, and fields of their forms.
const (
	subscribing  = 10 * time.Second // to store what was asked
	wordLongest  = 256              // bytes
	oneClick     = "List-Unsubscribe"
	oneClickWish = "One-Click" // RFC 8058 §3.2
)

// subscribe shows the form, or takes it in. The answer is the same for an
// address that is on the list and one that is not.
func (s *site) subscribe(c echo.Context) error {
	if c.Request().Method != http.MethodPost {
		return s.document(c)
	}
	if err := s.subscribable(c); err != nil {
		return err
	}
	fields, err := readForm(c)
	if err != nil {
		return s.subscriberError(c, err)
	}
	form := statuspage.ReadSubscription(fields)
	if len(form.Faults) > 0 {
		return s.page(c, s.SubscriberPages.SubscriptionRefused(form))
	}
	ctx, cancel := writing(c)
	defer cancel()
	err = s.Subscribers.Ask(ctx, subscribers.Request{
		Kind: form.Kind(), Address: form.Address, Components: form.Choice.Components, News: form.Choice.News,
		Zone: form.Choice.Zone, IP: c.RealIP(), Source: "form",
	})
	var invalid *subscribers.Invalid
	if errors.As(err, &invalid) {
		form.Faults = faults(invalid, form.Kind())
		return s.page(c, s.SubscriberPages.SubscriptionRefused(form))
	}
	if err != nil {
		return s.subscriberError(c, err)
	}
	return s.page(c, s.SubscriberPages.SubscriptionAsked())
}

// subscribable is nil where people can subscribe. Otherwise there is no such
// address.
func (s *site) subscribable(c echo.Context) error {
	if s.Subscribers == nil || s.SubscriberPages == nil {
		return uptime.ErrNotFound
	}
	doc, err := s.Documents.Document(c.Request().Context(), subscribePath)
	if err == nil && doc == nil {
		err = uptime.ErrNotFound
	}
	return err
}

// faults are the form's words for what is invalid.
func faults(invalid *subscribers.Invalid, kind uptime.RecipientKind) (found []statuspage.Fault) {
	if invalid.Has("address") && kind == uptime.ToWebhook {
		found = append(found, statuspage.FaultWebhook)
	} else if invalid.Has("address") {
		found = append(found, statuspage.FaultAddress)
	}
	if invalid.Has("components") {
		found = append(found, statuspage.FaultComponents)
	}
	if invalid.Has("zone") {
		found = append(found, statuspage.FaultZone)
	}
	if invalid.Has("news") {
		found = append(found, statuspage.FaultNews)
	}
	return found
}

// word is the word of the address, or an error where there can be none.
func (s *site) word(c echo.Context) (string, error) {
	word := c.Param("*")
	if s.Subscribers == nil || s.SubscriberPages == nil || word == "" || len(word) > wordLongest {
		return "", uptime.ErrNotFound
	}
	return word, nil
}

// readForm reads the fields of a body, in either way in which forms and mail
// programs send them.
func readForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	if mediaType(r) != typeMultipart {
		return form(c)
	}
	if err := r.ParseMultipartForm(formBody); err != nil {
		if large := new(http.MaxBytesError); errors.As(err, &large) {
			return nil, large
		}
		return nil, refusal{http.StatusBadRequest, "The form cannot be read; send it again."}
	}
	return r.PostForm, nil
}

// writing is a context in which something is stored though the client hangs up.
func writing(c echo.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.Request().Context()), subscribing)
}

// page answers with a page that was made for one reader.
func (s *site) page(c echo.Context, doc *statuspage.Document) error {
	s.serve(c, doc, doc.Status)
	return nil
}

// subscriberError answers a subscriber's request that came to nothing.
func (s *site) subscriberError(c echo.Context, err error) error {
	switch {
	case errors.Is(err, subscribers.ErrLeft):
		return s.page(c, s.SubscriberPages.Subscription(statuspage.SubscriptionView{Step: statuspage.StepLeft}))
	case errors.Is(err, uptime.ErrNotFound):
		return s.page(c, s.SubscriberPages.SubscriptionUnknown())
	}
	p := s.told(c, err)
	return s.page(c, s.SubscriberPages.SubscriptionTrouble(p.Status, p.Detail))
}

// told is what a subscriber is told of an error, with its headers set and a
// fault of ours logged: the route, never the path, which holds a word.
func (s *site) told(c echo.Context, err error) problem {
	p := describe(err)
	var often *subscribers.TooOften
	switch {
	case errors.As(err, &often):
		p = newProblem(http.StatusTooManyRequests, "You have asked too often. Try again later.", often.Wait)
	case errors.Is(err, subscribers.ErrNotOne):
		p = newProblem(http.StatusConflict, "Only a webhook has a secret.", 0)
	case p.Status >= http.StatusInternalServerError, p.Status == http.StatusConflict:
		p = newProblem(http.StatusServiceUnavailable, "We could not store this. Try again in a minute.", time.Minute)
		p.RequestID = rand.Text()
		c.Response().Header().Set("X-Request-Id", p.RequestID)
		s.fault(c.Request().Context(), err, "request_id", p.RequestID, "method", c.Request().Method, "route", c.Path(),
			"status", p.Status, "client", c.RealIP())
	}
	if p.wait > 0 {
		retryIn(c.Response().Header(), p.wait)
	}
	return p
}
