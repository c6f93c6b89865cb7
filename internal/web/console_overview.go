package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// overviewPage is what somebody on call looks at first.
func (s *site) overviewPage(c echo.Context) error {
	v := s.visit(c)
	open, err := s.Records.OpenIncidents(v.ctx())
	if err != nil {
		return err
	}
	view := console.OverviewView{
		Frame: v.frame("Overview", consolePath), Asof: v.moment(v.now), Done: v.doneText(), CanOpen: v.may(uptime.Responder),
	}
	said := map[uptime.ComponentID]uptime.State{}
	for _, i := range open {
		if i.Draft() {
			view.Drafts = append(view.Drafts, v.line(i))
			continue
		}
		view.Open = append(view.Open, v.line(i))
		stated, err := s.Records.StatementsOf(v.ctx(), i.ID)
		if err != nil {
			return err
		}
		for id, state := range saidNow(stated) {
			if state.Worse(said[id]) || said[id] == uptime.Unknown {
				said[id] = state
			}
		}
	}
	v.health(&view, said)
	for _, class := range s.Desk.Blind() {
		view.Blind = append(view.Blind, fmt.Sprintf(
			"Our own connection to the %s network is lost. What is behind it is not known, and is not counted as up.", class))
	}
	if err := v.promises(&view); err != nil {
		return err
	}
	if err := v.onTheWay(&view); err != nil {
		return err
	}
	show(c, http.StatusOK, console.Overview(view))
	return nil
}

// saidNow is what people say of components at this moment.
func saidNow(all []uptime.Statement) map[uptime.ComponentID]uptime.State {
	out := map[uptime.ComponentID]uptime.State{}
	for _, s := range all {
		if s.To.IsZero() {
			out[s.Component] = s.State
		}
	}
	return out
}

// health lists what is not well, the worst first, and says it all in one line.
func (v visit) health(view *console.OverviewView, said map[uptime.ComponentID]uptime.State) {
	measured, worst := v.Desk.States(), map[uptime.State]int{}
	type ill struct {
		worse uptime.State
		line  console.ComponentLine
	}
	var all []ill
	for _, c := range v.Desk.Catalogue().Components {
		view.Component++
		state := measured[c.ID]
		worse := state
		if about, spoken := said[c.ID]; spoken && about.Worse(worse) {
			worse = about
		}
		worst[worse]++
		if worse == uptime.Up {
			continue
		}
		line := console.ComponentLine{Name: c.Name, Measured: markOf(state)}
		if about, spoken := said[c.ID]; spoken {
			line.Said = markOf(about)
		}
		all = append(all, ill{worse, line})
	}
	slices.SortStableFunc(all, func(a, b ill) int {
		switch {
		case a.worse.Worse(b.worse):
			return -1
		case b.worse.Worse(a.worse):
			return 1
		}
		return 0
	})
	for _, one := range all {
		view.Down = append(view.Down, one.line)
	}
	view.State, view.Restful = inOneLine(worst, view.Component), fmt.Sprintf("Nothing: all %d components work.", view.Component)
	if view.Component == 0 {
		view.Restful = "Nothing is watched yet."
	}
}

// inOneLine says how many are how bad.
func inOneLine(worst map[uptime.State]int, all int) console.Mark {
	for _, state := range []uptime.State{uptime.Down, uptime.Partial, uptime.Degraded, uptime.Maintenance, uptime.Unknown} {
		n := worst[state]
		if n == 0 {
			continue
		}
		mark := markOf(state)
		what := map[uptime.State]string{
			uptime.Down: "down", uptime.Partial: "partly down", uptime.Degraded: "degraded",
			uptime.Maintenance: "under maintenance", uptime.Unknown: "not observed",
		}[state]
		mark.Text = fmt.Sprintf("%s %s", uptime.Count(n, "component"), what)
		return mark
	}
	mark := markOf(uptime.Up)
	mark.Text = "Everything works"
	if all == 0 {
		mark = markOf(uptime.Unknown)
		mark.Text = "Nothing is watched yet"
	}
	return mark
}

// byWhat says what opened an automatic incident.
func byWhat(i uptime.Incident) string {
	if i.OfAlerts() {
		return "by an alert"
	}
	return "by a monitor"
}

