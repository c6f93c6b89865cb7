package probes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// jsonPath is a small, exact part of JSONPath (RFC 9535): names and indexes
// below the root. `$.a.b[0]["c d"]`.
type jsonPath []jsonStep

// jsonStep is a name, or an index where name is nil.
type jsonStep struct {
	name  *string
	index int
}

var errPath = errors.New(`write a path such as $.a.b[0]["c d"]: names and indexes, no wildcards and no filters`)

// parsePath reads a path.
func parsePath(text string) (jsonPath, error) {
	rest, found := strings.CutPrefix(text, "$")
	if !found {
		return nil, fmt.Errorf("%q does not begin with $; %w", text, errPath)
	}
	path := jsonPath{}
	for rest != "" {
		step, after, err := parseStep(rest)
		if err != nil {
			return nil, fmt.Errorf("%q cannot be read at %q; %w", text, rest, errPath)
		}
		path, rest = append(path, step), after
	}
	return path, nil
}

func parseStep(text string) (step jsonStep, rest string, err error) {
	switch text[0] {
	case '.':
		end := strings.IndexAny(text[1:], `.[]"'*@?() `)
		if end < 0 {
			end = len(text) - 1
		}
		name := text[1 : 1+end]
		if name == "" {
			return step, "", errPath
		}
		return jsonStep{name: &name}, text[1+end:], nil
	case '[':
		return parseBracket(text[1:])
	}
	return step, "", errPath
}

// parseBracket reads an index or a quoted name, and the closing bracket.
func parseBracket(text string) (step jsonStep, rest string, err error) {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		end := 1
		for end < len(text) && text[end] != text[0] {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(text) || !strings.HasPrefix(text[end+1:], "]") {
			return step, "", errPath
		}
		name, err := unquoteName(text[1:end], text[0])
		return jsonStep{name: &name}, text[end+2:], err
	}
	digits, rest, found := strings.Cut(text, "]")
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || !found || len(digits) > 1 && digits[0] == '0' {
		return step, "", errPath
	}
	return jsonStep{index: int(n)}, rest, nil
}

// unquoteName reads the inside of a quoted name by JSON's rules, with the
// quote that it stands in escaped.
func unquoteName(inside string, quote byte) (name string, err error) {
	if quote == '\'' {
		inside = strings.ReplaceAll(inside, `\'`, `'`)
		inside = strings.ReplaceAll(strings.ReplaceAll(inside, `\"`, `"`), `"`, `\"`)
	}
	err = json.Unmarshal([]byte(`"`+inside+`"`), &name)
	return name, err
}

// jsonMissing is what a path finds where there is nothing; jsonNested, where
// there is an object or an array.
type (
	jsonMissing struct{}
	jsonNested  struct{ kind string }
)

// find returns the scalar at the path: string, json.Number, bool or nil;
// jsonMissing or jsonNested where there is none. Of doubled names the last
// counts. It walks the text without building it, so that its memory does not
// grow with the body. The body must be valid JSON.
func (path jsonPath) find(body []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	return walk(decoder, path, true)
}

// walk reads one value. wanted tells whether its result is asked for.
func walk(d *json.Decoder, path jsonPath, wanted bool) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	open, nested := token.(json.Delim)
	if !nested {
		if len(path) > 0 {
			return jsonMissing{}, nil
		}
		return token, nil
	}
	if !wanted || len(path) == 0 {
		kind := "an object"
		if open == '[' {
			kind = "an array"
		}
		return jsonNested{kind}, skipNested(d)
	}
	var found any = jsonMissing{}
	for i := 0; d.More(); i++ {
		hit := open == '[' && path[0].name == nil && path[0].index == i
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			hit = path[0].name != nil && key == *path[0].name
		}
		value, err := walk(d, path[1:], hit)
		if err != nil {
			return nil, err
		}
		if hit {
			found = value
		}
	}
	_, err = d.Token() // the closing delimiter
	return found, err
}

// skipNested reads on to the end of the object or array that was just opened.
func skipNested(d *json.Decoder) error {
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

// sameScalar compares what a body holds with what the configuration asks for.
// Types count: "5" is not 5. Numbers compare by value: 1.0 is 1.
func sameScalar(got, want any) bool {
	number, isNumber := got.(json.Number)
	if !isNumber {
		return got == want
	}
	text := string(number)
	switch w := want.(type) {
	case int:
		return sameInteger(text, int64(w))
	case int64:
		return sameInteger(text, w)
	case uint64:
		n, err := strconv.ParseUint(text, 10, 64)
		return err == nil && n == w
	case float64:
		f, err := strconv.ParseFloat(text, 64)
		return err == nil && f == w
	}
	return false
}

func sameInteger(text string, want int64) bool {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n == want
	}
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && f == float64(want) && int64(f) == want
}

// scalarText writes a scalar, or what stands in its place, for a detail.
func scalarText(v any) string {
	switch v := v.(type) {
	case jsonMissing:
		return "missing"
	case jsonNested:
		return v.kind
	case string:
		if len(v) > 80 {
			v = v[:80] + "…"
		}
		return strconv.Quote(v)
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}

// isScalar tells whether the configuration's value can be compared.
func isScalar(v any) bool {
	switch v.(type) {
	case nil, string, bool, int, int64, uint64, float64:
		return true
	}
	return false
}
