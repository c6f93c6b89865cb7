package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// noncompliancePage lists the promises that were broken, the open entries first.
func (s *site) noncompliancePage(c echo.Context) error {
	return s.visit(c).noncompliance(http.StatusOK, "", nil, nil)
}

func (v visit) noncompliance(status int, id string, typed url.Values, wrong wrongs) error {
	all, err := v.Register.Entries(v.ctx())
	if err != nil {
		return err
	}
	open := console.Table{Name: "Open", Heads: []string{"Promise", "What happened", "Who answers", "Due", "Do"}, Empty: "Nothing is open."}
	closed := console.Table{Name: "Closed", Heads: []string{"Promise", "What happened", "What was done", "Closed"}, Empty: "Nothing was closed yet."}
	for _, n := range all {
		promise := console.Cell{Text: string(n.Commitment), Path: commitmentAddress(n.Commitment)}
		what := console.Cell{Text: n.Summary, Note: "since " + v.moment(n.OpenedAt).Text}
		if !n.ClosedAt.IsZero() {
			closed.Rows = append(closed.Rows, []console.Cell{promise, what, {Text: n.Outcome}, {Time: v.moment(n.ClosedAt), Note: v.author(n.ClosedBy)}})
			continue
		}
		due := console.Cell{Time: v.moment(n.DueAt)}
		if !n.DueAt.IsZero() && n.DueAt.Before(v.now) {
			due.Mark = console.Mark{Class: "down", Shape: "■", Text: "overdue"}
		}
		do := console.Cell{}
		if v.may(uptime.Admin) {
			f := closeForm(n)
			if n.ID == id {
				f.Fields, f.Problem = fill(f.Fields, typed, wrong), wrong.rest("outcome")
			}
			do.Form = &f
		}
		open.Rows = append(open.Rows, []console.Cell{promise, what, {Text: orNotKnown(n.Owner)}, due, do})
	}
	view := console.DeskView{
		Frame: v.frame("Broken promises", commitmentsPath), Done: v.doneText(),
		Lede:     "Every breach opens one entry, once, with who answers for it and by when. It is closed with what was done.",
		Sections: []console.Section{{Heading: "Open", Table: &open}, {Heading: "Closed", Table: &closed, Links: []console.Link{{Text: "All commitments", Path: commitmentsPath}}}},
	}
	show(v.c, status, console.Desk(view))
	return nil
}

func closeForm(n uptime.NonCompliance) console.Form {
	return console.Form{
		ID: "close-" + n.ID, Action: noncompliancePath + "/" + n.ID + "/close", Heading: "Close it", Folded: true,
		Hidden:  []console.Hidden{onceKey(), {Name: "version", Value: strconv.FormatInt(n.Version, 10)}},
		Fields:  []console.Field{{Name: "outcome", Label: "What was done", Needed: true, Help: "One line, for the record."}},
		Buttons: []console.Button{{Text: "Close it", Plain: true}},
	}
}

func (s *site) closeEntry(c echo.Context) error {
	v, id := s.visit(c), c.Param("id")
	sent, err := v.fields()
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(sent.Get("version"), 10, 64)
	again, err := v.pressed(sent, func() error {
		_, err := s.Register.CloseEntry(v.ctx(), v.by, id, sent.Get("outcome"), version)
		return err
	})
	if wrong := faultsOf(err); len(wrong) > 0 {
		return v.noncompliance(http.StatusUnprocessableEntity, id, sent, wrong)
	}
	switch {
	case err != nil:
		return err
	case again:
		return v.goOn(noncompliancePath, "already")
	}
	return v.goOn(noncompliancePath, "closedentry")
}
