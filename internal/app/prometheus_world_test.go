//go:build slow

package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/prometheus"
	"github.com/upheld/upheld/prometheus/rules"
)

// A real Prometheus scrapes a running Upheld that has an outage, planned work
// and people to tell. What its rules and the dashboards' panels ask for is
// there; the outage's alert fires and resolves, and a real Alertmanager takes it
// to a sink and back into Upheld, where it becomes a draft and a component's
// state.
func TestPrometheusSeesWhatRulesAndDashboardsAskFor(t *testing.T) {
	t.Parallel()
	w := newWatchers(t)
	begun := time.Now()
	w.within(20*time.Second, "Prometheus scrapes Upheld", func() bool { return len(w.ask("up == 1")) == 1 })
	w.plan("Soon", 2*time.Second, time.Hour, []string{"mail"})
	w.plan("Next week", 7*24*time.Hour, 2*time.Hour, []string{"checkout"})
	w.within(30*time.Second, "everything is seen", func() bool {
		return len(w.ask(`upheld_component_state{component=~"checkout|names|search",state="up"} == 1`)) == 3
	})
	w.until(begun.Add(w.length / 4))

	w.out.Store(true)
	w.within(40*time.Second, "the outage's alert reaches the sink", func() bool { return w.sink.has("firing", "UpheldComponentDown", "checkout") })
	w.within(30*time.Second, "and comes back as a state of what rests on it", func() bool { return w.state("search") == "down" })
	w.within(30*time.Second, "and as one draft", func() bool { return len(w.drafts()) == 1 })
	w.until(begun.Add(w.length / 2))
	w.out.Store(false)
	w.within(60*time.Second, "the sink is told that it is over", func() bool { return w.sink.has("resolved", "UpheldComponentDown", "checkout") })
	w.within(30*time.Second, "and so is what rests on it", func() bool { return w.state("search") == "up" })
	w.until(begun.Add(w.length))

	if n := len(w.drafts()); n > 1 {
		t.Errorf("one outage made %d drafts", n)
	}
	if over := w.ask(`ALERTS{alertname="UpheldComponentDown",alertstate="firing",component="checkout"}`); len(over) > 0 {
		t.Errorf("after the outage still firing: %v", over)
	}
	w.everyMetricOfTheRules(t, begun)
	w.everyPanel(t, begun)
}

// watchers are an Upheld, a Prometheus that scrapes it and an Alertmanager that
// tells a sink and Upheld itself.
type watchers struct {
	*upheld
	length     time.Duration // of the whole test
	out        *atomic.Bool  // whether the checkout is
	access     string
	prometheus string // addresses
	alerts     string
	rules      string // text of the rule file
	sink       *alertSink
}

// worldLength is how long Prometheus looks on: UPHELD_PROMETHEUS_WORLD, or what a
// run in CI can afford.
func worldLength(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("UPHELD_PROMETHEUS_WORLD")
	if text == "" {
		return 30 * time.Second
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return length
}

// newWatchers starts them all. That the certificate is nobody's is meant.
func newWatchers(t *testing.T) *watchers {
	office, hooks := openOffice(t), openHooks(t)
	web, down := target(t)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	w := &watchers{length: worldLength(t), sink: openSink(t), out: down}
	w.upheld = beginAfter(t, []uptime.MonitorID{"checkout-http"}, fmt.Sprintf(`
page: {name: Example, url: "https://status.example.org", time_zone: Australia/Brisbane}
metrics: {detail: full}
policy: customer-success
mail: {server: "%s", tls: none, from: "Example Status <status@example.org>"}
channels: [{name: On call, type: webhook, url: "%s"}]
x-often: &often {interval: 1s, timeout: 500ms, confirm: {retry: 300ms}}
components:
  - {name: Checkout, importance: critical, monitors: [{type: http, url: "%s", <<: *often}]}
  - {name: Names, monitors: [{type: dns, name: www.example.org, record: A, resolver: "%s", <<: *often}]}
  - {name: Mail, monitors: [{type: tcp, address: "%s", <<: *often}]}
  - {name: Secure, monitors: [{type: tls, address: "%s", <<: *often}]}
  - {name: Reach, importance: non_essential, monitors: [{type: icmp, host: 127.0.0.1, <<: *often}]}
  - {name: Jobs, monitors: [{type: heartbeat, every: 12h, token: %s}]}
  - {name: Search, importance: non_essential, monitors: [{type: alertmanager, interval: 1s, within: 30s, match: {alertname: UpheldComponentDown, component: checkout}}]}
services: [{name: Platform, components: [checkout], target: 99.95%%}]
alertmanager:
  incidents: [{name: noticed, match: {alertname: UpheldComponentDown, component: checkout}, components: [names]}]
`, office.address, hooks.URL, web, startNames(t), startMail(t), secure.Listener.Addr(), jobToken))
	w.access = w.token()
	w.postForm("/heartbeat/"+jobToken, url.Values{})
	w.subscribe(office, "reader@example.com")
	w.startAlertmanager(t)
	w.startPrometheus(t)
	return w
}

// beginAfter starts an Upheld that has seen these monitors up for ten days: of
// windows that nobody looked at there are no figures.
func beginAfter(t *testing.T, seen []uptime.MonitorID, text string) *upheld {
	t.Helper()
	u := begin(t, text)
	u.stop()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(u.data, databaseFile), u.App.log)
	if err != nil {
		t.Fatal(err)
	}
	var past uptime.Changes
	for _, id := range seen {
		past.Segments = append(past.Segments, uptime.Segment{
			Monitor: id, Vantage: uptime.Local, State: uptime.Up,
			From: time.Now().Add(-10 * 24 * time.Hour).Truncate(time.Millisecond).UTC(), To: time.Now().Add(-time.Minute).Truncate(time.Millisecond).UTC(),
		})
	}
	if err := errors.Join(db.Apply(t.Context(), past), db.Close()); err != nil {
		t.Fatal(err)
	}
	u.start()
	return u
}

