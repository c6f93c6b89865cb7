package statuspage

import (
	"testing"
	"time"
)

func TestProse(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                  "less than a second",
		999 * time.Millisecond:             "less than a second",
		time.Second:                        "1 second",
		59 * time.Second:                   "59 seconds",
		61 * time.Second:                   "1 minute",
		12*time.Minute + 6*time.Second:     "12 minutes",
		time.Hour:                          "1 hour",
		2*time.Hour + 5*time.Minute:        "2 hours 5 minutes",
		23 * 24 * time.Hour:                "23 days",
		25*time.Hour + 59*time.Minute:      "1 day 1 hour",
		3*24*time.Hour + 59*time.Minute:    "3 days",
		400*24*time.Hour + 23*time.Hour:    "400 days 23 hours",
		59*time.Minute + 59999*time.Second: "17 hours 38 minutes",
	} {
		if got := prose(d); got != want {
			t.Errorf("prose(%s) = %q, want %q", d, got, want)
		}
	}
}

// A bad time is never told shorter than it was.
func TestBadTimeIsRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		0:                                   {"less than a second", "0 s"},
		14 * time.Millisecond:               {"1 second", "1 s"},
		89_999 * time.Millisecond:           {"1 minute 30 seconds", "1 m 30 s"},
		119 * time.Second:                   {"1 minute 59 seconds", "1 m 59 s"},
		2 * time.Minute:                     {"2 minutes", "2 m"},
		time.Hour - time.Millisecond:        {"1 hour", "1 h"},
		2*time.Hour + 5*time.Minute + 1:     {"2 hours 6 minutes", "2 h 5 m 1 s"},
		24*time.Hour - time.Second:          {"1 day", "23 h 59 m 59 s"},
		3*24*time.Hour + 59*time.Minute:     {"3 days 1 hour", "3 d 0 h 59 m"},
		72*time.Hour + 500*time.Microsecond: {"3 days 1 hour", "3 d 0 h 0 m 1 s"},
	} {
		if got := lasted(d); got != want[0] {
			t.Errorf("lasted(%s) = %q, want %q", d, got, want[0])
		}
		if got := lost(d); got != want[1] {
			t.Errorf("lost(%s) = %q, want %q", d, got, want[1])
		}
	}
}

func TestTally(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                    "0 s",
		900 * time.Millisecond:               "0 s",
		43 * time.Second:                     "43 s",
		21*time.Minute + 36*time.Second:      "21 m 36 s",
		21 * time.Minute:                     "21 m",
		time.Hour + 5*time.Second:            "1 h 0 m 5 s",
		26 * time.Hour:                       "1 d 2 h",
		-(648*time.Second + time.Nanosecond): "−10 m 48 s",
	} {
		if got := tally(d); got != want {
			t.Errorf("tally(%s) = %q, want %q", d, got, want)
		}
	}
}

func TestHoursOfACivilDay(t *testing.T) {
	for d, want := range map[time.Duration]string{
		24 * time.Hour: "24 hours", 23 * time.Hour: "23 hours", 24*time.Hour + 30*time.Minute: "24 hours 30 minutes",
	} {
		if got := hours(d); got != want {
			t.Errorf("hours(%s) = %q, want %q", d, got, want)
		}
	}
}

func TestList(t *testing.T) {
	abc := []string{"A", "B", "C", "D"}
	for _, test := range []struct {
		names []string
		most  int
		want  string
	}{
		{nil, 3, ""}, {abc[:1], 3, "A"}, {abc[:2], 3, "A and B"}, {abc[:3], 3, "A, B and C"}, {abc, 3, "A, B and 2 more"},
	} {
		if got := list(test.names, test.most); got != test.want {
			t.Errorf("list(%v, %d) = %q, want %q", test.names, test.most, got, test.want)
		}
	}
	if abc[2] != "C" {
		t.Error("list wrote into its argument")
	}
}

func TestBriefNamesNoMoreThanNeeded(t *testing.T) {
	c := clock{sampleZone(), sampleNow}
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{sampleNow.Add(-time.Hour), "13:14 AEST"},
		{sampleNow.Add(-24 * time.Hour), "20 Nov, 14:14 AEST"},
		{sampleNow.AddDate(-1, 0, 0), "21 Nov 2025, 14:14 AEST"},
	} {
		if got := c.brief(test.at); got.Text != test.want || got.Machine != test.at.Format(time.RFC3339) {
			t.Errorf("brief(%s) = %+v, want %q", test.at, got, test.want)
		}
	}
}
