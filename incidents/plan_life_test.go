package incidents

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

func TestARevisionIsANoticeOfItsOwn(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	from := p.Now().From
	p = d.kept(d.Revise(t.Context(), editor, p.ID, Move{From: from.Add(24 * time.Hour), Reason: "A part is late"}, p.Version, nil))
	if r := p.Now(); p.Sequence() != 1 || !r.From.Equal(from.Add(24*time.Hour)) || r.To.Sub(r.From) != 2*time.Hour || r.Reason == "" || len(r.Broken) > 0 {
		t.Errorf("%+v", p.Revisions)
	}
	n := d.last()
	if n.Reason != uptime.PlanRevised || n.ID == d.book.notices[0].ID ||
		n.Summary != "Database upgrade: moved to Thu 5 Mar 2026 00:00 to 02:00 AEST; it was planned for Wed 4 Mar 2026 00:00 to 02:00 AEST" {
		t.Errorf("%+v", n)
	}
	_, err := d.Revise(t.Context(), editor, p.ID, Move{}, 0, nil)
	faulty(t, err, "from")
	_, err = d.Revise(t.Context(), editor, p.ID, Move{From: d.now.Add(-time.Minute)}, 0, nil)
	faulty(t, err, "from")
}

// Moved back to where it was, with less than a day to go, it was not announced
// throughout.
func TestMovingAwayAndBackTooLateBreaksThePromise(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	from := p.Now().From
	d.at(from.Add(-23 * time.Hour))
	p = d.kept(d.Revise(t.Context(), editor, p.ID, Move{From: from.Add(48 * time.Hour)}, 0, nil))
	_, err := d.Revise(t.Context(), editor, p.ID, Move{From: from}, 0, nil)
	faulty(t, err, "from")
	p = d.kept(d.Revise(t.Context(), editor, p.ID, Move{From: from, Override: "The part came"}, 0, nil))
	if p.Sequence() != 2 || len(p.Now().Broken) != 1 || len(planned.Excluded(p)) != 0 {
		t.Errorf("%+v, excludes %v", p.Now(), planned.Excluded(p))
	}
}

func TestWorkThatHasBegunCanBeExtendedAndNothingElse(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	from, to := p.Now().From, p.Now().To
	d.at(from).tick()
	revise := func(m Move) error { return second(d.Revise(t.Context(), editor, p.ID, m, 0, nil)) }
	faulty(t, revise(Move{From: from.Add(time.Minute), To: to}), "from")
	faulty(t, revise(Move{To: to.Add(-time.Minute)}), "to")
	err := revise(Move{To: to.Add(time.Hour)})
	faulty(t, err, "from") // late: it breaks the promise
	if !strings.Contains(err.Error(), "it has begun") {
		t.Error(err)
	}
	p = d.kept(d.Revise(t.Context(), editor, p.ID, Move{To: to.Add(time.Hour), Override: "It takes longer"}, 0, nil))
	if diff := cmp.Diff(calendar.Spans{{From: from, To: to}}, planned.Excluded(p)); diff != "" {
		t.Errorf("a late extension excludes (-want +got):\n%s", diff)
	}
	d.at(to.Add(30 * time.Minute)).tick()
	if p := d.book.plans[p.ID]; p.Phase != uptime.InProgress {
		t.Errorf("within what it was extended by it is %s", p.Phase)
	}
}

func TestCallingOff(t *testing.T) {
	for name, test := range map[string]struct {
		after time.Duration // its start
		want  []string
	}{
		"before":         {-time.Hour, nil},
		"begun":          {time.Hour, nil},
		"past its end":   {2*time.Hour + time.Minute, []string{"phase"}},
		"exactly at end": {2 * time.Hour, []string{"phase"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newPlanDesk(t)
			p := d.announced(nil)
			d.down["sign-in"] = true // so that it is not completed at its end
			d.at(p.Now().From.Add(test.after)).tick()
			told := len(d.book.notices)
			answered, err := d.Cancel(t.Context(), editor, p.ID, "Not needed", 0, nil)
			if test.want != nil {
				faulty(t, err, test.want...)
				return
			}
			p = d.kept(answered, err)
			if r := p.Now(); !r.Cancelled || r.Reason != "Not needed" || p.Sequence() != 1 || p.Phase != uptime.Cancelled || !p.FinishedAt.Equal(d.now) {
				t.Errorf("%+v", p)
			}
			if len(d.book.notices) != told+1 || d.last().Reason != uptime.PlanCancelled || len(planned.Excluded(p)) != 0 {
				t.Errorf("told %v, excludes %v", d.told(), planned.Excluded(p))
			}
			_, err = d.Cancel(t.Context(), editor, p.ID, "", 0, nil)
			faulty(t, err, "phase")
			d.at(p.Now().To.Add(time.Hour)).tick()
			if len(d.book.notices) != told+1 {
				t.Errorf("told after it was called off: %v", d.told())
			}
		})
	}
}

