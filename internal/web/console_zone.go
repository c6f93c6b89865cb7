package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
)

// zoneText is a zone's IANA name; UTC where there is none.
func zoneText(zone *time.Location) string {
	if zone == nil {
		return "UTC"
	}
	return zone.String()
}

// wallClock is what a clock on the wall reads so long after midnight: "09:00".
func wallClock(reading time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(reading.Hours()), int(reading.Minutes())%60)
}

// zones are those that a time may be entered in: the page's, those of regions,
// and UTC.
func (v visit) zones() []*time.Location {
	out := []*time.Location{v.zone}
	add := func(zone *time.Location) {
		if zone != nil && !slices.ContainsFunc(out, func(z *time.Location) bool { return z.String() == zone.String() }) {
			out = append(out, zone)
		}
	}
	for _, r := range v.Desk.Catalogue().Regions {
		add(r.Zone)
	}
	add(time.UTC)
	return out
}

// zoneNamed is the zone of a form: one of those offered, or any other by its
// IANA name. Empty: the page's.
func (v visit) zoneNamed(name string) (*time.Location, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return v.zone, nil
	}
	for _, zone := range v.zones() {
		if zone.String() == name {
			return zone, nil
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return v.zone, fmt.Errorf("is no zone: write an IANA name such as Europe/Vienna")
	}
	return zone, nil
}

// localTime reads what a clock on the wall of the zone shows, as
// 2026-11-22T14:05. Where that time occurs twice or never, note says what is
// meant.
func localTime(text string, zone *time.Location) (at time.Time, note string, err error) {
	text = strings.Replace(strings.TrimSpace(text), " ", "T", 1)
	var wall time.Time
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if wall, err = time.Parse(layout, text); err == nil {
			break
		}
	}
	if err != nil {
		return time.Time{}, "", fmt.Errorf("is not a time: write it as 2026-11-22T14:05")
	}
	day := calendar.DateOf(wall, time.UTC)
	reading := wall.Sub(time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC))
	at, kind := calendar.Resolve(day, reading, zone)
	switch kind {
	case calendar.Fold:
		return at, fmt.Sprintf("%s occurs twice on %s in %s, because the clocks go back: the first is meant, %s.",
			wallClock(reading), wall.Format("2 January"), zone, at.In(zone).Format("15:04 MST")), nil
	case calendar.Gap:
		return at, fmt.Sprintf("%s never occurs on %s in %s, because the clocks go forward: %s is meant.",
			wallClock(reading), wall.Format("2 January"), zone, at.In(zone).Format("15:04 MST")), nil
	case calendar.Normal:
	}
	return at, "", nil
}

// lengths are units in which a length may be written.
var lengthUnits = strings.NewReplacer("minutes", "m", "minute", "m", "mins", "m", "min", "m", "hours", "h", "hour", "h", "days", "d", "day", "d", " ", "")

// typedLength reads "90 min", "1 h 30 min", "2 days", "45" (minutes) or "1:30".
func typedLength(text string) (time.Duration, error) {
	text = lengthUnits.Replace(strings.ToLower(strings.TrimSpace(text)))
	wrong := fmt.Errorf("is no length: write it as 90 min, 2 h or 1 h 30 min")
	if text == "" || strings.ContainsAny(text, "-+") {
		return 0, wrong
	}
	if hours, minutes, clock := strings.Cut(text, ":"); clock {
		text = hours + "h" + minutes + "m"
	}
	if strings.Trim(text, "0123456789") == "" {
		text += "m"
	}
	var days time.Duration
	if before, after, has := strings.Cut(text, "d"); has {
		n, err := time.ParseDuration(before + "h")
		if err != nil {
			return 0, wrong
		}
		days, text = 24*n, after+"0m"
		if after != "" {
			text = after
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d+days <= 0 || d+days > 31*24*time.Hour {
		return 0, wrong
	}
	return (d + days).Truncate(time.Minute), nil
}
