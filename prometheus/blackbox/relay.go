package blackbox

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/upheld/upheld/internal/egress"
)

// A relay takes connections of the library's on a loopback port of its own and
// makes those that they ask for, through the guard. It lives as long as one
// probe; when that is over, so are all of its connections, whatever the other
// side does.
type relay struct {
	listener net.Listener
	guard    *egress.Guard
	ctx      context.Context
	greet    greeting
	open     sync.WaitGroup
	stop     context.CancelFunc
	refused  atomic.Pointer[error] // the first refusal of the guard
}

// greeting hears from a new connection where it wants to go. Answer tells it
// what became of that, nil if it is connected.
type greeting func(net.Conn) (address string, answer func(error) error, err error)

// startRelay listens. Close it.
func startRelay(ctx context.Context, guard *egress.Guard, greet greeting) (*relay, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{listener: listener, guard: guard, greet: greet}
	r.ctx, r.stop = context.WithCancel(ctx)
	context.AfterFunc(r.ctx, func() { _ = listener.Close() })
	r.open.Go(r.accept)
	return r, nil
}

// close ends every connection and waits until that is done.
func (r *relay) close() {
	r.stop()
	r.open.Wait()
}

func (r *relay) address() string { return r.listener.Addr().String() }

func (r *relay) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return // it was closed
		}
		r.open.Go(func() {
			defer r.until(conn)()
			r.serve(conn)
		})
	}
}

// until closes a connection when the probe is over, or when it is called.
func (r *relay) until(conn net.Conn) func() {
	stop := context.AfterFunc(r.ctx, func() { _ = conn.Close() })
	return func() {
		stop()
		_ = conn.Close()
	}
}

func (r *relay) serve(near net.Conn) {
	address, answer, err := r.greet(near)
	if err != nil {
		return
	}
	far, err := r.guard.DialContext(r.ctx, "tcp", address)
	if errors.Is(err, egress.ErrRefused) {
		r.refused.CompareAndSwap(nil, &err)
	}
	if told := answer(err); err != nil || told != nil {
		if err == nil {
			_ = far.Close()
		}
		return
	}
	defer r.until(far)()
	var both sync.WaitGroup
	both.Go(func() { pour(far, near) })
	both.Go(func() { pour(near, far) })
	both.Wait()
}

// pour copies one direction and passes its end on.
func pour(to, from net.Conn) {
	_, _ = io.Copy(to, from) // whichever side broke off, the other hears of it
	if half, can := to.(interface{ CloseWrite() error }); can {
		_ = half.CloseWrite()
	}
}

// straight leads every connection to one address. There is nobody to answer.
func straight(address string) greeting {
	return func(net.Conn) (string, func(error) error, error) {
		return address, func(error) error { return nil }, nil
	}
}
