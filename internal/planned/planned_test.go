package planned

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

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

var wholeWeek = []time.Weekday{0, 1, 2, 3, 4, 5, 6}

// nineToFive is a day's notice, and no work from nine to five at UTC+10.
func nineToFive(t testing.TB) uptime.PlanRules {
	brisbane := zone(t, "Australia/Brisbane")
	return uptime.PlanRules{
		Notices:   []uptime.NoticeRule{{Commitment: "E8", Amount: 24, Unit: uptime.Hours, Zone: brisbane}},
		Blackouts: []uptime.BlackoutRule{{Commitment: "E7", Zone: brisbane, Days: wholeWeek, From: 9 * time.Hour, To: 17 * time.Hour}},
	}
}

// announced is a plan that was announced once.
func announced(rules uptime.PlanRules, when, from, to time.Time) uptime.Plan {
	return uptime.Plan{
		Kind: uptime.MaintenanceWork, PublishedAt: when, Rules: rules, Components: []uptime.ComponentID{"web"},
		Revisions: []uptime.Revision{{At: when, From: from, To: to}},
	}
}

func TestCutoffCountsDaysOnTheWall(t *testing.T) {
	sydney := zone(t, "Australia/Sydney")
	for _, c := range []struct {
		name, start, want string
		amount            int
		unit              uptime.NoticeUnit
	}{
		{"a week over the spring change is 167 hours", "2026-10-05T09:00:00+11:00", "2026-09-28T09:00:00+10:00", 7, uptime.Days},
		{"a week over the autumn change is 169 hours", "2026-04-08T09:00:00+10:00", "2026-04-01T09:00:00+11:00", 7, uptime.Days},
		{"hours are hours", "2026-10-04T12:00:00+11:00", "2026-10-03T11:00:00+10:00", 24, uptime.Hours},
		{"a time that the day of the cutoff lacks is read by the offset before", "2026-10-11T02:30:00+11:00", "2026-10-04T03:30:00+11:00", 7, uptime.Days},
		{"a time that occurs twice on it means the first", "2026-04-12T02:30:00+10:00", "2026-04-05T02:30:00+11:00", 7, uptime.Days},
	} {
		got := Cutoff(uptime.NoticeRule{Amount: c.amount, Unit: c.unit, Zone: sydney}, at(t, c.start))
		if !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %s", c.name, got.In(sydney))
		}
	}
}

func TestSeveralPromisesAreKeptTogether(t *testing.T) {
	rules := nineToFive(t)
	from, to := at(t, "2026-05-12T12:00:00Z"), at(t, "2026-05-12T14:00:00Z")
	rules.Notices = append(rules.Notices, uptime.NoticeRule{Commitment: "X1", Amount: 3, Unit: uptime.Days, Zone: time.UTC})
	p := announced(rules, from.Add(-50*time.Hour), from, to)
	if got := Excluded(p); len(got) != 0 {
		t.Errorf("a day's notice is kept and three days' is not: %v is excluded", got)
	}
	broken := Broken(p)
	if len(broken) != 1 || broken[0].Commitment != "X1" || broken[0].Text != "announced 50 h ahead, and 3 days are promised" {
		t.Errorf("%+v", broken)
	}
}

func TestWhatIsNotPublishedExcludesNothing(t *testing.T) {
	from := at(t, "2026-05-12T12:00:00Z")
	p := announced(nineToFive(t), from.Add(-50*time.Hour), from, from.Add(time.Hour))
	p.PublishedAt = time.Time{}
	if got := Excluded(p); len(got) != 0 {
		t.Errorf("a draft excludes %v", got)
	}
	if got := Broken(p); len(got) != 0 {
		t.Errorf("announced now it would be lawful, and is said to break %v", got)
	}
}

func TestForbiddenHours(t *testing.T) {
	auckland := zone(t, "Pacific/Auckland")
	night := uptime.BlackoutRule{Zone: auckland, Days: []time.Weekday{time.Friday}, From: 22 * time.Hour, To: 6 * time.Hour}
	day := uptime.BlackoutRule{Zone: auckland, Days: []time.Weekday{time.Monday}, From: 0, To: 24 * time.Hour, Exempt: []string{"2026-04-27"}}
	within := calendar.Span{From: at(t, "2026-04-20T00:00:00+12:00"), To: at(t, "2026-04-28T00:00:00+12:00")}
	var got []string
	for _, f := range ForbiddenHours([]uptime.BlackoutRule{night, day}, within) {
		got = append(got, f.From.In(auckland).Format("Mon 02 15:04")+" to "+f.To.In(auckland).Format("Mon 02 15:04"))
	}
	want := []string{"Mon 20 00:00 to Tue 21 00:00", "Fri 24 22:00 to Sat 25 06:00"} // Monday 27 is a holiday
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEarliestIsLawful(t *testing.T) {
	now := at(t, "2026-11-22T03:07:00Z") // 13:07 at UTC+10
	for _, c := range []struct {
		name   string
		from   time.Time
		length time.Duration
		want   string
	}{
		{"after the notice, and then after hours", now, 2 * time.Hour, "2026-11-23T07:00:00Z"},
		{"long work does not fit into the evening", now, 16 * time.Hour, "2026-11-23T07:00:00Z"},
		{"a later wish on the quarter", at(t, "2026-11-24T08:01:00Z"), time.Hour, "2026-11-24T08:15:00Z"},
		{"what ends at nine ends in time", at(t, "2026-11-24T21:00:00Z"), 2 * time.Hour, "2026-11-24T21:00:00Z"},
	} {
		got, found := Earliest(nineToFive(t), c.length, c.from, now)
		if !found || !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %s, %t", c.name, got, found)
		}
	}
	if got, found := Earliest(nineToFive(t), 17*time.Hour, now, now); found {
		t.Errorf("17 hours fit between 17:00 and 09:00, at %s", got)
	}
}

