package incidents

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// PlanScene is what is known around plans.
type PlanScene interface {
	// Down tells whether the component is confirmed down and the end of that is not.
	Down(id uptime.ComponentID) bool
}

// late is how long after its time something is told without a word about that.
const late = 5 * time.Minute

// DuePlans says what time does to plans: work begins and ends, changes take
// effect, and both are reminded of. Each plan takes one step at most: one of
// which the whole window has gone by unseen begins in one decision and is
// completed in the next. Ids follow from the plan and the step, so that what is
// decided twice is told once. Nothing happens to a draft.
func DuePlans(plans []uptime.Plan, scene PlanScene, rules notice.Rules, now time.Time) uptime.Changes {
	var changes uptime.Changes
	now = whole(now)
	for _, p := range plans {
		if p.Draft() || !p.Open() {
			continue
		}
		d := planDecision{plan: p, scene: scene, rules: rules, now: now, changes: &changes}
		d.decide()
	}
	return changes
}

// planDecision is one plan on its way to changes.
type planDecision struct {
	plan    uptime.Plan
	scene   PlanScene
	rules   notice.Rules
	now     time.Time
	changes *uptime.Changes
}

func (d *planDecision) decide() {
	last := d.plan.Now()
	switch {
	case d.now.Before(last.From):
		d.remind()
	case d.plan.Change():
		d.takesEffect()
	case d.plan.Phase == uptime.Scheduled:
		d.starts()
	case d.now.Before(last.To):
	default:
		d.ends()
	}
}

// planStep is one automatic word about a plan.
type planStep struct {
	id     string // of the word, and of the notice
	body   string // plain text
	reason uptime.NoticeReason
	tier   uptime.Tier
}

// says adds to the changes the plan one version on, with a word about it and the
// notice that is owed for that.
func (d *planDecision) says(p uptime.Plan, s planStep) {
	word := uptime.PlanUpdate{ID: s.id, Phase: p.Phase, Body: s.body, At: d.now, Automatic: true}
	p.Version++
	p.Updates = append(slices.Clip(p.Updates), word)
	d.changes.Plans = append(d.changes.Plans, uptime.PlanChange{
		Plan: p, Expect: d.plan.Version, Updates: []uptime.PlanUpdate{word},
	})
	event := planEvent(p, s.reason, s.id)
	event.PlanUpdate, event.Tier = word, s.tier
	event.States = d.states()
	d.changes.Outbox = append(d.changes.Outbox, notice.Plan(d.rules, event, d.now))
}

// states are what the plan's components are: down where the scene says so.
func (d *planDecision) states() map[uptime.ComponentID]uptime.State {
	states := map[uptime.ComponentID]uptime.State{}
	for _, id := range d.plan.Components {
		if state, known := d.rules.States[id]; known {
			states[id] = state
		}
		if d.scene.Down(id) {
			states[id] = uptime.Down
		}
	}
	return states
}

func (d *planDecision) clock(at time.Time) string {
	return notice.Clock(at, d.rules.Catalogue.Page.Zone)
}

// told is what is said beside something that is told long after its time.
func (d *planDecision) told(at time.Time) string {
	if d.now.Sub(at) < late {
		return ""
	}
	return " This is told late: it was not being watched at that time."
}

func (d *planDecision) takesEffect() {
	p := d.plan
	from := p.Now().From
	p.Phase, p.FinishedAt = uptime.Completed, from
	d.says(p, planStep{
		id: string(p.ID) + "-effect", reason: uptime.PlanStarted,
		body: "This is in effect since " + d.clock(from) + "." + d.told(from),
	})
}

func (d *planDecision) starts() {
	p := d.plan
	last := p.Now()
	p.Phase, p.StartedAt = uptime.InProgress, last.From
	body := "The work has begun. It is planned to end " + d.clock(last.To) + "."
	if !d.now.Before(last.To) {
		body = "The work was announced for " + notice.Window(last, d.rules.Catalogue.Page.Zone) + "."
	}
	d.says(p, planStep{id: string(p.ID) + "-started", reason: uptime.PlanStarted, body: body + d.told(last.From)})
}

// ends completes work at its end, or, if something that it names is down, as soon
// as nothing is. Until then it overruns, which operators are told once of each
// end that was announced.
func (d *planDecision) ends() {
	p := d.plan
	last := p.Now()
	overran := d.overran()
	if down := d.down(); len(down) > 0 {
		if overran {
			return
		}
		names, gravest := d.named(down)
		d.says(p, planStep{
			id: d.overrun(), reason: uptime.PlanOverruns, tier: gravest,
			body: fmt.Sprintf("The window ended %s, and the work is not done: %s. It counts as downtime from then on.", d.clock(last.To), names),
		})
		return
	}
	p.Phase, p.FinishedAt = uptime.Completed, last.To
	body := "The work is done: its window ended " + d.clock(last.To) + "." + d.told(last.To)
	if overran {
		p.FinishedAt = d.now
		body = fmt.Sprintf("The work is done since %s, %s after its end.", d.clock(d.now), planned.Length(d.now.Sub(last.To)))
	}
	d.says(p, planStep{id: string(p.ID) + "-completed", reason: uptime.PlanFinished, body: body})
}

// overrun is the id of the word that the plan's end, as it is announced now, has
// gone by.
func (d *planDecision) overrun() string {
	return fmt.Sprintf("%s-overruns-%d", d.plan.ID, d.plan.Sequence())
}

func (d *planDecision) overran() bool {
	return slices.ContainsFunc(d.plan.Updates, func(u uptime.PlanUpdate) bool { return u.ID == d.overrun() })
}

func (d *planDecision) down() (down []uptime.ComponentID) {
	for _, id := range d.plan.Components {
		if d.scene.Down(id) {
			down = append(down, id)
		}
	}
	return down
}

// named says which components are down, and how grave an outage of the most
// important one of the plan's is.
func (d *planDecision) named(down []uptime.ComponentID) (text string, gravest uptime.Tier) {
	var names []string
	known := map[uptime.ComponentID]string{}
	for _, c := range d.rules.Catalogue.Components {
		known[c.ID] = c.Name
		if tier := TierOf(c.Importance); slices.Contains(d.plan.Components, c.ID) && (gravest == 0 || tier < gravest) {
			gravest = tier
		}
	}
	for _, id := range down {
		if known[id] == "" {
			known[id] = string(id)
		}
		names = append(names, known[id])
	}
	if len(names) == 1 {
		return names[0] + " is down", gravest
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last] + " are down", gravest
}
