//go:build slow

package arch

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/needs"
)

// A stranger runs the README's commands in an empty folder.
func TestReadmeRuns(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "upheld")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "./cmd/upheld")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	readme := readFile(t, filepath.Join(root, "README.md"))
	ran := 0
	for _, block := range blocks(readme, "sh") {
		for line := range strings.Lines(block) {
			rest, ours := strings.CutPrefix(strings.TrimSpace(line), "go run ./cmd/upheld ")
			if !ours {
				continue
			}
			ran++
			t.Run(rest, func(t *testing.T) { runLine(t, binary, strings.Fields(rest)) })
		}
	}
	for _, block := range blocks(readme, "yaml") {
		ran++
		t.Run("configuration", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "upheld.yaml")
			if err := os.WriteFile(path, []byte(block), 0o600); err != nil {
				t.Fatal(err)
			}
			runLine(t, binary, []string{"check", "--config", path})
		})
	}
	if ran < 2 {
		t.Errorf("ran %d commands and configurations of the README; this test looks at too little", ran)
	}
}

// runLine runs one command line. A server has to be ready, answer with a page
// and end well when it is told to; any other command has to succeed.
func runLine(t *testing.T, binary string, args []string) {
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "UPHELD_LISTEN=127.0.0.1:0", "PAYROLL_TOKEN=an-example-of-a-long-token",
		"SMTP_PASSWORD=an-example", "UPHELD_SECRET=0123456789abcdef0123456789abcdef")
	if args[0] != "serve" {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("upheld %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return
	}
	if l, err := net.Listen("tcp", "127.0.0.1:8081"); err != nil {
		needs.Missing(t, "the ops listener's usual port: "+err.Error())
	} else if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	page := readyPage(bufio.NewScanner(stdout))
	if page == "" {
		t.Error("said nothing of a page")
	} else if response, err := http.Get(page); err != nil {
		t.Error(err)
	} else {
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", page, response.Status)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v\n%s", err, stderr.String())
	}
}

var address = regexp.MustCompile(`page\s+(http://\S+)`)

// readyPage reads until the server says where its page is.
func readyPage(lines *bufio.Scanner) string {
	for lines.Scan() {
		if match := address.FindStringSubmatch(lines.Text()); match != nil {
			return match[1]
		}
	}
	return ""
}
