package notify

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

const window30 = 30 * time.Second

// watched runs a courier with one channel that has a window, and the test
// beside it.
func watched(t *testing.T, test func(o *fakeOutbox, s *fakeSender, wake func())) {
	synctest.Test(t, func(t *testing.T) {
		o, s := &fakeOutbox{}, &fakeSender{}
		c := NewCourier(o, CourierOptions{})
		c.Configure(map[string]ChannelSetup{"pager": {Sender: s, Group: window30}}, nil, nil)
		stop := begin(c)
		synctest.Wait()
		test(o, s, c.Wake)
		stop()
	})
}

func TestAStormIsFewMessages(t *testing.T) {
	t.Parallel()
	watched(t, func(o *fakeOutbox, s *fakeSender, wake func()) {
		begun := time.Now()
		// All within one interval of 30 s, and back within the next.
		for _, reason := range []uptime.NoticeReason{uptime.WentDown, uptime.Recovered} {
			for n := range 500 {
				for i := range 10 {
					incident := uptime.IncidentID(fmt.Sprint("i", 10*n+i))
					o.owe(news(fmt.Sprint(reason, incident), incident, reason), channelTo("pager"))
				}
				wake()
				time.Sleep(60 * time.Millisecond)
			}
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := o.states(); got[uptime.DeliveryAccepted] != 10_000 {
			t.Errorf("deliveries are %v", got)
		}
		if first := s.taken[0].at.Sub(begun); first > 2*time.Second {
			t.Errorf("the first was told after %s", first)
		}
		for i := 1; i < len(s.taken); i++ {
			if gap := s.taken[i].at.Sub(s.taken[i-1].at); gap < window30 {
				t.Errorf("two messages within %s: %s, %s", gap, s.taken[i-1].m.Reason, s.taken[i].m.Reason)
			}
		}
		if len(s.taken) > 6 {
			t.Errorf("%d messages", len(s.taken))
		}
	})
}

func TestAWindowHoldsBackOtherIncidentsAlone(t *testing.T) {
	watched(t, func(o *fakeOutbox, s *fakeSender, wake func()) {
		begun := time.Now()
		for _, step := range []struct {
			after    time.Duration
			id       string
			incident uptime.IncidentID
			reason   uptime.NoticeReason
		}{
			{0, "a1", "a", uptime.WentDown},
			{3 * time.Second, "a2", "a", uptime.NewsOfState}, // the one it told last: at once
			{3 * time.Second, "b1", "b", uptime.WentDown},    // waits
			{3 * time.Second, "t", "", uptime.TestOfChannel}, // about none: at once
			{3 * time.Second, "a3", "a", uptime.NewsOfState}, // at once, still
			{3 * time.Second, "c1", "c", uptime.WentDown},    // waits with b
			{60 * time.Second, "a4", "a", uptime.Recovered},  // the next window is over
			{6 * time.Second, "d1", "d", uptime.WentDown},    // and this one opened it again
		} {
			time.Sleep(step.after)
			o.owe(news(step.id, step.incident, step.reason), channelTo("pager"))
			wake()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		var got []string
		for _, a := range s.taken {
			got = append(got, fmt.Sprintf("%s %s=%s", a.at.Sub(begun).Truncate(time.Second), a.m.ID, a.m.Reason))
		}
		if diff := cmp.Diff([]string{
			"0s a1.pager=went_down", "3s a2.pager=update", "10s t.pager=test", "13s a3.pager=update",
			"30s c1.pager=digest", "75s a4.pager=recovered", "105s d1.pager=went_down",
		}, roughly(got)); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// roughly allows for the second that a desk waits in a storm.
func roughly(got []string) []string {
	for i, line := range got {
		var after, rest string
		fmt.Sscanf(line, "%s %s", &after, &rest)
		if d, err := time.ParseDuration(after); err == nil {
			for _, round := range []time.Duration{10 * time.Second, 13 * time.Second} {
				if d == round-time.Second {
					d = round
				}
			}
			got[i] = fmt.Sprintf("%ds %s", int(d.Seconds()), rest)
		}
	}
	return got
}

func TestASlowHostLeavesWorkersToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		busy := map[string]int{}
		slow := &fakeSender{}
		mostOfOne := 0
		slow.answer = func(ctx context.Context, m notice.Message) error {
			if m.To.ID[0] == 'g' {
				return nil
			}
			slow.mu.Lock()
			host := hostOf(m.To)
			busy[host]++
			mostOfOne = max(mostOfOne, busy[host])
			slow.mu.Unlock()
			defer func() { slow.mu.Lock(); busy[host]--; slow.mu.Unlock() }()
			return hangs(time.Hour)(ctx, m)
		}
		n := news("n", "i", uptime.WentDown)
		for i := range 1000 {
			o.owe(n, webhookTo(fmt.Sprintf("s%d", i), "slow.example"))
		}
		for i := range 100 {
			o.owe(n, webhookTo(fmt.Sprintf("g%d", i), fmt.Sprintf("good%d.example", i)))
		}
		c := NewCourier(o, CourierOptions{})
		c.Configure(nil, nil, slow)
		begun := time.Now()
		work(c, 10*time.Minute)
		if len(slow.taken) != 100 {
			t.Fatalf("%d good ones were told", len(slow.taken))
		}
		if last := slow.taken[99].at.Sub(begun); last > pollEvery {
			t.Errorf("the last good one was told after %s", last)
		}
		if mostOfOne > perHost {
			t.Errorf("%d calls of one host at a time", mostOfOne)
		}
		for _, d := range o.rows {
			if d.Recipient.ID[0] == 's' && (d.State != uptime.DeliveryQueued || d.Attempt > 4) {
				t.Fatalf("%s is %s after %d attempts", d.ID, d.State, d.Attempt)
			}
		}
	})
}

// Many hosts that answer nothing are known as such after their first time; then
// they share half of the workers.
func TestManySlowHostsLeaveHalfOfTheWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		s := &fakeSender{}
		s.answer = func(ctx context.Context, m notice.Message) error {
			if m.To.ID[0] == 'g' {
				return nil
			}
			return hangs(time.Hour)(ctx, m)
		}
		c := NewCourier(o, CourierOptions{})
		c.Configure(nil, nil, s)
		stop := begin(c)
		for i := range 200 {
			o.owe(news("n", "i", uptime.WentDown), webhookTo(fmt.Sprintf("s%d", i), fmt.Sprintf("slow%d.example", i)))
		}
		c.Wake()
		time.Sleep(10 * time.Minute)
		begun := time.Now()
		for i := range 200 {
			o.owe(news("m", "j", uptime.WentDown), webhookTo(fmt.Sprintf("s%d", i), fmt.Sprintf("slow%d.example", i)))
		}
		for i := range 100 {
			o.owe(news("m", "j", uptime.WentDown), webhookTo(fmt.Sprintf("g%d", i), fmt.Sprintf("good%d.example", i)))
		}
		c.Wake()
		time.Sleep(pollEvery)
		synctest.Wait()
		if len(s.taken) != 100 {
			t.Errorf("%d of 100 good ones were told after %s", len(s.taken), time.Since(begun))
		}
		stop()
	})
}

