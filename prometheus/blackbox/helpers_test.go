package blackbox

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/egress"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// forbidden is an address of this machine that the test's guard refuses, as it
// refuses metadata services.
const forbidden = "127.0.0.66"

// names are the answers of the test's resolver: each name's in turn, and the
// last one from then on.
type names map[string][]string

// guarded is a guard that lets pass 127.0.0.1 and no other address of this
// machine.
func guarded(t testing.TB, known names) *egress.Guard {
	t.Helper()
	return egress.New(egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, resolver(t, known))
}

// author is the guard that /probe has unless the configuration says otherwise.
func author(t testing.TB, known names) *egress.Guard {
	t.Helper()
	return egress.New(egress.Policy{Asker: egress.Author}, resolver(t, known))
}

func resolver(t testing.TB, known names) *net.Resolver {
	t.Helper()
	var mu sync.Mutex
	asked := map[string]int{}
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		mu.Lock()
		defer mu.Unlock()
		answer := new(dns.Msg).SetReply(q)
		name := strings.TrimSuffix(q.Question[0].Name, ".")
		answers := known[name]
		if len(answers) == 0 {
			answer.Rcode = dns.RcodeNameError
		} else if addr := netip.MustParseAddr(answers[min(asked[name], len(answers)-1)]); addr.Is4() && q.Question[0].Qtype == dns.TypeA {
			asked[name]++
			answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: addr.AsSlice()}}
		} else if addr.Is6() && q.Question[0].Qtype == dns.TypeAAAA {
			asked[name]++
			answer.Answer = []dns.RR{&dns.AAAA{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeAAAA, Class: dns.ClassINET}, AAAA: addr.AsSlice()}}
		}
		_ = w.WriteMsg(answer)
	})}
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	var open sync.WaitGroup
	open.Go(func() { _ = server.ActivateAndServe() })
	<-started
	t.Cleanup(func() { _ = server.Shutdown(); open.Wait() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// probing is a prober with modules and the log that it writes.
type probing struct {
	*Prober
	log *lockedBuffer
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func newProbing(t testing.TB, modules string, guard *egress.Guard) probing {
	t.Helper()
	parsed, err := Parse("blackbox.yml", []byte(modules))
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	p := New(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	p.Configure(Config{Modules: parsed, Guard: guard, Concurrency: 8})
	return probing{p, log}
}

// ask probes a target by a module; more are further parameters, name and value
// in turn.
func (p probing) ask(t testing.TB, module, target string, more ...string) *httptest.ResponseRecorder {
	t.Helper()
	query := url.Values{"module": {module}, "target": {target}}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe?"+query.Encode(), nil))
	return w
}

// success probes and tells how it ended.
func (p probing) success(t testing.TB, module, target string, more ...string) bool {
	t.Helper()
	w := p.ask(t, module, target, more...)
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", module, target, w.Code, w.Body)
	}
	value, found := samples(w.Body.String())["probe_success"]
	if !found {
		t.Fatalf("no probe_success in %s", w.Body)
	}
	return value == "1"
}

// samples are the series of a text, each with its value.
func samples(text string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			at := strings.LastIndexByte(line, ' ')
			found[line[:at]] = line[at+1:]
		}
	}
	return found
}

func series(text string) []string {
	var all []string
	for name := range samples(text) {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// trap is a server on the forbidden address. Nobody may ever reach it.
func trap(t testing.TB) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", forbidden+":0")
	if err != nil {
		t.Skipf("this machine has no %s: %v", forbidden, err)
	}
	caught := new(atomic.Int32)
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			caught.Add(1)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			_ = conn.Close()
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		open.Wait()
		if n := caught.Load(); n > 0 {
			t.Errorf("the refused address was reached %d times", n)
		}
	})
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

// talking is a server that handles each connection.
func talking(t testing.TB, handle func(net.Conn)) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
				defer func() { _ = conn.Close() }()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() { stop(); _ = listener.Close(); open.Wait() })
	return listener.Addr().String()
}

func portOf(t testing.TB, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(address, "http://"), "https://"))
	if err != nil {
		t.Fatal(err)
	}
	return port
}
