package statuspage

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// soonDays is how many days ahead the home page tells what is planned.
const soonDays = 30

// mostUpcoming is how many of those it tells; the rest have their own page.
const mostUpcoming = 8

func planAddress(p uptime.Plan) string {
	if p.Change() {
		return "/changes/" + url.PathEscape(string(p.ID))
	}
	return "/maintenance/" + url.PathEscape(string(p.ID))
}

// underway tells whether work goes on.
func underway(p uptime.Plan) bool {
	return !p.Change() && (p.Phase == uptime.InProgress || p.Phase == uptime.Verifying)
}

// window is what was announced last, also of what was called off since.
func window(p uptime.Plan) calendar.Span { return calendar.Span{From: p.Now().From, To: p.Now().To} }

// workOn is the work that goes on and names a component.
func (b *book) workOn(id uptime.ComponentID) []uptime.Plan {
	var out []uptime.Plan
	for _, p := range b.in.Plans {
		if underway(p) && slices.Contains(p.Components, id) {
			out = append(out, p)
		}
	}
	return out
}

// shown is a component's present state as readers meet it: in maintenance while
// announced work goes on and it works all the same. Whatever else it is, the
// work hides nothing of it.
func (b *book) shown(c uptime.Component) (uptime.State, time.Time) {
	state, since := b.present(c)
	if state != uptime.Up {
		return state, since
	}
	for _, p := range b.workOn(c.ID) {
		state, since = uptime.Maintenance, uptime.Later(since, p.StartedAt)
	}
	return state, since
}

// plansNow are the plans that go on, and those that begin within the next days,
// each the first to begin first.
func (b *book) plansNow(days int) (going, soon []Plan) {
	var open []uptime.Plan
	for _, p := range b.in.Plans {
		if p.Open() {
			open = append(open, p)
		}
	}
	slices.SortStableFunc(open, func(x, y uptime.Plan) int { return x.Now().From.Compare(y.Now().From) })
	for _, p := range open {
		switch {
		case underway(p):
			going = append(going, b.plan(p))
		case days == 0 || p.Now().From.Before(b.now.AddDate(0, 0, days)):
			soon = append(soon, b.plan(p))
		}
	}
	return going, soon
}

// plan is one plan as the public reads it.
func (b *book) plan(p uptime.Plan) Plan {
	v := Plan{
		Mark: planMark(p), Path: planAddress(p), Calendar: Link{planAddress(p) + ".ics", "add to calendar"},
		Title: isolate(p.Title), Kind: planKind(p), Emergency: p.Emergency,
		Components: b.affected(p.Components), Regions: b.regions(p.Regions),
		When: b.planTime(p, p.Now()), Count: b.countdown(p), Kept: b.kept(p), Override: overriding(p),
		Told: b.told(p), Ruler: b.ruler(p),
	}
	if !p.Change() {
		v.Length = planned.Length(window(p).Duration())
	}
	if !p.Open() {
		v.Calendar.Text = "calendar entry"
	}
	if underway(p) && b.now.After(p.Now().To) {
		stamp := b.clock.brief(p.Now().To)
		v.Overruns = &stamp
	}
	if n := len(p.Updates); n > 0 && underway(p) {
		update := b.planUpdate(p.Updates[n-1])
		v.Newest = &update
	}
	return v
}

// planKind is the public's word for what is planned.
func planKind(p uptime.Plan) string {
	switch p.Kind {
	case uptime.Release:
		return "Release"
	case uptime.PriceChange:
		return "Price change"
	case uptime.Behaviour:
		return "Change"
	case uptime.MaintenanceWork:
	}
	return "Maintenance"
}

// planMark is how far a plan has come.
func planMark(p uptime.Plan) Mark {
	m := mark(uptime.Maintenance)
	switch p.Phase {
	case uptime.Scheduled:
		m.Glyph, m.Word = "◇", "Scheduled"
	case uptime.InProgress:
		m.Word = "In progress"
	case uptime.Verifying:
		m.Word = "Being verified"
	case uptime.Completed:
		m.Class, m.Glyph, m.Word = "done", "◆", "Completed"
		if p.Change() {
			m.Word = "In effect"
		}
	case uptime.Cancelled:
		m.Class, m.Glyph, m.Word = "off", "◇", "Called off"
	}
	return m
}

// countdown tells how long it is to what comes next of a plan, rounded down to
// the minute.
func (b *book) countdown(p uptime.Plan) string {
	r := p.Now()
	length := func(d time.Duration) string {
		if d >= time.Minute {
			d = d.Truncate(time.Minute)
		}
		return planned.Length(d)
	}
	switch {
	case p.Phase == uptime.Cancelled:
		return "called off " + b.clock.brief(r.At).Text
	case p.Phase == uptime.Completed && p.Change():
		return "in effect since " + b.clock.brief(p.FinishedAt).Text
	case p.Phase == uptime.Completed:
		return "completed " + b.clock.brief(p.FinishedAt).Text
	case p.Change() && r.From.After(b.now):
		return "takes effect in " + length(r.From.Sub(b.now))
	case p.Change():
		return "takes effect now"
	case p.Phase == uptime.Scheduled && r.From.After(b.now):
		return "starts in " + length(r.From.Sub(b.now))
	case p.Phase == uptime.Scheduled:
		return "starts now"
	case r.To.After(b.now):
		return length(r.To.Sub(b.now)) + " left"
	}
	return "overruns by " + length(b.now.Sub(r.To))
}

// regions are whose customers a plan concerns; empty: everybody's.
func (b *book) regions(ids []uptime.RegionID) string {
	var names []string
	for _, id := range ids {
		name := string(id)
		for _, r := range b.in.Catalogue.Regions {
			if r.ID == id && r.Name != "" {
				name = r.Name
			}
		}
		names = append(names, isolate(name))
	}
	return list(names, mostNames)
}

// planUpdate is one dated word about a plan.
func (b *book) planUpdate(u uptime.PlanUpdate) Update {
	view := Update{At: b.clock.brief(u.At), Phase: capital(strings.ReplaceAll(string(u.Phase), "_", " ")), Words: b.wordsOf(u.Body, u.Automatic)}
	if u.Phase == uptime.Cancelled {
		view.Phase = "Called off"
	}
	if u.Automatic {
		view.By = " (automatic)"
	}
	return view
}

// told is how many of those who were owed the newest announcement had it. What is
// not known yet is said to be so.
func (b *book) told(p uptime.Plan) string {
	var newest *uptime.Proof
	for i := range b.in.Proofs {
		if proof := &b.in.Proofs[i]; proof.Plan == p.ID && announces(proof.Reason) {
			newest = proof
		}
	}
	switch {
	case newest == nil:
		return ""
	case newest.Owed == 0:
		return "nobody had subscribed"
	}
	text := fmt.Sprintf("%d of %d told", newest.Accepted, newest.Owed)
	if late := newest.Accepted - newest.InTime; late > 0 && len(p.Rules.Notices) > 0 {
		text += fmt.Sprintf(", %d of them too late", late)
	}
	if newest.Bounced > 0 {
		text += fmt.Sprintf(", %d could not be reached", newest.Bounced)
	}
	if newest.Waiting > 0 {
		text += fmt.Sprintf(", %d waiting", newest.Waiting)
	}
	return text
}

// announces tells whether a notice told of a plan's times.
func announces(reason uptime.NoticeReason) bool {
	return reason == uptime.PlanAnnounced || reason == uptime.PlanRevised || reason == uptime.PlanCancelled
}
