package config

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Civil is what the program knows of calendars without any file, and how lists
// of holidays are read. This package has no calendar of its own.
type Civil interface {
	// Calendars are the names of the business calendars that ship.
	Calendars() []string
	// Lists are the names of the holiday lists that ship.
	Lists() []string
	// List are the days of one of them, in order; nil where there is none.
	List(id string) []Holiday
	// Read reads a list in CSV, or in iCalendar where the name ends in .ics. The
	// error may be several, joined; those about one line are LineFaults.
	Read(name string, in io.Reader) ([]Holiday, error)
}

// Holiday is a local day on which a calendar is closed.
type Holiday struct {
	Date Date
	Name string
}

// LineFault is an error about one line of a file that is read beside the
// configuration.
type LineFault struct {
	Line int // from 1; 0: of the file as a whole
	What string
}

// Error is what is wrong, without the line.
func (f LineFault) Error() string { return f.What }

// civil is what Kinds has, or nothing at all.
func (k Kinds) civil() Civil {
	if k.Civil == nil {
		return noCivil{}
	}
	return k.Civil
}

// noCivil knows of no calendar.
type noCivil struct{}

func (noCivil) Calendars() []string   { return nil }
func (noCivil) Lists() []string       { return nil }
func (noCivil) List(string) []Holiday { return nil }
func (noCivil) Read(string, io.Reader) ([]Holiday, error) {
	return nil, LineFault{What: "lists of holidays cannot be read here"}
}

// Region is a part of the world where customers are.
type Region struct {
	ID       string `yaml:"id" jsonschema:"required,pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=64" doc:"Its name: small letters, digits and hyphens, as nz."`
	Name     string `yaml:"name" doc:"What readers call it. Unless given, its id."`
	TimeZone Zone   `yaml:"time_zone" jsonschema:"required" doc:"The zone of its days and office hours, from the IANA database."`
	Holidays string `yaml:"holidays" jsonschema:"default=none" doc:"The list of its public holidays: one of holidays, or one that ships: AU-NSW, AU-national, GB-ENG, NZ-AUK, US-federal."`
}

// Calendar is a business calendar.
type Calendar struct {
	ID       string  `yaml:"id" jsonschema:"required,pattern=^[A-Za-z0-9][A-Za-z0-9_-]*$,maxLength=64" doc:"Its name, as policies call it: letters, digits, hyphens and underscores."`
	TimeZone Zone    `yaml:"time_zone" jsonschema:"required" doc:"The zone of its hours. AEST, which is UTC+10 all year, is Australia/Brisbane."`
	Always   bool    `yaml:"always" doc:"Open at every hour of every day; then without hours and holidays."`
	Hours    []Hours `yaml:"hours" doc:"When it is open; several stretches a day may be listed."`
	Holidays string  `yaml:"holidays" jsonschema:"default=none" doc:"The list of days on which it is closed."`
}

// Hours are one stretch of some days of the week.
type Hours struct {
	Days []Weekday `yaml:"days" jsonschema:"required,minItems=1" doc:"The days of the week: 1 to 7 from Monday, or mon to sun."`
	From Clock     `yaml:"from" jsonschema:"required" doc:"When it opens, as 09:00."`
	To   Clock     `yaml:"to" jsonschema:"required" doc:"When it closes, as 17:00; 24:00 is the end of the day."`
}

// HolidayList is a list of holidays as data: who says so, and as of when.
type HolidayList struct {
	ID      string          `yaml:"id" jsonschema:"required,pattern=^[A-Za-z0-9][A-Za-z0-9_-]*$,maxLength=64" doc:"Its name, as regions and calendars call it."`
	Source  string          `yaml:"source" doc:"Where the days are from: an act, an address, an office."`
	AsOf    Date            `yaml:"as_of" doc:"When they were looked up, as 2026-11-01."`
	File    string          `yaml:"file" jsonschema:"minLength=1" doc:"A file with the days: CSV with lines of date and name, or iCalendar where its name ends in .ics. A relative path starts at the folder of the configuration."`
	Dates   map[Date]string `yaml:"dates" doc:"The days themselves, each with its name: {2026-12-25: Christmas Day}."`
	Extends string          `yaml:"extends" doc:"A list that ships with Upheld, to be added to and taken from."`
	Add     map[Date]string `yaml:"add" doc:"Days that the file or the list that is extended lacks."`
	Remove  []Date          `yaml:"remove" doc:"Days that it has and that do not count."`

	// Days is the whole list, in order.
	Days []Holiday `yaml:"-"`
}

// Date is a day without a zone, as "2026-12-25". The empty Date is none.
type Date string

// UnmarshalText reads a date as ISO 8601 has it.
func (d *Date) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	if _, err := time.Parse(time.DateOnly, word); err != nil {
		return refusal{fmt.Sprintf("%q is not a date", text), "write it like 2026-12-25"}
	}
	*d = Date(word)
	return nil
}

// JSONSchema describes a Date to editors.
func (Date) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, Examples: []any{"2026-12-25"}}
}

// MaybeDate is a date that may be said not to be there: null.
type MaybeDate struct{ Date }

func (*MaybeDate) mayBeNull() {}

// JSONSchema describes a MaybeDate to editors.
func (MaybeDate) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{Date("").JSONSchema(), {Type: "null"}}}
}

// nullable is a value that null may stand for.
type nullable interface{ mayBeNull() }

// Weekday is a day of the week.
type Weekday time.Weekday

// D is the day as the standard library's.
func (w Weekday) D() time.Weekday { return time.Weekday(w) }

// UnmarshalText reads 1 to 7, where 1 is Monday, and the days' English names or
// their first three letters.
func (w *Weekday) UnmarshalText(text []byte) error {
	word := strings.ToLower(strings.TrimSpace(string(text)))
	for n := 1; n <= 7; n++ {
		day := time.Weekday(n % 7)
		name := strings.ToLower(day.String())
		if word == fmt.Sprint(n) || word == name || word == name[:3] {
			*w = Weekday(day)
			return nil
		}
	}
	return refusal{fmt.Sprintf("%q is not a day of the week", text), "write 1 to 7, from Monday, or mon to sun"}
}

// JSONSchema describes a Weekday to editors.
func (Weekday) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		AnyOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: "1", Maximum: "7"},
			{Type: "string", Pattern: `^([1-7]|[A-Za-z]{3,9})$`},
		},
		Examples: []any{1, "mon"},
	}
}
