package commitment

import (
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

var noticeOf24h = uptime.Commitment{ID: "E8", Kind: uptime.OfNotice, Strength: uptime.Firm, Notice: &uptime.NoticeTerms{
	Of: []uptime.PlanKind{uptime.MaintenanceWork}, Rule: uptime.NoticeRule{Commitment: "E8", Amount: 24, Unit: uptime.Hours, Zone: time.UTC},
}}

var quietHours = uptime.Commitment{ID: "E7", Kind: uptime.OfMaintenanceHours, Strength: uptime.Firm, Hours: &uptime.HoursTerms{
	Blackouts: []uptime.BlackoutRule{{Commitment: "E7", Zone: time.UTC}},
}}

// work is an hour of maintenance that was announced so long ahead.
func work(id string, from time.Time, ahead time.Duration, broken ...uptime.CommitmentID) uptime.Plan {
	p := uptime.Plan{
		ID: uptime.PlanID(id), Kind: uptime.MaintenanceWork, Title: "Work " + id, Phase: uptime.Scheduled,
		Rules:     uptime.PlanRules{Notices: []uptime.NoticeRule{noticeOf24h.Notice.Rule}, Blackouts: quietHours.Hours.Blackouts},
		Revisions: []uptime.Revision{{At: from.Add(-ahead), From: from, To: from.Add(time.Hour)}}, PublishedAt: from.Add(-ahead),
	}
	for _, c := range broken {
		p.Revisions[0].Broken = append(p.Revisions[0].Broken, uptime.Broken{Commitment: c, Violation: uptime.LateNotice, Text: "it was late"})
		p.Revisions[0].Override, p.Revisions[0].By = "the disk was full", "Ada"
	}
	return p
}

func TestNoticeOfPlans(t *testing.T) {
	before := func(days int) time.Time { return noon.AddDate(0, 0, -days) }
	cancelled := work("off", before(3), 2*time.Hour, "E8")
	cancelled.Revisions = append(cancelled.Revisions, uptime.Revision{At: before(3), From: before(3), To: before(3).Add(time.Hour), Cancelled: true})
	draft := work("draft", before(3), 2*time.Hour, "E8")
	draft.PublishedAt = time.Time{}
	for name, test := range map[string]struct {
		plans   []uptime.Plan
		verdict uptime.Verdict
		value   string
		cases   string
	}{
		"none":                {nil, uptime.OnTrack, "nothing was planned", ""},
		"all in time":         {[]uptime.Plan{work("a", before(3), 50*time.Hour), work("b", before(90), 26*time.Hour)}, uptime.OnTrack, "2 of 2 announced in time, shortest 26 h", ""},
		"one late":            {[]uptime.Plan{work("a", before(3), 20*time.Hour, "E8"), work("b", before(9), 26*time.Hour)}, uptime.Breached, "1 of 2 announced in time, shortest 20 h", "a"},
		"one late last month": {[]uptime.Plan{work("a", before(30), 20*time.Hour, "E8")}, uptime.OnTrack, "0 of 1 announced in time, shortest 20 h", "a"},
		"one late and to come": {[]uptime.Plan{work("a", noon.AddDate(0, 0, 20), 20*time.Hour, "E8")}, uptime.Breached,
			"0 of 1 announced in time, shortest 20 h", "a"},
		"another promise broken": {[]uptime.Plan{work("a", before(3), 50*time.Hour, "E7")}, uptime.OnTrack, "1 of 1 announced in time, shortest 50 h", ""},
		"announced afterwards":   {[]uptime.Plan{work("a", before(3), -time.Hour, "E8")}, uptime.Breached, "0 of 1 announced in time, one afterwards", "a"},
		"called off":             {[]uptime.Plan{cancelled}, uptime.OnTrack, "nothing was planned", ""},
		"a draft":                {[]uptime.Plan{draft}, uptime.OnTrack, "nothing was planned", ""},
	} {
		s := Of(noticeOf24h, longSince(func(f *Facts) { f.Plans = test.plans }), noon)
		if s.Verdict != test.verdict || s.Value != test.value || keys(s.Cases) != test.cases {
			t.Errorf("%s: %s, %q, cases %q", name, s.Verdict, s.Value, keys(s.Cases))
		}
	}
}

func TestWhatWasJudgedAnewCountsBeforeWhatWasRecorded(t *testing.T) {
	p := work("a", noon.AddDate(0, 0, -3), 50*time.Hour, "E8")
	f := longSince(func(f *Facts) {
		f.Plans, f.Broken = []uptime.Plan{p}, map[uptime.PlanID][]uptime.Broken{"a": nil}
	})
	if s := Of(noticeOf24h, f, noon); s.Verdict != uptime.OnTrack {
		t.Errorf("%s", s.Verdict)
	}
	f.Broken["a"] = []uptime.Broken{{Commitment: "E8", Violation: uptime.EarlyEffect}}
	if s := Of(noticeOf24h, f, noon); s.Verdict != uptime.Breached || s.Cases[0].Summary != "Work a: early. It was announced all the same by Ada: the disk was full" {
		t.Errorf("%s: %+v", s.Verdict, s.Cases)
	}
}

func TestMonthsOfPlans(t *testing.T) {
	f := longSince(func(f *Facts) {
		f.Began = at(t, "2026-06-15T00:00:00Z")
		f.Versions = []uptime.PolicyVersion{{EffectiveFrom: at(t, "2026-03-01T00:00:00Z")}}
		f.Plans = []uptime.Plan{work("a", at(t, "2026-08-31T23:30:00Z"), 2*time.Hour, "E7"), work("b", at(t, "2026-09-01T00:00:00Z"), 90*time.Hour)}
	})
	s := Of(quietHours, f, noon)
	want := "not_measured not_measured not_measured insufficient_data insufficient_data insufficient_data " +
		"insufficient_data met breached met met on_track"
	if got := verdicts(s.Cells); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if s.Cells[8].Value != "0 of 1 kept outside" || s.Cells[9].Value != "1 of 1 kept outside" || s.Cells[10].Value != "none" {
		t.Errorf("%+v", s.Cells)
	}
	if s.Value != "1 of 2 outside the hours" {
		t.Errorf("%q", s.Value)
	}
}

func TestPlansCountByThePromisesZone(t *testing.T) {
	c := quietHours
	c.Hours = &uptime.HoursTerms{Blackouts: []uptime.BlackoutRule{{Commitment: "E7", Zone: zone(t, "Australia/Brisbane")}}}
	f := longSince(func(f *Facts) { f.Plans = []uptime.Plan{work("a", at(t, "2026-09-30T14:00:00Z"), 90*time.Hour, "E7")} })
	if s := Of(c, f, noon); s.Cells[10].Verdict != uptime.Breached || s.Cells[9].Verdict != uptime.Met {
		t.Errorf("%s", verdicts(s.Cells))
	}
}

func TestTheLeadIsThatOfWhatItWasInTheEnd(t *testing.T) {
	start := noon
	rev := func(hoursAhead, from, to int) uptime.Revision {
		hour := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
		return uptime.Revision{At: hour(-hoursAhead), From: hour(from), To: hour(to)}
	}
	for name, test := range map[string]struct {
		revisions []uptime.Revision
		want      time.Duration
	}{
		"as announced":             {[]uptime.Revision{rev(50, 0, 2)}, 50 * time.Hour},
		"shortened":                {[]uptime.Revision{rev(50, 0, 2), rev(1, 0, 1)}, 50 * time.Hour},
		"extended":                 {[]uptime.Revision{rev(50, 0, 2), rev(3, 0, 3)}, 3 * time.Hour},
		"moved away and back":      {[]uptime.Revision{rev(90, 0, 2), rev(40, 5, 7), rev(30, 0, 2)}, 30 * time.Hour},
		"extended and shortened":   {[]uptime.Revision{rev(50, 0, 2), rev(3, 0, 3), rev(2, 0, 2)}, 50 * time.Hour},
		"called off and announced": {[]uptime.Revision{rev(50, 0, 2), {At: start.Add(-40 * time.Hour), From: start, To: start.Add(2 * time.Hour), Cancelled: true}, rev(30, 0, 2)}, 30 * time.Hour},
	} {
		p := work("a", start, 0)
		p.Revisions = test.revisions
		if got := lead(p); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	change := work("a", start, 0)
	change.Kind, change.Revisions = uptime.PriceChange, []uptime.Revision{rev(200, 0, 0), rev(100, 10, 10)}
	if got := lead(change); got != 210*time.Hour {
		t.Errorf("a change put off: %v", got)
	}
	change.Phase, change.FinishedAt = uptime.Completed, start
	if got := lead(change); got != 200*time.Hour {
		t.Errorf("a change that took effect early: %v", got)
	}
}

func TestNoticeThatIsOwedToSome(t *testing.T) {
	c := noticeOf24h
	terms := *c.Notice
	terms.OwedTo = "+10:00"
	c.Notice = &terms
	start := noon.AddDate(0, 0, -2)
	for name, test := range map[string]struct {
		owed    Owed
		verdict uptime.Verdict
		value   string
	}{
		"all were told":              {Owed{12, 12, start.Add(-24 * time.Hour), noon}, uptime.OnTrack, "1 of 1 announced in time, shortest 50 h; 12 of 12 who were owed it were told in time"},
		"one was not":                {Owed{12, 11, start.Add(-24 * time.Hour), noon}, uptime.OnTrack, "1 of 1 announced in time, shortest 50 h; 11 of 12 who were owed it were told in time"},
		"nobody was told":            {Owed{12, 0, start.Add(-24 * time.Hour), noon}, uptime.Breached, "0 of 1 announced in time, shortest 50 h; 0 of 12 who were owed it were told in time"},
		"looked up before its time":  {Owed{12, 0, start.Add(-24 * time.Hour), start.Add(-25 * time.Hour)}, uptime.OnTrack, "1 of 1 announced in time, shortest 50 h"},
		"not yet, and there is time": {Owed{12, 3, noon.Add(time.Hour), noon}, uptime.OnTrack, "1 of 1 announced in time, shortest 50 h"},
		"nobody was owed any":        {Owed{}, uptime.OnTrack, "1 of 1 announced in time, shortest 50 h"},
	} {
		f := longSince(func(f *Facts) {
			f.Plans, f.Owed = []uptime.Plan{work("a", start, 50*time.Hour)}, map[OwedKey]Owed{{"E8", "a"}: test.owed}
		})
		if s := Of(c, f, noon); s.Verdict != test.verdict || s.Value != test.value {
			t.Errorf("%s: %s, %q", name, s.Verdict, s.Value)
		}
		// What is owed to everybody is judged by the page alone.
		if s := Of(noticeOf24h, f, noon); s.Verdict != uptime.OnTrack || strings.Contains(s.Value, "owed") {
			t.Errorf("%s, owed to everybody: %s, %q", name, s.Verdict, s.Value)
		}
	}
}