// line is an incident in a list.
func (v visit) line(i uptime.Incident) console.IncidentLine {
	path := incidentAddress(i.ID)
	tags := []string{fmt.Sprintf("Tier %d", i.Tier), string(i.Impact) + " impact", word(i.Phase)}
	if i.Automatic {
		tags = append(tags, byWhat(i))
	}
	if !i.ClosedAt.IsZero() {
		tags = append(tags, "closed")
	}
	l := console.IncidentLine{
		Title: i.Title, Path: path, Class: string(i.Impact), Tags: strings.Join(tags, " · "), Draft: i.Draft(),
		Started: v.moment(i.StartedAt),
	}
	if next := i.Promised(); !next.IsZero() {
		l.Late = v.now.After(next)
		l.Due = "Next update due in " + span(next.Sub(v.now))
		if l.Late {
			l.Due = "Next update overdue by " + span(v.now.Sub(next))
		}
	}
	switch {
	case !i.Open() || !v.may(uptime.Responder):
	case i.Draft():
		l.Act = &console.Link{Text: "Look at it and publish", Path: path + "/publish"}
	case v.may(uptime.Publisher):
		l.Act = &console.Link{Text: "Write an update", Path: path + "/update"}
	}
	return l
}

// laneText says whom the notices of a lane are for.
func laneText(lane uptime.Lane) string {
	if lane == uptime.LaneBulk {
		return "confirmations and reports"
	}
	return string(lane)
}

// onTheWay tells what waits in each lane, and what is out of use.
func (v visit) onTheWay(view *console.OverviewView) error {
	backlogs, err := v.Records.Backlogs(v.ctx())
	if err != nil {
		return err
	}
	view.Lanes = console.Table{Name: "Notices by lane", Heads: []string{"For", "Waiting", "The oldest since", "Dead"}}
	for _, lane := range []uptime.Lane{uptime.LaneOperators, uptime.LaneSubscribers, uptime.LaneBulk} {
		b := backlogs[lane]
		row := []console.Cell{{Text: laneText(lane)}, {Text: fmt.Sprint(b.Waiting)}, {Time: v.moment(b.Oldest)}, {Text: fmt.Sprint(b.Dead)}}
		if b.Oldest.IsZero() {
			row[2].Text = "–"
		}
		if b.Dead > 0 {
			row[3].Mark = console.Mark{Class: "down", Shape: "■", Text: "given up:"}
		}
		view.Lanes.Rows = append(view.Lanes.Rows, row)
	}
	channels, err := v.Desk.Channels(v.ctx())
	if err != nil {
		return err
	}
	if len(channels) == 0 {
		view.Untold = "No channel is configured, so no operator is told of anything."
	}
	for _, ch := range channels {
		if !ch.State.DisabledAt.IsZero() {
			view.Channels = append(view.Channels, console.Cell{
				Text: "The channel " + ch.Name + " is out of use.", Path: "/console/channels", Note: ch.State.Reason,
			})
		}
	}
	return nil
}

func incidentAddress(id uptime.IncidentID) string { return "/console/incidents/" + string(id) }

// incidentsPage lists incidents, the newest start first.
func (s *site) incidentsPage(c echo.Context) error {
	v := s.visit(c)
	which := c.QueryParam("show")
	found, err := s.Records.Incidents(v.ctx(), uptime.IncidentFilter{Open: which == "open", Draft: which == "draft"}, v.after())
	if err != nil {
		return err
	}
	shown, older, newest := part(v, found, func(i uptime.Incident) string { return string(i.ID) })
	view := console.IncidentsView{
		Frame: v.frame("Incidents", "/console/incidents"), Done: v.doneText(), Older: older, Newest: newest, CanOpen: v.may(uptime.Responder),
	}
	for _, tab := range [][2]string{{"All", ""}, {"Open", "open"}, {"Drafts", "draft"}} {
		link := console.Link{Text: tab[0], Path: "/console/incidents", Here: tab[1] == which}
		if tab[1] != "" {
			link.Path += "?show=" + tab[1]
		}
		view.Tabs = append(view.Tabs, link)
	}
	for _, i := range shown {
		view.Incidents = append(view.Incidents, v.line(i))
	}
	show(c, http.StatusOK, console.Incidents(view))
	return nil
}
