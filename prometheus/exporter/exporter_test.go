package exporter

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"github.com/upheld/upheld/internal/uptime"
)

func TestMain(m *testing.M) {
	// net/http lingers for half a second on a connection that it refused.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// world is an exporter with a clock and a handler over full sources.
type world struct {
	clock *clock
	*Exporter
	http.Handler
}

func newWorld(d Detail, c uptime.Catalogue) *world {
	w := &world{clock: &clock{now: start}}
	w.Exporter = New(Options{Version: "1.2.3", Revision: "abc", Detail: d, Now: w.clock.Now})
	w.SetCatalogue(c)
	w.Handler = w.Exporter.Handler(fullSources())
	return w
}

func fullSources() Sources {
	return Sources{
		Components: func(time.Time) map[uptime.ComponentID]uptime.State {
			return map[uptime.ComponentID]uptime.State{"api": uptime.Up}
		},
		Services: func(time.Time) []Service {
			return []Service{
				{ID: "platform", BudgetRemaining: 0.25, Windows: []Window{{"30d", 0.9995}, {"365d", math.NaN()}}, Burn: []Window{{"1h", 14.5}, {"5m", math.NaN()}}},
				{ID: "aside", BudgetRemaining: math.NaN()},
			}
		},
		Incidents: func() map[uptime.Tier]int { return map[uptime.Tier]int{1: 2} },
		Blind:     func(c uptime.Class) bool { return c == uptime.Private },
		Recorder:  func() Recorder { return Recorder{Queued: 3, Dropped: 4, Written: 5, Batches: 6, Failed: 7} },
		Outbox:    func() (Outbox, bool) { return Outbox{Pending: 8, Dead: 9}, true },
		Page:      func() Page { return Page{Rendered: start.Add(-time.Minute), Took: 20 * time.Millisecond} },
		Loops:     func() []Loop { return []Loop{{Name: "tick", Age: 2 * time.Second}} },
		Config:    func() Config { return Config{Loaded: start, OK: true} },
	}
}

func catalogue(types ...string) uptime.Catalogue {
	c := uptime.Catalogue{Components: []uptime.Component{{ID: "api"}, {ID: "web"}}}
	for _, kind := range types {
		c.Monitors = append(c.Monitors, uptime.Monitor{
			ID: uptime.MonitorID("api-" + kind), Component: "api", Type: kind,
			Interval: 30 * time.Second, Grace: 15 * time.Second,
		})
	}
	return c
}

func everyType() []string {
	return []string{"http", "tcp", "tls", "dns", "icmp", "grpc", "heartbeat"}
}

// rich is an observation in which every fact was seen.
func rich(m uptime.MonitorID, at time.Time) uptime.Observation {
	o := uptime.Observation{
		Monitor: m, Vantage: uptime.Local, Slot: at.Add(-2 * time.Millisecond), At: at,
		Took: 120 * time.Millisecond, Outcome: uptime.Pass, Code: uptime.OK,
		Facts: uptime.Facts{
			HTTPStatus: 200, HTTPVersion: 1.1, Redirects: 1, BodyBytes: 512,
			CertExpiry: start.AddDate(0, 1, 0), TLSVersion: "TLS 1.3", DNSCode: "NOERROR", DNSAnswers: 2,
			PacketsSent: 4, PacketsLost: 1, IPVersion: 6, ServingStatus: "SERVING",
		},
	}
	for i := range o.Phases {
		o.Phases[i] = time.Duration(i+1) * time.Millisecond
	}
	return o
}

// scrape answers one GET, parsed. Every family must be valid.
func (w *world) scrape(t testing.TB) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(w.text(fullSources(), w.clock.Now(), 0)))
	if err != nil {
		t.Fatalf("our own exposition does not parse: %v", err)
	}
	return families
}

// values is a family as label pairs to values.
func values(f *dto.MetricFamily) map[string]float64 {
	out := map[string]float64{}
	for _, m := range f.GetMetric() {
		var pairs []string
		for _, l := range m.GetLabel() {
			pairs = append(pairs, l.GetName()+"="+l.GetValue())
		}
		switch {
		case m.Gauge != nil:
			out[strings.Join(pairs, ",")] = m.Gauge.GetValue()
		case m.Counter != nil:
			out[strings.Join(pairs, ",")] = m.Counter.GetValue()
		case m.Histogram != nil:
			out[strings.Join(pairs, ",")] = float64(m.Histogram.GetSampleCount())
		}
	}
	return out
}

