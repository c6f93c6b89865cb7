package probes

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/uptime"
)

// IPVersion says which version of IP a look uses.
type IPVersion string

// The versions; the empty one is AnyIP.
const (
	AnyIP IPVersion = "any"
	IPv4  IPVersion = "4"
	IPv6  IPVersion = "6"
)

// network appends the version to "tcp", "udp" or "ip".
func (v IPVersion) network(base string) string {
	if v == IPv4 || v == IPv6 {
		return base + string(v)
	}
	return base
}

func (v IPVersion) check(p *problems) {
	if v != "" && v != AnyIP && v != IPv4 && v != IPv6 {
		p.add("ip", "%q is no version of IP; use any, 4 or 6", string(v))
	}
}

// checkHost refuses an address that no look could ever reach: one that the
// guard refuses always, or of another version of IP than is asked for. What a
// name stands for is known only when it is connected to.
func (e Env) checkHost(p *problems, path, host string, version IPVersion) {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return
	}
	if refused := (*egress.RefusedError)(nil); errors.As(e.Egress.Check(addr), &refused) {
		p.add(path, "%s is %s; watch something else", refused.Address, refused.Reason)
	}
	if v4 := addr.Unmap().Is4(); v4 && version == IPv6 || !v4 && version == IPv4 {
		p.add("ip", "%s is not of version %s; leave ip out", host, version)
	}
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// connect opens a connection whose every read and write ends with ctx, and
// notes the phases and the version of IP. release must be called after the
// last use, before or after closing.
func connect(ctx context.Context, guard *egress.Guard, network, address string, r *Result) (conn net.Conn, release func() bool, err error) {
	began, resolving := time.Now(), time.Duration(0)
	dialing := ctx
	if host, _, _ := net.SplitHostPort(address); !isLiteral(host) {
		var asked time.Time
		dialing = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			DNSStart: func(httptrace.DNSStartInfo) { asked = time.Now() },
			DNSDone:  func(httptrace.DNSDoneInfo) { resolving = time.Since(asked) },
		})
	}
	conn, err = guard.DialContext(dialing, network, address)
	r.Phases[uptime.Resolve] += resolving
	if err != nil {
		return nil, nil, err
	}
	// Only a connection that stands has this phase: whether somebody answered is
	// read from it. A datagram socket stands without anybody.
	if !strings.HasPrefix(network, "udp") {
		r.Phases[uptime.Connect] += time.Since(began) - resolving
	}
	r.Facts.IPVersion = versionOf(conn.RemoteAddr())
	return conn, bind(ctx, conn), nil
}

// bind ends every read and write with ctx.
func bind(ctx context.Context, conn net.Conn) (release func() bool) {
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // fails only on a closed connection
	}
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo) })
}

func isLiteral(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// versionOf is 4 or 6, or 0 for what is no IP address.
func versionOf(addr net.Addr) int {
	var ip net.IP
	switch a := addr.(type) {
	case *net.TCPAddr:
		ip = a.IP
	case *net.UDPAddr:
		ip = a.IP
	case *net.IPAddr:
		ip = a.IP
	}
	switch {
	case ip.To4() != nil:
		return 4
	case ip != nil:
		return 6
	}
	return 0
}

// splitAddress reads host:port, or a host alone where a port is implied.
// Names are returned as the network wants them: in ASCII (RFC 5891).
func splitAddress(p *problems, path, address string, port int) (host, joined string) {
	host, number, err := net.SplitHostPort(address)
	if err != nil && port > 0 && !strings.Contains(address, "]:") {
		host, number, err = strings.Trim(address, "[]"), strconv.Itoa(port), nil
	}
	n, bad := strconv.ParseUint(number, 10, 16)
	host, name := asciiHost(host)
	switch {
	case address == "":
		p.add(path, "is missing; write it as host:port")
	case err != nil || bad != nil || n == 0:
		p.add(path, "%q is not host:port with a port of 1 to 65535; an IPv6 address stands in [ ]", address)
	case host == "" || name != nil || strings.ContainsAny(host, " \t\r\n/@?#"):
		p.add(path, "%q has no host that could be looked up", address)
	}
	return host, net.JoinHostPort(host, number)
}

// asciiHost turns a name of any script into what is asked of a resolver.
func asciiHost(host string) (string, error) {
	for i := range len(host) {
		if host[i] >= 0x80 {
			return idna.Lookup.ToASCII(host)
		}
	}
	return host, nil
}

// closing closes a connection without a care for what is unread: nothing is
// gained from an orderly end with a target that may drag it out.
func closing(conn net.Conn, release func() bool) {
	release()
	_ = conn.Close()
}