func TestFinishingEarlyGivesTheRestBack(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	from := p.Now().From
	_, err := d.Finish(t.Context(), editor, p.ID, "", 0, nil)
	faulty(t, err, "phase") // it has not begun
	d.at(from).tick()
	d.at(from.Add(time.Hour))
	p = d.kept(d.Finish(t.Context(), editor, p.ID, "All is done.", 0, nil))
	r := p.Now()
	if !r.Finished || !r.To.Equal(d.now) || len(r.Broken) != 0 || p.Sequence() != 1 || p.Phase != uptime.Completed || !p.FinishedAt.Equal(d.now) {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff(calendar.Spans{{From: from, To: d.now}}, planned.Excluded(p)); diff != "" {
		t.Errorf("excluded (-want +got):\n%s", diff)
	}
	want := []uptime.NoticeReason{uptime.PlanAnnounced, uptime.PlanStarted, uptime.PlanFinished}
	if diff := cmp.Diff(want, d.told()); diff != "" || d.last().Content.PlanUpdate.Body != "All is done." {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestFinishingWhatBrokeAPromiseIsNotRefused(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(func(w *Work) { w.From, w.To, w.Override = noon.Add(time.Hour), noon.Add(3*time.Hour), "It burns" })
	d.at(noon.Add(2 * time.Hour)).tick()
	p = d.kept(d.Finish(t.Context(), editor, p.ID, "", 0, nil))
	if r := p.Now(); len(r.Broken) == 0 || r.Override != "It burns" || p.Phase != uptime.Completed {
		t.Errorf("%+v", p)
	}
}

func TestWordsAboutWork(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	say := func(phase uptime.PlanPhase, silent bool) error {
		answered, err := d.Say(t.Context(), editor, p.ID, phase, "News.", silent, 0, nil)
		if err == nil {
			p = d.kept(answered, nil)
		}
		return err
	}
	for _, phase := range []uptime.PlanPhase{uptime.InProgress, uptime.Verifying, uptime.Completed, uptime.Cancelled, "party"} {
		faulty(t, say(phase, false), "phase")
	}
	if err := say("", false); err != nil || p.Phase != uptime.Scheduled || d.last().Reason != uptime.PlanNews {
		t.Errorf("%v, %+v", err, p)
	}
	d.at(p.Now().From).tick()
	faulty(t, say(uptime.Scheduled, false), "phase")
	for _, phase := range []uptime.PlanPhase{uptime.Verifying, uptime.InProgress, uptime.Verifying} {
		if err := say(phase, true); err != nil || p.Phase != phase {
			t.Errorf("%s: %v, %s", phase, err, p.Phase)
		}
	}
	if n := d.last(); n.Audience.Held != uptime.HeldSilent || n.Channels[0].Held != uptime.HeldSilent {
		t.Errorf("silent: %+v", n)
	}
	d.at(p.Now().To).tick()
	if p = d.book.plans[p.ID]; p.Phase != uptime.Completed {
		t.Errorf("after its end it is %s", p.Phase)
	}
	if err := say("", false); err != nil || p.Phase != uptime.Completed {
		t.Errorf("a word after the end: %v", err)
	}
	faulty(t, say(uptime.Verifying, false), "phase")
}

// randomPlanCommand does something to a plan, which may be refused.
func randomPlanCommand(t *rapid.T, d *planDesk, id uptime.PlanID) error {
	ctx := d.t.Context()
	minutes := func(name string, from, to int) time.Time {
		return d.now.Add(time.Duration(rapid.IntRange(from, to).Draw(t, name)) * time.Minute)
	}
	override := rapid.SampledFrom([]string{"", "It must be"}).Draw(t, "override")
	switch rapid.SampledFrom([]string{"revise", "revise", "extend", "cancel", "say", "finish", "publish", "redraft"}).Draw(t, "command") {
	case "revise":
		from := minutes("from", -10, 5000)
		return second(d.Revise(ctx, editor, id, Move{From: from, To: from.Add(2 * time.Hour), Override: override}, 0, nil))
	case "extend":
		return second(d.Revise(ctx, editor, id, Move{From: d.book.plans[id].Now().From, To: minutes("to", -10, 300), Override: override}, 0, nil))
	case "cancel":
		if rapid.IntRange(0, 3).Draw(t, "seldom") > 0 {
			return nil
		}
		return second(d.Cancel(ctx, editor, id, "", 0, nil))
	case "say":
		phase := rapid.SampledFrom([]uptime.PlanPhase{"", uptime.InProgress, uptime.Verifying}).Draw(t, "phase")
		return second(d.Say(ctx, editor, id, phase, "News.", false, 0, nil))
	case "finish":
		return second(d.Finish(ctx, editor, id, "", 0, nil))
	case "publish":
		return second(d.Publish(ctx, editor, id, override, 0, nil))
	}
	return second(d.Redraft(ctx, editor, id, lawful(nil), 0))
}

// Whatever people do and however time passes: what was announced stands, each
// announcement counts one and is one notice, whatever is decided is told once,
// and a later announcement never has more time excluded that had passed by then.
func TestNoSequenceOfCommandsBreaksAPlan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newPlanDesk(t)
		p := d.announced(func(w *Work) { w.Publish = rapid.Bool().Draw(rt, "published") })
		for range rapid.IntRange(1, 15).Draw(rt, "commands") {
			d.now = d.now.Add(time.Duration(rapid.IntRange(0, 900).Draw(rt, "wait")) * time.Minute)
			d.down["sign-in"] = rapid.Bool().Draw(rt, "down")
			d.tick()
			before, applied, told := d.book.plans[p.ID], d.book.applied, len(d.book.notices)
			err := randomPlanCommand(rt, d, p.ID)
			after := d.book.plans[p.ID]
			switch {
			case err != nil:
				if d.book.applied != applied || len(d.book.notices) != told {
					rt.Fatalf("refused with %v, and written", err)
				}
				continue
			case d.book.applied == applied:
				continue
			}
			if !before.Draft() {
				if diff := cmp.Diff(before.Revisions, after.Revisions[:len(before.Revisions)]); diff != "" {
					rt.Fatalf("what was announced is altered (-was +is):\n%s", diff)
				}
			}
			notices := d.book.notices[told:]
			if after.Draft() && len(notices) > 0 || !after.Draft() && len(notices) != 1 {
				rt.Fatalf("%s after %s: %d notices", after.Phase, before.Phase, len(notices))
			}
			for _, n := range notices {
				if n.Content.Plan.Sequence() != after.Sequence() || n.Content.Plan.Phase != after.Phase {
					rt.Fatalf("told %s at sequence %d, it is %s at %d", n.Content.Plan.Phase, n.Content.Plan.Sequence(), after.Phase, after.Sequence())
				}
			}
			if r := after.Now(); !after.Draft() && len(r.Broken) > 0 && r.Override == "" {
				rt.Fatalf("announced without a reason, and it breaks %+v", r.Broken)
			}
			past := calendar.Span{From: noon, To: d.now}
			if !before.Draft() && planned.Excluded(after).Clip(past).Total() > planned.Excluded(before).Clip(past).Total() {
				rt.Fatalf("more of the past is excluded: %v, was %v", planned.Excluded(after), planned.Excluded(before))
			}
		}
	})
}

// An announcement that comes after the notice is due cannot exclude what the one
// before it did not.
func TestALateRevisionNeverExcludesMore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newPlanDesk(t)
		d.rules.Catalogue.Policies[0].Commitments = d.rules.Catalogue.Policies[0].Commitments[:1]
		p := d.announced(nil)
		d.at(p.Now().From.Add(-time.Duration(rapid.IntRange(0, 20).Draw(rt, "hours")) * time.Hour))
		was := planned.Excluded(p).Total()
		for range rapid.IntRange(1, 4).Draw(rt, "revisions") {
			d.now = d.now.Add(time.Minute)
			from := d.now.Add(time.Duration(rapid.IntRange(1, 4*60).Draw(rt, "from")) * time.Minute)
			to := from.Add(time.Duration(rapid.IntRange(1, 10*60).Draw(rt, "length")) * time.Minute)
			if second(d.Revise(t.Context(), editor, p.ID, Move{From: from, To: to, Override: "It must be"}, 0, nil)) != nil {
				continue // it has begun
			}
			is := planned.Excluded(d.book.plans[p.ID]).Total()
			if is > was {
				rt.Fatalf("%v excluded, before the revision %v", is, was)
			}
		}
	})
}
