package probes

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// StatusRange is a range of HTTP status codes, both ends included. It is
// written as 200, "200-299" or "2xx".
type StatusRange struct{ From, To int }

// UnmarshalText reads what String writes, and classes.
func (s *StatusRange) UnmarshalText(text []byte) error {
	word := strings.ToLower(strings.TrimSpace(string(text)))
	if len(word) == 3 && word[1:] == "xx" && word[0] >= '1' && word[0] <= '9' {
		first := int(word[0]-'0') * 100
		*s = StatusRange{first, first + 99}
		return nil
	}
	low, high, ranged := strings.Cut(word, "-")
	if !ranged {
		high = low
	}
	from, err1 := statusCode(low)
	to, err2 := statusCode(high)
	if err1 != nil || err2 != nil || from > to {
		return fmt.Errorf("%q is no HTTP status; write 200, 200-299 or 2xx", string(text))
	}
	*s = StatusRange{from, to}
	return nil
}

func statusCode(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 100 || n > 999 {
		return 0, fmt.Errorf("%q is not between 100 and 999", text)
	}
	return n, nil
}

// MarshalText writes the range.
func (s StatusRange) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String is "200" or "200-299".
func (s StatusRange) String() string {
	if s.From == s.To {
		return strconv.Itoa(s.From)
	}
	return fmt.Sprintf("%d-%d", s.From, s.To)
}

// JSONSchema describes a StatusRange to editors.
func (StatusRange) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "integer", Minimum: "100", Maximum: "999"},
		{Type: "string", Pattern: `^([1-9][0-9]{2}(-[1-9][0-9]{2})?|[1-9][xX]{2})$`, Examples: []any{"200-299", "2xx"}},
	}}
}

// statusAmong tells whether a status is in one of the ranges.
func statusAmong(status int, ranges []StatusRange) bool {
	for _, s := range ranges {
		if status >= s.From && status <= s.To {
			return true
		}
	}
	return false
}

// Redirects is how many redirects are followed: a number, or true (5) or false
// (none).
type Redirects int

// followed is what `redirects: true` means, and what is meant by nothing;
// mostFollowed bounds what one look may be led to.
const (
	followed     = 5
	mostFollowed = 10
)

// UnmarshalText reads true, false or a number from 0 to 10.
func (r *Redirects) UnmarshalText(text []byte) error {
	switch word := strings.ToLower(string(text)); word {
	case "true", "yes":
		*r = followed
	case "false", "no":
		*r = 0
	default:
		n, err := strconv.Atoi(word)
		if err != nil || n < 0 || n > mostFollowed {
			return fmt.Errorf("%q is no number of redirects; write true, false or 0 to %d", word, mostFollowed)
		}
		*r = Redirects(n)
	}
	return nil
}

// MarshalText writes the number.
func (r Redirects) MarshalText() ([]byte, error) { return []byte(strconv.Itoa(int(r))), nil }

// JSONSchema describes Redirects to editors.
func (Redirects) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "boolean"}, {Type: "integer", Minimum: "0", Maximum: "10"},
	}}
}

// Size is a number of bytes: 1048576, "512KiB", "1MiB", "2MB".
type Size int64

// UnmarshalText reads a Size of at most 64 MiB.
func (s *Size) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	digits := strings.TrimRight(word, "kKMiB ")
	unit, known := map[string]int64{
		"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "KiB": 1 << 10, "kiB": 1 << 10, "MiB": 1 << 20,
	}[strings.TrimSpace(word[len(digits):])]
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || !known || n < 1 || n*unit > largestBody {
		return fmt.Errorf("%q is no size such as 512KiB or 1MiB (at most 64MiB)", word)
	}
	*s = Size(n * unit)
	return nil
}

// MarshalText writes the size in the largest unit that is exact.
func (s Size) MarshalText() ([]byte, error) {
	switch {
	case s > 0 && s%(1<<20) == 0:
		return fmt.Appendf(nil, "%dMiB", s>>20), nil
	case s > 0 && s%(1<<10) == 0:
		return fmt.Appendf(nil, "%dKiB", s>>10), nil
	}
	return fmt.Appendf(nil, "%d", int64(s)), nil
}

// JSONSchema describes a Size to editors.
func (Size) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "integer", Minimum: "1"},
		{Type: "string", Pattern: `^[0-9]+ ?(B|[kK]i?B|Mi?B)?$`, Examples: []any{"512KiB", "1MiB"}},
	}}
}

// checkSlower refuses a threshold that can never be crossed.
func checkSlower(p *problems, slower config.Duration, timeout time.Duration) {
	if slower > 0 && timeout > 0 && slower.D() >= timeout {
		p.add("expect.slower_than", "%s is not below the timeout of %s, so it could never be seen; lower it or raise the timeout",
			slower, config.Duration(timeout))
	}
}

// judgeSlow makes a passing look slow when it took too long.
func judgeSlow(r *Result, slower config.Duration, took time.Duration) {
	if slower > 0 && took > slower.D() {
		r.slow(uptime.TooSlow, "took %v; slower than %s", took.Round(time.Millisecond/10), slower)
	}
}

// headerNames returns the canonical form of a header's name.
func headerName(name string) string { return http.CanonicalHeaderKey(strings.TrimSpace(name)) }
