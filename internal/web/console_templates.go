package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

const templatesPath = "/console/templates"

// templatesPage lists the texts that people start from.
func (s *site) templatesPage(c echo.Context) error {
	return s.visit(c).templates(http.StatusOK, nil, nil)
}

func (v visit) templates(status int, typed url.Values, wrong wrongs) error {
	all, err := v.Records.Templates(v.ctx())
	if err != nil {
		return err
	}
	view := console.DeskView{
		Frame: v.frame("Templates", templatesPath), Done: v.doneText(),
		Lede: "Texts to start from when there is no time to write.",
	}
	if len(wrong) > 0 {
		view.Problem = "Nothing was saved: something has to be changed first."
	}
	list := console.Section{Heading: "The templates"}
	if len(all) == 0 {
		list.Text = "There are none yet."
	}
	id := typed.Get("id")
	for _, t := range all {
		f := templateForm(t)
		if id == t.ID && typed != nil {
			f.Fields, f.Problem = fill(f.Fields, typed, wrong), wrong.rest(namesOf(f.Fields)...)
		}
		list.Forms = append(list.Forms, f, console.Form{
			ID: "delete-" + t.ID, Action: templatesPath + "/" + t.ID + "/delete", Hidden: []console.Hidden{onceKey()},
			Buttons: []console.Button{{Text: "Delete " + t.Name, Plain: true}},
		})
	}
	fresh := templateForm(uptime.Template{})
	fresh.ID, fresh.Heading, fresh.Folded = "new", "Write a template", false
	if typed != nil && id == "" {
		fresh.Fields, fresh.Problem = fill(fresh.Fields, typed, wrong), wrong.rest(namesOf(fresh.Fields)...)
	}
	view.Sections = []console.Section{list, {Forms: []console.Form{fresh}}}
	show(v.c, status, console.Desk(view))
	return nil
}

func templateForm(t uptime.Template) console.Form {
	return console.Form{
		ID: "template-" + t.ID, Action: templatesPath, Heading: t.Name, Folded: true,
		Hidden:  []console.Hidden{onceKey(), {Name: "id", Value: t.ID}},
		Buttons: []console.Button{{Text: "Save"}},
		Fields: []console.Field{
			{Name: "name", Label: "Name", Value: t.Name, Needed: true},
			{Name: "title", Label: "Title of the incident", Value: t.Title},
			{Name: "phase", Label: "Phase", Kind: console.Select, Choices: choices(string(t.Phase), "", "as it is",
				"investigating", "Investigating", "identified", "Identified", "monitoring", "Monitoring", "resolved", "Resolved")},
			{Name: "impact", Label: "Impact", Kind: console.Select, Choices: choices(string(t.Impact), "", "as it is",
				"none", "None", "minor", "Minor", "major", "Major", "critical", "Critical")},
			{Name: "body", Label: "Text", Kind: console.Area, Value: t.Body, Help: "Markdown."},
		},
	}
}

func (s *site) saveTemplate(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields()
	if err != nil {
		return err
	}
	again, err := v.pressed(sent, func() error {
		_, err := s.Incidents.SaveTemplate(v.ctx(), v.by, uptime.Template{
			ID: sent.Get("id"), Name: sent.Get("name"), Title: sent.Get("title"), Phase: uptime.IncidentPhase(sent.Get("phase")),
			Impact: uptime.Impact(sent.Get("impact")), Body: sent.Get("body"),
		})
		return err
	})
	if wrong := faultsOf(err); len(wrong) > 0 {
		return v.templates(http.StatusUnprocessableEntity, sent, wrong)
	}
	switch {
	case err != nil:
		return err
	case again:
		return v.goOn(templatesPath, "already")
	}
	return v.goOn(templatesPath, "saved")
}

func (s *site) deleteTemplate(c echo.Context) error {
	v := s.visit(c)
	return v.simple(templatesPath, "deleted", func(url.Values) error { return s.Incidents.DeleteTemplate(v.ctx(), v.by, c.Param("id")) })
}
