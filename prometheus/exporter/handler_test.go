package exporter

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

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
