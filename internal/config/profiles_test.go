package config

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

const pinnedProfiles = "testdata/profiles.golden"

// Whoever has put a shipped document in force has its text on record under its
// number, and a start refuses another text under the same one. So each version
// that was ever written is pinned, and -update only adds to them.
func TestAShippedDocumentKeepsItsTextUnderItsNumber(t *testing.T) {
	before, err := os.ReadFile(pinnedProfiles)
	if err != nil && !*update {
		t.Fatal(err)
	}
	shipped := map[string]string{}
	for _, name := range Profiles() {
		text, _ := Profile(name)
		document, err := ParsePolicy(name, text, policyNames)
		if err != nil {
			t.Fatal(err)
		}
		shipped[name+" "+document.Version.Number+" "+string(document.Version.From)] = fmt.Sprintf("%x", sha256.Sum256(text))
	}
	now, err := pinned(string(before), shipped)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, pinnedProfiles, []byte(now))
}

// pinned adds versions to those that are pinned, a line each: the name, the
// number, the day from which it holds and the digest. It refuses a text that is
// another than the one that is pinned under its number.
func pinned(before string, shipped map[string]string) (string, error) {
	lines := slices.DeleteFunc(strings.Split(before, "\n"), func(line string) bool { return line == "" })
	for _, version := range slices.Sorted(maps.Keys(shipped)) {
		line := version + " " + shipped[version]
		if slices.Contains(lines, line) {
			continue
		}
		words := strings.Fields(version)
		for _, other := range lines {
			if strings.HasPrefix(other, words[0]+" "+words[1]+" ") {
				return "", fmt.Errorf("the text of %s is another than that of version %s, which may be on record already: give it a number and a date of its own",
					words[0], words[1])
			}
			if strings.HasPrefix(other, words[0]+" ") && strings.Fields(other)[2] == words[2] {
				return "", fmt.Errorf("version %s of %s holds from %s, as %s does: give it a date of its own", words[1], words[0], words[2], strings.Fields(other)[1])
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n", nil
}

func TestAPinnedVersionIsNotWrittenAnew(t *testing.T) {
	const before = "ours 1 2023-09-01 aa\n"
	for name, test := range map[string]struct{ version, digest, want string }{
		"the same":                       {"ours 1 2023-09-01", "aa", before},
		"another text":                   {"ours 1 2023-09-01", "bb", ""},
		"another text with another date": {"ours 1 2023-10-01", "bb", ""},
		"another number, the same date":  {"ours 2 2023-09-01", "bb", ""},
		"another number and date":        {"ours 2 2023-10-01", "bb", before + "ours 2 2023-10-01 bb\n"},
		"another document":               {"theirs 1 2023-09-01", "bb", before + "theirs 1 2023-09-01 bb\n"},
	} {
		got, err := pinned(before, map[string]string{test.version: test.digest})
		if got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
