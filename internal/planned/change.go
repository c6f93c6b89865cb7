package planned

import (
	"fmt"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// ChangeKept tells whether a change that took effect at actual kept a notice,
// and how long before it was first announced (domain family notice). The first
// announcement must be in time for it; what postpones must be published before
// the time that it replaces; what brings forward needs the whole notice before
// the new time; and it may not take effect before the time announced last.
func ChangeKept(rule uptime.NoticeRule, revisions []uptime.Revision, actual time.Time) (kept bool, lead time.Duration) {
	if len(revisions) == 0 {
		return false, 0
	}
	first := revisions[0]
	lead = actual.Sub(first.At)
	last := revisions[len(revisions)-1]
	if last.Cancelled {
		return false, lead
	}
	kept = !first.At.After(Cutoff(rule, actual)) && !actual.Before(last.From)
	before := first
	for _, r := range revisions[1:] {
		kept = kept && moveKept(rule, before, r)
		before = r
	}
	return kept, lead
}

// moveKept tells whether a revision may follow upon another.
func moveKept(rule uptime.NoticeRule, before, r uptime.Revision) bool {
	switch {
	case r.From.After(before.From):
		return r.At.Before(before.From)
	case r.From.Before(before.From):
		return !r.At.After(Cutoff(rule, r.From))
	}
	return true
}

// changeBroken tells how a change, as announced, breaks a notice if it takes
// effect at the time that was announced last; or did, where that is known.
func changeBroken(rule uptime.NoticeRule, p uptime.Plan) (uptime.Broken, bool) {
	last := p.Now()
	actual := last.From
	if p.Phase == uptime.Completed {
		actual = p.FinishedAt
	}
	kept, lead := ChangeKept(rule, p.Revisions, actual)
	if kept {
		return uptime.Broken{}, false
	}
	b := uptime.Broken{Commitment: rule.Commitment, Violation: uptime.LateNotice}
	switch {
	case actual.Before(last.From):
		b.Violation = uptime.EarlyEffect
		b.Text = fmt.Sprintf("it took effect %s before the time that was announced", Length(last.From.Sub(actual)))
	case p.Revisions[0].At.After(Cutoff(rule, actual)) && lead < 0:
		b.Text = fmt.Sprintf("announced %s after it took effect, and %s are promised", Length(-lead), Promised(rule))
	case p.Revisions[0].At.After(Cutoff(rule, actual)):
		b.Text = fmt.Sprintf("announced %s ahead, and %s are promised", Length(lead), Promised(rule))
	case latePostponement(p.Revisions):
		b.Violation = uptime.LatePostponed
		b.Text = "it was put off after the time that had been announced"
	default:
		b.Text = fmt.Sprintf("it was brought forward with less than %s notice of the new time", Promised(rule))
	}
	return b, true
}

func latePostponement(revisions []uptime.Revision) bool {
	for i := 1; i < len(revisions); i++ {
		if r, before := revisions[i], revisions[i-1]; r.From.After(before.From) && !r.At.Before(before.From) {
			return true
		}
	}
	return false
}

// Recipient is somebody who may be owed notice, and what was sent to them.
type Recipient struct {
	ID    string
	Zone  *time.Location // nil: not known, and owed
	Sends []Send
}

// Send is one attempt to tell somebody.
type Send struct {
	At       time.Time
	Accepted bool // a bounce is no notice
}

// Owed is who was owed notice of a start, and who did not have it.
type Owed struct {
	Required  int
	Compliant int
	Breaches  []string // ids, in the order of the recipients
}

// Audience counts the recipients that were owed notice before a start: those
// whose offset from UTC at that instant is not home; nil: all of them. One
// accepted message at or before the cutoff is notice.
func Audience(recipients []Recipient, rule uptime.NoticeRule, start time.Time, home *time.Duration) Owed {
	var o Owed
	cutoff := Cutoff(rule, start)
	for _, r := range recipients {
		if home != nil && r.Zone != nil && offset(r.Zone, start) == *home {
			continue
		}
		o.Required++
		if slices.ContainsFunc(r.Sends, func(s Send) bool { return s.Accepted && !s.At.After(cutoff) }) {
			o.Compliant++
			continue
		}
		o.Breaches = append(o.Breaches, r.ID)
	}
	return o
}

func offset(zone *time.Location, at time.Time) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// ParseOffset reads an offset from UTC such as "+10:00"; nil where none is given.
func ParseOffset(text string) (*time.Duration, error) {
	if text == "" {
		return nil, nil
	}
	at, err := time.Parse("-07:00", text)
	if err != nil {
		return nil, fmt.Errorf("%q is no offset from UTC: write it like +10:00", text)
	}
	o := offset(at.Location(), at)
	return &o, nil
}
