package commitment

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

func TestPeriodsFollowTheCalendar(t *testing.T) {
	for _, test := range []struct {
		zone, from   string
		months, days int
		want         string
	}{
		{"UTC", "2026-01-31T09:00:00Z", 1, 0, "2026-02-28T09:00:00Z"},
		{"UTC", "2028-01-31T09:00:00Z", 1, 0, "2028-02-29T09:00:00Z"},
		{"UTC", "2028-02-29T09:00:00Z", 12, 0, "2029-02-28T09:00:00Z"},
		{"UTC", "2026-01-31T09:00:00Z", 1, 1, "2026-03-01T09:00:00Z"},
		{"UTC", "2026-12-15T00:00:00Z", 1, 0, "2027-01-15T00:00:00Z"},
		{"UTC", "2026-11-20T00:00:00Z", 18, 0, "2028-05-20T00:00:00Z"},
		{"UTC", "2026-03-31T00:00:00Z", -1, 0, "2026-02-28T00:00:00Z"},
		{"Australia/Sydney", "2026-09-28T09:00:00+10:00", 0, 7, "2026-10-05T09:00:00+11:00"},
		{"Australia/Sydney", "2026-09-04T02:30:00+10:00", 1, 0, "2026-10-04T03:30:00+11:00"}, // 02:30 does not exist
		{"America/New_York", "2026-10-31T01:30:00-04:00", 0, 1, "2026-11-01T01:30:00-04:00"}, // the first of two
	} {
		got := After(at(t, test.from), uptime.Period{Months: test.months, Days: test.days}, zone(t, test.zone))
		if !got.Equal(at(t, test.want)) {
			t.Errorf("%s and %d months %d days: %s, want %s", test.from, test.months, test.days, got, test.want)
		}
	}
}

func TestALongerPeriodNeverEndsSooner(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "Australia/Sydney"), zone(t, "America/New_York"), zone(t, "Pacific/Apia")}
	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(rapid.Int64Range(1_000_000_000, 2_000_000_000).Draw(t, "from"), 0)
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		p := uptime.Period{Months: rapid.IntRange(0, 60).Draw(t, "months"), Days: rapid.IntRange(0, 60).Draw(t, "days")}
		more := p
		if rapid.Bool().Draw(t, "month") {
			more.Months++
		} else {
			more.Days++
		}
		end, further := After(from, p, z), After(from, more, z)
		if further.Before(end) {
			t.Fatalf("%v ends at %v and %v at %v", p, end, more, further)
		}
		if p != (uptime.Period{}) && !end.After(from) {
			t.Fatalf("%v ends at %v", p, end)
		}
	})
}
