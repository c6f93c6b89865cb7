package notice

import (
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// aboutPlan tells whether the reason is about a plan.
func aboutPlan(reason uptime.NoticeReason) bool {
	return tellsPublic(reason) || reason == uptime.PlanOverruns
}

// tellsPublic tells whether a reason about a plan is for the public's subscribers
// as well as for operators.
func tellsPublic(reason uptime.NoticeReason) bool {
	switch reason {
	case uptime.PlanAnnounced, uptime.PlanRevised, uptime.PlanCancelled, uptime.PlanSoon,
		uptime.PlanStarted, uptime.PlanNews, uptime.PlanFinished:
		return true
	default:
		return false
	}
}

// subject is the plan that the notice is about; empty: none. An outage that is
// held back because of announced work is about the outage.
func subject(e Event) uptime.PlanID {
	if aboutPlan(e.Reason) || e.Reason == uptime.PromiseDue {
		return e.Plan.ID
	}
	return ""
}

// planAudience is which subscribers are owed a notice about a plan: who asked for
// news of maintenance of one of its components; everybody who asked for it where
// it names none.
func planAudience(rules Rules, e Event) *uptime.Audience {
	if !rules.Public || !tellsPublic(e.Reason) {
		return nil
	}
	a := uptime.Audience{
		News: uptime.NewsMaintenance, Components: slices.Clone(e.Plan.Components),
		Lane: uptime.LaneSubscribers, Held: e.Held,
	}
	if e.Plan.Draft() {
		a.Held = uptime.HeldDraft
	}
	return &a
}

// planContent says what the notice says of the plan: a copy without its authors,
// but for the name of who announced what breaks a promise. The promises stay
// behind: what is told of them are facts.
func planContent(c *uptime.Content, rules Rules, e Event) {
	p := e.Plan
	p.Components, p.Regions = slices.Clone(p.Components), slices.Clone(p.Regions)
	p.Revisions = slices.Clone(p.Revisions)
	for i := range p.Revisions {
		r := &p.Revisions[i]
		r.Author = ""
		r.Broken = slices.Clone(r.Broken)
		if len(r.Broken) == 0 {
			r.By = ""
		}
	}
	p.Updates = toldOfPlan(p.Updates, e.PlanUpdate)
	p.Rules = uptime.PlanRules{}
	c.Plan = p
	if e.PlanUpdate.ID != "" {
		c.PlanUpdate = e.PlanUpdate
		c.PlanUpdate.Author = ""
	}
	c.Components = rules.notes(e, p.Components)
}

// toldOfPlan are the newest updates up to the one that is told, oldest first.
func toldOfPlan(updates []uptime.PlanUpdate, last uptime.PlanUpdate) []uptime.PlanUpdate {
	if last.ID != "" {
		at := slices.IndexFunc(updates, func(u uptime.PlanUpdate) bool { return u.ID == last.ID })
		if at < 0 { // not among them yet
			updates = append(slices.Clone(updates), last)
		} else {
			updates = updates[:at+1]
		}
	}
	updates = slices.Clone(updates[max(0, len(updates)-mostUpdates):])
	for i := range updates {
		updates[i].Author = ""
	}
	return updates
}

// progress is how far the plan is, in the page's time.
func (r Rules) progress(e Event) string {
	zone, last := r.Catalogue.Page.Zone, e.Plan.Now()
	switch e.Reason {
	case uptime.PlanAnnounced:
		if e.Plan.Change() {
			return "takes effect " + Clock(last.From, zone)
		}
		return "planned for " + Window(last, zone)
	case uptime.PlanRevised:
		return r.moved(e.Plan)
	case uptime.PlanCancelled:
		return "called off; it was planned for " + Window(last, zone)
	case uptime.PlanSoon:
		if e.Plan.Change() {
			return "takes effect soon, " + Clock(last.From, zone)
		}
		return "begins soon, " + Window(last, zone)
	case uptime.PlanStarted:
		if e.Plan.Change() {
			return "in effect since " + Clock(last.From, zone)
		}
		return "begun; it is planned to end " + Clock(last.To, zone)
	case uptime.PlanOverruns:
		return "past its end, " + Clock(last.To, zone) + ", and not done" + r.stillDown(e)
	case uptime.PlanFinished:
		return "done " + Clock(e.Plan.FinishedAt, zone)
	default:
		phase := e.PlanUpdate.Phase
		if phase == "" {
			phase = e.Plan.Phase
		}
		return "news, " + strings.ReplaceAll(string(phase), "_", " ")
	}
}

// moved says what the newest revision has altered.
func (r Rules) moved(p uptime.Plan) string {
	zone, last := r.Catalogue.Page.Zone, p.Now()
	if len(p.Revisions) < 2 {
		return "planned for " + Window(last, zone)
	}
	was := p.Revisions[len(p.Revisions)-2]
	switch {
	case p.Change():
		return "takes effect " + Clock(last.From, zone) + " instead of " + Clock(was.From, zone)
	case last.From.Equal(was.From):
		return "ends " + Clock(last.To, zone) + " instead of " + Clock(was.To, zone)
	}
	return "moved to " + Window(last, zone) + "; it was planned for " + Window(was, zone)
}

// stillDown names the components of the plan that are down.
func (r Rules) stillDown(e Event) string {
	var names []string
	for _, note := range r.notes(e, e.Plan.Components) {
		if note.State == uptime.Down {
			names = append(names, note.Name)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return ": " + names[0] + " is down"
	}
	return ": " + strings.Join(names, ", ") + " are down"
}

// Clock is an instant in a zone as a sentence has it: "Tue 24 Nov 2026 17:00
// AEST". A zone of nil is UTC.
func Clock(at time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format("Mon 2 Jan 2006 15:04 MST")
}

// Window is the time of a revision in a zone as a sentence has it: "Tue 24 Nov
// 2026 17:00 to 18:00 AEST". Of a change it is an instant. A zone of nil is UTC.
func Window(r uptime.Revision, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	from, to := r.From.In(zone), r.To.In(zone)
	switch {
	case !from.Before(to):
		return Clock(from, zone)
	case from.Format("2006-01-02 MST") == to.Format("2006-01-02 MST"):
		return from.Format("Mon 2 Jan 2006 15:04") + " to " + to.Format("15:04 MST")
	}
	return Clock(from, zone) + " to " + Clock(to, zone)
}
