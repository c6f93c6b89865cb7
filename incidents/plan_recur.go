package incidents

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// mostOccurrences bounds how many of one series lie ahead.
const mostOccurrences = 400

// mostAtOnce bounds how many occurrences are announced in one transaction: each
// is a message to every subscriber, and nothing else is written meanwhile.
const mostAtOnce = 4

// Occurrence is one time that a series recurs, which is to be announced.
type Occurrence struct {
	Series uptime.Series
	Plan   uptime.PlanID // follows from the series and the start
	Start  time.Time
}

// Occurrences are those of the series that lie ahead and are to have been
// announced by now, announced or not.
func Occurrences(series []uptime.Series, now time.Time) (out []Occurrence) {
	for _, s := range series {
		if !s.StoppedAt.IsZero() {
			continue
		}
		recurs, err := calendar.NewRecurrence(s.Rule, s.Start, s.Zone)
		if err != nil { // it was read when the series began
			continue
		}
		// An instant more: exactly so long ahead is due.
		within := calendar.Span{From: later(now, s.Start), To: now.Add(s.Ahead + time.Nanosecond)}
		for _, start := range recurs.Between(within, mostOccurrences) {
			id := uptime.PlanID(fmt.Sprintf("%s-%s", s.ID, start.UTC().Format("20060102-150405")))
			out = append(out, Occurrence{Series: s, Plan: id, Start: start.UTC()})
		}
	}
	return out
}

// DueSeries announces the occurrences that are due and are not among those known,
// each as a plan of its own, with its notice. One that would break a promise,
// announced now, becomes a draft, and operators are told (promise_due). Known are
// plans of the series, in whatever phase: decided again with what was made of
// it, the next few are due, until nothing is.
func DueSeries(series []uptime.Series, known []uptime.Plan, rules notice.Rules, now time.Time) uptime.Changes {
	var changes uptime.Changes
	now = whole(now)
	for _, o := range Occurrences(series, now) {
		is := func(p uptime.Plan) bool { return p.ID == o.Plan }
		if slices.ContainsFunc(known, is) {
			continue
		}
		if len(changes.Plans) == mostAtOnce {
			break
		}
		p := occurrence(o.Series, o.Start, rules.Catalogue, now)
		last := &p.Revisions[0]
		last.Broken = planned.Broken(p)
		event := planEvent(p, uptime.PlanAnnounced, string(p.ID)+"-r0")
		if len(last.Broken) > 0 {
			p.PublishedAt = time.Time{}
			event = planEvent(p, uptime.PromiseDue, string(p.ID)+"-draft")
			event.Summary = drafted(p, rules.Catalogue.Page.Zone)
		}
		changes.Plans = append(changes.Plans, uptime.PlanChange{Plan: p, Revisions: p.Revisions})
		changes.Outbox = append(changes.Outbox, notice.Plan(rules, event, now))
	}
	return changes
}

// occurrence is a series' plan that begins at start, announced at now.
func occurrence(s uptime.Series, start time.Time, catalogue uptime.Catalogue, now time.Time) uptime.Plan {
	start = start.UTC()
	return uptime.Plan{
		ID:   uptime.PlanID(fmt.Sprintf("%s-%s", s.ID, start.Format("20060102-150405"))),
		Kind: uptime.MaintenanceWork, Title: s.Title, Body: s.Body,
		Components: slices.Clone(s.Components), Regions: slices.Clone(s.Regions),
		Phase: uptime.Scheduled, Series: s.ID, Due: start,
		Rules:     catalogue.PlanRules(uptime.MaintenanceWork, s.Components, s.Regions, now),
		Revisions: []uptime.Revision{{At: now, From: start, To: start.Add(s.Length)}},
		CreatedAt: now, PublishedAt: now, Version: 1,
	}
}

// drafted says to operators why an occurrence was not announced.
func drafted(p uptime.Plan, zone *time.Location) string {
	last := p.Now()
	why := make([]string, len(last.Broken))
	for i, b := range last.Broken {
		why[i] = fmt.Sprintf("%s (%s)", b.Commitment, b.Text)
	}
	return fmt.Sprintf("%s of %s was not announced, because it would break %s. It waits as a draft: move it, or announce it with a reason",
		p.Title, notice.Window(last, zone), strings.Join(why, " and "))
}
