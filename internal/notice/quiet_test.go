package notice

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var zones = []string{"UTC", "Australia/Sydney", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo"}

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

func TestQuietHours(t *testing.T) {
	const clock = "15:04"
	for name, test := range map[string]struct {
		zone, from, to string
		at             string // instant
		want           string // end; empty: not quiet
	}{
		"before them":              {"UTC", "22:00", "07:00", "2026-03-07T21:59:59Z", ""},
		"their first instant":      {"UTC", "22:00", "07:00", "2026-03-07T22:00:00Z", "2026-03-08T07:00:00Z"},
		"over midnight":            {"UTC", "22:00", "07:00", "2026-03-08T00:00:00Z", "2026-03-08T07:00:00Z"},
		"their last second":        {"UTC", "22:00", "07:00", "2026-03-08T06:59:59Z", "2026-03-08T07:00:00Z"},
		"their end":                {"UTC", "22:00", "07:00", "2026-03-08T07:00:00Z", ""},
		"within a day":             {"UTC", "12:00", "13:00", "2026-03-07T12:30:00Z", "2026-03-07T13:00:00Z"},
		"until midnight":           {"UTC", "22:00", "00:00", "2026-03-07T23:30:00Z", "2026-03-08T00:00:00Z"},
		"from midnight":            {"UTC", "00:00", "06:00", "2026-03-07T00:00:00Z", "2026-03-07T06:00:00Z"},
		"none, where ends meet":    {"UTC", "07:00", "07:00", "2026-03-07T07:00:00Z", ""},
		"in another zone":          {"Asia/Kathmandu", "22:00", "07:00", "2026-03-07T16:15:00Z", "2026-03-08T01:15:00Z"},
		"Sydney, standard time":    {"Australia/Sydney", "22:00", "07:00", "2026-06-01T13:00:00Z", "2026-06-01T21:00:00Z"},
		"Sydney, daylight saving":  {"Australia/Sydney", "22:00", "07:00", "2026-01-01T13:00:00Z", "2026-01-01T20:00:00Z"},
		"the night that is short":  {"Australia/Sydney", "22:00", "07:00", "2026-10-03T12:00:00Z", "2026-10-03T20:00:00Z"},
		"the night that is long":   {"Australia/Sydney", "22:00", "07:00", "2026-04-04T11:00:00Z", "2026-04-04T21:00:00Z"},
		"an end that is skipped":   {"Australia/Sydney", "22:00", "02:30", "2026-10-03T15:59:59Z", "2026-10-03T16:30:00Z"},
		"past one that is skipped": {"Australia/Sydney", "22:00", "02:30", "2026-10-03T16:30:00Z", ""},
		"an end that comes twice":  {"Australia/Sydney", "22:00", "02:30", "2026-04-04T15:29:59Z", "2026-04-04T15:30:00Z"},
		"its second coming":        {"Australia/Sydney", "22:00", "02:30", "2026-04-04T16:00:00Z", ""},
		"a start that is skipped":  {"Australia/Sydney", "02:30", "07:00", "2026-10-03T16:29:00Z", ""},
		"where it counts from":     {"Australia/Sydney", "02:30", "07:00", "2026-10-03T16:30:00Z", "2026-10-03T20:00:00Z"},
		"all of it in the gap":     {"Australia/Sydney", "02:00", "03:00", "2026-10-03T16:00:00Z", ""},
		"the day that was not":     {"Pacific/Apia", "22:00", "07:00", "2011-12-30T12:00:00Z", "2011-12-30T17:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			reading := func(text string) time.Duration {
				at, err := time.Parse(clock, text)
				if err != nil {
					t.Fatal(err)
				}
				return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
			}
			at, err := time.Parse(time.RFC3339, test.at)
			if err != nil {
				t.Fatal(err)
			}
			end, quiet := Quiet{From: reading(test.from), To: reading(test.to), Zone: zone(test.zone)}.Until(at)
			if got := end.Format(time.RFC3339); quiet != (test.want != "") || quiet && got != test.want {
				t.Errorf("quiet %v until %s, want %q", quiet, got, test.want)
			}
		})
	}
	if _, quiet := (Quiet{From: 11 * time.Hour, To: 13 * time.Hour}).Until(noon); !quiet {
		t.Error("without a zone they are UTC's")
	}
}

// Step by step over a change of the clock: quiet hours are one stretch, and
// whoever asks within it is told the same end, which is no longer quiet.
func TestQuietHoursAreOneStretch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(0, 24*60-1)
		q := Quiet{
			From: time.Duration(minutes.Draw(t, "from")) * time.Minute, To: time.Duration(minutes.Draw(t, "to")) * time.Minute,
			Zone: zone(rapid.SampledFrom(zones).Draw(t, "zone")),
		}
		from := rapid.SampledFrom([]string{"2026-10-03", "2026-04-04", "2026-03-07", "2011-12-29", "2018-11-03"}).Draw(t, "day")
		at, err := time.Parse(time.DateOnly, from)
		if err != nil {
			t.Fatal(err)
		}
		var until time.Time
		for range 3 * 24 * 20 {
			end, quiet := q.Until(at)
			switch {
			case quiet && !end.After(at):
				t.Fatalf("at %s they ended %s", at, end)
			case quiet && at.Before(until) && end.Before(until):
				t.Fatalf("at %s they end %s, before %s", at, end, until)
			case !quiet && at.Before(until):
				t.Fatalf("at %s they are over, and should last until %s", at, until)
			}
			if quiet {
				until = end
			}
			at = at.Add(3 * time.Minute)
		}
	})
}
