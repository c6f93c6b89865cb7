package calendar

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// golden is internal/golden's reference.
type golden struct {
	Calendars map[string]struct {
		Zone      string `json:"tz"`
		Always    bool
		Days      []int
		Intervals [][2]string
		Holidays  string
	}
	Holidays map[string]map[string]string
}

func reference(t *testing.T) (g golden) {
	t.Helper()
	text, err := os.ReadFile("../golden/testdata/calendars.json")
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestTheShippedListsAreThoseOfTheReference(t *testing.T) {
	g := reference(t)
	if len(g.Holidays) != len(ShippedHolidayIDs()) {
		t.Fatalf("%d lists in the reference, %d ship", len(g.Holidays), len(ShippedHolidayIDs()))
	}
	for id, want := range g.Holidays {
		list, err := ShippedHolidays(id)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, day := range list.Days {
			got[day.Date.String()] = day.Name
		}
		for date, name := range want {
			if got[date] != name {
				t.Errorf("%s, %s: %q, want %q", id, date, got[date], name)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d days, want %d", id, len(got), len(want))
		}
		if id != NoHolidays && (list.Source == "" || list.AsOf == Date{}) {
			t.Errorf("%s has no source or no date: %+v", id, list)
		}
	}
	list, _ := ShippedHolidays("AU-NSW")
	for _, added := range []Date{{2026, time.April, 27}, {2027, time.April, 26}} {
		if _, is := list.On(added); !is {
			t.Errorf("New South Wales does not know %s", added)
		}
	}
}

func TestTheShippedCalendarsAreThoseOfTheReference(t *testing.T) {
	g := reference(t)
	if len(g.Calendars) != len(ShippedIDs()) {
		t.Fatalf("%d calendars in the reference, %d ship", len(g.Calendars), len(ShippedIDs()))
	}
	for id, want := range g.Calendars {
		b := shippedCalendar(t, id)
		if b.Zone.String() != want.Zone || b.Always != want.Always || len(b.Hours) != len(want.Intervals) {
			t.Errorf("%s: %v, %v, %v; want %+v", id, b.Zone, b.Always, b.Hours, want)
		}
		if want.Holidays != "" && b.Holidays.ID != want.Holidays {
			t.Errorf("%s: holidays %s, want %s", id, b.Holidays.ID, want.Holidays)
		}
		for i, h := range b.Hours {
			from := time.Time{}.Add(h.From).Format("15:04")
			to := strings.Replace(time.Time{}.Add(h.To).Format("15:04"), "00:00", "24:00", 1)
			if from != want.Intervals[i][0] || to != want.Intervals[i][1] {
				t.Errorf("%s: from %s to %s, want %v", id, from, to, want.Intervals[i])
			}
			for _, day := range want.Days {
				if !slices.Contains(h.Days, time.Weekday(day%7)) {
					t.Errorf("%s: closed on day %d", id, day)
				}
			}
			if len(h.Days) != len(want.Days) {
				t.Errorf("%s: %d days, want %d", id, len(h.Days), len(want.Days))
			}
		}
	}
}

func TestAListIsRead(t *testing.T) {
	list, err := ReadCSV("ours", strings.NewReader("\ufeff# Source: the office\r\n# as of: 2026-11-01\r\ndate,name\r\n\r\n2026-12-27, \"Closed, all day\"\r\n2026-12-24,Christmas Eve\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Holiday{{Date{2026, time.December, 24}, "Christmas Eve"}, {Date{2026, time.December, 27}, "Closed, all day"}}
	if !slices.Equal(list.Days, want) || list.Source != "the office" || list.AsOf != (Date{2026, time.November, 1}) || list.ID != "ours" {
		t.Errorf("%+v", list)
	}
}

func TestEveryLineOfAListThatCannotBeIsNamed(t *testing.T) {
	_, err := ReadCSV("ours", strings.NewReader("# as of: soon\ndate,name\n2026-02-30,Nothing\n2026-12-25\n2026-12-25,Christmas\n2026-12-25,Xmas\n2026-12-26,\n25.12.2027,Christmas\n"))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`line 1: "soon" is not a date`, `line 3: "2026-02-30" is not a date`, "line 4: has 1 columns",
		"line 6: 2026-12-25 is given twice, first in line 5", "line 7: has no name", `line 8: "25.12.2027" is not a date`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing of %q in\n%v", want, err)
		}
	}
	for _, text := range []string{"", "date,name\n", "# nothing\n", "2026-12-25,\"Christmas\n", strings.Repeat("#", maxHolidayBytes+1)} {
		if _, err := ReadCSV("ours", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestAListEndsWithinAYear(t *testing.T) {
	list, _ := ShippedHolidays("AU-NSW") // to 28 December 2027
	for today, want := range map[Date]bool{{2026, time.December, 28}: false, {2026, time.December, 29}: true, {2028, time.January, 1}: true} {
		if got := list.EndsWithinAYear(today); got != want {
			t.Errorf("on %s: %v", today, got)
		}
	}
	if (Holidays{ID: NoHolidays}).EndsWithinAYear(Date{2099, time.January, 1}) {
		t.Error("a list without days has an end")
	}
	if n := len(list.Of(2027)); n != 14 || len(list.Of(2028)) > 0 {
		t.Errorf("%d days in 2027", n)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("# source: x\n# as of: 2026-01-01\ndate,name\n2026-12-25,Christmas\n")
	f.Add("2026-12-25,\"a\nb\"\n2026-12-26,c")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadCSV("x", strings.NewReader(text))
		if err != nil {
			return
		}
		for i, day := range list.Days {
			if got, is := list.On(day.Date); !is || got != day || i > 0 && !list.Days[i-1].Date.Before(day.Date) {
				t.Fatalf("%v is out of order or lost", day)
			}
		}
	})
}
