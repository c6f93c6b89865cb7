package statuspage

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// mostFigures is how many figures a generation of the memo holds.
const mostFigures = 4096

// fingerprint names what was counted.
type fingerprint = [sha256.Size]byte

// memory remembers what was worked out of what is counted. It goes by that, not
// by when: a month that is over is the same in every edition until somebody
// corrects the record, and then it is another. What was not asked for while a
// whole generation was filled is forgotten. It is safe for concurrent use; nil
// remembers nothing.
type memory[V any] struct {
	mu         sync.Mutex
	young, old map[fingerprint]V
}

func newMemory[V any]() *memory[V] { return &memory[V]{young: make(map[fingerprint]V)} }

func (m *memory[V]) recall(key fingerprint, work func() V) V {
	if m == nil {
		return work()
	}
	m.mu.Lock()
	v, known := m.young[key]
	if !known {
		v, known = m.old[key]
	}
	m.mu.Unlock()
	if !known {
		v = work()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.young[key]; !there && len(m.young) >= mostFigures {
		m.young, m.old = make(map[fingerprint]V), m.young
	}
	m.young[key] = v
	return v
}

// figuresMemo remembers what the time of a service came to, and when its budgets
// were spent.
type figuresMemo struct {
	figures *memory[availability.Figures]
	spent   *memory[time.Time]
}

func newFiguresMemo() figuresMemo {
	return figuresMemo{newMemory[availability.Figures](), newMemory[time.Time]()}
}

// measureOnce is measureService, remembered.
func (b *book) measureOnce(s uptime.Service, span calendar.Span) availability.Figures {
	return b.in.figures.figures.recall(b.countedKey(s, span), func() availability.Figures { return b.measureService(s, span) })
}

// spentOnce is spentAt, remembered.
func (b *book) spentOnce(s uptime.Service, span calendar.Span, allowed *big.Rat) time.Time {
	counted := b.countedKey(s, span)
	key := sha256.Sum256(append(counted[:], allowed.RatString()...))
	return b.in.figures.spent.recall(key, func() time.Time { return b.spentAt(s, span, allowed) })
}

// fingerprints are those of a moment: several promises ask for the same time
// of the same service. It is safe for concurrent use.
type fingerprints struct {
	mu    sync.Mutex
	known map[keyed]fingerprint
}

type keyed struct {
	service  uptime.ServiceID
	from, to int64
}

func newFingerprints() *fingerprints { return &fingerprints{known: make(map[keyed]fingerprint)} }

// countedKey names everything that measureService counts of a service in a span.
func (b *book) countedKey(s uptime.Service, span calendar.Span) fingerprint {
	b.keys.mu.Lock()
	defer b.keys.mu.Unlock()
	asked := keyed{s.ID, span.From.UnixNano(), span.To.UnixNano()}
	key, known := b.keys.known[asked]
	if !known {
		key = b.fingerprintOf(s, span)
		b.keys.known[asked] = key
	}
	return key
}

func (b *book) fingerprintOf(s uptime.Service, span calendar.Span) fingerprint {
	key := make([]byte, 0, 64+32*len(s.Components))
	number := func(n int64) { key = binary.AppendVarint(key, n) }
	number(int64(s.Composition))
	number(span.From.UnixNano())
	number(span.To.UnixNano())
	for _, part := range b.serviceParts(s, span) {
		number(int64(len(part.Timeline)))
		for _, stretch := range part.Timeline {
			clipped := stretch.Clip(span)
			number(int64(clipped.From.Sub(span.From)))
			number(int64(clipped.Duration()))
			number(int64(stretch.State))
			if stretch.Weight != nil {
				key = append(key, stretch.Weight.RatString()...)
			}
			key = append(key, 0)
		}
		number(int64(len(part.Excluded)))
		for _, excluded := range part.Excluded {
			number(int64(excluded.From.Sub(span.From)))
			number(int64(excluded.Duration()))
		}
	}
	return sha256.Sum256(key)
}
