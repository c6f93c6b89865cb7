package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"github.com/upheld/upheld/internal/uptime"
)

// Limits of a heartbeat call.
const (
	signalBody   = 10 << 10        // bytes of the body that are read, and thrown away
	signalTime   = 5 * time.Second // to store the signal
	signalRate   = 60              // calls a minute and token
	tokenLongest = 128             // bytes
)

// heartbeat takes in a job's signal and says OK once it is stored: a job that
// was told OK is never reported as missing. An unknown token gets the same
// answer as any address that leads nowhere.
func (s *site) heartbeat(c echo.Context) error {
	token, word, more := strings.Cut(c.Param("*"), "/")
	signal, ok := readSignal(word)
	if !ok || more && word == "" || token == "" || len(token) > tokenLongest || s.Signals == nil {
		return uptime.ErrNotFound
	}
	signal.At = s.Now().UTC()
	key := sha256.Sum256([]byte(token))
	if wait := s.limits.take(key, s.Now()); wait > 0 {
		return busyError{wait}
	}
	// A job that hangs up after calling has called all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), signalTime)
	defer cancel()
	switch err := s.Signals.Signal(ctx, token, signal); {
	case errors.Is(err, uptime.ErrNotFound):
		s.limits.forget(key)
		return uptime.ErrNotFound
	case err != nil:
		return storeError{err}
	}
	// What a job prints may come along; we have no use for it. A body that
	// breaks off does not unsay the signal.
	_, _ = io.CopyN(io.Discard, c.Request().Body, signalBody)
	send(c, http.StatusOK, textPlain, []byte("OK\n"))
	return nil
}

// readSignal reads the last part of a heartbeat address: nothing, "start",
// "fail" or an exit status from 0 to 255 without needless digits.
func readSignal(word string) (uptime.Signal, bool) {
	switch word {
	case "":
		return uptime.Signal{Kind: uptime.Succeeded}, true
	case "start":
		return uptime.Signal{Kind: uptime.Started}, true
	case "fail":
		return uptime.Signal{Kind: uptime.Failed}, true
	}
	code, err := strconv.ParseUint(word, 10, 8)
	if err != nil || strconv.FormatUint(code, 10) != word {
		return uptime.Signal{}, false
	}
	kind := uptime.Failed
	if code == 0 {
		kind = uptime.Succeeded
	}
	return uptime.Signal{Kind: kind, Code: int(code)}, true
}

// limits counts the calls of each token, by its hash: a token is kept nowhere.
type limits struct {
	rate  int // calls a minute and token
	mu    sync.Mutex
	calls map[[sha256.Size]byte]*rate.Limiter
	full  int // entries at which those that have not called for a minute go
}

// limitsKept is how many tokens are counted before any is let go.
const limitsKept = 1024

func newLimits(perMinute int) *limits {
	return &limits{rate: perMinute, calls: map[[sha256.Size]byte]*rate.Limiter{}, full: limitsKept}
}

// take counts a call, and says how long to wait if it is one too many.
func (l *limits) take(key [sha256.Size]byte, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.calls[key]
	if limiter == nil {
		l.sweep(now)
		limiter = rate.NewLimiter(rate.Every(time.Minute/time.Duration(l.rate)), l.rate)
		l.calls[key] = limiter
	}
	call := limiter.ReserveN(now, 1)
	wait := call.DelayFrom(now)
	if wait > 0 {
		call.CancelAt(now)
	}
	return wait
}

// forget drops what was counted for a token that turned out not to exist, so
// that guessing tokens fills no memory.
func (l *limits) forget(key [sha256.Size]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.calls, key)
}

// sweep keeps the table about as large as the tokens in use.
func (l *limits) sweep(now time.Time) {
	if len(l.calls) < l.full {
		return
	}
	for key, limiter := range l.calls {
		if limiter.TokensAt(now) >= float64(l.rate) {
			delete(l.calls, key)
		}
	}
	l.full = max(limitsKept, 2*len(l.calls))
}
