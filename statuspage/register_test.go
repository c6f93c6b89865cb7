package statuspage

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// held makes a world with one component that is promised to be there.
func heldTo(since time.Time, terms uptime.AvailabilityTerms) *sample {
	s := newSample()
	id := s.add("Platform", "", uptime.Critical, since)
	s.in.Catalogue.Services = []uptime.Service{{ID: "platform", Name: "Platform", Components: []uptime.ComponentID{id}}}
	terms.Service = "platform"
	s.in.Catalogue.Policies = []uptime.Policy{{
		ID: "own", EffectiveFrom: sampleNow.AddDate(-2, 0, 0),
		Commitments: []uptime.Commitment{{ID: "A1", Policy: "own", Says: "It is there.", Kind: uptime.OfAvailability, Strength: uptime.Firm, Availability: &terms}},
	}}
	return s
}

func only(t *testing.T, in Inputs) uptime.Standing {
	t.Helper()
	register := open(in, sampleNow).register()
	if len(register) != 1 {
		t.Fatalf("%d standings", len(register))
	}
	return register[0]
}

func cellOf(st uptime.Standing, month string) uptime.Cell {
	for _, c := range st.Cells {
		if c.Month == month {
			return c
		}
	}
	return uptime.Cell{}
}

func TestEveryPromiseInForceHasAStandingInItsPlace(t *testing.T) {
	in := samplePromised()
	in.Catalogue.Policies = append(in.Catalogue.Policies, uptime.Policy{
		ID: "next-year", EffectiveFrom: sampleNow.AddDate(1, 0, 0), Commitments: []uptime.Commitment{{ID: "N1", Policy: "next-year"}},
	})
	var want, got []uptime.CommitmentID
	for _, c := range samplePolicy().Commitments {
		want = append(want, c.ID)
	}
	for _, st := range open(in, sampleNow).register() {
		got = append(got, st.Commitment.ID)
		if st.Verdict == "" {
			t.Errorf("%s has no verdict", st.Commitment.ID)
		}
		if (st.Verdict == uptime.NotMeasured || st.Verdict == uptime.InsufficientData) && st.Why == "" {
			t.Errorf("%s is %s, and nothing says why", st.Commitment.ID, st.Verdict)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The promise's own target, window and zone count, not the service's.
func TestAPromiseIsJudgedByItsOwnTerms(t *testing.T) {
	sydney, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		t.Fatal(err)
	}
	// Half an hour to midnight in Brisbane on 31 October is 1 November in Sydney.
	edge := time.Date(2026, 10, 31, 23, 30, 0, 0, sampleZone())
	for _, c := range []struct {
		name    string
		terms   uptime.AvailabilityTerms
		october uptime.Verdict
		now     uptime.Verdict
		cases   []string
	}{
		{"a month", uptime.AvailabilityTerms{Target: samplePercent("99.95"), Zone: sampleZone()}, uptime.Breached, uptime.OnTrack, []string{"2026-10"}},
		{"a month elsewhere", uptime.AvailabilityTerms{Target: samplePercent("99.95"), Zone: sydney}, uptime.Met, uptime.Breached, []string{"2026-11"}},
		{"a softer target", uptime.AvailabilityTerms{Target: samplePercent("99.9"), Zone: sampleZone()}, uptime.Met, uptime.OnTrack, nil},
		{"thirty days", uptime.AvailabilityTerms{Target: samplePercent("99.95"), Window: uptime.Window{Kind: uptime.Rolling, Days: 30}},
			uptime.Breached, uptime.Breached, []string{"2026-10", "2026-11"}},
		{"a year", uptime.AvailabilityTerms{Target: samplePercent("99.996"), Window: uptime.Window{Kind: uptime.CalendarYear}, Zone: sampleZone()},
			uptime.Breached, uptime.Breached, []string{"2026"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := heldTo(sampleNow.AddDate(0, 0, -350), c.terms)
			s.was("part-0", uptime.Down, edge, 25*time.Minute, uptime.TimedOut)
			st := only(t, s.in)
			if got := cellOf(st, "2026-10").Verdict; got != c.october {
				t.Errorf("October is %s, want %s", got, c.october)
			}
			if st.Verdict != c.now {
				t.Errorf("now it is %s, want %s", st.Verdict, c.now)
			}
			var keys []string
			for _, broken := range st.Cases {
				keys = append(keys, broken.Key)
			}
			if !slices.Equal(keys, c.cases) {
				t.Errorf("cases %q, want %q", keys, c.cases)
			}
			if len(st.Cells) != 12 || st.Cells[11].Month != "2026-11" || st.Cells[0].Month != "2025-12" {
				t.Errorf("%d cells from %s to %s", len(st.Cells), st.Cells[0].Month, st.Cells[11].Month)
			}
		})
	}
}

// A breach begins with the second in which more is counted than allowed.
func TestABreachIsDatedToTheSecond(t *testing.T) {
	s := heldTo(sampleNow.AddDate(0, 0, -100), uptime.AvailabilityTerms{Target: samplePercent("99.95"), Zone: sampleZone()})
	first := time.Date(2026, 11, 3, 4, 0, 0, 0, time.UTC)
	second := time.Date(2026, 11, 12, 9, 0, 0, 0, time.UTC)
	s.was("part-0", uptime.Down, first, 20*time.Minute, uptime.TimedOut)
	s.was("part-0", uptime.Partial, second, time.Hour, uptime.TimedOut) // 3 counted for 10
	st := only(t, s.in)
	// 30 days × 0.05 % are 1296 s; 1200 went first, and 96 go in 320 s of partly down.
	if want := second.Add(320 * time.Second); !st.Since.Equal(want) {
		t.Errorf("since %s, want %s", st.Since, want)
	}
	if st.Verdict != uptime.Breached || len(st.Cases) != 1 || !st.Cases[0].At.Equal(st.Since) {
		t.Errorf("%+v", st)
	}
}

// Agreed work is no doing of the promise; what overruns it is.
func TestExcludedTimeSpendsNoBudget(t *testing.T) {
	from := time.Date(2026, 11, 10, 19, 0, 0, 0, sampleZone())
	work := uptime.Plan{
		ID: "p", Kind: uptime.MaintenanceWork, Components: []uptime.ComponentID{"part-0"}, Phase: uptime.Completed, PublishedAt: from.Add(-50 * time.Hour), Version: 1,
		Revisions: []uptime.Revision{{At: from.Add(-50 * time.Hour), From: from, To: from.Add(time.Hour)}},
	}
	s := heldTo(sampleNow.AddDate(0, 0, -100), uptime.AvailabilityTerms{Target: samplePercent("99.95"), Zone: sampleZone()})
	s.was("part-0", uptime.Down, from, 64*time.Minute, uptime.TimedOut)
	if st := only(t, s.in); st.Verdict != uptime.Breached {
		t.Errorf("without the plan it is %s", st.Verdict)
	}
	s.in.Plans = []uptime.Plan{work}
	b := open(s.in, sampleNow)
	st := b.register()[0]
	service, _ := b.held(*st.Commitment.Availability)
	now := b.current(service)
	var counted time.Duration
	for _, piece := range b.spending(service, now.elapsed) {
		counted += piece.Duration()
	}
	if st.Verdict == uptime.Breached || counted != 4*time.Minute {
		t.Errorf("%s, and %s are counted", st.Verdict, counted)
	}
}

func TestWhatCannotBeHeldSaysWhy(t *testing.T) {
	mean := heldTo(sampleNow.AddDate(0, 0, -10), uptime.AvailabilityTerms{Target: samplePercent("99")})
	mean.in.Catalogue.Services[0].Composition = uptime.WeightedMean
	absent := heldTo(sampleNow.AddDate(0, 0, -10), uptime.AvailabilityTerms{Target: samplePercent("99")})
	absent.in.Catalogue.Services = nil
	for name, in := range map[string]Inputs{"mean": mean.in, "no service “platform” is configured": absent.in} {
		st := only(t, in)
		if st.Verdict != uptime.NotMeasured || !strings.Contains(st.Why, name) {
			t.Errorf("%s: %s, %q", name, st.Verdict, st.Why)
		}
		if len(open(in, sampleNow).allBurns()) > 0 {
			t.Errorf("%s: its budget burns", name)
		}
	}
	unseen := heldTo(time.Time{}, uptime.AvailabilityTerms{Target: samplePercent("99")})
	if st := only(t, unseen.in); st.Verdict != uptime.InsufficientData || st.Value != "" || st.Why == "" {
		t.Errorf("unseen: %s, %q, %q", st.Verdict, st.Value, st.Why)
	}
}

// A month before the promise was made is not judged by it; a new version of the
// document is no new beginning.
func TestMonthsBeforeThePromiseAreNotJudged(t *testing.T) {
	s := heldTo(sampleNow.AddDate(0, 0, -300), uptime.AvailabilityTerms{Target: samplePercent("99.95"), Zone: sampleZone()})
	s.was("part-0", uptime.Down, sampleNow.AddDate(0, -3, 0), time.Hour, uptime.TimedOut)
	s.in.Catalogue.Policies[0].EffectiveFrom = sampleNow.AddDate(0, -1, 0)
	if st := only(t, s.in); len(st.Cases) > 0 || cellOf(st, "2026-08").Verdict != uptime.NotMeasured || cellOf(st, "2026-08").Value != notInForce {
		t.Errorf("%+v", cellOf(st, "2026-08"))
	}
	s.in.Kept.Versions = []uptime.PolicyVersion{{Policy: "own", Number: "0", EffectiveFrom: sampleNow.AddDate(-2, 0, 0)}}
	if st := only(t, s.in); cellOf(st, "2026-08").Verdict != uptime.Breached {
		t.Errorf("%+v", cellOf(st, "2026-08"))
	}
}

// What is remembered is what would be counted again, whatever has changed.
func TestRememberedFiguresAreTheCountedOnes(t *testing.T) {
	memo := newFiguresMemo()
	states := []uptime.State{uptime.Down, uptime.Partial, uptime.Degraded, uptime.Unknown}
	rapid.Check(t, func(t *rapid.T) {
		s := heldTo(sampleNow.AddDate(0, 0, -380), uptime.AvailabilityTerms{Target: samplePercent("99.9"), Zone: sampleZone()})
		at := sampleNow.AddDate(0, 0, -379)
		for i := range rapid.IntRange(0, 6).Draw(t, "stretches") {
			at = at.Add(time.Duration(rapid.Int64Range(1, int64(50*24*time.Hour)).Draw(t, fmt.Sprint("gap", i))))
			length := time.Duration(rapid.Int64Range(1, int64(24*time.Hour)).Draw(t, fmt.Sprint("length", i)))
			if at.Add(length).After(sampleNow.Add(-48 * time.Hour)) {
				break
			}
			s.was("part-0", rapid.SampledFrom(states).Draw(t, fmt.Sprint("state", i)), at, length, "")
			at = at.Add(length)
		}
		s.was("part-0", uptime.Down, sampleNow.Add(-24*time.Hour), 2*time.Hour, uptime.TimedOut) // a budget is spent
		if rapid.Bool().Draw(t, "work") {
			from := sampleNow.Add(-time.Duration(rapid.Int64Range(int64(time.Hour), int64(300*24*time.Hour)).Draw(t, "from")))
			s.in.Plans = []uptime.Plan{{ID: "p", Kind: uptime.MaintenanceWork, Components: []uptime.ComponentID{"part-0"}, PublishedAt: from.Add(-time.Hour), Version: 1,
				Revisions: []uptime.Revision{{At: from.Add(-time.Hour), From: from, To: from.Add(time.Hour)}}}}
		}
		fresh := open(s.in, sampleNow).register()
		s.in.figures = memo
		for range 2 {
			if diff := cmp.Diff(fresh, open(s.in, sampleNow).register(), sameNumbers); diff != "" {
				t.Fatal(diff)
			}
		}
	})
	if len(memo.figures.young) == 0 || len(memo.spent.young) == 0 {
		t.Error("nothing was remembered")
	}
}

var sameNumbers = cmp.Options{cmp.Comparer(func(a, b *big.Rat) bool { return a == b || a != nil && b != nil && a.Cmp(b) == 0 }),
	cmp.Comparer(func(a, b *time.Location) bool { return a == b }), cmpopts.EquateEmpty()}

func TestTheMemoForgetsWhatIsNotAskedFor(t *testing.T) {
	m := newMemory[int]()
	counted := 0
	ask := func(n int) {
		m.recall([32]byte{byte(n), byte(n >> 8)}, func() int { counted++; return n })
	}
	ask(0)
	for n := 1; n <= 2*mostFigures; n++ {
		ask(n)
		ask(0)
	}
	if counted != 2*mostFigures+1 {
		t.Errorf("counted %d times", counted)
	}
	if len(m.young)+len(m.old) > 2*mostFigures {
		t.Errorf("%d are kept", len(m.young)+len(m.old))
	}
	ask(1)
	if counted != 2*mostFigures+2 {
		t.Error("what was not asked for is kept")
	}
}

func TestBurnRulesOfPromisesAndOfTargetsThatNoneNames(t *testing.T) {
	burns := open(samplePromised(), sampleNow).allBurns()
	var subjects []string
	for _, b := range burns {
		if len(subjects) == 0 || subjects[len(subjects)-1] != b.Subject {
			subjects = append(subjects, b.Subject)
		}
	}
	if want := []string{"E6", "E6b", "search"}; !slices.Equal(subjects, want) || len(burns) != 12 {
		t.Errorf("%d rules of %q", len(burns), subjects)
	}
	if b := burns[0]; b.State != uptime.BurnFires || b.Severity != "page" || b.Rule != "14.4 over 1h and 5m" || b.Name != "Platform" {
		t.Errorf("%+v", b)
	}
	if b := burns[4]; b.State != uptime.BurnClear {
		t.Errorf("%+v", b)
	}
	if b := burns[8]; b.State != uptime.BurnUnknown || !strings.Contains(b.Summary, "too little was observed") {
		t.Errorf("%+v", b)
	}
}

func TestFindings(t *testing.T) {
	in := samplePromised()
	if found := open(in, sampleNow).findings(); len(found) != 0 {
		t.Fatalf("%+v", found)
	}
	in.Incidents = in.Incidents[1:] // what is down for twelve minutes has no incident
	in.Kept.Entries = append(in.Kept.Entries, uptime.NonCompliance{ID: "x", Commitment: "E6", Case: "2026-08", OpenedAt: sampleNow.AddDate(0, -3, 0)})
	var checks []uptime.FindingCheck
	for _, f := range open(in, sampleNow).findings() {
		checks = append(checks, f.Check)
	}
	if want := []uptime.FindingCheck{uptime.DownWithoutIncident, uptime.VerdictDiffers}; !slices.Equal(checks, want) {
		t.Errorf("%q", checks)
	}
}

func TestTheRulerOfMonthsHasNoHoles(t *testing.T) {
	s := heldTo(sampleNow.AddDate(0, 0, -10), uptime.AvailabilityTerms{Target: samplePercent("99"), Zone: sampleZone()})
	b := open(s.in, sampleNow)
	service, _ := b.held(*s.in.Catalogue.Policies[0].Commitments[0].Availability)
	var before calendar.Span
	for i, p := range b.scorePeriods(service) {
		if i > 0 && !p.span.From.Equal(before.To) {
			t.Errorf("%s begins at %s, and the month before ends at %s", p.month, p.span.From, before.To)
		}
		before = p.span
	}
}
