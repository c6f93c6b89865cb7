package calendar

import (
	"testing"
	"time"
)

// Beside literal AEST stand the clocks of Sydney while they are an hour ahead,
// to the second in which they change; beside any other zone nothing does.
func TestSydneyStandsBesideAESTInItsSummer(t *testing.T) {
	for _, c := range []struct{ zone, at, want string }{
		{"Australia/Brisbane", "2026-10-03T15:59:59Z", ""},
		{"Australia/Brisbane", "2026-10-03T16:00:00Z", "03:00 AEDT"},
		{"Australia/Brisbane", "2027-04-03T15:59:59Z", "02:59 AEDT"},
		{"Australia/Brisbane", "2027-04-03T16:00:00Z", ""},
		{"Australia/Sydney", "2026-12-01T00:00:00Z", ""},
		{"Australia/Melbourne", "2026-12-01T00:00:00Z", ""},
		{"Europe/Vienna", "2026-12-01T00:00:00Z", ""},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if there, differs := InSydney(instant(t, c.at), zone); differs {
			got = there.Format("15:04 MST")
		}
		if got != c.want {
			t.Errorf("beside %s at %s stands %q, want %q", c.zone, c.at, got, c.want)
		}
	}
	if _, differs := InSydney(instant(t, "2026-12-01T00:00:00Z"), nil); differs {
		t.Error("something stands beside no zone at all")
	}
}
