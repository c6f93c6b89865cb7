package statuspage

import (
	"slices"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// agreed is the time that announced work excludes, by the plan that announced
// it: of each plan at least what it excludes of one component. It reaches into
// the time to come.
type agreed struct {
	of    map[uptime.PlanID]calendar.Spans
	known []planKey // what it was worked out for
}

// planKey is all that decides what a plan excludes: no version of a plan is
// ever altered.
type planKey struct {
	id        uptime.PlanID
	version   int64
	revisions int
	rules     int // those of a document that is configured since are among them
}

// held are the plans with all that they are held to by the catalogue.
func held(c *uptime.Catalogue, plans []uptime.Plan) []uptime.Plan {
	for i, p := range plans {
		plans[i].Rules = c.HeldTo(p)
	}
	return plans
}

func planKeys(plans []uptime.Plan) []planKey {
	keys := make([]planKey, len(plans))
	for i, p := range plans {
		keys[i] = planKey{p.ID, p.Version, len(p.Revisions), len(p.Rules.Notices) + len(p.Rules.Blackouts)}
	}
	return keys
}

// agreedOf works out what the plans exclude. What was worked out before for the
// same plans is taken from there: they change rarely, and forbidden hours are
// looked up day by day.
func agreedOf(plans []uptime.Plan, before *agreed) *agreed {
	keys := planKeys(plans)
	if before != nil && slices.Equal(keys, before.known) {
		return before
	}
	out := &agreed{of: make(map[uptime.PlanID]calendar.Spans), known: keys}
	for _, p := range plans {
		if spans := planned.Excluded(p); !p.Draft() && len(spans) > 0 {
			out.of[p.ID] = spans
		}
	}
	return out
}

// byComponent is what the plans exclude of each component within a span.
func (a *agreed) byComponent(plans []uptime.Plan, within calendar.Span) map[uptime.ComponentID]calendar.Spans {
	pieces := make(map[uptime.ComponentID][]calendar.Span)
	for _, p := range plans {
		if spans := a.of[p.ID].Clip(within); len(spans) > 0 {
			for _, c := range p.Components {
				pieces[c] = append(pieces[c], spans...)
			}
		}
	}
	out := make(map[uptime.ComponentID]calendar.Spans, len(pieces))
	for c, own := range pieces {
		out[c] = calendar.Union(own...)
	}
	return out
}

// exclude notes in the ledger what is excluded of its components. Of work that
// goes on only the time up to the end of the ledger counts.
func (l *ledger) exclude(plans []uptime.Plan, a *agreed) {
	l.excluded = a.byComponent(plans, l.span)
}

// exclusion is time that one plan excludes of something.
type exclusion struct {
	plan  uptime.Plan
	spans calendar.Spans
}

// exclusionsOf are the plans that exclude time of a component within a span,
// oldest first, each with its own part.
func (b *book) exclusionsOf(id uptime.ComponentID, within calendar.Span) []exclusion {
	var out []exclusion
	for _, p := range b.in.Plans {
		if !slices.Contains(p.Components, id) {
			continue
		}
		if spans := b.agreed.of[p.ID].Clip(within.Clip(b.ledger.span)); len(spans) > 0 {
			out = append(out, exclusion{p, spans})
		}
	}
	slices.SortStableFunc(out, func(x, y exclusion) int { return x.spans[0].From.Compare(y.spans[0].From) })
	return out
}

// excludedOf is what a service has excluded within a span.
func (b *book) excludedOf(s uptime.Service, span calendar.Span) calendar.Spans {
	if !b.excludes(s.Components, span) {
		return nil
	}
	_, excluded := availability.Agreed(s.Composition, span, b.serviceParts(s, span), standard.Weights)
	return excluded
}

// excludes tells whether anything is excluded of one of the components within a
// span.
func (b *book) excludes(ids []uptime.ComponentID, span calendar.Span) bool {
	return slices.ContainsFunc(ids, func(id uptime.ComponentID) bool { return len(b.ledger.excluded[id].Clip(span)) > 0 })
}
