package statuspage

import (
	"fmt"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// sep stands between the items of a line.
const sep = " · "

// Mark is a state as a reader meets it: a shape, a word and a colour, so that
// none of the three has to carry it alone.
type Mark struct {
	Class string // of the style sheet
	Glyph string
	Word  string
}

func mark(state uptime.State) Mark {
	switch state {
	case uptime.Up:
		return Mark{"up", "●", "Operational"}
	case uptime.Degraded:
		return Mark{"deg", "◐", "Degraded"}
	case uptime.Partial:
		return Mark{"part", "▲", "Partial outage"}
	case uptime.Down:
		return Mark{"down", "■", "Down"}
	case uptime.Maintenance:
		return Mark{"maint", "◆", "Maintenance"}
	case uptime.Unknown:
	}
	return Mark{"unk", "○", "Not observed"}
}

// predicate finishes a sentence about one or more components.
func predicate(state uptime.State, many bool) string {
	verb := "is"
	if many {
		verb = "are"
	}
	switch state {
	case uptime.Up:
		if many {
			return "work"
		}
		return "works"
	case uptime.Degraded:
		return verb + " degraded"
	case uptime.Partial:
		return verb + " partly down"
	case uptime.Down:
		return verb + " down"
	case uptime.Maintenance:
		return verb + " under maintenance"
	case uptime.Unknown:
	}
	return verb + " not observed"
}

// phaseWord is the public's word for how far an incident has come.
func phaseWord(phase uptime.IncidentPhase) string {
	return strings.ReplaceAll(string(phase), "_", " ")
}

// impactWord is the public's word for an incident's impact.
func impactWord(impact uptime.Impact) string {
	switch impact {
	case uptime.ImpactCritical:
		return "critical impact"
	case uptime.ImpactMajor:
		return "major impact"
	case uptime.ImpactMinor:
		return "minor impact"
	case uptime.ImpactNone:
	}
	return "no impact"
}

// Stamp is an instant for people and for machines.
type Stamp struct {
	Machine string // RFC 3339, UTC
	Text    string // in the page's zone
}

// clock writes instants in the page's zone, as short as the day allows.
type clock struct {
	zone *time.Location
	now  time.Time
}

func (c clock) stamp(at time.Time, layout string) Stamp {
	return Stamp{Machine: at.UTC().Format(time.RFC3339), Text: at.In(c.zone).Format(layout)}
}

// brief names the day only where it is not today, and the year only where it
// is not this one.
func (c clock) brief(at time.Time) Stamp {
	local, today := at.In(c.zone), c.now.In(c.zone)
	switch {
	case local.Format(time.DateOnly) == today.Format(time.DateOnly):
		return c.stamp(at, "15:04 MST")
	case local.Year() == today.Year():
		return c.stamp(at, "2 Jan, 15:04 MST")
	}
	return c.stamp(at, "2 Jan 2006, 15:04 MST")
}

// exact is to the second, for the working.
func (c clock) exact(at time.Time) Stamp { return c.stamp(at, "2 Jan 2006, 15:04:05 MST") }

// ends write the ends of a stretch to the second, each as short as what stands
// before it allows: the date of the end only where it is another.
func (c clock) ends(from, to time.Time) (Stamp, Stamp) {
	layout := "2 Jan, 15:04:05"
	if from.In(c.zone).Year() != c.now.In(c.zone).Year() {
		layout = "2 Jan 2006, 15:04:05"
	}
	first, last := c.stamp(from, layout), c.stamp(to, layout)
	if from.In(c.zone).Format(time.DateOnly) == to.In(c.zone).Format(time.DateOnly) {
		last = c.stamp(to, time.TimeOnly)
	}
	return first, last
}

// prose is an age in a sentence, rounded down to its two largest units: "8
// seconds", "2 hours 5 minutes", "3 days".
func prose(d time.Duration) string {
	units := []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
	for i, unit := range units {
		if d < unit.of {
			continue
		}
		text := uptime.Count(int(d/unit.of), unit.name)
		// Seconds beside minutes are noise; so are minutes beside days.
		if i < 2 {
			if rest := int(d % unit.of / units[i+1].of); rest > 0 {
				text += " " + uptime.Count(rest, units[i+1].name)
			}
		}
		return text
	}
	return "less than a second"
}

// lasted is a bad time in a sentence. Rounding it down would flatter, so it is
// rounded up: to the second below an hour, to the minute below a day, and to
// the hour from there. "1 minute 30 seconds", "2 hours 5 minutes".
func lasted(d time.Duration) string {
	step := time.Second
	switch {
	case d > 24*time.Hour:
		step = time.Hour
	case d > time.Hour:
		step = time.Minute
	}
	d = up(d, step)
	text := prose(d)
	if seconds := int(d % time.Minute / time.Second); d > time.Minute && seconds > 0 {
		text += " " + uptime.Count(seconds, "second")
	}
	return text
}

// up rounds up to a multiple of step.
func up(d, step time.Duration) time.Duration {
	if rest := d % step; rest > 0 {
		return d + step - rest
	}
	return d
}

// hours is the length of a civil day: "24 hours", 23 or 25 where the clocks
// change, and 30 minutes more or less on Lord Howe.
func hours(d time.Duration) string {
	text := uptime.Count(int(d/time.Hour), "hour")
	if minutes := int(d % time.Hour / time.Minute); minutes > 0 {
		text += " " + uptime.Count(minutes, "minute")
	}
	return text
}

// tally is a duration in an account: complete to the second, rounded down,
// "33 m 57 s", "1 d 2 h 0 m 5 s".
func tally(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	total := int64(d / time.Second)
	parts := []struct {
		n    int64
		unit string
	}{{total / 86400, "d"}, {total / 3600 % 24, "h"}, {total / 60 % 60, "m"}, {total % 60, "s"}}
	var out []string
	for _, part := range parts {
		if part.n > 0 || len(out) > 0 {
			out = append(out, fmt.Sprintf("%d %s", part.n, part.unit))
		}
	}
	if len(out) == 0 {
		return "0 s"
	}
	// Trailing zeros say nothing that the larger unit does not.
	for len(out) > 1 && strings.HasPrefix(out[len(out)-1], "0 ") {
		out = out[:len(out)-1]
	}
	return sign + strings.Join(out, " ")
}

// lost is a bad time in an account: a tally that is rounded up, because
// rounding down would flatter.
func lost(d time.Duration) string { return tally(up(d, time.Second)) }

// list joins names as a sentence does: "A", "A and B", "A, B and C". More than
// most names end in "and 9 more".
func list(names []string, most int) string {
	if len(names) > most {
		more := fmt.Sprintf("%d more", len(names)-most+1)
		names = append(append([]string{}, names[:most-1]...), more)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
