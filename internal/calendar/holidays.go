package calendar

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Holiday is a whole local day on which a calendar is closed.
type Holiday struct {
	Date Date
	Name string
}

// Holidays is a list of holidays as data: who said so, and as of when.
type Holidays struct {
	ID     string
	Source string
	AsOf   Date      // zero: not known
	Days   []Holiday // in order, each date once
}

// NewHolidays is a list with its days in order. Of two names of one date the
// first is kept.
func NewHolidays(id, source string, asOf Date, days []Holiday) Holidays {
	days = slices.Clone(days)
	slices.SortStableFunc(days, func(a, b Holiday) int { return a.Date.Compare(b.Date) })
	days = slices.CompactFunc(days, func(a, b Holiday) bool { return a.Date == b.Date })
	return Holidays{ID: id, Source: source, AsOf: asOf, Days: days}
}

// On is the holiday of that date.
func (h Holidays) On(d Date) (Holiday, bool) {
	i, found := slices.BinarySearchFunc(h.Days, d, func(one Holiday, d Date) int { return one.Date.Compare(d) })
	if !found {
		return Holiday{}, false
	}
	return h.Days[i], true
}

// Until is the last date that the list knows of; false where it lists none, and
// so has no end.
func (h Holidays) Until() (Date, bool) {
	if len(h.Days) == 0 {
		return Date{}, false
	}
	return h.Days[len(h.Days)-1].Date, true
}

// EndsWithinAYear tells whether the list ends before the same day of next year:
// deadlines and forbidden hours beyond its end take every day for a working day.
func (h Holidays) EndsWithinAYear(today Date) bool {
	until, ends := h.Until()
	return ends && until.Before(Date{today.Year + 1, today.Month, today.Day})
}

// Of are the holidays of one year.
func (h Holidays) Of(year int) []Holiday {
	var days []Holiday
	for _, d := range h.Days {
		if d.Date.Year == year {
			days = append(days, d)
		}
	}
	return days
}

// LineError is what is wrong with one line of a list.
type LineError struct {
	Line int // from 1
	What string
}

// Error is the line and what is wrong with it.
func (e LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// Bounds of a list that is read: far over a hundred years of holidays.
const (
	maxHolidayBytes = 1 << 20
	maxHolidayName  = 200
)

// ReadCSV reads a list of holidays: lines of a date such as 2026-12-25 and a
// name, with or without the head "date,name". Comments start with #; those of the
// form "# source: …" and "# as of: 2026-02-28" tell where the list is from. The
// error is every line that cannot be, as LineError, joined.
func ReadCSV(id string, in io.Reader) (Holidays, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxHolidayBytes+1))
	if err != nil {
		return Holidays{}, fmt.Errorf("reading the list: %w", err)
	}
	if len(text) > maxHolidayBytes {
		return Holidays{}, LineError{1, "the list is larger than 1 MiB; keep the years that are needed"}
	}
	lines := strings.TrimPrefix(string(text), "\ufeff") // as spreadsheets write it
	list, wrong := listHead(lines)
	days, found := listDays(lines)
	if wrong = append(wrong, found...); len(wrong) > 0 {
		return Holidays{}, errors.Join(wrong...)
	}
	if len(days) == 0 {
		return Holidays{}, LineError{1, "it has no holiday; write lines such as 2026-12-25,Christmas Day"}
	}
	return NewHolidays(id, list.Source, list.AsOf, days), nil
}

// listHead is what a list's comments say of it.
func listHead(text string) (list Holidays, wrong []error) {
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, maxHolidayBytes+1)
	for n := 1; lines.Scan(); n++ {
		comment, is := strings.CutPrefix(strings.TrimSpace(lines.Text()), "#")
		key, value, told := strings.Cut(comment, ":")
		if !is || !told {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "source":
			list.Source = strings.TrimSpace(value)
		case "as of":
			date, err := ParseDate(strings.TrimSpace(value))
			if err != nil {
				wrong = append(wrong, LineError{n, err.Error()})
			}
			list.AsOf = date
		}
	}
	return list, wrong
}

// listDays are the days of a list, and every line that is none.
func listDays(text string) (days []Holiday, wrong []error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	first := map[Date]int{}
	for rows := 0; ; rows++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return days, wrong
		}
		if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
			// What follows a quote that is not closed cannot be told from it.
			return days, append(wrong, LineError{parse.Line, "is not CSV: " + parse.Err.Error()})
		} else if err != nil {
			return days, append(wrong, err)
		}
		line, _ := r.FieldPos(0)
		day, what := holidayOf(row)
		switch at, again := first[day.Date], first[day.Date] > 0; {
		case rows == 0 && len(row) == 2 && strings.EqualFold(row[0], "date") && strings.EqualFold(row[1], "name"):
		case what != "":
			wrong = append(wrong, LineError{line, what})
		case again:
			wrong = append(wrong, LineError{line, fmt.Sprintf("%s is given twice, first in line %d", day.Date, at)})
		default:
			first[day.Date] = line
			days = append(days, day)
		}
	}
}

// holidayOf reads a row; what is why it cannot be.
func holidayOf(row []string) (day Holiday, what string) {
	if len(row) != 2 {
		return day, fmt.Sprintf("has %d columns; write a date and a name, and quotes around a name with a comma", len(row))
	}
	date, err := ParseDate(strings.TrimSpace(row[0]))
	name := strings.TrimSpace(row[1])
	switch {
	case err != nil:
		return day, err.Error()
	case name == "":
		return day, "has no name"
	case len(name) > maxHolidayName:
		return day, fmt.Sprintf("the name is longer than %d bytes", maxHolidayName)
	}
	return Holiday{date, name}, ""
}
