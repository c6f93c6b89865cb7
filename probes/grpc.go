package probes

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/upheld/upheld/internal/uptime"
)

const grpcExample = `type: grpc
address: orders.example.org:443
service: orders.v1.Orders
tls: {}
`

// GRPC are the settings of a grpc monitor.
type GRPC struct {
	Address string            `yaml:"address" jsonschema:"required" doc:"host:port; an IPv6 address stands in [ ]."`
	IP      IPVersion         `yaml:"ip" jsonschema:"enum=any,enum=4,enum=6" doc:"The version of IP: any, 4 or 6." default:"any"`
	Service string            `yaml:"service" doc:"The service whose health is asked for. Without one: the server's as a whole."`
	Headers map[string]string `yaml:"headers" doc:"Metadata to send. It is never shown."`
	TLS     *TLSOptions       `yaml:"tls" doc:"Encryption; {} for the usual one. Without it the connection is in the clear."`
	Expect  TCPExpect         `yaml:"expect" doc:"What is expected beside SERVING."`
}

// Target is the address's host.
func (s *GRPC) Target() string { return hostOf(s.Address) }

// largestReply bounds what a server may answer.
const largestReply = 64 << 10

type grpcProber struct {
	env              Env
	network, address string
	host             string
	service          string
	headers          metadata.MD
	tls              *tls.Config // nil: in the clear
	expect           TCPExpect
	veil             veil
}

// Build checks the settings.
func (s *GRPC) Build(env Env) (Prober, error) {
	env = env.complete()
	var wrong problems
	s.IP.check(&wrong)
	p := &grpcProber{env: env, network: s.IP.network("tcp"), service: s.Service, expect: s.Expect}
	p.host, p.address = splitAddress(&wrong, "address", s.Address, 0)
	env.checkHost(&wrong, "address", p.host, s.IP)
	if s.TLS != nil {
		p.tls = s.TLS.client(env.Shared, p.host, &wrong, "h2")
	}
	if s.Expect.CertificateValidFor > 0 && s.TLS == nil {
		wrong.add("expect.certificate_valid_for", "there is no certificate without tls; add `tls: {}`")
	}
	checkSlower(&wrong, s.Expect.SlowerThan, env.Timeout)
	var secrets []string
	p.headers = metadata.MD{}
	for name, value := range s.Headers {
		if !validMetadata(name) || strings.ContainsAny(value, "\r\n\x00") {
			wrong.add("headers", "the header %q cannot be sent by gRPC", name)
		}
		p.headers.Set(name, value)
		secrets = append(secrets, value)
	}
	p.veil = newVeil(secrets)
	return p, wrong.err()
}

// validMetadata keeps to the names that gRPC lets a caller set.
func validMetadata(name string) bool {
	name = strings.ToLower(name)
	return name != "" && !strings.HasPrefix(name, "grpc-") && name != "content-type" && name != "te" &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// Look asks once, over a connection of its own.
func (p *grpcProber) Look(ctx context.Context) (r Result) {
	began := time.Now()
	way := &grpcWay{prober: p, context: ctx}
	answer, err := p.ask(ctx, way)
	way.mu.Lock() // what still runs in the background changes nothing any more
	defer way.mu.Unlock()
	way.closed = true
	r = way.seen
	r.Phases[uptime.Processing] = max(time.Since(began)-r.Phases[uptime.Resolve]-r.Phases[uptime.Connect]-r.Phases[uptime.TLS], 0)
	switch {
	case err != nil && way.err != nil:
		r.broke(ctx, way.err)
	case err != nil:
		p.judgeError(ctx, err, &r)
	default:
		r.Facts.ServingStatus = answer.GetStatus().String()
		if r.pass(); answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			r.fail(uptime.NotServing, "the health of %q is %s", p.service, r.Facts.ServingStatus)
		}
	}
	judgeSlow(&r, p.expect.SlowerThan, time.Since(began))
	judgeExpiry(&r, p.expect.CertificateValidFor, p.env.Now())
	r.Detail = p.veil.over(r.Detail)
	return r
}

