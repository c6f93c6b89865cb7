package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

const auditPath = "/console/audit"

// auditRead is the number of entries that one page looks through at most. A
// filter that finds little goes on at the next page.
const auditRead = 5000

// auditPage lists what people and tokens did, the newest first.
func (s *site) auditPage(c echo.Context) error { return s.visit(c).audit("", "") }

func (v visit) audit(done, problem string) error {
	who, what := v.c.QueryParam("actor"), v.c.QueryParam("object")
	found, next, err := v.entries(who, what)
	if err != nil {
		return err
	}
	table := console.Table{Name: "Audit log", Heads: []string{"When", "Who", "Did", "To", "Hash"}, Empty: "Nothing is written down that fits."}
	for _, e := range found {
		table.Rows = append(table.Rows, []console.Cell{
			{Time: v.moment(e.At), Note: fmt.Sprintf("no. %d", e.Seq)},
			{Text: actorName(e.Actor), Path: auditPath + "?" + url.Values{"actor": {e.Actor.Name}}.Encode(), Note: strings.TrimSpace(e.Actor.Role.String() + " " + e.Actor.Address)},
			{Text: e.Action, Note: e.Detail},
			{Text: e.Object, Path: auditPath + "?" + url.Values{"object": {e.Object}}.Encode()},
			{Text: short(e.Hash), Code: true},
		})
		if e.Object == "" {
			table.Rows[len(table.Rows)-1][3] = console.Cell{}
		}
	}
	view := console.DeskView{
		Frame: v.frame("Audit log", auditPath), Done: done, Problem: problem,
		Lede: "What people and tokens did, the newest first. Each entry holds the hash of the one before, so that none can be changed or taken out unseen.",
		Sections: []console.Section{
			{Forms: []console.Form{{ID: "check", Action: auditPath + "/check", Buttons: []console.Button{{Text: "Check the chain", Plain: true}}}}},
			{Table: &table},
		},
	}
	if who+what != "" {
		view.Tabs = []console.Link{{Text: "All", Path: auditPath}, {Text: "Only " + who + what, Path: v.address(v.c.QueryParams(), ""), Here: true}}
	}
	if next != "" {
		view.Older = v.address(v.c.QueryParams(), next)
	}
	if v.c.QueryParam("after") != "" {
		view.Newest = v.address(v.c.QueryParams(), "")
	}
	show(v.c, http.StatusOK, console.Desk(view))
	return nil
}

// actorName is an actor by name.
func actorName(a uptime.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return a.Kind
}

func short(hash string) string { return hash[:min(12, len(hash))] }

// entries are those of one page that fit, and where the next page begins.
func (v visit) entries(who, what string) (found []uptime.AuditEntry, next string, err error) {
	after := v.c.QueryParam("after")
	limit := listed + 1
	if who+what != "" {
		limit = 500
	}
	for looked := 0; looked < auditRead; looked += limit {
		all, err := v.Records.Audit(v.ctx(), uptime.Cursor{After: after, Limit: limit})
		if err != nil {
			return nil, "", err
		}
		for _, e := range all {
			if len(found) == listed {
				return found, after, nil
			}
			after = strconv.FormatInt(e.Seq, 10)
			if (who == "" || strings.EqualFold(e.Actor.Name, who)) && (what == "" || e.Object == what) {
				found = append(found, e)
			}
		}
		if len(all) < limit {
			return found, "", nil
		}
	}
	return found, after, nil
}

// checkAudit looks through the whole chain.
func (s *site) checkAudit(c echo.Context) error {
	v := s.visit(c)
	check, err := s.Records.VerifyAudit(v.ctx())
	if err != nil {
		return err
	}
	if check.Broken != 0 {
		return v.audit("", fmt.Sprintf("The chain is broken at entry %d: %s. What follows cannot be relied on.", check.Broken, check.Problem))
	}
	return v.audit(fmt.Sprintf("The chain is whole: %s, and its head is %s.", fmt.Sprintf("%d entries", check.Entries), check.Head), "")
}
