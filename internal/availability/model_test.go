package availability

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// The model counts second by second what the package counts span by span.

var base = time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)

func at(second int) time.Time { return base.Add(time.Duration(second) * time.Second) }

func span(from, to int) calendar.Span { return calendar.Span{From: at(from), To: at(to)} }

func stretch(from, to int, s uptime.State) Stretch { return Stretch{Span: span(from, to), State: s} }

const modelSeconds = 60

func drawSpan(t *rapid.T) calendar.Span {
	return span(rapid.IntRange(-5, modelSeconds+5).Draw(t, "from"), rapid.IntRange(-5, modelSeconds+5).Draw(t, "to"))
}

var observed = []uptime.State{uptime.Unknown, uptime.Up, uptime.Degraded, uptime.Partial, uptime.Down}

func drawStretches(t *rapid.T) []Stretch {
	var list []Stretch
	for range rapid.IntRange(0, 8).Draw(t, "stretches") {
		s := Stretch{Span: drawSpan(t), State: rapid.SampledFrom(observed).Draw(t, "state")}
		if rapid.IntRange(0, 3).Draw(t, "weighs") == 0 {
			s.Weight = big.NewRat(rapid.Int64Range(1, 9).Draw(t, "weight"), 10)
		}
		list = append(list, s)
	}
	return list
}

func drawPolicy(t *rapid.T) Policy {
	return Policy{
		Weights: Weights{Partial: big.NewRat(rapid.Int64Range(0, 10).Draw(t, "partial"), 10)},
		Unknown: rapid.SampledFrom([]Missing{Exclude, CountDown, CountUp}).Draw(t, "unknown"),
	}
}

// TestCountAgreesWithTheModel lays and counts anything.
func TestCountAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		under := rapid.SampledFrom(observed).Draw(t, "base")
		list, p := drawStretches(t), drawPolicy(t)
		out := calendar.Union(drawSpan(t), drawSpan(t))
		line := Lay(span(0, modelSeconds), under, list)
		got := Count(line, out, p)

		seconds := map[uptime.State]int{}
		seen, excluded, outages, wasDown := zero(), 0, 0, false
		for second := range modelSeconds {
			state, weight := top(list, under, at(second))
			if out.Contains(at(second)) {
				excluded++
				wasDown = false
				continue
			}
			if state == uptime.Down && !wasDown {
				outages++
			}
			wasDown = state == uptime.Down
			seconds[state]++
			if state != uptime.Unknown {
				seen.Add(seen, p.Weights.weigh(Stretch{State: state, Weight: weight}))
			}
			if line.At(at(second)) != state {
				t.Fatalf("at %d: %s, want %s", second, line.At(at(second)), state)
			}
		}
		unknown := big.NewRat(int64(seconds[uptime.Unknown]), 1)
		counts := big.NewRat(int64(modelSeconds-excluded), 1)
		measured, bad := minus(counts, unknown), seen
		if p.Unknown != Exclude {
			measured = counts
		}
		if p.Unknown == CountDown {
			bad = plus(seen, unknown)
		}
		want := map[string]*big.Rat{
			"window": big.NewRat(modelSeconds, 1), "excluded": big.NewRat(int64(excluded), 1), "unknown": unknown,
			"measured": measured, "bad": bad, "down": big.NewRat(int64(seconds[uptime.Down]), 1),
			"outages": big.NewRat(int64(outages), 1), "availability": rest(bad, measured),
			"coverage": rest(unknown, counts), "lower": rest(plus(seen, unknown), counts), "upper": rest(seen, counts),
		}
		have := map[string]*big.Rat{
			"window": Seconds(got.Window), "excluded": Seconds(got.Excluded), "unknown": Seconds(got.Unknown),
			"measured": Seconds(got.Measured), "bad": got.Bad(), "down": Seconds(got.Down),
			"outages": big.NewRat(int64(got.Outages), 1), "availability": got.Availability(),
			"coverage": got.Coverage(), "lower": got.Lower(), "upper": got.Upper(),
		}
		if diff := cmp.Diff(texts(want), texts(have)); diff != "" {
			t.Fatal(diff)
		}
		if sum := got.Excluded + got.Unknown + got.Up + got.Degraded + got.Partial + got.Down; sum != got.Window {
			t.Fatalf("the parts of the window are %s, the window %s", sum, got.Window)
		}
	})
}

