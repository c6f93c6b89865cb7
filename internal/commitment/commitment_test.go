package commitment

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/upheld/upheld/internal/uptime"
)

// noon is the time of these tests, a Friday.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

// longSince are facts of a record that is older than everything asked of it.
func longSince(change func(*Facts)) Facts {
	f := Facts{Zone: time.UTC, Began: noon.AddDate(-3, 0, 0)}
	if change != nil {
		change(&f)
	}
	return f
}

func verdicts(cells []uptime.Cell) string {
	var out []string
	for _, c := range cells {
		out = append(out, string(c.Verdict))
	}
	return strings.Join(out, " ")
}

func keys(cases []uptime.Case) string {
	var out []string
	for _, c := range cases {
		out = append(out, c.Key)
	}
	return strings.Join(out, " ")
}

func TestEveryPromiseHasAVerdictOrTheReasonWhyNot(t *testing.T) {
	for name, test := range map[string]struct {
		c    uptime.Commitment
		want uptime.Verdict
	}{
		"a mission":              {uptime.Commitment{Kind: uptime.NotSoftware, Why: "a mission"}, uptime.NotMeasured},
		"a clock without types":  {uptime.Commitment{Kind: uptime.OfClock, Clock: &uptime.ClockTerms{}}, uptime.NotMeasured},
		"a clock with a reason":  {uptime.Commitment{Kind: uptime.OfClock, Clock: &uptime.ClockTerms{}, Why: "no tickets"}, uptime.NotMeasured},
		"a text":                 {uptime.Commitment{Kind: uptime.OfText, Text: "so it is"}, uptime.Met},
		"availability, not yet":  {uptime.Commitment{ID: "E6", Kind: uptime.OfAvailability, Availability: &uptime.AvailabilityTerms{}}, uptime.InsufficientData},
		"jobs without monitors":  {uptime.Commitment{Kind: uptime.OfHeartbeat, Heartbeat: &uptime.HeartbeatTerms{Set: "backups", Ask: uptime.Daily}}, uptime.InsufficientData},
		"no evidence":            {uptime.Commitment{Kind: uptime.OfRegister, Register: &uptime.RegisterTerms{Record: "x"}}, uptime.InsufficientData},
		"register without terms": {uptime.Commitment{Kind: uptime.OfRegister, Why: "kept elsewhere"}, uptime.NotMeasured},
	} {
		s := Of(test.c, longSince(nil), noon)
		if s.Verdict != test.want || s.Verdict != uptime.Met && s.Why == "" {
			t.Errorf("%s: %s, because %q", name, s.Verdict, s.Why)
		}
		if s.Commitment.Kind != test.c.Kind {
			t.Errorf("%s: the standing is of another promise", name)
		}
	}
}

func TestAvailabilityIsAsItWasJudged(t *testing.T) {
	c := uptime.Commitment{ID: "E6", Kind: uptime.OfAvailability, Strength: uptime.Firm, Availability: &uptime.AvailabilityTerms{}}
	f := longSince(func(f *Facts) {
		f.Availability = map[uptime.CommitmentID]uptime.Standing{
			"E6": {Verdict: uptime.Breached, Value: "99.9499 %", Cases: []uptime.Case{{Key: "2026-11"}}},
		}
	})
	if s := Of(c, f, noon); s.Verdict != uptime.Breached || s.Value != "99.9499 %" || len(s.Cases) != 1 || s.Commitment.ID != "E6" {
		t.Errorf("%+v", s)
	}
}

func TestWhatWasMissedOfAnAimIsNoBreach(t *testing.T) {
	for _, strength := range []uptime.Strength{uptime.Aim, uptime.Expectation, uptime.Firm} {
		c := uptime.Commitment{ID: "E36", Kind: uptime.OfPromise, Strength: strength, Promise: &uptime.PromiseTerms{
			Due: at(t, "2024-01-01T00:00:00Z"), Delivered: at(t, "2024-02-01T00:00:00Z"), Zone: time.UTC,
		}}
		s := Of(c, longSince(nil), noon)
		if s.Verdict != uptime.Breached {
			t.Fatalf("%s: %s", strength, s.Verdict)
		}
		cases := 0
		if strength == uptime.Firm {
			cases = 1
		}
		if len(s.Cases) != cases {
			t.Errorf("%s: %d cases", strength, len(s.Cases))
		}
	}
}

func TestTwelveMonthsEndWithThePresentOne(t *testing.T) {
	sydney := zone(t, "Australia/Sydney")
	// It is December in Sydney already.
	got := lastMonths(at(t, "2026-11-30T14:00:00Z"), sydney)
	if len(got) != 12 || got[0].label != "2026-01" || got[11].label != "2026-12" || !got[11].open || got[10].open {
		t.Errorf("%+v", got)
	}
	for i := 1; i < len(got); i++ {
		if !got[i].From.Equal(got[i-1].To) {
			t.Errorf("%s does not follow upon %s", got[i].label, got[i-1].label)
		}
	}
	if d := got[3].Duration(); d != (30*24+1)*time.Hour { // April, when the clocks go back
		t.Errorf("April lasted %v", d)
	}
}
