package config

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A path starts at the folder of the configuration, unless it starts at the root.
func TestTheFileOfModulesLiesBesideTheConfiguration(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "blackbox.yml": "/etc/upheld/blackbox.yml", "../blackbox.yml": "/etc/blackbox.yml", "/srv/blackbox.yml": "/srv/blackbox.yml",
	} {
		f := File{Blackbox: Blackbox{ModulesFile: given}, name: "/etc/upheld/upheld.yaml"}
		if got := f.Modules(); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

// Whoever reads a file of modules can say where in it a thing stands: at the key,
// through anchors as well, or at the nearest thing around it.
func TestProblemsOfModulesHaveTheirPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "modules.yml")
	if err := os.WriteFile(path, []byte("modules:\n  a: &a\n    http:\n      method: GET\n  b: *a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	type module struct {
		HTTP map[string]string `yaml:"http"`
	}
	file, err := LoadModules[module](path)
	if err != nil {
		t.Fatal(err)
	}
	if file.Modules["a"].HTTP["method"] != "GET" || file.Modules["b"].HTTP["method"] != "GET" {
		t.Errorf("read %v", file.Modules)
	}
	for _, c := range []struct {
		want string
		path []string
	}{
		{":4:7: modules.a.http.method: no; yes", []string{"modules", "a", "http", "method"}},
		{":4:7: modules.b.http.method: no; yes", []string{"modules", "b", "http", "method"}},
		{":3:5: modules.a.http.headers: no; yes", []string{"modules", "a", "http", "headers"}},
		{":5:3: modules.b.tcp: no; yes", []string{"modules", "b", "tcp"}},
	} {
		if got := file.Problem("no", "yes", c.path...).Error(); got != path+c.want {
			t.Errorf("%s, want %s%s", got, path, c.want)
		}
	}
}

// A pipe that nobody writes to would hold up the start, and every later reload.
func TestAPipeIsNoFileOfModules(t *testing.T) {
	path := filepath.Join(t.TempDir(), "modules.yml")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(path, os.O_RDWR, 0) // so that a reader fails here instead of waiting
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.WriteString("modules: {a: {}}\n"); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Second, func() { _ = writer.Close() })
	defer func() {
		if late.Stop() {
			_ = writer.Close()
		}
	}()
	_, err = LoadModules[struct{}](path)
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].What != "is a pipe or a device" {
		t.Errorf("%v", err)
	}
}
