package golden

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
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
			{"id": "other spellings", "input": {"intervals": [{"bad": "1", "total": 3.0}, {"bad": 0, "total": 0}]}, "expect": {"ratio_pct": "66.6666"}},
			{"id": "half a request", "input": {"intervals": [{"bad": 0.5, "total": 3}]}, "expect": {"ratio_pct": "83.3333"}},
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
		"requests":   {3, 6, []string{"half a request", "rounded up", "not null", "no such figure", "no expectation", "no input"}},
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

func TestSameSeconds(t *testing.T) {
	third := big.NewRat(200, 3)
	for _, c := range []struct {
		want any
		same bool
	}{
		{"66.6", true},
		{"66.7", true},
		{"66.67", true},
		{json.Number("66.66666666666667"), true}, // as a double is written
		{"66.8", false},
		{"66.65", false},
		{"67", false},
		{json.Number("66"), false},
		{nil, false},
	} {
		want := map[string]any{"bad_s": c.want, "allowed_s": []any{c.want}}
		got := len(differences(want, result{"bad_s": third, "allowed_s": []any{third}})) == 0
		if got != c.same {
			t.Errorf("%v for %s s: taken %t, want %t", c.want, third.RatString(), got, c.same)
		}
		if c.same && c.want != "66.6" && same(c.want, third) {
			t.Errorf("%v is taken for a percentage, which is floored", c.want)
		}
	}
	if len(differences(map[string]any{"time_to_exhaustion_s": nil}, result{"time_to_exhaustion_s": (*big.Rat)(nil)})) > 0 {
		t.Error("null is not the same as undefined")
	}
}

// TestChecksEnd holds what the vectors leave out: a run of fails that the end of
// the record cuts short.
func TestChecksEnd(t *testing.T) {
	for _, c := range []struct {
		title, checks string
		end, blips    int
	}{
		{"one that confirms nothing", `[0, "ok"], [60, "fail"], [120, "fail"]`, 180, 1},
		{"nothing but that", `[0, "fail"]`, 60, 1},
		{"after another one", `[0, "fail"], [60, "ok"], [120, "fail"]`, 180, 2},
		{"already voided by the gap before the end", `[0, "ok"], [60, "fail"]`, 600, 1},
		{"voided by a gap, and over", `[0, "fail"], [600, "ok"]`, 660, 1},
		{"a look that never came does not end it", `[0, "ok"], [60, "fail"], [120, null]`, 150, 1},
		{"enough of them", `[0, "ok"], [60, "fail"], [120, "fail"], [180, "fail"]`, 240, 0},
		{"once down, they confirm what is known", `[0, "fail"], [60, "fail"], [120, "fail"], [180, "ok"], [240, "fail"]`, 300, 0},
		{"while down, a run of oks is no blip", `[0, "fail"], [60, "fail"], [120, "fail"], [180, "ok"]`, 240, 0},
	} {
		got, err := checks(json.RawMessage(fmt.Sprintf(
			`{"interval_s": 60, "grace_s": 30, "confirm_failures": 3, "confirm_successes": 2, "end_s": %d, "checks": [%s]}`, c.end, c.checks)))
		if err != nil || got["blips"] != c.blips {
			t.Errorf("%s: blips %v, want %d, error %v", c.title, got["blips"], c.blips, err)
		}
	}
}
