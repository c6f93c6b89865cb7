package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/needs"
)

// TestMain lets the runner start this test's own binary in a role.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && roles[os.Args[1]] != nil {
		if err := start(os.Args[1:]); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// The figures of a bare loop are known beforehand: all checks come, each on a
// connection of its own, on time.
func TestMeasuringTheFloor(t *testing.T) {
	if _, err := machineBusy(); err != nil {
		needs.Missing(t, "the kernel's count of CPU time: "+err.Error())
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{dir: t.TempDir(), self: self}
	if r.target, err = r.start(t.Context(), true, self, "target"); err != nil {
		t.Fatal(err)
	}
	defer r.target.stop()
	if r.base, err = strconv.Atoi(r.target.line); err != nil {
		t.Fatal(err)
	}
	s := scenario{monitors: 50, fast: 50, interval: 200 * time.Millisecond, settle: 200 * time.Millisecond, window: time.Second}
	got, err := r.measure(t.Context(), s, r.startFloor)
	if err != nil {
		t.Fatal(err)
	}
	if got.Addresses != s.monitors || got.Requests < 100 || got.achieved < 0.4 || got.achieved > 1.3 {
		t.Errorf("the target saw %+v, achieved %.2f", got.stats, got.achieved)
	}
	if got.Connections < got.Requests*9/10 {
		t.Errorf("%d connections for %d checks; the floor takes a fresh one each", got.Connections, got.Requests)
	}
	if got.rss < 1 || got.cpuPer1000 < 0 {
		t.Errorf("cost %.2f CPU s per 1,000, %.1f MiB", got.cpuPer1000, got.rss)
	}
}

func TestStats(t *testing.T) {
	var a arrivals
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, ms := range []int{0, 1000, 2010, 2990} {
		a.note(0, start.Add(time.Duration(ms)*time.Millisecond))
	}
	a.note(2, start)
	a.connected()
	want := stats{Addresses: 2, Requests: 5, Connections: 1, DeviationP50: 10, DeviationP99: 20, DeviationMax: 20}
	if diff := cmp.Diff(want, a.stats(time.Second, 0)); diff != "" {
		t.Error(diff)
	}
	if got := a.stats(time.Second, 2); got.Addresses != 1 || got.Requests != 4 {
		t.Errorf("below 2: %+v", got)
	}
	a.reset()
	if diff := cmp.Diff(stats{}, a.stats(time.Second, 0)); diff != "" {
		t.Error(diff)
	}
}

func TestTarget(t *testing.T) {
	var seen arrivals
	server := httptest.NewServer(targetHandler(&seen))
	defer server.Close()
	for path, want := range map[string]int{
		"/u/7": 200, "/u/8?wait=1ms": 200, "/u/-1": 404, "/u/x": 404, "/u/100000": 404, "/stats?interval=1s": 400, "/stats?interval=1s&limit=0": 200,
	} {
		response, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, response.StatusCode, want)
		}
	}
	if got := seen.stats(time.Second, 0); got.Addresses != 2 {
		t.Errorf("noted %d addresses, want 2", got.Addresses)
	}
	// Nobody is waited for who has gone.
	client := http.Client{Timeout: 20 * time.Millisecond}
	if response, err := client.Get(server.URL + "/u/9?wait=1h"); err == nil {
		response.Body.Close()
		t.Error("a hanging address answered")
	}
}

func TestParseUsage(t *testing.T) {
	stat := "42 (a (b) c) S 1 42 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 1 1 1\n"
	got, err := parseUsage(stat, "Name:\tx\nVmHWM:\t  9000 kB\nVmRSS:\t    2048 kB\n")
	if err != nil || got != (usage{cpu: 2 * time.Second, rss: 2}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := parseUsage(strings.Replace(stat, " S ", " Z ", 1), ""); err == nil {
		t.Error("a process that has ended has no usage")
	}
}

func TestParseLoad(t *testing.T) {
	report := "  Latency Distribution\n     50%  781.00us\n     99%   12.04ms\n  76543 requests in 6.00s, 1GB read\nRequests/sec:  12757.31\n"
	got, err := parseLoad("  Socket errors: connect 0, read 0, write 0, timeout 3\n" + report)
	if err != nil || got != (load{12757.31, 12040 * time.Microsecond}) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", report + "  Non-2xx or 3xx responses: 3\n", report + "  Socket errors: connect 0, read 1, write 0, timeout 0\n"} {
		if _, err := parseLoad(bad); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
}

func TestWriteConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bench.yaml")
	s := scenario{monitors: 12, perComponent: 10, interval: 10 * time.Second, fast: 11, slow: time.Hour}
	if err := writeConfig(path, addresses{"127.0.0.1:1", "127.0.0.1:2"}, 20000, s); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string]int{"- name: Component": 2, "type: http": 12, "wait=1h0m0s": 1, "/u/11?": 1} {
		if got := strings.Count(string(text), part); got != want {
			t.Errorf("%q occurs %d times, want %d:\n%s", part, got, want, text)
		}
	}
}

func TestSpread(t *testing.T) {
	if got := spread("%.1f", []float64{3, 1, 2}); got != "2.0 (1.0-3.0)" {
		t.Error(got)
	}
	if got := spread("%.0f", []float64{7}); got != "7" {
		t.Error(got)
	}
}
