package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/upheld/upheld/internal/app"
	"github.com/upheld/upheld/internal/config"
)

type serveCommand struct {
	configFile
	recordPlace
	URL    []string `arg:"" optional:"" help:"Addresses to watch, instead of a configuration."`
	Listen string   `env:"UPHELD_LISTEN" placeholder:"HOST:PORT" help:"The public listener; before the configuration's."`
	Ops    string   `env:"UPHELD_OPS" placeholder:"HOST:PORT" help:"The operators' listener; before the configuration's."`
}

// Run watches and publishes until it is told to stop.
func (c serveCommand) Run(ctx context.Context, s streams) error {
	if c.Config != "" && len(c.URL) > 0 {
		return errors.New("give either --config or addresses to watch, not both")
	}
	source := c.source()
	file, err := source.load()
	if problems := config.Problems(nil); err != nil && !errors.As(err, &problems) {
		return err
	} else if err != nil {
		fmt.Fprintln(s.err, err) // each line begins with the file
		return errReported
	}
	log := logger(s, file.Log)
	// Libraries below us write to the standard logger what targets send: as many
	// lines as they like, and in no form of ours.
	stdlog.SetOutput(io.Discard)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(leanGC)
	}
	running, err := app.Start(ctx, app.Options{
		File: file, Load: source.load, Path: source.path,
		Data: c.Data, Log: log, Version: version(),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Upheld is ready.\n  page     %s\n  listens  http://%s\n  metrics  http://%s/metrics\n",
		running.PageURL(), reachable(running.Public().String()), reachable(running.Ops().String()))
	if secret := running.SetUp(); secret != "" {
		fmt.Fprintf(s.out, "  console  %s/console/set-up — nobody can sign in yet; within 30 minutes, with\n           %s\n", running.PageURL(), secret)
	} else {
		fmt.Fprintf(s.out, "  console  %s/console\n", running.PageURL())
	}
	fmt.Fprintf(s.out, "  %s\n", source.advice)

	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	go func() {
		for {
			select {
			case <-hangups:
				running.Reload()
			case <-ctx.Done():
				return
			}
		}
	}()
	return running.Run(ctx)
}

// leanGC has memory collected earlier than Go would by itself. Most of what is
// held is settings and beliefs that live long, so it costs little time and
// saves a quarter of the memory.
const leanGC = 50

// source is where a configuration comes from, at the start and at each reload.
type source struct {
	path   string // of a file to watch for changes; empty: none
	load   func() (*config.File, error)
	advice string // how to go on
}

// source is the file that was named, the addresses, the usual file where there
// is one, or else Upheld itself.
func (c serveCommand) source() source {
	from := source{}
	switch {
	case c.Config != "" || len(c.URL) == 0 && exists(usualFile):
		from.path = c.path()
		from.load = func() (*config.File, error) { return app.Check(from.path) }
		from.advice = "watching what " + from.path + " says; changes to it take effect by themselves"
	case len(c.URL) > 0:
		from.load = func() (*config.File, error) { return app.Addresses(c.URL) }
		from.advice = "to say more than addresses can, write a configuration: upheld serve --config upheld.yaml"
	default:
		from.load = func() (*config.File, error) { return app.Itself(cmp.Or(c.Ops, config.DefaultOps)) }
		from.advice = "watching itself, for want of anything else. Go on with: upheld serve https://www.example.org"
	}
	load := from.load
	from.load = func() (*config.File, error) {
		file, err := load()
		if err != nil {
			return nil, err
		}
		return file, file.Override(config.Override{Listen: c.Listen, Ops: c.Ops, Database: c.Database})
	}
	return from
}

func logger(s streams, settings config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(settings.Level)) // checked with the file
	options := &slog.HandlerOptions{Level: level}
	if settings.Format == "json" {
		return slog.New(slog.NewJSONHandler(s.err, options))
	}
	return slog.New(slog.NewTextHandler(s.err, options))
}
