package incidents

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// revise announces other times. Work that has begun keeps its start and may only
// be extended; a shorter window is its finish.
func (w Move) revise(k planKnown) (planMove, error) {
	if err := k.announced(); err != nil {
		return planMove{}, err
	}
	w, err := w.read(k)
	if err != nil {
		return planMove{}, err
	}
	m := k.stays("plan.revise")
	m.reason = uptime.PlanRevised
	r := k.revision(w.From, w.To)
	r.Reason = w.Reason
	m.detail = fmt.Sprintf("%s, was %s", notice.Window(r, nil), notice.Window(k.plan.Now(), nil))
	if w.Reason != "" {
		m.detail += "; because " + w.Reason
	}
	m.announces(r, w.Override)
	return m, nil
}

// begins has work that began at its start and of which no tick has said so be in
// progress.
func (m *planMove) begins() {
	if m.plan.Phase == uptime.Scheduled && !m.plan.Change() && m.plan.StartedAt.IsZero() {
		m.plan.StartedAt = m.plan.Now().From
	}
}

// read checks what was entered and completes it with what is announced.
func (w Move) read(k planKnown) (Move, error) {
	var f fields
	w.From, w.To = whole(w.From), whole(w.To)
	last := k.plan.Now()
	if w.Reason != "" {
		w.Reason = f.line("reason", w.Reason, "why it moves")
	}
	if w.Override != "" {
		w.Override = f.line("override", w.Override, "why it is announced all the same")
	}
	if w.From.IsZero() {
		w.From = last.From
	}
	switch {
	case k.plan.Change() && !w.To.IsZero() && !w.To.Equal(w.From):
		f.fault("to", "is given: a change takes effect at one time, leave it out")
	case k.plan.Change():
		w.To = w.From
	case w.To.IsZero():
		w.To = w.From.Add(last.To.Sub(last.From))
	}
	switch {
	case w.From.Equal(last.From) && w.To.Equal(last.To):
		f.fault("from", "is what is announced already, and so is the end")
	case k.begun():
		w.extends(&f, k)
	default:
		w.From = lately(w.From, k.plan.Emergency, k.now)
		if k.plan.Change() {
			w.To = w.From
		}
		f.ahead(w.From, k.plan.Emergency, k.now)
	}
	f.window(w.From, w.To, k.plan.Kind, k.now)
	return w, f.err()
}

// extends finds what cannot be altered once the work has begun.
func (w Move) extends(f *fields, k planKnown) {
	last := k.plan.Now()
	switch {
	case k.plan.Change():
		f.fault("from", "cannot move: it took effect at %s", clock(last.From))
	case !w.From.Equal(last.From):
		f.fault("from", "cannot move: the work began at %s", clock(last.From))
	case w.To.Before(last.To):
		f.fault("to", "is before the end that is announced: finish the work when it is done, and the rest is given back")
	case !w.To.After(k.now):
		f.fault("to", "is in the past: give a later time")
	}
}

// cancelPlan calls a plan off.
func cancelPlan(k planKnown, reason string) (planMove, error) {
	if err := k.announced(); err != nil {
		return planMove{}, err
	}
	var f fields
	if reason != "" {
		reason = f.line("reason", reason, "why it is called off")
	}
	last := k.plan.Now()
	switch {
	case k.now.Before(last.To):
	case k.plan.Change():
		f.fault("phase", "cannot become cancelled: it took effect at %s", clock(last.From))
	default:
		f.fault("phase", "cannot become cancelled: the window ended at %s; finish the work instead", clock(last.To))
	}
	if err := f.err(); err != nil {
		return planMove{}, err
	}
	m := k.stays("plan.cancel")
	if k.begun() {
		m.begins()
	}
	m.plan.Phase, m.plan.FinishedAt = uptime.Cancelled, k.now
	m.reason = uptime.PlanCancelled
	r := k.revision(last.From, last.To)
	r.Cancelled, r.Reason = true, reason
	m.revises(r)
	m.detail = notice.Window(r, nil) + ": " + m.plan.Title
	if reason != "" {
		m.detail += "; because " + reason
	}
	return m, nil
}

