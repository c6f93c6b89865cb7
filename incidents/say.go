package incidents

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// say adds a person's word to an incident, and with it what changes: the phase,
// the impact, the components and what is said of them. A phase that ends ends
// the incident at the word's time; any other makes it last again.
func (w Word) say(k known) (move, error) {
	if err := k.closed(); err != nil {
		return move{}, err
	}
	given := whole(w.At)
	w, err := w.read(k)
	if err != nil {
		return move{}, err
	}
	m := k.stays("incident.update")
	m.silent = w.Silent
	w.carry(&m, k, !given.IsZero())
	m.incident.Impact, m.incident.Components, m.incident.Unaffected = w.Impact, w.Components, w.Unaffected
	m.adds(uptime.Update{
		ID: k.word(), Phase: w.Phase, Body: w.Body,
		// What is over may have been over before the newest word about it; the
		// word itself comes last all the same.
		At: later(w.At, k.newest()), WrittenAt: k.now, NextBy: w.NextBy, Author: k.by.ID, Silent: w.Silent,
	})
	m.detail = string(w.Phase) + told(nil, w.At, w.NextBy, w.Silent)
	if !slices.Equal(w.Components, k.incident.Components) {
		m.detail += "; affects now " + listed(w.Components)
	}
	if missed := k.incident.Missed(k.now); len(missed) > 0 && missed[len(missed)-1].NextBy.Equal(k.incident.Promised()) {
		m.detail += "; late: it was promised by " + clock(k.incident.Promised())
	}
	return m, nil
}

// carry takes the phase and the statements to where the word puts them.
func (w Word) carry(m *move, k known, dated bool) {
	i := &m.incident
	over, open := w.Phase.Ends(), k.incident.Open()
	if open || !over || i.Phase != uptime.PostmortemOut {
		i.Phase = w.Phase
	}
	m.reason = uptime.NewsOfState
	switch {
	case open && over:
		m.reason = uptime.Recovered
		i.ResolvedAt = w.At
	case over && dated: // a better time than the one that was told
		i.ResolvedAt = w.At
	case !open && !over:
		m.reason = uptime.WentDown
		i.ResolvedAt = time.Time{}
	}
	if over {
		m.statements = ended(m.statements, k.incident.ResolvedAt, i.ResolvedAt)
		if w.Phase == uptime.FalseAlarm {
			m.statements = takenBack(m.statements)
		}
		return
	}
	for _, id := range k.incident.Components {
		if !slices.Contains(w.Components, id) {
			m.statements = stated(m.statements, i.ID, id, uptime.Up, w.At)
		}
	}
	for _, id := range sorted(w.States) {
		m.statements = stated(m.statements, i.ID, id, w.States[id], w.At)
	}
}

// read checks what was entered and completes it with what is there.
func (w Word) read(k known) (Word, error) {
	var f fields
	w.Body = f.body(w.Body, true)
	if w.Phase == "" {
		w.Phase = spoken(k.incident)
	}
	switch w.Phase {
	case uptime.Investigating, uptime.Identified, uptime.Monitoring, uptime.Resolved, uptime.FalseAlarm:
	case uptime.PostmortemOut:
		f.fault("phase", "is postmortem: publish the review instead")
	default:
		f.fault("phase", "is %q: use investigating, identified, monitoring, resolved or false_alarm", w.Phase)
	}
	if w.Impact == "" {
		w.Impact = k.incident.Impact
	}
	f.impact(w.Impact)
	w.At, w.NextBy = whole(w.At), whole(w.NextBy)
	switch {
	case w.At.IsZero():
		w.At = later(k.now, k.newest())
	case !w.Phase.Ends() && w.At.Before(k.newest()):
		f.fault("at", "is before the newest update, of %s: amend that one, or say in the text when it was", clock(k.newest()))
	default:
		f.past("at", w.At, k.incident.StartedAt, k.now)
	}
	w.affects(&f, k)
	f.nextBy(w.NextBy, k.now, w.Phase.Ends())
	return w, f.err()
}

// affects reads the components and what is said of them. A component that is
// now affected is no longer said to work.
func (w *Word) affects(f *fields, k known) {
	was := slices.Concat(k.incident.Components, k.incident.Unaffected)
	if w.Components == nil {
		w.Components = k.incident.Components
	} else {
		w.Components = f.components("components", w.Components, was, k.catalogue)
	}
	if w.Unaffected == nil {
		w.Unaffected = slices.DeleteFunc(slices.Clone(k.incident.Unaffected), func(id uptime.ComponentID) bool {
			return slices.Contains(w.Components, id)
		})
	} else {
		w.Unaffected = f.components("unaffected", w.Unaffected, was, k.catalogue)
	}
	f.apart(w.Components, w.Unaffected)
	f.states(w.States, w.Components)
	for _, id := range sorted(w.States) {
		if w.Phase.Ends() && w.States[id] != uptime.Up {
			f.fault("states."+string(id), "is said of what is over: leave it out, or choose a phase that lasts")
		}
	}
}

// spoken is the phase of a word that names none: the incident's own, or, once a
// review is out, how it ended.
func spoken(i uptime.Incident) uptime.IncidentPhase {
	if i.Phase != uptime.PostmortemOut {
		return i.Phase
	}
	for _, u := range slices.Backward(i.Updates) {
		if u.Phase.Ends() {
			return u.Phase
		}
	}
	return uptime.Resolved
}
