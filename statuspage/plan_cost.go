package statuspage

import (
	"context"
	"math/big"
	"slices"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Cost is what a window of work may cost a promised service. Amounts are in
// seconds, exactly.
type Cost struct {
	Service uptime.ServiceID
	Name    string
	Budget  *big.Rat // of the period that the window begins in
	Used    *big.Rat // of it until now
	Window  *big.Rat // at worst: all of the window that lies in the period, down and not excluded
	After   *big.Rat // what is left then; below zero where it is overspent
	Share   *big.Rat // After as a share of Budget; nil where there is no budget
}

// Costs tells of each service with a target that contains one of the components
// what work on them in a window may cost it, by the newest edition.
func (p *Publisher) Costs(components []uptime.ComponentID, window calendar.Span) []Cost {
	b := p.current(context.Background()).book
	var out []Cost
	for _, s := range b.in.Catalogue.Services {
		named := slices.ContainsFunc(s.Components, func(id uptime.ComponentID) bool { return slices.Contains(components, id) })
		if promised(s) && named {
			out = append(out, b.cost(s, components, window))
		}
	}
	return out
}

func (b *book) cost(s uptime.Service, components []uptime.ComponentID, window calendar.Span) Cost {
	whole := b.budgetPeriod(s, window)
	target := s.Target.Rat()
	m := availability.Measure{}
	if past := b.elapsed(whole); !past.Empty() {
		m = b.measureService(s, past).Commitment
	}
	budget := availability.BudgetOf(target, whole.Duration(), m.Excluded, m.Bad())
	c := Cost{Service: s.ID, Name: s.Name, Budget: budget.Allowed, Used: m.Bad(), Window: availability.Seconds(window.Clip(whole).Duration())}
	// Where one of several is enough, work that leaves one alone costs nothing by
	// itself.
	if s.Composition == uptime.AnyOf && slices.ContainsFunc(s.Components, func(id uptime.ComponentID) bool { return !slices.Contains(components, id) }) {
		c.Window = new(big.Rat)
	}
	c.After = new(big.Rat).Sub(budget.Remaining, c.Window)
	if c.Budget.Sign() > 0 {
		c.Share = new(big.Rat).Quo(c.After, c.Budget)
	}
	return c
}

// budgetPeriod is the period of a service's promise that a window begins in; of a
// rolling one, that which ends with the window.
func (b *book) budgetPeriod(s uptime.Service, window calendar.Span) calendar.Span {
	zone := s.Zone
	if zone == nil {
		zone = b.zone
	}
	switch s.Window.Kind {
	case uptime.Rolling:
		return calendar.Rolling(s.Window.Days, window.To)
	case uptime.CalendarYear:
		return calendar.YearAt(window.From, zone)
	case uptime.CalendarMonth:
	}
	return calendar.MonthAt(window.From, zone)
}
