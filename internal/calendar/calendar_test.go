package calendar

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// odd zones: half-hour and quarter-hour offsets, a half-hour DST, a skipped
// day, changes at midnight, one minute past it and over it, negative DST, and
// none.
var odd = []string{
	"UTC", "Australia/Sydney", "Australia/Lord_Howe", "Australia/Brisbane", "Pacific/Auckland",
	"Pacific/Chatham", "Pacific/Apia", "Pacific/Kwajalein", "America/Sao_Paulo", "America/Havana",
	"America/St_Johns", "America/New_York", "America/Asuncion", "Europe/London", "Europe/Dublin",
	"Asia/Beirut", "Asia/Amman", "Asia/Tehran", "Asia/Kathmandu", "Africa/Casablanca", "Africa/Cairo",
	"Antarctica/Troll", "America/Scoresbysund", "America/Toronto",
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		zone, date string
		reading    time.Duration
		want       string
		kind       Kind
	}{
		{"Australia/Sydney", "2026-10-04", 150 * time.Minute, "2026-10-03T16:30:00Z", Gap},
		{"Australia/Sydney", "2026-04-05", 150 * time.Minute, "2026-04-04T15:30:00Z", Fold},
		{"America/New_York", "2026-03-08", 150 * time.Minute, "2026-03-08T07:30:00Z", Gap},
		{"America/New_York", "2026-11-01", 90 * time.Minute, "2026-11-01T05:30:00Z", Fold},
		{"Pacific/Auckland", "2026-04-05", 150 * time.Minute, "2026-04-04T13:30:00Z", Fold},
		{"Europe/London", "2026-10-25", 90 * time.Minute, "2026-10-25T00:30:00Z", Fold},
		{"Europe/London", "2026-03-29", time.Hour, "2026-03-29T01:00:00Z", Gap},
		{"Europe/London", "2026-03-29", 2 * time.Hour, "2026-03-29T01:00:00Z", Normal},
		{"Australia/Lord_Howe", "2026-04-05", 105 * time.Minute, "2026-04-04T14:45:00Z", Fold},
		{"Australia/Lord_Howe", "2026-04-05", 90 * time.Minute, "2026-04-04T14:30:00Z", Fold},
		{"Australia/Lord_Howe", "2026-04-05", 2 * time.Hour, "2026-04-04T15:30:00Z", Normal},
		{"Australia/Lord_Howe", "2026-10-04", 135 * time.Minute, "2026-10-03T15:45:00Z", Gap},
		{"Pacific/Apia", "2011-12-30", 12 * time.Hour, "2011-12-30T22:00:00Z", Gap},
		{"Pacific/Apia", "2011-12-31", 0, "2011-12-30T10:00:00Z", Normal},
		{"America/Sao_Paulo", "2018-11-04", 0, "2018-11-04T03:00:00Z", Gap},
		{"America/Sao_Paulo", "2018-02-18", 0, "2018-02-18T03:00:00Z", Normal},
		{"America/Havana", "2026-11-01", 0, "2026-11-01T04:00:00Z", Fold},
		{"America/St_Johns", "2010-11-07", 0, "2010-11-07T02:30:00Z", Fold},
		{"Australia/Brisbane", "2026-10-04", 150 * time.Minute, "2026-10-03T16:30:00Z", Normal},
		{"UTC", "2026-10-04", 24 * time.Hour, "2026-10-05T00:00:00Z", Normal},
	} {
		d, err := ParseDate(c.date)
		if err != nil {
			t.Fatal(err)
		}
		got, kind := Resolve(d, c.reading, zone(t, c.zone))
		if !got.Equal(instant(t, c.want)) || kind != c.kind {
			t.Errorf("%s %s+%s: got %s %s, want %s %s", c.zone, c.date, c.reading, got.UTC().Format(time.RFC3339), kind, c.want, c.kind)
		}
	}
}

// TestResolveOnTheLastDayOfALeapYear: time.Time.ZoneBounds names a bound in the
// past there, in years beyond the zone's table.
func TestResolveOnTheLastDayOfALeapYear(t *testing.T) {
	for _, name := range odd {
		z := zone(t, name)
		for reading := range 24 {
			reading := time.Duration(reading) * time.Hour
			date := Date{2096, time.December, 31}
			got, kind := Resolve(date, reading, z)
			if want, wantKind := scan(date, reading, z); !got.Equal(want) || kind != wantKind {
				t.Errorf("%s %s: got %s %s, want %s %s", z, reading, got.UTC(), kind, want.UTC(), wantKind)
			}
		}
	}
}

