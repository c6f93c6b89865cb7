package statuspage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// standingOf is how the promise of an id stands.
func (b *book) standingOf(id uptime.CommitmentID) (uptime.Standing, bool) {
	register := b.register()
	i := slices.IndexFunc(register, func(st uptime.Standing) bool { return st.Commitment.ID == id })
	if i < 0 {
		return uptime.Standing{}, false
	}
	return register[i], true
}

// promisePage is the working of one promise.
func (b *book) promisePage(st uptime.Standing) PromisePage {
	c := st.Commitment
	v := PromisePage{
		ID: isolate(string(c.ID)), Says: isolate(c.Says), Strength: strengthWord(c.Strength), Stands: b.stands(st),
		Open: b.opening(st), Terms: b.promiseTerms(c), Versions: b.versionRows(c.Policy),
		Contacts: b.contactViews(c.Contacts), Cases: b.caseRows(st), Entries: b.entryRows(c.ID), How: howToRecompute(c),
	}
	v.Frame = b.frame(v.ID)
	v.JSON = numbersLink(commitmentPath(c.ID))
	if p, known := b.policy(c.Policy); known {
		v.Document = Link{commitmentsPath + "#" + policyAnchor(p.ID), isolate(p.Title)}
	}
	if c.Text != "" {
		v.Text = b.in.memo.markdownHTML(c.Text)
	}
	b.workOut(&v, st)
	return v
}

// workOut adds what stands behind the verdict of each kind.
func (b *book) workOut(v *PromisePage, st uptime.Standing) {
	c := st.Commitment
	if c.Availability == nil {
		v.Months = b.monthRows(st)
	}
	switch {
	case c.Availability != nil:
		b.availabilityWorking(v, st)
	case c.Notice != nil, c.Hours != nil:
		v.Plans = b.heldPlans(c)
	case c.Heartbeat != nil:
		v.Copies = b.copies(*c.Heartbeat)
	case c.Register != nil:
		v.Asked, v.Evidence = true, b.evidenceRows(c, c.Register.Record)
	case c.Promise != nil:
		v.Asked, v.Evidence = true, b.evidenceRows(c, string(c.ID))
	}
}

// versionRows are the versions of a document, newest first.
func (b *book) versionRows(id uptime.PolicyID) []VersionRow {
	var out []VersionRow
	versions := slices.Clone(b.in.Kept.Versions)
	if p, known := b.policy(id); known && !slices.ContainsFunc(versions, func(v uptime.PolicyVersion) bool { return v.Policy == id && v.Number == p.Number }) {
		versions = append(versions, uptime.PolicyVersion{
			Policy: id, Number: p.Number, EffectiveFrom: p.EffectiveFrom, ApprovedBy: p.ApprovedBy, Digest: p.Digest,
		})
	}
	slices.SortStableFunc(versions, func(x, y uptime.PolicyVersion) int { return y.EffectiveFrom.Compare(x.EffectiveFrom) })
	current := false
	for _, v := range versions {
		if v.Policy != id {
			continue
		}
		now := !current && !v.EffectiveFrom.After(b.now)
		current = current || now
		out = append(out, VersionRow{
			Number: isolate(v.Number), Approved: isolate(v.ApprovedBy), Digest: v.Digest, From: b.dayStamp(v.EffectiveFrom), Current: now,
		})
	}
	return out
}

// monthRows are the months that a promise is told of, newest first.
func (b *book) monthRows(st uptime.Standing) []MonthRow {
	var out []MonthRow
	for _, c := range slices.Backward(st.Cells) {
		m := standingMark(c.Verdict, st.Commitment.Strength)
		if c.Verdict == uptime.NotMeasured {
			m = Mark{"unk", "·", "nothing due"}
		}
		row := MonthRow{
			Anchor: "m" + c.Month, Name: monthName(c.Month, "January 2006"),
			Stands: Stands{Mark: m, Value: isolate(c.Value)},
		}
		row.Evidence = referenceLinks([]uptime.Reference{c.Evidence})
		if len(row.Evidence) == 0 {
			row.Evidence = b.heldIn(st.Commitment.ID, c.Month)
		}
		out = append(out, row)
	}
	return out
}

