package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/upheld/upheld/internal/app"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/config"
)

type calendarCommand struct {
	List  calendarListCommand  `cmd:"" help:"List the business calendars that ship and those of the configuration."`
	Show  calendarShowCommand  `cmd:"" help:"Print a calendar's hours, whether it is open now, and its holidays."`
	Check calendarCheckCommand `cmd:"" help:"Validate a list of holidays in CSV or iCalendar: every line that cannot be."`
}

type calendarListCommand struct{ configFile }

// Run prints a line for each calendar.
func (c calendarListCommand) Run(s streams) error {
	all, err := app.Calendars(c.optional())
	if err != nil {
		return reported(s, err)
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tZONE\tOPEN\tHOLIDAYS\tKNOWN UNTIL")
	for _, b := range all {
		until := "no end"
		if day, ends := b.Holidays.Until(); ends {
			until = day.String()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", b.ID, b.Zone, hoursInWords(b), orElse(b.Holidays.ID, calendar.NoHolidays), until)
	}
	return table.Flush()
}

// hoursInWords are a calendar's hours: "Mon-Fri 09:00-17:00".
func hoursInWords(b calendar.Business) string {
	if b.Always {
		return "always"
	}
	var words []string
	for _, h := range b.Hours {
		var days []config.Weekday
		for _, d := range h.Days {
			days = append(days, config.Weekday(d))
		}
		words = append(words, fmt.Sprintf("%s %s-%s", daysInWords(days), clockFace(config.Clock(h.From)), clockFace(config.Clock(h.To))))
	}
	return strings.Join(words, ", ")
}

type calendarShowCommand struct {
	configFile
	ID   string `arg:"" help:"The calendar, as upheld calendar list names it."`
	Year int    `help:"Whose holidays to print; this year's and the next one's unless given."`
}

// Run prints the calendar.
func (c calendarShowCommand) Run(s streams) error {
	all, err := app.Calendars(c.optional())
	if err != nil {
		return reported(s, err)
	}
	i := slices.IndexFunc(all, func(b calendar.Business) bool { return b.ID == c.ID })
	if i < 0 {
		return fmt.Errorf("there is no calendar %q; upheld calendar list names them", c.ID)
	}
	b, now := all[i], time.Now()
	fmt.Fprintf(s.out, "%s: %s, %s\n%s\n", b.ID, hoursInWords(b), b.Zone, openInWords(b, now))
	years := []int{c.Year}
	if c.Year == 0 {
		this := now.In(b.Zone).Year()
		years = []int{this, this + 1}
	}
	printHolidays(s.out, b.Holidays, years, calendar.DateOf(now, b.Zone))
	return nil
}

// openInWords tells whether it is open, and until or from when. Beside literal
// AEST stands what clocks in Sydney show, where they differ: in summer.
func openInWords(b calendar.Business, now time.Time) string {
	when := func(t time.Time) string {
		text := t.In(b.Zone).Format("Mon 2 Jan 2006 15:04 MST")
		if there, differs := calendar.InSydney(t, b.Zone); differs {
			text += there.Format(" (15:04 MST in Sydney)")
		}
		return text
	}
	if b.Open(now) {
		closes, ends := b.Closes(now)
		if !ends {
			return "Open now, and at every hour."
		}
		return "Open now, closes " + when(closes)
	}
	opens, ever := b.NextOpen(now)
	if !ever {
		return "Never open."
	}
	return "Closed now, opens " + when(opens)
}

// printHolidays prints the days of some years and where the list is from.
func printHolidays(w io.Writer, list calendar.Holidays, years []int, today calendar.Date) {
	until, ends := list.Until()
	if !ends {
		fmt.Fprintln(w, "No holidays.")
		return
	}
	fmt.Fprintf(w, "Holidays: %s, known until %s\n", list.ID, until)
	if list.Source != "" {
		fmt.Fprintf(w, "Source: %s\n", list.Source)
	}
	if (list.AsOf != calendar.Date{}) {
		fmt.Fprintf(w, "As of: %s\n", list.AsOf)
	}
	for _, year := range years {
		days := list.Of(year)
		if len(days) == 0 {
			fmt.Fprintf(w, "%d: none are known\n", year)
		}
		for _, day := range days {
			fmt.Fprintf(w, "  %s %s  %s\n", day.Date, day.Date.Weekday().String()[:3], day.Name)
		}
	}
	if list.EndsWithinAYear(today) {
		fmt.Fprintln(w, "  remark: the list ends within twelve months; add the days to come")
	}
}

type calendarCheckCommand struct {
	File string `arg:"" help:"A list of holidays in CSV, or in iCalendar where the name ends in .ics; - is the standard input, in CSV."`
}

// Run prints every line that cannot be, or the days of a list that is in order.
func (c calendarCheckCommand) Run(s streams) error {
	text, err := readFile(c.File, 1<<20)
	if err != nil {
		return err
	}
	list, err := app.ReadHolidays(c.File, bytes.NewReader(text))
	if err != nil {
		errs := []error{err}
		if joined, several := err.(interface{ Unwrap() []error }); several {
			errs = joined.Unwrap()
		}
		for _, e := range errs {
			at, what := c.File, e.Error()
			if line := (calendar.LineError{}); errors.As(e, &line) {
				at, what = fmt.Sprintf("%s:%d", c.File, line.Line), line.What
			}
			fmt.Fprintf(s.err, "%s: %s\n", at, what)
		}
		return errReported
	}
	today := calendar.DateOf(time.Now(), time.UTC)
	first, last := list.Days[0].Date, list.Days[len(list.Days)-1].Date
	fmt.Fprintf(s.out, "%s: in order, %d days from %s to %s\n", c.File, len(list.Days), first, last)
	var years []int
	for year := first.Year; year <= last.Year; year++ {
		years = append(years, year)
	}
	printHolidays(s.out, list, years, today)
	return nil
}
