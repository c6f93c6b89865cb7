package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// newIncidentPage is the empty form.
func (s *site) newIncidentPage(c echo.Context) error {
	v := s.visit(c)
	sent := url.Values{"tier": {"2"}, "impact": {"minor"}, "phase": {"investigating"}, "next": {"30m"}, onceField: {onceKey().Value}}
	for id, state := range s.Desk.States() {
		if state == uptime.Down || state == uptime.Partial || state == uptime.Degraded {
			sent.Add("part", string(id)+"="+partAffected)
		}
	}
	return v.compose(http.StatusOK, "", sent, nil, "")
}

// newIncident takes the form in: fills it in from a template, previews it, or
// opens the incident.
func (s *site) newIncident(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields("part")
	if err != nil {
		return err
	}
	if sent.Get("do") == "template" {
		return v.fromTemplate(sent)
	}
	w, wrong := v.read(sent)
	if sent.Get("do") == "edit" || len(wrong) > 0 {
		return v.compose(statusOf(wrong), "", sent, wrong, "")
	}
	w.publish = sent.Get("do") != "draft"
	if sent.Get("do") == "preview" {
		p, err := s.Incidents.PreviewOpen(v.ctx(), v.by, w.opening())
		if err != nil {
			return v.again("", sent, err)
		}
		return v.preview(c.Request().URL.Path, "", settled(sent, w), p)
	}
	once := Once{Key: sent.Get(onceField)}.named(v.ctx(), v.now, "console/open", sent)
	i, err := s.Incidents.Open(v.ctx(), v.by, w.opening(), once)
	if err != nil {
		return v.again("", sent, err)
	}
	if i.Draft() {
		return v.goOn(incidentAddress(i.ID), "draft")
	}
	return v.goOn(incidentAddress(i.ID), "opened")
}

func statusOf(wrong wrongs) int {
	if len(wrong) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// fromTemplate fills the form with a template's text.
func (v visit) fromTemplate(sent url.Values) error {
	all, err := v.Records.Templates(v.ctx())
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.ID != sent.Get("template") {
			continue
		}
		for name, value := range map[string]string{"title": t.Title, "phase": string(t.Phase), "impact": string(t.Impact), "body": t.Body} {
			if value != "" {
				sent.Set(name, value)
			}
		}
	}
	return v.compose(http.StatusOK, "", sent, nil, "")
}

// updatePage is the form for an update of an incident, with what stands there.
func (s *site) updatePage(c echo.Context) error {
	v := s.visit(c)
	i, err := s.Records.Incident(v.ctx(), uptime.IncidentID(c.Param("id")))
	if err != nil {
		return err
	}
	stated, err := s.Records.StatementsOf(v.ctx(), i.ID)
	if err != nil {
		return err
	}
	phase := i.Phase
	if phase == uptime.PostmortemOut {
		phase = uptime.Resolved
	}
	sent := url.Values{
		"impact": {string(i.Impact)}, "phase": {string(phase)}, "next": {"30m"},
		"version": {strconv.FormatInt(i.Version, 10)}, onceField: {onceKey().Value},
	}
	said := saidNow(stated)
	for _, id := range i.Components {
		what := partAffected
		if state, spoken := said[id]; spoken {
			what = state.String()
		}
		sent.Add("part", string(id)+"="+what)
	}
	for _, id := range i.Unaffected {
		sent.Add("part", string(id)+"="+partWorks)
	}
	return v.compose(http.StatusOK, i.ID, v.unlisted(sent), nil, "")
}

// unlisted moves components that are no longer configured into the field of ids,
// so that they are not lost.
func (v visit) unlisted(sent url.Values) url.Values {
	known := map[string]bool{}
	for _, c := range v.Desk.Catalogue().Components {
		known[string(c.ID)] = true
	}
	var parts, ids []string
	for _, one := range sent["part"] {
		if id, _, _ := strings.Cut(one, "="); known[id] {
			parts = append(parts, one)
		} else {
			ids = append(ids, one)
		}
	}
	sent["part"] = parts
	if len(ids) > 0 {
		sent.Set("ids", strings.Join(ids, ", "))
	}
	return sent
}

