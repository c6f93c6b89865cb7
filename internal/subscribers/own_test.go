package subscribers

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

func TestConfirmingRecordsTheConsent(t *testing.T) {
	u := newUnder(t)
	u.ask(t, "ada@example.org")
	u.now = u.now.Add(time.Hour)
	id := u.only(t).ID
	done, err := u.Confirm(t.Context(), u.Word(ToConfirm, id), "198.51.100.7")
	u.applyMust(t, err)
	who := u.only(t)
	if who.State != uptime.SubscriberConfirmed || !who.ConfirmedAt.Equal(u.now) || who.Source != "form" {
		t.Errorf("%+v", who)
	}
	if who.ConsentFrom != u.Ring.Hash("consent", "198.51.100.7") || strings.Contains(who.ConsentFrom, "198") {
		t.Errorf("consent from %q", who.ConsentFrom)
	}
	if diff := cmp.Diff(who, done.Subscriber); diff != "" || done.Secret != "" {
		t.Errorf("%q (-kept +told):\n%s", done.Secret, diff)
	}
	e := u.list.audit[0]
	if e.Action != "subscriber.confirm" || e.Object != string(id) || e.Actor.Kind != "subscriber" || e.Actor.Address != "" || !e.At.Equal(u.now) {
		t.Errorf("audit: %+v", e)
	}
	first := who.ConfirmedAt
	u.now = u.now.Add(30 * 24 * time.Hour)
	if _, err = u.Confirm(t.Context(), u.Word(ToConfirm, id), "203.0.113.1"); err != nil {
		t.Errorf("again: %v", err)
	}
	if who := u.only(t); !who.ConfirmedAt.Equal(first) || len(u.list.audit) != 1 {
		t.Errorf("again: %+v, %d entries", who, len(u.list.audit))
	}
}

func TestARequestIsGoodForSevenDays(t *testing.T) {
	for after, want := range map[time.Duration]error{0: nil, WordLives: nil, WordLives + 1: ErrWord} {
		u := newUnder(t)
		u.ask(t, "ada@example.org")
		word := u.Word(ToConfirm, u.only(t).ID)
		u.now = u.now.Add(after)
		if _, err := u.Look(t.Context(), ToConfirm, word); !errors.Is(err, want) {
			t.Errorf("looked at after %s: %v", after, err)
		}
		if _, err := u.Confirm(t.Context(), word, ""); !errors.Is(err, want) {
			t.Errorf("confirmed after %s: %v", after, err)
		}
	}
	u := newUnder(t)
	u.ask(t, "ada@example.org")
	u.now = u.now.Add(WordLives)
	u.ask(t, "ada@example.org")
	u.now = u.now.Add(WordLives)
	if _, err := u.Confirm(t.Context(), u.Word(ToConfirm, u.only(t).ID), ""); err != nil {
		t.Errorf("asked again, the link is good again: %v", err)
	}
}

