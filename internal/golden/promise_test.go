package golden

import (
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/availability"
)

// budget has three forms, which may be mixed: spent seconds, a table of targets
// and lengths, and a burn rate.
func budget(input json.RawMessage) (result, error) {
	var in struct {
		Target    number      `json:"target_pct"`
		Window    number      `json:"window_s"`
		Excluded  number      `json:"excluded_s"`
		Bad       number      `json:"bad_s"`
		Burn      number      `json:"burn"`
		Remaining number      `json:"remaining_fraction"`
		Table     [][2]number `json:"table"`
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	times, err := spans(in.Window, in.Excluded)
	if err != nil {
		return nil, err
	}
	r, left := result{}, in.Remaining.Rat
	if in.Target.Rat != nil {
		b := availability.BudgetOf(in.Target.share(nil), times[0], times[1], in.Bad.or(new(big.Rat)))
		r["budget_s"], r["remaining_s"], r["remaining_pct"] = b.Allowed, b.Remaining, percent(b.Left)
		r["exhausted"] = b.Exhausted
		if left == nil {
			left = b.Left
		}
	}
	if in.Burn.Rat != nil && left != nil {
		r["time_to_exhaustion_s"] = availability.Exhaustion(times[0], in.Burn.Rat, left)
	}
	if in.Table != nil {
		allowed := []any{}
		for _, row := range in.Table {
			d, err := row[1].span()
			if err != nil {
				return nil, err
			}
			allowed = append(allowed, availability.Allowed(row[0].share(nil), d))
		}
		r["allowed_s"] = allowed
	}
	return r, nil
}

type burnWindow struct {
	Nominal  number `json:"nominal_s"`
	Measured number `json:"measured_s"`
	Bad      number `json:"bad_s"`
}

func burn(input json.RawMessage) (result, error) {
	var in struct {
		Kind       string
		Target     number `json:"target_pct"`
		ErrorRatio number `json:"error_ratio"`
		Long       number `json:"long_s"`
		Burn       number
		Rules      []struct {
			Severity, Long, Short string
			Burn                  number
		}
		Windows     map[string]burnWindow
		MinCoverage number `json:"min_coverage"`
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	target := in.Target.share(new(big.Rat))
	if in.Kind == "time_to_fire" {
		long, err := in.Long.span()
		if err != nil {
			return nil, err
		}
		return result{"seconds": availability.TimeToFire(target, in.ErrorRatio.or(new(big.Rat)), long, in.Burn.or(new(big.Rat)))}, nil
	}
	windows, rates, err := burnWindows(in.Windows, target)
	if err != nil {
		return nil, err
	}
	var rules []availability.BurnRule
	for _, r := range in.Rules {
		long, err := length(r.Long)
		if err != nil {
			return nil, err
		}
		short, err := length(r.Short)
		if err != nil {
			return nil, err
		}
		rules = append(rules, availability.BurnRule{
			Severity: availability.Severity(r.Severity), Long: long, Short: short, Burn: r.Burn.or(new(big.Rat)),
		})
	}
	alarm := availability.Watch(rules, windows, target, in.MinCoverage.or(new(big.Rat)))
	r := result{"burn": rates, "fired": named(alarm.Fired), "insufficient": named(alarm.Insufficient), "notify": nil}
	if alarm.Notify != "" {
		r["notify"] = string(alarm.Notify)
	}
	return r, nil
}

func burnWindows(given map[string]burnWindow, target *big.Rat) (map[time.Duration]availability.BurnWindow, result, error) {
	windows, rates := map[time.Duration]availability.BurnWindow{}, result{}
	for label, w := range given {
		nominal, err := length(label)
		if err != nil {
			return nil, nil, err
		}
		times, err := spans(w.Nominal, w.Measured)
		if err != nil {
			return nil, nil, err
		}
		window := availability.BurnWindow{Nominal: times[0], Measured: times[1], Bad: w.Bad.or(new(big.Rat))}
		windows[nominal], rates[label] = window, window.Rate(target)
	}
	return windows, rates, nil
}

func named(rules []availability.BurnRule) severities {
	list := severities{}
	for _, r := range rules {
		list = append(list, string(r.Severity))
	}
	return list
}

func verdictFamily(input json.RawMessage) (result, error) {
	var in struct {
		Closed   bool
		Period   number  `json:"period_s"`
		Elapsed  *number `json:"elapsed_s"`
		Excluded number  `json:"excluded_s"`
		Unknown  number  `json:"unknown_s"`
		Bad      number  `json:"bad_s"`
		Target   number  `json:"target_pct"`
		AtRisk   number  `json:"at_risk_remaining_pct"`
		Coverage number  `json:"min_coverage_pct"`
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	if in.Elapsed == nil {
		in.Elapsed = &in.Period
	}
	times, err := spans(in.Period, *in.Elapsed, in.Excluded, in.Unknown)
	if err != nil {
		return nil, err
	}
	if in.Target.Rat == nil {
		return nil, fmt.Errorf("no target_pct")
	}
	terms := availability.TermsFor(in.Target.share(nil))
	terms.AtRisk, terms.Coverage = in.AtRisk.share(terms.AtRisk), in.Coverage.share(terms.Coverage)
	period := availability.Period{
		Length: times[0], Elapsed: times[1], Excluded: times[2], Unknown: times[3], Bad: in.Bad.or(new(big.Rat)),
	}
	if in.Closed {
		return result{"verdict": string(period.Closed(terms))}, nil
	}
	return result{"verdict": string(period.Open(terms))}, nil
}
