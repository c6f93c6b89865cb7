package probes

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// FuzzHTTPAnswer has a server answer with arbitrary bytes. Whatever they are,
// the look ends, holds to its bounds, and passes only what is an answer.
func FuzzHTTPAnswer(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"UP\"}",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{\"status\":\"UP\"}\r\n0\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 200 OK\r\n\r\n{\"status\":\"UP\"}",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n",
		"HTTP/0.9\n", "", "\x16\x03\x03",
	} {
		f.Add([]byte(seed))
	}
	settings := &HTTP{URL: "http://127.0.0.1/", MaxBody: 512, Expect: HTTPExpect{JSON: map[string]any{"$.status": "UP"}}}
	built, err := settings.Build(testEnv())
	if err != nil {
		f.Fatal(err)
	}
	p := built.(*httpProber)
	f.Fuzz(func(t *testing.T, answer []byte) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		ours, theirs := net.Pipe()
		go func() {
			defer func() { _ = theirs.Close() }()
			readRequest(theirs)
			_ = theirs.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = theirs.Write(answer)
		}()
		x := p.env.Shared.http.exchange()
		defer p.env.Shared.http.done(x)
		x.raw, x.conn, x.release = ours, ours, bind(ctx, ours)
		var r Result
		resp, err := x.send1(p.first, time.Now(), &r)
		if err != nil {
			if r.broke(ctx, err); r.Outcome == uptime.Pass {
				t.Error("an error passes")
			}
			return
		}
		if leadsOn(resp) {
			var jar http.CookieJar
			if next, err := p.first.next(resp, &jar); err == nil && next.req.URL.Scheme != "http" && next.req.URL.Scheme != "https" {
				t.Errorf("led on to %s", next.req.URL)
			}
			return
		}
		p.judge(ctx, x, p.first, resp, &r)
		if r.Outcome == uptime.Pass && (resp.StatusCode < 200 || resp.StatusCode > 299) {
			t.Errorf("status %d passes", resp.StatusCode)
		}
		if r.Facts.BodyBytes > 512 {
			t.Errorf("%d bytes were read", r.Facts.BodyBytes)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
	})
}
