package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The file of modules is a part of the configuration: a check finds its problems
// with their places, and what is sound is read from beside the configuration.
func TestCheckReadsTheFileOfModules(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write("upheld.yaml", "components: [{name: A, monitors: [{type: http, url: 'https://a.example'}]}]\nblackbox: {modules_file: blackbox.yml}\n")
	modules := filepath.Join(folder, "blackbox.yml")
	if _, err := Check(path); err == nil || !strings.HasPrefix(err.Error(), modules+": cannot be read: ") {
		t.Errorf("missing: %v", err)
	}
	write("blackbox.yml", "modules:\n  a: {prober: unix}\n")
	if _, err := Check(path); err == nil || !strings.HasPrefix(err.Error(), modules+":2:7: modules.a.prober: ") {
		t.Errorf("refused: %v", err)
	}
	write("blackbox.yml", "modules:\n  a: {prober: icmp}\n")
	file, err := Check(path)
	if err != nil {
		t.Fatal(err)
	}
	probing, err := blackboxOf(file)
	if err != nil || probing.Modules == nil || probing.Guard == nil || probing.Concurrency != 64 {
		t.Errorf("%+v, %v", probing, err)
	}
}
