package commitment

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

func penTest(every uptime.Period, remind ...int) uptime.Commitment {
	return uptime.Commitment{ID: "P6", Kind: uptime.OfRegister, Strength: uptime.Firm,
		Register: &uptime.RegisterTerms{Record: "penetration_test", Every: every, Remind: remind}}
}

func evidence(t testing.TB, day, expires string) uptime.Evidence {
	e := uptime.Evidence{ID: day, Record: "penetration_test", Title: "Test", At: at(t, day+"T00:00:00Z"), Public: true, URL: "https://example.org/r"}
	if expires != "" {
		e.ExpiresAt = at(t, expires+"T00:00:00Z")
	}
	return e
}

func TestEvidenceExpiresByItself(t *testing.T) {
	year := uptime.Period{Months: 12}
	withdrawn := evidence(t, "2026-10-01", "")
	withdrawn.Withdrawn = noon
	other := evidence(t, "2026-10-01", "")
	other.Record = "audit"
	own := evidence(t, "2026-10-01", "")
	own.Record = "P6"
	for name, test := range map[string]struct {
		every    uptime.Period
		evidence []uptime.Evidence
		verdict  uptime.Verdict
		value    string
		cases    string
	}{
		"none":                      {year, nil, uptime.InsufficientData, "", ""},
		"of another register":       {year, []uptime.Evidence{other}, uptime.InsufficientData, "", ""},
		"by the promise's own id":   {year, []uptime.Evidence{own}, uptime.Met, "last on 1 October 2026, next by 30 September 2027", ""},
		"one that was withdrawn":    {year, []uptime.Evidence{withdrawn}, uptime.InsufficientData, "", ""},
		"falls back on the former":  {year, []uptime.Evidence{evidence(t, "2026-03-01", ""), withdrawn}, uptime.Met, "last on 1 March 2026, next by 28 February 2027", ""},
		"of the future":             {year, []uptime.Evidence{evidence(t, "2026-11-21", "")}, uptime.InsufficientData, "", ""},
		"due in 60 days":            {year, []uptime.Evidence{evidence(t, "2026-01-19", "")}, uptime.AtRisk, "last on 19 January 2026, next by 18 January 2027", ""},
		"due in 61 days":            {year, []uptime.Evidence{evidence(t, "2026-01-20", "")}, uptime.Met, "last on 20 January 2026, next by 19 January 2027", ""},
		"its last day":              {year, []uptime.Evidence{evidence(t, "2025-11-21", "")}, uptime.AtRisk, "last on 21 November 2025, next by 20 November 2026", ""},
		"the day after":             {year, []uptime.Evidence{evidence(t, "2025-11-20", "")}, uptime.Overdue, "last on 20 November 2025, due by 19 November 2026", "2026-11-19"},
		"a certificate in force":    {uptime.Period{}, []uptime.Evidence{evidence(t, "2020-01-01", "2027-12-31")}, uptime.Met, "last on 1 January 2020, next by 30 December 2027", ""},
		"a certificate that is not": {uptime.Period{}, []uptime.Evidence{evidence(t, "2020-01-01", "2026-11-20")}, uptime.Overdue, "last on 1 January 2020, due by 19 November 2026", "2026-11-19"},
		"the one that is good for longest": {uptime.Period{}, []uptime.Evidence{evidence(t, "2024-01-01", "2028-01-01"), evidence(t, "2026-01-01", "2026-06-01")},
			uptime.Met, "last on 1 January 2024, next by 31 December 2027", ""},
		"good for ever":                        {uptime.Period{}, []uptime.Evidence{evidence(t, "2020-01-01", ""), evidence(t, "2026-01-01", "2026-06-01")}, uptime.Met, "last on 1 January 2020", ""},
		"no date makes it older than promised": {year, []uptime.Evidence{evidence(t, "2025-01-01", "2030-01-01")}, uptime.Overdue, "last on 1 January 2025, due by 31 December 2025", "2025-12-31"},
	} {
		s := Of(penTest(test.every), longSince(func(f *Facts) { f.Evidence = test.evidence }), noon)
		if s.Verdict != test.verdict || s.Value != test.value || keys(s.Cases) != test.cases {
			t.Errorf("%s: %s, %q, cases %q", name, s.Verdict, s.Value, keys(s.Cases))
		}
	}
}

