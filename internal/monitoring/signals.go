package monitoring

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// signalMemory is how far back a restart reads what jobs have said: each further
// only where no success was found, because what was said before one decides
// nothing any more, and a job may say something every ten seconds. A job that was
// silent for longer than the last is judged as one that was never heard.
var signalMemory = [...]time.Duration{24 * time.Hour, 40 * 24 * time.Hour, 400 * 24 * time.Hour}

// signals holds what jobs have said, for the looks of heartbeat monitors. Of a
// token it keeps the digest alone.
type signals struct {
	store Store

	mu        sync.RWMutex
	tokens    map[[sha256.Size]byte]uptime.MonitorID
	heard     map[uptime.MonitorID]probes.Heard
	deaf      time.Time // when the newest time began that ended with listening
	listening time.Time // since when nothing can have been missed
}

func newSignals(store Store) *signals {
	return &signals{
		store:  store,
		tokens: map[[sha256.Size]byte]uptime.MonitorID{},
		heard:  map[uptime.MonitorID]probes.Heard{},
	}
}

// configure puts the tokens of these monitors in force and reads what the jobs
// of new ones have said before.
func (s *signals) configure(ctx context.Context, watches []Watch, now time.Time) error {
	tokens := map[[sha256.Size]byte]uptime.MonitorID{}
	fresh := map[uptime.MonitorID]probes.Heard{}
	for _, w := range watches {
		if w.Token == "" {
			continue
		}
		id := w.Monitor.ID
		digest := sha256.Sum256([]byte(w.Token))
		if other, taken := tokens[digest]; taken {
			return fmt.Errorf("monitors %s and %s have the same token; give each its own", other, id)
		}
		tokens[digest] = id
		if s.knows(id) {
			continue
		}
		heard, err := s.recall(ctx, id, now)
		if err != nil {
			return fmt.Errorf("read what the job of %s has said: %w", id, err)
		}
		fresh[id] = heard
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = tokens
	kept := map[uptime.MonitorID]bool{}
	for _, id := range tokens {
		kept[id] = true
	}
	// Whoever comes back was called in vain meanwhile: its grace begins anew.
	maps.DeleteFunc(s.heard, func(id uptime.MonitorID, _ probes.Heard) bool { return !kept[id] })
	maps.Copy(s.heard, fresh)
	return nil
}

// recall is what a job said before.
func (s *signals) recall(ctx context.Context, id uptime.MonitorID, now time.Time) (probes.Heard, error) {
	heard := probes.Heard{Listening: now}
	for _, memory := range signalMemory {
		said, err := s.store.Signals(ctx, id, now.Add(-memory))
		if err != nil {
			return probes.Heard{}, err
		}
		for _, signal := range said {
			heard = hear(heard, signal)
		}
		if !heard.Succeeded.IsZero() {
			break
		}
	}
	return heard, nil
}

func (s *signals) knows(id uptime.MonitorID) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, known := s.heard[id]
	return known
}

// Heard is what a monitor's job has said up to now.
func (s *signals) Heard(id uptime.MonitorID) probes.Heard {
	s.mu.RLock()
	defer s.mu.RUnlock()
	heard := s.heard[id]
	if s.listening.After(heard.Listening) {
		heard.Deaf, heard.Listening = s.deaf, s.listening
	}
	return heard
}

// woke notes that signals may have been missed from deaf until now.
func (s *signals) woke(deaf, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf, s.listening = deaf, now
}

// wasDeaf notes when the last process looked for the last time: what a monitor's
// job said from then on until the start may have been said to nobody.
func (s *signals) wasDeaf(id uptime.MonitorID, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if heard, known := s.heard[id]; known {
		heard.Deaf = since
		s.heard[id] = heard
	}
}

// refused notes that a signal could not be kept: its job was told to call again,
// and whether it does is not known.
func (s *signals) refused(id uptime.MonitorID, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	heard := s.heard[id]
	if heard.Deaf.IsZero() || heard.Succeeded.After(heard.Deaf) {
		heard.Deaf = now
	}
	heard.Listening = now
	s.heard[id] = heard
}

// take finds the monitor of a token and keeps its signal, first in the store.
func (s *signals) take(ctx context.Context, token string, signal uptime.Signal) (uptime.MonitorID, error) {
	s.mu.RLock()
	id, known := s.tokens[sha256.Sum256([]byte(token))]
	s.mu.RUnlock()
	if !known {
		return "", uptime.ErrNotFound
	}
	signal.Monitor = id
	if err := s.store.SaveSignal(ctx, signal); err != nil {
		s.refused(id, signal.At)
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard[id] = hear(s.heard[id], signal)
	return id, nil
}

// hear adds one signal to what was heard.
func hear(heard probes.Heard, signal uptime.Signal) probes.Heard {
	switch signal.Kind {
	case uptime.Succeeded:
		heard.Succeeded = later(heard.Succeeded, signal.At)
	case uptime.Started:
		heard.Started = later(heard.Started, signal.At)
	case uptime.Failed:
		if signal.At.After(heard.Failed) {
			heard.Failed, heard.Code = signal.At, signal.Code
		}
	}
	return heard
}

// Signal takes in what a job says of itself and looks at its monitor at once.
// It returns when the signal is kept; uptime.ErrNotFound for an unknown token.
func (e *Engine) Signal(ctx context.Context, token string, signal uptime.Signal) error {
	signal.At = e.dater.Now()
	id, err := e.signals.take(ctx, token, signal)
	if err != nil {
		return err
	}
	e.mu.RLock()
	w := e.watches[id]
	e.mu.RUnlock()
	if w != nil {
		w.heard()
	}
	return nil
}

// Heard is what a monitor's job has said up to now (probes.Signals).
func (e *Engine) Heard(id uptime.MonitorID) probes.Heard { return e.signals.Heard(id) }
