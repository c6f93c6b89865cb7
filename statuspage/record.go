package statuspage

import (
	"context"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// unsettled is how much of the record is read again for each edition. What is
// older is worked out once: a transition is dated back by minutes, not days.
const unsettled = 48 * time.Hour

// resettle is how often even the settled part is read again, so that no
// correction of the record is missed for longer.
const resettle = 6 * time.Hour

// record is what was last read of the Source.
type record struct {
	catalogue  *uptime.Catalogue // that settled was worked out for
	settled    *Settled
	settledAt  time.Time
	recent     []uptime.Segment
	incidents  []uptime.Incident
	statements []uptime.Statement
	plans      []uptime.Plan
	proofs     []uptime.Proof
	agreed     *agreed // what the plans exclude
	began      time.Time
	readAt     time.Time // the last time that everything was read; zero: never
	promises   promises
}

// read reads what may have changed, and returns what is known then. After an
// error that is what was known before.
func (r record) read(ctx context.Context, source Source, also PromiseSource, catalogue *uptime.Catalogue, now time.Time) (record, error) {
	next, soon := r, now.Add(time.Minute)
	if r.settled == nil || r.catalogue != catalogue || now.Sub(r.settledAt) >= resettle || now.Before(r.settledAt) {
		if err := next.settle(ctx, source, catalogue, now); err != nil {
			return r, err
		}
	}
	var err error
	if next.recent, err = source.SegmentsBetween(ctx, next.settled.Until, soon); err != nil {
		return r, err
	}
	if !next.settled.holds(next.recent) {
		if err := next.settle(ctx, source, catalogue, now); err != nil {
			return r, err
		}
		if next.recent, err = source.SegmentsBetween(ctx, next.settled.Until, soon); err != nil {
			return r, err
		}
	}
	if next.incidents, err = source.PublishedIncidents(ctx, next.settled.from, soon, 0); err != nil {
		return r, err
	}
	if next.statements, err = source.Statements(ctx, next.settled.from, soon); err != nil {
		return r, err
	}
	if next.promises, err = r.promises.read(ctx, also, catalogue, next.settled, soon); err != nil {
		return r, err
	}
	if err := next.readPlans(ctx, source, catalogue, now); err != nil {
		return r, err
	}
	if err := next.promises.readOwed(ctx, also, catalogue, next.plans, next.proofs, now); err != nil {
		return r, err
	}
	if next.began.IsZero() {
		next.began = earliest(next.recent)
	}
	next.readAt = now
	return next, nil
}

func (r *record) settle(ctx context.Context, source Source, catalogue *uptime.Catalogue, now time.Time) error {
	from, until := now.AddDate(0, 0, -HistoryDays-1), now.Add(-unsettled)
	segments, err := source.SegmentsBetween(ctx, from, until)
	if err != nil {
		return err
	}
	if r.began.IsZero() && len(segments) > 0 {
		if r.began, err = beginning(ctx, source, earliest(segments)); err != nil {
			return err
		}
	}
	r.catalogue, r.settledAt = catalogue, now
	r.settled = Settle(*catalogue, segments, from, until)
	return nil
}

// beginning walks back from a known segment to the oldest one, a year at a
// time. A year without any record ends it.
func beginning(ctx context.Context, source Source, known time.Time) (time.Time, error) {
	for {
		older, err := source.SegmentsBetween(ctx, known.AddDate(-1, 0, 0), known)
		if err != nil {
			return time.Time{}, err
		}
		first := earliest(older)
		if first.IsZero() || !first.Before(known) {
			return known, nil
		}
		known = first
	}
}

// earliest is when the oldest of the segments begins; zero: there is none.
func earliest(segments []uptime.Segment) time.Time {
	var first time.Time
	for _, seg := range segments {
		if first.IsZero() || seg.From.Before(first) {
			first = seg.From
		}
	}
	return first
}

func (r *record) inputs(catalogue *uptime.Catalogue, healths []uptime.Health, version string) Inputs {
	return Inputs{
		Catalogue:  *catalogue,
		Healths:    healths,
		Segments:   r.recent,
		Settled:    r.settledFor(catalogue),
		Incidents:  r.incidents,
		Statements: r.statements,
		Plans:      r.plans,
		Proofs:     r.proofs,
		agreed:     r.agreed,
		Began:      r.began,
		ReadAt:     r.readAt,
		Kept:       r.promises.kept,
		Unread:     r.readAt.IsZero(),
		Version:    version,
	}
}

// settledFor is the settled part if it was worked out for this catalogue.
// Where the record cannot be read after a reload, it is worked out again from
// the segments at hand.
func (r *record) settledFor(catalogue *uptime.Catalogue) *Settled {
	if r.settled == nil || r.catalogue == catalogue {
		return r.settled
	}
	segments := slices.Clone(r.recent)
	for _, own := range r.settled.segments {
		segments = append(segments, own...)
	}
	r.settled = Settle(*catalogue, segments, r.settled.from, r.settled.Until)
	r.catalogue = catalogue
	return r.settled
}

// How far ahead announced plans are read, and for how long after its end it is
// looked up who was told of one: deliveries are many, and settled by then.
const (
	planYears  = 2
	proofsKept = 90 * 24 * time.Hour
)

// readPlans reads what is planned, and who was told of what is recent or to come.
func (r *record) readPlans(ctx context.Context, source Source, catalogue *uptime.Catalogue, now time.Time) error {
	plans, err := source.PublishedPlans(ctx, r.settled.from, now.AddDate(planYears, 0, 0))
	if err != nil {
		return err
	}
	plans = held(catalogue, plans)
	r.plans, r.proofs = plans, nil
	r.agreed = agreedOf(plans, r.agreed)
	if cutoffs := cutoffsOf(plans, now); len(cutoffs) > 0 {
		if r.proofs, err = source.Proofs(ctx, cutoffs); err != nil {
			return err
		}
	}
	return nil
}

// cutoffsOf are the instants by which the newest announcement of each plan had to
// be made, of those of which it is looked up who was told.
func cutoffsOf(plans []uptime.Plan, now time.Time) map[uptime.PlanID]time.Time {
	out := make(map[uptime.PlanID]time.Time)
	for _, p := range plans {
		if ended := uptime.Later(p.FinishedAt, p.Now().To); p.Open() || now.Sub(ended) < proofsKept {
			out[p.ID] = planned.Deadline(p.Rules.Notices, p.Now().From)
		}
	}
	return out
}
