package statuspage

import (
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
