package exporter

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
)

var update = flag.Bool("update", false, "write docs/reference/metrics.md anew")

const referenceHead = `# Metrics

Generated from the program's own exposition; ` + "`go test ./prometheus/exporter -run Reference -update`" + ` writes it anew.

The operators' listener answers ` + "`GET /metrics`" + ` in the Prometheus text format 0.0.4. Names that begin with
` + "`probe_`" + ` are blackbox_exporter's and mean what they mean there, so that dashboards made for it work; they
carry the labels ` + "`monitor`" + ` and ` + "`component`" + `, ids of the configuration. Beside these families stand the Go
runtime's (` + "`go_*`" + `) and the process's (` + "`process_*`" + `).

What is not known has no series. All ` + "`probe_*`" + ` series of a monitor are absent before its first look, after a look
that told nothing about its target (our own fault, our own connection), and once the newest look is older than the
monitor's interval and grace. Label values come from closed lists and from the configuration, never from what a
target said.

With ` + "`metrics: {detail: default}`" + ` a monitor has at most five series; ` + "`detail: full`" + ` adds the families marked so.
`

func TestReference(t *testing.T) {
	var doc strings.Builder
	doc.WriteString(referenceHead)
	full := map[string]bool{}
	for _, f := range fullFamilies() {
		full[f.name] = true
	}
	w := newWorld(Full, catalogue(everyType()...))
	for _, m := range w.watched.Load().order {
		w.Observe(rich(m.ID, start))
	}
	families := own(w.scrape(t))
	slices.SortFunc(families, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
	for _, section := range []struct{ title, prefix string }{
		{"Of each look", "probe_"}, {"Of what is believed and of Upheld itself", "upheld_"},
	} {
		fmt.Fprintf(&doc, "\n## %s\n\n| name | type | labels | unit | detail | meaning |\n|---|---|---|---|---|---|\n", section.title)
		for _, f := range families {
			if !strings.HasPrefix(f.GetName(), section.prefix) {
				continue
			}
			detail := "default"
			if full[f.GetName()] {
				detail = "full"
			}
			fmt.Fprintf(&doc, "| `%s` | %s | %s | %s | %s | %s |\n", f.GetName(),
				strings.ToLower(f.GetType().String()), labelNames(f), unit(f), detail, f.GetHelp())
		}
	}
	path := filepath.Join("..", "..", "docs", "reference", "metrics.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(committed), doc.String()); diff != "" {
		t.Errorf("docs/reference/metrics.md is out of date; run this test with -update (-file +program):\n%s", diff)
	}
}

// labelNames are the labels of a family, in its order.
func labelNames(f *dto.MetricFamily) string {
	var names []string
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			if name := "`" + l.GetName() + "`"; !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, " ")
}

// unit follows from the name, as Prometheus wants it.
func unit(f *dto.MetricFamily) string {
	name := f.GetName()
	switch {
	case strings.HasSuffix(name, "_timestamp_seconds"), strings.HasSuffix(name, "_cert_expiry"):
		return "seconds since 1970"
	case strings.HasSuffix(name, "_seconds"):
		return "seconds"
	case strings.HasSuffix(name, "_ratio"):
		return "ratio"
	case strings.HasSuffix(name, "_length"), strings.HasSuffix(name, "_bytes"):
		return "bytes"
	}
	for _, m := range f.GetMetric() {
		if v := m.GetGauge(); v != nil && strings.HasPrefix(f.GetHelp(), "Whether") {
			return "0 or 1"
		}
	}
	return ""
}
