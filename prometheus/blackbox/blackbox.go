// Package blackbox answers /probe as blackbox_exporter does: the same modules,
// the same parameters, the same metrics. It is the door to that program's
// library, which resolves and dials by itself. So every target is resolved
// here, held against the egress guard, and handed over as the address that was
// checked; what the library decides on its own way, such as where a redirect
// leads, goes through a relay in this process whose connections the guard
// checks as they are made.
package blackbox

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/upheld/upheld/internal/egress"
)

// Config is what probes are made by.
type Config struct {
	Modules     *Modules      // nil: off
	Guard       *egress.Guard // of what a target may be; needed with Modules
	Concurrency int           // probes at the same time, at least 1
}

// Prober answers /probe. Make one with New. It is safe for concurrent use.
type Prober struct {
	log    *slog.Logger
	config atomic.Pointer[Config]
	busy   atomic.Int64 // probes that run, abandoned ones included
}

// New makes a prober that is off until it is configured.
func New(log *slog.Logger) *Prober { return &Prober{log: log} }

// Configure takes a configuration into force. Probes that run end by the old.
func (p *Prober) Configure(c Config) { p.config.Store(&c) }

// On tells whether there are modules to probe by.
func (p *Prober) On() bool {
	c := p.config.Load()
	return c != nil && c.Modules != nil
}

const (
	// overtime is how long a probe that missed its deadline may take to say so.
	// Half a second of a scrape's time is left for it and for the answer.
	overtime = 250 * time.Millisecond
	// sendTime is for writing the answer.
	sendTime = 5 * time.Second
)

// ServeHTTP answers GET /probe?target=…&module=…: 200 with the metrics of the
// probe, probe_success 0 among them where it failed or where the guard refused
// the target; 400 with what is wrong with the request; 404 while there are no
// modules; 503 while too many probes run; 500 if the library broke.
func (p *Prober) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	c := p.config.Load()
	if c == nil || c.Modules == nil {
		http.Error(w, "There are no modules; set blackbox.modules_file.", http.StatusNotFound)
		return
	}
	asked, err := c.Modules.read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if p.busy.Add(1) > int64(c.Concurrency) {
		p.busy.Add(-1)
		w.Header().Set("Retry-After", "1")
		http.Error(w, "Too many probes run already. Ask again in a second, or raise blackbox.concurrency.", http.StatusServiceUnavailable)
		return
	}
	// The server's own limit is for pages. A writer that takes none has none.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(asked.timeout + overtime + sendTime))
	ctx, cancel := context.WithTimeout(r.Context(), asked.timeout)
	defer cancel()
	found, ended := p.run(ctx, newLook(asked, c.Guard))
	if !ended && r.Context().Err() != nil {
		return // nobody waits for the answer
	}
	p.tell(asked, found)
	found.answer(w, r)
}

// run looks, and waits for the end of the look or a moment longer than it may
// take. A look that goes on after that keeps its place among the busy ones: what
// does not end must not pile up.
func (p *Prober) run(ctx context.Context, l *look) (found finding, ended bool) {
	done := make(chan finding, 1)
	go func() {
		defer p.busy.Add(-1)
		broke := true
		defer func() {
			if broke {
				p.log.Error("a prober broke", "module", l.asked.name, "kind", kindOf(recover()), "stack", string(debug.Stack()))
				done <- finding{broke: true}
			}
		}()
		found := l.run(ctx)
		broke = false
		done <- found
	}()
	select {
	case found = <-done:
		return found, true
	case <-ctx.Done():
	}
	late := time.NewTimer(overtime)
	defer late.Stop()
	select {
	case found = <-done:
		return found, true
	case <-late.C:
		return l.unfinished(), false
	}
}

// kindOf names what a panic was about, and not what it said: that may hold
// anything.
func kindOf(panicked any) string {
	if fault, is := panicked.(runtime.Error); is {
		return fault.Error()
	}
	return fmt.Sprintf("%T", panicked)
}

// tell logs what came of a probe. Nothing of the target's address, the module's
// settings or what was received is in it, any of which may be secret; a refused
// address is.
func (p *Prober) tell(asked request, f finding) {
	switch {
	case f.broke:
	case f.refused != nil:
		p.log.Warn("a probe was refused", "module", asked.name, "reason", f.refused)
	default:
		p.log.Debug("probed", "module", asked.name, "success", f.success, "reasons", f.reasons)
	}
}
