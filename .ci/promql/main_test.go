package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const reference = "| name | type |\n|---|---|\n| `a_total` | counter | x |\n| `b_seconds` | histogram | x |\n"

func TestAMetricThatIsMissingIsNamedWithItsPlace(t *testing.T) {
	complaints, err := check(write(t, "metrics.md", reference), nil)
	want := `dashboard upheld-probes, How many monitors are there?, A: there is no metric "upheld_monitors"`
	if err != nil || !slices.Contains(complaints, want) {
		t.Errorf("%q is not among %q, %v", want, complaints, err)
	}
	for _, c := range complaints {
		if strings.Contains(c, `"go_`) || strings.Contains(c, `"process_`) || strings.Contains(c, `"ALERTS"`) {
			t.Errorf("it exists: %s", c)
		}
	}
}

func TestRuleFilesAreReadWithTheDashboards(t *testing.T) {
	rules := write(t, "rules.yml", `groups:
- name: g
  rules:
  - {record: "x:a", expr: "rate(a_total[5m])"}
  - {alert: Good, expr: "x:a > 1 and histogram_quantile(0.5, rate(b_seconds_bucket[5m])) > 1"}
  - {alert: Missing, expr: "rate(c_total[5m]) > 0 or c_total or {__name__=\"d_total\"}"}
`)
	complaints, err := check(write(t, "metrics.md", reference), []string{rules})
	if err != nil {
		t.Fatal(err)
	}
	complaints = slices.DeleteFunc(complaints, func(c string) bool { return strings.HasPrefix(c, "dashboard") })
	want := []string{
		rules + `, group g, Missing: there is no metric "c_total"`,
		rules + `, group g, Missing: there is no metric "d_total"`,
	}
	if !slices.Equal(complaints, want) {
		t.Errorf("got %q, want %q", complaints, want)
	}
}

func TestWhatCannotBeParsedIsNamedWithItsPlace(t *testing.T) {
	rules := write(t, "rules.yml", "groups:\n- name: g\n  rules:\n  - {alert: Bad, expr: \"sum by (a_total\"}\n")
	complaints, err := check(write(t, "metrics.md", reference), []string{rules})
	if err != nil || !slices.ContainsFunc(complaints, func(c string) bool { return strings.Contains(c, rules) && strings.Contains(c, "parse error") }) {
		t.Errorf("%q, %v", complaints, err)
	}
}

func TestAReferenceWithoutMetricsIsRefused(t *testing.T) {
	if _, err := check(write(t, "metrics.md", "# Metrics\n"), nil); err == nil {
		t.Error("it is taken for a reference")
	}
}
