package ical

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// calendarOf is a file with these lines within one event.
func calendarOf(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func TestHolidaysAreReadAsWholeDays(t *testing.T) {
	one := func(date, name string) []Day { return []Day{{date, name}} }
	for name, test := range map[string]struct {
		file string
		want []Day
	}{
		"a day":                      {calendarOf("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261226", "SUMMARY:Christmas Day"), one("2026-12-25", "Christmas Day")},
		"without an end":             {calendarOf("DTSTART;VALUE=DATE:20261225", "SUMMARY:Christmas Day"), one("2026-12-25", "Christmas Day")},
		"ends where it begins":       {calendarOf("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261225"), one("2026-12-25", "")},
		"names in any case":          {calendarOf("dtstart;value=date:20261225", "summary:Christmas"), one("2026-12-25", "Christmas")},
		"a date without being named": {calendarOf("DTSTART:20261225"), one("2026-12-25", "")},
		"several days": {
			calendarOf("SUMMARY:Christmas", "DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270103"),
			[]Day{{"2026-12-31", "Christmas"}, {"2027-01-01", "Christmas"}, {"2027-01-02", "Christmas"}},
		},
		"over a leap day":           {calendarOf("DTSTART;VALUE=DATE:20280228", "DURATION:P2D"), []Day{{"2028-02-28", ""}, {"2028-02-29", ""}}},
		"a length in weeks":         {calendarOf("DTSTART;VALUE=DATE:20260101", "DURATION:P1W"), days("2026-01-01", 7)},
		"midnight to midnight":      {calendarOf("DTSTART;TZID=Australia/Sydney:20260427T000000", "DTEND;TZID=Australia/Sydney:20260428T000000", "SUMMARY:Anzac Day"), one("2026-04-27", "Anzac Day")},
		"midnight, a day of hours":  {calendarOf("DTSTART:20260427T000000", "DURATION:PT24H"), one("2026-04-27", "")},
		"over a clock that changes": {calendarOf("DTSTART;TZID=Australia/Sydney:20261004T000000", "DTEND;TZID=Australia/Sydney:20261005T000000"), one("2026-10-04", "")},
		"cancelled":                 {calendarOf("DTSTART;VALUE=DATE:20261225", "STATUS:CANCELLED"), nil},
		"escaped and folded":        {calendarOf("DTSTART;VALUE=DATE:20261225", `SUMMARY:King\, Queen\; and \\ Caf`, " \u00e9\\nDay"), one("2026-12-25", `King, Queen; and \ Café Day`)},
		"LF alone, and a mark":      {"\ufeff" + strings.ReplaceAll(calendarOf("DTSTART;VALUE=DATE:20261225"), "\r\n", "\n"), one("2026-12-25", "")},
		"of parts, the event's own": {calendarOf("DTSTART;VALUE=DATE:20261225", "SUMMARY:Day", "BEGIN:VALARM", "SUMMARY:Ring", "DURATION:PT15M", "END:VALARM"), one("2026-12-25", "Day")},
		"a zone's days are none": {
			"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T030000\nRRULE:FREQ=YEARLY\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR\n", nil,
		},
		"two names of a day, and one twice": {
			"BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260126\nSUMMARY:B\nEND:VEVENT\n", 2) +
				"BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260126\nSUMMARY:A\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\nEND:VCALENDAR",
			[]Day{{"2026-01-01", ""}, {"2026-01-26", "A"}, {"2026-01-26", "B"}},
		},
		"a line that need not be understood, however long": {calendarOf("DTSTART:20261225", "X-ALT-DESC;FMTTYPE=text/html:"+strings.Repeat("<p>", 20_000)), one("2026-12-25", "")},
		"a calendar without events":                        {"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", nil},
	} {
		got, err := ReadHolidays(strings.NewReader(test.file))
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func days(first string, n int) []Day {
	at, err := time.Parse(time.DateOnly, first)
	if err != nil {
		panic(err)
	}
	var out []Day
	for i := range n {
		out = append(out, Day{at.AddDate(0, 0, i).Format(time.DateOnly), ""})
	}
	return out
}

func TestWhatIsNoListOfHolidaysIsRefusedByItsLine(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"nothing":                {"", "there is no calendar"},
		"no calendar":            {"\n<html>\n", "line 2: "},
		"something before it":    {"VERSION:2.0\nBEGIN:VCALENDAR\n", "line 1: no calendar begins here"},
		"cut off":                {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n", "it was cut off"},
		"crossed":                {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", "line 3: VCALENDAR ends where VEVENT has to"},
		"ended twice":            {"BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n", "line 3: no calendar begins here"},
		"no line":                {"BEGIN:VCALENDAR\nhello world\n", "line 2: it is no line"},
		"a time of day":          {calendarOf("SUMMARY:x", "DTSTART:20261225T090000", "DTEND:20261225T170000"), "line 5: DTSTART has a time of day"},
		"an instant":             {calendarOf("DTSTART:20261225T000000Z"), "line 4: DTSTART is an instant"},
		"a day that is none":     {calendarOf("DTSTART;VALUE=DATE:20260230"), "line 4: DTSTART is no date"},
		"no date":                {calendarOf("DTSTART;VALUE=DATE:Christmas"), "line 4: DTSTART is no date"},
		"recurs":                 {calendarOf("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY"), "line 5: the event recurs (RRULE)"},
		"ends before":            {calendarOf("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261224"), "line 6: of the event that begins on line 3: it ends before it begins"},
		"of two kinds":           {calendarOf("DTSTART;VALUE=DATE:20261225", "DTEND:20261226T000000"), "not of one kind"},
		"of two zones":           {calendarOf("DTSTART;TZID=A:20261225T000000", "DTEND;TZID=B:20261226T000000"), "not of one kind"},
		"midnight and no end":    {calendarOf("DTSTART:20261225T000000"), "it is no whole day"},
		"no start":               {calendarOf("SUMMARY:x"), "it has no DTSTART"},
		"two starts":             {calendarOf("DTSTART:20261225", "DTSTART:20261226"), "line 5: there is a second DTSTART"},
		"an end and a length":    {calendarOf("DTSTART:20261225", "DTEND:20261226", "DURATION:P1D"), "both DTEND and DURATION"},
		"half a day":             {calendarOf("DTSTART:20261225", "DURATION:PT12H"), "line 5: DURATION is no number of whole days"},
		"a length of nothing":    {calendarOf("DTSTART:20261225", "DURATION:P0D"), "line 5: DURATION is no number"},
		"longer than a year":     {calendarOf("DTSTART:20260101", "DTEND:20270201"), "it lasts 396 days"},
		"far too long":           {calendarOf("DTSTART:20260101", "DURATION:P999999W"), "days; more than"},
		"a name that is a book":  {calendarOf("DTSTART:20260101", "SUMMARY:"+strings.Repeat("x", 5000)), "line 5: SUMMARY has more than"},
		"within each other":      {strings.Repeat("BEGIN:VCALENDAR\n", 9), "line 9: 8 components lie within each other"},
		"larger than a mebibyte": {"BEGIN:VCALENDAR\n" + strings.Repeat("X-A:"+strings.Repeat("a", 60)+"\n", 20_000), "more than 1048576 bytes"},
		"too many events": {
			"BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n", 5_001) + "END:VCALENDAR\n", "line 15002: there are more than 5000 events",
		},
		"too many days": {
			"BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\nDTSTART:20260101\nDURATION:P52W\nEND:VEVENT\n", 100) + "END:VCALENDAR\n", "there are more than 20000 days",
		},
	} {
		days, err := ReadHolidays(strings.NewReader(test.file))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v and %d days, want %q", name, err, len(days), test.want)
		}
	}
}

