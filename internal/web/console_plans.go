package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

const plansPath = "/console/plans"

func planAddress(id uptime.PlanID) string { return plansPath + "/" + string(id) }

// planRoutes are the console's pages of planned work.
func planRoutes() []route {
	read, write := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	return []route{
		{plansPath, read, viewer, (*site).plansPage},
		{plansPath + "/new", read, responder, (*site).newPlanPage},
		{plansPath + "/new", write, responder, (*site).newPlan},
		{plansPath + "/:id", read, viewer, (*site).planPage},
		{plansPath + "/:id/receipts", read, viewer, (*site).receiptsPage},
		{plansPath + "/:id/revise", read, responder, (*site).revisePlanPage},
		{plansPath + "/:id/revise", write, responder, (*site).revisePlan},
		{plansPath + "/:id/cancel", write, publisher, (*site).cancelPlan},
		{plansPath + "/:id/say", write, publisher, (*site).sayOfPlan},
		{plansPath + "/:id/finish", write, publisher, (*site).finishPlan},
		{plansPath + "/:id/discard", write, responder, (*site).discardPlan},
		{seriesPath, read, viewer, (*site).seriesPage},
		{seriesPath + "/new", read, publisher, (*site).newSeriesPage},
		{seriesPath + "/new", write, publisher, (*site).newSeries},
		{seriesPath + "/:id/stop", write, publisher, (*site).stopSeries},
	}
}

// plansPage lists planned work: what goes on, what comes, drafts; or all of it,
// the newest first.
func (s *site) plansPage(c echo.Context) error {
	v := s.visit(c)
	view := console.PlansView{Frame: v.frame("Planned work", plansPath), Done: v.doneText()}
	which := c.QueryParam("show")
	for _, tab := range [][2]string{{"To come", ""}, {"Drafts", "draft"}, {"Maintenance", "maintenance"}, {"Changes", "change"}, {"Everything", "all"}} {
		link := console.Link{Text: tab[0], Path: plansPath, Here: tab[1] == which}
		if tab[1] != "" {
			link.Path += "?show=" + tab[1]
		}
		view.Tabs = append(view.Tabs, link)
	}
	view.Tabs = append(view.Tabs, console.Link{Text: "Recurring", Path: seriesPath})
	if v.may(uptime.Responder) {
		view.New = []console.Link{{Text: "Plan maintenance", Path: plansPath + "/new"}, {Text: "Announce a change", Path: plansPath + "/new?kind=release"}}
	}
	var err error
	component := uptime.ComponentID(c.QueryParam("component"))
	if which == "" && component == "" {
		view.Groups, err = v.toCome()
	} else {
		err = v.allPlans(&view, uptime.PlanFilter{
			Draft: which == "draft", Changes: which == "change", All: which != "maintenance" && which != "change", Component: component,
		})
	}
	if err != nil {
		return err
	}
	show(c, http.StatusOK, console.Plans(view))
	return nil
}

// allPlans is a part of the list of those that fit, newest first.
func (v visit) allPlans(view *console.PlansView, filter uptime.PlanFilter) error {
	found, err := v.Plans.FindPlans(v.ctx(), filter, v.after())
	if err != nil {
		return err
	}
	shown, older, newest := part(v, found, func(p uptime.Plan) string { return string(p.ID) })
	view.Older, view.Newest = older, newest
	group := console.PlanGroup{Empty: "There is none."}
	for _, p := range shown {
		group.Plans = append(group.Plans, v.planLine(p))
	}
	view.Groups = []console.PlanGroup{group}
	return nil
}

