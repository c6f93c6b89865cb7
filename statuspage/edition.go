package statuspage

import (
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/upheld/upheld/internal/uptime"
)

// An edition keeps so many documents, and so many bytes of them, beside those
// that it was made with, and remembers so many addresses that lead nowhere:
// whoever walks through all days, or guesses incidents, must not fill the memory.
const (
	mostLate    = 256
	mostBytes   = 32 << 20
	mostMissing = 4096
)

// edition is the documents of one moment.
type edition struct {
	book *book
	took time.Duration // to make it
	// turns is from when what it tells of hours is over; zero: never.
	turns time.Time
	docs  map[string]*Document // made with it; never changed
	// standings are worked out when somebody asks, once.
	standings func() []Standing

	making singleflight.Group // of late documents, by path

	mu      sync.RWMutex
	late    map[string]*Document // made when somebody asked
	bytes   int                  // of late
	missing map[string]bool      // asked for, and there is none
}

func newEdition(in Inputs, now time.Time) *edition {
	b := open(in, now)
	return &edition{
		book: b, turns: b.turns(), docs: b.eager(), standings: sync.OnceValue(b.standings),
		late: make(map[string]*Document), missing: make(map[string]bool),
	}
}

func (e *edition) find(path string) *Document {
	if doc := e.docs[path]; doc != nil {
		return doc
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.late[path]
}

func (e *edition) keep(path string, doc *Document) {
	e.mu.Lock()
	defer e.mu.Unlock()
	size := len(doc.Body) + len(doc.Gzip)
	if len(e.late) < mostLate && e.bytes+size <= mostBytes {
		e.late[path] = doc
		e.bytes += size
	}
}

// miss remembers that there is nothing at a path.
func (e *edition) miss(path string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.missing) < mostMissing {
		e.missing[path] = true
	}
}

func (e *edition) misses(path string) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.missing[path]
}

// incidentPath reads "/incidents/{id}".
func incidentPath(path string) (uptime.IncidentID, bool) {
	id, is := strings.CutPrefix(path, "/incidents/")
	return uptime.IncidentID(id), is && id != "" && !strings.Contains(id, "/")
}
