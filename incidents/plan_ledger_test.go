package incidents

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// planBook keeps plans in memory as a store keeps them: all of the changes or
// none, guarded by versions, and a notice of a known id once.
type planBook struct {
	t       testing.TB
	plans   map[uptime.PlanID]uptime.Plan
	series  map[uptime.SeriesID]uptime.Series
	once    map[string]uptime.Once
	notices []uptime.Notice
	audit   []uptime.AuditEntry
	applied int
	before  func() // called before anything is applied, once
}

func newPlanBook(t testing.TB) *planBook {
	return &planBook{
		t: t, plans: map[uptime.PlanID]uptime.Plan{}, series: map[uptime.SeriesID]uptime.Series{}, once: map[string]uptime.Once{},
	}
}

func (b *planBook) Plan(_ context.Context, id uptime.PlanID) (uptime.Plan, error) {
	p, known := b.plans[id]
	if !known {
		return p, fmt.Errorf("plan %q: %w", id, uptime.ErrNotFound)
	}
	return p, nil
}

func (b *planBook) Series(context.Context) ([]uptime.Series, error) {
	return slices.SortedFunc(maps.Values(b.series), func(a, b uptime.Series) int { return cmp.Compare(a.ID, b.ID) }), nil
}

func (b *planBook) CountAudience(_ context.Context, a uptime.Audience) (int, error) {
	return 100 + len(a.Components), nil
}

func (b *planBook) OnceResult(_ context.Context, key string) (uptime.Once, error) {
	o, known := b.once[key]
	if !known {
		return o, uptime.ErrNotFound
	}
	return o, nil
}

func (b *planBook) Apply(_ context.Context, c uptime.Changes) error {
	if before := b.before; before != nil {
		b.before = nil
		before()
	}
	for _, change := range c.Plans {
		if b.plans[change.Plan.ID].Version != change.Expect {
			return fmt.Errorf("applying changes: %w", uptime.ErrConflict)
		}
	}
	for _, change := range c.Series {
		if b.series[change.Series.ID].Version != change.Expect {
			return fmt.Errorf("applying changes: %w", uptime.ErrConflict)
		}
		b.series[change.Series.ID] = change.Series
	}
	for _, change := range c.Plans {
		b.keep(change)
	}
	if c.Once != nil {
		b.once[c.Once.Key] = *c.Once
	}
	for _, n := range c.Outbox {
		if !slices.ContainsFunc(b.notices, func(o uptime.Notice) bool { return o.ID == n.ID }) {
			b.notices = append(b.notices, n)
		}
	}
	b.audit = append(b.audit, c.Audit...)
	b.applied++
	return nil
}

// keep appends what the change adds: what the plan holds of that counts for
// nothing.
func (b *planBook) keep(c uptime.PlanChange) {
	held := b.plans[c.Plan.ID]
	if c.Plan.Version != c.Expect+1 {
		b.t.Errorf("%s: version %d follows %d", c.Plan.ID, c.Plan.Version, c.Expect)
	}
	if c.First && (len(c.Revisions) != 1 || !held.Draft()) {
		b.t.Errorf("%s: what was announced is altered: %+v", c.Plan.ID, c.Revisions)
	}
	now := c.Plan
	now.Revisions = append(slices.Clone(held.Revisions), c.Revisions...)
	if c.First {
		now.Revisions = slices.Clone(c.Revisions)
	}
	now.Updates = append(slices.Clone(held.Updates), c.Updates...)
	b.plans[now.ID] = now
}

func (b *planBook) open() (open []uptime.Plan) {
	for _, id := range slices.Sorted(maps.Keys(b.plans)) {
		if p := b.plans[id]; p.Open() {
			open = append(open, p)
		}
	}
	return open
}

// downs is a scene in which these are down.
type downs map[uptime.ComponentID]bool

func (d downs) Down(id uptime.ComponentID) bool { return d[id] }

// planDesk is a planner, its ledger and a clock that stands until it is moved.
type planDesk struct {
	*Planner
	t     testing.TB
	book  *planBook
	now   time.Time
	rules notice.Rules
	down  downs
}

var brisbane = time.FixedZone("AEST", 10*60*60)

