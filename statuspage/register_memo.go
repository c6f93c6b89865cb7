package statuspage

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// mostFigures is how many figures a generation of the memo holds.
const mostFigures = 4096

// figuresMemo remembers what the time of a service came to. It goes by what is
// counted, not by when: a month that is over is the same in every edition until
// somebody corrects the record, and then it is another. What was not asked for
// while a whole generation was filled is forgotten. It is safe for concurrent
// use; nil remembers nothing.
type figuresMemo struct {
	mu    sync.Mutex
	young map[[sha256.Size]byte]availability.Figures
	old   map[[sha256.Size]byte]availability.Figures
}

func newFiguresMemo() *figuresMemo {
	return &figuresMemo{young: make(map[[sha256.Size]byte]availability.Figures)}
}

func (m *figuresMemo) recall(key [sha256.Size]byte, measure func() availability.Figures) availability.Figures {
	if m == nil {
		return measure()
	}
	m.mu.Lock()
	figures, known := m.young[key]
	if !known {
		figures, known = m.old[key]
	}
	m.mu.Unlock()
	if !known {
		figures = measure()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.young[key]; !there && len(m.young) >= mostFigures {
		m.young, m.old = make(map[[sha256.Size]byte]availability.Figures), m.young
	}
	m.young[key] = figures
	return figures
}

// measureOnce is measureService, remembered.
func (b *book) measureOnce(s uptime.Service, span calendar.Span) availability.Figures {
	return b.in.figures.recall(b.countedKey(s, span), func() availability.Figures { return b.measureService(s, span) })
}

// countedKey names everything that measureService counts of a service in a span.
func (b *book) countedKey(s uptime.Service, span calendar.Span) [sha256.Size]byte {
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
