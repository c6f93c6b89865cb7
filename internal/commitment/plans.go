package commitment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// judged is a plan as one promise sees it.
type judged struct {
	plan   uptime.Plan
	broken string        // how it breaks the promise; empty: it does not
	lead   time.Duration // since when what it was in the end was announced
	owed   Owed
}

// hours is the standing of a promise of hours without maintenance.
func hours(c uptime.Commitment, f Facts, now time.Time) uptime.Standing {
	var zone *time.Location
	if len(c.Hours.Blackouts) > 0 {
		zone = c.Hours.Blackouts[0].Zone
	}
	var plans []judged
	for _, p := range f.Plans {
		held := slices.ContainsFunc(p.Rules.Blackouts, func(b uptime.BlackoutRule) bool { return b.Commitment == c.ID })
		if held && stands(p) {
			plans = append(plans, judged{plan: p, broken: f.brokenBy(p, c.ID)})
		}
	}
	s := byMonth(c, f, cmp.Or(zone, f.Zone), plans, now, "kept outside")
	s.Value = tally(plans, "outside the hours")
	return s
}

// notices is the standing of a promise of notice.
func notices(c uptime.Commitment, f Facts, now time.Time) uptime.Standing {
	var plans []judged
	for _, p := range f.Plans {
		held := slices.ContainsFunc(p.Rules.Notices, func(r uptime.NoticeRule) bool { return r.Commitment == c.ID })
		if !held || !stands(p) {
			continue
		}
		j := judged{plan: p, broken: f.brokenBy(p, c.ID), lead: lead(p)}
		if c.Notice.OwedTo != "" {
			j.owed = f.Owed[OwedKey{c.ID, p.ID}]
			if j.broken == "" && j.owed.missed() {
				j.broken = fmt.Sprintf("none of %d who were owed notice had it in time", j.owed.Required)
			}
		}
		plans = append(plans, j)
	}
	s := byMonth(c, f, cmp.Or(c.Notice.Rule.Zone, f.Zone), plans, now, "announced in time")
	s.Value = tally(plans, "announced in time") + shortest(plans) + told(plans)
	return s
}

// Settled is how long after the cutoff what was sent before it may still be
// written down: until then nobody was missed.
const Settled = 5 * time.Minute

// missed tells whether the notice reached nobody in time whom it was owed to.
// Those whose own servers refused or delayed it are counted and shown: whoever
// subscribes could break the promise otherwise.
func (o Owed) missed() bool {
	return o.Required > 0 && o.Compliant == 0 && o.settled()
}

// settled tells whether what was looked up is the end of it.
func (o Owed) settled() bool { return !o.ReadAt.Before(o.Cutoff.Add(Settled)) }

// stands tells whether a plan is one that a promise is about: published, and not
// called off. What never happens breaks nothing.
func stands(p uptime.Plan) bool { return !p.Draft() && !p.Now().Cancelled && len(p.Revisions) > 0 }

// brokenBy says how a plan breaks a promise, in a sentence; empty: it does not.
func (f Facts) brokenBy(p uptime.Plan, id uptime.CommitmentID) string {
	broken, judged := f.Broken[p.ID]
	if !judged {
		broken = p.Now().Broken
	}
	var texts []string
	for _, b := range broken {
		if b.Commitment == id && !slices.Contains(texts, b.Text) {
			texts = append(texts, cmp.Or(b.Text, strings.ReplaceAll(string(b.Violation), "_", " ")))
		}
	}
	return strings.Join(texts, "; ")
}

// lead is how long before its start a plan was announced as it is in the end: of
// a change since the first announcement, of maintenance since the oldest
// announcement from which on every window has held the whole of the last.
func lead(p uptime.Plan) time.Duration {
	last := p.Now()
	since := last.At
	if p.Change() {
		start := last.From
		if p.Phase == uptime.Completed && !p.FinishedAt.IsZero() {
			start = p.FinishedAt
		}
		return start.Sub(p.Revisions[0].At)
	}
	for _, r := range slices.Backward(p.Revisions) {
		if r.Cancelled || r.From.After(last.From) || r.To.Before(last.To) {
			break
		}
		since = r.At
	}
	return last.From.Sub(since)
}

// byMonth is the standing of a promise that plans keep or break. A plan counts
// in the month in which it begins, and while it is to come in the present one.
func byMonth(c uptime.Commitment, f Facts, zone *time.Location, plans []judged, now time.Time, kept string) uptime.Standing {
	slices.SortStableFunc(plans, func(a, b judged) int { return a.plan.Now().From.Compare(b.plan.Now().From) })
	sc := scope{f.since(c.Policy), f.Began}
	var s uptime.Standing
	for _, m := range lastMonths(now, zone) {
		var here []judged
		bad := 0
		for _, j := range plans {
			start := j.plan.Now().From
			if start.Before(m.From) || !m.open && !start.Before(m.To) {
				continue
			}
			here = append(here, j)
			if j.broken != "" {
				bad++
				s.Cases = append(s.Cases, caseOf(j))
			}
		}
		cell := uptime.Cell{Month: m.label, Verdict: sc.verdict(m, bad)}
		switch cell.Value = sc.why(cell.Verdict); {
		case len(here) > 0:
			cell.Value = fmt.Sprintf("%d of %d %s", len(here)-bad, len(here), kept)
		case cell.Value == "":
			cell.Value = "none"
		}
		if m.open && bad > 0 {
			s.Since = firstBroken(here)
		}
		s.Cells = append(s.Cells, cell)
	}
	s.Verdict = s.Cells[months-1].Verdict
	if s.Verdict == uptime.InsufficientData {
		s.Why = "nothing has been recorded yet"
	}
	return s
}

func caseOf(j judged) uptime.Case {
	last := j.plan.Now()
	text := j.plan.Title + ": " + j.broken
	if last.Override != "" {
		text += ". It was announced all the same"
		if last.By != "" {
			text += " by " + last.By
		}
		text += ": " + last.Override
	}
	return uptime.Case{Key: string(j.plan.ID), At: last.At, Summary: text}
}

func firstBroken(plans []judged) time.Time {
	var first time.Time
	for _, j := range plans {
		if at := j.plan.Now().At; j.broken != "" && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// tally says how many of the plans kept a promise: "11 of 12 announced in time".
func tally(plans []judged, kept string) string {
	good := 0
	for _, j := range plans {
		if j.broken == "" {
			good++
		}
	}
	if len(plans) == 0 {
		return "nothing was planned"
	}
	return fmt.Sprintf("%d of %d %s", good, len(plans), kept)
}

// shortest says how short the shortest notice was: ", shortest 26 h".
func shortest(plans []judged) string {
	if len(plans) == 0 {
		return ""
	}
	least := plans[0].lead
	for _, j := range plans {
		least = min(least, j.lead)
	}
	if least < 0 {
		return ", one afterwards"
	}
	return ", shortest " + length(least)
}

// told says how many of those who were owed notice had it in time.
func told(plans []judged) string {
	required, compliant := 0, 0
	for _, j := range plans {
		if j.owed.settled() {
			required += j.owed.Required
			compliant += j.owed.Compliant
		}
	}
	if required == 0 {
		return ""
	}
	return fmt.Sprintf("; %d of %d who were owed it were told in time", compliant, required)
}

// length is a length of time in whole units, never longer than it is: "26 h",
// "8 days", "40 min", "30 s".
func length(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 3*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}
