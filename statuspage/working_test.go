package statuspage

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// The time before the first record is told apart from looks that told nothing.
func TestTheTimeBeforeWatchingIsCalledThat(t *testing.T) {
	s := newSample()
	id := s.add("A", "", uptime.Critical, sampleNow.AddDate(0, 0, -10))
	s.was(id, uptime.Unknown, sampleNow.AddDate(0, 0, -5), time.Hour, "")
	late := s.add("B", "", uptime.Critical, sampleNow.AddDate(0, 0, -2))
	blind := s.add("C", "", uptime.Critical, sampleNow.AddDate(0, 0, -2))
	s.in.Segments[len(s.in.Segments)-1].State = uptime.Unknown
	s.was(blind, uptime.Up, sampleNow.AddDate(0, 0, -1), 0, uptime.OK)
	const before, nothing = "before we began to watch", "no look told anything"
	for id, want := range map[uptime.ComponentID][]string{id: {nothing, before}, late: {before}, blind: {nothing}} {
		b := open(s.in, sampleNow)
		c, _ := b.component(id)
		var got []string
		for _, span := range b.componentWorking(c).Spans {
			got = append(got, span.Cause)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.Name, diff)
		}
	}
}

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
