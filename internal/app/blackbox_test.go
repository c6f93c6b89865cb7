package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	write("blackbox.yml", "modules:\n  a: {prober: http, timeouts: 1s}\n")
	if _, err := Check(path); err == nil || !strings.HasPrefix(err.Error(), modules+":2:3: there is no key \"timeouts\" here") {
		t.Errorf("refused: %v", err)
	}
	write("blackbox.yml", "modules:\n  a: {prober: icmp}\n  b: {prober: unix}\n")
	file, err := Check(path)
	if err != nil {
		t.Fatal(err)
	}
	if warnings, err := Warnings(file); err != nil || len(warnings) != 1 || !strings.HasPrefix(warnings.Error(), modules+":3:7: modules.b.prober: ") {
		t.Errorf("%v, %v", warnings, err)
	}
	write("blackbox.yml", "modules:\n  a: {prober: icmp}\n")
	if file, err = Check(path); err != nil {
		t.Fatal(err)
	}
	if warnings, err := Warnings(file); err != nil || warnings != nil {
		t.Errorf("%v, %v", warnings, err)
	}
	probing, err := blackboxOf(file)
	if err != nil || probing.Modules == nil || probing.Guard == nil || probing.Concurrency != 64 {
		t.Errorf("%+v, %v", probing, err)
	}
}

// The file of modules is watched as the configuration is: a sound one is in
// force at once, a refused one changes nothing, and a module that is refused is
// told of and leaves the others alone.
func TestChangesOfTheFileOfModulesTakeEffect(t *testing.T) {
	target := newSite(t)
	modules := filepath.Join(t.TempDir(), "blackbox.yml")
	write := func(text string) {
		if err := os.WriteFile(modules, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("modules:\n  first: {prober: http}\n  socket: {prober: unix}\n")
	u := begin(t, "blackbox: {modules_file: '"+modules+"'}\ncomponents:"+quick("A", "http://"+target.address))
	probe := func(module string) int {
		status, _ := u.ops("/probe?module=" + module + "&target=http://" + target.address)
		return status
	}
	if !u.log.has(modules+":3:12: modules.socket.prober: ") || probe("first") != 200 || probe("socket") != 400 {
		t.Errorf("first %d, socket %d, log:\n%s", probe("first"), probe("socket"), u.log)
	}
	u.within(3*time.Second, "it runs", func() bool { return u.summary().state("A") == "operational" })
	write("modules:\n  second: {prober: http, timeouts: 1s}\n")
	u.within(4*time.Second, "a wrong file is refused by line", func() bool { return u.log.has(modules + ":2:3: ") })
	if probe("first") != 200 || probe("second") != 400 {
		t.Errorf("after a refused file: first %d, second %d", probe("first"), probe("second"))
	}
	write("modules:\n  second: {prober: http}\n")
	u.within(4*time.Second, "a sound file is in force", func() bool { return probe("second") == 200 && probe("first") == 400 })
}
