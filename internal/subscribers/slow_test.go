//go:build slow

package subscribers

import (
	"strings"
	"testing"
)

// As many as a large company's page has: in one transaction each way.
func TestFiftyThousandAreImportedAndExported(t *testing.T) { testStoredList(t, 50_000) }

func TestFilesBeyondTheLimitsAreRefusedWhole(t *testing.T) {
	full := "email\n" + strings.Repeat("x\n", LinesMost)
	testRefused(t, "too many lines", full+"ada@example.org\n",
		Problem{LinesMost + 2, 1, "", FileRefused, "the file has more than 100000 lines; split it"})
	line := "ada@example.org," + strings.Repeat("x", 1000) + "\n"
	head := "email,note\n"
	within := (fileLargest - len(head)) / len(line) // lines that are read whole
	testRefused(t, "too large", head+strings.Repeat(line, within+1),
		Problem{within + 1, 1, "", FileRefused, "the file is larger than 32 MiB; split it"})
	if report := newUnder(t).load(t, full, Import{}); report.Refused || report.Invalid != LinesMost {
		t.Errorf("as many as may be: refused %v, %d invalid", report.Refused, report.Invalid)
	}
}
