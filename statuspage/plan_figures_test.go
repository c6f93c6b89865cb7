package statuspage

import (
	"encoding/json"
	"math/big"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// vector is one of the golden family maintenance.
type vector struct {
	ID    string
	Input struct {
		Policy struct {
			MinNotice struct {
				Value    int
				Unit, Tz string
			} `json:"min_notice"`
			Blackouts []struct {
				Tz, Start, End string
				Days           []int
				Exempt         []string `json:"holidays_exempt"`
			}
		}
		Maintenances []struct {
			Emergency bool
			Events    []struct {
				Type           string
				At, Start, End time.Time
			}
		}
		Down []struct{ From, To time.Time }
	}
	Expect struct {
		Excluded []struct{ From, To time.Time }
		Counted  int64 `json:"counted_down_s"`
		Inside   int64 `json:"excluded_down_s"`
	}
}

func vectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("../internal/golden/testdata/maintenance.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) < 15 {
		t.Fatalf("%d vectors", len(file.Vectors))
	}
	return file.Vectors
}

// plans are the vector's, of one component.
func (v vector) plans(t *testing.T, id uptime.ComponentID) []uptime.Plan {
	t.Helper()
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	face := func(text string) time.Duration {
		d, err := time.ParseDuration(text[:2] + "h" + text[3:] + "m")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	n := v.Input.Policy.MinNotice
	rules := uptime.PlanRules{Notices: []uptime.NoticeRule{{Amount: n.Value, Unit: uptime.NoticeUnit(n.Unit), Zone: zone(n.Tz)}}}
	for _, b := range v.Input.Policy.Blackouts {
		rule := uptime.BlackoutRule{Zone: zone(b.Tz), Exempt: b.Exempt, From: face(b.Start), To: face(b.End)}
		for _, day := range b.Days {
			rule.Days = append(rule.Days, time.Weekday(day%7))
		}
		rules.Blackouts = append(rules.Blackouts, rule)
	}
	var out []uptime.Plan
	for i, m := range v.Input.Maintenances {
		p := uptime.Plan{
			ID: uptime.PlanID(v.ID + string(rune('a'+i))), Kind: uptime.MaintenanceWork, Title: v.ID, Components: []uptime.ComponentID{id},
			Emergency: m.Emergency, Rules: rules, Phase: uptime.Completed, Version: 1,
		}
		for _, e := range m.Events {
			r := uptime.Revision{At: e.At, From: e.Start, To: e.End}
			if e.Type == "cancel" {
				r = p.Now()
				r.At, r.Cancelled = e.At, true
			}
			p.Revisions = append(p.Revisions, r)
		}
		p.PublishedAt, p.StartedAt, p.FinishedAt = p.Revisions[0].At, p.Now().From, p.Now().To
		out = append(out, p)
	}
	return out
}

// The vectors of the family hold to the end: what a reader of the page and of its
// numbers finds of one component is what they expect.
func TestTheVectorsHoldOnThePage(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			s := newSample()
			id := s.add("Payroll", "", uptime.Critical, sampleNow.AddDate(0, 0, -300))
			for _, d := range v.Input.Down {
				s.was(id, uptime.Down, d.From, d.To.Sub(d.From), uptime.TimedOut)
			}
			s.in.Plans = v.plans(t, id)
			b := open(s.in, sampleNow)
			a := b.measureComponent(id, calendar.Rolling(365, sampleNow))
			if got := int64(a.Commitment.Down / time.Second); got != v.Expect.Counted {
				t.Errorf("%d s down count, want %d", got, v.Expect.Counted)
			}
			if got := int64((a.Raw.Down - a.Commitment.Down) / time.Second); got != v.Expect.Inside {
				t.Errorf("%d s down are excluded, want %d", got, v.Expect.Inside)
			}
			if a.Raw.Excluded != 0 || a.Strict.Excluded != 0 {
				t.Error("the other figures leave something out")
			}
			var want, got []numbersSpan
			for _, e := range v.Expect.Excluded {
				want = append(want, numbersSpan{e.From, e.To})
			}
			c, _ := b.component(id)
			var pieces []calendar.Span
			for _, e := range b.componentNumbers(c).Parts[0].Excluded {
				pieces = append(pieces, calendar.Span{From: e.From, To: e.To})
			}
			for _, s := range calendar.Union(pieces...) {
				got = append(got, numbersSpan{s.From, s.To})
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			checkPieces(t, b, s.in.Plans, id)
		})
	}
}

// checkPieces: what the working lists as excluded is what is, and all of a window
// is listed once.
func checkPieces(t *testing.T, b *book, plans []uptime.Plan, id uptime.ComponentID) {
	t.Helper()
	for _, p := range plans {
		var all, excluded []calendar.Span
		var total time.Duration
		for _, piece := range b.pieces(p) {
			all, total = append(all, piece.Span), total+piece.Duration()
			if piece.why == "" {
				t.Error("a piece without a reason")
			}
			if piece.excluded {
				excluded = append(excluded, piece.Span)
			}
		}
		if diff := cmp.Diff(calendar.Spans{window(p)}, calendar.Union(all...)); diff != "" || total != window(p).Duration() {
			t.Errorf("the pieces are not the window: %s", diff)
		}
		if diff := cmp.Diff(planned.Excluded(p), calendar.Union(excluded...)); diff != "" {
			t.Error(diff)
		}
	}
	want := calendar.Spans(nil)
	for _, p := range plans {
		want = want.Union(planned.Excluded(p))
	}
	if diff := cmp.Diff(want, b.ledger.excluded[id]); diff != "" {
		t.Error(diff)
	}
}

