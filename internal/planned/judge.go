package planned

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Broken are the promises that the plan breaks as it was announced up to and
// with its newest revision. None: it is lawful.
func Broken(p uptime.Plan) (out []uptime.Broken) {
	if p.Now().Cancelled || len(p.Revisions) == 0 {
		return nil
	}
	if p.Change() {
		for _, rule := range p.Rules.Notices {
			if b, broken := changeBroken(rule, p); broken {
				out = append(out, b)
			}
		}
		return out
	}
	announced := p
	if p.Draft() { // as if it were announced now
		announced.PublishedAt = p.Now().At
	}
	window := Window(announced)
	for _, rule := range p.Rules.Notices {
		if Covered(rule, announced) != window {
			out = append(out, uptime.Broken{Commitment: rule.Commitment, Violation: uptime.LateNotice, Text: lateNotice(rule, announced)})
		}
	}
	for _, rule := range p.Rules.Blackouts {
		if hours := calendar.Union(hoursOf(rule, window)...).Clip(window); len(hours) > 0 {
			out = append(out, uptime.Broken{Commitment: rule.Commitment, Violation: uptime.Blackout, Text: inHours(rule, hours)})
		}
	}
	return out
}

// lateNotice says how much of the window was announced too late, and by how much.
func lateNotice(rule uptime.NoticeRule, p uptime.Plan) string {
	window, last := Window(p), p.Now()
	promised := Promised(rule)
	if covered := Covered(rule, p); !covered.Empty() {
		return fmt.Sprintf("only %s of its %s were announced %s ahead",
			Length(covered.Duration()), Length(window.Duration()), promised)
	}
	given := window.From.Sub(last.At)
	if given < 0 {
		return fmt.Sprintf("announced %s after it began, and %s are promised", Length(-given), promised)
	}
	return fmt.Sprintf("announced %s ahead, and %s are promised", Length(given), promised)
}

func inHours(rule uptime.BlackoutRule, hours calendar.Spans) string {
	whose := "everybody"
	if rule.Region != "" {
		whose = string(rule.Region)
	}
	return fmt.Sprintf("%s of it fall into hours that are promised to be left alone: %s to %s in %s, for %s",
		Length(hours.Total()), clock(rule.From), clock(rule.To), zoneOf(rule.Zone), whose)
}

func clock(sinceMidnight time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(sinceMidnight.Hours()), int(sinceMidnight.Minutes())%60)
}

// Promised is the length of a notice in words: "24 h", "7 days".
func Promised(rule uptime.NoticeRule) string {
	switch {
	case rule.Unit == uptime.Hours:
		return fmt.Sprintf("%d h", rule.Amount)
	case rule.Amount == 1:
		return "1 day"
	}
	return fmt.Sprintf("%d days", rule.Amount)
}

// Length is a length of time in words, never longer than it is: "50 h",
// "12 days 1 h", "23 h 59 min", "40 s".
func Length(d time.Duration) string {
	days, hours := int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour)
	minutes, seconds := int(d%time.Hour/time.Minute), int(d%time.Minute/time.Second)
	switch {
	case days >= 3 && hours == 0:
		return fmt.Sprintf("%d days", days)
	case days >= 3:
		return fmt.Sprintf("%d days %d h", days, hours)
	case days > 0 || hours > 0 && minutes == 0:
		return fmt.Sprintf("%d h%s", 24*days+hours, and(minutes, " %d min"))
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min%s", minutes, and(seconds, " %d s"))
	}
	return fmt.Sprintf("%d s", seconds)
}

func and(n int, format string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(format, n)
}
