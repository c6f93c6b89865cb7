package commitment

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Patience is how long something may differ before it is a finding: that a
// component is down and nobody has said so, or is up and an incident lasts.
const Patience = 10 * time.Minute

// amendedFor is how long it is told that an incident's times were changed
// afterwards.
const amendedFor = 90 * 24 * time.Hour

// late is how much later than it happened something is written down that counts
// as said afterwards.
const late = time.Minute

// HonestyFacts are what the page and the record say, side by side. Whatever is
// left out is not checked.
type HonestyFacts struct {
	Began      time.Time // when the record begins
	Components []Seen
	Incidents  []uptime.Incident // published, with their updates
	Plans      []uptime.Plan     // published
	Told       []Told
	Standings  []uptime.Standing
	Published  []Published
	// Authors are the names of those who wrote updates, by their ids.
	Authors map[string]string
}

// Seen is what a component is confirmed to be, and since when.
type Seen struct {
	ID    uptime.ComponentID
	Name  string
	State uptime.State
	Since time.Time
}

// Told is something that the page tells, and the newest look that it rests on.
type Told struct {
	Subject, Name string
	At            time.Time     // of the newest look
	Every         time.Duration // how often it is looked
}

// Published is a verdict that was published of a period, and what it is worked
// out again.
type Published struct {
	Commitment    uptime.CommitmentID
	Period        string // "2026-10"
	Verdict       uptime.Verdict
	Again         uptime.Verdict
	PublishedWhen time.Time
}

// Findings are the honesty checks: where the page and the record differ at now,
// or what is published has no proof. They are in the order of the checks, then
// of their subjects.
func Findings(f HonestyFacts, now time.Time) []uptime.Finding {
	out := slices.Concat(silent(f, now), leftOpen(f, now), pastEnd(f, now), old(f, now),
		unexplained(f), amended(f, now), differing(f))
	order := []uptime.FindingCheck{
		uptime.DownWithoutIncident, uptime.IncidentWhileUp, uptime.PlanPastEnd, uptime.PageTooOld,
		uptime.PromiseUnexplained, uptime.TimesAmended, uptime.VerdictDiffers,
	}
	slices.SortStableFunc(out, func(a, b uptime.Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Check), slices.Index(order, b.Check)),
			cmp.Compare(a.Subject, b.Subject), a.Since.Compare(b.Since))
	})
	return out
}

// silent are components that have been down for longer than Patience, without a
// public incident or work in progress that names them.
func silent(f HonestyFacts, now time.Time) (out []uptime.Finding) {
	for _, c := range f.Components {
		if c.State != uptime.Down || now.Sub(c.Since) <= Patience {
			continue
		}
		said := slices.ContainsFunc(f.Incidents, func(i uptime.Incident) bool {
			return i.Open() && !i.Draft() && i.Touches(c.ID)
		}) || slices.ContainsFunc(f.Plans, func(p uptime.Plan) bool {
			return !p.Draft() && (p.Phase == uptime.InProgress || p.Phase == uptime.Verifying) && p.Touches(c.ID)
		})
		if !said {
			out = append(out, uptime.Finding{
				Check: uptime.DownWithoutIncident, Subject: string(c.ID), Since: c.Since.Add(Patience),
				Text: fmt.Sprintf("%s has been down since %s, and no incident says so.", c.Name, clock(c.Since)),
			})
		}
	}
	return out
}

// leftOpen are incidents all of whose components have been up for longer than
// Patience. A component of which nothing is known is not up.
func leftOpen(f HonestyFacts, now time.Time) (out []uptime.Finding) {
	for _, i := range f.Incidents {
		if !i.Open() || i.Draft() || len(i.Components) == 0 {
			continue
		}
		since, up := i.StartedAt, true
		for _, id := range i.Components {
			at := slices.IndexFunc(f.Components, func(c Seen) bool { return c.ID == id })
			if up = up && at >= 0 && f.Components[at].State == uptime.Up; up {
				since = uptime.Later(since, f.Components[at].Since)
			}
		}
		if up && now.Sub(since) > Patience {
			out = append(out, uptime.Finding{
				Check: uptime.IncidentWhileUp, Subject: string(i.ID), Since: since.Add(Patience),
				Text: fmt.Sprintf("“%s” is still open, and everything that it names has been up since %s.", i.Title, clock(since)),
			})
		}
	}
	return out
}

