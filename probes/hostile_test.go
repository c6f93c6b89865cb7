package probes

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// hostileTimeout is what a look at a hostile target may take, and most what it
// may hold in memory.
const (
	hostileTimeout = 300 * time.Millisecond
	most           = 8 << 20
)

// flood writes until the other side has had enough.
func flood(conn net.Conn, text string) {
	data := []byte(strings.Repeat(text, 1+(16<<10)/len(text)))
	for {
		if _, err := conn.Write(data); err != nil {
			return
		}
	}
}

// drip writes one byte after the other, slowly, for ever.
func drip(conn net.Conn, text string) {
	for {
		for i := range len(text) {
			if _, err := conn.Write([]byte{text[i]}); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// silence waits until the other side hangs up.
func silence(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

func zipBomb() []byte {
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	zeros := make([]byte, 1<<20)
	for range 200 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	return bomb.Bytes()
}

// hostileAnswers are what a server may do to whoever sends it a request.
func hostileAnswers() map[string]struct {
	answer func(net.Conn)
	code   uptime.Code
} {
	const ok = "HTTP/1.1 200 OK\r\n"
	bomb := zipBomb()
	return map[string]struct {
		answer func(net.Conn)
		code   uptime.Code
	}{
		"silence":           {silence, uptime.TimedOut},
		"hangs up":          {func(net.Conn) {}, uptime.Reset},
		"reset":             {reset, uptime.Reset},
		"junk":              {func(c net.Conn) { _, _ = io.WriteString(c, "\x00\x01\x02 hello\n\n") }, uptime.BadAnswer},
		"http/0.9":          {func(c net.Conn) { _, _ = io.WriteString(c, "<html>hello</html>") }, uptime.BadAnswer},
		"ssh":               {func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n") }, uptime.BadAnswer},
		"half a status":     {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 2") }, uptime.BadAnswer},
		"negative status":   {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 -20 OK\r\n\r\n") }, uptime.BadAnswer},
		"status line flood": {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 "); flood(c, "O") }, uptime.TooLarge},
		"header flood":      {func(c net.Conn) { _, _ = io.WriteString(c, ok); flood(c, "X-A: b\r\n") }, uptime.TooLarge},
		"endless header":    {func(c net.Conn) { _, _ = io.WriteString(c, ok+"X-A: "); flood(c, "a") }, uptime.TooLarge},
		"dripping header":   {func(c net.Conn) { drip(c, ok+strings.Repeat("X-A: b\r\n", 1000)) }, uptime.TimedOut},
		"1xx flood":         {func(c net.Conn) { flood(c, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") }, uptime.TooLarge},
		"dripping 1xx":      {func(c net.Conn) { drip(c, "HTTP/1.1 100 Continue\r\n\r\n") }, uptime.TimedOut},
		"dripping body":     {func(c net.Conn) { _, _ = io.WriteString(c, ok+"Content-Length: 1000000\r\n\r\n"); drip(c, "x") }, uptime.TimedOut},
		"half a body":       {func(c net.Conn) { _, _ = io.WriteString(c, ok+"Content-Length: 100\r\n\r\nhello") }, uptime.BadAnswer},
		"endless body":      {func(c net.Conn) { _, _ = io.WriteString(c, ok+"\r\n"); flood(c, "x") }, uptime.TooLarge},
		"endless chunks": {func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n")
			flood(c, "1\r\nx\r\n")
		}, uptime.TooLarge},
		"chunk extensions": {func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n")
			flood(c, "1;"+strings.Repeat("a", 2000)+"\r\nx\r\n")
		}, uptime.BadAnswer},
		"bad chunks": {func(c net.Conn) { _, _ = io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello") }, uptime.BadAnswer},
		"huge chunk": {func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx")
		}, uptime.BadAnswer},
		"two lengths":   {func(c net.Conn) { _, _ = io.WriteString(c, ok+"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab") }, uptime.BadAnswer},
		"minus length":  {func(c net.Conn) { _, _ = io.WriteString(c, ok+"Content-Length: -1\r\n\r\nab") }, uptime.BadAnswer},
		"unknown coded": {func(c net.Conn) { _, _ = io.WriteString(c, ok+"Transfer-Encoding: zip\r\n\r\nab") }, uptime.BadAnswer},
		"gzip bomb": {func(c net.Conn) {
			_, _ = fmt.Fprintf(c, "%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", ok, len(bomb), bomb)
		}, uptime.TooLarge},
		"gzip of nothing": {func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Content-Encoding: gzip\r\n\r\n")
			flood(c, string(emptyMember()))
		}, uptime.TooLarge},
		"no gzip": {func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello")
		}, uptime.BadAnswer},
		"trailer flood": {func(c net.Conn) {
			_, _ = io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n0\r\n")
			flood(c, "X-A: b\r\n")
		}, uptime.BadAnswer},
		"switches": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")
			drip(c, "x")
		}, uptime.HTTPStatus},
		"redirect loop": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
		}, uptime.TooManyRedirects},
		"redirect, long": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /"+strings.Repeat("a", 60<<10)+"\r\n\r\n")
		}, uptime.TooManyRedirects},
		"slow redirects": {func(c net.Conn) {
			time.Sleep(100 * time.Millisecond)
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n")
		}, uptime.TimedOut},
		"deep json": {func(c net.Conn) { _, _ = io.WriteString(c, ok+"\r\n"+strings.Repeat("[", 500_000)) }, uptime.BodyMismatch},
	}
}

// emptyMember is a gzip stream that unzips to nothing.
func emptyMember() []byte {
	var b bytes.Buffer
	_ = gzip.NewWriter(&b).Close()
	return b.Bytes()
}

func reset(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }

// Whatever a server does, a look ends in time, holds little memory, and tells
// what happened.
func TestHTTPHostile(t *testing.T) {
	for name, row := range hostileAnswers() {
		t.Run(name, func(t *testing.T) {
			address := serve(t, func(conn net.Conn) {
				readRequest(conn)
				row.answer(conn)
			})
			env := testEnv()
			if row.code == uptime.TimedOut {
				env.Timeout = hostileTimeout
			}
			o := bounded(t, &HTTP{URL: "http://" + address, Expect: HTTPExpect{BodyContains: "needle"}}, env)
			wants(t, o, uptime.Fail, row.code)
		})
	}
}

// bounded looks, and holds the look to its time and memory.
func bounded(t *testing.T, settings Settings, env Env) uptime.Observation {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	o := lookIn(t, settings, env)
	runtime.ReadMemStats(&after)
	if o.Took > env.Timeout+time.Second {
		t.Errorf("the look took %v with a timeout of %v", o.Took, env.Timeout)
	}
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > most {
		t.Errorf("the heap grew by %d KiB", grown>>10)
	}
	return o
}

func TestHTTPHostileTLS(t *testing.T) {
	ca := newAuthority(t)
	secure := serverTLS(ca.leaf(t, time.Hour), "h2")
	overTLS := func(answer func(*tls.Conn)) func(net.Conn) {
		return func(raw net.Conn) {
			conn := tls.Server(raw, secure)
			if conn.Handshake() == nil {
				answer(conn)
			}
		}
	}
	settingsFrame := "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	for name, row := range map[string]struct {
		answer func(net.Conn)
		code   uptime.Code
	}{
		"silent handshake":  {silence, uptime.TimedOut},
		"hangs up":          {func(net.Conn) {}, uptime.TLSFailed},
		"speaks in clear":   {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, uptime.TLSFailed},
		"drips a record":    {func(c net.Conn) { drip(c, "\x16\x03\x03\x40\x00"+strings.Repeat("a", 1000)) }, uptime.TimedOut},
		"record flood":      {func(c net.Conn) { flood(c, "\x16\x03\x03\x00\x00") }, uptime.TLSFailed},
		"alert":             {func(c net.Conn) { _, _ = io.WriteString(c, "\x15\x03\x03\x00\x02\x02\x28") }, uptime.TLSFailed},
		"h2 silence":        {overTLS(func(c *tls.Conn) { silence(c) }), uptime.TimedOut},
		"h2 junk":           {overTLS(func(c *tls.Conn) { _, _ = io.WriteString(c, strings.Repeat("junk", 1000)); silence(c) }), uptime.BadAnswer},
		"h2 settings flood": {overTLS(func(c *tls.Conn) { flood(c, settingsFrame) }), uptime.TimedOut},
		"h2 ping flood":     {overTLS(func(c *tls.Conn) { flood(c, settingsFrame+"\x00\x00\x08\x06\x00\x00\x00\x00\x00abcdefgh") }), uptime.TimedOut},
		"h2 goes away": {overTLS(func(c *tls.Conn) {
			_, _ = io.WriteString(c, settingsFrame+"\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
			silence(c)
		}), uptime.BadAnswer},
		"h2 resets a stream": {overTLS(func(c *tls.Conn) {
			_, _ = io.WriteString(c, settingsFrame+"\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x02")
			silence(c)
		}), uptime.BadAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			env := testEnv()
			env.Timeout = hostileTimeout
			address := serve(t, row.answer)
			o := bounded(t, &HTTP{URL: "https://" + address, TLS: TLSOptions{CAFile: ca.file}}, env)
			// How it ends may depend on which packet comes first.
			if o.Outcome != uptime.Fail || o.Code != row.code && o.Code != uptime.TimedOut && o.Code != uptime.Reset {
				t.Errorf("%v, %s: %s; want %s", o.Outcome, o.Code, o.Detail, row.code)
			}
		})
	}
}

// Our own faults are never the target's.
func TestOwnFaultsAreUnseen(t *testing.T) {
	url := site(t).URL
	t.Run("no descriptors", func(t *testing.T) {
		prober, err := (&HTTP{URL: url + "/health"}).Build(testEnv())
		if err != nil {
			t.Fatal(err)
		}
		var before syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Fatal(err)
		}
		none := before
		none.Cur = 3
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
			t.Fatal(err)
		}
		o := Look(context.Background(), prober, uptime.Monitor{Timeout: lookTimeout}, time.Now(), time.Now())
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Fatal(err)
		}
		wants(t, o, uptime.Unseen, uptime.NoResources)
	})
	t.Run("interrupted", func(t *testing.T) {
		address := serve(t, silence)
		prober, err := (&HTTP{URL: "http://" + address}).Build(testEnv())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(30*time.Millisecond, cancel)
		o := Look(ctx, prober, uptime.Monitor{Timeout: lookTimeout}, time.Now(), time.Now())
		wants(t, o, uptime.Unseen, uptime.ProbeFault)
		if o.Took > time.Second {
			t.Errorf("the interruption took %v", o.Took)
		}
	})
	t.Run("our resolver is dead", func(t *testing.T) {
		silent, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = silent.Close() }()
		for name, server := range map[string]string{"silent": silent.LocalAddr().String(), "refusing": closedPort(t)} {
			env := testEnv()
			env.Timeout, env.Egress = hostileTimeout, guardAsking(server)
			if o := lookIn(t, &HTTP{URL: "http://www.example.org"}, env); o.Outcome != uptime.Unseen || o.Code != uptime.ResolverFailed {
				t.Errorf("%s: %v, %s: %s", name, o.Outcome, o.Code, o.Detail)
			}
		}
	})
}
