package statuspage

import (
	"context"
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func (w *world) PublishedPlans(_ context.Context, from, to time.Time) ([]uptime.Plan, error) {
	if err := w.answer(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []uptime.Plan
	for _, p := range w.in.Plans {
		if r := p.Now(); !p.Draft() && r.From.Before(to) && !r.To.Before(from) {
			out = append(out, p)
		}
	}
	return out, nil
}

func (w *world) PublishedPlan(_ context.Context, id uptime.PlanID) (uptime.Plan, error) {
	if err := w.answer(); err != nil {
		return uptime.Plan{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.in.Plans {
		if p.ID == id && !p.Draft() {
			return p, nil
		}
	}
	return uptime.Plan{}, fmt.Errorf("plan %q: %w", id, uptime.ErrNotFound)
}

func (w *world) Proofs(_ context.Context, cutoffs map[uptime.PlanID]time.Time) ([]uptime.Proof, error) {
	if err := w.answer(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []uptime.Proof
	for _, p := range w.in.Proofs {
		if _, asked := cutoffs[p.Plan]; asked {
			out = append(out, p)
		}
	}
	return out, nil
}

// The promises of the sample: 24 hours of notice, and nothing from nine to five
// by Queensland's clocks.
func sampleRules() uptime.PlanRules {
	every := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	return uptime.PlanRules{
		Notices:   []uptime.NoticeRule{{Commitment: "E8", Amount: 24, Unit: uptime.Hours, Zone: sampleZone()}},
		Blackouts: []uptime.BlackoutRule{{Commitment: "E7", Zone: sampleZone(), Days: every, From: 9 * time.Hour, To: 17 * time.Hour}},
	}
}

// The plans of samplePlanned.
const (
	planSoon      uptime.PlanID = "pdatabase001"
	planNow       uptime.PlanID = "pnetwork0002"
	planDone      uptime.PlanID = "pstorage0003"
	planLate      uptime.PlanID = "pemergency04"
	planOff       uptime.PlanID = "pcalledoff05"
	planRelease   uptime.PlanID = "prelease0006"
	planDraft     uptime.PlanID = "pdraft000007"
	draftPlanText               = "Nobody may know of this work yet"
)

// announce is a plan that was announced so long before it begins.
func announce(id uptime.PlanID, title string, from time.Time, length, ahead time.Duration, components ...uptime.ComponentID) uptime.Plan {
	at := from.Add(-ahead)
	return uptime.Plan{
		ID: id, Kind: uptime.MaintenanceWork, Title: title, Components: components, Phase: uptime.Scheduled, Rules: sampleRules(),
		CreatedAt: at, PublishedAt: at, Version: 1,
		Revisions: []uptime.Revision{{At: at, From: from, To: from.Add(length), Author: "user-7", By: "Ada"}},
	}
}

// completed is a plan that went from its start to then.
func completed(p uptime.Plan, at time.Time) uptime.Plan {
	p.Phase, p.StartedAt, p.FinishedAt = uptime.Completed, p.Now().From, at
	p.Updates = append(p.Updates,
		uptime.PlanUpdate{ID: string(p.ID) + "b", Phase: uptime.InProgress, At: p.StartedAt, Automatic: true, Body: "The work has begun."},
		uptime.PlanUpdate{ID: string(p.ID) + "e", Phase: uptime.Completed, At: at, Automatic: true, Body: "The work is done."})
	return p
}

// evening is 20:00 in Brisbane so many days from the sample's day.
func evening(days int) time.Time {
	return time.Date(2026, 11, 21+days, 10, 0, 0, 0, time.UTC)
}

// samplePlanned is a Saturday with work: one window that overran and one that
// was announced late lie behind, one goes on past its end while search is slow,
// one comes, and a release.
func samplePlanned() Inputs {
	s := newSample()
	long := sampleNow.AddDate(0, 0, -200)
	signIn := s.add("Sign-in", "Platform", uptime.Critical, long)
	payroll := s.add("Payroll", "Platform", uptime.Critical, long)
	search := s.add("Search", "Platform", uptime.Important, long)
	s.add("Surveys", "Platform", uptime.Important, long)
	s.in.Subscribing = true
	s.in.Catalogue.Services = []uptime.Service{
		{ID: "platform", Name: "Platform", Components: []uptime.ComponentID{signIn, payroll}, Target: 99_950_000, Zone: sampleZone()},
		{ID: "payroll", Name: "Payroll", Components: []uptime.ComponentID{payroll}, Target: 99_950_000, Zone: sampleZone()},
		{ID: "either", Name: "Sign-in or search", Composition: uptime.AnyOf, Components: []uptime.ComponentID{signIn, search}, Target: 99_000_000, Zone: sampleZone()},
		{ID: "mean", Name: "On average", Composition: uptime.WeightedMean, Components: []uptime.ComponentID{signIn, payroll}},
	}

	soon := announce(planSoon, "Database upgrade", evening(12), 90*time.Minute, 13*24*time.Hour, payroll, search)
	soon.Body = "The database of **payroll** moves to another machine.\n\nSign-in keeps working."

	goes := announce(planNow, "Network maintenance", sampleNow.Add(-64*time.Minute), time.Hour, 50*time.Hour, search)
	goes.Rules.Blackouts = nil
	goes.Phase, goes.StartedAt = uptime.InProgress, goes.Now().From
	goes.Updates = []uptime.PlanUpdate{{ID: "g1", Phase: uptime.InProgress, At: goes.StartedAt, Automatic: true, Body: "The work has begun."}}

	done := completed(announce(planDone, "Storage replaced", evening(-6), time.Hour, 74*time.Hour, payroll), evening(-6).Add(64*time.Minute))
	s.was(payroll, uptime.Down, evening(-6).Add(10*time.Minute), 54*time.Minute, uptime.TimedOut)

	late := announce(planLate, "Firewall rules", evening(-3), time.Hour, 3*time.Hour, signIn)
	late.Emergency = true
	late.Revisions[0].Broken = []uptime.Broken{{Commitment: "E8", Violation: uptime.LateNotice, Text: "it was announced 3 h ahead, and 24 h are promised"}}
	late.Revisions[0].Override = "An attack was under way."
	late = completed(late, evening(-3).Add(20*time.Minute))
	s.was(signIn, uptime.Down, evening(-3).Add(5*time.Minute), 4*time.Minute, uptime.TimedOut)

	off := announce(planOff, "Certificate change", evening(-1), time.Hour, 60*time.Hour, signIn)
	off.Revisions = append(off.Revisions, uptime.Revision{At: evening(-2), From: evening(-1), To: evening(-1).Add(time.Hour), Cancelled: true, Reason: "The certificate was renewed without it.", By: "Ada"})
	off.Phase, off.FinishedAt = uptime.Cancelled, evening(-2)

	release := announce(planRelease, "Version 5", evening(20), 0, 22*24*time.Hour)
	release.Kind, release.Rules = uptime.Release, uptime.PlanRules{Notices: []uptime.NoticeRule{{Commitment: "P23", Amount: 7, Unit: uptime.Days, Zone: sampleZone()}}}

	draft := announce(planDraft, draftPlanText, evening(3), time.Hour, 100*time.Hour, payroll)
	draft.PublishedAt = time.Time{}

	s.in.Plans = []uptime.Plan{soon, goes, done, late, off, release, draft}
	s.in.Proofs = []uptime.Proof{
		{Plan: planDone, Notice: "n1", Reason: uptime.PlanAnnounced, At: done.PublishedAt, Owed: 216, Accepted: 214, InTime: 214, Bounced: 2, Last: done.PublishedAt.Add(time.Minute)},
		{Plan: planDone, Notice: "n2", Reason: uptime.PlanSoon, At: evening(-7), Owed: 216, Accepted: 214, InTime: 214, Bounced: 2},
		{Plan: planSoon, Notice: "n3", Reason: uptime.PlanAnnounced, At: soon.PublishedAt, Owed: 216, Accepted: 213, InTime: 213, Waiting: 3, Last: soon.PublishedAt.Add(time.Minute)},
		{Plan: planLate, Notice: "n4", Reason: uptime.PlanAnnounced, At: late.PublishedAt, Owed: 216, Accepted: 215, Bounced: 1},
	}
	return s.in
}