func TestWordsLeadNowhereElse(t *testing.T) {
	u := newUnder(t)
	id := u.subscribe(t, "ada@example.org").ID
	confirm, manage, leave := u.Word(ToConfirm, id), u.Word(ToManage, id), u.Word(ToLeave, id)
	for name, err := range map[string]error{
		"confirm by manage": second(u.Confirm(t.Context(), manage, "")),
		"confirm by leave":  second(u.Confirm(t.Context(), leave, "")),
		"manage by confirm": second(u.Manage(t.Context(), confirm, nil, []uptime.News{uptime.NewsReports})),
		"manage by leave":   second(u.Manage(t.Context(), leave, nil, []uptime.News{uptime.NewsReports})),
		"leave by confirm":  u.Leave(t.Context(), confirm),
		"renew by leave":    second(u.Renew(t.Context(), leave)),
		"leave by the id":   u.Leave(t.Context(), string(id)),
		"leave by nothing":  u.Leave(t.Context(), ""),
		"forged":            u.Leave(t.Context(), leave[:len(leave)-1]+"!"),
	} {
		if !errors.Is(err, ErrWord) || !errors.Is(err, uptime.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if u.only(t).State != uptime.SubscriberConfirmed || u.only(t).News[0] == uptime.NewsReports {
		t.Errorf("something changed: %+v", u.only(t))
	}
}

func second[T any](_ T, err error) error { return err }

func TestLookingChangesNothing(t *testing.T) {
	u := newUnder(t)
	u.ask(t, "ada@example.org")
	id, writes := u.only(t).ID, u.list.applied
	for _, purpose := range []string{ToConfirm, ToManage, ToLeave} {
		who, err := u.Look(t.Context(), purpose, u.Word(purpose, id))
		if err != nil || who.ID != id {
			t.Errorf("%s: %v, %v", purpose, who, err)
		}
	}
	if u.list.applied != writes || u.only(t).State != uptime.SubscriberPending {
		t.Error("looking wrote something")
	}
}

func TestLeavingErasesAtOnce(t *testing.T) {
	u := newUnder(t)
	id := u.subscribe(t, "ada@example.org").ID
	u.subscribe(t, "bob@example.org")
	for _, word := range []string{u.Word(ToLeave, id), u.Word(ToLeave, id), u.Word(ToManage, id)} {
		if err := u.Leave(t.Context(), word); err != nil {
			t.Fatal(err)
		}
		if who := u.only(t); who.Address != "bob@example.org" {
			t.Fatalf("%v is left", who)
		}
	}
	if got := u.actions(); !slices.Equal(got, []string{"subscriber.confirm", "subscriber.confirm", "subscriber.leave"}) {
		t.Errorf("audit: %v", got)
	}
	for purpose, want := range map[string]error{ToManage: ErrLeft, ToLeave: ErrLeft, ToConfirm: ErrWord} {
		if _, err := u.Look(t.Context(), purpose, u.Word(purpose, id)); !errors.Is(err, want) {
			t.Errorf("%s after leaving: %v, want %v", purpose, err, want)
		}
	}
	if _, err := u.Manage(t.Context(), u.Word(ToManage, id), nil, []uptime.News{uptime.NewsIncidents}); !errors.Is(err, ErrLeft) {
		t.Errorf("managing after leaving: %v", err)
	}
	if _, err := u.Confirm(t.Context(), u.Word(ToConfirm, id), ""); !errors.Is(err, ErrWord) || len(u.list.all) != 1 {
		t.Errorf("confirming after leaving: %v", err)
	}
}

func TestASubscriberChoosesAnew(t *testing.T) {
	u := newUnder(t)
	id := u.subscribe(t, "ada@example.org").ID
	word := u.Word(ToManage, id)
	who, err := u.Manage(t.Context(), word, []uptime.ComponentID{"web"}, []uptime.News{uptime.NewsReports, uptime.NewsIncidents})
	if err != nil || !slices.Equal(who.Components, []uptime.ComponentID{"web"}) || !slices.Equal(who.News, []uptime.News{uptime.NewsIncidents, uptime.NewsReports}) {
		t.Errorf("%+v, %v", who, err)
	}
	if diff := cmp.Diff(who, u.only(t)); diff != "" {
		t.Errorf("(-told +kept):\n%s", diff)
	}
	if e := u.list.audit[1]; e.Action != "subscriber.choose" || e.Detail != "incidents, reports of 1 components" {
		t.Errorf("audit: %+v", e)
	}
	for field, err := range map[string]error{
		"news":       second(u.Manage(t.Context(), word, nil, nil)),
		"components": second(u.Manage(t.Context(), word, []uptime.ComponentID{"gone"}, []uptime.News{uptime.NewsIncidents})),
	} {
		var invalid *Invalid
		if !errors.As(err, &invalid) || !invalid.Has(field) || len(invalid.Fields) != 1 {
			t.Errorf("%s: %v", field, err)
		}
	}
	if diff := cmp.Diff(who, u.only(t)); diff != "" {
		t.Errorf("a refused choice was kept:\n%s", diff)
	}
}

func TestAWebhooksSecretIsToldOnceAndKeptSealed(t *testing.T) {
	u := newUnder(t)
	ask := func() {
		u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToWebhook, Address: "https://example.org/hook", IP: "192.0.2.1", Source: "api"}))
	}
	ask()
	ask()
	id := u.only(t).ID
	word := u.Word(ToConfirm, id)
	if who, err := u.Look(t.Context(), ToConfirm, word); err != nil || who.Secrets != nil {
		t.Errorf("%v, %v", who.Secrets, err)
	}
	done, err := u.Confirm(t.Context(), word, "")
	u.applyMust(t, err)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(done.Secret, "whsec_"))
	if err != nil || len(raw) != 32 || !strings.HasPrefix(done.Secret, "whsec_") || done.Subscriber.Secrets != nil {
		t.Errorf("secret %q, %v, %v", done.Secret, err, done.Subscriber.Secrets)
	}
	kept := u.only(t).Secrets
	if len(kept) != 1 || strings.Contains(kept[0], done.Secret[6:]) {
		t.Errorf("kept %q", kept)
	}
	if open, err := u.Secrets(id, kept); err != nil || !slices.Equal(open, []string{done.Secret}) {
		t.Errorf("%q, %v", open, err)
	}
	if again, err := u.Confirm(t.Context(), word, ""); err != nil || again.Secret != "" {
		t.Errorf("told twice: %q, %v", again.Secret, err)
	}
	if _, err := u.Secrets("another", kept); err == nil {
		t.Error("a secret opens for another subscriber")
	}
}

func TestANewSecretStandsBesideTheOneBefore(t *testing.T) {
	u := newUnder(t)
	u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToWebhook, Address: "https://example.org/hook", IP: "192.0.2.1"}))
	id := u.only(t).ID
	done, err := u.Confirm(t.Context(), u.Word(ToConfirm, id), "")
	u.applyMust(t, err)
	want := []string{done.Secret}
	for i := range 3 {
		secret, err := u.Renew(t.Context(), u.Word(ToManage, id))
		if i == 1 {
			secret, err = u.Rotate(t.Context(), operator, id)
			want = append([]string{secret}, u.open(t, id)[1])
		} else {
			want = append([]string{secret}, want[0])
		}
		u.applyMust(t, err)
		if got := u.open(t, id); !slices.Equal(got, want) || got[0] == got[1] {
			t.Fatalf("%d: %q, want %q", i, got, want)
		}
	}
	mail := u.subscribe(t, "ada@example.org").ID
	if _, err := u.Renew(t.Context(), u.Word(ToManage, mail)); !errors.Is(err, ErrNotOne) {
		t.Errorf("mail: %v", err)
	}
	if _, err := u.Rotate(t.Context(), operator, "nobody"); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if strings.Contains(strings.Join(u.actions(), " "), "whsec") {
		t.Error("a secret in the audit log")
	}
}

func (u *under) open(t testing.TB, id uptime.SubscriberID) []string {
	t.Helper()
	who, err := u.Store.Subscriber(t.Context(), id)
	u.applyMust(t, err)
	secrets, err := u.Secrets(id, who.Secrets)
	u.applyMust(t, err)
	return secrets
}
