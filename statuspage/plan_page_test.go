package statuspage

import (
	"bytes"
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// read is a page's words, a space between any two elements.
func read(t *testing.T, body []byte) string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for node := range root.Descendants() {
		if node.Type == html.TextNode && node.Parent.Data != "style" {
			out = append(out, strings.TrimSpace(node.Data))
		}
	}
	return strings.Join(strings.Fields(strings.Join(out, " ")), " ")
}

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
}

func TestHomeTellsWhatIsPlanned(t *testing.T) {
	page := read(t, open(samplePlanned(), sampleNow).homeDocument().Body)
	contains(t, page,
		"Maintenance in progress on Search; everything else works.",
		"Network maintenance ◆ In progress Maintenance · affects Search",
		"Sat 21 Nov, 13:10 – 14:10 AEST 1 h · overruns by 4 min 03:10 – 04:10 UTC · 14:10 – 15:10 AEDT in Sydney",
		"Overruns since 14:10 AEST : what is down from then on counts.",
		"Database upgrade ◇ Scheduled Maintenance · affects Payroll , Search Thu 3 Dec, 20:00 – 21:30 AEST 1 h 30 min · starts in 12 days 5 h",
		"10:00 – 11:30 UTC · 21:00 – 22:30 AEDT in Sydney",
		"announced 20 Nov, 20:00 AEST 24 h promised ┤ start",
		"✓ announced 13 days ahead, 24 h promised ✓ outside 9–5 AEST 213 of 216 told, 3 waiting add to calendar",
		"Version 5 ◇ Scheduled Release Fri 11 Dec, 20:00 AEST takes effect in 20 days 5 h",
		"✓ announced 22 days ahead, 7 days promised",
		"Search ◆ Maintenance", "Payroll down 54 m, 1 h excluded: announced work",
		"Storage replaced — maintenance, announced for 1 h, took 1 h 4 m", "Certificate change — maintenance, called off",
	)
	if going, planned, promised := strings.Index(page, "Network maintenance"), strings.Index(page, "Database upgrade"), strings.Index(page, "What was promised, and"); going > planned || planned > promised {
		t.Error("what goes on comes first, then what is to come, then the promises")
	}
	if strings.Contains(page, draftPlanText) || strings.Contains(page, "user-7") {
		t.Error("a draft or an author's id is on the page")
	}
}

// The alternative of a ruler tells all that it shows, and its marks stand in order.
func TestTheRulerIsTold(t *testing.T) {
	b := open(samplePlanned(), sampleNow)
	_, soon := b.plansNow(soonDays)
	want := Ruler{
		Alt:       "Announced 13 days before the start; 24 h promised; starts in 12 days 5 h.",
		Announced: "1.0", Promised: []string{"91.4"}, Now: "6.7", NowAnchor: "middle", From: "91.4", To: "99.0",
		Begin: "announced 20 Nov, 20:00 AEST", End: "24 h promised ┤ start",
	}
	if diff := cmp.Diff(want, *soon[0].Ruler); diff != "" {
		t.Error(diff)
	}
	late := b.in.Plans[3]
	if r := b.ruler(late); r.Announced <= r.Promised[0] || r.Promised[0] != "1.0" || r.Late != r.Announced || r.Begin != "promised by 17 Nov, 20:00 AEST" {
		t.Errorf("announced too late: %+v", r)
	}
	if r := b.ruler(b.in.Plans[4]); r != nil {
		t.Errorf("what was called off has a ruler: %+v", r)
	}
}

// What is down is down, whatever was announced; what works is in maintenance.
func TestDownBeatsMaintenance(t *testing.T) {
	in := samplePlanned()
	for name, test := range map[string]struct {
		state uptime.State
		of    uptime.ComponentID
		want  string
		row   string
	}{
		"it works":            {uptime.Up, "part-2", "Maintenance in progress on Search; everything else works.", "Maintenance"},
		"it is down":          {uptime.Down, "part-2", "Search is down; announced work is under way.", "Down"},
		"it is slow":          {uptime.Degraded, "part-2", "Search is degraded; announced work is under way.", "Degraded"},
		"nobody sees it":      {uptime.Unknown, "part-2", "Search is not observed; announced work is under way.", "Not observed"},
		"another one is down": {uptime.Down, "part-1", "Payroll is down.", "Maintenance"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sample{in}
			s.in.Segments, s.in.Healths = append([]uptime.Segment{}, in.Segments...), append([]uptime.Health{}, in.Healths...)
			if test.state != uptime.Up {
				s.was(test.of, test.state, sampleNow.Add(-10*time.Minute), 0, uptime.TimedOut)
			}
			v := Build(s.in, sampleNow)
			if v.Headline.Text != test.want {
				t.Errorf("the headline is %q, want %q", v.Headline.Text, test.want)
			}
			if got := v.Groups[0].Components[2].Word; got != test.row {
				t.Errorf("the row says %q, want %q", got, test.row)
			}
		})
	}
}

