package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/egress"
)

const (
	httpTimeout = 15 * time.Second
	answerTime  = 2 * time.Second // for the body, once the status is known
	answerSize  = 4 << 10
	headerSize  = 16 << 10
	longestWait = 24 * time.Hour // of a Retry-After
	userAgent   = "Upheld"
)

// newTransport makes connections through a guard, one for each request, and
// past every proxy: a proxy would be the only address that the guard saw.
func newTransport(guard *egress.Guard) *http.Transport {
	return &http.Transport{
		DialContext:            guard.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    httpTimeout,
		DisableKeepAlives:      true,
		DisableCompression:     true, // what is read stays as small as what is sent
		MaxResponseHeaderBytes: headerSize,
	}
}

// answer is what an HTTP server said.
type answer struct {
	status     int
	body       string // its beginning
	retryAfter string
	requestID  string
	private    []string // parts of the request that no reply may show
}

// post sends a request and reads the beginning of the answer. Redirects are not
// followed. An error is one of ours, which names no address.
func post(transport http.RoundTripper, request *http.Request, most int64) (answer, error) {
	ctx, cancel := context.WithCancel(request.Context())
	defer cancel()
	request = request.WithContext(ctx)
	if password, set := request.URL.User.Password(); set && request.Header.Get("Authorization") == "" {
		request.SetBasicAuth(request.URL.User.Username(), password)
	}
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", userAgent)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		if errors.Is(err, egress.ErrRefused) {
			return answer{}, &Refusal{Reply: "not sent: " + reason(err), Permanent: true}
		}
		return answer{}, errors.New(httpReason(err, request.URL))
	}
	defer response.Body.Close()
	// Whether it was taken is known by now. A server that drips its words holds
	// up nobody.
	defer time.AfterFunc(answerTime, cancel).Stop()
	body, _ := io.ReadAll(io.LimitReader(response.Body, most))
	return answer{
		status: response.StatusCode, body: string(body),
		retryAfter: response.Header.Get("Retry-After"), requestID: response.Header.Get("X-Request-Id"), private: private(request),
	}, nil
}

// private are the parts of a request that no reply may show: what signs it in,
// and its address, which often is a secret itself.
func private(request *http.Request) []string {
	u := request.URL
	secrets := []string{u.String(), u.RequestURI(), u.RawQuery, u.Host, u.Hostname(), u.User.Username()}
	if user, password, set := request.BasicAuth(); set {
		secrets = append(secrets, user, password)
	}
	for _, value := range request.Header["Authorization"] {
		_, credentials, _ := strings.Cut(value, " ")
		secrets = append(secrets, value, credentials)
	}
	secrets = append(secrets, strings.Split(u.Path, "/")...)
	for _, values := range u.Query() {
		secrets = append(secrets, values...)
	}
	return secrets
}

// httpReason is reason for a request. What is left of the standard library's
// words is freed of the address.
func httpReason(err error, to *url.URL) string {
	text := reason(err)
	if to.Hostname() != "" {
		text = strings.ReplaceAll(text, to.Hostname(), "…")
	}
	return text
}

// refusal is what an answer that is no acceptance comes to; nil: it is one.
func (a answer) refusal(now time.Time, secrets ...string) *Refusal {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	r := &Refusal{Reply: a.words(secrets...)}
	switch {
	case a.status == http.StatusGone:
		r.Gone, r.Permanent = true, true
	case a.status == http.StatusRequestTimeout, a.status == http.StatusTooEarly, a.status == http.StatusTooManyRequests:
		r.After = retryAfter(a.retryAfter, now)
	case a.status >= 400 && a.status < 500:
		r.Permanent = true
	default: // a redirect, which may be a gate that opens later, or the server's fault
		r.After = retryAfter(a.retryAfter, now)
	}
	return r
}

// shortestSecret is the length from which a text is hidden: hiding every "1"
// would make replies unreadable.
const shortestSecret = 3

// anURL is whatever looks like an address of the web.
var anURL = regexp.MustCompile(`(?i)\bhttps?://\S+`)

// words are the other side's own, without addresses and secrets.
func (a answer) words(secrets ...string) string {
	text := fmt.Sprintf("HTTP %d %s", a.status, http.StatusText(a.status))
	if body := line(a.body, 200); body != "" {
		text += ": " + body
	}
	secrets = append(slices.Clone(a.private), secrets...)
	slices.SortFunc(secrets, func(x, y string) int { return len(y) - len(x) }) // the whole before its parts
	for _, secret := range secrets {
		if len(secret) >= shortestSecret {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return scrub(anURL.ReplaceAllString(text, "…"), "")
}

// remoteID is the id that the other side gave a request.
func (a answer) remoteID() string {
	if strings.ContainsFunc(a.requestID, func(c rune) bool { return c <= ' ' || c > '~' || c == '@' }) {
		return ""
	}
	return a.requestID[:min(len(a.requestID), 80)]
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3); 0: neither, or past.
func retryAfter(text string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
		wait = time.Duration(min(seconds, int64(longestWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestWait)
}

// checkURL reads an address that is sent to.
func checkURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case text == "":
		return nil, errors.New("is missing; write an address such as https://hooks.example.org/status")
	case err != nil || line(text, 4000) != strings.TrimSpace(text):
		return nil, errors.New("cannot be read as an address")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("does not begin with https:// or http://")
	case u.Hostname() == "":
		return nil, errors.New("names no host")
	}
	u.Fragment = ""
	return u, nil
}
