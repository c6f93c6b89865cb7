package statuspage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// kept tells, promise by promise, whether a plan keeps it as it was announced
// last. What was called off keeps nothing and breaks nothing.
func (b *book) kept(p uptime.Plan) []KeptLine {
	if p.Now().Cancelled || p.Phase == uptime.Cancelled || len(p.Revisions) == 0 {
		return nil
	}
	var out []KeptLine
	for _, rule := range p.Rules.Notices {
		alone := p
		alone.Rules = uptime.PlanRules{Notices: []uptime.NoticeRule{rule}}
		out = append(out, judged(alone, "announced "+planned.Length(max(0, p.Now().From.Sub(sinceWhen(p).At)))+" ahead, "+planned.Promised(rule)+" promised"))
	}
	if p.Change() {
		return out
	}
	for _, group := range byCommitment(p.Rules.Blackouts) {
		alone := p
		alone.Rules = uptime.PlanRules{Blackouts: group}
		out = append(out, judged(alone, "outside "+hoursText(group, p.Now().From)))
	}
	return out
}

// judged is the line of a promise: what is told where the plan keeps it, and else
// how it breaks it.
func judged(p uptime.Plan, kept string) KeptLine {
	broken := planned.Broken(p)
	if len(broken) == 0 {
		return KeptLine{true, kept}
	}
	var texts []string
	for _, b := range broken {
		texts = append(texts, isolate(b.Text))
	}
	return KeptLine{false, strings.Join(texts, "; ")}
}

// sinceWhen is the announcement from which on the time that is in force now was
// announced throughout: every one from it on holds the whole of it.
func sinceWhen(p uptime.Plan) uptime.Revision {
	last := p.Now()
	since := last
	for _, r := range slices.Backward(p.Revisions) {
		if r.Cancelled != last.Cancelled || r.From.After(last.From) || r.To.Before(last.To) || p.Change() && !r.From.Equal(last.From) {
			break
		}
		since = r
	}
	return since
}

// byCommitment puts the forbidden hours of one promise together.
func byCommitment(rules []uptime.BlackoutRule) [][]uptime.BlackoutRule {
	var out [][]uptime.BlackoutRule
	for _, rule := range rules {
		i := slices.IndexFunc(out, func(group []uptime.BlackoutRule) bool { return group[0].Commitment == rule.Commitment })
		if i < 0 {
			out = append(out, []uptime.BlackoutRule{rule})
			continue
		}
		out[i] = append(out[i], rule)
	}
	return out
}

// hoursText names forbidden hours by the clocks of their zones at an instant:
// "9–5 AEST", "9–5 AEDT and NZDT on working days".
func hoursText(rules []uptime.BlackoutRule, at time.Time) string {
	var hours, zones []string
	weekdays := true
	for _, rule := range rules {
		if text := faceText(rule.From, rule.To); !slices.Contains(hours, text) {
			hours = append(hours, text)
		}
		zone := rule.Zone
		if zone == nil {
			zone = time.UTC
		}
		if text := at.In(zone).Format("MST"); !slices.Contains(zones, text) {
			zones = append(zones, text)
		}
		weekdays = weekdays && len(rule.Days) == 5 && !slices.Contains(rule.Days, time.Saturday) && !slices.Contains(rule.Days, time.Sunday)
	}
	text := strings.Join(hours, ", ") + " " + list(zones, mostNames)
	if weekdays {
		text += ", Monday to Friday"
	}
	return text
}

// faceText is "9–5" for office hours on whole hours, and "22:00–06:30" for others.
func faceText(from, to time.Duration) string {
	if from%time.Hour == 0 && to%time.Hour == 0 && from > 0 && from < 12*time.Hour && to > 12*time.Hour && to < 24*time.Hour {
		return fmt.Sprintf("%d–%d", from/time.Hour, to/time.Hour-12)
	}
	face := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute) }
	return face(from) + "–" + face(to)
}

// overriding says why a plan was announced although it breaks a promise, and who
// did it: of the newest announcement that did. Empty: none does now.
func overriding(p uptime.Plan) string {
	if p.Now().Cancelled || len(planned.Broken(p)) == 0 {
		return ""
	}
	for _, r := range slices.Backward(p.Revisions) {
		if r.Override != "" {
			return override(r)
		}
	}
	return ""
}

func override(r uptime.Revision) string {
	if r.Override == "" {
		return ""
	}
	by := "Announced all the same"
	if r.By != "" {
		by += " by " + isolate(r.By)
	}
	return by + ": " + isolate(r.Override)
}
