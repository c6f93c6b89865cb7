package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/uptime"
)

// Prober answers probes of whatever its caller names (*blackbox.Prober).
type Prober interface {
	http.Handler
	// On tells whether there is anything to probe by.
	On() bool
}

// probing tells whether /probe is there.
func (s *site) probing() bool { return s.Prober != nil && s.Prober.On() }

// probe has a target probed and answers with the metrics of that.
func (s *site) probe(c echo.Context) error {
	if !s.probing() {
		return uptime.ErrNotFound
	}
	s.Prober.ServeHTTP(c.Response(), c.Request())
	return nil
}
