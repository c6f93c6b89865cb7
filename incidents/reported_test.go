package incidents

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// alertWorld is one group of alerts, with the incidents that it came to.
type alertWorld struct {
	t       testing.TB
	rule    uptime.AlertRule
	clock   time.Time
	alerts  map[string]uptime.ReceivedAlert
	kept    map[uptime.IncidentID]uptime.Incident
	notices []uptime.Notice
	stated  bool
	covered time.Time // announced work lasts until then
	held    map[string]bool
}

func alertWorldOf(t testing.TB) *alertWorld {
	return &alertWorld{
		t: t, clock: start, alerts: map[string]uptime.ReceivedAlert{}, kept: map[uptime.IncidentID]uptime.Incident{}, held: map[string]bool{},
		rule: uptime.AlertRule{Name: "search-latency", Components: []uptime.ComponentID{"search"}, Tier: 2},
	}
}

// fire has an alert fire from now on; end ends it now.
func (w *alertWorld) fire(name string) {
	w.alerts[name] = uptime.ReceivedAlert{
		Fingerprint: name, Group: "g", Labels: map[string]string{"alertname": name}, Annotations: map[string]string{"summary": name + " is slow."},
		StartsAt: w.clock, ReceivedAt: w.clock,
	}
	w.decide()
}

func (w *alertWorld) end(name string) {
	a := w.alerts[name]
	a.EndsAt, a.ReceivedAt = w.clock, w.clock
	w.alerts[name] = a
	w.decide()
}

func (w *alertWorld) later(d time.Duration) { w.clock = w.clock.Add(d); w.decide() }

// decide decides and writes, as the loop does, and then decides once more: there
// must be nothing left.
func (w *alertWorld) decide() {
	w.t.Helper()
	for round := range 2 {
		changes := DecideReports(Terms{Rules: notice.Rules{Public: true, Channels: []notice.Channel{{Name: "ops"}}}}, w.reports(), w.clock)
		if round == 1 && !changes.Empty() {
			w.t.Fatalf("decided again at once: %+v", changes)
		}
		for _, c := range changes.Incidents {
			if held := w.kept[c.Incident.ID]; held.Version != c.Expect || c.Incident.Version != c.Expect+1 {
				w.t.Fatalf("%s: version %d, expected %d, stands at %d", c.Incident.ID, c.Incident.Version, c.Expect, held.Version)
			}
			w.kept[c.Incident.ID] = c.Incident
		}
		w.notices = append(w.notices, changes.Outbox...)
		for _, n := range changes.Outbox {
			w.held[n.ID] = n.Incident == ""
		}
	}
}

// reports is what is known, of each group.
func (w *alertWorld) reports() Reports {
	r := Reports{
		Rule: w.rule, Groups: map[string][]uptime.ReceivedAlert{}, Lately: slices.Collect(maps.Values(w.kept)), Held: w.held,
		Stated: func(uptime.IncidentID) bool { return w.stated },
		Covered: func(from time.Time) (time.Time, uptime.Plan) {
			if from.Before(w.covered) {
				return w.covered, uptime.Plan{ID: "work", Title: "Database upgrade"}
			}
			return from, uptime.Plan{}
		},
		States: func() map[uptime.ComponentID]uptime.State { return nil },
	}
	for _, a := range w.alerts {
		group := cmp.Or(a.Group, "g")
		r.Groups[group] = append(r.Groups[group], a)
	}
	return r
}

// newest is the incident that began last.
func (w *alertWorld) newest() (newest uptime.Incident) {
	for _, i := range w.kept {
		if newest.ID == "" || i.StartedAt.After(newest.StartedAt) {
			newest = i
		}
	}
	return newest
}

func (w *alertWorld) is(count int, phase uptime.IncidentPhase, open bool) {
	w.t.Helper()
	if i := w.newest(); len(w.kept) != count || i.Phase != phase || i.Open() != open {
		w.t.Errorf("%d incidents, the newest %s, open %t; want %d, %s, %t: %+v", len(w.kept), i.Phase, i.Open(), count, phase, open, i)
	}
}

