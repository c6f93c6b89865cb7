package subscribers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

func TestAskingMakesAPendingSubscriberAndOneRequest(t *testing.T) {
	u := newUnder(t)
	err := u.Ask(t.Context(), Request{
		Kind: uptime.ToMail, Address: "Ada@Example.org", Components: []uptime.ComponentID{"web", "api", "web"},
		News: []uptime.News{uptime.NewsReports, uptime.NewsIncidents, uptime.NewsReports}, IP: "192.0.2.7", Source: "form",
	})
	if err != nil {
		t.Fatal(err)
	}
	who := u.only(t)
	want := uptime.Subscriber{
		ID: who.ID, Kind: uptime.ToMail, Address: "Ada@example.org", Components: []uptime.ComponentID{"api", "web"},
		News: []uptime.News{uptime.NewsIncidents, uptime.NewsReports}, State: uptime.SubscriberPending,
		CreatedAt: start, AskedAt: start, Source: "form",
	}
	if diff := cmp.Diff(want, who); diff != "" {
		t.Errorf("subscriber (-want +got):\n%s", diff)
	}
	if len(u.list.notices) != 1 {
		t.Fatalf("%d notices", len(u.list.notices))
	}
	n := u.list.notices[0]
	wantNotice := uptime.Notice{
		ID: n.ID, At: start, Reason: uptime.ConfirmSubscription, Summary: "Confirm your subscription to Acme",
		Content: uptime.Content{
			Page:       uptime.PageName{Name: "Acme", URL: "https://status.acme.example", Zone: "UTC"},
			Components: []uptime.ComponentNote{{ID: "api", Name: "Public API"}, {ID: "web", Name: "Web Shop"}},
			Facts:      map[string]string{"news": "incidents, reports", "until": "2026-03-08T12:00:00Z"},
		},
		Audience: &uptime.Audience{Only: who.ID, Lane: uptime.LaneBulk},
	}
	if diff := cmp.Diff(wantNotice, n); diff != "" || n.ID == "" {
		t.Errorf("notice %q (-want +got):\n%s", n.ID, diff)
	}
	if strings.Contains(fmt.Sprint(n, u.list.audit), "xample.org") {
		t.Errorf("the address stands outside its row: %v %v", n, u.list.audit)
	}
}

func TestNoChoiceIsAllComponentsIncidentsAndMaintenance(t *testing.T) {
	u := newUnder(t)
	u.ask(t, "ada@example.org")
	who := u.only(t)
	if len(who.Components) != 0 || !slices.Equal(who.News, []uptime.News{uptime.NewsIncidents, uptime.NewsMaintenance}) {
		t.Errorf("%v", who)
	}
}

// Whoever asks learns nothing: error, number of writes and reads are the same
// in every state.
func TestAskingTellsNothingOfTheList(t *testing.T) {
	states := map[string]func(*under){
		"unknown":   func(*under) {},
		"pending":   func(u *under) { u.ask(t, "ada@example.org") },
		"confirmed": func(u *under) { u.subscribe(t, "ada@example.org") },
		"quarantined": func(u *under) {
			u.subscribe(t, "ada@example.org")
			u.list.all[0].State = uptime.SubscriberQuarantined
		},
	}
	sent := map[string][]uptime.NoticeReason{
		"unknown": {uptime.ConfirmSubscription}, "pending": {uptime.ConfirmSubscription}, "confirmed": {uptime.AlreadySubscribed},
	}
	for _, later := range []time.Duration{time.Minute, time.Hour} {
		for name, prepare := range states {
			u := newUnder(t)
			prepare(u)
			before, writes := len(u.list.notices), u.list.applied
			u.now = u.now.Add(later)
			err := u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "ADA@example.org", IP: "203.0.113.9", Source: "form"})
			if err != nil {
				t.Errorf("%s, %s later: %v", name, later, err)
			}
			if got := u.list.applied - writes; got != 1 {
				t.Errorf("%s, %s later: %d writes, want one", name, later, got)
			}
			want := sent[name]
			if later < MailEvery && name != "unknown" {
				want = nil
			}
			if got := u.reasons()[before:]; !slices.Equal(got, want) {
				t.Errorf("%s, %s later: sent %v, want %v", name, later, got, want)
			}
			if u.only(t).State != map[string]uptime.SubscriberState{"unknown": uptime.SubscriberPending, "pending": uptime.SubscriberPending,
				"confirmed": uptime.SubscriberConfirmed, "quarantined": uptime.SubscriberQuarantined}[name] {
				t.Errorf("%s, %s later: is %s", name, later, u.only(t).State)
			}
		}
	}
}

