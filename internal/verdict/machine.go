// Package verdict decides what to believe after one more observation: of one
// monitor (Machine), of several vantages (Quorum), of several monitors (Worst),
// and whether our own eyes can be believed at all (Blind, Correlated). It is
// pure: it has no clock and does nothing. It does not say what follows from a
// belief.
package verdict

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Machine is one monitor's belief, fed with its observations in the order of
// their At. It is golden family "checks", with a third state for what passes but
// is too slow.
//
//   - A look vouches until the next one, if that begins within the interval and
//     the grace; else only for the interval, and the time up to the next look is
//     unknown.
//   - Down after Confirm.Failures consecutive failing looks, from the first of
//     them on; up again after Confirm.Successes consecutive looks that do not
//     fail, from the first of them on.
//   - Degraded after Confirm.Failures consecutive slow looks, and no longer after
//     Confirm.Successes consecutive passing ones, dated back alike. A slow look
//     passes as far as down is concerned. Who recovers from down is up, or
//     degraded if the slow looks since then are already enough.
//   - A gap voids a run of looks that has confirmed nothing yet, but not the
//     state.
//   - A look that told nothing (Unseen) is no look.
//
// A machine is not safe for concurrent use.
type Machine struct {
	monitor uptime.Monitor
	vantage uptime.Vantage

	belief uptime.State   // Up, Degraded or Down; Unknown until the first look
	reason uptime.Code    // why it is believed; empty if nobody told
	open   uptime.Segment // the newest segment; its state is Unknown during a gap

	told   time.Time          // when the newest look began that told something
	newest uptime.Observation // the newest look
	blind  uptime.Code        // why the newest look told nothing; empty if it told

	failing, working, slow, swift run
}

// New is a machine that has seen nothing.
func New(m uptime.Monitor) *Machine { return &Machine{monitor: m} }

// Step is what one observation, or the lack of one, came to.
type Step struct {
	// Segments are to be written by (monitor, vantage, from), in this order: one
	// that is there already is replaced. A backdated transition closes the
	// segment that it cuts short, and replaces the one that it covers.
	Segments []uptime.Segment
	// Transitions are the confirmed changes of belief, oldest first. A gap is
	// none.
	Transitions []Transition
	// Blip: failing looks that confirmed nothing are over.
	Blip bool
	// Undecided: the newest looks speak against the belief. Another look soon is
	// worth having.
	Undecided bool
	// Recovering: the first look that does not fail while down, and not yet
	// enough.
	Recovering bool
	// Relapsed: what Recovering announced did not last.
	Relapsed bool
}

// Transition is a confirmed change of belief. From is Unknown where nothing had
// passed since the beginning or since a gap.
type Transition struct {
	From, To  uptime.State
	At        time.Time   // dated back to the first look that spoke for it
	Confirmed time.Time   // when the look began that confirmed it
	Code      uptime.Code // of the first look that spoke for it
}

// put writes a segment, in place of what this step wrote under the same key.
func (s *Step) put(segment uptime.Segment) {
	if last := len(s.Segments) - 1; last >= 0 && s.Segments[last].From.Equal(segment.From) {
		s.Segments[last] = segment
		return
	}
	s.Segments = append(s.Segments, segment)
}

// Step takes one more observation. One that does not come after the newest is
// ignored, so that a look delivered twice counts once.
func (m *Machine) Step(o uptime.Observation) Step {
	var s Step
	if o.At.After(m.newest.At) && o.At.After(m.told) {
		m.take(o, &s)
	}
	s.Undecided = m.undecided()
	return s
}

// Gap says what the lack of looks until now comes to: nothing, or an unknown
// segment once, as a later Step would have written it. A look that began in time
// may take the monitor's timeout, so that much patience is added.
func (m *Machine) Gap(now time.Time) Step {
	var s Step
	m.gap(now, m.monitor.Timeout, &s)
	s.Undecided = m.undecided()
	return s
}

// Health is what is believed at now. It is unknown while nothing has passed and
// nothing is confirmed since the beginning or since a gap. It expires when a
// look that vouches further can no longer come: after the newest look, its
// interval, the grace, and the timeout of a look that may be under way.
func (m *Machine) Health(now time.Time) uptime.Health {
	h := uptime.Health{
		Monitor: m.monitor.ID, Vantage: m.vantage,
		State: m.belief, Since: m.open.From, Checked: m.told, Last: m.newest,
	}
	if m.told.IsZero() {
		return h
	}
	h.Expires = m.due().Add(m.monitor.Grace + m.monitor.Timeout)
	switch {
	case m.open.State == uptime.Unknown, m.unproven():
		h.State = uptime.Unknown
	case !now.Before(h.Expires):
		h.State, h.Since = uptime.Unknown, m.due()
	}
	return h
}

