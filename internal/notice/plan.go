package notice

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Plan says who is owed a notice of the event, and when, and why not: one row
// for every channel, and the public's audience. The same event gives the same
// id, so planning it twice owes nobody a second message. Times are UTC.
//
// A channel's row is exactly one of three: at once (neither Held nor Due), later
// (Held with Due) or never (Held alone). Where several reasons hold it back the
// row has the one that lasts longest: its route, that it is disabled, the
// event's own, the quiet hours.
func Plan(rules Rules, e Event, now time.Time) uptime.Notice {
	n := uptime.Notice{
		ID: e.ID, At: now.UTC(), Reason: e.Reason, Incident: e.Incident.ID, Plan: subject(e),
		Summary: summary(rules, e), Content: content(rules, e), Audience: audience(rules, e),
	}
	if toOne(e.Reason) {
		return n
	}
	for _, channel := range rules.Channels {
		n.Channels = append(n.Channels, rules.route(channel, e, now))
	}
	return n
}

// route decides about one channel.
func (r Rules) route(c Channel, e Event, now time.Time) uptime.Routed {
	row := uptime.Routed{Channel: c.Name}
	switch {
	case !r.wants(c, e):
		row.Held = uptime.HeldRoute
	case c.Disabled:
		row.Held = uptime.HeldDisabled
	case e.Held != "":
		row.Held = e.Held
	case aboutPlan(e.Reason) && e.Plan.Draft():
		row.Held = uptime.HeldDraft
	default:
		if end, quiet := c.quiet(e, now); quiet {
			row.Held, row.Due = uptime.HeldQuietHours, end
		}
	}
	return row
}

// wants tells whether the channel's route matches. What is about a plan is routed
// by its components, whatever the tiers: a plan has none, and one that names no
// component concerns all of them. What is about neither concerns every channel,
// but a test concerns its own alone, and a channel that
// takes no messages is not told so through itself.
func (r Rules) wants(c Channel, e Event) bool {
	switch e.Reason {
	case uptime.TestOfChannel:
		return c.Name == e.Facts[FactChannel]
	case uptime.ChannelDead:
		return c.Name != e.Facts[FactChannel]
	default:
	}
	switch {
	case e.Incident.ID == "" && len(e.Plan.Components) == 0:
		return true
	case e.Incident.ID == "":
		return (len(c.Components) == 0 || e.Plan.Touches(c.Components...)) &&
			(len(c.Tags) == 0 || r.tagged(e.Plan.Components, c.Tags))
	}
	return (len(c.Tiers) == 0 || slices.Contains(c.Tiers, e.Incident.Tier)) &&
		(len(c.Components) == 0 || e.Incident.Touches(c.Components...)) &&
		(len(c.Tags) == 0 || r.tagged(e.Incident.Components, c.Tags))
}

// tagged tells whether one of the components has one of the tags.
func (r Rules) tagged(components []uptime.ComponentID, tags []string) bool {
	return slices.ContainsFunc(r.Catalogue.Components, func(c uptime.Component) bool {
		return slices.Contains(components, c.ID) &&
			slices.ContainsFunc(c.Tags, func(tag string) bool { return slices.Contains(tags, tag) })
	})
}

// audience is which subscribers are owed the notice: those who asked for news of
// incidents, or of maintenance. A draft is told to nobody, and the ledger says so.
func audience(rules Rules, e Event) *uptime.Audience {
	if aboutPlan(e.Reason) {
		return planAudience(rules, e)
	}
	if !rules.Public || e.Incident.ID == "" || !public(e.Reason) {
		return nil
	}
	a := uptime.Audience{
		News: uptime.NewsIncidents, Components: slices.Clone(e.Incident.Components),
		Lane: uptime.LaneSubscribers, Held: e.Held,
	}
	if e.Incident.Draft() {
		a.Held = uptime.HeldDraft
	}
	return &a
}

// public tells whether the public's subscribers want such news.
func public(reason uptime.NoticeReason) bool {
	switch reason {
	case uptime.WentDown, uptime.Recovered, uptime.WasDown, uptime.NewsOfState, uptime.ReviewOut:
		return true
	default: // what concerns operators, or one subscriber
		return false
	}
}

// toOne tells whether the reason concerns one subscriber and no channel. Whoever
// plans such a notice sets its audience.
func toOne(reason uptime.NoticeReason) bool {
	return reason == uptime.ConfirmSubscription || reason == uptime.AlreadySubscribed
}
