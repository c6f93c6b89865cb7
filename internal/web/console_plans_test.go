package web

import (
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// samplePolicy promises a day's notice, quiet office hours, and a test a year.
func samplePolicy(zone *time.Location) uptime.Policy {
	week := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	return uptime.Policy{ID: "sample", Title: "What we promise", Number: "1", Commitments: []uptime.Commitment{
		{ID: "S1", Policy: "sample", Says: "Planned work is announced 24 hours ahead.", Kind: uptime.OfNotice, Strength: uptime.Firm, Owner: "Head of operations",
			Notice: &uptime.NoticeTerms{Of: []uptime.PlanKind{uptime.MaintenanceWork}, Rule: uptime.NoticeRule{Commitment: "S1", Amount: 24, Unit: uptime.Hours}}},
		{ID: "S2", Policy: "sample", Says: "An independent firm attacks us every year.", Kind: uptime.OfRegister, Strength: uptime.Firm,
			Register: &uptime.RegisterTerms{Record: "penetration_test", Every: uptime.Period{Months: 12}}},
		{ID: "S3", Policy: "sample", Says: "No work is done in office hours.", Kind: uptime.OfMaintenanceHours, Strength: uptime.Firm,
			Hours: &uptime.HoursTerms{Blackouts: []uptime.BlackoutRule{{Commitment: "S3", Region: "eu", Zone: zone, Days: week, From: 9 * time.Hour, To: 17 * time.Hour}}}},
	}}
}

func sampleCosts([]uptime.ComponentID, calendar.Span) []incidents.Cost {
	whole := func(n int64) *big.Rat { return big.NewRat(n, 1) }
	return []incidents.Cost{{Service: "shop", Name: "Shop", Budget: whole(2678), Used: whole(60), Window: whole(3600), After: whole(-982), Share: big.NewRat(3600, 2678)}}
}

// Register, Burns and Findings stand for the page's newest edition.
func (o *bureau) Register() (all []uptime.Standing) {
	for _, c := range o.catalogue.Commitments(o.now) {
		all = append(all, uptime.Standing{Commitment: c, Verdict: uptime.InsufficientData, Why: "The record has just begun."})
	}
	return all
}

func (o *bureau) Burns() []uptime.Burn {
	return []uptime.Burn{{Subject: "S1", Name: "Shop", Rule: "14.4 over 1h and 5m", State: uptime.BurnFires, Summary: "all of it within 2 days"}}
}

func (o *bureau) Findings() []uptime.Finding {
	return []uptime.Finding{{Check: uptime.DownWithoutIncident, Subject: "api", Since: o.now, Text: "API is down, and no incident is public."}}
}

// monday is the Monday after next, at a time of Vienna's clocks.
func (o *bureau) monday(hour int) time.Time {
	day := calendar.DateOf(o.now, o.catalogue.Page.Zone).AddDays(7)
	for time.Date(day.Year, day.Month, day.Day, 12, 0, 0, 0, time.UTC).Weekday() != time.Monday {
		day = day.AddDays(1)
	}
	at, _ := calendar.Resolve(day, time.Duration(hour)*time.Hour, o.catalogue.Page.Zone)
	return at
}

// planForm is the form for maintenance of an hour, filled in.
func (o *bureau) planForm(t *testing.T, start time.Time, pairs ...string) (action string, fields url.Values) {
	t.Helper()
	action, fields = o.get(t, uptime.Publisher, plansPath+"/new").form(t, "plan")
	fields = with(fields, "title", "Database upgrade", "body", "Signing in is **slow** for some minutes.", "part", "sign-in",
		"from", start.In(o.catalogue.Page.Zone).Format("2006-01-02T15:04"), "length", "1 h", "region", "eu", "do", "check")
	return action, with(fields, pairs...)
}

func TestAWindowThatBreaksAPromiseIsRefusedWithTheEarliestStart(t *testing.T) {
	o := newBureau(t)
	o.now = o.monday(2).AddDate(0, 0, -7) // a Monday night
	start := o.now.Add(20 * time.Hour)
	action, fields := o.planForm(t, start)
	check := o.post(t, uptime.Publisher, action, fields)
	for _, want := range []string{"It breaks 1 promise", "S1", "20 h ahead, and 24 h are promised", "The earliest start that keeps every promise is Tue",
		"2 subscribers are owed notice", "overdrawn by 16 min", "Forbidden", "Database upgrade"} {
		if !strings.Contains(check.text, want) {
			t.Errorf("the check does not say %q: %s", want, check.text)
		}
	}
	_, sent := check.form(t, "plan")
	if refused := o.post(t, uptime.Publisher, action, with(sent, "do", "announce")); refused.status != http.StatusUnprocessableEntity {
		t.Errorf("it was announced all the same: %d", refused.status)
	}
	taken := o.post(t, uptime.Publisher, action, with(sent, "take", o.now.Add(24*time.Hour).UTC().Format(time.RFC3339)))
	if !strings.Contains(taken.text, "It keeps every promise.") {
		t.Fatalf("the start that was proposed: %s", taken.text)
	}
	_, sent = taken.form(t, "plan")
	done := o.post(t, uptime.Publisher, action, with(sent, "do", "announce"))
	if done.status != http.StatusSeeOther {
		t.Fatalf("%d: %s", done.status, done.text)
	}
	if again := o.post(t, uptime.Publisher, action, with(sent, "do", "announce")); again.location != done.location {
		t.Errorf("a second click: %d, %s", again.status, again.location)
	}
	page := o.get(t, uptime.Viewer, done.location)
	for _, want := range []string{"It is announced.", "Begins in 1 d", "in time", "0 of 2 accepted", "promised 24 h"} {
		if !strings.Contains(page.text, want) {
			t.Errorf("the plan's page does not say %q: %s", want, page.text)
		}
	}
}

func TestAnnouncingAllTheSameNeedsAReasonThatIsShownBack(t *testing.T) {
	o := newBureau(t)
	start := o.monday(10)
	action, fields := o.planForm(t, start, "override", "The disk fails.", "do", "announce")
	back := o.post(t, uptime.Publisher, action, fields)
	if back.status != http.StatusOK || !strings.Contains(back.text, "by publisher, with this reason for all to read: “The disk fails.”") {
		t.Fatalf("%d: %s", back.status, back.text)
	}
	_, sent := back.form(t, "plan")
	if other := o.post(t, uptime.Publisher, action, with(sent, "do", "announce", "title", "Another")); other.status != http.StatusOK {
		t.Errorf("what was not looked at was announced: %d", other.status)
	}
	done := o.post(t, uptime.Publisher, action, with(sent, "do", "announce"))
	if page := o.get(t, uptime.Viewer, done.location); !strings.Contains(page.text, "All the same, because: The disk fails.") || !strings.Contains(page.text, "Breaks S3") {
		t.Errorf("%d: %s", done.status, page.text)
	}
	if r := o.post(t, uptime.Responder, action, with(sent, "do", "announce", onceField, "another")); r.status != http.StatusForbidden {
		t.Errorf("a responder announced: %d", r.status)
	}
}

func TestAPlanIsMovedCalledOffAndSpokenOf(t *testing.T) {
	o := newBureau(t)
	start := o.monday(20)
	action, fields := o.planForm(t, start)
	_, sent := o.post(t, uptime.Publisher, action, fields).form(t, "plan")
	path, _, _ := strings.Cut(o.post(t, uptime.Publisher, action, with(sent, "do", "announce")).location, "?")
	move, form := o.get(t, uptime.Publisher, path+"/revise").form(t, "plan")
	check := o.post(t, uptime.Publisher, move, with(form, "length", "2 h", "reason", "It takes longer.", "do", "check"))
	if !strings.Contains(check.text, "This tells 2 subscribers again") {
		t.Errorf("%s", check.text)
	}
	_, form = check.form(t, "plan")
	if r := o.post(t, uptime.Publisher, move, with(form, "do", "announce")); r.status != http.StatusSeeOther {
		t.Fatalf("%d: %s", r.status, r.text)
	}
	say, form := o.get(t, uptime.Publisher, path).form(t, "say")
	if r := o.post(t, uptime.Publisher, say, with(form, "body", "")); r.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing was said: %d", r.status)
	}
	if r := o.post(t, uptime.Publisher, say, with(form, "body", "The vendor is ready.")); r.status != http.StatusSeeOther {
		t.Errorf("%d: %s", r.status, r.text)
	}
	off, form := o.get(t, uptime.Publisher, path).form(t, "cancel")
	o.post(t, uptime.Publisher, off, with(form, "reason", "Not needed."))
	page := o.get(t, uptime.Publisher, path)
	for _, want := range []string{"called off Not needed.", "moved It takes longer.", "The vendor is ready.", "cancelled"} {
		if !strings.Contains(page.text, want) {
			t.Errorf("not %q: %s", want, page.text)
		}
	}
	if receipts := o.get(t, uptime.Viewer, path+"/receipts"); strings.Contains(receipts.raw, "anna@example.org") || !strings.Contains(receipts.text, "queued") {
		t.Errorf("%s", receipts.text)
	}
	if receipts := o.get(t, uptime.Admin, path+"/receipts"); !strings.Contains(receipts.raw, "anna@example.org") {
		t.Error("an administrator does not see who")
	}
}

