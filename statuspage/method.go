package statuspage

import (
	"slices"

	"github.com/upheld/upheld/internal/uptime"
)

// weightTable is what a second in each state counts; printed on the page, as
// every figure rests on it.
func weightTable() map[string]string {
	return map[string]string{
		uptime.Down.String(): "1", uptime.Partial.String(): "0.3", uptime.Degraded.String(): "0", uptime.Up.String(): "0",
	}
}

func (b *book) method() Method {
	m := Method{Frame: b.frame("How we measure")}
	weights := weightTable()
	for _, state := range []uptime.State{uptime.Down, uptime.Partial, uptime.Degraded} {
		m.Weights = append(m.Weights, mark(state).Word+": each second counts "+weights[state.String()])
	}
	m.Watching = b.rules()
	return m
}

// rules are the ways in which components are watched, each with the components
// that it watches, in the order of the configuration.
func (b *book) rules() []string {
	var order []string
	watched := make(map[string][]string)
	for _, c := range b.in.Catalogue.Components {
		for _, monitor := range b.in.Catalogue.Monitors {
			if monitor.Component != c.ID {
				continue
			}
			text := rule(monitor)
			if len(watched[text]) == 0 {
				order = append(order, text)
			}
			if !slices.Contains(watched[text], isolate(c.Name)) {
				watched[text] = append(watched[text], isolate(c.Name))
			}
		}
	}
	for i, text := range order {
		order[i] = list(watched[text], manyNames) + ": " + lowerFirst(text) + "."
	}
	return order
}

// manyNames bounds a list that nobody reads to its end.
const manyNames = 40
