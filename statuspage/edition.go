package statuspage

import (
	"strings"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// mostLate bounds how many documents an edition keeps beside those that it was
// made with: whoever walks through all days must not fill the memory.
const mostLate = 256

// edition is the documents of one moment.
type edition struct {
	book *book
	took time.Duration        // to make it
	docs map[string]*Document // made with it; never changed
	// standings are worked out when somebody asks, once.
	standings func() []Standing

	mu   sync.RWMutex
	late map[string]*Document // made when somebody asked
}

func newEdition(in Inputs, now time.Time) *edition {
	b := open(in, now)
	return &edition{
		book: b, docs: b.eager(), standings: sync.OnceValue(b.standings), late: make(map[string]*Document),
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
	if len(e.late) < mostLate {
		e.late[path] = doc
	}
}

// incidentPath reads "/incidents/{id}".
func incidentPath(path string) (uptime.IncidentID, bool) {
	id, is := strings.CutPrefix(path, "/incidents/")
	return uptime.IncidentID(id), is && id != "" && !strings.Contains(id, "/")
}
