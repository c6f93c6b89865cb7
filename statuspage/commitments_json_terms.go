package statuspage

import (
	"cmp"
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/uptime"
)

// termsJSON are a promise's terms as they are held.
func (b *book) termsJSON(c uptime.Commitment) jsonTerms {
	var t jsonTerms
	switch {
	case c.Availability != nil:
		a := c.Availability
		t.Service, t.Target, t.Window = string(a.Service), a.Target.String(), windowID(a.Window)
		if a.Window.Kind != uptime.Rolling {
			t.TimeZone = zoneName(cmp.Or(a.Zone, b.zone))
		}
	case c.Hours != nil:
		for _, rule := range c.Hours.Blackouts {
			t.Blackouts = append(t.Blackouts, blackoutJSON(rule))
		}
	case c.Notice != nil:
		for _, kind := range c.Notice.Of {
			t.Of = append(t.Of, string(kind))
		}
		t.Notice, t.OwedTo = fmt.Sprintf("%d%s", c.Notice.Rule.Amount, c.Notice.Rule.Unit), c.Notice.OwedTo
		if c.Notice.Rule.Unit == uptime.Days {
			t.TimeZone = zoneName(cmp.Or(c.Notice.Rule.Zone, time.UTC))
		}
	case c.Clock != nil:
		k := c.Clock
		t.Clock, t.Type, t.Tier, t.Amount, t.Unit, t.Goal, t.Calendar = k.Clock, k.Type, int(k.Tier), k.Amount, k.Unit, k.Goal, k.Calendar
	case c.Heartbeat != nil:
		t.Set, t.Ask, t.Datacentres = c.Heartbeat.Set, string(c.Heartbeat.Ask), c.Heartbeat.Datacentres
	case c.Register != nil:
		t.Record, t.Months, t.Days = c.Register.Record, c.Register.Every.Months, c.Register.Every.Days
	case c.Promise != nil:
		t.Due, t.Delivered, t.TimeZone = instant(c.Promise.Due), instant(c.Promise.Delivered), zoneName(cmp.Or(c.Promise.Zone, b.zone))
	}
	t.Contacts, t.Text = contactsJSON(c.Contacts), c.Text
	return t
}

// windowID is the configuration's word for a window.
func windowID(w uptime.Window) string {
	switch w.Kind {
	case uptime.Rolling:
		return fmt.Sprintf("rolling_%dd", w.Days)
	case uptime.CalendarYear:
		return "calendar_year"
	case uptime.CalendarMonth:
	}
	return "calendar_month"
}

func blackoutJSON(rule uptime.BlackoutRule) jsonBlackout {
	wall := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute) }
	out := jsonBlackout{
		Region: string(rule.Region), Zone: zoneName(cmp.Or(rule.Zone, time.UTC)), From: wall(rule.From), To: wall(rule.To),
		Days: []string{}, Exempt: rule.Exempt,
	}
	for _, d := range rule.Days {
		out.Days = append(out.Days, d.String())
	}
	return out
}

func contactsJSON(contacts []uptime.Contact) []jsonContact {
	var out []jsonContact
	for _, c := range contacts {
		out = append(out, jsonContact{c.Role, c.Region, c.Phone, c.Mail, c.URL, c.Hours, commitment.Doubts(c)})
	}
	return out
}
