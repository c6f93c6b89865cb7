package exporter

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// monitorFamily is a family with samples of single monitors. Names that begin
// with probe_ are blackbox_exporter's, and mean what they mean there.
type monitorFamily struct {
	family
	full    bool // only with Detail Full
	lasting bool // also of a look that no longer vouches
	samples func(t *text, m *monitor, r *reading)
}

func monitorFamilies() []monitorFamily {
	return append(basicFamilies(), fullFamilies()...)
}

func basicFamilies() []monitorFamily {
	return []monitorFamily{
		{
			family: family{name: "probe_success", help: "Whether the newest look found its target up (1) or failing (0); absent while that is not known."},
			samples: func(t *text, m *monitor, r *reading) {
				t.sample(yes(r.Outcome != uptime.Fail), m.labels)
			},
		},
		{
			family: family{name: "probe_duration_seconds", help: "How long the newest look took, in seconds."},
			samples: func(t *text, m *monitor, r *reading) {
				if m.Type != "heartbeat" {
					t.sample(seconds(r.Took), m.labels)
				}
			},
		},
		{
			family: family{name: "probe_http_status_code", help: "Status of the newest HTTP answer; 0 if none came."},
			samples: func(t *text, m *monitor, r *reading) {
				if m.Type == "http" {
					t.sample(float64(r.Facts.HTTPStatus), m.labels)
				}
			},
		},
		{
			family: family{name: "probe_ssl_earliest_cert_expiry", help: "When the first certificate of the chain expires, in seconds since 1970."},
			samples: func(t *text, m *monitor, r *reading) {
				if !r.Facts.CertExpiry.IsZero() {
					t.sample(unix(r.Facts.CertExpiry), m.labels)
				}
			},
		},
		{
			family:  family{name: "upheld_monitor_last_look_timestamp_seconds", help: "When the newest look began that told anything, in seconds since 1970."},
			lasting: true,
			samples: func(t *text, m *monitor, r *reading) {
				if !r.told.IsZero() {
					t.sample(unix(r.told), m.labels)
				}
			},
		},
	}
}

func fullFamilies() []monitorFamily {
	return []monitorFamily{
		{full: true,
			family: family{name: "probe_ip_protocol", help: "Version of the Internet Protocol that the newest look went over, 4 or 6."},
			samples: func(t *text, m *monitor, r *reading) {
				positive(t, m, float64(r.Facts.IPVersion))
			},
		},
		{full: true,
			family: family{name: "probe_dns_lookup_time_seconds", help: "How long it took to find the target's address, in seconds."},
			samples: func(t *text, m *monitor, r *reading) {
				positive(t, m, seconds(r.Phases[uptime.Resolve]))
			},
		},
		{full: true,
			family: family{name: "probe_http_duration_seconds", help: "How long each phase of the newest HTTP look took, over all redirects, in seconds."},
			samples: func(t *text, m *monitor, r *reading) {
				if m.Type == "http" {
					phases(t, m, r, httpPhases[:])
				}
			},
		},
		{full: true,
			family: family{name: "probe_http_redirects", help: "Redirects that the newest HTTP look followed."},
			samples: func(t *text, m *monitor, r *reading) {
				if answered(m, r) {
					t.sample(float64(r.Facts.Redirects), m.labels)
				}
			},
		},
		{full: true,
			family: family{name: "probe_http_ssl", help: "Whether the newest HTTP answer came over TLS."},
			samples: func(t *text, m *monitor, r *reading) {
				if answered(m, r) {
					t.sample(yes(r.Facts.TLSVersion != ""), m.labels)
				}
			},
		},
		{full: true,
			family: family{name: "probe_http_version", help: "Version of HTTP that the newest answer came in."},
			samples: func(t *text, m *monitor, r *reading) {
				positive(t, m, r.Facts.HTTPVersion)
			},
		},
		{full: true,
			family: family{name: "probe_http_uncompressed_body_length", help: "Bytes of the newest HTTP answer's body that were read, after decompression."},
			samples: func(t *text, m *monitor, r *reading) {
				if answered(m, r) {
					t.sample(float64(r.Facts.BodyBytes), m.labels)
				}
			},
		},
		{full: true,
			family: family{name: "probe_tls_version_info", help: "Version of TLS that the newest look spoke; always 1."},
			samples: func(t *text, m *monitor, r *reading) {
				switch v := r.Facts.TLSVersion; v {
				case "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3":
					t.sample(1, m.labels, `version="`+v+`"`)
				}
			},
		},
		{full: true,
			family: family{name: "probe_dns_duration_seconds", help: "How long each phase of the newest DNS look took, in seconds."},
			samples: func(t *text, m *monitor, r *reading) {
				if m.Type == "dns" {
					phases(t, m, r, dnsPhases[:])
				}
			},
		},
		{full: true,
			family: family{name: "probe_dns_query_succeeded", help: "Whether the newest DNS look was answered, whatever the answer."},
			samples: func(t *text, m *monitor, r *reading) {
				if m.Type == "dns" {
					t.sample(yes(r.Facts.DNSCode != ""), m.labels)
				}
			},
		},
		{full: true,
			family: family{name: "probe_dns_answer_rrs", help: "Records in the answer section of the newest DNS answer."},
			samples: func(t *text, m *monitor, r *reading) {
				if m.Type == "dns" && r.Facts.DNSCode != "" {
					t.sample(float64(r.Facts.DNSAnswers), m.labels)
				}
			},
		},
		{full: true,
			family: family{name: "probe_icmp_duration_seconds", help: "How long each phase of the newest ICMP look took, in seconds."},
			samples: func(t *text, m *monitor, r *reading) {
				if m.Type == "icmp" {
					phases(t, m, r, icmpPhases[:])
				}
			},
		},
		{full: true,
			family: family{name: "upheld_icmp_packet_loss_ratio", help: "Share of the newest ICMP look's packets that were lost, 0 to 1."},
			samples: func(t *text, m *monitor, r *reading) {
				if r.Facts.PacketsSent > 0 {
					t.sample(float64(r.Facts.PacketsLost)/float64(r.Facts.PacketsSent), m.labels)
				}
			},
		},
		{full: true,
			family: family{name: "probe_grpc_duration_seconds", help: "How long each phase of the newest gRPC look took, in seconds."},
			samples: func(t *text, m *monitor, r *reading) {
				if m.Type == "grpc" {
					phases(t, m, r, grpcPhases[:])
				}
			},
		},
		{full: true,
			family: family{name: "probe_grpc_healthcheck_response", help: "Whether the newest gRPC health answer was this status."},
			samples: func(t *text, m *monitor, r *reading) {
				if m.Type != "grpc" || r.Facts.ServingStatus == "" {
					return
				}
				for _, status := range servingStatuses {
					t.sample(yes(r.Facts.ServingStatus == status), m.labels, `serving_status="`+status+`"`)
				}
			},
		},
	}
}

