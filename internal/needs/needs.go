// Package needs finds the parts of a machine that some tests cannot do
// without. A missing part fails the test in CI and skips it elsewhere, with
// one line that says what is missing and how to get it. It is for tests only.
package needs

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// folders are where Debian keeps programs that are not on everybody's PATH.
var folders = []string{"/usr/sbin", "/usr/lib/postgresql/*/bin"}

// Postgres is the address of a PostgreSQL server on which the test may create
// databases. `make test` starts one and names it in UPHELD_TEST_POSTGRES.
func Postgres(t testing.TB) string {
	t.Helper()
	address := os.Getenv("UPHELD_TEST_POSTGRES")
	if address == "" {
		Missing(t, "PostgreSQL: UPHELD_TEST_POSTGRES is not set; `make test` starts a server")
	}
	return address
}

// Program is the path of the first of the named programs that is installed;
// of several versions, the newest.
func Program(t testing.TB, debianPackage string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		for _, folder := range folders {
			found, err := filepath.Glob(filepath.Join(folder, name))
			if err != nil {
				t.Fatalf("look for %s: %v", name, err)
			}
			for _, path := range slices.Backward(found) {
				if path, err := exec.LookPath(path); err == nil {
					return path
				}
			}
		}
	}
	Missing(t, debianPackage+" is not installed; `make test` installs it as root")
	return ""
}

// Chromium is the path of a Chromium to drive headless.
func Chromium(t testing.TB) string {
	t.Helper()
	return Program(t, "chromium", "chromium", "chromium-browser", "google-chrome")
}

// Nginx is the path of an nginx to watch.
func Nginx(t testing.TB) string {
	t.Helper()
	return Program(t, "nginx-light", "nginx")
}

// Promtool is the path of Prometheus's tool, which checks rules and runs their
// tests.
func Promtool(t testing.TB) string {
	t.Helper()
	return Program(t, "prometheus", "promtool")
}

// Prometheus is the path of a Prometheus server to run.
func Prometheus(t testing.TB) string {
	t.Helper()
	return Program(t, "prometheus", "prometheus")
}

// Alertmanager is the path of an Alertmanager to run.
func Alertmanager(t testing.TB) string {
	t.Helper()
	return Program(t, "prometheus-alertmanager", "prometheus-alertmanager", "alertmanager")
}

// Amtool is the path of Alertmanager's tool, which checks its configuration and
// sends it alerts.
func Amtool(t testing.TB) string {
	t.Helper()
	return Program(t, "prometheus-alertmanager", "amtool")
}

// Missing ends a test for want of a part of the machine, which the line names:
// it fails in CI and skips elsewhere.
func Missing(t testing.TB, line string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("missing in CI: " + line)
	}
	t.Skip("could not run: " + line)
}
