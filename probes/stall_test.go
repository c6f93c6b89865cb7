package probes

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// A look that ends long after its deadline was held up by us: what it says of
// time is not the target's. What it says of anything else is.
func TestLookHeldUp(t *testing.T) {
	for name, row := range map[string]struct {
		took time.Duration
		code uptime.Code
		want uptime.Outcome
	}{
		"late within reason":       {6 * time.Second, uptime.TimedOut, uptime.Fail},
		"held up":                  {60 * time.Second, uptime.TimedOut, uptime.Unseen},
		"held up, but an answer":   {60 * time.Second, uptime.HTTPStatus, uptime.Fail},
		"held up, and only slower": {60 * time.Second, uptime.TooSlow, uptime.Unseen},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := Look(context.Background(), acting(func(context.Context) Result {
					time.Sleep(row.took)
					return Result{Outcome: uptime.Fail, Code: row.code, Detail: "it"}
				}), uptime.Monitor{Timeout: 5 * time.Second}, time.Now(), time.Now())
				if o.Outcome != row.want || o.Took != row.took {
					t.Errorf("%v after %v: %s", o.Outcome, o.Took, o.Detail)
				}
			})
		})
	}
}
