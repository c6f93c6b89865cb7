package web

import (
	"context"
	"math/big"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

const examplePlan = "20260310-090000-t5h2w8y3d6f9g4j7"

// night is the window of the example: two hours, four days ahead.
func night() calendar.Span {
	from := time.Date(2026, 3, 11, 20, 0, 0, 0, time.UTC)
	return calendar.Span{From: from, To: from.Add(2 * time.Hour)}
}

func officeHours() uptime.BlackoutRule {
	return uptime.BlackoutRule{
		Commitment: "P9", Region: "eu", Zone: time.UTC, Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday},
		From: 9 * time.Hour, To: 17 * time.Hour, Exempt: []string{"2026-12-25"},
	}
}

func samplePlan() uptime.Plan {
	return uptime.Plan{
		ID: examplePlan, Kind: uptime.MaintenanceWork, Title: "Database upgrade", Body: "Checkout is **read-only** for some minutes.",
		Components: []uptime.ComponentID{"checkout"}, Regions: []uptime.RegionID{"eu"}, Phase: uptime.Scheduled, CreatedAt: noon(), PublishedAt: noon(), Version: 2,
		Revisions: []uptime.Revision{{At: noon(), From: night().From, To: night().To, Author: "tok-1", By: "deploy"}},
		Rules: uptime.PlanRules{
			Notices:   []uptime.NoticeRule{{Commitment: "P10", Amount: 24, Unit: uptime.Hours}},
			Blackouts: []uptime.BlackoutRule{officeHours()},
		},
		Updates: []uptime.PlanUpdate{{ID: examplePlan + "-1", Phase: uptime.Scheduled, Body: "The vendor confirmed the window.", At: noon(), Author: "tok-1"}},
	}
}

func (o *fixture) plan(id uptime.PlanID) (uptime.Plan, error) {
	return samplePlan(), o.known(string(id))
}

func (o *fixture) Announce(context.Context, uptime.Actor, incidents.Work, *uptime.Once) (uptime.Plan, error) {
	return o.plan("")
}

func (o *fixture) Redraft(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ incidents.Work, _ int64) (uptime.Plan, error) {
	return o.plan(id)
}

func (o *fixture) Revise(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ incidents.Move, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.plan(id)
}

func (o *fixture) Cancel(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ string, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.plan(id)
}

func (o *fixture) Finish(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ string, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.plan(id)
}

func sampleAnswer() incidents.Answer {
	whole := func(n int64) *big.Rat { return big.NewRat(n, 1) }
	return incidents.Answer{
		Plan:     samplePlan(),
		Broken:   []uptime.Broken{{Commitment: "P10", Violation: uptime.LateNotice, Text: "it was announced 20 h ahead, and 24 h are promised"}},
		Earliest: night().From, Room: true, Slots: []calendar.Span{{From: night().From, To: night().From.Add(13 * time.Hour)}},
		Forbidden: []planned.Forbidden{{Span: calendar.Span{From: night().From.Add(13 * time.Hour), To: night().From.Add(21 * time.Hour)}, Rule: officeHours()}},
		Deadline:  night().From.Add(-24 * time.Hour), Left: 80 * time.Hour, Owed: 216, OwedBy: night().From.Add(-24 * time.Hour),
		Costs:    []incidents.Cost{{Service: "shop", Name: "Shop", Budget: whole(2678), Used: whole(60), Window: whole(7200), After: whole(-4582), Share: big.NewRat(7200, 2678)}},
		Notice:   uptime.Notice{ID: "n-2", Reason: uptime.PlanAnnounced, Plan: examplePlan, Audience: &uptime.Audience{News: uptime.NewsMaintenance}},
		Channels: []uptime.Routed{{Channel: "on-call"}},
	}
}

func (o *fixture) Ask(context.Context, uptime.Actor, incidents.Work) (incidents.Answer, error) {
	return sampleAnswer(), o.err
}

func (o *fixture) AskMove(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ incidents.Move) (incidents.Answer, error) {
	return sampleAnswer(), o.known(string(id))
}

func sampleSeries() uptime.Series {
	return uptime.Series{
		ID: "ser-1", Title: "Weekly reindexing", Components: []uptime.ComponentID{"checkout"}, Rule: "FREQ=WEEKLY;BYDAY=SU", Zone: time.UTC,
		Start: time.Date(2026, 3, 15, 2, 0, 0, 0, time.UTC), Length: time.Hour, Ahead: 7 * 24 * time.Hour, CreatedAt: noon(), Version: 1,
	}
}

func (o *fixture) Repeat(context.Context, uptime.Actor, uptime.Series, *uptime.Once) (uptime.Series, error) {
	return sampleSeries(), o.err
}

func (o *fixture) StopSeries(_ context.Context, _ uptime.Actor, id uptime.SeriesID, _ int64) (uptime.Series, error) {
	stopped := sampleSeries()
	stopped.StoppedAt, stopped.Version = noon(), 2
	return stopped, o.known(string(id))
}

func (o *fixture) Plan(_ context.Context, id uptime.PlanID) (uptime.Plan, error) { return o.plan(id) }

func (o *fixture) OpenPlans(context.Context) ([]uptime.Plan, error) {
	return []uptime.Plan{samplePlan()}, nil
}

func (o *fixture) FindPlans(_ context.Context, _ uptime.PlanFilter, c uptime.Cursor) ([]uptime.Plan, error) {
	return []uptime.Plan{samplePlan()}, o.known(c.After)
}

