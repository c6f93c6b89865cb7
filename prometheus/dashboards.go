// Package prometheus holds the dashboards for Grafana and says what they ask of
// Prometheus, so that others can ask it too. It draws nothing itself.
package prometheus

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

//go:embed dashboards/*.json
var dashboards embed.FS

// Dashboard is one dashboard as Grafana loads it.
type Dashboard struct {
	Name string // of its file: "overview.json"
	JSON []byte
}

// Dashboards are all of them, in the order of their names.
func Dashboards() ([]Dashboard, error) {
	entries, err := dashboards.ReadDir("dashboards")
	if err != nil {
		return nil, fmt.Errorf("dashboards: %w", err)
	}
	out := make([]Dashboard, len(entries))
	for i, e := range entries {
		text, err := dashboards.ReadFile(path.Join("dashboards", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", e.Name(), err)
		}
		out[i] = Dashboard{Name: e.Name(), JSON: text}
	}
	return out, nil
}

// About is the dashboard's title, and in a sentence what it answers.
func (d Dashboard) About() (title, says string, err error) {
	var about struct{ Title, Description string }
	if err := json.Unmarshal(d.JSON, &about); err != nil {
		return "", "", fmt.Errorf("dashboard %s: %w", d.Name, err)
	}
	return about.Title, about.Description, nil
}

// Query is one question that a dashboard asks of Prometheus.
type Query struct {
	Dashboard string // its uid: "upheld-overview"
	Panel     string // its title; "variable NAME" or "annotation NAME" of what is no panel
	RefID     string // within the panel; empty of what is no panel
	// Expr is PromQL, with a value in the place of each of Grafana's variables:
	// all jobs, components, services and monitors, and spans of some minutes.
	Expr string
}

// Queries are the questions of all dashboards. A query of a variable is the
// selector whose labels are its choices.
func Queries() ([]Query, error) {
	all, err := Dashboards()
	if err != nil {
		return nil, err
	}
	var out []Query
	for _, d := range all {
		var m model
		if err := json.Unmarshal(d.JSON, &m); err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", d.Name, err)
		}
		queries, err := m.queries()
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", d.Name, err)
		}
		out = append(out, queries...)
	}
	return out, nil
}

// model is the part of a dashboard that asks.
type model struct {
	UID    string `json:"uid"`
	Panels []struct {
		Title   string `json:"title"`
		Targets []struct {
			RefID string `json:"refId"`
			Expr  string `json:"expr"`
		} `json:"targets"`
	} `json:"panels"`
	Templating struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Annotations struct {
		List []struct {
			Name string `json:"name"`
			Expr string `json:"expr"`
		} `json:"list"`
	} `json:"annotations"`
}

// variable is one of a dashboard's; Definition is what it asks, empty where it
// asks nothing.
type variable struct {
	Name       string `json:"name"`
	Definition string `json:"definition"`
}

func (m model) queries() ([]Query, error) {
	values := values(m.Templating.List)
	var out []Query
	add := func(panel, ref, expr string) error {
		text, err := substitute(expr, values)
		if err != nil {
			return fmt.Errorf("%s: %w", panel, err)
		}
		out = append(out, Query{Dashboard: m.UID, Panel: panel, RefID: ref, Expr: text})
		return nil
	}
	for _, p := range m.Panels {
		for _, t := range p.Targets {
			if err := add(p.Title, t.RefID, t.Expr); err != nil {
				return nil, err
			}
		}
	}
	for _, v := range m.Templating.List {
		if v.Definition == "" {
			continue
		}
		selector, err := v.selector()
		if err == nil {
			err = add("variable "+v.Name, "", selector)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, a := range m.Annotations.List {
		if err := add("annotation "+a.Name, "", a.Expr); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// selector is what stands before the label in label_values(SELECTOR, LABEL).
func (v variable) selector() (string, error) {
	inner, is := strings.CutPrefix(v.Definition, "label_values(")
	at := strings.LastIndex(inner, ",")
	if !is || at < 0 || !strings.HasSuffix(inner, ")") {
		return "", fmt.Errorf("variable %s asks %q, which is not label_values(SELECTOR, LABEL)", v.Name, v.Definition)
	}
	return inner[:at], nil
}
