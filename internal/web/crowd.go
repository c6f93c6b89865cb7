package web

import (
	"net"
	"sync"
)

// Crowd is a listener that holds at most so many connections open at a time.
// Who comes later waits to be let in, so that readers, or those who pretend to
// be, never take the descriptors that looking and writing need.
func Crowd(listener net.Listener, most int) net.Listener {
	return &crowd{Listener: listener, places: make(chan struct{}, max(most, 1)), closed: make(chan struct{})}
}

type crowd struct {
	net.Listener
	places chan struct{}
	once   sync.Once
	closed chan struct{}
}

func (c *crowd) Accept() (net.Conn, error) {
	select {
	case c.places <- struct{}{}:
	case <-c.closed:
		return nil, net.ErrClosed
	}
	conn, err := c.Listener.Accept()
	if err != nil {
		<-c.places
		return nil, err
	}
	return &guest{Conn: conn, leave: func() { <-c.places }}, nil
}

func (c *crowd) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Listener.Close()
}

type guest struct {
	net.Conn
	once  sync.Once
	leave func()
}

func (g *guest) Close() error {
	err := g.Conn.Close()
	g.once.Do(g.leave)
	return err
}

// CloseWrite ends our side alone, as net/http does so that its last words arrive.
func (g *guest) CloseWrite() error {
	if half, can := g.Conn.(interface{ CloseWrite() error }); can {
		return half.CloseWrite()
	}
	return nil
}
