package app

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/config"
)

// quick watches one address twice a second, for tests.
func quick(name, url string) string {
	return fmt.Sprintf(`
  - name: %s
    importance: critical
    monitors:
      - {type: http, url: "%s", interval: 1s, timeout: 500ms, confirm: {failures: 3, successes: 2, retry: 200ms}}
`, name, url)
}

func TestAnOutageFromTheFirstLookToTheResolvedIncident(t *testing.T) {
	target := newSite(t)
	u := begin(t, "components:"+quick("Sign-in", "http://"+target.address+"/health"))
	u.within(3*time.Second, "sign-in is operational", func() bool { return u.summary().state("Sign-in") == "operational" })

	target.stop()
	u.within(4*time.Second, "a major outage with one open incident", func() bool {
		s := u.summary()
		return s.state("Sign-in") == "major_outage" && len(s.Incidents) == 1
	})
	open := u.summary().Incidents[0]
	if open.Impact != "critical" || time.Since(open.StartedAt) > 10*time.Second || len(open.Updates) == 0 {
		t.Errorf("opened as %+v", open)
	}
	if status, page := u.get("/"); status != 200 || !strings.Contains(page, "Sign-in is down") {
		t.Errorf("the home page says, with status %d:\n%s", status, page)
	}
	if status, _ := u.get("/incidents/" + open.ID); status != 200 {
		t.Errorf("the incident's own page has status %d", status)
	}

	// A restart in the middle doubles nothing.
	u.stop()
	u.start()
	u.within(3*time.Second, "the same incident after a restart", func() bool {
		s := u.summary()
		return len(s.Incidents) == 1 && s.Incidents[0].ID == open.ID
	})
	target.start()
	u.within(5*time.Second, "the incident resolves", func() bool {
		all := u.incidents()
		return len(all) == 1 && all[0].Status == "resolved" && u.summary().state("Sign-in") == "operational"
	})
	if u.log.has("level=ERROR") {
		t.Errorf("errors were logged:\n%s", u.log)
	}
}

func TestTheOperatorsListenerAndThePublicOneAreApart(t *testing.T) {
	target := newSite(t)
	u := begin(t, "components:"+quick("Sign-in", "http://"+target.address))
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		if status, body := u.ops(path); status != 200 {
			t.Errorf("%s on the operators' listener: %d %s", path, status, body)
		}
		if status, _ := u.get(path); status != 404 {
			t.Errorf("%s on the public listener: %d", path, status)
		}
	}
	if status, _ := u.get("/no/such/page"); status != 404 {
		t.Errorf("a page that does not exist: %d", status)
	}
	u.within(3*time.Second, "the look is in the metrics", func() bool {
		_, metrics := u.ops("/metrics")
		return strings.Contains(metrics, `probe_success{monitor="sign-in-http",component="sign-in"} 1`)
	})
}

func TestAJobReportsAndIsMissed(t *testing.T) {
	// Less than the 15 s to the next look, and enough for a busy machine.
	const atOnce = 12 * time.Second
	u := begin(t, `
components:
  - name: Payroll
    importance: critical
    monitors: [{type: heartbeat, every: 1m, grace: 1s, token: abcdefghijklmnop-1234}]
`)
	if s := u.summary().state("Payroll"); s == "operational" {
		t.Errorf("before its first signal the job is %s", s)
	}
	if status, body := u.get("/heartbeat/abcdefghijklmnop-1234"); status != 200 || body != "OK\n" {
		t.Errorf("a heartbeat answers %d %q", status, body)
	}
	u.within(atOnce, "operational after a signal", func() bool { return u.summary().state("Payroll") == "operational" })
	if status, _ := u.get("/heartbeat/abcdefghijklmnop-0000"); status != 404 {
		t.Errorf("an unknown token answers %d", status)
	}
	u.get("/heartbeat/abcdefghijklmnop-1234/3")
	u.within(atOnce, "down after a failing exit code", func() bool { return u.summary().state("Payroll") == "major_outage" })
	u.stop()
	u.start()
	u.within(atOnce, "still down after a restart", func() bool { return u.summary().state("Payroll") == "major_outage" })
	u.get("/heartbeat/abcdefghijklmnop-1234/0")
	u.within(atOnce, "operational after a success", func() bool { return u.summary().state("Payroll") == "operational" })
	if u.log.has("abcdefghijklmnop-1234") {
		t.Error("the token stands in the log")
	}
}

func TestReload(t *testing.T) {
	first, second := newSite(t), newSite(t)
	u := begin(t, "components:"+quick("First", "http://"+first.address))
	u.within(3*time.Second, "the first is operational", func() bool { return u.summary().state("First") == "operational" })

	u.write("components:" + quick("First", "http://"+first.address) + "  - nmae: typo\n")
	u.within(3*time.Second, "a bad file is refused by line", func() bool { return u.log.has("upheld.yaml:7:5") })
	if s := u.summary().state("First"); s != "operational" {
		t.Errorf("after a refused file the first is %s", s)
	}
	u.write("components:" + quick("Second", "http://"+second.address))
	u.within(4*time.Second, "the second takes the first's place", func() bool {
		s := u.summary()
		return s.state("Second") == "operational" && s.state("First") == "missing"
	})
	u.write("log: {level: warn}\ncomponents:" + quick("Second", "http://"+second.address))
	u.within(4*time.Second, "a change that waits for the next start is told", func() bool { return strings.Count(u.log.String(), "next start only") == 1 })
	u.write("components:" + quick("Third", "http://"+second.address))
	u.Reload()
	u.within(4*time.Second, "a reload that was asked for", func() bool { return u.summary().state("Third") == "operational" })
	if strings.Count(u.log.String(), "next start only") != 1 {
		t.Errorf("taking a change back warns as well:\n%s", u.log)
	}
}

