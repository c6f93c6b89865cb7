package rules

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/uptime"
)

// unseen is a sample that is not there.
const unseen = -1

// weather is a random history of a service: mostly well, at times a part or all of
// it bad, at times not seen. Values are hundredths.
func weather(random *rand.Rand, steps int) []int64 {
	var out []int64
	for len(out) < steps {
		value, length := int64(0), 1+random.IntN(120)
		switch random.IntN(6) {
		case 0:
			value, length = unseen, 1+random.IntN(40)
		case 1:
			value, length = unseen, 40+random.IntN(100)
		case 2:
			value, length = 100, 1+random.IntN(4)
		case 3:
			value, length = []int64{1, 3, 30, 100}[random.IntN(4)], 1+random.IntN(40)
		}
		for range length {
			out = append(out, value)
		}
	}
	return out[:steps]
}

// windowAt is what a window that ends with sample i came to. Prometheus 2 counts
// the samples at both of its ends.
func windowAt(samples []int64, i int, length, step time.Duration) availability.BurnWindow {
	w := availability.BurnWindow{Nominal: length, Bad: new(big.Rat)}
	for j := max(0, i-int(length/step)); j <= i; j++ {
		if samples[j] != unseen {
			w.Measured += step
			w.Bad.Add(w.Bad, big.NewRat(samples[j]*int64(step/time.Second), 100))
		}
	}
	return w
}

// TestTheRulesSayWhatThePageSays compares the file's alarms with the page's own
// burn rules (availability.Watch) on random histories. A rule that sees too little
// stays as it was.
func TestTheRulesSayWhatThePageSays(t *testing.T) {
	t.Parallel()
	const step, steps = 5 * time.Minute, 420
	random := rand.New(rand.NewPCG(5, 22))
	targets := []string{"95", "99", "99.9", "99.95", "100"}
	s := scenario{name: "weather", step: step}
	fired, kept := 0, 0
	for _, text := range targets {
		target, err := uptime.ParsePercent(text)
		if err != nil {
			t.Fatal(err)
		}
		samples := weather(random, steps)
		values := ""
		for _, v := range samples {
			if v == unseen {
				values += nothing(1)
			} else {
				values += steady(fmt.Sprintf("%d.%02d", v/100, v%100), 1)
			}
		}
		s.history = append(s.history, history{errorsOf(text), values})
		state := map[string]string{}
		for i := range samples {
			windows := map[time.Duration]availability.BurnWindow{}
			for _, r := range availability.BurnRules() {
				windows[r.Long], windows[r.Short] = windowAt(samples, i, r.Long, step), windowAt(samples, i, r.Short, step)
			}
			alarms := availability.Watch(availability.BurnRules(), windows, target.Rat(), big.NewRat(1, 2))
			for _, r := range availability.BurnRules() {
				expr, was := alarm(text, r), state[alarm(text, r)]
				switch {
				case among(alarms.Insufficient, r):
					kept += len(was)
				case among(alarms.Fired, r):
					state[expr] = "1"
					fired++
				default:
					state[expr] = "0"
				}
				if state[expr] != was || i%50 == 0 {
					s.asks = append(s.asks, ask{time.Duration(i) * step, expr, state[expr]})
					if i > 0 && state[expr] != was {
						s.asks = append(s.asks, ask{time.Duration(i-1) * step, expr, was})
					}
				}
			}
		}
	}
	t.Logf("%d asks; a rule fired at %d samples, and was kept at %d", len(s.asks), fired, kept)
	if fired == 0 || kept == 0 {
		t.Fatal("the weather was too good to tell anything")
	}
	prove(t, burning(held(targets...), step), s)
}

func among(rules []availability.BurnRule, r availability.BurnRule) bool {
	for _, one := range rules {
		if one.Long == r.Long {
			return true
		}
	}
	return false
}
