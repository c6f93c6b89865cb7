package blackbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"time"

	"github.com/prometheus/blackbox_exporter/config"
	"github.com/prometheus/blackbox_exporter/prober"
	"github.com/prometheus/client_golang/prometheus"
	pconfig "github.com/prometheus/common/config"

	"github.com/upheld/upheld/internal/egress"
)

// look is one probe.
type look struct {
	asked    request
	guard    *egress.Guard
	module   config.Module // as the library gets it
	url      *url.URL      // of the target, of the probers that take one
	registry *prometheus.Registry
	lasted   prometheus.Gauge
	began    time.Time
}

func newLook(asked request, guard *egress.Guard) *look {
	l := &look{
		asked: asked, guard: guard, module: asked.module, registry: prometheus.NewRegistry(), began: time.Now(),
		lasted: prometheus.NewGauge(prometheus.GaugeOpts{Name: "probe_duration_seconds", Help: "Returns how long the probe took to complete in seconds"}),
	}
	l.registry.MustRegister(l.lasted, prometheus.NewGauge(prometheus.GaugeOpts{
		Name: outcome, Help: "Displays whether or not the probe was a success", // the finding has the value
	}))
	return l
}

// probers are those that can be guarded; nil for other names.
func probers(name string) prober.ProbeFn {
	switch name {
	case "http":
		return prober.ProbeHTTP
	case "tcp":
		return prober.ProbeTCP
	case "icmp":
		return prober.ProbeICMP
	case "dns":
		return prober.ProbeDNS
	case "grpc":
		return prober.ProbeGRPC
	}
	return nil
}

// run resolves and hands over.
func (l *look) run(ctx context.Context) finding {
	found := finding{registry: l.registry, debug: l.asked.debug}
	at, err := l.locate(ctx)
	found.resolving = at.took
	target := ""
	var way *relay
	if err == nil {
		target, way, err = l.pin(ctx, at)
	}
	if way != nil {
		defer way.close()
	}
	switch {
	case errors.Is(err, errMalformed):
		target = malformed
	case err != nil:
		target = l.nowhere()
	}
	if errors.Is(err, egress.ErrRefused) {
		found.refused = err
	}
	watch := &stopwatch{}
	var said reasons
	found.success = probers(l.module.Prober)(watch.on(ctx), target, l.module, l.registry, slog.New(&said)) && err == nil
	found.reasons = said.all()
	found.connecting = watch.lost()
	if way != nil {
		if refused := way.refused.Load(); refused != nil {
			found.refused = *refused
		}
		if l.module.Prober == "grpc" {
			found.addr = at.addr
		}
	}
	l.lasted.Set(time.Since(l.began).Seconds())
	return found
}

// unfinished is what is known of a look that did not end in time.
func (l *look) unfinished() finding {
	l.lasted.Set(time.Since(l.began).Seconds())
	return finding{registry: l.registry, debug: l.asked.debug, reasons: []string{"The probe did not end in time"}}
}

// nowhere is a target without a host, in the form that the prober takes.
func (l *look) nowhere() string {
	m := &l.module
	m.HTTP.IPProtocolFallback, m.TCP.IPProtocolFallback, m.ICMP.IPProtocolFallback = true, true, true
	m.DNS.IPProtocolFallback, m.GRPC.IPProtocolFallback = true, true
	m.HTTP.SkipResolvePhaseWithProxy = false
	if m.Prober == "icmp" {
		return ""
	}
	return nameless
}

// pin makes of a place the target that the library gets, in which no name is
// left to be resolved, and tells the module the name where it needs it. A relay
// that it started is the caller's to close.
func (l *look) pin(ctx context.Context, at place) (target string, way *relay, err error) {
	m := &l.module
	switch m.Prober {
	case "http":
		return l.pinHTTP(ctx, at)
	case "grpc":
		// The library waits for an answer for ever. The relay ends that.
		m.GRPC.PreferredIPProtocol, m.GRPC.IPProtocolFallback = "ip4", true // of the relay
		certifyFor(&m.GRPC.TLSConfig, at.host)
		usual := map[bool]string{true: "443", false: "80"}[m.GRPC.TLS]
		if way, err = startRelay(ctx, l.guard, straight(at.pinned(usual))); err != nil {
			return "", nil, fmt.Errorf("starting a relay: %w", err)
		}
		return way.address(), way, nil
	case "tcp":
		certifyFor(&m.TCP.TLSConfig, at.host)
		return at.pinned(""), nil, nil
	case "dns":
		certifyFor(&m.DNS.TLSConfig, at.host)
		return at.pinned(map[bool]string{true: "853", false: "53"}[m.DNS.DNSOverTLS]), nil, nil
	default: // icmp
		return at.addr.String(), nil, nil
	}
}

// certifyFor sets the name that a certificate must be for, unless the module
// has one.
func certifyFor(c *pconfig.TLSConfig, host string) {
	if c.ServerName == "" {
		c.ServerName = host
	}
}

// mostBody bounds a body that is kept in memory to be searched, in bytes,
// unless the module has a bound of its own.
const mostBody = 16 << 20

// pinHTTP sends every connection through a relay: where a redirect leads is
// known to nobody before the library connects.
func (l *look) pinHTTP(ctx context.Context, at place) (target string, way *relay, err error) {
	h := &l.module.HTTP
	name := at.host
	if host, given := hostHeader(h.Headers); given {
		name = host
	} else {
		h.Headers = withHost(h.Headers, l.url.Host)
	}
	certifyFor(&h.HTTPClientConfig.TLSConfig, name)
	searched := len(h.FailIfBodyMatchesRegexp)+len(h.FailIfBodyNotMatchesRegexp) > 0 ||
		h.FailIfBodyJsonMatchesCEL != nil || h.FailIfBodyJsonNotMatchesCEL != nil
	if searched && h.BodySizeLimit == 0 {
		h.BodySizeLimit = mostBody
	}
	door := newSocks()
	if way, err = startRelay(ctx, l.guard, door.greet); err != nil {
		return "", nil, fmt.Errorf("starting a relay: %w", err)
	}
	through := pconfig.ProxyConfig{ProxyURL: pconfig.URL{URL: door.proxy(way.address())}}
	h.SkipResolvePhaseWithProxy = false
	h.HTTPClientConfig.ProxyConfig = through
	if given := h.HTTPClientConfig.OAuth2; given != nil {
		own := *given // the module's is everybody's
		own.ProxyConfig = through
		h.HTTPClientConfig.OAuth2 = &own
	}
	pinned := *l.url
	pinned.Host = bracketed(at.addr)
	if at.port != "" {
		pinned.Host = net.JoinHostPort(at.addr.String(), at.port)
	}
	return pinned.String(), way, nil
}

// bracketed is an address as it stands in that of a page.
func bracketed(addr netip.Addr) string {
	if addr.Is6() {
		return "[" + addr.String() + "]"
	}
	return addr.String()
}
