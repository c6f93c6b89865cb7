package egress

import (
	"net/netip"
	"strings"
)

// isMetadata tells whether an address serves a cloud's instance metadata, and
// with it the credentials of the machine that we run on. The address has no
// zone and is not IPv4-mapped.
func isMetadata(addr netip.Addr) bool {
	if addr.Is4() {
		if addr.IsLinkLocalUnicast() {
			// 169.254.169.254 of most clouds, and beside it the credentials of
			// tasks, pods and functions on ever more addresses of this network,
			// on which nothing else is watched.
			return true
		}
		switch addr.As4() {
		case [4]byte{168, 63, 129, 16}, // Azure's wire server; public by its looks
			[4]byte{100, 100, 100, 200}, // Alibaba
			[4]byte{192, 0, 0, 192}:     // Oracle classic
			return true
		}
		return false
	}
	switch addr.String() {
	case "fd00:ec2::254", // AWS
		"fd00:ec2::23",       // AWS EKS pod identity
		"fd20:ce::254",       // Google
		"fd00:c1::a9fe:a9fe", // Oracle
		"fd00:42::42",        // Scaleway
		"fe80::a9fe:a9fe":    // OpenStack, Hetzner
		return true
	}
	return false
}

// carriedBy lists the IPv4 addresses that an IPv6 one carries for a translator
// or a tunnel, and that a packet to it may end up at.
func carriedBy(addr netip.Addr) (found []netip.Addr) {
	b := addr.As16()
	add := func(b0, b1, b2, b3 byte) {
		found = append(found, netip.AddrFrom4([4]byte{b0, b1, b2, b3}))
	}
	switch {
	case within(addr, "64:ff9b::/96"), // NAT64, RFC 6052
		within(addr, "::/96") && !addr.IsLoopback() && !addr.IsUnspecified(), // compatible, RFC 4291 2.5.5.1
		within(addr, "::ffff:0:0:0/96"):                                      // translated, RFC 2765
		add(b[12], b[13], b[14], b[15])
	case within(addr, "64:ff9b:1::/48"): // local NAT64, RFC 8215, at every length of RFC 6052 2.2
		add(b[6], b[7], b[9], b[10])
		add(b[7], b[9], b[10], b[11])
		add(b[9], b[10], b[11], b[12])
		add(b[12], b[13], b[14], b[15])
	case within(addr, "2002::/16"): // 6to4, RFC 3056
		add(b[2], b[3], b[4], b[5])
	case within(addr, "2001::/32"): // Teredo, RFC 4380: server, and client inverted
		add(b[4], b[5], b[6], b[7])
		add(^b[12], ^b[13], ^b[14], ^b[15])
	}
	if (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe { // ISATAP, RFC 5214
		add(b[12], b[13], b[14], b[15])
	}
	return found
}

func within(addr netip.Addr, prefix string) bool { return netip.MustParsePrefix(prefix).Contains(addr) }

// Class is the kind of network that an address is reached through.
type Class uint8

// The classes.
const (
	Internet Class = iota
	Private
	Loopback
)

// Classify tells through which network an address is reached. Unspecified
// addresses are the machine itself, as in net.Dial.
func Classify(addr netip.Addr) Class {
	addr = addr.WithZone("").Unmap()
	switch {
	case addr.IsLoopback(), addr.IsUnspecified():
		return Loopback
	case addr.IsPrivate(), addr.IsLinkLocalUnicast(), addr.IsMulticast(),
		within(addr, "100.64.0.0/10"), // shared address space, RFC 6598
		within(addr, "fec0::/10"):     // site-local, RFC 3879
		return Private
	}
	return Internet
}

// ClassifyHost tells through which network a host is reached, as far as that
// is known without asking anybody: by its address, or by a name that never
// leaves the machine (RFC 6761) or the site (a single label, .internal,
// .local, .home.arpa). Every other name counts as Internet.
func ClassifyHost(host string) Class {
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		return Classify(addr)
	}
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return Loopback
	}
	for _, suffix := range []string{".internal", ".local", ".lan", ".home.arpa", ".intranet", ".corp"} {
		if strings.HasSuffix(host, suffix) {
			return Private
		}
	}
	if !strings.Contains(host, ".") {
		return Private
	}
	return Internet
}