// rulesInForce are the rules that the command writes, evaluated each second.
func (w *watchers) rulesInForce(t *testing.T) string {
	t.Helper()
	file, err := rules.Of(w.catalogueInForce(), time.Now(), rules.Options{Interval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	text, err := file.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (w *watchers) startAlertmanager(t *testing.T) {
	folder := t.TempDir()
	w.alerts = freeAddress(t)
	token := keep(t, folder, "token", w.access)
	settings := keep(t, folder, "alertmanager.yml", fmt.Sprintf(`
route:
  {receiver: sink, group_by: [alertname, component], group_wait: 1s, group_interval: 2s, repeat_interval: 5s,
   routes: [{receiver: upheld, continue: true}, {receiver: sink}]}
receivers:
  - {name: sink, webhook_configs: [{url: "%s", send_resolved: true}]}
  - name: upheld
    webhook_configs: [{url: "http://%s/api/v1/alertmanager", http_config: {authorization: {credentials_file: %s}}}]
`, w.sink.url, w.Public(), token))
	s := &server{t: t, address: w.alerts, program: needs.Program(t, "prometheus-alertmanager", "prometheus-alertmanager", "alertmanager"), args: []string{
		"--config.file=" + settings, "--storage.path=" + folder, "--web.listen-address=" + w.alerts, "--cluster.listen-address=", "--log.level=error",
	}}
	s.start()
	t.Cleanup(s.stop)
}

func (w *watchers) startPrometheus(t *testing.T) {
	folder := t.TempDir()
	w.prometheus = freeAddress(t)
	w.rules = w.rulesInForce(t)
	settings := keep(t, folder, "prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%s]
alerting: {alertmanagers: [{static_configs: [{targets: ["%s"]}]}]}
scrape_configs: [{job_name: upheld, static_configs: [{targets: ["%s"]}]}]
`, keep(t, folder, "rules.yml", w.rules), w.alerts, w.Ops()))
	s := &server{t: t, address: w.prometheus, program: needs.Program(t, "prometheus", "prometheus"), args: []string{
		"--config.file=" + settings, "--storage.tsdb.path=" + filepath.Join(folder, "data"), "--web.listen-address=" + w.prometheus,
		"--rules.alert.resend-delay=1s", "--log.level=error",
	}}
	s.start()
	t.Cleanup(s.stop)
	w.within(20*time.Second, "Prometheus is ready", func() bool {
		status, _ := fetch(t, "http://"+w.prometheus+"/-/ready")
		return status == http.StatusOK
	})
}

func keep(t *testing.T, folder, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// plan announces work, though nobody keeps a notice that is that short.
func (w *watchers) plan(title string, ahead, length time.Duration, components []string) {
	w.t.Helper()
	from := time.Now().Add(ahead)
	w.call(w.access, http.MethodPost, "/plans", map[string]any{
		"kind": "maintenance", "title": title, "body": "For the test.", "components": components,
		"from": from, "to": from.Add(length), "publish": true, "override": "it is a test",
	}, nil)
}

func (w *watchers) until(at time.Time) { time.Sleep(time.Until(at)) }

// ask evaluates an expression now.
func (w *watchers) ask(expression string) []series {
	w.t.Helper()
	return w.query("/api/v1/query", url.Values{"query": {expression}})
}

// series is one series that Prometheus answers with.
type series struct{ Metric map[string]string }

func (w *watchers) query(path string, form url.Values) []series {
	w.t.Helper()
	var answer struct {
		Status, Error string
		Data          struct{ Result []series }
	}
	w.read("http://"+w.prometheus+path+"?"+form.Encode(), &answer)
	if answer.Status != "success" {
		w.t.Fatalf("Prometheus answers %q to %s", answer.Error, form.Get("query"))
	}
	return answer.Data.Result
}

func (w *watchers) read(address string, into any) {
	w.t.Helper()
	_, body := fetch(w.t, address)
	if err := json.Unmarshal([]byte(body), into); err != nil {
		w.t.Fatalf("%v in %s", err, body)
	}
}

func (w *watchers) state(component string) string {
	for _, s := range w.ask(fmt.Sprintf(`upheld_component_state{component=%q} == 1`, component)) {
		return s.Metric["state"]
	}
	return ""
}

// drafts are the open incidents that alerts made.
func (w *watchers) drafts() (ids []string) {
	var list struct {
		Items []struct {
			ID         string
			Components []string
			Draft      bool
		}
	}
	w.call(w.access, http.MethodGet, "/incidents?open=true", struct{}{}, &list)
	for _, i := range list.Items {
		if i.Draft && slices.Contains(i.Components, "names") {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

var (
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'[^']*'`)
	braced = regexp.MustCompile(`\{[^{}]*\}`)
	word   = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
	metric = regexp.MustCompile(`^(upheld_|probe_|process_|go_|scrape_|service:|up$|ALERTS$)`)
)

// named are the metrics of an expression.
func named(expression string) []string {
	words := word.FindAllString(braced.ReplaceAllString(quoted.ReplaceAllString(expression, `""`), ""), -1)
	return slices.DeleteFunc(words, func(w string) bool { return !metric.MatchString(w) })
}

// everyMetricOfTheRules wants series of each metric that a rule names. What rules
// record of hours takes hours: of that they themselves must be there.
func (w *watchers) everyMetricOfTheRules(t *testing.T, begun time.Time) {
	type rule struct{ Name, Type, Query, Health, LastError string }
	var loaded struct {
		Data struct{ Groups []struct{ Rules []rule } }
	}
	w.read("http://"+w.prometheus+"/api/v1/rules", &loaded)
	var all []rule
	recorded, names := map[string]bool{}, map[string]bool{}
	for _, g := range loaded.Data.Groups {
		all = append(all, g.Rules...)
	}
	for _, r := range all {
		recorded[r.Name] = r.Type == "recording"
	}
	for _, r := range all {
		if r.Health != "ok" {
			t.Errorf("rule %s is %s: %s", r.Name, r.Health, r.LastError)
		}
		for _, name := range named(r.Query) {
			names[name] = true
			if !recorded[name] && len(w.during(name, begun)) == 0 {
				t.Errorf("rule %s names %s, of which there is nothing", r.Name, name)
			}
		}
	}
	for _, least := range []string{"upheld_service_errors_ratio", "upheld_component_state", "upheld_build_info", "service:upheld_errors:ratio"} {
		if !names[least] {
			t.Errorf("no rule names %s; they name %v", least, slices.Sorted(maps.Keys(names)))
		}
	}
	for _, soon := range []string{"service:upheld_promise:budget_ratio", "service:upheld_errors:ratio"} {
		if len(w.during(soon, begun)) == 0 {
			t.Errorf("%s is not recorded", soon)
		}
	}
	t.Logf("%d rules, %d metrics by name", len(all), len(names))
}

// during are the series of an expression at any time of the run.
func (w *watchers) during(expression string, begun time.Time) []series {
	return w.query("/api/v1/query_range", url.Values{
		"query": {expression}, "start": {begun.Format(time.RFC3339)}, "end": {time.Now().Format(time.RFC3339)}, "step": {"1s"},
	})
}

// everyPanel wants series for each query of each panel.
func (w *watchers) everyPanel(t *testing.T, begun time.Time) {
	queries, err := prometheus.Queries()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		if len(w.during(q.Expr, begun)) == 0 {
			t.Errorf("%s, %s: nothing answers %s", q.Dashboard, q.Panel, q.Expr)
		}
	}
	t.Logf("%d queries of the dashboards are answered", len(queries))
}

// alertSink keeps what an Alertmanager tells.
type alertSink struct {
	url  string
	mu   sync.Mutex
	told []toldAlert
}

type toldAlert struct {
	Status string
	Labels map[string]string
}

func openSink(t *testing.T) *alertSink {
	s := &alertSink{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		var message struct{ Alerts []toldAlert }
		if err == nil {
			err = json.Unmarshal(text, &message)
		}
		if err != nil {
			t.Errorf("the sink reads %v in %s", err, text)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.told = append(s.told, message.Alerts...)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *alertSink) has(status, name, component string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.told, func(a toldAlert) bool {
		return a.Status == status && a.Labels["alertname"] == name && a.Labels["component"] == component
	})
}
