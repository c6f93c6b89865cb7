package notify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// alarm is a message as a pager takes it: something begins or goes on under a
// key, or is over.
type alarm struct {
	key      string
	over     bool
	severity string // critical, error, warning or info
	text     Text
	url      string
	page     string
	more     string // what the address leads to
}

// wholeIncident is what the address of an incident leads to.
const wholeIncident = "The whole incident"

// alarms make alarms of a message. One key stands for an incident from its
// beginning to its end, so that the service wakes people once for it.
func alarms(m notice.Message, links Links) []alarm {
	text := Render(m, links)
	if m.Reason != uptime.Digest {
		return []alarm{newAlarm(m, text, links)}
	}
	var out []alarm
	open := false
	for _, n := range digested(m.Notices) {
		one := m
		one.Reason, one.Notices = n.Reason, []uptime.Notice{n}
		if a := newAlarm(one, text, links); a.over {
			out = append(out, a)
		} else {
			open = true
		}
	}
	if open { // many at once wake people once, too
		out = append(out, alarm{key: "many-" + token(m.ID), severity: "critical", text: text, url: links.Page, page: pageName(m), more: wholeIncident})
	}
	return out
}

func newAlarm(m notice.Message, text Text, links Links) alarm {
	a := alarm{key: "upheld-" + token(m.ID), severity: "info", text: text, page: pageName(m), more: "More about it"}
	if len(m.Notices) == 0 {
		return a
	}
	n := m.Notices[len(m.Notices)-1]
	inc := n.Content.Incident
	address := newAddresses(m, links, n.Content.Page)
	a.url = address.page
	switch m.Reason {
	case uptime.WentBlind:
		a.key, a.severity = "upheld-sight", "error"
	case uptime.SeesAgain:
		a.key, a.over = "upheld-sight", true
	case uptime.ChannelDead, uptime.PromiseDue:
		a.severity = "warning"
	case uptime.BudgetBurns, uptime.BudgetCalm:
		a.key, a.over = "burn-"+cmp.Or(n.Content.Facts[factPromise], token(m.ID)), m.Reason == uptime.BudgetCalm
		if a.severity = "warning"; n.Content.Facts[factSeverity] == "page" {
			a.severity = "critical"
		}
	case uptime.PromiseBroken, uptime.BackupMissed:
		a.severity = "error"
	case uptime.PlanAnnounced, uptime.PlanRevised, uptime.PlanCancelled, uptime.PlanSoon, uptime.PlanStarted,
		uptime.PlanNews, uptime.PlanFinished, uptime.PlanOverruns:
		// Work that was announced wakes nobody, unless it does not end.
		a.key, a.severity, a.url = "plan-"+string(n.Content.Plan.ID), "warning", address.plan(n.Content.Plan)
		a.over = !overruns(n.Content.Plan, n.At)
	default:
		if inc.ID == "" {
			return a
		}
		a.key, a.severity, a.url, a.more = "incident-"+string(inc.ID), severityOf(inc.Impact), address.incident(inc), wholeIncident
		// A review, and whatever else is told afterwards, must not open it again.
		a.over = !inc.Open() || m.Reason == uptime.ReviewOut
	}
	return a
}

// overruns tells whether the plan is past its end, and neither done nor called
// off.
func overruns(p uptime.Plan, at time.Time) bool {
	return !p.Change() && (p.Phase == uptime.InProgress || p.Phase == uptime.Verifying) && at.After(p.Now().To)
}

// Facts of promises that decide about alerts, as package register names them.
const (
	factPromise  = "promise"
	factSeverity = "severity"
)

func severityOf(impact uptime.Impact) string {
	switch impact {
	case uptime.ImpactCritical:
		return "critical"
	case uptime.ImpactMajor:
		return "error"
	case uptime.ImpactMinor:
		return "warning"
	case uptime.ImpactNone:
	}
	return "info"
}

func pageName(m notice.Message) string {
	if len(m.Notices) > 0 {
		if name := line(m.Notices[len(m.Notices)-1].Content.Page.Name, 80); name != "" {
			return name
		}
	}
	return "Upheld"
}

// pagerdutyPieces are events of PagerDuty's Events API v2.
func pagerdutyPieces(m notice.Message, links Links) []piece {
	var out []piece
	for _, a := range alarms(m, links) {
		params := map[string]string{
			"action": "trigger", "dedup_key": a.key, "severity": a.severity, "source": a.page, "client": a.page,
		}
		if a.over {
			params["action"] = "resolve"
		}
		if a.url != "" {
			params["client_url"] = a.url
			if context, err := json.Marshal([]map[string]string{{"type": "link", "href": a.url, "text": a.more}}); err == nil {
				params["contexts"] = string(context)
			}
		}
		out = append(out, piece{text: cut(a.text.Subject+"\n"+a.text.Short, 1000), params: params})
	}
	return out
}

// opsgeniePieces open alerts by shoutrrr, and close them by ourselves: it knows
// no way to.
func opsgeniePieces(m notice.Message, links Links) []piece {
	var out []piece
	for _, a := range alarms(m, links) {
		if a.over {
			out = append(out, piece{alias: a.key})
			continue
		}
		out = append(out, piece{text: a.text.Short, params: map[string]string{
			"alias": a.key, "title": cut(a.text.Subject, 120), "source": a.page, "priority": priorityOf(a.severity),
		}})
	}
	return out
}

func priorityOf(severity string) string {
	switch severity {
	case "critical":
		return "P1"
	case "error":
		return "P2"
	case "warning":
		return "P3"
	}
	return "P5"
}

// closeAlert closes the alert of Opsgenie that has the alias. That there is none
// is no failure there.
func (c *chatChannel) closeAlert(w *wire, alias string) error {
	to, err := url.Parse(c.to)
	if err != nil {
		return err
	}
	key := ""
	if len(to.Path) > 1 {
		key = to.Path[1:]
	}
	target := url.URL{
		Scheme: "https", Host: to.Host, Path: "/v2/alerts/" + alias + "/close",
		RawPath: "/v2/alerts/" + url.PathEscape(alias) + "/close", RawQuery: "identifierType=alias",
	}
	request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, target.String(), bytes.NewReader([]byte(`{"source":"Upheld"}`)))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "GenieKey "+key)
	request.Header.Set("Content-Type", "application/json")
	response, err := w.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
