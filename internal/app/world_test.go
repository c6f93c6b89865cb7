//go:build slow

package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/miekg/dns"

	"github.com/upheld/upheld/internal/needs"
)

// TestTheWorld watches real servers: nginx, PostgreSQL, a mail server and a
// name server. Stopping one of them is an outage dated to its first failing
// look; a restart of Upheld in the middle leaves a gap and doubles nothing.
func TestTheWorld(t *testing.T) {
	nginx := startNginx(t)
	postgres, err := url.Parse(needs.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	mail, names := startMail(t), startNames(t)
	const interval, retry = time.Second, 300 * time.Millisecond
	u := begin(t, fmt.Sprintf(`
components:
  - {name: Web, importance: critical, monitors: [{type: http, url: "http://%s/", interval: 1s, timeout: 500ms, confirm: {retry: 300ms}, expect: {body_contains: nginx}}]}
  - {name: Database, importance: critical, monitors: [{type: tcp, address: "%s", interval: 1s, timeout: 500ms, confirm: {retry: 300ms}}]}
  - {name: Mail, importance: important, monitors: [{type: tcp, address: "%s", interval: 1s, timeout: 500ms, confirm: {retry: 300ms}, steps: [{expect: "^220 "}]}]}
  - {name: Names, monitors: [{type: dns, name: www.example.org, record: A, resolver: "%s", interval: 1s, timeout: 500ms, confirm: {retry: 300ms}, expect: {answers: [192.0.2.7]}}]}
`, nginx.address, hostPort(postgres), mail, names))
	u.within(2*interval, "everything is operational", func() bool {
		s := u.summary()
		for _, name := range []string{"Web", "Database", "Mail", "Names"} {
			if s.state(name) != "operational" {
				return false
			}
		}
		return true
	})

	stopped := time.Now()
	nginx.stop()
	u.within(interval+2*retry+3*500*time.Millisecond+time.Second, "the web is out, with one incident", func() bool {
		s := u.summary()
		return s.state("Web") == "major_outage" && len(s.Incidents) == 1
	})
	open := u.summary().Incidents[0]
	if late := open.StartedAt.Sub(stopped); late < -50*time.Millisecond || late > interval+500*time.Millisecond {
		t.Errorf("the outage is dated %v after nginx stopped", late)
	}
	if s := u.summary(); s.state("Database") != "operational" || s.state("Mail") != "operational" {
		t.Error("what did not stop is not operational")
	}

	u.stop()
	time.Sleep(4 * interval)
	u.start()
	nginx.start()
	u.within(5*interval, "the incident resolves after both are back", func() bool {
		all := u.incidents()
		return len(all) == 1 && all[0].ID == open.ID && all[0].Status == "resolved"
	})
	day := time.Now().UTC().Format(time.DateOnly)
	if status, page := u.get("/days/" + day); status != 200 || !strings.Contains(page, "not observed") {
		t.Errorf("the day's page does not tell of the gap (status %d)", status)
	}
	if status, page := u.get("/"); status != 200 || !strings.Contains(page, "All services are working") && !strings.Contains(page, "working") {
		t.Errorf("the home page, with status %d:\n%s", status, page)
	}
}

func hostPort(database *url.URL) string {
	if host := database.Query().Get("host"); host != "" && database.Host == "" {
		return host
	}
	if database.Port() == "" {
		return net.JoinHostPort(database.Hostname(), "5432")
	}
	return database.Host
}

// server is a program that can be stopped and started on one address.
type server struct {
	t       *testing.T
	address string
	program string
	args    []string
	command *exec.Cmd
}

func (s *server) start() {
	s.t.Helper()
	s.command = exec.Command(s.program, s.args...)
	s.command.Stderr = os.Stderr
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	for range 200 {
		if conn, err := net.Dial("tcp", s.address); err == nil {
			conn.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("%s does not listen on %s", s.program, s.address)
}

func (s *server) stop() {
	if s.command != nil {
		_ = s.command.Process.Kill()
		_ = s.command.Wait()
		s.command = nil
	}
}

func startNginx(t *testing.T) *server {
	t.Helper()
	folder := t.TempDir()
	s := &server{t: t, address: freeAddress(t), program: needs.Program(t, "nginx-light", "nginx")}
	settings := filepath.Join(folder, "nginx.conf")
	text := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events {} http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen %[2]s; location / { return 200 "nginx is here"; } } }`, folder, s.address)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.args = []string{"-c", settings, "-e", filepath.Join(folder, "start.log")}
	s.start()
	t.Cleanup(s.stop)
	return s
}

type sink struct{}

func (sink) NewSession(*smtp.Conn) (smtp.Session, error) { return sink{}, nil }
func (sink) Mail(string, *smtp.MailOptions) error        { return nil }
func (sink) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (sink) Data(r io.Reader) error                      { _, err := io.Copy(io.Discard, r); return err }
func (sink) Reset()                                      {}
func (sink) Logout() error                               { return nil }

func startMail(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(sink{})
	s.Domain = "mail.example.org"
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(listener) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return listener.Addr().String()
}

func startNames(t *testing.T) (address string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		answer := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			answer.Answer = []dns.RR{&dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(192, 0, 2, 7),
			}}
		}
		_ = w.WriteMsg(answer)
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.ActivateAndServe() }()
	t.Cleanup(func() { _ = s.ShutdownContext(context.WithoutCancel(t.Context())); <-done })
	return conn.LocalAddr().String()
}
