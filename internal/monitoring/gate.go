package monitoring

import "sync"

// gate lets goroutines in until it is closed, and waits for those inside. A
// WaitGroup alone cannot: nobody may enter one that is being waited for.
type gate struct {
	mu     sync.Mutex
	shut   bool
	inside sync.WaitGroup
}

// enter runs f in a goroutine, and tells whether it was let in.
func (g *gate) enter(f func()) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.inside.Go(f)
	return true
}

// close lets nobody in from now on.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
}

// wait waits for those inside a closed gate.
func (g *gate) wait() { g.inside.Wait() }
