package notice

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

var noon = time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)

func rules(channels ...Channel) Rules {
	return Rules{
		Page: uptime.PageName{Name: "Example", URL: "https://status.example.org", Zone: "Australia/Sydney"},
		Catalogue: uptime.Catalogue{Components: []uptime.Component{
			{ID: "api", Name: "Public API", Tags: []string{"edge"}},
			{ID: "sign-in", Name: "Sign-in", Tags: []string{"identity"}},
			{ID: "mail", Name: "Mail"},
		}},
		Channels: channels, Public: true,
	}
}

// outage is an incident of Sign-in that the public sees.
func outage() uptime.Incident {
	return uptime.Incident{
		ID: "i1", Title: "Sign-in outage", Tier: 1, Phase: uptime.Investigating, Automatic: true,
		Components: []uptime.ComponentID{"sign-in"}, StartedAt: noon, DetectedAt: noon, PublishedAt: noon, Version: 1,
		Updates: []uptime.Update{{ID: "u1", Phase: uptime.Investigating, Body: "3 checks in a row failed.", Automatic: true}},
	}
}

func event(reason uptime.NoticeReason, i uptime.Incident) Event {
	e := Event{ID: "n1", Reason: reason, Incident: i}
	if len(i.Updates) > 0 {
		e.Update = i.Updates[len(i.Updates)-1]
	}
	return e
}

