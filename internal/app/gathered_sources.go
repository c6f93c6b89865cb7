package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/prometheus/exporter"
)

// A scrape waits for nobody: what takes long to know is gathered beside it.
const (
	// countEvery is how often the database is asked, countTime how long it may
	// take, and forgotten is when its last answer is no longer told.
	countEvery = 15 * time.Second
	countTime  = 10 * time.Second
	forgotten  = time.Minute
	// accountEvery is how often it is worked out what the record comes to, unless
	// the page is the same still.
	accountEvery = 5 * time.Second
)

// facts are what the database told last.
type facts struct {
	outbox  map[uptime.Lane]exporter.Lane
	notices exporter.Notices
	drafts  int
	storage exporter.Storage
}

// gathered keeps what was gathered for scrapes.
type gathered struct {
	mu      sync.Mutex
	facts   facts
	at      time.Time // zero: never
	account atomic.Pointer[exporter.Account]
}

// newest are the last facts. False: there are none, or they are too old.
func (g *gathered) newest() (facts, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at.IsZero() || time.Since(g.at) > forgotten {
		return facts{}, false
	}
	return g.facts, true
}

func (g *gathered) put(f facts, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.facts, g.at = f, time.Now()
	if err != nil {
		g.facts, g.at = facts{}, time.Time{}
	}
}

// count gathers until the context ends.
func (a *App) count(ctx context.Context) {
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() {
		every(ctx, countEvery, func() { a.facts.put(a.askFacts(ctx)) })
	})
	both.Go(func() {
		every(ctx, accountEvery, a.workOut)
	})
}

// every acts at once and then again and again until the context ends.
func every(ctx context.Context, pause time.Duration, act func()) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		act()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// askFacts asks the database.
func (a *App) askFacts(ctx context.Context) (f facts, err error) {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	backlogs, err := a.db.Backlogs(ctx)
	told, toldErr := a.db.Told(ctx)
	open, openErr := a.db.OpenIncidents(ctx)
	if err := errors.Join(err, toldErr, openErr); err != nil {
		return facts{}, err
	}
	f.outbox = make(map[uptime.Lane]exporter.Lane, len(backlogs))
	for lane, b := range backlogs {
		f.outbox[lane] = exporter.Lane{Pending: b.Waiting, Dead: b.Dead, Oldest: b.Oldest}
	}
	f.notices = exporter.Notices(told)
	for _, incident := range open {
		if incident.Draft() {
			f.drafts++
		}
	}
	// What cannot be told of the disk leaves the rest as it is.
	if size, err := a.db.Size(ctx); err == nil {
		f.storage.Size = size
	}
	if free, known, err := a.db.DiskFree(); known && err == nil {
		f.storage.Free = free
	}
	return f, nil
}

// workOut works out what the record comes to by the newest edition of the page.
func (a *App) workOut() {
	account, known := a.page.Account()
	if !known {
		a.facts.account.Store(nil)
		return
	}
	out := accountOf(account)
	a.facts.account.Store(&out)
}

// account is what the record came to last. Only who asks before anything was worked
// out has it done.
func (a *App) account() (exporter.Account, bool) {
	if a.facts.account.Load() == nil {
		a.workOut()
	}
	if account := a.facts.account.Load(); account != nil {
		return *account, true
	}
	return exporter.Account{}, false
}
