package prometheus

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sheet is the part of a dashboard that these tests read.
type sheet struct {
	UID, Title, Description, Timezone, Refresh string
	SchemaVersion                              int
	Tags                                       []string
	Panels                                     []panel
	Templating                                 struct{ List []variable }
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct{ RefID string }
	FieldConfig              struct{ Defaults struct{ NoValue string } }
}

// faults are what is wrong with the dashboards, as sentences.
func faults(t *testing.T, all []Dashboard) (out []string) {
	t.Helper()
	sheets := make([]sheet, len(all))
	uids := map[string]bool{}
	for i, d := range all {
		if err := json.Unmarshal(d.JSON, &sheets[i]); err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		uid := sheets[i].UID
		if uids[uid] {
			out = append(out, fmt.Sprintf("%s: uid %q twice", d.Name, uid))
		}
		uids[uid] = true
	}
	for i, s := range sheets {
		for _, fault := range slices.Concat(s.frame(all[i].Name), s.panels(), s.layout(), s.words(all[i].JSON, uids)) {
			out = append(out, all[i].Name+": "+fault)
		}
	}
	return out
}

func (s sheet) frame(file string) (out []string) {
	if file != strings.TrimPrefix(s.UID, "upheld-")+".json" || !strings.HasPrefix(s.UID, "upheld-") {
		out = append(out, fmt.Sprintf("uid %q does not say which file it is", s.UID))
	}
	if s.Timezone != "browser" || s.Refresh != "30s" || s.SchemaVersion == 0 || !slices.Contains(s.Tags, "upheld") || s.Description == "" {
		out = append(out, "its frame is not that of the others")
	}
	return out
}

func (s sheet) panels() (out []string) {
	ids := map[int]bool{}
	for _, p := range s.Panels {
		if ids[p.ID] {
			out = append(out, fmt.Sprintf("%s: id %d twice", p.Title, p.ID))
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		for _, fault := range p.faults() {
			out = append(out, p.Title+" "+fault)
		}
	}
	return out
}

func (p panel) faults() (out []string) {
	if !strings.HasSuffix(p.Title, "?") {
		out = append(out, "asks nothing")
	}
	if !strings.HasSuffix(p.Description, ".") {
		out = append(out, "says nothing of what its answer means")
	}
	if p.FieldConfig.Defaults.NoValue == "" {
		out = append(out, "does not say what no value means")
	}
	if len(p.Targets) == 0 {
		out = append(out, "has no query")
	}
	refs := map[string]bool{}
	for _, query := range p.Targets {
		if refs[query.RefID] || query.RefID == "" {
			out = append(out, fmt.Sprintf("has refId %q twice", query.RefID))
		}
		refs[query.RefID] = true
	}
	return out
}

// layout finds cells of the grid, 24 wide, that no panel or several cover.
func (s sheet) layout() (out []string) {
	const width = 24
	covered := map[[2]int]int{}
	bottom := 0
	for _, p := range s.Panels {
		g := p.GridPos
		if g.X < 0 || g.Y < 0 || g.W < 1 || g.H < 1 || g.X+g.W > width {
			out = append(out, fmt.Sprintf("%s ends outside the %d columns: %+v", p.Title, width, g))
			continue
		}
		bottom = max(bottom, g.Y+g.H)
		for x := range g.W {
			for y := range g.H {
				covered[[2]int{g.X + x, g.Y + y}]++
			}
		}
	}
	for y := range bottom {
		for x := range width {
			switch n := covered[[2]int{x, y}]; {
			case n == 0:
				return append(out, fmt.Sprintf("row %d, column %d is empty", y, x))
			case n > 1:
				return append(out, fmt.Sprintf("row %d, column %d is covered twice", y, x))
			}
		}
	}
	return out
}

var (
	coloured = regexp.MustCompile(`"(?:color|fixedColor|iconColor)": "([^"]*)"`)
	unknown  = regexp.MustCompile(`(?i)(?:unknown|blind|not known|not heard)",?\s*"(?:text|color)": "([^"]*)"`)
	linked   = regexp.MustCompile(`/d/([\w-]+)`)
	// sourced is a reference to a data source.
	sourced = regexp.MustCompile(`"type": "prometheus",\s*"uid": "([^"]*)"`)
	// given are the variables that Grafana gives to queries and links.
	given = []string{"__rate_interval", "__range", "__interval", "__url_time_range", "__value", "__all"}
	// asked is a variable with or without a format, or a field of one.
	asked = regexp.MustCompile(`\$(?:(\w+)|\{(\w+)(?:[:.]\w+)?\})`)
)

// words checks what stands anywhere in the text: colours, variables, links.
func (s sheet) words(text []byte, uids map[string]bool) (out []string) {
	palette := []string{"#009E73", "#F0E442", "#E69F00", "#D55E00", "#56B4E9", "#0072B2", "#CC79A7", "#8E8E8E", "transparent"}
	for _, m := range coloured.FindAllSubmatch(text, -1) {
		if !slices.Contains(palette, string(m[1])) {
			out = append(out, fmt.Sprintf("the colour %s is not one of ours", m[1]))
		}
	}
	for _, m := range unknown.FindAllSubmatch(text, -1) {
		if string(m[1]) != "#8E8E8E" {
			out = append(out, fmt.Sprintf("what is unknown has the colour %s and not grey", m[1]))
		}
	}
	for _, m := range sourced.FindAllSubmatch(text, -1) {
		if string(m[1]) != "${datasource}" {
			out = append(out, fmt.Sprintf("the data source %s cannot be chosen", m[1]))
		}
	}
	for _, m := range asked.FindAllSubmatch(text, -1) {
		name := string(m[1]) + string(m[2])
		defined := slices.ContainsFunc(s.Templating.List, func(v variable) bool { return v.Name == name })
		if !defined && !slices.Contains(given, name) {
			out = append(out, fmt.Sprintf("nobody defines the variable %s", m[0]))
		}
	}
	for _, m := range linked.FindAllSubmatch(text, -1) {
		if !uids[string(m[1])] {
			out = append(out, fmt.Sprintf("a link leads to %s, which is no dashboard", m[1]))
		}
	}
	return out
}
