package golden

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var directory = flag.String("golden.dir", os.Getenv("UPHELD_GOLDEN_DIR"), "directory of other vectors to run")

// family is a kind of vector. One without run is not built yet.
type family struct {
	name string
	run  func(input json.RawMessage) (result, error)
}

func families() []family {
	return []family{
		{"windows", windows},
		{"local_time", localTime},
		{"checks", checks},
		{"quorum", quorum},
		{"availability", availabilityFamily},
		{"composite", composite},
		{"requests", requests},
		{"budget", budget},
		{"burn", burn},
		{"verdict", verdictFamily},
		{"headline", headline},
		{"maintenance", maintenance},
		{"deadline", nil},
		{"elapsed", nil},
		{"ticket", nil},
		{"tier", nil},
		{"notice", noticeFamily},
		{"escalation", nil},
		{"survey", nil},
		{"metrics", nil},
		{"backup", backup},
	}
}

// file is one file of vectors.
type file struct {
	Family  string
	Vectors []vector
}

type vector struct {
	ID, Title string
	Input     json.RawMessage
	Expect    map[string]any
}

// score is what a family's vectors came to.
type score struct {
	passed, failed int
	missing        bool // not built yet
	failures       []string
}

func TestVectors(t *testing.T) {
	root := "testdata"
	if *directory != "" {
		root = locate(*directory)
	}
	scores, err := run(root)
	if err != nil {
		t.Fatal(err)
	}
	if *directory == "" {
		for _, f := range families() {
			if scores[f.name] == nil {
				t.Errorf("testdata has no vectors of %s", f.name)
			}
		}
	}
	unbuilt, broken := report(scores)
	if broken > 0 || unbuilt > 0 && *directory != "" {
		t.Fail()
	}
}

// locate finds a directory that was named as seen from this package or from the
// module's root.
func locate(dir string) string {
	if _, err := os.Stat(dir); err != nil && !filepath.IsAbs(dir) {
		return filepath.Join("..", "..", dir)
	}
	return dir
}

// run runs every vector below a directory.
func run(root string) (map[string]*score, error) {
	scores := map[string]*score{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" || entry.Name() == "calendars.json" {
			return err
		}
		runFile(path, scores)
		return nil
	})
	if err == nil && len(scores) == 0 {
		err = fmt.Errorf("no vectors in %s; name a directory that holds files such as availability.json", root)
	}
	return scores, err
}

func runFile(path string, scores map[string]*score) {
	name := strings.TrimSuffix(filepath.Base(path), ".json")
	var content file
	data, err := os.ReadFile(path)
	if err == nil {
		err = decode(data, &content)
	}
	if content.Family != "" {
		name = content.Family
	}
	if scores[name] == nil {
		scores[name] = &score{}
	}
	if err == nil && len(content.Vectors) == 0 {
		err = fmt.Errorf("no vectors")
	}
	if err != nil {
		scores[name].fail(filepath.Base(path), err.Error())
		return
	}
	for _, v := range content.Vectors {
		scores[name].take(name, v)
	}
}

func (s *score) take(name string, v vector) {
	i := slices.IndexFunc(families(), func(f family) bool { return f.name == name })
	switch {
	case i < 0:
		s.fail(v.ID, "there is no family "+name)
		return
	case families()[i].run == nil:
		s.missing = true
		s.failed++
		return
	}
	got, err := attempt(families()[i], v.Input)
	if err != nil {
		s.fail(v.ID, fmt.Sprintf("expected %s, got an error: %v", show(v.Expect), err))
		return
	}
	wrong := differences(v.Expect, got)
	if len(v.Expect) == 0 {
		wrong = []string{"nothing is expected"}
	}
	if len(wrong) > 0 {
		s.fail(v.ID, strings.Join(wrong, "; "))
		return
	}
	s.passed++
}

// attempt runs one vector; a panic fails it alone.
func attempt(f family, input json.RawMessage) (got result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f.run(input)
}

func (s *score) fail(id, why string) {
	s.failed++
	s.failures = append(s.failures, id+": "+why)
}

// report prints a line for each family and each failure, and the one line of
// figures. It counts what failed for not being built yet apart.
func report(scores map[string]*score) (unbuilt, broken int) {
	passed := 0
	for _, name := range order(scores) {
		s := scores[name]
		note := ""
		if s.missing {
			note = "  not built yet"
			unbuilt += s.failed - len(s.failures)
		}
		fmt.Printf("%-14s %3d of %d%s\n", name, s.passed, s.passed+s.failed, note)
		for _, f := range s.failures {
			fmt.Printf("    FAIL %s\n", f)
		}
		passed += s.passed
		broken += len(s.failures)
	}
	fmt.Printf("%d passed, %d failed\n", passed, unbuilt+broken)
	return unbuilt, broken
}

// order is the families' own order, then the rest by name.
func order(scores map[string]*score) []string {
	var names, rest []string
	for _, f := range families() {
		if scores[f.name] != nil {
			names = append(names, f.name)
		}
	}
	for name := range scores {
		if !slices.Contains(names, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(names, rest...)
}