// The month of the sample: an hour announced in time, fifty minutes down within
// it and four past its end; and twenty minutes that were announced too late.
func TestTheThreeFiguresDifferByWhatWasAgreed(t *testing.T) {
	b := open(samplePlanned(), sampleNow)
	s, _ := b.service("payroll")
	now := b.current(s)
	a := b.measureService(s, now.elapsed)
	if a.Commitment.Excluded != time.Hour || a.Commitment.Down != 4*time.Minute || a.Raw.Down != 54*time.Minute || a.Raw.Excluded != 0 {
		t.Errorf("commitment %+v, raw %+v", a.Commitment, a.Raw)
	}
	if own := b.measureComponent("part-1", now.elapsed); own.Commitment.Measured != a.Commitment.Measured || own.Raw.Measured != a.Raw.Measured {
		t.Error("a service of one component is another than that component")
	}
	// The budget is of the month without the hour.
	j := judge(s, now, a)
	want := new(big.Rat).Mul(big.NewRat(5, 10000), availability.Seconds(now.Duration()-time.Hour))
	if j.budget.Allowed.Cmp(want) != 0 {
		t.Errorf("allowed %s s, want %s", j.budget.Allowed, want)
	}
	// What was announced too late counts whole.
	if signIn := b.measureComponent("part-0", now.elapsed); signIn.Commitment.Excluded != 0 || signIn.Commitment.Down != 4*time.Minute {
		t.Errorf("%+v", signIn.Commitment)
	}
	// Of what goes on only the time until now counts, and none past its end.
	if search := b.measureComponent("part-2", now.elapsed); search.Commitment.Excluded != time.Hour {
		t.Errorf("%s of the work that goes on are excluded", search.Commitment.Excluded)
	}
	b = open(samplePlanned(), sampleNow.Add(-30*time.Minute))
	if search := b.measureComponent("part-2", calendar.Rolling(1, b.now)); search.Commitment.Excluded != 34*time.Minute {
		t.Errorf("%s are excluded after 34 minutes", search.Commitment.Excluded)
	}
}

// Rolling figures, months, burn windows, standings and the numbers use one rule.
func TestEveryFigureLeavesOutTheSame(t *testing.T) {
	b := open(samplePlanned(), sampleNow)
	s, _ := b.service("payroll")
	seven := b.measureService(s, calendar.Rolling(7, b.now)).Commitment
	standing := b.standing(s)
	if got := standing.Availability[1].Value; got.Cmp(seven.Availability()) != 0 {
		t.Errorf("the standing of 7 days is %s, want %s", got, seven.Availability())
	}
	if got := b.burnWindows(s)[72*time.Hour]; got.Measured != 72*time.Hour {
		t.Errorf("%s measured of three days without work", got.Measured)
	}
	early := open(samplePlanned(), evening(-6).Add(50*time.Minute))
	if got := early.burnWindows(s)[time.Hour]; got.Measured != 10*time.Minute || got.Bad.Sign() != 0 {
		t.Errorf("within the work %s are measured and %s s bad", got.Measured, got.Bad)
	}
	w := b.serviceWorking(s)
	if w.Rolling[1].Figures.Raw == w.Rolling[1].Figures.Commitment || w.Months[0].Figures.Raw == w.Months[0].Figures.Commitment {
		t.Error("a row of the working leaves nothing out")
	}
	if !slices.Contains(w.Current.Others, Named{"Excluded", "1 h"}) {
		t.Errorf("%+v", w.Current.Others)
	}
}

// A stranger takes the JSON, with what it says is excluded, and arrives at all
// three figures of every period.
func TestAStrangerCanRecomputeWhatIsExcluded(t *testing.T) {
	in := samplePlanned()
	s := sample{in}
	// While payroll is worked on, sign-in fails for three minutes and is slow for two.
	s.was("part-0", uptime.Down, evening(-6).Add(20*time.Minute), 3*time.Minute, uptime.TimedOut)
	s.was("part-0", uptime.Degraded, evening(-6).Add(30*time.Minute), 2*time.Minute, uptime.TooSlow)
	b := open(s.in, sampleNow)
	for _, service := range b.in.Catalogue.Services {
		recomputeExcluded(t, b.document("/services/"+string(service.ID)+".json"), service.Composition)
	}
	for _, c := range b.in.Catalogue.Components {
		recomputeExcluded(t, b.document("/components/"+string(c.ID)+".json"), uptime.AllOf)
	}
	platform, _ := b.service("platform")
	if m := b.measureService(platform, b.current(platform).elapsed).Commitment; m.Excluded != 57*time.Minute || m.Down != 11*time.Minute {
		t.Errorf("%s excluded and %s down, want 57 and 3+4+4 minutes", m.Excluded, m.Down)
	}
}

