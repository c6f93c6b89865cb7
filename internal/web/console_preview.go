package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/markdown"
	"github.com/upheld/upheld/internal/uptime"
)

// preview shows what a form would send, and to whom. id is empty for a new
// incident.
func (v visit) preview(action string, id uptime.IncidentID, sent url.Values, p incidents.Preview) error {
	view, err := v.shown(p)
	if err != nil {
		return err
	}
	view.Action, view.Hidden = action, unseen(sent)
	edit := console.Button{Name: "do", Value: "edit", Text: "Change it", Plain: true, Unchecked: true}
	draft := false
	if id != "" {
		i, err := v.Records.Incident(v.ctx(), id)
		if err != nil {
			return err
		}
		draft = i.Draft()
	}
	switch {
	case id == "":
		if v.may(uptime.Publisher) {
			view.Buttons = []console.Button{{Name: "do", Value: "publish", Text: "Publish"}}
		}
		view.Buttons = append(view.Buttons, console.Button{Name: "do", Value: "draft", Text: "Save as draft", Plain: len(view.Buttons) > 0})
	case draft:
		view.Buttons = []console.Button{{Name: "do", Value: "send", Text: "Save in the draft"}}
	case v.may(uptime.Publisher):
		view.Buttons = []console.Button{{Name: "do", Value: "send", Text: "Publish the update"}}
	}
	if len(view.Buttons) == 0 || id == "" && !v.may(uptime.Publisher) {
		view.Notes = append(view.Notes, "Publishing needs the role publisher; yours is "+v.by.Role.String()+".")
	}
	view.Buttons = append(view.Buttons, edit)
	show(v.c, http.StatusOK, console.Preview(view))
	return nil
}

// shown is a decision that nobody applied, as a page.
func (v visit) shown(p incidents.Preview) (console.PreviewView, error) {
	view := console.PreviewView{
		Frame:    v.frame("Preview", "/console/incidents"),
		Channels: console.Table{Name: "Channels", Heads: []string{"Channel", "Would be told"}, Empty: "No channel would be told."},
	}
	told := 0
	for _, r := range p.Channels {
		row := []console.Cell{{Text: r.Channel}, {Text: "at once"}}
		switch {
		case r.Held != "" && r.Due.IsZero():
			row[1] = console.Cell{Text: "no: " + heldWhy(r.Held)}
		case !r.Due.IsZero() && r.Due.After(v.now):
			told++
			row[1] = console.Cell{Text: "at", Time: v.moment(r.Due), Note: heldWhy(r.Held)}
		default:
			told++
		}
		view.Channels.Rows = append(view.Channels.Rows, row)
	}
	view.Told = fmt.Sprintf("%s and %s would be told.", uptime.Count(p.Subscribers, "subscriber"), uptime.Count(told, "channel"))
	n := p.Notice
	switch {
	case n.ID == "":
		view.Told = "Nobody would be told: nothing is sent for this."
	case n.Audience == nil:
		view.Notes = append(view.Notes, "Subscribers would not be told of this.")
	case n.Audience.Held != "":
		view.Notes = append(view.Notes, "Subscribers would not be told: "+heldWhy(n.Audience.Held)+".")
	}
	v.outline(&view, p)
	if n.ID == "" {
		return view, nil
	}
	letter, err := v.Desk.Letter(v.ctx(), n)
	if err != nil {
		return view, err
	}
	view.Subject, view.Plain, view.HTML = letter.Subject, letter.Plain, letter.HTML
	for _, h := range letter.Headers {
		view.Headers = append(view.Headers, console.Hidden{Name: h.Name, Value: h.Value})
	}
	return view, nil
}

