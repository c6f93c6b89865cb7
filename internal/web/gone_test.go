package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/upheld/upheld/statuspage"
)

// gone are pages whose database stops with whoever asks.
type gone struct{ pages }

func (g gone) Document(ctx context.Context, _ string) (*statuspage.Document, error) {
	return nil, fmt.Errorf("reading: %w", context.Cause(ctx))
}

func TestWhoLeavesBeforeTheAnswerIsNoFaultOfOurs(t *testing.T) {
	u := newUnder(func(o *Options) { o.Documents = gone{samplePages()} })
	left, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(left, "GET", "http://status.example.org/", nil)
	u.public.ServeHTTP(httptest.NewRecorder(), r)
	var log bytes.Buffer
	s := &site{Options: Options{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	_ = s.apiProblem(left, "get-incident", fmt.Errorf("reading: %w", context.Canceled))
	if text := u.log.String() + log.String(); strings.Contains(text, "level=ERROR") {
		t.Errorf("logged:\n%s", text)
	}
	// What was stopped while somebody waits is one.
	_ = s.apiProblem(t.Context(), "get-incident", fmt.Errorf("reading: %w", context.Canceled))
	_ = s.apiProblem(left, "get-incident", errors.New("the disk is full"))
	if n := strings.Count(log.String(), "level=ERROR"); n != 2 {
		t.Errorf("%d faults of two were logged:\n%s", n, log.String())
	}
}
