package golden

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
)

// outcome reads the result of one check; null is one that never came.
func outcome(value any) (uptime.Outcome, error) {
	switch value {
	case nil:
		return uptime.Unseen, nil
	case "ok":
		return uptime.Pass, nil
	case "slow":
		return uptime.Slow, nil
	case "fail":
		return uptime.Fail, nil
	default:
		return uptime.Unseen, fmt.Errorf("unknown result %v", value)
	}
}

// checks feeds a machine with one look after the other. The end acts as a next
// look.
func checks(input json.RawMessage) (result, error) {
	var in struct {
		Interval  number `json:"interval_s"`
		Grace     number `json:"grace_s"`
		End       number `json:"end_s"`
		Failures  int    `json:"confirm_failures"`
		Successes int    `json:"confirm_successes"`
		Checks    [][]json.RawMessage
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	times, err := spans(in.Interval, in.Grace, in.End)
	if err != nil {
		return nil, err
	}
	looks, err := observations(in.Checks)
	if err != nil {
		return nil, err
	}
	machine := verdict.New(uptime.Monitor{
		Interval: times[0], Grace: times[1],
		Confirm: uptime.Confirmation{Failures: in.Failures, Successes: in.Successes},
	})
	end := epoch.Add(times[2])
	recorded, blips := map[time.Time]uptime.Segment{}, 0
	take := func(s verdict.Step) {
		for _, segment := range s.Segments {
			recorded[segment.From] = segment
		}
		if s.Blip {
			blips++
		}
	}
	fails := false // the newest look that told something
	for _, o := range looks {
		take(machine.Step(o))
		if o.Outcome != uptime.Unseen {
			fails = o.Outcome == uptime.Fail
		}
	}
	last := machine.Gap(end)
	take(last)
	if last.Undecided && fails {
		// Nothing comes after the end that could still confirm the run: within the
		// record it is a shorter run of fails like any other. A machine that lives
		// on would wait.
		blips++
	}

	window := availability.Stretch{}.Span
	window.From, window.To = epoch, end
	segments, outages := []any{}, 0
	for _, s := range availability.Of(window, slices.Collect(values(recorded)), end) {
		segments = append(segments, []any{since(s.From), since(s.To), s.State.String()})
		if s.State == uptime.Down {
			outages++
		}
	}
	return result{"segments": segments, "blips": blips, "outages": outages}, nil
}

// epoch is what the vectors' offsets count from.
var epoch = time.Unix(0, 0).UTC()

func since(t time.Time) *big.Rat { return availability.Seconds(t.Sub(epoch)) }

func values(m map[time.Time]uptime.Segment) func(func(uptime.Segment) bool) {
	return func(yield func(uptime.Segment) bool) {
		for _, s := range m {
			if !yield(s) {
				return
			}
		}
	}
}

// observations reads [[0, "ok"], [60, "fail"]].
func observations(pairs [][]json.RawMessage) ([]uptime.Observation, error) {
	var looks []uptime.Observation
	for _, pair := range pairs {
		var second number
		var word any
		if len(pair) != 2 {
			return nil, fmt.Errorf("%s is not a time and a result", pair)
		}
		if err := decode(pair[0], &second); err != nil {
			return nil, err
		}
		if err := decode(pair[1], &word); err != nil {
			return nil, err
		}
		d, err := second.span()
		if err != nil {
			return nil, err
		}
		o, err := outcome(word)
		if err != nil {
			return nil, err
		}
		looks = append(looks, uptime.Observation{At: epoch.Add(d), Outcome: o})
	}
	slices.SortStableFunc(looks, func(a, b uptime.Observation) int { return a.At.Compare(b.At) })
	return looks, nil
}

// quorum: one round of several regions.
func quorum(input json.RawMessage) (result, error) {
	var in struct {
		Results      map[string]any
		MinReporting int `json:"min_reporting"`
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	var reports []uptime.Outcome
	for _, word := range in.Results {
		o, err := outcome(word)
		if err != nil {
			return nil, err
		}
		reports = append(reports, o)
	}
	return result{"state": verdict.Quorum(reports, in.MinReporting).String()}, nil
}