type readNumbers struct {
	Name    string
	Weights map[string]string
	Parts   []struct {
		Segments []struct {
			From, To time.Time
			State    string
		}
		Excluded []struct {
			From, To     time.Time
			Plan, Reason string
		}
	} `json:"components"`
	Excluded []struct{ From, To time.Time }
	Periods  []struct {
		Name                    string
		From                    time.Time
		Until                   time.Time `json:"counted_until"`
		Seconds                 struct{ Bad, Measured, Excluded string }
		Commitment, Raw, Strict *struct{ Exact string }
	}
}

func recomputeExcluded(t *testing.T, doc *Document, how uptime.Composition) {
	t.Helper()
	var read readNumbers
	if err := json.Unmarshal(doc.Body, &read); err != nil {
		t.Fatal(err)
	}
	for _, period := range read.Periods {
		bounds := []time.Time{period.From, period.Until}
		for _, part := range read.Parts {
			for _, s := range part.Segments {
				bounds = append(bounds, s.From, s.To)
			}
			for _, e := range part.Excluded {
				if e.Plan == "" || e.Reason == "" {
					t.Errorf("%s: excluded without a plan or a reason: %+v", read.Name, e)
				}
				bounds = append(bounds, e.From, e.To)
			}
		}
		bounds = slices.DeleteFunc(bounds, func(at time.Time) bool { return at.Before(period.From) || at.After(period.Until) })
		slices.SortFunc(bounds, time.Time.Compare)
		for _, f := range []struct {
			name      string
			published *struct{ Exact string }
			leave     bool
			partial   string
		}{{"commitment", period.Commitment, true, "0.3"}, {"raw", period.Raw, false, "0.3"}, {"strict", period.Strict, false, "1"}} {
			bad, measured, excluded := new(big.Rat), new(big.Rat), new(big.Rat)
			for i, at := range bounds[1:] {
				seconds := big.NewRat(int64(at.Sub(bounds[i])), int64(time.Second))
				weight, known, out := read.judge(bounds[i], how, f.leave, f.partial)
				switch {
				case out:
					excluded.Add(excluded, seconds)
				case known:
					measured.Add(measured, seconds)
					bad.Add(bad, seconds.Mul(seconds, weight))
				}
			}
			if f.leave && (decimal(excluded) != period.Seconds.Excluded || decimal(measured) != period.Seconds.Measured || decimal(bad) != period.Seconds.Bad) {
				t.Errorf("%s, %s: %s excluded, %s measured, %s bad; published %+v", read.Name, period.Name, decimal(excluded), decimal(measured), decimal(bad), period.Seconds)
			}
			if measured.Sign() == 0 {
				continue
			}
			exact := new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).Quo(bad, measured))
			if f.published == nil || exact.RatString() != f.published.Exact {
				t.Errorf("%s, %s, %s: %s, published %v", read.Name, period.Name, f.name, exact.RatString(), f.published)
			}
		}
	}
}

// judge is what the method of the JSON makes of an instant.
func (n readNumbers) judge(at time.Time, how uptime.Composition, leave bool, partial string) (weight *big.Rat, known, out bool) {
	var all, left []string
	for _, part := range n.Parts {
		state := "unknown"
		for _, s := range part.Segments {
			if !at.Before(s.From) && at.Before(s.To) {
				state = s.State
			}
		}
		all = append(all, state)
		if !slices.ContainsFunc(part.Excluded, func(e struct {
			From, To     time.Time
			Plan, Reason string
		}) bool {
			return !at.Before(e.From) && at.Before(e.To)
		}) {
			left = append(left, state)
		}
	}
	orders := map[uptime.Composition][]string{
		uptime.AllOf: {"down", "partial", "degraded", "unknown", "up"}, uptime.AnyOf: {"up", "degraded", "unknown", "partial", "down"},
	}
	compose := func(states []string) string {
		for _, state := range orders[how] {
			if slices.Contains(states, state) {
				return state
			}
		}
		return "unknown"
	}
	weigh := func(state string) *big.Rat {
		text := n.Weights[state]
		if state == "partial" {
			text = partial
		}
		w, _ := new(big.Rat).SetString(text)
		return w
	}
	touched := leave && len(left) < len(all)
	switch {
	case touched && len(left) == 0:
		return nil, false, true
	case how == uptime.WeightedMean:
		if !touched {
			left = all
		}
		sum, seen := new(big.Rat), int64(0)
		for _, state := range left {
			if state != "unknown" {
				sum, seen = sum.Add(sum, weigh(state)), seen+1
			}
		}
		if seen == 0 {
			return nil, false, false
		}
		return sum.Quo(sum, big.NewRat(seen, 1)), true, false
	case touched && how == uptime.AllOf:
		state := compose(left)
		return weigh(state), true, state != "down" && state != "partial"
	}
	state := compose(all)
	return weigh(state), state != "unknown", false
}
