package statuspage

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// v2Maintenance is announced work in Statuspage's words: an incident with a
// window.
type v2Maintenance struct {
	v2Incident
	ScheduledFor   v2Time `json:"scheduled_for"`
	ScheduledUntil v2Time `json:"scheduled_until"`
}

// v2Maintenances are all that is at hand, the newest first, those that are to
// come, and those that go on.
func (b *book) v2Maintenances(components []v2Component) (all, upcoming, active []v2Maintenance) {
	var work []uptime.Plan
	for _, p := range b.in.Plans {
		if !p.Change() {
			work = append(work, p)
		}
	}
	slices.SortStableFunc(work, func(x, y uptime.Plan) int { return y.Now().From.Compare(x.Now().From) })
	for _, p := range work {
		if p.Open() || len(all) < mostIncidents {
			m := b.v2Maintenance(p, components)
			if len(all) < mostIncidents {
				all = append(all, m)
			}
			switch p.Phase {
			case uptime.Scheduled:
				upcoming = append(upcoming, m)
			case uptime.InProgress, uptime.Verifying:
				active = append(active, m)
			case uptime.Completed, uptime.Cancelled:
			}
		}
	}
	return orNone(all), orNone(upcoming), orNone(active)
}

func (b *book) v2Maintenance(p uptime.Plan, components []v2Component) v2Maintenance {
	out := v2Maintenance{v2Incident: v2Incident{
		ID: v2ID("plan", string(p.ID)), Name: p.Title, Status: v2PlanPhase(p.Phase), Impact: "maintenance",
		CreatedAt: v2Time(p.PublishedAt), UpdatedAt: v2Time(planNewsAt(p)), StartedAt: v2Time(p.Now().From),
		Shortlink: b.address(planAddress(p)), PageID: b.pageID(), Components: []v2Component{},
	}, ScheduledFor: v2Time(p.Now().From), ScheduledUntil: v2Time(p.Now().To)}
	if !p.StartedAt.IsZero() {
		out.StartedAt = v2Time(p.StartedAt)
	}
	if !p.Open() {
		at := v2Time(p.FinishedAt)
		out.ResolvedAt = &at
	}
	for _, id := range p.Components {
		own := v2ID("component", string(id))
		if i := slices.IndexFunc(components, func(c v2Component) bool { return c.ID == own }); i >= 0 {
			out.Components = append(out.Components, components[i])
		}
	}
	out.Updates = b.v2PlanUpdates(p, out.ID)
	return out
}

// v2PlanPhase maps a phase to Statuspage's list, which is closed for many
// clients: it has no word for what was called off, which is over like what was
// completed. The newest update says what it is.
func v2PlanPhase(phase uptime.PlanPhase) string {
	if phase == uptime.Cancelled {
		return string(uptime.Completed)
	}
	return string(phase)
}

// v2PlanUpdates are the announcements and the words about a plan, newest first.
// There is always one: clients take the first without looking.
func (b *book) v2PlanUpdates(p uptime.Plan, id string) []v2Update {
	var out []v2Update
	add := func(key string, phase uptime.PlanPhase, at time.Time, body string, silent bool) {
		out = append(out, v2Update{
			ID: v2ID("plan update", string(p.ID)+key), Status: v2PlanPhase(phase), Body: body, IncidentID: id,
			CreatedAt: v2Time(at), UpdatedAt: v2Time(at), DisplayAt: v2Time(at),
			AffectedComponents: b.v2PlanAffected(p, phase), DeliverNotifications: !silent,
		})
	}
	for i, r := range p.Revisions {
		phase, body := uptime.Scheduled, b.in.memo.markdownText(p.Body)
		if i > 0 {
			body = capital(difference(p.Revisions[i-1], r)) + ". " + r.Reason
		}
		switch {
		case r.Cancelled:
			phase = uptime.Cancelled
		case r.Finished:
			phase = uptime.Completed
		case !p.StartedAt.IsZero() && r.At.After(p.StartedAt):
			phase = uptime.InProgress
		}
		if body == "" {
			body = p.Title
		}
		add("\x00r"+r.At.UTC().Format(time.RFC3339Nano), phase, r.At, body, false)
	}
	for _, u := range p.Updates {
		body := u.Body
		if !u.Automatic {
			body = b.in.memo.markdownText(u.Body)
		}
		add("\x00u"+u.ID, u.Phase, u.At, body, u.Silent)
	}
	slices.SortStableFunc(out, func(x, y v2Update) int { return time.Time(y.DisplayAt).Compare(time.Time(x.DisplayAt)) })
	return orNone(out)
}

// v2PlanAffected tells what a phase makes of a plan's components by itself; what
// was measured of them meanwhile stands in the components.
func (b *book) v2PlanAffected(p uptime.Plan, phase uptime.PlanPhase) []v2Affected {
	out := []v2Affected{}
	if phase != uptime.InProgress {
		return out
	}
	for _, id := range p.Components {
		if c, known := b.component(id); known {
			out = append(out, v2Affected{Code: v2ID("component", string(id)), Name: c.Name, OldStatus: v2State(uptime.Up), NewStatus: v2State(uptime.Maintenance)})
		}
	}
	return out
}

// planNewsAt is when something new was told of a plan.
func planNewsAt(p uptime.Plan) time.Time {
	at := uptime.Later(p.PublishedAt, p.FinishedAt)
	for _, r := range p.Revisions {
		at = uptime.Later(at, r.At)
	}
	for _, u := range p.Updates {
		at = uptime.Later(at, u.At)
	}
	return at
}
