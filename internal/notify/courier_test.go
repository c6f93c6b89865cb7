package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/store/storetest"
	"github.com/upheld/upheld/internal/uptime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeOutbox is an outbox in memory, with faults to order.
type fakeOutbox struct {
	mu       sync.Mutex
	rows     []*row
	claimErr error
	sentErr  error
}

type row struct {
	notice  uptime.Notice
	due     time.Time
	attempt int
	state   string // "", sent, dead
	why     string
}

func (o *fakeOutbox) ClaimNotices(_ context.Context, now time.Time, lease time.Duration, limit int) (out []uptime.Delivery, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.rows {
		if r.state == "" && !r.due.After(now) && len(out) < limit && o.claimErr == nil {
			r.due, r.attempt = now.Add(lease), r.attempt+1
			out = append(out, uptime.Delivery{Notice: r.notice, Attempt: r.attempt})
		}
	}
	return out, o.claimErr
}

func (o *fakeOutbox) NoticeSent(_ context.Context, d uptime.Delivery, _ time.Time) error {
	return o.settle(d, o.sentErr, func(r *row) { r.state = "sent" })
}

func (o *fakeOutbox) NoticeFailed(_ context.Context, d uptime.Delivery, why string, _, again time.Time) error {
	return o.settle(d, nil, func(r *row) {
		r.due, r.why = again, why
		if again.IsZero() {
			r.state = "dead"
		}
	})
}

func (o *fakeOutbox) settle(d uptime.Delivery, err error, act func(*row)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.rows {
		if r.notice.ID == d.Notice.ID && err == nil {
			if r.attempt != d.Attempt {
				return uptime.ErrConflict
			}
			act(r)
		}
	}
	return err
}

// fakeChannel answers each attempt with what it is told to, and notes it.
type fakeChannel struct {
	answer func(d uptime.Delivery) error
	sent   []string
	at     []time.Time
}

func (c *fakeChannel) Send(_ context.Context, d uptime.Delivery) error {
	c.sent, c.at = append(c.sent, d.Notice.ID), append(c.at, time.Now())
	return c.answer(d)
}

func delivered(uptime.Delivery) error { return nil }

// run runs a courier for a while of virtual time.
func run(outbox Outbox, channel Channel, log *slog.Logger, d time.Duration) {
	c := NewCourier(outbox, log)
	c.channel = channel
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	c.Run(ctx)
}

func owed(ids ...string) *fakeOutbox {
	o := &fakeOutbox{}
	for _, id := range ids {
		o.rows = append(o.rows, &row{notice: uptime.Notice{ID: id, Reason: uptime.WentDown, Summary: "Sign-in is down"}})
	}
	return o
}

var discard = slog.New(slog.DiscardHandler)

func TestEverythingOwedIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox, channel := owed("a", "b", "c", "d", "e", "f", "g"), &fakeChannel{answer: delivered}
		run(outbox, channel, discard, time.Hour)
		if diff := cmp.Diff([]string{"a", "b", "c", "d", "e", "f", "g"}, channel.sent); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

func TestPatienceHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox, channel := owed("a"), &fakeChannel{answer: func(uptime.Delivery) error { return errors.New("no route") }}
		var told bytes.Buffer
		run(outbox, channel, slog.New(slog.NewTextHandler(&told, nil)), 48*time.Hour)
		if len(channel.at) != len(waits)+1 {
			t.Fatalf("%d attempts, want %d", len(channel.at), len(waits)+1)
		}
		for i, wait := range waits {
			got := channel.at[i+1].Sub(channel.at[i])
			if got < wait*4/5 || got > wait*6/5+pollEvery {
				t.Errorf("attempt %d came after %s, want %s and a fifth", i+2, got, wait)
			}
		}
		if r := outbox.rows[0]; r.state != "dead" || r.why != "no route" {
			t.Errorf("the notice is %+v", r)
		}
		if !strings.Contains(told.String(), "given up") || !strings.Contains(told.String(), "level=ERROR") {
			t.Errorf("nobody was told:\n%s", told.String())
		}
	})
}

func TestOneThatFailsHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox := owed("bad", "good")
		channel := &fakeChannel{answer: func(d uptime.Delivery) error {
			if d.Notice.ID == "bad" && d.Attempt < 3 {
				panic("a bug")
			}
			return nil
		}}
		run(outbox, channel, discard, time.Minute)
		if diff := cmp.Diff([]string{"bad", "good", "bad", "bad"}, channel.sent); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if outbox.rows[0].state != "sent" || outbox.rows[0].why != "a bug in the channel: a bug" {
			t.Errorf("the notice is %+v", outbox.rows[0])
		}
	})
}

// What was sent and could not be settled is sent again, under its id.
func TestAtLeastOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox := owed("a")
		outbox.sentErr = errors.New("disk full")
		channel := &fakeChannel{answer: func(d uptime.Delivery) error {
			if d.Attempt == 3 {
				outbox.sentErr = nil
			}
			return nil
		}}
		run(outbox, channel, discard, time.Hour)
		if diff := cmp.Diff([]string{"a", "a", "a"}, channel.sent); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if gap := channel.at[1].Sub(channel.at[0]); gap < lease {
			t.Errorf("sent again after %s, within the lease", gap)
		}
	})
}

// A notice whose attempts all ended with the process is not tried for ever.
func TestAPoisonedNoticeIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox, channel := owed("a"), &fakeChannel{answer: delivered}
		outbox.rows[0].attempt = poisoned
		run(outbox, channel, discard, time.Minute)
		if outbox.rows[0].state != "dead" || len(channel.sent) != 0 {
			t.Errorf("the notice is %+v, sent %v", outbox.rows[0], channel.sent)
		}
	})
}

func TestStoppingGivesBackWhatWasClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox := owed("a", "b", "c")
		outbox.rows[2].attempt = len(waits) // its last: a stop is no failure
		ctx, cancel := context.WithCancel(t.Context())
		c := NewCourier(outbox, discard)
		c.channel = &fakeChannel{answer: func(uptime.Delivery) error { cancel(); return nil }}
		c.Run(ctx)
		if outbox.rows[0].state != "sent" {
			t.Errorf("the one that was under way is %+v", outbox.rows[0])
		}
		for _, r := range outbox.rows[1:] {
			if r.state != "" || r.due.After(time.Now()) {
				t.Errorf("%s waits until %s for the next courier", r.notice.ID, r.due)
			}
		}
	})
}

func TestWakeAndTroubleWithTheOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox, channel := owed(), &fakeChannel{answer: delivered}
		outbox.claimErr = errors.New("database is locked")
		var told bytes.Buffer
		c := NewCourier(outbox, slog.New(slog.NewTextHandler(&told, nil)))
		c.channel = channel
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go c.Run(ctx)
		time.Sleep(time.Minute)
		outbox.mu.Lock()
		outbox.claimErr = nil
		outbox.mu.Unlock()
		time.Sleep(pollEvery)
		synctest.Wait()
		if n := strings.Count(told.String(), "cannot be read"); n != 1 || !strings.Contains(told.String(), "is read again") {
			t.Errorf("told %d times:\n%s", n, told.String())
		}

		time.Sleep(time.Second) // between two polls
		outbox.mu.Lock()
		outbox.rows = owed("a").rows
		outbox.mu.Unlock()
		for range 3 {
			c.Wake()
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"a"}, channel.sent); diff != "" {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		cancel()
		synctest.Wait()
	})
}

func TestOperatorLog(t *testing.T) {
	at := time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)
	for reason, want := range map[uptime.NoticeReason]string{
		uptime.WentDown:    `level=WARN msg="Sign-in is down" notice=n1 reason=went_down written=2026-03-07T12:00:00.000Z incident=i1`,
		uptime.WentBlind:   `level=WARN msg="Sign-in is down" notice=n1 reason=went_blind written=2026-03-07T12:00:00.000Z incident=i1`,
		uptime.Recovered:   `level=INFO msg="Sign-in is down" notice=n1 reason=recovered written=2026-03-07T12:00:00.000Z incident=i1`,
		uptime.SeesAgain:   `level=INFO msg="Sign-in is down" notice=n1 reason=sees_again written=2026-03-07T12:00:00.000Z incident=i1`,
		uptime.NewsOfState: `level=INFO msg="Sign-in is down" notice=n1 reason=update written=2026-03-07T12:00:00.000Z incident=i1`,
	} {
		var told bytes.Buffer
		noTime := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		channel := Types["log"](slog.New(slog.NewTextHandler(&told, &slog.HandlerOptions{ReplaceAttr: noTime})))
		n := uptime.Notice{ID: "n1", At: at, Reason: reason, Incident: "i1", Summary: "Sign-in is down"}
		if err := channel.Send(t.Context(), uptime.Delivery{Notice: n, Attempt: 1}); err != nil {
			t.Error(err)
		}
		if got := strings.TrimSpace(told.String()); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", reason, got, want)
		}
	}
	full := Types["log"](slog.New(slog.NewTextHandler(fullDisk{}, nil)))
	if err := full.Send(t.Context(), uptime.Delivery{}); err == nil {
		t.Error("a line that was not written counts as sent")
	}
	silent := Types["log"](slog.New(slog.NewTextHandler(fullDisk{}, &slog.HandlerOptions{Level: slog.LevelError})))
	if err := silent.Send(t.Context(), uptime.Delivery{}); err != nil {
		t.Errorf("a line that nobody asked for: %v", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// The real outbox: a channel that fails at first, a restart in the middle, and
// in the end every notice told in order, none waiting.
func TestWithTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := storetest.Open(t, storetest.SQLite(t))
		var notices []uptime.Notice
		for i := range 4 {
			incident := uptime.IncidentID(fmt.Sprintf("i%d", i))
			notices = append(notices,
				uptime.Notice{ID: fmt.Sprintf("down-%d", i), At: time.Now(), Reason: uptime.WentDown, Incident: incident},
				uptime.Notice{ID: fmt.Sprintf("up-%d", i), At: time.Now(), Reason: uptime.Recovered, Incident: incident})
		}
		if err := db.Apply(t.Context(), uptime.Changes{Outbox: notices}); err != nil {
			t.Fatal(err)
		}
		told := map[string]time.Time{}
		channel := &fakeChannel{answer: func(d uptime.Delivery) error {
			if d.Attempt < 3 {
				return errors.New("not yet")
			}
			told[d.Notice.ID] = time.Now()
			return nil
		}}
		run(db, channel, discard, 20*time.Second)
		run(db, channel, discard, 3*time.Minute)
		for i := range 4 {
			down, up := told[fmt.Sprintf("down-%d", i)], told[fmt.Sprintf("up-%d", i)]
			if down.IsZero() || up.IsZero() || up.Before(down) {
				t.Errorf("incident %d: down at %s, up at %s", i, down, up)
			}
		}
		if backlog, err := db.Backlog(t.Context()); err != nil || backlog != (uptime.Backlog{}) {
			t.Errorf("backlog is %+v (%v)", backlog, err)
		}
	})
}