// TestResolveAgreesWithTheClock reads the clock every minute of three days and
// looks up where it shows the wanted reading.
func TestResolveAgreesWithTheClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(odd).Draw(t, "zone"))
		near := changeNear(z, time.Unix(rapid.Int64Range(1.6e8, 4e9).Draw(t, "unix"), 0))
		wall := near.Add(time.Duration(rapid.IntRange(-1600, 1600).Draw(t, "minutes")) * time.Minute).In(z)
		date := DateOf(wall, z)
		reading := time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, "reading")) * time.Minute

		got, kind := Resolve(date, reading, z)
		want, wantKind := scan(date, reading, z)
		if !got.Equal(want) || kind != wantKind {
			t.Fatalf("%s %s %s: got %s %s, want %s %s", z, date, reading, got.UTC(), kind, want.UTC(), wantKind)
		}
	})
}

// changeNear is the next change of the zone's offset after t, or t.
func changeNear(z *time.Location, t time.Time) time.Time {
	if _, end := t.In(z).ZoneBounds(); !end.IsZero() {
		return end
	}
	return t.Truncate(time.Minute)
}

func face(t time.Time, z *time.Location) time.Time {
	_, offset := t.In(z).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

func scan(d Date, reading time.Duration, z *time.Location) (time.Time, Kind) {
	wall := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Add(reading)
	var hits []time.Time
	var jump time.Time
	for at := wall.Add(-36 * time.Hour); at.Before(wall.Add(36 * time.Hour)); at = at.Add(time.Minute) {
		if face(at, z).Equal(wall) {
			hits = append(hits, at)
		}
		if before := at.Add(-time.Minute); face(before, z).Before(wall) && face(at, z).After(wall) {
			jump = before.Add(wall.Sub(face(before, z)))
		}
	}
	switch len(hits) {
	case 0:
		return jump, Gap
	case 1:
		return hits[0], Normal
	default:
		return hits[0], Fold
	}
}

func TestDaysTileTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(odd).Draw(t, "zone"))
		from := changeNear(z, time.Unix(rapid.Int64Range(-2e9, 4e9).Draw(t, "unix"), 0)).Add(-50 * time.Hour)
		within := Span{from, from.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "hours")) * time.Hour)}
		days := Days(within, z)
		if days[0].From.After(within.From) || days[len(days)-1].To.Before(within.To) {
			t.Fatalf("%v do not cover %v", days, within)
		}
		for i, day := range days {
			if day.Empty() || i > 0 && (!days[i-1].To.Equal(day.From) || !days[i-1].Date.Before(day.Date)) {
				t.Fatalf("%v does not follow %v", day, days[i-1])
			}
			for _, at := range []time.Time{day.From, day.To.Add(-1)} {
				if DayAt(at, z) != day {
					t.Fatalf("%s belongs to %v, not to %v", at, DayAt(at, z), day)
				}
			}
		}
		if back := LastDays(len(days), days[len(days)-1].From, z); !cmp.Equal(back, days) {
			t.Fatalf("backwards %v, forwards %v", back, days)
		}
	})
}

func TestDayLengths(t *testing.T) {
	for _, c := range []struct {
		zone, date string
		want       time.Duration
	}{
		{"Australia/Sydney", "2026-04-05", 25 * time.Hour},
		{"Australia/Sydney", "2026-10-04", 23 * time.Hour},
		{"Australia/Lord_Howe", "2026-04-05", 24*time.Hour + 30*time.Minute},
		{"Australia/Lord_Howe", "2026-10-04", 23*time.Hour + 30*time.Minute},
		{"Pacific/Apia", "2011-12-30", 0},
		{"Pacific/Apia", "2011-12-29", 24 * time.Hour},
		{"America/Sao_Paulo", "2018-11-04", 23 * time.Hour},
		{"America/Sao_Paulo", "2018-02-17", 25 * time.Hour},
		{"America/Havana", "2026-11-01", 25 * time.Hour},
		{"Asia/Beirut", "2022-03-27", 23 * time.Hour},
		{"Antarctica/Troll", "2026-03-29", 22 * time.Hour},
	} {
		d, err := ParseDate(c.date)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayOn(d, zone(t, c.zone)).Duration(); got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.date, c.zone, got, c.want)
		}
	}
}

