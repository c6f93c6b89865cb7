package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// planAct is something that is done about a plan: under which version, and once.
type planAct struct {
	id      uptime.PlanID
	version int64
	once    *uptime.Once
	sent    url.Values
}

// actOnPlan does something about a plan and goes on at its page. What is wrong
// comes back beside its field.
func (s *site) actOnPlan(c echo.Context, formID, done string, do func(v visit, a planAct) error) error {
	v, id := s.visit(c), uptime.PlanID(c.Param("id"))
	sent, err := v.fields()
	if err != nil {
		return err
	}
	a := planAct{id: id, sent: sent, once: Once{Key: sent.Get(onceField)}.named(v.ctx(), v.now, "console/plan/"+formID+"/"+string(id), sent)}
	a.version, _ = strconv.ParseInt(sent.Get("version"), 10, 64)
	err = do(v, a)
	if wrong := faultsOf(err); len(wrong) > 0 {
		return v.showPlanPage(http.StatusUnprocessableEntity, id, formID, sent, wrong)
	}
	if err != nil {
		return err
	}
	return v.goOn(planAddress(id), done)
}

func (s *site) cancelPlan(c echo.Context) error {
	return s.actOnPlan(c, "cancel", "cancelled", func(v visit, a planAct) error {
		_, err := s.Planner.Cancel(v.ctx(), v.by, a.id, a.sent.Get("reason"), a.version, a.once)
		return err
	})
}

func (s *site) sayOfPlan(c echo.Context) error {
	return s.actOnPlan(c, "say", "said", func(v visit, a planAct) error {
		_, err := s.Planner.Say(v.ctx(), v.by, a.id, uptime.PlanPhase(a.sent.Get("phase")), a.sent.Get("body"), a.sent.Get("silent") != "", a.version, a.once)
		return err
	})
}

func (s *site) finishPlan(c echo.Context) error {
	return s.actOnPlan(c, "finish", "finished", func(v visit, a planAct) error {
		_, err := s.Planner.Finish(v.ctx(), v.by, a.id, a.sent.Get("body"), a.version, a.once)
		return err
	})
}

func (s *site) discardPlan(c echo.Context) error {
	return s.actOnPlan(c, "discard", "discarded", func(v visit, a planAct) error {
		_, err := s.Planner.Discard(v.ctx(), v.by, a.id, a.version)
		return err
	})
}

// receiptsPage lists what became of every notice for every recipient. Addresses
// are for administrators.
func (s *site) receiptsPage(c echo.Context) error {
	v := s.visit(c)
	p, err := s.Plans.Plan(v.ctx(), uptime.PlanID(c.Param("id")))
	if err != nil {
		return err
	}
	all, err := s.Plans.Receipts(v.ctx(), p.ID)
	if err != nil {
		return err
	}
	from, _ := strconv.Atoi(c.QueryParam("after"))
	from = min(max(from, 0), len(all))
	shown := all[from:min(from+listed, len(all))]
	table := console.Table{Name: "Recipients", Heads: []string{"Recipient", "Notice", "State", "Zone"}, Empty: "No subscriber was owed a notice of it."}
	for _, r := range shown {
		who, err := v.recipient(r.Subscriber)
		if err != nil {
			return err
		}
		table.Rows = append(table.Rows, []console.Cell{
			who, {Text: r.Notice, Path: ledgerPath + "/" + r.Notice}, {Mark: stateMark(r.State), Time: v.moment(r.Settled)}, {Text: orNotKnown(r.Zone)},
		})
	}
	view := console.DeskView{
		Frame: v.frame("Who was told of it", plansPath), Lede: fmt.Sprintf("%s: %s.", p.Title, uptime.Count(len(all), "message")),
		Sections: []console.Section{{Table: &table, Links: []console.Link{{Text: "Back to the plan", Path: planAddress(p.ID)}}}},
	}
	query := c.QueryParams()
	if from+listed < len(all) {
		view.Older = v.address(query, strconv.Itoa(from+listed))
	}
	if from > 0 {
		view.Newest = v.address(query, "")
	}
	show(c, http.StatusOK, console.Desk(view))
	return nil
}

func orNotKnown(text string) string {
	if text == "" {
		return "not known"
	}
	return text
}

// recipient is a subscriber as the ledger shows them.
func (v visit) recipient(id uptime.SubscriberID) (console.Cell, error) {
	cell := console.Cell{Text: "subscriber", Note: string(id)}
	if !v.may(uptime.Admin) {
		return cell, nil
	}
	who, err := v.SubscriberList.Get(v.ctx(), id)
	switch {
	case err == nil:
		cell.Note = who.Address
	case describe(err).Status == http.StatusNotFound:
		cell.Note = "has left"
	default:
		return cell, err
	}
	return cell, nil
}
