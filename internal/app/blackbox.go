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

// Warnings are what a sound configuration names and cannot have, each with its
// place: modules of /probe that are refused.
func Warnings(file *config.File) (config.Problems, error) {
	probing, err := blackboxOf(file)
	if err != nil || probing.Modules == nil {
		return nil, err
	}
	return probing.Modules.Refused(), nil
}

// openProbe makes the prober that answers /probe.
func (a *App) openProbe() error {
	probing, err := blackboxOf(a.file)
	if err != nil {
		return err
	}
	a.prober = blackbox.New(a.log)
	a.setProbe(probing)
	return nil
}

// setProbe takes modules into force, and tells of those that are refused.
func (a *App) setProbe(probing blackbox.Config) {
	a.prober.Configure(probing)
	if probing.Modules == nil {
		return
	}
	for _, problem := range probing.Modules.Refused() {
		a.log.Warn("a module of /probe is refused", "problem", problem)
	}
}
