package probes

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
)

// turn is a step of a dialogue as it is written down.
type turn struct{ send, expect string }

// upgrades lists the protocols that begin in the clear and turn to TLS, and
// what is said until then.
func upgrades() map[string][]turn {
	return map[string][]turn{
		"smtp": { // RFC 3207
			{"", `^220[ -]`},
			{"EHLO upheld.invalid\r\n", `^250 `},
			{"STARTTLS\r\n", `^220 `},
		},
		"imap": { // RFC 9051, 6.2.1
			{"", `^\* OK`},
			{"a1 STARTTLS\r\n", `^a1 OK`},
		},
		"pop3": { // RFC 2595
			{"", `^\+OK`},
			{"STLS\r\n", `^\+OK`},
		},
		"ftp": { // RFC 4217
			{"", `^220 `},
			{"AUTH TLS\r\n", `^234 `},
		},
		"nntp": { // RFC 4642
			{"", `^20[01] `},
			{"STARTTLS\r\n", `^382 `},
		},
		"sieve": { // RFC 5804
			{"", `^OK\b`},
			{"STARTTLS\r\n", `^OK\b`},
		},
		// SSLRequest: length 8, code 80877103. The answer is one letter.
		"postgres": {{"\x00\x00\x00\x08\x04\xd2\x16\x2f", `^S`}},
	}
}

// checkUpgrade compiles what is said until TLS; none for an empty protocol.
func checkUpgrade(p *problems, protocol string) (steps []step) {
	if protocol == "" {
		return nil
	}
	turns, known := upgrades()[protocol]
	if !known {
		p.add("starttls", "%q is not known; use one of %s", protocol,
			strings.Join(slices.Sorted(maps.Keys(upgrades())), ", "))
	}
	for _, t := range turns {
		s := buildStep(p, "starttls", t.send, t.expect)
		s.whole = protocol != "postgres"
		steps = append(steps, s)
	}
	return steps
}

// upgrade speaks a protocol up to where TLS begins. What the server sends in
// the clear beyond that point is no part of the handshake: somebody in between
// may have put it there (CVE-2011-0411).
func upgrade(conn net.Conn, steps []step) error {
	d := newDialogue(conn)
	if err := d.hold(steps); err != nil {
		return err
	}
	if len(d.unread) > 0 {
		return fmt.Errorf("%w: the server sent %d bytes in the clear after it agreed to encrypt", errHandshake, len(d.unread))
	}
	return nil
}
