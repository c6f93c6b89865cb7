package statuspage

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// pair is a service of two components: A is down for ten minutes an hour ago, B
// from the fifth of them to the twentieth, and degraded for five before.
func pair(how uptime.Composition) Inputs {
	s := newSample()
	a := s.add("A", "", uptime.Critical, sampleNow.AddDate(0, 0, -60))
	b := s.add("B", "", uptime.Critical, sampleNow.AddDate(0, 0, -60))
	began := sampleNow.Add(-time.Hour)
	s.was(a, uptime.Down, began, 10*time.Minute, uptime.TimedOut)
	s.was(b, uptime.Degraded, began, 5*time.Minute, uptime.TooSlow)
	s.was(b, uptime.Down, began.Add(5*time.Minute), 15*time.Minute, uptime.TimedOut)
	s.in.Catalogue.Services = []uptime.Service{{
		ID: "pair", Name: "Pair", Composition: how, Components: []uptime.ComponentID{a, b}, Target: 99_000_000,
	}}
	return s.in
}

// A mean is for display: no target, no budget, no verdict, no burn rate.
func TestNoPromiseIsJudgedByAMean(t *testing.T) {
	b := open(pair(uptime.WeightedMean), sampleNow)
	s, _ := b.service("pair")
	if p := b.promise(s); p.Target != "" || p.Budget != "" || p.Verdict != (Verdict{}) || p.LastPeriod != "" {
		t.Errorf("%+v", p)
	}
	w := b.serviceWorking(s)
	if w.Promise != nil || w.Current.Budget != "" || w.Months[0].Verdict != (Verdict{}) || len(w.Burns) > 0 {
		t.Errorf("%+v", w)
	}
	n := b.serviceNumbers(s)
	if n.Target != "" || n.Periods[0].Allowed != "" || n.Periods[0].Verdict != "" {
		t.Errorf("%+v", n.Periods[0])
	}
}

// Whoever follows the method that the JSON of a mean states arrives at its
// figures.
func TestAStrangerCanRecomputeAMean(t *testing.T) {
	in := pair(uptime.WeightedMean)
	s := sample{in}
	s.was("part-1", uptime.Partial, sampleNow.Add(-30*time.Minute), 7*time.Minute, uptime.TimedOut)
	s.was("part-1", uptime.Unknown, sampleNow.Add(-20*time.Minute), 11*time.Minute, uptime.Blind)
	s.was("part-0", uptime.Down, sampleNow.Add(-15*time.Minute), 2*time.Minute, uptime.TimedOut)
	b := open(s.in, sampleNow)
	service, _ := b.service("pair")
	n := b.serviceNumbers(service)
	for _, period := range n.Periods {
		for name, published := range map[string]*numbersFigure{"commitment": period.Commitment, "strict": period.Strict} {
			weights := map[string]*big.Rat{}
			for state, text := range n.Weights {
				weights[state], _ = new(big.Rat).SetString(text)
			}
			if name == "strict" {
				weights["partial"] = big.NewRat(1, 1)
			}
			bad, measured := meanOf(n.Parts, period.From, period.Until, weights)
			want := new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).Quo(bad, measured))
			if published.Exact != want.RatString() {
				t.Errorf("%s %s: %s, published %s", period.Name, name, want.RatString(), published.Exact)
			}
			if name == "commitment" && (period.Seconds.Bad != decimal(bad) || period.Seconds.Measured != decimal(measured)) {
				t.Errorf("%s: %s of %s s, published %+v", period.Name, decimal(bad), decimal(measured), period.Seconds)
			}
		}
	}
}

// meanOf are the bad and the measured seconds of a mean over lines.
func meanOf(lines []numbersLine, from, until time.Time, weights map[string]*big.Rat) (bad, measured *big.Rat) {
	bounds := []time.Time{from, until}
	for _, line := range lines {
		for _, s := range line.Segments {
			bounds = append(bounds, s.From, s.To)
		}
	}
	slices.SortFunc(bounds, time.Time.Compare)
	bad, measured = new(big.Rat), new(big.Rat)
	for i, at := range bounds[1:] {
		begin := bounds[i]
		if begin.Before(from) || at.After(until) {
			continue
		}
		sum, known := new(big.Rat), int64(0)
		for _, line := range lines {
			for _, s := range line.Segments {
				if !begin.Before(s.From) && begin.Before(s.To) && s.State != "unknown" {
					sum.Add(sum, weights[s.State])
					known++
				}
			}
		}
		if known > 0 {
			seconds := big.NewRat(int64(at.Sub(begin)), int64(time.Second))
			measured.Add(measured, seconds)
			bad.Add(bad, sum.Mul(sum, seconds).Quo(sum, big.NewRat(known, 1)))
		}
	}
	return bad, measured
}

// A month has a verdict only where the promise is about months.
func TestOnlyThePeriodsOfThePromiseAreJudged(t *testing.T) {
	for name, test := range map[string]struct {
		window uptime.Window
		want   bool
	}{
		"calendar month": {uptime.Window{Kind: uptime.CalendarMonth}, true},
		"calendar year":  {uptime.Window{Kind: uptime.CalendarYear}, false},
		"30 days":        {uptime.Window{Kind: uptime.Rolling, Days: 30}, false},
	} {
		t.Run(name, func(t *testing.T) {
			in := pair(uptime.AllOf)
			in.Catalogue.Services[0].Window = test.window
			b := open(in, sampleNow)
			s, _ := b.service("pair")
			w, n := b.serviceWorking(s), b.serviceNumbers(s)
			if w.Promise == nil || w.Current.Verdict.Word == "" || n.Periods[0].Verdict == "" {
				t.Error("the promise itself is not judged")
			}
			page := string(b.document("/services/pair").Body)
			last := n.Periods[len(n.Periods)-1]
			if w.Months[0].Verdict.Word != "" != test.want || last.Verdict != "" != test.want || strings.Contains(page, ">Allowed<") != test.want {
				t.Errorf("months: %+v, JSON %q", w.Months[0].Verdict, last.Verdict)
			}
			if n.Periods[1].Verdict != "" {
				t.Errorf("%s is judged", n.Periods[1].Name)
			}
		})
	}
}

// Whoever was down within a stretch is named, not only who began it.
func TestAStretchNamesEveryCulprit(t *testing.T) {
	for name, test := range map[string]struct {
		how  uptime.Composition
		want []string // newest first
	}{
		"all of":        {uptime.AllOf, []string{"A down and B down"}},
		"any of":        {uptime.AnyOf, []string{"A down and B down", "A down and B degraded"}},
		"weighted mean": {uptime.WeightedMean, []string{"B down", "A down and B down", "A down and B degraded"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(pair(test.how), sampleNow)
			s, _ := b.service("pair")
			var got []string
			for _, span := range b.serviceWorking(s).Spans {
				if span.Word != "Not observed" {
					got = append(got, span.Cause)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
