package golden

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRunner runs vectors that are wrong in every way that a runner might
// overlook.
func TestRunner(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"calendars.json": `{"family": "nothing"}`,
		"requests.json": `{"family": "requests", "vectors": [
			{"id": "right", "input": {"intervals": [{"bad": 1, "total": 3}], "target_pct": 60}, "expect": {"ratio_pct": "66.6666", "meets_target": true, "a_note": "not compared"}},
			{"id": "fewer decimals", "input": {"intervals": [{"bad": 1, "total": 3}]}, "expect": {"ratio_pct": "66.66", "meets_target": null}},
			{"id": "rounded up", "input": {"intervals": [{"bad": 1, "total": 3}]}, "expect": {"ratio_pct": "66.6667"}},
			{"id": "not null", "input": {"intervals": []}, "expect": {"ratio_pct": "0.0000"}},
			{"id": "no such figure", "input": {"intervals": []}, "expect": {"median": null}},
			{"id": "no expectation", "input": {"intervals": []}, "expect": {}},
			{"id": "no input", "input": 7, "expect": {"ratio_pct": null}}
		]}`,
		"local_time.json": `{"family": "local_time", "vectors": [
			{"id": "another spelling of the instant", "input": {"tz": "Asia/Kathmandu", "local": "2026-01-01T05:45"}, "expect": {"instant": "2026-01-01T01:00:00+01:00", "kind": "normal"}}
		]}`,
		"more/survey.json": `{"family": "survey", "vectors": [{"id": "a", "input": {}, "expect": {"n": 1}}, {"id": "b", "input": {}, "expect": {"n": 1}}]}`,
		"horoscope.json":   `{"vectors": [{"id": "x", "input": {}, "expect": {"luck": 1}}]}`,
		"broken.json":      `{"vectors": [`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	scores, err := run(dir)
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Passed, Failed int
		Failures       []string
	}
	got := map[string]line{}
	for name, s := range scores {
		var ids []string
		for _, f := range s.failures {
			id, _, _ := strings.Cut(f, ":")
			ids = append(ids, id)
		}
		got[name] = line{s.passed, s.failed, ids}
	}
	want := map[string]line{
		"requests":   {2, 5, []string{"rounded up", "not null", "no such figure", "no expectation", "no input"}},
		"local_time": {1, 0, nil},
		"survey":     {0, 2, nil},
		"horoscope":  {0, 1, []string{"x"}},
		"broken":     {0, 1, []string{"broken.json"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !scores["survey"].missing {
		t.Error("a family that is not built is not said to be missing")
	}
	if got := order(scores); !slices.Equal(got, []string{"local_time", "requests", "survey", "broken", "horoscope"}) {
		t.Errorf("listed in the order %v of %v", got, slices.Collect(maps.Keys(scores)))
	}
}

func TestRunnerRefusesAnEmptyDirectory(t *testing.T) {
	if _, err := run(t.TempDir()); err == nil {
		t.Error("no vectors, and no error")
	}
}

func TestSameSeverities(t *testing.T) {
	fired := severities{"page", "page", "ticket"}
	for _, c := range []struct {
		want []any
		same bool
	}{
		{[]any{"page", "page", "ticket"}, true},
		{[]any{"page", "ticket"}, true},
		{[]any{"page"}, false},
		{[]any{"page", "ticket", "ticket"}, false},
		{[]any{}, false},
	} {
		if same(c.want, fired) != c.same {
			t.Errorf("%v and %v: want %t", c.want, fired, c.same)
		}
	}
}