func (p *grpcProber) ask(ctx context.Context, way *grpcWay) (*grpc_health_v1.HealthCheckResponse, error) {
	creds := insecure.NewCredentials()
	if p.tls != nil {
		creds = &grpcTLS{credentials.NewTLS(p.tls), way}
	}
	conn, err := grpc.NewClient("passthrough:///"+p.address,
		grpc.WithContextDialer(way.dial), grpc.WithTransportCredentials(creds), grpc.WithNoProxy(),
		grpc.WithAuthority(p.authority()), grpc.WithUserAgent("Upheld"),
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(), grpc.WithMaxHeaderListSize(largestHeader),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largestReply)))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	ctx = metadata.NewOutgoingContext(ctx, p.headers)
	return grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: p.service})
}

func (p *grpcProber) authority() string {
	if p.tls != nil && p.tls.ServerName != p.host {
		return p.tls.ServerName
	}
	return p.address
}

func (p *grpcProber) judgeError(ctx context.Context, err error, r *Result) {
	said := status.Convert(err)
	code := map[codes.Code]uptime.Code{
		codes.DeadlineExceeded: uptime.TimedOut,
		codes.NotFound:         uptime.NotServing,
		codes.Unavailable:      uptime.NotServing,
	}[said.Code()]
	if code == "" {
		code = uptime.BadAnswer
	}
	if overdue(ctx) {
		code = uptime.TimedOut
	}
	r.fail(code, "%s: %s", said.Code(), said.Message())
	switch said.Code() {
	case codes.NotFound:
		r.Facts.ServingStatus = grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN.String()
	case codes.Unimplemented:
		r.Detail = "the server does not speak the health protocol (grpc.health.v1)"
	case codes.Canceled:
		*r = unseen(*r, uptime.ProbeFault, "the look was interrupted")
	}
}

// grpcWay is the way to a server: gRPC connects in the background and reports
// of it in words only, so what is seen is noted here.
type grpcWay struct {
	prober  *grpcProber
	context context.Context // of the look; gRPC's own outlives it

	mu     sync.Mutex
	seen   Result
	err    error // of the first connection
	tried  bool
	closed bool
}

var errOnce = errors.New("one look makes one connection")

// dial connects once; gRPC would try again and again.
func (w *grpcWay) dial(context.Context, string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tried || w.closed {
		return nil, errOnce
	}
	w.tried = true
	conn, _, err := connect(w.context, w.prober.env.Egress, w.prober.network, w.prober.address, &w.seen)
	w.err = err
	return conn, err
}

// grpcTLS notes what a handshake showed.
type grpcTLS struct {
	credentials.TransportCredentials
	way *grpcWay
}

// Info hides the name that the certificate must bear, which gRPC would
// otherwise send as the request's authority in place of host and port.
func (c *grpcTLS) Info() credentials.ProtocolInfo {
	info := c.TransportCredentials.Info()
	info.ServerName = "" //nolint:staticcheck // gRPC itself still reads it
	return info
}

// ClientHandshake shakes hands as the settings ask.
func (c *grpcTLS) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	began := time.Now()
	conn, info, err := c.TransportCredentials.ClientHandshake(ctx, authority, raw)
	c.way.note(time.Since(began), info, err)
	return conn, info, err
}

// Clone keeps the notes.
func (c *grpcTLS) Clone() credentials.TransportCredentials {
	return &grpcTLS{c.TransportCredentials.Clone(), c.way}
}

func (w *grpcWay) note(took time.Duration, info credentials.AuthInfo, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.seen.Phases[uptime.TLS] = took
	w.err = nil
	if shown, ok := info.(credentials.TLSInfo); ok && err == nil {
		noteTLS(shown.State, &w.seen)
	}
	if err != nil {
		noteRefused(err, &w.seen)
		w.err = errors.Join(errHandshake, err)
	}
}
