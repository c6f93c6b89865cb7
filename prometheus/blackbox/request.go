package blackbox

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/textproto"
	"strconv"
	"time"

	"github.com/prometheus/blackbox_exporter/config"
)

const (
	longestTarget = 2048 // bytes, as long as addresses of pages get
	longestHost   = 255
	usualModule   = "http_2xx"
	usualTimeout  = 120 * time.Second // of a scrape that does not say
	// reserve is what is left of a scrape's time for everything but the probe.
	reserve = 500 * time.Millisecond
)

// request is what was asked for.
type request struct {
	target  string
	name    string // of the module
	module  config.Module
	timeout time.Duration // more than zero
	debug   bool
}

// refusal is one line for whoever asked: what is wrong and what to do.
type refusal string

// Error is the line.
func (r refusal) Error() string { return string(r) }

func refuse(format string, about ...any) error { return refusal(fmt.Sprintf(format, about...)) }

// read reads a request. Its error is a refusal.
func (m *Modules) read(r *http.Request) (request, error) {
	query := r.URL.Query()
	asked := request{target: query.Get("target"), name: query.Get("module"), debug: query.Get("debug") == "true"}
	if asked.name == "" {
		asked.name = usualModule
	}
	module, known := m.byName[asked.name]
	why, refused := m.refused[asked.name]
	switch {
	case refused:
		return request{}, refuse("The module %q is refused: %s. Ask for another, or mend the file of modules.", shortened(asked.name), why)
	case !known:
		return request{}, refuse("Unknown module %q. Ask for one of the file of modules.", shortened(asked.name))
	case asked.target == "":
		return request{}, refusal("Target parameter is missing. Add ?target= with what to probe.")
	case len(asked.target) > longestTarget:
		return request{}, refuse("The target is longer than %d bytes. Shorten it.", longestTarget)
	case len(query.Get("hostname")) > longestHost:
		return request{}, refuse("The hostname is longer than %d bytes. Shorten it.", longestHost)
	}
	var err error
	if asked.module, err = named(module, query.Get("hostname")); err != nil {
		return request{}, err
	}
	asked.timeout, err = timeout(module.Timeout, r.Header.Get("X-Prometheus-Scrape-Timeout-Seconds"))
	return asked, err
}

func shortened(text string) string {
	const enough = 64
	if len(text) > enough {
		return text[:enough] + "…"
	}
	return text
}

// named is a module for a host that goes by another name than the target says:
// over HTTP in Host and in the certificate, over TCP in the certificate.
func named(m config.Module, hostname string) (config.Module, error) {
	if hostname == "" {
		return m, nil
	}
	switch m.Prober {
	case "http":
		if host, given := hostHeader(m.HTTP.Headers); given && host != hostname {
			return m, refusal("The module sets the header Host to something else. Leave ?hostname= out, or remove the header.")
		}
		m.HTTP.Headers = withHost(m.HTTP.Headers, hostname)
	case "tcp":
		if m.TCP.TLSConfig.ServerName == "" {
			m.TCP.TLSConfig.ServerName = hostname
		}
	}
	return m, nil
}

// hostHeader is the header Host among a module's.
func hostHeader(headers map[string]string) (value string, given bool) {
	for name, value := range headers {
		if textproto.CanonicalMIMEHeaderKey(name) == "Host" {
			return value, true
		}
	}
	return "", false
}

// withHost is a copy of a module's headers with a header Host.
func withHost(headers map[string]string, host string) map[string]string {
	copied := maps.Clone(headers)
	if copied == nil {
		copied = map[string]string{}
	}
	maps.DeleteFunc(copied, func(name, _ string) bool { return textproto.CanonicalMIMEHeaderKey(name) == "Host" })
	copied["Host"] = host
	return copied
}

// timeout is how long a probe may take: what the module says, and at most what
// the scrape leaves. A scrape that leaves nothing is not believed.
func timeout(module time.Duration, header string) (time.Duration, error) {
	scrape := usualTimeout
	if header != "" {
		seconds, err := strconv.ParseFloat(header, 64)
		if err != nil || math.IsNaN(seconds) || math.IsInf(seconds, 0) {
			return 0, refuse("X-Prometheus-Scrape-Timeout-Seconds is %q. Send seconds, as 10 or 9.5.", shortened(header))
		}
		if seconds > 0 && seconds < usualTimeout.Seconds() {
			scrape = time.Duration(seconds * float64(time.Second))
		}
	}
	left := scrape - reserve
	switch {
	case module > 0 && (left <= 0 || module < left):
		return min(module, usualTimeout), nil
	case left <= 0:
		return max(scrape, time.Millisecond), nil
	}
	return left, nil
}
