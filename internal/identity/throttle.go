package identity

import (
	"net/netip"
	"sync"
	"time"
)

// throttle lets through so many tries of one key in any hour. It is kept in
// memory and holds a bounded number of keys.
type throttle struct {
	most int
	mu   sync.Mutex
	keys map[string][]time.Time // of the last hour, oldest first
}

const (
	throttleSpan = time.Hour
	throttleKeys = 4096
)

func newThrottle(most int) *throttle { return &throttle{most: most, keys: map[string][]time.Time{}} }

// take counts a try, and says how long to wait if it is one too many. A try
// that is refused is not counted, so that the wait ends for who goes on trying.
func (t *throttle) take(key string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	tries := recent(t.keys[key], now)
	if len(tries) >= t.most {
		t.keys[key] = tries
		return tries[0].Add(throttleSpan).Sub(now)
	}
	if len(tries) == 0 && len(t.keys) >= throttleKeys {
		t.makeRoom(now)
	}
	t.keys[key] = append(tries, now)
	return 0
}

// forget drops what was counted for a key.
func (t *throttle) forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.keys, key)
}

// makeRoom drops the keys whose tries are over. If that is not enough, those
// with the fewest tries go: whoever invents names to flush the table loses
// those before the one they are after.
func (t *throttle) makeRoom(now time.Time) {
	for key, tries := range t.keys {
		if len(recent(tries, now)) == 0 {
			delete(t.keys, key)
		}
	}
	for few := 1; len(t.keys) >= throttleKeys; few++ {
		for key, tries := range t.keys {
			if len(tries) <= few {
				delete(t.keys, key)
			}
			if len(t.keys) <= throttleKeys*3/4 {
				return
			}
		}
	}
}

// recent are the tries of the last hour.
func recent(tries []time.Time, now time.Time) []time.Time {
	for len(tries) > 0 && !tries[0].Add(throttleSpan).After(now) {
		tries = tries[1:]
	}
	return tries
}

// addressKey is what one client is counted by: the address, of IPv6 the /64 that
// one customer is given.
func addressKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		prefix, _ := ip.Prefix(64) // 64 bits are never too many
		return prefix.String()
	}
	return ip.String()
}
