package uptime

import "time"

// Outcome is what one look came to, before anybody believes it.
type Outcome uint8

// The outcomes. Unseen is a look that told nothing about its target: our own
// fault, our own network, a look that never happened. It is never counted as
// Fail, and never as Pass.
const (
	Unseen Outcome = iota
	Pass
	Slow // passed, but outside of what is expected of it: degraded
	Fail
)

// String is the outcome's name in logs and the database's dumps.
func (o Outcome) String() string { return [...]string{"unseen", "pass", "slow", "fail"}[o] }

// Code says why a look came to its outcome. The list is closed: codes are
// counted in metrics and turned into the public's sentences, so that nothing
// that a target says reaches a reader unread.
type Code string

// The codes.
const (
	OK Code = "ok"

	// Slow or soon failing.
	TooSlow             Code = "too_slow"
	CertificateExpiring Code = "certificate_expiring"
	PacketLoss          Code = "packet_loss"

	// The target's fault.
	TimedOut           Code = "timed_out"
	Refused            Code = "refused"
	Reset              Code = "reset"
	Unreachable        Code = "unreachable"
	NameNotFound       Code = "name_not_found"
	TLSFailed          Code = "tls_failed"
	CertificateExpired Code = "certificate_expired"
	CertificateName    Code = "certificate_name"
	CertificateChain   Code = "certificate_chain"
	HTTPStatus         Code = "http_status"
	BodyMismatch       Code = "body_mismatch"
	JSONMismatch       Code = "json_mismatch"
	HeaderMismatch     Code = "header_mismatch"
	TooManyRedirects   Code = "too_many_redirects"
	TooLarge           Code = "too_large"
	BadAnswer          Code = "bad_answer" // not the protocol that was asked for
	DNSCode            Code = "dns_code"
	DNSAnswer          Code = "dns_answer"
	NotServing         Code = "not_serving"
	SignalMissed       Code = "signal_missed"
	JobFailed          Code = "job_failed"
	AlertFiring        Code = "alert_firing" // slow where the monitor says that it is to be degraded

	// Our own: always Unseen.
	Blind          Code = "blind"           // our own connection is lost
	ResolverFailed Code = "resolver_failed" // our own resolver does not answer
	NoResources    Code = "no_resources"    // no descriptors, ports or memory
	NotAllowed     Code = "not_allowed"     // the egress guard refused the address
	ProbeFault     Code = "probe_fault"     // a bug of ours
	NotYetDue      Code = "not_yet_due"     // a heartbeat that nobody owes yet
	NotTold        Code = "not_told"        // the alerting that we listen to is silent
)

// Phase is a part of a look, in blackbox_exporter's words where it has them.
type Phase uint8

// The phases.
const (
	Resolve Phase = iota
	Connect
	TLS
	Processing
	Transfer
	RTT
	phaseCount
)

// String is the phase's label value.
func (p Phase) String() string {
	return [...]string{"resolve", "connect", "tls", "processing", "transfer", "rtt"}[p]
}

// Phases holds the time spent in each phase, indexed by Phase.
type Phases [phaseCount]time.Duration

// Facts are the measured properties of an answer. The zero value of a field
// says that the probe did not see it.
type Facts struct {
	HTTPStatus    int
	HTTPVersion   float64 // 1.1, 2
	Redirects     int
	BodyBytes     int64     // decompressed bytes read
	CertExpiry    time.Time // earliest in the chain that was verified or shown
	TLSVersion    string    // "TLS 1.3"
	DNSCode       string    // "NOERROR"
	DNSAnswers    int
	PacketsSent   int
	PacketsLost   int
	IPVersion     int // 4 or 6
	ServingStatus string
}

// Observation is what one probe saw in one look.
type Observation struct {
	Monitor MonitorID
	Vantage Vantage
	// Slot is the instant that the look was due, to the millisecond. (Monitor,
	// Vantage, Slot) is unique: two replicas that make the same look make one
	// observation.
	Slot    time.Time
	At      time.Time     // when the look began, UTC
	Took    time.Duration // on the monotonic clock, never negative
	Outcome Outcome
	Code    Code
	// Detail is for operators: it may hold what the target said. It is never
	// shown to the public.
	Detail string
	Phases Phases
	Facts  Facts
}

// Segment is a span of one believed state, as seen from one vantage. To is
// zero while it lasts.
type Segment struct {
	Monitor MonitorID
	Vantage Vantage
	From    time.Time // UTC, inclusive
	To      time.Time // UTC, exclusive; zero: still open
	State   State
	Code    Code // why it began, where a look told
}

// Health is what we believe of one monitor now, and for how long that belief
// may be told.
type Health struct {
	Monitor MonitorID
	Vantage Vantage
	State   State
	Since   time.Time // when the state began, backdated
	Checked time.Time // the newest look that told anything; zero: none yet
	Expires time.Time // from then on the state is unknown, whatever State says
	Last    Observation
}

// At is the state that may be told at now: Unknown once the newest look is too
// old to vouch.
func (h Health) At(now time.Time) State {
	if !now.Before(h.Expires) {
		return Unknown
	}
	return h.State
}

// Rollup counts what the looks of one monitor came to in one hour or one day
// of UTC.
type Rollup struct {
	Monitor MonitorID
	Vantage Vantage
	From    time.Time // start of the hour or day, UTC
	Passed  int
	Slow    int
	Failed  int
	Unseen  int
	TookSum time.Duration // over Passed and Slow
	TookMax time.Duration
}

// Signal is one call of a job to its heartbeat address.
type Signal struct {
	Monitor MonitorID
	At      time.Time // of the server's clock
	Kind    SignalKind
	Code    int // exit code, for SignalExit turned Success or Failure: as sent
}

// SignalKind is what a job says with a call.
type SignalKind uint8

// The kinds of signal.
const (
	Succeeded SignalKind = iota
	Started
	Failed
)

// String is the kind's name in logs and the database's dumps.
func (k SignalKind) String() string { return [...]string{"succeeded", "started", "failed"}[k] }
