package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

func TestSignals(t *testing.T) {
	for path, want := range map[string]*uptime.Signal{
		goodToken:                           {At: start, Kind: uptime.Succeeded},
		goodToken + "/start":                {At: start, Kind: uptime.Started},
		goodToken + "/fail":                 {At: start, Kind: uptime.Failed},
		goodToken + "/0":                    {At: start, Kind: uptime.Succeeded},
		goodToken + "/1":                    {At: start, Kind: uptime.Failed, Code: 1},
		goodToken + "/255":                  {At: start, Kind: uptime.Failed, Code: 255},
		goodToken + "/256":                  nil,
		goodToken + "/-1":                   nil,
		goodToken + "/+1":                   nil,
		goodToken + "/01":                   nil,
		goodToken + "/1e1":                  nil,
		goodToken + "/FAIL":                 nil,
		goodToken + "/":                     nil,
		goodToken + "/fail/":                nil,
		goodToken + "/fail/1":               nil,
		"":                                  nil,
		"unknown":                           nil,
		"unknown/fail":                      nil,
		strings.Repeat("a", tokenLongest+1): nil,
	} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			u := newUnder()
			r := do(u.public, method, "/heartbeat/"+path)
			if want == nil {
				nothing := do(u.public, method, "/nothing")
				if r.StatusCode != http.StatusNotFound {
					t.Errorf("%s %s: status %d", method, path, r.StatusCode)
				}
				if diff := cmp.Diff(nothing.Header, r.Header); method == "GET" && (diff != "" || body(t, r) != body(t, nothing)) {
					t.Errorf("%s differs from any other 404:\n%s", path, diff)
				}
				if len(u.jobs.signals) > 0 {
					t.Errorf("%s %s: stored %v", method, path, u.jobs.signals)
				}
				continue
			}
			text := "OK\n"
			if method == "HEAD" {
				text = ""
			}
			if got := body(t, r); r.StatusCode != http.StatusOK || got != text || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: %d %q", method, path, r.StatusCode, got)
			}
			if diff := cmp.Diff([]uptime.Signal{*want}, u.jobs.signals); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", method, path, diff)
			}
		}
	}
}

func TestNoOKBeforeTheSignalIsStored(t *testing.T) {
	for name, err := range map[string]error{
		"the database is away": errors.New("dial tcp: refused"),
		"it takes too long":    context.DeadlineExceeded,
	} {
		u := newUnder()
		u.jobs.err = err
		r := do(u.public, "POST", "/heartbeat/"+goodToken+"/fail")
		if text := body(t, r); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "5" || strings.Contains(text, "refused") {
			t.Errorf("%s: %d, Retry-After %q, %q", name, r.StatusCode, r.Header.Get("Retry-After"), text)
		}
		if log := u.log.String(); strings.Count(log, "a request failed") != 1 || strings.Contains(log, goodToken) {
			t.Errorf("%s: the log has to tell it once, without the token: %s", name, log)
		}
	}
}

func TestATokenIsNeverLogged(t *testing.T) {
	u := newUnder(func(o *Options) { o.Signals = panics{} })
	r := do(u.public, "GET", "/heartbeat/"+goodToken+"/start")
	if r.StatusCode != http.StatusInternalServerError || strings.Contains(u.log.String(), goodToken) || u.log.Len() == 0 {
		t.Errorf("%d: %s", r.StatusCode, u.log)
	}
}

type panics struct{}

func (panics) Signal(context.Context, string, uptime.Signal) error { panic("a bug") }

func TestSixtyCallsAMinute(t *testing.T) {
	u := newUnder()
	call := func() (int, string) {
		r := do(u.public, "GET", "/heartbeat/"+goodToken)
		return r.StatusCode, r.Header.Get("Retry-After")
	}
	for i := range signalRate {
		if status, _ := call(); status != 200 {
			t.Fatalf("call %d: %d", i+1, status)
		}
	}
	if status, wait := call(); status != 429 || wait != "1" {
		t.Errorf("call 61: %d, Retry-After %q", status, wait)
	}
	if r := do(u.public, "GET", "/heartbeat/unknown"); r.StatusCode != http.StatusNotFound {
		t.Errorf("another token: %d", r.StatusCode)
	}
	u.now = u.now.Add(time.Second)
	if status, _ := call(); status != 200 {
		t.Errorf("a second later: %d", status)
	}
	if status, _ := call(); status != 429 {
		t.Errorf("and again: %d", status)
	}
	if n := len(u.jobs.signals); n != signalRate+1 {
		t.Errorf("%d signals stored", n)
	}
}

func TestGuessedTokensFillNoMemory(t *testing.T) {
	l := newLimits(signalRate)
	now := start
	for i := range 5 * limitsKept { // all of them exist and call once
		l.take(sha256.Sum256([]byte(strconv.Itoa(i))), now)
		now = now.Add(time.Second)
	}
	if len(l.calls) > 2*limitsKept {
		t.Errorf("%d tokens are kept though each called once, long ago", len(l.calls))
	}
	u := newUnder()
	s := newSite(Options{Documents: samplePages(), Signals: u.jobs}, routes(), token)
	for i := range 3 * limitsKept {
		do(s.echo, "GET", "/heartbeat/guess-"+strconv.Itoa(i))
	}
	if len(s.limits.calls) != 0 {
		t.Errorf("%d guesses are remembered", len(s.limits.calls))
	}
}

func TestALargeBodyIsNotReadToItsEnd(t *testing.T) {
	u := newUnder()
	payload := &counted{left: 1 << 30}
	r := httptest.NewRequest(http.MethodPost, "/heartbeat/"+goodToken, payload)
	w := httptest.NewRecorder()
	u.public.ServeHTTP(w, r)
	if w.Code != 200 || len(u.jobs.signals) != 1 {
		t.Errorf("%d, %d signals", w.Code, len(u.jobs.signals))
	}
	if payload.read > signalBody {
		t.Errorf("%d bytes were read, at most %d are", payload.read, signalBody)
	}
}

type counted struct{ read, left int }

func (c *counted) Read(b []byte) (int, error) {
	n := min(len(b), c.left)
	if n == 0 {
		return 0, io.EOF
	}
	c.read, c.left = c.read+n, c.left-n
	return n, nil
}

func TestAJobThatHangsUpHasCalled(t *testing.T) {
	u := newUnder()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/heartbeat/"+goodToken, nil)
	u.public.ServeHTTP(httptest.NewRecorder(), r)
	if len(u.jobs.signals) != 1 {
		t.Error("the signal is lost")
	}
}
