package incidents

import (
	"fmt"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// planKnown is what a move of a plan is decided on.
type planKnown struct {
	plan  uptime.Plan // zero: there is none yet
	rules notice.Rules
	by    uptime.Actor
	now   time.Time // whole milliseconds of UTC
}

// zone is the page's.
func (k planKnown) zone() *time.Location { return k.rules.Catalogue.Page.Zone }

// begun tells whether the work has begun, be it that no tick has said so yet.
func (k planKnown) begun() bool {
	return !k.plan.Draft() && (!k.plan.StartedAt.IsZero() || !k.now.Before(k.plan.Now().From))
}

// over refuses what cannot be done to a plan of which nothing is to come.
func (k planKnown) over() error {
	switch k.plan.Phase {
	case uptime.Cancelled:
		return refuse("phase", "is cancelled, since %s: plan it anew", clock(k.plan.FinishedAt))
	case uptime.Completed:
		return refuse("phase", "is completed, since %s: plan it anew", clock(k.plan.FinishedAt))
	default:
		return nil
	}
}

// announced refuses what cannot be done to a draft.
func (k planKnown) announced() error {
	if k.plan.Draft() && k.plan.Phase != uptime.Cancelled {
		return refuse("phase", "is a draft's: announce it, or write it anew")
	}
	return k.over()
}

// planMove is what a command about a plan comes to.
type planMove struct {
	action  string // the audit log's word
	detail  string // one line for it
	plan    uptime.Plan
	revised []uptime.Revision // to append; with first, in place of the draft's
	first   bool
	added   []uptime.PlanUpdate
	reason  uptime.NoticeReason
	notice  string // id
	told    uptime.PlanUpdate
	silent  bool
	// refused are the promises that the newest revision breaks without an override.
	refused []uptime.Broken
}

// stays begins a move from what is there.
func (k planKnown) stays(action string) planMove {
	m := planMove{action: action, plan: k.plan}
	m.plan.Revisions, m.plan.Updates = slices.Clone(k.plan.Revisions), slices.Clone(k.plan.Updates)
	return m
}

// adds puts an update at the end of the plan.
func (m *planMove) adds(u uptime.PlanUpdate) {
	m.plan.Updates = append(m.plan.Updates, u)
	m.added = append(m.added, u)
	m.told = u
}

// announces makes a revision the newest, holds the plan to its promises with it,
// and names the notice after it. What is broken needs an override.
func (m *planMove) announces(r uptime.Revision, override string) {
	m.revises(r)
	broken := planned.Broken(m.plan)
	last := &m.plan.Revisions[len(m.plan.Revisions)-1]
	last.Broken = broken
	switch {
	case len(broken) == 0:
	case override == "":
		m.refused = broken
	default:
		last.Override = override
		m.detail += fmt.Sprintf("; breaks %s, because %s", listedBroken(broken), override)
	}
	m.revised = []uptime.Revision{*last}
}

// revises makes a revision the newest: of a draft the only one.
func (m *planMove) revises(r uptime.Revision) {
	if m.first {
		m.plan.Revisions = nil
	}
	m.plan.Revisions = append(m.plan.Revisions, r)
	m.revised = []uptime.Revision{r}
	m.notice = fmt.Sprintf("%s-r%d", m.plan.ID, m.plan.Sequence())
}

// changes is the move as a decision, and the plan as it is then.
func (m planMove) changes(k planKnown) (uptime.Changes, uptime.Plan) {
	m.plan.Version = k.plan.Version + 1
	return uptime.Changes{
		Plans: []uptime.PlanChange{{
			Plan: m.plan, Expect: k.plan.Version, Revisions: m.revised, First: m.first && k.plan.Version > 0, Updates: m.added,
		}},
		Outbox: m.outbox(k),
		Audit: []uptime.AuditEntry{{
			At: k.now, Actor: k.by, Action: m.action, Object: string(m.plan.ID), Detail: m.detail,
		}},
	}, m.plan
}

// outbox is the notice that is owed; of a draft there is none.
func (m planMove) outbox(k planKnown) []uptime.Notice {
	if m.reason == "" || m.plan.Draft() {
		return nil
	}
	event := planEvent(m.plan, m.reason, m.notice)
	event.PlanUpdate = m.told
	if m.silent {
		event.Held = uptime.HeldSilent
	}
	return []uptime.Notice{notice.Plan(k.rules, event, k.now)}
}

// planEvent is what people may be owed a notice of.
func planEvent(p uptime.Plan, reason uptime.NoticeReason, id string) notice.Event {
	e := notice.Event{ID: id, Reason: reason, Plan: p, Facts: map[string]string{}}
	last := p.Now()
	e.Facts[notice.FactAhead] = planned.Length(max(0, last.From.Sub(last.At)))
	var first time.Time
	for _, rule := range p.Rules.Notices {
		if cutoff := planned.Cutoff(rule, last.From); first.IsZero() || cutoff.Before(first) {
			first, e.Facts[notice.FactPromised] = cutoff, planned.Promised(rule)
		}
	}
	return e
}

func listedBroken(broken []uptime.Broken) string {
	words := make([]string, len(broken))
	for i, b := range broken {
		words[i] = string(b.Violation)
		if b.Commitment != "" {
			words[i] = fmt.Sprintf("%s by %s", b.Commitment, b.Violation)
		}
	}
	return listed(words)
}

// by is a revision of the caller's, announced now.
func (k planKnown) revision(from, to time.Time) uptime.Revision {
	return uptime.Revision{At: k.now, From: from, To: to, Author: k.by.ID, By: k.by.Name}
}
