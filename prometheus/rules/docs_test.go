package rules

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/needs"
	"github.com/upheld/upheld/internal/uptime"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEveryAlertIsExplained holds the guide to the alerts' names: their runbook
// links lead to its headings.
func TestEveryAlertIsExplained(t *testing.T) {
	guide := read(t, "alerting.md")
	for _, g := range made(t, company(), Options{}).Groups {
		for _, r := range g.Rules {
			if r.Alert != "" && !strings.Contains(guide, "\n### "+r.Alert+"\n") {
				t.Errorf("docs/alerting.md has no heading for %s", r.Alert)
			}
		}
	}
}

// TestTheGuidesFilesAreInOrder lets the programs that read them check the two
// files that the guide shows.
func TestTheGuidesFilesAreInOrder(t *testing.T) {
	t.Parallel()
	for name, check := range map[string][]string{
		"prometheus.yml":   {needs.Promtool(t), "check", "config", "--syntax-only"},
		"alertmanager.yml": {needs.Amtool(t), "check-config"},
	} {
		block := regexp.MustCompile("(?s)```yaml\n(# " + regexp.QuoteMeta(name) + "\n.*?)```").FindStringSubmatch(read(t, "alerting.md"))
		if block == nil {
			t.Errorf("the guide shows no %s", name)
			continue
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(block[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		if said, err := exec.CommandContext(t.Context(), check[0], append(check[1:], path)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
}

// TestTheTableOfDetectionTimesIsTrue computes the table of docs/design/rules.md.
func TestTheTableOfDetectionTimesIsTrue(t *testing.T) {
	note := read(t, "design/rules.md")
	for _, target := range []uptime.Percent{99_000_000, 99_900_000, 99_950_000} {
		row := "| " + target.String() + " % |"
		for _, r := range availability.BurnRules() {
			exact, _ := availability.TimeToFire(target.Rat(), uptime.Hundred.Rat(), r.Long, r.Burn).Float64()
			text := trimZeros(fmt.Sprintf("%.2f", exact))
			if len(text) == 4 && !strings.Contains(text, ".") {
				text = text[:1] + "," + text[1:]
			}
			sampled := samplesToFire(target, r, DefaultInterval) * int(DefaultInterval/time.Second)
			seconds := fmt.Sprint(sampled)
			if len(seconds) == 4 {
				seconds = seconds[:1] + "," + seconds[1:]
			}
			row += " " + text + " s (" + seconds + " s) |"
		}
		if !strings.Contains(note, row+"\n") {
			t.Errorf("docs/design/rules.md has no row\n%s", row)
		}
	}
}
