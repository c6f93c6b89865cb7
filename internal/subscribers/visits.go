package subscribers

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// visits counts how often each client has asked within the last hour. It is
// kept in memory alone, and it is bounded: a client is an IPv4 address or the
// network that one IPv6 customer has.
type visits struct {
	mu   sync.Mutex
	asks map[netip.Prefix][]time.Time // the newest AsksAnHour, oldest first
}

// visitsKept is how many clients are counted. When there are more, those who
// have not asked for longest are forgotten.
const visitsKept = 10_000

func newVisits() *visits { return &visits{asks: map[netip.Prefix][]time.Time{}} }

// take counts an ask, and says how long to wait if it is one too many. What is
// refused does not count.
func (v *visits) take(ip string, now time.Time) time.Duration {
	client := clientOf(ip)
	v.mu.Lock()
	defer v.mu.Unlock()
	asks := v.asks[client]
	if len(asks) == AsksAnHour {
		if wait := asks[0].Add(time.Hour).Sub(now); wait > 0 {
			return min(wait, time.Hour) // a clock that was set back keeps nobody out for longer
		}
		asks = asks[1:]
	}
	if asks == nil && len(v.asks) >= visitsKept {
		v.forget(now)
	}
	v.asks[client] = append(slices.Clip(asks), now)
	return 0
}

// forget lets go of whoever has not asked within the hour, and if that is not
// enough, of the half that has not asked for longest.
func (v *visits) forget(now time.Time) {
	type visit struct {
		client netip.Prefix
		last   time.Time
	}
	recent := make([]visit, 0, len(v.asks))
	for client, asks := range v.asks {
		last := asks[len(asks)-1]
		if now.Sub(last) >= time.Hour {
			delete(v.asks, client)
			continue
		}
		recent = append(recent, visit{client, last})
	}
	if len(recent) < visitsKept {
		return
	}
	slices.SortFunc(recent, func(a, b visit) int { return a.last.Compare(b.last) })
	for _, old := range recent[:len(recent)/2] {
		delete(v.asks, old.client)
	}
}

// clientOf is who an IP address belongs to. What is no address counts as one
// client together.
func clientOf(ip string) netip.Prefix {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 32
	if addr = addr.WithZone("").Unmap(); addr.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(addr, bits).Masked()
}
