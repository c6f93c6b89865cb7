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

func TestNothingIsSentBeforeItIsConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		o.owe(news("n", "i", uptime.WentDown), mailTo("s"), channelTo("pager"))
		work(NewCourier(o, CourierOptions{}), time.Hour)
		if o.claims != 0 {
			t.Errorf("claimed %d times", o.claims)
		}
	})
}

func TestWakeAndTroubleWithTheOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &fakeOutbox{}, &fakeSender{}
		o.fail(errors.New("database is locked"), nil)
		var log bytes.Buffer
		c := only(NewCourier(o, CourierOptions{Log: slog.New(slog.NewTextHandler(&log, nil))}), "pager", s)
		stop := begin(c)
		time.Sleep(time.Minute)
		o.fail(nil, nil)
		time.Sleep(pollEvery)
		synctest.Wait()

		time.Sleep(time.Second) // between two polls
		o.owe(news("a", "i", uptime.WentDown), channelTo("pager"))
		for range 3 {
			c.Wake()
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"a.pager=went_down"}, s.told()); diff != "" {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		stop()
		if n := strings.Count(log.String(), "cannot be read"); n != 1 || !strings.Contains(log.String(), "is read again") {
			t.Errorf("told %d times:\n%s", n, log.String())
		}
	})
}

// slowOutbox takes so long to settle each delivery, and gives up with its
// context.
type slowOutbox struct {
	*fakeOutbox
	each time.Duration
}

func (o slowOutbox) Settle(ctx context.Context, settlements []uptime.Settlement) (int, error) {
	pause(ctx, o.each*time.Duration(len(settlements)))
	return o.fakeOutbox.Settle(ctx, settlements)
}

// What is too much for the database at once is written in pieces, and nobody is
// told again and again meanwhile.
func TestASlowDatabaseIsWrittenToInPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &fakeOutbox{}, &fakeSender{}
		var readers []uptime.Recipient
		for n := range 2000 {
			readers = append(readers, mailTo(fmt.Sprint("s", n)))
		}
		o.owe(news("n", "i", uptime.WentDown), readers...)
		c := NewCourier(slowOutbox{o, 50 * time.Millisecond}, CourierOptions{})
		c.Configure(nil, s, nil)
		work(c, 10*time.Minute)
		if got := o.states(); got[uptime.DeliveryAccepted] != len(readers) {
			t.Errorf("deliveries are %v", got)
		}
		if n := len(s.told()); n > len(readers)+mostInHand {
			t.Errorf("%d messages went to %d", n, len(readers))
		}
	})
}

func TestWhatWentTogetherIsWrittenTogether(t *testing.T) {
	var parts [][]string
	l := &ledger{bell: make(chan struct{}, 1), wrote: func(int) {}}
	l.write = func(_ context.Context, settlements []uptime.Settlement) bool {
		if len(settlements) > 4 {
			return false
		}
		var part []string
		for _, s := range settlements {
			part = append(part, s.Delivery)
		}
		parts = append(parts, part)
		return true
	}
	for _, message := range []string{"abc", "de", "fghij", "k"} {
		var settlements []uptime.Settlement
		for _, d := range message {
			settlements = append(settlements, uptime.Settlement{Delivery: string(d)})
		}
		l.add(settlements...)
	}
	for range 10 {
		l.flush(t.Context())
	}
	// The third message is too much even alone; what comes after it waits.
	if diff := cmp.Diff([][]string{{"a", "b", "c"}, {"d", "e"}}, parts); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	l.write = func(_ context.Context, settlements []uptime.Settlement) bool {
		parts = append(parts, []string{fmt.Sprint(len(settlements))})
		return true
	}
	l.flush(t.Context())
	if diff := cmp.Diff([][]string{{"5"}, {"1"}}, parts[2:]); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

func TestSendersAreReplacedWhileTheCourierRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, first, second := &fakeOutbox{}, &fakeSender{}, &fakeSender{}
		c := NewCourier(o, CourierOptions{})
		c.Configure(map[string]ChannelSetup{"pager": {Sender: first}}, nil, nil)
		stop := begin(c)
		o.owe(news("a", "i", uptime.WentDown), channelTo("pager"), channelTo("chat"), mailTo("s"))
		time.Sleep(2 * pollEvery)
		if d := o.get("a.chat"); first.told() == nil || d.State != uptime.DeliveryQueued && d.Held != uptime.HeldChannelIsGone {
			t.Errorf("%v, %+v", first.told(), d)
		}
		if d := o.get("a.s"); d.State != uptime.DeliveryQueued || d.Attempt != 0 {
			t.Errorf("without a mail sender the mail is %+v", d)
		}
		c.Configure(map[string]ChannelSetup{"pager": {Sender: second}, "chat": {Sender: second}}, second, nil)
		o.owe(news("b", "i", uptime.NewsOfState), channelTo("pager"), channelTo("chat"))
		c.Wake()
		synctest.Wait()
		got := second.told()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"a.s=went_down", "b.chat=update", "b.pager=update"}, got); diff != "" {
			t.Errorf("the new ones (-want +got):\n%s", diff)
		}
		stop()
	})
}

func TestWhatWaitsForAChannelThatIsGoneIsHeld(t *testing.T) {
	for name, before := range map[string]bool{"since the start": false, "since before it": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, s := &fakeOutbox{}, &fakeSender{}
				c := NewCourier(o, CourierOptions{})
				if !before {
					c.Configure(map[string]ChannelSetup{"pager": {Sender: s}, "chat": {Sender: s}}, nil, nil)
				}
				stop := begin(c)
				synctest.Wait()
				c.Configure(map[string]ChannelSetup{"pager": {Sender: s}}, nil, nil)
				synctest.Wait()
				for n := range 3 {
					o.owe(news(fmt.Sprint(n), "i", uptime.NewsOfState), channelTo("chat"), channelTo("pager"))
				}
				time.Sleep(sweepEvery)
				synctest.Wait()
				stop()
				if got := o.states(); got[uptime.DeliveryHeld] != 3 || got[uptime.DeliveryAccepted] != 3 {
					t.Errorf("deliveries are %v", got)
				}
				if d := o.get("0.chat"); d.Held != uptime.HeldChannelIsGone {
					t.Errorf("held by %s", d.Held)
				}
			})
		})
	}
}

func TestADeadChannelIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		works := false
		s := &fakeSender{answer: func(context.Context, notice.Message) error {
			if works {
				return nil
			}
			return &Refusal{Reply: "403 forbidden", Permanent: true}
		}}
		var dead []string
		c := only(NewCourier(o, CourierOptions{OnDead: func(d uptime.Delivery) {
			dead = append(dead, d.ID+" "+string(d.State)+" "+d.Error)
		}}), "pager", s)
		stop := begin(c)
		tell := func(id string, reason uptime.NoticeReason) {
			o.owe(news(id, uptime.IncidentID(id), reason), channelTo("pager"))
			c.Wake()
			synctest.Wait()
		}
		tell("a", uptime.ChannelDead)
		tell("b", uptime.WentDown)
		tell("c", uptime.WentDown)
		works = true
		tell("d", uptime.WentDown)
		works = false
		tell("e", uptime.WentDown)
		stop()
		if diff := cmp.Diff([]string{"b.pager dead 403 forbidden", "e.pager dead 403 forbidden"}, dead); diff != "" {
			t.Error(diff)
		}
	})
}
