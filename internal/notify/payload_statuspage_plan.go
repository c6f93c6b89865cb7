package notify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// spMaintenanceOf tells a plan as Statuspage tells scheduled maintenance: as an
// incident with times. A change has one time, and no impact.
func spMaintenanceOf(reason uptime.NoticeReason, n uptime.Notice, address addresses, page string) spIncident {
	p := n.Content.Plan
	r := p.Now()
	out := spIncident{
		ID: string(p.ID), Name: p.Title, Status: spPhase(p.Phase), Impact: spMaintenance,
		CreatedAt: instant(cmpTime(p.PublishedAt, n.At)), UpdatedAt: instant(n.At), StartedAt: instant(cmpTime(p.StartedAt, r.From)),
		ResolvedAt: instant(p.FinishedAt), Shortlink: address.plan(p), PageID: page,
		ScheduledFor: instant(r.From), ScheduledUntil: instant(r.To), ScheduledRemindPrior: true,
		ScheduledInProgress: true, ScheduledCompleted: true, Updates: spPlanUpdates(n), Components: []spComponent{},
	}
	if p.Change() {
		out.Impact, out.ScheduledUntil = string(uptime.ImpactNone), out.ScheduledFor
	}
	if reason == uptime.PlanSoon {
		out.ScheduledRemindedAt = instant(n.At)
	}
	return out
}

// spMaintenance is Statuspage's word for the impact of work that was announced.
const spMaintenance = "maintenance"

// spPlanUpdates are the updates, newest first. The first of them is the
// announcement, and the newest is what this message tells: readers take it
// without looking.
func spPlanUpdates(n uptime.Notice) []spUpdate {
	p := n.Content.Plan
	updates := append([]uptime.PlanUpdate{{
		ID: spID("update", string(p.ID)), Phase: uptime.Scheduled, Body: cmp.Or(p.Body, n.Summary, p.Title), At: cmpTime(p.PublishedAt, n.At),
	}}, p.Updates...)
	if r := p.Now(); updates[len(updates)-1].Phase != p.Phase || n.Content.PlanUpdate.ID == "" && n.Reason != uptime.PlanAnnounced {
		now := uptime.PlanUpdate{ID: spID("update", n.ID), Phase: p.Phase, Body: cmp.Or(n.Summary, p.Title), At: n.At, Automatic: true}
		switch {
		case p.Phase == uptime.Cancelled: // for readers who know no other word than completed
			now.Body = strings.TrimSpace("Called off. " + r.Reason)
		case n.Reason == uptime.PlanRevised && r.Reason != "":
			now.Body += ". " + r.Reason
		}
		updates = append(updates, now)
	}
	var out []spUpdate
	for _, u := range slices.Backward(updates) {
		out = append(out, spUpdate{
			ID: u.ID, Status: spPhase(u.Phase), Body: u.Body, IncidentID: string(p.ID),
			CreatedAt: instant(u.At), UpdatedAt: instant(u.At), DisplayAt: instant(u.At), Deliver: !u.Silent,
		})
	}
	out[0].Affected = spAffectedOf(n.Content.Components)
	return out
}

// spPhase is Statuspage's word for a phase. It has none for what was called off,
// which is over in any case, and whose text says so.
func spPhase(phase uptime.PlanPhase) string {
	switch phase {
	case uptime.Cancelled:
		return string(uptime.Completed)
	case "":
		return string(uptime.Scheduled)
	case uptime.Scheduled, uptime.InProgress, uptime.Verifying, uptime.Completed:
	}
	return string(phase)
}