func TestAChannelIsToldByItsRoute(t *testing.T) {
	night := &Quiet{From: 22 * time.Hour, To: 7 * time.Hour, Zone: time.UTC, Except: 1}
	all := &Quiet{From: 22 * time.Hour, To: 7 * time.Hour, Zone: time.UTC}
	midnight := noon.Add(12 * time.Hour)
	morning := noon.Add(19 * time.Hour)
	minor := outage()
	minor.Tier = 2
	gone := outage()
	gone.Components = []uptime.ComponentID{"removed"}
	atOnce := uptime.Routed{Channel: "c"}
	held := func(why uptime.HoldReason) uptime.Routed { return uptime.Routed{Channel: "c", Held: why} }
	later := uptime.Routed{Channel: "c", Held: uptime.HeldQuietHours, Due: morning}
	down := func(i uptime.Incident) Event { return event(uptime.WentDown, i) }
	silent := down(outage())
	silent.Held = uptime.HeldSilent
	for name, test := range map[string]struct {
		channel Channel
		event   Event
		now     time.Time
		want    uptime.Routed
	}{
		"without a route":                          {Channel{}, down(outage()), noon, atOnce},
		"of its tier":                              {Channel{Tiers: []uptime.Tier{1}}, down(outage()), noon, atOnce},
		"of another tier":                          {Channel{Tiers: []uptime.Tier{2, 3}}, down(outage()), noon, held(uptime.HeldRoute)},
		"of its component":                         {Channel{Components: []uptime.ComponentID{"api", "sign-in"}}, down(outage()), noon, atOnce},
		"of another component":                     {Channel{Components: []uptime.ComponentID{"api"}}, down(outage()), noon, held(uptime.HeldRoute)},
		"of its tag":                               {Channel{Tags: []string{"identity"}}, down(outage()), noon, atOnce},
		"of another tag":                           {Channel{Tags: []string{"edge"}}, down(outage()), noon, held(uptime.HeldRoute)},
		"of a removed component, by tag":           {Channel{Tags: []string{"edge"}}, down(gone), noon, held(uptime.HeldRoute)},
		"each list must match":                     {Channel{Tiers: []uptime.Tier{1}, Tags: []string{"edge"}}, down(outage()), noon, held(uptime.HeldRoute)},
		"disabled":                                 {Channel{Disabled: true}, down(outage()), noon, held(uptime.HeldDisabled)},
		"held back from everybody":                 {Channel{}, silent, noon, held(uptime.HeldSilent)},
		"held back at night: for good":             {Channel{Quiet: night}, silent, midnight, held(uptime.HeldSilent)},
		"quiet, and grave":                         {Channel{Quiet: night}, down(outage()), midnight, atOnce},
		"quiet":                                    {Channel{Quiet: night}, down(minor), midnight, later},
		"quiet for the gravest as well":            {Channel{Quiet: all}, down(outage()), midnight, later},
		"by day":                                   {Channel{Quiet: all}, down(outage()), noon, atOnce},
		"blind, whatever the route":                {Channel{Tiers: []uptime.Tier{3}}, Event{Reason: uptime.WentBlind}, noon, atOnce},
		"blind at night":                           {Channel{Quiet: night}, Event{Reason: uptime.WentBlind}, midnight, later},
		"a test of it, at night":                   {Channel{Quiet: all}, Event{Reason: uptime.TestOfChannel, Facts: map[string]string{FactChannel: "c"}}, midnight, atOnce},
		"a test of another":                        {Channel{}, Event{Reason: uptime.TestOfChannel, Facts: map[string]string{FactChannel: "d"}}, noon, held(uptime.HeldRoute)},
		"that another takes no messages":           {Channel{}, Event{Reason: uptime.ChannelDead, Facts: map[string]string{FactChannel: "d"}}, noon, atOnce},
		"that it takes no messages itself":         {Channel{}, Event{Reason: uptime.ChannelDead, Facts: map[string]string{FactChannel: "c"}}, noon, held(uptime.HeldRoute)},
		"a draft":                                  {Channel{}, down(uptime.Incident{ID: "draft", Tier: 2}), noon, atOnce},
		"not routed and disabled: the lasting one": {Channel{Disabled: true, Tiers: []uptime.Tier{3}}, down(outage()), noon, held(uptime.HeldRoute)},
	} {
		t.Run(name, func(t *testing.T) {
			test.channel.Name = "c"
			got := Plan(rules(test.channel), test.event, test.now).Channels
			if diff := cmp.Diff([]uptime.Routed{test.want}, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestThePublicIsToldOfPublishedIncidentsAlone(t *testing.T) {
	draft := outage()
	draft.PublishedAt = time.Time{}
	closed := rules()
	closed.Public = false
	of := func(held uptime.HoldReason) *uptime.Audience {
		return &uptime.Audience{
			News: uptime.NewsIncidents, Components: []uptime.ComponentID{"sign-in"}, Lane: uptime.LaneSubscribers, Held: held,
		}
	}
	joined := event(uptime.WentDown, outage())
	joined.Held = uptime.HeldDependsOn
	for name, test := range map[string]struct {
		rules Rules
		event Event
		want  *uptime.Audience
	}{
		"an outage":              {rules(), event(uptime.WentDown, outage()), of("")},
		"an update":              {rules(), event(uptime.NewsOfState, outage()), of("")},
		"a recovery":             {rules(), event(uptime.Recovered, outage()), of("")},
		"a review":               {rules(), event(uptime.ReviewOut, outage()), of("")},
		"a draft":                {rules(), event(uptime.WentDown, draft), of(uptime.HeldDraft)},
		"joined to another":      {rules(), joined, of(uptime.HeldDependsOn)},
		"nobody can subscribe":   {closed, event(uptime.WentDown, outage()), nil},
		"a reminder":             {rules(), event(uptime.Reminder, outage()), nil},
		"an overdue update":      {rules(), event(uptime.UpdateOverdue, outage()), nil},
		"blindness":              {rules(), Event{Reason: uptime.WentBlind}, nil},
		"sight":                  {rules(), Event{Reason: uptime.SeesAgain}, nil},
		"a dead channel":         {rules(), Event{Reason: uptime.ChannelDead}, nil},
		"a test":                 {rules(), Event{Reason: uptime.TestOfChannel}, nil},
		"news without incident":  {rules(), Event{Reason: uptime.NewsOfState}, nil},
		"a request to confirm":   {rules(), Event{Reason: uptime.ConfirmSubscription}, nil},
		"a repeated request":     {rules(), Event{Reason: uptime.AlreadySubscribed}, nil},
		"a dead channel's notes": {rules(), event(uptime.ChannelDead, outage()), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Plan(test.rules, test.event, noon).Audience); diff != "" {
				t.Errorf("audience (-want +got):\n%s", diff)
			}
		})
	}
}

func TestANoticeIsASnapshot(t *testing.T) {
	i := outage()
	i.Components = []uptime.ComponentID{"removed", "mail", "api", "mail"}
	i.Unaffected = []uptime.ComponentID{"sign-in"}
	i.Updates = nil
	for n := range 30 {
		i.Updates = append(i.Updates, uptime.Update{
			ID: string(rune('A' + n)), Author: "somebody", Amended: []uptime.Amendment{{Body: "old", Author: "somebody"}},
		})
	}
	r := rules()
	r.States = map[uptime.ComponentID]uptime.State{"api": uptime.Degraded, "sign-in": uptime.Up}
	e := event(uptime.NewsOfState, i)
	e.Update = i.Updates[27]
	e.States = map[uptime.ComponentID]uptime.State{"mail": uptime.Down}
	e.Facts = map[string]string{"code": "timeout"}
	got := Plan(r, e, noon).Content
	if diff := cmp.Diff([]uptime.ComponentNote{
		{ID: "api", Name: "Public API", State: uptime.Degraded}, {ID: "mail", Name: "Mail", State: uptime.Down}, {ID: "removed", Name: "removed"},
	}, got.Components); diff != "" {
		t.Errorf("affected (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]uptime.ComponentNote{{ID: "sign-in", Name: "Sign-in", State: uptime.Up}}, got.Unaffected); diff != "" {
		t.Errorf("not affected (-want +got):\n%s", diff)
	}
	u := got.Incident.Updates
	if len(u) != 20 || u[19].ID != i.Updates[27].ID || u[0].ID != i.Updates[8].ID || got.Update.ID != i.Updates[27].ID {
		t.Errorf("%d updates, %v … , told %v", len(u), u, got.Update.ID)
	}
	if u[3].Author != "" || u[3].Amended[0].Author != "" || got.Update.Author != "" {
		t.Error("the public can read who wrote")
	}
	e.Facts["code"], i.Components[0], i.Updates[27].Amended[0].Body = "x", "x", "x"
	if got.Facts["code"] != "timeout" || got.Incident.Components[0] != "removed" || got.Update.Amended[0].Body != "old" {
		t.Error("it changes with what it was made of")
	}
	if i.Updates[27].Author != "somebody" || i.Updates[27].Amended[0].Author != "somebody" {
		t.Error("what it was made of was changed")
	}
	e.Update = uptime.Update{ID: "new"}
	if u = Plan(r, e, noon).Content.Incident.Updates; len(u) != 20 || u[19].ID != "new" {
		t.Errorf("an update that is not among them yet is left out: %v", u)
	}
}

func TestTheSummaryIsOneLine(t *testing.T) {
	person := outage()
	person.Updates[0] = uptime.Update{ID: "u1", Phase: uptime.FalseAlarm, Body: "## Hm\n*sorry*"}
	promised := outage()
	promised.Updates[0].NextBy = noon
	review := outage()
	review.Updates[0] = uptime.Update{ID: "u1", Phase: uptime.PostmortemOut, Body: "# Review"}
	channel := map[string]string{FactChannel: "pager"}
	for want, e := range map[string]Event{
		"Sign-in outage: 3 checks in a row failed.":                                   event(uptime.WentDown, outage()),
		"Sign-in outage: false alarm":                                                 event(uptime.Recovered, person),
		"Sign-in outage: review published":                                            event(uptime.ReviewOut, review),
		"Sign-in outage: not resolved yet":                                            event(uptime.Reminder, outage()),
		"Sign-in outage: investigating":                                               {Reason: uptime.NewsOfState, Incident: outage()},
		"Sign-in outage: the update promised by 12:00 UTC on 7 March 2026 is overdue": event(uptime.UpdateOverdue, promised),
		"The channel pager takes no messages":                                         {Reason: uptime.ChannelDead, Facts: channel},
		"A test of the channel pager":                                                 {Reason: uptime.TestOfChannel, Facts: channel},
		"Our own connection is lost: nothing can be observed":                         {Reason: uptime.WentBlind},
		"Our own connection is back":                                                  {Reason: uptime.SeesAgain},
		"said by the caller":                                                          {Reason: uptime.SeesAgain, Summary: " said\r\nby the\tcaller"},
		strings.Repeat("ä", 299) + "…":                                                {Reason: uptime.SeesAgain, Summary: strings.Repeat("ä", 1000)},
	} {
		if got := Plan(rules(), e, noon).Summary; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// anyRules and anyEvent draw whatever a configuration and a day may bring.
func anyRules(t *rapid.T) Rules {
	var channels []Channel
	for n := range rapid.IntRange(0, 5).Draw(t, "channels") {
		c := Channel{
			Name:       string(rune('a' + n)),
			Tiers:      rapid.SliceOfN(rapid.SampledFrom([]uptime.Tier{1, 2, 3}), 0, 2).Draw(t, "tiers"),
			Components: rapid.SliceOfN(rapid.SampledFrom([]uptime.ComponentID{"api", "sign-in", "gone"}), 0, 2).Draw(t, "components"),
			Tags:       rapid.SliceOfN(rapid.SampledFrom([]string{"edge", "identity"}), 0, 1).Draw(t, "tags"),
			Remind:     time.Duration(rapid.IntRange(0, 90).Draw(t, "remind")) * time.Minute,
			Disabled:   rapid.IntRange(0, 4).Draw(t, "disabled") == 0,
		}
		if rapid.Bool().Draw(t, "quiet") {
			clock := rapid.Map(rapid.IntRange(0, 24*60), func(m int) time.Duration { return time.Duration(m) * time.Minute })
			c.Quiet = &Quiet{
				From: clock.Draw(t, "from"), To: clock.Draw(t, "to"), Zone: zone(rapid.SampledFrom(zones).Draw(t, "zone")),
				Except: rapid.SampledFrom([]uptime.Tier{0, 1, 2, 3}).Draw(t, "except"),
			}
		}
		channels = append(channels, c)
	}
	r := rules(channels...)
	r.Public = rapid.Bool().Draw(t, "public")
	return r
}

func anyEvent(t *rapid.T) Event {
	i := outage()
	i.Tier = rapid.SampledFrom([]uptime.Tier{1, 2, 3}).Draw(t, "tier")
	i.Components = rapid.SliceOfNDistinct(rapid.SampledFrom([]uptime.ComponentID{"api", "sign-in", "mail", "gone"}), 0, 3, rapid.ID).Draw(t, "affected")
	if rapid.Bool().Draw(t, "draft") {
		i.PublishedAt = time.Time{}
	}
	e := event(rapid.SampledFrom([]uptime.NoticeReason{
		uptime.WentDown, uptime.Recovered, uptime.NewsOfState, uptime.Reminder, uptime.UpdateOverdue, uptime.ReviewOut,
		uptime.WentBlind, uptime.SeesAgain, uptime.ChannelDead, uptime.TestOfChannel,
	}).Draw(t, "reason"), i)
	e.Held = rapid.SampledFrom([]uptime.HoldReason{"", "", uptime.HeldSilent, uptime.HeldDependsOn, uptime.HeldFlapping}).Draw(t, "held")
	e.Facts = map[string]string{FactChannel: rapid.SampledFrom([]string{"a", "b", "z"}).Draw(t, "fact")}
	if rapid.IntRange(0, 3).Draw(t, "about none") == 0 {
		e.Incident, e.Update = uptime.Incident{}, uptime.Update{}
	}
	return e
}

func anyTime(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(1_600_000_000, 2_000_000_000).Draw(t, "now"), 0).UTC()
}

func TestEveryEventHasOneOutcomeForEveryChannel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, e, now := anyRules(t), anyEvent(t), anyTime(t)
		n := Plan(r, e, now)
		var told []string
		for _, row := range n.Channels {
			told = append(told, row.Channel)
			if row.Held == "" && !row.Due.IsZero() || !row.Due.IsZero() && !row.Due.After(now) {
				t.Fatalf("%+v is neither at once, nor later, nor never", row)
			}
			if waits := row.Held == uptime.HeldQuietHours; waits != !row.Due.IsZero() {
				t.Fatalf("%+v waits for nothing, or for ever", row)
			}
			if e.Held != "" && row.Held == "" {
				t.Fatalf("%+v of an event that is held back: %s", row, e.Held)
			}
		}
		var names []string
		for _, c := range r.Channels {
			names = append(names, c.Name)
		}
		if !slices.Equal(names, told) {
			t.Fatalf("rows for %v, channels %v", told, names)
		}
		if diff := cmp.Diff(n, Plan(r, e, now)); diff != "" {
			t.Fatalf("decided twice, told differently:\n%s", diff)
		}
		if !utf8.ValidString(n.Summary) || n.Summary == "" || strings.ContainsAny(n.Summary, "\r\n") {
			t.Fatalf("the summary is %q", n.Summary)
		}
	})
}

func TestNoDraftHasAnAudience(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, e, now := anyRules(t), anyEvent(t), anyTime(t)
		n := Plan(r, e, now)
		switch {
		case n.Audience == nil:
		case e.Incident.ID == "" || !r.Public:
			t.Fatalf("the public is told of %s", e.Reason)
		case e.Incident.Draft() && n.Audience.Held != uptime.HeldDraft:
			t.Fatalf("the public is told of a draft: %+v", n.Audience)
		case e.Held != "" && n.Audience.Held == "":
			t.Fatalf("the public is told what is held back: %+v", n.Audience)
		}
	})
}
