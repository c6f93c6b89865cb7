package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// todo is what one invocation measures.
type todo struct {
	checks []scenario // beside the floor, in turn
	turns  int
	slow   []scenario // Upheld alone: do the fast ones keep their schedule?
	pages  []int      // components on the page
	burst  time.Duration
}

// plan lists the measurements; only names one part of them.
func plan(short bool, only string, turns int) todo {
	every := 10 * time.Second
	plain := func(n int) scenario {
		return scenario{
			name: fmt.Sprintf("%d every %s", n, every), monitors: n, perComponent: perComponent,
			interval: every, fast: n, settle: every, window: 3 * every,
		}
	}
	late, hanging := plain(1000), plain(1000)
	late.name, late.slow, late.fast = "all 1000 answer after 100 ms", 100*time.Millisecond, 0
	hanging.name, hanging.slow, hanging.fast = "100 of 1000 never answer: the other 900", time.Hour, 900
	all := todo{
		checks: []scenario{plain(1000), plain(10_000)}, turns: turns,
		slow: []scenario{late, hanging}, pages: []int{20, 1000}, burst: 6 * time.Second,
	}
	if short {
		all.checks, all.turns, all.slow, all.pages = all.checks[:1], 1, nil, all.pages[:1]
	}
	if only != "" && only != "checks" {
		all.checks = nil
	}
	if only != "" && only != "slow" {
		all.slow = nil
	}
	if only != "" && only != "page" {
		all.pages = nil
	}
	return all
}

// runner holds what the measurements share.
type runner struct {
	dir    string // for everything that is written, removed at the end
	self   string // this program
	upheld string
	target *process
	base   int // the target's first port
	count  int // of processes started, for the names of their files
}

// run measures what is to be done and prints it.
func run(ctx context.Context, all todo, upheld string) (err error) {
	if _, err := machineBusy(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "upheld-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r := &runner{dir: dir, upheld: upheld}
	if r.self, err = os.Executable(); err != nil {
		return err
	}
	if upheld == "" {
		r.upheld = filepath.Join(dir, "upheld")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", r.upheld, "./cmd/upheld")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build upheld (run this from the repository's root): %w", err)
		}
	}
	if r.target, err = r.start(ctx, true, r.self, "target"); err != nil {
		return err
	}
	defer r.target.stop()
	if r.base, err = strconv.Atoi(r.target.line); err != nil {
		return err
	}
	return r.all(ctx, all)
}

// all measures part by part and prints each as soon as it is known.
func (r *runner) all(ctx context.Context, all todo) error {
	printMachine()
	for _, s := range all.checks {
		var upheld, floor []sample
		for range all.turns {
			u, err := r.measure(ctx, s, r.startUpheld)
			if err != nil {
				return fmt.Errorf("upheld, %s: %w", s.name, err)
			}
			f, err := r.measure(ctx, s, r.startFloor)
			if err != nil {
				return fmt.Errorf("floor, %s: %w", s.name, err)
			}
			upheld, floor = append(upheld, u), append(floor, f)
		}
		printChecks(s, upheld, floor)
	}
	if len(all.slow) > 0 {
		printSlowHead()
	}
	for _, s := range all.slow {
		u, err := r.measure(ctx, s, r.startUpheld)
		if err != nil {
			return fmt.Errorf("upheld, %s: %w", s.name, err)
		}
		printSlow(s, u)
	}
	return r.pages(ctx, all.pages, all.burst, all.turns)
}

// start runs a process whose log has a name of its own.
func (r *runner) start(ctx context.Context, wantLine bool, args ...string) (*process, error) {
	r.count++
	return startProcess(ctx, filepath.Join(r.dir, fmt.Sprintf("%d.log", r.count)), wantLine, args...)
}

// startFloor starts the bare loop on the scenario's addresses.
func (r *runner) startFloor(ctx context.Context, s scenario) (*process, error) {
	return r.start(ctx, false, r.self, "floor", "-base", strconv.Itoa(r.base), "-n", strconv.Itoa(s.monitors),
		"-interval", s.interval.String(), "-wait", s.wait(0).String())
}

