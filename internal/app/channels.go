package app

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/notify"
	"github.com/upheld/upheld/internal/uptime"
)

// courierWay is everything that messages are sent with, built from one file.
type courierWay struct {
	channels      map[string]notify.ChannelSetup
	mail, webhook notify.Sender
}

// close ends the connections that are kept open.
func (w courierWay) close() error {
	if kept, is := w.mail.(io.Closer); is {
		return kept.Close()
	}
	return nil
}

// buildWay builds the senders of a file. Its error is config.Problems.
func (a *App) buildWay(file *config.File) (courierWay, error) {
	env := a.senderEnv(file)
	way := courierWay{channels: make(map[string]notify.ChannelSetup, len(file.Channels)), webhook: notify.NewSubscriberWebhook(env)}
	var problems config.Problems
	if env.Mail != nil {
		mailer, err := notify.NewMailer(*env.Mail, env)
		problems = append(problems, located(file, "mail", err)...)
		way.mail = mailer
	}
	for _, c := range channelsOf(file) {
		settings, known := c.Settings.(notify.Settings)
		if !known {
			return courierWay{}, fmt.Errorf("channel type %q cannot be built", c.Type)
		}
		sender, err := settings.Build(env)
		problems = append(problems, located(file, c.Path, err)...)
		way.channels[c.ID] = notify.ChannelSetup{Sender: sender, Group: c.Group.D()}
	}
	if len(problems) > 0 {
		return courierWay{}, problems
	}
	return way, nil
}

// channelsOf are the file's channels, or else the program's log: somebody is
// told.
func channelsOf(file *config.File) []config.Channel {
	if len(file.Channels) > 0 {
		return file.Channels
	}
	return []config.Channel{{ID: "log", Name: "Log", Type: "log", Settings: new(notify.Log)}}
}

func (a *App) senderEnv(file *config.File) notify.Env {
	return notify.Env{
		Egress: a.env.egress, Public: publicGuard(file), Log: a.log,
		Links: notify.Links{Page: pageURL(file, a.Public().String()), Word: a.subscribers.Word},
		Mail:  mailSettings(file.Mail),
		Open: func(id uptime.SubscriberID, sealed string) (string, error) {
			secrets, err := a.subscribers.Secrets(id, []string{sealed})
			if err != nil {
				return "", err
			}
			return secrets[0], nil
		},
	}
}

