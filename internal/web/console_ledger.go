package web

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

const ledgerPath = "/console/ledger"

// ledgerPage lists what was owed, why or why not, and what came of it.
func (s *site) ledgerPage(c echo.Context) error {
	v := s.visit(c)
	found, err := s.Records.Notices(v.ctx(), uptime.NoticeFilter{
		Incident: uptime.IncidentID(c.QueryParam("incident")), Reason: uptime.NoticeReason(c.QueryParam("reason")),
	}, v.after())
	if err != nil {
		return err
	}
	shown, older, newest := part(v, found, func(r uptime.NoticeRecord) string { return r.Notice.ID })
	table := v.noticeTable(shown, "Nothing was owed to anybody yet.")
	show(c, http.StatusOK, console.Desk(console.DeskView{
		Frame: v.frame("Ledger", ledgerPath), Done: v.doneText(), Older: older, Newest: newest,
		Lede:     "Every notice that was owed, the newest first: why, and what came of it. “accepted” is the other side's word; “sent” was handed over, and it gives no word.",
		Sections: []console.Section{{Table: &table}},
	}))
	return nil
}

// noticeTable lists notices.
func (v visit) noticeTable(all []uptime.NoticeRecord, empty string) console.Table {
	if empty == "" {
		empty = "Nobody was owed a notice."
	}
	t := console.Table{Name: "Notices", Heads: []string{"When", "What", "Why", "What came of it"}, Empty: empty}
	for _, r := range all {
		n := r.Notice
		came := console.Cell{Text: tally(r.Counts)}
		if n.Audience != nil && n.Audience.Held != "" {
			came.Note = "subscribers are not told: " + heldWhy(n.Audience.Held)
		}
		if r.Counts[uptime.DeliveryDead]+r.Counts[uptime.DeliveryBounced] > 0 {
			came.Mark = console.Mark{Class: "down", Shape: "■", Text: "not everybody was reached:"}
		}
		summary := n.Summary
		if summary == "" {
			summary = word(n.Reason)
		}
		t.Rows = append(t.Rows, []console.Cell{
			{Time: v.moment(n.At)}, {Text: summary, Path: ledgerPath + "/" + n.ID}, {Text: word(n.Reason)}, came,
		})
	}
	return t
}

// noticePage shows the deliveries of one notice.
func (s *site) noticePage(c echo.Context) error {
	v, id := s.visit(c), c.Param("id")
	cursor := v.after()
	state := uptime.DeliveryState(c.QueryParam("state"))
	found, err := s.Records.Deliveries(v.ctx(), uptime.DeliveryFilter{Notice: id, State: state}, cursor)
	if err != nil {
		return err
	}
	if len(found) == 0 && state == "" && cursor.After == "" {
		return uptime.ErrNotFound
	}
	shown, older, newest := part(v, found, func(d uptime.Delivery) string { return d.ID })
	table := console.Table{
		Name: "Deliveries", Heads: []string{"To", "State", "Tries", "The other side's words", "Proof"}, Empty: "None is in this state.",
	}
	view := console.DeskView{Frame: v.frame("Notice", ledgerPath), Done: v.doneText(), Older: older, Newest: newest}
	for i, d := range shown {
		if i == 0 {
			view.Title = d.Notice.Summary
			view.Sections = append(view.Sections, console.Section{Facts: v.noticeFacts(d.Notice)})
		}
		row, err := v.delivery(d)
		if err != nil {
			return err
		}
		table.Rows = append(table.Rows, row)
	}
	view.Tabs = []console.Link{{Text: "All", Path: ledgerPath + "/" + id, Here: state == ""}}
	for _, one := range ledgerStates() {
		view.Tabs = append(view.Tabs, console.Link{Text: string(one), Path: ledgerPath + "/" + id + "?state=" + string(one), Here: one == state})
	}
	view.Sections = append(view.Sections, console.Section{Heading: "Deliveries", Table: &table})
	show(c, http.StatusOK, console.Desk(view))
	return nil
}

func (v visit) noticeFacts(n uptime.Notice) []console.Fact {
	facts := []console.Fact{
		{Name: "Owed", Cell: console.Cell{Time: v.moment(n.At)}},
		{Name: "Why", Cell: console.Cell{Text: word(n.Reason)}},
		{Name: "Notice", Cell: console.Cell{Text: n.ID, Code: true}},
	}
	if n.Plan != "" {
		facts = append(facts, console.Fact{Name: "Plan", Cell: console.Cell{Text: string(n.Plan), Path: planAddress(n.Plan)}})
	}
	if n.Incident != "" {
		facts = append(facts, console.Fact{Name: "Incident", Cell: console.Cell{Text: string(n.Incident), Path: incidentAddress(n.Incident)}})
	}
	return facts
}

// delivery is one row of the ledger. Addresses are for administrators.
func (v visit) delivery(d uptime.Delivery) ([]console.Cell, error) {
	to := console.Cell{Text: string(d.Recipient.Kind) + " " + d.Recipient.ID}
	if d.Recipient.Kind != uptime.ToChannel {
		to.Text = "subscriber by " + string(d.Recipient.Kind)
		who, err := v.recipient(uptime.SubscriberID(d.Recipient.ID))
		if err != nil {
			return nil, err
		}
		to.Note = who.Note
	}
	state := console.Cell{Mark: stateMark(d.State), Time: v.moment(d.Settled)}
	if d.Held != "" {
		state.Note = heldWhy(d.Held)
	}
	if (d.State == uptime.DeliveryQueued || d.State == uptime.DeliverySending) && d.Due.After(v.now) {
		state.Note += " next try in " + span(d.Due.Sub(v.now))
	}
	words := console.Cell{Text: d.Reply, Note: d.Error}
	if d.RemoteID != "" {
		words.Note += " its id: " + d.RemoteID
	}
	proof := console.Cell{Text: d.ID, Code: true}
	if d.Digest != "" {
		proof.Note = "sha-256 " + d.Digest
	}
	if d.In != "" {
		proof.Note += " told in " + d.In
	}
	if v.may(uptime.Publisher) && (d.State == uptime.DeliveryDead || d.State == uptime.DeliveryBounced) {
		state.Form = &console.Form{
			ID: "resend-" + d.ID, Action: "/console/deliveries/" + d.ID + "/resend",
			Hidden: []console.Hidden{onceKey()}, Buttons: []console.Button{{Text: "Send again", Plain: true}},
		}
	}
	return []console.Cell{to, state, {Text: fmt.Sprint(d.Attempt)}, words, proof}, nil
}

// resend owes a delivery again that was given up or bounced.
func (s *site) resend(c echo.Context) error {
	v, id := s.visit(c), c.Param("id")
	d, err := s.Records.DeliveryByID(v.ctx(), id)
	if err != nil {
		return err
	}
	return v.simple(ledgerPath+"/"+d.Notice.ID, "resent", func(url.Values) error { return s.Desk.Resend(v.ctx(), v.by, id) })
}
