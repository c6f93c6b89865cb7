package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/web"
)

// listen opens both listeners, so that a port that is taken is known before
// anything runs.
func (a *App) listen() error {
	for _, l := range []struct {
		into    *listener
		address string
		remedy  string
	}{
		{&a.public, a.file.Listen.Public, "--listen or listen.public"},
		{&a.ops, a.file.Listen.Ops, "--ops or listen.ops"},
	} {
		opened, err := net.Listen("tcp", l.address)
		if err != nil {
			cause := err
			if op := (*net.OpError)(nil); errors.As(err, &op) {
				cause = op.Err // without the address again
			}
			return fmt.Errorf("%s cannot be listened on: %w; choose another with %s", l.address, cause, l.remedy)
		}
		l.into.Listener = opened
	}
	return nil
}

// Of the connections that the process may have open, readers get at most half,
// and never more than mostReaders.
const (
	usualDescriptors = 1024
	mostReaders      = 8192
)

// serve starts answering on both listeners.
func (a *App) serve() {
	proxies := make([]netip.Prefix, len(a.file.TrustedProxies))
	for i, p := range a.file.TrustedProxies {
		proxies[i] = p.Prefix
	}
	options := web.Options{
		Log: a.log, Now: a.engine.Now, Proxies: proxies,
		Documents: a.page, Signals: a.engine,
		Subscribers: a.subscribers, SubscriberPages: a.page,
		Identity: a.identity, Sessions: a.db, People: a.identity,
		Incidents: a.incidents, Records: a.db, SubscriberList: a.subscribers, Desk: desk{a},
		Planner: a.planner, Plans: a.db, Register: a.register, Standings: a.page, Alerts: a.engine,
		Metrics: a.exporter.Handler(a.sources()), Ready: a.ready, Alive: a.alive,
		Prober: a.prober,
	}
	a.public.Listener = web.Crowd(a.public.Listener, min(descriptors()/2, mostReaders))
	a.public.server = web.Server(web.Public(options), a.public.Addr().String())
	a.ops.server = web.Server(web.Ops(options), a.ops.Addr().String())
	for _, l := range []listener{a.public, a.ops} {
		go func() {
			if err := l.server.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
				a.log.Error("a listener failed", "address", l.Addr(), "error", err)
			}
		}()
	}
}

// PageURL is where the page is read: its public address where the
// configuration tells one, else this machine's.
func (a *App) PageURL() string { return pageURL(a.current(), a.Public().String()) }

// pageURL is the page's public address, or else that of a listener.
func pageURL(file *config.File, listener string) string {
	if url := file.Page.URL; url != "" {
		return url
	}
	host, port, _ := net.SplitHostPort(listener) // was checked, or is a listener's own
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// SetUp is the secret with which the first administrator lets themselves in, at
// /console/set-up, once and within 30 minutes; empty where there is one already.
func (a *App) SetUp() string { return a.setUp }

// Public is the address of the public listener.
func (a *App) Public() net.Addr { return a.public.Addr() }

// Ops is the address of the operators' listener.
func (a *App) Ops() net.Addr { return a.ops.Addr() }

// Run watches and publishes until the context ends, then stops in the reverse
// order: no more looks, what is known is written, readers are let go, the
// database is closed.
func (a *App) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// Whoever sends readers here shall know before anything stops.
	context.AfterFunc(ctx, func() { a.stopping.Store(true) })
	var loops sync.WaitGroup
	var problems []error
	loops.Go(func() { _ = a.page.Run(ctx, a.engine.Loop("page")) })
	loops.Go(func() { a.courier.Run(ctx) })
	loops.Go(func() { a.prune(ctx) })
	loops.Go(func() { a.expire(ctx) })
	loops.Go(func() { a.count(ctx) })
	loops.Go(func() { a.reloading(ctx) })
	loops.Go(func() { a.judge(ctx) })
	problems = append(problems, a.engine.Run(ctx))
	stop()
	a.log.Info("stopping")
	loops.Wait()
	return errors.Join(append(problems, a.release())...)
}

// stopTime is how long readers may take to finish.
const stopTime = 10 * time.Second

// release closes whatever is open. It may be called on an App that was started
// in part.
func (a *App) release() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	var problems []error
	for _, l := range []listener{a.public, a.ops} {
		switch {
		case l.server != nil:
			problems = append(problems, l.server.Shutdown(ctx))
		case l.Listener != nil:
			problems = append(problems, l.Close())
		}
	}
	problems = append(problems, a.way.close())
	if a.db != nil {
		problems = append(problems, a.db.Close())
	}
	if a.unlock != nil {
		a.unlock()
	}
	return errors.Join(problems...)
}

// ready tells whether requests should come here.
func (a *App) ready(ctx context.Context) error {
	if a.stopping.Load() {
		return errors.New("stopping")
	}
	return a.db.Ping(ctx)
}

// stalled is after how long without a sign of life a loop counts as stalled.
const stalled = time.Minute

func (a *App) alive() (loops []web.LoopAge) {
	for name, age := range a.engine.Loops() {
		loops = append(loops, web.LoopAge{Name: name, Age: age, Limit: stalled})
	}
	return loops
}

// current is the configuration in force.
func (a *App) current() *config.File {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.file
}