// update takes the form in: previews the update, or sends it.
func (s *site) update(c echo.Context) error {
	v, id := s.visit(c), uptime.IncidentID(c.Param("id"))
	sent, err := v.fields("part")
	if err != nil {
		return err
	}
	w, wrong := v.read(sent)
	if sent.Get("do") == "edit" || len(wrong) > 0 {
		return v.compose(statusOf(wrong), id, sent, wrong, "")
	}
	if w.word.States != nil {
		stated, err := s.Records.StatementsOf(v.ctx(), id)
		if err != nil {
			return err
		}
		for component := range saidNow(stated) { // what is no longer said is taken back
			if _, spoken := w.word.States[component]; !spoken && contains(namesOfParts(w.word.Components), string(component)) {
				w.word.States[component] = uptime.Up
			}
		}
	}
	if sent.Get("do") != "send" {
		p, err := s.Incidents.PreviewSay(v.ctx(), v.by, id, w.word)
		if err != nil {
			return v.again(id, sent, err)
		}
		return v.preview(c.Request().URL.Path, id, settled(sent, w), p)
	}
	version, _ := strconv.ParseInt(sent.Get("version"), 10, 64)
	once := Once{Key: sent.Get(onceField)}.named(v.ctx(), v.now, "console/update/"+string(id), sent)
	i, err := s.Incidents.Say(v.ctx(), v.by, id, w.word, version, once)
	if err != nil {
		return v.again(id, sent, err)
	}
	if i.Draft() {
		return v.goOn(incidentAddress(id), "saved")
	}
	return v.goOn(incidentAddress(id), "said")
}

func namesOfParts(all []uptime.ComponentID) []string {
	out := make([]string, len(all))
	for i, id := range all {
		out[i] = string(id)
	}
	return out
}

// again is the form with what was typed and what is wrong with it.
func (v visit) again(id uptime.IncidentID, sent url.Values, err error) error {
	wrong := faultsOf(err)
	switch {
	case len(wrong) > 0:
		return v.compose(http.StatusUnprocessableEntity, id, sent, wrong, "")
	case errors.Is(err, uptime.ErrKeyReused):
		return v.compose(http.StatusConflict, id, freshly(sent), nil,
			"This form was sent already, with another text. Look at the incident before you send this one as well.")
	case errors.Is(err, uptime.ErrConflict):
		i, failed := v.Records.Incident(v.ctx(), id)
		if failed != nil {
			return failed
		}
		sent.Set("version", strconv.FormatInt(i.Version, 10))
		return v.compose(http.StatusConflict, id, freshly(sent), nil, fmt.Sprintf(
			"Somebody else changed this incident at the same time; it is now %s. What you wrote is kept. Look at what is new, then send it again.", word(i.Phase)))
	}
	return err
}

// freshly is the form under a key that nobody has used.
func freshly(sent url.Values) url.Values {
	sent.Set(onceField, onceKey().Value)
	return sent
}

// composeHidden are fields of the form that are not seen.
var composeHidden = [...]string{onceField, "version"}

// compose is the form, for a new incident or an update of one.
func (v visit) compose(status int, id uptime.IncidentID, sent url.Values, wrong wrongs, problem string) error {
	view := console.ComposeView{
		Frame: v.frame("Report an incident", "/console/incidents"), Action: "/console/incidents/new", Problem: problem,
		Back: console.Link{Text: "Back without saving", Path: "/console/incidents"},
	}
	if sent.Get("next_at") != "" && sent.Get("next") == "at" {
		if at, err := v.typedTime(sent.Get("next_at")); err == nil {
			sent.Set("next_at", at.In(v.zone).Format("2006-01-02T15:04"))
		}
	}
	wrong = v.renamed(wrong)
	view.Fields, view.Rest = v.composeFields(id == "")
	view.Fields, view.Rest = fill(view.Fields, sent, wrong), fill(view.Rest, sent, wrong)
	view.IDs = fill([]console.Field{{Name: "ids", Label: "Components by their ids",
		Help: "Such as: api=down, search=degraded, web=affected, billing=works"}}, sent, wrong)[0]
	view.Groups, view.Fault = v.groups(sent), wrong["parts"]
	if id != "" {
		i, err := v.Records.Incident(v.ctx(), id)
		if err != nil {
			return err
		}
		view.Title, view.Action = "Write an update", incidentAddress(id)+"/update"
		view.Lede = i.Title
		view.Back = console.Link{Text: "Back to the incident without saving", Path: incidentAddress(id)}
	} else if err := v.start(&view, sent); err != nil {
		return err
	}
	for _, name := range composeHidden {
		if value := sent.Get(name); value != "" {
			view.Hidden = append(view.Hidden, console.Hidden{Name: name, Value: value})
		}
	}
	if len(wrong) > 0 && problem == "" {
		view.Problem = "Something has to be changed first. " + wrong.rest(
			"title", "tier", "impact", "phase", "body", "at", "next_at", "silent", "parts", "ids")
	}
	view.Buttons = []console.Button{{Name: "do", Value: "preview", Text: "Preview"}}
	show(v.c, status, console.Compose(view))
	return nil
}

