package statuspage

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// planPath reads "/maintenance/{id}", "/changes/{id}", and both with ".ics".
func planPath(path string) (id uptime.PlanID, asCalendar, is bool) {
	for _, folder := range []string{"/maintenance/", "/changes/"} {
		rest, under := strings.CutPrefix(path, folder)
		if !under {
			continue
		}
		rest, asCalendar = strings.CutSuffix(rest, ".ics")
		text, err := url.PathUnescape(rest)
		return uptime.PlanID(text), asCalendar, err == nil && text != "" && !strings.Contains(text, "/")
	}
	return "", false, false
}

// planDocument is a plan's page, or its entry for calendars. A plan and what is
// known of its notices that are not at hand are read.
func (p *Publisher) planDocument(ctx context.Context, b *book, id uptime.PlanID, asCalendar bool) (*Document, error) {
	var plan uptime.Plan
	if i := slices.IndexFunc(b.in.Plans, func(known uptime.Plan) bool { return known.ID == id }); i >= 0 {
		plan = b.in.Plans[i]
	} else {
		var err error
		if plan, err = p.source.PublishedPlan(ctx, id); err != nil {
			return nil, err
		}
		if plan.Draft() {
			return nil, uptime.ErrNotFound
		}
		plan.Rules = b.in.Catalogue.HeldTo(plan)
	}
	if asCalendar {
		return b.planCalendar(plan), nil
	}
	proofs := b.proofsOf(id)
	if len(proofs) == 0 {
		cutoffs := map[uptime.PlanID]time.Time{id: planned.Deadline(plan.Rules.Notices, plan.Now().From)}
		// Without them the page says that nothing is known.
		proofs, _ = p.source.Proofs(ctx, cutoffs)
	}
	return b.page(planPage(b.planPage(plan, proofs), beside())), nil
}
