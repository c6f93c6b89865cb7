package subscribers

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/upheld/upheld/internal/uptime"
)

// Confirmed is what confirming came to.
type Confirmed struct {
	Subscriber uptime.Subscriber // without secrets
	// Secret signs what a webhook is sent. It is told once, to whoever turned the
	// subscription into a confirmed one; else empty.
	Secret string
}

// Look finds the subscriber that a word leads to, for showing them what they
// have. It changes nothing. Errors: ErrWord, and ErrLeft where the word is good
// and nobody is there any more. A word to confirm leads nowhere once it is older
// than WordLives and was not used, or its subscriber is gone. A word to manage
// leads to leaving as well.
func (s *Service) Look(ctx context.Context, purpose, word string) (uptime.Subscriber, error) {
	who, err := s.find(ctx, purpose, word)
	who.Secrets = nil
	return who, err
}

// find is Look with the secrets.
func (s *Service) find(ctx context.Context, purpose, word string) (uptime.Subscriber, error) {
	id, ok := s.verify(purpose, word)
	if !ok {
		return uptime.Subscriber{}, ErrWord
	}
	who, err := s.Store.Subscriber(ctx, id)
	switch {
	case errors.Is(err, uptime.ErrNotFound) && purpose == ToConfirm:
		return uptime.Subscriber{}, ErrWord // erased because nobody confirmed, or left: ask again
	case errors.Is(err, uptime.ErrNotFound):
		return uptime.Subscriber{}, ErrLeft
	case err != nil:
		return uptime.Subscriber{}, fmt.Errorf("reading a subscriber: %w", err)
	case purpose == ToConfirm && who.State == uptime.SubscriberPending && s.now().After(who.AskedAt.Add(WordLives)):
		return uptime.Subscriber{}, ErrWord
	}
	return who, nil
}

// verify reads a word. Whoever may manage a subscription may leave it.
func (s *Service) verify(purpose, word string) (uptime.SubscriberID, bool) {
	id, ok := s.Ring.Verify(purpose, word)
	if !ok && purpose == ToLeave {
		id, ok = s.Ring.Verify(ToManage, word)
	}
	return uptime.SubscriberID(id), ok
}

// Confirm makes a subscription of a request, and records the consent: when, and
// a keyed hash of the IP address that it came from. Confirmed again it changes
// nothing. A quarantined subscriber stays so: an operator releases them. Errors:
// ErrWord.
func (s *Service) Confirm(ctx context.Context, word, ip string) (done Confirmed, err error) {
	err = s.decide(ctx, func() error {
		who, err := s.find(ctx, ToConfirm, word)
		if err != nil {
			return err
		}
		if who.State != uptime.SubscriberPending {
			who.Secrets = nil
			done = Confirmed{Subscriber: who}
			return nil
		}
		now := s.now()
		who.State, who.ConfirmedAt, who.ConsentFrom = uptime.SubscriberConfirmed, now, s.Ring.Hash("consent", ip)
		who.Bounces, who.Reason = 0, ""
		if done, err = s.confirmed(who); err != nil {
			return err
		}
		return s.Store.Apply(ctx, uptime.Changes{
			Subscribers: []uptime.SubscriberChange{{Subscriber: who, Expect: uptime.SubscriberPending}},
			Audit:       entry(now, itself(who.ID), "subscriber.confirm", string(who.ID), "by "+string(who.Kind)+", asked by "+who.Source),
		})
	})
	if err != nil {
		return Confirmed{}, wrap("confirming a subscription", err)
	}
	return done, nil
}

// Choice is what a subscriber wants to be told, and where they live.
type Choice struct {
	Components []uptime.ComponentID // empty: all, those to come included
	News       []uptime.News        // at least one
	Zone       *string              // IANA name, or empty for none; nil: as it was
}

// Manage is Choose for whoever says nothing of a zone.
func (s *Service) Manage(ctx context.Context, word string, components []uptime.ComponentID, news []uptime.News) (uptime.Subscriber, error) {
	return s.Choose(ctx, word, Choice{Components: components, News: news})
}

