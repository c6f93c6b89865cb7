package notice

import (
	"maps"
	"slices"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// Bounds of what a notice carries.
const (
	mostUpdates    = 20
	longestSummary = 300 // characters
)

// content is what the notice says, copied: nothing in it changes afterwards.
func content(rules Rules, e Event) uptime.Content {
	c := uptime.Content{Page: rules.Page, Facts: maps.Clone(e.Facts)}
	if subject(e) != "" {
		planContent(&c, rules, e)
	}
	if e.Incident.ID == "" {
		return c
	}
	c.Incident = e.Incident
	c.Incident.Components = slices.Clone(e.Incident.Components)
	c.Incident.Unaffected = slices.Clone(e.Incident.Unaffected)
	c.Incident.Updates = told(e.Incident.Updates, e.Update)
	if e.Update.ID != "" {
		c.Update = anonymous(e.Update)
	}
	c.Components = rules.notes(e, e.Incident.Components)
	c.Unaffected = rules.notes(e, e.Incident.Unaffected)
	return c
}

// told are the newest updates up to the one that is told, oldest first.
func told(updates []uptime.Update, last uptime.Update) []uptime.Update {
	if last.ID != "" {
		at := slices.IndexFunc(updates, func(u uptime.Update) bool { return u.ID == last.ID })
		if at < 0 { // not among them yet
			updates = append(slices.Clone(updates), last)
		} else {
			updates = updates[:at+1]
		}
	}
	updates = updates[max(0, len(updates)-mostUpdates):]
	var out []uptime.Update
	for _, u := range updates {
		out = append(out, anonymous(u))
	}
	return out
}

// anonymous is the update without its authors: the public does not see who
// wrote, and a snapshot is sent to it.
func anonymous(u uptime.Update) uptime.Update {
	u.Author = ""
	u.Amended = slices.Clone(u.Amended)
	for i := range u.Amended {
		u.Amended[i].Author = ""
	}
	return u
}

// notes name the components in the catalogue's order, and after them, by their
// ids, those that it no longer has.
func (r Rules) notes(e Event, components []uptime.ComponentID) []uptime.ComponentNote {
	if len(components) == 0 {
		return nil
	}
	wanted := make(map[uptime.ComponentID]bool, len(components))
	for _, id := range components {
		wanted[id] = true
	}
	out := make([]uptime.ComponentNote, 0, len(wanted))
	note := func(id uptime.ComponentID, name string) {
		if wanted[id] {
			wanted[id] = false
			out = append(out, uptime.ComponentNote{ID: id, Name: name, State: r.state(e, id)})
		}
	}
	for _, c := range r.Catalogue.Components {
		note(c.ID, c.Name)
	}
	for _, id := range components {
		note(id, string(id))
	}
	return out
}

// state is what the component is now; unknown where nobody said.
func (r Rules) state(e Event, id uptime.ComponentID) uptime.State {
	if s, said := e.States[id]; said {
		return s
	}
	return r.States[id]
}

// summary is one line of plain text: the event's own, or the title of the
// incident or the plan with how far it is.
func summary(rules Rules, e Event) string {
	text := e.Summary
	switch {
	case text != "":
	case e.Incident.ID != "":
		text = e.Incident.Title + ": " + standing(e)
	case aboutPlan(e.Reason):
		text = e.Plan.Title + ": " + rules.progress(e)
	default:
		text = plain(e)
	}
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > longestSummary {
		text = string(runes[:longestSummary-1]) + "…"
	}
	return text
}

// standing is how far the incident is. An automatic update is plain text and
// says it itself; a person's is Markdown.
func standing(e Event) string {
	phase := e.Update.Phase
	if phase == "" {
		phase = e.Incident.Phase
	}
	switch {
	case e.Reason == uptime.Reminder:
		return "not resolved yet"
	case e.Reason == uptime.UpdateOverdue:
		return "the update promised by " + e.Update.NextBy.UTC().Format("15:04 MST on 2 January 2006") + " is overdue"
	case e.Update.Automatic && e.Update.Body != "":
		return e.Update.Body
	case phase == uptime.PostmortemOut:
		return "review published"
	}
	return strings.ReplaceAll(string(phase), "_", " ")
}

// plain is the summary of what is about no incident and no plan.
func plain(e Event) string {
	switch e.Reason {
	case uptime.WentBlind:
		return "Our own connection is lost: nothing can be observed"
	case uptime.SeesAgain:
		return "Our own connection is back"
	case uptime.ChannelDead:
		return "The channel " + e.Facts[FactChannel] + " takes no messages"
	case uptime.TestOfChannel:
		return "A test of the channel " + e.Facts[FactChannel]
	default:
		return strings.ReplaceAll(string(e.Reason), "_", " ")
	}
}
