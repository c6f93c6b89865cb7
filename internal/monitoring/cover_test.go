package monitoring

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// workOn is published work on components, from and to so many minutes after a
// time.
func workOn(base time.Time, from, to int, components ...uptime.ComponentID) uptime.Plan {
	at := func(minutes int) time.Time { return base.Add(time.Duration(minutes) * time.Minute) }
	return uptime.Plan{
		ID: uptime.PlanID(fmt.Sprintf("work-%d-%d-%s", from, to, components)), Kind: uptime.MaintenanceWork, Title: "Work", Body: "b", Components: components,
		Phase: uptime.InProgress, CreatedAt: base.Add(-48 * time.Hour), PublishedAt: base.Add(-48 * time.Hour), StartedAt: at(from), Version: 1,
		Revisions: []uptime.Revision{{At: base.Add(-48 * time.Hour), From: at(from), To: at(to)}},
	}
}

// An outage of shop from minute 20 on, under work on it from 10 to 60.
func TestAnOutageUnderAnnouncedWorkOpensNoIncident(t *testing.T) {
	for name, test := range map[string]struct {
		alter func(base time.Time, p *uptime.Plan)
		upAt  int // minutes; 0: never
		want  int // when the incident began, in minutes; 0: there is none
	}{
		"over before its end":          {nil, 50, 0},
		"lasts on":                     {nil, 0, 60},
		"of another component":         {func(_ time.Time, p *uptime.Plan) { p.Components = []uptime.ComponentID{"mail"} }, 0, 20},
		"a draft":                      {func(_ time.Time, p *uptime.Plan) { p.PublishedAt = time.Time{} }, 0, 20},
		"a change":                     {func(_ time.Time, p *uptime.Plan) { p.Kind = uptime.Release }, 0, 20},
		"that no tick has begun":       {func(_ time.Time, p *uptime.Plan) { p.Phase, p.StartedAt = uptime.Scheduled, time.Time{} }, 0, 60},
		"being verified":               {func(_ time.Time, p *uptime.Plan) { p.Phase = uptime.Verifying }, 0, 60},
		"began before the work":        {func(base time.Time, p *uptime.Plan) { p.Revisions[0].From = base.Add(21 * time.Minute) }, 0, 20},
		"began at its very start":      {func(base time.Time, p *uptime.Plan) { p.Revisions[0].From = base.Add(20 * time.Minute) }, 0, 60},
		"began at its very end":        {func(base time.Time, p *uptime.Plan) { p.Revisions[0].To = base.Add(20 * time.Minute) }, 0, 20},
		"called off before it":         {func(base time.Time, p *uptime.Plan) { calledOff(p, base.Add(5*time.Minute)) }, 0, 20},
		"called off before the outage": {func(base time.Time, p *uptime.Plan) { calledOff(p, base.Add(15*time.Minute)) }, 0, 20},
		"called off after it":          {func(base time.Time, p *uptime.Plan) { calledOff(p, base.Add(40*time.Minute)) }, 0, 40},
	} {
		t.Run(name, func(t *testing.T) {
			d := decidingFor(t, componentOf("shop", uptime.Critical), componentOf("mail", uptime.Critical))
			base := d.clock
			p := workOn(base, 10, 60, "shop")
			if test.alter != nil {
				test.alter(base, &p)
			}
			d.heedPlans([]uptime.Plan{p})
			d.pass(20 * time.Minute)
			d.hear(d.turned("shop", uptime.Down, 0))
			for minute := 20; minute < 90; minute++ {
				if minute == test.upAt {
					d.hear(d.turned("shop", uptime.Up, 0))
				}
				d.pass(time.Minute)
			}
			if test.want == 0 {
				d.opened(0)
				return
			}
			if i := d.only(); !i.StartedAt.Equal(base.Add(time.Duration(test.want) * time.Minute)) {
				t.Errorf("it began %v after: %+v", i.StartedAt.Sub(base), i.Updates)
			}
			d.opened(1)
		})
	}
}

func calledOff(p *uptime.Plan, at time.Time) {
	last := p.Now()
	last.At, last.Cancelled = at, true
	p.Revisions, p.Phase, p.FinishedAt = append(p.Revisions, last), uptime.Cancelled, at
}

