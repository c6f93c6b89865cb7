package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// planSheet is one request of a form about planned work: for a new plan, a draft
// (everything can be altered) or what is announced (its times alone).
type planSheet struct {
	visit
	plan uptime.Plan // zero: a new one
	sent url.Values
}

func (p planSheet) fresh() bool     { return p.plan.ID == "" }
func (p planSheet) announced() bool { return !p.fresh() && !p.plan.Draft() }

func (p planSheet) action() string {
	if p.fresh() {
		return plansPath + "/new"
	}
	return planAddress(p.plan.ID) + "/revise"
}

// newPlanPage is the form, filled in from the address's query.
func (s *site) newPlanPage(c echo.Context) error {
	v := s.visit(c)
	sent := url.Values{"kind": {string(uptime.MaintenanceWork)}, "length": {"1 hour"}, "zone": {v.zone.String()}, onceField: {onceKey().Value}}
	query := c.QueryParams()
	for _, name := range []string{"kind", "title", "body", "from", "length", "zone", "ids", "emergency"} {
		if query.Get(name) != "" {
			sent.Set(name, query.Get(name))
		}
	}
	for _, name := range []string{"part", "region"} {
		sent[name] = query[name]
	}
	p := planSheet{visit: v, sent: sent}
	if sent.Get("from") != "" {
		return p.check(http.StatusOK, "")
	}
	return p.form(http.StatusOK, nil, nil, "")
}

// newPlan takes the form in: checks it, keeps it as a draft, or announces it.
func (s *site) newPlan(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields("part", "region")
	if err != nil {
		return err
	}
	return planSheet{visit: v, sent: sent}.take()
}

// revisePlanPage is the form for a plan that there is.
func (s *site) revisePlanPage(c echo.Context) error {
	p, err := s.planSheet(c)
	if err != nil {
		return err
	}
	p.sent = p.sentOf(p.plan)
	p.sent.Set(onceField, onceKey().Value)
	p.sent.Set("version", strconv.FormatInt(p.plan.Version, 10))
	if p.plan.Draft() {
		return p.check(http.StatusOK, "")
	}
	return p.form(http.StatusOK, nil, nil, "")
}

func (s *site) planSheet(c echo.Context) (planSheet, error) {
	p := planSheet{visit: s.visit(c)}
	var err error
	if p.plan, err = s.Plans.Plan(p.ctx(), uptime.PlanID(c.Param("id"))); err != nil {
		return p, err
	}
	if !p.plan.Draft() && !p.may(uptime.Publisher) {
		return p, roleError{p.by.Role, uptime.Publisher}
	}
	return p, nil
}

func (s *site) revisePlan(c echo.Context) error {
	p, err := s.planSheet(c)
	if err != nil {
		return err
	}
	if p.sent, err = p.fields("part", "region"); err != nil {
		return err
	}
	if p.announced() { // what else there is of it stays
		p.sent.Set("kind", string(p.plan.Kind))
	}
	return p.take()
}

// take does what a button of the form asks for.
func (p planSheet) take() error {
	if start := p.sent.Get("take"); start != "" {
		p.sent = p.taken(p.sent, start)
		p.sent.Del("take")
		return p.check(http.StatusOK, "")
	}
	w, wrong := p.readPlan(p.sent)
	if len(wrong) > 0 {
		return p.form(http.StatusUnprocessableEntity, nil, wrong, "")
	}
	switch p.sent.Get("do") {
	case "draft":
		return p.keep(w)
	case "announce":
		if p.sent.Get(checkedField) != digestOf(p.sent) {
			return p.check(http.StatusOK, "This is what would be announced now. Look at it, then announce it.")
		}
		return p.announce(w)
	}
	return p.check(http.StatusOK, "")
}

// keep writes a draft.
func (p planSheet) keep(w wanted) error {
	w.work.Override = ""
	if p.announced() {
		return refusal{http.StatusConflict, "It is announced, and no draft any more."}
	}
	if p.fresh() {
		once := Once{Key: p.sent.Get(onceField)}.named(p.ctx(), p.now, "console/plan", p.sent)
		made, err := p.Planner.Announce(p.ctx(), p.by, w.work, once)
		return p.done(made, err, "draft")
	}
	made, err := p.Planner.Redraft(p.ctx(), p.by, p.plan.ID, w.work, p.version())
	return p.done(made, err, "draft")
}

func (p planSheet) version() int64 {
	version, _ := strconv.ParseInt(p.sent.Get("version"), 10, 64)
	return version
}

// announce announces what was checked.
func (p planSheet) announce(w wanted) error {
	once := Once{Key: p.sent.Get(onceField)}.named(p.ctx(), p.now, "console/plan"+string(p.plan.ID), p.sent)
	w.work.Publish = true
	switch {
	case p.fresh():
		made, err := p.Planner.Announce(p.ctx(), p.by, w.work, once)
		return p.done(made, err, "announced")
	case p.announced():
		made, err := p.Planner.Revise(p.ctx(), p.by, p.plan.ID, w.move(), p.version(), once)
		return p.done(made, err, "revised")
	}
	if !p.may(uptime.Publisher) {
		return roleError{p.by.Role, uptime.Publisher}
	}
	w.work.Publish = false
	draft, err := p.Planner.Redraft(p.ctx(), p.by, p.plan.ID, w.work, p.version())
	if err == nil {
		p.sent.Set("version", strconv.FormatInt(draft.Version, 10))
		draft, err = p.Planner.Publish(p.ctx(), p.by, p.plan.ID, w.work.Override, draft.Version, once)
	}
	return p.done(draft, err, "announced")
}

