package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRulesArePrintedOrWrittenAllAtOnce(t *testing.T) {
	configuration, _ := company(t)
	code, printed, errors := call("rules", "--config", configuration, "--job", "status", "--runbooks", "https://example.org/alerting")
	if code != 0 || errors != "" {
		t.Fatalf("exit %d: %s", code, errors)
	}
	for _, want := range []string{
		`service: "shop"`, `commitment: "E6"`, `vector(0.0005)`, `{job="status"}`, "alert: UpheldServiceBurnsFast",
		`runbook_url: "https://example.org/alerting#upheldcomponentdown"`,
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}
	out := filepath.Join(t.TempDir(), "upheld.yml")
	for range 2 { // the second takes the place of the first
		if code, said, errors := call("rules", "-c", configuration, "--job", "status", "--runbooks", "https://example.org/alerting", "--out", out); code != 0 || said != "" {
			t.Fatalf("exit %d: %s%s", code, said, errors)
		}
	}
	written, err := os.ReadFile(out)
	if err != nil || string(written) != printed {
		t.Errorf("%v; what is written is not what is printed", err)
	}
	files, err := os.ReadDir(filepath.Dir(out))
	if err != nil || len(files) != 1 {
		t.Errorf("%v; left beside: %v", err, files)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v; Prometheus, as somebody else, cannot read it: %v", err, info.Mode())
	}
}

func TestRulesThatCannotBe(t *testing.T) {
	sound, _ := company(t)
	wrong := file(t, "components: [{name: A, monitors: [{type: tcp, address: x}]}]\n")
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"--config", wrong}, "upheld.yaml:1:"},
		{[]string{"--config", filepath.Join(t.TempDir(), "none.yaml")}, "none.yaml"},
		{[]string{"--config", sound, "--interval", "5m"}, "the interval 5m0s cannot be"},
		{[]string{"--config", sound, "--out", filepath.Join(t.TempDir(), "no", "folder.yml")}, "folder.yml, which is as it was"},
	} {
		out := filepath.Join(t.TempDir(), "kept.yml")
		if err := os.WriteFile(out, []byte("kept"), 0o600); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"rules", "--out", out}, tc.args...)
		code, printed, errors := call(args...)
		if code != 1 || printed != "" || !strings.Contains(errors, tc.want) {
			t.Errorf("%v: exit %d, %q, %q", tc.args, code, printed, errors)
		}
		if kept, err := os.ReadFile(out); err != nil || string(kept) != "kept" {
			t.Errorf("%v: %v, %q", tc.args, err, kept)
		}
	}
}

// What stands at --out decides: a file keeps its permissions, a link its target,
// and a device or a pipe, such as /dev/null, is not replaced by a file.
func TestRulesRespectWhatTheyAreWrittenTo(t *testing.T) {
	configuration, _ := company(t)
	_, printed, _ := call("rules", "--config", configuration)
	folder := t.TempDir()
	kept, link, pipe := filepath.Join(folder, "kept.yml"), filepath.Join(folder, "link.yml"), filepath.Join(folder, "pipe")
	if err := errors.Join(os.WriteFile(kept, []byte("old"), 0o640), os.Chmod(kept, 0o640), os.Symlink("kept.yml", link), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	if code, _, said := call("rules", "--config", configuration, "--out", link); code != 0 {
		t.Fatalf("exit %d: %s", code, said)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link became %v: %v", info, err)
	}
	if text, err := os.ReadFile(kept); err != nil || string(text) != printed {
		t.Errorf("where the link leads: %v, %q", err, text)
	}
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v; the permissions are now %v", err, info.Mode())
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0) // both ends, so that neither open waits
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if code, _, said := call("rules", "--config", configuration, "--out", pipe); code != 0 {
		t.Fatalf("exit %d: %s", code, said)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Fatalf("the pipe became %v: %v", info, err)
	}
	through := make([]byte, len(printed))
	if _, err := io.ReadFull(reader, through); err != nil || string(through) != printed {
		t.Errorf("through the pipe: %v, %q", err, through)
	}
	if code, _, said := call("rules", "--config", configuration, "--out", folder); code != 1 || !strings.Contains(said, "it is a folder") {
		t.Errorf("into a folder: exit %d: %s", code, said)
	}
}
