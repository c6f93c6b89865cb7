package commitment

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// place is a site with one job, whose monitor is named like it.
type place struct {
	name, datacentre string
	zone             *time.Location
}

// heldTo are the jobs of places, each held to these days.
func heldTo(t testing.TB, places []place, texts ...string) (out []HeldCopy) {
	t.Helper()
	for _, p := range places {
		h := HeldCopy{Job: uptime.Job{Monitor: uptime.MonitorID(p.name), Site: p.name, Datacentre: p.datacentre, Zone: p.zone}}
		for _, text := range texts {
			d, err := calendar.ParseDate(text)
			if err != nil {
				t.Fatal(err)
			}
			h.Days = append(h.Days, calendar.DayOn(d, p.zone))
		}
		out = append(out, h)
	}
	return out
}

// gaps are what is missing: "2026-05-04/syd".
func gaps(days []CopyDay) (out []string) {
	for _, d := range days {
		for _, m := range d.Missing {
			out = append(out, d.Date.String()+"/"+m.Site)
		}
	}
	return out
}

func TestCopiesByTheDay(t *testing.T) {
	sydney, apia, santiago := zone(t, "Australia/Sydney"), zone(t, "Pacific/Apia"), zone(t, "America/Santiago")
	said := func(kind uptime.SignalKind, site, when string) uptime.Signal {
		return uptime.Signal{Monitor: uptime.MonitorID(site), At: at(t, when), Kind: kind}
	}
	ok := func(site, when string) uptime.Signal { return said(uptime.Succeeded, site, when) }
	one := []place{{"syd", "dc1", sydney}}
	for name, test := range map[string]struct {
		places  []place
		days    []string
		signals []uptime.Signal
		of      int
		missing []string
	}{
		"midnight belongs to the day that begins": {one, []string{"2026-05-04", "2026-05-05"},
			[]uptime.Signal{ok("syd", "2026-05-05T00:00:00+10:00")}, 2, []string{"2026-05-04/syd"}},
		"the last millisecond belongs to the day": {one, []string{"2026-05-04", "2026-05-05"},
			[]uptime.Signal{ok("syd", "2026-05-04T23:59:59.999+10:00")}, 2, []string{"2026-05-05/syd"}},
		"the 25th hour is of the day": {one, []string{"2026-04-05", "2026-04-06"},
			[]uptime.Signal{ok("syd", "2026-04-05T23:30:00+10:00")}, 2, []string{"2026-04-06/syd"}},
		"a day of 23 hours ends by the clock": {one, []string{"2026-10-04", "2026-10-05"},
			[]uptime.Signal{ok("syd", "2026-10-05T00:10:00+11:00")}, 2, []string{"2026-10-04/syd"}},
		"a failed job makes no copy": {one, []string{"2026-05-04"},
			[]uptime.Signal{said(uptime.Failed, "syd", "2026-05-04T02:00:00+10:00"), said(uptime.Started, "syd", "2026-05-04T03:00:00+10:00")}, 1, []string{"2026-05-04/syd"}},
		"a success after a failure does": {one, []string{"2026-05-04"},
			[]uptime.Signal{said(uptime.Failed, "syd", "2026-05-04T02:00:00+10:00"), ok("syd", "2026-05-04T03:00:00+10:00")}, 1, nil},
		"a job of nobody's site counts for none": {one, []string{"2026-05-04"},
			[]uptime.Signal{ok("mel", "2026-05-04T02:00:00+10:00")}, 1, []string{"2026-05-04/syd"}},
		"a day that the zone skipped is none": {[]place{{"apia", "dc", apia}}, []string{"2011-12-29", "2011-12-30", "2011-12-31"},
			[]uptime.Signal{ok("apia", "2011-12-29T12:00:00-10:00"), ok("apia", "2011-12-31T12:00:00+14:00")}, 2, nil},
		"a day that begins at one o'clock": {[]place{{"scl", "dc", santiago}}, []string{"2026-09-05", "2026-09-06"},
			[]uptime.Signal{ok("scl", "2026-09-06T01:00:00-03:00")}, 2, []string{"2026-09-05/scl"}},
		"each site by its own day": {[]place{{"syd", "dc1", sydney}, {"utc", "dc2", time.UTC}}, []string{"2026-05-04"},
			[]uptime.Signal{ok("syd", "2026-05-03T14:00:00Z"), ok("utc", "2026-05-04T23:00:00Z")}, 1, nil},
		"no days": {one, nil, nil, 0, nil},
	} {
		got := Daily(heldTo(t, test.places, test.days...), test.signals)
		if len(got) != test.of || !slices.Equal(gaps(got), test.missing) {
			t.Errorf("%s: %d days, missing %v", name, len(got), gaps(got))
		}
	}
}

// A further success never makes anything worse, and what is missing are exactly
// the days of a job in which none of its successes lies.
func TestMoreCopiesAreNeverWorse(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "Australia/Sydney"), zone(t, "America/New_York")}
	rapid.Check(t, func(rt *rapid.T) {
		var places []place
		for i := range rapid.IntRange(1, 4).Draw(rt, "sites") {
			places = append(places, place{string(rune('a' + i)), "x", rapid.SampledFrom(zones).Draw(rt, "zone")})
		}
		var dates []string
		for i := range rapid.IntRange(0, 60).Draw(rt, "days") {
			dates = append(dates, calendar.Date{Year: 2026, Month: 3, Day: 1}.AddDays(i).String())
		}
		signal := func() uptime.Signal {
			return uptime.Signal{
				Monitor: uptime.MonitorID(rapid.SampledFrom(places).Draw(rt, "site").name),
				At:      time.Unix(rapid.Int64Range(1_772_000_000, 1_778_000_000).Draw(rt, "at"), 0),
				Kind:    rapid.SampledFrom([]uptime.SignalKind{uptime.Succeeded, uptime.Failed}).Draw(rt, "kind"),
			}
		}
		var signals []uptime.Signal
		for range rapid.IntRange(0, 80).Draw(rt, "signals") {
			signals = append(signals, signal())
		}
		held := heldTo(t, places, dates...)
		got := gaps(Daily(held, signals))
		if more := gaps(Daily(held, append(slices.Clone(signals), signal()))); len(more) > len(got) {
			rt.Fatalf("%v became %v", got, more)
		}
		var want []string
		for i, date := range dates {
			for _, h := range held {
				done := slices.ContainsFunc(signals, func(s uptime.Signal) bool {
					return s.Monitor == h.Job.Monitor && s.Kind == uptime.Succeeded && h.Days[i].Contains(s.At)
				})
				if !done {
					want = append(want, date+"/"+h.Job.Site)
				}
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("missing %v, want %v", got, want)
		}
	})
}
