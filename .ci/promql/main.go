// Command promql asks a current PromQL parser whether it understands what the
// dashboards ask, and the rule files that it is given, and whether each metric
// that they name exists: in the reference, or as one of Go's runtime or of
// Prometheus itself.
//
//	promql -reference docs/reference/metrics.md [RULES.yaml …]
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	dashboards "github.com/upheld/upheld/prometheus"
)

func main() {
	reference := flag.String("reference", "docs/reference/metrics.md", "the list of Upheld's metrics")
	flag.Parse()
	complaints, err := check(*reference, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "promql:", err)
		os.Exit(1)
	}
	for _, c := range complaints {
		fmt.Fprintln(os.Stderr, c)
	}
	if len(complaints) > 0 {
		os.Exit(1)
	}
}

// expression is PromQL and where it stands.
type expression struct{ where, text string }

func check(reference string, ruleFiles []string) (complaints []string, err error) {
	known, err := metrics(reference)
	if err != nil {
		return nil, err
	}
	queries, err := dashboards.Queries()
	if err != nil {
		return nil, err
	}
	all := make([]expression, 0, len(queries))
	for _, q := range queries {
		all = append(all, expression{strings.TrimSuffix(fmt.Sprintf("dashboard %s, %s, %s", q.Dashboard, q.Panel, q.RefID), ", "), q.Expr})
	}
	understands := parser.NewParser(parser.Options{})
	for _, file := range ruleFiles {
		groups, errs := rulefmt.ParseFile(file, false, model.LegacyValidation, understands, slog.New(slog.DiscardHandler))
		for _, err := range errs {
			complaints = append(complaints, err.Error())
		}
		if groups == nil {
			continue
		}
		for _, g := range groups.Groups {
			for _, r := range g.Rules {
				all = append(all, expression{fmt.Sprintf("%s, group %s, %s%s", file, g.Name, r.Record, r.Alert), r.Expr})
				if r.Record != "" {
					known[r.Record] = true
				}
			}
		}
	}
	for _, e := range all {
		complaints = append(complaints, complain(understands, e, known)...)
	}
	return complaints, nil
}

// complain says why an expression cannot be parsed, or which metrics that it
// names do not exist.
func complain(understands parser.Parser, e expression, known map[string]bool) (out []string) {
	tree, err := understands.ParseExpr(e.text)
	if err != nil {
		return []string{fmt.Sprintf("%s: %v", e.where, err)}
	}
	parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
		selector, is := node.(*parser.VectorSelector)
		if !is {
			return nil
		}
		if name := nameOf(selector); !known[name] {
			out = append(out, fmt.Sprintf("%s: there is no metric %q", e.where, name))
		}
		return nil
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// nameOf is the metric that a selector names, before the braces or within.
func nameOf(s *parser.VectorSelector) string {
	i := slices.IndexFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual })
	if i < 0 {
		return s.Name
	}
	return s.LabelMatchers[i].Value
}
