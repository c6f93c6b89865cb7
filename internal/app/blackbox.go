package app

import (
	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/prometheus/blackbox"
)

// blackboxOf reads what /probe probes by. Its error is config.Problems, of the
// file of modules. Without such a file it is off.
func blackboxOf(file *config.File) (blackbox.Config, error) {
	path := file.Modules()
	if path == "" {
		return blackbox.Config{}, nil
	}
	modules, err := blackbox.Load(path)
	if err != nil {
		return blackbox.Config{}, err
	}
	// Whoever asks for a probe names any target, and so does Prometheus' own
	// configuration: what it may reach is for the file to say.
	guard := egress.New(egress.Policy{Asker: egress.Author}, nil)
	if file.Blackbox.Reach == "public" {
		guard = publicGuard(file)
	}
	return blackbox.Config{Modules: modules, Guard: guard, Concurrency: file.Blackbox.Concurrency}, nil
}

// openProbe makes the prober that answers /probe.
func (a *App) openProbe() error {
	probing, err := blackboxOf(a.file)
	if err != nil {
		return err
	}
	a.prober = blackbox.New(a.log)
	a.prober.Configure(probing)
	return nil
}
