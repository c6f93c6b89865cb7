package app

import (
	"context"
	"math"
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
	"github.com/upheld/upheld/prometheus/exporter"
	"github.com/upheld/upheld/statuspage"
)

// sources are where a scrape reads what is not counted look by look. All of
// them answer from memory.
func (a *App) sources() exporter.Sources {
	return exporter.Sources{
		Components: a.components,
		Services:   a.services,
		Incidents:  a.engine.OpenIncidents,
		Blind:      func(class uptime.Class) bool { return a.engine.Blind()[class] },
		Recorder: func() exporter.Recorder {
			c := a.engine.Recorded()
			return exporter.Recorder{Queued: c.Queued, Dropped: c.Dropped, Written: c.Written, Batches: c.Batches, Failed: c.Failed}
		},
		Outbox: a.outbox,
		Loops: func() (loops []exporter.Loop) {
			for name, age := range a.engine.Loops() {
				loops = append(loops, exporter.Loop{Name: name, Age: age})
			}
			return loops
		},
		Page: func() exporter.Page {
			made, took := a.page.Made()
			return exporter.Page{Rendered: made, Took: took}
		},
		Config: a.reading,
	}
}

// components is what is believed of every component at now.
func (a *App) components(now time.Time) map[uptime.ComponentID]uptime.State {
	states := map[uptime.MonitorID]uptime.State{}
	for _, h := range a.engine.Healths() {
		states[h.Monitor] = h.At(now)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	worst := map[uptime.ComponentID]uptime.State{}
	for _, c := range a.catalogue.Components {
		own := make([]uptime.State, len(c.Monitors))
		for i, m := range c.Monitors {
			own[i] = states[m]
		}
		worst[c.ID] = verdict.Worst(own...)
	}
	return worst
}

// services is how the newest edition of the page says that each service stands.
func (a *App) services(time.Time) (all []exporter.Service) {
	for _, s := range a.page.Standings() {
		all = append(all, exporter.Service{
			ID: s.Service, Windows: windows(s.Availability), Burn: windows(s.Burn), BudgetRemaining: float(s.Remaining),
		})
	}
	return all
}

func windows(readings []statuspage.Reading) []exporter.Window {
	out := make([]exporter.Window, len(readings))
	for i, r := range readings {
		out[i] = exporter.Window{Name: r.Window, Value: float(r.Value)}
	}
	return out
}

// float is an exact figure as metrics hold it; NaN where there is none.
func float(r *big.Rat) float64 {
	if r == nil {
		return math.NaN()
	}
	f, _ := r.Float64()
	return f
}

// countEvery is how often the outbox is counted for scrapes.
const countEvery = 15 * time.Second

// count keeps the outbox's backlog at hand until the context ends.
func (a *App) count(ctx context.Context) {
	ticker := time.NewTicker(countEvery)
	defer ticker.Stop()
	for {
		backlogs, err := a.db.Backlogs(ctx)
		a.mu.Lock()
		a.backlogs, a.counted = backlogs, err == nil
		a.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (a *App) outbox() (exporter.Outbox, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all exporter.Outbox
	for _, b := range a.backlogs {
		all.Pending += b.Waiting
		all.Dead += b.Dead
	}
	return all, a.counted
}

func (a *App) reading() exporter.Config {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.loaded
}

func (a *App) setLoaded(c exporter.Config) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.loaded = c
}

func detailOf(file *config.File) exporter.Detail {
	if file.Metrics.Detail == "full" {
		return exporter.Full
	}
	return exporter.Basic
}