// Whatever the store takes for it, an answer comes after a quarter of a second,
// or after the next.
func TestTheTimeOfAnAnswerTellsNothing(t *testing.T) {
	const ms = time.Millisecond
	for work, want := range map[time.Duration]time.Duration{0: 250 * ms, 1: 250 * ms, 249 * ms: 250 * ms, 250 * ms: 500 * ms, 251 * ms: 500 * ms, 700 * ms: 750 * ms} {
		synctest.Test(t, func(t *testing.T) {
			u := newUnder(t, func(o *Options) { o.Pace = 0 })
			u.list.before = func() { time.Sleep(work) }
			began := time.Now()
			u.ask(t, "ada@example.org")
			if took := time.Since(began); took != want {
				t.Errorf("work of %s is answered after %s, want %s", work, took, want)
			}
		})
	}
}

func TestAskingAgainChangesWhatWasChosenUntilItIsConfirmed(t *testing.T) {
	u := newUnder(t)
	u.ask(t, "ada@example.org")
	again := Request{Kind: uptime.ToMail, Address: "ada@example.org", Components: []uptime.ComponentID{"api"}, IP: "203.0.113.9"}
	u.applyMust(t, u.Ask(t.Context(), again))
	if who := u.only(t); !slices.Equal(who.Components, []uptime.ComponentID{"api"}) {
		t.Errorf("the newest choice is not kept: %v", who)
	}
	_, err := u.Confirm(t.Context(), u.Word(ToConfirm, u.only(t).ID), "")
	u.applyMust(t, err)
	again.Components = []uptime.ComponentID{"web"}
	u.applyMust(t, u.Ask(t.Context(), again))
	if who := u.only(t); !slices.Equal(who.Components, []uptime.ComponentID{"api"}) {
		t.Errorf("a stranger changed what a subscriber chose: %v", who)
	}
}

func TestAnAddressIsWrittenToOnceInTenMinutes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		u := newUnder(t)
		var last time.Time
		for i := range rapid.IntRange(1, 30).Draw(rt, "asks") {
			u.now = u.now.Add(time.Duration(rapid.IntRange(0, 15*60).Draw(rt, "wait")) * time.Second)
			if rapid.Bool().Draw(rt, "confirm") && len(u.list.all) > 0 {
				_, _ = u.Confirm(t.Context(), u.Word(ToConfirm, u.list.all[0].ID), "")
			}
			before := len(u.list.notices)
			if err := u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "ada@example.org", IP: fmt.Sprintf("203.0.113.%d", i)}); err != nil {
				rt.Fatal(err)
			}
			sent := len(u.list.notices) > before
			due := last.IsZero() || u.now.Sub(last) >= MailEvery
			if sent != due {
				rt.Fatalf("sent %v, %s after the last", sent, u.now.Sub(last))
			}
			if sent {
				last = u.now
			}
		}
		ids := map[string]bool{}
		for _, n := range u.list.notices {
			if ids[n.ID] {
				rt.Fatalf("two notices are %s", n.ID)
			}
			ids[n.ID] = true
		}
	})
}

func TestWhatIsWrongIsToldFieldByField(t *testing.T) {
	u := newUnder(t)
	err := u.Ask(t.Context(), Request{
		Kind: uptime.ToMail, Address: "secret-name", IP: "192.0.2.1",
		Components: []uptime.ComponentID{"api", "b", "c", "d", "e", "f", "g", "c"}, News: []uptime.News{"gossip", uptime.NewsIncidents},
	})
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("%v", err)
	}
	want := []Field{
		{"address", notMail},
		{"components", `there is no component "b", "c", "d", "e", "f" and 1 more; the page lists those that there are`},
		{"news", `there is no news of the kind "gossip"; use incidents, maintenance or reports`},
	}
	if diff := cmp.Diff(want, invalid.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error holds the address: %v", err)
	}
	if len(u.list.all)+len(u.list.notices) != 0 {
		t.Error("something was written")
	}
}

