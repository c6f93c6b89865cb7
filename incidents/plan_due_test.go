package incidents

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

func TestWorkBeginsAndEndsAtItsTimes(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	from, to := p.Now().From, p.Now().To
	d.at(from.Add(-time.Millisecond)).tick()
	if got := d.book.plans[p.ID].Phase; got != uptime.Scheduled {
		t.Errorf("before its start it is %s", got)
	}
	d.at(from.Add(2 * time.Second)).tick()
	if p = d.book.plans[p.ID]; p.Phase != uptime.InProgress || !p.StartedAt.Equal(from) {
		t.Errorf("%+v", p)
	}
	d.at(to.Add(time.Second)).tick()
	if p = d.book.plans[p.ID]; p.Phase != uptime.Completed || !p.FinishedAt.Equal(to) || p.Sequence() != 0 {
		t.Errorf("%+v", p)
	}
	for _, u := range p.Updates {
		if strings.Contains(u.Body, "late") || !u.Automatic {
			t.Errorf("%+v", u)
		}
	}
}

func TestWhatIsDownAtItsEndOverruns(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(func(w *Work) { w.Components = []uptime.ComponentID{"api", "sign-in"} })
	to := p.Now().To
	d.at(p.Now().From).tick()
	d.down["api"] = true
	for range 3 {
		d.at(to.Add(time.Minute)).tick()
	}
	n := d.last()
	if n.Reason != uptime.PlanOverruns || n.Audience != nil || !strings.HasSuffix(n.Summary, "and not done: API is down") {
		t.Errorf("%+v", n)
	}
	p = d.book.plans[p.ID]
	if p.Phase != uptime.InProgress || !strings.Contains(p.Updates[len(p.Updates)-1].Body, "API is down") {
		t.Errorf("%+v", p)
	}
	d.down["api"] = false
	d.at(to.Add(4 * time.Minute)).tick()
	p = d.book.plans[p.ID]
	if p.Phase != uptime.Completed || !p.FinishedAt.Equal(d.now) || !strings.Contains(p.Updates[len(p.Updates)-1].Body, "4 min after its end") {
		t.Errorf("%+v", p)
	}
	want := []uptime.NoticeReason{uptime.PlanAnnounced, uptime.PlanStarted, uptime.PlanOverruns, uptime.PlanFinished}
	if diff := cmp.Diff(want, d.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestAnOverrunOfWhatIsCriticalIsToldInQuietHours(t *testing.T) {
	for component, want := range map[uptime.ComponentID]uptime.HoldReason{"sign-in": "", "mail": uptime.HeldQuietHours} {
		d := newPlanDesk(t)
		d.rules.Channels[0].Quiet = quietAllDay()
		p := d.announced(func(w *Work) { w.Components = []uptime.ComponentID{component} })
		d.at(p.Now().From).tick()
		if n := d.last(); n.Channels[0].Held != uptime.HeldQuietHours {
			t.Errorf("the start is held %q", n.Channels[0].Held)
		}
		d.down[component] = true
		d.at(p.Now().To).tick()
		if n := d.last(); n.Reason != uptime.PlanOverruns || n.Channels[0].Held != want {
			t.Errorf("of %s: %s held %q, want %q", component, n.Reason, n.Channels[0].Held, want)
		}
	}
}

// A process that was stopped for the whole window tells of it honestly.
func TestAWindowThatWentByUnseenIsCaughtUp(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	from, to := p.Now().From, p.Now().To
	d.at(to.Add(3 * time.Hour)).tick()
	p = d.book.plans[p.ID]
	if p.Phase != uptime.Completed || !p.StartedAt.Equal(from) || !p.FinishedAt.Equal(to) || len(p.Updates) != 2 {
		t.Fatalf("%+v", p)
	}
	for _, u := range p.Updates {
		if !strings.Contains(u.Body, "told late") || !u.At.Equal(d.now) {
			t.Errorf("%+v", u)
		}
	}
	want := []uptime.NoticeReason{uptime.PlanAnnounced, uptime.PlanStarted, uptime.PlanFinished}
	if diff := cmp.Diff(want, d.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestReminders(t *testing.T) {
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		ahead time.Duration   // when it is announced, before its start
		ticks []time.Duration // when it is asked, before its start
		want  string
	}{
		"all three":                              {8 * day, []time.Duration{7 * day, 3 * day, day, day - time.Minute, time.Hour, time.Minute}, "168h 24h 1h"},
		"none before the announcement":           {2 * day, []time.Duration{2*day - time.Minute, day, time.Hour}, "24h 1h"},
		"none at the announcement itself":        {7 * day, []time.Duration{7*day - time.Second, day}, "24h"},
		"half an hour late":                      {2 * day, []time.Duration{day - 30*time.Minute}, "24h"},
		"later":                                  {2 * day, []time.Duration{day - 31*time.Minute}, ""},
		"the only one, however late":             {90 * time.Minute, []time.Duration{5 * time.Minute}, "1h"},
		"away for two: the newest alone":         {8 * day, []time.Duration{time.Hour - time.Minute}, "1h"},
		"announced too late for any":             {30 * time.Minute, []time.Duration{20 * time.Minute, time.Minute}, ""},
		"asked again and again within its time":  {2 * day, []time.Duration{day, day - time.Second, day - 2*time.Second}, "24h"},
		"of the last one late, others were told": {2 * day, []time.Duration{day, 20 * time.Minute}, "24h"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newPlanDesk(t)
			d.rules.Catalogue.Policies = nil
			start := noon.Add(test.ahead)
			p := d.announced(func(w *Work) { w.From, w.To = start, start.Add(time.Hour) })
			for _, before := range test.ticks {
				d.at(start.Add(-before)).tick()
			}
			var got []string
			for _, n := range d.book.notices[1:] {
				if n.Reason != uptime.PlanSoon {
					t.Errorf("told %s", n.Reason)
				}
				got = append(got, strings.TrimPrefix(n.ID, string(p.ID)+"-soon-0-"))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("reminded of %v, want %s", got, test.want)
			}
		})
	}
}

func TestARevisionIsRemindedOfAnew(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	d.at(p.Now().From.Add(-24 * time.Hour)).tick()
	d.now = d.now.Add(time.Minute)
	p = d.kept(d.Revise(t.Context(), editor, p.ID, Move{From: p.Now().From.Add(48 * time.Hour)}, 0, nil))
	d.at(p.Now().From.Add(-24 * time.Hour)).tick()
	want := []uptime.NoticeReason{uptime.PlanAnnounced, uptime.PlanSoon, uptime.PlanRevised, uptime.PlanSoon}
	if diff := cmp.Diff(want, d.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// sameZone compares zones, which hold what cannot be compared.
var sameZone = cmp.Comparer(func(a, b *time.Location) bool { return a == b })

// However often it is decided, and by whom: what time does is told once.
func TestDecidedTwiceIsToldOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newPlanDesk(t)
		p := d.announced(nil)
		for range rapid.IntRange(1, 20).Draw(rt, "ticks") {
			d.now = d.now.Add(time.Duration(rapid.IntRange(0, 600).Draw(rt, "minutes")) * time.Minute)
			d.down["sign-in"] = rapid.Bool().Draw(rt, "down")
			first := DuePlans(d.book.open(), d.down, d.rules, d.now)
			if diff := cmp.Diff(first, DuePlans(d.book.open(), d.down, d.rules, d.now), sameZone); diff != "" {
				rt.Fatalf("decided otherwise (-first +second):\n%s", diff)
			}
			if err := d.book.Apply(t.Context(), first); err != nil {
				rt.Fatal(err)
			}
			if err := d.book.Apply(t.Context(), first); len(first.Plans) > 0 && !errors.Is(err, uptime.ErrConflict) {
				rt.Fatalf("applied twice: %v", err)
			}
			d.tick()
		}
		count := map[uptime.NoticeReason]int{}
		for _, n := range d.book.notices {
			count[n.Reason]++
		}
		p = d.book.plans[p.ID]
		for _, reason := range []uptime.NoticeReason{uptime.PlanStarted, uptime.PlanOverruns, uptime.PlanFinished} {
			if count[reason] > 1 {
				rt.Fatalf("%s told %d times", reason, count[reason])
			}
		}
		if (p.Phase == uptime.Completed) != (count[uptime.PlanFinished] == 1) || (p.Phase == uptime.Scheduled) != (count[uptime.PlanStarted] == 0) {
			rt.Fatalf("%s, told %v", p.Phase, count)
		}
	})
}
