package statuspage

import (
	"slices"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// untold are the open incidents with an impact of which the components' states
// tell nothing: what people say and no check sees. The gravest comes first, and
// of those the newest.
func (b *book) untold() []uptime.Incident {
	var out []uptime.Incident
	for _, inc := range b.in.Incidents {
		if inc.Open() && inc.Impact != uptime.ImpactNone && !b.toldOf(inc) {
			out = append(out, inc)
		}
	}
	slices.SortStableFunc(out, func(x, y uptime.Incident) int {
		switch a, c := impactState(x.Impact), impactState(y.Impact); {
		case a.Worse(c):
			return -1
		case c.Worse(a):
			return 1
		}
		return y.StartedAt.Compare(x.StartedAt)
	})
	return out
}

// toldOf tells whether the states of components tell of an incident. Of one
// that a monitor opened they always do, by being up again.
func (b *book) toldOf(inc uptime.Incident) bool {
	for _, id := range inc.Components {
		c, known := b.component(id)
		if !known {
			continue
		}
		if state, _ := b.shown(c); inc.Automatic || state.Worse(uptime.Maintenance) {
			return true
		}
	}
	return false
}

// tops tells whether an incident that no component shows is worse than all that
// components show.
func (b *book) tops(inc uptime.Incident) bool {
	return !slices.ContainsFunc(b.in.Catalogue.Components, func(c uptime.Component) bool {
		state, _ := b.shown(c)
		return !impactState(inc.Impact).Worse(state)
	})
}

// impactState is the state whose mark an incident has that no component shows.
func impactState(impact uptime.Impact) uptime.State {
	switch impact {
	case uptime.ImpactCritical:
		return uptime.Down
	case uptime.ImpactMajor:
		return uptime.Partial
	case uptime.ImpactMinor:
		return uptime.Degraded
	case uptime.ImpactNone:
	}
	return uptime.Up
}

// incidentHeadline is the answer while people tell of something that no check
// sees.
func (b *book) incidentHeadline(untold []uptime.Incident, parts []part) Headline {
	inc := untold[0]
	h := Headline{Mark: mark(impactState(inc.Impact)), Text: "Incident: " + trimFullStop(isolate(inc.Title)) + "."}
	if inc.Phase == uptime.Monitoring {
		h.Text = trimFullStop(h.Text) + "; we are watching whether it is over."
	}
	if len(inc.Components) > 0 {
		h.Still = still(parts, uptime.Down)
	}
	first := b.sincePhrase(inc.StartedAt)
	first.After += age(newestLook(parts), b.places, b.now)
	h.Sub = append(h.Sub, first)
	text := also(parts, uptime.Up)
	if more := len(untold) - 1; more > 0 {
		text = strings.TrimSpace(uptime.Count(more, "more incident") + " " + areOpen(more) + " " + text)
	}
	if text != "" {
		h.Sub = append(h.Sub, Phrase{Before: text})
	}
	return h
}

func areOpen(n int) string {
	if n == 1 {
		return "is open."
	}
	return "are open."
}