// Choose changes what a subscriber is told. Errors: ErrWord, ErrLeft, *Invalid;
// no kind of news at all is invalid, because leaving is something else.
func (s *Service) Choose(ctx context.Context, word string, c Choice) (uptime.Subscriber, error) {
	var who uptime.Subscriber
	err := s.decide(ctx, func() (err error) {
		if who, err = s.find(ctx, ToManage, word); err != nil {
			return err
		}
		var wrong Invalid
		who.Components, who.News = s.choice(c.Components, c.News, &wrong)
		if len(c.News) == 0 {
			wrong.add("news", "choose at least one kind of news, or unsubscribe")
		}
		if c.Zone != nil {
			zone, text := readZone(*c.Zone)
			if who.Zone = zone; text != "" {
				wrong.add("zone", text)
			}
		}
		if err := wrong.orNil(); err != nil {
			return err
		}
		return s.Store.Apply(ctx, uptime.Changes{
			Subscribers: []uptime.SubscriberChange{{Subscriber: who, Expect: who.State}},
			Audit:       entry(s.now(), itself(who.ID), "subscriber.choose", string(who.ID), chosen(who)),
		})
	})
	if err != nil {
		return uptime.Subscriber{}, wrap("changing a subscription", err)
	}
	who.Secrets = nil
	return who, nil
}

// chosen says what a subscriber is told, for the audit log.
func chosen(who uptime.Subscriber) string {
	if len(who.Components) == 0 {
		return newsWords(who.News) + " of all components"
	}
	return fmt.Sprintf("%s of %d components", newsWords(who.News), len(who.Components))
}

// Leave ends a subscription at once and erases the address. A word to manage
// does as well as one to leave. Leaving twice is fine. Errors: ErrWord.
func (s *Service) Leave(ctx context.Context, word string) error {
	id, ok := s.verify(ToLeave, word)
	if !ok {
		return ErrWord
	}
	err := s.remove(ctx, id, entry(s.now(), itself(id), "subscriber.leave", string(id), ""))
	if errors.Is(err, uptime.ErrNotFound) {
		return nil
	}
	return wrap("leaving", err)
}

// remove erases a subscriber, if they are there.
func (s *Service) remove(ctx context.Context, id uptime.SubscriberID, audit []uptime.AuditEntry) error {
	return s.decide(ctx, func() error {
		if _, err := s.Store.Subscriber(ctx, id); err != nil {
			return err
		}
		return s.Store.Apply(ctx, uptime.Changes{Leaving: []uptime.SubscriberID{id}, Audit: audit})
	})
}

// Renew gives the webhook that a word to manage leads to a new secret, and
// tells it this once. The one before stays good until the next time, so that
// the other side can change over in between. Errors: ErrWord, ErrLeft, and
// ErrNotOne for a subscriber who has none.
func (s *Service) Renew(ctx context.Context, word string) (secret string, err error) {
	who, err := s.find(ctx, ToManage, word)
	if err != nil {
		return "", err
	}
	return s.rotate(ctx, itself(who.ID), who.ID)
}

func (s *Service) rotate(ctx context.Context, by uptime.Actor, id uptime.SubscriberID) (secret string, err error) {
	err = s.decide(ctx, func() error {
		who, err := s.Store.Subscriber(ctx, id)
		if err != nil {
			return err
		}
		if who.Kind != uptime.ToWebhook {
			return fmt.Errorf("a subscriber by %s has no secret: %w", who.Kind, ErrNotOne)
		}
		secret = newSecret()
		who.Secrets = append([]string{s.seal(id, secret)}, who.Secrets[:min(1, len(who.Secrets))]...)
		return s.Store.Apply(ctx, uptime.Changes{
			Subscribers: []uptime.SubscriberChange{{Subscriber: who, Expect: who.State}},
			Audit:       entry(s.now(), by, "subscriber.rotate", string(id), "a new secret; the one before stays good beside it"),
		})
	})
	if err != nil {
		return "", wrap("changing a webhook's secret", err)
	}
	return secret, nil
}

// newSecret signs as Standard Webhooks wants it: 24 to 64 random bytes.
func newSecret() string {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails (crypto/rand)
	return "whsec_" + base64.StdEncoding.EncodeToString(secret[:])
}

// wrap says what was being done, unless the error is one that callers show.
func wrap(doing string, err error) error {
	var invalid *Invalid
	if err == nil || errors.Is(err, ErrWord) || errors.Is(err, ErrLeft) || errors.As(err, &invalid) {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}
