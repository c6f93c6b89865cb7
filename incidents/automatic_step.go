package incidents

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// step is one automatic word about an incident.
type step struct {
	phase  uptime.IncidentPhase
	body   string // plain text
	reason uptime.NoticeReason
	held   uptime.HoldReason
}

// stepOf is the id of the word that the event adds to an incident. It follows
// from the event, so that the same event, decided twice, is told once.
func (d *decision) stepOf(incident uptime.Incident) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d", d.event.Kind, d.event.Component.ID, d.event.At.UnixMilli()))
	return string(incident.ID) + "-" + hex.EncodeToString(sum[:6])
}

// said tells whether the incident holds the event's word already.
func (d *decision) said(incident uptime.Incident) bool {
	id := d.stepOf(incident)
	return slices.ContainsFunc(incident.Updates, func(u uptime.Update) bool { return u.ID == id })
}

// say adds to the changes the incident one version on, with a word about it and
// the notice that is owed for that. A person's promise of a next update is not
// kept by it: it goes on.
func (d *decision) say(incident uptime.Incident, s step) {
	if d.said(incident) {
		return
	}
	id := d.stepOf(incident)
	update := uptime.Update{ID: id, Phase: s.phase, Body: s.body, At: d.now, WrittenAt: d.now, Automatic: true}
	if promised := incident.Promised(); promised.After(d.now) {
		update.NextBy = promised
	}
	expect := incident.Version
	incident.Version++
	incident.Phase = s.phase
	incident.Updates = append(slices.Clip(incident.Updates), update)
	d.changes.Incidents = append(d.changes.Incidents, uptime.IncidentChange{
		Incident: incident, Expect: expect, Updates: []uptime.Update{update},
	})
	d.changes.Outbox = append(d.changes.Outbox, notice.Plan(d.terms.Rules, notice.Event{
		ID: id, Reason: s.reason, Incident: incident, Update: update, States: d.states(incident), Held: s.held,
	}, d.now))
}

// silently adds the incident one version on, without a word.
func (d *decision) silently(incident uptime.Incident) {
	expect := incident.Version
	incident.Version++
	incident.Phase = ongoing(incident)
	d.changes.Incidents = append(d.changes.Incidents, uptime.IncidentChange{Incident: incident, Expect: expect})
}

func (d *decision) states(incident uptime.Incident) map[uptime.ComponentID]uptime.State {
	states := make(map[uptime.ComponentID]uptime.State, len(incident.Components)+len(incident.Unaffected))
	for _, ids := range [...][]uptime.ComponentID{incident.Components, incident.Unaffected} {
		for _, id := range ids {
			states[id] = d.scene.Part(id).State
		}
	}
	return states
}

// toldWhileFlapping is the number of outages of one incident that are told
// while its component goes up and down. Those after it stand on the page only.
const toldWhileFlapping = 3

// flapping holds back what is told of a component that goes up and down, after
// the first few times.
func (d *decision) flapping(incident uptime.Incident) uptime.HoldReason {
	if d.scene.Part(d.event.Component.ID).Flapping && phases(incident, uptime.Investigating) >= toldWhileFlapping {
		return uptime.HeldFlapping
	}
	return ""
}

// failing says what was measured.
func (d *decision) failing() string {
	lead := "A check failed: "
	if d.event.Looks > 1 {
		lead = fmt.Sprintf("%d checks in a row failed: ", d.event.Looks)
	}
	lead += uptime.Explain(d.event.Code, d.event.Facts)
	if !d.event.Began.IsZero() {
		return fmt.Sprintf("%s. It went down at %s, during announced work, and that ended at %s.", lead, d.read(d.event.Began), d.clock())
	}
	return lead + ". First failure at " + d.clock() + "."
}

// clock is when the event began, by the page's clock.
func (d *decision) clock() string { return d.read(d.event.At) }

func (d *decision) read(at time.Time) string { return d.terms.clock(at) }

// names lists the first few of the components and counts the others.
func (d *decision) names(ids []uptime.ComponentID) string {
	const shown = 3
	list := make([]string, 0, shown+1)
	for _, id := range ids[:min(len(ids), shown)] {
		name := d.scene.Part(id).Component.Name
		if name == "" {
			name = string(id)
		}
		list = append(list, name)
	}
	if more := len(ids) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	last := len(list) - 1
	if last == 0 {
		return list[0]
	}
	return strings.Join(list[:last], ", ") + " and " + list[last]
}

// depend is "Checkout depends" or "Checkout and Search depend".
func (d *decision) depend(ids []uptime.ComponentID) string {
	if len(ids) == 1 {
		return d.names(ids) + " depends"
	}
	return d.names(ids) + " depend"
}
