package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/statuspage"
)

// confirmSubscription shows a button, and confirms when it is pressed. A
// program that asks for JSON gets the outcome as such.
func (s *site) confirmSubscription(c echo.Context) error {
	word, err := s.word(c)
	if err != nil {
		return err
	}
	if c.Request().Method != http.MethodPost {
		who, err := s.Subscribers.Look(c.Request().Context(), subscribers.ToConfirm, word)
		if err != nil {
			return s.subscriberError(c, err)
		}
		if who.State != uptime.SubscriberPending {
			return s.confirmed(c, subscribers.Confirmed{Subscriber: who})
		}
		return s.page(c, s.SubscriberPages.Subscription(s.viewOf(who, statuspage.StepConfirm, word)))
	}
	ctx, cancel := writing(c)
	defer cancel()
	done, err := s.Subscribers.Confirm(ctx, word, c.RealIP())
	if err != nil {
		return s.subscriberError(c, err)
	}
	return s.confirmed(c, done)
}

// confirmed answers whoever holds the word to confirm of a subscription that is
// confirmed, or was, before its messages came back.
func (s *site) confirmed(c echo.Context, done subscribers.Confirmed) error {
	if done.Subscriber.State == uptime.SubscriberQuarantined {
		return s.page(c, s.SubscriberPages.SubscriptionTrouble(http.StatusConflict,
			"Messages to this address came back, and nothing more is sent to it. Whoever runs this page can lift that."))
	}
	if wantsJSON(c) {
		return s.confirmedJSON(c, done)
	}
	view := s.viewOf(done.Subscriber, statuspage.StepConfirmed, "")
	view.Secret = done.Secret
	return s.page(c, s.SubscriberPages.Subscription(view))
}

// viewOf is a subscription as its subscriber sees it.
func (s *site) viewOf(who uptime.Subscriber, step statuspage.SubscriptionStep, word string) statuspage.SubscriptionView {
	view := statuspage.SubscriptionView{
		Step: step, Word: word, Kind: who.Kind, Address: who.Address,
		Choice: statuspage.Choice{Components: who.Components, News: who.News, Zone: who.Zone},
	}
	switch step {
	case statuspage.StepConfirmed:
		view.ManageWord = s.Subscribers.Word(subscribers.ToManage, who.ID)
		view.LeaveWord = s.Subscribers.Word(subscribers.ToLeave, who.ID)
	case statuspage.StepManage:
		view.LeaveWord = s.Subscribers.Word(subscribers.ToLeave, who.ID)
	case statuspage.StepConfirm, statuspage.StepLeave, statuspage.StepLeft:
	}
	return view
}

// manageSubscription shows what a subscriber chose, and changes it.
func (s *site) manageSubscription(c echo.Context) error {
	word, err := s.word(c)
	if err != nil {
		return err
	}
	who, err := s.Subscribers.Look(c.Request().Context(), subscribers.ToManage, word)
	if err != nil {
		return s.subscriberError(c, err)
	}
	if c.Request().Method != http.MethodPost {
		return s.page(c, s.SubscriberPages.Subscription(s.viewOf(who, statuspage.StepManage, word)))
	}
	fields, err := readForm(c)
	if err != nil {
		return s.subscriberError(c, err)
	}
	form := statuspage.ReadSubscription(fields)
	if form.NewSecret {
		return s.renewSecret(c, who, word)
	}
	return s.choose(c, who, word, form)
}

// choose takes in what a subscriber wants to be told from now on.
func (s *site) choose(c echo.Context, who uptime.Subscriber, word string, form statuspage.SubscriptionForm) error {
	ctx, cancel := writing(c)
	defer cancel()
	if len(form.Faults) == 0 {
		changed, err := s.Subscribers.Choose(ctx, word, subscribers.Choice{Components: form.Choice.Components, News: form.Choice.News, Zone: &form.Choice.Zone})
		var invalid *subscribers.Invalid
		switch {
		case errors.As(err, &invalid):
			form.Faults = faults(invalid, who.Kind)
		case err != nil:
			return s.subscriberError(c, err)
		default:
			view := s.viewOf(changed, statuspage.StepManage, word)
			view.Saved = true
			return s.page(c, s.SubscriberPages.Subscription(view))
		}
	}
	view := s.viewOf(who, statuspage.StepManage, word)
	view.Choice, view.Some, view.Faults = form.Choice, form.Some, form.Faults
	return s.page(c, s.SubscriberPages.Subscription(view))
}

// renewSecret gives a webhook a new secret and shows it this once.
func (s *site) renewSecret(c echo.Context, who uptime.Subscriber, word string) error {
	ctx, cancel := writing(c)
	defer cancel()
	secret, err := s.Subscribers.Renew(ctx, word)
	if err != nil {
		return s.subscriberError(c, err)
	}
	return s.confirmed(c, subscribers.Confirmed{Subscriber: who, Secret: secret})
}

// unsubscribe shows a button, and ends the subscription when it is pressed, or
// when a mail program posts to it (RFC 8058): at once, without a cookie, a
// referrer or a question. The POST itself is the wish; its body says only who
// wants to read the answer. Leaving twice is leaving.
func (s *site) unsubscribe(c echo.Context) error {
	word, err := s.word(c)
	if err != nil {
		return err
	}
	if c.Request().Method != http.MethodPost {
		who, err := s.Subscribers.Look(c.Request().Context(), subscribers.ToLeave, word)
		if err != nil {
			return s.subscriberError(c, err)
		}
		return s.page(c, s.SubscriberPages.Subscription(s.viewOf(who, statuspage.StepLeave, word)))
	}
	fields, unread := readForm(c)
	ctx, cancel := writing(c)
	defer cancel()
	if err := s.Subscribers.Leave(ctx, word); err != nil {
		return s.subscriberError(c, err)
	}
	if unread == nil && fields.Get(oneClick) == oneClickWish {
		send(c, http.StatusOK, textPlain, []byte("You have unsubscribed. Your address has been erased.\n"))
		return nil
	}
	return s.subscriberError(c, subscribers.ErrLeft)
}
