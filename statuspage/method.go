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
	for _, c := range b.in.Catalogue.Components {
		for _, monitor := range b.in.Catalogue.Monitors {
			if monitor.Component == c.ID {
				m.Watching = append(m.Watching, c.Name+": "+lowerFirst(rule(monitor))+".")
			}
		}
	}
	m.Watching = slices.Compact(m.Watching)
	return m
}
