package subscribers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/upheld/upheld/internal/uptime"
)

// List is a part of the list, newest first, without secrets. It is for
// operators.
func (s *Service) List(ctx context.Context, filter uptime.SubscriberFilter, cursor uptime.Cursor) ([]uptime.Subscriber, error) {
	list, err := s.Store.Subscribers(ctx, filter, cursor)
	if err != nil {
		return nil, fmt.Errorf("reading the list of subscribers: %w", err)
	}
	for i := range list {
		list[i].Secrets = nil
	}
	return list, nil
}

// Get is one subscriber, without secrets. uptime.ErrNotFound: there is none.
func (s *Service) Get(ctx context.Context, id uptime.SubscriberID) (uptime.Subscriber, error) {
	who, err := s.Store.Subscriber(ctx, id)
	who.Secrets = nil
	return who, wrap("reading a subscriber", err)
}

// Addition is somebody whom an operator puts on the list.
type Addition struct {
	Kind       uptime.RecipientKind
	Address    string
	Components []uptime.ComponentID // empty: all, those to come included
	News       []uptime.News        // empty: incidents and maintenance
	Zone       string               // IANA name of the zone that they live by; empty: not said
	Consent    string               // how they said yes: one line, which stands in the audit log
}

// Add puts somebody on the list who has said yes elsewhere. They are sent
// nothing for it. Somebody who was asked to confirm counts as confirmed from
// now on. Errors: *Invalid, and ErrKnown.
func (s *Service) Add(ctx context.Context, by uptime.Actor, a Addition) (done Confirmed, err error) {
	r, err := s.check(Request{Kind: a.Kind, Address: a.Address, Components: a.Components, News: a.News, Zone: a.Zone, Source: "admin"})
	if err := alsoConsent(err, a.Consent); err != nil {
		return Confirmed{}, err
	}
	err = s.decide(ctx, func() error {
		now := s.now()
		who, err := s.Store.SubscriberByAddress(ctx, r.Kind, r.Address)
		switch {
		case errors.Is(err, uptime.ErrNotFound):
			who = s.stranger(r, now)
		case err != nil:
			return err
		case who.State != uptime.SubscriberPending:
			return fmt.Errorf("subscriber %s is %s: %w", who.ID, who.State, ErrKnown)
		}
		change := uptime.SubscriberChange{New: err != nil}
		if !change.New {
			change.Expect = uptime.SubscriberPending
		}
		who.Components, who.News, who.Source, who.Zone = r.Components, r.News, r.Source, cmp.Or(r.Zone, who.Zone)
		who.State, who.ConfirmedAt = uptime.SubscriberConfirmed, now
		change.Subscriber = who
		if done, err = s.confirmed(who); err != nil {
			return err
		}
		return s.Store.Apply(ctx, uptime.Changes{
			Subscribers: []uptime.SubscriberChange{change},
			Audit:       entry(now, by, "subscriber.add", string(who.ID), "by "+string(who.Kind)+"; consent: "+a.Consent),
		})
	})
	if err != nil {
		return Confirmed{}, wrap("adding a subscriber", err)
	}
	return done, nil
}

// confirmed is a subscriber with the secret that is told this once.
func (s *Service) confirmed(who uptime.Subscriber) (Confirmed, error) {
	secrets, err := s.Secrets(who.ID, who.Secrets)
	if err != nil {
		return Confirmed{}, err
	}
	done := Confirmed{Subscriber: who}
	done.Subscriber.Secrets = nil
	if len(secrets) > 0 {
		done.Secret = secrets[0]
	}
	return done, nil
}

// consentLongest is the number of bytes of a statement of consent.
const consentLongest = 300

// alsoConsent adds what is wrong with a statement of consent to what is wrong
// already.
func alsoConsent(err error, statement string) error {
	var wrong *Invalid
	if err != nil && !errors.As(err, &wrong) {
		return err
	}
	if wrong == nil {
		wrong = &Invalid{}
	}
	switch {
	case strings.TrimSpace(statement) == "":
		wrong.add("consent", "say how and when they agreed to be written to, as in: signed up on our old status page")
	case len(statement) > consentLongest || !utf8.ValidString(statement) || strings.ContainsFunc(statement, unicode.IsControl):
		wrong.add("consent", fmt.Sprintf("write one line of at most %d characters", consentLongest))
	case strings.Contains(statement, "@"):
		wrong.add("consent", "leave addresses out: it stands in the audit log for good")
	}
	return wrong.orNil()
}

// Remove takes somebody off the list and erases the address.
// uptime.ErrNotFound: there is no such subscriber.
func (s *Service) Remove(ctx context.Context, by uptime.Actor, id uptime.SubscriberID) error {
	return wrap("removing a subscriber", s.remove(ctx, id, entry(s.now(), by, "subscriber.remove", string(id), "")))
}

