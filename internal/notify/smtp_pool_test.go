package notify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"
)

func TestManyMailsGoOverFewConnections(t *testing.T) {
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, func(s *MailSettings) { s.Connections = 4 })
	const mails = 100
	var all sync.WaitGroup
	work := make(chan int)
	for range 16 {
		all.Go(func() {
			for i := range work {
				m := messages()["went_down"]
				m.ID, m.To.ID, m.To.Address = fmt.Sprintf("d%d", i), fmt.Sprintf("s%d", i), fmt.Sprintf("s%d@example.net", i)
				if _, err := mailer.Send(t.Context(), m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range mails {
		work <- i
	}
	close(work)
	all.Wait()
	seen := map[string]int{}
	for _, one := range o.letters() {
		seen[strings.Join(one.to, ",")+open(t, one.raw).header.Get("Message-ID")]++
	}
	for i := range mails {
		if n := seen[fmt.Sprintf("s%d@example.net<d%d@example.org>", i, i)]; n != 1 {
			t.Fatalf("mail %d came %d times", i, n)
		}
	}
	if n := o.connections(); len(seen) != mails || n < 3 || n > 8 {
		t.Errorf("%d mails over %d connections", len(seen), n)
	}
}

func TestAConnectionThatTheServerEndedIsNotUsedAgain(t *testing.T) {
	o := newOffice(t, NoTLS, func(s *smtp.Server) { s.ReadTimeout = time.Second })
	mailer := newMailer(t, o, nil)
	for i := range 3 {
		if _, err := mailer.Send(t.Context(), messages()["update"]); err != nil {
			t.Fatalf("mail %d: %v", i, err)
		}
		// Wait for the server's goodbye to arrive, without taking it.
		conn := mailer.pool.idle[0].conn
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := mailer.pool.idle[0].client.Text.R.Peek(1); err != nil {
			t.Fatal(err)
		}
	}
	if o.connections() != 3 || len(o.letters()) != 3 {
		t.Errorf("%d mails over %d connections", len(o.letters()), o.connections())
	}
}

func TestIdleConnectionsEnd(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	o := newOffice(t, NoTLS)
	mailer := newMailer(t, o, nil)
	if _, err := mailer.Send(t.Context(), messages()["update"]); err != nil {
		t.Fatal(err)
	}
	mailer.pool.sweep(time.Hour)
	if len(mailer.pool.idle) != 1 || mailer.pool.timer == nil {
		t.Error("one that was just used ends")
	}
	mailer.pool.sweep(0)
	if len(mailer.pool.idle) != 0 || mailer.pool.timer != nil {
		t.Error("one that nobody uses stays")
	}
}

// A server that takes connections and says nothing, or drips, holds a mail no
// longer than its time, and with it no more than its connection.
func TestASilentServerIsLeft(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	defer all.Wait()
	defer listener.Close()
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				_, _ = conn.Write([]byte("220-")) // and a line that never ends
				_, _ = bufio.NewReader(conn).ReadString('\x00')
			})
		}
	})
	mailer := newMailer(t, &office{address: listener.Addr().String()}, func(s *MailSettings) {
		s.Connections, s.Timeout = 1, 100*time.Millisecond
	})
	for range 2 {
		if _, err := mailer.Send(t.Context(), messages()["update"]); err == nil || !strings.Contains(err.Error(), "in time") {
			t.Errorf("it came to %v", err)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mailer.Send(stopped, messages()["update"]); err == nil {
		t.Error("a stop does not stop it")
	}
}

// A server that talks without end, in one line or in many, is left long before
// memory ends.
func TestATalkativeServerIsLeft(t *testing.T) {
	for name, greeting := range map[string]string{"one line": "220-x", "many lines": "220-" + strings.Repeat("x", 900) + "\r\n"} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			defer all.Wait()
			defer listener.Close()
			var said atomic.Int64
			all.Go(func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				text := []byte(strings.Repeat(greeting, 64))
				for err == nil && said.Load() < 64<<20 {
					_ = conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
					var n int
					n, err = conn.Write(text)
					said.Add(int64(n))
				}
			})
			mailer := newMailer(t, &office{address: listener.Addr().String()}, func(s *MailSettings) { s.Timeout = 30 * time.Second })
			if _, err := mailer.Send(t.Context(), messages()["update"]); err == nil || !strings.Contains(err.Error(), "64 KiB") {
				t.Errorf("it came to %v", err)
			}
			all.Wait()
			if said.Load() >= 64<<20 {
				t.Error("everything that it said was read")
			}
		})
	}
}

// When all connections are taken, the wait for one has an end.
func TestTheWaitForAConnectionEnds(t *testing.T) {
	p := newPool(1, func(context.Context) (*session, error) { return nil, errors.New("not called") })
	p.slots <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := p.get(ctx); err == nil || !strings.Contains(err.Error(), "became free") {
		t.Error(err)
	}
}
