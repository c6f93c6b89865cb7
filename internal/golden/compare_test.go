package golden

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/availability"
)

// result is what the project makes of a vector's input, by the names of its
// "expect". A value is nil, a bool, a string, an int, an exact *big.Rat, a
// time.Time, severities, or a list or result of values.
type result map[string]any

// severities names one severity for each rule. An expectation may also name each
// severity once.
type severities []string

// unordered is a list whose order the format does not say.
type unordered []any

// differences are the keys of want in which got is something else. Keys that end
// in _note are remarks.
func differences(want map[string]any, got result) []string {
	var list []string
	for key, expected := range want {
		if strings.HasSuffix(key, "_note") {
			continue
		}
		value, known := got[key]
		equal := same
		if strings.HasSuffix(key, "_s") || key == "seconds" {
			equal = sameSeconds
		}
		switch {
		case !known:
			list = append(list, fmt.Sprintf("%s: expected %s, got no such figure", key, show(expected)))
		case !equal(expected, value):
			list = append(list, fmt.Sprintf("%s: expected %s, got %s", key, show(expected), show(value)))
		}
	}
	slices.Sort(list)
	return list
}

func same(want, got any) bool {
	switch got := got.(type) {
	case nil:
		return want == nil
	case *big.Rat:
		return got != nil && sameNumber(want, got) || got == nil && want == nil
	case int:
		return sameNumber(want, new(big.Rat).SetInt64(int64(got)))
	case time.Time:
		text, _ := want.(string)
		instant, err := time.Parse(time.RFC3339, text)
		return err == nil && instant.Equal(got)
	case severities:
		return sameSeverities(want, got)
	case []any:
		list, ok := want.([]any)
		return ok && slices.EqualFunc(list, got, same)
	case unordered:
		list, ok := want.([]any)
		return ok && sameUnordered(list, got)
	case result:
		object, ok := want.(map[string]any)
		return ok && len(differences(object, got)) == 0
	default:
		return want == got
	}
}

// sameNumber compares an exact value with a number, or with as many decimals as
// it is to be floored to.
func sameNumber(want any, got *big.Rat) bool {
	text, ok := want.(string)
	if number, isNumber := want.(json.Number); isNumber {
		if r, exact := new(big.Rat).SetString(number.String()); exact && r.Cmp(got) == 0 {
			return true
		}
		text, ok = number.String(), strings.Contains(number.String(), ".")
	}
	_, decimals, _ := strings.Cut(text, ".")
	return ok && availability.Floor(got, len(decimals)) == text
}

// sameSeconds compares lengths of time. The rules floor what is a percentage, and
// do not say how seconds are cut that have no end, such as a third: floored, to
// the nearest of so many decimals, and as a double is written are all taken.
func sameSeconds(want, got any) bool {
	if list, ok := got.([]any); ok {
		wanted, ok := want.([]any)
		return ok && slices.EqualFunc(wanted, list, sameSeconds)
	}
	exact, ok := got.(*big.Rat)
	if same(want, got) || !ok || exact == nil {
		return same(want, got)
	}
	text := fmt.Sprint(want)
	_, decimals, cut := strings.Cut(text, ".")
	if !cut {
		return false
	}
	double, _ := exact.Float64()
	return text == exact.FloatString(len(decimals)) || text == strconv.FormatFloat(double, 'f', -1, 64)
}

// sameUnordered finds for each that is expected another one.
func sameUnordered(want []any, got unordered) bool {
	rest := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(rest, func(g any) bool { return same(w, g) })
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return len(rest) == 0
}

func sameSeverities(want any, got severities) bool {
	list, ok := want.([]any)
	if !ok {
		return false
	}
	var names []string
	for _, name := range list {
		text, _ := name.(string)
		names = append(names, text)
	}
	each := slices.Sorted(slices.Values(got))
	slices.Sort(names)
	return slices.Equal(names, each) || slices.Equal(names, slices.Compact(slices.Clone(each)))
}

// show writes a value for the list of failures.
func show(value any) string {
	switch value := value.(type) {
	case *big.Rat:
		if value == nil {
			return "null"
		}
		if value.IsInt() {
			return value.RatString()
		}
		return availability.Floor(value, 6) + "…"
	case time.Time:
		return value.UTC().Format(time.RFC3339Nano)
	case unordered:
		return show([]any(value))
	case []any:
		parts := make([]string, len(value))
		for i, v := range value {
			parts[i] = show(v)
		}
		return "[" + strings.Join(parts, " ") + "]"
	case result:
		return show(map[string]any(value))
	case map[string]any:
		var parts []string
		for key, v := range value {
			parts = append(parts, key+": "+show(v))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("%q", value)
	default:
		return fmt.Sprint(value)
	}
}
