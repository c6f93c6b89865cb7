package probes

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// cannedServer answers every connection with one small answer and closes it,
// at as little cost as possible, so that a benchmark shows the client.
func cannedServer(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() })
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"status\":\"UP\"}")
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = bufio.NewReaderSize(conn, 512).ReadString('\n')
			_, _ = conn.Write(answer)
			_ = conn.Close()
		}
	}()
	return "http://" + listener.Addr().String() + "/health"
}

// BenchmarkHTTPLook is one look at an http target.
func BenchmarkHTTPLook(b *testing.B) {
	settings := &HTTP{URL: cannedServer(b)}
	prober, err := settings.Build(testEnv())
	if err != nil {
		b.Fatal(err)
	}
	monitor := uptime.Monitor{ID: "it", Timeout: lookTimeout}
	b.ReportAllocs()
	for b.Loop() {
		if o := Look(context.Background(), prober, monitor, time.Now(), time.Now()); o.Outcome != uptime.Pass {
			b.Fatal(o.Detail)
		}
	}
}

// BenchmarkBareGET is what net/http alone takes for the same.
func BenchmarkBareGET(b *testing.B) {
	url := cannedServer(b)
	client := &http.Client{Timeout: lookTimeout, Transport: &http.Transport{
		DialContext: (&net.Dialer{Timeout: lookTimeout}).DialContext, DisableKeepAlives: true, DisableCompression: true,
	}}
	b.ReportAllocs()
	for b.Loop() {
		answer, err := client.Get(url)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
}