// own leaves out the families of the Go runtime and the process.
func own(families map[string]*dto.MetricFamily) []*dto.MetricFamily {
	var out []*dto.MetricFamily
	for name, f := range families {
		if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			out = append(out, f)
		}
	}
	return out
}

func TestPromlintFindsNothing(t *testing.T) {
	w := newWorld(Full, catalogue(everyType()...))
	for _, m := range w.watched.Load().order {
		w.Observe(rich(m.ID, start))
	}
	problems, err := promlint.New(bytes.NewReader(w.text(fullSources(), start, 0))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestProbeSeriesSayWhatTheNewestLookSaw(t *testing.T) {
	w := newWorld(Basic, catalogue("http"))
	o := rich("api-http", start)
	o.Outcome, o.Code, o.Facts.HTTPStatus = uptime.Fail, uptime.HTTPStatus, 503
	w.Observe(o)
	families := w.scrape(t)
	for name, want := range map[string]float64{
		"probe_success": 0, "probe_duration_seconds": 0.12, "probe_http_status_code": 503,
		"probe_ssl_earliest_cert_expiry":             float64(start.AddDate(0, 1, 0).Unix()),
		"upheld_monitor_last_look_timestamp_seconds": float64(start.Unix()),
	} {
		if diff := cmp.Diff(map[string]float64{"component=api,monitor=api-http": want}, sorted(values(families[name]))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// sorted puts the two labels of a monitor into the alphabet's order.
func sorted(in map[string]float64) map[string]float64 {
	out := map[string]float64{}
	for k, v := range in {
		if m, c, two := strings.Cut(k, ","); two && m > c {
			k = c + "," + m
		}
		out[k] = v
	}
	return out
}

func TestAtMostFiveSeriesAMonitor(t *testing.T) {
	for _, kind := range everyType() {
		w := newWorld(Basic, catalogue(kind))
		w.Observe(rich(uptime.MonitorID("api-"+kind), start))
		if n := len(monitorSeries(t, w)); n == 0 || n > 5 {
			t.Errorf("%s: %d series of one monitor", kind, n)
		}
	}
}

func monitorSeries(t *testing.T, w *world) []string {
	var out []string
	for name, f := range w.scrape(t) {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "monitor" {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

func TestWhatIsNotKnownIsNotExported(t *testing.T) {
	unseen := uptime.Observation{Monitor: "api-http", At: start.Add(30 * time.Second), Outcome: uptime.Unseen, Code: uptime.Blind}
	for name, tc := range map[string]struct {
		looks []uptime.Observation
		now   time.Time
		known bool
	}{
		"never looked at":              {nil, start, false},
		"just looked at":               {[]uptime.Observation{rich("api-http", start)}, start, true},
		"at the edge of interval+wait": {[]uptime.Observation{rich("api-http", start)}, start.Add(45*time.Second - 1), true},
		"too old":                      {[]uptime.Observation{rich("api-http", start)}, start.Add(45 * time.Second), false},
		"the clock was set back":       {[]uptime.Observation{rich("api-http", start.Add(-time.Hour))}, start, false},
		"an unseen look after":         {[]uptime.Observation{rich("api-http", start), unseen}, start.Add(31 * time.Second), false},
		"seen again": {[]uptime.Observation{unseen, rich("api-http", start.Add(40*time.Second))},
			start.Add(41 * time.Second), true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(Full, catalogue("http"))
			for _, o := range tc.looks {
				w.clock.set(o.At.Add(o.Took))
				w.Observe(o)
			}
			w.clock.set(tc.now)
			families := w.scrape(t)
			for name := range families {
				if strings.HasPrefix(name, "probe_") && !tc.known {
					t.Errorf("%s is exported", name)
				}
			}
			if got := families["probe_success"] != nil; got != tc.known {
				t.Errorf("probe_success exported: %v, want %v", got, tc.known)
			}
		})
	}
}

// A clock that was set back makes At lie in the future; the time since the
// look arrived still tells that it is old.
func TestAClockSetBackKeepsNoOldSuccessAlive(t *testing.T) {
	m := newMonitor(uptime.Monitor{ID: "m", Interval: time.Minute})
	r := &reading{Observation: uptime.Observation{At: start.Add(time.Hour), Outcome: uptime.Pass}, arrived: start}
	if r.vouches(m, start.Add(2*time.Minute)) {
		t.Error("a look two minutes old vouches for a monitor that is due every minute")
	}
}

func TestAnUnseenLookKeepsTheTimeOfTheLastOneThatTold(t *testing.T) {
	w := newWorld(Basic, catalogue("http"))
	w.Observe(rich("api-http", start))
	w.Observe(uptime.Observation{Monitor: "api-http", At: start.Add(time.Second), Outcome: uptime.Unseen, Code: uptime.Blind})
	got := values(w.scrape(t)["upheld_monitor_last_look_timestamp_seconds"])
	if len(got) != 1 || got["monitor=api-http,component=api"] != float64(start.Unix()) {
		t.Errorf("last look that told anything: %v, want %d", got, start.Unix())
	}
}

func TestRemovedMonitorsVanishAndTheRestStay(t *testing.T) {
	w := newWorld(Basic, catalogue("http", "tcp", "icmp"))
	for _, m := range []uptime.MonitorID{"api-http", "api-tcp", "api-icmp"} {
		w.Observe(rich(m, start))
	}
	next := catalogue("tcp", "icmp")
	next.Monitors[0].Component = "web"
	next.Monitors[1].Type = "dns" // looks in another way now: its newest look is of another kind
	w.SetCatalogue(next)
	w.Observe(rich("api-http", start)) // a look that was under way
	if diff := cmp.Diff(map[string]float64{"monitor=api-tcp,component=web": 1}, values(w.scrape(t)["probe_success"])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCounters(t *testing.T) {
	w := newWorld(Basic, catalogue("http"))
	o := rich("api-http", start)
	w.Observe(o)
	o.Outcome, o.Code = uptime.Fail, uptime.Refused
	w.Observe(o)
	o.Outcome, o.Code = uptime.Unseen, uptime.Blind
	w.Observe(o)
	o.Code = "of a newer version"
	w.Observe(o)
	w.Transition(uptime.Down)
	w.Blip()
	families := w.scrape(t)
	for name, want := range map[string]map[string]float64{
		"upheld_looks_total":           {"outcome=fail": 1, "outcome=pass": 1, "outcome=slow": 0, "outcome=unseen": 2},
		"upheld_look_lateness_seconds": {"": 4},
		"upheld_blips_total":           {"": 1},
		"upheld_transitions_total": {"state=unknown": 0, "state=up": 0, "state=degraded": 0, "state=partial": 0,
			"state=down": 1, "state=maintenance": 0},
		"upheld_looks_unseen_total": {"code=blind": 1, "code=resolver_failed": 0, "code=no_resources": 0,
			"code=not_allowed": 0, "code=probe_fault": 0, "code=not_yet_due": 0, "code=other": 1},
	} {
		if diff := cmp.Diff(want, values(families[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSources(t *testing.T) {
	w := newWorld(Basic, catalogue())
	families := w.scrape(t)
	for name, want := range map[string]map[string]float64{
		"upheld_component_state": {
			"component=api,state=up": 1, "component=api,state=unknown": 0, "component=api,state=degraded": 0,
			"component=api,state=partial": 0, "component=api,state=down": 0, "component=api,state=maintenance": 0,
			"component=web,state=up": 0, "component=web,state=unknown": 1, "component=web,state=degraded": 0,
			"component=web,state=partial": 0, "component=web,state=down": 0, "component=web,state=maintenance": 0,
		},
		"upheld_service_availability_ratio":           {"service=platform,window=30d": 0.9995},
		"upheld_service_error_budget_remaining_ratio": {"service=platform": 0.25},
		"upheld_incidents_open":                       {"tier=1": 2, "tier=2": 0, "tier=3": 0},
		"upheld_vantage_blind":                        {"class=internet": 0, "class=private": 1, "class=loopback": 0},
		"upheld_samples_queued":                       {"": 3},
		"upheld_samples_dropped_total":                {"": 4},
		"upheld_samples_written_total":                {"": 5},
		"upheld_batch_writes_total":                   {"result=committed": 6, "result=failed": 7},
		"upheld_outbox_pending":                       {"": 8},
		"upheld_outbox_dead":                          {"": 9},
		"upheld_page_age_seconds":                     {"": 60},
		"upheld_page_render_duration_seconds":         {"": 0.02},
		"upheld_loop_age_seconds":                     {"loop=tick": 2},
		"upheld_config_last_reload_successful":        {"": 1},
		"upheld_build_info":                           {"revision=abc,version=1.2.3": 1},
		"upheld_scrape_errors_total":                  {"": 0},
	} {
		if diff := cmp.Diff(want, values(families[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestNilSourcesLeaveTheirFamiliesOut(t *testing.T) {
	w := newWorld(Basic, catalogue())
	out := string(w.text(Sources{Outbox: func() (Outbox, bool) { return Outbox{}, false }}, start, 0))
	for _, name := range []string{"upheld_component_state", "upheld_outbox_pending", "upheld_incidents_open", "upheld_page_age"} {
		if strings.Contains(out, name) {
			t.Errorf("%s is exported although nobody knows it", name)
		}
	}
}

func TestOddInputsAddNoSeries(t *testing.T) {
	w := newWorld(Full, catalogue(everyType()...))
	for _, m := range w.watched.Load().order {
		o := rich(m.ID, start)
		o.Facts.TLSVersion, o.Facts.ServingStatus, o.Facts.DNSCode = "TLS 1.2", "UNKNOWN", "SERVFAIL"
		w.Observe(o)
	}
	before := bytes.Count(w.text(fullSources(), start, 0), []byte("\n"))
	for i := range 1000 {
		odd := fmt.Sprintf("odd\"\\\n%d\xff", i)
		o := rich(uptime.MonitorID(odd), start)
		if i%2 == 0 {
			o.Monitor = w.watched.Load().order[i%7].ID
		}
		o.Outcome, o.Code, o.Vantage, o.Detail = uptime.Outcome(i), uptime.Code(odd), uptime.Vantage(odd), odd
		o.Facts.TLSVersion, o.Facts.ServingStatus, o.Facts.DNSCode = odd, odd, odd
		w.Observe(o)
		w.Transition(uptime.State(i))
	}
	if after := bytes.Count(w.text(fullSources(), start, 0), []byte("\n")); after > before {
		t.Errorf("%d lines before, %d after", before, after)
	}
	w.scrape(t)
}

func TestLabelsAreEscaped(t *testing.T) {
	w := newWorld(Basic, uptime.Catalogue{Monitors: []uptime.Monitor{{ID: "a\"b\\c\nd\xff", Component: "{}", Interval: time.Hour}}})
	w.Observe(rich("a\"b\\c\nd\xff", start))
	want := map[string]float64{"monitor=a\"b\\c\nd\uFFFD,component={}": 1}
	if diff := cmp.Diff(want, values(w.scrape(t)["probe_success"])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTwoExportersInOneProcess(t *testing.T) {
	a, b := newWorld(Basic, catalogue("http")), newWorld(Basic, catalogue("http"))
	a.Observe(rich("api-http", start))
	if b.scrape(t)["probe_success"] != nil {
		t.Error("what one exporter was told shows in the other")
	}
}

func TestHandler(t *testing.T) {
	w := newWorld(Basic, catalogue("http"))
	w.Observe(rich("api-http", start))
	server := httptest.NewServer(w.Handler)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	for _, tc := range []struct {
		method, accept, encoding string
		gzip                     bool
		status                   int
	}{
		{"GET", "", "", false, 200},
		{"GET", "", "gzip", true, 200},
		{"GET", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "deflate, GZIP;q=0.4", true, 200},
		{"GET", "", "gzip;q=0", false, 200},
		{"GET", "", "*", true, 200},
		{"GET", "", "*, gzip; q=0.0", false, 200},
		{"GET", "", "br;q=1, identity", false, 200},
		{"GET", "", "gzip;q=x", false, 200},
		{"HEAD", "", "gzip", true, 200},
		{"POST", "", "", false, 405},
	} {
		request, err := http.NewRequest(tc.method, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", tc.accept)
		if tc.encoding != "" {
			request.Header.Set("Accept-Encoding", tc.encoding)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body := io.Reader(response.Body)
		if response.StatusCode != tc.status {
			t.Errorf("%s %q: status %d, want %d", tc.method, tc.encoding, response.StatusCode, tc.status)
		}
		if got := response.Header.Get("Content-Encoding") == "gzip"; got != tc.gzip {
			t.Errorf("%s %q: gzip %v, want %v", tc.method, tc.encoding, got, tc.gzip)
		}
		if tc.status == 200 && response.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
			t.Errorf("%s %q: content type %q", tc.method, tc.encoding, response.Header.Get("Content-Type"))
		}
		if tc.method == "GET" {
			if tc.gzip {
				if body, err = gzip.NewReader(body); err != nil {
					t.Fatal(err)
				}
			}
			parser := expfmt.NewTextParser(model.UTF8Validation)
			if families, err := parser.TextToMetricFamilies(body); err != nil || families["probe_success"] == nil {
				t.Errorf("%s %q: does not parse, or lacks probe_success: %v", tc.method, tc.encoding, err)
			}
		}
		_ = response.Body.Close()
	}
}

func TestScrapesWithinASecondShareOneExposition(t *testing.T) {
	made := 0
	clock := &clock{now: start}
	e := New(Options{Now: clock.Now})
	h := e.Handler(Sources{Loops: func() []Loop { made++; return nil }})
	for i, step := range []struct {
		now  time.Time
		want int
	}{
		{start, 1}, {start.Add(999 * time.Millisecond), 1}, {start.Add(time.Second), 2},
		{start.Add(-time.Hour), 3}, // a clock set back does not freeze the metrics
	} {
		clock.set(step.now)
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if made != step.want {
			t.Errorf("step %d: made %d times, want %d", i, made, step.want)
		}
	}
}

func TestAtOnce(t *testing.T) {
	w := newWorld(Full, catalogue(everyType()...))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 200 {
				w.Observe(rich("api-http", start.Add(time.Duration(i)*time.Second)))
				w.Transition(uptime.Up)
				if i%50 == 0 {
					w.SetCatalogue(catalogue(everyType()[i%3:]...))
					w.clock.set(start.Add(time.Duration(i) * time.Second))
					w.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil))
				}
			}
		})
	}
	all.Wait()
	if got := values(w.scrape(t)["upheld_looks_total"])["outcome=pass"]; got != 800 {
		t.Errorf("%v looks counted of 800", got)
	}
}

func large() (*Exporter, []uptime.Observation, Sources) {
	var c uptime.Catalogue
	var looks []uptime.Observation
	believed := map[uptime.ComponentID]uptime.State{}
	for i := range 10_000 {
		m := uptime.Monitor{ID: uptime.MonitorID(fmt.Sprintf("service-%d-http", i)),
			Component: uptime.ComponentID(fmt.Sprintf("service-%d", i)), Type: "http", Interval: time.Hour}
		c.Monitors = append(c.Monitors, m)
		c.Components = append(c.Components, uptime.Component{ID: m.Component})
		believed[m.Component] = uptime.Up
		o := rich(m.ID, time.Now().Add(-time.Duration(i*7919%10007)*time.Millisecond))
		o.Took = time.Duration(i*7919%1000003) * 1013
		looks = append(looks, o)
	}
	e := New(Options{})
	e.SetCatalogue(c)
	for _, o := range looks {
		e.Observe(o)
	}
	s := fullSources()
	s.Components = func(time.Time) map[uptime.ComponentID]uptime.State { return believed }
	return e, looks, s
}

func BenchmarkObserve(b *testing.B) {
	e, looks, _ := large()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Observe(looks[i%len(looks)])
	}
}

func BenchmarkScrape(b *testing.B) {
	e, _, s := large()
	h := &handler{exporter: e}
	plain := e.text(s, time.Now(), 0)
	b.Run("text", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			plain = e.text(s, time.Now(), len(plain))
		}
		b.ReportMetric(float64(len(plain)), "bytes")
	})
	b.Run("gzip", func(b *testing.B) {
		b.ReportAllocs()
		var zipped []byte
		for b.Loop() {
			zipped = h.compress(plain)
		}
		b.ReportMetric(float64(len(zipped)), "bytes")
	})
}
