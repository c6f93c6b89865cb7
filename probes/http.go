package probes

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/uptime"
)

// largestBody is the largest max_body, and smallBody the default.
const (
	largestBody = 64 << 20
	smallBody   = 1 << 20
)

const httpExample = `type: http
url: https://login.example.org/health
headers: {Authorization: "Bearer ${env:HEALTH_TOKEN}"}
expect:
  status: [200, "3xx"]
  json: {"$.status": "UP", "$.checks[0].ok": true}
  slower_than: 800ms
  certificate_valid_for: 14d
`

// HTTP are the settings of an http monitor.
type HTTP struct {
	URL       string            `yaml:"url" jsonschema:"required" doc:"The address, http:// or https://. A user and password in it are sent as basic authentication."`
	Method    string            `yaml:"method" doc:"The request's method." default:"GET"`
	Headers   map[string]string `yaml:"headers" doc:"Headers of the request. They are sent to the address itself, not to another host that it redirects to, and are never shown."`
	Body      string            `yaml:"body" doc:"The request's body."`
	Redirects *Redirects        `yaml:"redirects" doc:"How many redirects are followed: a number up to 10, true (5) or false (0). Each hop passes the egress guard, and only http and https are followed." default:"5"`
	IP        IPVersion         `yaml:"ip" jsonschema:"enum=any,enum=4,enum=6" doc:"The version of IP: any, 4 or 6." default:"any"`
	MaxBody   Size              `yaml:"max_body" doc:"How much of the body is read, after decompression. A longer body is cut there; a look fails for it (too_large) only if what is expected of the body cannot be decided from the part that was read." default:"1MiB"`
	TLS       TLSOptions        `yaml:"tls" doc:"Encryption, for https."`
	Expect    HTTPExpect        `yaml:"expect" doc:"What is expected of the answer, after redirects."`
}

// HTTPExpect is what is expected of an answer.
type HTTPExpect struct {
	Status              []StatusRange     `yaml:"status" jsonschema:"minItems=1" doc:"Status codes that pass: 200, \"200-299\" or \"2xx\"." default:"[2xx]"`
	BodyContains        string            `yaml:"body_contains" jsonschema:"minLength=1" doc:"A text that the body must contain."`
	BodyMatches         string            `yaml:"body_matches" jsonschema:"minLength=1" doc:"A regular expression (RE2) that the body must match."`
	JSON                map[string]any    `yaml:"json" doc:"Paths such as $.a.b[0][\"c\"] and the string, number, true, false or null that must stand there. Types count: \"5\" is not 5."`
	Headers             map[string]string `yaml:"headers" doc:"Headers that the answer must bear, with exactly this value; * for any value."`
	SlowerThan          config.Duration   `yaml:"slower_than" doc:"A look that takes longer is degraded."`
	CertificateValidFor config.Duration   `yaml:"certificate_valid_for" doc:"A certificate with less time left is degraded."`
}

// Target is the URL's host.
func (s *HTTP) Target() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// httpProber is an http monitor, ready to look. What can be made ahead is.
type httpProber struct {
	env       Env
	network   string
	first     *hop
	tls       *tls.Config
	redirects int
	maxBody   int64
	expect    httpJudge
	veil      veil
}

// Build checks the settings.
func (s *HTTP) Build(env Env) (Prober, error) {
	env = env.complete()
	var wrong problems
	u := checkURL(&wrong, s.URL)
	s.IP.check(&wrong)
	redirects := followed
	if s.Redirects != nil {
		redirects = int(*s.Redirects)
	}
	maxBody := int64(s.MaxBody)
	if maxBody == 0 {
		maxBody = smallBody
	}
	p := &httpProber{
		env: env, network: s.IP.network("tcp"), redirects: redirects, maxBody: maxBody,
		expect: s.Expect.build(&wrong, env.Timeout),
	}
	header := s.header(&wrong, u)
	host, _ := asciiHost(u.Hostname()) // was checked
	env.checkHost(&wrong, "url", host, s.IP)
	p.tls = s.TLS.client(env.Shared, host, &wrong, "h2", "http/1.1")
	if len(wrong) > 0 {
		return nil, wrong.err()
	}
	var err error
	if p.first, err = newHop(s.method(), u, header, nil, []byte(s.Body)); err != nil {
		wrong.add("url", "%v", err)
		return nil, wrong.err()
	}
	p.first.tls = p.tls
	p.veil = newVeil(s.secrets(u))
	return p, nil
}

func (s *HTTP) method() string {
	if s.Method == "" {
		return http.MethodGet
	}
	return strings.ToUpper(s.Method)
}

// checkURL reads the address; it returns an empty one with a problem.
func checkURL(p *problems, text string) *url.URL {
	u, err := url.Parse(text)
	switch {
	case text == "":
		p.add("url", "is missing; write an address such as https://www.example.org/health")
	case err != nil:
		p.add("url", "cannot be read: %v", errors.Unwrap(err))
	case u.Scheme != "http" && u.Scheme != "https":
		p.add("url", "the scheme %q cannot be probed; begin with http:// or https://", u.Scheme)
	case u.Hostname() == "":
		p.add("url", "names no host")
	default:
		if _, err := asciiHost(u.Hostname()); err != nil {
			p.add("url", "the host %q is no name: %v", u.Hostname(), err)
		}
		return u
	}
	return new(url.URL)
}

