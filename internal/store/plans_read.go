package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/upheld/upheld/internal/uptime"
)

// newestPlans is the order of lists that are paged: it stays while plans move.
const newestPlans = "created DESC, id DESC"

// soonestPlans orders plans by when they begin by the revision in force.
const soonestPlans = `(SELECT r.started FROM plan_revision r WHERE r.plan = plan.id ORDER BY r.number DESC LIMIT 1), id`

// stillOpen is the condition for something to come of a plan.
const stillOpen = "phase NOT IN ('completed', 'cancelled')"

// Plan is the plan with that id, be it a draft, or uptime.ErrNotFound.
func (db *DB) Plan(ctx context.Context, id uptime.PlanID) (uptime.Plan, error) {
	return db.plan(ctx, id, func(q *gorm.DB) *gorm.DB { return q })
}

// PublishedPlan is the plan with that id as the public may see it: a draft is
// uptime.ErrNotFound, and the ids of authors are left out. The name of who
// announced a revision stays.
func (db *DB) PublishedPlan(ctx context.Context, id uptime.PlanID) (uptime.Plan, error) {
	p, err := db.plan(ctx, id, published)
	return publicPlan(p), err
}

// PublishedPlans lists the published plans of which any revision's window
// overlaps [from, to), or of which something is to come; by when they begin, the
// soonest first. A window without length counts as its moment. The ids of
// authors are left out.
func (db *DB) PublishedPlans(ctx context.Context, from, to time.Time) ([]uptime.Plan, error) {
	start := toMillis(from)
	found, err := db.plans(ctx, soonestPlans, func(q *gorm.DB) *gorm.DB {
		return published(q).Where(stillOpen+` OR EXISTS (SELECT 1 FROM plan_revision r WHERE r.plan = plan.id
			AND r.started < ? AND (r.ended > ? OR r.started >= ?))`, toMillis(to), start, start)
	})
	for n, p := range found {
		found[n] = publicPlan(p)
	}
	return found, err
}

// OpenPlans lists the plans of which something is to come, drafts as well; by
// when they begin, the soonest first.
func (db *DB) OpenPlans(ctx context.Context) ([]uptime.Plan, error) {
	return db.plans(ctx, soonestPlans, func(q *gorm.DB) *gorm.DB { return q.Where(stillOpen) })
}

// FindPlans lists plans, drafts as well, the last made first. A draft that was
// discarded is a draft no more: it is found as a plan that was cancelled. An
// unknown cursor is uptime.ErrNotFound.
func (db *DB) FindPlans(ctx context.Context, f uptime.PlanFilter, c uptime.Cursor) ([]uptime.Plan, error) {
	var after planRow
	if c.After != "" {
		var err error
		if after, err = one[planRow](ctx, db, "id = ?", text(c.After)); err != nil {
			return nil, fmt.Errorf("reading plans after %q: %w", c.After, err)
		}
	}
	return db.plans(ctx, newestPlans, func(q *gorm.DB) *gorm.DB {
		if c.After != "" {
			q = q.Where("created < ? OR created = ? AND id < ?", after.Created, after.Created, after.ID)
		}
		if !f.All && f.Changes {
			q = q.Where("kind <> ?", string(uptime.MaintenanceWork))
		}
		if !f.All && !f.Changes {
			q = q.Where("kind = ?", string(uptime.MaintenanceWork))
		}
		if f.Open {
			q = q.Where(stillOpen)
		}
		if f.Draft {
			q = q.Where("published IS NULL AND " + stillOpen)
		}
		if f.Component != "" {
			q = q.Where(db.dialect.listed("components"), text(string(f.Component)))
		}
		return q.Limit(limit(c))
	})
}

// publicPlan is the plan without the ids of its authors.
func publicPlan(p uptime.Plan) uptime.Plan {
	for n := range p.Revisions {
		p.Revisions[n].Author = ""
	}
	for n := range p.Updates {
		p.Updates[n].Author = ""
	}
	return p
}

func (db *DB) plan(ctx context.Context, id uptime.PlanID, which func(*gorm.DB) *gorm.DB) (uptime.Plan, error) {
	found, err := db.plans(ctx, newestPlans, func(q *gorm.DB) *gorm.DB { return which(q.Where("id = ?", text(string(id)))) })
	if err != nil {
		return uptime.Plan{}, err
	}
	if len(found) == 0 {
		return uptime.Plan{}, fmt.Errorf("plan %q: %w", id, uptime.ErrNotFound)
	}
	return found[0], nil
}

// plans reads plans, their revisions and their updates as of one instant.
func (db *DB) plans(ctx context.Context, order string, which func(*gorm.DB) *gorm.DB) ([]uptime.Plan, error) {
	var rows []planRow
	parts := planParts{map[string][]revisionRow{}, map[string][]planUpdateRow{}}
	err := db.read(ctx, func(q *gorm.DB) error {
		return q.Transaction(func(tx *gorm.DB) error {
			if err := which(tx.Session(&gorm.Session{})).Order(order).Find(&rows).Error; err != nil {
				return err
			}
			return readPlanParts(tx, rows, parts)
		}, snapshot)
	})
	if err != nil {
		return nil, fmt.Errorf("reading plans: %w", err)
	}
	zones := zoneBook{}
	return valuesOrError(rows, func(r planRow) (uptime.Plan, error) { return r.value(parts, zones) })
}

func readPlanParts(tx *gorm.DB, rows []planRow, into planParts) error {
	for part := range slices.Chunk(rows, 500) {
		ids := values(part, func(r planRow) string { return r.ID })
		var revisions []revisionRow
		if err := tx.Where("plan IN ?", ids).Order("plan, number").Find(&revisions).Error; err != nil {
			return err
		}
		for _, r := range revisions {
			into.revisions[r.Plan] = append(into.revisions[r.Plan], r)
		}
		var updates []planUpdateRow
		if err := tx.Where("plan IN ?", ids).Order("at, seq").Find(&updates).Error; err != nil {
			return err
		}
		for _, u := range updates {
			into.updates[u.Plan] = append(into.updates[u.Plan], u)
		}
	}
	return nil
}
