package statuspage

import (
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func TestRuleNamesTheWayToLook(t *testing.T) {
	m := uptime.Monitor{Interval: 30 * time.Second, Confirm: uptime.Confirmation{Failures: 3, Successes: 2, Retry: 10 * time.Second}}
	const rest = " every 30 s: down after 3 failing looks in a row, up again after 2 passing ones, confirmed by looks 10 s apart"
	for kind, want := range map[string]string{
		"http": "One HTTP look" + rest, "tls": "One TLS look" + rest, "grpc": "One gRPC look" + rest, "": "One look" + rest,
		"heartbeat": "A job reports by itself; its silence counts once it is overdue",
	} {
		m.Type = kind
		if got := rule(m); got != want {
			t.Errorf("%q: %q", kind, got)
		}
	}
}
