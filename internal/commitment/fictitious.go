package commitment

import (
	"slices"
	"strings"
)

// fictitious tells whether a number, as a telephone takes it, is one of those that
// regulators keep for examples and films, so that it reaches nobody: Ofcom's
// numbers for drama use, ACMA's for radio, books, film and TV, and 555-01xx of the
// North American plan. New Zealand keeps none.
func fictitious(dial string) bool {
	national, american := strings.CutPrefix(dial, "+1")
	if american {
		return len(national) == 10 && strings.HasPrefix(national[3:], "55501")
	}
	return slices.ContainsFunc(keptForFilms(), func(prefix string) bool { return strings.HasPrefix(dial, prefix) })
}

// keptForFilms are the beginnings of such numbers, or the whole of them.
func keptForFilms() []string {
	out := []string{
		"+44207946 0", "+44191498 0", "+4428 96496", "+4429 20180", "+441632 960", "+447700 900", "+44808157 0", "+44909879 0", "+443069 990",
		"+61491570 006", "+61491570 156", "+61491570 157", "+61491570 158", "+61491570 159", "+61491570 110",
		"+611800160 401", "+611800975 707", "+611800975 708", "+611800975 709", "+611800975 710", "+611800975 711",
		"+611300975 707", "+611300975 708", "+611300975 709", "+611300975 710", "+611300975 711",
	}
	for _, area := range []string{"113", "114", "115", "116", "117", "118", "121", "131", "141", "151", "161"} {
		out = append(out, "+44"+area+"496 0")
	}
	for _, area := range "2378" {
		out = append(out, "+61"+string(area)+"5550", "+61"+string(area)+"7010")
	}
	for i := range out {
		out[i] = strings.ReplaceAll(out[i], " ", "")
	}
	return out
}
