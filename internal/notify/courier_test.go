package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

func TestEverythingOwedIsSentOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, mail, hook, pager := &fakeOutbox{}, &fakeSender{}, &fakeSender{}, &fakeSender{}
		for n := range 3 {
			for i := range 40 {
				o.owe(news(fmt.Sprintf("n%d", n), "i", uptime.NewsOfState),
					mailTo(fmt.Sprintf("m%d", i)), webhookTo(fmt.Sprintf("w%d", i), fmt.Sprintf("h%d.example", i)))
			}
			o.owe(news(fmt.Sprintf("n%d", n), "i", uptime.NewsOfState), channelTo("pager"))
		}
		asked := &fakeSender{}
		o.owe(news("n3", "", uptime.ConfirmSubscription), mailTo("new"))
		c := NewCourier(o, CourierOptions{})
		c.Configure(map[string]ChannelSetup{"pager": {Sender: pager}}, mail, hook)
		work(c, time.Minute)
		mail.taken = slices.DeleteFunc(mail.taken, func(a courierArrival) bool {
			if a.m.Reason == uptime.ConfirmSubscription {
				asked.taken = append(asked.taken, a)
			}
			return a.m.Reason == uptime.ConfirmSubscription
		})
		if len(asked.taken) != 1 || c.Stats()[uptime.LaneBulk].Sent != 1 {
			t.Errorf("requests to confirm: %v, counted %+v", asked.told(), c.Stats())
		}
		if got := o.states(); got[uptime.DeliveryAccepted] != 3*81+1 {
			t.Errorf("deliveries are %v", got)
		}
		for name, s := range map[string]*fakeSender{"mail": mail, "webhooks": hook, "pager": pager} {
			last := map[string]string{}
			for _, a := range s.taken {
				if a.m.ID <= last[a.m.To.ID] {
					t.Errorf("%s: %s after %s", name, a.m.ID, last[a.m.To.ID])
				}
				last[a.m.To.ID] = a.m.ID
			}
			if len(s.taken)%3 != 0 {
				t.Errorf("%s: %d messages", name, len(s.taken))
			}
		}
		if d := o.get("n0.pager"); d.Reply != "250 ok" || d.RemoteID != "r-n0.pager" || d.Digest != "d" || d.Settled.IsZero() || d.In != "" {
			t.Errorf("the ledger has %+v", d)
		}
		want := LaneStats{Sent: 240}
		if diff := cmp.Diff(want, c.Stats()[uptime.LaneSubscribers]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOneReceiptSettlesAllThatWentTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &fakeOutbox{}, &fakeSender{}
		for n, reason := range []uptime.NoticeReason{uptime.WentDown, uptime.NewsOfState, uptime.Recovered} {
			o.owe(news(fmt.Sprintf("n%d", n), "i", reason), channelTo("pager"))
		}
		work(only(NewCourier(o, CourierOptions{}), "pager", s), time.Second)
		if diff := cmp.Diff([]string{"n2.pager=was_down"}, s.told()); diff != "" {
			t.Error(diff)
		}
		for id, in := range map[string]string{"n0.pager": "n2.pager", "n1.pager": "n2.pager", "n2.pager": ""} {
			if d := o.get(id); d.State != uptime.DeliveryAccepted || d.In != in || d.Reply != "250 ok" {
				t.Errorf("%s: %+v", id, d)
			}
		}
	})
}

func TestAnOutageThatCouldNotBeToldInTimeIsToldWithItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		s := &fakeSender{answer: func(_ context.Context, m notice.Message) error {
			if m.Reason == uptime.WentDown {
				return errNotNow
			}
			return nil
		}}
		o.owe(news("n0", "i", uptime.WentDown), channelTo("pager"))
		c := only(NewCourier(o, CourierOptions{}), "pager", s)
		go func() {
			time.Sleep(time.Minute)
			o.owe(news("n1", "i", uptime.Recovered), channelTo("pager"))
			c.Wake()
		}()
		work(c, time.Hour)
		if diff := cmp.Diff([]string{"n1.pager=was_down"}, s.told()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPatienceHasAnEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		o.owe(news("a", "i", uptime.WentDown), channelTo("pager"))
		s := &fakeSender{answer: func(context.Context, notice.Message) error { return errNotNow }}
		var log bytes.Buffer
		finish(only(NewCourier(o, CourierOptions{Log: slog.New(slog.NewTextHandler(&log, nil))}), "pager", s), o, 48*time.Hour)
		if len(s.tries) != len(waits)+1 {
			t.Fatalf("%d attempts, want %d", len(s.tries), len(waits)+1)
		}
		for i, wait := range waits {
			got := s.tries[i+1].Sub(s.tries[i])
			if got < wait*4/5 || got > wait*6/5+pollEvery {
				t.Errorf("attempt %d came after %s, want %s and a fifth", i+2, got, wait)
			}
		}
		if d := o.get("a.pager"); d.State != uptime.DeliveryDead || d.Error != "not now" {
			t.Errorf("the delivery is %+v", d)
		}
		if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "given up") {
			t.Errorf("nobody was told:\n%s", log.String())
		}
	})
}

