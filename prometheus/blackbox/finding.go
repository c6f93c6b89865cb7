package blackbox

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// finding is what came of a probe.
type finding struct {
	registry *prometheus.Registry
	success  bool
	broke    bool  // the library did; there is nothing else
	refused  error // by the guard; nil: nothing was
	reasons  []string
	debug    bool // the answer is for a person

	// What the library could not see, because it was handed an address.
	resolving  time.Duration
	connecting time.Duration
	addr       netip.Addr // of the target; invalid: the library saw it itself
}

// answer writes the metrics, in the format that the client asks for.
func (f finding) answer(w http.ResponseWriter, r *http.Request) {
	if f.broke {
		http.Error(w, "The prober broke. The log says where.", http.StatusInternalServerError)
		return
	}
	format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultAcceptedFormats()...)
	if f.debug {
		format = expfmt.NewFormat(expfmt.TypeTextPlain)
	}
	metrics, err := f.metrics(format)
	if err != nil {
		http.Error(w, "The metrics of the probe contradict each other: look at the labels in the module.", http.StatusInternalServerError)
		return
	}
	if f.debug {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(append([]byte(f.explained()), metrics...)) // the client is gone: nobody to tell
		return
	}
	w.Header().Set("Content-Type", string(format))
	_, _ = w.Write(metrics)
}

// explained is why it went as it did, in constant words. What blackbox_exporter
// shows beyond that, the module's settings and what was sent and received, would
// tell secrets to whoever asks.
func (f finding) explained() string {
	var text strings.Builder
	fmt.Fprintf(&text, "# Success: %t\n", f.success)
	for _, reason := range f.reasons {
		fmt.Fprintf(&text, "# %s\n", reason)
	}
	if f.refused != nil {
		text.WriteString("# The egress guard refused an address; the log says which.\n")
	}
	return text.String()
}

// metrics are the library's, corrected by what it could not see.
func (f finding) metrics(format expfmt.Format) ([]byte, error) {
	families, err := f.registry.Gather()
	if err != nil {
		return nil, fmt.Errorf("gathering: %w", err)
	}
	var text bytes.Buffer
	encoder := expfmt.NewEncoder(&text, format)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			phase := ""
			for _, label := range metric.GetLabel() {
				if label.GetName() == "phase" {
					phase = label.GetValue()
				}
			}
			if metric.Gauge != nil && metric.Gauge.Value != nil {
				*metric.Gauge.Value = f.corrected(family.GetName(), phase, *metric.Gauge.Value)
			}
		}
		if err := encoder.Encode(family); err != nil {
			return nil, fmt.Errorf("encoding: %w", err)
		}
	}
	return text.Bytes(), nil
}

// outcome is the metric that tells whether the probe was a success. The library
// leaves it to its caller.
const outcome = "probe_success"

// corrected is a metric's value with what the library does not know.
func (f finding) corrected(name, phase string, value float64) float64 {
	switch {
	case name == outcome && f.success:
		return 1
	case name == "probe_dns_lookup_time_seconds",
		phase == "resolve" && strings.HasSuffix(name, "_duration_seconds"):
		return value + f.resolving.Seconds()
	case name == "probe_http_duration_seconds" && phase == "connect":
		return value + f.connecting.Seconds()
	case name == "probe_ip_protocol" && f.addr.Is4():
		return 4
	case name == "probe_ip_protocol" && f.addr.Is6():
		return 6
	case name == "probe_ip_addr_hash" && f.addr.IsValid():
		return hashOf(f.addr)
	}
	return value
}

// hashOf is the number that blackbox_exporter knows an address by.
func hashOf(addr netip.Addr) float64 {
	hash := fnv.New32a()
	_, _ = hash.Write(addr.AsSlice()) // cannot fail
	return float64(hash.Sum32())
}
