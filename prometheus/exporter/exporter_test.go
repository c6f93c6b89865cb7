package exporter

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
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
	w.Exporter = New(Options{Version: "1.2.3", Revision: "abc", Detail: d, Now: w.clock.Now, Tier: func(i uptime.Importance) uptime.Tier {
		return map[uptime.Importance]uptime.Tier{uptime.Critical: 1, uptime.Important: 2, uptime.NonEssential: 3}[i]
	}})
	w.SetCatalogue(c)
	w.Handler = w.Exporter.Handler(fullSources())
	return w
}

func catalogue(types ...string) uptime.Catalogue {
	c := uptime.Catalogue{
		Page:       uptime.Page{Name: "Example", URL: "https://status.example.org"},
		Components: []uptime.Component{{ID: "api", Importance: uptime.Critical}, {ID: "web"}},
		Services: []uptime.Service{
			{ID: "platform", Name: "The platform", Target: 99_950_000}, {ID: "aside", Name: "Aside"},
			{ID: "mean", Name: "Mean", Target: 99_000_000, Composition: uptime.WeightedMean},
		},
	}
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
	return w.scrapeOf(t, fullSources())
}

// failer is a test, or one try of a property.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func (w *world) scrapeOf(t failer, s Sources) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(w.text(s, w.clock.Now()).out))
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
	problems, err := promlint.New(bytes.NewReader(w.text(fullSources(), start).out)).Lint()
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
			"code=not_allowed": 0, "code=probe_fault": 0, "code=not_yet_due": 0, "code=not_told": 0, "code=other": 1},
	} {
		if diff := cmp.Diff(want, values(families[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
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
	before := bytes.Count(w.text(fullSources(), start).out, []byte("\n"))
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
	if after := bytes.Count(w.text(fullSources(), start).out, []byte("\n")); after > before {
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

// Neighbours whose ids begin alike compress to less, and the same is told in the
// same order.
func TestTheOrderOfTheConfigurationIsNotTheScrapes(t *testing.T) {
	told := func(c uptime.Catalogue) string {
		w := newWorld(Basic, c)
		for _, m := range c.Monitors {
			w.Observe(rich(m.ID, start))
		}
		before, _, _ := strings.Cut(string(w.text(fullSources(), start).out), "# HELP upheld_service_info")
		return before
	}
	c := catalogue(everyType()...)
	first := told(c)
	slices.Reverse(c.Monitors)
	slices.Reverse(c.Components)
	if diff := cmp.Diff(first, told(c)); diff != "" {
		t.Errorf("(-as configured +reversed):\n%s", diff)
	}
}