func TestMonthsOfARegister(t *testing.T) {
	f := longSince(func(f *Facts) {
		f.Evidence = []uptime.Evidence{evidence(t, "2026-02-10", "2026-05-20"), evidence(t, "2026-08-31", "")}
	})
	s := Of(penTest(uptime.Period{}), f, noon)
	want := "insufficient_data insufficient_data met met met overdue overdue overdue met met met met"
	if got := verdicts(s.Cells); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if c := s.Cells[5]; c.Value != "good until 19 May 2026" || c.Evidence.Text != "" {
		t.Errorf("May: %+v", c)
	}
	if c := s.Cells[8]; c.Evidence.Path != "https://example.org/r" {
		t.Errorf("August: %+v", c)
	}
}

func TestEvidenceThatIsNotPublicShowsItsDateAlone(t *testing.T) {
	secret := evidence(t, "2026-10-01", "")
	secret.Public, secret.Title, secret.URL = false, "Findings of the red team", "https://internal.example/findings"
	odd := evidence(t, "2026-10-02", "")
	odd.URL = "javascript:alert(1)"
	f := longSince(func(f *Facts) { f.Evidence = []uptime.Evidence{secret} })
	s := Of(penTest(uptime.Period{}), f, noon)
	if len(s.Evidence) != 1 || s.Evidence[0] != (uptime.Reference{Text: "1 October 2026"}) || strings.Contains(s.Cells[11].Evidence.Text, "red team") {
		t.Errorf("%+v", s.Evidence)
	}
	if r := reference(odd, time.UTC); r.Path != "" || r.Text != "Test, 2 October 2026" {
		t.Errorf("%+v", r)
	}
}

func TestPromisesByADay(t *testing.T) {
	due := at(t, "2024-01-01T00:00:00+13:00") // the end of 2023 in Auckland
	auckland := zone(t, "Pacific/Auckland")
	delivered := evidence(t, "2026-10-01", "")
	delivered.Record = "E36"
	for name, test := range map[string]struct {
		due, delivered time.Time
		evidence       []uptime.Evidence
		verdict        uptime.Verdict
		value, cases   string
	}{
		"not delivered for years": {due: due, verdict: uptime.Overdue, value: "due on 31 December 2023, not delivered", cases: "2023-12-31"},
		"delivered on its day":    {due: due, delivered: due.Add(-time.Second), verdict: uptime.Met, value: "due on 31 December 2023, delivered on 31 December 2023"},
		"delivered late": {due: due, delivered: due.AddDate(0, 0, 3), verdict: uptime.Breached,
			value: "due on 31 December 2023, delivered on 4 January 2024", cases: "2023-12-31"},
		"evidence says so": {due: due, evidence: []uptime.Evidence{delivered}, verdict: uptime.Breached,
			value: "due on 31 December 2023, delivered on 1 October 2026", cases: "2023-12-31"},
		"the document before the evidence": {due: due, delivered: due.AddDate(0, 0, -3), evidence: []uptime.Evidence{delivered}, verdict: uptime.Met,
			value: "due on 31 December 2023, delivered on 29 December 2023"},
		"to be delivered":    {due: due, delivered: noon.AddDate(0, 0, 1), verdict: uptime.Overdue, value: "due on 31 December 2023, not delivered", cases: "2023-12-31"},
		"far away":           {due: noon.AddDate(0, 6, 0), verdict: uptime.OnTrack, value: "due on 20 May 2027"},
		"soon":               {due: noon.AddDate(0, 0, 10), verdict: uptime.AtRisk, value: "due on 1 December 2026"},
		"at the very end":    {due: noon, verdict: uptime.Overdue, value: "due on 21 November 2026, not delivered", cases: "2026-11-21"},
		"a moment before it": {due: noon.Add(1), verdict: uptime.AtRisk, value: "due on 21 November 2026"},
	} {
		c := uptime.Commitment{ID: "E36", Kind: uptime.OfPromise, Strength: uptime.Firm,
			Promise: &uptime.PromiseTerms{Due: test.due, Delivered: test.delivered, Zone: auckland}}
		s := Of(c, longSince(func(f *Facts) { f.Evidence = test.evidence }), noon)
		if s.Verdict != test.verdict || s.Value != test.value || keys(s.Cases) != test.cases {
			t.Errorf("%s: %s, %q, cases %q", name, s.Verdict, s.Value, keys(s.Cases))
		}
		if overdue := s.Verdict == uptime.Overdue; overdue && !s.Since.Equal(test.due) {
			t.Errorf("%s: since %v", name, s.Since)
		}
	}
}

