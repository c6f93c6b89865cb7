package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/subscribers"
	"github.com/upheld/upheld/internal/uptime"
)

const subscribersPath = "/console/subscribers"

// subscribersPage counts and lists those who asked for news.
func (s *site) subscribersPage(c echo.Context) error {
	v := s.visit(c)
	state := uptime.SubscriberState(c.QueryParam("state"))
	found, err := s.SubscriberList.List(v.ctx(), uptime.SubscriberFilter{State: state}, v.after())
	if err != nil {
		return err
	}
	shown, older, newest := part(v, found, func(one uptime.Subscriber) string { return string(one.ID) })
	view := console.DeskView{Older: older, Newest: newest}
	for _, tab := range []uptime.SubscriberState{"", uptime.SubscriberConfirmed, uptime.SubscriberPending, uptime.SubscriberQuarantined} {
		link := console.Link{Text: string(tab), Path: subscribersPath, Here: tab == state}
		if tab == "" {
			link.Text = "all"
		} else {
			link.Path += "?state=" + string(tab)
		}
		view.Tabs = append(view.Tabs, link)
	}
	return v.subscribers(http.StatusOK, view, shown, nil, nil)
}

// subscribers is the page, with what was typed into the form to add somebody.
func (v visit) subscribers(status int, view console.DeskView, shown []uptime.Subscriber, typed url.Values, wrong wrongs) error {
	counts, err := v.Records.CountSubscribers(v.ctx())
	if err != nil {
		return err
	}
	view.Frame = v.frame("Subscribers", subscribersPath)
	view.Lede = fmt.Sprintf("%d confirmed, %d asked and not confirmed, %d in quarantine.",
		counts[uptime.SubscriberConfirmed], counts[uptime.SubscriberPending], counts[uptime.SubscriberQuarantined])
	if view.Done == "" {
		view.Done = v.doneText()
	}
	table := console.Table{Name: "Subscribers", Heads: []string{"Address", "State", "Of", "Since", "Do"}, Empty: "Nobody is here."}
	for _, one := range shown {
		table.Rows = append(table.Rows, v.subscriber(one))
	}
	add := console.Form{
		ID: "add", Action: subscribersPath + "/add", Heading: "Add somebody who has said yes", Folded: true, Problem: wrong.rest("address", "components", "zone", "consent"),
		Hidden: []console.Hidden{onceKey()}, Buttons: []console.Button{{Text: "Add"}},
		Fields: fill([]console.Field{
			{Name: "address", Label: "Mail address, or the https:// address of a webhook", Needed: true},
			{Name: "components", Label: "Only of these components", Help: "Their ids, with commas between them. Empty: all."},
			{Name: "zone", Label: "The time zone that they live by", Help: "An IANA name such as Europe/Vienna. Empty: not known."},
			{Name: "consent", Label: "How they said yes", Needed: true, Help: "One line, for the audit log."},
		}, typed, wrong),
	}
	find := console.Form{
		ID: "find", Action: subscribersPath + "/find", Heading: "Find an address", Buttons: []console.Button{{Text: "Find", Plain: true}},
		Fields: []console.Field{{Name: "address", Label: "Address", Needed: true}},
	}
	export := console.Form{
		ID: "export", Action: subscribersPath + "/export", Heading: "Export", Folded: true, Text: "All of them as CSV. It is written down who exported.",
		Buttons: []console.Button{{Text: "Download the list", Plain: true}},
	}
	view.Sections = append(view.Sections,
		console.Section{Forms: []console.Form{find}},
		console.Section{Heading: "The list, newest first", Table: &table},
		console.Section{Heading: "Change the list", Forms: []console.Form{add, importForm(url.Values{}, nil), export}})
	show(v.c, status, console.Desk(view))
	return nil
}

