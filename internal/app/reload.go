package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/probes"
	"github.com/upheld/upheld/prometheus/exporter"
)

// Check reads a configuration and everything in it, settings of probes
// included. Its error is config.Problems.
func Check(path string) (*config.File, error) {
	file, err := config.Load(path, Kinds(), nil)
	if err != nil {
		return nil, err
	}
	if _, err = canaries(file, newEnvironment(&jobs{})); err != nil {
		return file, err
	}
	if _, err = blackboxOf(file); err != nil {
		return file, err
	}
	return file, sendable(file)
}

// Addresses is the configuration that a list of addresses means.
func Addresses(urls []string) (*config.File, error) { return config.FromURLs(urls, Kinds()) }

// Itself is the configuration of an Upheld that was told nothing: it watches
// its own health on the operators' listener.
func Itself(ops string) (*config.File, error) { return config.SelfWatch(ops, Kinds()) }

// Reload reads the configuration again, as soon as the loop gets to it.
func (a *App) Reload() {
	select {
	case a.reloads <- struct{}{}:
	default: // asked for already
	}
}

// reloading takes a changed configuration into force until the context ends. A
// file of modules is a part of it.
func (a *App) reloading(ctx context.Context) {
	var own, modules followed
	defer func() { own.leave(); modules.leave() }()
	for {
		own.follow(ctx, a.options.Path, a.log)
		modules.follow(ctx, a.current().Modules(), a.log)
		select {
		case <-ctx.Done():
			return
		case _, open := <-own.changed:
			if !open {
				own.changed = nil
				continue
			}
		case _, open := <-modules.changed:
			if !open {
				modules.changed = nil
				continue
			}
		case <-a.reloads:
		}
		if err := a.reload(ctx); err != nil {
			a.setLoaded(exporter.Config{Loaded: a.reading().Loaded, OK: false})
			for _, line := range lines(err) {
				a.log.Error("the new configuration is refused and the old one stays in force", "problem", line)
			}
		}
	}
}

// followed is a file whose changes are waited for.
type followed struct {
	path    string
	changed <-chan struct{}
	stop    context.CancelFunc
}

// follow has another file followed from now on; with an empty path none is.
func (f *followed) follow(ctx context.Context, path string, log *slog.Logger) {
	if path == f.path {
		return
	}
	f.leave()
	*f = followed{path: path}
	if path == "" {
		return
	}
	ctx, f.stop = context.WithCancel(ctx)
	changed, err := config.Watch(ctx, path)
	if err != nil {
		log.Warn("changes of the configuration are not seen", "error", err)
		return
	}
	f.changed = changed
}

func (f *followed) leave() {
	if f.stop != nil {
		f.stop()
	}
}

// reload builds everything anew and then swaps it in.
func (a *App) reload(ctx context.Context) error {
	file, err := a.options.Load()
	if err != nil {
		return err
	}
	env := a.env
	env.shared = probes.NewShared() // certificates are read anew
	plan, err := NewPlan(file, env)
	if err != nil {
		return err
	}
	plan.Catalogue.Page.URL = pageURL(file, a.Public().String())
	probing, err := blackboxOf(file)
	if err != nil {
		return err
	}
	way, err := a.buildWay(file)
	if err != nil {
		return err
	}
	if err := a.learnPolicies(ctx, file, plan); err != nil {
		return err
	}
	if err := a.engine.Configure(ctx, plan.Catalogue, plan.Watches); err != nil {
		return err
	}
	a.exporter.SetCatalogue(plan.Catalogue)
	a.page.SetCatalogue(plan.Catalogue)
	a.page.SetSubscribing(file.Mail.Server != "")
	a.mu.Lock()
	a.file, a.catalogue, a.rules = file.Head(), plan.Catalogue, planned(file, plan.Catalogue)
	a.mu.Unlock()
	a.courier.Configure(way.channels, way.mail, way.webhook)
	a.setProbe(probing)
	_ = a.way.close() // what it has under way, it ends
	a.way = way
	for name, same := range map[string]bool{
		"listen": a.begun.Listen == file.Listen, "database": a.begun.Database == file.Database,
		"canaries": slices.Equal(a.begun.Canaries, file.Canaries), "log": a.begun.Log == file.Log,
		"metrics": a.begun.Metrics == file.Metrics, "secret": a.begun.Secret == file.Secret, "trusted_proxies": slices.Equal(a.begun.TrustedProxies, file.TrustedProxies),
	} {
		if !same {
			a.log.Warn("a change takes effect with the next start only", "of", name)
		}
	}
	a.setLoaded(exporter.Config{Loaded: time.Now(), OK: true})
	a.log.Info("configuration in force", "file", file.String())
	return nil
}

func lines(err error) []string {
	var problems config.Problems
	if !errors.As(err, &problems) {
		return []string{err.Error()}
	}
	all := make([]string, len(problems))
	for i, p := range problems {
		all[i] = p.Error()
	}
	return all
}
