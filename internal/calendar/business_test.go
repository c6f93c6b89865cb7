package calendar

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func shippedCalendar(t interface{ Fatal(...any) }, id string) Business {
	b, err := Shipped(id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestACalendarOpensAndCloses(t *testing.T) {
	for _, c := range []struct {
		calendar, at string
		open         bool
		next, closes string // empty: never
	}{
		{"au_aest_nsw", "2026-04-24T06:59:59Z", true, "2026-04-24T06:59:59Z", "2026-04-24T07:00:00Z"},
		{"au_aest_nsw", "2026-04-24T07:00:00Z", false, "2026-04-27T23:00:00Z", ""}, // 25 to 27 April are closed
		{"au_aest_national", "2026-04-24T07:00:00Z", false, "2026-04-26T23:00:00Z", ""},
		{"au_sydney_nsw", "2026-10-03T23:00:00Z", false, "2026-10-05T22:00:00Z", ""}, // a Sunday, then Labour Day
		{"au_sydney_nsw", "2026-10-01T23:00:00Z", true, "2026-10-01T23:00:00Z", "2026-10-02T07:00:00Z"},
		{"nz_auckland", "2027-01-03T20:00:00Z", false, "2027-01-04T20:00:00Z", ""},
		{"24x7", "2026-12-25T00:00:00Z", true, "2026-12-25T00:00:00Z", ""},
		{"sydney_night", "2026-04-04T13:00:00Z", true, "2026-04-04T13:00:00Z", "2026-04-04T20:00:00Z"}, // nine hours on the night of the fold
		{"sydney_night", "2026-04-05T00:00:00Z", false, "2026-04-05T12:00:00Z", ""},
		{"uk_london", "2026-12-24T17:00:00Z", false, "2026-12-29T09:00:00Z", ""},
	} {
		b, at := shippedCalendar(t, c.calendar), instant(t, c.at)
		if got := b.Open(at); got != c.open {
			t.Errorf("%s at %s: open %v", c.calendar, c.at, got)
		}
		if next, ok := b.NextOpen(at); !ok || !next.Equal(instant(t, c.next)) {
			t.Errorf("%s at %s: opens %v, %v; want %s", c.calendar, c.at, next.UTC(), ok, c.next)
		}
		closes, ok := b.Closes(at)
		if ok != (c.closes != "") || ok && !closes.Equal(instant(t, c.closes)) {
			t.Errorf("%s at %s: closes %v, %v; want %q", c.calendar, c.at, closes.UTC(), ok, c.closes)
		}
	}
}

func TestACalendarWithoutHoursNeverOpens(t *testing.T) {
	b := Business{ID: "nobody", Zone: time.UTC}
	at := instant(t, "2026-04-24T07:00:00Z")
	if _, opens := b.NextOpen(at); opens || b.Open(at) || b.OpenBetween(Span{at, at.AddDate(1, 0, 0)}) != nil {
		t.Error("it opens")
	}
}

func TestACalendarOfAllHoursNeverCloses(t *testing.T) {
	everyDay := shippedHours("sydney_night")[0].Days
	b := Business{ID: "all", Zone: zone(t, "Australia/Lord_Howe"), Hours: []Hours{{everyDay, 0, 24 * time.Hour}}}
	if _, closes := b.Closes(instant(t, "2026-04-24T07:00:00Z")); closes {
		t.Error("it closes")
	}
}

// Support is there from 9 to 17 AEST on working days, and closed on the day that
// older lists of New South Wales do not know.
func TestSupportClosesAtFiveAndOnTheAddedHoliday(t *testing.T) {
	b := shippedCalendar(t, "au_aest_nsw")
	before, after := instant(t, "2026-04-24T06:59:59Z"), instant(t, "2026-04-24T07:00:00Z")
	if !b.Open(before) || b.Open(after) {
		t.Error("it does not close at 17:00 AEST")
	}
	if open := b.OpenBetween(Span{instant(t, "2026-04-26T14:00:00Z"), instant(t, "2026-04-27T14:00:00Z")}); len(open) > 0 {
		t.Errorf("open on 27 April 2026: %v", open)
	}
	if next, _ := b.NextOpen(after); !next.Equal(instant(t, "2026-04-27T23:00:00Z")) {
		t.Errorf("opens %v, want Tuesday 09:00 AEST", next.UTC())
	}
}

// A help desk of every hour is open at any instant.
func TestAHelpDeskAroundTheClockIsAlwaysOpen(t *testing.T) {
	b := shippedCalendar(t, "24x7")
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 8e9).Draw(t, "at"), 0)
		if next, ok := b.NextOpen(at); !b.Open(at) || !ok || !next.Equal(at) {
			t.Fatalf("closed at %v", at.UTC())
		}
	})
}

// OpenBetween, Open, Closes and NextOpen say the same, in every zone.
func TestTheFourAnswersAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		half := rapid.IntRange(0, 47)
		var hours []Hours
		for range rapid.IntRange(1, 3).Draw(t, "stretches") {
			from := half.Draw(t, "from")
			to := rapid.IntRange(from+1, 48).Draw(t, "to")
			days := rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 7, rapid.ID).Draw(t, "days")
			h := Hours{From: time.Duration(from) * 30 * time.Minute, To: time.Duration(to) * 30 * time.Minute}
			for _, d := range days {
				h.Days = append(h.Days, time.Weekday(d))
			}
			hours = append(hours, h)
		}
		list, err := ShippedHolidays(rapid.SampledFrom(ShippedHolidayIDs()).Draw(t, "holidays"))
		if err != nil {
			t.Fatal(err)
		}
		b := Business{Zone: zone(t, rapid.SampledFrom(odd).Draw(t, "zone")), Hours: hours, Holidays: list}
		at := time.Unix(rapid.Int64Range(1_320_000_000, 1_900_000_000).Draw(t, "at"), 0)
		month := Span{at, at.AddDate(0, 0, 30)}
		open := b.OpenBetween(month)
		if got := open.Contains(at); got != b.Open(at) {
			t.Fatalf("Open says %v, OpenBetween %v", b.Open(at), got)
		}
		next, opens := b.NextOpen(at)
		if len(open) == 0 {
			if opens && next.Before(month.To) {
				t.Fatalf("NextOpen says %v, OpenBetween nothing", next)
			}
			return
		}
		if !opens || !next.Equal(open[0].From) {
			t.Fatalf("NextOpen says %v, OpenBetween %v", next, open[0])
		}
		closes, ends := b.Closes(next)
		if open[0].To.Before(month.To) && (!ends || !closes.Equal(open[0].To)) {
			t.Fatalf("Closes says %v, %v, OpenBetween %v", closes, ends, open[0])
		}
	})
}

func TestHoursAreUnited(t *testing.T) {
	b := Business{Zone: time.UTC, Hours: []Hours{
		{[]time.Weekday{time.Monday}, 22 * time.Hour, 24 * time.Hour},
		{[]time.Weekday{time.Monday}, 20 * time.Hour, 23 * time.Hour},
		{[]time.Weekday{time.Tuesday}, 0, 6 * time.Hour},
	}}
	got := b.OpenBetween(Span{instant(t, "2026-11-22T00:00:00Z"), instant(t, "2026-11-29T00:00:00Z")})
	want := Spans{{instant(t, "2026-11-23T20:00:00Z"), instant(t, "2026-11-24T06:00:00Z")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