func TestMailAndOperatorsDoNotWaitForWebhooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, hook, mail, pager := &fakeOutbox{}, &fakeSender{answer: hangs(time.Hour)}, &fakeSender{}, &fakeSender{}
		n := news("n", "i", uptime.WentDown)
		for i := range 2000 {
			o.owe(n, webhookTo(fmt.Sprintf("w%d", i), fmt.Sprintf("h%d.example", i)))
		}
		for i := range 2000 {
			o.owe(n, mailTo(fmt.Sprintf("m%d", i)))
		}
		o.owe(n, channelTo("pager"), channelTo("stuck"))
		c := NewCourier(o, CourierOptions{})
		c.Configure(map[string]ChannelSetup{"pager": {Sender: pager}, "stuck": {Sender: hook}}, mail, hook)
		begun := time.Now()
		work(c, time.Minute)
		if len(pager.taken) != 1 || pager.taken[0].at.Sub(begun) > time.Second {
			t.Errorf("the pager took %+v", pager.taken)
		}
		if len(mail.taken) != 2000 || mail.taken[1999].at.Sub(begun) > pollEvery {
			t.Errorf("%d mails", len(mail.taken))
		}
	})
}

// A crash is a courier whose words are no longer written: whatever it has sent
// may come again, and then it is the same message under the same id.
func TestAfterCrashesADuplicateHasTheSameID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, got := &fakeOutbox{}, map[string]string{}
		toldIn := map[string]string{} // delivery → message
		s := &fakeSender{}
		s.answer = func(_ context.Context, m notice.Message) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			var content string
			for _, d := range m.Deliveries {
				content += d.ID + " "
				if before, known := toldIn[d.ID]; known && before != m.ID {
					t.Errorf("%s was told in %s, and again in %s", d.ID, before, m.ID)
				}
				toldIn[d.ID] = m.ID
			}
			if before, known := got[m.ID]; known && before != content {
				t.Errorf("%s was %s, and then %s", m.ID, before, content)
			}
			got[m.ID] = content
			return nil
		}
		random := rand.New(rand.NewPCG(1, 2))
		to := []uptime.Recipient{channelTo("pager"), mailTo("m1"), mailTo("m2"), webhookTo("w1", "h1"), webhookTo("w2", "h2")}
		owed := 0
		for life := range 30 {
			dies := &dyingOutbox{fakeOutbox: o, after: random.IntN(6)}
			c := NewCourier(dies, CourierOptions{})
			c.Configure(map[string]ChannelSetup{"pager": {Sender: s}}, s, s)
			for range random.IntN(6) {
				owed++
				reason := []uptime.NoticeReason{uptime.WentDown, uptime.NewsOfState, uptime.Recovered}[random.IntN(3)]
				o.owe(news(fmt.Sprintf("n%03d", owed), uptime.IncidentID(fmt.Sprint("i", random.IntN(5))), reason), to...)
			}
			work(c, time.Duration(life%3)*45*time.Second+time.Second)
		}
		c := NewCourier(o, CourierOptions{})
		c.Configure(map[string]ChannelSetup{"pager": {Sender: s}}, s, s)
		work(c, 5*time.Minute)
		if states := o.states(); states[uptime.DeliveryAccepted] != owed*len(to) || len(toldIn) != owed*len(to) {
			t.Errorf("%d notices to %d, deliveries %v, told of %d", owed, len(to), states, len(toldIn))
		}
		order(t, s)
	})
}

