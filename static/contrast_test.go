package static

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Text stands out from the page 4.5 to 1, and what is drawn 3 to 1, in light
// and in dark (WCAG 2.2, 1.4.3 and 1.4.11, level AA).
func TestContrast(t *testing.T) {
	bright, _, _ := strings.Cut(pageCSS, "@media")
	_, dim, _ := strings.Cut(pageCSS, "prefers-color-scheme:dark")
	light, dark := colours(t, bright), colours(t, dim)
	for scheme, c := range map[string]map[string]float64{"light": light, "dark": dark} {
		for _, text := range []string{"ink", "mute", "link", "up", "deg", "part", "down", "maint", "unk"} {
			if ratio := contrast(c[text], c["bg"]); ratio < 4.5 {
				t.Errorf("%s: text in --%s has a contrast of %.2f", scheme, text, ratio)
			}
		}
		if ratio := contrast(c["mute"], c["soft"]); ratio < 4.5 {
			t.Errorf("%s: --mute on --soft has a contrast of %.2f", scheme, ratio)
		}
		for _, drawn := range []string{"upbar", "hatch"} {
			if ratio := contrast(c[drawn], c["bg"]); ratio < 3 {
				t.Errorf("%s: --%s has a contrast of %.2f", scheme, drawn, ratio)
			}
		}
	}
}

var colour = regexp.MustCompile(`--([a-z]+):#([0-9a-f]{6})`)

// colours are the luminances of the first definition of each colour.
func colours(t *testing.T, css string) map[string]float64 {
	t.Helper()
	out := make(map[string]float64)
	for _, m := range colour.FindAllStringSubmatch(css, -1) {
		if _, known := out[m[1]]; known {
			continue
		}
		rgb, err := strconv.ParseUint(m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		linear := func(shift int) float64 {
			v := float64(rgb>>shift&255) / 255
			if v <= 0.04045 {
				return v / 12.92
			}
			return math.Pow((v+0.055)/1.055, 2.4)
		}
		out[m[1]] = 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
	}
	if len(out) < 12 {
		t.Fatalf("only %d colours found", len(out))
	}
	return out
}

func contrast(a, b float64) float64 {
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}
