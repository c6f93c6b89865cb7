package calendar

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// occurrences are those of a rule in the ten years from its start, in its zone,
// at most so many.
func occurrences(t *testing.T, rule, first, zoneName string, most int) []string {
	t.Helper()
	at := instant(t, first)
	r, err := NewRecurrence(rule, at, zone(t, zoneName))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range r.Between(Span{at, at.AddDate(10, 0, 0)}, most) {
		got = append(got, o.In(zone(t, zoneName)).Format("2006-01-02T15:04:05-07:00"))
	}
	return got
}

func TestARuleRecursByTheClockOnTheWall(t *testing.T) {
	for name, c := range map[string]struct {
		rule, first, zone string
		want              string
	}{
		"a gap shifts and drops none": {"FREQ=DAILY", "2026-10-02T16:30:00Z", "Australia/Sydney",
			"2026-10-03T02:30:00+10:00 2026-10-04T03:30:00+11:00 2026-10-05T02:30:00+11:00"},
		"a fold means the first": {"FREQ=DAILY", "2026-04-03T15:30:00Z", "Australia/Sydney",
			"2026-04-04T02:30:00+11:00 2026-04-05T02:30:00+11:00 2026-04-06T02:30:00+10:00"},
		"half an hour's gap": {"FREQ=DAILY", "2026-10-02T15:45:00Z", "Australia/Lord_Howe",
			"2026-10-03T02:15:00+10:30 2026-10-04T02:45:00+11:00 2026-10-05T02:15:00+11:00"},
		"half an hour's fold": {"FREQ=DAILY", "2026-04-03T14:45:00Z", "Australia/Lord_Howe",
			"2026-04-04T01:45:00+11:00 2026-04-05T01:45:00+11:00 2026-04-06T01:45:00+10:30"},
		"a day that the zone skipped": {"FREQ=DAILY", "2011-12-29T22:00:00Z", "Pacific/Apia",
			"2011-12-29T12:00:00-10:00 2011-12-31T12:00:00+14:00 2012-01-01T12:00:00+14:00"},
		"it begins in the second of two": {"FREQ=DAILY", "2026-04-04T16:30:00Z", "Australia/Sydney",
			"2026-04-05T02:30:00+10:00 2026-04-06T02:30:00+10:00 2026-04-07T02:30:00+10:00"},
		"COUNT": {"FREQ=WEEKLY;COUNT=2;BYDAY=SU", "2026-11-21T16:00:00Z", "Australia/Brisbane",
			"2026-11-22T02:00:00+10:00 2026-11-29T02:00:00+10:00"},
		"UNTIL in UTC is included": {"FREQ=DAILY;UNTIL=20261122T160000Z", "2026-11-21T16:00:00Z", "Australia/Brisbane",
			"2026-11-22T02:00:00+10:00 2026-11-23T02:00:00+10:00"},
		"UNTIL a second before": {"FREQ=DAILY;UNTIL=20261122T155959Z", "2026-11-21T16:00:00Z", "Australia/Brisbane",
			"2026-11-22T02:00:00+10:00"},
		"UNTIL a local time": {"FREQ=DAILY;UNTIL=20261123T020000", "2026-11-21T16:00:00Z", "Australia/Brisbane",
			"2026-11-22T02:00:00+10:00 2026-11-23T02:00:00+10:00"},
		"UNTIL a date, that day too": {"FREQ=DAILY;UNTIL=20261123", "2026-11-21T16:00:00Z", "Australia/Brisbane",
			"2026-11-22T02:00:00+10:00 2026-11-23T02:00:00+10:00"},
		"the last Friday of every second month": {"RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR", "2026-11-27T10:00:00Z", "UTC",
			"2026-11-27T10:00:00+00:00 2027-01-29T10:00:00+00:00 2027-03-26T10:00:00+00:00"},
		"29 February": {"FREQ=YEARLY;COUNT=2", "2024-02-29T10:00:00Z", "UTC",
			"2024-02-29T10:00:00+00:00 2028-02-29T10:00:00+00:00"},
		"small letters": {"freq=daily;count=1", "2026-11-27T10:00:00Z", "UTC", "2026-11-27T10:00:00+00:00"},
		"hours that steps reach": {"FREQ=HOURLY;INTERVAL=5;BYHOUR=3", "2026-11-27T10:00:00Z", "UTC",
			"2026-11-30T03:00:00+00:00 2026-12-05T03:00:00+00:00 2026-12-10T03:00:00+00:00"},
	} {
		if got := strings.Join(occurrences(t, c.rule, c.first, c.zone, 3), " "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestARuleThatCannotBeIsRefused(t *testing.T) {
	for rule, says := range map[string]string{
		"":                                                     "",
		"FREQ=MONTHLY;BYDAY=6MO":                               "no day",
		"FREQ=YEARLY;BYMONTH=3;BYDAY=-6MO":                     "no day",
		"FREQ=WEEKLY;BYDAY=1MO":                                "no day",
		"FREQ=MONTHLY;BYWEEKNO=3":                              "BYWEEKNO",
		"every sunday":                                         "",
		"FREQ=SECONDLY":                                        "more often",
		"FREQ=MINUTELY;INTERVAL=90":                            "more often",
		"FREQ=DAILY;BYMINUTE=0,30":                             "more often",
		"FREQ=DAILY;BYSECOND=0,1,2":                            "more often",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30":                  "never occurs",
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31":                   "never occurs",
		"FREQ=HOURLY;BYMONTH=4;BYMONTHDAY=31":                  "never occurs",
		"FREQ=HOURLY;INTERVAL=2;BYHOUR=1":                      "never occurs",
		"FREQ=WEEKLY;INTERVAL=1000;BYDAY=SU;BYMONTHDAY=32":     "",
		"FREQ=DAILY;UNTIL=20200101T000000Z":                    "never occurs",
		"FREQ=DAILY;UNTIL=tomorrow":                            "UNTIL",
		"FREQ=DAILY;UNTIL=":                                    "UNTIL",
		"FREQ=DAILY;COUNT=2;UNTIL=20300101T000000Z":            "not by both",
		"FREQ=DAILY;COUNT=0":                                   "COUNT",
		"FREQ=DAILY;COUNT=-1":                                  "COUNT",
		"FREQ=DAILY;INTERVAL=0":                                "INTERVAL",
		"FREQ=DAILY;INTERVAL=1001":                             "INTERVAL",
		"FREQ=DAILY;INTERVAL=999999999999999999999":            "INTERVAL",
		"FREQ=DAILY;FREQ=WEEKLY":                               "twice",
		"FREQ=YEARLY;BYEASTER=1":                               "no place",
		"DTSTART=20260101T000000Z;FREQ=DAILY":                  "no place",
		"DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY":           "",
		"FREQ=DAILY;BYHOUR=24":                                 "byhour",
		"FREQ=DAILY;BYHOUR=" + strings.Repeat("1,", 300) + "1": "300 characters",
	} {
		if _, err := NewRecurrence(rule, instant(t, "2026-11-22T10:00:00Z"), time.UTC); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60q: %v, want something of %q", rule, err, says)
		}
	}
	if _, err := NewRecurrence("FREQ=DAILY", time.Time{}, time.UTC); err == nil {
		t.Error("one that begins in the year 1 was accepted")
	}
}

// Every day of a daily rule has its occurrence, at the instant that Resolve
// says, and any two spans that touch tell together what one of both tells.
func TestNoneIsDroppedAndNoneIsToldTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(odd).Draw(t, "zone"))
		first := time.Unix(rapid.Int64Range(1_320_000_000, 1_900_000_000).Draw(t, "first"), 0)
		r, err := NewRecurrence("FREQ=DAILY", first, z)
		if err != nil {
			t.Fatal(err)
		}
		local := first.In(z)
		reading := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second
		days := rapid.IntRange(1, 400).Draw(t, "days")
		var want []time.Time
		for n := range days {
			at, _ := Resolve(DateOf(first, z).AddDays(n), reading, z)
			if n == 0 {
				at = first
			}
			if len(want) == 0 || at.After(want[len(want)-1]) {
				want = append(want, at)
			}
		}
		end := want[len(want)-1].Add(time.Second)
		middle := first.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(first))).Draw(t, "middle")))
		whole := r.Between(Span{first, end}, 1000)
		parts := append(r.Between(Span{first, middle}, 1000), r.Between(Span{middle, end}, 1000)...)
		if len(whole) != len(want) || len(parts) != len(want) {
			t.Fatalf("%d at once, %d in two parts, want %d", len(whole), len(parts), len(want))
		}
		for i := range want {
			if !whole[i].Equal(want[i]) || !parts[i].Equal(want[i]) {
				t.Fatalf("occurrence %d: %v at once, %v in parts, want %v", i, whole[i], parts[i], want[i])
			}
		}
	})
}