// done goes on at the plan's page, or shows the form again with what is wrong.
func (p planSheet) done(made uptime.Plan, err error, word string) error {
	breaks, wrong := incidents.BreaksPromise{}, planWrongs(faultsOf(err))
	switch {
	case err == nil:
		return p.goOn(planAddress(made.ID), word)
	case errors.As(err, &breaks):
		return p.check(http.StatusUnprocessableEntity, "It was not announced: it breaks a promise. Take another start, or say why it is announced all the same.")
	case len(wrong) > 0:
		return p.form(http.StatusUnprocessableEntity, nil, wrong, "")
	case errors.Is(err, uptime.ErrKeyReused):
		freshly(p.sent)
		return p.check(http.StatusConflict, "This form was sent already, with something else in it. Look at the list of plans before you send this one as well.")
	case errors.Is(err, uptime.ErrConflict) && !p.fresh():
		now, failed := p.Plans.Plan(p.ctx(), p.plan.ID)
		if failed != nil {
			return failed
		}
		p.sent.Set("version", strconv.FormatInt(now.Version, 10))
		freshly(p.sent)
		return p.check(http.StatusConflict, "Somebody else changed this plan at the same time. What you entered is kept; look at what is new before you send it.")
	}
	return err
}

// check shows what would come of what was entered.
func (p planSheet) check(status int, problem string) error {
	refused := http.StatusUnprocessableEntity
	if p.c.Request().Method != http.MethodPost { // nothing was sent yet
		refused = http.StatusOK
	}
	w, wrong := p.readPlan(p.sent)
	if len(wrong) > 0 {
		return p.form(refused, nil, wrong, problem)
	}
	var (
		answer incidents.Answer
		err    error
	)
	if p.announced() {
		answer, err = p.Planner.AskMove(p.ctx(), p.by, p.plan.ID, w.move())
	} else {
		answer, err = p.Planner.Ask(p.ctx(), p.by, w.work)
	}
	if wrong := planWrongs(faultsOf(err)); len(wrong) > 0 {
		return p.form(refused, nil, wrong, problem)
	}
	if err != nil {
		return err
	}
	view, err := p.answered(answer, w, p.announced())
	if err != nil {
		return err
	}
	return p.form(status, view, nil, problem)
}

// form is the page.
func (p planSheet) form(status int, answer *console.AnswerView, wrong wrongs, problem string) error {
	kind := uptime.PlanKind(p.sent.Get("kind"))
	view := console.PlanFormView{
		Frame: p.frame("Plan maintenance", plansPath), Action: p.action(), Answer: answer, Problem: problem,
		Back: console.Link{Text: "Back without saving", Path: plansPath},
	}
	if kind != uptime.MaintenanceWork {
		view.Title = "Announce a change"
		view.Lede = kindWord(kind) + ". It takes effect at its time, and is held to the notice that is promised for it."
	}
	switch {
	case p.fresh():
		view.Tabs = kindTabs(kind)
	case p.announced():
		view.Title, view.Lede = "Move or extend", p.plan.Title+" is announced for "+p.moment(p.plan.Now().From).Text+". What is announced now is a notice of its own."
		view.Back = console.Link{Text: "Back to the plan", Path: planAddress(p.plan.ID)}
	default:
		view.Title = "Draft: " + p.plan.Title
		view.Back = console.Link{Text: "Back to the plan", Path: planAddress(p.plan.ID)}
	}
	p.planFields(&view, p.sent, wrong, p.announced())
	if len(wrong) > 0 && problem == "" {
		view.Problem = "Something has to be changed first. " + wrong.rest("title", "body", "from", "length", "zone", "parts", "ids", "regions", "reason", "override", "emergency")
	}
	view.Hidden = []console.Hidden{{Name: onceField, Value: p.sent.Get(onceField)}, {Name: "kind", Value: string(kind)}, {Name: "version", Value: p.sent.Get("version")}}
	if answer != nil {
		view.Hidden = append(view.Hidden, console.Hidden{Name: checkedField, Value: digestOf(p.sent)})
	}
	view.Buttons = p.buttons(answer)
	show(p.c, status, console.PlanForm(view))
	return nil
}

func kindTabs(here uptime.PlanKind) (tabs []console.Link) {
	for _, kind := range []uptime.PlanKind{uptime.MaintenanceWork, uptime.Release, uptime.PriceChange, uptime.Behaviour} {
		tabs = append(tabs, console.Link{Text: kindWord(kind), Path: plansPath + "/new?kind=" + string(kind), Here: kind == here})
	}
	return tabs
}

// buttons are what can be done with the form: nothing is announced that was not
// checked.
func (p planSheet) buttons(answer *console.AnswerView) []console.Button {
	draft := console.Button{Name: "do", Value: "draft", Text: "Save as draft", Plain: true}
	if answer == nil {
		out := []console.Button{{Name: "do", Value: "check", Text: "Check"}}
		if !p.announced() {
			out = append(out, draft)
		}
		return out
	}
	var out []console.Button
	if p.may(uptime.Publisher) {
		announce := console.Button{Name: "do", Value: "announce", Text: "Announce"}
		if p.announced() {
			announce.Text = "Announce the new time"
		}
		if !answer.Lawful {
			announce.Text, announce.Plain = "Announce all the same", true
		}
		out = append(out, announce)
	}
	if !p.announced() {
		out = append(out, draft)
	}
	return append(out, console.Button{Name: "do", Value: "check", Text: "Check again", Plain: true})
}