// sendable refuses channels that need what the file does not have, and mail
// settings that cannot be used. Its error is config.Problems.
func sendable(file *config.File) error {
	var problems config.Problems
	given := mailSettings(file.Mail)
	if given != nil {
		_, err := notify.NewMailer(*given, notify.Env{})
		problems = append(problems, located(file, "mail", err)...)
	}
	for _, c := range file.Channels {
		if _, letters := c.Settings.(*notify.Mail); letters && given == nil {
			problems = append(problems, file.Problem(c.Path+".type",
				"no mail can be sent: the file names no server", "add the section mail: {server: …, from: …}"))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// mailSettings are those of the file; nil where it names no server.
func mailSettings(m config.Mail) *notify.MailSettings {
	if m.Server == "" {
		return nil
	}
	return &notify.MailSettings{
		Server: m.Server, TLS: m.TLS, Username: m.Username, Password: m.Password, From: m.From, ReturnPath: m.ReturnPath,
	}
}

// planned is what the file says of who is told what.
func planned(file *config.File, catalogue uptime.Catalogue) notice.Rules {
	rules := notice.Rules{
		Page:      uptime.PageName{Name: catalogue.Page.Name, URL: catalogue.Page.URL, Zone: catalogue.Page.Zone.String()},
		Catalogue: catalogue,
		Public:    true,
	}
	for _, c := range channelsOf(file) {
		channel := notice.Channel{Name: c.ID, Tags: c.Route.Tags, Remind: c.Remind.D()}
		for _, tier := range c.Route.Tiers {
			channel.Tiers = append(channel.Tiers, uptime.Tier(tier))
		}
		for _, id := range c.Route.Components {
			channel.Components = append(channel.Components, uptime.ComponentID(id))
		}
		if q := c.Quiet; q.From != q.To {
			channel.Quiet = &notice.Quiet{From: q.From.D(), To: q.To.D(), Zone: q.TimeZone.Location, Except: uptime.Tier(q.Except)}
		}
		rules.Channels = append(rules.Channels, channel)
	}
	return rules
}

// publishes are the tiers whose incidents are published by themselves.
func publishes(p config.Publish) map[uptime.Tier]bool {
	const atOnce = "at_once"
	return map[uptime.Tier]bool{1: p.Tier1 == atOnce, 2: p.Tier2 == atOnce, 3: p.Tier3 == atOnce}
}

// rulesInForce are the file's, with the channels off that were disabled since.
func (a *App) rulesInForce() notice.Rules {
	a.mu.Lock()
	defer a.mu.Unlock()
	rules := a.rules
	rules.Channels = slices.Clone(rules.Channels)
	for i, c := range rules.Channels {
		rules.Channels[i].Disabled = !a.channelStates[c.Name].DisabledAt.IsZero()
	}
	return rules
}

// learnChannels reads which channels were disabled. What cannot be read stays
// as it was.
func (a *App) learnChannels(ctx context.Context) {
	states, err := a.db.ChannelStates(ctx)
	if err != nil {
		return
	}
	held := make(map[string]uptime.ChannelState, len(states))
	for _, s := range states {
		held[s.Name] = s
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.channelStates = held
}

// Channels lists the operators' channels in the order of the configuration.
func (a *App) Channels(ctx context.Context) ([]notify.ChannelInfo, error) {
	a.learnChannels(ctx)
	rules := a.rulesInForce()
	a.mu.Lock()
	defer a.mu.Unlock()
	all := []notify.ChannelInfo{}
	for i, c := range channelsOf(a.file) {
		all = append(all, notify.ChannelInfo{
			ID: c.ID, Name: c.Name, Type: c.Type, Rule: rules.Channels[i], Group: c.Group.D(), State: a.channelStates[c.ID],
		})
	}
	return all, nil
}

// testTime bounds the test of a channel: somebody waits for it.
const testTime = 12 * time.Second

// TestChannel sends a test message at once and answers what came back.
func (a *App) TestChannel(ctx context.Context, by uptime.Actor, id string) (notify.Receipt, error) {
	a.mu.Lock()
	rules, page := a.rules, a.catalogue.Page
	a.mu.Unlock()
	if !a.hasChannel(id) {
		return notify.Receipt{}, fmt.Errorf("channel %q: %w", id, uptime.ErrNotFound)
	}
	now := a.engine.Now()
	rules.Channels = nil
	note := notice.Plan(rules, notice.Event{
		ID: fmt.Sprintf("test-%s-%d", id, now.UnixMilli()), Reason: uptime.TestOfChannel,
		Summary: "A test from " + page.Name + ": this channel works.",
	}, now)
	to := uptime.Recipient{Kind: uptime.ToChannel, ID: id}
	delivery := uptime.Delivery{ID: uptime.DeliveryID(note.ID, to), Lane: uptime.LaneOperators, Recipient: to, Notice: note, Attempt: 1}
	if err := a.record.Apply(ctx, uptime.Changes{Audit: []uptime.AuditEntry{{At: now, Actor: by, Action: "channel.test", Object: id}}}); err != nil {
		return notify.Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	return a.courier.Try(ctx, notice.Fold([]uptime.Delivery{delivery})[0])
}

func (a *App) hasChannel(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(channelsOf(a.file), func(c config.Channel) bool { return c.ID == id })
}

// SetChannel puts a channel out of use, or in use again. Reason is for those
// who wonder later.
func (a *App) SetChannel(ctx context.Context, by uptime.Actor, id string, inUse bool, reason string) error {
	if !a.hasChannel(id) {
		return fmt.Errorf("channel %q: %w", id, uptime.ErrNotFound)
	}
	now := a.engine.Now()
	state, action := uptime.ChannelState{Name: id, DisabledAt: now, Reason: reason}, "channel.disable"
	if inUse {
		state, action = uptime.ChannelState{Name: id}, "channel.enable"
	}
	return a.record.Apply(ctx, uptime.Changes{
		Channels: []uptime.ChannelState{state},
		Audit:    []uptime.AuditEntry{{At: now, Actor: by, Action: action, Object: id, Detail: reason}},
	})
}

// channelDied owes the other channels word of one that takes no messages.
func (a *App) channelDied(d uptime.Delivery) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), testTime)
		defer cancel()
		rules := a.rulesInForce()
		rules.Channels = slices.DeleteFunc(rules.Channels, func(c notice.Channel) bool { return c.Name == d.Recipient.ID })
		note := notice.Plan(rules, notice.Event{
			ID: d.ID + "-dead", Reason: uptime.ChannelDead,
			Summary: "The channel " + d.Recipient.ID + " takes no messages: " + d.Error,
			Facts:   map[string]string{"channel": d.Recipient.ID, "error": d.Error},
		}, a.engine.Now())
		if err := a.db.Apply(ctx, uptime.Changes{Outbox: []uptime.Notice{note}}); err != nil {
			a.log.Error("other channels cannot be told of a dead one", "channel", d.Recipient.ID, "error", err)
			return
		}
		a.courier.Wake()
	}()
}