// person adds a person's word.
func (w *alertWorld) person(phase uptime.IncidentPhase) {
	i := w.newest()
	i.Version++
	i.Phase = phase
	if phase.Ends() {
		i.ResolvedAt = w.clock
	}
	i.Updates = append(slices.Clip(i.Updates), uptime.Update{ID: fmt.Sprintf("%s-%d", i.ID, i.Version), Phase: phase, At: w.clock, WrittenAt: w.clock})
	w.kept[i.ID] = i
	w.decide()
}

func TestAnAlertOpensADraftAndItsEndResolvesIt(t *testing.T) {
	w := alertWorldOf(t)
	w.fire("SearchSlow")
	first := w.newest()
	if !first.Draft() || !first.Automatic || first.Tier != 2 || first.Impact != uptime.ImpactMajor || first.Title != "SearchSlow is slow." ||
		!first.StartedAt.Equal(start) || !first.Touches("search") {
		t.Errorf("opened %+v", first)
	}
	if body := first.Updates[0].Body; body != "An alert fires: SearchSlow since 14:02:10 UTC on 1 March 2026 (SearchSlow is slow)." {
		t.Errorf("it says %q", body)
	}
	if n := w.notices[0]; n.Channels[0].Held != "" || n.Audience == nil || n.Audience.Held != uptime.HeldDraft {
		t.Errorf("operators are told of a draft and the public is not: %+v", n)
	}
	w.later(time.Hour)
	w.end("SearchSlow")
	w.is(1, uptime.Resolved, false)
	if i := w.newest(); !i.Draft() || !i.ResolvedAt.Equal(start.Add(time.Hour)) || len(i.Updates) != 2 {
		t.Errorf("resolved %+v", i)
	}
}

func TestAnAlertThatIsToBePublishedIs(t *testing.T) {
	w := alertWorldOf(t)
	w.rule.Publish = true
	w.fire("A")
	if w.newest().Draft() || w.notices[0].Audience.Held != "" {
		t.Errorf("%+v", w.newest())
	}
}

func TestFurtherAlertsStandInTheIncidentAndTellNobody(t *testing.T) {
	w := alertWorldOf(t)
	w.fire("A")
	for n := range 50 {
		w.clock = w.clock.Add(2 * time.Second)
		w.fire(fmt.Sprint("B", n))
	}
	w.later(time.Hour)
	i := w.newest()
	if len(w.kept) != 1 || len(i.Updates) < 2 || len(i.Updates) > 4 || !strings.HasPrefix(i.Updates[len(i.Updates)-1].Body, "51 alerts fire: ") ||
		!strings.HasSuffix(i.Updates[len(i.Updates)-1].Body, "and 46 more.") {
		t.Errorf("%d incidents, %+v", len(w.kept), i.Updates)
	}
	for n, u := range i.Updates[1:] {
		if !u.Silent || w.notices[n+1].Channels[0].Held != uptime.HeldSilent {
			t.Errorf("somebody was told of %+v", u)
		}
	}
	for n := range 50 {
		w.end(fmt.Sprint("B", n))
	}
	w.is(1, uptime.Investigating, true)
	w.end("A")
	w.is(1, uptime.Resolved, false)
}

func TestAnAlertThatFiresAgainSoonGoesOnWithItsIncident(t *testing.T) {
	for quiet, want := range map[time.Duration]int{time.Minute: 1, QuietTime - time.Second: 1, QuietTime: 2, 24 * time.Hour: 2} {
		w := alertWorldOf(t)
		w.fire("A")
		w.later(time.Minute)
		w.end("A")
		w.later(quiet)
		w.fire("A")
		if len(w.kept) != want || !w.newest().Open() {
			t.Errorf("after %s of quiet: %d incidents, want %d", quiet, len(w.kept), want)
		}
		w.later(time.Minute)
		w.end("A")
		w.is(want, uptime.Resolved, false)
	}
}

