package config

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPercent(t *testing.T) {
	for text, want := range map[string]Percent{
		"99.95%": "99.95", "99.95 %": "99.95", "99.95": "99.95", " 99.950000 ": "99.95", "100": "100", "100.0%": "100",
		"099.9": "99.9", "0.5%": "0.5", "99.999999": "99.999999", "1": "1", "99.9000000000": "99.9",
	} {
		var got Percent
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "0", "0.0%", "0.5", "100.000001", "101", "1000", "-1", "+1", "1e2", "99,95", "99.", ".5%", "99.9999999", "NaN", "٩٩", "99.95%%", "0x10"} {
		var got Percent
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was accepted as %q", text, got)
		}
	}
}

// No digit of a percentage is lost or added.
func TestPercentIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		millionths := rapid.Int64Range(1, 100_000_000).Draw(t, "millionths")
		text := fmt.Sprintf("%d.%06d%%", millionths/1_000_000, millionths%1_000_000)
		var got Percent
		if err := got.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		value, ok := new(big.Rat).SetString(string(got))
		if !ok || value.Cmp(big.NewRat(millionths, 1_000_000)) != 0 {
			t.Fatalf("%s became %s", text, got)
		}
	})
}

func TestWindow(t *testing.T) {
	for text, want := range map[string]Window{
		"calendar_month": CalendarMonth, "calendar_year": CalendarYear,
		"rolling_30d": "rolling_30d", "30d": "rolling_30d", "24h": "rolling_1d", "4w": "rolling_28d", "365d": "rolling_365d",
	} {
		var got Window
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for window, days := range map[Window]int{CalendarMonth: 0, CalendarYear: 0, "rolling_30d": 30} {
		if window.Days() != days {
			t.Errorf("%s: %d days, want %d", window, window.Days(), days)
		}
	}
	for _, text := range []string{"", "month", "rolling_", "rolling_0d", "36h", "4000d", "rolling_-1d", "30"} {
		var got Window
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was accepted as %q", text, got)
		}
	}
}

func TestDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"800ms": 800 * time.Millisecond, "30s": 30 * time.Second, "1d12h": day + 12*time.Hour, "2w": 14 * day, "1w1d": 8 * day,
		"1.5h": 90 * time.Minute, "0s": 0, "36500d": 36500 * day, " 5m ": 5 * time.Minute,
	} {
		if got, err := ParseDuration(text); err != nil || got.D() != want {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "30", "0", "-5s", "+5s", "1h2d", "d", "1.5d", "36501d", "31000w", "9999999h", "5 m", "1dd", "30S", "soon"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q was accepted as %v", text, got)
		}
	}
}

func TestDurationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Duration(rapid.Int64Range(0, int64(longest)).Draw(t, "ns"))
		if got, err := ParseDuration(want.String()); err != nil || got != want {
			t.Fatalf("%v: %v, %v", want, got, err)
		}
	})
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"Sign-in": "sign-in", "Payroll export": "payroll-export", "  A / B  ": "a-b", "Café Zürich": "cafe-zurich", "Ærø Straße Łódź": "aero-strasse-lodz",
		"api.example.org/health": "api-example-org-health", "支付": "", "支付 API": "api", "What's new?": "whats-new", "--": "", "ＡＢＣ１": "abc1", "x²": "x2", "": "",
		"Māori hours": "maori-hours", "a_b": "a-b",
	} {
		if got := slug(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		got := slug(rapid.String().Draw(t, "name"))
		if got != "" && len(got) <= maxID && !isID(got) || slug(got) != got {
			t.Fatalf("%q is no id, or not its own slug", got)
		}
	})
}

func TestDidYouMean(t *testing.T) {
	known := []string{"interval", "timeout", "confirm", "url", "id"}
	for word, want := range map[string]string{
		"intervall": "did you mean interval?", "Timeout": "did you mean timeout?", "tiemout": "did you mean timeout?",
		"rul": "did you mean url?", "x": "use one of: interval, timeout, confirm, url, id", "grace": "use one of: interval, timeout, confirm, url, id",
	} {
		if got := didYouMean(word, known); got != want {
			t.Errorf("%s: %s, want %s", word, got, want)
		}
	}
	if got := didYouMean("zzzzzz", strings.Split(strings.Repeat("abcdef,", 100), ",")); len(got) > 400 {
		t.Errorf("a list of %d characters helps nobody", len(got))
	}
}
