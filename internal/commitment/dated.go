package commitment

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// usualReminders are how many days before a date people are reminded, where the
// promise does not say.
func usualReminders() []int { return []int{60, 30, 7} }

// Due is the day by which something must happen next: the evidence of a register
// is renewed, something promised is delivered.
type Due struct {
	At     time.Time      // from then on it is overdue
	Day    calendar.Date  // the last day on which it is not
	Zone   *time.Location // of the days
	Remind []int          // days before, the most first
}

// Overdue tells whether the day is over.
func (d Due) Overdue(now time.Time) bool { return !now.Before(d.At) }

// Reminder is the newest reminder that is due at now, in days before the date.
// False: none is due yet, or it is overdue.
func (d Due) Reminder(now time.Time) (days int, due bool) {
	if d.Overdue(now) {
		return 0, false
	}
	for _, n := range d.Remind { // the most first: the last that has come is the newest
		if at := After(d.At, uptime.Period{Days: -n}, d.Zone); !now.Before(at) {
			days, due = n, true
		}
	}
	return days, due
}

// DueOf is the day by which something must happen next for a promise of kind
// register or promise. False: it has none, as when there is no evidence, when it
// never expires, or when what was promised is there.
func DueOf(c uptime.Commitment, evidence []uptime.Evidence, zone *time.Location, now time.Time) (Due, bool) {
	zone = cmp.Or(zone, time.UTC)
	switch {
	case c.Kind == uptime.OfRegister && c.Register != nil:
		current, some := newest(c, evidence, zone, now)
		if !some || current.until.IsZero() {
			return Due{}, false
		}
		return dueAt(current.until, zone, c.Register.Remind), true
	case c.Kind == uptime.OfPromise && c.Promise != nil:
		if _, delivered := delivery(c, evidence, now); delivered {
			return Due{}, false
		}
		return dueAt(c.Promise.Due, cmp.Or(c.Promise.Zone, zone), c.Promise.Remind), true
	}
	return Due{}, false
}

func dueAt(at time.Time, zone *time.Location, remind []int) Due {
	if len(remind) == 0 {
		remind = usualReminders()
	}
	remind = slices.Clone(remind)
	slices.SortFunc(remind, func(a, b int) int { return cmp.Compare(b, a) })
	return Due{At: at, Day: calendar.DateOf(at.Add(-time.Nanosecond), zone), Zone: zone, Remind: remind}
}

// proof is a piece of evidence and until when it is current; zero: for ever.
type proof struct {
	uptime.Evidence
	until time.Time
}

// newest is the evidence of a register that is current for longest at an
// instant: a fact of the future is none yet, and one that was withdrawn is none.
func newest(c uptime.Commitment, evidence []uptime.Evidence, zone *time.Location, at time.Time) (proof, bool) {
	var best proof
	some := false
	for _, e := range evidence {
		if e.Record != c.Register.Record && e.Record != string(c.ID) || e.At.After(at) || !e.Withdrawn.IsZero() {
			continue
		}
		p := proof{e, expiry(e, c.Register.Every, zone)}
		if !some || p.lasts(best) {
			best, some = p, true
		}
	}
	return best, some
}

// lasts tells whether p is better evidence than other: current for longer, or as
// long and newer.
func (p proof) lasts(other proof) bool {
	if p.until.Equal(other.until) {
		return p.At.After(other.At)
	}
	return p.until.IsZero() || !other.until.IsZero() && p.until.After(other.until)
}

// expiry is until when evidence is current: its own date, and no longer than the
// register's period; zero: for ever.
func expiry(e uptime.Evidence, every uptime.Period, zone *time.Location) time.Time {
	if every == (uptime.Period{}) {
		return e.ExpiresAt
	}
	end := After(e.At, every, zone)
	if !e.ExpiresAt.IsZero() && e.ExpiresAt.Before(end) {
		return e.ExpiresAt
	}
	return end
}