func TestDaysSkipTheDayThatWasNot(t *testing.T) {
	apia := zone(t, "Pacific/Apia")
	days := Days(Span{instant(t, "2011-12-29T22:00:00Z"), instant(t, "2011-12-31T00:00:00Z")}, apia)
	var dates []string
	for _, d := range days {
		dates = append(dates, d.Date.String())
	}
	if diff := cmp.Diff([]string{"2011-12-29", "2011-12-31"}, dates); diff != "" {
		t.Error(diff)
	}
}

func TestMonthsTileYears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(odd).Draw(t, "zone"))
		year := rapid.IntRange(1950, 2060).Draw(t, "year")
		all := Year(year, z)
		at := all.From
		for m := time.January; m <= time.December; m++ {
			month := Month(year, m, z)
			if !month.From.Equal(at) {
				t.Fatalf("%s %d begins %s, the one before ends %s", m, year, month.From, at)
			}
			if MonthAt(month.From, z) != month || MonthAt(month.To.Add(-1), z) != month || YearAt(month.From, z) != all {
				t.Fatalf("%s %d does not hold its own ends", m, year)
			}
			at = month.To
		}
		if !at.Equal(all.To) {
			t.Fatalf("the year ends %s, its last month %s", all.To, at)
		}
	})
}

func TestRolling(t *testing.T) {
	got := Rolling(30, instant(t, "2026-04-15T00:00:00Z"))
	want := Span{instant(t, "2026-03-16T00:00:00Z"), instant(t, "2026-04-15T00:00:00Z")}
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParseDateRefuses(t *testing.T) {
	for _, text := range []string{"", "2026-2-1", "2026-02-30", "today"} {
		if d, err := ParseDate(text); err == nil {
			t.Errorf("%q was read as %s", text, d)
		}
	}
}

// TestSetOperations compares with sets of small integers.
func TestSetOperations(t *testing.T) {
	base := time.Unix(1_800_000_000, 0)
	at := func(n int) time.Time { return base.Add(time.Duration(n) * time.Second) }
	spans := rapid.Custom(func(t *rapid.T) []Span {
		var list []Span
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			list = append(list, Span{at(rapid.IntRange(0, 30).Draw(t, "from")), at(rapid.IntRange(0, 30).Draw(t, "to"))})
		}
		return list
	})
	rapid.Check(t, func(t *rapid.T) {
		rawA, rawB := spans.Draw(t, "a"), spans.Draw(t, "b")
		a, b := Union(rawA...), Union(rawB...)
		clip := Span{at(rapid.IntRange(0, 30).Draw(t, "clip from")), at(rapid.IntRange(0, 30).Draw(t, "clip to"))}
		in := func(list []Span, n int) bool {
			for _, s := range list {
				if s.Contains(at(n)) {
					return true
				}
			}
			return false
		}
		for name, c := range map[string]struct {
			got  Spans
			want func(n int) bool
		}{
			"a":         {a, func(n int) bool { return in(rawA, n) }},
			"union":     {a.Union(b), func(n int) bool { return in(rawA, n) || in(rawB, n) }},
			"intersect": {a.Intersect(b), func(n int) bool { return in(rawA, n) && in(rawB, n) }},
			"subtract":  {a.Subtract(b), func(n int) bool { return in(rawA, n) && !in(rawB, n) }},
			"clip":      {a.Clip(clip), func(n int) bool { return in(rawA, n) && clip.Contains(at(n)) }},
		} {
			seconds := 0
			for n := range 31 {
				if c.got.Contains(at(n)) != c.want(n) {
					t.Fatalf("%s: wrong at %d: %v", name, n, c.got)
				}
				if c.want(n) {
					seconds++
				}
			}
			if c.got.Total() != time.Duration(seconds)*time.Second {
				t.Fatalf("%s: total %s, want %d s", name, c.got.Total(), seconds)
			}
			for i, s := range c.got {
				if s.Empty() || i > 0 && !c.got[i-1].To.Before(s.From) {
					t.Fatalf("%s is not a set: %v", name, c.got)
				}
			}
		}
	})
}
