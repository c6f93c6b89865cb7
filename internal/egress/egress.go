// Package egress guards every connection that Upheld makes: which addresses
// may be reached depends on who asked for them, and the metadata services of
// clouds may be reached by nobody. The check happens when a socket connects,
// on the address that it connects to, so that a name that changes its answer
// between a check and a use gains nothing. It reads no proxy from the
// environment: a proxy would be the only address that the guard ever saw.
package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// ErrRefused is what every refusal of a guard is.
var ErrRefused = errors.New("refused by the egress guard")

// RefusedError says which address was refused, why, and what to do about it.
// It is ErrRefused.
type RefusedError struct {
	Address string
	Reason  string
}

// Error is one line.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s: %s: %s", ErrRefused, e.Address, e.Reason)
}

// Unwrap makes it ErrRefused.
func (e *RefusedError) Unwrap() error { return ErrRefused }

// Asker is who wants a connection.
type Asker uint8

// The askers. The zero value is the one that is trusted least.
const (
	// RunTime is anybody who enters an address while the program runs: a
	// subscriber's webhook, a "try this address". Only public addresses.
	RunTime Asker = iota
	// Author is who writes the configuration, and so runs this server
	// anyway: private and loopback addresses as well.
	Author
)

// Policy says what a guard lets pass.
type Policy struct {
	Asker Asker
	// Allow holds the networks that RunTime may reach beside public addresses
	// (`egress.allow`). It never opens a metadata address.
	Allow []netip.Prefix
}

// Guard opens connections as far as its policy allows. It is safe for
// concurrent use.
type Guard struct {
	asker    Asker
	guardian *ssrf.Guardian
	resolver *net.Resolver
}

// New makes a guard. A nil resolver is the system's, asked by Go's own client.
func New(policy Policy, resolver *net.Resolver) *Guard {
	if resolver == nil {
		resolver = &net.Resolver{PreferGo: true, Dial: dialPromptly}
	}
	var v4, v6 []netip.Prefix
	for _, prefix := range policy.Allow {
		if prefix = unmapPrefix(prefix); prefix.Addr().Is4() {
			v4 = append(v4, prefix)
		} else {
			v6 = append(v6, prefix)
		}
	}
	return &Guard{
		asker:    policy.Asker,
		resolver: resolver,
		guardian: ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork(),
			ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...)),
	}
}

// unmapPrefix turns ::ffff:10.0.0.0/104 into 10.0.0.0/8.
func unmapPrefix(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// Resolver is the resolver that the guard's names are looked up with.
func (g *Guard) Resolver() *net.Resolver { return g.resolver }

// Check tells whether an address may be reached: nil, or a *RefusedError.
// An IPv6 address that carries an IPv4 one is held to the rules of both.
func (g *Guard) Check(addr netip.Addr) error {
	if !addr.IsValid() {
		return &RefusedError{Address: "an empty address", Reason: "there is nothing to reach"}
	}
	plain := addr.WithZone("").Unmap()
	if err := g.checkForm(plain); err != nil || plain.Is4() {
		return err
	}
	for _, carried := range carriedBy(plain) {
		if err := g.checkForm(carried); err != nil {
			return fmt.Errorf("%s carries another address: %w", addr, err)
		}
	}
	return nil
}

// checkForm checks an address without a zone that is not IPv4-mapped.
func (g *Guard) checkForm(addr netip.Addr) error {
	if isMetadata(addr) {
		return &RefusedError{addr.String(), "a cloud's metadata service, which nobody may reach"}
	}
	if g.asker == Author || g.guardian.SafeAddr(addr) == nil {
		return nil
	}
	return &RefusedError{addr.String(), "not a public address; to allow it, add its network to egress.allow"}
}

// Control is for net.Dialer.Control and net.ListenConfig: it checks the
// address that a socket is about to connect to.
func (g *Guard) Control(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return &RefusedError{address, "not an IP address and port"}
	}
	return g.Check(target.Addr())
}

// DialContext connects to host:port over "tcp" or "udp" (with 4 or 6
// appended: only that version). Every address that the host resolves to is
// checked as it is tried. The context bounds name and connection together.
// Errors are *net.OpError; a refusal in it is ErrRefused.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	switch network {
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
	default:
		return nil, &RefusedError{address, "network " + network + " is neither TCP nor UDP"}
	}
	dialer := net.Dialer{Resolver: g.resolver, Control: g.Control, KeepAlive: noKeepAlive}
	return dialer.DialContext(ctx, network, address)
}

// noKeepAlive: connections of ours live for one exchange.
const noKeepAlive = -1 * time.Second

// dialPromptly connects to a resolver of the machine's. Go's client waits five
// seconds for an answer even if nobody wants it any more; this connection ends
// with ctx, so that a dead resolver does not pile up sockets.
func dialPromptly(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	}
	return conn, err
}

// DialResolver connects to one of the machine's own resolvers, at port 53 of an
// IP address that its administrator wrote down. It is not checked: on Azure
// that is the address of the metadata service.
func (g *Guard) DialResolver(ctx context.Context, network, ip string) (net.Conn, error) {
	if _, err := netip.ParseAddr(ip); err != nil {
		return nil, &RefusedError{ip, "not the IP address of a resolver"}
	}
	dialer := net.Dialer{KeepAlive: noKeepAlive}
	return dialer.DialContext(ctx, network, net.JoinHostPort(ip, "53"))
}
