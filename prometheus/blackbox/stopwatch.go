package blackbox

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"
)

// stopwatch measures what the library's own does not see. With a relay before
// it, the connection to a target is made after the one to the relay. Without TLS
// the library counts that as connecting; with TLS as nothing.
type stopwatch struct {
	mu        sync.Mutex
	connected time.Time     // to the relay; zero: not since the last look
	pending   time.Duration // of a connection that is not yet one
	sum       time.Duration
}

// on has the connections of a context watched.
func (s *stopwatch) on(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(string, string, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.connected, s.pending = time.Now(), 0
		},
		TLSHandshakeStart: func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if !s.connected.IsZero() {
				s.pending = time.Since(s.connected)
			}
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if err == nil { // the library leaves out what came to nothing
				s.sum += s.pending
			}
			s.connected, s.pending = time.Time{}, 0
		},
	})
}

// lost is the time that went into connecting and was not counted.
func (s *stopwatch) lost() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sum
}