func TestRemindersComeOneAfterTheOther(t *testing.T) {
	due := dueAt(at(t, "2026-11-21T00:00:00+11:00"), zone(t, "Australia/Sydney"), []int{7, 60, 30}) // in any order
	for when, want := range map[string]int{
		"2026-09-21T23:59:59+10:00": 0, "2026-09-22T00:00:00+10:00": 60, "2026-10-21T23:59:59+11:00": 60, "2026-10-22T00:00:00+11:00": 30,
		"2026-11-13T23:59:59+11:00": 30, "2026-11-14T00:00:00+11:00": 7, "2026-11-20T23:59:59+11:00": 7, "2026-11-21T00:00:00+11:00": 0,
	} {
		days, soon := due.Reminder(at(t, when))
		if days != want || soon != (want > 0) {
			t.Errorf("%s: %d days before, %v", when, days, soon)
		}
	}
	if due.Day.String() != "2026-11-20" || !due.Overdue(due.At) || due.Overdue(due.At.Add(-1)) {
		t.Errorf("%+v", due)
	}
}

func TestWhatHasNoDayIsNotDue(t *testing.T) {
	for name, c := range map[string]uptime.Commitment{
		"without evidence": penTest(uptime.Period{Months: 12}),
		"delivered":        {Kind: uptime.OfPromise, Promise: &uptime.PromiseTerms{Due: noon, Delivered: noon.AddDate(0, 0, -1)}},
		"of another kind":  {Kind: uptime.OfText, Text: "x"},
	} {
		if due, dated := DueOf(c, nil, time.UTC, noon); dated {
			t.Errorf("%s: %+v", name, due)
		}
	}
	if _, dated := DueOf(penTest(uptime.Period{}), []uptime.Evidence{evidence(t, "2026-01-01", "")}, nil, noon); dated {
		t.Error("what never expires is due")
	}
}

// More evidence never makes a verdict worse, and time alone never better.
func TestEvidenceHelpsAndTimeDoesNot(t *testing.T) {
	worse := map[uptime.Verdict]int{uptime.Met: 0, uptime.AtRisk: 1, uptime.Overdue: 2, uptime.InsufficientData: 3}
	rapid.Check(t, func(t *rapid.T) {
		day := func(name string) time.Time { return noon.AddDate(0, 0, rapid.IntRange(-1000, 0).Draw(t, name)) }
		piece := func() uptime.Evidence {
			e := uptime.Evidence{Record: "penetration_test", At: day("at")}
			if rapid.Bool().Draw(t, "dated") {
				e.ExpiresAt = e.At.AddDate(0, 0, rapid.IntRange(1, 1500).Draw(t, "good for"))
			}
			return e
		}
		var all []uptime.Evidence
		for range rapid.IntRange(0, 5).Draw(t, "pieces") {
			all = append(all, piece())
		}
		c := penTest(uptime.Period{Months: rapid.IntRange(0, 24).Draw(t, "months")})
		verdict := func(evidence []uptime.Evidence, now time.Time) int {
			return worse[Of(c, longSince(func(f *Facts) { f.Evidence = evidence }), now).Verdict]
		}
		now := verdict(all, noon)
		if more := verdict(append(all, piece()), noon); more > now {
			t.Fatal("more evidence is worse")
		}
		if after := verdict(all, noon.AddDate(0, 0, rapid.IntRange(0, 900).Draw(t, "later"))); after < now {
			t.Fatal("it grew better by itself")
		}
	})
}
