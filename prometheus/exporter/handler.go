package exporter

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/expfmt"
)

// contentType is the only format that is spoken. A scraper that would rather
// have OpenMetrics or protobuf reads this one too.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// freshness is for how long an exposition is handed to further scrapers: many
// scrapers cost as much as one.
const freshness = time.Second

// Handler answers scrapes with everything the Exporter was told and the
// sources say.
func (e *Exporter) Handler(s Sources) http.Handler {
	return &handler{exporter: e, sources: s}
}

type handler struct {
	exporter *Exporter
	sources  Sources

	mu     sync.Mutex // held while an exposition is made: others wait for it
	made   time.Time
	plain  *text  // nil: none was made
	zipped []byte // of plain; nil until somebody asks
	packer packer
}

// ServeHTTP answers GET and HEAD.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "scrape with GET", http.StatusMethodNotAllowed)
		return
	}
	zip := acceptsGzip(r.Header.Values("Accept-Encoding"))
	body := h.exposition(zip)
	header.Set("Content-Type", contentType)
	header.Set("Vary", "Accept-Encoding")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if zip {
		header.Set("Content-Encoding", "gzip")
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the scraper is gone: nobody to tell
	}
}

// exposition is the current exposition. Its bytes are never changed.
func (h *handler) exposition(zip bool) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.exporter.now(); h.made.IsZero() || now.Sub(h.made).Abs() >= freshness {
		h.plain, h.zipped = h.exporter.text(h.sources, now), nil
		h.made = now
	}
	if !zip {
		return h.plain.out
	}
	if h.zipped == nil {
		h.zipped = h.packer.pack(h.plain)
	}
	return h.zipped
}

// text writes everything out.
func (e *Exporter) text(s Sources, now time.Time) *text {
	w := e.watched.Load()
	t := &text{out: make([]byte, 0, w.length())}
	e.writeMonitors(t, w, now)
	writeSources(t, w, s, now)
	t.begin(family{name: "of the registry"})
	t.cut(0)
	own := bytes.NewBuffer(t.out)
	families, err := e.registry.Gather()
	if err != nil { // what could be gathered is still worth having
		e.scrapeErrors.Inc()
	}
	encoder := expfmt.NewEncoder(own, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			e.scrapeErrors.Inc()
		}
	}
	t.out = own.Bytes()
	return t
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip is named, or
// covered by *, with a weight above 0.
func acceptsGzip(fields []string) bool {
	accepted := false
	for _, item := range strings.Split(strings.Join(fields, ","), ",") {
		coding, parameters, _ := strings.Cut(item, ";")
		weight, weighted := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(parameters), " ", ""), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		wanted := !weighted || err == nil && q > 0
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return wanted
		case "*":
			accepted = wanted
		}
	}
	return accepted
}
