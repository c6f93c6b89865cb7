package golden

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// counting is what the families availability and composite have in common.
type counting struct {
	Window   interval
	Weights  map[string]number
	Unknown  string
	Excluded []interval
	Target   number `json:"target_pct"`
}

func (c counting) window() calendar.Span { return c.Window.in(calendar.Span{}) }

func (c counting) policy() (availability.Policy, error) {
	p := availability.Policy{Weights: availability.Weights{
		Down: c.Weights["down"].Rat, Partial: c.Weights["partial"].Rat, Degraded: c.Weights["degraded"].Rat,
	}}
	switch c.Unknown {
	case "", "exclude":
	case "down":
		p.Unknown = availability.CountDown
	case "up":
		p.Unknown = availability.CountUp
	default:
		return p, fmt.Errorf("unknown way to treat unknown time %q", c.Unknown)
	}
	return p, nil
}

func (c counting) excluded() calendar.Spans {
	var list []calendar.Span
	for _, e := range c.Excluded {
		list = append(list, e.in(c.window()))
	}
	return calendar.Union(list...)
}

// segment is a span of a state.
type segment struct {
	interval
	State  string
	Weight number
}

// stretches reads segments; the heavier of two of one state counts.
func stretches(segments []segment, window calendar.Span, w availability.Weights) ([]availability.Stretch, error) {
	var list []availability.Stretch
	for _, s := range segments {
		state, err := uptime.ParseState(s.State)
		if err != nil {
			return nil, err
		}
		list = append(list, availability.Stretch{
			Span: s.in(window), State: state, Weight: s.Weight.or(w.Of(state)),
		})
	}
	return list, nil
}

// timeline lays segments over a default state; "up" if none is given.
func timeline(segments []segment, base string, window calendar.Span, w availability.Weights) (availability.Timeline, error) {
	if base == "" {
		base = uptime.Up.String()
	}
	under, err := uptime.ParseState(base)
	if err != nil {
		return nil, err
	}
	list, err := stretches(segments, window, w)
	if err != nil {
		return nil, err
	}
	return availability.Lay(window, under, list), nil
}

func figures(m availability.Measure, target number) result {
	r := result{
		"window_s": availability.Seconds(m.Window), "measured_s": availability.Seconds(m.Measured),
		"excluded_s": availability.Seconds(m.Excluded), "unknown_s": availability.Seconds(m.Unknown),
		"up_s": availability.Seconds(m.Up), "degraded_s": availability.Seconds(m.Degraded),
		"partial_s": availability.Seconds(m.Partial), "down_s": availability.Seconds(m.Down),
		"bad_s": m.Bad(), "outages": m.Outages, "longest_outage_s": availability.Seconds(m.Longest),
		"availability_pct": percent(m.Availability()), "coverage_pct": percent(m.Coverage()),
		"lower_pct": percent(m.Lower()), "upper_pct": percent(m.Upper()), "meets_target": nil,
	}
	if meets, defined := m.Meets(target.share(new(big.Rat))); defined && target.Rat != nil {
		r["meets_target"] = meets
	}
	return r
}

func percent(share *big.Rat) *big.Rat {
	if share == nil {
		return nil
	}
	return new(big.Rat).Mul(share, big.NewRat(100, 1))
}

func availabilityFamily(input json.RawMessage) (result, error) {
	var in struct {
		counting
		Default  string `json:"default_state"`
		Segments []segment
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	policy, err := in.policy()
	if err != nil {
		return nil, err
	}
	line, err := timeline(in.Segments, in.Default, in.window(), policy.Weights)
	if err != nil {
		return nil, err
	}
	return figures(availability.Count(line, in.excluded(), policy), in.Target), nil
}

func composite(input json.RawMessage) (result, error) {
	var in struct {
		counting
		Mode       string
		Default    string `json:"default_state"`
		Components []struct {
			Weight   number
			Default  string `json:"default_state"`
			Segments []segment
		}
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	modes := map[string]uptime.Composition{
		"all_of": uptime.AllOf, "any_of": uptime.AnyOf, "weighted_mean": uptime.WeightedMean,
	}
	mode, known := modes[in.Mode]
	if !known {
		return nil, fmt.Errorf("unknown mode %q", in.Mode)
	}
	policy, err := in.policy()
	if err != nil {
		return nil, err
	}
	var parts []availability.Part
	for _, c := range in.Components {
		if c.Default == "" {
			c.Default = in.Default
		}
		line, err := timeline(c.Segments, c.Default, in.window(), policy.Weights)
		if err != nil {
			return nil, err
		}
		parts = append(parts, availability.Part{Timeline: line, Weight: c.Weight.Rat})
	}
	whole := availability.Compose(mode, in.window(), parts, policy.Weights)
	return figures(availability.Count(whole, in.excluded(), policy), in.Target), nil
}

func requests(input json.RawMessage) (result, error) {
	var in struct {
		Intervals []struct{ Bad, Total number }
		Target    number `json:"target_pct"`
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	var intervals []availability.Requests
	for _, i := range in.Intervals {
		bad, err := i.Bad.count()
		if err != nil {
			return nil, err
		}
		total, err := i.Total.count()
		if err != nil {
			return nil, err
		}
		intervals = append(intervals, availability.Requests{Bad: bad, Total: total})
	}
	share := availability.RequestRatio(intervals)
	r := result{
		"ratio_pct": percent(share), "interval_average_pct": percent(availability.IntervalAverage(intervals)),
		"meets_target": nil,
	}
	if share != nil && in.Target.Rat != nil {
		r["meets_target"] = share.Cmp(in.Target.share(nil)) >= 0
	}
	return r, nil
}

func headline(input json.RawMessage) (result, error) {
	var in struct {
		Components []struct{ Importance, State string }
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	var list []availability.ComponentState
	for _, c := range in.Components {
		state, err := uptime.ParseState(c.State)
		if err != nil {
			return nil, err
		}
		importance := uptime.NonEssential
		if c.Importance != "" {
			if importance, err = uptime.ParseImportance(c.Importance); err != nil {
				return nil, err
			}
		}
		list = append(list, availability.ComponentState{Importance: importance, State: state})
	}
	return result{"headline": string(availability.HeadlineOf(list))}, nil
}
