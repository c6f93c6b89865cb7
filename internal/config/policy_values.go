package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// Cadence is a length by the calendar: months or days.
type Cadence struct{ Months, Days int }

const longestCadence = 120 // months, ten years

// UnmarshalText reads "12 months", "1 year", "2 weeks", "90 days".
func (c *Cadence) UnmarshalText(text []byte) error {
	wrong := refusal{fmt.Sprintf("%q is not a length by the calendar", text), "write it like 12 months, 1 year, 2 weeks or 90 days"}
	words := strings.Fields(strings.ToLower(string(text)))
	if len(words) != 2 {
		return wrong
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || n > 31*longestCadence {
		return wrong
	}
	switch strings.TrimSuffix(words[1], "s") {
	case "year":
		c.Months = 12 * n
	case "month":
		c.Months = n
	case "week":
		c.Days = 7 * n
	case "day":
		c.Days = n
	default:
		return wrong
	}
	if c.Months > longestCadence || c.Days > 31*longestCadence {
		return refusal{fmt.Sprintf("%q is more than ten years", text), "use a shorter time"}
	}
	return nil
}

// JSONSchema describes a Cadence to editors.
func (Cadence) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]+ +(year|month|week|day)s?$`, Examples: []any{"12 months", "90 days"}}
}

// OffsetRule says whose clocks differ from an offset: "offset_differs(+10:00)".
// It holds the offset alone.
type OffsetRule string

// UnmarshalText reads the rule.
func (o *OffsetRule) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	offset, is := strings.CutPrefix(word, "offset_differs(")
	offset, closed := strings.CutSuffix(offset, ")")
	var hours, minutes int
	if is && closed && len(offset) == 6 && (offset[0] == '+' || offset[0] == '-') && offset[3] == ':' {
		var err, wrong error
		hours, err = strconv.Atoi(offset[1:3])
		minutes, wrong = strconv.Atoi(offset[4:])
		is = err == nil && wrong == nil && hours >= 0 && hours <= 14 && minutes >= 0 && minutes < 60
	} else {
		is = false
	}
	if !is {
		return refusal{fmt.Sprintf("%q does not say who is owed notice", text), "write offset_differs(+10:00), or leave it out for everybody"}
	}
	*o = OffsetRule(offset)
	return nil
}

// JSONSchema describes an OffsetRule to editors.
func (OffsetRule) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^offset_differs\([+-][0-9]{2}:[0-9]{2}\)$`, Examples: []any{"offset_differs(+10:00)"}}
}
