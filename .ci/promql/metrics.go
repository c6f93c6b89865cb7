package main

import (
	"fmt"
	"os"
	"regexp"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"
)

// ofPrometheus are the series that a Prometheus makes by itself.
var ofPrometheus = []string{"up", "scrape_duration_seconds", "scrape_samples_scraped", "ALERTS", "ALERTS_FOR_STATE"}

// row is a line of a table of the reference: a metric and its type.
var row = regexp.MustCompile("(?m)^\\| `([a-zA-Z_:][a-zA-Z0-9_:]*)` \\| (\\w+) \\|")

// metrics are the names of all series that may be asked for.
func metrics(reference string) (map[string]bool, error) {
	text, err := os.ReadFile(reference)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		add(known, m[1], m[2])
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("%s lists no metric", reference)
	}
	for _, name := range ofPrometheus {
		known[name] = true
	}
	return known, addRuntime(known)
}

// add takes in the series of a family.
func add(known map[string]bool, name, kind string) {
	switch kind {
	case "histogram", "summary":
		known[name+"_sum"], known[name+"_count"] = true, true
		if kind == "histogram" {
			known[name+"_bucket"] = true
			return
		}
	}
	known[name] = true
}

// addRuntime takes in what Go's runtime and the process say of themselves.
func addRuntime(known map[string]bool) error {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := registry.Gather()
	if err != nil {
		return fmt.Errorf("metrics of the Go runtime: %w", err)
	}
	for _, f := range families {
		kind := "gauge"
		switch f.GetType() {
		case dto.MetricType_HISTOGRAM:
			kind = "histogram"
		case dto.MetricType_SUMMARY:
			kind = "summary"
		}
		add(known, f.GetName(), kind)
	}
	return nil
}
