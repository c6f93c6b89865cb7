package app

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/ical"
)

// civil tells the configuration what is known of calendars (config.Civil).
type civil struct{}

// Calendars are the names of the business calendars that ship.
func (civil) Calendars() []string { return calendar.ShippedIDs() }

// Lists are the names of the holiday lists that ship.
func (civil) Lists() []string { return calendar.ShippedHolidayIDs() }

// List are the days of a list that ships.
func (civil) List(id string) []config.Holiday {
	list, err := calendar.ShippedHolidays(id)
	if err != nil {
		return nil
	}
	return holidaysOf(list.Days)
}

func holidaysOf(days []calendar.Holiday) []config.Holiday {
	var out []config.Holiday
	for _, d := range days {
		out = append(out, config.Holiday{Date: config.Date(d.Date.String()), Name: d.Name})
	}
	return out
}

// Read reads a list in CSV, or in iCalendar where the name ends in .ics.
func (civil) Read(name string, in io.Reader) ([]config.Holiday, error) {
	list, err := ReadHolidays(name, in)
	if err != nil {
		return nil, faultsOf(err)
	}
	return holidaysOf(list.Days), nil
}

// ReadHolidays reads a list of holidays in CSV, or in iCalendar where the name
// ends in .ics. Its error may be several, joined; those about one line are of
// type calendar.LineError.
func ReadHolidays(name string, in io.Reader) (calendar.Holidays, error) {
	id := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	if !strings.EqualFold(filepath.Ext(name), ".ics") {
		return calendar.ReadCSV(id, in)
	}
	read, err := ical.ReadHolidays(in)
	if err != nil {
		return calendar.Holidays{}, err
	}
	var days []calendar.Holiday
	for _, day := range read {
		date, err := calendar.ParseDate(day.Date)
		if err != nil {
			return calendar.Holidays{}, err
		}
		days = append(days, calendar.Holiday{Date: date, Name: day.Name})
	}
	if len(days) == 0 {
		return calendar.Holidays{}, errors.New("the calendar has no whole day in it")
	}
	return calendar.NewHolidays(id, "", calendar.Date{}, days), nil
}

// faultsOf gives the lines of errors the form that the configuration knows.
func faultsOf(err error) error {
	errs := []error{err}
	if joined, several := err.(interface{ Unwrap() []error }); several {
		errs = joined.Unwrap()
	}
	for i, e := range errs {
		if at := (calendar.LineError{}); errors.As(e, &at) {
			errs[i] = config.LineFault{Line: at.Line, What: at.What}
		}
	}
	return errors.Join(errs...)
}

// civilTime are the calendars and lists of a configuration, with those that
// ship.
type civilTime struct {
	calendars []calendar.Business // in the order of the file, then those that ship
	lists     map[string]calendar.Holidays
}

// civilOf are the calendars and lists that a configuration has.
func civilOf(file *config.File) (civilTime, error) {
	known := civilTime{lists: map[string]calendar.Holidays{}}
	for _, id := range calendar.ShippedHolidayIDs() {
		list, err := calendar.ShippedHolidays(id)
		if err != nil {
			return known, err
		}
		known.lists[id] = list
	}
	for _, l := range file.Holidays {
		known.lists[l.ID] = listOf(l)
	}
	for _, c := range file.Calendars {
		business := calendar.Business{ID: c.ID, Zone: c.TimeZone.Location, Always: c.Always, Holidays: known.lists[c.Holidays]}
		for _, h := range c.Hours {
			business.Hours = append(business.Hours, calendar.Hours{Days: daysOf(h.Days), From: h.From.D(), To: h.To.D()})
		}
		known.calendars = append(known.calendars, business)
	}
	for _, id := range calendar.ShippedIDs() {
		business, err := calendar.Shipped(id)
		if err != nil {
			return known, err
		}
		known.calendars = append(known.calendars, business)
	}
	return known, nil
}

func listOf(l config.HolidayList) calendar.Holidays {
	var days []calendar.Holiday
	for _, d := range l.Days {
		days = append(days, calendar.Holiday{Date: dateOf(d.Date), Name: d.Name})
	}
	return calendar.NewHolidays(l.ID, l.Source, dateOf(l.AsOf), days)
}

func daysOf(days []config.Weekday) []time.Weekday {
	var out []time.Weekday
	for _, d := range days {
		out = append(out, d.D())
	}
	return out
}

// dateOf is a date that was read before; zero where there is none.
func dateOf(d config.Date) calendar.Date {
	date, err := calendar.ParseDate(string(d))
	if err != nil {
		return calendar.Date{}
	}
	return date
}

// Calendars are the business calendars of the configuration at path, its own
// first, then those that ship; of an empty path those that ship.
func Calendars(path string) ([]calendar.Business, error) {
	file := &config.File{}
	if path != "" {
		read, err := config.Load(path, Kinds(), nil)
		if err != nil {
			return nil, err
		}
		file = read
	}
	known, err := civilOf(file)
	return known.calendars, err
}

// endRemark tells that a list of holidays ends soon, or has ended.
func endRemark(what string, list calendar.Holidays, today calendar.Date) (string, bool) {
	until, ends := list.Until()
	switch {
	case !ends || !list.EndsWithinAYear(today):
		return "", false
	case until.Before(today):
		return fmt.Sprintf("%s: the holidays of %s ended on %s, and every day since is taken for a working day; add the days to come", what, list.ID, until), true
	}
	return fmt.Sprintf("%s: the holidays of %s end on %s, within twelve months; add the days to come", what, list.ID, until), true
}
