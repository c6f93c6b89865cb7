package probes

import (
	"context"
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// stallSlack is how much longer than its timeout a look may take before the
// excess is our own: a suspended machine, a stopped process, no processor.
const stallSlack = 2 * time.Second

// Look makes one look and tells what was observed. The look ends with the
// monitor's timeout or with ctx. A panic, an interruption and a stall of our
// own are Unseen. slot is the instant that the look was due; now, when it
// begins.
func Look(ctx context.Context, p Prober, m uptime.Monitor, slot, now time.Time) uptime.Observation {
	began := time.Now() // for the monotonic clock alone
	r := guarded(ctx, p, m.Timeout)
	took := max(time.Since(began), 0)
	if m.Timeout > 0 && took > m.Timeout+stallSlack && (r.Code == uptime.TimedOut || r.Code == uptime.TooSlow) {
		r = unseen(r, uptime.ProbeFault, "we were held up: the look took %v with a timeout of %v",
			took.Round(time.Millisecond), m.Timeout)
	}
	if ctx.Err() != nil && r.Outcome != uptime.Pass {
		r = unseen(r, uptime.ProbeFault, "the look was interrupted")
	}
	if r.Code == "" {
		r = unseen(r, uptime.ProbeFault, "the probe told nothing")
	}
	for i, d := range r.Phases {
		r.Phases[i] = max(d, 0)
	}
	return uptime.Observation{
		Monitor: m.ID, Vantage: uptime.Local, Slot: slot, At: now.UTC(), Took: took,
		Outcome: r.Outcome, Code: r.Code, Detail: oneLine(r.Detail), Phases: r.Phases, Facts: r.Facts,
	}
}

// guarded looks within the timeout and turns a panic into a result.
func guarded(ctx context.Context, p Prober, timeout time.Duration) (r Result) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	defer func() {
		if cause := recover(); cause != nil {
			r = unseen(Result{}, uptime.ProbeFault, "the probe panicked: %v", cause)
		}
	}()
	return p.Look(ctx)
}

// unseen takes back what a result said of its target.
func unseen(r Result, code uptime.Code, format string, args ...any) Result {
	r.Outcome, r.Code, r.Detail = uptime.Unseen, code, fmt.Sprintf(format, args...)
	return r
}

func (r *Result) pass() {
	r.Outcome, r.Code = uptime.Pass, uptime.OK
}

func (r *Result) fail(code uptime.Code, format string, args ...any) {
	r.Outcome, r.Code, r.Detail = uptime.Fail, code, fmt.Sprintf(format, args...)
}

// slow lowers a passing result; the first reason is the one that counts.
func (r *Result) slow(code uptime.Code, format string, args ...any) {
	if r.Outcome == uptime.Pass {
		r.Outcome, r.Code, r.Detail = uptime.Slow, code, fmt.Sprintf(format, args...)
	}
}

// broke ends a result with an error of the way to the target. Past the
// deadline, a connection that merely ended did so because of it.
func (r *Result) broke(ctx context.Context, err error) {
	r.Outcome, r.Code = classify(err)
	if (r.Code == uptime.BadAnswer || r.Code == uptime.Reset) && overdue(ctx) {
		r.Code = uptime.TimedOut
	}
	r.Detail = err.Error()
}

// overdue tells whether the look's deadline has passed. Connections end with it
// as well, and may notice a moment before the context does.
func overdue(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}