// What was written by Write as whole days would be is read as it was meant.
func TestAnyListOfDaysIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file strings.Builder
		want := map[Day]bool{}
		file.WriteString("BEGIN:VCALENDAR\r\n")
		for i := range rapid.IntRange(0, 20).Draw(t, "events") {
			first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 1000).Draw(t, "day"))
			length := rapid.IntRange(1, 10).Draw(t, "length")
			name := fmt.Sprintf("Holiday %d", i)
			for n := range length {
				want[Day{first.AddDate(0, 0, n).Format(time.DateOnly), name}] = true
			}
			fmt.Fprintf(&file, "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:%s\r\nDTEND;VALUE=DATE:%s\r\nSUMMARY:%s\r\nEND:VEVENT\r\n",
				first.Format("20060102"), first.AddDate(0, 0, length).Format("20060102"), name)
		}
		file.WriteString("END:VCALENDAR\r\n")
		got, err := ReadHolidays(strings.NewReader(file.String()))
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d days, want %d: %v", len(got), len(want), err)
		}
		for i, d := range got {
			if !want[d] || i > 0 && d.Date < got[i-1].Date {
				t.Fatalf("%v at %d of %v", d, i, got)
			}
		}
	})
}

func FuzzReadHolidays(f *testing.F) {
	for _, lines := range [][]string{
		{"DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261226", "SUMMARY:Christmas Day"},
		{"DTSTART;TZID=\"A:B\":20261225T000000", "DURATION:PT24H", "SUMMARY;X=a\\:x"},
		{"DTSTART;VALUE=DATE;X=\\", " y:20261225"},
	} {
		f.Add(calendarOf(lines...))
	}
	f.Fuzz(func(t *testing.T, file string) {
		days, err := ReadHolidays(strings.NewReader(file))
		if err != nil {
			if days != nil || strings.ContainsAny(err.Error(), "\r\n\x00") {
				t.Errorf("%d days and %q", len(days), err)
			}
			return
		}
		for _, d := range days {
			if at, err := time.Parse(time.DateOnly, d.Date); err != nil || at.Format(time.DateOnly) != d.Date || line(d.Name, longestLine) != d.Name {
				t.Errorf("%+v: %v", d, err)
			}
		}
	})
}