// heldIn are the plans of a month that were held to a promise.
func (b *book) heldIn(id uptime.CommitmentID, month string) []Link {
	var out []Link
	for _, p := range b.in.Plans {
		if _, held := heldAlone(p, id); held && p.Now().From.In(b.zone).Format("2006-01") == month {
			out = append(out, b.planLink(p))
		}
	}
	return out[:min(len(out), mostNames)]
}

// caseRows are the cases in which a promise was broken, newest first.
func (b *book) caseRows(st uptime.Standing) []CaseRow {
	var out []CaseRow
	for _, c := range slices.Backward(st.Cases) {
		row := CaseRow{At: b.clock.brief(c.At), Summary: isolate(c.Summary)}
		for _, p := range b.in.Plans {
			if string(p.ID) == c.Key {
				row.Link = b.planLink(p)
			}
		}
		out = append(out, row)
	}
	return out
}

func (b *book) planLink(p uptime.Plan) Link { return Link{planAddress(p), isolate(p.Title)} }

// entryRows are the entries that the promise opened by being broken, newest
// first.
func (b *book) entryRows(id uptime.CommitmentID) []EntryRow {
	var out []EntryRow
	for _, e := range b.in.Kept.Entries {
		if e.Commitment != id {
			continue
		}
		row := EntryRow{
			Summary: isolate(e.Summary), Owner: isolate(e.Owner), Opened: b.dayStamp(e.OpenedAt), Outcome: isolate(e.Outcome),
			Due: b.maybeDay(e.DueAt), Closed: b.maybeDay(e.ClosedAt),
		}
		row.Overdue = row.Closed == nil && row.Due != nil && e.DueAt.Before(b.now)
		out = append(out, row)
	}
	slices.SortStableFunc(out, func(x, y EntryRow) int { return strings.Compare(y.Opened.Machine, x.Opened.Machine) })
	return out
}

func (b *book) maybeDay(at time.Time) *Stamp {
	if at.IsZero() {
		return nil
	}
	s := b.dayStamp(at)
	return &s
}

