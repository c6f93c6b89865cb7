package incidents

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// open begins an incident that nobody knows yet. What it lacks is said all at
// once. Its first update speaks of when it began, so that later ones may be
// back-dated to any time since.
func (in Opening) open(k known, suffix string) (move, error) {
	in, err := in.read(k)
	if err != nil {
		return move{}, err
	}
	m := move{action: "incident.open", reason: uptime.WentDown, silent: in.Silent, incident: uptime.Incident{
		ID:    uptime.IncidentID(in.StartedAt.Format("20060102-150405") + "-" + suffix),
		Title: in.Title, Tier: in.Tier, Impact: in.Impact, Phase: in.Phase,
		Components: in.Components, Unaffected: in.Unaffected,
		StartedAt: in.StartedAt, DetectedAt: k.now, CreatedAt: k.now,
	}}
	visible := "a draft"
	if in.Publish {
		m.incident.PublishedAt = k.now
		visible = "public"
	}
	m.adds(uptime.Update{
		ID: fmt.Sprintf("%s-1", m.incident.ID), Phase: in.Phase, Body: in.Body, At: in.StartedAt, WrittenAt: k.now,
		NextBy: in.NextBy, Author: k.by.ID, Silent: in.Silent,
	})
	for _, id := range sorted(in.States) {
		m.statements = stated(m.statements, m.incident.ID, id, in.States[id], in.StartedAt)
	}
	m.detail = fmt.Sprintf("%s, tier %d, impact %s: %s", visible, in.Tier, in.Impact, in.Title) +
		told(in.Components, in.StartedAt, in.NextBy, in.Silent)
	return m, nil
}

// oldest is how many years ago an incident may have begun that is entered.
const oldest = 20

// read checks what was entered and completes it.
func (in Opening) read(k known) (Opening, error) {
	var f fields
	in.Title = f.line("title", in.Title, "what customers see")
	in.Body = f.body(in.Body, true)
	f.tier(in.Tier)
	if in.Impact == "" {
		in.Impact = ImpactOf(in.Tier)
	}
	f.impact(in.Impact)
	switch in.Phase {
	case "":
		in.Phase = uptime.Investigating
	case uptime.Investigating, uptime.Identified, uptime.Monitoring:
	default:
		f.fault("phase", "is %q: an incident begins as investigating, identified or monitoring", in.Phase)
	}
	in.StartedAt, in.NextBy = whole(in.StartedAt), whole(in.NextBy)
	if in.StartedAt.IsZero() {
		in.StartedAt = k.now
	}
	switch {
	case in.StartedAt.After(k.now):
		f.fault("started_at", "is in the future: give a time that has passed, or leave it out for now")
	case in.StartedAt.Before(k.now.AddDate(-oldest, 0, 0)): // also of years that JSON cannot say
		f.fault("started_at", "is more than %d years ago", oldest)
	}
	in.Components = f.components("components", in.Components, nil, k.catalogue)
	in.Unaffected = f.components("unaffected", in.Unaffected, nil, k.catalogue)
	f.apart(in.Components, in.Unaffected)
	f.states(in.States, in.Components)
	f.nextBy(in.NextBy, k.now, false)
	return in, f.err()
}

// told are the particulars that the audit log names.
func told(components []uptime.ComponentID, at, next time.Time, silent bool) string {
	text := ""
	if len(components) > 0 {
		text += "; affects " + listed(components)
	}
	text += "; as of " + clock(at)
	if !next.IsZero() {
		text += "; next update by " + clock(next)
	}
	if silent {
		text += "; nobody is told"
	}
	return text
}
