package availability

import (
	"math/big"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Measure is a window, counted. Window = Excluded + Unknown + Up + Degraded +
// Partial + Down.
type Measure struct {
	Window   time.Duration
	Excluded time.Duration // agreed beforehand not to count
	Unknown  time.Duration // nobody looked, or nobody could see
	Up       time.Duration
	Degraded time.Duration
	Partial  time.Duration
	Down     time.Duration
	// Measured is the denominator: the window without what is excluded and,
	// unless the policy counts it, without what is unknown.
	Measured time.Duration
	// Outages counts the spans without a break of down time that was not
	// excluded; Longest is the length of the longest.
	Outages int
	Longest time.Duration

	seen  *big.Rat // seconds, weighed, that were seen to be bad
	blind *big.Rat // seconds that the unknown time would weigh if it were down
	bad   *big.Rat // seconds that count against the policy's promise
}

// Count counts a timeline. Excluded time is left out before anything else is
// looked at.
func Count(t Timeline, excluded calendar.Spans, p Policy) Measure {
	c := counter{weights: p.Weights, bad: zero()}
	for _, s := range t {
		c.window += s.Duration()
		for len(excluded) > 0 && !excluded[0].To.After(s.From) {
			excluded = excluded[1:]
		}
		for _, out := range excluded {
			if !out.From.Before(s.To) {
				break
			}
			if before := (calendar.Span{From: s.From, To: out.From}); !before.Empty() {
				c.count(s, before)
			}
			if out.To.After(s.From) {
				s.From = out.To
			}
		}
		if !s.Empty() {
			c.count(s, s.Span)
		}
	}
	return c.measure(p)
}

// counter adds up pieces of time that are not excluded.
type counter struct {
	weights Weights
	window  time.Duration
	in      [uptime.Down + 1]time.Duration // per state
	weighed [uptime.Down + 1]time.Duration // the part of in that has its own weight
	bad     *big.Rat                       // what that part weighs
	outage  calendar.Span                  // the newest
	outages int
	longest time.Duration
}

func (c *counter) count(s Stretch, piece calendar.Span) {
	state, d := s.State, piece.Duration()
	if state == uptime.Maintenance {
		state = uptime.Unknown // a plan is no observation
	}
	c.in[state] += d
	if s.Weight != nil && state != uptime.Unknown {
		c.weighed[state] += d
		c.bad.Add(c.bad, times(s.Weight, Seconds(d)))
	}
	if state != uptime.Down {
		return
	}
	if c.outages > 0 && c.outage.To.Equal(piece.From) {
		c.outage.To = piece.To
	} else {
		c.outage = piece
		c.outages++
	}
	c.longest = max(c.longest, c.outage.Duration())
}

func (c *counter) measure(p Policy) Measure {
	m := Measure{
		Window: c.window, Unknown: c.in[uptime.Unknown], Up: c.in[uptime.Up], Degraded: c.in[uptime.Degraded],
		Partial: c.in[uptime.Partial], Down: c.in[uptime.Down], Outages: c.outages, Longest: c.longest,
		seen: c.bad, blind: times(p.Weights.Of(uptime.Down), Seconds(c.in[uptime.Unknown])),
	}
	observed := m.Up + m.Degraded + m.Partial + m.Down
	m.Excluded = m.Window - observed - m.Unknown
	for _, state := range []uptime.State{uptime.Degraded, uptime.Partial, uptime.Down} {
		m.seen.Add(m.seen, times(p.Weights.Of(state), Seconds(c.in[state]-c.weighed[state])))
	}
	m.Measured, m.bad = observed, m.seen
	switch p.Unknown {
	case Exclude:
	case CountDown:
		m.Measured, m.bad = observed+m.Unknown, plus(m.seen, m.blind)
	case CountUp:
		m.Measured = observed + m.Unknown
	}
	return m
}

// Bad is the weighed bad time in seconds.
func (m Measure) Bad() *big.Rat {
	if m.bad == nil {
		return zero()
	}
	return new(big.Rat).Set(m.bad)
}

// Availability is 1 - bad/measured as a share of one; nil if nothing was
// measured.
func (m Measure) Availability() *big.Rat { return rest(m.Bad(), Seconds(m.Measured)) }

// Coverage is the share of the time that counts in which somebody saw: nil if no
// time counts.
func (m Measure) Coverage() *big.Rat {
	return rest(Seconds(m.Unknown), Seconds(m.Window-m.Excluded))
}

// Lower is the availability if all unknown time was down; nil if no time counts.
func (m Measure) Lower() *big.Rat {
	if m.seen == nil {
		return nil
	}
	return rest(plus(m.seen, m.blind), Seconds(m.Window-m.Excluded))
}

// Upper is the availability if all unknown time was up; nil if no time counts.
func (m Measure) Upper() *big.Rat {
	if m.seen == nil {
		return nil
	}
	return rest(m.seen, Seconds(m.Window-m.Excluded))
}

// Meets compares the exact availability with a target, both shares of one. It is
// not defined if nothing was measured.
func (m Measure) Meets(target *big.Rat) (meets, defined bool) {
	a := m.Availability()
	if a == nil {
		return false, false
	}
	return a.Cmp(target) >= 0, true
}

// Figures are the three numbers that stand beside each other for one window.
type Figures struct {
	Commitment Measure // as was promised: agreed maintenance excluded
	Raw        Measure // nothing excluded
	Strict     Measure // nothing excluded, and partial as bad as down
}

// FiguresOf counts a timeline in the three ways.
func FiguresOf(t Timeline, excluded calendar.Spans, p Policy) Figures {
	return Figures{
		Commitment: Count(t, excluded, p),
		Raw:        Count(t, nil, p),
		Strict:     Count(t.whole(), nil, p.Strict()),
	}
}

// FiguresOfParts counts something that consists of parts in the three ways. The
// strict figure hardens the parts before they are composed.
func FiguresOfParts(how uptime.Composition, window calendar.Span, parts []Part, excluded calendar.Spans, p Policy) Figures {
	hard := make([]Part, len(parts))
	for i, part := range parts {
		hard[i] = Part{Timeline: part.Timeline.whole(), Weight: part.Weight}
	}
	t := Compose(how, window, parts, p.Weights)
	return Figures{
		Commitment: Count(t, excluded, p),
		Raw:        Count(t, nil, p),
		Strict:     Count(Compose(how, window, hard, p.Strict().Weights), nil, p.Strict()),
	}
}

// whole is the timeline without the weights that soften what is partial or down.
func (t Timeline) whole() Timeline {
	hard := slices.Clone(t)
	for i, s := range hard {
		if s.State == uptime.Partial || s.State == uptime.Down {
			hard[i].Weight = nil
		}
	}
	return hard
}
