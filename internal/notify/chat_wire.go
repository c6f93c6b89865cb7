package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// wire is the HTTP client that shoutrrr's services get: through the egress
// guard, with our deadline whatever context they use, without redirects, and
// with a note of what was answered. The note decides what came of a message:
// some services report success when they could not connect.
type wire struct {
	ctx       context.Context //nolint:containedctx // the services take a client and no context
	transport http.RoundTripper
	now       func() time.Time
	address   string // shoutrrr's URL, which no reply may show
	service   service
	rehearsal bool // asks nobody

	mu     sync.Mutex
	asked  int
	last   answer
	failed error // the first failure
}

// errWire is all that a service learns of a failure, so that it neither waits
// and tries again by itself nor quotes an address.
var errWire = errors.New("not taken")

// mostAnswer is how much of an answer a service is given to read.
const mostAnswer = 64 << 10

// Do sends a request.
func (w *wire) Do(request *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if request.URL.Hostname() == "" {
		return nil, errWire
	}
	w.asked++
	if w.rehearsal {
		return nil, errWire
	}
	answer, err := post(w.transport, request.WithContext(w.ctx), mostAnswer)
	if err == nil {
		if refusal := answer.refusal(w.now(), w.address); refusal != nil {
			err = refusal
		} else if w.service.denies != nil && w.service.denies(answer.body) {
			err = &Refusal{Reply: answer.words(w.address)}
		}
	}
	if err != nil {
		if w.service.optional == nil || !w.service.optional(request) {
			w.failed = errors.Join(w.failed, err)
		}
		return nil, errWire
	}
	w.last = answer
	return &http.Response{
		StatusCode: answer.status, Status: http.StatusText(answer.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(answer.body))), Request: request,
	}, nil
}

// verdict is what came of a message, by what went over the wire first and by
// what the service says of it second.
func (w *wire) verdict(said error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var refusal *Refusal
	switch {
	case w.failed != nil && errors.As(w.failed, &refusal):
		return refusal
	case w.failed != nil:
		return w.failed
	case said != nil && w.asked > 0:
		return &Refusal{Reply: "it was answered, and not taken: " + w.last.words(w.address)}
	case said != nil || w.asked == 0:
		return &Refusal{Reply: "not sent: the message or the address does not fit the service", Permanent: true}
	}
	return nil
}