// top is what is said of one thing at one instant.
func top(list []Stretch, under uptime.State, at time.Time) (uptime.State, *big.Rat) {
	for _, state := range []uptime.State{uptime.Down, uptime.Partial, uptime.Degraded, uptime.Up, uptime.Unknown} {
		var weight *big.Rat
		found := false
		for _, s := range list {
			if s.State == state && s.Contains(at) {
				found = true
				if s.Weight != nil && (weight == nil || s.Weight.Cmp(weight) > 0) {
					weight = s.Weight
				}
			}
		}
		if found {
			return state, weight
		}
	}
	return under, nil
}

func texts(m map[string]*big.Rat) map[string]string {
	list := map[string]string{}
	for k, v := range m {
		list[k] = "undefined"
		if v != nil {
			list[k] = v.RatString()
		}
	}
	return list
}

// TestLayIsATimeline: no hole, no overlap, nothing to be joined.
func TestLayIsATimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		window := drawSpan(t)
		line := Lay(window, uptime.Unknown, drawStretches(t))
		if window.Empty() != (len(line) == 0) || !window.Empty() && line.Window() != window {
			t.Fatalf("%v for the window %v", line, window)
		}
		for i, s := range line {
			if s.Empty() || i > 0 && (!line[i-1].To.Equal(s.From) || line[i-1].State == s.State && equal(line[i-1].Weight, s.Weight)) {
				t.Fatalf("not a timeline: %v", line)
			}
		}
	})
}

// TestComposeAgreesWithTheModel composes second by second.
func TestComposeAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		window, p := span(0, modelSeconds), drawPolicy(t)
		var parts []Part
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			covered := window
			if rapid.IntRange(0, 3).Draw(t, "short") == 0 {
				covered = drawSpan(t)
			}
			parts = append(parts, Part{
				Timeline: Lay(covered, uptime.Up, drawStretches(t)),
				Weight:   big.NewRat(rapid.Int64Range(1, 5).Draw(t, "share"), 1),
			})
		}
		for how, model := range map[uptime.Composition]func([]Stretch) (uptime.State, *big.Rat){
			uptime.AllOf: p.modelAllOf, uptime.AnyOf: p.modelAnyOf,
			uptime.WeightedMean: func(row []Stretch) (uptime.State, *big.Rat) { return p.modelMean(row, parts) },
		} {
			line := Compose(how, window, parts, p.Weights)
			if line.Window() != window {
				t.Fatalf("covers %v", line.Window())
			}
			for second := range modelSeconds {
				row := make([]Stretch, len(parts))
				for i, part := range parts {
					row[i] = Stretch{State: uptime.Unknown}
					if j := slices.IndexFunc(part.Timeline, func(s Stretch) bool { return s.Contains(at(second)) }); j >= 0 {
						row[i] = part.Timeline[j]
					}
				}
				j := slices.IndexFunc(line, func(s Stretch) bool { return s.Contains(at(second)) })
				state, badness := model(row)
				if line[j].State != state || state != uptime.Unknown && p.Weights.weigh(line[j]).Cmp(badness) != 0 {
					t.Fatalf("%d at %d: %s %s, want %s %s of %v", how, second, line[j].State, p.Weights.weigh(line[j]), state, badness, row)
				}
			}
		}
	})
}

func (p Policy) modelAllOf(row []Stretch) (uptime.State, *big.Rat) {
	state, badness := uptime.Up, zero()
	for _, s := range row {
		if s.State.Worse(state) {
			state = s.State
		}
		if b := p.Weights.weigh(s); b.Cmp(badness) > 0 {
			badness = b
		}
	}
	return state, badness
}

