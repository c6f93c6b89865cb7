package calendar

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"time"
)

//go:embed holidays/*.csv
var shippedLists embed.FS

// NoHolidays is the name of the list that is empty.
const NoHolidays = "none"

// ShippedHolidayIDs are the names of the lists that ship with the program.
func ShippedHolidayIDs() []string {
	return []string{"AU-NSW", "AU-national", "GB-ENG", "NZ-AUK", "US-federal", NoHolidays}
}

// ShippedHolidays is the list of that name that ships with the program.
func ShippedHolidays(id string) (Holidays, error) {
	if !slices.Contains(ShippedHolidayIDs(), id) {
		return Holidays{}, fmt.Errorf("no list of holidays is called %q", id)
	}
	if id == NoHolidays {
		return Holidays{ID: id}, nil
	}
	text, err := shippedLists.ReadFile("holidays/" + id + ".csv")
	if err != nil {
		return Holidays{}, fmt.Errorf("the list %s is missing from this build: %w", id, err)
	}
	return ReadCSV(id, bytes.NewReader(text))
}

// shipped are the calendars that ship with the program, by zone and list; all
// but two are open from 9 to 17 on Mondays to Fridays.
func shipped() []struct{ id, zone, holidays string } {
	return []struct{ id, zone, holidays string }{
		{"24x7", "UTC", NoHolidays},
		{"au_aest_nsw", "Australia/Brisbane", "AU-NSW"}, // AEST read literally: UTC+10 all year
		{"au_aest_national", "Australia/Brisbane", "AU-national"},
		{"au_sydney_nsw", "Australia/Sydney", "AU-NSW"},
		{"nz_auckland", "Pacific/Auckland", "NZ-AUK"},
		{"us_newyork", "America/New_York", "US-federal"},
		{"uk_london", "Europe/London", "GB-ENG"},
		{"sydney_night", "Australia/Sydney", NoHolidays},
	}
}

// ShippedIDs are the names of the calendars that ship with the program.
func ShippedIDs() []string {
	var ids []string
	for _, c := range shipped() {
		ids = append(ids, c.id)
	}
	return ids
}

// Shipped is the calendar of that name that ships with the program.
func Shipped(id string) (Business, error) {
	for _, c := range shipped() {
		if c.id != id {
			continue
		}
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			return Business{}, fmt.Errorf("calendar %s: %w", id, err)
		}
		holidays, err := ShippedHolidays(c.holidays)
		if err != nil {
			return Business{}, fmt.Errorf("calendar %s: %w", id, err)
		}
		return Business{ID: id, Zone: zone, Always: id == "24x7", Hours: shippedHours(id), Holidays: holidays}, nil
	}
	return Business{}, fmt.Errorf("no calendar is called %q", id)
}

func shippedHours(id string) []Hours {
	const h = time.Hour
	switch id {
	case "24x7":
		return nil
	case "sydney_night":
		every := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
		return []Hours{{every, 0, 6 * h}, {every, 22 * h, 24 * h}}
	}
	return []Hours{{[]time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}, 9 * h, 17 * h}}
}