// promises are 24 hours of notice, none of the hours from 9 to 17 in AEST, and a
// week for prices.
func promises() uptime.Policy {
	day := uptime.NoticeRule{Commitment: "E8", Amount: 24, Unit: uptime.Hours}
	week := uptime.NoticeRule{Commitment: "P23", Amount: 7, Unit: uptime.Days, Zone: brisbane}
	all := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	return uptime.Policy{ID: "p", Commitments: []uptime.Commitment{
		{ID: "E8", Kind: uptime.OfNotice, Notice: &uptime.NoticeTerms{Of: []uptime.PlanKind{uptime.MaintenanceWork}, Rule: day}},
		{ID: "E7", Kind: uptime.OfMaintenanceHours, Hours: &uptime.HoursTerms{Blackouts: []uptime.BlackoutRule{
			{Commitment: "E7", Zone: brisbane, Days: all, From: 9 * time.Hour, To: 17 * time.Hour},
		}}},
		{ID: "P23", Kind: uptime.OfNotice, Notice: &uptime.NoticeTerms{Of: []uptime.PlanKind{uptime.PriceChange}, Rule: week}},
	}}
}

func newPlanDesk(t testing.TB) *planDesk {
	d := &planDesk{t: t, book: newPlanBook(t), now: noon, down: downs{}}
	d.rules = rules()
	d.rules.Catalogue.Page.Zone = brisbane
	d.rules.Catalogue.Regions = []uptime.Region{{ID: "au"}, {ID: "nz"}, {ID: "uk"}}
	d.rules.Catalogue.Components[0].Regions = []uptime.RegionID{"nz"}
	d.rules.Catalogue.Components[1].Regions = []uptime.RegionID{"nz", "au"}
	d.rules.Catalogue.Components[0].Importance = uptime.Critical
	d.rules.Catalogue.Policies = []uptime.Policy{promises()}
	d.Planner = NewPlanner(PlannerOptions{
		Ledger: d.book, Rules: func() notice.Rules { return d.rules }, Now: func() time.Time { return d.now }, Random: rand.Reader,
	})
	return d
}

// lawful is a window of two hours that begins at midnight of AEST, 50 hours after
// noon, and keeps every promise.
func lawful(change func(*Work)) Work {
	from := noon.Add(50 * time.Hour)
	w := Work{
		Title: "Database upgrade", Body: "It is faster afterwards.", Components: []uptime.ComponentID{"sign-in"},
		From: from, To: from.Add(2 * time.Hour), Publish: true,
	}
	if change != nil {
		change(&w)
	}
	return w
}

func (d *planDesk) announced(change func(*Work)) uptime.Plan {
	d.t.Helper()
	p, err := d.Announce(d.t.Context(), editor, lawful(change), nil)
	return d.kept(p, err)
}

// kept is the plan as the ledger has it, which is as it was answered.
func (d *planDesk) kept(answered uptime.Plan, err error) uptime.Plan {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	p := d.book.plans[answered.ID]
	if answered.Version != p.Version || answered.Phase != p.Phase || len(answered.Revisions) != len(p.Revisions) || len(answered.Updates) != len(p.Updates) {
		d.t.Errorf("answered %+v, kept %+v", answered, p)
	}
	return p
}

// tick has time do what it does until nothing is due.
func (d *planDesk) tick() {
	d.t.Helper()
	for range 20 {
		changes := DuePlans(d.book.open(), d.down, d.rules, d.now)
		if len(changes.Plans) == 0 {
			if err := d.book.Apply(d.t.Context(), changes); err != nil {
				d.t.Fatal(err)
			}
			return
		}
		if err := d.book.Apply(d.t.Context(), changes); err != nil {
			d.t.Fatal(err)
		}
	}
	d.t.Fatal("there is always something due")
}

func (d *planDesk) at(t time.Time) *planDesk {
	d.now = t
	return d
}

// told are the reasons of the notices, in order.
func (d *planDesk) told() (reasons []uptime.NoticeReason) {
	for _, n := range d.book.notices {
		reasons = append(reasons, n.Reason)
	}
	return reasons
}

func (d *planDesk) last() uptime.Notice {
	d.t.Helper()
	if len(d.book.notices) == 0 {
		d.t.Fatal("nobody is owed anything")
	}
	return d.book.notices[len(d.book.notices)-1]
}