// register is the standing of a promise that rests on dated evidence.
func register(c uptime.Commitment, f Facts, now time.Time) uptime.Standing {
	var s uptime.Standing
	s.Cells = registerCells(c, f, now)
	current, some := newest(c, f.Evidence, f.Zone, now)
	if !some {
		s.Verdict, s.Why = uptime.InsufficientData, "no evidence has been recorded yet"
		return s
	}
	s.Evidence = []uptime.Reference{reference(current.Evidence, f.Zone)}
	s.Value = "last on " + dayText(current.At, f.Zone)
	s.Verdict, s.Since = uptime.Met, current.At
	due, dated := DueOf(c, f.Evidence, f.Zone, now)
	if !dated {
		return s
	}
	day := due.Day.String()
	switch _, soon := due.Reminder(now); {
	case due.Overdue(now):
		s.Verdict, s.Since = uptime.Overdue, due.At
		s.Value += ", due by " + dayText(due.At.Add(-time.Nanosecond), due.Zone)
		s.Why = fmt.Sprintf("the newest evidence was good until %s", day)
		s.Cases = []uptime.Case{{Key: day, At: due.At, Summary: "It was due by " + day + ", and nothing newer is on record"}}
		return s
	case soon:
		s.Verdict, s.Since = uptime.AtRisk, After(due.At, uptime.Period{Days: -due.Remind[0]}, due.Zone)
		s.Since = uptime.Later(s.Since, current.At)
	}
	s.Value += ", next by " + dayText(due.At.Add(-time.Nanosecond), due.Zone)
	return s
}

// registerCells tell of each month whether the evidence was current at its end,
// or is now.
func registerCells(c uptime.Commitment, f Facts, now time.Time) []uptime.Cell {
	var out []uptime.Cell
	for _, m := range lastMonths(now, f.Zone) {
		at := m.To.Add(-time.Nanosecond)
		if m.open {
			at = now
		}
		cell := uptime.Cell{Month: m.label, Verdict: uptime.InsufficientData, Value: "no evidence"}
		since := f.since(c.Policy)
		current, some := newest(c, f.Evidence, f.Zone, at)
		switch {
		case !since.IsZero() && !m.To.After(since):
			cell.Verdict, cell.Value = uptime.NotMeasured, "not in force"
		case some && !current.until.IsZero() && !at.Before(current.until):
			cell.Verdict, cell.Value = uptime.Overdue, "good until "+dayText(current.until.Add(-time.Nanosecond), f.Zone)
		case some:
			cell.Verdict, cell.Value = uptime.Met, "of "+dayText(current.At, f.Zone)
			cell.Evidence = reference(current.Evidence, f.Zone)
		}
		out = append(out, cell)
	}
	return out
}

// reference leads to evidence. What is not public is shown with its date alone.
func reference(e uptime.Evidence, zone *time.Location) uptime.Reference {
	if !e.Public {
		return uptime.Reference{Text: dayText(e.At, zone)}
	}
	r := uptime.Reference{Text: e.Title + ", " + dayText(e.At, zone)}
	if u, err := url.Parse(e.URL); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		r.Path = e.URL
	}
	return r
}

// delivery is when what was promised was there: as the document says, or by the
// oldest evidence of it.
func delivery(c uptime.Commitment, evidence []uptime.Evidence, now time.Time) (at time.Time, delivered bool) {
	if !c.Promise.Delivered.IsZero() && !c.Promise.Delivered.After(now) {
		at, delivered = c.Promise.Delivered, true
	}
	for _, e := range evidence {
		if e.Record == string(c.ID) && e.Withdrawn.IsZero() && !e.At.After(now) && (!delivered || e.At.Before(at)) {
			at, delivered = e.At, true
		}
	}
	return at, delivered
}

// promise is the standing of something that was promised by a day.
func promise(c uptime.Commitment, f Facts, now time.Time) uptime.Standing {
	zone := cmp.Or(c.Promise.Zone, f.Zone)
	due := dueAt(c.Promise.Due, zone, c.Promise.Remind)
	promised := "due on " + dayText(due.At.Add(-time.Nanosecond), zone)
	key := due.Day.String()
	if at, delivered := delivery(c, f.Evidence, now); delivered {
		s := uptime.Standing{Verdict: uptime.Met, Since: at, Value: promised + ", delivered on " + dayText(at, zone)}
		for _, e := range f.Evidence {
			if e.Record == string(c.ID) && e.Withdrawn.IsZero() && !e.At.After(now) {
				s.Evidence = append(s.Evidence, reference(e, zone))
			}
		}
		if at.After(due.At) {
			s.Verdict = uptime.Breached
			s.Cases = []uptime.Case{{Key: key, At: due.At, Summary: "It was " + s.Value}}
		}
		return s
	}
	s := uptime.Standing{Verdict: uptime.OnTrack, Value: promised}
	switch _, soon := due.Reminder(now); {
	case due.Overdue(now):
		s.Verdict, s.Since, s.Value = uptime.Overdue, due.At, promised+", not delivered"
		s.Cases = []uptime.Case{{Key: key, At: due.At, Summary: "It was " + promised + ", and is not delivered"}}
	case soon:
		s.Verdict, s.Since = uptime.AtRisk, After(due.At, uptime.Period{Days: -due.Remind[0]}, zone)
	}
	return s
}