// heldPlans are the plans that were held to a promise, newest first.
func (b *book) heldPlans(c uptime.Commitment) []HeldPlan {
	var out []HeldPlan
	for _, p := range b.in.Plans {
		alone, held := heldAlone(p, c.ID)
		if !held || len(p.Revisions) == 0 {
			continue
		}
		v := HeldPlan{
			Plan: b.planLink(p), Kind: planKind(p), Announced: b.clock.brief(sinceWhen(p).At), From: b.clock.brief(p.Now().From),
			Ahead: planned.Length(max(0, p.Now().From.Sub(sinceWhen(p).At))), Proof: b.told(p), Override: overriding(alone),
		}
		switch broken := planned.Broken(alone); {
		case p.Now().Cancelled:
			v.Stands.Mark = Mark{"unk", "·", "called off"}
		case len(broken) > 0:
			v.Stands.Mark, v.Stands.Why = standingMark(uptime.Breached, c.Strength), isolate(broken[0].Text)
		default:
			v.Stands.Mark = Mark{"up", "✓", "kept"}
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(x, y HeldPlan) int { return strings.Compare(y.From.Machine, x.From.Machine) })
	return out
}

// heldAlone is a plan as if one promise were all that it is held to, and whether
// it is held to it.
func heldAlone(p uptime.Plan, id uptime.CommitmentID) (uptime.Plan, bool) {
	var rules uptime.PlanRules
	for _, r := range p.Rules.Notices {
		if r.Commitment == id {
			rules.Notices = append(rules.Notices, r)
		}
	}
	for _, r := range p.Rules.Blackouts {
		if r.Commitment == id {
			rules.Blackouts = append(rules.Blackouts, r)
		}
	}
	p.Rules = rules
	return p, len(rules.Notices)+len(rules.Blackouts) > 0
}

// promiseTerms are a promise's terms in words.
func (b *book) promiseTerms(c uptime.Commitment) []Named {
	out := []Named{{"Promised as", strengthTerms(c.Strength)}, {"Measured by", kindWord(c.Kind)}}
	switch {
	case c.Availability != nil:
		out = append(out, b.availabilityTerms(*c.Availability)...)
	case c.Hours != nil:
		out = append(out, b.hoursTerms(*c.Hours)...)
	case c.Notice != nil:
		out = append(out, noticeTerms(*c.Notice)...)
	case c.Clock != nil:
		out = append(out, clockTerms(*c.Clock)...)
	case c.Heartbeat != nil:
		out = append(out, heartbeatTerms(*c.Heartbeat)...)
	case c.Register != nil:
		out = append(out, registerTerms(*c.Register)...)
	case c.Promise != nil:
		out = append(out, b.dueTerms(*c.Promise)...)
	}
	out = append(out, b.supportTerms(c.Support)...)
	if c.Section != "" {
		out = append(out, Named{"Section", isolate(c.Section)})
	}
	if c.Owner != "" {
		out = append(out, Named{"Answers for it", isolate(c.Owner)})
	}
	return out
}

// evidenceRows are the dated facts of a record, newest first. What is not public
// tells its date alone.
func (b *book) evidenceRows(c uptime.Commitment, record string) []EvidenceRow {
	var out []EvidenceRow
	for _, e := range b.in.Kept.Evidence {
		if e.Record != record && e.Record != string(c.ID) || !e.Withdrawn.IsZero() {
			continue
		}
		row := EvidenceRow{Title: "evidence that is kept, and not public", At: b.dayStamp(e.At)}
		if e.Public {
			row.Title, row.By = isolate(e.Title), isolate(e.By)
			if link := safeLink(e.URL); link != "" && link[0] != '/' {
				row.Link = link
			}
		}
		if expires := expiry(c, e, b.zone); !expires.IsZero() {
			row.Expires, row.Expired = b.maybeDay(expires), !expires.After(b.now)
		}
		out = append(out, row)
	}
	slices.SortStableFunc(out, func(x, y EvidenceRow) int { return strings.Compare(y.At.Machine, x.At.Machine) })
	return out
}

// howToRecompute says how a reader makes the verdict again.
func howToRecompute(c uptime.Commitment) []string {
	first := fmt.Sprintf("The JSON of this page (%s.json) has every number that the verdict rests on, exactly.", commitmentPath(c.ID))
	switch {
	case c.Availability != nil:
		return []string{first,
			"Take the segments of the components from “components”, put them together by “composition”, leave out what stands under “excluded”, and add up the seconds of each state times its weight: that is what was counted.",
			"What is allowed is (1 − target) × the period without excluded time. A month that is over is judged by its bounds; one that goes on is breached once more is counted than allowed."}
	case c.Notice != nil:
		return []string{first, "For each plan, count back the promised length from its start: elapsed hours, or calendar days at the same time on the wall. What was announced at that instant, and in every announcement after it, was announced in time. The revisions stand on the plan’s page."}
	case c.Hours != nil:
		return []string{first, "Lay each plan’s final window over the forbidden hours, in their own zone. It keeps the promise if they share no instant."}
	case c.Heartbeat != nil:
		return []string{first, "A day is kept at a site if a job succeeded between its local midnights. A success at midnight belongs to the day that begins."}
	case c.Register != nil:
		return []string{first, "The newest evidence decides. It holds until its own date of expiry, or until its age exceeds the period that is promised."}
	case c.Promise != nil:
		return []string{first, "It is kept if it was delivered on the day that it was due, or before."}
	}
	return []string{first}
}
