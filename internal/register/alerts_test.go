package register

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

const (
	fast = "14.4 over 1h and 5m"
	slow = "1 over 3d and 6h"
)

// burning is one rule of the service.
func burning(rule string, state uptime.BurnState) uptime.Burn {
	b := uptime.Burn{Subject: "E6", Name: "Platform", Rule: rule, Severity: "page", State: state, Summary: "Platform burns: " + rule}
	if rule == slow {
		b.Severity = "ticket"
	}
	return b
}

const (
	fires   = uptime.BurnFires
	calm    = uptime.BurnClear
	unknown = uptime.BurnUnknown
)

func TestABudgetThatBurnsIsToldOnceAndOnceWhenItIsOver(t *testing.T) {
	d := newDesk(t)
	state := func(f, s uptime.BurnState) []uptime.Burn { return []uptime.Burn{burning(fast, f), burning(slow, s)} }
	d.tick(nil, state(calm, calm)...)
	d.silent("while nothing fires")
	d.after(time.Minute).tick(nil, state(fires, fires)...)
	if n := d.one("both fire", uptime.BudgetBurns); n.Content.Facts[FactSeverity] != "page" || n.Summary != "Platform burns: "+fast {
		t.Errorf("%+v", n)
	}
	d.after(time.Minute).tick(nil, state(fires, fires)...)
	d.restart()
	d.after(time.Minute).tick(nil, state(fires, fires)...)
	d.silent("while they last, and after a restart")
	d.after(time.Minute).tick(nil, state(calm, fires)...)
	d.after(5*time.Minute).tick(nil, state(calm, fires)...)
	d.silent("when the page is over and the ticket lasts")
	d.after(time.Minute).tick(nil, state(fires, fires)...)
	d.one("when it pages anew", uptime.BudgetBurns)
	d.after(time.Minute).tick(nil, state(calm, calm)...)
	d.after(6*time.Hour).tick(nil, state(calm, calm)...)
	if n := d.one("when all is over", uptime.BudgetCalm); !strings.Contains(n.Summary, "Platform no longer") {
		t.Errorf("%q", n.Summary)
	}
	if lasting, _ := d.shelf.Alerts(t.Context()); len(lasting) != 0 || len(d.shelf.alerts) != 3 {
		t.Errorf("lasting %+v of %+v", lasting, d.shelf.alerts)
	}
}

func TestAnAlertEndsWhenItWasFirstClear(t *testing.T) {
	d := newDesk(t)
	d.tick(nil, burning(fast, fires))
	d.after(10*time.Minute).tick(nil, burning(fast, calm))
	over := d.now
	d.after(4*time.Minute+59*time.Second).tick(nil, burning(fast, calm))
	if lasting, _ := d.shelf.Alerts(t.Context()); len(lasting) != 1 {
		t.Error("it ended before its short window had passed")
	}
	d.after(time.Second).tick(nil, burning(fast, calm))
	for _, a := range d.shelf.alerts {
		if !a.Since.Equal(noon) || !a.Until.Equal(over) {
			t.Errorf("%+v", a)
		}
	}
}

func TestAnAlertThatFlapsGoesOn(t *testing.T) {
	d := newDesk(t)
	d.tick(nil, burning(fast, fires))
	d.one("at first", uptime.BudgetBurns)
	for range 10 {
		d.after(4*time.Minute).tick(nil, burning(fast, calm))
		d.after(time.Minute).tick(nil, burning(fast, fires))
	}
	d.silent("while it flaps")
	if len(d.shelf.alerts) != 1 {
		t.Errorf("%+v", d.shelf.alerts)
	}
}

func TestWhatCannotBeMeasuredNeitherFiresNorClears(t *testing.T) {
	d := newDesk(t)
	d.tick(nil, burning(fast, unknown))
	d.silent("at first")
	d.tick(nil, burning(fast, fires))
	d.one("once it fires", uptime.BudgetBurns)
	for range 20 {
		d.after(time.Minute).tick(nil, burning(fast, unknown))
	}
	d.after(time.Minute).tick(nil, burning(fast, calm))
	d.silent("while it cannot be measured, and just after")
	d.after(5*time.Minute).tick(nil, burning(fast, calm))
	d.one("when it is known to be over", uptime.BudgetCalm)
}

func TestATicketThatBecomesAPageIsToldAnew(t *testing.T) {
	d := newDesk(t)
	d.tick(nil, burning(fast, calm), burning(slow, fires))
	d.one("as a ticket", uptime.BudgetBurns)
	d.after(time.Minute).tick(nil, burning(fast, fires), burning(slow, fires))
	if n := d.one("as a page", uptime.BudgetBurns); n.Content.Facts[FactSeverity] != "page" {
		t.Errorf("%+v", n)
	}
}

func TestWhatIsWatchedNoMoreEndsUnsaid(t *testing.T) {
	d := newDesk(t)
	d.tick(nil, burning(fast, fires))
	d.news()
	other := burning(fast, calm)
	other.Subject = "E7"
	d.after(time.Minute).tick(nil)
	if lasting, _ := d.shelf.Alerts(t.Context()); len(lasting) != 1 {
		t.Error("an edition without figures ended an alert")
	}
	d.after(time.Minute).tick(nil, other)
	d.silent("when its subject is gone")
	if lasting, _ := d.shelf.Alerts(t.Context()); len(lasting) != 0 {
		t.Errorf("%+v", lasting)
	}
}

func TestShortWindows(t *testing.T) {
	for rule, want := range map[string]time.Duration{
		fast: 5 * time.Minute, slow: 6 * time.Hour, "page 6 over 6h and 30m": 30 * time.Minute, "1 over 7d and 1d": 24 * time.Hour,
		"": usualCalm, "whatever": usualCalm, "1 over 2h and soon": usualCalm, "1 over 2h and -5m": usualCalm,
	} {
		if got := shortWindow(rule); got != want {
			t.Errorf("%q: %v", rule, got)
		}
	}
}

// Of any course of two rules: no more is told to be over than began; what lasts
// is one alert a rule; and after a long calm nothing lasts.
func TestAlertsInAnyCourse(t *testing.T) {
	states := []uptime.BurnState{fires, calm, unknown}
	rapid.Check(t, func(r *rapid.T) {
		d := newDesk(t)
		open := 0
		count := func() {
			for _, n := range d.news() {
				if n.Reason == uptime.BudgetCalm {
					open = 0
					continue
				}
				open++
			}
			lasting, _ := d.shelf.Alerts(t.Context())
			ids := map[string]bool{}
			for _, a := range lasting {
				if ids[a.ID] {
					r.Fatal("one rule has two alerts that last")
				}
				ids[a.ID] = true
			}
			if (open > 0) != (len(lasting) > 0) {
				r.Fatalf("%d told of, %d last", open, len(lasting))
			}
		}
		for range rapid.IntRange(1, 30).Draw(r, "ticks") {
			d.after(time.Duration(rapid.IntRange(1, 400).Draw(r, "minutes")) * time.Minute)
			if rapid.IntRange(0, 9).Draw(r, "restart") == 0 {
				d.restart()
			}
			d.tick(nil, burning(fast, rapid.SampledFrom(states).Draw(r, "fast")), burning(slow, rapid.SampledFrom(states).Draw(r, "slow")))
			count()
		}
		for range 2 {
			d.after(7*time.Hour).tick(nil, burning(fast, calm), burning(slow, calm))
		}
		count()
		if open != 0 {
			r.Fatal("something lasts after a long calm")
		}
	})
}
