package statuspage

import (
	"cmp"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// v2Incident is an incident in Statuspage's words. At most it tells as many
// updates as there are; clients take the first without looking, so there is
// always one.
func (b *book) v2Incident(inc uptime.Incident, components []v2Component) v2Incident {
	created := cmp.Or(inc.CreatedAt, inc.DetectedAt, inc.StartedAt)
	if inc.Automatic {
		created = cmp.Or(inc.DetectedAt, inc.StartedAt)
	}
	out := v2Incident{
		ID:         string(inc.ID),
		Name:       inc.Title,
		Status:     v2Phase(inc.Phase),
		CreatedAt:  v2Time(created),
		UpdatedAt:  v2Time(uptime.Later(created, changed(inc))),
		Impact:     string(inc.Impact),
		Shortlink:  b.address(incidentAddress(inc.ID)),
		StartedAt:  v2Time(inc.StartedAt),
		PageID:     b.pageID(),
		Updates:    b.v2Updates(inc),
		Components: []v2Component{},
	}
	if !inc.Open() {
		at := v2Time(inc.ResolvedAt)
		out.ResolvedAt = &at
	}
	for _, u := range inc.Updates {
		if u.Phase == uptime.Monitoring && out.MonitoringAt == nil {
			at := v2Time(u.At)
			// The end is dated back to the first good look, before the word that
			// told of it was written.
			if !inc.Open() && u.At.After(inc.ResolvedAt) {
				at = v2Time(inc.ResolvedAt)
			}
			out.MonitoringAt = &at
		}
	}
	for _, id := range inc.Components {
		own := v2ID("component", string(id))
		if i := slices.IndexFunc(components, func(c v2Component) bool { return c.ID == own }); i >= 0 {
			out.Components = append(out.Components, components[i])
		}
	}
	return out
}

// v2Phase maps a phase to Statuspage's list, which is closed for many clients:
// it has no word for a false alarm, which is over like what was resolved.
func v2Phase(phase uptime.IncidentPhase) string {
	if phase == uptime.FalseAlarm {
		return string(uptime.Resolved)
	}
	return string(phase)
}

// changed is the last time that anything was said of an incident, or changed
// in what had been said.
func changed(inc uptime.Incident) time.Time {
	at := inc.Postmortem.PublishedAt
	for _, u := range inc.Updates {
		at = uptime.Later(at, reworded(u))
	}
	return at
}

// reworded is when an update got the text that it has.
func reworded(u uptime.Update) time.Time {
	at := uptime.Later(u.At, u.WrittenAt)
	for _, earlier := range u.Amended {
		at = uptime.Later(at, earlier.At)
	}
	return at
}

// v2Updates are an incident's updates, newest first.
func (b *book) v2Updates(inc uptime.Incident) []v2Update {
	updates := inc.Updates
	if len(updates) == 0 {
		updates = []uptime.Update{{
			ID: v2ID("update", string(inc.ID)), Phase: inc.Phase, Body: inc.Title, At: inc.StartedAt, Automatic: true,
		}}
	}
	out := make([]v2Update, 0, len(updates))
	before := inc.StartedAt.Add(-time.Nanosecond)
	for _, u := range updates {
		body := u.Body
		if !u.Automatic {
			body = b.in.memo.markdownText(u.Body)
		}
		out = append(out, v2Update{
			ID: u.ID, Status: v2Phase(u.Phase), Body: body, IncidentID: string(inc.ID),
			CreatedAt: v2Time(uptime.Later(u.At, u.WrittenAt)), UpdatedAt: v2Time(reworded(u)), DisplayAt: v2Time(u.At),
			AffectedComponents:   b.v2Affected(inc, before, u.At),
			DeliverNotifications: !u.Silent,
		})
		before = u.At
	}
	slices.Reverse(out)
	return out
}

// v2Affected tells how an incident's components changed from one instant to
// another. What was not yet observed then is not called operational.
func (b *book) v2Affected(inc uptime.Incident, from, to time.Time) []v2Affected {
	out := []v2Affected{}
	for _, id := range inc.Components {
		c, known := b.component(id)
		if !known {
			continue
		}
		out = append(out, v2Affected{
			Code: v2ID("component", string(id)), Name: c.Name,
			OldStatus: v2State(b.stateAt(c, from)), NewStatus: v2State(b.stateAt(c, to)),
		})
	}
	return out
}

// stateAt is a component's state at an instant that has passed, measured or
// said.
func (b *book) stateAt(c uptime.Component, at time.Time) uptime.State {
	l := b.ledger.components[c.ID]
	if !at.Before(l.Window().To) {
		state, _ := b.present(c)
		return state
	}
	return l.At(at)
}
