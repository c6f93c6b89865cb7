package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// forms are what the reader can do about an incident, beside writing an update.
func (v visit) forms(i uptime.Incident) (out []console.Form) {
	if !i.ClosedAt.IsZero() || !v.may(uptime.Responder) || !i.Draft() && !v.may(uptime.Publisher) {
		return nil
	}
	path := incidentAddress(i.ID)
	add := func(id, heading, text, button string, fields ...console.Field) *console.Form {
		out = append(out, console.Form{
			ID: id, Action: path + "/" + id, Heading: heading, Text: text, Folded: true, Fields: fields,
			Hidden:  []console.Hidden{onceKey(), {Name: "version", Value: strconv.FormatInt(i.Version, 10)}},
			Buttons: []console.Button{{Text: button}},
		})
		return &out[len(out)-1]
	}
	add("correct", "Correct title, tier or impact", "Nobody is told.", "Correct",
		console.Field{Name: "title", Label: "Title", Value: i.Title, Needed: true},
		console.Field{Name: "tier", Label: "Tier", Kind: console.Select, Choices: choices(strconv.Itoa(int(i.Tier)), "1", "1", "2", "2", "3", "3")},
		console.Field{Name: "impact", Label: "Impact", Kind: console.Select,
			Choices: choices(string(i.Impact), "none", "None", "minor", "Minor", "major", "Major", "critical", "Critical")},
		console.Field{Name: "reason", Label: "Why", Help: "Needed for another tier."})
	if i.Draft() {
		if i.Open() {
			add("discard", "Discard this draft", "The public never sees it. It stays in the audit log.", "Discard it")
		}
		return out
	}
	review := add("postmortem", "Write the postmortem", "What happened, why, and what was changed so that it does not happen again.", "Save as draft",
		console.Field{Name: "body", Label: "The postmortem", Kind: console.Area, Value: i.Postmortem.Body, Help: "Markdown."})
	review.Buttons = []console.Button{{Name: "do", Value: "draft", Text: "Save as draft"}}
	if !i.Postmortem.PublishedAt.IsZero() {
		review.Buttons = nil
	}
	if !i.Open() {
		review.Buttons = append(review.Buttons, console.Button{Name: "do", Value: "preview", Text: "Preview and publish", Plain: len(review.Buttons) > 0})
	}
	if i.Postmortem.PublishedAt.IsZero() {
		add("waive", "Say why there is no postmortem", "The reason is shown on the page.", "Write it down",
			console.Field{Name: "reason", Label: "Why there is none", Value: i.Postmortem.Waived, Needed: true})
	}
	if !i.Open() {
		add("close", "Close the incident", "Nothing of it changes afterwards.", "Close it")
	}
	return out
}

// act does something about an incident, once, and goes on at its page. What is
// wrong comes back beside its field.
func (v visit) act(formID, done string, do func(id uptime.IncidentID, sent url.Values) error) error {
	id := uptime.IncidentID(v.c.Param("id"))
	sent, err := v.fields()
	if err != nil {
		return err
	}
	if formID == "" {
		formID = "amend-" + sent.Get("update")
	}
	again, err := v.pressed(sent, func() error { return do(id, sent) })
	if wrong := faultsOf(err); len(wrong) > 0 {
		return v.incident(http.StatusUnprocessableEntity, id, formID, sent, wrong)
	}
	switch {
	case err != nil:
		return err
	case again:
		return v.goOn(incidentAddress(id), "already")
	}
	return v.goOn(incidentAddress(id), done)
}

func (s *site) amend(c echo.Context) error {
	v := s.visit(c)
	return v.act("", "amended", func(id uptime.IncidentID, sent url.Values) error {
		_, err := s.Incidents.Amend(v.ctx(), v.by, id, sent.Get("update"), sent.Get("body"), 0)
		return err
	})
}

func (s *site) correct(c echo.Context) error {
	v := s.visit(c)
	return v.act("correct", "corrected", func(id uptime.IncidentID, sent url.Values) error {
		tier, _ := strconv.ParseUint(sent.Get("tier"), 10, 8)
		version, _ := strconv.ParseInt(sent.Get("version"), 10, 64)
		_, err := s.Incidents.Correct(v.ctx(), v.by, id, incidents.Correction{
			Title: sent.Get("title"), Tier: uptime.Tier(tier), Impact: uptime.Impact(sent.Get("impact")), Reason: sent.Get("reason"),
		}, version, nil)
		return err
	})
}

// postmortem saves the review, previews it or publishes it.
func (s *site) postmortem(c echo.Context) error {
	v := s.visit(c)
	if sent, err := v.fields(); err != nil {
		return err
	} else if do := sent.Get("do"); do == "preview" {
		return v.previewReview(sent)
	}
	return v.act("postmortem", "reviewed", func(id uptime.IncidentID, sent url.Values) error {
		_, err := s.Incidents.Review(v.ctx(), v.by, id, sent.Get("body"), sent.Get("do") == "publish", 0)
		return err
	})
}

func (v visit) previewReview(sent url.Values) error {
	id := uptime.IncidentID(v.c.Param("id"))
	p, err := v.Incidents.PreviewReview(v.ctx(), v.by, id, sent.Get("body"))
	if wrong := faultsOf(err); len(wrong) > 0 {
		return v.incident(http.StatusUnprocessableEntity, id, "postmortem", sent, wrong)
	}
	if err != nil {
		return err
	}
	view, err := v.shown(p)
	if err != nil {
		return err
	}
	view.Title, view.Action, view.Hidden = "Preview of the postmortem", incidentAddress(id)+"/postmortem", unseen(sent)
	view.Buttons = []console.Button{{Name: "do", Value: "publish", Text: "Publish the postmortem"}}
	show(v.c, http.StatusOK, console.Preview(view))
	return nil
}

func (s *site) waive(c echo.Context) error {
	v := s.visit(c)
	return v.act("waive", "waived", func(id uptime.IncidentID, sent url.Values) error {
		_, err := s.Incidents.Waive(v.ctx(), v.by, id, sent.Get("reason"), 0)
		return err
	})
}

func (s *site) closeIncident(c echo.Context) error {
	v := s.visit(c)
	return v.act("close", "closed", func(id uptime.IncidentID, _ url.Values) error {
		_, err := s.Incidents.Close(v.ctx(), v.by, id, 0)
		return err
	})
}

func (s *site) discard(c echo.Context) error {
	v := s.visit(c)
	return v.act("discard", "discarded", func(id uptime.IncidentID, _ url.Values) error {
		_, err := s.Incidents.Discard(v.ctx(), v.by, id, 0)
		return err
	})
}
