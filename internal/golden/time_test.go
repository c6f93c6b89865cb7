package golden

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
)

// windows: calendar_day, calendar_month, calendar_year, rolling.
func windows(input json.RawMessage) (result, error) {
	var in struct {
		Kind, Tz, Date string
		Year, Month    int
		Days           int
		AsOf           time.Time `json:"as_of"`
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(in.Tz)
	if err != nil {
		return nil, err
	}
	var span calendar.Span
	switch in.Kind {
	case "rolling":
		span = calendar.Rolling(in.Days, in.AsOf)
	case "calendar_year":
		if span = calendar.Year(in.Year, zone); in.Year == 0 {
			span = calendar.YearAt(in.AsOf, zone)
		}
	case "calendar_month":
		if span = calendar.Month(in.Year, time.Month(in.Month), zone); in.Year == 0 {
			span = calendar.MonthAt(in.AsOf, zone)
		}
	case "calendar_day":
		if in.Date == "" {
			span = calendar.DayAt(in.AsOf, zone).Span
			break
		}
		date, err := calendar.ParseDate(in.Date)
		if err != nil {
			return nil, err
		}
		span = calendar.DayOn(date, zone).Span
	default:
		return nil, fmt.Errorf("unknown kind of window %q", in.Kind)
	}
	return result{"start": span.From, "end": span.To, "seconds": availability.Seconds(span.Duration())}, nil
}

// localTime: a wall clock's reading to an instant.
func localTime(input json.RawMessage) (result, error) {
	var in struct{ Tz, Local string }
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(in.Tz)
	if err != nil {
		return nil, err
	}
	layout := "2006-01-02T15:04:05"
	if strings.Count(in.Local, ":") == 1 {
		layout = "2006-01-02T15:04"
	}
	wall, err := time.Parse(layout, strings.Replace(in.Local, " ", "T", 1))
	if err != nil {
		return nil, err
	}
	date := calendar.DateOf(wall, time.UTC)
	instant, kind := calendar.Resolve(date, wall.Sub(calendar.Midnight(date, time.UTC)), zone)
	return result{"instant": instant, "kind": kind.String()}, nil
}
