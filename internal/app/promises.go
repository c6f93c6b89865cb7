package app

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/register"
	"github.com/upheld/upheld/internal/uptime"
)

// openPromises makes what planned work and promises are acted on through. The
// database is open.
func (a *App) openPromises() {
	a.planner = incidents.NewPlanner(incidents.PlannerOptions{
		Ledger: a.record, Rules: a.rulesInForce, Now: a.now, Random: rand.Reader, Costs: a.costs,
		States: func() map[uptime.ComponentID]uptime.State { return a.components(a.now()) },
	})
	a.register = register.New(register.Options{Store: a.record, Rules: a.rulesInForce, Now: a.now, Random: rand.Reader})
}

// costs are what a window may cost of the budgets that it touches, by the page.
func (a *App) costs(components []uptime.ComponentID, window calendar.Span) []incidents.Cost {
	costs := a.page.Costs(components, window)
	out := make([]incidents.Cost, len(costs))
	for i, c := range costs {
		out[i] = incidents.Cost(c)
	}
	return out
}

// judgeEvery is how often it is asked what follows from how the promises stand.
const judgeEvery = 15 * time.Second

// judge opens and closes what follows from the promises until the context ends.
func (a *App) judge(ctx context.Context) {
	beat := a.engine.Loop("promises")
	ticker := time.NewTicker(judgeEvery)
	defer ticker.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		beat()
		if a.policyIsDue() {
			a.Reload()
		}
		err := a.register.Tick(ctx, a.page.Register(), a.page.Burns())
		if err != nil && !failed && !errors.Is(err, context.Canceled) {
			a.log.Warn("what follows from the promises cannot be written; it is tried again", "error", err)
		}
		failed = err != nil
	}
}
