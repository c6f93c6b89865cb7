package commitment

import (
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func copiesDaily(terms uptime.HeartbeatTerms) uptime.Commitment {
	terms.Set = "backups"
	if terms.Ask == "" {
		terms.Ask = uptime.Daily
	}
	return uptime.Commitment{ID: "P12", Kind: uptime.OfHeartbeat, Strength: uptime.Firm, Heartbeat: &terms}
}

func job(region uptime.RegionID, site, datacentre string, z *time.Location) uptime.Job {
	return uptime.Job{Monitor: uptime.MonitorID("backup-" + site), Set: "backups", Region: region, Site: site, Datacentre: datacentre, Zone: z}
}

// nightly are the jobs' successes at two o'clock in each of the days before
// noon, but for those left out: "2026-11-18/syd".
func nightly(jobs []uptime.Job, n int, but ...string) (out []uptime.Signal) {
	for _, j := range jobs {
		for i := range n {
			day := noon.In(j.Zone).AddDate(0, 0, -i)
			if strings.Contains(strings.Join(but, " "), day.Format(time.DateOnly)+"/"+j.Site) {
				continue
			}
			when := time.Date(day.Year(), day.Month(), day.Day(), 2, 0, 0, 0, j.Zone)
			out = append(out, uptime.Signal{Monitor: j.Monitor, At: when, Kind: uptime.Succeeded})
		}
	}
	return out
}

func TestCopiesEveryDay(t *testing.T) {
	sydney := zone(t, "Australia/Sydney")
	two := []uptime.Job{job("au", "syd", "dc-syd", sydney), job("au", "mel", "dc-mel", sydney)}
	for name, test := range map[string]struct {
		but     []string
		change  func(*Facts)
		verdict uptime.Verdict
		value   string
		cases   string
	}{
		"all of them":             {nil, nil, uptime.OnTrack, "30 of 30 days", ""},
		"one left out this month": {[]string{"2026-11-18/mel"}, nil, uptime.Breached, "29 of 30 days", "2026-11-18/mel"},
		"both on one day":         {[]string{"2026-11-18/mel", "2026-11-18/syd"}, nil, uptime.Breached, "29 of 30 days", "2026-11-18/syd 2026-11-18/mel"},
		"one left out last month": {[]string{"2026-10-30/mel"}, nil, uptime.OnTrack, "29 of 30 days", "2026-10-30/mel"},
		"today is not over":       {[]string{"2026-11-20/syd", "2026-11-20/mel"}, nil, uptime.OnTrack, "30 of 30 days", ""},
		"a job that failed": {[]string{"2026-11-18/mel"}, func(f *Facts) {
			f.Signals = append(f.Signals, uptime.Signal{Monitor: "backup-mel", At: at(t, "2026-11-18T02:00:00+11:00"), Kind: uptime.Failed},
				uptime.Signal{Monitor: "backup-mel", At: at(t, "2026-11-18T02:00:00+11:00"), Kind: uptime.Started})
		}, uptime.Breached, "29 of 30 days", "2026-11-18/mel"},
		"a record that begins today": {nil, func(f *Facts) { f.Began = noon.Add(-6 * time.Hour) }, uptime.InsufficientData, "", ""},
		"a record of nothing":        {nil, func(f *Facts) { f.Began = time.Time{} }, uptime.InsufficientData, "", ""},
		"a record of two whole days": {nil, func(f *Facts) { f.Began = at(t, "2026-11-18T00:00:00+11:00") }, uptime.OnTrack, "2 of 2 days", ""},
		"a day that is recorded in part counts for nothing": {[]string{"2026-11-18/mel"},
			func(f *Facts) { f.Began = at(t, "2026-11-18T09:00:00+11:00") }, uptime.OnTrack, "1 of 1 day", ""},
		"a site that was set up last week": {[]string{"2026-11-10/mel", "2026-11-11/mel"},
			func(f *Facts) {
				f.Begins = map[uptime.MonitorID]time.Time{"backup-mel": at(t, "2026-11-13T00:00:00+11:00")}
			}, uptime.OnTrack, "30 of 30 days", ""},
		"a promise that is new": {[]string{"2026-11-10/mel"}, func(f *Facts) {
			f.Versions = []uptime.PolicyVersion{{EffectiveFrom: at(t, "2026-11-15T00:00:00+11:00")}}
		}, uptime.OnTrack, "5 of 5 days", ""},
	} {
		f := longSince(test.change)
		f.Zone, f.Jobs = sydney, two
		f.Signals = append(f.Signals, nightly(two, 400, test.but...)...)
		s := Of(copiesDaily(uptime.HeartbeatTerms{Datacentres: 2}), f, noon)
		if s.Verdict != test.verdict || s.Value != test.value || keys(s.Cases) != test.cases {
			t.Errorf("%s: %s, %q, cases %q", name, s.Verdict, s.Value, keys(s.Cases))
		}
	}
}

func TestMonthsOfCopies(t *testing.T) {
	jobs := []uptime.Job{job("", "a", "x", time.UTC), job("", "b", "y", time.UTC)}
	f := longSince(func(f *Facts) {
		f.Began = at(t, "2026-07-10T08:00:00Z")
		f.Versions = []uptime.PolicyVersion{{EffectiveFrom: at(t, "2026-05-01T00:00:00Z")}}
		f.Jobs, f.Signals = jobs, nightly(jobs, 400, "2026-09-03/a", "2026-07-20/a")
	})
	s := Of(copiesDaily(uptime.HeartbeatTerms{}), f, noon)
	want := strings.Repeat("not_measured ", 5) + "insufficient_data insufficient_data breached met breached met on_track"
	if got := verdicts(s.Cells); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if c := s.Cells[9]; c.Month != "2026-09" || c.Value != "29 of 30 days" {
		t.Errorf("September: %+v", c)
	}
	if keys(s.Cases) != "2026-07-20/a 2026-09-03/a" || !s.Cases[1].At.Equal(at(t, "2026-09-04T00:00:00Z")) {
		t.Errorf("cases %+v", s.Cases)
	}
}

func TestAMonthThatIsPartlyOnRecordIsNotMet(t *testing.T) {
	jobs := []uptime.Job{job("", "a", "x", time.UTC)}
	f := longSince(func(f *Facts) {
		f.Began = at(t, "2026-09-10T08:00:00Z")
		f.Jobs, f.Signals = jobs, nightly(jobs, 400)
	})
	s := Of(copiesDaily(uptime.HeartbeatTerms{}), f, noon)
	if c := s.Cells[9]; c.Verdict != uptime.InsufficientData || c.Value != "20 of 20 days" {
		t.Errorf("September: %+v", c)
	}
}

func TestCopiesApart(t *testing.T) {
	nz, au := job("nz", "akl", "dc1", time.UTC), job("au", "syd", "dc2", time.UTC)
	nz2, nzSame := job("nz", "wlg", "dc3", time.UTC), job("nz", "chc", "dc1", time.UTC)
	au2, nameless := job("au", "mel", "dc4", time.UTC), job("nz", "old", "", time.UTC)
	regions := []uptime.Region{{ID: "nz", Name: "New Zealand"}, {ID: "au", Name: "Australia"}}
	for name, test := range map[string]struct {
		ask    uptime.HeartbeatAsk
		needs  int
		jobs   []uptime.Job
		broken string // keys of the cases
	}{
		"distinct: two regions of two":            {uptime.Distinct, 2, []uptime.Job{nz, nz2, au, au2}, ""},
		"distinct: two sites with one code":       {uptime.Distinct, 2, []uptime.Job{nz, nzSame, au, au2}, "nz"},
		"distinct: one site":                      {uptime.Distinct, 0, []uptime.Job{nz}, "nz"},
		"distinct: a code that is missing":        {uptime.Distinct, 2, []uptime.Job{nz, nameless}, "nz"},
		"distinct: a region without sites is out": {uptime.Distinct, 2, []uptime.Job{nz, nz2}, ""},
		"distinct: three are asked for":           {uptime.Distinct, 3, []uptime.Job{nz, nz2}, "nz"},
		"regions: each has two":                   {uptime.AllRegion, 2, []uptime.Job{nz, nz2, au, au2}, ""},
		"regions: one has none":                   {uptime.AllRegion, 2, []uptime.Job{nz, nz2}, "au"},
		"regions: one copy each is enough":        {uptime.AllRegion, 1, []uptime.Job{nz, au}, ""},
		"daily: one site alone":                   {uptime.Daily, 0, []uptime.Job{nz}, ""},
		"daily: one site, and two are asked for":  {uptime.Daily, 2, []uptime.Job{nz}, "nz"},
		"daily: two sites with one code":          {uptime.Daily, 0, []uptime.Job{nz, nzSame}, "nz"},
		"daily: one is enough":                    {uptime.Daily, 1, []uptime.Job{nz, nzSame}, ""},
	} {
		f := longSince(func(f *Facts) { f.Regions, f.Jobs, f.Signals = regions, test.jobs, nightly(test.jobs, 400) })
		s := Of(copiesDaily(uptime.HeartbeatTerms{Ask: test.ask, Datacentres: test.needs}), f, noon)
		want := uptime.Breached
		switch {
		case test.broken != "":
		case test.ask == uptime.Daily:
			want = uptime.OnTrack
		default:
			want = uptime.Met
		}
		if s.Verdict != want || keys(s.Cases) != test.broken || want == uptime.Breached && s.Why == "" {
			t.Errorf("%s: %s, %q, because %q", name, s.Verdict, keys(s.Cases), s.Why)
		}
		if want == uptime.Breached && len(s.Cells) > 0 && s.Cells[11].Verdict != uptime.Breached {
			t.Errorf("%s: the present month is %s", name, s.Cells[11].Verdict)
		}
	}
}

func TestOnlyTheSetThatIsAskedForCounts(t *testing.T) {
	other := job("", "a", "x", time.UTC)
	other.Set = "drills"
	f := longSince(func(f *Facts) { f.Jobs, f.Signals = []uptime.Job{other}, nightly([]uptime.Job{other}, 60) })
	if s := Of(copiesDaily(uptime.HeartbeatTerms{}), f, noon); s.Verdict != uptime.InsufficientData || !strings.Contains(s.Why, "backups") {
		t.Errorf("%s, because %q", s.Verdict, s.Why)
	}
}

func TestADayIsJudgedOnceItsLastSecondIsWritten(t *testing.T) {
	jobs := []uptime.Job{job("", "a", "x", time.UTC)}
	midnight := at(t, "2026-11-20T00:00:00Z")
	f := longSince(func(f *Facts) { f.Jobs, f.Signals = jobs, nightly(jobs, 400, "2026-11-19/a") })
	for after, cases := range map[time.Duration]string{0: "", 59 * time.Second: "", time.Minute: "2026-11-19/a"} {
		if s := Of(copiesDaily(uptime.HeartbeatTerms{}), f, midnight.Add(after)); keys(s.Cases) != cases {
			t.Errorf("%v after it: cases %q", after, keys(s.Cases))
		}
	}
}

func TestASiteNeedsEachOfItsJobs(t *testing.T) {
	first, second := job("", "a", "x", time.UTC), job("", "a", "x", time.UTC)
	second.Monitor = "backup-a-files"
	f := longSince(func(f *Facts) {
		f.Jobs, f.Signals = []uptime.Job{first, second}, nightly([]uptime.Job{first}, 400)
		f.Began = at(t, "2026-11-18T00:00:00Z")
	})
	if s := Of(copiesDaily(uptime.HeartbeatTerms{}), f, noon); keys(s.Cases) != "2026-11-18/a 2026-11-19/a" {
		t.Errorf("cases %q", keys(s.Cases))
	}
}

// A job that is watched since October kept nothing in September.
func TestMonthsBeforeAJobWasWatchedAreNotKept(t *testing.T) {
	now := time.Date(2026, 12, 10, 12, 0, 0, 0, time.UTC)
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	watched := time.Date(2026, 10, 15, 6, 0, 0, 0, time.UTC)
	f := Facts{
		Zone: time.UTC, Began: began, Begins: map[uptime.MonitorID]time.Time{"copy": watched},
		Jobs: []uptime.Job{{Monitor: "copy", Set: "backups", Site: "syd", Zone: time.UTC}},
	}
	for at := watched; at.Before(now); at = at.AddDate(0, 0, 1) {
		f.Signals = append(f.Signals, uptime.Signal{Monitor: "copy", At: at, Kind: uptime.Succeeded})
	}
	c := uptime.Commitment{ID: "P12", Kind: uptime.OfHeartbeat, Strength: uptime.Firm, Heartbeat: &uptime.HeartbeatTerms{Set: "backups", Ask: uptime.Daily}}
	want := map[string]uptime.Verdict{
		"2026-09": uptime.InsufficientData, "2026-10": uptime.InsufficientData, "2026-11": uptime.Met, "2026-12": uptime.OnTrack,
	}
	for _, cell := range Of(c, f, now).Cells {
		if verdict, judged := want[cell.Month]; judged && cell.Verdict != verdict {
			t.Errorf("%s is %s (%s), want %s", cell.Month, cell.Verdict, cell.Value, verdict)
		}
	}
}
