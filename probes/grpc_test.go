package probes

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// grpcServer serves health: the server as a whole and "good" serve, "bad" does
// not, and what is not listed is unknown.
func grpcServer(t testing.TB, register bool, options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	if register {
		services := health.NewServer()
		services.SetServingStatus("good", grpc_health_v1.HealthCheckResponse_SERVING)
		services.SetServingStatus("bad", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
		grpc_health_v1.RegisterHealthServer(server, services)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); <-done })
	return listener.Addr().String()
}

func TestGRPC(t *testing.T) {
	address, deaf := grpcServer(t, true), grpcServer(t, false)
	for name, row := range map[string]struct {
		settings GRPC
		outcome  uptime.Outcome
		code     uptime.Code
		status   string
	}{
		"the server":   {GRPC{Address: address}, uptime.Pass, uptime.OK, "SERVING"},
		"a service":    {GRPC{Address: address, Service: "good"}, uptime.Pass, uptime.OK, "SERVING"},
		"not serving":  {GRPC{Address: address, Service: "bad"}, uptime.Fail, uptime.NotServing, "NOT_SERVING"},
		"unknown":      {GRPC{Address: address, Service: "nowhere"}, uptime.Fail, uptime.NotServing, "SERVICE_UNKNOWN"},
		"no protocol":  {GRPC{Address: deaf}, uptime.Fail, uptime.BadAnswer, ""},
		"slow":         {GRPC{Address: address, Expect: TCPExpect{SlowerThan: 1}}, uptime.Slow, uptime.TooSlow, "SERVING"},
		"closed":       {GRPC{Address: closedPort(t)}, uptime.Fail, uptime.Refused, ""},
		"silence":      {GRPC{Address: serve(t, silence)}, uptime.Fail, uptime.TimedOut, ""},
		"tls of clear": {GRPC{Address: address, TLS: &TLSOptions{}}, uptime.Fail, uptime.TLSFailed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			env := testEnv()
			env.Timeout = 500 * time.Millisecond
			o := bounded(t, &row.settings, env)
			if wants(t, o, row.outcome, row.code); o.Facts.ServingStatus != row.status {
				t.Errorf("status %q; want %q", o.Facts.ServingStatus, row.status)
			}
		})
	}
}

// What is no gRPC fails, in time; how it is called depends on how far it came.
func TestGRPCHostile(t *testing.T) {
	for name, answer := range map[string]func(net.Conn){
		"hangs up": func(net.Conn) {},
		"junk":     func(c net.Conn) { flood(c, "junk") },
		"drips":    func(c net.Conn) { drip(c, "\x00\x00\x00\x04\x00\x00\x00\x00\x00") },
		"http/1.1": func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			env := testEnv()
			env.Timeout = hostileTimeout
			if o := bounded(t, &GRPC{Address: serve(t, answer)}, env); o.Outcome != uptime.Fail {
				t.Errorf("%v, %s: %s", o.Outcome, o.Code, o.Detail)
			}
		})
	}
}

func TestGRPCOverTLS(t *testing.T) {
	ca := newAuthority(t)
	cert := ca.leaf(t, 10*24*time.Hour, "grpc.example.org")
	asked := make(chan string, 1)
	address := grpcServer(t, true, grpc.Creds(credentials.NewServerTLSFromCert(&cert)),
		grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			if md, _ := metadata.FromIncomingContext(ctx); len(md.Get("x-key")) == 1 {
				asked <- md.Get("x-key")[0]
			}
			return handler(ctx, req)
		}))
	trusting := &TLSOptions{CAFile: ca.file}
	o := look(t, &GRPC{Address: address, TLS: trusting, Headers: map[string]string{"X-Key": "sesame"}})
	if wants(t, o, uptime.Pass, uptime.OK); o.Facts.TLSVersion != "TLS 1.3" || !o.Facts.CertExpiry.Equal(cert.Leaf.NotAfter) {
		t.Errorf("facts %+v", o.Facts)
	}
	for _, phase := range []uptime.Phase{uptime.Connect, uptime.TLS, uptime.Processing} {
		if o.Phases[phase] <= 0 {
			t.Errorf("phase %v took no time", phase)
		}
	}
	select {
	case got := <-asked:
		if got != "sesame" {
			t.Errorf("the server got %q", got)
		}
	default:
		t.Error("the server got no metadata")
	}
	wants(t, look(t, &GRPC{Address: address, TLS: trusting, Expect: TCPExpect{CertificateValidFor: config.Duration(14 * 24 * time.Hour)}}), uptime.Slow, uptime.CertificateExpiring)
	wants(t, look(t, &GRPC{Address: address, TLS: &TLSOptions{CAFile: ca.file, ServerName: "grpc.example.org"}}), uptime.Pass, uptime.OK)
	wants(t, look(t, &GRPC{Address: address, TLS: &TLSOptions{}}), uptime.Fail, uptime.CertificateChain)
	wants(t, look(t, &GRPC{Address: address, TLS: &TLSOptions{CAFile: ca.file, ServerName: "other.example.org"}}), uptime.Fail, uptime.CertificateName)
	wants(t, look(t, &GRPC{Address: address, TLS: &TLSOptions{SkipVerify: true}}), uptime.Pass, uptime.OK)
}

func TestGRPCRefusesSettings(t *testing.T) {
	for name, row := range map[string]struct {
		settings GRPC
		paths    []string
	}{
		"nothing":  {GRPC{}, []string{"address"}},
		"no port":  {GRPC{Address: "grpc.example.org"}, []string{"address"}},
		"metadata": {GRPC{Address: "[64:ff9b::a9fe:a9fe]:443"}, []string{"address"}},
		"version":  {GRPC{Address: "[2001:db8::1]:443", IP: IPv4}, []string{"ip"}},
		"header":   {GRPC{Address: "a.example:1", Headers: map[string]string{"grpc-timeout": "1S"}}, []string{"headers"}},
		"no tls":   {GRPC{Address: "a.example:1", Expect: TCPExpect{CertificateValidFor: 1}}, []string{"expect.certificate_valid_for"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.paths, refusedAt(t, &row.settings)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
