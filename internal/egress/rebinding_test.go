package egress

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// A name that answers with a public address when it is looked at and with a
// forbidden one when it is used gains nothing, because the guard looks at what
// a socket connects to.
func TestRebindingGainsNothing(t *testing.T) {
	trap, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = trap.Close() }()
	_, port, _ := net.SplitHostPort(trap.Addr().String())

	asked := new(atomic.Int32)
	guard := New(Policy{}, rebinding(asked))
	addrs, err := guard.Resolver().LookupNetIP(context.Background(), "ip4", "rebind.example.org")
	if err != nil || guard.Check(addrs[0]) != nil {
		t.Fatalf("the first answer is not public: %v, %v", addrs, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := guard.DialContext(ctx, "tcp4", net.JoinHostPort("rebind.example.org", port))
	if err == nil {
		_ = conn.Close()
		t.Fatal("the trap was reached")
	}
	if !errors.Is(err, ErrRefused) {
		t.Errorf("refused for another reason: %v", err)
	}
	if asked.Load() < 2 {
		t.Error("the name was not asked for again; the test shows nothing")
	}
}

// rebinding answers the first question for A with 1.1.1.1 and every later one
// with 127.0.0.1, over a pipe.
func rebinding(asked *atomic.Int32) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer func() { _ = theirs.Close() }()
			query := make([]byte, 1024)
			n, err := theirs.Read(query) // over a pipe Go's client speaks as over TCP
			if err != nil || n < 14 {
				return
			}
			if n == 2 { // the length came alone
				if n, err = theirs.Read(query[2:]); err != nil {
					return
				}
				n += 2
			}
			answer := [4]byte{1, 1, 1, 1}
			if asked.Add(1) > 1 {
				answer = [4]byte{127, 0, 0, 1}
			}
			_, _ = theirs.Write(answerA(query[2:n], answer))
		}()
		return ours, nil
	}}
}

// answerA answers a query for one A record, with the length before it.
func answerA(query []byte, ip [4]byte) []byte {
	question := query[12:]
	for i, b := range question {
		if b == 0 {
			question = question[:i+5]
			break
		}
	}
	message := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, question...)
	message = append(message, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ip[0], ip[1], ip[2], ip[3])
	return append([]byte{byte(len(message) >> 8), byte(len(message))}, message...)
}
