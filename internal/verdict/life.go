package verdict

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Belief is the state that the looks so far have confirmed, however old they
// are: Unknown before the first one, and through a gap what was believed
// before it. What may be told is Health's to say.
func (m *Machine) Belief() uptime.State { return m.belief }

// Configure puts other settings of the same monitor in force. What is believed
// stays; runs go on and are measured by the new confirmation.
func (m *Machine) Configure(monitor uptime.Monitor) { m.monitor = monitor }

// Close ends the record of a monitor that is not looked at any more: what the
// newest look vouches for is kept, up to now at most.
func (m *Machine) Close(now time.Time) []uptime.Segment {
	if m.open.From.IsZero() || !m.open.To.IsZero() {
		return nil
	}
	s := m.Gap(now)
	m.open.To = now
	if m.open.State != uptime.Unknown && m.due().Before(now) {
		m.open.To = m.due()
	}
	if !m.open.From.Before(m.open.To) {
		m.open.To = m.open.From
	}
	s.put(m.open)
	return s.Segments
}
