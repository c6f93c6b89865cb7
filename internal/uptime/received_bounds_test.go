package uptime

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestOfAReceivedAlertTheBoundedPartIsKept(t *testing.T) {
	many := map[string]string{}
	for n := range 70 {
		many[fmt.Sprintf("l%02d", n)] = "x"
	}
	got := ReceivedAlert{
		Fingerprint: "f", Group: strings.Repeat("g", 1025), Labels: many,
		Annotations: map[string]string{"summary": strings.Repeat("ä", 3000), strings.Repeat("n", 2000): "x"},
	}.Bounded()
	if names := slices.Sorted(maps.Keys(got.Labels)); len(names) != 64 || names[0] != "l00" || names[63] != "l63" {
		t.Errorf("labels %v", names)
	}
	if got.Annotations["summary"] != strings.Repeat("ä", 2048) || got.Annotations[strings.Repeat("n", 1024)] != "x" || len(got.Annotations) != 2 {
		t.Errorf("annotations %v", got.Annotations)
	}
	odd := ReceivedAlert{Labels: map[string]string{"a": "x" + strings.Repeat("ä", 600)}}.Bounded()
	if odd.Labels["a"] != "x"+strings.Repeat("ä", 511) {
		t.Errorf("a label of %d bytes", len(odd.Labels["a"]))
	}
	other := ReceivedAlert{Group: strings.Repeat("g", 1026)}.Bounded()
	if len(got.Group) != 1024 || got.Group == other.Group || got.Fingerprint != "f" {
		t.Errorf("groups %q and %q", got.Group, other.Group)
	}
}

func TestTheTimesOfAReceivedAlertCanBe(t *testing.T) {
	told := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	before, ahead := told.Add(-time.Hour), told.Add(time.Hour)
	for _, c := range []struct {
		what                         string
		start, end, started, stopped time.Time
	}{
		{"it fires", before, time.Time{}, before, time.Time{}},
		{"it is over", before, told.Add(-time.Minute), before, told.Add(-time.Minute)},
		{"it fires by a clock that is ahead", ahead, time.Time{}, told, time.Time{}},
		{"it is over by a clock that is ahead", ahead, ahead.Add(time.Minute), told, told},
		{"it ends in the future", before, ahead, before, told},
		{"it ends before it begins", before, before.Add(-time.Hour), before, before},
		{"a year that no text can tell of", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(10001, 1, 1, 0, 0, 0, 0, time.UTC), told, told},
		{"a year before all years", time.Date(-1, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(-1, 12, 31, 1, 0, 0, 0, time.UTC), told, told},
	} {
		got := ReceivedAlert{StartsAt: c.start, EndsAt: c.end, ReceivedAt: told}.Bounded()
		if !got.StartsAt.Equal(c.started) || !got.EndsAt.Equal(c.stopped) || got.Firing() != c.end.IsZero() {
			t.Errorf("%s: %s to %s", c.what, got.StartsAt, got.EndsAt)
		}
	}
}

func TestWhatIsBoundedStaysSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.Map(rapid.StringN(0, 5, -1), func(s string) string { return strings.Repeat(s, 300) })
		pairs := rapid.MapOfN(word, word, 0, 4)
		a := ReceivedAlert{Fingerprint: word.Draw(t, "fingerprint"), Group: word.Draw(t, "group"), Labels: pairs.Draw(t, "labels"), Annotations: pairs.Draw(t, "annotations")}
		once := a.Bounded()
		if diff := cmp.Diff(once, once.Bounded()); diff != "" {
			t.Fatalf("(-once +twice):\n%s", diff)
		}
		for name, value := range once.Labels {
			if len(name) > 1024 || len(value) > 1024 || !utf8.ValidString(name+value) {
				t.Fatalf("%d and %d bytes", len(name), len(value))
			}
		}
	})
}
