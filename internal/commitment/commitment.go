// Package commitment says how promises stand: from dated evidence, from what
// jobs have said, from what was announced and when. It is pure: facts and the
// time are handed in. Availability itself is counted by package availability,
// and what planned work breaks by package planned; both are handed in as well.
package commitment

import (
	"cmp"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Facts are what promises are judged by. Whatever is left out is not known.
type Facts struct {
	Zone  *time.Location // the page's: of promises that name none; nil: UTC
	Began time.Time      // when the record begins; zero: nothing is recorded yet
	// Begins is when the record of a job begins, where that is later than Began: a
	// job that was set up last week has missed nothing before.
	Begins   map[uptime.MonitorID]time.Time
	Versions []uptime.PolicyVersion // every version that was ever in force
	Regions  []uptime.Region        // all there are

	Plans []uptime.Plan // published, cancelled ones among them
	// Broken are the promises that each plan breaks (planned.Broken). Of a plan
	// that is not among them what its newest revision has recorded counts.
	Broken map[uptime.PlanID][]uptime.Broken
	Owed   map[OwedKey]Owed // for promises that are owed to some recipients alone

	Jobs     []uptime.Job
	Signals  []uptime.Signal // of the jobs
	Evidence []uptime.Evidence
	// Availability are the promises of kind availability, as they were judged.
	Availability map[uptime.CommitmentID]uptime.Standing
}

// OwedKey names who was owed notice of a plan by a promise.
type OwedKey struct {
	Commitment uptime.CommitmentID
	Plan       uptime.PlanID
}

// Owed is how many were owed notice of a plan, and how many of them had it in
// time (planned.Audience).
type Owed struct {
	Required, Compliant int
	Cutoff              time.Time // until when it was in time; nothing is missed before
	ReadAt              time.Time // when it was looked up
}

// months is how many months are told of a promise, the present one included.
const months = 12

// Of says how a promise stands at now. Every standing has a verdict, and one that
// judges nothing says why. Of an aim or an expectation that was missed there are
// no cases: it is counted, and no breach.
func Of(c uptime.Commitment, f Facts, now time.Time) uptime.Standing {
	s := stand(c, f.withZone(), now)
	s.Commitment = c
	if c.Strength != uptime.Firm {
		s.Cases = nil
	}
	return s
}

// stand has a case for every kind whose terms are there.
func stand(c uptime.Commitment, f Facts, now time.Time) uptime.Standing {
	switch {
	case c.Kind == uptime.OfAvailability && c.Availability != nil:
		if s, judged := f.Availability[c.ID]; judged {
			return s
		}
		return unjudged(uptime.InsufficientData, "its service has not been measured yet")
	case c.Kind == uptime.OfMaintenanceHours && c.Hours != nil:
		return hours(c, f, now)
	case c.Kind == uptime.OfNotice && c.Notice != nil:
		return notices(c, f, now)
	case c.Kind == uptime.OfHeartbeat && c.Heartbeat != nil:
		return heartbeat(c, f, now)
	case c.Kind == uptime.OfRegister && c.Register != nil:
		return register(c, f, now)
	case c.Kind == uptime.OfPromise && c.Promise != nil:
		return promise(c, f, now)
	case c.Kind == uptime.OfContact && len(c.Contacts) > 0:
		return contacts(c)
	case c.Kind == uptime.OfText && c.Text != "":
		return uptime.Standing{Verdict: uptime.Met, Value: "shown"}
	case c.Kind == uptime.OfClock && c.Clock != nil && c.Why == "":
		return unjudged(uptime.NotMeasured, "no record has such a clock yet")
	}
	return unjudged(uptime.NotMeasured, c.Why)
}

// unjudged is a standing without a figure, and why.
func unjudged(v uptime.Verdict, why string) uptime.Standing {
	return uptime.Standing{Verdict: v, Why: why}
}

func (f Facts) withZone() Facts {
	f.Zone = cmp.Or(f.Zone, time.UTC)
	return f
}

// since is when a policy was first in force; zero: it is not known.
func (f Facts) since(id uptime.PolicyID) time.Time {
	var first time.Time
	for _, v := range f.Versions {
		if v.Policy == id && (first.IsZero() || v.EffectiveFrom.Before(first)) {
			first = v.EffectiveFrom
		}
	}
	return first
}

// month is a calendar month that a promise is told of.
type month struct {
	calendar.Span
	first calendar.Date
	label string // "2026-11"
	open  bool   // it goes on
}

// lastMonths are the months that end with the present one, oldest first.
func lastMonths(now time.Time, zone *time.Location) []month {
	today := calendar.DayAt(now, zone).Date
	out := make([]month, months)
	for i := range out {
		first := addMonths(calendar.Date{Year: today.Year, Month: today.Month, Day: 1}, i-months+1)
		out[i] = month{
			Span: calendar.Month(first.Year, first.Month, zone), first: first,
			label: first.String()[:len("2006-01")], open: i == months-1,
		}
	}
	return out
}

// scope is what a month can be judged by: from when a promise was made, and from
// when there is a record.
type scope struct{ since, began time.Time }

// verdict of a month in which so much was broken, if something could be judged
// in it. A breach that is known stands. Of a month that is over and that the
// record does not cover to its beginning nothing more can be said.
func (s scope) verdict(m month, broken int) uptime.Verdict {
	from := uptime.Later(m.From, s.since)
	switch {
	case !s.since.IsZero() && !m.To.After(s.since):
		return uptime.NotMeasured
	case broken > 0:
		return uptime.Breached
	case s.began.IsZero() || !m.To.After(s.began):
		return uptime.InsufficientData
	case m.open:
		return uptime.OnTrack
	case from.Before(s.began):
		return uptime.InsufficientData
	}
	return uptime.Met
}

// why is the reason for a verdict that judges nothing; else empty.
func (s scope) why(v uptime.Verdict) string {
	switch v {
	case uptime.NotMeasured:
		return "not in force"
	case uptime.InsufficientData:
		return "no record"
	default:
		return ""
	}
}

// breachedSince is when the first case of the present month was known; zero where
// there is none.
func breachedSince(cases []uptime.Case, from time.Time) time.Time {
	i := slices.IndexFunc(cases, func(c uptime.Case) bool { return !c.At.Before(from) })
	if i < 0 {
		return time.Time{}
	}
	return cases[i].At
}