func (v visit) subscriber(one uptime.Subscriber) []console.Cell {
	marks := map[uptime.SubscriberState]console.Mark{
		uptime.SubscriberConfirmed:   {Class: "up", Shape: "●", Text: "confirmed"},
		uptime.SubscriberPending:     {Class: "unk", Shape: "○", Text: "pending"},
		uptime.SubscriberQuarantined: {Class: "down", Shape: "■", Text: "quarantined"},
	}
	state := console.Cell{Mark: marks[one.State], Note: one.Reason}
	since := console.Cell{Time: v.moment(one.ConfirmedAt), Note: "by " + one.Source}
	if one.ConfirmedAt.IsZero() {
		since.Time = v.moment(one.CreatedAt)
	}
	about := console.Cell{Text: "everything"}
	if len(one.Components) > 0 {
		about.Text = strings.Join(namesOfParts(one.Components), ", ")
	}
	about.Note = one.Zone
	path := subscribersPath + "/" + string(one.ID)
	do := console.Cell{Form: &console.Form{
		ID: "remove-" + string(one.ID), Action: path + "/remove", Hidden: []console.Hidden{onceKey()},
		Heading: "Remove", Folded: true, Text: "The address is erased everywhere.", Buttons: []console.Button{{Text: "Remove", Plain: true}},
	}}
	if one.State == uptime.SubscriberQuarantined {
		state.Form = &console.Form{
			ID: "release-" + string(one.ID), Action: path + "/release", Hidden: []console.Hidden{onceKey()},
			Buttons: []console.Button{{Text: "Release", Plain: true}},
		}
	}
	return []console.Cell{{Text: one.Address, Note: string(one.Kind)}, state, about, since, do}
}

// kindOf is how an address is reached: a URL by a webhook, all else by mail.
func kindOf(address string) uptime.RecipientKind {
	if strings.Contains(address, "://") {
		return uptime.ToWebhook
	}
	return uptime.ToMail
}

// findSubscriber looks an address up. It is sent by POST, so that no address
// stands in a log.
func (s *site) findSubscriber(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields()
	if err != nil {
		return err
	}
	address := strings.TrimSpace(sent.Get("address"))
	one, err := s.Records.SubscriberByAddress(v.ctx(), kindOf(address), address)
	switch {
	case errors.Is(err, uptime.ErrNotFound):
		return v.subscribers(http.StatusOK, console.DeskView{Problem: "Nobody on the list has the address " + address + "."}, nil, nil, nil)
	case err != nil:
		return err
	}
	one.Secrets = nil
	return v.subscribers(http.StatusOK, console.DeskView{}, []uptime.Subscriber{one}, nil, nil)
}

func (s *site) addSubscriber(c echo.Context) error {
	v := s.visit(c)
	sent, err := v.fields()
	if err != nil {
		return err
	}
	address := strings.TrimSpace(sent.Get("address"))
	addition := subscribers.Addition{Kind: kindOf(address), Address: address, Zone: strings.TrimSpace(sent.Get("zone")), Consent: sent.Get("consent")}
	for _, id := range strings.FieldsFunc(sent.Get("components"), func(r rune) bool { return r == ',' || r <= ' ' }) {
		addition.Components = append(addition.Components, uptime.ComponentID(id))
	}
	var done subscribers.Confirmed
	again, err := v.pressed(sent, func() (err error) {
		done, err = s.SubscriberList.Add(v.ctx(), v.by, addition)
		return err
	})
	wrong := faultsOf(err)
	switch {
	case errors.Is(err, subscribers.ErrKnown):
		wrong.add("address", "is on the list already")
		fallthrough
	case len(wrong) > 0:
		return v.subscribers(http.StatusUnprocessableEntity, console.DeskView{Problem: "Nobody was added."}, nil, sent, wrong)
	case err != nil:
		return err
	case again:
		return v.goOn(subscribersPath, "already")
	case done.Secret != "":
		return v.subscribers(http.StatusOK, console.DeskView{
			Once: done.Secret, OnceText: "They are on the list. This secret signs what their webhook is sent; it is told this once:",
		}, []uptime.Subscriber{done.Subscriber}, nil, nil)
	}
	return v.goOn(subscribersPath, "added")
}

func (s *site) removeSubscriber(c echo.Context) error {
	v := s.visit(c)
	return v.simple(subscribersPath, "removed", func(url.Values) error {
		return s.SubscriberList.Remove(v.ctx(), v.by, uptime.SubscriberID(c.Param("id")))
	})
}

func (s *site) releaseSubscriber(c echo.Context) error {
	v := s.visit(c)
	return v.simple(subscribersPath, "released", func(url.Values) error {
		return s.SubscriberList.Release(v.ctx(), v.by, uptime.SubscriberID(c.Param("id")))
	})
}

// exportSubscribers answers the list as a file. It is a POST because it is
// written down.
func (s *site) exportSubscribers(c echo.Context) error {
	v := s.visit(c)
	var text bytes.Buffer
	if err := s.SubscriberList.Export(v.ctx(), v.by, &text); err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="subscribers.csv"`)
	send(c, http.StatusOK, "text/csv; charset=utf-8", text.Bytes())
	return nil
}
