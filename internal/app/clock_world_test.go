//go:build slow

package app

import (
	"fmt"
	"testing"
	"time"
)

// When the machine's clock is set back, ours goes on ahead of it. What is dated by
// ours is sent by ours, and does not wait for the machine's to catch up.
func TestAnAlertGoesOutThoughTheClockWasSetBack(t *testing.T) {
	channel := openHooks(t)
	address, down := target(t)
	clock := &hands{}
	u := beginBy(t, clock.now, fmt.Sprintf(`
channels: [{name: On call, type: webhook, url: "%s"}]
components:
  - {name: Web, importance: critical, monitors: [{type: http, url: "%s", interval: 1s, timeout: 500ms, confirm: {failures: 2, retry: 100ms}}]}
`, channel.URL, address))
	u.within(10*time.Second, "the component is up", func() bool { return u.summary().state("Web") == "operational" })
	clock.turn(time.Hour) // ours alone: the same as the machine's back
	down.Store(true)
	u.within(15*time.Second, "the operators are told", func() bool { return len(channel.all()) > 0 })
}
