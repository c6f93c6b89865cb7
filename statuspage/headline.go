package statuspage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// part is what the headline needs to know of a component.
type part struct {
	name    string
	state   uptime.State
	since   time.Time // when the state began; zero: unknown
	checked time.Time // its newest look; zero: none
	// phase is that of the open incident that names it, the least advanced of
	// several; empty: there is none.
	phase uptime.IncidentPhase
	// planned: announced work on it goes on.
	planned bool
}

// troubled tells of a part that works and whose incident is not over.
func (p part) troubled() bool { return p.state == uptime.Up && p.phase != "" }

// gravest is the order in which states claim the headline, first first.
var gravest = [...]uptime.State{
	uptime.Down, uptime.Partial, uptime.Degraded, uptime.Maintenance, uptime.Unknown, uptime.Up,
}

// sentence answers whether everything works. What is not known is never said
// to work.
func sentence(parts []part) (uptime.State, string) {
	if len(parts) == 0 {
		return uptime.Unknown, "Nothing is watched yet."
	}
	state := uptime.Up
	for _, candidate := range gravest {
		if slices.ContainsFunc(parts, func(p part) bool { return p.state == candidate }) {
			state = candidate
			break
		}
	}
	names := namesIn(parts, state)
	others := len(parts) - len(names)
	switch {
	case state == uptime.Up && slices.ContainsFunc(parts, part.troubled):
		return state, again(parts)
	case state == uptime.Up && len(parts) == 1:
		return state, names[0] + " works."
	case state == uptime.Up:
		return state, "Everything works."
	case state == uptime.Unknown && others == 0 && neverChecked(parts):
		return state, "Nothing has been observed yet."
	case state == uptime.Unknown && others == 0 && len(parts) > 1:
		return state, "We cannot see any component at the moment."
	case state == uptime.Unknown && others == 0:
		return state, "We cannot see " + names[0] + " at the moment."
	case state == uptime.Maintenance:
		text := "Maintenance in progress on " + list(names, 4)
		if others > 0 && others == len(namesIn(parts, uptime.Up)) {
			text += "; everything else works"
		}
		return state, text + "."
	case len(names) == 1:
		return state, names[0] + " " + predicate(state, false) + meanwhile(parts, state) + "."
	case others == 0:
		return state, fmt.Sprintf("All %d components %s%s.", len(names), predicate(state, true), meanwhile(parts, state))
	}
	return state, fmt.Sprintf("%d components %s%s.", len(names), predicate(state, true), meanwhile(parts, state))
}

// meanwhile tells that announced work goes on where something is not well: it
// may be the reason, and hides nothing.
func meanwhile(parts []part, state uptime.State) string {
	var bad, worked []string
	for _, p := range parts {
		if p.state != state || state == uptime.Maintenance || state == uptime.Up {
			continue
		}
		bad = append(bad, p.name)
		if p.planned {
			worked = append(worked, p.name)
		}
	}
	switch {
	case len(worked) == 0:
		return ""
	case len(worked) == len(bad):
		return "; announced work is under way"
	}
	return "; announced work is under way on " + list(worked, mostNames)
}

// again tells that everything works while an incident is still open.
func again(parts []part) string {
	watched, open := troubles(parts)
	works := "Everything works"
	if len(parts) == 1 {
		works = parts[0].name + " works"
	}
	switch {
	case len(open) > 0:
		return works + " by our checks; an incident on " + list(open, mostNames) + " is still open."
	case len(parts) == 1:
		return works + " again; we are watching it."
	}
	return works + " again; we are watching " + list(watched, mostNames) + "."
}

// troubles are the names of the parts that work again and are being watched,
// and of those that work although their incident says otherwise.
func troubles(parts []part) (watched, open []string) {
	for _, p := range parts {
		switch {
		case !p.troubled():
		case p.phase == uptime.Monitoring:
			watched = append(watched, p.name)
		default:
			open = append(open, p.name)
		}
	}
	return watched, open
}

func namesIn(parts []part, state uptime.State) []string {
	var names []string
	for _, p := range parts {
		if p.state == state {
			names = append(names, p.name)
		}
	}
	return names
}

func neverChecked(parts []part) bool {
	return !slices.ContainsFunc(parts, func(p part) bool { return !p.checked.IsZero() })
}

// mostNames is how many names a sentence lists before it counts the rest.
const mostNames = 6

