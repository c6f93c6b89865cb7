package blackbox

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"github.com/upheld/upheld/internal/egress"
)

// socks speaks SOCKS5 (RFC 1928) with a name and password (RFC 1929), so that
// whoever else is on this machine gets nowhere with it. To the client it is as
// if it had connected itself: what it says and hears is not touched.
type socks struct{ password string }

func newSocks() socks { return socks{rand.Text()} }

const socksUser = "probe"

// proxy is the address of a relay as a proxy.
func (s socks) proxy(relay string) *url.URL {
	return &url.URL{Scheme: "socks5", User: url.UserPassword(socksUser, s.password), Host: relay}
}

// Numbers of RFC 1928 and RFC 1929.
const (
	socksVersion  = 5
	loginVersion  = 1
	byPassword    = 2
	byNoMethod    = 0xff
	socksConnect  = 1
	addressIPv4   = 1
	addressName   = 3
	addressIPv6   = 4
	saysSucceeded = 0
	saysFailed    = 1
	saysForbidden = 2
	saysNoCommand = 7
	saysNoAddress = 8
)

// errSocks is a client that is not ours.
var errSocks = errors.New("not a client of this relay")

// greet is the greeting of a client that says itself where it wants to go.
func (s socks) greet(conn net.Conn) (address string, answer func(error) error, err error) {
	if err := s.login(conn); err != nil {
		return "", nil, err
	}
	head, err := take(conn, 4)
	if err != nil {
		return "", nil, err
	}
	if head[0] != socksVersion || head[1] != socksConnect {
		return "", nil, errors.Join(errSocks, say(conn, saysNoCommand))
	}
	host, err := takeHost(conn, head[3])
	if err != nil {
		return "", nil, errors.Join(err, say(conn, saysNoAddress))
	}
	port, err := take(conn, 2)
	if err != nil {
		return "", nil, err
	}
	address = net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(port))))
	return address, func(failed error) error {
		switch {
		case failed == nil:
			return say(conn, saysSucceeded)
		case errors.Is(failed, egress.ErrRefused):
			return say(conn, saysForbidden)
		default:
			return say(conn, saysFailed)
		}
	}, nil
}

// login lets a client in that knows the password.
func (s socks) login(conn net.Conn) error {
	head, err := take(conn, 2)
	if err != nil {
		return err
	}
	methods, err := take(conn, int(head[1]))
	if err != nil {
		return err
	}
	if head[0] != socksVersion || !slices.Contains(methods, byPassword) {
		_, err := conn.Write([]byte{socksVersion, byNoMethod})
		return errors.Join(errSocks, err)
	}
	if _, err := conn.Write([]byte{socksVersion, byPassword}); err != nil {
		return err
	}
	if _, err := take(conn, 1); err != nil { // the version of the login
		return err
	}
	user, err := takeText(conn)
	if err != nil {
		return err
	}
	password, err := takeText(conn)
	if err != nil {
		return err
	}
	if string(user) != socksUser || subtle.ConstantTimeCompare(password, []byte(s.password)) != 1 {
		_, err := conn.Write([]byte{loginVersion, saysFailed})
		return errors.Join(errSocks, err)
	}
	_, err = conn.Write([]byte{loginVersion, saysSucceeded})
	return err
}

// takeHost reads an address of one of three kinds.
func takeHost(conn net.Conn, kind byte) (string, error) {
	var size int
	switch kind {
	case addressName:
		name, err := takeText(conn)
		return string(name), err
	case addressIPv4:
		size = net.IPv4len
	case addressIPv6:
		size = net.IPv6len
	default:
		return "", errSocks
	}
	raw, err := take(conn, size)
	if err != nil {
		return "", err
	}
	addr, _ := netip.AddrFromSlice(raw) // of 4 or 16 bytes
	return addr.String(), nil
}

// takeText reads a length and as many bytes.
func takeText(conn net.Conn) ([]byte, error) {
	size, err := take(conn, 1)
	if err != nil {
		return nil, err
	}
	return take(conn, int(size[0]))
}

func take(conn net.Conn, n int) ([]byte, error) {
	taken := make([]byte, n)
	_, err := io.ReadFull(conn, taken)
	return taken, err
}

// say answers what was asked. The address in it tells nothing.
func say(conn net.Conn, code byte) error {
	_, err := conn.Write([]byte{socksVersion, code, 0, addressIPv4, 0, 0, 0, 0, 0, 0})
	return err
}
