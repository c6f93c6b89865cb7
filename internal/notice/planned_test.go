package notice

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// work is maintenance of Sign-in, announced by Paula, from 14 to 15 of UTC.
func work() uptime.Plan {
	return uptime.Plan{
		ID: "p1", Kind: uptime.MaintenanceWork, Title: "Upgrade", Phase: uptime.Scheduled, Components: []uptime.ComponentID{"sign-in"},
		PublishedAt: noon, Version: 1,
		Revisions: []uptime.Revision{{At: noon, From: noon.Add(2 * time.Hour), To: noon.Add(3 * time.Hour), Author: "u1", By: "Paula"}},
		Rules:     uptime.PlanRules{Notices: []uptime.NoticeRule{{Amount: 24, Unit: uptime.Hours}}},
		Updates:   []uptime.PlanUpdate{{ID: "w1", Body: "First.", Author: "u1"}, {ID: "w2", Body: "Second.", Author: "u1"}},
	}
}

func TestAPlanIsRoutedByComponentsAndTagsWhateverTheTiers(t *testing.T) {
	everything := work()
	everything.Components = nil
	draft := work()
	draft.PublishedAt = time.Time{}
	all := &Quiet{From: 0, To: 23 * time.Hour, Zone: time.UTC, Except: 1}
	about := func(p uptime.Plan, reason uptime.NoticeReason) Event { return Event{ID: "n", Reason: reason, Plan: p} }
	grave := about(work(), uptime.PlanOverruns)
	grave.Tier = 1
	for name, test := range map[string]struct {
		channel Channel
		event   Event
		want    uptime.Routed
	}{
		"of another tier":              {Channel{Tiers: []uptime.Tier{3}}, about(work(), uptime.PlanAnnounced), uptime.Routed{}},
		"of its component":             {Channel{Components: []uptime.ComponentID{"sign-in"}}, about(work(), uptime.PlanSoon), uptime.Routed{}},
		"of another component":         {Channel{Components: []uptime.ComponentID{"api"}}, about(work(), uptime.PlanSoon), uptime.Routed{Held: uptime.HeldRoute}},
		"of its tag":                   {Channel{Tags: []string{"identity"}}, about(work(), uptime.PlanStarted), uptime.Routed{}},
		"of another tag":               {Channel{Tags: []string{"edge"}}, about(work(), uptime.PlanStarted), uptime.Routed{Held: uptime.HeldRoute}},
		"that names no component":      {Channel{Components: []uptime.ComponentID{"api"}, Tags: []string{"edge"}}, about(everything, uptime.PlanAnnounced), uptime.Routed{}},
		"a draft":                      {Channel{}, about(draft, uptime.PlanAnnounced), uptime.Routed{Held: uptime.HeldDraft}},
		"what a draft is about is due": {Channel{}, about(draft, uptime.PromiseDue), uptime.Routed{}},
		"quiet":                        {Channel{Quiet: all}, about(work(), uptime.PlanOverruns), uptime.Routed{Held: uptime.HeldQuietHours, Due: noon.Add(11 * time.Hour)}},
		"quiet, and grave":             {Channel{Quiet: all}, grave, uptime.Routed{}},
		"a budget that burns":          {Channel{Components: []uptime.ComponentID{"api"}}, Event{ID: "b", Reason: uptime.BudgetBurns, Summary: "It burns"}, uptime.Routed{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]uptime.Routed{test.want}, Plan(rules(test.channel), test.event, noon).Channels); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoIsToldOfAPlan(t *testing.T) {
	for _, reason := range []uptime.NoticeReason{
		uptime.PlanAnnounced, uptime.PlanRevised, uptime.PlanCancelled, uptime.PlanSoon, uptime.PlanStarted, uptime.PlanNews, uptime.PlanFinished,
	} {
		n := Plan(rules(), Event{ID: "n", Reason: reason, Plan: work()}, noon)
		want := &uptime.Audience{News: uptime.NewsMaintenance, Components: []uptime.ComponentID{"sign-in"}, Lane: uptime.LaneSubscribers}
		if diff := cmp.Diff(want, n.Audience); diff != "" || n.Plan != "p1" {
			t.Errorf("%s of %q (-want +got):\n%s", reason, n.Plan, diff)
		}
	}
	for _, reason := range []uptime.NoticeReason{
		uptime.PlanOverruns, uptime.BudgetBurns, uptime.BudgetCalm, uptime.PromiseBroken, uptime.PromiseDue, uptime.BackupMissed,
	} {
		if n := Plan(rules(), Event{ID: "n", Reason: reason, Plan: work(), Summary: "s"}, noon); n.Audience != nil {
			t.Errorf("the public is told of %s", reason)
		}
	}
	draft := work()
	draft.PublishedAt = time.Time{}
	if n := Plan(rules(), Event{ID: "n", Reason: uptime.PlanAnnounced, Plan: draft}, noon); n.Audience.Held != uptime.HeldDraft {
		t.Errorf("of a draft: %+v", n.Audience)
	}
}

func TestAPlanIsToldWithoutItsAuthorsUpToTheWordThatIsTold(t *testing.T) {
	p := work()
	e := Event{ID: "n", Reason: uptime.PlanNews, Plan: p, PlanUpdate: p.Updates[0], States: map[uptime.ComponentID]uptime.State{"sign-in": uptime.Down}}
	c := Plan(rules(), e, noon).Content
	if len(c.Plan.Updates) != 1 || c.Plan.Updates[0].Author != "" || c.PlanUpdate.Body != "First." || c.PlanUpdate.Author != "" {
		t.Errorf("%+v", c)
	}
	if r := c.Plan.Now(); r.Author != "" || r.By != "" || len(c.Plan.Rules.Notices) != 0 {
		t.Errorf("%+v", c.Plan)
	}
	if diff := cmp.Diff([]uptime.ComponentNote{{ID: "sign-in", Name: "Sign-in", State: uptime.Down}}, c.Components); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
	p.Revisions[0].Broken = []uptime.Broken{{Commitment: "E8"}}
	if r := Plan(rules(), e, noon).Content.Plan.Now(); r.By != "Paula" || r.Author != "" {
		t.Errorf("of what breaks a promise: %+v", r)
	}
	if p.Revisions[0].Author != "u1" || p.Updates[0].Author != "u1" {
		t.Error("the plan itself has lost its authors")
	}
}

func TestTheLineOfAPlan(t *testing.T) {
	moved := work()
	moved.Revisions = append(moved.Revisions, uptime.Revision{From: noon.Add(11 * time.Hour), To: noon.Add(13 * time.Hour)})
	longer := work()
	longer.Revisions = append(longer.Revisions, uptime.Revision{From: noon.Add(2 * time.Hour), To: noon.Add(5 * time.Hour)})
	prices := work()
	prices.Kind, prices.Revisions[0].To = uptime.PriceChange, prices.Revisions[0].From
	done := work()
	done.FinishedAt = noon.Add(150 * time.Minute)
	for _, test := range []struct {
		reason uptime.NoticeReason
		plan   uptime.Plan
		want   string
	}{
		{uptime.PlanAnnounced, work(), "Upgrade: planned for Sat 7 Mar 2026 14:00 to 15:00 UTC"},
		{uptime.PlanAnnounced, prices, "Upgrade: takes effect Sat 7 Mar 2026 14:00 UTC"},
		{uptime.PlanRevised, moved, "Upgrade: moved to Sat 7 Mar 2026 23:00 UTC to Sun 8 Mar 2026 01:00 UTC; it was planned for Sat 7 Mar 2026 14:00 to 15:00 UTC"},
		{uptime.PlanRevised, longer, "Upgrade: ends Sat 7 Mar 2026 17:00 UTC instead of Sat 7 Mar 2026 15:00 UTC"},
		{uptime.PlanCancelled, work(), "Upgrade: called off; it was planned for Sat 7 Mar 2026 14:00 to 15:00 UTC"},
		{uptime.PlanSoon, work(), "Upgrade: begins soon, Sat 7 Mar 2026 14:00 to 15:00 UTC"},
		{uptime.PlanStarted, work(), "Upgrade: begun; it is planned to end Sat 7 Mar 2026 15:00 UTC"},
		{uptime.PlanStarted, prices, "Upgrade: in effect since Sat 7 Mar 2026 14:00 UTC"},
		{uptime.PlanFinished, done, "Upgrade: done Sat 7 Mar 2026 14:30 UTC"},
		{uptime.PlanOverruns, work(), "Upgrade: past its end, Sat 7 Mar 2026 15:00 UTC, and not done"},
	} {
		if got := Plan(rules(), Event{ID: "n", Reason: test.reason, Plan: test.plan}, noon).Summary; got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
}

// Of one plan nothing comes before what was owed earlier.
func TestWhatIsUnsureOfAPlanWaitsForWhatWasOwedEarlier(t *testing.T) {
	delivery := func(seq int64, unsure time.Time) uptime.Delivery {
		return uptime.Delivery{ID: string(rune('a' + seq)), Seq: seq, Unsure: unsure, Notice: uptime.Notice{Plan: "p1", Reason: uptime.PlanRevised}}
	}
	messages := Fold([]uptime.Delivery{delivery(2, noon), delivery(1, time.Time{})})
	if len(messages) != 2 || messages[0].ID != "b" {
		t.Errorf("%+v", messages)
	}
}