// startUpheld starts Upheld on the scenario, with a database of its own.
func (r *runner) startUpheld(ctx context.Context, s scenario) (*process, error) {
	at, err := freeAddresses()
	if err != nil {
		return nil, err
	}
	return r.serve(ctx, at, s)
}

func (r *runner) serve(ctx context.Context, at addresses, s scenario) (*process, error) {
	data := filepath.Join(r.dir, fmt.Sprintf("data-%d", r.count))
	config := data + ".yaml"
	if err := writeConfig(config, at, r.base, s); err != nil {
		return nil, err
	}
	return r.start(ctx, false, r.upheld, "serve", "--config", config, "--data", data)
}

// sample is one run of one program.
type sample struct {
	cpuPer1000 float64 // CPU seconds per 1,000 checks
	rss        float64 // MiB
	achieved   float64 // checks that came, of those that were due
	seen       time.Duration
	others     float64 // percent of one core that neither it nor the target used
	stats
}

// measure starts the program, waits until each address was asked, lets it
// settle, and takes its costs over the scenario's window.
func (r *runner) measure(ctx context.Context, s scenario, start func(context.Context, scenario) (*process, error)) (sample, error) {
	if err := r.reset(ctx); err != nil {
		return sample{}, err
	}
	began := time.Now()
	p, err := start(ctx, s)
	if err != nil {
		return sample{}, err
	}
	defer p.stop()
	if err := r.allSeen(ctx, p, s); err != nil {
		return sample{}, err
	}
	out := sample{seen: time.Since(began)}
	if err := pause(ctx, s.settle); err != nil {
		return sample{}, err
	}
	if err := r.reset(ctx); err != nil {
		return sample{}, err
	}
	before, err := r.meter(p)
	if err != nil {
		return sample{}, err
	}
	from := time.Now()
	if err := pause(ctx, s.window); err != nil {
		return sample{}, err
	}
	after, err := r.meter(p)
	if err != nil {
		return sample{}, err
	}
	took := time.Since(from)
	every, err := r.stats(ctx, s.interval, 0)
	if err != nil {
		return sample{}, err
	}
	counted := s.fast
	if counted == 0 {
		counted = s.monitors
	}
	if out.stats, err = r.stats(ctx, s.interval, counted); err != nil {
		return sample{}, err
	}
	own := after.own - before.own
	out.cpuPer1000 = own.Seconds() / float64(every.Requests) * 1000
	out.rss = after.rss
	out.achieved = float64(out.Requests) / (float64(counted) * took.Seconds() / s.interval.Seconds())
	out.others = (after.machine - before.machine - own - (after.target - before.target)).Seconds() / took.Seconds() * 100
	return out, nil
}

// reading is what a run has cost up to one moment.
type reading struct {
	own, target, machine time.Duration
	rss                  float64
}

func (r *runner) meter(p *process) (reading, error) {
	own, err := p.usage()
	target, err2 := r.target.usage()
	machine, err3 := machineBusy()
	return reading{own.cpu, target.cpu, machine, own.rss}, errors.Join(err, err2, err3)
}

// allSeen waits until each address was asked once, for at most three intervals
// and ten seconds.
func (r *runner) allSeen(ctx context.Context, p *process, s scenario) error {
	for deadline := time.Now().Add(3*s.interval + 10*time.Second); ; {
		got, err := r.stats(ctx, s.interval, 0)
		if err != nil {
			return err
		}
		if got.Addresses >= s.monitors {
			return nil
		}
		if _, err := p.usage(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("only %d of %d addresses were asked\n%s", got.Addresses, s.monitors, p.tail())
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func (r *runner) reset(ctx context.Context) error {
	return r.ask(ctx, http.MethodPost, "/reset", nil)
}

func (r *runner) stats(ctx context.Context, interval time.Duration, limit int) (out stats, err error) {
	err = r.ask(ctx, http.MethodGet, fmt.Sprintf("/stats?interval=%s&limit=%d", interval, limit), &out)
	return out, err
}

// ask calls the target and decodes its answer, if one is wanted.
func (r *runner) ask(ctx context.Context, method, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("http://127.0.0.1:%d%s", r.base, path), nil)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("target %s: %s", path, response.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
