package statuspage

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// The incidents of sampleTold.
const (
	toldOpen   uptime.IncidentID = "slowsearch01"
	toldOver   uptime.IncidentID = "payroll00002"
	toldFalse  uptime.IncidentID = "falsealarm03"
	toldDraft  uptime.IncidentID = "draftdraft04"
	draftTitle                   = "Nobody may read this yet"
)

// sampleTold is an afternoon on which people tell of what no check sees: one
// incident goes on, one is over and was reviewed, one was none, one is a draft.
func sampleTold() Inputs {
	s := newSample()
	long := sampleNow.AddDate(0, 0, -200)
	signIn := s.add("Sign-in", "Platform", uptime.Critical, long)
	payroll := s.add("Payroll", "Platform", uptime.Critical, long)
	search := s.add("Search", "Platform", uptime.Important, long)
	s.was(payroll, uptime.Down, sampleNow.Add(-50*time.Hour), 20*time.Minute, uptime.TimedOut)
	s.in.Subscribing = true
	s.in.Catalogue.Services = []uptime.Service{{
		ID: "platform", Name: "Platform", Components: []uptime.ComponentID{signIn, payroll, search}, Target: 99_950_000, Zone: sampleZone(),
	}}
	over := sampleNow.Add(-50*time.Hour - 10*time.Minute)
	s.in.Incidents = []uptime.Incident{toldOpenIncident(search, signIn), toldOverIncident(payroll, over), {
		ID: toldFalse, Title: "Sign-in looked down", Tier: 2, Impact: uptime.ImpactMinor, Phase: uptime.FalseAlarm,
		Components: []uptime.ComponentID{signIn}, StartedAt: sampleNow.Add(-30 * time.Hour), CreatedAt: sampleNow.Add(-30 * time.Hour),
		PublishedAt: sampleNow.Add(-30 * time.Hour), ResolvedAt: sampleNow.Add(-29 * time.Hour), Version: 2,
		Postmortem: uptime.Postmortem{Waived: "The monitor was wrong, and its check was mended."},
		ClosedAt:   sampleNow.Add(-20 * time.Hour),
		Updates: []uptime.Update{{ID: "f1", Phase: uptime.FalseAlarm, At: sampleNow.Add(-29 * time.Hour), WrittenAt: sampleNow.Add(-29 * time.Hour),
			Body: "Our monitor was wrong; the service was available."}},
	}, {
		ID: toldDraft, Title: draftTitle, Tier: 1, Impact: uptime.ImpactCritical, Phase: uptime.Investigating,
		Components: []uptime.ComponentID{signIn}, StartedAt: sampleNow.Add(-time.Hour), CreatedAt: sampleNow.Add(-time.Hour), Version: 1,
		Updates: []uptime.Update{{ID: "d1", Phase: uptime.Investigating, At: sampleNow.Add(-time.Hour), Body: draftTitle}},
	}}
	s.in.Statements = []uptime.Statement{
		{Incident: toldOpen, Component: search, State: uptime.Degraded, From: sampleNow.Add(-90 * time.Minute)},
		{Incident: toldOver, Component: payroll, State: uptime.Partial, From: over, To: over.Add(20 * time.Minute)},
		{Incident: toldOver, Component: payroll, State: uptime.Down, From: over.Add(20 * time.Minute), To: over.Add(60 * time.Minute)},
		{Incident: toldFalse, Component: signIn, State: uptime.Down, From: sampleNow.Add(-30 * time.Hour), To: sampleNow.Add(-30 * time.Hour)},
		{Incident: toldDraft, Component: signIn, State: uptime.Down, From: sampleNow.Add(-time.Hour)},
	}
	return s.in
}