func TestAlertsThatComeAndGoAreToldAFewTimes(t *testing.T) {
	w := alertWorldOf(t)
	for range 10 {
		w.fire("A")
		w.later(time.Minute)
		w.end("A")
		w.later(time.Minute)
	}
	w.is(1, uptime.Resolved, false)
	told := 0
	for _, n := range w.notices {
		if n.Channels[0].Held == "" {
			told++
		}
	}
	if told < 2 || told > 2*toldWhileFlapping {
		t.Errorf("operators were told %d times of %d", told, len(w.notices))
	}
}

// What a person has taken over is theirs to end, and what they ended stays so.
func TestAPersonIsNotOverridden(t *testing.T) {
	for name, take := range map[string]func(*alertWorld){
		"moved the phase": func(w *alertWorld) { w.person(uptime.Identified) },
		"said something":  func(w *alertWorld) { w.stated = true; w.person(uptime.Investigating) },
	} {
		t.Run(name, func(t *testing.T) {
			w := alertWorldOf(t)
			w.fire("A")
			w.later(time.Minute)
			take(w)
			phase := w.newest().Phase
			w.later(time.Minute)
			w.end("A")
			w.later(24 * time.Hour)
			w.is(1, phase, true)
			words := len(w.newest().Updates)
			w.fire("A") // it says so once
			w.later(time.Minute)
			w.end("A")
			w.later(time.Hour)
			w.person(phase)
			w.later(time.Hour)
			if i := w.newest(); len(i.Updates) != words+3 || !strings.Contains(i.Updates[words+1].Body, "stays open") {
				t.Errorf("%+v", i.Updates)
			}
			w.person(uptime.Resolved)
			w.later(time.Hour)
			w.fire("A")
			w.is(2, uptime.Investigating, true)
		})
	}
	for _, phase := range []uptime.IncidentPhase{uptime.Resolved, uptime.FalseAlarm} {
		w := alertWorldOf(t)
		w.fire("A")
		w.later(time.Minute)
		w.person(phase)
		w.later(24 * time.Hour) // it fires all the while
		w.is(1, phase, false)
		w.fire("B") // but this is another one
		w.is(2, uptime.Investigating, true)
	}
}

// An incident that people ended and that began again by itself ends by itself.
func TestWhatBeganAgainByItselfEndsByItself(t *testing.T) {
	w := alertWorldOf(t)
	w.fire("A")
	w.later(time.Minute)
	w.person(uptime.Resolved)
	w.later(time.Minute)
	w.fire("A")
	w.is(1, uptime.Investigating, true)
	w.later(time.Minute)
	w.end("A")
	w.is(1, uptime.Resolved, false)
}

func TestAnnouncedWorkHoldsAnIncidentBack(t *testing.T) {
	w := alertWorldOf(t)
	w.covered = start.Add(time.Hour)
	w.fire("A")
	w.later(59 * time.Minute)
	if len(w.kept) != 0 {
		t.Fatalf("it opened during announced work: %+v", w.newest())
	}
	if n := w.notices; len(n) != 1 || n[0].Channels[0].Held != uptime.HeldMaintenance || n[0].Audience != nil ||
		n[0].Summary != "An alert fires during announced work, Database upgrade: A is slow." {
		t.Errorf("the ledger says of it %+v", n)
	}
	w.later(time.Minute)
	if !w.newest().StartedAt.Equal(w.covered) {
		t.Errorf("it is dated %v, want the end of the work", w.newest().StartedAt)
	}
}

// An alert that had only been lost sight of fires on with the start that it had.
func TestAnAlertThatWasLostSightOfIsAnIncidentAgain(t *testing.T) {
	w := alertWorldOf(t)
	w.fire("A")
	again := w.alerts["A"]
	w.later(time.Minute)
	w.end("A")
	w.later(3 * time.Hour)
	again.ReceivedAt = w.clock
	w.alerts["A"] = again
	w.decide()
	w.is(2, uptime.Investigating, true)
	w.alerts["A"] = uptime.ReceivedAlert{Fingerprint: "A", StartsAt: start, EndsAt: w.clock, ReceivedAt: w.clock}
	w.kept = map[uptime.IncidentID]uptime.Incident{} // of ten days ago
	w.later(10 * 24 * time.Hour)
	again.ReceivedAt = w.clock
	w.alerts["A"] = again
	w.decide()
	if id := w.newest().ID; !strings.Contains(string(id), w.clock.Format("20060102")) {
		t.Errorf("%s could be the id of one that is not known any more", id)
	}
}

