// Package app ties everything together: it opens the database, restores what
// the last process believed, starts the loop, the courier, the page and both
// listeners, and stops them in reverse. It decides nothing itself. An App is a
// value: one process can start several, each on ports of its own.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/identity"
	"github.com/upheld/upheld/internal/monitoring"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/register"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
	"github.com/upheld/upheld/prometheus/blackbox"
	"github.com/upheld/upheld/prometheus/exporter"
	"github.com/upheld/upheld/statuspage"
)

// Options are what an App is started with.
type Options struct {
	File    *config.File                 // in force at the start
	Load    func() (*config.File, error) // reads it again, at every reload
	Path    string                       // watched for changes; empty: nothing is
	Data    string                       // folder of the embedded database
	Log     *slog.Logger
	Version string

	lease time.Duration    // of messages that are being sent; 0: the courier's own
	wall  func() time.Time // the clock on the wall; nil: the machine's
}

// App is a running Upheld. Make one with Start, then Run it.
type App struct {
	options  Options
	log      *slog.Logger
	db       *store.DB
	record   record
	unlock   func()
	env      environment
	engine   *monitoring.Engine
	exporter *exporter.Exporter
	page     *statuspage.Publisher
	courier  *notify.Courier
	prober   *blackbox.Prober

	identity    *identity.Service
	incidents   *incidents.Service
	subscribers *subscribers.Service
	planner     *incidents.Planner
	register    *register.Service

	public   listener
	ops      listener
	reloads  chan struct{}
	way      courierWay
	setUp    string // the first administrator's secret; empty: there is one
	stopping atomic.Bool

	begun *config.File // in force at the start: what only a start changes

	mu        sync.Mutex
	file      *config.File // newest
	catalogue uptime.Catalogue
	loaded    exporter.Config
	rules     notice.Rules // of the file
	// nextPolicy is when a version of a policy comes into force that waits for
	// its day; zero: none does.
	nextPolicy time.Time
	// channelStates are the channels that were disabled, by their ids.
	channelStates map[string]uptime.ChannelState

	facts gathered // for scrapes
}

// listener is an address that answers, and the server behind it.
type listener struct {
	net.Listener
	server *http.Server
}

// Start opens and restores everything and has both listeners ready. Whatever
// fails is told in one error, and nothing is left running.
func Start(ctx context.Context, o Options) (app *App, err error) {
	a := &App{options: o, log: o.Log, file: o.File, reloads: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			_ = a.release() // the first error is the one to tell
		}
	}()
	if err := a.listen(); err != nil { // first: it leaves nothing behind when it fails
		return nil, err
	}
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	if err := a.restore(ctx); err != nil {
		return nil, err
	}
	a.file, a.options.File = a.file.Head(), nil
	a.begun = a.file
	if a.setUp, err = a.identity.OfferSetUp(ctx); err != nil {
		return nil, fmt.Errorf("asking who may sign in: %w", err)
	}
	a.serve()
	return a, nil
}

// restore builds the loop and gives it what the last process believed.
func (a *App) restore(ctx context.Context) error {
	jobs := &jobs{}
	a.env = newEnvironment(jobs)
	a.env.now = jobs.now
	plan, err := NewPlan(a.file, a.env)
	if err != nil {
		return err
	}
	watchers, err := canaries(a.file, a.env)
	if err != nil {
		return err
	}
	plan.Catalogue.Page.URL = a.PageURL()
	a.exporter = exporter.New(exporter.Options{Version: a.options.Version, Detail: detailOf(a.file), Tier: incidents.TierOf})
	a.exporter.SetCatalogue(plan.Catalogue)
	if err := a.openProbe(); err != nil {
		return err
	}
	a.courier = notify.NewCourier(outbox{a.db, a.now}, notify.CourierOptions{Log: a.log, Lease: a.options.lease, OnDead: a.channelDied})
	a.engine, err = monitoring.New(monitoring.Options{
		Store: a.db, Observer: a.exporter, Canaries: watchers, Log: a.log,
		Rules: a.rulesInForce, Policy: func() map[uptime.Tier]bool { return publishes(a.current().Incidents.Publish) },
		Changed: a.changed, Owed: a.courier.Wake, Wall: a.options.wall,
	})
	if err != nil {
		return err
	}
	jobs.engine = a.engine
	a.catalogue, a.rules = plan.Catalogue, planned(a.file, plan.Catalogue)
	if err := a.openPeople(ctx); err != nil {
		return err
	}
	a.openPromises()
	if err := a.learnPolicies(ctx, a.file, plan); err != nil {
		return err
	}
	way, err := a.buildWay(a.file)
	if err != nil {
		return err
	}
	a.way = way
	a.courier.Configure(way.channels, way.mail, way.webhook)
	a.setLoaded(exporter.Config{Loaded: time.Now(), OK: true})
	a.page = statuspage.NewPublisher(plan.Catalogue, statuspage.Options{
		Live: a.engine, Source: a.db, Promises: a.db, Version: a.options.Version, Log: a.log, Now: a.engine.Now,
		Subscribing: a.file.Mail.Server != "",
	})
	if err := a.engine.Restore(ctx, plan.Catalogue, plan.Watches); err != nil {
		return fmt.Errorf("restore what was believed: %w", err)
	}
	return nil
}

// changed is called after everything that the page shows. The engine is built
// before the page is.
func (a *App) changed() { a.page.Changed() }

// jobs lets probers be built before the engine that hears the jobs is.
type jobs struct{ engine *monitoring.Engine }

// now is the time that signals and looks are dated by. It is not the machine's
// where that was set back: a job would be missed as much too late.
func (j *jobs) now() time.Time {
	if j.engine == nil {
		return time.Now()
	}
	return j.engine.Now()
}

// Reported is what an Alertmanager has told (probes.Alerts).
func (j *jobs) Reported(match uptime.AlertMatch) probes.Reported {
	if j.engine == nil {
		return probes.Reported{}
	}
	return j.engine.Reported(match)
}

// Heard is what a monitor's job has said (probes.Signals).
func (j *jobs) Heard(id uptime.MonitorID) probes.Heard {
	if j.engine == nil {
		return probes.Heard{}
	}
	return j.engine.Heard(id)
}
