package statuspage

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"testing"
	"time"
)

// A stranger takes the JSON of a service, adds up the stretches of its
// components and arrives at the figures that are published, for every period.
func TestAStrangerCanRecomputeAService(t *testing.T) {
	for name, test := range map[string]struct {
		in               Inputs
		components       int
		verdict, allowed string
	}{
		"measured alone":       {sampleBad(), 2, "breached", "1296"},
		"with what people say": {sampleTold(), 3, "breached", "1296"},
	} {
		t.Run(name, func(t *testing.T) { recomputeService(t, test.in, test.components, test.verdict, test.allowed) })
	}
}

func recomputeService(t *testing.T, in Inputs, components int, verdict, allowed string) {
	doc := open(in, sampleNow).document("/services/platform.json")
	if doc == nil || !doc.Shared {
		t.Fatal("no JSON of the service")
	}
	var read struct {
		Weights map[string]string
		Parts   []struct {
			Segments []struct {
				From, To time.Time
				State    string
			}
		} `json:"components"`
		Periods []struct {
			Name    string
			From    time.Time
			Until   time.Time `json:"counted_until"`
			Seconds struct{ Bad, Measured, Unknown, Down string }
			Commitment,
			Coverage *struct{ Exact, Pct string }
			Allowed string `json:"allowed_s"`
			Verdict string
		}
	}
	if err := json.Unmarshal(doc.Body, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Parts) != components || len(read.Periods) < 6 {
		t.Fatalf("%d components, %d periods", len(read.Parts), len(read.Periods))
	}
	weight := func(state string) *big.Rat {
		w, ok := new(big.Rat).SetString(read.Weights[state])
		if !ok {
			t.Fatalf("weight of %q is %q", state, read.Weights[state])
		}
		return w
	}
	for _, period := range read.Periods {
		// Second by second would take a year; minute and second bounds of the
		// sample allow steps of two seconds.
		bad, measured := new(big.Rat), new(big.Rat)
		instants := []time.Time{period.From, period.Until}
		for _, part := range read.Parts {
			for _, s := range part.Segments {
				instants = append(instants, s.From, s.To)
			}
		}
		for at := period.From; at.Before(period.Until); {
			next := period.Until
			for _, i := range instants {
				if i.After(at) && i.Before(next) {
					next = i
				}
			}
			worst, known := "up", true
			for _, part := range read.Parts {
				state := "unknown"
				for _, s := range part.Segments {
					if !at.Before(s.From) && at.Before(s.To) {
						state = s.State
					}
				}
				if state == "unknown" {
					known = false
				} else if weight(state).Cmp(weight(worst)) > 0 {
					worst = state
				}
			}
			length := big.NewRat(int64(next.Sub(at)), int64(time.Second))
			if known || weight(worst).Sign() > 0 {
				measured.Add(measured, length)
				bad.Add(bad, new(big.Rat).Mul(weight(worst), length))
			}
			at = next
		}
		if got := decimal(bad); got != period.Seconds.Bad {
			t.Errorf("%s: %s s counted, published %s", period.Name, got, period.Seconds.Bad)
		}
		if got := decimal(measured); got != period.Seconds.Measured {
			t.Errorf("%s: %s s measured, published %s", period.Name, got, period.Seconds.Measured)
		}
		if measured.Sign() == 0 {
			if period.Commitment != nil {
				t.Errorf("%s: a figure without a measurement: %v", period.Name, period.Commitment)
			}
			continue
		}
		exact := new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).Quo(bad, measured))
		if exact.RatString() != period.Commitment.Exact {
			t.Errorf("%s: %s, published %s", period.Name, exact.RatString(), period.Commitment.Exact)
		}
		if got := percent(exact, 4); got != period.Commitment.Pct {
			t.Errorf("%s: %s %%, published %s %%", period.Name, got, period.Commitment.Pct)
		}
	}
	if first := read.Periods[0]; first.Verdict != verdict || first.Allowed != allowed {
		t.Errorf("%s: %s of %s s", first.Name, first.Verdict, first.Allowed)
	}
}

// The page and the JSON say the same.
func TestPageAndJSONAgree(t *testing.T) {
	b := open(sampleBad(), sampleNow)
	for _, s := range b.in.Catalogue.Services {
		p, n := b.promise(s), b.serviceNumbers(s)
		published := n.Periods[0].Commitment
		if p.Figures.Observed != (published != nil) {
			t.Errorf("%s: observed %t, JSON %v", s.Name, p.Figures.Observed, published)
		}
		if published != nil && published.Shown != p.Figures.Commitment {
			t.Errorf("%s: %s on the page, %s in the JSON", s.Name, p.Figures.Commitment, published.Shown)
		}
	}
}

// A month has one name in the JSON, of whatever it is.
func TestAMonthHasOneName(t *testing.T) {
	b := open(sampleBad(), sampleNow)
	names := func(n numbers) (out []string) {
		for _, p := range n.Periods[len(n.Periods)-7:] {
			out = append(out, p.Name)
		}
		return out
	}
	got, want := names(b.componentNumbers(b.in.Catalogue.Components[0])), names(b.serviceNumbers(b.in.Catalogue.Services[0]))
	if !slices.Equal(got, want) || got[0] != "November 2026 so far" || got[1] != "October 2026" {
		t.Errorf("of a component %q, of a service %q", got, want)
	}
}

// Only the JSON that holds a page's figures is called the same numbers.
func TestThePromiseOfTheSameNumbersIsKept(t *testing.T) {
	found := 0
	for path, doc := range everyDocument(t, sampleBad()) {
		for _, match := range regexp.MustCompile(`<a href="([^"]*)">the same numbers as JSON`).FindAllStringSubmatch(string(doc.Body), -1) {
			if match[1] != path+".json" {
				t.Errorf("%s leads to %s", path, match[1])
			}
			found++
		}
	}
	if found != 10 {
		t.Errorf("%d links to the same numbers, want those of 7 components and 3 services", found)
	}
}

// What was never observed has no figure and no verdict to boast of.
func TestNothingObservedIsNoFigure(t *testing.T) {
	b := open(sampleBad(), sampleNow)
	s, _ := b.service("search")
	p := b.promise(s)
	if p.Figures.Observed || p.Verdict.Word != "too little observed" {
		t.Errorf("%+v %+v", p.Figures, p.Verdict)
	}
	n := b.serviceNumbers(s)
	if first := n.Periods[0]; first.Commitment != nil || first.Verdict != "insufficient_data" {
		t.Errorf("%+v", first)
	}
}
