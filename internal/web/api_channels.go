package web

import (
	"context"
	"time"

	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/uptime"
)

// channelBody is a channel without its settings: they may be secrets.
type channelBody struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Tiers      []int      `json:"tiers" nullable:"false" doc:"Which it is told of; empty: all."`
	Components []string   `json:"components" nullable:"false" doc:"Likewise."`
	Tags       []string   `json:"tags" nullable:"false" doc:"Likewise."`
	Remind     string     `json:"remind,omitempty" doc:"How often it is told again, as 30m0s."`
	DisabledAt *time.Time `json:"disabled_at"`
	Reason     string     `json:"disabled_reason,omitempty"`
}

func showChannel(c notify.ChannelInfo) channelBody {
	out := channelBody{
		ID: c.ID, Name: c.Name, Type: c.Type, Tiers: []int{},
		Components: words(c.Rule.Components), Tags: words(c.Rule.Tags),
		DisabledAt: instant(c.State.DisabledAt), Reason: c.State.Reason,
	}
	for _, tier := range c.Rule.Tiers {
		out.Tiers = append(out.Tiers, int(tier))
	}
	if c.Rule.Remind > 0 {
		out.Remind = c.Rule.Remind.String()
	}
	return out
}

type channelList struct {
	Body struct {
		Items []channelBody `json:"items" nullable:"false"`
	}
}

func listChannels(ctx context.Context, s *site, _ *struct{}) (*channelList, error) {
	found, err := s.Desk.Channels(ctx)
	if err != nil {
		return nil, err
	}
	out := &channelList{}
	out.Body.Items = []channelBody{}
	for _, c := range found {
		out.Body.Items = append(out.Body.Items, showChannel(c))
	}
	return out, nil
}

type channelTest struct {
	Body struct {
		State string `json:"state" enum:"sent,accepted,failed"`
		Reply string `json:"reply,omitempty" doc:"The other side's own words."`
		Error string `json:"error,omitempty"`
	}
}

// ChannelRef names a channel.
type ChannelRef struct {
	ID string `path:"id" doc:"The channel's id."`
}

// testChannel answers 200 also where the channel fails: the test has worked.
func testChannel(ctx context.Context, s *site, in *ChannelRef) (*channelTest, error) {
	if err := s.knowsChannel(ctx, in.ID); err != nil {
		return nil, err
	}
	by, _ := actorOf(ctx)
	out := &channelTest{}
	receipt, problem := s.Desk.TestChannel(ctx, by, in.ID)
	out.Body.State, out.Body.Reply = string(receipt.State), receipt.Reply
	if problem != nil {
		out.Body.State, out.Body.Error = "failed", problem.Error()
	}
	return out, nil
}

func (s *site) knowsChannel(ctx context.Context, id string) error {
	channels, err := s.Desk.Channels(ctx)
	for _, c := range channels {
		if c.ID == id {
			return nil
		}
	}
	if err == nil {
		err = uptime.ErrNotFound
	}
	return err
}

type disableInput struct {
	ChannelRef
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"For those who wonder later."`
	} // may be missing
}

func disableChannel(ctx context.Context, s *site, in *disableInput) (*struct{}, error) {
	by, _ := actorOf(ctx)
	reason := ""
	if in.Body != nil {
		reason = in.Body.Reason
	}
	return nil, s.Desk.SetChannel(ctx, by, in.ID, false, reason)
}

func enableChannel(ctx context.Context, s *site, in *ChannelRef) (*struct{}, error) {
	by, _ := actorOf(ctx)
	return nil, s.Desk.SetChannel(ctx, by, in.ID, true, "")
}
