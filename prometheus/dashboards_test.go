package prometheus

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

func committed(t *testing.T) []Dashboard {
	t.Helper()
	all, err := Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheDashboardsHangTogether(t *testing.T) {
	all := committed(t)
	if len(all) != 5 {
		t.Errorf("there are %d dashboards, and five subjects", len(all))
	}
	for _, fault := range faults(t, all) {
		t.Error(fault)
	}
}

// Each row spoils one dashboard and names the fault that must be found.
func TestFaultsOfDashboardsAreFound(t *testing.T) {
	for _, row := range []struct{ what, old, spoilt, want string }{
		{"a uid that another has", `"uid": "upheld-overview"`, `"uid": "upheld-probes"`, `uid "upheld-probes" twice`},
		{"a uid that no file is named after", `"uid": "upheld-overview"`, `"uid": "overview"`, `uid "overview"`},
		{"an id that another panel has", `"id": 2,`, `"id": 1,`, "id 1 twice"},
		{"a panel over another", `"w": 4,`, `"w": 5,`, "is covered twice"},
		{"a panel that ends outside", `"w": 24,`, `"w": 25,`, "ends outside"},
		{"a gap", `"h": 4,`, `"h": 3,`, "is empty"},
		{"a question without a mark", `broken?"`, `broken"`, "asks nothing"},
		{"nothing said", `"description": "Promises whose`, `"descriptions": "Promises whose`, "says nothing"},
		{"a query that another has named", `"refId": "B"`, `"refId": "A"`, `refId "A" twice`},
		{"a variable that nobody defines", `service=~\"$service\"`, `service=~\"$services\"`, "$services"},
		{"a variable that nobody defines, in a link", `${page:raw}`, `${site:raw}`, "site"},
		{"a link that leads nowhere", `/d/upheld-component?`, `/d/upheld-components?`, "upheld-components"},
		{"a data source of one's own", `"uid": "${datasource}"`, `"uid": "prometheus"`, "data source"},
		{"nothing said of absence", `"noValue": "No promise is in force"`, `"noValue": ""`, "no value"},
		{"unknown that looks good", "\"text\": \"Unknown\",\n                        \"color\": \"#8E8E8E\"", "\"text\": \"Unknown\",\n                        \"color\": \"#009E73\"", "unknown"},
		{"a colour of its own", `"color": "#009E73"`, `"color": "green"`, "green"},
	} {
		all := committed(t)
		i := slices.IndexFunc(all, func(d Dashboard) bool { return d.Name == "overview.json" })
		spoilt := bytes.Replace(all[i].JSON, []byte(row.old), []byte(row.spoilt), 1)
		if bytes.Equal(spoilt, all[i].JSON) {
			t.Errorf("%s: %s is nowhere in the dashboard", row.what, row.old)
			continue
		}
		all[i].JSON = spoilt
		found := faults(t, all)
		if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, row.want) }) {
			t.Errorf("%s: %q is not among the faults %q", row.what, row.want, found)
		}
	}
}

func TestEveryQueryIsAsked(t *testing.T) {
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, d := range committed(t) {
		asked += bytes.Count(d.JSON, []byte(`"expr":`)) + bytes.Count(d.JSON, []byte(`"definition":`))
	}
	if len(queries) != asked || asked < 100 {
		t.Errorf("%d queries, and the files ask %d", len(queries), asked)
	}
	for _, q := range queries {
		if strings.Contains(q.Expr, "$") || strings.Contains(q.Expr, "label_values") || q.Panel == "" || !strings.HasPrefix(q.Dashboard, "upheld-") {
			t.Errorf("%+v", q)
		}
	}
	want := Query{Dashboard: "upheld-component", Panel: "variable component", Expr: `upheld_component_info{job=~".+"}`}
	if !slices.Contains(queries, want) {
		t.Errorf("%+v is not asked", want)
	}
}

func TestVariablesAreReplacedOrRefused(t *testing.T) {
	known := values([]variable{{Name: "job"}})
	for text, want := range map[string]string{
		`up{job=~"$job"}`:                `up{job=~".+"}`,
		`up{job=~"${job}"}`:              `up{job=~".+"}`,
		`up{job=~"${job:regex}"}`:        `up{job=~".+"}`,
		`rate(x[$__rate_interval])`:      `rate(x[1m])`,
		`avg_over_time(x[${__range}])`:   `avg_over_time(x[5m])`,
		`label_replace(x,"a","b","","")`: `label_replace(x,"a","b","","")`,
	} {
		if got, err := substitute(text, known); got != want || err != nil {
			t.Errorf("%s became %s, %v", text, got, err)
		}
	}
	if _, err := substitute(`up{job=~"$jobs"}`, known); err == nil || !strings.Contains(err.Error(), "$jobs") {
		t.Errorf("a variable that nobody defines: %v", err)
	}
}

func TestAVariableThatAsksOtherwiseIsRefused(t *testing.T) {
	for _, definition := range []string{"metrics(up)", "label_values(job)", "label_values(up, job"} {
		if s, err := (variable{Name: "v", Definition: definition}).selector(); err == nil {
			t.Errorf("%s is read as %s", definition, s)
		}
	}
}

func TestEveryDashboardTellsWhatItIsAbout(t *testing.T) {
	for _, d := range committed(t) {
		title, says, err := d.About()
		if err != nil || !strings.HasPrefix(title, "Upheld: ") || says == "" {
			t.Errorf("%s: %q, %q, %v", d.Name, title, says, err)
		}
		if !json.Valid(d.JSON) {
			t.Errorf("%s is no JSON", d.Name)
		}
	}
}

func TestTheDocumentListsEveryQuestion(t *testing.T) {
	text, err := os.ReadFile("../docs/dashboards.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range committed(t) {
		var s sheet
		if err := json.Unmarshal(d.JSON, &s); err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Panels {
			if !bytes.Contains(text, []byte(p.Title)) {
				t.Errorf("docs/dashboards.md does not have %q of %s", p.Title, d.Name)
			}
		}
	}
}