func TestAClientAsksFiveTimesAnHour(t *testing.T) {
	u := newUnder(t)
	ask := func(ip string) error {
		return u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: fmt.Sprintf("a%d@example.org", u.list.applied), IP: ip})
	}
	for range AsksAnHour {
		u.applyMust(t, ask("192.0.2.1"))
		u.now = u.now.Add(10 * time.Minute)
	}
	var often *TooOften
	if err := ask("::ffff:192.0.2.1"); !errors.As(err, &often) || often.Wait != 10*time.Minute {
		t.Fatalf("the sixth: %v", err)
	}
	if u.list.applied != AsksAnHour {
		t.Error("what was refused was written")
	}
	u.applyMust(t, ask("192.0.2.2"))
	u.now = u.now.Add(10*time.Minute - 1)
	if err := ask("192.0.2.1"); !errors.As(err, &often) || often.Wait != 1 {
		t.Fatalf("a moment too early: %v", err)
	}
	u.now = u.now.Add(1)
	u.applyMust(t, ask("192.0.2.1"))
	if err := ask("192.0.2.1"); !errors.As(err, &often) || often.Wait != 10*time.Minute {
		t.Fatalf("at once again: %v", err)
	}
	for i := range AsksAnHour {
		u.applyMust(t, ask(fmt.Sprintf("2001:db8:1:2::%x", i)))
	}
	if err := ask("2001:db8:1:2:ffff::1"); !errors.As(err, &often) {
		t.Errorf("one network of IPv6 is not one client: %v", err)
	}
	u.applyMust(t, ask("2001:db8:1:3::1"))
	if err := u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "no", IP: "2001:db8:1:3::1"}); errors.As(err, &often) {
		t.Errorf("a slip of the pen: %v", err)
	}
}

// In any sequence of asks, no window of an hour holds more than five of one
// client, and who keeps to that is never refused.
func TestTheHourIsCountedExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, now := newVisits(), start
		taken := map[string][]time.Time{}
		for range 60 {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "minutes")) * time.Minute)
			ip := rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "nonsense"}).Draw(t, "ip")
			within := 0
			for _, at := range taken[ip] {
				if now.Sub(at) < time.Hour {
					within++
				}
			}
			wait := v.take(ip, now)
			if (wait == 0) != (within < AsksAnHour) || wait > time.Hour {
				t.Fatalf("%s waits %s with %d within the hour", ip, wait, within)
			}
			if wait == 0 {
				taken[ip] = append(taken[ip], now)
			}
		}
	})
}

func TestCountingIsBounded(t *testing.T) {
	v := newVisits()
	for i := range 3 * visitsKept {
		v.take(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), start.Add(time.Duration(i)*time.Millisecond))
		if len(v.asks) > visitsKept {
			t.Fatalf("%d clients are counted", len(v.asks))
		}
	}
	if len(v.asks) < visitsKept/2 {
		t.Errorf("only %d clients are counted", len(v.asks))
	}
	v.take("192.0.2.1", start.Add(2*time.Hour))
	if len(v.asks) > visitsKept {
		t.Errorf("%d clients after the hour", len(v.asks))
	}
}

func TestTwoAsksAtOnceMakeOneSubscriber(t *testing.T) {
	u := newUnder(t)
	var done sync.WaitGroup
	for i := range 20 {
		done.Go(func() {
			if err := u.Ask(context.Background(), Request{Kind: uptime.ToMail, Address: "ada@example.org", IP: fmt.Sprintf("192.0.2.%d", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if len(u.list.all) != 1 || len(u.list.notices) != 1 {
		t.Errorf("%d subscribers, %d notices", len(u.list.all), len(u.list.notices))
	}
}

func TestAConflictIsDecidedAnew(t *testing.T) {
	u := newUnder(t)
	u.subscribe(t, "ada@example.org")
	u.now = u.now.Add(time.Hour)
	u.list.before = func() { u.list.all[0].State = uptime.SubscriberQuarantined } // three bounces came back
	u.ask(t, "ada@example.org")
	if who := u.only(t); who.State != uptime.SubscriberQuarantined || len(u.list.notices) != 1 {
		t.Errorf("%s, %v", who.State, u.reasons())
	}
}

func TestAFaultOfTheStoreIsTold(t *testing.T) {
	u := newUnder(t)
	u.list.err = errors.New("disk full")
	err := u.Ask(t.Context(), Request{Kind: uptime.ToMail, Address: "ada@example.org", IP: "192.0.2.1"})
	if !errors.Is(err, u.list.err) || strings.Contains(err.Error(), "ada@") {
		t.Errorf("%v", err)
	}
}