func (o *fixture) Series(context.Context) ([]uptime.Series, error) {
	return []uptime.Series{sampleSeries()}, nil
}

func (o *fixture) Proofs(_ context.Context, cutoffs map[uptime.PlanID]time.Time) ([]uptime.Proof, error) {
	var out []uptime.Proof
	for id := range cutoffs {
		out = append(out, uptime.Proof{Plan: id, Notice: "5e1f0c7ad0b84c3f", Reason: uptime.PlanAnnounced, At: noon(), Owed: 216, Accepted: 214, InTime: 214, Bounced: 2, Last: noon().Add(time.Minute)})
	}
	return out, nil
}

func (o *fixture) Receipts(_ context.Context, plan uptime.PlanID) ([]uptime.Receipt, error) {
	return []uptime.Receipt{{Notice: "5e1f0c7ad0b84c3f", Subscriber: "sub-1", Zone: "Europe/Vienna", State: uptime.DeliveryAccepted, Settled: noon().Add(time.Second)}}, o.known(string(plan))
}

func (o *fixture) PolicyVersions(context.Context) ([]uptime.PolicyVersion, error) {
	return []uptime.PolicyVersion{{Policy: "customer-success", Number: "2026-1", Title: "What we promise", EffectiveFrom: noon(), ApprovedBy: "Head of operations", Digest: "9a", Text: "hidden", SeenAt: noon()}}, nil
}

func (o *fixture) AddEvidence(context.Context, uptime.Actor, uptime.Evidence, *uptime.Once) (uptime.Evidence, error) {
	return sampleEvidence(), o.err
}

func sampleEvidence() uptime.Evidence {
	return uptime.Evidence{
		ID: "ev-1", Record: "penetration_test", Title: "Penetration test of spring 2026", By: "An independent firm", At: noon(),
		URL: "https://example.org/report", Public: true, AddedAt: noon(), Author: "usr-1",
	}
}

func (o *fixture) WithdrawEvidence(_ context.Context, _ uptime.Actor, id string) error {
	return o.known(id)
}

func (o *fixture) Evidence(context.Context) ([]uptime.Evidence, error) {
	return []uptime.Evidence{sampleEvidence()}, nil
}

func sampleEntry() uptime.NonCompliance {
	return uptime.NonCompliance{
		ID: "nc-1", Commitment: "P10", Case: examplePlan, Summary: "A window was announced 20 h ahead, and 24 h are promised.", Owner: "Head of operations",
		OpenedAt: noon(), DueAt: noon().AddDate(0, 0, 14), Version: 1,
	}
}

func (o *fixture) Entries(context.Context) ([]uptime.NonCompliance, error) {
	return []uptime.NonCompliance{sampleEntry()}, nil
}

func (o *fixture) CloseEntry(_ context.Context, _ uptime.Actor, id, outcome string, _ int64) (uptime.NonCompliance, error) {
	closed := sampleEntry()
	closed.ClosedAt, closed.Outcome, closed.ClosedBy, closed.Version = noon(), outcome, "usr-1", 2
	return closed, o.known(id)
}

func (*fixture) Register() []uptime.Standing {
	return []uptime.Standing{
		{
			Commitment: uptime.Commitment{ID: "P10", Policy: "bill-of-rights", Says: "Planned work is announced 24 hours ahead.", Kind: uptime.OfNotice, Strength: uptime.Firm, Owner: "Head of operations"},
			Verdict:    uptime.Breached, Value: "1 of 2 announced in time", Since: noon(),
			Evidence: []uptime.Reference{{Path: "/maintenance", Text: "planned work"}},
			Cells:    []uptime.Cell{{Month: "2026-02", Verdict: uptime.Met}, {Month: "2026-03", Verdict: uptime.Breached, Value: "1 of 2", Evidence: uptime.Reference{Path: "/maintenance/" + examplePlan, Text: "Database upgrade"}}},
			Cases:    []uptime.Case{{Key: examplePlan, At: noon(), Summary: "A window was announced 20 h ahead."}},
		},
		{
			Commitment: uptime.Commitment{ID: "P30", Policy: "bill-of-rights", Says: "We treat everybody with respect.", Kind: uptime.NotSoftware, Strength: uptime.Aim, Why: "No record can show it."},
			Verdict:    uptime.NotMeasured,
		},
		{
			Commitment: uptime.Commitment{ID: "P31", Policy: "bill-of-rights", Says: "A penetration test every year.", Kind: uptime.OfRegister, Strength: uptime.Firm, Register: &uptime.RegisterTerms{Record: "penetration_test", Every: uptime.Period{Months: 12}}},
			Verdict:    uptime.Met, Value: "7 March 2026",
		},
	}
}

func (*fixture) Burns() []uptime.Burn {
	return []uptime.Burn{{Subject: "P23", Name: "Shop", Rule: "14.4 over 1h and 5m", Severity: "page", State: uptime.BurnClear}}
}

func (*fixture) Findings() []uptime.Finding {
	return []uptime.Finding{{Check: uptime.DownWithoutIncident, Subject: "checkout", Since: noon(), Text: "Checkout has been down for 12 minutes, and no incident is public."}}
}

// clerk is the part of the fixture whose methods an incident's service has under
// the same names.
type clerk struct{ *fixture }

func (o clerk) Publish(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ string, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.plan(id)
}

func (o clerk) Say(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ uptime.PlanPhase, _ string, _ bool, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.plan(id)
}

func (o clerk) Discard(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ int64) (uptime.Plan, error) {
	return o.plan(id)
}
