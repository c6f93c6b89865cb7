package blackbox

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/egress"
)

// What the library is given instead of a target that led to no address, so that
// it fails by itself, asks nobody, and has the same metrics as it always has.
const (
	// malformed is refused by every prober that takes a target apart.
	malformed = "["
	// nameless has no host in it, which does not resolve.
	nameless = ":1"
)

// place is where a target leads.
type place struct {
	host string // as it was written
	port string // empty: none was
	addr netip.Addr
	took time.Duration // to resolve the host
}

// pinned is the place as host:port for a dialer, with the address for the host.
func (p place) pinned(usualPort string) string {
	port := p.port
	if port == "" {
		port = usualPort
	}
	return net.JoinHostPort(p.addr.String(), port)
}

// errMalformed is a target that cannot be taken apart.
var errMalformed = errors.New("the target is malformed")

// locate takes a target apart as the module's prober does, and resolves its
// host once. Its error is errMalformed, one of the resolver's, or a refusal of
// the guard.
func (l *look) locate(ctx context.Context) (place, error) {
	m, target := &l.module, l.asked.target
	var at place
	var prefer string
	var fallback, sound bool
	switch m.Prober {
	case "http":
		at.host, at.port, sound = l.splitURL(target)
		prefer, fallback = m.HTTP.IPProtocol, m.HTTP.IPProtocolFallback
	case "grpc":
		at.host, at.port, sound = l.splitURL(target)
		prefer, fallback = m.GRPC.PreferredIPProtocol, m.GRPC.IPProtocolFallback
	case "tcp":
		var err error
		at.host, at.port, err = net.SplitHostPort(target)
		sound = err == nil
		prefer, fallback = m.TCP.IPProtocol, m.TCP.IPProtocolFallback
	case "dns":
		var err error
		if at.host, at.port, err = net.SplitHostPort(target); err != nil {
			at.host, at.port = target, ""
		}
		sound, prefer, fallback = true, m.DNS.IPProtocol, m.DNS.IPProtocolFallback
	case "icmp":
		at.host, sound, prefer, fallback = target, true, m.ICMP.IPProtocol, m.ICMP.IPProtocolFallback
	}
	if !sound {
		return at, errMalformed
	}
	began := time.Now()
	addr, err := resolve(ctx, l.guard, at.host, choice{six: prefer == "ip6" || prefer == "", fallback: fallback})
	at.addr, at.took = addr, time.Since(began)
	return at, err
}

// splitURL takes a target apart that is an address of a page, or one without
// its scheme. What is left of it is kept: only the host is replaced.
func (l *look) splitURL(target string) (host, port string, sound bool) {
	if !strings.HasPrefix(target, "http://") && !strings.HasPrefix(target, "https://") {
		target = "http://" + target
	}
	parsed, err := url.Parse(target)
	if err != nil {
		return "", "", false
	}
	l.url = parsed
	return parsed.Hostname(), parsed.Port(), true
}

// choice is which of a host's addresses is taken.
type choice struct {
	six      bool // version 6 of IP is preferred, else 4
	fallback bool // the other will do
}

// resolve finds the one address of a host that is probed: the first of the
// preferred version, or else the last of the other one, as blackbox_exporter
// chooses. The guard has let it pass.
func resolve(ctx context.Context, guard *egress.Guard, host string, c choice) (netip.Addr, error) {
	if host == "" {
		return netip.Addr{}, errors.New("the target has no host")
	}
	network := "ip"
	if !c.fallback {
		network = map[bool]string{true: "ip6", false: "ip4"}[c.six]
	}
	found, err := guard.Resolver().LookupNetIP(ctx, network, host)
	if err != nil {
		return netip.Addr{}, err
	}
	var chosen netip.Addr
	for _, addr := range found {
		chosen = addr.Unmap()
		if chosen.Is6() == c.six {
			break
		}
	}
	if !chosen.IsValid() || !c.fallback && chosen.Is6() != c.six {
		return netip.Addr{}, errors.New("the host has no address of the version that the module asks for")
	}
	if err := guard.Check(chosen); err != nil {
		return netip.Addr{}, err
	}
	return chosen, nil
}
