package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/markdown"
	"github.com/upheld/upheld/internal/uptime"
)

// incidentPage shows everything that is known of one incident.
func (s *site) incidentPage(c echo.Context) error {
	return s.visit(c).incident(http.StatusOK, uptime.IncidentID(c.Param("id")), "", nil, nil)
}

// incident is the page, with what was typed into one of its forms and what is
// wrong with it.
func (v visit) incident(status int, id uptime.IncidentID, formID string, typed url.Values, wrong wrongs) error {
	i, err := v.Records.Incident(v.ctx(), id)
	if err != nil {
		return err
	}
	stated, err := v.Records.StatementsOf(v.ctx(), id)
	if err != nil {
		return err
	}
	notices, err := v.Records.Notices(v.ctx(), uptime.NoticeFilter{Incident: id}, uptime.Cursor{Limit: 100})
	if err != nil {
		return err
	}
	view := console.IncidentView{
		Frame: v.frame(i.Title, "/console/incidents"), Line: v.line(i), Done: v.doneText(),
		Facts: v.facts(i), Parts: v.parts(i, stated), Notices: v.noticeTable(notices, ""), Forms: v.forms(i),
		Review: markdown.HTML(i.Postmortem.Body), Reviewed: v.reviewed(i),
	}
	view.Updates = v.updates(i)
	for n, f := range view.Forms {
		if f.ID == formID {
			view.Forms[n].Fields, view.Forms[n].Folded = fill(f.Fields, typed, wrong), false
			view.Forms[n].Problem = wrong.rest(namesOf(f.Fields)...)
		}
	}
	for _, u := range view.Updates {
		if u.Amend != nil && u.Amend.ID == formID {
			u.Amend.Fields, u.Amend.Problem = fill(u.Amend.Fields, typed, wrong), wrong.rest("body")
		}
	}
	if len(wrong) > 0 {
		view.Problem = "Nothing was changed: something has to be corrected first."
	}
	if i.Open() || i.ClosedAt.IsZero() {
		view.Acts = v.acts(i)
	}
	if !i.Draft() {
		view.Public = "/incidents/" + string(i.ID)
	}
	show(v.c, status, console.Incident(view))
	return nil
}

func namesOf(fields []console.Field) []string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Name)
	}
	return out
}

// acts are the pages on which something is done about an incident.
func (v visit) acts(i uptime.Incident) (out []console.Link) {
	path := incidentAddress(i.ID)
	if i.Draft() && i.Open() && v.may(uptime.Responder) {
		out = append(out, console.Link{Text: "Preview and publish", Path: path + "/publish"})
	}
	if v.may(uptime.Publisher) || i.Draft() && v.may(uptime.Responder) {
		out = append(out, console.Link{Text: "Write an update", Path: path + "/update"})
	}
	return out
}

func (v visit) facts(i uptime.Incident) []console.Fact {
	var out []console.Fact
	add := func(name string, cell console.Cell) { out = append(out, console.Fact{Name: name, Cell: cell}) }
	began := console.Cell{Time: v.moment(i.StartedAt)}
	if !i.Automatic && i.StartedAt.Before(i.CreatedAt) {
		began.Note = "back-dated: written down " + span(i.CreatedAt.Sub(i.StartedAt)) + " later"
	}
	add("Began", began)
	add("Detected", console.Cell{Time: v.moment(i.DetectedAt)})
	if i.Draft() {
		add("Published", console.Cell{Text: "no: the public does not see it"})
	} else {
		add("Published", console.Cell{Time: v.moment(i.PublishedAt)})
	}
	if !i.ResolvedAt.IsZero() {
		add("Over", console.Cell{Time: v.moment(i.ResolvedAt), Note: "after " + span(i.ResolvedAt.Sub(i.StartedAt))})
	}
	if !i.ClosedAt.IsZero() {
		add("Closed", console.Cell{Time: v.moment(i.ClosedAt)})
	}
	if missed := i.Missed(v.now); len(missed) > 0 {
		add("Promises missed", console.Cell{Text: strconv.Itoa(len(missed))})
	}
	return out
}

