package subscribers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Request is a wish to be told.
type Request struct {
	Kind       uptime.RecipientKind
	Address    string               // as it was typed
	Components []uptime.ComponentID // empty: all, those to come included
	News       []uptime.News        // empty: incidents and maintenance
	Zone       string               // IANA name of the zone that they live by; empty: not said
	IP         string               // of the client
	Source     string               // "form" or "api"
}

// Ask takes a wish down and asks the address itself. The answer and the work
// are the same whether the address is on the list or not: nil, an *Invalid that
// depends on the request alone, a *TooOften for this client, or a fault of the
// store.
//
// An address that is new, or has not confirmed, is sent a request to confirm;
// one that is subscribed is told so; each at most once in MailEvery. One that
// is quarantined is sent nothing.
func (s *Service) Ask(ctx context.Context, r Request) error {
	r, err := s.check(r)
	if err != nil {
		return err
	}
	now := s.now()
	if wait := s.visits.take(r.IP, now); wait > 0 {
		return &TooOften{wait}
	}
	defer s.pace(ctx, time.Now())
	if err = s.decide(ctx, func() error { return s.takeDown(ctx, r, now) }); err != nil {
		return fmt.Errorf("asking to confirm a subscription: %w", err)
	}
	return nil
}

// pace waits until it has taken a multiple of Pace since it began, so that the
// time of an answer tells nothing either.
func (s *Service) pace(ctx context.Context, began time.Time) {
	timer := time.NewTimer(s.Pace - time.Since(began)%s.Pace)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (s *Service) takeDown(ctx context.Context, r Request, now time.Time) error {
	known, err := s.Store.SubscriberByAddress(ctx, r.Kind, r.Address)
	if errors.Is(err, uptime.ErrNotFound) {
		return s.Store.Apply(ctx, s.asked(s.stranger(r, now), "", now))
	}
	if err != nil {
		return err
	}
	was := known.State
	if was == uptime.SubscriberPending {
		known.Components, known.News, known.Zone = r.Components, r.News, cmp.Or(r.Zone, known.Zone)
	}
	return s.Store.Apply(ctx, s.asked(known, was, now))
}

// check brings a request into the form in which it is kept.
func (s *Service) check(r Request) (Request, error) {
	var wrong Invalid
	address, text := s.address(r.Kind, r.Address)
	if text != "" {
		wrong.add("address", text)
	}
	r.Address = address
	if r.Zone, text = readZone(r.Zone); text != "" {
		wrong.add("zone", text)
	}
	r.Components, r.News = s.choice(r.Components, r.News, &wrong)
	if len(r.News) == 0 {
		r.News = []uptime.News{uptime.NewsIncidents, uptime.NewsMaintenance}
	}
	return r, wrong.orNil()
}

// choice is what was chosen, each once: components by name, news in their
// order.
func (s *Service) choice(components []uptime.ComponentID, news []uptime.News, wrong *Invalid) ([]uptime.ComponentID, []uptime.News) {
	known := map[uptime.ComponentID]bool{}
	for _, c := range s.Catalogue().Components {
		known[c.ID] = true
	}
	components = slices.Compact(slices.Sorted(slices.Values(components)))
	unknown := 0
	for _, c := range components {
		if !known[c] {
			unknown++
		}
	}
	if unknown > 0 {
		wrong.add("components", unknownComponents(components, known, unknown))
	}
	var ordered []uptime.News
	for _, kind := range uptime.AllNews {
		if slices.Contains(news, kind) {
			ordered = append(ordered, kind)
		}
	}
	for _, kind := range news {
		if !slices.Contains(uptime.AllNews[:], kind) {
			wrong.add("news", fmt.Sprintf("there is no news of the kind %.40q; use incidents, maintenance or reports", kind))
			break
		}
	}
	return components, ordered
}

// unknownNamed is how many unknown components a sentence names.
const unknownNamed = 5

func unknownComponents(components []uptime.ComponentID, known map[uptime.ComponentID]bool, count int) string {
	var names []string
	for _, c := range components {
		if !known[c] && len(names) < unknownNamed {
			names = append(names, fmt.Sprintf("%.40q", c))
		}
	}
	text := "there is no component " + strings.Join(names, ", ")
	if more := count - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + "; the page lists those that there are"
}

// stranger is a subscriber who has not confirmed.
func (s *Service) stranger(r Request, now time.Time) uptime.Subscriber {
	id := newID()
	who := uptime.Subscriber{
		ID: id, Kind: r.Kind, Address: r.Address, Components: r.Components, News: r.News, Zone: r.Zone,
		State: uptime.SubscriberPending, CreatedAt: now, Source: r.Source,
	}
	if r.Kind == uptime.ToWebhook {
		who.Secrets = []string{s.seal(id, newSecret())}
	}
	return who
}

// asked is what follows from asking about this address: was is the state that
// it was in, empty for a stranger. It is written even where nothing is sent: the
// work is about the same in either case.
func (s *Service) asked(who uptime.Subscriber, was uptime.SubscriberState, now time.Time) uptime.Changes {
	due := !now.Before(who.AskedAt.Add(MailEvery)) || now.Before(who.AskedAt)
	if due {
		who.AskedAt = now
	}
	changes := uptime.Changes{Subscribers: []uptime.SubscriberChange{{Subscriber: who, New: was == "", Expect: was}}}
	if due && who.State != uptime.SubscriberQuarantined {
		changes.Outbox = []uptime.Notice{s.request(who, now)}
	}
	return changes
}

// request is the message to one subscriber alone that asks to confirm, or says
// that there is nothing to confirm. Its links are made when it is sent.
func (s *Service) request(who uptime.Subscriber, now time.Time) uptime.Notice {
	catalogue := s.Catalogue()
	page := pageName(catalogue.Page)
	n := uptime.Notice{
		At: now, Reason: uptime.ConfirmSubscription, Summary: "Confirm your subscription to " + page.Name,
		Content: uptime.Content{Page: page, Facts: map[string]string{
			"news":  newsWords(who.News),
			"until": now.Add(WordLives).Format(time.RFC3339),
		}},
		Audience: &uptime.Audience{Only: who.ID, Lane: uptime.LaneBulk},
	}
	if who.State == uptime.SubscriberConfirmed {
		n.Reason, n.Summary = uptime.AlreadySubscribed, "You are subscribed to "+page.Name+" already"
		delete(n.Content.Facts, "until")
	}
	for _, c := range catalogue.Components {
		if slices.Contains(who.Components, c.ID) {
			n.Content.Components = append(n.Content.Components, uptime.ComponentNote{ID: c.ID, Name: c.Name})
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", n.Reason, who.ID, now.UnixNano()))
	n.ID = hex.EncodeToString(sum[:16])
	return n
}

func pageName(page uptime.Page) uptime.PageName {
	name := uptime.PageName{Name: page.Name, URL: page.URL, Zone: "UTC"}
	if page.Zone != nil {
		name.Zone = page.Zone.String()
	}
	return name
}

// newsWords are the kinds in words: "incidents, maintenance".
func newsWords(news []uptime.News) string {
	words := make([]string, len(news))
	for i, kind := range news {
		words[i] = string(kind)
	}
	return strings.Join(words, ", ")
}