func TestSeveralDownWithWorkOnOne(t *testing.T) {
	parts := []part{{name: "A", state: uptime.Down, planned: true}, {name: "B", state: uptime.Down}, {name: "C", state: uptime.Up}}
	if _, text := sentence(parts); text != "2 components are down; announced work is under way on A." {
		t.Error(text)
	}
	parts = []part{{name: "A", state: uptime.Down}, {name: "B", state: uptime.Degraded, planned: true}, {name: "C", state: uptime.Maintenance, planned: true}}
	if text := also(parts, uptime.Down); text != "B is degraded; announced work is under way. C is under maintenance." {
		t.Error(text)
	}
}

// A promise that is broken is told with why it was announced all the same, and by
// whom; and what was not excluded is told with why.
func TestALatePlanSaysSo(t *testing.T) {
	b := open(samplePlanned(), sampleNow)
	late := b.in.Plans[3]
	page := read(t, b.page(planPage(b.planPage(late, b.proofsOf(late.ID)), beside())).Body)
	contains(t, page, "Emergency", "✗ it was announced 3 h ahead, and 24 h are promised", "✓ outside 9–5 AEST", "Announced all the same by Ada: An attack was under way.",
		"The word is a label: it excludes nothing", "215 of 216 told, 215 of them too late, 1 could not be reached",
		"Announced 1 h Used 20 m Sign-in down 4 m",
		"Counts 18 Nov, 20:00:00 21:00:00 1 h it counts: not announced 24 h ahead; an emergency is a label and excludes nothing down 4 m")
	if strings.Contains(page, "Excluded") {
		t.Error("something of it is excluded")
	}
}

func TestAPlanThatOverranSaysSo(t *testing.T) {
	b := open(samplePlanned(), sampleNow)
	done := b.in.Plans[2]
	page := read(t, b.page(planPage(b.planPage(done, b.proofsOf(done.ID)), beside())).Body)
	contains(t, page, "◆ Storage replaced Completed", "completed 15 Nov, 21:04 AEST", "Announced 1 h Used 1 h 4 m Payroll down 50 m",
		"Excluded 15 Nov, 20:00:00 21:00:00 1 h announced 3 days 2 h ahead, 24 h promised; outside 9–5 AEST down 50 m",
		"Counts 15 Nov, 21:00:00 21:04:00 4 m it counts: past the announced end down 4 m",
		"12 Nov, 18:00 AEST announced 216 214 214 2 0", "214 of 216 told, 2 could not be reached")
	working := read(t, b.document("/components/part-1").Body)
	contains(t, working, "Announced work the last 90 days, newest first Storage replaced announced 1 h used 1 h 4 m", "Excluded 15 Nov, 20:00:00")
	contains(t, read(t, b.document("/days/2026-11-15").Body), "Storage replaced", "announced 1 h", "used 1 h 4 m", "excluded 1 h", "every promise kept")
}