func (m *Machine) take(o uptime.Observation, s *Step) {
	m.vantage, m.newest = o.Vantage, o
	if o.Outcome == uptime.Unseen {
		m.blind = o.Code
		m.gap(o.At, 0, s)
		return
	}
	m.gap(o.At, 0, s)
	m.blind, m.told = "", o.At
	m.resume(o, s)

	fails, down := o.Outcome == uptime.Fail, m.belief == uptime.Down
	s.Blip = s.Blip || !fails && !down && m.failing.n > 0
	s.Relapsed = s.Relapsed || fails && down && m.working.n > 0
	m.count(o)
	m.decide(o.At, s)
	s.Recovering = m.belief == uptime.Down && m.working.n == 1
}

// due is the instant up to which the newest look vouches by itself.
func (m *Machine) due() time.Time { return m.told.Add(m.monitor.Interval) }

// late tells whether a look at t comes too late for the newest to vouch up to it.
func (m *Machine) late(t time.Time, patience time.Duration) bool {
	return !m.told.IsZero() && t.After(m.due().Add(m.monitor.Grace+patience))
}

// gap ends what the newest look vouches for, if none came in time before now.
func (m *Machine) gap(now time.Time, patience time.Duration, s *Step) {
	if m.open.State == uptime.Unknown || !m.late(now, patience) {
		return
	}
	s.Blip = s.Blip || m.belief != uptime.Down && m.failing.n > 0
	s.Relapsed = s.Relapsed || m.belief == uptime.Down && m.working.n > 0
	m.void()
	m.turn(uptime.Unknown, m.due(), m.blind, s)
}

// resume opens a segment where none is, or where the newest is unknown. The
// first look ever begins a time that is up as far as the record goes; a
// confirmed outage replaces it from its first instant on.
func (m *Machine) resume(o uptime.Observation, s *Step) {
	if m.belief == uptime.Unknown {
		m.belief = uptime.Up
		if o.Outcome != uptime.Fail {
			m.reason = o.Code
		}
	}
	if m.open.State == uptime.Unknown {
		m.turn(m.belief, o.At, m.reason, s)
	}
}

// decide changes the belief where enough looks speak for it.
func (m *Machine) decide(now time.Time, s *Step) {
	failures, successes := max(m.monitor.Confirm.Failures, 1), max(m.monitor.Confirm.Successes, 1)
	if m.belief != uptime.Down && m.failing.n >= failures {
		m.change(uptime.Down, m.failing, now, s)
	}
	if m.belief == uptime.Down && m.working.n >= successes {
		to := uptime.Up
		if m.slow.n == m.working.n && m.slow.n >= failures {
			to = uptime.Degraded
		}
		m.change(to, m.working, now, s)
	}
	if m.belief == uptime.Up && m.slow.n >= failures {
		m.change(uptime.Degraded, m.slow, now, s)
	}
	if m.belief == uptime.Degraded && m.swift.n >= successes {
		m.change(uptime.Up, m.swift, now, s)
	}
}

// change is a transition, dated back to the run that confirmed it.
func (m *Machine) change(to uptime.State, r run, confirmed time.Time, s *Step) {
	from := m.belief
	if m.unproven() {
		from = uptime.Unknown
	}
	m.belief, m.reason = to, r.code
	s.Transitions = append(s.Transitions, Transition{from, to, r.since, confirmed, r.code})
	m.turn(to, r.since, r.code, s)
}

// turn closes the open segment at the instant and opens the next. An open
// segment that would last no time is replaced: it has the same key.
func (m *Machine) turn(to uptime.State, at time.Time, code uptime.Code, s *Step) {
	switch {
	case m.open.From.IsZero():
	case m.open.From.Before(at):
		m.open.To = at
		s.put(m.open)
	default:
		at = m.open.From
	}
	m.open = uptime.Segment{Monitor: m.monitor.ID, Vantage: m.vantage, From: at.UTC(), State: to, Code: code}
	s.put(m.open)
}

// undecided: a run speaks against the belief, and has not confirmed it.
func (m *Machine) undecided() bool {
	switch m.belief {
	case uptime.Up:
		return m.failing.n > 0 || m.slow.n > 0
	case uptime.Degraded:
		return m.failing.n > 0 || m.swift.n > 0
	case uptime.Down:
		return m.working.n > 0
	default:
		return false
	}
}

// unproven: every look since the open segment began has failed, and too few
// have to confirm an outage. Up is then no more than a presumption.
func (m *Machine) unproven() bool {
	return m.belief != uptime.Down && m.failing.n > 0 && !m.failing.since.After(m.open.From)
}
