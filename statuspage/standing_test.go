package statuspage

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// half an hour of downtime at the end of an otherwise good month.
func standingWorld(target uptime.Percent) (*world, func() time.Time) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	m := uptime.Monitor{ID: "m", Component: "c", Interval: time.Minute, Confirm: uptime.Confirmation{Failures: 3, Successes: 2}}
	down := now.Add(-30 * time.Minute)
	w := &world{in: Inputs{
		Catalogue: uptime.Catalogue{
			Page:       uptime.Page{Name: "P", Zone: time.UTC},
			Components: []uptime.Component{{ID: "c", Name: "C", Monitors: []uptime.MonitorID{"m"}}},
			Monitors:   []uptime.Monitor{m},
			Services:   []uptime.Service{{ID: "s", Name: "S", Components: []uptime.ComponentID{"c"}, Target: target, Zone: time.UTC}},
		},
		Healths: []uptime.Health{{Monitor: "m", Vantage: uptime.Local, State: uptime.Down, Since: down, Checked: now, Expires: now.Add(time.Minute)}},
		Segments: []uptime.Segment{
			{Monitor: "m", Vantage: uptime.Local, From: now.Add(-100 * 24 * time.Hour), To: down, State: uptime.Up},
			{Monitor: "m", Vantage: uptime.Local, From: down, State: uptime.Down, Code: uptime.HTTPStatus},
		},
	}}
	return w, func() time.Time { return now }
}

func TestStandingsAreExact(t *testing.T) {
	w, now := standingWorld(99_900_000)
	s := w.publisher(now).Standings()[0]
	read := func(all []Reading, window string) *big.Rat {
		t.Helper()
		for _, r := range all {
			if r.Window == window {
				return r.Value
			}
		}
		t.Fatalf("no window %s in %+v", window, all)
		return nil
	}
	for _, test := range []struct {
		name      string
		got, want *big.Rat
	}{
		{"24 h", read(s.Availability, "24h"), big.NewRat(86400-1800, 86400)},
		{"30 d", read(s.Availability, "30d"), big.NewRat(2592000-1800, 2592000)},
		{"the month", read(s.Availability, "calendar_month"), big.NewRat(2548800-1800, 2548800)},
		{"365 d: what was not observed is left out", read(s.Availability, "365d"), big.NewRat(8640000-1800, 8640000)},
		{"burn of an hour: half of it, against a thousandth", read(s.Burn, "1h"), big.NewRat(500, 1)},
		{"burn of 5 minutes", read(s.Burn, "5m"), big.NewRat(1000, 1)},
		{"budget: 1,800 of 2,592 s spent", s.Remaining, big.NewRat(792, 2592)},
	} {
		if test.got.Cmp(test.want) != 0 {
			t.Errorf("%s: %s, want %s", test.name, test.got.RatString(), test.want.RatString())
		}
	}
	w, now = standingWorld(0)
	if s := w.publisher(now).Standings()[0]; s.Remaining != nil || len(s.Burn) != 0 {
		t.Errorf("of a service that promises nothing: %+v", s)
	}
}

func TestTheWorkingTellsHowFastTheBudgetBurnsAndCountsLooks(t *testing.T) {
	w, now := standingWorld(99_900_000)
	p := w.publisher(now)
	page := body(t, p, "/services/s")
	for _, want := range []string{"How fast the budget burns", "× 500.00", "× 1000.00", "× 14.4", "burning"} {
		if !strings.Contains(page, want) {
			t.Errorf("the service's working does not say %q", want)
		}
	}
	page = body(t, p, "/components/c")
	for _, want := range []string{"2883: 2877 passed, 2 slow, 1 failed, 3 told nothing", "99.9652 %", "20ms on average, 900ms at most"} {
		if !strings.Contains(page, want) {
			t.Errorf("the component's working does not say %q", want)
		}
	}
}
