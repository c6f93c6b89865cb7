package commitment

import (
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// After is the instant a period after at by the calendar and the clocks of a
// zone: the months first, at the month's last day where it is too short (31
// January and a month are 28 or 29 February), then the days.
func After(at time.Time, p uptime.Period, zone *time.Location) time.Time {
	local := at.In(zone)
	reading := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute +
		time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	day := addMonths(calendar.DateOf(at, zone), p.Months).AddDays(p.Days)
	after, _ := calendar.Resolve(day, reading, zone)
	return after
}

// addMonths is the date so many months later, or earlier; the month's last day
// where it has no such day.
func addMonths(d calendar.Date, n int) calendar.Date {
	first := calendar.DateOf(time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC), time.UTC)
	last := calendar.DateOf(time.Date(first.Year, first.Month+1, 0, 0, 0, 0, 0, time.UTC), time.UTC)
	first.Day = min(d.Day, last.Day)
	return first
}

// dayText is the day of an instant in a zone as a reader has it: "2 March 2026".
func dayText(at time.Time, zone *time.Location) string { return at.In(zone).Format("2 January 2006") }