func TestWhatTheOtherSideAnswersDecides(t *testing.T) {
	for name, test := range map[string]struct {
		answer error
		to     uptime.Recipient
		state  uptime.DeliveryState
		gone   bool
		again  [2]time.Duration // not before, not after; with DeliveryQueued
		text   string
	}{
		"a fault of the moment":    {answer: errNotNow, to: mailTo("s"), state: uptime.DeliveryQueued, again: [2]time.Duration{4 * time.Second, 6 * time.Second}, text: "not now"},
		"a refusal of the moment":  {answer: &Refusal{Reply: "451 later"}, to: mailTo("s"), state: uptime.DeliveryQueued, again: [2]time.Duration{4 * time.Second, 6 * time.Second}, text: "451 later"},
		"Retry-After":              {answer: &Refusal{Reply: "429", After: time.Hour}, to: webhookTo("s", "h"), state: uptime.DeliveryQueued, again: [2]time.Duration{time.Hour, 67 * time.Minute}, text: "429"},
		"Retry-After, too long":    {answer: &Refusal{Reply: "503", After: 90 * 24 * time.Hour}, to: webhookTo("s", "h"), state: uptime.DeliveryQueued, again: [2]time.Duration{6 * time.Hour, 7 * time.Hour}, text: "503"},
		"Retry-After, too short":   {answer: &Refusal{Reply: "429", After: time.Millisecond}, to: webhookTo("s", "h"), state: uptime.DeliveryQueued, again: [2]time.Duration{4 * time.Second, 6 * time.Second}, text: "429"},
		"a refusal for good":       {answer: &Refusal{Reply: "404 no such hook", Permanent: true}, to: webhookTo("s", "h"), state: uptime.DeliveryDead, text: "404 no such hook"},
		"an address that is none":  {answer: &Refusal{Reply: "550 unknown", Permanent: true, Bounced: true}, to: mailTo("s"), state: uptime.DeliveryBounced, text: "550 unknown"},
		"a wrapped refusal":        {answer: fmt.Errorf("sending: %w", &Refusal{Reply: "550 unknown", Bounced: true}), to: mailTo("s"), state: uptime.DeliveryBounced, text: "550 unknown"},
		"that it wants no more":    {answer: &Refusal{Reply: "410 Gone", Gone: true}, to: webhookTo("s", "h"), state: uptime.DeliveryDead, gone: true, text: "410 Gone"},
		"a sender that has a bug":  {answer: errors.New("panic"), to: mailTo("s"), state: uptime.DeliveryQueued, again: [2]time.Duration{4 * time.Second, 6 * time.Second}, text: "a bug in the sender: oh"},
		"a sender that quotes all": {answer: errors.New(`Post "https://hooks.example.org/T0/B0/xyz": dial tcp 203.0.113.7:443: refused`), to: webhookTo("s", "h"), state: uptime.DeliveryQueued, again: [2]time.Duration{4 * time.Second, 6 * time.Second}, text: `Post "…": dial tcp …: refused`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &fakeOutbox{}
				o.owe(news("n", "i", uptime.WentDown), test.to)
				s := &fakeSender{answer: func(context.Context, notice.Message) error {
					if test.answer.Error() == "panic" {
						panic("oh")
					}
					return test.answer
				}}
				c := NewCourier(o, CourierOptions{})
				c.Configure(nil, s, s)
				work(c, time.Second)
				d, settled := o.get("n.s"), o.settled[0]
				if d.State != test.state || settled.Gone != test.gone || d.Error != test.text {
					t.Errorf("it is %s with %q, gone %v", d.State, d.Error, settled.Gone)
				}
				if wait := d.Due.Sub(settled.At); test.state == uptime.DeliveryQueued && (wait < test.again[0] || wait > test.again[1]) {
					t.Errorf("again after %s", wait)
				}
			})
		})
	}
}

func TestOneThatFailsHoldsUpItsOwnIncidentAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		to := channelTo("pager")
		o.owe(news("a1", "a", uptime.NewsOfState), to)
		o.owe(news("a2", "a", uptime.NewsOfState), to)
		o.owe(news("b1", "b", uptime.WentDown), to)
		s := &fakeSender{answer: func(_ context.Context, m notice.Message) error {
			if m.ID == "a1.pager" && m.Deliveries[0].Attempt < 3 {
				panic("a bug")
			}
			return nil
		}}
		work(only(NewCourier(o, CourierOptions{}), "pager", s), 5*time.Minute)
		if diff := cmp.Diff([]string{"b1.pager=went_down", "a1.pager=update", "a2.pager=update"}, s.told()); diff != "" {
			t.Error(diff)
		}
		if d := o.get("a2.pager"); d.Attempt != 1 {
			t.Errorf("what was not tried counts as %d attempts", d.Attempt)
		}
	})
}

