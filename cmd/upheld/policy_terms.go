package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/upheld/upheld/internal/config"
)

// heldTo says in a few words what a promise is held to.
func heldTo(p config.Commitment) string {
	switch t := p.Terms.(type) {
	case *config.AvailabilityTerms:
		window := "calendar " + cmp.Or(t.Window.Calendar, "month")
		if t.Window.Rolling > 0 {
			window = fmt.Sprintf("any %d days", t.Window.Rolling)
		}
		return fmt.Sprintf("%s %% of %s, %s", t.Target, t.Service, window)
	case *config.HoursTerms:
		var words []string
		for _, b := range t.Blackouts {
			where := b.TimeZone.String()
			if b.Regions != "" {
				where = "each region"
			}
			words = append(words, fmt.Sprintf("none %s to %s, %s, %s", clockFace(b.Start), clockFace(b.End), daysInWords(b.Days), where))
		}
		return strings.Join(words, "; ")
	case *config.NoticeTerms:
		return fmt.Sprintf("%d %s before %s", t.Notice.Value, t.Notice.Unit, strings.Join(t.Of, ", "))
	case *config.ClockTerms:
		return fmt.Sprintf("%s within %d %s", strings.ReplaceAll(t.Clock, "_", " "), t.Target.Amount, t.Target.Unit)
	case *config.HeartbeatTerms:
		return strings.TrimSpace(t.Set + " " + t.Ask)
	case *config.RegisterTerms:
		every := "until it expires"
		if t.Every.Months > 0 {
			every = fmt.Sprintf("every %d months", t.Every.Months)
		} else if t.Every.Days > 0 {
			every = fmt.Sprintf("every %d days", t.Every.Days)
		}
		return strings.TrimSpace(strings.ReplaceAll(t.Record, "_", " ") + " " + every)
	case *config.PromiseTerms:
		return "by " + string(t.Due)
	case *config.ContactTerms, *config.TextTerms:
		return "shown"
	}
	return "not measured"
}

func clockFace(c config.Clock) string {
	return fmt.Sprintf("%02d:%02d", int(c.D().Hours()), int(c.D().Minutes())%60)
}

// daysInWords are days of the week: "Mon-Fri", "every day", "Mon, Wed".
func daysInWords(days []config.Weekday) string {
	listed := map[int]bool{}
	for _, d := range days {
		listed[(int(d)+6)%7] = true // from Monday
	}
	if len(listed) == 7 {
		return "every day"
	}
	names := []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
	var words []string
	for i := 0; i < 7; i++ {
		if !listed[i] {
			continue
		}
		last := i
		for last < 6 && listed[last+1] {
			last++
		}
		if last-i >= 2 {
			words = append(words, names[i]+"-"+names[last])
			i = last
			continue
		}
		words = append(words, names[i])
	}
	return strings.Join(words, ", ")
}