// outline tells what the decision does to the incident itself.
func (v visit) outline(view *console.PreviewView, p incidents.Preview) {
	if len(p.Changes.Incidents) == 0 {
		return
	}
	change := p.Changes.Incidents[0]
	i := change.Incident
	view.Facts = []console.Fact{
		{Name: "Incident", Cell: console.Cell{Text: i.Title, Note: fmt.Sprintf("Tier %d · %s impact · %s", i.Tier, i.Impact, word(i.Phase))}},
		{Name: "Began", Cell: console.Cell{Time: v.moment(i.StartedAt)}},
	}
	if !i.ResolvedAt.IsZero() {
		view.Facts = append(view.Facts, console.Fact{Name: "Over since", Cell: console.Cell{Time: v.moment(i.ResolvedAt)}})
	}
	for _, u := range change.Updates {
		view.Body = markdown.HTML(u.Body)
		if !u.NextBy.IsZero() {
			view.Facts = append(view.Facts, console.Fact{Name: "Promises an update by", Cell: console.Cell{Time: v.moment(u.NextBy)}})
		}
	}
	for _, s := range p.Changes.Statements {
		cell := console.Cell{Mark: markOf(s.State)}
		if !s.To.IsZero() {
			cell.Note = "no longer"
		}
		view.Facts = append(view.Facts, console.Fact{Name: v.nameOf(s.Component), Cell: cell})
	}
}

// nameOf is a component's name, or its id where it is no longer configured.
func (v visit) nameOf(id uptime.ComponentID) string {
	for _, c := range v.Desk.Catalogue().Components {
		if c.ID == id {
			return c.Name
		}
	}
	return string(id)
}

// publish publishes a draft, or previews that.
func (s *site) publish(c echo.Context) error {
	v, id := s.visit(c), uptime.IncidentID(c.Param("id"))
	sent, err := v.fields()
	if err != nil {
		return err
	}
	if sent.Get("do") == "publish" {
		version, _ := strconv.ParseInt(sent.Get("version"), 10, 64)
		once := Once{Key: sent.Get(onceField)}.named(v.ctx(), v.now, "console/publish/"+string(id), sent)
		_, err = s.Incidents.Publish(v.ctx(), v.by, id, sent.Get("silent") != "", version, once)
		if err == nil {
			return v.goOn(incidentAddress(id), "published")
		}
	}
	wrong := faultsOf(err)
	if err != nil && len(wrong) == 0 && !errors.Is(err, uptime.ErrConflict) {
		return err
	}
	i, failed := s.Records.Incident(v.ctx(), id)
	if failed != nil {
		return failed
	}
	problem := ""
	if err != nil {
		freshly(sent).Set("version", strconv.FormatInt(i.Version, 10))
		problem = "Somebody else changed this incident at the same time. This is how it is now. " + wrong.rest()
	}
	return v.publishing(i, sent, problem)
}

// publishing is the preview of publishing a draft.
func (v visit) publishing(i uptime.Incident, sent url.Values, problem string) error {
	silent := sent.Get("silent") != ""
	p, err := v.Incidents.PreviewPublish(v.ctx(), v.by, i.ID, silent)
	if err != nil {
		return tellable(err)
	}
	view, err := v.shown(p)
	if err != nil {
		return err
	}
	view.Title, view.Problem, view.Action = "Publish: "+i.Title, problem, incidentAddress(i.ID)+"/publish"
	for _, name := range []string{onceField, "version"} {
		view.Hidden = append(view.Hidden, console.Hidden{Name: name, Value: sent.Get(name)})
	}
	if view.Body == "" && len(i.Updates) > 0 {
		view.Body = markdown.HTML(i.Updates[len(i.Updates)-1].Body)
	}
	other := console.Button{Name: "silent", Value: "yes", Text: "Preview telling nobody", Plain: true}
	if silent {
		view.Hidden = append(view.Hidden, console.Hidden{Name: "silent", Value: "yes"})
		other = console.Button{Name: "do", Value: "preview", Text: "Preview again", Plain: true}
	}
	if v.may(uptime.Publisher) {
		view.Buttons = append(view.Buttons, console.Button{Name: "do", Value: "publish", Text: "Publish"})
	} else {
		view.Notes = append(view.Notes, "Publishing needs the role publisher; yours is "+v.by.Role.String()+".")
	}
	view.Buttons = append(view.Buttons, other)
	show(v.c, http.StatusOK, console.Preview(view))
	return nil
}