// Release ends a quarantine: the address is written to again, or, if nobody
// ever confirmed it, may be asked again. Errors: uptime.ErrNotFound, and
// ErrNotOne for a subscriber who is not quarantined.
func (s *Service) Release(ctx context.Context, by uptime.Actor, id uptime.SubscriberID) error {
	return wrap("releasing a subscriber", s.decide(ctx, func() error {
		who, err := s.Store.Subscriber(ctx, id)
		if err != nil {
			return err
		}
		if who.State != uptime.SubscriberQuarantined {
			return fmt.Errorf("subscriber %s is %s: %w", id, who.State, ErrNotOne)
		}
		was := who.Reason
		who.State, who.Bounces, who.Reason = uptime.SubscriberConfirmed, 0, ""
		if who.ConfirmedAt.IsZero() {
			who.State = uptime.SubscriberPending
		}
		return s.Store.Apply(ctx, uptime.Changes{
			Subscribers: []uptime.SubscriberChange{{Subscriber: who, Expect: uptime.SubscriberQuarantined}},
			Audit:       entry(s.now(), by, "subscriber.release", string(id), "was quarantined: "+clean(was)),
		})
	}))
}

// Rotate gives a webhook a new secret, as Renew does, on an operator's word.
// Errors: uptime.ErrNotFound, ErrNotOne.
func (s *Service) Rotate(ctx context.Context, by uptime.Actor, id uptime.SubscriberID) (secret string, err error) {
	return s.rotate(ctx, by, id)
}

// Expire erases whoever was asked to confirm and has not within WordLives: an
// address that never said yes is not kept. It is for calling about every hour,
// and tells how many went.
func (s *Service) Expire(ctx context.Context) (gone int, err error) {
	err = s.exclusively(ctx, func() error {
		now := s.now()
		var late []uptime.SubscriberID
		err := s.each(ctx, uptime.SubscriberFilter{State: uptime.SubscriberPending}, func(who uptime.Subscriber) error {
			if now.After(who.AskedAt.Add(WordLives)) && now.After(who.CreatedAt.Add(WordLives)) {
				late = append(late, who.ID)
			}
			return nil
		})
		if err != nil || len(late) == 0 {
			return err
		}
		gone = len(late)
		return s.Store.Apply(ctx, uptime.Changes{
			Leaving: late,
			Audit: entry(now, uptime.Actor{Kind: "system", Name: "upheld"}, "subscriber.expire", "",
				fmt.Sprintf("%d never confirmed", gone)),
		})
	})
	if err != nil {
		return 0, fmt.Errorf("erasing subscribers who never confirmed: %w", err)
	}
	return gone, nil
}

// pageSize is how much of the list is read at a time.
const pageSize = 500

// each calls f with every subscriber of a filter, newest first.
func (s *Service) each(ctx context.Context, filter uptime.SubscriberFilter, f func(uptime.Subscriber) error) error {
	cursor := uptime.Cursor{Limit: pageSize}
	for {
		list, err := s.Store.Subscribers(ctx, filter, cursor)
		if err != nil {
			return err
		}
		for _, who := range list {
			if err := f(who); err != nil {
				return err
			}
		}
		if len(list) < pageSize {
			return nil
		}
		cursor.After = string(list[len(list)-1].ID)
	}
}

// Bounce takes in a report that came back for a delivery by mail. Permanent:
// the other side has given up; the delivery counts as bounced, and the third
// bounce in a row quarantines the address. Otherwise it is a delay, which
// changes nothing. The same report twice counts once. Reply is what the other
// side said. Errors: uptime.ErrNotFound, and ErrNotOne where nothing was sent.
func (s *Service) Bounce(ctx context.Context, by uptime.Actor, delivery string, permanent bool, reply string) error {
	return wrap("taking in a bounce", s.decide(ctx, func() error {
		d, err := s.Store.DeliveryByID(ctx, delivery)
		if err != nil {
			return err
		}
		switch {
		case d.State == uptime.DeliveryBounced, !permanent:
			return nil
		case d.Recipient.Kind != uptime.ToMail:
			return fmt.Errorf("delivery %s is no mail: %w", d.ID, ErrNotOne)
		case d.State != uptime.DeliveryAccepted && d.State != uptime.DeliverySent:
			return fmt.Errorf("delivery %s is %s and was not sent: %w", d.ID, d.State, ErrNotOne)
		}
		now := s.now()
		settled, err := s.Store.Settle(ctx, []uptime.Settlement{{
			Delivery: d.ID, Attempt: d.Attempt, State: uptime.DeliveryBounced, At: now,
			Error: "a report came back", Reply: clean(reply), RemoteID: d.RemoteID, Digest: d.Digest,
		}})
		if err != nil {
			return err
		}
		if settled == 0 {
			return uptime.ErrConflict
		}
		return s.Store.Apply(ctx, uptime.Changes{Audit: entry(now, by, "subscriber.bounce", d.ID, clean(reply))})
	}))
}

// replyLongest is the number of bytes that are kept of what the other side said.
const replyLongest = 300

// clean makes one bounded line of a foreign text, without addresses.
func clean(text string) string {
	words := strings.Fields(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " ")))
	for i, w := range words {
		if strings.ContainsAny(w, "@\uff20") || strings.Contains(w, "://") {
			words[i] = "(address)"
		}
	}
	line := strings.Join(words, " ")
	if len(line) > replyLongest {
		line = strings.ToValidUTF8(line[:replyLongest], "")
	}
	return line
}
