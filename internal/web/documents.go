package web

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/statuspage"
)

// document answers with a published document. An address that is one slash
// longer than a document's is sent there.
func (s *site) document(c echo.Context) error {
	path := c.Request().URL.Path
	trimmed := strings.TrimSuffix(path, "/")
	if trimmed == "" {
		trimmed = "/"
	}
	doc, err := s.Documents.Document(c.Request().Context(), trimmed)
	if err != nil {
		return err
	}
	if doc == nil {
		return uptime.ErrNotFound
	}
	if trimmed != path {
		// The path is plain: it begins with one slash, so this stays with us.
		c.Response().Header().Set("Location", trimmed)
		send(c, http.StatusMovedPermanently, textPlain, []byte("Moved to "+trimmed+"\n"))
		return nil
	}
	status := doc.Status
	if status == 0 {
		status = http.StatusOK
	}
	if status == http.StatusNotFound {
		return uptime.ErrNotFound
	}
	s.serve(c, doc, status)
	return nil
}

// dates writes instants for headers. Documents are made together, so the
// newest date is nearly always the one that is asked for again.
type dates struct{ newest atomic.Pointer[date] }

type date struct {
	at   time.Time
	text string
}

func (d *dates) format(at time.Time) string {
	if newest := d.newest.Load(); newest != nil && newest.at.Equal(at) {
		return newest.text
	}
	text := at.UTC().Format(http.TimeFormat)
	d.newest.Store(&date{at, text})
	return text
}

// serve sends a document as the client wants it. Header values share one
// allocation, and nothing is compressed or hashed here.
func (s *site) serve(c echo.Context, doc *statuspage.Document, status int) {
	w, r := c.Response(), c.Request()
	h := w.Header()
	values := make([]string, 0, 10)
	set := func(name, value string) {
		if value != "" {
			values = append(values, value)
			h[name] = values[len(values)-1 : len(values) : len(values)]
		}
	}
	set("Content-Security-Policy", doc.CSP)
	if doc.Shared {
		set("Access-Control-Allow-Origin", "*")
	}
	if doc.Gzip != nil {
		set("Vary", "Accept-Encoding")
	}
	if status == http.StatusOK {
		set("Cache-Control", doc.CacheControl)
		set("Etag", doc.ETag)
		if !doc.LastModified.IsZero() {
			// For people and archives. Only the tag decides what is fresh: two
			// documents of one second differ.
			set("Last-Modified", s.dates.format(doc.LastModified))
		}
		if sameETag(r.Header["If-None-Match"], doc.ETag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	} else {
		set("Cache-Control", "no-store")
	}
	body := doc.Body
	if doc.Gzip != nil && prefersGzip(r.Header["Accept-Encoding"]) {
		body = doc.Gzip
		set("Content-Encoding", "gzip")
	}
	set("Content-Type", doc.ContentType)
	set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client is gone: nobody to tell
	}
}
