package statuspage

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

func TestBarTellsItsDay(t *testing.T) {
	const h, m = time.Hour, time.Minute
	tests := []struct {
		bar                availability.Bar
		class, words, mark string
	}{
		{availability.Bar{Up: 24 * h}, "", "up", "up"},
		{availability.Bar{Up: 23*h + 26*m, Down: 34 * m}, "d x5", "down 34 m", "down"},
		{availability.Bar{Down: 24 * h}, "d x10", "down 1 d", "down"},
		{availability.Bar{Up: 24*h - time.Second, Down: time.Second}, "d x1", "down 1 s", "down"},
		{availability.Bar{Up: 24*h - 72*time.Millisecond, Down: 72 * time.Millisecond}, "d x1", "down 1 s", "down"},
		{availability.Bar{Up: 20 * h, Partial: 4 * h}, "p x8", "partly down 4 h", "part"},
		{availability.Bar{Up: 19 * h, Partial: 4 * h, Down: h}, "d x6", "down 1 h, partly down 4 h", "down"},
		{availability.Bar{Up: 21 * h, Degraded: 3 * h}, "g x8", "degraded 3 h", "deg"},
		{availability.Bar{Unknown: 24 * h}, "n", "not observed", "unk"},
		{availability.Bar{}, "n", "not observed", "unk"},
		{availability.Bar{Up: 12 * h, Unknown: 12 * h}, "o5", "up, not observed 12 h", "unk"},
		{availability.Bar{Up: 24*h - m, Unknown: m}, "o1", "up, not observed 1 m", "unk"},
		{availability.Bar{Up: 24*h - 20*time.Second, Unknown: 20 * time.Second}, "", "up, not observed 20 s", "up"},
		{availability.Bar{Down: m, Unknown: 23*h + 59*m}, "d x1 o9", "down 1 m, not observed 23 h 59 m", "down"},
	}
	for _, test := range tests {
		if got := barClass(test.bar); got != test.class {
			t.Errorf("%+v: class %q, want %q", test.bar, got, test.class)
		}
		if got := barWords(test.bar); got != test.words {
			t.Errorf("%+v: words %q, want %q", test.bar, got, test.words)
		}
		if got := barMark(test.bar); got.Class != test.mark {
			t.Errorf("%+v: mark %q, want %q", test.bar, got.Class, test.mark)
		}
	}
}

func TestBiteGrowsWithDowntime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := time.Duration(rapid.Int64Range(1, int64(25*time.Hour)).Draw(t, "a"))
		b := time.Duration(rapid.Int64Range(int64(a), int64(25*time.Hour)).Draw(t, "b"))
		if bite(a) < 1 || bite(b) > 10 || bite(a) > bite(b) {
			t.Fatalf("bite(%s) = %d, bite(%s) = %d", a, bite(a), b, bite(b))
		}
	})
}

// A day before the first record has no page, so its bar is no link; every other
// bar is one, and no two lead to the same day, across a change of the clocks.
func TestEveryRecordedDayIsALink(t *testing.T) {
	sydney, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		t.Fatal(err)
	}
	s := newSample()
	s.in.Catalogue.Page.Zone = sydney
	s.add("Payroll", "", uptime.Critical, sampleNow.AddDate(0, 0, -60))
	bars := Build(s.in, sampleNow).Groups[0].Components[0].Bars
	if links, blanks := strings.Count(bars, "<a "), strings.Count(bars, "<i></i>"); links != 61 || blanks != 29 {
		t.Errorf("%d links and %d blanks, want 61 and 29", links, blanks)
	}
	days := calendar.LastDays(barDays, sampleNow, sydney)
	for _, day := range days[29:] {
		if n := strings.Count(bars, "href=/days/"+day.Date.String()+">"); n != 1 {
			t.Errorf("%d bars lead to %s", n, day.Date)
		}
	}
}
