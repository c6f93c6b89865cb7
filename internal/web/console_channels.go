package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/uptime"
)

const channelsPath = "/console/channels"

// channelsPage lists where operators are told.
func (s *site) channelsPage(c echo.Context) error { return s.visit(c).channels(console.DeskView{}) }

func (v visit) channels(view console.DeskView) error {
	all, err := v.Desk.Channels(v.ctx())
	if err != nil {
		return err
	}
	view.Frame = v.frame("Channels", channelsPath)
	view.Lede = "Where operators are told. Channels are made in the configuration file; here they are tried, and put out of use."
	if view.Done == "" {
		view.Done = v.doneText()
	}
	if len(all) == 0 {
		view.Sections = []console.Section{{Text: "No channel is configured, so no operator is told of anything."}}
	}
	for _, ch := range all {
		section, err := v.channel(ch)
		if err != nil {
			return err
		}
		view.Sections = append(view.Sections, section)
	}
	show(v.c, http.StatusOK, console.Desk(view))
	return nil
}

// channel is one channel, with what can be done about it.
func (v visit) channel(ch notify.ChannelInfo) (console.Section, error) {
	out := console.Section{Heading: ch.Name}
	add := func(name string, cell console.Cell) {
		out.Facts = append(out.Facts, console.Fact{Name: name, Cell: cell})
	}
	state := console.Cell{Mark: console.Mark{Class: "up", Shape: "●", Text: "in use"}}
	off := !ch.State.DisabledAt.IsZero()
	if off {
		state = console.Cell{Mark: console.Mark{Class: "down", Shape: "■", Text: "out of use"}, Time: v.moment(ch.State.DisabledAt), Note: ch.State.Reason}
	}
	add("State", state)
	add("Type", console.Cell{Text: ch.Type, Note: ch.ID})
	last, err := v.Records.Deliveries(v.ctx(), uptime.DeliveryFilter{Channel: ch.ID}, uptime.Cursor{Limit: 1})
	if err != nil {
		return out, err
	}
	add("Last delivery", console.Cell{Text: "none yet"})
	if len(last) == 1 {
		d := last[0]
		out.Facts[len(out.Facts)-1].Cell = console.Cell{
			Mark: stateMark(d.State), Time: v.moment(d.Settled), Text: d.Notice.Summary, Path: ledgerPath + "/" + d.Notice.ID, Note: d.Error,
		}
	}
	add("Is told of", console.Cell{Text: toldOf(ch)})
	if q := ch.Rule.Quiet; q != nil {
		quiet := console.Cell{Text: fmt.Sprintf("%s to %s, %s", wall(q.From), wall(q.To), q.Zone)}
		if q.Except > 0 {
			quiet.Note = "tier 1 goes at once"
			if q.Except > 1 {
				quiet.Note = fmt.Sprintf("tiers 1 to %d go at once", q.Except)
			}
		}
		add("Quiet hours", quiet)
	}
	if ch.Rule.Remind > 0 {
		add("Reminds every", console.Cell{Text: span(ch.Rule.Remind)})
	}
	if v.may(uptime.Admin) {
		out.Forms = channelForms(ch.ID, off)
	}
	return out, nil
}

func channelForms(id string, off bool) []console.Form {
	path := channelsPath + "/" + id
	forms := []console.Form{{
		ID: "test-" + id, Action: path + "/test", Hidden: []console.Hidden{onceKey()},
		Buttons: []console.Button{{Text: "Send a test", Plain: true}},
	}}
	if off {
		return append(forms, console.Form{
			ID: "enable-" + id, Action: path + "/enable", Hidden: []console.Hidden{onceKey()},
			Buttons: []console.Button{{Text: "Put it in use"}},
		})
	}
	return append(forms, console.Form{
		ID: "disable-" + id, Action: path + "/disable", Heading: "Put it out of use", Folded: true, Hidden: []console.Hidden{onceKey()},
		Fields:  []console.Field{{Name: "reason", Label: "Why", Help: "For those who wonder later."}},
		Buttons: []console.Button{{Text: "Put it out of use"}},
	})
}

// toldOf says which incidents a channel is told of.
func toldOf(ch notify.ChannelInfo) string {
	var parts []string
	for _, t := range ch.Rule.Tiers {
		parts = append(parts, fmt.Sprintf("tier %d", t))
	}
	for _, id := range ch.Rule.Components {
		parts = append(parts, string(id))
	}
	for _, tag := range ch.Rule.Tags {
		parts = append(parts, "#"+tag)
	}
	if len(parts) == 0 {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

// wall is a time of day.
func wall(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d/time.Hour), int(d%time.Hour/time.Minute))
}

// tryChannel sends a test and shows what came back.
func (s *site) tryChannel(c echo.Context) error {
	v, id := s.visit(c), c.Param("id")
	if err := s.knowsChannel(v.ctx(), id); err != nil {
		return err
	}
	sent, err := v.fields()
	if err != nil {
		return err
	}
	view := console.DeskView{}
	again, err := v.pressed(sent, func() error {
		// A channel that does not answer is what the test was to find out.
		if receipt, failed := s.Desk.TestChannel(v.ctx(), v.by, id); failed != nil {
			view.Problem = "The test to " + id + " failed: " + failed.Error()
		} else {
			view.Done = "The test to " + id + " is " + string(receipt.State) + ". " + receipt.Reply
		}
		return nil
	})
	if err != nil {
		return err
	}
	if again {
		return v.goOn(channelsPath, "already")
	}
	return v.channels(view)
}

func (s *site) channelOff(c echo.Context) error {
	v := s.visit(c)
	return v.simple(channelsPath, "disabled", func(sent url.Values) error {
		return s.Desk.SetChannel(v.ctx(), v.by, c.Param("id"), false, sent.Get("reason"))
	})
}

func (s *site) channelOn(c echo.Context) error {
	v := s.visit(c)
	return v.simple(channelsPath, "enabled", func(url.Values) error {
		return s.Desk.SetChannel(v.ctx(), v.by, c.Param("id"), true, "")
	})
}
