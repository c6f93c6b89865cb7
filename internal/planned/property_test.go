package planned

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

var origin = time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC) // a week before clocks change

func drawRules(t *rapid.T, tb testing.TB) (rules uptime.PlanRules) {
	names := []string{"Australia/Brisbane", "Australia/Sydney", "Pacific/Auckland", "Europe/London", "America/New_York"}
	z := func() *time.Location { return zone(tb, rapid.SampledFrom(names).Draw(t, "zone")) }
	for range rapid.IntRange(0, 2).Draw(t, "notices") {
		rule := uptime.NoticeRule{Amount: rapid.IntRange(1, 72).Draw(t, "hours"), Unit: uptime.Hours, Zone: z()}
		if rapid.Bool().Draw(t, "days") {
			rule.Amount, rule.Unit = rapid.IntRange(1, 9).Draw(t, "amount"), uptime.Days
		}
		rules.Notices = append(rules.Notices, rule)
	}
	for range rapid.IntRange(0, 3).Draw(t, "blackouts") {
		from := rapid.IntRange(0, 22).Draw(t, "from")
		rules.Blackouts = append(rules.Blackouts, uptime.BlackoutRule{
			Zone: z(), Days: wholeWeek[1:rapid.IntRange(2, 7).Draw(t, "last")],
			From: time.Duration(from) * time.Hour, To: time.Duration(rapid.IntRange(from+1, 24).Draw(t, "to")) * time.Hour,
		})
	}
	return rules
}

func drawPlan(t *rapid.T, tb testing.TB) uptime.Plan {
	p := uptime.Plan{Kind: uptime.MaintenanceWork, Rules: drawRules(t, tb), PublishedAt: origin}
	when := origin
	for range rapid.IntRange(1, 5).Draw(t, "revisions") {
		from := origin.Add(time.Duration(rapid.IntRange(0, 20*96).Draw(t, "start")) * quarter)
		to := from.Add(time.Duration(rapid.IntRange(1, 96).Draw(t, "length")) * quarter)
		p.Revisions = append(p.Revisions, uptime.Revision{At: when, From: from, To: to, Cancelled: rapid.IntRange(0, 6).Draw(t, "cancelled") == 0})
		when = when.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours later")) * time.Hour)
	}
	return p
}

// Whatever is announced and changed: what is excluded lies in the final window
// and outside of forbidden hours, and a lawful plan excludes all of its window.
func TestExcludedLiesInTheFinalWindow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt, t)
		excluded, window := Excluded(p), calendar.Union(Window(p))
		if out := excluded.Subtract(window); len(out) > 0 {
			rt.Fatalf("%v is not in the window", out)
		}
		for _, f := range ForbiddenHours(p.Rules.Blackouts, Window(p)) {
			if in := excluded.Intersect(calendar.Union(f.Span)); len(in) > 0 {
				rt.Fatalf("%v is forbidden", in)
			}
		}
		lawful := len(Broken(p)) == 0 && !p.Now().Cancelled && Covered(uptime.NoticeRule{Unit: uptime.Hours}, p) == Window(p)
		if lawful != (len(window.Subtract(excluded)) == 0 && len(window) > 0) {
			rt.Fatalf("lawful: %t, and %v of %v is excluded", lawful, excluded, window)
		}
	})
}

// A revision that keeps the start never makes more of what went before
// excluded.
func TestARevisionExcludesNoMoreThanWasAnnounced(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt, t)
		before := Window(p)
		if before.Empty() {
			return
		}
		next := p.Now()
		// Too late for any notice, also for none: once the work has begun.
		late := rapid.IntRange(-59, 59).Draw(rt, "minutes")
		if len(p.Rules.Notices) == 0 {
			late = max(late, 1)
		}
		next.At = before.From.Add(time.Duration(late) * time.Minute)
		next.To = next.To.Add(time.Duration(rapid.IntRange(-20, 20).Draw(rt, "quarters")) * quarter)
		if next.At.Before(p.Now().At) || !next.To.After(next.From) {
			return
		}
		was := Excluded(p)
		p.Revisions = append(p.Revisions, next)
		if more := Excluded(p).Subtract(was); len(more) > 0 {
			rt.Fatalf("%v is excluded by a late change", more)
		}
	})
}

// What is proposed is lawful when it is announced now, and no quarter of an hour
// before it is.
func TestTheEarliestStartIsLawfulAndNoneBeforeItIs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rules := drawRules(rt, t)
		now := origin.Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(rt, "minutes")) * time.Minute)
		length := time.Duration(rapid.IntRange(1, 40).Draw(rt, "quarters")) * quarter
		start, found := Earliest(rules, length, now, now)
		if !found {
			return
		}
		lawful := func(from time.Time) bool {
			return len(Broken(announced(rules, now, from, from.Add(length)))) == 0
		}
		if !lawful(start) {
			rt.Fatalf("%s is not lawful: %+v", start, Broken(announced(rules, now, start, start.Add(length))))
		}
		for before := start.Add(-quarter); !before.Before(now) && start.Sub(before) < 4*24*time.Hour; before = before.Add(-quarter) {
			if lawful(before) {
				rt.Fatalf("%s is lawful, and %s was proposed", before, start)
			}
		}
		for _, slot := range Slots(rules, length, calendar.Span{From: now, To: now.AddDate(0, 0, 21)}, now, 4) {
			if !lawful(slot.From) || !lawful(slot.To.Add(-length)) {
				rt.Fatalf("the slot %v is not lawful at both ends", slot)
			}
		}
	})
}
