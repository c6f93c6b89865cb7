package subscribers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func TestAnOperatorAddsWhoSaidYesElsewhere(t *testing.T) {
	u := newUnder(t)
	done, err := u.Add(t.Context(), operator, Addition{Kind: uptime.ToMail, Address: "ada@EXAMPLE.org", Consent: "by phone on 1 March"})
	u.applyMust(t, err)
	who := u.only(t)
	if who.State != uptime.SubscriberConfirmed || who.Source != "admin" || !who.ConfirmedAt.Equal(start) || who.Address != "ada@example.org" || done.Subscriber.ID != who.ID {
		t.Errorf("%+v", who)
	}
	if len(u.list.notices) != 0 {
		t.Error("they are sent something")
	}
	if e := u.list.audit[0]; e.Action != "subscriber.add" || e.Actor != operator || e.Detail != "by mail; consent: by phone on 1 March" {
		t.Errorf("audit: %+v", e)
	}
	if _, err := u.Add(t.Context(), operator, Addition{Kind: uptime.ToMail, Address: "ADA@example.org", Consent: "x"}); !errors.Is(err, ErrKnown) {
		t.Errorf("twice: %v", err)
	}
	hook, err := u.Add(t.Context(), operator, Addition{Kind: uptime.ToWebhook, Address: "https://example.org/", Consent: "x"})
	if err != nil || !strings.HasPrefix(hook.Secret, "whsec_") || hook.Subscriber.Secrets != nil {
		t.Errorf("webhook: %+v, %v", hook, err)
	}
}

func TestAddingWhoWasAskedConfirmsThem(t *testing.T) {
	u := newUnder(t)
	u.ask(t, "ada@example.org")
	id := u.only(t).ID
	if _, err := u.Add(t.Context(), operator, Addition{Kind: uptime.ToMail, Address: "ada@example.org", Consent: "x"}); err != nil {
		t.Fatal(err)
	}
	if who := u.only(t); who.ID != id || who.State != uptime.SubscriberConfirmed || who.Source != "admin" {
		t.Errorf("%+v", who)
	}
}

func TestConsentIsStated(t *testing.T) {
	u := newUnder(t)
	for _, statement := range []string{"", "  ", "two\nlines", "nul\x00", "\xff", strings.Repeat("x", 301), "ada@example.org said so"} {
		var invalid *Invalid
		_, err := u.Add(t.Context(), operator, Addition{Kind: uptime.ToMail, Address: "ada@example.org", Consent: statement})
		if !errors.As(err, &invalid) || !invalid.Has("consent") || invalid.Has("address") {
			t.Errorf("adding, %q: %v", statement, err)
		}
		_, err = u.Import(t.Context(), operator, strings.NewReader("email\nada@example.org\n"), Import{Consent: statement, DryRun: true})
		if !errors.As(err, &invalid) || !invalid.Has("consent") {
			t.Errorf("importing, %q: %v", statement, err)
		}
	}
	_, err := u.Add(t.Context(), operator, Addition{Kind: uptime.ToMail, Address: "ada", Components: []uptime.ComponentID{"x"}})
	var invalid *Invalid
	if !errors.As(err, &invalid) || !invalid.Has("consent") || !invalid.Has("address") || !invalid.Has("components") {
		t.Errorf("not all at once: %v", err)
	}
	if len(u.list.all) != 0 {
		t.Error("somebody was added")
	}
}

func TestRemovingAndReleasing(t *testing.T) {
	u := newUnder(t)
	id := u.subscribe(t, "ada@example.org").ID
	if err := u.Release(t.Context(), operator, id); !errors.Is(err, ErrNotOne) {
		t.Errorf("releasing who is free: %v", err)
	}
	u.list.all[0].State, u.list.all[0].Bounces, u.list.all[0].Reason = uptime.SubscriberQuarantined, 3, "550 no such user ada@example.org"
	u.applyMust(t, u.Release(t.Context(), operator, id))
	if who := u.only(t); who.State != uptime.SubscriberConfirmed || who.Bounces != 0 || who.Reason != "" || who.ConfirmedAt.IsZero() {
		t.Errorf("%+v", who)
	}
	e := u.list.audit[1]
	if e.Action != "subscriber.release" || e.Detail != "was quarantined: 550 no such user (address)" {
		t.Errorf("audit: %+v", e)
	}
	u.applyMust(t, u.Remove(t.Context(), operator, id))
	if len(u.list.all) != 0 || u.list.audit[2].Action != "subscriber.remove" || u.list.audit[2].Actor != operator {
		t.Errorf("%v, %+v", u.list.all, u.list.audit)
	}
	for name, err := range map[string]error{
		"remove": u.Remove(t.Context(), operator, id), "release": u.Release(t.Context(), operator, id), "get": second(u.Get(t.Context(), id)),
	} {
		if !errors.Is(err, uptime.ErrNotFound) {
			t.Errorf("%s of nobody: %v", name, err)
		}
	}
}

func TestWhoNeverConfirmedIsPendingAgainWhenReleased(t *testing.T) {
	u := newUnder(t)
	u.ask(t, "ada@example.org")
	u.list.all[0].State = uptime.SubscriberQuarantined
	u.applyMust(t, u.Release(t.Context(), operator, u.only(t).ID))
	if got := u.only(t).State; got != uptime.SubscriberPending {
		t.Errorf("%s without a yes", got)
	}
}