// Each announcement is told with what it changed.
func TestRevisionsAreTold(t *testing.T) {
	from := evening(5)
	r := func(hours, length int, more ...func(*uptime.Revision)) uptime.Revision {
		out := uptime.Revision{At: sampleNow, From: from.Add(time.Duration(hours) * time.Hour), To: from.Add(time.Duration(hours+length) * time.Hour)}
		for _, m := range more {
			m(&out)
		}
		return out
	}
	cancelled, finished := func(r *uptime.Revision) { r.Cancelled = true }, func(r *uptime.Revision) { r.Finished = true }
	for _, test := range []struct {
		before, after uptime.Revision
		want          string
	}{
		{r(0, 2), r(0, 3), "extended by 1 h"},
		{r(0, 2), r(0, 1), "shortened by 1 h"},
		{r(0, 2), r(24, 2), "put off by 24 h"},
		{r(0, 2), r(-3, 2), "brought forward by 3 h"},
		{r(0, 2), r(1, 4), "put off by 1 h, and extended by 2 h"},
		{r(0, 2), r(0, 2, cancelled), "called off"},
		{r(0, 2, cancelled), r(0, 2), "announced again"},
		{r(0, 2), r(0, 1, finished), "finished early, and 1 h given back"},
		{r(0, 2), r(0, 2), "announced again, at the same time"},
	} {
		if got := difference(test.before, test.after); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// The countdown goes down to the minute, and never says more than is left.
func TestCountdown(t *testing.T) {
	p := announce("p", "P", sampleNow.Add(3*time.Hour+20*time.Minute+40*time.Second), time.Hour, 50*time.Hour)
	going, verifying := p, p
	going.Phase, verifying.Phase = uptime.InProgress, uptime.Verifying
	start, end := p.Now().From, p.Now().To
	for _, test := range []struct {
		plan uptime.Plan
		at   time.Time
		want string
	}{
		{p, sampleNow, "starts in 3 h 20 min"}, {p, start.Add(-30 * time.Second), "starts in 30 s"}, {p, start, "starts now"},
		{going, start.Add(15 * time.Minute), "45 min left"}, {verifying, end.Add(4*time.Minute + time.Second), "overruns by 4 min"},
		{completed(p, end), end.Add(time.Hour), "completed 18:34 AEST"},
	} {
		if got := open(newSample().in, test.at).countdown(test.plan); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// Without anybody to tell, or before anything is known, no number is made up.
func TestWhoWasToldIsNotMadeUp(t *testing.T) {
	in := newSample().in
	p := announce("p", "P", evening(3), time.Hour, 50*time.Hour)
	for want, proofs := range map[string][]uptime.Proof{
		"":                      nil,
		"nobody had subscribed": {{Plan: "p", Reason: uptime.PlanAnnounced}},
		"0 of 4 told, 4 waiting": {{Plan: "p", Reason: uptime.PlanAnnounced, Owed: 3, Accepted: 3, InTime: 3}, {Plan: "p", Reason: uptime.PlanRevised, Owed: 4, Waiting: 4},
			{Plan: "p", Reason: uptime.PlanSoon, Owed: 9, Accepted: 9}, {Plan: "q", Reason: uptime.PlanAnnounced, Owed: 9}},
	} {
		in.Proofs = proofs
		if got := open(in, sampleNow).told(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The calendars are read by a parser of others: every plan but drafts, each with
// an identity that stays.
func TestCalendars(t *testing.T) {
	b := open(samplePlanned(), sampleNow)
	doc := b.document(calendarPath)
	if doc.ContentType != typeICS || doc.ETag == "" || doc.CacheControl != cacheQuarter {
		t.Errorf("%+v", doc)
	}
	statuses := map[string]string{}
	for _, doc := range []*Document{doc, b.planCalendar(b.in.Plans[4])} {
		read, err := ical.NewDecoder(bytes.NewReader(doc.Body)).Decode()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range read.Events() {
			statuses[e.Props.Get("UID").Value] = e.Props.Get("STATUS").Value + " " + e.Props.Get("SEQUENCE").Value
		}
	}
	want := map[string]string{}
	for _, id := range []uptime.PlanID{planSoon, planNow, planDone, planLate, planRelease} {
		want[string(id)+"@status.example.org"] = "CONFIRMED 0"
	}
	want[string(planOff)+"@status.example.org"] = "CANCELLED 1"
	if diff := cmp.Diff(want, statuses); diff != "" {
		t.Error(diff)
	}
	if again := open(samplePlanned(), sampleNow.Add(time.Minute)).document(calendarPath); again.ETag != doc.ETag {
		t.Error("a minute changes the calendar")
	}
	if old := open(samplePlanned(), sampleNow.AddDate(0, 0, 200)).document(calendarPath); strings.Contains(string(old.Body), string(planDone)) {
		t.Error("what ended 200 days ago is listed")
	}
}

// A plan that is not at hand is read; a draft is nowhere.
func TestPublisherAnswersPlans(t *testing.T) {
	w := &world{in: samplePlanned()}
	old := completed(announce("pold00000009", "Long ago", sampleNow.AddDate(-3, 0, 0), time.Hour, 50*time.Hour, "part-1"), sampleNow.AddDate(-3, 0, 0).Add(time.Hour))
	w.in.Plans = append(w.in.Plans, old)
	p := w.publisher(atSample)
	for path, want := range map[string]string{
		"/maintenance": "Planned work and changes", "/maintenance/pdatabase001": "Database upgrade", "/changes/prelease0006": "Version 5",
		"/maintenance/pold00000009": "Long ago", "/maintenance/pold00000009.ics": "Long ago", "/maintenance.ics": "Database upgrade", "/": "Database upgrade",
	} {
		doc, err := p.Document(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !bytes.Contains(doc.Body, []byte(want)) {
			t.Errorf("%s does not tell of %s", path, want)
		}
	}
	for _, path := range []string{"/maintenance/", "/maintenance/none", "/maintenance/" + string(planDraft), "/changes/" + string(planDraft) + ".ics", "/maintenance/a/b", "/changes"} {
		if _, err := p.Document(t.Context(), path); !errors.Is(err, uptime.ErrNotFound) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, doc := range everyDocument(t, w.in) {
		if bytes.Contains(doc.Body, []byte(draftPlanText)) || bytes.Contains(doc.Body, []byte("user-7")) {
			t.Errorf("%s tells of a draft or of an author", path)
		}
	}
}

// Proofs are asked for what is open or recent, with the cutoff of each.
func TestProofsAreAskedForWhatIsRecent(t *testing.T) {
	old := completed(announce("old", "P", sampleNow.AddDate(0, 0, -100), time.Hour, 50*time.Hour), sampleNow.AddDate(0, 0, -100).Add(time.Hour))
	soon := announce("soon", "P", evening(5), time.Hour, 50*time.Hour)
	got := cutoffsOf([]uptime.Plan{old, soon}, sampleNow)
	if diff := cmp.Diff(map[uptime.PlanID]time.Time{"soon": evening(4)}, got); diff != "" {
		t.Error(diff)
	}
	var source recorder
	if err := (&record{settled: &Settled{}}).readPlans(t.Context(), &source, &uptime.Catalogue{}, sampleNow); err != nil || source.proofs {
		t.Errorf("asked for proofs of nothing (%v)", err)
	}
}

// recorder is a source without plans.
type recorder struct {
	world
	proofs bool
}

func (r *recorder) Proofs(context.Context, map[uptime.PlanID]time.Time) ([]uptime.Proof, error) {
	r.proofs = true
	return nil, nil
}

// What a window may cost: the whole of it, down and not excluded, of the budget of
// the period that it begins in.
func TestCosts(t *testing.T) {
	w := &world{in: samplePlanned()}
	p := w.publisher(atSample)
	costs := func(components []uptime.ComponentID, from time.Time) map[uptime.ServiceID]Cost {
		out := map[uptime.ServiceID]Cost{}
		for _, c := range p.Costs(components, calendar.Span{From: from, To: from.Add(10 * time.Minute)}) {
			out[c.Service] = c
		}
		return out
	}
	november := big.NewRat(5*(30*86400-3600), 10000) // half a thousandth of the month without what was excluded
	now := costs([]uptime.ComponentID{"part-1"}, sampleNow.Add(time.Hour))
	if len(now) != 2 { // platform and payroll; the mean is no promise
		t.Fatalf("%v", now)
	}
	c := now["payroll"]
	after := new(big.Rat).Sub(november, big.NewRat(240+600, 1))
	for name, pair := range map[string][2]*big.Rat{
		"budget": {c.Budget, november}, "used": {c.Used, big.NewRat(240, 1)}, "window": {c.Window, big.NewRat(600, 1)},
		"after": {c.After, after}, "share": {c.Share, new(big.Rat).Quo(after, november)},
	} {
		if pair[0].Cmp(pair[1]) != 0 {
			t.Errorf("%s: %s, want %s", name, pair[0], pair[1])
		}
	}
	december := costs([]uptime.ComponentID{"part-1"}, evening(20))["payroll"]
	if december.Used.Sign() != 0 || december.Budget.Cmp(big.NewRat(5*31*86400, 10000)) != 0 || c.Name != "Payroll" {
		t.Errorf("of a month to come: %+v", december)
	}
	if either := costs([]uptime.ComponentID{"part-0"}, evening(1))["either"]; either.Window.Sign() != 0 {
		t.Errorf("work on one of two that stand in for each other costs %s s", either.Window)
	}
	if either := costs([]uptime.ComponentID{"part-0", "part-2"}, evening(1))["either"]; either.Window.Cmp(big.NewRat(600, 1)) != 0 {
		t.Errorf("work on both costs %s s", either.Window)
	}
}
