package exporter

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/upheld/upheld/internal/uptime"
)

// ids are two shapes of ids: numbered ones, and ones that are put together of words
// in no order, which repeat less.
var ids = map[string]func(i int) string{
	"numbered": func(i int) string { return fmt.Sprintf("service-%d", i) },
	"words": func(i int) string {
		words := [...]string{"api", "auth", "billing", "cache", "edge", "export", "gateway", "ingest", "mail", "orders", "queue", "report", "search", "store", "web", "worker"}
		n := i * 7919 % 10007 // each once, as 10007 is prime
		return fmt.Sprintf("%s-%s-%s-%d", words[n%16], words[n/16%16], words[n/256%16], n/4096*37+n%31)
	},
}

// large is an exporter of ten thousand HTTP monitors in as many components, each
// looked at once.
func large(id func(i int) string) (*Exporter, []uptime.Observation, Sources) {
	c := catalogue()
	c.Components = nil
	present := fullPresent()
	for i := range 10_000 {
		m := uptime.Monitor{
			ID:        uptime.MonitorID(id(i) + "-http"),
			Component: uptime.ComponentID(id(i)), Type: "http", Interval: time.Hour,
		}
		c.Monitors = append(c.Monitors, m)
		c.Components = append(c.Components, uptime.Component{ID: m.Component, Importance: uptime.Importance(i % 3)})
		present.States[m.Component] = uptime.Up
	}
	e := New(Options{Tier: func(i uptime.Importance) uptime.Tier { return uptime.Tier(3 - i) }})
	e.SetCatalogue(c)
	looks := make([]uptime.Observation, len(c.Monitors))
	for i, m := range c.Monitors {
		looks[i] = rich(m.ID, time.Time{})
	}
	look(e, looks, time.Now())
	s := fullSources()
	s.Present = func(time.Time) (Present, bool) { return present, true }
	return e, looks, s
}

// look looks at everything once, within the ten seconds before now: every time and
// every duration is another one, and some hundred monitors share a certificate.
func look(e *Exporter, looks []uptime.Observation, now time.Time) {
	for i := range looks {
		o := &looks[i]
		o.At = now.Add(-time.Duration(i*7919%10007) * time.Millisecond)
		o.Slot = o.At
		o.Took = time.Duration((i+int(now.UnixNano()%1009))*7919%1000003) * 1013
		o.Facts.CertExpiry = start.AddDate(0, 1, 0).Add(time.Duration(i/100*7919%86400) * time.Second)
		e.Observe(*o)
	}
}

// cpu is the processor's time that this process has had.
func cpu() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// measured is what a scrape after each round of looks costs and comes to.
func measured(b *testing.B, h http.Handler, before func(round int)) {
	ask := func(accept string) int {
		request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		request.Header.Set("Accept-Encoding", accept)
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, request)
		return answer.Body.Len()
	}
	var spent time.Duration
	var zipped, rounds int
	for b.Loop() {
		b.StopTimer()
		rounds++
		before(rounds)
		b.StartTimer()
		began := cpu()
		zipped = ask("gzip")
		spent += cpu() - began
	}
	b.ReportMetric(float64(spent.Microseconds())/1000/float64(b.N), "cpu-ms/scrape")
	b.ReportMetric(float64(zipped), "gzip-bytes")
	b.ReportMetric(float64(ask("identity")), "plain-bytes")
}

// Between two scrapes every monitor is looked at, and one in a hundred components
// is in another state: what a scraper with an interval of half a minute meets.
func BenchmarkScrape(b *testing.B) {
	for _, shape := range []string{"numbered", "words"} {
		b.Run(shape, func(b *testing.B) { benchmarkScrape(b, ids[shape]) })
	}
}

func benchmarkScrape(b *testing.B, id func(i int) string) {
	e, looks, s := large(id)
	now := time.Now()
	e.now = func() time.Time { return now }
	present, _ := s.Present(now)
	next := func(round int) {
		now = now.Add(30 * time.Second)
		look(e, looks, now)
		for i := round % 100; i < len(looks); i += 100 {
			present.States[uptime.ComponentID(id(i))] = uptime.State(round % len(states))
		}
	}
	b.Run("first", func(b *testing.B) {
		var h http.Handler
		measured(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }), func(round int) {
			next(round)
			h = e.Handler(s)
		})
	})
	b.Run("upheld", func(b *testing.B) {
		h := e.Handler(s)
		h.ServeHTTP(httptest.NewRecorder(), gzipped())
		measured(b, h, next)
	})
	plain := &plainCollector{}
	registry := prometheus.NewRegistry()
	registry.MustRegister(plain)
	b.Run("client_golang", func(b *testing.B) {
		measured(b, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), func(round int) {
			next(round)
			plain.learn(b, e.text(s, now).out)
		})
	})
	b.Run("vectors", func(b *testing.B) {
		vectors := prometheus.NewRegistry()
		known := map[string]*prometheus.GaugeVec{}
		measured(b, promhttp.HandlerFor(vectors, promhttp.HandlerOpts{}), func(round int) {
			next(round)
			plain.learn(b, e.text(s, now).out)
			plain.set(vectors, known)
		})
	})
}

func gzipped() *http.Request {
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	return request
}

// plainCollector tells the same series as client_golang would have it: by const
// metrics of which it knows description, labels and value before it is asked.
type plainCollector struct {
	descs  map[string]*prometheus.Desc
	series []series
}

type series struct {
	name   string
	names  []string // of the labels
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	value  float64
	labels []string
}

func (p *plainCollector) learn(b *testing.B, exposition []byte) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(exposition))
	if err != nil {
		b.Fatal(err)
	}
	if p.descs == nil {
		p.descs = map[string]*prometheus.Desc{}
	}
	p.series = p.series[:0]
	for name, f := range families {
		for _, m := range f.GetMetric() {
			one := series{name: name, kind: prometheus.GaugeValue, value: m.GetGauge().GetValue()}
			switch {
			case m.Counter != nil:
				one.kind, one.value = prometheus.CounterValue, m.GetCounter().GetValue()
			case m.Gauge == nil:
				continue // a few histograms and summaries
			}
			for _, l := range m.GetLabel() {
				one.names, one.labels = append(one.names, l.GetName()), append(one.labels, l.GetValue())
			}
			if p.descs[name] == nil {
				p.descs[name] = prometheus.NewDesc(name, f.GetHelp(), one.names, nil)
			}
			one.desc = p.descs[name]
			p.series = append(p.series, one)
		}
	}
}

// set sets gauges of client_golang to what was learned, each made when it is first
// met.
func (p *plainCollector) set(r *prometheus.Registry, known map[string]*prometheus.GaugeVec) {
	for _, one := range p.series {
		if known[one.name] == nil {
			known[one.name] = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: one.name, Help: "As the other's."}, one.names)
			r.MustRegister(known[one.name])
		}
		known[one.name].WithLabelValues(one.labels...).Set(one.value)
	}
}

// Describe is empty: the collector is unchecked, which is the cheaper kind.
func (p *plainCollector) Describe(chan<- *prometheus.Desc) {}

// Collect hands out every series.
func (p *plainCollector) Collect(out chan<- prometheus.Metric) {
	for _, s := range p.series {
		out <- prometheus.MustNewConstMetric(s.desc, s.kind, s.value, s.labels...)
	}
}

func BenchmarkObserve(b *testing.B) {
	e, looks, _ := large(ids["numbered"])
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Observe(looks[i%len(looks)])
	}
}
