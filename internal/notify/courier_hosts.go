package notify

import (
	"net/url"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

const (
	// perHost is how many webhooks of one host are called at a time, and how many
	// more wait in memory for their turn.
	perHost = 4
	// slowAfter is the pace from which a host counts as slow.
	slowAfter = 3 * time.Second
	// longestDefer is how long a webhook of a busy host is put off at most.
	longestDefer = 10 * time.Minute
	// knownHosts is how many hosts are remembered.
	knownHosts = 10_000
)

// hosts keep webhooks that answer slowly from occupying every worker: one host
// has a few of them at a time, and all slow hosts together at most half. What is
// more goes back to the outbox until its turn may come. The empty host is bound
// by nothing. It is used by one goroutine.
type hosts struct {
	workers int
	byName  map[string]*host
	slow    turns // of all slow hosts
}

type host struct {
	turns
	pace time.Duration // what a trip lately took
}

// turns counts who has a turn and who waits for one.
type turns struct {
	running, waiting int
	free             time.Time // when the next one that is put off may come
}

func (h *host) slow() bool { return h.pace > slowAfter }

// putOff is when one more may come, at the pace of those before it.
func (t *turns) putOff(now time.Time, pace time.Duration, abreast int) time.Time {
	if t.free.Before(now) {
		t.free = now
	}
	t.free = t.free.Add(max(pace/time.Duration(abreast), 50*time.Millisecond))
	if latest := now.Add(longestDefer); t.free.After(latest) {
		t.free = latest
	}
	return t.free
}

func newHosts(workers int) *hosts { return &hosts{workers: workers, byName: map[string]*host{}} }

// hostOf is the host that a webhook calls, with its port; of other recipients
// the empty one.
func hostOf(to uptime.Recipient) string {
	if to.Kind != uptime.ToWebhook {
		return ""
	}
	if u, err := url.Parse(to.Address); err == nil && u.Host != "" {
		return strings.ToLower(u.Host)
	}
	return to.Address
}

func (h *hosts) of(name string) *host {
	known, is := h.byName[name]
	if !is {
		if len(h.byName) >= knownHosts {
			h.forget()
		}
		known = &host{pace: time.Second}
		h.byName[name] = known
	}
	return known
}

// forget drops the hosts that nobody is at.
func (h *hosts) forget() {
	for name, known := range h.byName {
		if known.running == 0 && known.waiting == 0 {
			delete(h.byName, name)
		}
	}
}

// abreast is how many slow hosts have a turn at a time.
func (h *hosts) abreast() int { return max(h.workers/2, 1) }

// admit lets one more wait for its turn, or says when it may come again.
func (h *hosts) admit(name string, now time.Time) (again time.Time, admitted bool) {
	if name == "" {
		return now, true
	}
	known := h.of(name)
	if known.waiting >= perHost {
		return known.putOff(now, known.pace, perHost), false
	}
	if known.slow() && h.slow.waiting >= h.abreast() {
		return h.slow.putOff(now, known.pace, h.abreast()), false
	}
	h.count(known, 0, 1)
	return now, true
}

// start gives a turn to one that waits, if there is one to give.
func (h *hosts) start(name string) bool {
	if name == "" {
		return true
	}
	known := h.of(name)
	if known.running >= perHost || known.slow() && h.slow.running >= h.abreast() {
		return false
	}
	h.count(known, 1, -1)
	return true
}

// leave ends the waiting of one that has had no turn, and says when it may come
// again.
func (h *hosts) leave(name string, now time.Time) (again time.Time) {
	if name == "" {
		return now
	}
	known := h.of(name)
	h.count(known, 0, -1)
	return known.putOff(now, known.pace, perHost)
}

// done ends a turn that took so long.
func (h *hosts) done(name string, took time.Duration) {
	if name == "" {
		return
	}
	known := h.of(name)
	h.count(known, -1, 0)
	was := known.slow()
	known.pace = (known.pace + took) / 2
	switch is := known.slow(); {
	case is && !was:
		h.slow.running, h.slow.waiting = h.slow.running+known.running, h.slow.waiting+known.waiting
	case was && !is:
		h.slow.running, h.slow.waiting = h.slow.running-known.running, h.slow.waiting-known.waiting
	}
	if known.running == 0 && known.waiting == 0 && !known.slow() {
		delete(h.byName, name)
	}
}

func (h *hosts) count(known *host, running, waiting int) {
	known.running, known.waiting = known.running+running, known.waiting+waiting
	if known.slow() {
		h.slow.running, h.slow.waiting = h.slow.running+running, h.slow.waiting+waiting
	}
}
