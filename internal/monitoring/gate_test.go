package monitoring

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestNobodyEntersAGateThatIsWaitedFor(t *testing.T) {
	for range 200 {
		var g gate
		var entered, done atomic.Int64
		var crowd sync.WaitGroup
		for range 8 {
			crowd.Go(func() {
				if g.enter(func() { done.Add(1) }) {
					entered.Add(1)
				}
			})
		}
		g.close()
		g.wait()
		inside := done.Load()
		crowd.Wait()
		if entered.Load() != inside || done.Load() != inside {
			t.Fatalf("%d entered, %d were done when the wait ended, %d in the end", entered.Load(), inside, done.Load())
		}
	}
}