func TestWorkThatIsFinishedEarlyOrExtendedCoversWhatItLasts(t *testing.T) {
	for name, test := range map[string]struct {
		to   int // announced in minute 30
		want int
	}{"finished early": {30, 30}, "extended": {70, 70}} {
		t.Run(name, func(t *testing.T) {
			d := decidingFor(t, componentOf("shop", uptime.Critical))
			base := d.clock
			p := workOn(base, 10, 50, "shop")
			d.heedPlans([]uptime.Plan{p})
			d.pass(20 * time.Minute)
			d.is("shop", uptime.Down)
			d.pass(10 * time.Minute)
			d.opened(0)
			last := p.Now()
			last.At, last.To = d.clock, base.Add(time.Duration(test.to)*time.Minute)
			p.Revisions = append(p.Revisions, last)
			d.heedPlans([]uptime.Plan{p})
			d.pass(time.Hour)
			if i := d.only(); !i.StartedAt.Equal(last.To) {
				t.Errorf("began %v after", i.StartedAt.Sub(base))
			}
		})
	}
}

// The ledger has a row that says why nobody was told.
func TestAHeldOutageIsInTheLedger(t *testing.T) {
	d := decidingFor(t, componentOf("shop", uptime.Critical))
	d.heedPlans([]uptime.Plan{workOn(d.clock, -10, 60, "shop")})
	d.is("shop", uptime.Down)
	d.pass(10 * time.Minute)
	if len(d.book.notices) != 1 {
		t.Fatalf("%d notices", len(d.book.notices))
	}
	n := d.book.notices[0]
	if n.Reason != uptime.WentDown || n.Audience != nil || n.Incident != "" || n.Plan != "" || n.Channels[0].Held != uptime.HeldMaintenance || n.Summary == "" {
		t.Errorf("%+v", n)
	}
}

// An incident that was open before the work stays, ends with its outage, and is
// not told of what goes down and up again under the work.
func TestAnIncidentThatWasOpenBeforeTheWorkGoesOn(t *testing.T) {
	d := decidingFor(t, componentOf("shop", uptime.Critical))
	base := d.clock
	d.heedPlans([]uptime.Plan{workOn(base, 10, 120, "shop")})
	d.is("shop", uptime.Down)
	d.pass(20 * time.Minute)
	if i := d.only(); !i.StartedAt.Before(base) {
		t.Errorf("%+v", i)
	}
	d.is("shop", uptime.Up)
	d.pass(5 * time.Minute)
	if len(d.book.open()) != 0 {
		t.Errorf("%v", d.book.summary())
	}
	told := d.book.summary()
	d.is("shop", uptime.Down)
	d.pass(5 * time.Minute)
	d.is("shop", uptime.Up)
	d.pass(5 * time.Minute)
	if diff := cmp.Diff(told, d.book.summary()); diff != "" {
		t.Errorf("what happened under the work left a trace (-before +after):\n%s", diff)
	}
}

// A process that starts under the work, or after it, decides like one that went on.
func TestARestartUnderTheWorkChangesNothing(t *testing.T) {
	for _, restartAt := range []int{30, 59, 60, 61, 75} {
		shop := componentOf("shop", uptime.Critical)
		d := decidingFor(t, shop)
		base := d.clock
		p := workOn(base, 10, 60, "shop")
		d.heedPlans([]uptime.Plan{p})
		d.pass(20 * time.Minute)
		d.is("shop", uptime.Down)
		down := d.clock.Add(-20 * time.Second)
		d.pass(time.Duration(restartAt-20) * time.Minute)

		again := decidingFor(t, shop)
		again.book, again.ledger, again.clock = d.book, d.book, d.clock
		again.heedPlans([]uptime.Plan{p})
		states, since := map[uptime.MonitorID]uptime.State{"shop": uptime.Down}, map[uptime.MonitorID]time.Time{"shop": down}
		if err := again.restore(t.Context(), states, since, uptime.Catalogue{Components: []uptime.Component{shop}}); err != nil {
			t.Fatal(err)
		}
		if !again.Down("shop") {
			t.Error("what was down when it stopped is not")
		}
		again.pass(time.Duration(90-restartAt) * time.Minute)
		if i := again.only(); !i.StartedAt.Equal(base.Add(time.Hour)) || len(i.Updates) != 1 {
			t.Errorf("restarted in minute %d: %+v", restartAt, i)
		}
		again.opened(1)
	}
}

