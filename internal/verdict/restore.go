package verdict

import (
	"cmp"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Restore is the machine as it was when the process ended, from what it left in
// the store, in any order: the monitor's newest segments, of which the last two
// suffice, and its newest observations, of which those suffice that told
// something and are one more than the larger number of the confirmation.
//
// The step holds what the last look had changed but the store has not seen: a
// process that ends between a look and its transition leaves such. Its segments
// and transitions are to be applied like any other's; blips and recoveries are
// not told again.
func Restore(monitor uptime.Monitor, segments []uptime.Segment, looks []uptime.Observation) (*Machine, Step) {
	looks = slices.SortedStableFunc(slices.Values(looks), func(a, b uptime.Observation) int { return a.At.Compare(b.At) })
	m := New(monitor)
	m.believe(segments)
	decided := m.decidedOn(looks)
	m.recall(looks[:decided])
	if decided == 0 && len(looks) > 0 && m.open.State != uptime.Unknown {
		// Looks that were not handed over have kept the segment open so far.
		m.told = looks[0].At.Add(-1)
	}
	return m, m.replay(looks[decided:])
}

// decidedOn is how many of the looks, from the oldest, are in the record already.
// Looks are decided on once: all but the last have been, unless nothing was ever
// recorded. Looks that told nothing decide nothing.
func (m *Machine) decidedOn(looks []uptime.Observation) int {
	if m.open.From.IsZero() {
		return 0
	}
	n := len(looks)
	if n > 0 && looks[n-1].At.After(m.open.From) && looks[n-1].Outcome != uptime.Unseen {
		n--
	}
	return n
}

// replay takes looks that may not have been decided on.
func (m *Machine) replay(looks []uptime.Observation) Step {
	var missed Step
	for _, o := range looks {
		s := m.Step(o)
		for _, segment := range s.Segments {
			missed.put(segment)
		}
		missed.Transitions = append(missed.Transitions, s.Transitions...)
	}
	missed.Undecided = m.undecided()
	return missed
}

// believe takes over what the segments say.
func (m *Machine) believe(segments []uptime.Segment) {
	segments = slices.SortedFunc(slices.Values(segments), func(a, b uptime.Segment) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To))
	})
	for _, s := range segments {
		m.open, m.vantage = s, s.Vantage
		if s.State != uptime.Unknown {
			m.belief, m.reason = s.State, s.Code
		}
	}
	if !m.open.To.IsZero() {
		// Whoever closed it did not look on: the time since then is a gap.
		m.open = uptime.Segment{Monitor: m.open.Monitor, Vantage: m.vantage, From: m.open.To}
	}
}

// recall counts the looks that the segments are already made of.
func (m *Machine) recall(looks []uptime.Observation) {
	for _, o := range looks {
		m.newest = o
		if o.Outcome == uptime.Unseen {
			m.blind = o.Code
			continue
		}
		if m.late(o.At, 0) {
			m.void()
		}
		m.blind, m.told = "", o.At
		m.count(o)
	}
	switch {
	case m.open.State == uptime.Unknown:
		m.void()
	case m.told.Before(m.open.From):
		m.void()
		m.told = m.vouched()
	}
}

// vouched is when the newest look must have begun that told something, where none
// was handed over: the segment began with one, and none of the looks that told
// nothing came so late after it that it would have been a gap.
func (m *Machine) vouched() time.Time {
	told := m.newest.At.Add(-m.monitor.Interval - m.monitor.Grace)
	if told.Before(m.open.From) {
		return m.open.From
	}
	return told
}
