package notify

import (
	"fmt"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// clock writes instants in the zone of the page, with UTC beside it.
type clock struct{ zone *time.Location }

func newClock(zone string) clock {
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		location = time.UTC
	}
	return clock{location}
}

// at is "7 Mar 2026, 14:02 AEST (04:02 UTC)". The date of UTC is told only
// where it is another one.
func (c clock) at(t time.Time) string {
	return t.In(c.zone).Format("2 Jan 2006, 15:04 MST") + c.beside(t)
}

// beside is UTC in brackets, where the zone is another.
func (c clock) beside(t time.Time) string {
	local, utc := t.In(c.zone), t.UTC()
	switch _, offset := local.Zone(); {
	case offset == 0 && local.Format("MST") == "UTC":
		return ""
	case local.Format(time.DateOnly) == utc.Format(time.DateOnly):
		return utc.Format(" (15:04 UTC)")
	}
	return utc.Format(" (2 Jan, 15:04 UTC)")
}

// window is "7 Mar 2026, 14:02 AEST (04:02 UTC) to 16:02 AEST (06:02 UTC)". The
// second date is told where it is another one.
func (c clock) window(from, to time.Time) string {
	switch {
	case !to.After(from):
		return c.at(from)
	case from.In(c.zone).Format(time.DateOnly) != to.In(c.zone).Format(time.DateOnly):
		return c.at(from) + " to " + c.at(to)
	}
	return c.at(from) + " to " + to.In(c.zone).Format("15:04 MST") + c.beside(to)
}

// inSydney is a window by the clocks of Sydney, where the zone is Queensland's:
// AEST is UTC+10 all year, and in summer those clocks read an hour more. Empty
// in every other zone.
func (c clock) inSydney(from, to time.Time) string {
	if c.zone.String() != "Australia/Brisbane" {
		return ""
	}
	sydney, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		return ""
	}
	from, to = from.In(sydney), to.In(sydney)
	switch {
	case !to.After(from):
		return from.Format("2 Jan 2006, 15:04 MST")
	case from.Format(time.DateOnly) != to.Format(time.DateOnly):
		return from.Format("2 Jan 2006, 15:04 MST") + " to " + to.Format("2 Jan 2006, 15:04 MST")
	}
	return from.Format("2 Jan 2006, 15:04") + " to " + to.Format("15:04 MST")
}

// lasted is a bad time in a sentence. Rounding it down would flatter, so it is
// rounded up: to the second below an hour, to the minute below a day, and to
// the hour from there. "1 minute 30 seconds", "2 hours 5 minutes", "3 days".
func lasted(d time.Duration) string {
	step := time.Second
	switch {
	case d > 24*time.Hour:
		step = time.Hour
	case d > time.Hour:
		step = time.Minute
	}
	if rest := d % step; rest > 0 {
		d += step - rest
	}
	if d <= 0 {
		return "less than a second"
	}
	var parts []string
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := int(d / unit.of); n > 0 {
			parts = append(parts, uptime.Count(n, unit.name))
		}
		d %= unit.of
	}
	return strings.Join(parts, " ")
}

// phaseWord is how far an incident is, in the public's words.
func phaseWord(phase uptime.IncidentPhase) string {
	switch phase {
	case uptime.Investigating:
		return "Investigating"
	case uptime.Identified:
		return "Identified"
	case uptime.Monitoring:
		return "Monitoring"
	case uptime.Resolved:
		return "Resolved"
	case uptime.FalseAlarm:
		return "False alarm"
	case uptime.PostmortemOut:
		return "Review"
	}
	return "Update"
}

// stateWord is what a component is.
func stateWord(state uptime.State) string {
	switch state {
	case uptime.Up:
		return "works"
	case uptime.Degraded:
		return "degraded"
	case uptime.Partial:
		return "partly down"
	case uptime.Down:
		return "down"
	case uptime.Maintenance:
		return "under maintenance"
	case uptime.Unknown:
	}
	return "not observed"
}

func impactWord(impact uptime.Impact) string {
	switch impact {
	case uptime.ImpactCritical:
		return "critical"
	case uptime.ImpactMajor:
		return "major"
	case uptime.ImpactMinor:
		return "minor"
	case uptime.ImpactNone:
	}
	return "none"
}

// mostNamed is how many components a message names before it counts the rest.
const mostNamed = 20

// names lists components, with their states or without.
func names(components []uptime.ComponentNote, states bool) string {
	var out []string
	for i, c := range components {
		if i == mostNamed-1 && len(components) > mostNamed {
			out = append(out, fmt.Sprintf("and %d more", len(components)-i))
			break
		}
		name := line(c.Name, 80)
		if name == "" {
			name = line(string(c.ID), 80)
		}
		if states {
			name += " (" + stateWord(c.State) + ")"
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}