// What was sent and could not be settled is sent again, as the same message
// under its id, whatever came meanwhile.
func TestAtLeastOnceUnderOneID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &fakeOutbox{}, &fakeSender{}
		to := channelTo("pager")
		o.owe(news("down", "i", uptime.WentDown), to)
		o.fail(nil, errors.New("disk full"))
		c := only(NewCourier(o, CourierOptions{}), "pager", s)
		go func() {
			time.Sleep(30 * time.Second)
			o.owe(news("up", "i", uptime.Recovered), to)
			o.fail(nil, nil)
		}()
		work(c, 5*time.Minute)
		if diff := cmp.Diff([]string{"down.pager=went_down", "down.pager=went_down", "up.pager=recovered"}, s.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if gap := s.taken[1].at.Sub(s.taken[0].at); gap < time.Minute {
			t.Errorf("sent again after %s, within the lease", gap)
		}
	})
}

func TestAPoisonedDeliveryIsGivenUpUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &fakeOutbox{}, &fakeSender{}
		o.owe(news("a", "i", uptime.WentDown), mailTo("s"), channelTo("pager"))
		for _, d := range o.rows {
			d.Attempt, d.Lost = poisoned, poisoned
		}
		c := NewCourier(o, CourierOptions{})
		c.Configure(map[string]ChannelSetup{"pager": {Sender: s}}, s, nil)
		work(c, time.Minute)
		if tries, _ := s.count(); tries != 0 || o.states()[uptime.DeliveryDead] != 2 {
			t.Errorf("%d tries, deliveries %v", tries, o.states())
		}
		if got := c.Stats(); got[uptime.LaneOperators].Dead != 1 || got[uptime.LaneSubscribers].Dead != 1 {
			t.Errorf("counted %+v", got)
		}
	})
}

func TestAttemptsThatEndedWithTheProcessCostNoPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		s := &fakeSender{answer: func(context.Context, notice.Message) error { return errNotNow }}
		o.owe(news("a", "i", uptime.WentDown), mailTo("s"))
		o.rows[0].Attempt, o.rows[0].Lost = 30, 30
		c := NewCourier(o, CourierOptions{})
		c.Configure(nil, s, nil)
		finish(c, o, 48*time.Hour)
		if tries, _ := s.count(); tries != len(waits)+1 {
			t.Errorf("%d attempts", tries)
		}
	})
}

func TestWhoHasLeftIsSentNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &fakeOutbox{}, &fakeSender{}
		o.owe(news("a", "i", uptime.WentDown), uptime.Recipient{Kind: uptime.ToMail, ID: "s"})
		c := NewCourier(o, CourierOptions{})
		c.Configure(nil, s, nil)
		work(c, time.Second)
		if d := o.get("a.s"); d.State != uptime.DeliveryHeld || d.Held != uptime.HeldUnsubscribed || len(s.tries) != 0 {
			t.Errorf("%+v after %d tries", d, len(s.tries))
		}
	})
}

func TestStoppingGivesBackWhatWasNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 30 {
			o.owe(news("n", "i", uptime.WentDown), mailTo(fmt.Sprintf("s%02d", i)))
		}
		o.owe(news("n1", "i", uptime.NewsOfState), channelTo("pager"))
		o.owe(news("n2", "i", uptime.NewsOfState), channelTo("pager"))
		s := &fakeSender{answer: hangs(5 * time.Second)} // what has begun is let end
		c := NewCourier(o, CourierOptions{})
		c.Configure(map[string]ChannelSetup{"pager": {Sender: s}}, s, nil)
		begun := time.Now()
		time.AfterFunc(time.Second, cancel)
		c.Run(ctx)
		got := o.states()
		if got[uptime.DeliveryAccepted] != 9 || got[uptime.DeliveryQueued] != 23 {
			t.Errorf("deliveries are %v after %s", got, time.Since(begun))
		}
		for _, d := range o.rows {
			if d.State == uptime.DeliveryQueued && (d.Due.After(time.Now()) || d.Attempt != 0) {
				t.Errorf("%s waits until %s after %d attempts", d.ID, d.Due, d.Attempt)
			}
		}
	})
}

func TestStoppingWaitsForNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &fakeOutbox{}, &fakeSender{answer: hangs(time.Hour)}
		o.owe(news("n", "i", uptime.WentDown), mailTo("s"), channelTo("pager"))
		c := NewCourier(o, CourierOptions{})
		c.Configure(map[string]ChannelSetup{"pager": {Sender: s}}, s, nil)
		begun := time.Now()
		work(c, time.Second)
		if took := time.Since(begun); took > 12*time.Second {
			t.Errorf("it took %s", took)
		}
		for _, d := range o.rows {
			if d.State != uptime.DeliveryQueued || d.Due.After(time.Now()) {
				t.Errorf("%s is %s until %s", d.ID, d.State, d.Due)
			}
		}
	})
}
