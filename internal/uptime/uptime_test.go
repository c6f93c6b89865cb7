package uptime

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParsePercent(t *testing.T) {
	for text, want := range map[string]Percent{
		"99.95%": 99_950_000, "99.95 %": 99_950_000, "99.95": 99_950_000, "100%": Hundred, "0": 0,
		"99.999999": 99_999_999, "5.5": 5_500_000,
	} {
		if got, err := ParsePercent(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "100.000001", "101", "-1", "+1", "99,95", "99.", ".5", "1e2", "99.9999999", "0x10", "９９"} {
		if got, err := ParsePercent(text); err == nil {
			t.Errorf("%q is taken as %s", text, got)
		}
	}
}

func TestPercentIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Percent(rapid.Int64Range(0, int64(Hundred)).Draw(t, "p"))
		if again, err := ParsePercent(p.String()); err != nil || again != p {
			t.Fatalf("%d is written %s and read %d, %v", p, p, again, err)
		}
		if p.Rat().Cmp(big.NewRat(int64(p), 100_000_000)) != 0 {
			t.Fatalf("%s is the share %s", p, p.Rat())
		}
	})
}

// Every code has a sentence of its own for the public: a code that was added
// without one would be told as "the check failed".
func TestEveryCodeIsExplained(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "observation.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || spec.Type == nil || spec.Type.(*ast.Ident).Name != "Code" {
			return true
		}
		codes++
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if _, known := explanations[Code(code)]; !known {
			t.Errorf("%s has no sentence", code)
		}
		return true
	})
	if codes != len(explanations) {
		t.Errorf("%d codes and %d sentences", codes, len(explanations))
	}
	if got := Explain(HTTPStatus, Facts{HTTPStatus: 503}); !strings.Contains(got, "503 Service Unavailable") {
		t.Errorf("a status is told as %q", got)
	}
	if got := Explain(HTTPStatus, Facts{HTTPStatus: 799}); !strings.Contains(got, "799") {
		t.Errorf("an unknown status is told as %q", got)
	}
}

func TestABeliefExpires(t *testing.T) {
	now := time.Now()
	h := Health{State: Up, Expires: now.Add(time.Minute)}
	for after, want := range map[time.Duration]State{0: Up, time.Minute - 1: Up, time.Minute: Unknown, time.Hour: Unknown} {
		if got := h.At(now.Add(after)); got != want {
			t.Errorf("after %v: %s, want %s", after, got, want)
		}
	}
	if got := (Health{}).At(now); got != Unknown {
		t.Errorf("what was never looked at is %s", got)
	}
}

func TestWorseRanksTheStates(t *testing.T) {
	order := []State{Up, Unknown, Degraded, Partial, Down}
	for i, a := range order {
		for j, b := range order {
			if a.Worse(b) != (i > j) {
				t.Errorf("%s worse than %s: %v", a, b, a.Worse(b))
			}
		}
		if again, err := ParseState(a.String()); err != nil || again != a {
			t.Errorf("%s is read as %s, %v", a, again, err)
		}
	}
}

// A region that left the configuration leaves no way around the hours of the
// others.
func TestWorkForARegionThatIsNotKnownIsHeldToTheHoursOfAll(t *testing.T) {
	c := Catalogue{
		Regions: []Region{{ID: "au"}, {ID: "nz"}},
		Policies: []Policy{{Commitments: []Commitment{{ID: "P9", Hours: &HoursTerms{
			Blackouts: []BlackoutRule{{Region: "au"}, {Region: "nz"}},
		}}}}},
	}
	for name, test := range map[string]struct {
		regions []RegionID
		want    int
	}{
		"none is named": {nil, 2}, "one": {[]RegionID{"nz"}, 1},
		"one that is gone": {[]RegionID{"uk"}, 2}, "one that is gone, and one": {[]RegionID{"uk", "nz"}, 2},
	} {
		if got := c.PlanRules(MaintenanceWork, nil, test.regions, time.Time{}).Blackouts; len(got) != test.want {
			t.Errorf("%s: held to the hours of %+v", name, got)
		}
	}
}

// What a component's customers were promised holds for work on it, whichever
// region it is said to be for.
func TestWorkIsHeldToTheHoursOfAllThatItsComponentsServe(t *testing.T) {
	c := Catalogue{
		Regions:    []Region{{ID: "au"}, {ID: "nz"}},
		Components: []Component{{ID: "one", Regions: []RegionID{"nz"}}, {ID: "both", Regions: []RegionID{"au", "nz"}}, {ID: "all"}},
		Policies: []Policy{{Commitments: []Commitment{{ID: "P9", Hours: &HoursTerms{
			Blackouts: []BlackoutRule{{Commitment: "P9", Region: "au"}, {Commitment: "P9", Region: "nz"}},
		}}}}},
	}
	for _, test := range []struct {
		component ComponentID
		named     []RegionID
		want      int
	}{{"one", nil, 1}, {"one", []RegionID{"nz"}, 1}, {"one", []RegionID{"au"}, 2}, {"both", []RegionID{"nz"}, 2}, {"all", []RegionID{"nz"}, 2}} {
		got := c.PlanRules(MaintenanceWork, []ComponentID{test.component}, test.named, time.Time{}).Blackouts
		if len(got) != test.want {
			t.Errorf("work on %s for %v is held to %d hours", test.component, test.named, len(got))
		}
	}
}

// A document that was taken out of the configuration while something was
// announced, and put back, holds it all the same; a later one does not.
func TestADocumentThatWasTakenOutHoldsWhatWasAnnouncedMeanwhile(t *testing.T) {
	day := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	notice := func(id CommitmentID, hours int) Commitment {
		return Commitment{ID: id, Notice: &NoticeTerms{Of: []PlanKind{MaintenanceWork}, Rule: NoticeRule{Commitment: id, Amount: hours, Unit: Hours}}}
	}
	c := Catalogue{Policies: []Policy{
		{ID: "a", EffectiveFrom: day.AddDate(-1, 0, 0), Commitments: []Commitment{notice("E8", 24)}},
		{ID: "b", EffectiveFrom: day.AddDate(0, 1, 0), Commitments: []Commitment{notice("X1", 72)}},
	}}
	p := Plan{Kind: MaintenanceWork, PublishedAt: day}
	if got := c.HeldTo(p).Notices; len(got) != 1 || got[0].Commitment != "E8" {
		t.Errorf("held to %+v", got)
	}
	p.Rules.Notices = []NoticeRule{{Commitment: "E8", Amount: 12, Unit: Hours}} // as it was then
	if got := c.HeldTo(p).Notices; len(got) != 1 || got[0].Amount != 12 {
		t.Errorf("held to %+v", got)
	}
}
