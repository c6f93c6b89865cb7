package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Percent is a percentage over 0 and at most 100 as the file gives it, without
// the sign: "99.95". At most six decimals, so that millionths of a percent
// hold it exactly. Empty: none is given.
type Percent string

const percentDecimals = 6

// UnmarshalText reads "99.95%", "99.95 %" and "99.95".
func (p *Percent) UnmarshalText(text []byte) error {
	digits, signed := strings.CutSuffix(strings.TrimSpace(string(text)), "%")
	digits = strings.TrimSpace(digits)
	whole, decimals, dotted := strings.Cut(digits, ".")
	if whole == "" || dotted && decimals == "" || strings.Trim(whole+decimals, "0123456789") != "" {
		return refusal{fmt.Sprintf("%q is not a percentage", text), "write it like 99.95%"}
	}
	decimals = strings.TrimRight(decimals, "0")
	if len(decimals) > percentDecimals {
		return refusal{fmt.Sprintf("%s has more than %d decimals", digits, percentDecimals), "use fewer"}
	}
	whole = strings.TrimLeft(whole, "0")
	hundred := whole == "100" && decimals == ""
	switch {
	case whole == "" && decimals == "":
		return refusal{digits + "% promises nothing", "leave it out, or promise more than 0%"}
	case len(whole) > 2 && !hundred:
		return refusal{digits + "% is more than 100%", "use at most 100%"}
	case whole == "" && !signed:
		return refusal{digits + " is less than 1%", "write it like 99.95%; a share of one is not read"}
	}
	if whole == "" {
		whole = "0"
	}
	if decimals != "" {
		decimals = "." + decimals
	}
	*p = Percent(whole + decimals)
	return nil
}

// JSONSchema describes a Percent to editors.
func (Percent) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		AnyOf: []*jsonschema.Schema{
			{Type: "number", ExclusiveMinimum: "0", Maximum: "100"},
			{Type: "string", Pattern: `^[0-9]{1,3}(\.[0-9]+)? ?%?$`},
		},
		Examples: []any{"99.95%"},
	}
}

// Window is the period that a target is held over: "calendar_month",
// "calendar_year", or "rolling_" and a number of days: "rolling_30d".
type Window string

// The calendar windows.
const (
	CalendarMonth Window = "calendar_month"
	CalendarYear  Window = "calendar_year"
)

const (
	rolling     = "rolling_"
	longestDays = 3660 // ten years
)

// Days is the length of a rolling window; 0 for a calendar window.
func (w Window) Days() int {
	days, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(string(w), rolling), "d"))
	return days
}

// UnmarshalText reads a window; a rolling one may be given as its length
// alone, in whole days of 24 h: "30d", "24h", "4w".
func (w *Window) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	if word == string(CalendarMonth) || word == string(CalendarYear) {
		*w = Window(word)
		return nil
	}
	remedy := "use calendar_month, calendar_year or a number of days such as rolling_30d or 30d"
	length, err := ParseDuration(strings.TrimPrefix(word, rolling))
	if err != nil {
		return refusal{fmt.Sprintf("%q is not a window", text), remedy}
	}
	days := int(length.D() / (24 * time.Hour))
	if days < 1 || days > longestDays || length.D()%(24*time.Hour) != 0 {
		return refusal{fmt.Sprintf("a window cannot be %s long", length), fmt.Sprintf("use whole days, 1d to %dd", longestDays)}
	}
	*w = Window(rolling + strconv.Itoa(days) + "d")
	return nil
}

// JSONSchema describes a Window to editors.
func (Window) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:     "string",
		Pattern:  `^(calendar_month|calendar_year|(rolling_)?[0-9]+[dwh])$`,
		Examples: []any{"calendar_month", "calendar_year", "rolling_30d"},
	}
}

// Zone is a time zone of the IANA database, as "Australia/Brisbane". The zero
// Zone has no Location.
type Zone struct{ *time.Location }

// UnmarshalText reads the name of a zone. The machine's own zone ("Local") is
// refused: what is published must not depend on where it is computed.
func (z *Zone) UnmarshalText(text []byte) error {
	name := strings.TrimSpace(string(text))
	location, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return refusal{fmt.Sprintf("there is no time zone %q", text), "use a name of the IANA database such as Australia/Brisbane or UTC"}
	}
	z.Location = location
	return nil
}

// String is the zone's name.
func (z Zone) String() string {
	if z.Location == nil {
		return ""
	}
	return z.Location.String()
}

// Equal tells whether both are the same zone.
func (z Zone) Equal(other Zone) bool { return z.String() == other.String() }

// JSONSchema describes a Zone to editors.
func (Zone) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Examples: []any{"UTC", "Australia/Brisbane", "Pacific/Auckland"}}
}

// Network is a block of addresses in CIDR notation: "10.0.0.0/8", "fd00::/8".
type Network struct{ netip.Prefix }

// UnmarshalText reads a network. A single address needs its length, and an
// address with bits beyond the length is refused rather than cut: it is more
// often a slip than a wish.
func (n *Network) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	if address, err := netip.ParseAddr(word); err == nil && address.Zone() == "" {
		return refusal{fmt.Sprintf("%q is an address, not a network", text), fmt.Sprintf("write %s/%d", address, address.BitLen())}
	}
	prefix, err := netip.ParsePrefix(word)
	if err != nil {
		return refusal{fmt.Sprintf("%q is not a network", text), "write it like 10.0.0.0/8 or fd00::/8"}
	}
	if prefix != prefix.Masked() {
		return refusal{fmt.Sprintf("%q is an address inside a network", text), fmt.Sprintf("write %s or %s/%d", prefix.Masked(), prefix.Addr(), prefix.Addr().BitLen())}
	}
	n.Prefix = prefix
	return nil
}

// JSONSchema describes a Network to editors.
func (Network) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^[0-9a-fA-F.:]+/[0-9]{1,3}$`, Examples: []any{"10.0.0.0/8", "fd00::/8"}}
}