// parts are the components: what is said beside what is measured.
func (v visit) parts(i uptime.Incident, stated []uptime.Statement) console.Table {
	t := console.Table{Name: "Components", Heads: []string{"Component", "Measured now", "Stated"}, Empty: "No component is named."}
	measured, said := v.Desk.States(), saidNow(stated)
	for _, id := range i.Components {
		row := []console.Cell{{Text: v.nameOf(id)}, {Mark: markOf(measured[id])}, {Text: "affected, as measured"}}
		if state, spoken := said[id]; spoken {
			row[2] = console.Cell{Mark: markOf(state)}
		}
		t.Rows = append(t.Rows, row)
	}
	for _, id := range i.Unaffected {
		t.Rows = append(t.Rows, []console.Cell{{Text: v.nameOf(id)}, {Mark: markOf(measured[id])}, {Text: "works all the same"}})
	}
	return t
}

// updates are the timeline, the newest first.
func (v visit) updates(i uptime.Incident) []console.UpdateView {
	missed := map[string]bool{}
	for _, u := range i.Missed(v.now) {
		missed[u.ID] = true
	}
	names := map[string]string{}
	author := func(id string) string {
		if _, known := names[id]; !known {
			names[id] = v.author(id)
		}
		return names[id]
	}
	var out []console.UpdateView
	for _, u := range i.Updates {
		one := console.UpdateView{ID: "u-" + u.ID, Phase: word(u.Phase), At: v.moment(u.At), HTML: markdown.HTML(u.Body), Author: author(u.Author)}
		if u.Automatic {
			one.Author = byWhat(i)
		}
		if u.WrittenAt.Sub(u.At) >= 1e9*60 {
			one.Notes = append(one.Notes, "Back-dated: written at "+v.moment(u.WrittenAt).Text+".")
		}
		if u.Silent {
			one.Notes = append(one.Notes, "Nobody was told.")
		}
		if !u.NextBy.IsZero() {
			one.Promise = "Promised the next update by " + v.moment(u.NextBy).Text
			if one.Missed = missed[u.ID]; one.Missed {
				one.Promise += ", and it did not come by then"
			}
			one.Promise += "."
		}
		for _, a := range u.Amended {
			one.Former = append(one.Former, console.FormerText{HTML: markdown.HTML(a.Body), At: v.moment(a.At), Author: "replaced " + author(a.Author)})
		}
		if !u.Automatic && i.ClosedAt.IsZero() && (v.may(uptime.Publisher) || i.Draft() && v.may(uptime.Responder)) {
			one.Amend = &console.Form{
				ID: "amend-" + u.ID, Action: incidentAddress(i.ID) + "/amend", Heading: "Amend this text", Folded: true,
				Text:    "The former text stays readable. Nobody is told.",
				Hidden:  []console.Hidden{onceKey(), {Name: "update", Value: u.ID}},
				Fields:  []console.Field{{Name: "body", Label: "The text as it shall be", Kind: console.Area, Value: u.Body, Needed: true}},
				Buttons: []console.Button{{Text: "Amend"}},
			}
		}
		out = append(out, one)
	}
	slices.Reverse(out)
	return out
}

// author is who wrote something, by name.
func (v visit) author(id string) string {
	if id == "" {
		return ""
	}
	if u, err := v.Records.User(v.ctx(), id); err == nil {
		return "by " + u.Name
	}
	return "by " + id
}

func (v visit) reviewed(i uptime.Incident) string {
	switch p := i.Postmortem; {
	case !p.PublishedAt.IsZero():
		return "Published " + v.moment(p.PublishedAt).Text + "."
	case p.Waived != "":
		return "There is none: " + p.Waived
	case p.Body != "":
		return "A draft, which the public does not see."
	case i.Tier == 1:
		return "There is none yet. An incident of tier 1 is closed only with one, or with the reason for having none."
	}
	return fmt.Sprintf("There is none. An incident of tier %d needs none.", i.Tier)
}
