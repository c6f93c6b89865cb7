package prometheus_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/upheld/upheld/internal/app"
	"github.com/upheld/upheld/prometheus"
)

type compose struct {
	Name     string
	Services map[string]service
	Volumes  map[string]struct{}
}

type service struct {
	Image, Build, User string
	Init               bool
	Command            []string
	Environment        map[string]string
	Volumes, Ports     []string
	DependsOn          any `yaml:"depends_on"`
}

// decode reads a file of the demonstration and refuses keys that it does not
// know.
func decode(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("compose", file))
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func demonstration(t *testing.T) compose {
	t.Helper()
	var c compose
	decode(t, "compose.yaml", &c)
	return c
}

func TestEverythingThatIsMountedIsThere(t *testing.T) {
	c := demonstration(t)
	mounted := 0
	for name, s := range c.Services {
		for _, volume := range s.Volumes {
			from, _, _ := strings.Cut(volume, ":")
			if !strings.HasPrefix(from, ".") {
				if _, defined := c.Volumes[from]; !defined {
					t.Errorf("%s mounts the volume %s, which is not defined", name, from)
				}
				continue
			}
			mounted++
			if _, err := os.Stat(filepath.Join("compose", from)); err != nil {
				t.Errorf("%s mounts %s: %v", name, from, err)
			}
		}
	}
	if mounted < 8 {
		t.Errorf("only %d paths are mounted", mounted)
	}
}

var pinned = regexp.MustCompile(`^[a-z/]+:v?\d+\.\d+\.\d+$`)

func TestImagesArePinnedAndPortsAreThisMachinesAlone(t *testing.T) {
	for name, s := range demonstration(t).Services {
		if s.Image != "upheld-demo" && !pinned.MatchString(s.Image) {
			t.Errorf("%s runs %q, whatever that is tomorrow", name, s.Image)
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s listens to everybody: %s", name, port)
			}
		}
	}
}

// Whoever is called in one file is a service of the other, at a port that it has.
func TestWhoIsCalledIsThere(t *testing.T) {
	ports := map[string][]string{
		"upheld": {"8080", "8081"}, "prometheus": {"9090"}, "alertmanager": {"9093"}, "grafana": {"3000"}, "steady": {"8000"}, "flaky": {"8000"},
	}
	called := regexp.MustCompile(`\b([a-z]+):(\d{4})\b`)
	found := 0
	for _, file := range []string{"upheld.yaml", "prometheus.yml", "alertmanager.yml", "compose.yaml", "grafana/provisioning/datasources/prometheus.yml"} {
		text, err := os.ReadFile(filepath.Join("compose", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range called.FindAllStringSubmatch(string(text), -1) {
			if m[1] == "localhost" {
				continue
			}
			found++
			if !slices.Contains(ports[m[1]], m[2]) {
				t.Errorf("%s calls %s, which nobody is", file, m[0])
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d calls were found", found)
	}
}

func TestTheConfigurationOfTheDemonstrationIsInOrder(t *testing.T) {
	file, err := app.Check("compose/upheld.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Services) < 2 || len(file.Policies) == 0 {
		t.Errorf("%d services and %d policies: dashboards of promises stay empty", len(file.Services), len(file.Policies))
	}
}

func TestTheJobReportsWithItsMonitorsToken(t *testing.T) {
	text, err := os.ReadFile("compose/upheld.yaml")
	if err != nil {
		t.Fatal(err)
	}
	job := strings.Join(demonstration(t).Services["job"].Command, " ")
	token := regexp.MustCompile(`/heartbeat/([\w-]+)`).FindStringSubmatch(job)
	if token == nil || !strings.Contains(string(text), "type: heartbeat") || !strings.Contains(string(text), "token: "+token[1]+"}") {
		t.Errorf("no monitor has the token that the job reports with: %s", job)
	}
}

func TestGrafanaFindsDashboardsAndPrometheus(t *testing.T) {
	var dashboards struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Folder, Type string
			AllowUIUpdates     bool `yaml:"allowUiUpdates"`
			Options            struct{ Path string }
		}
	}
	decode(t, "grafana/provisioning/dashboards/upheld.yml", &dashboards)
	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, UID, Type, Access, URL string
			IsDefault                    bool `yaml:"isDefault"`
			JSONData                     struct {
				HTTPMethod   string `yaml:"httpMethod"`
				TimeInterval string `yaml:"timeInterval"`
			} `yaml:"jsonData"`
		}
	}
	decode(t, "grafana/provisioning/datasources/prometheus.yml", &sources)
	grafana := demonstration(t).Services["grafana"]
	at := dashboards.Providers[0].Options.Path
	if !slices.Contains(grafana.Volumes, "../dashboards:"+at+":ro") {
		t.Errorf("Grafana looks for dashboards in %s, where nothing is mounted", at)
	}
	home := strings.TrimPrefix(grafana.Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"], at+"/")
	all, err := prometheus.Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(all, func(d prometheus.Dashboard) bool { return d.Name == home }) {
		t.Errorf("Grafana begins with %s, which is no dashboard", home)
	}
	if d := sources.Datasources; len(d) != 1 || !d[0].IsDefault || d[0].Type != "prometheus" {
		t.Errorf("the data source is not the default one: %+v", d)
	}
}
