package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A module that is refused is no mistake of the file: it is told of, and the
// configuration is in order.
func TestCheckWarnsOfRefusedModules(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"upheld.yaml":  "components: [{name: A, monitors: [{type: http, url: 'https://a.example'}]}]\nblackbox: {modules_file: blackbox.yml}\n",
		"blackbox.yml": "modules:\n  sound: {prober: icmp}\n  socket: {prober: unix}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errors := call("check", filepath.Join(folder, "upheld.yaml"))
	warning := "\n  warning: " + filepath.Join(folder, "blackbox.yml") + ":3:12: modules.socket.prober: "
	if code != 0 || errors != "" || !strings.Contains(out, ": in order\n") || strings.Count(out, "warning: ") != 1 || !strings.Contains(out, warning) {
		t.Errorf("exit %d, %q, %s", code, errors, out)
	}
}
