package incidents

import (
	"fmt"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// announce begins a plan that nobody knows yet. What it lacks is said all at
// once.
func (w Work) announce(k planKnown, suffix string) (planMove, error) {
	w, err := w.read(k)
	if err != nil {
		return planMove{}, err
	}
	m := planMove{action: "plan.draft", first: true}
	m.plan = uptime.Plan{
		ID:    uptime.PlanID(w.From.Format("20060102-150405") + "-" + suffix),
		Phase: uptime.Scheduled, CreatedAt: k.now,
	}
	w.writes(&m, k)
	if !w.Publish {
		m.drafts(k.revision(w.From, w.To))
		return m, nil
	}
	m.action = "plan.announce"
	m.publishes(k, k.revision(w.From, w.To), w.Override)
	return m, nil
}

// writes puts what was entered into the plan.
func (w Work) writes(m *planMove, k planKnown) {
	m.plan.Kind, m.plan.Title, m.plan.Body = w.Kind, w.Title, w.Body
	m.plan.Components, m.plan.Regions, m.plan.Emergency = w.Components, w.Regions, w.Emergency
	m.holds(k)
	m.detail = fmt.Sprintf("%s: %s; %s", w.Kind, w.Title, notice.Window(uptime.Revision{From: w.From, To: w.To}, nil))
	if len(w.Components) > 0 {
		m.detail += "; on " + listed(w.Components)
	}
	if w.Emergency {
		m.detail += "; an emergency"
	}
}

// holds has the plan held to the promises that are in force.
func (m *planMove) holds(k planKnown) {
	m.plan.Rules = k.rules.Catalogue.PlanRules(m.plan.Kind, m.plan.Components, m.plan.Regions, k.now)
}

// drafts makes a revision the only one of a draft. What it would break, announced
// now, is noted and not refused.
func (m *planMove) drafts(r uptime.Revision) {
	m.revises(r)
	r.Broken = planned.Broken(m.plan)
	m.plan.Revisions[0], m.revised[0] = r, r
}

// publishes announces the plan for the first time.
func (m *planMove) publishes(k planKnown, r uptime.Revision, override string) {
	m.plan.PublishedAt = k.now
	m.reason = uptime.PlanAnnounced
	m.announces(r, override)
}

// redraft writes a draft anew.
func (w Work) redraft(k planKnown) (planMove, error) {
	if err := k.draft(); err != nil {
		return planMove{}, err
	}
	w.Publish, w.Override = false, ""
	w, err := w.read(k)
	if err != nil {
		return planMove{}, err
	}
	m := k.stays("plan.redraft")
	m.first = true
	w.writes(&m, k)
	m.drafts(k.revision(w.From, w.To))
	return m, nil
}

// draft refuses what can be done to a draft alone.
func (k planKnown) draft() error {
	switch {
	case k.plan.Phase.Ends():
		return k.over()
	case !k.plan.Draft():
		return refuse("phase", "is public since %s: revise it, or call it off", clock(k.plan.PublishedAt))
	}
	return nil
}

// publishPlan announces a draft as it stands, held to the promises in force now.
func publishPlan(k planKnown, override string) (planMove, error) {
	if err := k.over(); err != nil {
		return planMove{}, err
	}
	if !k.plan.Draft() {
		return planMove{}, refuse("phase", "needs no announcing: the plan is public since %s", clock(k.plan.PublishedAt))
	}
	var f fields
	if override != "" {
		override = f.line("override", override, "why it is announced all the same")
	}
	last := k.plan.Now()
	from, to := lately(last.From, k.plan.Emergency, k.now), last.To
	if k.plan.Change() {
		to = from
	}
	f.ahead(from, k.plan.Emergency, k.now)
	f.window(from, to, k.plan.Kind, k.now)
	if err := f.err(); err != nil {
		return planMove{}, err
	}
	m := k.stays("plan.publish")
	m.first = true
	m.holds(k)
	r := k.revision(from, to)
	m.detail = fmt.Sprintf("%s: %s; %s", k.plan.Kind, k.plan.Title, notice.Window(r, nil))
	m.publishes(k, r, override)
	return m, nil
}

// discardPlan ends a draft that the public never saw and never will.
func discardPlan(k planKnown) (planMove, error) {
	if err := k.draft(); err != nil {
		return planMove{}, err
	}
	m := k.stays("plan.discard")
	m.plan.Phase, m.plan.FinishedAt = uptime.Cancelled, k.now
	m.detail = m.plan.Title
	return m, nil
}
