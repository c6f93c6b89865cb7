package register

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// usualCalm is how long an alert must have been clear where its rule names no
// window.
const usualCalm = 5 * time.Minute

// burn opens an alert for each rule that fires and closes those that have been
// clear for their short window; one that fires again before then has gone on. A
// rule that cannot be measured neither opens nor closes one.
//
// Of a subject one notice goes out when the highest severity that lasts rises,
// and one when its last alert is over. What is watched no more ends unsaid.
func (d *decision) burn(burns []uptime.Burn, lasting []uptime.Alert, calm map[string]time.Time) {
	if burns == nil {
		return
	}
	bySubject := map[string][]uptime.Burn{}
	for _, b := range burns {
		bySubject[b.Subject] = append(bySubject[b.Subject], b)
	}
	open := map[string][]uptime.Alert{}
	for _, a := range lasting {
		open[a.Subject] = append(open[a.Subject], a)
		if bySubject[a.Subject] == nil {
			d.end(a, d.now)
			delete(calm, a.ID)
		}
	}
	for _, subject := range sorted(bySubject) {
		d.burnOf(bySubject[subject], open[subject], calm)
	}
}

// burnOf decides on one subject's alerts.
func (d *decision) burnOf(burns []uptime.Burn, open []uptime.Alert, calm map[string]time.Time) {
	before := rank(open)
	var last []uptime.Alert // that go on
	for _, a := range open {
		i := slices.IndexFunc(burns, func(b uptime.Burn) bool { return alertID(b) == a.ID })
		switch {
		case i < 0: // the rule is gone
			d.end(a, d.now)
			delete(calm, a.ID)
		case burns[i].State != uptime.BurnClear:
			delete(calm, a.ID)
			last = append(last, a)
		default:
			if calm[a.ID].IsZero() {
				calm[a.ID] = d.now
			}
			if since := calm[a.ID]; d.now.Sub(since) >= shortWindow(a.Rule) {
				d.end(a, since)
				continue
			}
			last = append(last, a)
		}
	}
	var loudest uptime.Alert
	for _, b := range burns {
		id := alertID(b)
		if b.State != uptime.BurnFires || slices.ContainsFunc(last, func(a uptime.Alert) bool { return a.ID == id }) {
			continue
		}
		a := uptime.Alert{ID: id, Subject: b.Subject, Rule: b.Rule, Severity: b.Severity, Summary: b.Summary, Since: d.now}
		d.changes.Alerts = append(d.changes.Alerts, a)
		if last = append(last, a); severity(a) > severity(loudest) {
			loudest = a
		}
	}
	switch {
	case loudest.ID != "" && severity(loudest) > before:
		d.tellBurn(uptime.BudgetBurns, loudest, cmp.Or(loudest.Summary, loudest.Subject+" uses up its error budget too fast"))
	case len(open) > 0 && len(last) == 0:
		a := slices.MaxFunc(open, func(a, b uptime.Alert) int { return cmp.Compare(severity(a), severity(b)) })
		d.tellBurn(uptime.BudgetCalm, a, fmt.Sprintf("%s no longer uses up its error budget too fast", cmp.Or(burns[0].Name, a.Subject)))
	}
}

func (d *decision) tellBurn(reason uptime.NoticeReason, a uptime.Alert, text string) {
	var tier uptime.Tier
	if severity(a) == severe {
		tier = 1 // somebody is to be woken
	}
	d.tell(notice.Event{
		Tier: tier,
		ID:   fmt.Sprintf("%s-%s-%d", reason, a.ID, a.Since.UnixMilli()), Reason: reason, Summary: text,
		Facts: map[string]string{FactPromise: a.Subject, FactRule: a.Rule, FactSeverity: a.Severity},
	})
}

// end closes an alert. What it was clear from counts, not when that was sure.
func (d *decision) end(a uptime.Alert, at time.Time) {
	if a.Until = at; at.Before(a.Since) {
		a.Until = a.Since
	}
	d.changes.Alerts = append(d.changes.Alerts, a)
}

// rank is the highest severity of alerts.
func rank(alerts []uptime.Alert) (highest int) {
	for _, a := range alerts {
		highest = max(highest, severity(a))
	}
	return highest
}

// severe is the rank of what somebody is woken for.
const severe = 2

// severity ranks an alert: page over ticket; no alert is 0.
func severity(a uptime.Alert) int {
	switch a.Severity {
	case "":
		return 0
	case "page":
		return severe
	}
	return 1
}

// alertID follows from the subject and the rule.
func alertID(b uptime.Burn) string {
	return slug(b.Subject) + "-" + digest(b.Subject, b.Severity, b.Rule)
}

// shortWindow is the second length of time in a rule's name: of "14.4 over 1h and
// 5m" 5 minutes.
func shortWindow(rule string) time.Duration {
	_, text, _ := strings.Cut(rule, " and ")
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		if d, err := time.ParseDuration(days + "h"); err == nil && d > 0 {
			return 24 * d
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d
	}
	return usualCalm
}

// sorted are the keys of a map in order: what is decided twice is the same.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