// finishPlan says that the work is done: before the end of its window by a
// revision, which gives the rest back. That breaks nothing anew, so what the
// revision before it was forgiven it is forgiven as well.
func finishPlan(k planKnown, body string) (planMove, error) {
	if err := k.announced(); err != nil {
		return planMove{}, err
	}
	last := k.plan.Now()
	switch {
	case k.plan.Change():
		return planMove{}, refuse("phase", "cannot become completed by hand: a change is in effect from its time on")
	case !k.now.After(last.From):
		return planMove{}, refuse("phase", "is scheduled: the work begins at %s; move it, or call it off", clock(last.From))
	}
	var f fields
	body = f.body(body, false)
	if err := f.err(); err != nil {
		return planMove{}, err
	}
	m := k.stays("plan.finish")
	m.begins()
	m.reason, m.notice = uptime.PlanFinished, string(k.plan.ID)+"-completed"
	m.detail = "after its end, " + clock(last.To)
	if k.now.Before(last.To) {
		m.detail = "early; planned until " + clock(last.To)
		r := k.revision(last.From, k.now)
		r.Finished = true
		m.announces(r, last.Override)
		m.refused, m.notice = nil, string(k.plan.ID)+"-completed"
	}
	m.plan.Phase, m.plan.FinishedAt = uptime.Completed, k.now
	if body == "" {
		body = doneText(m.plan, k.zone())
	}
	m.adds(uptime.PlanUpdate{ID: k.word(), Phase: uptime.Completed, Body: body, At: k.now, Author: k.by.ID})
	return m, nil
}

// word is the id of an update by hand.
func (k planKnown) word() string { return fmt.Sprintf("%s-%d", k.plan.ID, k.plan.Version+1) }

// sayOfPlan adds a word to what is announced. Work that is over can be spoken of
// as well.
func sayOfPlan(k planKnown, phase uptime.PlanPhase, body string, silent bool) (planMove, error) {
	if k.plan.Draft() {
		return planMove{}, refuse("phase", "is a draft's: announce it, or write it anew")
	}
	var f fields
	body = f.body(body, true)
	phase = f.planPhase(phase, k)
	if err := f.err(); err != nil {
		return planMove{}, err
	}
	m := k.stays("plan.update")
	if phase == uptime.Verifying { // no tick says any more that it began
		m.begins()
	}
	if phase != uptime.InProgress || k.plan.Phase != uptime.Scheduled { // that the tick says
		m.plan.Phase = phase
	}
	m.reason, m.notice, m.silent = uptime.PlanNews, k.word(), silent
	m.adds(uptime.PlanUpdate{ID: k.word(), Phase: phase, Body: body, At: k.now, Author: k.by.ID, Silent: silent})
	m.detail = string(phase)
	if silent {
		m.detail += "; nobody is told"
	}
	return m, nil
}

// planPhase reads the phase of a word: the plan's own, or another of work that
// has begun.
func (f *fields) planPhase(phase uptime.PlanPhase, k planKnown) uptime.PlanPhase {
	is := k.plan.Phase
	if !k.plan.Change() && k.begun() && is == uptime.Scheduled { // and no tick has said so
		is = uptime.InProgress
	}
	switch {
	case phase == "" || phase == is:
		return is
	case !k.plan.Open():
		f.fault("phase", "is %s, and the plan is %s: leave it out", phase, is)
	case phase == uptime.Completed:
		f.fault("phase", "is completed: finish the plan instead")
	case phase == uptime.Cancelled:
		f.fault("phase", "is cancelled: call the plan off instead")
	case phase != uptime.InProgress && phase != uptime.Verifying && phase != uptime.Scheduled:
		f.fault("phase", "is %q: use in_progress or verifying, or leave it out", phase)
	case k.plan.Change():
		f.fault("phase", "is %s: a change is scheduled until it is in effect, leave it out", phase)
	case is == uptime.Scheduled:
		f.fault("phase", "is %s, and the work begins at %s: nothing begins before its time", phase, clock(k.plan.Now().From))
	case phase == uptime.Scheduled:
		f.fault("phase", "is scheduled, and the work has begun: use in_progress or verifying")
	}
	return phase
}

// doneText says in a sentence that work is done, and when.
func doneText(p uptime.Plan, zone *time.Location) string {
	return "The work is done since " + notice.Clock(p.FinishedAt, zone) + "."
}