func TestListsHoldNoSecrets(t *testing.T) {
	u := newUnder(t)
	u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToWebhook, Address: "https://example.org/", IP: "192.0.2.1"}))
	list, err := u.List(t.Context(), uptime.SubscriberFilter{}, uptime.Cursor{Limit: 10})
	one, err2 := u.Get(t.Context(), u.only(t).ID)
	if err != nil || err2 != nil || len(list) != 1 || list[0].Secrets != nil || one.Secrets != nil || one.ID != list[0].ID {
		t.Errorf("%v, %v, %v, %v", list, one, err, err2)
	}
}

func TestWhoNeverConfirmsIsErased(t *testing.T) {
	u := newUnder(t)
	u.subscribe(t, "confirmed@example.org")
	for i := range pageSize + 20 { // more than is read at a time
		u.ask(t, fmt.Sprintf("late%d@example.org", i))
	}
	u.now = u.now.Add(WordLives)
	u.ask(t, "young@example.org")
	if gone, err := u.Expire(t.Context()); err != nil || gone != 0 {
		t.Errorf("at the last moment: %d, %v", gone, err)
	}
	u.now = u.now.Add(1)
	if gone, err := u.Expire(t.Context()); err != nil || gone != pageSize+20 {
		t.Errorf("%d, %v", gone, err)
	}
	var left []string
	for _, who := range u.list.all {
		left = append(left, who.Address)
	}
	if !slices.Equal(left, []string{"confirmed@example.org", "young@example.org"}) {
		t.Errorf("%v are left", left)
	}
	if e := u.list.audit[len(u.list.audit)-1]; e.Action != "subscriber.expire" || e.Actor.Kind != "system" || e.Detail != "520 never confirmed" {
		t.Errorf("audit: %+v", e)
	}
}

func TestBounces(t *testing.T) {
	mail := uptime.Recipient{Kind: uptime.ToMail, ID: "s1"}
	for name, tc := range map[string]struct {
		delivery  uptime.Delivery
		permanent bool
		settles   bool
		want      error
	}{
		"after it was accepted": {uptime.Delivery{State: uptime.DeliveryAccepted, Recipient: mail, Attempt: 2, RemoteID: "r", Digest: "d"}, true, true, nil},
		"after it was sent":     {uptime.Delivery{State: uptime.DeliverySent, Recipient: mail}, true, true, nil},
		"a delay":               {uptime.Delivery{State: uptime.DeliveryAccepted, Recipient: mail}, false, false, nil},
		"the same again":        {uptime.Delivery{State: uptime.DeliveryBounced, Recipient: mail}, true, false, nil},
		"never sent":            {uptime.Delivery{State: uptime.DeliveryQueued, Recipient: mail}, true, false, ErrNotOne},
		"held":                  {uptime.Delivery{State: uptime.DeliveryHeld, Recipient: mail}, true, false, ErrNotOne},
		"no mail":               {uptime.Delivery{State: uptime.DeliveryAccepted, Recipient: uptime.Recipient{Kind: uptime.ToWebhook}}, true, false, ErrNotOne},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUnder(t)
			tc.delivery.ID = "d1"
			u.list.deliveries["d1"] = tc.delivery
			err := u.Bounce(t.Context(), operator, "d1", tc.permanent, "550 5.1.1\r\n<ada@example.org>: unknown\x00 user")
			if !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if (len(u.list.settled) == 1) != tc.settles || len(u.list.audit) != len(u.list.settled) {
				t.Fatalf("settled %v, audit %v", u.list.settled, u.list.audit)
			}
			if !tc.settles {
				return
			}
			want := uptime.Settlement{
				Delivery: "d1", Attempt: tc.delivery.Attempt, State: uptime.DeliveryBounced, At: start, Error: "a report came back",
				Reply: "550 5.1.1 (address) unknown user", RemoteID: tc.delivery.RemoteID, Digest: tc.delivery.Digest,
			}
			if u.list.settled[0] != want {
				t.Errorf("%+v, want %+v", u.list.settled[0], want)
			}
			if strings.Contains(fmt.Sprint(u.list.audit), "ada@") {
				t.Errorf("the address is in the audit log: %v", u.list.audit)
			}
		})
	}
	if err := newUnder(t).Bounce(t.Context(), operator, "nothing", true, ""); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("of nothing: %v", err)
	}
}

func TestForeignTextBecomesOneLineWithoutAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "",
		" a\r\n\tb ":                  "a b",
		"mail to <ada@x.org> refused": "mail to (address) refused",
		"see https://x.org/?u=ada":    "see (address)",
		"ada\uff20x.org":              "(address)",
		"bad\xffbyte":                 "bad byte",
		strings.Repeat("é", 200):      strings.Repeat("é", 150),
	} {
		if got := clean(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	u := newUnder(t)
	u.turn <- struct{}{}
	ctx, cancel := contextWithin(t, time.Millisecond)
	defer cancel()
	if _, err := u.Expire(ctx); !errors.Is(err, ctx.Err()) || err == nil {
		t.Errorf("%v", err)
	}
}
