package incidents

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

func quietAllDay() *notice.Quiet {
	return &notice.Quiet{From: 0, To: 24*time.Hour - time.Minute, Zone: time.UTC, Except: 1}
}

// nightly is a series at 02:00 of Sydney's clocks, on Sundays.
func nightly(change func(*uptime.Series)) uptime.Series {
	sydney, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		panic(err)
	}
	s := uptime.Series{
		Title: "Patches", Body: "The system restarts.", Components: []uptime.ComponentID{"api"}, Rule: "FREQ=WEEKLY;BYDAY=SU", Zone: sydney,
		Start: time.Date(2026, 3, 8, 2, 0, 0, 0, sydney), Length: time.Hour, Ahead: 72 * time.Hour,
	}
	if change != nil {
		change(&s)
	}
	return s
}

// recur has the series do what they do.
func (d *planDesk) recur() {
	d.t.Helper()
	series, err := d.book.Series(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	var known []uptime.Plan
	for _, p := range d.book.plans {
		known = append(known, p)
	}
	if err := d.book.Apply(d.t.Context(), DueSeries(series, known, d.rules, d.now)); err != nil {
		d.t.Fatal(err)
	}
}

// An occurrence is announced so long ahead by the clocks of its zone, through the
// end of daylight saving (5 April), once.
func TestOccurrencesAreAnnouncedAheadByTheClockOfTheirZone(t *testing.T) {
	d := newPlanDesk(t)
	s, err := d.Repeat(t.Context(), editor, nightly(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for day := range 40 {
		d.at(noon.AddDate(0, 0, day).Add(3 * time.Hour)) // 02:00 in Sydney until 5 April, then 01:00
		d.recur()
		d.recur()
	}
	var got []string
	for _, n := range d.book.notices {
		p := n.Content.Plan
		ahead := p.Now().From.Sub(p.Now().At)
		if n.Reason != uptime.PlanAnnounced || ahead > 72*time.Hour || ahead < 48*time.Hour || p.Series != s.ID || !p.Due.Equal(p.Now().From) || n.Audience.Held != "" {
			t.Errorf("%s, %v ahead, %+v", n.Reason, ahead, p)
		}
		got = append(got, p.Now().From.In(s.Zone).Format("2 Jan 15:04 MST"))
	}
	want := []string{"8 Mar 02:00 AEDT", "15 Mar 02:00 AEDT", "22 Mar 02:00 AEDT", "29 Mar 02:00 AEDT", "5 Apr 02:00 AEDT", "12 Apr 02:00 AEST"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("announced (-want +got):\n%s", diff)
	}
}

func TestAnOccurrenceThatWouldBreakAPromiseWaitsAsADraft(t *testing.T) {
	d := newPlanDesk(t)
	if _, err := d.Repeat(t.Context(), editor, nightly(nil), nil); err != nil {
		t.Fatal(err)
	}
	d.at(nightly(nil).Start.Add(-20 * time.Hour)) // we were stopped
	d.recur()
	d.recur()
	if len(d.book.plans) != 1 || len(d.book.notices) != 1 {
		t.Fatalf("%d plans, told %v", len(d.book.plans), d.told())
	}
	n := d.last()
	if n.Reason != uptime.PromiseDue || n.Audience != nil || n.Channels[0].Held != "" || !strings.Contains(n.Summary, "E8") || !strings.Contains(n.Summary, "20 h") {
		t.Errorf("%+v", n)
	}
	p := d.book.plans[n.Plan]
	if !p.Draft() || len(p.Now().Broken) != 1 {
		t.Errorf("%+v", p)
	}
	if p = d.kept(d.Publish(t.Context(), editor, p.ID, "Patches do not wait", 0, nil)); p.Draft() {
		t.Errorf("%+v", p)
	}
}

func TestAStoppedSeriesAnnouncesNothingMore(t *testing.T) {
	d := newPlanDesk(t)
	s, err := d.Repeat(t.Context(), editor, nightly(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.StopSeries(t.Context(), editor, s.ID, 7); !errors.Is(err, uptime.ErrConflict) {
		t.Error(err)
	}
	if s, err = d.StopSeries(t.Context(), editor, s.ID, 0); err != nil || s.StoppedAt.IsZero() || s.Version != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	faulty(t, second(d.StopSeries(t.Context(), editor, s.ID, 0)), "phase")
	if _, err := d.StopSeries(t.Context(), editor, "none", 0); !errors.Is(err, uptime.ErrNotFound) {
		t.Error(err)
	}
	d.at(s.Start.Add(-50 * time.Hour)).recur()
	if len(d.book.plans) != 0 {
		t.Errorf("%+v", d.book.plans)
	}
}

func TestASeriesIsReadBeforeItBegins(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*uptime.Series)
		want   []string
	}{
		"nothing":               {func(s *uptime.Series) { *s = uptime.Series{} }, []string{"title", "body", "components", "length", "ahead", "start"}},
		"no rule":               {func(s *uptime.Series) { s.Rule = "on Sundays" }, []string{"rule"}},
		"hourly":                {func(s *uptime.Series) { s.Rule = "FREQ=HOURLY" }, []string{"rule"}},
		"with a start":          {func(s *uptime.Series) { s.Rule = "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY" }, []string{"rule"}},
		"never":                 {func(s *uptime.Series) { s.Rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }, []string{"rule"}},
		"over":                  {func(s *uptime.Series) { s.Rule += ";UNTIL=20260301T000000Z"; s.Start = s.Start.AddDate(0, 0, -28) }, []string{"rule"}},
		"longer than its pause": {func(s *uptime.Series) { s.Rule, s.Length = "FREQ=DAILY", 25*time.Hour }, []string{"length"}},
		"too short a notice":    {func(s *uptime.Series) { s.Ahead = 12 * time.Hour }, []string{"ahead"}},
		"in forbidden hours":    {func(s *uptime.Series) { s.Start = s.Start.Add(10 * time.Hour) }, []string{"start"}},
		"unknown component":     {func(s *uptime.Series) { s.Components = []uptime.ComponentID{"none"} }, []string{"components"}},
	} {
		t.Run(name, func(t *testing.T) {
			faulty(t, second(newPlanDesk(t).Repeat(t.Context(), editor, nightly(test.change), nil)), test.want...)
		})
	}
}

// A year of nights is not announced in one transaction.
func TestManyOccurrencesAreAnnouncedAFewAtATime(t *testing.T) {
	d := newPlanDesk(t)
	if _, err := d.Repeat(t.Context(), editor, nightly(func(s *uptime.Series) { s.Rule, s.Ahead = "FREQ=DAILY", 30*24*time.Hour }), nil); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.AddDate(0, 0, 1)
	for before := -1; before < len(d.book.plans); {
		before = len(d.book.plans)
		d.recur()
		if more := len(d.book.plans) - before; more > mostAtOnce {
			t.Fatalf("%d are announced at once", more)
		}
	}
	if n := len(d.book.plans); n < 24 || n > 30 {
		t.Errorf("%d are announced", n)
	}
}
