package probes

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"

	"github.com/upheld/upheld/internal/uptime"
)

// A look holds one connection, sends one request and reads one answer. That is
// done here by net/http's own reading and writing of messages, without its
// Transport: nothing is pooled, so its goroutines, idle lists and locks would
// be two thirds of what a look costs.

// largestHeader bounds the header of an answer, with all that comes before it.
const largestHeader = 64 << 10

// httpPools keep buffers between looks, and how HTTP/2 is spoken.
type httpPools struct {
	exchanges sync.Pool
	bodies    sync.Pool
	unzippers sync.Pool
	once      sync.Once
	h2        *http2.Transport //nolint:staticcheck // net/http's own cannot be given a connection
}

// exchange is one request and its answer on one connection.
type exchange struct {
	raw     net.Conn // what is closed in the end, without TLS's farewell
	conn    net.Conn
	release func() bool
	left    int64 // how many bytes may still be read
	failed  error // of the last read that did; parsers hide it behind their own
	reader  *bufio.Reader
	close2  func() error // ends HTTP/2; nil for HTTP/1
	headed  time.Time    // when the answer's header had come
}

// Read reads from the connection, as far as is allowed.
func (x *exchange) Read(p []byte) (int, error) {
	if x.left <= 0 {
		return 0, errHeaderTooLarge
	}
	if int64(len(p)) > x.left {
		p = p[:x.left]
	}
	n, err := x.conn.Read(p)
	x.left -= int64(n)
	x.failed = err
	return n, err
}

func (s *httpPools) exchange() *exchange {
	if x, ok := s.exchanges.Get().(*exchange); ok {
		return x
	}
	x := new(exchange)
	x.reader = bufio.NewReader(x)
	return x
}

// done closes the connection and keeps the buffers.
func (s *httpPools) done(x *exchange) {
	if x.close2 != nil {
		_ = x.close2()
	}
	if x.raw != nil {
		closing(x.raw, x.release)
	}
	reader := x.reader
	*x = exchange{reader: reader}
	reader.Reset(x)
	s.exchanges.Put(x)
}

// transport2 speaks HTTP/2 on connections that it is given.
func (s *httpPools) transport2() *http2.Transport { //nolint:staticcheck // see h2
	s.once.Do(func() {
		s.h2 = &http2.Transport{DisableCompression: true, MaxHeaderListSize: largestHeader} //nolint:staticcheck // see h2
	})
	return s.h2
}

// write makes the request as HTTP/1.1 writes it.
func (h *hop) write() error {
	var wire bytes.Buffer
	req := *h.req
	if len(h.body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(h.body))
	}
	if err := req.Write(&wire); err != nil {
		return err
	}
	h.wire = wire.Bytes()
	return nil
}

// send connects, sends the hop's request and reads the answer's header.
func (p *httpProber) send(ctx context.Context, x *exchange, h *hop, r *Result) (resp *http.Response, err error) {
	x.raw, x.release, err = connect(ctx, p.guard(h), p.network, h.address, r)
	if err != nil {
		return nil, err
	}
	x.conn = x.raw
	protocol := ""
	if h.req.URL.Scheme == "https" {
		secure, err := handshake(x.conn, h.tls, r)
		if err != nil {
			return nil, err
		}
		x.conn, protocol = secure, secure.ConnectionState().NegotiatedProtocol
	}
	asked := time.Now()
	if protocol == http2.NextProtoTLS {
		resp, err = x.send2(ctx, p.env.Shared.http.transport2(), h)
		x.headed = time.Now()
		r.Phases[uptime.Processing] += x.headed.Sub(asked)
	} else {
		resp, err = x.send1(h, asked, r)
	}
	if err != nil {
		return nil, err
	}
	r.Facts.HTTPStatus = resp.StatusCode
	r.Facts.HTTPVersion = float64(resp.ProtoMajor) + float64(resp.ProtoMinor)/10
	return resp, nil
}

// send1 speaks HTTP/1.1. A server may answer before it has read the request,
// and close: its answer counts then, not our failure to write on.
func (x *exchange) send1(h *hop, asked time.Time, r *Result) (*http.Response, error) {
	x.left = largestHeader
	_, unsent := x.conn.Write(h.wire)
	if _, err := x.reader.Peek(1); err != nil {
		r.Phases[uptime.Processing] += time.Since(asked)
		if unsent != nil {
			return nil, unsent
		}
		if errors.Is(err, io.EOF) {
			return nil, errNotAnswered
		}
		return nil, err
	}
	x.headed = time.Now()
	r.Phases[uptime.Processing] += x.headed.Sub(asked)
	for {
		resp, err := http.ReadResponse(x.reader, h.req)
		if err != nil {
			return nil, x.cause(err)
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			x.left = math.MaxInt64
			return resp, nil
		}
	}
}

// cause is why an answer could not be read: that it broke off, rather than what
// a parser made of the half of it.
func (x *exchange) cause(err error) error {
	switch {
	case x.left <= 0:
		return errHeaderTooLarge
	case x.failed != nil && !errors.Is(x.failed, io.EOF):
		return x.failed
	}
	return err
}

