package commitment

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/calendar"
)

func days(t testing.TB, texts ...string) (out []calendar.Date) {
	t.Helper()
	for _, text := range texts {
		d, err := calendar.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

func TestCopiesByTheDay(t *testing.T) {
	sydney, apia, santiago := zone(t, "Australia/Sydney"), zone(t, "Pacific/Apia"), zone(t, "America/Santiago")
	ok := func(site, when string) Beat { return Beat{site, at(t, when), true} }
	one := []Site{{"syd", "dc1", sydney}}
	for name, test := range map[string]struct {
		sites   []Site
		days    []string
		beats   []Beat
		kept    int
		of      int
		missing []string
	}{
		"midnight belongs to the day that begins": {one, []string{"2026-05-04", "2026-05-05"},
			[]Beat{ok("syd", "2026-05-05T00:00:00+10:00")}, 1, 2, []string{"2026-05-04/syd"}},
		"the last millisecond belongs to the day": {one, []string{"2026-05-04", "2026-05-05"},
			[]Beat{ok("syd", "2026-05-04T23:59:59.999+10:00")}, 1, 2, []string{"2026-05-05/syd"}},
		"the 25th hour is of the day": {one, []string{"2026-04-05", "2026-04-06"},
			[]Beat{ok("syd", "2026-04-05T23:30:00+10:00")}, 1, 2, []string{"2026-04-06/syd"}},
		"a day of 23 hours ends by the clock": {one, []string{"2026-10-04", "2026-10-05"},
			[]Beat{ok("syd", "2026-10-05T00:10:00+11:00")}, 1, 2, []string{"2026-10-04/syd"}},
		"a failed job makes no copy": {one, []string{"2026-05-04"},
			[]Beat{{"syd", at(t, "2026-05-04T02:00:00+10:00"), false}}, 0, 1, []string{"2026-05-04/syd"}},
		"a success after a failure does": {one, []string{"2026-05-04"},
			[]Beat{{"syd", at(t, "2026-05-04T02:00:00+10:00"), false}, ok("syd", "2026-05-04T03:00:00+10:00")}, 1, 1, nil},
		"a job of nobody's site counts for none": {one, []string{"2026-05-04"},
			[]Beat{ok("mel", "2026-05-04T02:00:00+10:00")}, 0, 1, []string{"2026-05-04/syd"}},
		"a day that the zone skipped is none": {[]Site{{"apia", "dc", apia}}, []string{"2011-12-29", "2011-12-30", "2011-12-31"},
			[]Beat{ok("apia", "2011-12-29T12:00:00-10:00"), ok("apia", "2011-12-31T12:00:00+14:00")}, 2, 2, nil},
		"a day that begins at one o'clock": {[]Site{{"scl", "dc", santiago}}, []string{"2026-09-05", "2026-09-06"},
			[]Beat{ok("scl", "2026-09-06T01:00:00-03:00")}, 1, 2, []string{"2026-09-05/scl"}},
		"two sites in one data-centre": {[]Site{{"a", "dc", sydney}, {"b", "dc", sydney}}, []string{"2026-05-04"},
			[]Beat{ok("a", "2026-05-04T02:00:00+10:00"), ok("b", "2026-05-04T02:00:00+10:00")}, 0, 1, nil},
		"three sites in two": {[]Site{{"a", "dc", sydney}, {"b", "dc", sydney}, {"c", "dc2", sydney}}, []string{"2026-05-04"},
			[]Beat{ok("a", "2026-05-04T02:00:00+10:00"), ok("b", "2026-05-04T02:00:00+10:00"), ok("c", "2026-05-04T02:00:00+10:00")}, 1, 1, nil},
		"each site by its own day": {[]Site{{"syd", "dc1", sydney}, {"utc", "dc2", time.UTC}}, []string{"2026-05-04"},
			[]Beat{ok("syd", "2026-05-03T14:00:00Z"), ok("utc", "2026-05-04T23:00:00Z")}, 1, 1, nil},
		"no site makes no copy": {nil, []string{"2026-05-04"}, nil, 0, 1, nil},
		"no days":               {one, nil, nil, 0, 0, nil},
	} {
		c := Daily(test.sites, days(t, test.days...), test.beats)
		var missing []string
		for _, g := range c.Missing {
			missing = append(missing, g.Day.String()+"/"+g.Site)
		}
		if c.Kept != test.kept || c.Days != test.of || !slices.Equal(missing, test.missing) {
			t.Errorf("%s: %d of %d, missing %v", name, c.Kept, c.Days, missing)
		}
	}
}

func TestACopyIsStaleOnceItIsOlderThanPromised(t *testing.T) {
	zero := time.Unix(0, 0)
	after := func(s int) time.Time { return zero.Add(time.Duration(s) * time.Second) }
	for name, test := range map[string]struct {
		successes []int
		from, to  int
		want      int
	}{
		"none at all":                {nil, 0, 100, 100},
		"exactly as old":             {[]int{0}, 0, 10, 0},
		"a second older":             {[]int{0}, 0, 11, 1},
		"before the window":          {[]int{-5}, 0, 10, 5},
		"in any order":               {[]int{8, 0}, 0, 20, 2},
		"a hole between two":         {[]int{0, 15}, 0, 25, 5},
		"one that comes after":       {[]int{30}, 0, 25, 25},
		"a window that is no window": {nil, 5, 5, 0},
	} {
		var times []time.Time
		for _, s := range test.successes {
			times = append(times, after(s))
		}
		got := Stale(times, 10*time.Second, calendar.Span{From: after(test.from), To: after(test.to)}).Total()
		if got != time.Duration(test.want)*time.Second {
			t.Errorf("%s: stale for %v", name, got)
		}
	}
}

// A further success, and a further day, never make anything worse; and what is
// missing is exactly what keeps a day from being kept.
func TestMoreCopiesAreNeverWorse(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "Australia/Sydney"), zone(t, "America/New_York")}
	first := calendar.Date{Year: 2026, Month: 3, Day: 1}
	rapid.Check(t, func(t *rapid.T) {
		var sites []Site
		for i := range rapid.IntRange(1, 4).Draw(t, "sites") {
			sites = append(sites, Site{string(rune('a' + i)), rapid.SampledFrom([]string{"x", "y"}).Draw(t, "dc"), rapid.SampledFrom(zones).Draw(t, "zone")})
		}
		var list []calendar.Date
		for i := range rapid.IntRange(0, 60).Draw(t, "days") {
			list = append(list, first.AddDays(i))
		}
		beat := func() Beat {
			return Beat{rapid.SampledFrom(sites).Draw(t, "site").Name,
				time.Unix(rapid.Int64Range(1_772_000_000, 1_778_000_000).Draw(t, "at"), 0), rapid.Bool().Draw(t, "ok")}
		}
		var beats []Beat
		for range rapid.IntRange(0, 80).Draw(t, "beats") {
			beats = append(beats, beat())
		}
		c := Daily(sites, list, beats)
		more := Daily(sites, list, append(slices.Clone(beats), beat()))
		if more.Kept < c.Kept || len(more.Missing) > len(c.Missing) {
			t.Fatalf("%+v became %+v", c, more)
		}
		bad := map[calendar.Date]bool{}
		for _, g := range c.Missing {
			bad[g.Day] = true
		}
		if want := c.Days - len(bad); c.Apart && c.Kept != want || !c.Apart && c.Kept != 0 {
			t.Fatalf("%d kept, %d days, %d with a gap", c.Kept, c.Days, len(bad))
		}
	})
}
