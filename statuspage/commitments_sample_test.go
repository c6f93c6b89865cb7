package statuspage

import (
	"time"

	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

func samplePercent(text string) uptime.Percent {
	p, err := uptime.ParsePercent(text)
	if err != nil {
		panic(err)
	}
	return p
}

// samplePolicy is a document with a promise of every kind.
func samplePolicy() uptime.Policy {
	zone := sampleZone()
	p := uptime.Policy{
		ID: "customer-success", Title: "Customer success FAQ", Number: "2023-1", EffectiveFrom: time.Date(2023, 9, 1, 0, 0, 0, 0, zone),
		ApprovedBy: "Chief operating officer", Statement: "a statement of intent, not a contract",
		Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		Commitments: []uptime.Commitment{
			{ID: "E6", Says: "The platform is available 99.95 % of the time, at every hour of every day.", Section: "2.3", Kind: uptime.OfAvailability, Strength: uptime.Firm, Owner: "CTO",
				Availability: &uptime.AvailabilityTerms{Service: "platform", Target: samplePercent("99.95"), Zone: zone}},
			{ID: "E6b", Says: "Surveys are there 99.9 % of any thirty days.", Kind: uptime.OfAvailability, Strength: uptime.Aim,
				Availability: &uptime.AvailabilityTerms{Service: "surveys", Target: samplePercent("99.9"), Window: uptime.Window{Kind: uptime.Rolling, Days: 30}}},
			{ID: "E7", Says: "Maintenance is done outside of 9:00 to 17:00 AEST.", Section: "2.3", Kind: uptime.OfMaintenanceHours, Strength: uptime.Firm,
				Hours: &uptime.HoursTerms{Blackouts: []uptime.BlackoutRule{{Commitment: "E7", Zone: zone, From: 9 * time.Hour, To: 17 * time.Hour,
					Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}}}},
			{ID: "E8", Says: "Customers outside of AEST are told 24 hours before maintenance.", Section: "2.3", Kind: uptime.OfNotice, Strength: uptime.Firm,
				Notice: &uptime.NoticeTerms{Of: []uptime.PlanKind{uptime.MaintenanceWork}, Rule: uptime.NoticeRule{Commitment: "E8", Amount: 24, Unit: uptime.Hours}}},
			{ID: "E17", Says: "An issue of tier 1 is answered within 24 hours.", Section: "4.1", Kind: uptime.OfClock, Strength: uptime.Aim, Why: "no tickets are kept here yet",
				Clock: &uptime.ClockTerms{Clock: "first_response", Type: "incident", Tier: 1, Amount: 24, Unit: "h"}},
			{ID: "P12", Says: "All data of customers is copied every day.", Kind: uptime.OfHeartbeat, Strength: uptime.Firm,
				Heartbeat: &uptime.HeartbeatTerms{Set: "backups", Ask: uptime.Daily}},
			{ID: "P6", Says: "Third parties test our security regularly.", Kind: uptime.OfRegister, Strength: uptime.Expectation,
				Register: &uptime.RegisterTerms{Record: "penetration_test", Every: uptime.Period{Months: 12}, Remind: []int{60, 30, 7}}},
			{ID: "E36", Says: "Questions and answers come in December 2023.", Section: "6.2", Kind: uptime.OfPromise, Strength: uptime.Firm,
				Promise: &uptime.PromiseTerms{Due: time.Date(2024, 1, 1, 0, 0, 0, 0, zone), Zone: zone}},
			{ID: "E54", Says: "Support can be called from Australia, the UK, the US and New Zealand.", Section: "9.1", Kind: uptime.OfContact, Strength: uptime.Firm,
				Contacts: []uptime.Contact{
					{Role: "Support", Region: "au", Phone: "+61 1300 529 909", Mail: "support@upheld-sample.dev", Hours: "Monday to Friday, 9 to 17 AEST"},
					{Role: "Support", Region: "eu", Phone: "+44 (2) 0351 90182"},
					{Role: "Chief operating officer", URL: "https://upheld-sample.dev/contact"},
				}},
			{ID: "E49", Says: "Changes may be charged for.", Kind: uptime.OfText, Strength: uptime.Firm, Text: "A day of work is **500 dollars**."},
			{ID: "P1", Says: "Knowledge is kept simple.", Kind: uptime.NotSoftware, Strength: uptime.Firm, Why: "a mission statement; there is nothing to observe"},
		},
	}
	for i := range p.Commitments {
		p.Commitments[i].Policy = p.ID
	}
	return p
}

// samplePromised is the bad hour of a company that has promised a good deal.
func samplePromised() Inputs {
	in := sampleBad()
	zone := sampleZone()
	in.Catalogue.Policies = []uptime.Policy{samplePolicy()}
	in.Catalogue.Regions = []uptime.Region{{ID: "au", Name: "Australia", Zone: zone}, {ID: "eu", Name: "Europe", Zone: time.UTC}}
	in.Catalogue.Jobs = []uptime.Job{
		{Monitor: "monitor-5", Set: "backups", Region: "au", Site: "Sydney", Datacentre: "syd1", Zone: zone},
		{Monitor: "monitor-4", Set: "backups", Region: "au", Site: "Melbourne", Datacentre: "mel1", Zone: zone},
	}
	day := 24 * time.Hour
	midnight := time.Date(2026, 11, 21, 2, 10, 0, 0, zone)
	for i := range 40 {
		at := midnight.Add(-time.Duration(i) * day)
		in.Kept.Signals = append(in.Kept.Signals, uptime.Signal{Monitor: "monitor-5", At: at, Kind: uptime.Succeeded})
		if i != 3 {
			in.Kept.Signals = append(in.Kept.Signals, uptime.Signal{Monitor: "monitor-4", At: at.Add(40 * time.Minute), Kind: uptime.Succeeded})
		}
	}
	in.Kept.Evidence = []uptime.Evidence{
		{ID: "ev1", Record: "penetration_test", Title: "Penetration test by Example Security", By: "Example Security", At: sampleNow.AddDate(0, -11, 0),
			URL: "https://upheld-sample.dev/pentest.pdf", Public: true},
		{ID: "ev2", Record: "penetration_test", Title: "internal: 3 findings", By: "Red team", At: sampleNow.AddDate(-1, -10, 0), Note: "not for customers"},
	}
	in.Kept.Versions = []uptime.PolicyVersion{
		{Policy: "customer-success", Number: "2023-1", EffectiveFrom: time.Date(2023, 9, 1, 0, 0, 0, 0, zone), ApprovedBy: "Chief operating officer",
			Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Text: "internal notes stand here"},
	}
	in.Kept.Entries = []uptime.NonCompliance{
		{ID: "n1", Commitment: "E6", Case: "2026-11", Summary: "Platform: less than 99.95 % in November 2026", Owner: "CTO",
			OpenedAt: sampleNow.Add(-3 * day), DueAt: sampleNow.Add(11 * day)},
		{ID: "n2", Commitment: "E7", Case: "late", Summary: "Work by day", OpenedAt: sampleNow.AddDate(0, -2, 0), DueAt: sampleNow.AddDate(0, -1, 0),
			ClosedAt: sampleNow.AddDate(0, -1, -3), Outcome: "Windows are proposed by the planner now.", ClosedBy: "u-7"},
	}
	in.Plans = append(in.Plans, samplePlans()...)
	return in
}

// samplePlans are one plan that keeps its notice and one that does not.
func samplePlans() []uptime.Plan {
	zone := sampleZone()
	rules := uptime.PlanRules{
		Notices:   []uptime.NoticeRule{{Commitment: "E8", Amount: 24, Unit: uptime.Hours}},
		Blackouts: samplePolicy().Commitments[2].Hours.Blackouts,
	}
	plan := func(id uptime.PlanID, title string, from time.Time, ahead time.Duration) uptime.Plan {
		p := uptime.Plan{
			ID: id, Kind: uptime.MaintenanceWork, Title: title, Components: []uptime.ComponentID{"part-0"}, Phase: uptime.Completed, Rules: rules,
			Revisions:   []uptime.Revision{{At: from.Add(-ahead), From: from, To: from.Add(time.Hour)}},
			PublishedAt: from.Add(-ahead), CreatedAt: from.Add(-ahead), StartedAt: from, FinishedAt: from.Add(time.Hour), Version: 3,
		}
		if broken := planned.Broken(p); len(broken) > 0 {
			p.Revisions[0].Broken, p.Revisions[0].Override, p.Revisions[0].By = broken, "a disk was about to fill", "Sam"
		}
		return p
	}
	return []uptime.Plan{
		plan("plankept0001", "Database upgrade", time.Date(2026, 11, 10, 19, 0, 0, 0, zone), 50*time.Hour),
		plan("planlate0002", "Storage move", time.Date(2026, 10, 14, 22, 0, 0, 0, zone), 5*time.Hour),
	}
}
