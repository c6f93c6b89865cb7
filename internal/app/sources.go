package app

import (
	"math"
	"math/big"
	"slices"
	"strings"
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
	began := a.now()
	return exporter.Sources{
		Present: func(time.Time) (exporter.Present, bool) { return a.present(began) },
		Account: a.account,
		Drafts:  func() (int, bool) { f, known := a.facts.newest(); return f.drafts, known },
		Blind:   func(class uptime.Class) bool { return a.engine.Blind()[class] },
		Told: func() (time.Time, bool) {
			at := a.engine.AlertsReceived()
			return at, !at.IsZero()
		},
		Recorder: func() exporter.Recorder {
			c := a.engine.Recorded()
			return exporter.Recorder{Queued: c.Queued, Dropped: c.Dropped, Written: c.Written, Batches: c.Batches, Failed: c.Failed}
		},
		Outbox:  func() (map[uptime.Lane]exporter.Lane, bool) { f, known := a.facts.newest(); return f.outbox, known },
		Notices: func() (exporter.Notices, bool) { f, known := a.facts.newest(); return f.notices, known },
		Storage: func() exporter.Storage { f, _ := a.facts.newest(); return f.storage },
		Loops: func() (loops []exporter.Loop) {
			for _, l := range a.alive() {
				loops = append(loops, exporter.Loop{Name: l.Name, Age: l.Age, Limit: l.Limit})
			}
			return loops
		},
		Page: func() (exporter.Page, bool) {
			made, took := a.page.Made()
			return exporter.Page{Rendered: made, Took: took, Stale: statuspage.TooOld}, !made.IsZero()
		},
		Config: a.reading,
	}
}

// present is how everything on the page stands now, by the page's clock. Of what
// was announced it tells what was since the program began.
func (a *App) present(began time.Time) (exporter.Present, bool) {
	p, known := a.page.Present(a.now())
	if !known {
		return exporter.Present{}, false
	}
	out := exporter.Present{States: p.States, Working: p.Working, Services: make([]exporter.ServicePresent, len(p.Services))}
	for i, s := range p.Services {
		out.Services[i] = exporter.ServicePresent{ID: s.Service, State: s.State, Errors: float(s.Unavailable), Excluded: s.Excluded}
	}
	if p.Record == nil {
		return out, true
	}
	out.Record = &exporter.Record{
		Incidents: p.Record.Incidents, Next: p.Record.Next, Ahead: p.Record.Ahead, NonCompliances: p.Record.NonCompliances,
		Plans: make(map[exporter.Stage]int, len(p.Record.Plans)),
	}
	for stage, n := range p.Record.Plans {
		out.Record.Plans[exporter.Stage(stage)] = n
	}
	for _, announced := range p.Record.Announced {
		if !announced.At.Before(began) {
			out.Record.Leads = append(out.Record.Leads, exporter.Lead{Kind: announced.Kind, Ahead: announced.Ahead})
		}
	}
	return out, true
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

// accountOf is what the record comes to, as metrics hold it.
func accountOf(a statuspage.Account) exporter.Account {
	out := exporter.Account{Findings: map[uptime.FindingCheck]int{}}
	for _, s := range a.Standings {
		out.Services = append(out.Services, exporter.Service{
			ID: s.Service, Windows: windows(s.Availability), Observed: windows(s.Observed), Burn: windows(s.Burn),
			BudgetRemaining: float(s.Remaining), BudgetSeconds: float(s.RemainingSeconds),
		})
	}
	for _, s := range a.Register {
		out.Promises = append(out.Promises, exporter.Promise{Policy: s.Commitment.Policy, Commitment: s.Commitment.ID, Verdict: s.Verdict})
	}
	for _, f := range a.Findings {
		out.Findings[f.Check]++
	}
	return out
}

// windows are readings as metrics hold them, in one order: expositions that differ
// in it compress badly.
func windows(readings []statuspage.Reading) []exporter.Window {
	out := make([]exporter.Window, len(readings))
	for i, r := range readings {
		out[i] = exporter.Window{Name: r.Window, Value: float(r.Value)}
	}
	slices.SortFunc(out, func(a, b exporter.Window) int { return strings.Compare(a.Name, b.Name) })
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