// renamed puts the services' names of fields into the form's.
func (v visit) renamed(wrong wrongs) wrongs {
	out := wrongs{}
	for name, text := range wrong {
		switch {
		case name == "started_at":
			name = "at"
		case name == "next_update_by":
			name = "next_at"
		case name == "components" || name == "unaffected" || strings.HasPrefix(name, "states."):
			name = "parts"
		}
		out[name] = strings.TrimSpace(out[name] + " " + text)
	}
	return out
}

// start offers the templates.
func (v visit) start(view *console.ComposeView, sent url.Values) error {
	all, err := v.Records.Templates(v.ctx())
	if err != nil || len(all) == 0 {
		return err
	}
	f := console.Field{Name: "template", Label: "Start from a template", Kind: console.Select, Choices: []console.Choice{{Text: "none"}}}
	for _, t := range all {
		f.Choices = append(f.Choices, console.Choice{Value: t.ID, Text: t.Name, Chosen: t.ID == sent.Get("template")})
	}
	view.Start = &f
	return nil
}

// composeFields are the fields before the components and after them.
func (v visit) composeFields(opening bool) (before, rest []console.Field) {
	phases := []string{"investigating", "Investigating", "identified", "Identified", "monitoring", "Monitoring"}
	at := console.Field{Name: "at", Label: "It began at", Kind: console.When, Help: "In the page's zone, " + v.zoneName() +
		". Empty: now. An earlier time is shown as back-dated."}
	if opening {
		before = []console.Field{
			{Name: "title", Label: "What customers see, in one line", Needed: true},
			{Name: "tier", Label: "Tier", Kind: console.Select, Choices: choices("", "1", "1: the service is down", "2", "2: a feature is down", "3", "3: something not essential")},
		}
	} else {
		phases = append(phases, "resolved", "Resolved", "false_alarm", "False alarm")
		at.Label, at.Help = "As of", "In the page's zone, "+v.zoneName()+". Empty: now. With Resolved: when it was over."
	}
	before = append(before,
		console.Field{Name: "phase", Label: "Phase", Kind: console.Select, Choices: choices("", phases...)},
		console.Field{Name: "impact", Label: "Impact", Kind: console.Select, Choices: choices("", "none", "None", "minor", "Minor", "major", "Major", "critical", "Critical")},
		console.Field{Name: "body", Label: "What is known, and what customers can do", Kind: console.Area, Needed: true,
			Help: "Markdown: **bold**, [text](https://…), - lists. No HTML, no images."})
	rest = []console.Field{
		{Name: "next", Label: "Next update by", Kind: console.Anything, Choices: choices("", "15m", "+15 min", "30m", "+30 min", "1h", "+1 h", "2h", "+2 h", "at", "at:", "none", "no promise")},
		{Name: "next_at", Label: "Next update at", Kind: console.When, Help: "For “at:”. In the page's zone, " + v.zoneName() + ". It is a promise: a missed one is shown."},
		at,
		{Name: "silent", Label: "Tell nobody: it is shown, and no message is sent", Kind: console.Tick, Value: "yes"},
	}
	return before, rest
}

// publishPage is the preview of a draft as it would be published.
func (s *site) publishPage(c echo.Context) error {
	v := s.visit(c)
	i, err := s.Records.Incident(v.ctx(), uptime.IncidentID(c.Param("id")))
	if err != nil {
		return err
	}
	return v.publishing(i, url.Values{onceField: {onceKey().Value}, "version": {strconv.FormatInt(i.Version, 10)}}, "")
}