// Whatever the rule, it is refused or its occurrences are in order, each once,
// within the span and at least an hour apart where no clock was changed.
func FuzzRecurrence(f *testing.F) {
	for _, seed := range []string{
		"FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "FREQ=YEARLY;BYYEARDAY=-366",
		"FREQ=HOURLY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=29", "FREQ=MONTHLY;BYSETPOS=-1,-366;BYHOUR=1,2,3;BYDAY=MO,TU", "FREQ=DAILY;UNTIL=20300101",
		"FREQ=YEARLY;BYWEEKNO=-53,1;WKST=SU", "FREQ=HOURLY;BYHOUR=3;BYSETPOS=2", "FREQ=MONTHLY;BYDAY=53MO",
	} {
		f.Add(seed, int64(1_790_000_000), "Australia/Lord_Howe")
	}
	f.Fuzz(func(t *testing.T, rule string, first int64, zoneName string) {
		z, err := time.LoadLocation(zoneName)
		if err != nil || first < 0 || first > 4e9 {
			return // no zone, or no time that is asked for
		}
		at := time.Unix(first, 0)
		r, err := NewRecurrence(rule, at, z)
		if err != nil {
			return
		}
		within := Span{at, at.AddDate(2, 0, 0)}
		last := time.Time{}
		found := r.Between(within, 50)
		for _, o := range found {
			if !o.After(last) || !within.Contains(o) {
				t.Fatalf("%v after %v in %v", o, last, within)
			}
			last = o
		}
		if len(found) > 50 {
			t.Fatalf("%d occurrences", len(found))
		}
	})
}
