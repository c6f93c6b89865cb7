package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	_ "time/tzdata" // as in the program

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files and the generated references anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// web stands in for a type that looks; it has one of each kind of setting.
type web struct {
	URL     string            `yaml:"url" jsonschema:"required" doc:"The address."`
	Method  string            `yaml:"method" jsonschema:"enum=GET,enum=HEAD,default=GET" doc:"The method."`
	Follow  bool              `yaml:"follow" doc:"Whether redirects are followed."`
	Headers map[string]string `yaml:"headers" doc:"Headers to send."`
	Expect  expect            `yaml:"expect" doc:"What is expected."`
	TLS     *options          `yaml:"tls" doc:"How to encrypt."`
}

type expect struct {
	Status       []int          `yaml:"status" jsonschema:"minItems=1" doc:"Statuses that pass."`
	BodyContains string         `yaml:"body_contains" jsonschema:"minLength=1" doc:"Text in the body."`
	JSON         map[string]any `yaml:"json" doc:"Values by path."`
	SlowerThan   Duration       `yaml:"slower_than" doc:"From here on it is slow."`
	ValidFor     Duration       `yaml:"certificate_valid_for" doc:"Of the certificate."`
	Share        float64        `yaml:"share" doc:"A share."`
}

type options struct {
	Name string `yaml:"name" doc:"The name."`
}

// beat stands in for a type that waits; its grace is Monitor's as well.
type beat struct {
	Every    Duration `yaml:"every" jsonschema:"required" doc:"How often."`
	Grace    Duration `yaml:"grace" jsonschema:"default=1m" doc:"How late."`
	TimeZone Zone     `yaml:"time_zone" doc:"Where days start."`
	Token    string   `yaml:"token" jsonschema:"required" doc:"The secret."`
	Set      string   `yaml:"set" doc:"Of what."`
	Region   string   `yaml:"region" doc:"Where."`
	Site     string   `yaml:"site" doc:"Where there."`
	Centre   string   `yaml:"datacentre" doc:"Which building."`
}

func (b *beat) Placed() (setting, region string) { return "region", b.Region }

type port struct {
	Address string `yaml:"address" jsonschema:"required" doc:"host:port."`
}

// chat stands for the settings of a channel.
type chat struct {
	URL string `yaml:"url" jsonschema:"required" doc:"Where to."`
}

// letters stands for the settings of a mail channel.
type letters struct {
	To []string `yaml:"to" jsonschema:"required,minItems=1" doc:"Addresses."`
}

func kinds() Kinds {
	return Kinds{
		Monitors: Table{
			"http":      func() any { return &web{} },
			"heartbeat": func() any { return &beat{} },
			"tls":       func() any { return &port{} },
		},
		Channels: Table{
			"chat":    func() any { return &chat{} },
			"webhook": func() any { return &chat{} },
			"mail":    func() any { return &letters{} },
		},
		Civil: shippedCivil{},
	}
}

// env is the environment of every test.
func env(name string) (string, bool) {
	value, found := map[string]string{
		"PAYROLL_TOKEN": "s3cret-token", "BACKUP_SYD_TOKEN": "s3cret-token-1", "BACKUP_MEL_TOKEN": "s3cret-token-2", "EMPTY": "", "SMTP_PASSWORD": "hunter2", "UPHELD_SECRET": "0123456789abcdef0123456789abcdef", "SECRET": "hunter2 hunter2", "PORT": "8443", "URL": "https://user:hunter2@example.org",
	}[name]
	return value, found
}

func parse(t *testing.T, text string) *File {
	t.Helper()
	file, err := Parse("upheld.yaml", []byte(text), kinds(), env)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update to write it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-file +now); run with -update if that is meant:\n%s", path, diff)
	}
}

// Every file in testdata/refused is refused with exactly the lines beside it.
func TestRefused(t *testing.T) {
	files, err := filepath.Glob("testdata/refused/*.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			_, err := Load(path, kinds(), env)
			if err == nil {
				t.Fatal("accepted")
			}
			text := strings.ReplaceAll(err.Error(), filepath.ToSlash(path), "upheld.yaml") + "\n"
			golden(t, strings.TrimSuffix(path, ".yaml")+".golden", []byte(text))
			if strings.Contains(text, "hunter2") {
				t.Error("a secret is shown")
			}
			for _, problem := range err.(Problems) {
				if problem.What == "" || problem.Remedy == "" || problem.File == "" {
					t.Errorf("incomplete: %#v", problem)
				}
			}
		})
	}
}

func TestGeneratedReferences(t *testing.T) {
	golden(t, "../../docs/reference/configuration.md", Reference())
}
