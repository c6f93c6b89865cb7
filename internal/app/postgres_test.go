//go:build slow

package app

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/store/storetest"
)

// cut is a wire to a server that can be cut and mended.
type cut struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	open  bool
	conns map[net.Conn]bool
	done  sync.WaitGroup
}

func newCut(t *testing.T, to string) *cut {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cut{listener: listener, to: to, open: true, conns: map[net.Conn]bool{}}
	c.done.Go(c.accept)
	t.Cleanup(func() { listener.Close(); c.set(false); c.done.Wait() })
	return c
}

func (c *cut) accept() {
	for {
		from, err := c.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", c.to)
		if err != nil || !c.keep(from, to) {
			from.Close()
			continue
		}
		c.done.Go(func() { _, _ = io.Copy(to, from); to.Close() })
		c.done.Go(func() { _, _ = io.Copy(from, to); from.Close() })
	}
}

func (c *cut) keep(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		if c.open {
			c.conns[conn] = true
		} else {
			conn.Close()
		}
	}
	return c.open
}

func (c *cut) set(open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = open
	if !open {
		for conn := range c.conns {
			conn.Close()
		}
		clear(c.conns)
	}
}

// TestAPostgresThatGoesAwayAndComesBack: the same program on PostgreSQL. While
// the database is away the page goes on and says so, nothing is down for it,
// and what happened meanwhile is written afterwards.
func TestAPostgresThatGoesAwayAndComesBack(t *testing.T) {
	address, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	wire := newCut(t, hostPort(address))
	address.Host = wire.listener.Addr().String()
	query := address.Query()
	query.Del("host")
	query.Del("port")
	address.RawQuery = query.Encode()

	target, steady := newSite(t), newSite(t)
	u := begin(t, fmt.Sprintf("database: %q\ncomponents:", address)+quick("Sign-in", "http://"+target.address)+quick("Steady", "http://"+steady.address))
	u.within(4*time.Second, "operational", func() bool { return u.summary().state("Sign-in") == "operational" })

	wire.set(false)
	time.Sleep(2 * time.Second)
	target.stop()
	u.within(5*time.Second, "the outage is shown from memory", func() bool { return u.summary().state("Sign-in") == "major_outage" })
	if s := u.summary().state("Steady"); s != "operational" {
		t.Errorf("while the database is away, what works is %s", s)
	}
	if status, body := u.ops("/healthz"); status != 200 {
		t.Errorf("healthz: %d %s", status, body)
	}
	if status, _ := u.ops("/readyz"); status != 503 {
		t.Errorf("readyz: %d", status)
	}
	if status, page := u.get("/"); status != 200 || !strings.Contains(page, "Sign-in is down") {
		t.Errorf("the home page while the database is away, status %d:\n%s", status, page)
	}

	wire.set(true)
	u.within(30*time.Second, "the incident is written when the database is back", func() bool {
		return len(u.summary().Incidents) == 1
	})
	if status, _ := u.ops("/readyz"); status != 200 {
		t.Errorf("readyz afterwards: %d", status)
	}
	target.start()
	u.within(20*time.Second, "and resolves", func() bool {
		all := u.incidents()
		return len(all) == 1 && all[0].Status == "resolved"
	})
}
