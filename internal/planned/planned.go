// Package planned holds planned work to what was promised of it: how long ahead
// it must be announced, in which hours it may not be, which of its time is
// excluded from availability, and when it could begin lawfully. It is pure: the
// time is handed in, and it announces nothing.
package planned

import (
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Cutoff is the last instant at which something that begins at start can be
// announced in time: so many elapsed hours before it, or the same time on the
// wall so many calendar days before (domain family maintenance). Exactly then is
// in time.
func Cutoff(rule uptime.NoticeRule, start time.Time) time.Time {
	if rule.Unit == uptime.Hours {
		return start.Add(-time.Duration(rule.Amount) * time.Hour)
	}
	zone := zoneOf(rule.Zone)
	return onWall(start, calendar.DateOf(start, zone).AddDays(-rule.Amount), zone)
}

// onWall is the instant of another day at which the clocks of the zone read what
// they read at t.
func onWall(t time.Time, day calendar.Date, zone *time.Location) time.Time {
	local := t.In(zone)
	reading := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute +
		time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	at, _ := calendar.Resolve(day, reading, zone)
	return at
}

func zoneOf(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// Deadline is the last instant at which something that begins at start can be
// announced so that every rule is kept; start itself where there is none.
func Deadline(rules []uptime.NoticeRule, start time.Time) time.Time {
	first := start
	for _, rule := range rules {
		if cutoff := Cutoff(rule, start); cutoff.Before(first) {
			first = cutoff
		}
	}
	return first
}

// Window is the final window of the plan: the newest that was announced; empty
// once it was called off, or for a draft.
func Window(p uptime.Plan) calendar.Span {
	if last := p.Now(); !p.Draft() && !last.Cancelled {
		return calendar.Span{From: last.From, To: last.To}
	}
	return calendar.Span{}
}

// Covered is the part of the final window that was announced in time by the
// rule, and throughout since: what lies in the window of the announcement that
// was in force at the cutoff, and of every later one.
func Covered(rule uptime.NoticeRule, p uptime.Plan) calendar.Span {
	window := Window(p)
	if window.Empty() {
		return calendar.Span{}
	}
	cutoff := Cutoff(rule, window.From)
	inForce := -1
	for i, r := range p.Revisions {
		if !r.At.After(cutoff) {
			inForce = i
		}
	}
	if inForce < 0 {
		return calendar.Span{}
	}
	covered := window
	for _, r := range p.Revisions[inForce:] {
		if r.Cancelled {
			return calendar.Span{}
		}
		covered = covered.Clip(calendar.Span{From: r.From, To: r.To})
	}
	if covered.Empty() {
		return calendar.Span{}
	}
	return covered
}

// Excluded is the time that the plan excludes from the availability of the
// components that it names: what was announced in time by every rule that it is
// held to, outside of forbidden hours. An emergency excludes nothing by being
// called so. A plan that promises nothing about notice is in time until it
// begins: what is put at its end later was not announced before, and would make
// of an outage that is over planned work.
func Excluded(p uptime.Plan) calendar.Spans {
	if p.Change() {
		return nil
	}
	covered := Covered(uptime.NoticeRule{Unit: uptime.Hours}, p)
	for _, rule := range p.Rules.Notices {
		covered = covered.Clip(Covered(rule, p))
	}
	if covered.Empty() {
		return nil
	}
	return calendar.Union(covered).Subtract(forbidden(p.Rules.Blackouts, covered))
}