func (p Policy) modelAnyOf(row []Stretch) (uptime.State, *big.Rat) {
	var free, costly []Stretch
	for _, s := range row {
		switch {
		case s.State == uptime.Unknown:
		case p.Weights.weigh(s).Sign() == 0:
			free = append(free, s)
		default:
			costly = append(costly, s)
		}
	}
	switch {
	case slices.ContainsFunc(free, func(s Stretch) bool { return s.State == uptime.Up }):
		return uptime.Up, zero()
	case len(free) > 0:
		return free[0].State, zero()
	case len(costly) < len(row):
		return uptime.Unknown, nil
	}
	least := slices.MinFunc(costly, func(a, b Stretch) int { return p.Weights.weigh(a).Cmp(p.Weights.weigh(b)) })
	return least.State, p.Weights.weigh(least)
}

func (p Policy) modelMean(row []Stretch, parts []Part) (uptime.State, *big.Rat) {
	var seen []uptime.State
	sum, shares := zero(), zero()
	for i, s := range row {
		if s.State != uptime.Unknown {
			seen = append(seen, s.State)
			shares = plus(shares, parts[i].Weight)
			sum = plus(sum, times(parts[i].Weight, p.Weights.weigh(s)))
		}
	}
	if len(seen) == 0 {
		return uptime.Unknown, nil
	}
	badness := ratio(sum, shares)
	switch all := slices.Compact(slices.Clone(seen)); {
	case len(all) == 1 && all[0] == uptime.Down:
		return uptime.Down, badness
	case badness.Sign() > 0:
		return uptime.Partial, badness
	case slices.ContainsFunc(seen, func(s uptime.State) bool { return s != uptime.Up }):
		return uptime.Degraded, badness
	}
	return uptime.Up, badness
}

// TestFiguresAreOrdered: excluding nothing can only be called raw, and hardening
// partial outages can only cost.
func TestFiguresAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := Lay(span(0, modelSeconds), uptime.Up, drawStretches(t))
		f := FiguresOf(line, nil, Policy{})
		if f.Raw.Availability() == nil {
			return
		}
		if f.Strict.Availability().Cmp(f.Raw.Availability()) > 0 {
			t.Fatalf("strict %s, raw %s", f.Strict.Availability(), f.Raw.Availability())
		}
		for _, m := range []Measure{f.Commitment, f.Raw, f.Strict} {
			if m.Lower().Cmp(m.Availability()) > 0 || m.Upper().Cmp(m.Availability()) < 0 {
				t.Fatalf("%s is not between %s and %s", m.Availability(), m.Lower(), m.Upper())
			}
		}
	})
}

// TestBarsAddUp: the bars of a timeline hold all of it.
func TestBarsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawStretches(t)
		for i := range list { // seconds become hours
			list[i].From = base.Add(list[i].From.Sub(base) * 3600)
			list[i].To = base.Add(list[i].To.Sub(base) * 3600)
		}
		window := calendar.Span{From: base, To: base.Add(modelSeconds * time.Hour)}
		line := Lay(window, uptime.Unknown, list)
		whole := Count(line, nil, Policy{})
		var sum Bar
		days := calendar.Days(window, time.UTC)
		for i, b := range Bars(line, days) {
			one := Count(line.Over(days[i].Clip(window)), nil, Policy{})
			if b.Up != one.Up || b.Degraded != one.Degraded || b.Partial != one.Partial || b.Down != one.Down || b.Unknown != one.Unknown {
				t.Fatalf("%s: %+v, counted %+v", b.Date, b, one)
			}
			sum.Up, sum.Degraded, sum.Partial = sum.Up+b.Up, sum.Degraded+b.Degraded, sum.Partial+b.Partial
			sum.Down, sum.Unknown = sum.Down+b.Down, sum.Unknown+b.Unknown
		}
		if sum.Observed()+sum.Unknown != whole.Window || sum.Down != whole.Down {
			t.Fatalf("bars %+v, whole %+v", sum, whole)
		}
	})
}
