package main

import (
	"fmt"
	"io"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// printObservation prints what one look saw, for a person, and tells whether
// it passed.
func printObservation(w io.Writer, o uptime.Observation) bool {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-12s "+format+"\n", append([]any{name}, args...)...)
	}
	line("monitor", "%s", o.Monitor)
	line("outcome", "%s (%s)", o.Outcome, o.Code)
	if o.Detail != "" {
		line("detail", "%s", o.Detail)
	}
	line("at", "%s", o.At.Format(time.RFC3339Nano))
	line("took", "%s", round(o.Took))
	for phase, took := range o.Phases {
		if took > 0 {
			line("  "+uptime.Phase(phase).String(), "%s", round(took))
		}
	}
	f := o.Facts
	for _, fact := range []struct {
		name  string
		known bool
		value any
	}{
		{"status", f.HTTPStatus != 0, f.HTTPStatus},
		{"http", f.HTTPVersion != 0, f.HTTPVersion},
		{"redirects", f.Redirects != 0, f.Redirects},
		{"bytes", f.BodyBytes != 0, f.BodyBytes},
		{"tls", f.TLSVersion != "", f.TLSVersion},
		{"certificate", !f.CertExpiry.IsZero(), "expires " + f.CertExpiry.UTC().Format(time.RFC3339)},
		{"rcode", f.DNSCode != "", f.DNSCode},
		{"answers", f.DNSAnswers != 0, f.DNSAnswers},
		{"packets", f.PacketsSent != 0, fmt.Sprintf("%d sent, %d lost", f.PacketsSent, f.PacketsLost)},
		{"ip", f.IPVersion != 0, f.IPVersion},
		{"serving", f.ServingStatus != "", f.ServingStatus},
	} {
		if fact.known {
			line(fact.name, "%v", fact.value)
		}
	}
	return o.Outcome == uptime.Pass
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
