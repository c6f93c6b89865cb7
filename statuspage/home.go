package statuspage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// recentDays is how many days the home page tells in words.
const recentDays = 7

// home is the whole page of this moment.
func (b *book) home() View {
	v := View{Headline: b.headline()}
	v.Frame = b.frame(trimFullStop(v.Headline.Text))
	v.JSON = Link{"/api/v2/summary.json", "the present state as JSON"} // the figures are beside each working
	for _, inc := range b.in.Incidents {
		if inc.Open() {
			v.Incidents = append(v.Incidents, b.shortIncident(inc))
		}
	}
	slices.SortStableFunc(v.Incidents, func(a, c Incident) int { return -strings.Compare(a.Started.Machine, c.Started.Machine) })
	v.Underway, v.Upcoming = b.plansNow(soonDays)
	if further := len(v.Upcoming) - mostUpcoming; further > 0 {
		v.Upcoming, v.Further = v.Upcoming[:mostUpcoming], fmt.Sprintf("%d more in the next %d days", further, soonDays)
	}
	for _, s := range b.in.Catalogue.Services {
		v.Promises = append(v.Promises, b.promise(s))
	}
	v.Groups = b.groups()
	v.Score, v.Honest = b.scorecard(b.register(), false), b.honest()
	days := calendar.LastDays(recentDays, b.now, b.zone)
	v.Days = b.dayList(b.since(days))
	v.Months = b.monthLinks(6)
	return v
}

// groups are the components under their headings, in the order of the
// configuration; those that stand alone come under a heading of their own.
func (b *book) groups() []Group {
	days := calendar.LastDays(barDays, b.now, b.zone)
	prepared := barDaysOf(days, b.began)
	var groups []Group
	for _, c := range b.in.Catalogue.Components {
		name := isolate(c.Group)
		if name == "" {
			name = "Components"
		}
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Name == name })
		if i < 0 {
			i = len(groups)
			groups = append(groups, Group{Name: name})
		}
		groups[i].Components = append(groups[i].Components, b.row(c, days, prepared))
	}
	return groups
}

// row is one component on the home page.
func (b *book) row(c uptime.Component, days []calendar.Day, prepared []barDay) Component {
	state, _ := b.shown(c)
	l := b.ledger.components[c.ID]
	bars := b.componentBars(c.ID, days)
	a := b.measureComponent(c.ID, calendar.Rolling(barDays, b.now))
	view := Component{
		Mark:    mark(state),
		ID:      string(c.ID),
		Name:    isolate(c.Name),
		Bars:    barLinks(prepared, bars),
		Summary: summary(bars),
		Figures: figuresOf(a, b.interval(c.ID)),
		Stated:  b.stated(c),
	}
	view.Since = "in " + uptime.Count(barDays, "day")
	if first := firstObserved(l); first.After(days[0].From) {
		view.Since = "since " + b.clock.brief(first).Text
	}
	return view
}

func trimFullStop(text string) string {
	if n := len(text); n > 0 && text[n-1] == '.' {
		return text[:n-1]
	}
	return text
}
