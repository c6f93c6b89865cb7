package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// printMachine says where the figures come from.
func printMachine() {
	fmt.Printf("Measured %s: %s, %d cores, %s, %s.\n\n", time.Now().UTC().Format(time.DateOnly),
		firstValue("/proc/cpuinfo", "model name"), runtime.NumCPU(), kernel(), runtime.Version())
}

// kernel is the running system's name and release.
func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS
	}
	return "Linux " + strings.TrimSpace(string(text))
}

// firstValue is the value of a "key : value" line in one of /proc's files.
func firstValue(file, key string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// figures are the rows of the table of checks.
var figures = []struct {
	name   string
	format string
	of     func(sample) float64
}{
	{"CPU s per 1,000 checks", "%.2f", func(s sample) float64 { return s.cpuPer1000 }},
	{"achieved / scheduled", "%.3f", func(s sample) float64 { return s.achieved }},
	{"resident memory, MiB", "%.0f", func(s sample) float64 { return s.rss }},
	{"deviation from the interval p50, ms", "%.1f", func(s sample) float64 { return s.DeviationP50 }},
	{"deviation from the interval p99, ms", "%.1f", func(s sample) float64 { return s.DeviationP99 }},
	{"every monitor seen after, s", "%.1f", func(s sample) float64 { return s.seen.Seconds() }},
	{"new connections per check", "%.2f", func(s sample) float64 { return float64(s.Connections) / float64(s.Requests) }},
	{"other load meanwhile, % of a core", "%.0f", func(s sample) float64 { return s.others }},
}

// printChecks prints the medians with their range, and the ratio of the costs.
func printChecks(s scenario, upheld, floor []sample) {
	fmt.Printf("### %s, %d %s each, in turn\n\n", s.name, len(upheld), plural(len(upheld), "run"))
	fmt.Println("| | Upheld, with storage (SQLite) | bare loop |\n|---|---|---|")
	for _, f := range figures {
		fmt.Printf("| %s | %s | %s |\n", f.name, spread(f.format, each(upheld, f.of)), spread(f.format, each(floor, f.of)))
	}
	cost := figures[0].of
	fmt.Printf("\nCPU per check, ratio of the medians: **%.2f**\n\n", median(each(upheld, cost))/median(each(floor, cost)))
}

func printSlowHead() {
	fmt.Print("### Slow targets: do the others keep their schedule?\n\n" +
		"| looked at | achieved / scheduled | deviation p50 / p99, ms | resident memory, MiB |\n|---|---|---|---|\n")
}

func printSlow(s scenario, u sample) {
	fmt.Printf("| %s | %.3f | %.1f / %.1f | %.0f |\n", s.name, u.achieved, u.DeviationP50, u.DeviationP99, u.rss)
}

func printPageHead() {
	fmt.Print("\n### The home page, wrk with 64 connections\n\n" +
		"| components | bytes, gzipped | Upheld, requests/s | p99, ms | bare echo, requests/s | p99, ms | ratio of the medians |\n" +
		"|---|---|---|---|---|---|---|\n")
}

func printPage(components, size int, ours, floor []load) {
	rate := func(l load) float64 { return l.perSecond }
	slow := func(l load) float64 { return l.p99.Seconds() * 1000 }
	fmt.Printf("| %d | %d | %s | %s | %s | %s | **%.2f** |\n", components, size,
		spread("%.0f", each(ours, rate)), spread("%.1f", each(ours, slow)),
		spread("%.0f", each(floor, rate)), spread("%.1f", each(floor, slow)),
		median(each(ours, rate))/median(each(floor, rate)))
}

// each collects one figure of each value.
func each[T any](values []T, figure func(T) float64) []float64 {
	var out []float64
	for _, v := range values {
		out = append(out, figure(v))
	}
	return out
}

// spread writes the median and, of several, the least and the most.
func spread(format string, values []float64) string {
	text := fmt.Sprintf(format, median(values))
	if len(values) < 2 {
		return text
	}
	least, most := values[0], values[0]
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	return text + fmt.Sprintf(" ("+format+"-"+format+")", least, most)
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
