package availability

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

func well(stretches ...Stretch) Timeline { return Lay(span(0, modelSeconds), uptime.Up, stretches) }

func free(spans ...calendar.Span) calendar.Spans { return calendar.Union(spans...) }

// What agreed work on some of a service's parts excludes of the service.
func TestWhatAServiceExcludes(t *testing.T) {
	work := free(span(10, 30))
	whole := Part{Timeline: well()}
	idle := Part{Timeline: well(), Excluded: work}
	worked := Part{Timeline: well(stretch(15, 20, uptime.Down)), Excluded: work}
	overran := Part{Timeline: well(stretch(25, 34, uptime.Down)), Excluded: work}
	down := Part{Timeline: well(stretch(18, 22, uptime.Down))}
	slow := Part{Timeline: well(stretch(18, 22, uptime.Degraded))}
	blind := Part{Timeline: well(stretch(18, 22, uptime.Unknown))}
	half := Part{Timeline: well(stretch(18, 22, uptime.Partial))}
	for name, test := range map[string]struct {
		how   uptime.Composition
		parts []Part
		want  calendar.Spans
		down  int // seconds that count
		bad   string
	}{
		"one part":                                  {uptime.AllOf, []Part{worked}, work, 0, "0"},
		"one part, past the end":                    {uptime.AllOf, []Part{overran}, work, 4, "4"},
		"all of, the others are well":               {uptime.AllOf, []Part{worked, whole}, work, 0, "0"},
		"all of, nobody was down":                   {uptime.AllOf, []Part{idle, whole}, work, 0, "0"},
		"all of, another is down meanwhile":         {uptime.AllOf, []Part{worked, down}, free(span(10, 18), span(22, 30)), 4, "4"},
		"all of, another is partly down":            {uptime.AllOf, []Part{worked, half}, free(span(10, 18), span(22, 30)), 0, "6/5"},
		"all of, another is slow":                   {uptime.AllOf, []Part{worked, slow}, work, 0, "0"},
		"all of, another is not seen":               {uptime.AllOf, []Part{worked, blind}, work, 0, "0"},
		"all of, both are worked on, one longer":    {uptime.AllOf, []Part{worked, {Timeline: well(stretch(28, 33, uptime.Down)), Excluded: free(span(20, 32))}}, free(span(10, 32)), 1, "1"},
		"any of, the standby serves":                {uptime.AnyOf, []Part{worked, whole}, nil, 0, "0"},
		"any of, the standby fails meanwhile":       {uptime.AnyOf, []Part{worked, down}, nil, 2, "2"},
		"any of, the part that is worked on serves": {uptime.AnyOf, []Part{idle, down}, nil, 0, "0"},
		"any of, both are worked on":                {uptime.AnyOf, []Part{worked, {Timeline: well(stretch(12, 28, uptime.Down)), Excluded: free(span(20, 40))}}, free(span(20, 30)), 5, "5"},
		"mean, the others are well":                 {uptime.WeightedMean, []Part{worked, whole}, nil, 0, "0"},
		"mean, another is down meanwhile":           {uptime.WeightedMean, []Part{worked, down, whole}, nil, 0, "2"},
		"mean, all are worked on":                   {uptime.WeightedMean, []Part{worked, overran}, work, 0, "2"},
		"nothing is planned":                        {uptime.AllOf, []Part{down, whole}, nil, 4, "4"},
	} {
		t.Run(name, func(t *testing.T) {
			window := span(0, modelSeconds)
			line, excluded := Agreed(test.how, window, test.parts, Weights{})
			if diff := cmp.Diff(test.want, excluded); diff != "" {
				t.Error(diff)
			}
			if line.Window() != window {
				t.Errorf("covers %v", line.Window())
			}
			m := FiguresOfService(test.how, window, test.parts, Policy{}).Commitment
			if got := int(m.Down.Seconds()); got != test.down || m.Bad().RatString() != test.bad {
				t.Errorf("%d s down and %s s bad count, want %d and %s", got, m.Bad().RatString(), test.down, test.bad)
			}
		})
	}
}

func drawParts(t *rapid.T) []Part {
	parts := make([]Part, rapid.IntRange(1, 4).Draw(t, "parts"))
	for i := range parts {
		parts[i].Timeline = Lay(span(0, modelSeconds), rapid.SampledFrom(observed).Draw(t, "base"), drawStretches(t))
		for range rapid.IntRange(0, 2).Draw(t, "exclusions") {
			parts[i].Excluded = parts[i].Excluded.Union(free(drawSpan(t)))
		}
	}
	return parts
}