// What passes its first check again before the work is over is given the time to
// be confirmed: only if it fails again an incident begins.
func TestWhatIsComingBackAtTheEndOfTheWorkOpensNothing(t *testing.T) {
	for _, kind := range []turnKind{confirmed, relapsed} {
		d := decidingFor(t, componentOf("shop", uptime.Critical))
		d.heedPlans([]uptime.Plan{workOn(d.clock, -10, 60, "shop")})
		d.is("shop", uptime.Down)
		d.pass(time.Hour - 5*time.Second)
		good := d.turned("shop", uptime.Down, time.Second)
		good.turns[0].kind = recovering
		d.hear(good)
		d.pass(10 * time.Second)
		d.opened(0)
		next := d.turned("shop", uptime.Up, 11*time.Second)
		if next.turns[0].kind = kind; kind == relapsed {
			next.state = uptime.Down
		}
		d.hear(next)
		d.pass(5 * time.Second)
		if kind == confirmed {
			d.opened(0)
		} else if i := d.only(); !i.StartedAt.Equal(d.clock.Add(-10 * time.Second)) {
			t.Errorf("%+v", i)
		}
	}
}

// Whatever is planned and fails: each outage of components that know nothing of
// each other has one incident, from its start or the end of the work that covers
// that, or none where it was over by then.
func TestIncidentsAreWhatIsLeftOfOutagesWithoutTheWork(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := decidingFor(t, componentOf("shop", uptime.Critical), componentOf("mail", uptime.Critical))
		base := d.clock
		ids := []uptime.ComponentID{"shop", "mail"}
		var plans []uptime.Plan
		for n := range rapid.IntRange(0, 5).Draw(rt, "plans") {
			from := rapid.IntRange(0, 500).Draw(rt, "from")
			p := workOn(base, from, from+rapid.IntRange(1, 120).Draw(rt, "length"), rapid.SampledFrom(ids).Draw(rt, "on"))
			p.ID = uptime.PlanID(fmt.Sprint("p", n))
			plans = append(plans, p)
		}
		d.heedPlans(plans)
		covered := func(id uptime.ComponentID, minute int) bool {
			at := base.Add(time.Duration(minute) * time.Minute)
			return slices.ContainsFunc(plans, func(p uptime.Plan) bool {
				r := p.Now()
				return p.Touches(id) && !at.Before(r.From) && at.Before(r.To)
			})
		}
		want := map[string]bool{}
		minute := 0
		for range rapid.IntRange(1, 6).Draw(rt, "outages") {
			id := rapid.SampledFrom(ids).Draw(rt, "fails")
			pause, length := rapid.IntRange(31, 90).Draw(rt, "pause"), rapid.IntRange(1, 90).Draw(rt, "outage")
			d.pass(time.Duration(pause) * time.Minute)
			minute += pause
			for from := minute; from < minute+length; from++ {
				if !covered(id, from) {
					want[fmt.Sprintf("%s from %d to %d", id, from, minute+length-1)] = true
					break
				}
			}
			d.hear(d.turned(id, uptime.Down, 0))
			d.pass(time.Duration(length)*time.Minute - 30*time.Second)
			d.hear(d.turned(id, uptime.Up, 0))
			d.pass(30 * time.Second)
			minute += length
		}
		got := map[string]bool{}
		for _, i := range d.book.incidents {
			got[fmt.Sprintf("%s from %d to %d", i.Components[0], int(i.StartedAt.Sub(base).Minutes()), int(i.ResolvedAt.Sub(base).Minutes()))] = true
		}
		if diff := cmp.Diff(want, got); diff != "" || t.Failed() {
			rt.Fatalf("incidents (-want +got):\n%s\n%v", diff, plans)
		}
	})
}

// Under work on some of them, what depends on each other is in one open incident
// still, as soon as nothing covers it.
func TestWhatIsDownAndNotCoveredIsInOneOpenIncident(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(rt)
		d := decidingFor(t, s.components...)
		var plans []uptime.Plan
		for n := range rapid.IntRange(1, 4).Draw(rt, "plans") {
			from := rapid.IntRange(0, 60).Draw(rt, "from")
			p := workOn(d.clock, from, from+rapid.IntRange(1, 60).Draw(rt, "length"), rapid.SampledFrom(s.components).Draw(rt, "on").ID)
			p.ID = uptime.PlanID(fmt.Sprint("p", n))
			plans = append(plans, p)
		}
		d.heedPlans(plans)
		s.play(t, d, rapid.Bool().Draw(rt, "alone"), func() {
			d.settled = time.Time{}
			d.settle(context.Background())
			homes := map[uptime.ComponentID]int{}
			for _, i := range d.book.open() {
				for _, c := range i.Components {
					homes[c]++
				}
			}
			for _, c := range s.components {
				b := d.beliefs[c.ID]
				until, _ := d.cover().until(c.ID, b.outage.at)
				if held := until.After(d.clock); b.down && (homes[c.ID] > 1 || homes[c.ID] == 0 && !held) {
					rt.Fatalf("%s is down, covered until %v, and in %d open incidents: %v", c.ID, until, homes[c.ID], d.book.summary())
				}
			}
		})
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}
