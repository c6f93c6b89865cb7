package monitoring

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// What a message leaves out is not known: a monitor that it could concern does not
// pass until a whole message of that group comes.
func TestWhatAMessageLeavesOutIsUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		labels map[string]string // of the group
		state  uptime.State
	}{
		"nothing is known of it":         {nil, uptime.Unknown},
		"it could match":                 {map[string]string{"service": "checkout", "severity": "page"}, uptime.Unknown},
		"its labels say nothing of it":   {map[string]string{"severity": "page"}, uptime.Unknown},
		"it is of another service":       {map[string]string{"service": "search"}, uptime.Up},
		"it is the watchdog's own group": {map[string]string{"alertname": "Watchdog"}, uptime.Up},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "upheld.db")
			synctest.Test(t, func(t *testing.T) {
				a := alertingOn(t, path)
				defer a.stop()
				a.barks(2 * time.Minute)
				a.is(uptime.Up, "at first")
				other := alert("Others", "service", "search")
				tell := func(leftOut int64) {
					if err := a.Receive(t.Context(), uptime.AlertGroup{Key: "cut", Labels: test.labels, LeftOut: leftOut}, []uptime.ReceivedAlert{other}); err != nil {
						t.Error(err)
					}
				}
				tell(3)
				a.barks(5 * time.Minute)
				a.is(test.state, "though the watchdog barks")
				tell(0)
				a.is(uptime.Up, "after a whole message of the group")
			})
		})
	}
}