// namedPhase is a phase in the words of one probe type's family.
type namedPhase struct {
	label string
	phase uptime.Phase
}

var (
	httpPhases = [...]namedPhase{
		{`phase="resolve"`, uptime.Resolve}, {`phase="connect"`, uptime.Connect}, {`phase="tls"`, uptime.TLS},
		{`phase="processing"`, uptime.Processing}, {`phase="transfer"`, uptime.Transfer},
	}
	dnsPhases = [...]namedPhase{
		{`phase="resolve"`, uptime.Resolve}, {`phase="connect"`, uptime.Connect}, {`phase="request"`, uptime.Processing},
	}
	icmpPhases = [...]namedPhase{{`phase="resolve"`, uptime.Resolve}, {`phase="rtt"`, uptime.RTT}}
	grpcPhases = [...]namedPhase{
		{`phase="resolve"`, uptime.Resolve}, {`phase="connect"`, uptime.Connect},
		{`phase="tls"`, uptime.TLS}, {`phase="rpc"`, uptime.Processing},
	}
	// servingStatuses are those of the gRPC health protocol (grpc.health.v1).
	servingStatuses = [...]string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}
)

func phases(t *text, m *monitor, r *reading, names []namedPhase) {
	for _, n := range names {
		t.sample(seconds(r.Phases[n.phase]), m.labels, n.label)
	}
}

// seconds is a span to four digits, at the finest to the microsecond: finer ones
// are noise that no reader uses and every scrape would carry.
func seconds(d time.Duration) float64 {
	unit := time.Microsecond
	for d >= 10_000*unit || d <= -10_000*unit {
		unit *= 10
	}
	return d.Round(unit).Seconds()
}

// positive writes a fact whose zero says that the probe did not see it.
func positive(t *text, m *monitor, value float64) {
	if value > 0 {
		t.sample(value, m.labels)
	}
}

// answered tells whether an HTTP look got as far as an answer.
func answered(m *monitor, r *reading) bool { return m.Type == "http" && r.Facts.HTTPStatus > 0 }

// writeMonitors writes the families of all monitors as they stand at now.
func (e *Exporter) writeMonitors(t *text, w *watched, now time.Time) {
	// One reading a monitor for all families: a scrape shows one look, not the
	// status of one and the duration of the next.
	readings := make([]*reading, len(w.order))
	current := make([]bool, len(w.order))
	for i, m := range w.order {
		if r := m.slot.newest.Load(); r != nil {
			readings[i], current[i] = r, r.vouches(m, now)
		}
	}
	for _, f := range monitorFamilies() {
		if f.full && e.detail != Full {
			continue
		}
		t.begin(f.family)
		for i, m := range w.order {
			t.item(i)
			if current[i] || f.lasting && readings[i] != nil {
				f.samples(t, m, readings[i])
			}
		}
	}
}