// pastEnd is work that is still in progress after its window.
func pastEnd(f HonestyFacts, now time.Time) (out []uptime.Finding) {
	for _, p := range f.Plans {
		end := p.Now().To
		if p.Draft() || p.Change() || p.Phase != uptime.InProgress && p.Phase != uptime.Verifying || !now.After(end) {
			continue
		}
		out = append(out, uptime.Finding{
			Check: uptime.PlanPastEnd, Subject: string(p.ID), Since: end,
			Text: fmt.Sprintf("“%s” was to be over at %s and is still in progress.", p.Title, clock(end)),
		})
	}
	return out
}

// old is what is told from looks that are older than two intervals.
func old(f HonestyFacts, now time.Time) (out []uptime.Finding) {
	for _, t := range f.Told {
		if t.Every <= 0 || t.At.IsZero() || now.Sub(t.At) <= 2*t.Every {
			continue
		}
		out = append(out, uptime.Finding{
			Check: uptime.PageTooOld, Subject: t.Subject, Since: t.At.Add(2 * t.Every),
			Text: fmt.Sprintf("What is told of %s is of %s, and it should be looked at every %s.", t.Name, clock(t.At), length(t.Every)),
		})
	}
	return out
}

// unexplained are promises that have neither a figure nor evidence nor a reason.
func unexplained(f HonestyFacts) (out []uptime.Finding) {
	for _, s := range f.Standings {
		judged := s.Verdict != "" && s.Verdict != uptime.NotMeasured && s.Verdict != uptime.InsufficientData
		if judged || s.Why != "" || s.Verdict != "" && len(s.Evidence) > 0 {
			continue
		}
		since := s.Since
		if since.IsZero() {
			since = f.Began
		}
		out = append(out, uptime.Finding{
			Check: uptime.PromiseUnexplained, Subject: string(s.Commitment.ID), Since: since,
			Text: fmt.Sprintf("The promise %s is neither measured nor proved, and nothing says why.", s.Commitment.ID),
		})
	}
	return out
}

// amended are incidents of which a person has told a time afterwards: each update
// of a public incident that speaks of an earlier time than it was written at. The
// start that it was published with is no change.
func amended(f HonestyFacts, now time.Time) (out []uptime.Finding) {
	for _, i := range f.Incidents {
		if i.Draft() {
			continue
		}
		for _, u := range i.Updates {
			back := u.WrittenAt.Sub(u.At)
			if u.Automatic || back < late || !u.WrittenAt.After(i.PublishedAt) || now.Sub(u.WrittenAt) > amendedFor {
				continue
			}
			by := ""
			if name := f.Authors[u.Author]; name != "" {
				by = " by " + name
			}
			what := "an update"
			if u.Phase.Ends() {
				what = "the end"
			}
			out = append(out, uptime.Finding{
				Check: uptime.TimesAmended, Subject: string(i.ID), Since: u.WrittenAt,
				Text: fmt.Sprintf("“%s”: %s is dated %s, and was written down%s %s later.", i.Title, what, clock(u.At), by, length(back)),
			})
		}
	}
	return out
}

// differing are published verdicts that are others when they are worked out
// again.
func differing(f HonestyFacts) (out []uptime.Finding) {
	for _, p := range f.Published {
		if p.Verdict == p.Again {
			continue
		}
		out = append(out, uptime.Finding{
			Check: uptime.VerdictDiffers, Subject: string(p.Commitment), Since: p.PublishedWhen,
			Text: fmt.Sprintf("Of the promise %s for %s the verdict “%s” was published; worked out again it is “%s”.",
				p.Commitment, p.Period, p.Verdict, p.Again),
		})
	}
	return out
}

func clock(at time.Time) string { return at.UTC().Format("15:04 MST on 2 January 2006") }