// Second by second: what a service excludes, and what it counts.
func TestAgreedAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, window := drawParts(t), span(0, modelSeconds)
		how := rapid.SampledFrom([]uptime.Composition{uptime.AllOf, uptime.AnyOf, uptime.WeightedMean}).Draw(t, "how")
		line, excluded := Agreed(how, window, parts, Weights{})
		raw := Compose(how, window, parts, Weights{})
		for second := range modelSeconds {
			now := span(second, second+1)
			var left []Part
			for _, part := range parts {
				if !part.Excluded.Contains(now.From) {
					left = append(left, part)
				}
			}
			rest := Compose(how, now, left, Weights{})
			bad := Weights{}.weigh(rest[0]).Sign() > 0 || rest[0].State == uptime.Partial
			want := len(left) == 0 || len(left) < len(parts) && how == uptime.AllOf && !bad
			if excluded.Contains(now.From) != want {
				t.Fatalf("at %d excluded is %t, want %t", second, !want, want)
			}
			if want {
				continue
			}
			counts := rest
			if how == uptime.AnyOf {
				counts = raw.over(now)
			}
			if diff := cmp.Diff(counts, line.over(now), cmp.Comparer(equal)); diff != "" {
				t.Fatalf("at %d: %s", second, diff)
			}
		}
	})
}

// Agreed work excludes never more than is excluded of the parts, makes nothing
// bad that was not, and changes only the denominator where nobody was bad.
func TestAgreedWorkOnlyTakesAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, window, p := drawParts(t), span(0, modelSeconds), Policy{}
		how := rapid.SampledFrom([]uptime.Composition{uptime.AllOf, uptime.AnyOf, uptime.WeightedMean}).Draw(t, "how")
		var union calendar.Spans
		for _, part := range parts {
			union = union.Union(part.Excluded.Clip(window))
		}
		_, excluded := Agreed(how, window, parts, p.Weights)
		if beyond := excluded.Subtract(union); len(beyond) > 0 {
			t.Fatalf("%v is excluded of no part", beyond)
		}
		f := FiguresOfService(how, window, parts, p)
		if f.Commitment.Excluded != excluded.Total() || f.Raw.Excluded != 0 || f.Strict.Excluded != 0 {
			t.Fatalf("%s, %s and %s excluded, want %s in the first alone", f.Commitment.Excluded, f.Raw.Excluded, f.Strict.Excluded, excluded.Total())
		}
		if how != uptime.WeightedMean && f.Commitment.Bad().Cmp(f.Raw.Bad()) > 0 {
			t.Fatalf("%s s count, and %s s were bad", f.Commitment.Bad(), f.Raw.Bad())
		}
		quiet := true
		for _, part := range parts {
			for _, s := range part.Timeline {
				for _, out := range union {
					quiet = quiet && (s.Clip(out).Empty() || p.Weights.weigh(s).Sign() == 0)
				}
			}
		}
		if quiet && f.Commitment.Bad().Cmp(f.Raw.Bad()) != 0 {
			t.Fatalf("nobody was bad in what is excluded, and %s s count of %s", f.Commitment.Bad(), f.Raw.Bad())
		}
	})
}

// A service of one part is that part.
func TestAServiceOfOnePartIsThatPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := drawParts(t)[0]
		how := rapid.SampledFrom([]uptime.Composition{uptime.AllOf, uptime.AnyOf}).Draw(t, "how")
		p := drawPolicy(t)
		got := FiguresOfService(how, span(0, modelSeconds), []Part{part}, p)
		want := FiguresOf(part.Timeline, part.Excluded, p)
		for name, pair := range map[string][2]Measure{
			"commitment": {got.Commitment, want.Commitment}, "raw": {got.Raw, want.Raw}, "strict": {got.Strict, want.Strict},
		} {
			a, b := pair[0], pair[1]
			if a.Measured != b.Measured || a.Excluded != b.Excluded || a.Bad().Cmp(b.Bad()) != 0 || a.Outages != b.Outages {
				t.Fatalf("%s: %+v, want %+v", name, a, b)
			}
		}
	})
}
