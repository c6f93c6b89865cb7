package rules

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/uptime"
)

var today = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// history is what a series had at each step of a test, from 0 on.
type history struct {
	series string
	values string // in promtool's notation
}

// steady is a value for a number of steps.
func steady(value string, steps int) string { return fmt.Sprintf("%s+0x%d ", value, steps-1) }

// nothing is no sample for a number of steps. As in a scrape, the end of a series
// is marked, or the newest sample would stand for five minutes more.
func nothing(steps int) string { return "stale " + strings.Repeat("_ ", steps-1) }

// ask is a query at a time after the begin, and the one value that shall come
// back; an empty want is no value.
type ask struct {
	at         time.Duration
	expr, want string
}

// firing counts the alerts of a name that fire, with more matchers.
func firing(name string, matchers ...string) string {
	return `count(ALERTS{` + strings.Join(append([]string{`alertname="` + name + `",alertstate="firing"`}, matchers...), ",") + `})`
}

// scenario is a test of rules with promtool.
type scenario struct {
	name    string
	step    time.Duration // of the histories
	history []history
	asks    []ask
	full    string // alert_rule_test entries beside, as YAML
}

// written is the file in a folder.
func written(t testing.TB, f File) string {
	t.Helper()
	text, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func made(t testing.TB, c uptime.Catalogue, o Options) File {
	t.Helper()
	f, err := Of(c, today, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// prove runs scenarios on the file with the program that users check theirs with.
func prove(t *testing.T, f File, scenarios ...scenario) {
	t.Helper()
	promtool, path := needs.Promtool(t), written(t, f)
	var out strings.Builder
	fmt.Fprintf(&out, "rule_files: [%q]\nevaluation_interval: %s\ngroup_eval_order: [", path, span(f.Groups[0].Interval))
	for _, g := range f.Groups {
		fmt.Fprintf(&out, "%q, ", g.Name)
	}
	out.WriteString("]\ntests:\n")
	for _, s := range scenarios {
		fmt.Fprintf(&out, "- name: %q\n  interval: %s\n  input_series:\n", s.name, span(s.step))
		for _, h := range s.history {
			fmt.Fprintf(&out, "  - {series: %s, values: %s}\n", quote(h.series), quote(h.values))
		}
		out.WriteString(s.full)
		out.WriteString("  promql_expr_test:\n")
		for _, a := range s.asks {
			fmt.Fprintf(&out, "  - {expr: %s, eval_time: %s, exp_samples: [", quote(a.expr), span(a.at))
			if a.want != "" {
				fmt.Fprintf(&out, "{value: %s}", a.want)
			}
			out.WriteString("]}\n")
		}
	}
	test := filepath.Join(t.TempDir(), "test.yml")
	if err := os.WriteFile(test, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), promtool, "test", "rules", test)
	if said, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// checked lets promtool read a file, which must find nothing to say.
func checked(t *testing.T, f File) {
	t.Helper()
	command := exec.CommandContext(t.Context(), needs.Promtool(t), "check", "rules", "--lint=all", "--lint-fatal", written(t, f))
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	err := command.Run()
	rules := 0
	for _, g := range f.Groups {
		rules += len(g.Rules)
	}
	if want := "SUCCESS: " + strconv.Itoa(rules) + " rules found"; err != nil || complaints.Len() > 0 || !strings.Contains(out.String(), want) {
		t.Errorf("%v: no %q in\n%s%s", err, want, out.String(), complaints.String())
	}
}

// held is a catalogue with a service of each target, called as it: "99.9".
func held(targets ...string) uptime.Catalogue {
	var c uptime.Catalogue
	for _, text := range targets {
		target, err := uptime.ParsePercent(text)
		if err != nil {
			panic(err)
		}
		c.Services = append(c.Services, uptime.Service{ID: uptime.ServiceID(text), Name: "Service " + text, Target: target})
	}
	return c
}

// errorsOf is the name of the series that a service's burn follows.
func errorsOf(service string) string {
	return `upheld_service_errors_ratio{job="upheld",instance="a:1",service="` + service + `"}`
}