func TestStartRefuses(t *testing.T) {
	target := newSite(t)
	text := "components:" + quick("Sign-in", "http://"+target.address)
	u := begin(t, text)
	other := func(change func(*Options)) error {
		file, err := Check(u.path)
		if err != nil {
			t.Fatal(err)
		}
		data := filepath.Join(t.TempDir(), "other")
		o := Options{File: file, Data: data, Log: u.options.Log}
		change(&o)
		started, err := Start(t.Context(), o)
		if err == nil {
			_ = started.release()
		}
		if _, missing := os.Stat(data); missing == nil {
			t.Errorf("a start that failed with %v left a data folder behind", err)
		}
		return err
	}
	for name, test := range map[string]struct {
		change func(*Options)
		says   string
	}{
		"a data folder in use":      {func(o *Options) { o.Data = u.data }, "another Upheld is running on it"},
		"a port in use":             {func(o *Options) { o.File.Listen.Public = u.Public().String() }, "--listen"},
		"a database that is absent": {func(o *Options) { o.File.Database = "postgres://nobody:secret@127.0.0.1:1/none" }, "opening the database: dial tcp 127.0.0.1:1: connect: connection refused; check the address"},
		"a database that is a folder": {func(o *Options) {
			o.Data = t.TempDir()
			_ = os.Mkdir(filepath.Join(o.Data, "upheld.db"), 0o700)
		}, "--data"},
		"a lock that cannot be opened": {func(o *Options) {
			o.Data = t.TempDir()
			_ = os.Mkdir(filepath.Join(o.Data, "upheld.lock"), 0o700)
		}, "--data"},
		"a data folder in a file": {func(o *Options) { o.Data = filepath.Join(u.path, "x") }, "--data"},
	} {
		err := other(test.change)
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "secret") ||
			strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), "; ") != 1 {
			t.Errorf("%s: %v, want it to say %q", name, err, test.says)
		}
	}
}

func TestTwoRunInOneProcess(t *testing.T) {
	target := newSite(t)
	text := "components:" + quick("Sign-in", "http://"+target.address)
	a, b := begin(t, text), begin(t, text)
	for _, u := range []*upheld{a, b} {
		u.within(3*time.Second, "operational", func() bool { return u.summary().state("Sign-in") == "operational" })
	}
}

func TestAddressesAreAConfiguration(t *testing.T) {
	file, err := Addresses([]string{"https://www.example.org", "https://api.example.org/health"})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewPlan(file, newEnvironment(&jobs{}))
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Watches) != 2 || plan.Catalogue.Components[1].Name != "api.example.org/health" {
		t.Errorf("planned %+v", plan.Catalogue)
	}
	if _, err := Addresses([]string{"ftp://example.org"}); err == nil {
		t.Error("an address that cannot be watched is taken")
	}
}

func TestProblemsOfProbesHaveTheirLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.yaml")
	u := &upheld{t: t, path: path}
	u.write(`
components:
  - name: A
    monitors:
      - type: http
        url: "gopher://example.org"
  - name: B
    monitors:
      - type: dns
        name: example.org
        record: NOPE
      - {type: heartbeat, every: 1d, token: abcdefghijklmnop-1234}
      - type: tcp
        address: 127.0.0.1:1
        expect:
          slower_than: 60s # and the timeout is 10s
  - name: C
    monitors:
      - type: heartbeat
        token: abcdefghijklmnop-1234
        every: 1d
`)
	_, err := Check(path)
	problems, _ := err.(config.Problems)
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if !slices.Equal(lines, []int{7, 12, 17, 21}) {
		t.Errorf("problems in lines %v:\n%v", lines, err)
	}
	if err != nil && strings.Contains(err.Error(), "abcdefghijklmnop") {
		t.Errorf("a token is shown: %v", err)
	}
}

func TestACanaryThatNobodyMayReachHasItsLine(t *testing.T) {
	u := &upheld{t: t, path: filepath.Join(t.TempDir(), "upheld.yaml")}
	u.write(`canaries:
  - {type: dns, address: 192.0.2.53}
  - {type: tcp, address: "169.254.169.254:80"}
  - {type: https, address: "https://example.org/"}
components: [{name: A, monitors: [{type: tcp, address: "127.0.0.1:1"}]}]
`)
	_, err := Check(u.path)
	const says = "upheld.yaml:4:17: canaries[1].address: 169.254.169.254 is a cloud's metadata service, which nobody may reach; watch something else"
	if err == nil || !strings.HasSuffix(err.Error(), says) {
		t.Errorf("%v, want %s", err, says)
	}
}

func TestAStoppedTargetIsTold(t *testing.T) {
	target := newSite(t)
	target.stop()
	target.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	target.start()
	u := begin(t, "components:"+quick("Sign-in", "http://"+target.address))
	u.within(4*time.Second, "an incident that says what was answered", func() bool {
		s := u.summary()
		return len(s.Incidents) == 1 && strings.Contains(s.Incidents[0].Updates[len(s.Incidents[0].Updates)-1].Body, "503 Service Unavailable")
	})
}