func TestFourRegionsLeaveAnHour(t *testing.T) {
	var rules uptime.PlanRules
	for _, name := range []string{"Pacific/Auckland", "Australia/Sydney", "Europe/London", "America/Los_Angeles"} {
		rules.Blackouts = append(rules.Blackouts, uptime.BlackoutRule{
			Zone: zone(t, name), Days: wholeWeek[1:6], From: 9 * time.Hour, To: 17 * time.Hour,
		})
	}
	now := at(t, "2026-07-13T12:00:00Z") // a Monday
	within := calendar.Span{From: at(t, "2026-07-14T00:00:00Z"), To: at(t, "2026-07-16T00:00:00Z")}
	got := Slots(rules, time.Hour, within, now, 9)
	want := []calendar.Span{
		{From: at(t, "2026-07-14T07:00:00Z"), To: at(t, "2026-07-14T08:00:00Z")},
		{From: at(t, "2026-07-15T07:00:00Z"), To: at(t, "2026-07-15T08:00:00Z")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutForbiddenHoursThereIsOneSlot(t *testing.T) {
	now := at(t, "2026-07-13T12:00:00Z")
	within := calendar.Span{From: now, To: now.AddDate(0, 0, 60)}
	if got := Slots(uptime.PlanRules{}, 100*time.Minute, within, now, 9); len(got) != 1 || got[0] != within {
		t.Errorf("%v", got)
	}
}

func TestWordsOfLength(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"50 h": 50 * time.Hour, "12 days 1 h": 12*24*time.Hour + time.Hour + 59*time.Minute, "7 days": 168 * time.Hour,
		"23 h 59 min": 24*time.Hour - time.Second, "1 h": time.Hour, "40 s": 40 * time.Second, "2 min 1 s": 121 * time.Second,
		"24 h 30 min": 24*time.Hour + 30*time.Minute, "24 h": 24 * time.Hour, "0 s": 0,
	} {
		if got := Length(d); got != want {
			t.Errorf("%v is %q, not %q", d, got, want)
		}
	}
}

func TestAChangeThatMoves(t *testing.T) {
	week := uptime.NoticeRule{Commitment: "P23", Amount: 7, Unit: uptime.Days, Zone: time.UTC}
	day := func(n int) time.Time { return time.Date(2026, 5, n, 9, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name      string
		revisions []uptime.Revision
		actual    time.Time
		violation uptime.Violation // empty: kept
	}{
		{"announced a week before", []uptime.Revision{{At: day(1), From: day(8)}}, day(8), ""},
		{"six days", []uptime.Revision{{At: day(2), From: day(8)}}, day(8), uptime.LateNotice},
		{"put off before the old time", []uptime.Revision{{At: day(1), From: day(8)}, {At: day(7), From: day(9)}}, day(9), ""},
		{"put off when the old time had come", []uptime.Revision{{At: day(1), From: day(8)}, {At: day(8), From: day(9)}}, day(9), uptime.LatePostponed},
		{"brought forward with a week's notice", []uptime.Revision{{At: day(1), From: day(20)}, {At: day(3), From: day(10)}}, day(10), ""},
		{"brought forward too late", []uptime.Revision{{At: day(1), From: day(20)}, {At: day(4), From: day(10)}}, day(10), uptime.LateNotice},
		{"in effect before its time", []uptime.Revision{{At: day(1), From: day(20)}}, day(19), uptime.EarlyEffect},
		{"brought forward too late and put off again", []uptime.Revision{{At: day(1), From: day(20)}, {At: day(4), From: day(10)}, {At: day(5), From: day(20)}}, day(20), uptime.LateNotice},
	} {
		p := uptime.Plan{
			Kind: uptime.Release, Phase: uptime.Completed, FinishedAt: c.actual, PublishedAt: c.revisions[0].At,
			Rules: uptime.PlanRules{Notices: []uptime.NoticeRule{week}}, Revisions: c.revisions,
		}
		broken := Broken(p)
		switch {
		case c.violation == "" && len(broken) > 0:
			t.Errorf("%s: %+v", c.name, broken)
		case c.violation != "" && (len(broken) != 1 || broken[0].Violation != c.violation || broken[0].Text == ""):
			t.Errorf("%s: %+v", c.name, broken)
		}
	}
}

func TestAnOffsetThatIsNone(t *testing.T) {
	for _, text := range []string{"10", "+10", "AEST", "+25:00:00"} {
		if _, err := ParseOffset(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestWorkOfWhichNothingIsPromisedCannotBeMadeLongerAfterwards(t *testing.T) {
	from, to := at(t, "2026-05-12T12:00:00Z"), at(t, "2026-05-12T13:00:00Z")
	p := announced(uptime.PlanRules{}, from, from, to)
	if got, want := Excluded(p), calendar.Union(Window(p)); !cmp.Equal(got, want) {
		t.Errorf("announced as it begins: %v is excluded, not %v", got, want)
	}
	// It overruns by an hour, and then a later end is announced.
	p.Revisions = append(p.Revisions, uptime.Revision{At: to.Add(time.Hour), From: from, To: to.Add(2 * time.Hour)})
	want := calendar.Union(calendar.Span{From: from, To: to})
	if got := Excluded(p); !cmp.Equal(got, want) {
		t.Errorf("made longer when it was over: %v is excluded, not %v", got, want)
	}
}
