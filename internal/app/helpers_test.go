package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/config"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		os.Exit(runUntilKilled(folder))
	}
	// net/http lingers for half a second on a connection that it refused.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// upheld is a running App with its configuration in a file.
type upheld struct {
	*App
	t      testing.TB
	path   string
	data   string
	log    *logged
	wall   func() time.Time // nil: the machine's clock
	cancel context.CancelFunc
	done   chan error
}

// begin starts an App on ports of its own. The text may name any settings but
// listen.
func begin(t testing.TB, text string) *upheld {
	t.Helper()
	return beginBy(t, nil, text)
}

// beginBy starts it by another clock on the wall.
func beginBy(t testing.TB, wall func() time.Time, text string) *upheld {
	t.Helper()
	u := &upheld{t: t, wall: wall, data: filepath.Join(t.TempDir(), "data"), log: &logged{}}
	u.path = filepath.Join(t.TempDir(), "upheld.yaml")
	u.write(text)
	u.start()
	t.Cleanup(u.stop)
	return u
}

func (u *upheld) write(text string) {
	u.t.Helper()
	text = "listen: {public: \"127.0.0.1:0\", ops: \"127.0.0.1:0\"}\n" + text
	if err := os.WriteFile(u.path, []byte(text), 0o600); err != nil {
		u.t.Fatal(err)
	}
}

func (u *upheld) start() {
	u.t.Helper()
	load := func() (*config.File, error) { return Check(u.path) }
	file, err := load()
	if err != nil {
		u.t.Fatal(err)
	}
	u.App, err = Start(u.t.Context(), Options{
		File: file, Load: load, Path: u.path, Data: u.data, Version: "test",
		Log: slog.New(slog.NewTextHandler(u.log, nil)), wall: u.wall,
	})
	if err != nil {
		u.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	u.cancel, u.done = cancel, make(chan error, 1)
	go func() { u.done <- u.Run(ctx) }()
}

func (u *upheld) stop() {
	if u.cancel == nil {
		return
	}
	u.cancel()
	if err := <-u.done; err != nil {
		u.t.Errorf("stopped with %v", err)
	}
	u.cancel = nil
}

// get reads a path of the public listener.
func (u *upheld) get(path string) (status int, body string) {
	u.t.Helper()
	return fetch(u.t, "http://"+u.Public().String()+path)
}

func (u *upheld) ops(path string) (status int, body string) {
	u.t.Helper()
	return fetch(u.t, "http://"+u.Ops().String()+path)
}

// A Monday at 10:10 by a promise's clock, UTC+10 all year.
var monday = time.Date(2026, 12, 7, 0, 10, 0, 0, time.UTC)

// hands is a clock on the wall that is set by hand, and goes on from there.
type hands struct{ ahead atomic.Int64 }

func (h *hands) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

// turn sets it forward, or back.
func (h *hands) turn(by time.Duration) { h.ahead.Add(int64(by)) }

func fetch(t testing.TB, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// summary is what summary.json says, as far as the tests care.
type summary struct {
	Status     struct{ Indicator, Description string }
	Components []struct {
		Name, Status string
		Group        bool
	}
	Incidents []incident
}

type incident struct {
	ID, Name, Status, Impact string
	StartedAt                time.Time                       `json:"started_at"`
	ResolvedAt               *time.Time                      `json:"resolved_at"`
	Updates                  []struct{ Status, Body string } `json:"incident_updates"`
}

func (u *upheld) summary() (s summary) {
	u.t.Helper()
	_, body := u.get("/api/v2/summary.json")
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		u.t.Fatalf("summary.json: %v in %q", err, body)
	}
	return s
}

func (u *upheld) incidents() []incident {
	u.t.Helper()
	var all struct{ Incidents []incident }
	_, body := u.get("/api/v2/incidents.json")
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		u.t.Fatalf("incidents.json: %v in %q", err, body)
	}
	return all.Incidents
}

// state is the public status of the component with that name.
func (s summary) state(name string) string {
	for _, c := range s.Components {
		if c.Name == name && !c.Group {
			return c.Status
		}
	}
	return "missing"
}

// within waits until what holds, and fails the test when it does not in time. It
// asks ever less often: a token that asks each 20 ms is told to call less often
// after some ten seconds.
func (u *upheld) within(limit time.Duration, what string, holds func() bool) {
	u.t.Helper()
	pause := 20 * time.Millisecond
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(pause) {
		if holds() {
			return
		}
		pause = min(pause+pause/8, 300*time.Millisecond)
	}
	u.t.Fatalf("not within %v: %s; the log says\n%s", limit, what, u.log)
}

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logged) has(text string) bool { return strings.Contains(l.String(), text) }

// freeAddress is a loopback address that nobody listens on now.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// site is a target that can be stopped and started on one address.
type site struct {
	t       *testing.T
	address string
	socket  net.Listener
	server  *http.Server
	answer  http.HandlerFunc
}

func newSite(t *testing.T) *site {
	w := &site{t: t, address: freeAddress(t), answer: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }}
	w.start()
	t.Cleanup(w.stop)
	return w
}

func (w *site) start() {
	w.t.Helper()
	listener, err := net.Listen("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.server = &http.Server{Handler: w.answer, ReadHeaderTimeout: time.Second}
	server := w.server
	w.socket = listener
	go func() { _ = server.Serve(listener) }()
}

func (w *site) stop() {
	if w.server != nil {
		_ = w.server.Close()
		_ = w.socket.Close() // which the server only knows once it serves
		w.server = nil
	}
}
