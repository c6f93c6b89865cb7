// Package probes looks at targets: once, and reports what was seen. Each type
// of probe is one file; Types is the table of contents. It knows nothing of
// schedules, of states or of what is believed, and it writes nothing down.
//
// Two rules hold for every type. A target is hostile: a look ends with its
// deadline and holds a bounded amount of memory, whatever is sent. And a fault
// of our own is not the target's: it makes a look Unseen, never Fail.
package probes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/egress"
	"github.com/upheld/upheld/internal/uptime"
)

// Result is what one look came to.
type Result struct {
	Outcome uptime.Outcome
	Code    uptime.Code
	Detail  string // for operators: one line, bounded, without secrets
	Phases  uptime.Phases
	Facts   uptime.Facts
}

// Prober looks once. The context carries the deadline of the whole look. Look
// is called again and again, and by several at a time.
type Prober interface {
	Look(ctx context.Context) Result
}

// Settings are what the configuration says of one monitor, beside what every
// monitor has. Their yaml, doc, default and jsonschema tags are the source of
// the reference and of the editors' schema.
type Settings interface {
	// Build checks the settings and makes a prober of them. What is wrong is
	// told as one *SettingError each, joined with errors.Join.
	Build(env Env) (Prober, error)
	// Target is the host that is looked at, for telling through which network
	// it is reached; empty where nothing is connected to.
	Target() string
}

// Type is one way to look.
type Type struct {
	Name    string // the word after `type:`
	Summary string // one sentence
	Example string // one monitor, in YAML
	Notes   string // what else there is to know, in Markdown; may be empty
	New     func() Settings
}

// Types are all ways to look, in the order of the reference.
func Types() []Type {
	return []Type{
		{"http", "Sends an HTTP request and judges the answer.", httpExample, "", func() Settings { return new(HTTP) }},
		{"tcp", "Connects to a TCP port, and may hold a short dialogue.", tcpExample, "", func() Settings { return new(TCP) }},
		{"tls", "Checks a certificate: its chain, its name and the days that it has left.", tlsExample, "", func() Settings { return new(TLS) }},
		{"dns", "Asks a name server and compares its answers.", dnsExample, "", func() Settings { return new(DNS) }},
		{"icmp", "Sends echo requests (ping) and counts what comes back.", icmpExample, "", func() Settings { return new(ICMP) }},
		{"grpc", "Asks a gRPC server for its health by the standard protocol.", grpcExample, "", func() Settings { return new(GRPC) }},
		{"heartbeat", "Waits for a job to call us, and misses it when it does not.", heartbeatExample, heartbeatNotes, func() Settings { return new(Heartbeat) }},
		{"alertmanager", "Listens to an Alertmanager, and fails while it tells of a matching alert.", alertmanagerExample, alertmanagerNotes, func() Settings { return new(Alertmanager) }},
	}
}

// TypeNamed finds a type by its name.
func TypeNamed(name string) (Type, bool) {
	for _, t := range Types() {
		if t.Name == name {
			return t, true
		}
	}
	return Type{}, false
}

// Env is what a prober gets from the program around it.
type Env struct {
	Monitor uptime.MonitorID
	Timeout time.Duration    // of the whole look; 0 in a mere check of settings
	Egress  *egress.Guard    // opens every connection; must be set
	Public  *egress.Guard    // where a target on the internet may redirect to; nil: wherever Egress may go
	Shared  *Shared          // what monitors share; nil: one of its own
	Signals Signals          // what heartbeats go by; may be nil for other types
	Alerts  Alerts           // what alertmanager monitors go by; may be nil for other types
	Now     func() time.Time // wall clock, for certificates and heartbeats; nil: time.Now
}

// complete fills in what may be left out.
func (e Env) complete() Env {
	if e.Shared == nil {
		e.Shared = NewShared()
	}
	if e.Now == nil {
		e.Now = time.Now
	}
	return e
}

// SettingError says what is wrong with one setting, and what to write instead.
type SettingError struct {
	Path string // below the monitor: "expect.status"
	Text string
}

// Error is one line.
func (e *SettingError) Error() string { return e.Path + ": " + e.Text }

// Setting is the path and what is wrong (config.Fault).
func (e *SettingError) Setting() (path, what string) { return e.Path, e.Text }

// problems collects everything that is wrong with settings.
type problems []error

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, &SettingError{path, fmt.Sprintf(format, args...)})
}

func (p problems) err() error { return errors.Join(p...) }