// dyingOutbox takes so many settlements, and then no more.
type dyingOutbox struct {
	*fakeOutbox
	after int
}

func (o *dyingOutbox) Settle(ctx context.Context, s []uptime.Settlement) (int, error) {
	o.mu.Lock()
	dead := o.after <= 0
	o.after--
	o.mu.Unlock()
	if dead {
		return 0, context.Canceled
	}
	return o.fakeOutbox.Settle(ctx, s)
}

// order fails where a recipient was told something about an incident after what
// was owed later, unless it was told that before.
func order(t *testing.T, s *fakeSender) {
	t.Helper()
	newest, known := map[string]int64{}, map[string]bool{}
	for _, a := range s.taken {
		for _, d := range a.m.Deliveries {
			thread := d.Recipient.ID + "/" + string(d.Notice.Incident)
			if !known[d.ID] && d.Seq < newest[thread] {
				t.Errorf("%s came after what was owed later", d.ID)
			}
			known[d.ID] = true
			newest[thread] = max(newest[thread], d.Seq)
		}
	}
}

// moody is a kind of bad luck, for six hours; afterwards it is well.
type moody func(ctx context.Context, m notice.Message) error

func moods(random *rand.Rand) map[string]moody {
	var turn sync.Mutex // several send at a time
	flaky := func(_ context.Context, _ notice.Message) error {
		turn.Lock()
		defer turn.Unlock()
		if random.IntN(2) == 0 {
			return errNotNow
		}
		return nil
	}
	return map[string]moody{
		"well":   func(context.Context, notice.Message) error { return nil },
		"flaky":  flaky,
		"silent": hangs(time.Hour),
		"drips":  hangs(29 * time.Second),
		"refuse": func(context.Context, notice.Message) error { return errNotNow },
		"500":    func(context.Context, notice.Message) error { return &Refusal{Reply: "500"} },
		"429":    func(context.Context, notice.Message) error { return &Refusal{Reply: "429", After: 90 * time.Second} },
		"410":    func(context.Context, notice.Message) error { return &Refusal{Reply: "410", Gone: true} },
		"panics": func(context.Context, notice.Message) error { panic("a bug") },
	}
}

func TestSixHoursOfBadSinks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, senders := &fakeOutbox{}, map[string]*fakeSender{}
		c := NewCourier(o, CourierOptions{})
		begun := time.Now()
		channels, hook := map[string]ChannelSetup{}, map[string]*fakeSender{}
		var to []uptime.Recipient
		for name, mood := range moods(rand.New(rand.NewPCG(3, 4))) {
			answer := func(ctx context.Context, m notice.Message) error {
				if time.Since(begun) > 6*time.Hour && name != "410" {
					return nil
				}
				return mood(ctx, m)
			}
			senders[name], hook["w-"+name] = &fakeSender{answer: answer}, &fakeSender{answer: answer}
			channels[name] = ChannelSetup{Sender: senders[name]}
			to = append(to, channelTo(name), webhookTo("w-"+name, name+".example"))
		}
		c.Configure(channels, nil, byID(hook))
		owed := map[string]time.Time{}
		go func() {
			for n := range 12 { // an outage every half hour
				incident := uptime.IncidentID(fmt.Sprint("i", n))
				for _, reason := range []uptime.NoticeReason{uptime.WentDown, uptime.NewsOfState, uptime.Recovered} {
					id := fmt.Sprintf("n%02d-%s", n, reason)
					owed[id] = time.Now()
					o.owe(news(id, incident, reason), to...)
					c.Wake()
					time.Sleep(10 * time.Minute)
				}
			}
		}()
		finish(c, o, 36*time.Hour)
		for _, d := range o.rows {
			gone := d.Recipient.ID == "410" || d.Recipient.ID == "w-410"
			if want := uptime.DeliveryAccepted; !gone && d.State != want || gone && d.State != uptime.DeliveryDead {
				t.Errorf("%s is %s after %d attempts: %s", d.ID, d.State, d.Attempt, d.Error)
			}
		}
		for name, s := range senders {
			order(t, s)
			order(t, hook["w-"+name])
		}
		for _, s := range []*fakeSender{senders["well"], hook["w-well"]} {
			for _, a := range s.taken {
				if late := a.at.Sub(owed[a.m.Notices[0].ID]); late > pollEvery {
					t.Errorf("%s came %s late", a.m.ID, late)
				}
			}
			if tries, taken := s.count(); tries != 36 || taken != 36 {
				t.Errorf("well: %d tries, %d messages", tries, taken)
			}
		}
	})
}

// byID sends with the sender of the recipient.
type byID map[string]*fakeSender

func (s byID) Send(ctx context.Context, m notice.Message) (Receipt, error) {
	return s[m.To.ID].Send(ctx, m)
}
