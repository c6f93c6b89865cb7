package availability

import (
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Bar is one civil day of a timeline: how long each state lasted. Time of the day
// that the timeline does not cover, such as the rest of today, is in none of them.
type Bar struct {
	Date                        calendar.Date
	Up, Degraded, Partial, Down time.Duration
	Unknown                     time.Duration // not observed
	// Excluded is how much of the day was agreed not to count, in whatever state;
	// it is in one of the others, too.
	Excluded time.Duration
}

// Observed is the time in which somebody saw.
func (b Bar) Observed() time.Duration { return b.Up + b.Degraded + b.Partial + b.Down }

// Worst is the worst state that was seen on the day; Unknown if none was.
func (b Bar) Worst() uptime.State {
	switch {
	case b.Down > 0:
		return uptime.Down
	case b.Partial > 0:
		return uptime.Partial
	case b.Degraded > 0:
		return uptime.Degraded
	case b.Up > 0:
		return uptime.Up
	default:
		return uptime.Unknown
	}
}

// Bars are one bar for each of the days, which are in order: bar i is of day i.
// One walk does, in whole nanoseconds since 1970, because a page draws a thousand
// of them; the days of a page are made once and serve all of its components.
func Bars(t Timeline, days []calendar.Day) []Bar {
	bars := make([]Bar, len(days))
	i := 0
	for d := range days {
		bars[d].Date = days[d].Date
		from, to := days[d].From.UnixNano(), days[d].To.UnixNano()
		for ; i < len(t); i++ {
			begin, end := t[i].From.UnixNano(), t[i].To.UnixNano()
			if begin >= to {
				break
			}
			bars[d].add(t[i].State, time.Duration(max(0, min(to, end)-max(from, begin))))
			if end > to {
				break
			}
		}
	}
	return bars
}

// NoteExcluded notes on bars what is excluded of their days, which are in order.
func NoteExcluded(bars []Bar, days []calendar.Day, excluded calendar.Spans) {
	for _, out := range excluded {
		for d := range days {
			if !days[d].From.Before(out.To) {
				break
			}
			bars[d].Excluded += out.Clip(days[d].Span).Duration()
		}
	}
}

func (b *Bar) add(s uptime.State, d time.Duration) {
	switch s {
	case uptime.Up:
		b.Up += d
	case uptime.Degraded:
		b.Degraded += d
	case uptime.Partial:
		b.Partial += d
	case uptime.Down:
		b.Down += d
	default:
		b.Unknown += d
	}
}