// send2 speaks HTTP/2 on a connection whose server chose it.
func (x *exchange) send2(ctx context.Context, transport *http2.Transport, h *hop) (*http.Response, error) { //nolint:staticcheck // see h2
	conn, err := transport.NewClientConn(x.conn) //nolint:staticcheck // see h2
	if err != nil {
		return nil, err
	}
	x.close2 = conn.Close
	req := h.req.WithContext(ctx)
	if len(h.body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(h.body))
	}
	return conn.RoundTrip(req)
}

// body is what was read of an answer's body.
type body struct {
	bytes []byte // empty if nothing is expected of it
	cut   bool   // there was more
	pool  *sync.Pool
	buf   *bytes.Buffer
}

// readBody reads up to max_body bytes of the body, after decompression, and
// keeps them if they are looked at.
func (p *httpProber) readBody(h *hop, resp *http.Response, keep bool, r *Result) (*body, error) {
	pools, b := &p.env.Shared.http, new(body)
	// What comes in is bounded as well: it may unzip to nothing for ever.
	sent := &io.LimitedReader{R: resp.Body, N: 2*p.maxBody + largestHeader}
	source := io.Reader(sent)
	if zipped(h, resp) {
		unzipper, err := pools.unzip(sent)
		if errors.Is(err, io.EOF) {
			return b, nil // nothing was sent at all
		}
		if err != nil {
			return b, fmt.Errorf("the body is not gzip, as its header says: %w", err)
		}
		defer pools.unzippers.Put(unzipper)
		source = unzipper
	}
	sink := io.Discard
	if keep {
		b.pool, b.buf = &pools.bodies, pools.body()
		sink = b.buf
	}
	n, err := io.Copy(sink, io.LimitReader(source, p.maxBody))
	r.Facts.BodyBytes = n
	if keep {
		b.bytes = b.buf.Bytes()
	}
	b.cut = sent.N == 0 || err == nil && n == p.maxBody && more(source)
	if b.cut || errors.Is(err, io.ErrUnexpectedEOF) && endsWithConnection(resp) {
		return b, nil // the latter: TLS without a farewell, as old servers end it
	}
	if err != nil {
		return b, fmt.Errorf("the body broke off after %d bytes: %w", n, err)
	}
	return b, nil
}

func (s *httpPools) body() *bytes.Buffer {
	if b, ok := s.bodies.Get().(*bytes.Buffer); ok {
		return b
	}
	return new(bytes.Buffer)
}

// drop gives the body's memory back, unless it is large.
func (b *body) drop() {
	if b.buf != nil && b.buf.Cap() <= 64<<10 {
		b.buf.Reset()
		b.pool.Put(b.buf)
	}
	b.buf, b.bytes = nil, nil
}

// zipped tells whether a body follows that is compressed.
func zipped(h *hop, resp *http.Response) bool {
	return h.req.Method != http.MethodHead && resp.Body != http.NoBody &&
		strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip")
}

func (s *httpPools) unzip(from io.Reader) (*gzip.Reader, error) {
	if z, ok := s.unzippers.Get().(*gzip.Reader); ok {
		if err := z.Reset(from); err != nil {
			s.unzippers.Put(z)
			return nil, err
		}
		return z, nil
	}
	return gzip.NewReader(from)
}

// more tells whether a reader has another byte.
func more(from io.Reader) bool {
	var one [1]byte
	n, _ := io.ReadFull(from, one[:])
	return n == 1
}

func endsWithConnection(resp *http.Response) bool {
	return resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

// next is the request that a redirect asks for. The configured headers go only
// to where they were meant for: another host, scheme or port gets none.
func (h *hop) next(resp *http.Response, jar *http.CookieJar) (*hop, error) {
	from := h.req.URL
	to, err := from.Parse(resp.Header.Get("Location"))
	if err != nil {
		return nil, errors.New("redirected to an address that cannot be read")
	}
	if to.Scheme != "http" && to.Scheme != "https" || to.Hostname() == "" {
		return nil, fmt.Errorf("redirected to %q, which is neither http nor https", to.Scheme+"://"+to.Host)
	}
	method, body := h.req.Method, h.body
	if resp.StatusCode < http.StatusTemporaryRedirect && method != http.MethodHead {
		method, body = http.MethodGet, nil
	}
	given := http.Header{}
	if to.Scheme == from.Scheme && to.Host == from.Host {
		given = h.given.Clone()
	} else {
		body = nil
	}
	if body == nil {
		given.Del("Content-Type")
	}
	if cookies := resp.Cookies(); len(cookies) > 0 {
		if *jar == nil {
			*jar, _ = cookiejar.New(nil) // never fails
		}
		(*jar).SetCookies(from, cookies)
	}
	var cookies []*http.Cookie
	if *jar != nil {
		cookies = (*jar).Cookies(to)
	}
	return newHop(method, to, given, cookies, body)
}
