package probes

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestStatusRanges(t *testing.T) {
	for text, want := range map[string]StatusRange{
		"200": {200, 200}, "200-299": {200, 299}, "2xx": {200, 299}, "5XX": {500, 599}, " 301 - 308 ": {301, 308}, "999": {999, 999},
	} {
		var got StatusRange
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "ok", "99", "1000", "299-200", "200-", "-200", "20x", "0xx", "200,201", "2e2", "200-299-300"} {
		if err := new(StatusRange).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestRedirectsAndSizes(t *testing.T) {
	for text, want := range map[string]Redirects{"true": 5, "false": 0, "0": 0, "3": 3, "10": 10} {
		var got Redirects
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "11", "-1", "many"} {
		if err := new(Redirects).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q redirects are read", text)
		}
	}
	for text, want := range map[string]Size{"1": 1, "1048576": 1 << 20, "512KiB": 512 << 10, "1 MiB": 1 << 20, "2MB": 2e6, "3kB": 3000, "64MiB": 64 << 20} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
		written, _ := got.MarshalText()
		var again Size
		if err := again.UnmarshalText(written); err != nil || again != got {
			t.Errorf("%q is written as %q", text, written)
		}
	}
	for _, text := range []string{"", "0", "-1", "65MiB", "1GiB", "1.5MiB", "MiB", "1 1", "9999999999", "1ii"} {
		if err := new(Size).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("size %q is read", text)
		}
	}
}

func TestJSONPath(t *testing.T) {
	const body = `{"status": "UP", "n": 3, "f": 1.50, "e": 1e2, "big": 9007199254740993, "t": true, "z": null,
		"a": {"b": [{"c d": "x"}, 7, [], {"c": -0}]}, "it's": 1, "q\"": 2, "": {"": 3}, "ü": 4, "n": 5}`
	for text, want := range map[string]any{
		"$.status": "UP", "$.n": 5, "$.f": 1.5, "$.e": 100, "$.big": 9007199254740993, "$.t": true, "$.z": nil,
		`$.a.b[0]["c d"]`: "x", `$["a"]['b'][1]`: 7, "$.a.b[3].c": 0, `$['it\'s']`: 1, `$["q\""]`: 2, `$['q"']`: 2, `$[""][""]`: 3, "$.ü": 4, `$["\u00fc"]`: 4,
	} {
		path, err := parsePath(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := path.find([]byte(body)); err != nil || !sameScalar(got, want) {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]any{
		"$.nothing": jsonMissing{}, "$.status.x": jsonMissing{}, "$.a.b[9]": jsonMissing{}, "$.a[0]": jsonMissing{}, "$.a.b.c": jsonMissing{},
		"$.a": jsonNested{"an object"}, "$.a.b": jsonNested{"an array"}, "$": jsonNested{"an object"},
	} {
		path, err := parsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := path.find([]byte(body)); err != nil || got != want || sameScalar(got, nil) {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "status", "$status", "$.", "$..a", "$.a[", "$.a[]", "$.a[-1]", "$.a[01]", "$.a[*]", "$.*", "$.a[0:1]", "$[?(@.a)]", `$["a`, `$["a"`, "$.a b", "$.a]"} {
		if path, err := parsePath(text); err == nil {
			t.Errorf("%q is read as %v", text, path)
		}
	}
}

func TestSameScalarIsExact(t *testing.T) {
	for _, row := range []struct {
		got, want any
		same      bool
	}{
		{"5", 5, false}, {json.Number("5"), "5", false}, {json.Number("5"), 5, true}, {json.Number("5.0"), 5, true},
		{json.Number("5.1"), 5, false}, {json.Number("0.1"), 0.1, true}, {json.Number("9007199254740993"), 9007199254740992, false},
		{json.Number("18446744073709551615"), uint64(18446744073709551615), true}, {json.Number("1e400"), 5, false},
		{true, true, true}, {true, "true", false}, {nil, nil, true}, {nil, "", false}, {"", nil, false}, {json.Number("0"), false, false},
		{"a", "a", true}, {"a", "A", false},
	} {
		if sameScalar(row.got, row.want) != row.same {
			t.Errorf("%#v and %#v: same is not %v", row.got, row.want, row.same)
		}
	}
}

// FuzzJSONPath compares what a path finds with what encoding/json builds.
func FuzzJSONPath(f *testing.F) {
	f.Add(`{"a": [1, {"b": "c"}]}`, "$.a[1].b")
	f.Add(`{"a": {"a": 1}, "a": 2}`, "$.a")
	f.Add(`[[], {}, null]`, `$[2]`)
	f.Add(`1`, "$")
	f.Add(strings.Repeat("[", 11_000), "$[0]")
	f.Fuzz(func(t *testing.T, body, text string) {
		path, err := parsePath(text)
		if err != nil || !json.Valid([]byte(body)) {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(body))
		decoder.UseNumber()
		var tree any
		if err := decoder.Decode(&tree); err != nil {
			return
		}
		got, err := path.find([]byte(body))
		if err != nil {
			t.Fatalf("%s in %s: %v", text, body, err)
		}
		if want := descend(tree, path); !reflect.DeepEqual(got, want) {
			t.Errorf("%s in %s is %#v; want %#v", text, body, got, want)
		}
	})
}

func descend(tree any, path jsonPath) any {
	for _, step := range path {
		switch node := tree.(type) {
		case map[string]any:
			inner, found := any(nil), false
			if step.name != nil {
				inner, found = node[*step.name]
			}
			if !found {
				return jsonMissing{}
			}
			tree = inner
		case []any:
			if step.name != nil || step.index >= len(node) {
				return jsonMissing{}
			}
			tree = node[step.index]
		default:
			return jsonMissing{}
		}
	}
	switch tree.(type) {
	case map[string]any:
		return jsonNested{"an object"}
	case []any:
		return jsonNested{"an array"}
	}
	return tree
}

func FuzzStatusRange(f *testing.F) {
	for _, text := range []string{"200", "2xx", "200-299", "", "-", "999-1000"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s, again StatusRange
		if s.UnmarshalText([]byte(text)) != nil {
			return
		}
		if s.From < 100 || s.To > 999 || s.From > s.To {
			t.Errorf("%q is %v", text, s)
		}
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%q is written as %q and read as %v, %v", text, s, again, err)
		}
	})
}
