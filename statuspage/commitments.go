package statuspage

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// commitmentsPage is the page of every promise that is in force.
func (b *book) commitmentsPage() CommitmentsPage {
	register := b.register()
	v := CommitmentsPage{Frame: b.frame("Our commitments"), Made: b.clock.exact(b.now), Digest: b.registerDigest()}
	v.JSON = Link{commitmentsPath + ".json", "all of this as JSON"}
	for _, p := range b.in.Catalogue.Policies {
		v.Documents = append(v.Documents, b.promiseDocument(p, register))
	}
	loose := b.loose()
	if len(loose) > 0 {
		v.Documents = append(v.Documents, b.looseDocument(loose))
	}
	v.Tally = tallied(append(slices.Clone(register), loose...))
	v.Score = b.scorecard(append(slices.Clone(register), loose...), true)
	v.Contacts = b.contactGroups(register)
	v.Honest = b.honest()
	v.Empty = len(v.Documents) == 0
	v.Lede = b.commitmentsLede(len(register) + len(loose))
	return v
}

func (b *book) commitmentsLede(n int) string {
	if n == 0 {
		return "Here stands what was promised, promise by promise: what it says, how it stands now, on what that rests, and how to work it out again. Nothing is promised here yet."
	}
	return "Everything that was promised, " + uptime.Count(n, "promise") + ", with how each stands now and what that rests on. " +
		"What is not measured stands here too, and says why."
}

// promiseDocument is a policy with its promises.
func (b *book) promiseDocument(p uptime.Policy, register []uptime.Standing) PromiseDocument {
	d := PromiseDocument{
		Anchor: policyAnchor(p.ID), Title: isolate(p.Title), Statement: isolate(p.Statement),
		Version: b.versionLine(p), Digest: p.Digest,
	}
	if d.Title == "" {
		d.Title = isolate(string(p.ID))
	}
	for _, st := range register {
		if st.Commitment.Policy == p.ID {
			d.Rows = append(d.Rows, b.promiseRow(st))
		}
	}
	return d
}

// versionLine says which version of a document it is, since when, and who
// approved it.
func (b *book) versionLine(p uptime.Policy) string {
	var parts []string
	if p.Number != "" {
		parts = append(parts, "version "+isolate(p.Number))
	}
	if !p.EffectiveFrom.IsZero() {
		verb := "in force since "
		if p.EffectiveFrom.After(b.now) {
			verb = "nothing of it holds before "
		}
		parts = append(parts, verb+b.dateOf(p.EffectiveFrom))
	}
	if p.ApprovedBy != "" {
		parts = append(parts, "approved by "+isolate(p.ApprovedBy))
	}
	return strings.Join(parts, sep)
}

// dateOf is a day in the page's zone.
func (b *book) dateOf(at time.Time) string { return at.In(b.zone).Format("2 Jan 2006") }

// dayStamp is a day in the page's zone, with its instant.
func (b *book) dayStamp(at time.Time) Stamp { return b.clock.stamp(at, "2 Jan 2006") }

func policyAnchor(id uptime.PolicyID) string { return "doc-" + url.PathEscape(string(id)) }

func (b *book) promiseRow(st uptime.Standing) PromiseRow {
	c := st.Commitment
	row := PromiseRow{
		ID: isolate(string(c.ID)), Path: commitmentPath(c.ID), Anchor: url.PathEscape(string(c.ID)),
		Says: isolate(c.Says), Strength: strengthWord(c.Strength), Section: isolate(c.Section),
		Stands: b.stands(st),
	}
	if len(c.Contacts) > 0 {
		row.Open = b.opening(st)
	}
	return row
}

// stands is a standing in the public's words.
func (b *book) stands(st uptime.Standing) Stands {
	v := Stands{
		Mark: presentMark(st), Value: isolate(st.Value),
		Why: trimFullStop(isolate(st.Why)), Evidence: referenceLinks(st.Evidence),
	}
	if v.Value == v.Word {
		v.Value = ""
	}
	if !st.Since.IsZero() {
		since := b.clock.brief(st.Since)
		v.Since = &since
	}
	return v
}

// loose are the promises of services with a target that no document names.
func (b *book) loose() []uptime.Standing {
	named := make(map[uptime.ServiceID]bool)
	for _, c := range b.in.Catalogue.Commitments(b.now) {
		if c.Availability != nil {
			named[c.Availability.Service] = true
		}
	}
	var out []uptime.Standing
	for _, s := range b.in.Catalogue.Services {
		if promised(s) && !named[s.ID] {
			st := b.availabilityOf(looseCommitment(s), time.Time{})
			for i := range st.Cells {
				st.Cells[i].Evidence.Path = "/services/" + string(s.ID)
			}
			out = append(out, st)
		}
	}
	return out
}

// looseCommitment is what a service's target says. Its id is the service's.
func looseCommitment(s uptime.Service) uptime.Commitment {
	return uptime.Commitment{
		ID: uptime.CommitmentID(s.ID), Kind: uptime.OfAvailability, Strength: uptime.Firm,
		Says:         s.Name + " is available " + s.Target.String() + " % of the time.",
		Availability: &uptime.AvailabilityTerms{Service: s.ID, Target: s.Target, Window: s.Window, Zone: s.Zone},
	}
}

// looseDocument lists them. Their working is the services' own.
func (b *book) looseDocument(loose []uptime.Standing) PromiseDocument {
	d := PromiseDocument{Anchor: "services", Title: "Targets of services", Statement: "set in the configuration, outside of any document"}
	for _, st := range loose {
		row := b.promiseRow(st)
		row.Path, row.Anchor = "/services/"+string(st.Commitment.Availability.Service), "service-"+row.Anchor
		row.ID = ""
		d.Rows = append(d.Rows, row)
	}
	return d
}

// tallied counts how promises stand, the worst first, and those that are merely
// shown after those that were kept.
func tallied(register []uptime.Standing) []Counted {
	var out []Counted
	add := func(m Mark) {
		if i := slices.IndexFunc(out, func(c Counted) bool { return c.Mark == m }); i >= 0 {
			out[i].N++
			return
		}
		out = append(out, Counted{m, 1})
	}
	for _, verdict := range verdictOrder {
		for _, shown := range []bool{false, true} {
			for _, st := range register {
				if st.Verdict == verdict && merelyShown(st) == shown {
					add(presentMark(st))
				}
			}
		}
	}
	return out
}

// monthName is a month such as "2026-11" in words.
func monthName(month, layout string) string {
	date, err := calendar.ParseDate(month + "-01")
	if err != nil {
		return month
	}
	return time.Date(date.Year, date.Month, 1, 0, 0, 0, 0, time.UTC).Format(layout)
}