// toldOpenIncident goes on: dated back by half an hour, one promise missed, one
// text amended, and the next word promised by 14:30.
func toldOpenIncident(search, signIn uptime.ComponentID) uptime.Incident {
	began := sampleNow.Add(-90 * time.Minute) // 12:44:16 in Brisbane
	at := func(minutes int) time.Time { return began.Add(time.Duration(minutes) * time.Minute) }
	return uptime.Incident{
		ID: toldOpen, Title: "Search finds too little", Tier: 2, Impact: uptime.ImpactMinor, Phase: uptime.Identified,
		Components: []uptime.ComponentID{search}, Unaffected: []uptime.ComponentID{signIn},
		StartedAt: began, CreatedAt: at(30), PublishedAt: at(31), Version: 4,
		Updates: []uptime.Update{
			{ID: "o1", Phase: uptime.Investigating, At: at(0), WrittenAt: at(31), NextBy: at(46),
				Body: "Since 12:44 AEST **search leaves out** what was saved today. We are investigating."},
			{ID: "o2", Phase: uptime.Investigating, At: at(68), WrittenAt: at(68), NextBy: at(90), Silent: true,
				Body: "Still at it.\n\n- Saving works\n- [Lists](https://example.org/lists) are complete"},
			{ID: "o3", Phase: uptime.Identified, At: at(80), WrittenAt: at(80), NextBy: sampleNow.Add(16 * time.Minute),
				Body:    "The index stopped taking in *new* documents. We are filling it again.",
				Amended: []uptime.Amendment{{Body: "The index is **lost**.", At: at(85)}}},
		},
	}
}

// toldOverIncident was resolved, and what was learned is published.
func toldOverIncident(payroll uptime.ComponentID, began time.Time) uptime.Incident {
	const review = "A certificate had expired.\n\n# What changes\n\n1. It is renewed by itself.\n2. We look at its age."
	end := began.Add(time.Hour)
	return uptime.Incident{
		ID: toldOver, Title: "Payroll did not open", Tier: 1, Impact: uptime.ImpactCritical, Phase: uptime.PostmortemOut,
		Components: []uptime.ComponentID{payroll}, StartedAt: began, CreatedAt: began, PublishedAt: began, ResolvedAt: end, Version: 5,
		Postmortem: uptime.Postmortem{Body: review, PublishedAt: end.Add(20 * time.Hour)},
		Updates: []uptime.Update{
			{ID: "p1", Phase: uptime.Investigating, At: began, WrittenAt: began, Body: "Payroll does not open for anybody."},
			{ID: "p2", Phase: uptime.Monitoring, At: began.Add(50 * time.Minute), WrittenAt: began.Add(50 * time.Minute), Body: "A fix was applied."},
			{ID: "p3", Phase: uptime.Resolved, At: end, WrittenAt: end, Body: "Payroll opens again."},
			{ID: "p4", Phase: uptime.PostmortemOut, At: end.Add(20 * time.Hour), WrittenAt: end.Add(20 * time.Hour), Body: review},
		},
	}
}

// subscriptionPages are the pages for one reader, by a name of their own.
func subscriptionPages(p *Publisher) map[string]*Document {
	some := Choice{Components: []uptime.ComponentID{"part-1"}, News: []uptime.News{uptime.NewsIncidents}}
	view := SubscriptionView{
		Step: StepConfirm, Word: "w.o-rd", ManageWord: "m.w", LeaveWord: "l.w", Kind: uptime.ToMail, Address: "reader@example.org", Choice: some,
	}
	step := func(step SubscriptionStep, change func(*SubscriptionView)) *Document {
		own := view
		own.Step = step
		if change != nil {
			change(&own)
		}
		return p.Subscription(own)
	}
	form := SubscriptionForm{Address: "nobody@", Some: true, Choice: Choice{News: some.News}, Faults: []Fault{FaultAddress, FaultComponents}}
	return map[string]*Document{
		"/test/asked":   p.SubscriptionAsked(),
		"/test/refused": p.SubscriptionRefused(form),
		"/test/unknown": p.SubscriptionUnknown(),
		"/test/trouble": p.SubscriptionTrouble(429, "Too many asked from your network. Try again in an hour."),
		"/test/confirm": step(StepConfirm, nil),
		"/test/confirmed": step(StepConfirmed, func(v *SubscriptionView) {
			v.Kind, v.Address, v.Secret, v.Choice.Components = uptime.ToWebhook, "https://hooks.example.org/status?team=7", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", nil
		}),
		"/test/manage": step(StepManage, func(v *SubscriptionView) { v.Saved = true }),
		"/test/faulty": step(StepManage, func(v *SubscriptionView) {
			v.Choice, v.Some, v.Faults = Choice{}, true, []Fault{FaultComponents, FaultNews}
		}),
		"/test/leave": step(StepLeave, nil),
		"/test/left":  step(StepLeft, func(v *SubscriptionView) { v.Address = "" }),
	}
}
