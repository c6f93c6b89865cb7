package statuspage

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

func (b *book) availabilityTerms(t uptime.AvailabilityTerms) []Named {
	name := Named{"Service", isolate(string(t.Service))}
	out := []Named{name, {"Target", t.Target.String() + " % of the time, " + windowWords(t.Window, t.Zone)}}
	if s, known := b.service(t.Service); known {
		out[0].Text = isolate(s.Name)
		if covers := b.covers(s); covers != "" {
			out[0].Text += ", which " + covers
		}
	}
	return out
}

// windowWords say over what a target is held.
func windowWords(w uptime.Window, zone *time.Location) string {
	text := "in each calendar month"
	switch w.Kind {
	case uptime.Rolling:
		return "over any " + uptime.Count(w.Days, "day")
	case uptime.CalendarYear:
		text = "in each calendar year"
	case uptime.CalendarMonth:
	}
	if zone != nil {
		text += " (" + zoneName(zone) + ")"
	}
	return text
}

func (b *book) hoursTerms(t uptime.HoursTerms) []Named {
	var out []Named
	for _, rule := range t.Blackouts {
		whose := "for everybody"
		if rule.Region != "" {
			whose = "for " + b.regionName(rule.Region)
		}
		zone := rule.Zone
		if zone == nil {
			zone = time.UTC
		}
		text := fmt.Sprintf("%s, %s in %s, %s", faceText(rule.From, rule.To), weekdayWords(rule.Days), zoneName(zone), whose)
		if n := len(rule.Exempt); n > 0 {
			text += ", but not on " + uptime.Count(n, "public holiday") + " that " + hasHave(n) + " listed"
		}
		out = append(out, Named{"No maintenance", text})
	}
	return out
}

func hasHave(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// weekdayWords name days of the week: "every day", "Monday to Friday".
func weekdayWords(days []time.Weekday) string {
	has := map[time.Weekday]bool{}
	for _, d := range days {
		has[d] = true
	}
	switch {
	case len(has) == 7:
		return "every day"
	case len(has) == 5 && !has[time.Saturday] && !has[time.Sunday]:
		return "Monday to Friday"
	}
	var names []string
	for i := range 7 {
		if d := time.Weekday((i + 1) % 7); has[d] {
			names = append(names, d.String())
		}
	}
	return list(names, 7)
}

func noticeTerms(t uptime.NoticeTerms) []Named {
	out := []Named{{"Told ahead", "at least " + planned.Promised(t.Rule) + " before, of " + planKinds(t.Of)}}
	if t.Rule.Unit == uptime.Days && t.Rule.Zone != nil {
		out[0].Text += ", by the calendar of " + zoneName(t.Rule.Zone)
	}
	if t.OwedTo != "" {
		out = append(out, Named{"Owed to", "customers whose clocks differ from UTC" + isolate(t.OwedTo) + " at the start; everybody is told"})
	}
	return out
}

func clockTerms(t uptime.ClockTerms) []Named {
	text := fmt.Sprintf("%s within %s", strings.ReplaceAll(isolate(t.Clock), "_", " "), amountWords(t.Amount, t.Unit))
	if t.Goal > 0 {
		text += ", the goal being " + amountWords(t.Goal, t.Unit)
	}
	of := isolate(t.Type)
	if t.Tier > 0 {
		of += fmt.Sprintf(" of tier %d", t.Tier)
	}
	out := []Named{{"Clock", text}, {"Of each", of}}
	if t.Calendar != "" {
		out = append(out, Named{"Calendar", isolate(t.Calendar)})
	}
	return out
}

// amountWords is a length by its unit: "24 hours", "3 business days".
func amountWords(n int, unit string) string {
	noun := map[string]string{"h": "hour", "bh": "business hour", "bd": "business day"}[unit]
	return uptime.Count(n, cmp.Or(noun, isolate(unit)))
}

func heartbeatTerms(t uptime.HeartbeatTerms) []Named {
	text := "a success of every job on each of its local days"
	switch t.Ask {
	case uptime.Distinct:
		text = "jobs in distinct data-centres, in each region that has any"
	case uptime.AllRegion:
		text = "jobs in distinct data-centres, in every region there is"
	case uptime.Daily:
	}
	out := []Named{{"Jobs of the set", isolate(t.Set)}, {"What is asked", text}}
	if t.Datacentres > 0 {
		out = append(out, Named{"Data-centres", "at least " + uptime.Count(t.Datacentres, "distinct one")})
	}
	return out
}

func registerTerms(t uptime.RegisterTerms) []Named {
	text := "until its own date of expiry"
	if t.Every != (uptime.Period{}) {
		text = "no older than " + periodWords(t.Every)
	}
	return []Named{{"Evidence of", strings.ReplaceAll(isolate(t.Record), "_", " ")}, {"It holds", text}}
}

// periodWords is a length by the calendar: "12 months", "1 month and 10 days".
func periodWords(p uptime.Period) string {
	var parts []string
	if p.Months > 0 {
		parts = append(parts, uptime.Count(p.Months, "month"))
	}
	if p.Days > 0 {
		parts = append(parts, uptime.Count(p.Days, "day"))
	}
	return list(parts, 2)
}

func (b *book) dueTerms(t uptime.PromiseTerms) []Named {
	zone := t.Zone
	if zone == nil {
		zone = b.zone
	}
	day := func(at time.Time) string { return at.In(zone).Format("2 January 2006") }
	out := []Named{{"Due", day(t.Due.Add(-1))}} // Due is the end of the day
	if !t.Delivered.IsZero() {
		out = append(out, Named{"Delivered", day(t.Delivered)})
	}
	return out
}

// expiry is until when evidence holds: until its own date, and no longer than
// the register's period; zero: for good.
func expiry(c uptime.Commitment, e uptime.Evidence, zone *time.Location) time.Time {
	if c.Register == nil || c.Register.Every == (uptime.Period{}) {
		return e.ExpiresAt
	}
	end := commitment.After(e.At, c.Register.Every, zone)
	if !e.ExpiresAt.IsZero() && e.ExpiresAt.Before(end) {
		return e.ExpiresAt
	}
	return end
}