func TestWhatAnAlertSaysIsPlainText(t *testing.T) {
	for summary, want := range map[string]string{
		"**bold** <script>alert(1)</script>":   "**bold** <script>alert(1)</script>",
		"a\n# b\tc\u202egnp.exe\x1b[31m\x00":   "a # b c gnp.exe [31m",
		" \u200b\n":                            "A",
		"\xff\xfe":                             "A",
		"":                                     "A",
		strings.Repeat("ä", 500):               strings.Repeat("ä", MaxTitle-1) + "…",
		"[x](javascript:alert(1)) {{ .Secret ": "[x](javascript:alert(1)) {{ .Secret",
	} {
		w := alertWorldOf(t)
		a := uptime.ReceivedAlert{
			Fingerprint: "A", Labels: map[string]string{"alertname": "A"}, Annotations: map[string]string{"summary": summary}, StartsAt: start, ReceivedAt: start,
		}
		w.alerts["A"] = a
		w.decide()
		i := w.newest()
		if i.Title != want {
			t.Errorf("title %q, want %q", i.Title, want)
		}
		if body := i.Updates[0].Body; len(body) > 1000 || strings.ContainsFunc(body, breaks) {
			t.Errorf("body %q", body)
		}
	}
	w := alertWorldOf(t)
	w.alerts["x"] = uptime.ReceivedAlert{Fingerprint: "x", ReceivedAt: start} // knows nothing, not even a start
	w.decide()
	if i := w.newest(); i.Title != "search-latency" || !i.StartedAt.Equal(start) {
		t.Errorf("%+v", i)
	}
}

func TestTheIdsOfReportedIncidentsAreTold(t *testing.T) {
	w := alertWorldOf(t)
	w.fire("A")
	rule, prefix, is := ReportedBy(w.newest().ID)
	if !is || rule != "search-latency" || prefix != ReportedAs("search-latency", "g") || prefix == ReportedAs("search-latency", "h") {
		t.Errorf("%q, %q, %t", rule, prefix, is)
	}
	for _, id := range []uptime.IncidentID{"", "alerts-", "20260301-140210-alerts", "20260301-140210-sign-in", "alerts-x"} {
		if _, _, is := ReportedBy(id); is {
			t.Errorf("%q is none", id)
		}
	}
}

func TestAnIncidentOfARuleThatIsGoneIsClosed(t *testing.T) {
	w := alertWorldOf(t)
	w.fire("A")
	r := w.reports()
	changes := Unreported(Terms{}, r, w.clock)
	if len(changes.Incidents) != 1 || changes.Incidents[0].Incident.Open() || !strings.Contains(changes.Incidents[0].Updates[0].Body, "without a confirmed recovery") {
		t.Errorf("%+v", changes)
	}
	w.stated = true
	if changes := Unreported(Terms{}, r, w.clock); !changes.Empty() {
		t.Errorf("a person's was closed: %+v", changes)
	}
}

// However often and whenever it is asked, there is at most one open incident, it
// is open exactly while something fires (unless a person had a hand in it), and
// it never lasts for less than no time.
func TestOneIncidentWhileSomethingFires(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := alertWorldOf(t)
		firing := map[string]bool{}
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			name := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(r, "alert")
			switch rapid.IntRange(0, 3).Draw(r, "what") {
			case 0:
				if !firing[name] {
					w.fire(name)
					firing[name] = true
				}
			case 1:
				if firing[name] {
					w.end(name)
					delete(firing, name)
				}
			default:
				w.later(time.Duration(rapid.IntRange(1, 1800).Draw(r, "seconds")) * time.Second)
			}
			open := 0
			for _, i := range w.kept {
				if i.Open() {
					open++
				} else if i.ResolvedAt.Before(i.StartedAt) {
					r.Fatalf("%+v ended before it began", i)
				}
			}
			if want := min(len(firing), 1); open != want {
				r.Fatalf("%d are open while %v fire", open, firing)
			}
		}
	})
}