func TestATimeThatOccursTwiceOrNeverIsSaid(t *testing.T) {
	zone := mustZone(t, "Europe/Vienna")
	for text, want := range map[string]string{"2026-10-25T02:30": "occurs twice", "2026-03-29T02:30": "never occurs", "2026-10-25T04:30": ""} {
		if _, note, err := localTime(text, zone); err != nil || !strings.Contains(note, want) || want == "" && note != "" {
			t.Errorf("%s: %q, %v", text, note, err)
		}
	}
	for text, want := range map[string]time.Duration{"90 min": 90 * time.Minute, "1 h 30 min": 90 * time.Minute, "1:30": 90 * time.Minute, "45": 45 * time.Minute, "2 days": 48 * time.Hour, "1 d 2 h": 26 * time.Hour, "": 0, "-1 h": 0, "soon": 0, "400 d": 0} {
		if got, err := typedLength(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

func TestWhatRecursIsForeseen(t *testing.T) {
	o := newBureau(t)
	action, fields := o.get(t, uptime.Publisher, seriesPath+"/new").form(t, "plan")
	fields = with(fields, "title", "Weekly reindexing", "body", "Search is slow.", "part", "search", "every", "weekly", "do", "check",
		"from", o.monday(10).In(o.catalogue.Page.Zone).Format("2006-01-02T15:04"), "region", "eu")
	if check := o.post(t, uptime.Publisher, action, fields); !strings.Contains(check.text, "5 of the next 5 occurrences would break a promise") || !strings.Contains(check.text, "S3") {
		t.Errorf("%s", check.text)
	}
	fields = with(fields, "from", o.monday(20).In(o.catalogue.Page.Zone).Format("2006-01-02T15:04"))
	if check := o.post(t, uptime.Publisher, action, fields); !strings.Contains(check.text, "The next 5 occurrences keep every promise") {
		t.Errorf("%s", check.text)
	}
	if begun := o.post(t, uptime.Publisher, action, with(fields, "do", "begin")); begun.status != http.StatusSeeOther {
		t.Fatalf("%d: %s", begun.status, begun.text)
	}
	if list := o.get(t, uptime.Viewer, seriesPath); !strings.Contains(list.text, "FREQ=WEEKLY;BYDAY=MO") {
		t.Errorf("%s", list.text)
	}
}

func TestEvidenceIsAddedAndWithdrawn(t *testing.T) {
	o := newBureau(t)
	action, fields := o.get(t, uptime.Publisher, commitmentsPath+"/S2").form(t, "evidence")
	if r := o.post(t, uptime.Publisher, action, with(fields, "title", "A test", "at", "yesterday")); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text, "is not a day") {
		t.Errorf("%d: %s", r.status, r.text)
	}
	fields = with(fields, "title", "A test of spring", "at", o.now.AddDate(0, -1, 0).Format(time.DateOnly), "url", "https://example.org/report")
	if r := o.post(t, uptime.Publisher, action, fields); r.status != http.StatusSeeOther {
		t.Fatalf("%d: %s", r.status, r.text)
	}
	all, err := o.site.Options.Register.Evidence(t.Context())
	if err != nil || len(all) != 1 || all[0].Record != "penetration_test" {
		t.Fatalf("%+v, %v", all, err)
	}
	withdraw, fields := o.get(t, uptime.Publisher, commitmentsPath+"/S2").form(t, "withdraw-"+all[0].ID)
	if r := o.post(t, uptime.Publisher, withdraw, fields); r.status != http.StatusSeeOther || !strings.HasPrefix(r.location, commitmentsPath+"/S2") {
		t.Errorf("%d, %s", r.status, r.location)
	}
	if page := o.get(t, uptime.Viewer, commitmentsPath+"/S2"); strings.Contains(page.text, "A test of spring") {
		t.Error("it is there still")
	}
}

func TestTheOverviewShowsWhatIsPlannedAndWhatIsInDanger(t *testing.T) {
	o := newBureau(t)
	action, fields := o.planForm(t, o.monday(20), "do", "draft")
	o.post(t, uptime.Responder, action, fields)
	page := o.get(t, uptime.Viewer, consolePath)
	for _, want := range []string{"Database upgrade", "Announce it by", "Shop burns its error budget too fast.", "API is down, and no incident is public."} {
		if !strings.Contains(page.text, want) {
			t.Errorf("not %q: %s", want, page.text)
		}
	}
}
