package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Duration is a length of time as people write it: Go's units and, before
// them, whole days of 86,400 s and weeks: "800ms", "30s", "1d12h", "2w".
type Duration time.Duration

// D is the duration as the standard library's.
func (d Duration) D() time.Duration { return time.Duration(d) }

// longest is the greatest Duration: 100 years of 365 days.
const longest = 36500 * 24 * time.Hour

// ParseDuration reads a Duration. It refuses signs, a number without a unit
// and lengths over 100 years.
func ParseDuration(text string) (Duration, error) {
	tooLong := refusal{what: fmt.Sprintf("%q is more than 100 years", text), remedy: "use a shorter time"}
	wrong := refusal{what: fmt.Sprintf("%q is not a length of time", text), remedy: "write it like 30s, 5m, 2h or 14d"}
	rest, total := strings.TrimSpace(text), time.Duration(0)
	if _, err := strconv.ParseFloat(rest, 64); err == nil {
		return 0, refusal{what: fmt.Sprintf("%q has no unit", text), remedy: "write it like 30s, 5m, 2h or 14d"}
	}
	if rest == "" || strings.ContainsAny(rest, "+-") {
		return 0, wrong
	}
	for _, unit := range []struct {
		name   string
		length time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		number, after, found := strings.Cut(rest, unit.name)
		if !found {
			continue
		}
		n, err := strconv.Atoi(number)
		if err != nil {
			return 0, wrong
		}
		if n > int(longest/unit.length) {
			return 0, tooLong
		}
		total, rest = total+time.Duration(n)*unit.length, after
	}
	if rest != "" {
		small, err := time.ParseDuration(rest)
		if err != nil {
			return 0, wrong
		}
		if small > longest {
			return 0, tooLong
		}
		total += small
	}
	if total > longest {
		return 0, tooLong
	}
	return Duration(total), nil
}

// UnmarshalText reads what ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := ParseDuration(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String writes the duration in the largest units that fit: "1d12h", "800ms".
func (d Duration) String() string {
	const day = 24 * time.Hour
	days, rest := d.D()/day, d.D()%day
	text := ""
	if days > 0 {
		text = strconv.Itoa(int(days)) + "d"
	}
	if rest > 0 || days == 0 {
		small := rest.String()
		if strings.HasSuffix(small, "m0s") {
			small = strings.TrimSuffix(small, "0s")
		}
		if strings.HasSuffix(small, "h0m") {
			small = strings.TrimSuffix(small, "0m")
		}
		text += small
	}
	return text
}

// JSONSchema describes a Duration to editors.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:     "string",
		Pattern:  `^([0-9]+w)?([0-9]+d)?([0-9.]+(h|m|s|ms|us|µs|ns))*$`,
		Examples: []any{"30s", "5m", "2h", "14d"},
	}
}