// also tells what else is wrong, gravest first, for the line under the
// headline: "Surveys is degraded."
func also(parts []part, headline uptime.State) string {
	var out []string
	for _, state := range gravest {
		names := namesIn(parts, state)
		// One component in the headline's state is named there; several are
		// counted there and named here.
		if state == uptime.Up || len(names) == 0 || state == headline && (len(names) == 1 || len(names) == len(parts)) {
			continue
		}
		if headline == uptime.Maintenance && state == headline {
			continue
		}
		text := list(names, mostNames) + " " + predicate(state, len(names) > 1)
		if state != headline { // the headline says it itself
			text += meanwhile(parts, state)
		}
		out = append(out, text+".")
	}
	watched, open := troubles(parts)
	if headline != uptime.Up && len(watched) > 0 {
		out = append(out, list(watched, mostNames)+" "+predicate(uptime.Up, len(watched) > 1)+" again; we are watching.")
	}
	if headline != uptime.Up && len(open) > 0 {
		out = append(out, list(open, mostNames)+" "+predicate(uptime.Up, len(open) > 1)+" by our checks; the incident is still open.")
	}
	return strings.Join(out, " ")
}

// still lists what works while something else does not, and is in no incident.
func still(parts []part, headline uptime.State) string {
	names := namesIn(slices.DeleteFunc(slices.Clone(parts), part.troubled), uptime.Up)
	if headline == uptime.Up || len(names) == 0 {
		return ""
	}
	return list(names, mostNames) + "."
}

// age tells when we last looked, and from how many places.
func age(checked time.Time, places int, now time.Time) string {
	if checked.IsZero() {
		return "No check has told anything yet."
	}
	if places == 0 { // nobody vouches any more
		return "Last checked " + howOld(checked, now) + "."
	}
	return "Checked " + howOld(checked, now) + " from " + uptime.Count(places, "place") + "."
}

func howOld(at, now time.Time) string {
	if d := now.Sub(at); d >= time.Second {
		return prose(d) + " ago"
	}
	return "just now"
}

// unseenSince tells of the one component that is not observed when it was last
// looked at; the age of the page is that of the others. Several are named
// elsewhere.
func unseenSince(parts []part, now time.Time) string {
	dark := slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return p.state != uptime.Unknown })
	switch {
	case len(dark) != 1:
		return ""
	case dark[0].checked.IsZero():
		return " " + dark[0].name + " has not been checked yet."
	}
	return " " + dark[0].name + " was last checked " + howOld(dark[0].checked, now) + "."
}

// headline is the answer, with its age and what it leaves open.
func (b *book) headline() Headline {
	parts := b.parts()
	state, text := sentence(parts)
	if untold := b.untold(); len(untold) > 0 && b.tops(untold[0]) {
		return b.incidentHeadline(untold, parts)
	}
	h := Headline{Mark: mark(state), Text: text, Still: still(parts, state)}
	var first Phrase
	if since := eldest(parts, state); state != uptime.Up && state != uptime.Unknown && !since.IsZero() {
		first = b.sincePhrase(since)
	}
	first.After += age(newestLook(parts), b.places, b.now)
	switch {
	case state == uptime.Up:
		first.After += " " + b.quietFor()
	case state == uptime.Unknown && len(parts) > 1:
		first.After += unseenSince(parts, b.now)
	}
	h.Sub = append(h.Sub, first)
	if text := also(parts, state); text != "" {
		h.Sub = append(h.Sub, Phrase{Before: text})
	}
	return h
}

func (b *book) sincePhrase(at time.Time) Phrase {
	stamp := b.clock.brief(at)
	return Phrase{Before: "Since", When: &stamp, After: ", " + lasted(b.now.Sub(at)) + ". "}
}

func newestLook(parts []part) time.Time {
	var checked time.Time
	for _, p := range parts {
		checked = uptime.Later(checked, p.checked)
	}
	return checked
}

// eldest is when the first of the parts in this state came into it.
func eldest(parts []part, state uptime.State) time.Time {
	var since time.Time
	for _, p := range parts {
		if p.state == state && !p.since.IsZero() && (since.IsZero() || p.since.Before(since)) {
			since = p.since
		}
	}
	return since
}

// quietFor tells how long nothing has been down: since the newest downtime
// ended, or since we began to watch.
func (b *book) quietFor() string {
	var ended, began time.Time
	for _, c := range b.in.Catalogue.Components {
		line := b.ledger.components[c.ID]
		if at := firstObserved(b.ledger.measuredLine(c.ID)); !at.IsZero() && (began.IsZero() || at.Before(began)) {
			began = at
		}
		if i := lastDown(line); i >= 0 {
			ended = uptime.Later(ended, line[i].To)
		}
	}
	switch {
	case !ended.IsZero():
		return "No downtime seen for " + prose(b.now.Sub(ended)) + "."
	case !began.IsZero():
		return "No downtime seen since we began to watch, " + prose(b.now.Sub(began)) + " ago."
	}
	return ""
}
