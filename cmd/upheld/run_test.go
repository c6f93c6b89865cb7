package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("os/signal.loop"), // one a process, for ever
		// net/http lingers for half a second on a connection that it refused.
		goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

func call(args ...string) (code int, out, errors string) {
	var o, e bytes.Buffer
	code = run(args, &o, &e)
	return code, o.String(), e.String()
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "upheld.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCheckListsEveryProblemWithItsLine(t *testing.T) {
	path := file(t, `components:
  - name: A
    importance: vital
    monitors:
      - {type: http, url: "https://a.example", intervall: 30s}
      - {type: http, url: "gopher://a.example"}
  - name: B
    monitors: [{type: dns, name: b.example, record: A, interval: 10ms}]
services:
  - {name: S, components: [a, c], target: 100.5%}
`)
	code, out, errors := call("check", path)
	if code != 1 || out != "" {
		t.Errorf("exit %d, printed %q", code, out)
	}
	for _, line := range []string{":3:", ":5:", ":6:", ":8:", ":10:"} {
		if !strings.Contains(errors, path+line) {
			t.Errorf("nothing about line %s in\n%s", line, errors)
		}
	}
	code, out, errors = call("check", "--config", file(t, `components: [{name: A, monitors: [{type: tcp, address: "127.0.0.1:1"}]}]`))
	if code != 0 || !strings.HasSuffix(out, "in order\n  a: a-tcp\n") || errors != "" {
		t.Errorf("a good file: exit %d, %q, %q", code, out, errors)
	}
}

func TestTheRemedyIsToldOnce(t *testing.T) {
	for setting, says := range map[string]string{
		"expect: {status: [99]}": `expect.status[0]: "99" is no HTTP status; write 200, 200-299 or 2xx`,
		"redirects: 11":          `redirects: "11" is no number of redirects; write true, false or 0 to 10`,
	} {
		code, _, errors := call("check", file(t, `components: [{name: A, monitors: [{type: http, url: "https://a.example", `+setting+`}]}]`))
		if code != 1 || !strings.HasSuffix(errors, says+"\n") {
			t.Errorf("%s: exit %d, %q", setting, code, errors)
		}
	}
}

func TestErrorsAreOneLineAndSayWhatToDo(t *testing.T) {
	empty := t.TempDir()
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"check", filepath.Join(empty, "none.yaml")}, 1, "check the path"},
		{[]string{"serve", "--config", filepath.Join(empty, "none.yaml")}, 1, "check the path"},
		{[]string{"serve", "ftp://example.org"}, 1, "https://"},
		{[]string{"serve", "ftp://example.org"}, 1, "upheld: "},
		{[]string{"serve", "http://169.254.169.254/"}, 1, "upheld: 169.254.169.254 is a cloud's metadata service"},
		{[]string{"serve", "--config", "x.yaml", "https://example.org"}, 1, "not both"},
		{[]string{"health", "--address", "127.0.0.1:1"}, 1, "is Upheld running"},
		{[]string{"nonsense"}, 2, "--help"},
		{[]string{"serve", "--nonsense"}, 2, "--help"},
	} {
		code, _, errors := call(test.args...)
		if last := strings.TrimSpace(errors); code != test.code || !strings.Contains(last, test.says) {
			t.Errorf("%v: exit %d, %q; want %d and %q", test.args, code, errors, test.code, test.says)
		}
	}
}

func TestProbePrintsTheObservationWithItsPhases(t *testing.T) {
	answer := http.StatusOK
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) }))
	defer target.Close()
	path := file(t, `components: [{name: Sign-in, monitors: [{type: http, url: "`+target.URL+`"}]}]`)
	code, out, errors := call("probe", "sign-in-http", "--config", path)
	if code != 0 || errors != "" {
		t.Fatalf("exit %d: %s", code, errors)
	}
	for _, want := range []string{`outcome +pass \(ok\)`, `connect +\d`, `processing +\d`, `status +200`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	answer = http.StatusServiceUnavailable
	if code, out, _ := call("probe", "sign-in-http", "-c", path); code != 1 || !strings.Contains(out, "fail (http_status)") {
		t.Errorf("a failing look: exit %d,\n%s", code, out)
	}
	if code, _, errors := call("probe", "sign-out", "-c", path); code != 1 || !strings.Contains(errors, "sign-in-http") {
		t.Errorf("an unknown monitor: exit %d, %s", code, errors)
	}
}

func TestProbeOfAJobInventsNothing(t *testing.T) {
	path := file(t, `components: [{name: Payroll, monitors: [{type: heartbeat, every: 1d, token: abcdefghijklmnop-1234}]}]`)
	code, out, errors := call("probe", "payroll-heartbeat", "--config", path)
	if code != 1 || out != "" || !strings.Contains(errors, "nothing to look at") || !strings.Contains(errors, "http://localhost:8080/heartbeat/TOKEN") {
		t.Errorf("exit %d, %q, %q", code, out, errors)
	}
}

func TestVersionAndSchema(t *testing.T) {
	if code, out, _ := call("version"); code != 0 || !strings.HasPrefix(out, "upheld ") {
		t.Errorf("exit %d, %q", code, out)
	}
	code, out, _ := call("schema")
	if code != 0 || !json.Valid([]byte(out)) || !strings.Contains(out, "certificate_valid_for") {
		t.Errorf("exit %d, a schema of %d bytes without the settings of probes", code, len(out))
	}
}

// said is a writer that can be waited on.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) find(t *testing.T, pattern string) string {
	t.Helper()
	for range 500 {
		s.mu.Lock()
		found := regexp.MustCompile(pattern).FindStringSubmatch(s.text.String())
		s.mu.Unlock()
		if found != nil {
			return found[len(found)-1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never said %q but\n%s", pattern, s.text.String())
	return ""
}

func TestServeSaysWhenItIsReadyAndStopsWhenTold(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	defer target.Close()
	path := file(t, `page: {url: "https://status.example.org"}
listen: {public: "127.0.0.1:0", ops: "127.0.0.1:0"}
components: [{name: Sign-in, monitors: [{type: http, url: "`+target.URL+`", interval: 1s}]}]`)
	var out, errors said
	done := make(chan int, 1)
	go func() {
		done <- run([]string{"serve", "--config", path, "--data", filepath.Join(t.TempDir(), "data")}, &out, &errors)
	}()
	out.find(t, `page +https://status\.example\.org`)
	page := out.find(t, `listens +(http://\S+)`)
	ops := out.find(t, `metrics +http://(\S+)/metrics`)
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(page)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the page that was said to be ready: %v, %v", answer, err)
	}
	answer.Body.Close()
	if code, out, errors := call("health", "--address", ops); code != 0 || strings.TrimSpace(out) != "ok" {
		t.Errorf("health: exit %d, %q, %q", code, out, errors)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := <-done; code != 0 {
		t.Errorf("stopped with exit %d:\n%s", code, errors.text.String())
	}
}

func TestALineThatIsNotUnderstoodLeadsToTheHelpOfItsCommand(t *testing.T) {
	t.Parallel()
	for line, help := range map[string]string{
		"maintenance announce --start now": "see upheld maintenance announce --help",
		"incident list --nope":             "see upheld incident list --help",
		"nope":                             "see upheld --help",
	} {
		var out, complaint strings.Builder
		if code := run(strings.Fields(line), &out, &complaint); code != 2 || !strings.Contains(complaint.String(), help) {
			t.Errorf("%q ends with %d and %q, want 2 and %q", line, code, complaint.String(), help)
		}
	}
}