// header checks and completes the request's headers.
func (s *HTTP) header(p *problems, u *url.URL) http.Header {
	header := http.Header{}
	if !httpguts.ValidHeaderFieldName(s.method()) {
		p.add("method", "%q is no method; use GET, HEAD, POST or another single word", s.Method)
	}
	for name, value := range s.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			p.add("headers", "the header %q has characters that cannot be sent", name)
			continue
		}
		switch headerName(name) {
		case "Content-Length", "Transfer-Encoding", "Connection":
			p.add("headers", "%s is set by the probe itself; leave it out", name)
		}
		header.Set(headerName(name), value)
	}
	if u.User != nil {
		if header.Get("Authorization") != "" {
			p.add("url", "has a user, and headers has Authorization; keep one of them")
		}
		password, _ := u.User.Password()
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	return header
}

// secrets lists what a detail must not show.
func (s *HTTP) secrets(u *url.URL) (secrets []string) {
	for _, value := range s.Headers {
		secrets = append(secrets, value)
	}
	if password, set := u.User.Password(); set {
		secrets = append(secrets, password, u.User.String(),
			base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	for _, values := range u.Query() {
		secrets = append(secrets, values...)
	}
	return append(secrets, u.RawQuery, s.Body)
}

// Look sends the request and follows where the answer leads.
func (p *httpProber) Look(ctx context.Context) (r Result) {
	began := time.Now()
	r = p.follow(ctx)
	judgeSlow(&r, p.expect.slower, time.Since(began))
	judgeExpiry(&r, p.expect.validFor, p.env.Now())
	r.Detail = p.veil.over(r.Detail)
	return r
}

// follow makes one exchange after the other, until one is no redirect.
func (p *httpProber) follow(ctx context.Context) (r Result) {
	var jar http.CookieJar
	for at := p.first; at != nil; {
		x := p.env.Shared.http.exchange()
		resp, err := p.send(ctx, x, at, &r) //nolint:bodyclose // the exchange owns the connection; done closes it
		switch {
		case err != nil && at != p.first && errors.Is(err, egress.ErrRefused):
			r.fail(uptime.BadAnswer, "redirected to where no look may go: %v", err)
			at = nil
		case err != nil:
			r.broke(ctx, err)
			at = nil
		case p.redirects > 0 && leadsOn(resp):
			at = p.onward(at, resp, &jar, &r)
		default:
			p.judge(ctx, x, at, resp, &r)
			at = nil
		}
		p.env.Shared.http.done(x)
	}
	return r
}

// onward is where a redirect leads; nil where it is not followed.
func (p *httpProber) onward(at *hop, resp *http.Response, jar *http.CookieJar, r *Result) *hop {
	if r.Facts.Redirects == p.redirects {
		r.fail(uptime.TooManyRedirects, "redirected more than %d times", p.redirects)
		return nil
	}
	r.Facts.Redirects++
	next, err := at.next(resp, jar)
	if err != nil {
		r.fail(uptime.BadAnswer, "%v", err)
		return nil
	}
	next.tls = p.tls
	if next.address != at.address || next.req.URL.Scheme != at.req.URL.Scheme {
		next.tls = p.tls.Clone()
		next.tls.ServerName = next.host
	}
	return next
}

// guard opens the connection of a hop. The first one is the author's wish; where
// a target on the internet sends us on is the target's, and it may not point us
// at what only we can reach.
func (p *httpProber) guard(at *hop) *egress.Guard {
	if at == p.first || p.env.Public == nil || egress.ClassifyHost(p.first.host) != egress.Internet {
		return p.env.Egress
	}
	return p.env.Public
}

// leadsOn tells whether an answer is a redirect that can be followed.
func leadsOn(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// hop is one request: the configured one, or one that a redirect asks for.
type hop struct {
	req     *http.Request
	given   http.Header // the configured headers, without cookies
	body    []byte
	wire    []byte // the request as HTTP/1.1 writes it
	host    string // in ASCII
	address string // host:port to connect to
	tls     *tls.Config
}

// newHop makes a request ready to be sent.
func newHop(method string, u *url.URL, given http.Header, cookies []*http.Cookie, body []byte) (*hop, error) {
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return nil, fmt.Errorf("the host %q is no name", u.Hostname())
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	bare := *u
	bare.User = nil
	req := &http.Request{
		Method: method, URL: &bare, Header: given.Clone(), Host: u.Host, Close: true,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(body)),
	}
	if name := given.Get("Host"); name != "" {
		req.Host = name
		req.Header.Del("Host")
	}
	if given.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "Upheld")
	}
	if given.Get("Accept-Encoding") == "" && given.Get("Range") == "" && method != http.MethodHead {
		req.Header.Set("Accept-Encoding", "gzip")
	}
	for _, cookie := range cookies {
		req.AddCookie(cookie)
	}
	h := &hop{req: req, given: given, body: body, host: host, address: net.JoinHostPort(host, port)}
	return h, h.write()
}