// toCome are the plans of which something is to come, soonest first, and those
// that were over last.
func (v visit) toCome() ([]console.PlanGroup, error) {
	open, err := v.Plans.OpenPlans(v.ctx())
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(open, func(a, b uptime.Plan) int { return a.Now().From.Compare(b.Now().From) })
	groups := []console.PlanGroup{
		{Heading: "In progress", Empty: "Nothing is being worked on."},
		{Heading: "To come", Empty: "Nothing is announced."},
		{Heading: "Drafts", Empty: "None waits."},
		{Heading: "Over", Empty: "Nothing yet."},
	}
	for _, p := range open {
		n := 1
		switch {
		case p.Draft():
			n = 2
		case p.Phase != uptime.Scheduled:
			n = 0
		}
		groups[n].Plans = append(groups[n].Plans, v.planLine(p))
	}
	latest, err := v.Plans.FindPlans(v.ctx(), uptime.PlanFilter{All: true}, uptime.Cursor{Limit: 50})
	if err != nil {
		return nil, err
	}
	for _, p := range latest {
		if !p.Open() && !p.Draft() && len(groups[3].Plans) < 10 {
			groups[3].Plans = append(groups[3].Plans, v.planLine(p))
		}
	}
	return groups, nil
}

// kindWord is a kind of plan for a reader.
func kindWord(kind uptime.PlanKind) string {
	switch kind {
	case uptime.Release:
		return "Release"
	case uptime.PriceChange:
		return "Change of price"
	case uptime.Behaviour:
		return "Change of behaviour"
	case uptime.MaintenanceWork:
	}
	return "Maintenance"
}

// planLine is a plan in a list.
func (v visit) planLine(p uptime.Plan) console.PlanLine {
	last := p.Now()
	l := console.PlanLine{
		Title: p.Title, Path: planAddress(p.ID), Class: "work " + string(p.Phase), Draft: p.Draft(), When: v.moment(last.From),
	}
	if !p.Change() {
		l.Length = planned.Length(last.To.Sub(last.From))
	}
	tags := []string{kindWord(p.Kind)}
	if !p.Draft() {
		tags = append(tags, word(p.Phase))
	}
	if p.Emergency {
		tags = append(tags, "emergency")
	}
	if len(p.Components) > 0 {
		tags = append(tags, v.namesOf(p.Components))
	}
	l.Tags = strings.Join(tags, " · ")
	l.Due, l.Late = v.planDue(p)
	for _, b := range last.Broken {
		l.Broken = append(l.Broken, "Breaks "+brokenText(b))
	}
	if p.Draft() && p.Open() && v.may(uptime.Responder) {
		l.Act = &console.Link{Text: "Look at it and announce", Path: planAddress(p.ID) + "/revise"}
	}
	return l
}

// planDue says what is to come of a plan next, and whether that is a warning.
func (v visit) planDue(p uptime.Plan) (text string, late bool) {
	last := p.Now()
	if !p.Open() {
		return "", false
	}
	if p.Draft() {
		by := planned.Deadline(v.rulesOf(p), last.From)
		if left := by.Sub(v.now); left >= 0 {
			return fmt.Sprintf("Announce it by %s: %s left", v.moment(by).Text, span(left)), left < 2*time.Hour
		}
		return "It is too late to announce it in time: that was " + v.moment(by).Text, true
	}
	switch {
	case p.Change():
		return "In effect in " + span(last.From.Sub(v.now)), v.now.After(last.From)
	case v.now.Before(last.From):
		return "Begins in " + span(last.From.Sub(v.now)), false
	case v.now.Before(last.To):
		return "Ends in " + span(last.To.Sub(v.now)), false
	}
	return "Past its end by " + span(v.now.Sub(last.To)), true
}

// rulesOf are the notices that a plan is held to: of a draft those in force now.
func (v visit) rulesOf(p uptime.Plan) []uptime.NoticeRule {
	if p.Draft() {
		return v.Desk.Catalogue().PlanRules(p.Kind, p.Components, p.Regions, v.now).Notices
	}
	return p.Rules.Notices
}

// brokenText is a broken promise in words.
func brokenText(b uptime.Broken) string {
	if b.Commitment == "" {
		return "a promise: " + b.Text
	}
	return string(b.Commitment) + ": " + b.Text
}

// namesOf are components by name.
func (v visit) namesOf(ids []uptime.ComponentID) string {
	names := make([]string, 0, len(ids))
	for i, id := range ids {
		if i == 4 && len(ids) > 5 {
			names = append(names, fmt.Sprintf("%d more", len(ids)-i))
			break
		}
		names = append(names, v.nameOf(id))
	}
	return strings.Join(names, ", ")
}
