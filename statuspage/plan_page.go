package statuspage

import (
	"slices"
	"strconv"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// planList is every plan that is at hand: what goes on, what is to come, and by
// month what is over.
func (b *book) planList() PlanList {
	l := PlanList{Frame: b.frame("Planned work and changes"), Calendar: calendarPath}
	l.Now, l.Soon = b.plansNow(0)
	var over []uptime.Plan
	for _, p := range b.in.Plans {
		if !p.Open() {
			over = append(over, p)
		}
	}
	slices.SortStableFunc(over, func(x, y uptime.Plan) int { return y.Now().From.Compare(x.Now().From) })
	for _, p := range over {
		name := p.Now().From.In(b.zone).Format("January 2006")
		if n := len(l.Past); n == 0 || l.Past[n-1].Name != name {
			l.Past = append(l.Past, PlanMonth{Name: name})
		}
		month := &l.Past[len(l.Past)-1]
		month.Plans = append(month.Plans, b.pastPlan(p))
	}
	return l
}

func (b *book) pastPlan(p uptime.Plan) PastPlan {
	v := PastPlan{Link: Link{planAddress(p), isolate(p.Title)}, Mark: planMark(p), When: b.clock.stamp(p.Now().From, "Mon 2 Jan, 15:04 MST")}
	v.Kept, v.Broken = keptText(b.kept(p))
	if !p.Change() {
		v.Announced, v.Used, v.Excluded = tally(announcedLength(p)), b.usedText(p), b.excludedText(p)
	}
	return v
}

// planPage is a plan with everything that there is to tell of it. The proofs are
// those of this plan.
func (b *book) planPage(p uptime.Plan, proofs []uptime.Proof) PlanPage {
	proved := *b
	proved.in.Proofs = proofs
	v := PlanPage{Frame: b.frame(isolate(p.Title)), Plan: proved.plan(p), Words: b.wordsOf(p.Body, false)}
	v.Plan.Newest = nil
	for _, u := range slices.Backward(p.Updates) {
		v.Updates = append(v.Updates, b.planUpdate(u))
	}
	v.Revisions = b.revisions(p)
	v.Notices = b.planNotices(proofs)
	if len(v.Notices) == 0 {
		v.Unproved = "Nothing is known of who was told."
	}
	v.Rest = planRest(p)
	if p.Change() {
		return v
	}
	v.Announced, v.Used = tally(announcedLength(p)), b.usedText(p)
	everything := calendar.Span{From: b.ledger.span.From, To: uptime.Later(b.now, p.Now().To)}
	if p.Now().From.Before(everything.From) {
		everything.From = p.Now().From
	}
	v.Pieces = b.planPieces(p, p.Components, everything)
	v.Counted = b.countedIn(p)
	return v
}

// planRest says what needs saying where a reader may think otherwise.
func planRest(p uptime.Plan) string {
	switch {
	case p.Emergency:
		return "This is called an emergency. The word is a label: it excludes nothing, and excuses no late notice."
	case len(p.Rules.Notices)+len(p.Rules.Blackouts) == 0:
		return "No promise about notice or hours was in force when it was announced."
	}
	return ""
}

// countedIn is what was measured of a plan's components within its window so far.
func (b *book) countedIn(p uptime.Plan) []Count {
	span := window(p).Clip(b.ledger.span)
	if span.Empty() || p.Now().From.Before(b.ledger.span.From) {
		return nil
	}
	var out []Count
	for _, id := range p.Components {
		if c, known := b.component(id); known {
			out = append(out, Count{componentLink(c), barWords(spentIn(b.ledger.components[id], span))})
		}
	}
	return out
}

// revisions are what was announced, newest first, each with what it changed and
// how it was judged then.
func (b *book) revisions(p uptime.Plan) []PlanRevision {
	var out []PlanRevision
	for i, r := range p.Revisions {
		v := PlanRevision{At: b.clock.brief(r.At), What: "announced", When: b.planTime(p, r), Reason: isolate(r.Reason), Override: override(r)}
		if i > 0 {
			v.What = difference(p.Revisions[i-1], r)
		}
		for _, broken := range r.Broken {
			v.Broken = append(v.Broken, isolate(broken.Text))
		}
		out = append(out, v)
	}
	slices.Reverse(out)
	return out
}

// difference says what an announcement changed of the one before.
func difference(before, r uptime.Revision) string {
	by := func(d time.Duration) string { return " by " + planned.Length(d.Abs()) }
	shift, longer := r.From.Sub(before.From), r.To.Sub(r.From)-before.To.Sub(before.From)
	switch {
	case r.Cancelled:
		return "called off"
	case before.Cancelled:
		return "announced again"
	case r.Finished:
		return "finished early, and " + planned.Length(max(0, before.To.Sub(r.To))) + " given back"
	case shift == 0 && longer == 0:
		return "announced again, at the same time"
	case shift == 0 && longer > 0:
		return "extended" + by(longer)
	case shift == 0:
		return "shortened" + by(longer)
	}
	text := "put off" + by(shift)
	if shift < 0 {
		text = "brought forward" + by(shift)
	}
	switch {
	case longer > 0:
		text += ", and extended" + by(longer)
	case longer < 0:
		text += ", and shortened" + by(longer)
	}
	return text
}

// planNotices are the messages about a plan and what became of them.
func (b *book) planNotices(proofs []uptime.Proof) []PlanNotice {
	var out []PlanNotice
	for _, p := range proofs {
		out = append(out, PlanNotice{
			At: b.clock.brief(p.At), What: noticeWord(p.Reason), Owed: strconv.Itoa(p.Owed), Accepted: strconv.Itoa(p.Accepted),
			InTime: strconv.Itoa(p.InTime), Bounced: strconv.Itoa(p.Bounced), Waiting: strconv.Itoa(p.Waiting),
		})
	}
	return out
}

// noticeWord is the public's word for why a message about a plan was sent.
func noticeWord(reason uptime.NoticeReason) string {
	switch reason {
	case uptime.PlanAnnounced:
		return "announced"
	case uptime.PlanRevised:
		return "announced anew"
	case uptime.PlanCancelled:
		return "called off"
	case uptime.PlanSoon:
		return "reminder"
	case uptime.PlanStarted:
		return "begun"
	case uptime.PlanNews:
		return "update"
	case uptime.PlanFinished:
		return "completed"
	default:
		return "message"
	}
}

// proofsOf are the proofs that are at hand of one plan.
func (b *book) proofsOf(id uptime.PlanID) []uptime.Proof {
	var out []uptime.Proof
	for _, p := range b.in.Proofs {
		if p.Plan == id {
			out = append(out, p)
		}
	}
	return out
}

// planDay are the plans of a day: whose window or overrun touches it, and changes
// that take effect in it; the first to begin first.
func (b *book) planDay(span calendar.Span) []uptime.Plan {
	var out []uptime.Plan
	for _, p := range b.in.Plans {
		w := window(p)
		if w.From.Before(span.To) && (w.To.After(span.From) || span.Contains(w.From)) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(x, y uptime.Plan) int { return x.Now().From.Compare(y.Now().From) })
	return out
}

// planLine tells a plan in a day's list.
func (b *book) planLine(p uptime.Plan) Line {
	kind := lowerFirst(planKind(p))
	rest := "— " + kind
	switch {
	case p.Phase == uptime.Cancelled:
		rest += ", called off"
	case p.Change() && p.Open():
		rest += ", announced for " + b.clock.brief(p.Now().From).Text
	case p.Change():
		rest += ", in effect since " + b.clock.brief(p.FinishedAt).Text
	default:
		rest += ", announced for " + tally(announcedLength(p))
		if text := b.usedText(p); text != "" {
			rest += ", took " + text
		}
	}
	return Line{Link: Link{planAddress(p), isolate(p.Title)}, Rest: rest}
}
